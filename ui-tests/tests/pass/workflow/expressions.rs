//! Expressions of every kind, in a crate of a newcomer's.
#![deny(warnings)]

use std::collections::BTreeMap;

use workflow_runtime::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Line {
    pub sku: String,
    pub quantity: u32,
    pub price: f64,
    pub note: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Summary {
    pub id: String,
    pub label: String,
    pub total: f64,
    pub dearest: Option<Line>,
    pub by_sku: BTreeMap<String, u32>,
    pub notes: Vec<String>,
    pub due: Timestamp,
    pub key: String,
}

workflow!(
    pub async fn summarise(lines: Vec<Line>) -> Result<Summary> {
        let total: f64 = lines.iter().map(|line| line.price * f64::from(line.quantity)).sum();
        let id = new_uuid();
        let due = Timestamp::now() + days(14);
        let numbered = lines.iter().enumerate().map(|(i, line)| format!("{}. {:<10}", i + 1, line.sku.trim()));
        Ok(Summary {
            label: numbered.collect::<Vec<_>>().join("\n"),
            total: total.round(),
            dearest: lines.iter().max_by(|a, b| a.price.total_cmp(&b.price)).cloned(),
            by_sku: lines.iter().map(|line| (line.sku.to_uppercase(), line.quantity)).collect::<BTreeMap<_, _>>(),
            notes: lines.iter().filter_map(|line| line.note.clone()).filter(|note| !note.is_empty()).take(3).collect(),
            due,
            key: hash_sha256(format!("{id}/{total:.2}")),
            id,
        })
    }
);

fn main() {
    assert!(Summarise::try_definition().is_ok());
}
