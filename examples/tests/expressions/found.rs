//! What drawn expressions found, made small.

use std::collections::{BTreeMap, HashSet};

use workflow_runtime::prelude::*;

use crate::chains::Line;
use crate::harness::table;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Found {
    pub lines: Vec<Line>,
    pub map: BTreeMap<String, i64>,
    pub text: String,
    pub note: Option<String>,
    pub x: f64,
    pub list: Vec<i64>,
}

fn inputs() -> Vec<Found> {
    let line = Line { sku: "lamp".to_owned(), price: 2.5, count: 3, note: None, tags: vec!["a".to_owned()] };
    let found = |lines: Vec<Line>, text: &str, x: f64, list: Vec<i64>| Found {
        lines,
        map: list.iter().map(|n| (format!("k{n}"), *n)).collect(),
        note: (!text.is_empty()).then(|| text.to_owned()),
        text: text.to_owned(),
        x,
        list,
    };
    vec![
        found(vec![], "", 0.0, vec![]),
        found(vec![line.clone()], "000000000000000000000012", 2.0, vec![1]),
        found(vec![line.clone(), line.clone()], "-9007199254740991", -0.5, vec![2, 1]),
        found(vec![line.clone(), line], "999999999999999999999", 1e-12, vec![2, 1, 0]),
    ]
}

table! {
    found(x: Found) {
        // What is repeated not even once is computed.
        repeated: String = x.list[1].to_string().repeat(x.lines.len());
        // The item of an iteration that makes its items is not what it goes through.
        keys: Vec<String> = x.map.iter().map(|(key, _)| key.clone()).collect();
        items: Vec<i64> = x.list.iter().enumerate().map(|(_, n)| *n).collect();
        // Infinity has no JSON.
        quotient: bool = x.x != 0.0 && 1.0 / x.x > 0.0;
        // Fifteen digits were read.
        number: i64 = x.text.parse::<i64>().unwrap_or(-1);
        number_or: Option<u64> = x.text.parse::<u64>().ok();
        small: i32 = x.text.parse::<i32>().unwrap_or(7);
        // What an empty list would hold was not known.
        none: i64 = Vec::<Line>::new().iter().map(|line| line.count).sum::<i64>();
        none_sorted: Vec<Line> = Vec::<Line>::new().iter().sorted_by_key(|line| line.count).cloned().collect();
        none_shown: String = to_json(&Vec::<i64>::new());
        // A map is asked with a reference.
        asked: i64 = if x.map.contains_key(&format!("k{}", x.list.len())) { x.map[&format!("k{}", x.list.len())] } else { 0 };
        // A function of the language's own is no step that was forgotten to be awaited.
        matched: String = match i64::from(2_i32) { 2 => "two".to_string(), _ => "many".to_string() };
        // A position after a call that a function ends with.
        at_end: Vec<i64> = (0..x.list.len()).map(|i| x.list.iter().chain(x.list.iter()).copied().collect::<Vec<_>>()[i + x.list.len()]).collect();
        at_end_chosen: Vec<i64> = x.list.iter().map(|n| (if *n > 1 { x.list.iter().rev().copied().collect::<Vec<_>>() } else { x.list.iter().map(|n| n + 1).collect() })[0]).collect();
        distinct: usize = x.list.iter().map(|n| n % 2).collect::<HashSet<_>>().len();
    } over inputs()
}

workflow!(
    /// Values are copied: none is moved, though plain Rust would move them.
    pub async fn copied(x: Found) -> Result<String> {
        let both = if x.note.xor(x.note).is_some() { x.note } else { None };
        let zipped = x.note.zip(x.note).map(|(a, b)| a + &b);
        let added = x.text + "!";
        let changed = Line { sku: x.lines[0].sku + "!", ..x.lines[0] };
        Ok(added + &x.text + &both.unwrap_or_default() + &zipped.unwrap_or_default() + &changed.sku + &x.lines[0].sku)
    }
);
