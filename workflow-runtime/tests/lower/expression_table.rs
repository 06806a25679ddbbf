//! The table of `docs/language/expressions.md` is what is exported. `UPDATE_EXPECT=1` writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use workflow_runtime::prelude::*;

use crate::support::machine;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Line {
    pub sku: String,
    pub price: f64,
    pub count: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Sample {
    pub lines: Vec<Line>,
    pub numbers: Vec<i64>,
    pub names: Vec<String>,
    pub lists: Vec<Vec<i64>>,
    pub map: BTreeMap<String, i64>,
    pub name: String,
    pub part: String,
    pub number: i64,
    pub other: i64,
    pub small: u32,
    pub price: f64,
    pub flag: bool,
    pub maybe: Option<i64>,
    pub at: Timestamp,
    pub due: Timestamp,
    pub index: usize,
}

/// Each expression a workflow; a line that is a text is a heading.
macro_rules! rows {
    ($fields:tt $($heading:literal { $($name:ident: $out:ty = $body:expr;)* })*) => {
        fn table() -> String {
            let mut page = String::new();
            $(
                let _ = writeln!(page, "\n### {}\n\n| Rust | JSONata |\n|---|---|", $heading);
                $({
                    mod $name {
                        use super::*;
                        workflow!(
                            #[allow(unused_variables)]
                            pub(super) async fn shown(
                                Sample $fields: Sample,
                            ) -> Result<$out> {
                                Ok($body)
                            }
                        );
                    }
                    let _ = writeln!(page, "{}", row(stringify!($body), &machine::<$name::Shown>()));
                })*
            )*
            page
        }
    };
}

/// The input's fields are written as variables: where a value comes from is another matter.
fn row(source: &str, machine: &serde_json::Value) -> String {
    let states = machine["States"].as_object().expect("states");
    assert_eq!(states.len(), 1, "{source} makes states");
    let output = states.values().next().map(|state| state["Output"].clone()).unwrap_or_default();
    let text = match &output {
        serde_json::Value::String(text) => text.trim_start_matches("{% ").trim_end_matches(" %}").to_owned(),
        other => other.to_string().replace("\"{% ", "").replace(" %}\"", ""),
    };
    let cell = |text: &str| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
        if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
    };
    format!("| {} | {} |", cell(source), cell(&text.replace("$states.context.Execution.Input.", "$")))
}

rows! {
    { lines, numbers, names, lists, map, name, part, number, other, small, price, flag, maybe, at, due, index }
    "Lists and iterators" {
        map: Vec<String> = lines.iter().map(|line| line.sku.clone()).collect();
        filter: Vec<Line> = lines.iter().filter(|line| line.count > 1).cloned().collect();
        filter_map_flat: Vec<i64> = lines.iter().filter(|line| line.count > 1).map(|line| line.count as i64).collect();
        filter_map: Vec<i64> = numbers.iter().filter_map(|n| if *n > 0 { Some(*n) } else { None }).collect();
        flat_map: Vec<i64> = lists.iter().flat_map(|list| list.clone()).collect();
        flatten: Vec<i64> = lists.iter().flatten().copied().collect();
        enumerate: Vec<String> = lines.iter().enumerate().map(|(i, line)| format!("{i}: {}", line.sku)).collect();
        zip: Vec<i64> = numbers.iter().zip(lists.iter()).map(|(n, list)| n + list.len() as i64).collect();
        any: bool = lines.iter().any(|line| line.count > 1);
        all: bool = lines.iter().all(|line| line.count > 1);
        count: usize = lines.iter().filter(|line| line.count > 1).count();
        sum: u32 = lines.iter().map(|line| line.count).sum();
        product: u32 = lines.iter().map(|line| line.count).product();
        fold: i64 = numbers.iter().fold(0, |all, n| all + n);
        min: Option<i64> = numbers.iter().min().copied();
        max_by_key: Option<Line> = lines.iter().max_by_key(|line| line.count).cloned();
        min_by: Option<Line> = lines.iter().min_by(|a, b| a.price.total_cmp(&b.price)).cloned();
        find: Option<Line> = lines.iter().find(|line| line.count > 1).cloned();
        position: Option<usize> = lines.iter().position(|line| line.count > 1);
        sorted: Vec<i64> = numbers.iter().copied().sorted().collect();
        sorted_by_key: Vec<Line> = lines.iter().sorted_by_key(|line| line.count).cloned().collect();
        sorted_by: Vec<Line> = lines.iter().sorted_by(|a, b| b.count.cmp(&a.count)).cloned().collect();
        rev: Vec<i64> = numbers.iter().rev().copied().collect();
        skip: Vec<i64> = numbers.iter().skip(2).copied().collect();
        take: Vec<i64> = numbers.iter().take(index).copied().collect();
        step_by: Vec<i64> = numbers.iter().step_by(2).copied().collect();
        take_while: Vec<i64> = numbers.iter().take_while(|n| **n > 0).copied().collect();
        chain: Vec<i64> = numbers.iter().chain(lists[0].iter()).copied().collect();
        to_map: BTreeMap<String, u32> = lines.iter().map(|line| (line.sku.clone(), line.count)).collect::<BTreeMap<_, _>>();
        to_set: BTreeSet<i64> = numbers.iter().copied().collect::<BTreeSet<_>>();
        join: String = names.join(", ");
        to_text: String = names.iter().map(|name| name.to_uppercase()).collect::<String>();
        len: usize = lines.len();
        is_empty: bool = lines.is_empty();
        first: Option<i64> = numbers.first().copied();
        last: Option<i64> = numbers.last().copied();
        get: Option<i64> = numbers.get(index).copied();
        index: i64 = numbers[index];
        index_in_operator: bool = numbers[index] == 3;
        slice: Vec<i64> = numbers[1..3].to_vec();
        slice_from: Vec<i64> = numbers[index..].to_vec();
        contains: bool = numbers.contains(&number);
        contains_struct: bool = lines.contains(&lines[0]);
        range: Vec<i64> = (0..number).collect();
        range_map: Vec<i64> = (1..=3).map(|k| k + number).collect();
        range_contains: bool = (1..10).contains(&number);
        repeat: Vec<i64> = vec![number; index];
    }
    "Maps" {
        map_get: Option<i64> = map.get("key").copied();
        map_index: i64 = map["key"];
        map_contains: bool = map.contains_key(&name);
        map_len: usize = map.len();
        map_keys: Vec<String> = map.keys().cloned().collect();
        map_values: i64 = map.values().sum::<i64>();
        map_pairs: Vec<String> = map.iter().map(|(key, value)| format!("{key}={value}")).collect();
    }
    "Options" {
        is_some: bool = maybe.is_some();
        unwrap_or: i64 = maybe.unwrap_or(3);
        unwrap_or_default: i64 = maybe.unwrap_or_default();
        unwrap_or_else: i64 = maybe.unwrap_or_else(|| number + 1);
        option_map: Option<i64> = maybe.map(|value| value + 1);
        and_then: Option<i64> = maybe.and_then(|value| numbers.get(index).map(|found| found + value));
        option_filter: Option<i64> = maybe.filter(|value| *value > 0);
        is_some_and: bool = maybe.is_some_and(|value| value > 0);
        map_or: i64 = maybe.map_or(0, |value| value + 1);
        or: Option<i64> = maybe.or(Some(number));
        then_some: Option<i64> = flag.then_some(number);
    }
    "Texts" {
        text_len: usize = name.len();
        chars: usize = name.chars().count();
        text_empty: bool = name.is_empty();
        text_contains: bool = name.contains(&part);
        starts_with: bool = name.starts_with("a");
        ends_with: bool = name.ends_with(&part);
        upper: String = name.to_uppercase();
        trim: String = name.trim().to_string();
        replace: String = name.replace("a", "b");
        replace_by: String = name.replace(&part, "b");
        split: Vec<String> = name.split(",").map(|part| part.to_string()).collect();
        split_whitespace: Vec<String> = name.split_whitespace().map(|word| word.to_string()).collect();
        split_once: Option<(String, String)> = name.split_once("=").map(|(key, value)| (key.to_string(), value.to_string()));
        strip_prefix: Option<String> = name.strip_prefix("a").map(|rest| rest.to_string());
        strip_suffix: Option<String> = name.strip_suffix("z").map(|rest| rest.to_string());
        repeat_text: String = name.repeat(3);
        parse: i64 = name.parse::<i64>().unwrap_or(0);
    }
    "`format!`" {
        format: String = format!("{name}: {number}, {flag}");
        width: String = format!("{name:<8}|{number:>8}|{name:*^8}");
        zeros: String = format!("{number:05}");
        plus: String = format!("{number:+}");
        hex: String = format!("{small:#x}");
        fixed: String = format!("{price:.2}");
        fixed_none: String = format!("{price:.0}");
    }
    "Numbers" {
        divide: i64 = number / 3;
        divide_by: i64 = number / other;
        times: i64 = number * other;
        less: u32 = small - 7;
        checked: Option<u32> = small.checked_sub(7);
        remainder: i64 = number % 3;
        abs: i64 = number.abs();
        abs_diff: u64 = number.abs_diff(other);
        signum: i64 = number.signum();
        least: i64 = number.min(other);
        clamp: i64 = number.clamp(0, 10);
        pow: u32 = small.pow(2);
        rem_euclid: i64 = number.rem_euclid(7);
        saturating: u32 = small.saturating_sub(7);
        floor: f64 = price.floor();
        round: f64 = price.round();
        trunc: f64 = price.trunc();
        sqrt: f64 = price.sqrt();
        powi: f64 = price.powi(2);
        to_float: f64 = number as f64;
        to_integer: i64 = price as i64;
        to_byte: u8 = price as u8;
        narrow: u8 = small as u8;
        narrow_signed: i32 = number as i32;
        from: i64 = i64::from(small);
        from_flag: u32 = flag as u32;
    }
    "Times" {
        later: Timestamp = at + mins(5);
        earlier: bool = at < due;
        same: bool = at == due;
        gap: i64 = due.duration_since(at).as_hours();
        seconds: i64 = at.as_second();
        shown_time: String = at.to_string();
        date: String = at.strftime("%Y-%m-%d").to_string();
        from_text: Timestamp = parse_time(&name);
        from_millis: Timestamp = time_from_millis(number);
        now: Timestamp = Timestamp::now();
    }
    "Functions" {
        uuid: String = new_uuid();
        random_number: f64 = random();
        hash: String = hash_sha256(&name);
        encode: String = base64_encode(&name);
        decode: String = base64_decode(&name);
        url: String = url_decode(&name);
        read: Line = parse_json::<Line>(&name);
        write: String = to_json(&numbers);
        write_text: String = to_json(&name);
    }
}

#[test]
fn the_page_shows_what_is_exported() {
    const BEGIN: &str = "<!-- table: written by a test -->\n";
    const END: &str = "\n<!-- end of the table -->";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/language/expressions.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let (before, rest) = page.split_once(BEGIN).expect("where the table begins");
    let (shown, after) = rest.split_once(END).expect("where it ends");
    let table = table();
    if std::env::var("UPDATE_EXPECT").is_ok() {
        std::fs::write(path, format!("{before}{BEGIN}{table}{END}{after}")).expect("written");
        return;
    }
    assert_eq!(shown, table, "UPDATE_EXPECT=1 writes the table anew");
}
