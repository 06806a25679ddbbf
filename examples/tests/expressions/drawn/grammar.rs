//! What expressions are drawn from: a line for each form.
//!
//! `#I` is an expression of a kind, `$I` a name that it binds, read as it is, `$&I` one that is a reference, `$*I` a reference to one.
//! A name is known to what follows it, up to `~`; with `!` only from `¦` on. After ` => ` stands how the plain function says it, where an
//! integer beyond 2^53, a float that is not finite or a text that JSONata cannot look for must be told. `!e` marks what the other
//! interpreter is known to get wrong: equal keys are sorted in any order there. `!p` marks what may panic, which `#?I` is not made of: Rust
//! computes what the machine does not need, and a closure is called for all items where Rust stops at the first.

/// A kind of value: its letter and its type.
pub(super) const KINDS: [(char, &str); 20] = [
    ('I', "i64"),
    ('N', "i32"),
    ('U', "u32"),
    ('Z', "usize"),
    ('F', "f64"),
    ('B', "bool"),
    ('S', "String"),
    ('O', "Option<i64>"),
    ('P', "Option<String>"),
    ('L', "Vec<i64>"),
    ('G', "Vec<f64>"),
    ('W', "Vec<String>"),
    ('M', "Vec<Vec<i64>>"),
    ('V', "Vec<Option<i64>>"),
    ('R', "Line"),
    ('X', "Vec<Line>"),
    ('K', "(i64, String)"),
    ('D', "BTreeMap<String, i64>"),
    ('E', "Status"),
    ('T', "Timestamp"),
];

/// The input's fields, and those of `Line`.
pub(super) const FIELDS: [(char, &str); 26] = [
    ('I', "a"),
    ('I', "b"),
    ('N', "n"),
    ('N', "k"),
    ('U', "u"),
    ('F', "x"),
    ('F', "y"),
    ('B', "flag"),
    ('S', "s"),
    ('S', "t"),
    ('O', "o"),
    ('P', "p"),
    ('L', "l"),
    ('L', "ints"),
    ('G', "g"),
    ('W', "w"),
    ('M', "m"),
    ('V', "v"),
    ('R', "line"),
    ('X', "lines"),
    ('K', "pair"),
    ('D', "map"),
    ('E', "status"),
    ('T', "at"),
    ('T', "due"),
    ('B', "other"),
];

/// Parts of a `Line` and of a pair.
pub(super) const PARTS: [(char, char, &str); 7] = [
    ('R', 'S', "sku"),
    ('R', 'F', "price"),
    ('R', 'I', "count"),
    ('R', 'P', "note"),
    ('R', 'W', "tags"),
    ('K', 'I', "0"),
    ('K', 'S', "1"),
];

/// Literals.
pub(super) const LITERALS: [(char, &[&str]); 20] = [
    ('I', &["0_i64", "1_i64", "(-1_i64)", "7_i64", "(-12_i64)", "1_000_000_i64"]),
    ('N', &["0_i32", "3_i32", "(-4_i32)"]),
    ('U', &["0_u32", "2_u32", "255_u32"]),
    ('Z', &["0_usize", "1_usize", "2_usize"]),
    ('F', &["0.0_f64", "0.5_f64", "(-2.345_f64)", "1.005_f64", "100.0_f64"]),
    ('B', &["true", "false"]),
    (
        'S',
        &[
            "\"\".to_string()",
            "\"a\".to_string()",
            "\"zoé 😀\".to_string()",
            "\" a,b \".to_string()",
            "String::from(\"it's\")",
            "\"-7\".to_string()",
        ],
    ),
    ('O', &["Some(3_i64)", "Some(-1_i64)"]),
    ('P', &["Some(\"a\".to_string())", "Some(String::new())"]),
    ('L', &["vec![1_i64, -2, 1]", "Vec::<i64>::new()", "vec![5_i64]"]),
    ('G', &["vec![0.5_f64, 1.25]", "Vec::<f64>::new()"]),
    ('W', &["vec![\"a\".to_string(), \"\".to_string()]", "Vec::<String>::new()", "vec![\"b,a\".to_string()]"]),
    ('M', &["vec![vec![1_i64], vec![]]", "vec![vec![2_i64, 3]]"]),
    ('V', &["vec![None, Some(2_i64)]", "vec![Some(4_i64)]"]),
    ('R', &["Line { sku: \"q\".to_string(), price: 0.25, count: 3, note: None, tags: vec![\"a\".to_string()] }"]),
    ('X', &["Vec::<Line>::new()"]),
    ('K', &["(4_i64, \"k\".to_string())"]),
    ('D', &["vec![(\"a\".to_string(), 1_i64)].into_iter().collect::<BTreeMap<String, i64>>()"]),
    ('E', &["Status::Pending", "Status::Lost(2)", "Status::Shipped { code: \"a\".to_string() }"]),
    ('T', &["parse_time(\"2024-02-29T12:00:00.25Z\")", "time_from_millis(86_400_000)"]),
];

/// The forms of a kind.
pub(super) fn forms(kind: char) -> Vec<&'static str> {
    let parts = match kind {
        'I' => vec![super::numbers::INTEGERS],
        'N' => vec![super::numbers::NARROW],
        'U' => vec![super::numbers::UNSIGNED],
        'Z' => vec![super::numbers::COUNTS],
        'F' => vec![super::numbers::FLOATS],
        'B' => vec![super::numbers::BOOLS],
        'S' => vec![super::texts::TEXTS],
        'P' => vec![super::texts::OPTIONS],
        'W' => vec![super::texts::LISTS],
        'O' => vec![super::lists::OPTIONS],
        'L' => vec![super::lists::INTEGERS],
        'G' => vec![super::lists::FLOATS],
        'M' => vec![super::lists::LISTS],
        'V' => vec![super::lists::MAYBES],
        'R' => vec![super::lists::RECORD],
        'X' => vec![super::lists::RECORDS],
        'K' => vec![super::lists::PAIR],
        'D' => vec![super::lists::MAP],
        'E' => vec![super::lists::STATUS],
        _ => vec![super::lists::TIMES],
    };
    parts.iter().flat_map(|lines| lines.lines()).map(str::trim).filter(|line| !line.is_empty()).collect()
}
