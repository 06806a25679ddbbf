//! What these programs share: types, steps, and how a body runs as plain Rust.
use std::collections::{BTreeMap, HashMap};

use workflow_runtime::prelude::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    pub customer_id: String,
    pub usage: BTreeMap<String, Vec<Reading>>,
    pub credits: HashMap<String, i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    #[serde(default)]
    pub contact: Option<Contact>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Reading {
    pub at: i64,
    pub units: u32,
    pub price: f64,
    #[serde(rename = "isEstimate")]
    pub estimated: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Contact {
    pub email: Option<String>,
    pub phone: Option<String>,
    pub manager: Option<Box<Manager>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Manager {
    pub name: String,
    pub limit: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "t", content = "c", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Plan {
    Free,
    Flat(u32),
    Tiered { base: u32, steps: Vec<(u32, u32)> },
    Custom(Terms),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Terms {
    Yearly { discount: u32, renewal: Renewal },
    Monthly,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Payload)]
pub enum Renewal {
    Auto,
    Ask(String, Option<u32>),
    Never { reason: String },
}

#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize, StepError)]
#[serde(rename_all = "camelCase")]
pub enum DeskError {
    #[error("{0} is unknown")]
    Unknown(String),
    #[error("over the limit of {limit}")]
    OverLimit { limit: i64, asked: i64 },
    #[error("closed")]
    Closed,
}

/// A step and its plain twin.
macro_rules! steps {
    ($($(#[$attr:meta])* fn $name:ident($($arg:ident: $ty:ty),*) -> Result<$out:ty> $body:block)*) => {
        $(#[step] $(#[$attr])* pub async fn $name($($arg: $ty),*) -> Result<$out, DeskError> $body)*
        /// The steps as plain functions.
        pub mod plain {
            use super::*;
            $(pub async fn $name($($arg: $ty),*) -> std::result::Result<$out, Failure<DeskError>> {
                let run = || -> std::result::Result<$out, DeskError> { $body };
                run().map_err(Failure::Failed)
            })*
            pub fn secs(n: u64) -> u64 { n }
            pub async fn sleep(_: u64) {}
        }
    };
}

steps! {
    fn load(id: String) -> Result<Account> { if id == "nobody" { Err(DeskError::Unknown(id)) } else { Ok(Account { customer_id: id, ..Account::sample() }) } }
    fn charge(customer: String, cents: i64) -> Result<String> {
        if cents > 100_000 { Err(DeskError::OverLimit { limit: 100_000, asked: cents }) } else { Ok(format!("{customer}:{cents}")) }
    }
    fn refund(receipt: String) -> Result<()> { let _ = receipt; Ok(()) }
    fn say(text: String) -> Result<()> { let _ = text; Ok(()) }
    fn shout(text: String) -> Result<usize> { Ok(text.len()) }
    fn page(cursor: Option<String>) -> Result<Page> {
        Ok(match cursor.as_deref() {
            None => Page { rows: vec![1, 2], next: Some("b".into()) },
            Some("b") => Page { rows: vec![], next: Some("c".into()) },
            Some(other) => Page { rows: vec![other.len() as i64], next: None },
        })
    }
    fn grade(n: i64) -> Result<Renewal> {
        Ok(match n % 3 { 0 => Renewal::Auto, 1 => Renewal::Ask(format!("q{n}"), (n > 5).then_some(n as u32)), _ => Renewal::Never { reason: "no".into() } })
    }
    fn many(a: i64, b: String, c: bool, d: Option<f64>, e: Vec<u8>, f: (i64, String)) -> Result<(i64, String)> {
        if c { Ok((a + e.len() as i64 + f.0, b + &f.1)) } else { Ok((d.map_or(-1, |d| d as i64), String::new())) }
    }
    fn add(a: i64, b: i64) -> Result<i64> { if a == 13 { Err(DeskError::Closed) } else { Ok(a + b) } }
    fn odd(n: i64) -> Result<bool> { Ok(n % 2 != 0) }
    fn find_manager(id: String) -> Result<Option<Manager>> {
        Ok(match id.as_str() { "a" => Some(Manager { name: "Ann".into(), limit: Some(5) }), "b" => Some(Manager { name: "Bob".into(), limit: None }), _ => None })
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Page {
    pub rows: Vec<i64>,
    pub next: Option<String>,
}

impl Account {
    pub fn sample() -> Self {
        Self {
            customer_id: "c-1".into(),
            usage: [
                (
                    "power".to_string(),
                    vec![
                        Reading { at: 5, units: 3, price: 0.25, estimated: false },
                        Reading { at: 1, units: 0, price: 1.5, estimated: true },
                    ],
                ),
                ("gas".to_string(), vec![]),
                ("wasser über".to_string(), vec![Reading { at: -2, units: 7, price: 2.0, estimated: false }]),
            ]
            .into(),
            credits: [("promo".to_string(), 40)].into(),
            plan: Some(Plan::Tiered { base: 100, steps: vec![(10, 5), (20, 3)] }),
            contact: Some(Contact {
                email: None,
                phone: Some("+49 1".into()),
                manager: Some(Box::new(Manager { name: "Zoë".into(), limit: Some(3) })),
            }),
        }
    }
    pub fn bare() -> Self {
        Self { customer_id: String::new(), usage: BTreeMap::new(), credits: HashMap::new(), plan: None, contact: None }
    }
    pub fn with_plan(plan: Plan) -> Self {
        Self { plan: Some(plan), ..Self::sample() }
    }
}

/// The steps as plain Rust, under their names.
macro_rules! plain_steps {
    () => {
        use crate::desk::plain::{
            add, charge, find_manager, grade, load, many, odd, page, refund, say, secs, shout, sleep,
        };
    };
}
pub(crate) use plain_steps;

pub(crate) use crate::twin::{same, twin};
