//! `match` on values, `if let`, `let .. else`, `matches!`: as expressions, the same text as plain Rust on the same inputs.

#![allow(
    clippy::manual_let_else,
    clippy::match_like_matches_macro,
    clippy::match_same_arms,
    clippy::single_match_else,
    clippy::question_mark,
    reason = "what people may write, not what they should"
)]

use serde_json::json;
use workflow_runtime::prelude::*;

use crate::harness::{Bench, ok};

/// One body, compiled twice.
macro_rules! both {
    ($name:ident, $plain:ident, $input:ident: $ty:ty => $out:ty { $($body:tt)* }) => {
        workflow!(
            pub(crate) async fn $name($input: $ty) -> Result<$out> { $($body)* }
        );

        pub(crate) fn $plain($input: &$ty) -> $out {
            let $input = $input.clone();
            let made = || -> Result<$out> { $($body)* };
            made().expect("plain Rust")
        }
    };
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Status {
    #[serde(alias = "waiting")]
    Pending,
    OnHold,
    #[serde(alias = "sent", rename_all = "camelCase")]
    Shipped {
        tracking_number: String,
        #[serde(default)]
        weight: Option<u32>,
    },
    Lost(Option<String>),
    Count(i64),
    Pair(String, i64),
    Many(Vec<i64>),
    Inner(Kind),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub(crate) struct Part {
    pub(crate) item: String,
    pub(crate) left: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "kind")]
pub(crate) enum Kind {
    Plain,
    #[serde(rename = "big")]
    Sized {
        size: i64,
    },
    Wrapped(Part),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "t", content = "c")]
pub(crate) enum State {
    Off,
    On(i64),
    Both(String, bool),
    Named { name: Option<String> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub(crate) struct Cents(pub(crate) i64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub(crate) struct Case {
    pub(crate) status: Status,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    pub(crate) maybe: Option<Status>,
    pub(crate) n: i64,
    pub(crate) small: u8,
    pub(crate) flag: bool,
    pub(crate) name: String,
    pub(crate) letter: char,
    pub(crate) opt_n: Option<i64>,
    pub(crate) opt_flag: Option<bool>,
    pub(crate) f: f64,
    pub(crate) pair: (i64, String),
    pub(crate) cents: Cents,
}

const LIMIT: i64 = 100;
const HOUSE: &str = "house";

impl Kind {
    const DEFAULT: Self = Self::Plain;
}

both!(enums, enums_plain, case: Case => (String, String, String, String) {
    let status = match case.status {
        Status::Pending => "pending".to_owned(),
        Status::OnHold => "hold".to_owned(),
        Status::Shipped { tracking_number, weight: Some(weight) } if weight > 10 => format!("heavy {tracking_number}"),
        Status::Shipped { tracking_number: number, weight: None } => format!("light {number}"),
        Status::Shipped { tracking_number, .. } => format!("shipped {tracking_number}"),
        Status::Lost(Some(place)) => place,
        Status::Lost(None) => "nowhere".to_owned(),
        Status::Count(n @ 1..=5) => format!("few {n}"),
        Status::Count(0) => "none".to_owned(),
        Status::Count(n) => format!("{n}"),
        Status::Pair(text, 1 | 2) => text,
        Status::Pair(text, n) => format!("{text} {n}"),
        Status::Many(list) => format!("{}", list.len()),
        Status::Inner(Kind::Sized { size }) => format!("inner {size}"),
        Status::Inner(Kind::Wrapped(Part { left: Some(left), .. })) => format!("inner left {left}"),
        Status::Inner(_) => "inner".to_owned(),
    };
    let kind = match case.kind {
        Kind::Plain => "plain".to_owned(),
        Kind::Sized { size: 7 } => "seven".to_owned(),
        Kind::Sized { size } => format!("{size}"),
        Kind::Wrapped(Part { item, left: None }) => item,
        Kind::Wrapped(Part { item, left: Some(left) }) => format!("{item} {left}"),
    };
    let state = match case.state {
        State::Off => "off".to_owned(),
        State::On(1..) => "on".to_owned(),
        State::On(_) => "negative".to_owned(),
        State::Both(text, true) => text,
        State::Both(_, false) => "no".to_owned(),
        State::Named { name: Some(name) } => name,
        State::Named { name: None } => "anonymous".to_owned(),
    };
    let maybe = match case.maybe {
        None => "none".to_owned(),
        Some(Status::Pending | Status::OnHold) => "open".to_owned(),
        Some(Status::Shipped { tracking_number, .. }) => tracking_number,
        Some(Status::Lost(_)) => "lost".to_owned(),
        Some(Status::Count(n) | Status::Pair(_, n)) => format!("n {n}"),
        Some(_) => "other".to_owned(),
    };
    Ok((status, kind, state, maybe))
});

both!(scalars, scalars_plain, case: Case => (i64, String, String, String, i64, String, i64) {
    let ranged = match case.n {
        i64::MIN..=-1 => -1,
        0 => 0,
        1..10 => 1,
        10 | 20 | 30 => 2,
        LIMIT => 3,
        n if n % 2 == 0 => n / 2,
        n => n,
    };
    let text = match case.name.as_str() {
        "a" | "b" => "letter".to_owned(),
        HOUSE => "home".to_owned(),
        "it's" => "quoted".to_owned(),
        other if other.starts_with('x') => format!("x: {other}"),
        _ => "other".to_owned(),
    };
    let letter = match case.letter {
        'a'..='f' | '0'..='9' => "hex".to_owned(),
        'é' => "accent".to_owned(),
        _ => "other".to_owned(),
    };
    let small = match case.small {
        0..=9 => "one".to_owned(),
        10..=99 => "two".to_owned(),
        100..=255 => "three".to_owned(),
    };
    let option = match case.opt_n {
        Some(n @ (1 | 2)) => n,
        Some(3..=9) => 39,
        Some(n) if n > 100 => n - 100,
        Some(_) => 1000,
        None => -1,
    };
    let flags = match (case.flag, case.opt_flag) {
        (true, Some(true)) => "both".to_owned(),
        (true, None) => "first".to_owned(),
        (false, Some(false)) => "neither".to_owned(),
        (_, Some(second)) => format!("{second}"),
        (false, None) => "nothing".to_owned(),
    };
    let whole = match (case.n + 1, case.pair) {
        (1, (0, _)) => 10,
        (sum, (first, ref_)) if ref_.is_empty() => sum + first,
        (sum, (first @ 1..=3, _)) => sum - first,
        (sum, _) => sum,
    };
    Ok((ranged, text, letter, small, option, flags, whole))
});

both!(conditions, conditions_plain, case: Case => (String, i64, bool, bool, bool, i64, i64) {
    let chained = if let Status::Shipped { tracking_number, .. } = case.status.clone()
        && tracking_number.starts_with('T')
        && let Some(n) = case.opt_n
        && n > 3
    {
        format!("{tracking_number} {n}")
    } else if let Some(Status::Count(n)) = case.maybe {
        format!("count {n}")
    } else if case.flag {
        "flag".to_owned()
    } else {
        "else".to_owned()
    };
    let got = case.opt_n.unwrap_or_default();
    let open = matches!(case.status, Status::Pending | Status::OnHold);
    let big = matches!(case.opt_n, Some(n) if n > 50);
    let plain = matches!(case.kind, Kind::Plain) || matches!(case.state, State::On(2 | 3));
    let Cents(cents) = case.cents;
    let nested = if case.flag { match case.opt_n {
        Some(n) => n,
        None => cents,
    } } else { match case.f {
        0.5 => 5,
        1.0..2.0 => 12,
        _ => 0,
    } };
    Ok((chained, got, open, big, plain, nested, cents))
});

both!(constants, constants_plain, case: Case => (bool, i64) {
    let default = matches!(case.kind.clone(), Kind::Plain);
    let assigned;
    match case.n {
        0 => assigned = 1,
        1..=9 => assigned = 2,
        _ => assigned = 3,
    }
    let mut sum = 10;
    match case.opt_n {
        Some(n) if n < 100 => sum += n,
        Some(_) => sum = 0,
        None => {}
    }
    if let Some(flag) = case.opt_flag
        && flag
    {
        sum += 1000;
    }
    Ok((default, sum + assigned))
});

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub(crate) struct Listed {
    pub(crate) parts: Vec<Part>,
    pub(crate) states: Vec<State>,
}

both!(closures, closures_plain, listed: Listed => (bool, bool, Vec<i64>) {
    let gone = listed.parts.iter().any(|part| matches!(part.left, Some(0) | None));
    let on = listed.states.iter().all(|state| match state {
        State::On(n) => *n > 0,
        State::Both(_, second) => *second,
        State::Named { name } => name.is_some(),
        State::Off => false,
    });
    let left = listed.parts.iter().map(|part| if let Some(left) = part.left { left } else { 0 }).collect();
    Ok((gone, on, left))
});

fn a_case() -> Case {
    Case {
        status: Status::Pending,
        kind: Kind::Plain,
        state: State::Off,
        maybe: None,
        n: 0,
        small: 7,
        flag: true,
        name: "a".to_owned(),
        letter: 'c',
        opt_n: None,
        opt_flag: None,
        f: 0.5,
        pair: (0, "p".to_owned()),
        cents: Cents(99),
    }
}

fn part(item: &str, left: Option<i64>) -> Part {
    Part { item: item.to_owned(), left }
}

fn shipped(number: &str, weight: Option<u32>) -> Status {
    Status::Shipped { tracking_number: number.to_owned(), weight }
}

fn enum_cases() -> Vec<Case> {
    let statuses = [
        Status::Pending,
        Status::OnHold,
        shipped("T1", Some(11)),
        shipped("T2", Some(10)),
        shipped("U3", None),
        Status::Lost(Some("sea".to_owned())),
        Status::Lost(None),
        Status::Count(0),
        Status::Count(5),
        Status::Count(6),
        Status::Pair("p".to_owned(), 2),
        Status::Pair("p".to_owned(), 3),
        Status::Many(vec![]),
        Status::Many(vec![1]),
        Status::Many(vec![1, 2]),
        Status::Inner(Kind::Plain),
        Status::Inner(Kind::Sized { size: 4 }),
        Status::Inner(Kind::Wrapped(part("w", Some(2)))),
        Status::Inner(Kind::Wrapped(part("w", None))),
    ];
    let kinds = [
        Kind::Plain,
        Kind::Sized { size: 7 },
        Kind::Sized { size: 8 },
        Kind::Wrapped(part("i", None)),
        Kind::Wrapped(part("j", Some(0))),
    ];
    let states = [
        State::Off,
        State::On(1),
        State::On(0),
        State::Both("b".to_owned(), true),
        State::Both("b".to_owned(), false),
        State::Named { name: Some("n".to_owned()) },
        State::Named { name: None },
        State::On(3),
    ];
    let numbers = [None, Some(0), Some(1), Some(5), Some(60), Some(101)];
    let mut cases = Vec::new();
    for (index, status) in statuses.iter().enumerate() {
        let earlier = statuses[(index + 5) % statuses.len()].clone();
        cases.push(Case {
            status: status.clone(),
            kind: kinds[index % kinds.len()].clone(),
            state: states[index % states.len()].clone(),
            maybe: (index % 6 != 0).then_some(earlier),
            opt_n: numbers[index % numbers.len()],
            flag: index % 3 == 0,
            f: [0.5, 1.0, 1.5, 2.0, 3.0][index % 5],
            ..a_case()
        });
    }
    cases
}

fn scalar_cases() -> Vec<Case> {
    let ns = [-5, 0, 1, 9, 10, 20, 31, 100, 101, 102];
    let names = ["a", "b", "house", "it's", "xyz", "", "other"];
    let letters = ['c', 'g', '7', 'é', '😀'];
    let smalls = [0, 9, 10, 99, 100, 255];
    let numbers = [None, Some(1), Some(2), Some(3), Some(9), Some(10), Some(101), Some(0)];
    let flags = [None, Some(true), Some(false)];
    let pairs = [(0, "x"), (1, ""), (2, "y"), (4, "z")];
    (0..24)
        .map(|index: usize| {
            let (first, second) = pairs[index % pairs.len()];
            Case {
                n: ns[index % ns.len()],
                name: names[index % names.len()].to_owned(),
                letter: letters[index % letters.len()],
                small: smalls[index % smalls.len()],
                opt_n: numbers[index % numbers.len()],
                opt_flag: flags[index % flags.len()],
                flag: (index / 3).is_multiple_of(2),
                pair: (first, second.to_owned()),
                ..a_case()
            }
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn enums_are_taken_apart() {
    let mut bench = Bench::default();
    for case in enum_cases() {
        bench.run::<Enums>(&case, &[], ok(enums_plain(&case)), "Done").await;
        bench.run::<Conditions>(&case, &[], ok(conditions_plain(&case)), "Done").await;
    }
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn scalars_are_compared() {
    let mut bench = Bench::default();
    for case in scalar_cases() {
        bench.run::<Scalars>(&case, &[], ok(scalars_plain(&case)), "Done").await;
        bench.run::<Constants>(&case, &[], ok(constants_plain(&case)), "Done").await;
    }
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn closures_match() {
    let mut bench = Bench::default();
    let lists = [
        Listed { parts: vec![], states: vec![] },
        Listed { parts: vec![part("a", Some(1))], states: vec![State::On(1)] },
        Listed {
            parts: vec![part("a", Some(1)), part("b", None)],
            states: vec![State::On(1), State::Both("x".to_owned(), true), State::Named { name: None }],
        },
        Listed { parts: vec![part("a", Some(0)), part("b", Some(3))], states: vec![State::Off, State::On(2)] },
    ];
    for listed in lists {
        bench.run::<Closures>(&listed, &[], ok(closures_plain(&listed)), "Done").await;
    }
    bench.compare();
}

/// JSON as others write it: names under which old data is read, and keys that are missing.
#[tokio::test(start_paused = true)]
async fn the_input_may_use_aliases_and_leave_keys_out() {
    let mut bench = Bench::default();
    let mut input = serde_json::to_value(a_case()).expect("JSON");
    for missing in ["maybe", "opt_n", "opt_flag"] {
        input.as_object_mut().expect("an object").remove(missing);
    }
    for status in [
        json!("waiting"),
        json!({ "sent": { "trackingNumber": "T9" } }),
        json!({ "shipped": { "trackingNumber": "T8" } }),
        json!({ "lost": null }),
    ] {
        input["status"] = status;
        let case: Case = serde_json::from_value(input.clone()).expect("it is read");
        bench.run::<Enums>(&input, &[], ok(enums_plain(&case)), "Done").await;
        bench.run::<Conditions>(&input, &[], ok(conditions_plain(&case)), "Done").await;
    }
    bench.compare();
}
