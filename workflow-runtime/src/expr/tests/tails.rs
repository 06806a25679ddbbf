//! What a function hands to the function that calls it: a sequence that a call makes at the very end of a body stays a list,
//! as in the reference implementation and its descendants.

use super::{answer, fixture};
use crate::expr::Expression;

const CASES: &[(&str, &str)] = &[
    // A join: no match is an empty list, one match a list of one.
    ("$map([2, 9], function($n) { $filter($xs, function($x) { $x < $n }) })", "[[1],[3,1,2]]"),
    ("$map([0, 9], function($n) { $filter($xs, function($x) { $x < $n }) })", "[[],[3,1,2]]"),
    ("$map([[1], [2, 3]], function($v) { $map($v, function($w) { $w + 1 }) })", "[[2],[3,4]]"),
    ("$map($order.lines, function($line) { $keys({$line.sku: 1}) })", "[[\"x\"],[\"y\"]]"),
    ("$map([{'a': 1}, {}], $keys)", "[[\"a\"],[]]"),
    ("$map([[{'a': 1}], [{'b': 1}]], function($v) { $lookup($v, 'a') })", "[[1],[]]"),
    // A branch, a block and `[]` are no steps between.
    ("$map([0], function($n) { $yes ? $filter($xs, function($x) { $x < $n }) : 1 })", "[]"),
    ("$map([0, 2], function($n) { ($m := $n; $filter($xs, function($x) { $x < $m })) })", "[[],[1]]"),
    ("$map([0, 2], function($n) { $filter($xs, function($x) { $x < $n })[] })", "[[],[1]]"),
    // Anything else at the end is one: the sequence is read there.
    ("$map([0, 2], function($n) { $filter($xs, function($x) { $x < $n })[0] })", "1"),
    ("$map([0, 2], function($n) { ($m := $filter($xs, function($x) { $x < $n }); $m) })", "1"),
    ("$map([0, 2], function($n) { $append([], $filter($xs, function($x) { $x < $n })[]) })", "[[],[1]]"),
    ("$map([0, 2], function($n) { {'n': $filter($xs, function($x) { $x < $n })} })", "[{},{\"n\":1}]"),
    ("$map([0, 2], function($n) { $xs[$ < $n] })", "1"),
    // It is read where the function is called by name, bound or picked.
    ("($f := function($v) { $keys($v) }; $f({'k': 1}))", "\"k\""),
    ("($f := function($v) { $keys($v) }; $exists($f({})))", "false"),
    ("($r := $map([2], function($n) { $filter($xs, function($x) { $x < $n }) }); $r)", "1"),
    ("($r := $map([2, 2], function($n) { $filter($xs, function($x) { $x < $n }) }); $r[0])", "1"),
    (
        "($r := $map([2, 2], function($n) { $filter($xs, function($x) { $x < $n }) }); $map($r, function($l) { $type($l) }))",
        "[\"number\",\"number\"]",
    ),
    ("$reduce([[1]], function($a, $v) { $filter($v, function($x) { $x > 0 }) }, [])", "1"),
    ("$count($map([2], function($n) { $filter($xs, function($x) { $x < $n }) }))", "1"),
    // As a condition it is a list.
    ("$filter([0, 2], function($n) { $filter($xs, function($x) { $x < $n }) })", "2"),
];

#[test]
fn a_call_at_the_end_of_a_body_hands_on_its_list() {
    let scope = fixture();
    for (source, expected) in CASES {
        assert!(Expression::compile(source).expect(source).is_native(), "{source}");
        assert_eq!(answer(source, &scope), *expected, "{source}");
    }
}

#[test]
fn a_chain_of_built_in_functions_is_native() {
    let scope = fixture();
    for (source, expected) in [
        (
            "$xs ~> $sort() ~> $join('')",
            "threw an error during evaluation. T0412: Argument 1 of function \"join\" must be an array of \"strings\"",
        ),
        ("$xs ~> $map(function($x) { $string($x) }) ~> $join('-')", "\"3-1-2\""),
        ("$xs ~> $filter(function($x) { $x > 2 })", "3"),
        ("$map([0, 4], function($n) { $xs ~> $filter(function($x) { $x < $n }) })", "[3,1,2]"),
        ("$order.nothing ~> $count()", "0"),
        ("$xs ~> $sum() + 1", "threw an error during evaluation. T0410: Argument count mismatch: expected 1, got 0"),
        ("($xs ~> $sum()) + 1", "7"),
        ("$xs ~> $sort()[0]", "[1,2,3]"),
        ("$order.lines[sku ~> $contains('y')].qty", "1"),
    ] {
        let native = Expression::compile(source).expect(source).is_native();
        assert_eq!(native, !expected.contains("T0410"), "{source}");
        assert_eq!(answer(source, &scope), expected, "{source}");
    }
}

#[test]
fn the_foreign_evaluator_agrees_where_the_call_is_the_whole_body() {
    let scope = fixture();
    for (source, expected) in CASES.iter().take(4) {
        let chained = format!("({source}) ~> function($l) {{ $l }}");
        assert!(!Expression::compile(&chained).expect(source).is_native(), "{chained}");
        assert_eq!(answer(&chained, &scope), *expected, "{chained}");
    }
    let called = "($f := function($v) { $keys($v) }; $map([{}, {'k': 1}], function($v) { $f($v) }))";
    assert_eq!(answer(called, &scope), "[[],[\"k\"]]", "a call of a bound name");
}
