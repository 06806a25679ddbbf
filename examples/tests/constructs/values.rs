//! Expressions: the same text as a workflow and as plain Rust, on the same inputs.

#![allow(
    clippy::cast_lossless,
    clippy::nonminimal_bool,
    clippy::str_to_string,
    clippy::struct_excessive_bools,
    clippy::ptr_arg,
    reason = "the plain half is spelled as the workflow's language spells it"
)]

use workflow_runtime::language::Timestamp;
use workflow_runtime::prelude::*;

use crate::calls::an_order;
use crate::harness::{Bench, ok};
use crate::world::*;

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

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Numbers {
    a: i64,
    b: i32,
    u: u32,
    f: f64,
    t: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Sums {
    plus: i64,
    minus: i64,
    times: i32,
    halves: i64,
    rest: i64,
    negative: i64,
    float: f64,
    mixed: f64,
    saturated: u32,
    widened: i64,
    nested: i64,
}

both!(sums_flow, plain_sums, x: Numbers => Sums {
    let base = x.a + 1;
    Ok(Sums {
        plus: base + x.b as i64,
        minus: x.a - (base - 1),
        times: x.b * 3,
        halves: x.a / 2,
        rest: x.a % 3,
        negative: -x.a,
        float: x.f * 2.5 - 1.0,
        mixed: x.f / 4.0,
        saturated: x.u.saturating_sub(7),
        widened: x.b as i64 + 1,
        nested: (x.a + 2) - (x.a - (3 - x.a)),
    })
});

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Tests {
    all: Vec<bool>,
    chosen: String,
    not: bool,
}

both!(tests_flow, plain_tests, x: Numbers => Tests {
    let big = x.a > 10;
    let even = x.a % 2 == 0;
    Ok(Tests {
        all: vec![
            x.a == 4,
            x.a != 4,
            x.b < 3,
            x.b <= 3,
            x.b > 3,
            x.b >= 3,
            big && even || x.t,
            big && (even || x.t),
            !(big || even) && !x.t,
            x.f < 0.5,
            (x.a < 3) == x.t,
        ],
        chosen: if big { "big".to_string() } else if even { "even".to_string() } else { "odd".to_string() },
        not: !x.t,
    })
});

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Words {
    text: String,
    other: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Heard {
    empty: bool,
    contains: bool,
    starts: bool,
    ends: bool,
    upper: String,
    lower: String,
    trimmed: String,
    joined: String,
    same: bool,
    quoted: String,
}

both!(words_flow, plain_words, x: Words => Heard {
    Ok(Heard {
        empty: x.text.is_empty(),
        contains: x.text.contains(x.other.as_str()),
        starts: x.text.starts_with("Ab"),
        ends: x.text.ends_with(x.other.as_str()),
        upper: x.text.to_uppercase(),
        lower: x.other.to_lowercase(),
        trimmed: x.text.trim().to_string(),
        joined: format!("<{}|{}>", x.text, x.other),
        same: x.text == x.other,
        quoted: format!("{{it's \"{}\"\\}}\n", x.other),
    })
});

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Shown {
    all: String,
    rounded: String,
    whole: String,
    yes: String,
    big: String,
}

both!(shown_flow, plain_shown, x: Numbers => Shown {
    let n = x.a;
    Ok(Shown {
        all: format!("{n}, {} and {}", x.b, x.u),
        rounded: format!("{:.2}", x.f),
        whole: format!("{:.0}", x.f),
        yes: format!("{}", x.t),
        big: (x.a + 1_000_000_000_000_000).to_string(),
    })
});

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Counted {
    len: usize,
    empty: bool,
    units: u32,
    worth: f64,
    any: bool,
    all: bool,
    skus: Vec<String>,
    few: Vec<Line>,
    first: String,
    last: Option<Line>,
    has: bool,
    doubled: Vec<u32>,
    second: Option<String>,
}

both!(counted_flow, plain_counted, x: Order => Counted {
    let lines = x.lines;
    Ok(Counted {
        len: lines.len(),
        empty: lines.is_empty(),
        units: lines.iter().map(|line| line.quantity).sum(),
        worth: lines.iter().map(|line| line.price).sum(),
        any: lines.iter().any(|line| line.quantity > 1 && line.sku == "lamp"),
        all: lines.iter().all(|line| line.price > 0.5),
        skus: lines.iter().map(|line| line.sku.clone()).collect(),
        few: lines.iter().filter(|line| line.quantity < 2).cloned().collect(),
        first: lines.iter().map(|line| line.sku.clone()).collect::<Vec<_>>().first().cloned().unwrap_or("none".to_string()),
        last: lines.last().cloned(),
        has: lines.iter().map(|line| line.quantity).collect::<Vec<_>>().contains(&2),
        doubled: lines.iter().map(|line| { let twice = line.quantity * 2; twice + twice }).collect(),
        second: if lines.len() > 1 { let second = lines[1].clone(); Some(second.sku) } else { None },
    })
});

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Profile {
    user_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    nick_name: Option<String>,
    #[serde(rename = "Age")]
    age: Option<u32>,
    #[serde(flatten)]
    place: Place,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub(crate) struct Place {
    city: String,
    #[serde(rename = "zip")]
    code: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Options {
    some: bool,
    none: bool,
    nick: String,
    age: u32,
    older: u32,
    city: String,
    is_ann: bool,
    seven: bool,
}

both!(options_flow, plain_options, x: Profile => Options {
    Ok(Options {
        some: x.nick_name.is_some(),
        none: x.age.is_none(),
        nick: x.nick_name.unwrap_or("nobody".to_string()),
        age: x.age.unwrap_or(18),
        older: x.age.unwrap_or(18) + 1,
        city: format!("{} {}", x.place.city, x.place.code),
        is_ann: x.user_name == "ann",
        seven: x.age == Some(7),
    })
});

workflow!(
    /// Struct update, renames, flattened and optional fields.
    pub(crate) async fn moves_house(x: Profile) -> Result<Profile> {
        let place = Place { city: "Rome".to_string(), code: x.place.code + 1 };
        let moved = Profile { place, nick_name: Some(format!("{}y", x.user_name)), ..x };
        Ok(moved)
    }
);

workflow!(
    /// The whole input goes through untouched, missing keys included.
    pub(crate) async fn hands_through(x: Profile) -> Result<Profile> {
        tell(x.user_name).await?;
        Ok(x)
    }
);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub(crate) enum Status {
    Pending,
    Shipped(String),
    Lost { since: i64 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Kind {
    InStore,
    OnTheWay { days: u32 },
    At(Place),
}

both!(variants, plain_variants, x: Words => Vec<(Status, Kind)> {
    let place = Place { city: x.text.clone(), code: 3 };
    Ok(vec![
        (Status::Pending, Kind::InStore),
        (Status::Shipped(x.text.clone()), Kind::OnTheWay { days: 3 }),
        (Status::Lost { since: -4 }, Kind::At(place)),
    ])
});

both!(tuples, plain_tuples, x: Numbers => (i64, Vec<i64>, (bool, String), Vec<Vec<i64>>) {
    let pair = (x.a + 1, x.t);
    let (n, t) = pair;
    let list = vec![n, n + 1];
    Ok((n, list.clone(), (t, "x".to_string()), vec![list.clone(), vec![], vec![x.a]]))
});

both!(timestamps, plain_timestamps, x: Vec<Timestamp> => (bool, bool, String) {
    Ok((x[0] < x[1], x[0] == x[1], format!("{}", x[0])))
});

#[tokio::test(start_paused = true)]
async fn numbers_and_tests_are_rusts() {
    let mut bench = Bench::default();
    for (a, b, u, f, t) in [
        (0, 0, 0, 0.0, false),
        (7, 3, 9, 0.8, true),
        (-7, -3, 7, -2.375, true),
        (4, 100, 1_000_000, 1234.5678, false),
        (12, 3, 5, 0.1, false),
        (4_000_000_000_000_000, 1, 1, 1e-7, true),
    ] {
        let x = Numbers { a, b, u, f, t };
        bench.run::<SumsFlow>(&x, &[], ok(plain_sums(&x)), "Done").await;
        bench.run::<TestsFlow>(&x, &[], ok(plain_tests(&x)), "Done").await;
        bench.run::<ShownFlow>(&x, &[], ok(plain_shown(&x)), "Done").await;
        bench.run::<Tuples>(&x, &[], ok(plain_tuples(&x)), "Done").await;
    }
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn texts_are_rusts() {
    let mut bench = Bench::default();
    for (text, other) in [
        ("", ""),
        ("Abc", "c"),
        ("c", "Abc"),
        ("  a  b \t\n", " "),
        ("Straße Ä 𝒳", "𝒳"),
        ("it's \"so\" {% $x %}", "{% 1 + 1 %}"),
        ("a\\b$&$1", "\\"),
        ("null", "true"),
    ] {
        let x = Words { text: text.to_owned(), other: other.to_owned() };
        bench.run::<WordsFlow>(&x, &[], ok(plain_words(&x)), "Done").await;
        bench.run::<Variants>(&x, &[], ok(plain_variants(&x)), "Done").await;
    }
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn lists_and_options_are_rusts() {
    let mut bench = Bench::default();
    let mut order = an_order();
    bench.run::<CountedFlow>(&order, &[], ok(plain_counted(&order)), "Done").await;
    order.lines.remove(0);
    bench.run::<CountedFlow>(&order, &[], ok(plain_counted(&order)), "Done").await;
    order.lines.clear();
    bench.run::<CountedFlow>(&order, &[], ok(plain_counted(&order)), "Done").await;
    for (nick, age, tags) in
        [(None, None, vec![]), (Some("x"), Some(7), vec!["t".to_owned()]), (Some(""), Some(0), vec![])]
    {
        let x = Profile {
            user_name: "ann".to_owned(),
            nick_name: nick.map(str::to_owned),
            age,
            place: Place { city: "Oslo".to_owned(), code: 9 },
            tags,
        };
        bench.run::<OptionsFlow>(&x, &[], ok(plain_options(&x)), "Done").await;
        let place = Place { city: "Rome".to_owned(), code: 10 };
        let moved = Profile { place, nick_name: Some("anny".to_owned()), ..x.clone() };
        bench.run::<MovesHouse>(&x, &[], ok(moved), "Done").await;
        bench.run::<HandsThrough>(&x, &[], ok(&x), "Tell").await;
    }
    let times: Vec<Timestamp> =
        ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5Z"].map(|time| time.parse().expect("a time")).to_vec();
    bench.run::<Timestamps>(&times, &[], ok(plain_timestamps(&times)), "Done").await;
    bench.compare();
}

workflow!(
    /// What chance makes is made once.
    pub(crate) async fn chances(text: String) -> Result<Vec<bool>> {
        let id = new_uuid();
        let digest = hash_sha256(&id);
        let drawn = random();
        let half = drawn / 2.0;
        let now = Timestamp::now();
        locate(text).await?;
        let label = format!("{id}-{text}");
        sleep(secs(5)).await;
        Ok(vec![
            hash_sha256(&id) == digest,
            label == format!("{id}-{text}"),
            id.len() == 36,
            drawn >= 0.0 && drawn < 1.0 && drawn / 2.0 == half,
            now <= Timestamp::now(),
        ])
    }
);

#[tokio::test(start_paused = true)]
async fn chance_is_made_once() {
    let mut bench = Bench::default();
    bench.run::<Chances>("x", &[], ok([true; 5]), "Prepare Prepare2 Prepare3 Locate Wait5Seconds").await;
    bench.compare();
}
