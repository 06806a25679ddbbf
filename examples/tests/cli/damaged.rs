//! A damaged store: what every command says of it, what `repair` says, and what becomes of its executions.

#![expect(clippy::too_many_lines, reason = "what is printed is long")]

use std::path::PathBuf;

use expect_test::{Expect, expect};

use crate::shown;
use crate::support::{Shop, input};
use crate::waiting::Waiting;

/// As `says`, and places and commits differ from run to run too.
#[expect(clippy::needless_pass_by_value, reason = "`expect![[..]]` reads best as it is written")]
fn says(shop: &Shop, arguments: &[&str], expected: Expect) {
    let text = shown(shop, &shop.order(arguments));
    let mut normal = String::new();
    let mut is_number = false;
    for word in text.split_inclusive(' ') {
        let end = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
        normal.push_str(if is_number && end > 0 { "N" } else { &word[..end] });
        normal.push_str(&word[end..]);
        is_number = ["byte ", "commit ", "commits ", "segment "].iter().any(|what| word.ends_with(what));
    }
    expected.assert_eq(&normal);
}

/// One that has ended and one that waits for a person.
fn shop() -> Shop {
    let shop = Shop::open();
    let ended = shop.order(&["run", "--name", "ORD-1", "--input", &input("ok")]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    Waiting::start(&shop, "ORD-2").kill();
    // Opened and closed once more: what is on the disk is said to be.
    assert_eq!(shop.order(&["list"]).code, Some(0));
    shop
}

fn part(shop: &Shop, name: &str) -> PathBuf {
    shop.store().join(name)
}

/// Damages the commit so many before the last one.
fn damage_commit(shop: &Shop, before_last: usize) {
    let log = part(shop, "log/commits-0001");
    let mut bytes = std::fs::read(&log).expect("the log");
    let is_page = |at: &usize| bytes[*at..].starts_with(b"WFcm") && bytes[at + 12] == 1;
    let pages: Vec<usize> = (64..bytes.len() - 32).step_by(8).filter(is_page).collect();
    let at = pages[pages.len() - 1 - before_last] + 40;
    bytes[at] ^= 1;
    std::fs::write(log, bytes).expect("write");
}

#[test]
fn where_nothing_is_lost_repair_says_so() {
    let shop = shop();
    says(&shop, &["repair"], expect![[""]]);
    std::fs::remove_file(part(&shop, "synced")).expect("remove");
    for command in [&["list"][..], &["history", "ORD-1"], &["resume"], &["run", "--input", &input("ok")]] {
        let refused = shop.order(command);
        assert_eq!(refused.code, Some(1), "{command:?}: {}", refused.stderr);
        assert!(refused.stderr.contains("WF3025") && refused.stderr.contains("repair --store"), "{}", refused.stderr);
    }
    says(&shop, &["list"], expect![[""]]);
    says(&shop, &["repair"], expect![[""]]);
    let into = shop.store().with_extension("repaired");
    says(&shop, &["repair", "--into", &into.to_string_lossy()], expect![[""]]);
    says(&shop, &["repair", "--into", &into.to_string_lossy()], expect![[""]]);
    std::fs::rename(shop.store(), shop.store().with_extension("damaged")).expect("rename");
    std::fs::rename(into, shop.store()).expect("rename");
    says(&shop, &["list"], expect![[""]]);
    says(&shop, &["repair"], expect![[""]]);
}

#[test]
fn what_is_lost_is_said_and_not_continued() {
    let shop = shop();
    damage_commit(&shop, 1);
    says(&shop, &["resume"], expect![[""]]);
    says(&shop, &["repair"], expect![[""]]);
    let json = shop.order(&["repair", "--json"]);
    assert_eq!(json.code, Some(4));
    let json = json.json();
    assert_eq!(json["whole"], 1, "{json}");
    assert_eq!(json["affected"][0]["name"], "ORD-2", "{json}");
    assert_eq!(json["affected"][0]["loss"], "tail", "{json}");
    let into = shop.store().with_extension("repaired");
    says(&shop, &["repair", "--into", &into.to_string_lossy()], expect![[""]]);
    std::fs::rename(shop.store(), shop.store().with_extension("damaged")).expect("rename");
    std::fs::rename(into, shop.store()).expect("rename");
    says(&shop, &["list"], expect![[""]]);
    says(&shop, &["describe", "ORD-2"], expect![[""]]);
    // It is taken up where it stood, and waits again.
    Waiting::of(&shop, &["redrive", "ORD-2"]).kill();
    says(&shop, &["repair"], expect![[""]]);
}

#[test]
fn there_must_be_a_store_and_nobody_in_it() {
    let shop = Shop::open();
    says(&shop, &["repair"], expect![[""]]);
    let inside = shop.store().join("new");
    assert_eq!(shop.order(&["run", "--input", &input("ok")]).code, Some(0));
    says(&shop, &["repair", "--into", &inside.to_string_lossy()], expect![[""]]);
}
