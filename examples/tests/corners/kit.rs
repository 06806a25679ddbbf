//! Steps and types of these programs, and their plain twins.
use std::collections::BTreeMap;

use workflow_runtime::prelude::*;

#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum Snag {
    #[error("{0} is unlucky")]
    Unlucky(i64),
    #[error("nothing")]
    Nothing,
    #[error("{why} at {at}")]
    #[serde(rename_all = "SCREAMING-KEBAB-CASE")]
    TooFar { at: i64, why: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "kind", content = "data", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Shape {
    Point,
    Circle(u32),
    Box { left_side: i64, right_side: Option<i64> },
    Pair(i64, String),
    Many(Vec<i64>),
    Maybe(Option<i64>),
}

/// A step and its plain twin.
macro_rules! steps {
    ($(fn $($name:ident),+ ($($arg:ident: $ty:ty),*) -> Result<$out:ty> $body:block)*) => {
        $(steps!(@ [$($name)+] ($($arg: $ty),*) -> $out, $body);)*
        /// The steps as plain functions.
        pub mod plain {
            use super::*;
            $(steps!(% [$($name)+] ($($arg: $ty),*) -> $out, $body);)*
        }
    };
    (@ [] $($rest:tt)*) => {};
    (@ [$name:ident $($more:ident)*] ($($arg:ident: $ty:ty),*) -> $out:ty, $body:block) => {
        #[step]
        pub async fn $name($($arg: $ty),*) -> Result<$out, Snag> $body
        steps!(@ [$($more)*] ($($arg: $ty),*) -> $out, $body);
    };
    (% [] $($rest:tt)*) => {};
    (% [$name:ident $($more:ident)*] ($($arg:ident: $ty:ty),*) -> $out:ty, $body:block) => {
        pub async fn $name($($arg: $ty),*) -> std::result::Result<$out, Failure<Snag>> {
            let run = || -> std::result::Result<$out, Snag> { $body };
            run().map_err(Failure::Failed)
        }
        steps!(% [$($more)*] ($($arg: $ty),*) -> $out, $body);
    };
}

steps! {
    fn inc_a, inc_b, inc_c, inc_d, inc_e, inc_f (n: i64) -> Result<i64> {
        if n.rem_euclid(100) == 13 { Err(Snag::Unlucky(n)) } else if n > 10_000 { Err(Snag::TooFar { at: n, why: "far".into() }) } else { Ok(n + 1) }
    }
    fn tag_a, tag_b, tag_c, tag_d (text: String) -> Result<String> { if text.is_empty() { Err(Snag::Nothing) } else { Ok(format!("<{text}>")) } }
    fn look_a, look_b, look_c (n: i64) -> Result<Option<i64>> { if n == 99 { Err(Snag::Nothing) } else { Ok((n > 0).then(|| n - 1)) } }
    fn shape_a, shape_b (n: i64) -> Result<Shape> {
        Ok(match n.rem_euclid(8) {
            0 => Shape::Point,
            1 => Shape::Circle(7),
            2 => Shape::Box { left_side: n, right_side: None },
            3 => Shape::Box { left_side: -n, right_side: Some(n * 2) },
            4 => Shape::Pair(n, "four".into()),
            5 => Shape::Many((0..n.rem_euclid(3)).collect()),
            6 => Shape::Maybe(None),
            _ => Shape::Maybe(Some(n)),
        })
    }
    fn yes_a, yes_b, yes_c (n: i64) -> Result<bool> { if n == 77 { Err(Snag::Nothing) } else { Ok(n % 2 == 0) } }
    fn pile_a, pile_b, pile_c (n: i64) -> Result<Vec<i64>> { Ok((0..n.rem_euclid(5)).map(|k| k * n).collect()) }
    fn note_a, note_b, note_c, note_d (text: String) -> Result<()> { let _ = text; Ok(()) }
    fn both_a, both_b (a: i64, b: String) -> Result<(String, i64)> { Ok((format!("{b}{a}"), a * 2)) }
    fn count_a, count_b (words: Vec<String>) -> Result<BTreeMap<String, i64>> {
        let mut counts = BTreeMap::new();
        for word in words { *counts.entry(word).or_insert(0) += 1; }
        Ok(counts)
    }
}

pub fn plain_secs(n: u64) -> u64 {
    n
}
pub async fn plain_sleep(_: u64) {}

/// The steps as plain Rust, under their names.
macro_rules! plain_steps {
    () => {
        use crate::kit::plain::{
            both_a, both_b, count_a, count_b, inc_a, inc_b, inc_c, inc_d, inc_e, inc_f, look_a, look_b, look_c, note_a,
            note_b, note_c, note_d, pile_a, pile_b, pile_c, shape_a, shape_b, tag_a, tag_b, tag_c, tag_d, yes_a, yes_b,
            yes_c,
        };
        use crate::kit::{plain_secs as secs, plain_sleep as sleep};
    };
}
pub(crate) use plain_steps;

pub(crate) use crate::twin::{same, twin};
