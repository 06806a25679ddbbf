//! What the command line says, word for word: answers, mistakes and exit codes.
//!
//! Times, tokens, keys and paths are replaced by words; `UPDATE_EXPECT=1` blesses.

mod cost;
mod damaged;
mod ended;
mod export;
mod mistakes;
mod owner_gone;
#[path = "../support/mod.rs"]
mod support;
mod waiting;

use expect_test::Expect;
use support::{Outcome, Shop, input};

/// Runs a command and compares what it printed and how it ended.
#[expect(clippy::needless_pass_by_value, reason = "`expect![[..]]` reads best as it is written")]
pub(crate) fn says(shop: &Shop, arguments: &[&str], expected: Expect) {
    expected.assert_eq(&shown(shop, &shop.order(arguments)));
}

pub(crate) fn shown(shop: &Shop, outcome: &Outcome) -> String {
    let mut text = normalised(shop, &outcome.stdout);
    if !outcome.stderr.is_empty() {
        text.push_str("--- stderr\n");
        text.push_str(&normalised(shop, &outcome.stderr));
    }
    let code = outcome.code.map_or_else(|| String::from("a signal"), |code| code.to_string());
    text + &format!("--- exit {code}\n")
}

fn normalised(shop: &Shop, text: &str) -> String {
    let inputs = input("ok").replace("/ok.json", "");
    let text = text
        .replace(&*shop.store().to_string_lossy(), "STORE")
        .replace(env!("CARGO_BIN_EXE_order"), "order")
        .replace(&inputs, "inputs");
    let mut rest = text.as_str();
    let mut normal = String::new();
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-:._".contains(c))).unwrap_or(rest.len());
        if end == 0 {
            normal.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (word, after) = rest.split_at(end);
        let unit = [" ms", " s"].into_iter().find(|unit| after.starts_with(unit));
        match unit {
            Some(unit) if word.parse::<f64>().is_ok() => {
                normal.push_str("N ms");
                rest = &after[unit.len()..];
            }
            _ => {
                let shown = known(word).unwrap_or(word);
                normal.push_str(shown);
                if shown != word && word.ends_with(':') {
                    normal.push(':');
                }
                // The column behind it moves with its length.
                let spaces = after.len() - after.trim_start_matches(' ').len();
                rest = if shown == "TIMESTAMP" && spaces > 2 { &after[spaces - 2..] } else { after };
            }
        }
    }
    normal
}

/// What stands for a word that differs from run to run.
fn known(word: &str) -> Option<&'static str> {
    let shape: String = word
        .trim_end_matches(['.', ':'])
        .chars()
        .map(|c| match c {
            '0'..='9' => '0',
            c => c,
        })
        .collect();
    let hex = |part: &str, length: usize| part.len() == length && part.chars().all(|c| c.is_ascii_hexdigit());
    let parts: Vec<&str> = word.trim_end_matches('.').split('-').collect();
    match (shape.as_str(), parts.as_slice()) {
        ("00:00:00", _) => Some("hh:mm:ss"),
        ("0000-00-00", _) => Some("yyyy-mm-dd"),
        (shape, _) if shape.starts_with("0000-00-00T00:00:00") => Some("TIMESTAMP"),
        (_, [_, _, secret]) if hex(secret, 32) => Some("TOKEN"),
        (_, [.., run, _]) if hex(run, 16) => Some("KEY"),
        (_, [hash]) if hex(hash, 64) => Some("SHA256"),
        _ => None,
    }
}
