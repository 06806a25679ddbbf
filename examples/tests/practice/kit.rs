//! Steps and types of these programs, and their plain twins.
use std::collections::BTreeMap;

use workflow_runtime::prelude::*;

/// Externally tagged, with every kind of variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    Cash,
    Card { number: String, valid: (u32, u32) },
    Transfer(String),
    Split(Vec<Payment>),
    Voucher(Option<String>),
}

/// Internally tagged, with a struct inside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Channel {
    Phone,
    Mail { to_address: String, copies: Option<Vec<String>> },
    Push(Device),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "kebab-case")]
pub struct Device {
    pub device_id: String,
    pub silent: Option<bool>,
}

/// Adjacently tagged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "t", content = "c")]
pub enum Outcome {
    Open,
    Settled(i64),
    Disputed { by: String, amount: Option<i64> },
    Both(i64, Channel),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    pub claim_no: String,
    pub cents: i64,
    pub rate: f64,
    pub payment: Payment,
    pub channel: Option<Channel>,
    pub outcome: Outcome,
    pub parts: Vec<Part>,
    pub labels: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Part {
    #[serde(rename = "sku")]
    pub article: String,
    pub count: u32,
    pub weight: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum ClaimError {
    #[error("claim {0} is void")]
    Void(String),
    #[error("{left} of {wanted} left")]
    Short { left: i64, wanted: i64 },
    #[error("closed")]
    Closed,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize, StepError)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum MailError {
    #[error("bounced from {address}")]
    Bounced { address: String },
    #[error("full")]
    #[step_error(name = "MailboxFull")]
    Full,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum FlowFailure {
    #[error("refused: {0}")]
    Refused(String),
    #[error("nothing to do")]
    Nothing,
    #[error("{count} are too many")]
    TooMany { count: usize },
}

/// A step and its plain twin, under several names: a state is named after its step.
macro_rules! steps {
    ($(fn $($name:ident),+ ($($arg:ident: $ty:ty),*) -> Result<$out:ty, $error:ident> $body:block)*) => {
        $(steps!(@ [$($name)+] ($($arg: $ty),*) -> $out, $error, $body);)*
        /// The steps as plain functions.
        pub mod plain {
            use super::*;
            $(steps!(% [$($name)+] ($($arg: $ty),*) -> $out, $error, $body);)*
            pub fn secs(n: u64) -> u64 { n }
            pub fn mins(n: u64) -> u64 { n }
            pub async fn sleep(_: u64) {}
        }
    };
    (@ [] $($rest:tt)*) => {};
    (@ [$name:ident $($more:ident)*] ($($arg:ident: $ty:ty),*) -> $out:ty, $error:ident, $body:block) => {
        #[step]
        pub async fn $name($($arg: $ty),*) -> Result<$out, $error> $body
        steps!(@ [$($more)*] ($($arg: $ty),*) -> $out, $error, $body);
    };
    (% [] $($rest:tt)*) => {};
    (% [$name:ident $($more:ident)*] ($($arg:ident: $ty:ty),*) -> $out:ty, $error:ident, $body:block) => {
        pub async fn $name($($arg: $ty),*) -> std::result::Result<$out, Failure<$error>> {
            let run = || -> std::result::Result<$out, $error> { $body };
            run().map_err(Failure::Failed)
        }
        steps!(% [$($more)*] ($($arg: $ty),*) -> $out, $error, $body);
    };
}

steps! {
    fn assess, assess_again (claim: Claim) -> Result<i64, ClaimError> {
        if claim.claim_no.is_empty() { Err(ClaimError::Void(claim.claim_no)) }
        else if claim.cents > 100_000 { Err(ClaimError::Short { left: 100_000, wanted: claim.cents }) }
        else { Ok(claim.cents / 2) }
    }
    fn pay, pay_again, pay_rest (number: String, cents: i64) -> Result<String, ClaimError> {
        if cents < 0 { Err(ClaimError::Void(number)) } else if cents == 13 { Err(ClaimError::Closed) }
        else if cents > 50_000 { Err(ClaimError::Short { left: 50_000, wanted: cents }) } else { Ok(format!("{number}#{cents}")) }
    }
    fn take_back (receipt: String) -> Result<(), ClaimError> { let _ = receipt; Ok(()) }
    fn mail, mail_boss, mail_again (to: String, text: String) -> Result<usize, MailError> {
        if to.is_empty() { Err(MailError::Full) } else if to.contains('!') { Err(MailError::Bounced { address: to }) } else { Ok(text.len()) }
    }
    fn count, count_again, count_more (n: i64) -> Result<i64, ClaimError> {
        if n == 13 { Err(ClaimError::Closed) } else if n > 900 { Err(ClaimError::Short { left: 900, wanted: n }) } else { Ok(n + 1) }
    }
    fn is_odd, is_even_not (n: i64) -> Result<bool, ClaimError> { Ok(n % 2 != 0) }
    fn find, find_again (key: String) -> Result<Option<Part>, ClaimError> {
        match key.as_str() {
            "" => Err(ClaimError::Closed),
            "none" => Ok(None),
            _ => Ok(Some(Part { article: key.to_uppercase(), count: key.len() as u32, weight: (key.len() > 3).then_some(1.5) })),
        }
    }
    fn status, status_again (n: i64) -> Result<Outcome, ClaimError> {
        Ok(match n.rem_euclid(5) {
            0 => Outcome::Open,
            1 => Outcome::Settled(n),
            2 => Outcome::Disputed { by: format!("p{n}"), amount: None },
            3 => Outcome::Disputed { by: "q".into(), amount: Some(n * 10) },
            _ => Outcome::Both(n, Channel::Mail { to_address: "a@b".into(), copies: Some(vec![]) }),
        })
    }
    fn words, words_again (text: String) -> Result<Vec<String>, ClaimError> { Ok(text.split_whitespace().map(str::to_owned).collect()) }
    fn note, note_again, note_last (text: String) -> Result<(), ClaimError> { let _ = text; Ok(()) }
    fn page (at: Option<String>) -> Result<(Vec<i64>, Option<String>), ClaimError> {
        Ok(match at.as_deref() { None => (vec![1, 2, 3], Some("x".into())), Some("x") => (vec![], Some("y".into())), Some(_) => (vec![9], None) })
    }
}

pub fn claim() -> Claim {
    Claim {
        claim_no: "C-7".into(),
        cents: 2_500,
        rate: 0.125,
        payment: Payment::Card { number: "4111 1111".into(), valid: (12, 2030) },
        channel: Some(Channel::Mail { to_address: "ann@x.org".into(), copies: Some(vec!["b".into(), "c".into()]) }),
        outcome: Outcome::Open,
        parts: vec![
            Part { article: "bolt".into(), count: 4, weight: Some(0.5) },
            Part { article: "nut".into(), count: 0, weight: None },
            Part { article: "axle".into(), count: 1, weight: Some(12.25) },
        ],
        labels: [("region".to_string(), "north".to_string()), ("tier".to_string(), "2".to_string())].into(),
    }
}

pub fn bare() -> Claim {
    Claim {
        claim_no: String::new(),
        cents: 0,
        rate: -1.5,
        payment: Payment::Cash,
        channel: None,
        outcome: Outcome::Disputed { by: "me".into(), amount: None },
        parts: vec![],
        labels: BTreeMap::new(),
    }
}

/// The steps as plain Rust, under their names.
macro_rules! plain_steps {
    () => {
        use crate::kit::plain::{
            assess, assess_again, count, count_again, count_more, find, find_again, is_even_not, is_odd, mail,
            mail_again, mail_boss, mins, note, note_again, note_last, page, pay, pay_again, pay_rest, secs, sleep,
            status, status_again, take_back, words, words_again,
        };
    };
}
pub(crate) use plain_steps;

pub(crate) use crate::twin::{plainly, same, twin};
