//! Types and steps of these programs.
use std::collections::BTreeMap;

use workflow_runtime::prelude::*;

#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize, Payload)]
pub struct Address {
    pub street: String,
    pub city: String,
    pub zip: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Serialize, Deserialize, Payload)]
pub enum Priority {
    Low,
    Normal,
    High,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Item {
    pub sku: String,
    pub quantity: u32,
    pub price_cents: u32,
    pub tags: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Delivery {
    Pickup,
    Courier { address: Address, express: bool },
    Locker { number: u32 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "kind", content = "data")]
pub enum Event {
    Created(String),
    Moved { from: u32, to: u32 },
    Closed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub enum Payment {
    Cash,
    Card(String),
    Invoice { days: u32, company: Option<String> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    pub id: String,
    pub items: Vec<Item>,
    pub delivery: Delivery,
    pub payment: Payment,
    pub priority: Priority,
    pub note: Option<String>,
    pub discount_percent: u32,
    pub by_region: BTreeMap<String, u32>,
    pub matrix: Vec<Vec<i64>>,
}

impl Order {
    pub fn sample() -> Self {
        Self {
            id: "O-1".into(),
            items: vec![
                Item { sku: "desk".into(), quantity: 2, price_cents: 1000, tags: vec!["wood".into()] },
                Item { sku: "lamp".into(), quantity: 1, price_cents: 250, tags: vec![] },
            ],
            delivery: Delivery::Courier {
                address: Address { street: "Main".into(), city: "Ulm".into(), zip: None },
                express: true,
            },
            payment: Payment::Invoice { days: 14, company: None },
            priority: Priority::Normal,
            note: None,
            discount_percent: 10,
            by_region: [("north".to_string(), 3), ("south".to_string(), 4)].into(),
            matrix: vec![vec![1, 2], vec![], vec![3]],
        }
    }
    pub fn total(&self) -> u32 {
        self.items.iter().map(|item| item.quantity * item.price_cents).sum()
    }
}

#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum ShopError {
    #[error("{0} is sold out")]
    SoldOut(String),
    #[error("busy")]
    Busy,
    #[error("limit {limit} passed by {by}")]
    Limit { limit: u32, by: u32 },
}

/// A step and its plain twin.
macro_rules! steps {
    ($($(#[$attr:meta])* fn $name:ident($($arg:ident: $ty:ty),*) -> Result<$out:ty> $body:block)*) => {
        $(#[step] pub async fn $name($($arg: $ty),*) -> Result<$out, ShopError> $body)*
        /// The steps as plain functions.
        pub mod plain {
            use super::*;
            $(pub async fn $name($($arg: $ty),*) -> Result<$out, Failure<ShopError>> {
                let run = || -> Result<$out, ShopError> { $body };
                run().map_err(Failure::Failed)
            })*
            pub fn secs(n: u64) -> u64 { n }
            pub async fn sleep(_: u64) {}
        }
    };
}

steps! {
    fn reserve(item: Item) -> Result<String> {
        if item.sku == "bad" { Err(ShopError::SoldOut(item.sku)) } else { Ok(format!("R-{}", item.sku)) }
    }
    fn release(id: String) -> Result<()> { let _ = id; Ok(()) }
    fn price(sku: String, quantity: u32) -> Result<u32> {
        if quantity > 100 { Err(ShopError::Limit { limit: 100, by: quantity - 100 }) } else { Ok(u32::try_from(sku.len()).unwrap_or(0) * quantity) }
    }
    fn check(n: i64) -> Result<bool> { Ok(n > 2) }
    fn inc(n: i64) -> Result<i64> { if n == 13 { Err(ShopError::Busy) } else { Ok(n + 1) } }
    fn inc2(n: i64) -> Result<i64> { Ok(n + 1) }
    fn inc3(n: i64) -> Result<i64> { Ok(n + 1) }
    fn inc4(n: i64) -> Result<i64> { Ok(n + 1) }
    fn check2(n: i64) -> Result<bool> { Ok(n > 4) }
    fn check3(n: i64) -> Result<bool> { Ok(n % 2 == 0) }
    fn maybe2(n: i64) -> Result<Option<i64>> { Ok((n % 3 == 0).then_some(n)) }
    fn pair2(n: i64) -> Result<(String, i64)> { Ok((format!("q{n}"), n * 3)) }
    fn ping2() -> Result<()> { Ok(()) }
    fn price2(sku: String, quantity: u32) -> Result<u32> { Ok(u32::try_from(sku.len()).unwrap_or(0) * quantity) }
    fn note(text: String) -> Result<()> { let _ = text; Ok(()) }
    fn pair(n: i64) -> Result<(String, i64)> { Ok((format!("p{n}"), n * 2)) }
    fn grid(n: i64) -> Result<Vec<Vec<i64>>> { Ok((0..n).map(|i| (0..i).collect()).collect()) }
    fn ping() -> Result<()> { Ok(()) }
    fn maybe(n: i64) -> Result<Option<i64>> { Ok((n % 2 == 0).then_some(n)) }
    fn save(order: Order) -> Result<Order> { Ok(order) }
    fn regions(map: std::collections::BTreeMap<String, u32>) -> Result<u32> { Ok(map.values().sum()) }
    fn sum(list: Vec<i64>) -> Result<i64> { Ok(list.iter().sum()) }
    fn strings(list: Vec<String>) -> Result<usize> { Ok(list.len()) }
    fn level(order: Order) -> Result<Priority> { Ok(order.priority) }
}

/// One body as a workflow and as plain Rust.
macro_rules! twin {
    ($(#[$lint:meta])* $plain:ident: async fn $name:ident($($input:ident: $ty:ty)?) -> Result<$output:ty> { $($body:tt)* }) => {
        workflow!(
            $(#[$lint])*
            pub async fn $name($($input: $ty)?) -> Result<$output> { $($body)* }
        );
        pub mod $plain {
            #![allow(unused, reason = "the body is judged as a workflow")]
            use super::*;
            use crate::shop::plain::{reserve, release, price, check, inc, note, pair, grid, ping, maybe, save, regions, sum, strings, level, inc2, inc3, inc4, check2, check3, maybe2, pair2, ping2, price2, secs, sleep};

            pub async fn plain($($input: $ty)?) -> workflow_runtime::prelude::Result<$output> { $($body)* }
        }
    };
}

/// Runs both and compares, for each input.
macro_rules! same {
    ($bench:ident, $plain:ident as $workflow:ident, $($input:expr),+) => {
        $(
            let input = $input;
            let end = match $plain::plain(input.clone()).await {
                Ok(value) => crate::harness::ok(value),
                Err(error) => crate::harness::err(Box::leak(error.output().error.clone().unwrap_or_default().to_string().into_boxed_str())),
            };
            $bench.run::<$workflow>(input, &[], end, "*").await;
        )+
    };
}

pub(crate) use {same, twin};
