//! Inputs: values from the borders of their types.

use serde_json::{Value, json};

use crate::choices::Choices;

const INTEGERS: [i64; 18] = [
    0,
    1,
    -1,
    2,
    3,
    5,
    7,
    -7,
    -12,
    10,
    100,
    -1000,
    1_000_000_007,
    999_999_999_999_999,
    4_503_599_627_370_497,
    -4_503_599_627_370_495,
    9_007_199_254_740_991,
    -9_007_199_254_740_991,
];
const NARROW: [i64; 11] = [0, 1, -1, 2, 3, -4, 1000, 46_340, -46_341, 2_147_483_647, -2_147_483_648];
const UNSIGNED: [i64; 8] = [0, 1, 2, 7, 255, 256, 65_536, 4_294_967_295];
const FLOATS: [f64; 26] = [
    0.0,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    0.1,
    0.3,
    -0.3,
    -2.345,
    1.005,
    2.675,
    0.045,
    -0.045,
    99.995,
    0.125,
    1234.5678,
    -7.0,
    3.0,
    1e15,
    4_503_599_627_370_497.5,
    1e-7,
    1e-12,
    1e21,
    -1e16,
    254.9,
];
const TEXTS: [&str; 52] = [
    "",
    "a",
    "b",
    "ab",
    "abc",
    "ba",
    "aa",
    "aaa",
    "A b",
    " a\t",
    "  a  b ",
    "zoé 😀",
    "😀",
    "é",
    "e\u{301}",
    "ß",
    "İ",
    "ŉ",
    "ΑΣ ΑΣΑ",
    "ǆ",
    "ﬁ",
    "a,b,,c",
    ",",
    ",a,",
    "-7",
    "+12",
    "007",
    "-0",
    "+",
    "-",
    "1 ",
    "1.0",
    "1e3",
    "0x1f",
    "١٢",
    "127",
    "128",
    "-129",
    "256",
    "2147483648",
    "4294967296",
    "9007199254740991",
    "-9007199254740991",
    "000000000000000000000012",
    "\u{a0}x\u{3000}",
    "\u{85}y\u{feff}",
    "it's \"q\"",
    "$1 $& $$",
    "a\\b\n",
    "{% $x %}",
    "null",
    "[1]",
];
const TIMES: [&str; 5] = [
    "2024-01-01T00:00:00Z",
    "2024-02-29T23:59:59.999Z",
    "1969-12-31T23:59:58.25Z",
    "2024-12-31T10:20:30.120Z",
    "1970-01-01T00:00:00Z",
];

/// The inputs of a batch, the first of them small and plain.
pub(super) fn inputs(seed: u64, count: usize) -> Vec<Value> {
    let mut made = vec![small()];
    for at in 1..count {
        let mut choices = Choices::of(seed.wrapping_mul(1000).wrapping_add(at as u64).wrapping_add(1 << 40));
        made.push(input(&mut choices));
    }
    made
}

fn small() -> Value {
    let line = json!({ "sku": "lamp", "price": 12.5, "count": 2, "note": null, "tags": ["a", "b"] });
    json!({
        "a": 3, "b": -4, "n": 5, "k": -2, "u": 9, "x": 1.25, "y": -0.75, "flag": true, "other": false, "s": "abc", "t": "a", "o": 6,
        "p": null, "l": [1, 2, 3], "ints": [4, -1], "g": [0.5, 2.25], "w": ["a", "bc"], "m": [[1, 2], [3]], "v": [1, null, 3],
        "line": line, "lines": [line], "pair": [8, "k"], "map": { "a": 1, "b": 2 }, "status": "pending",
        "at": "2024-01-01T00:00:00Z", "due": "2024-01-02T03:04:05Z",
    })
}

fn input(choices: &mut Choices) -> Value {
    json!({
        "a": integer(choices), "b": integer(choices), "n": pick(choices, &NARROW), "k": pick(choices, &NARROW),
        "u": pick(choices, &UNSIGNED), "x": pick(choices, &FLOATS), "y": pick(choices, &FLOATS), "flag": choices.chance(50),
        "other": choices.chance(50), "s": text(choices), "t": text(choices), "o": maybe(choices, integer), "p": maybe(choices, text),
        "l": list(choices, integer), "ints": list(choices, integer), "g": list(choices, |it| pick(it, &FLOATS)),
        "w": list(choices, text), "m": list(choices, |it| list(it, integer)), "v": list(choices, |it| maybe(it, integer)),
        "line": line(choices), "lines": list(choices, line), "pair": [integer(choices), text(choices)], "map": map(choices),
        "status": status(choices), "at": pick(choices, &TIMES), "due": pick(choices, &TIMES),
    })
}

fn pick<T: Copy + serde::Serialize>(choices: &mut Choices, from: &[T]) -> Value {
    json!(from[choices.below(from.len())])
}

/// Mostly small: what passes a border says little.
fn integer(choices: &mut Choices) -> Value {
    if choices.chance(70) { pick(choices, &INTEGERS[..11]) } else { pick(choices, &INTEGERS) }
}

fn text(choices: &mut Choices) -> Value {
    if choices.chance(40) { pick(choices, &TEXTS[..10]) } else { pick(choices, &TEXTS) }
}

fn maybe(choices: &mut Choices, of: fn(&mut Choices) -> Value) -> Value {
    if choices.chance(35) { Value::Null } else { of(choices) }
}

fn list(choices: &mut Choices, of: fn(&mut Choices) -> Value) -> Value {
    let length = [0, 1, 1, 2, 3, 4][choices.below(6)];
    (0..length).map(|_| of(choices)).collect()
}

fn line(choices: &mut Choices) -> Value {
    json!({
        "sku": text(choices), "price": pick(choices, &FLOATS), "count": integer(choices), "note": maybe(choices, text),
        "tags": list(choices, text),
    })
}

fn map(choices: &mut Choices) -> Value {
    let mut map = serde_json::Map::new();
    for key in ["a", "b", "", "é", "ab"] {
        if choices.chance(40) {
            map.insert(key.to_owned(), integer(choices));
        }
    }
    Value::Object(map)
}

fn status(choices: &mut Choices) -> Value {
    match choices.below(3) {
        0 => json!("pending"),
        1 => json!({ "lost": integer(choices) }),
        _ => json!({ "shipped": { "code": text(choices) } }),
    }
}
