//! Expressions that would fill the memory, the stack or the day: each is refused, by both evaluators, and counted, not timed.

use serde_json::{Value, json};

use super::fixture;
use crate::expr::Expression;

/// Ends of what is refused because it is too much.
const BOUNDS: &[&str] = &[
    "memory limit exceeded",
    "Check for infinite loop",
    "Stack overflow error",
    "The maximum sequence length",
    "Range operator",
    "D3061",
];

/// What too much of something looks like, in each of its forms.
const HOSTILE: &[&str] = &[
    // Texts.
    "$reduce([1..60], function($a, $i) { $a & $a }, 'ab')",
    "($f := function($x, $n) { $n = 0 ? $x : $f($x & $x, $n - 1) }; $f('ab', 60))",
    "$pad('x', 1000000000)",
    "$pad('x', -1e15)",
    "$map([1..800000], function($i) { $pad('x', 4000000) })",
    "$join($map([1..100000], function($i) { $s }), $pad('x', 100000))",
    "($b := $pad('x', 4000000); $join([$b, $b, $b, $b, $b]))",
    "($b := $pad('x', 4000000, 'x'); $replace($b, 'x', $b))",
    "($b := $pad('x', 1000000); $map([1..100000], function($i) { $uppercase($b) }))",
    "$string($reduce([1..60], function($a, $i) { [$a, $a] }, ['ab']))",
    // Lists and objects.
    "[1..10000000]",
    "[1..9007199254740991]",
    "$range(1, 10000000, 1)",
    "$reduce([1..60], function($a, $i) { $append($a, $a) }, [1])",
    "$reduce([1..60], function($a, $i) { [$a, $a] }, [1])",
    "$reduce([1..60], function($a, $i) { [[$a], [$a]] }, 1)",
    "$reduce([1..60], function($a, $i) { {'a': $a, 'b': $a} }, 1)",
    "$map([1..800000], function($i) { [1..1000] })",
    "$map([1..800000], function($i) { $xs.($) ~> $append([1..1000]) })",
    // Nesting.
    "$reduce([1..500000], function($a, $i) { [[$a]] }, 1)",
    "$reduce([1..500000], function($a, $i) { {'a': $a} }, 1)",
    "$reduce([1..500000], $zip, [1])",
    "$reduce([1..500000], $zip(?, ?), [1])",
    "$count($reduce([1..500000], function($a, $i) { [[$a], 1] }, 1))",
    // Functions without end.
    "($f := function($n) { 1 + $f($n + 1) }; $f(0))",
    "($f := function($n) { $f($n + 1) }; $f(0))",
    "(function($f) { $f($f) })(function($f) { $f($f) })",
    // Long work.
    "$map([1..5000], function($x) { $map([1..5000], function($y) { $x * $y }) })",
    "$count($filter([1..800000], function($x) { $count($filter([1..800000], function($y) { $x = $y })) = 1 }))",
    "$distinct([1..800000])",
    "($b := $pad('x', 4000000); $map([1..800000], function($i) { $length($b) }))",
    "($xs := [1..100000]; $map([1..800000], function($i) { $sum($xs) }))",
    "($a := $reduce([1..60], function($a, $i) { [[$a], [$a]] }, 1); $a = $a)",
    "($t := $pad('x', 4000000, 'x'); $u := $t & 'b'; $t := $t & 'a'; $filter([1..800000], function($i) { $t > $u }))",
    "($t := $pad('x', 4000000, 'x'); $u := $t & 'b'; $t := $t & 'a'; $filter([1..800000], function($i) { $t in [$u] }))",
    "($t := $pad('x', 4000000, 'x'); $l := [1..100].($t); $filter([1..800000], function($i) { 'y' in $l }))",
    "$sort([1..800000], function($a, $b) { $count($sort([1..1000], function($c, $d) { $c < $d })) > 0 })",
];

/// The error's text.
fn refusal(expression: &Expression) -> String {
    match expression.evaluate(&fixture(), "Output") {
        Err(error) => error.cause,
        Ok(value) => panic!("{} yields {} bytes", expression.source(), value.map_or(0, |it| it.to_string().len())),
    }
}

fn refused(compile: impl Fn(&str) -> Expression) {
    for source in HOSTILE {
        let cause = refusal(&compile(source));
        assert!(BOUNDS.iter().any(|bound| cause.contains(bound)), "{source}: {cause}");
        assert!(cause.len() < 40_000, "{source}: an error of {} bytes", cause.len());
    }
}

#[test]
fn native() {
    refused(|source| Expression::compile(source).expect("it compiles"));
}

#[test]
fn foreign() {
    refused(|source| Expression::compile_foreign(source).expect("it compiles"));
}

/// Patterns on which a backtracking matcher never ends, and some that do not fit into memory.
#[test]
fn regular_expressions() {
    let evaluate = |source: &str| {
        let expression = Expression::compile(source).map_err(|error| error.message)?;
        expression.evaluate(&fixture(), "Output").map(|value| json!(value.as_deref())).map_err(|error| error.cause)
    };
    assert_eq!(evaluate("$contains($pad('a', 200000, 'a') & 'b', /^(a+)+$/)"), Ok(json!(false)));
    assert_eq!(evaluate("$contains($pad('a', 50000, 'a') & '!', /^(([a-z])+.)+[A-Z]([a-z])+$/)"), Ok(json!(false)));
    let refusal = evaluate("$contains('a', /((a{1000}){1000}){1000}/)").unwrap_err();
    assert_eq!(
        refusal,
        "The regular expression /((a{1000}){1000}){1000}/ repeats more than 1000 characters; split the text first"
    );
    let refusal = evaluate("$match($pad('a', 4000000, 'a'), /./)").unwrap_err();
    assert!(refusal.contains("at most 262144 bytes"), "{refusal}");
    let refusal = evaluate("$replace($pad('a', 200000, 'a'), /./, $pad('b', 200000))").unwrap_err();
    assert!(refusal.contains("memory limit"), "{refusal}");
}

/// Pictures of times that are none, or that make too much.
#[test]
fn pictures() {
    let evaluate = |source: &str| {
        let expression = Expression::compile_foreign(source).map_err(|error| error.message)?;
        expression.evaluate(&fixture(), "Output").map(|value| json!(value.as_deref())).map_err(|error| error.cause)
    };
    for (source, told) in [
        ("$fromMillis(0, '[,]')", "[,]"),
        ("$fromMillis(0, '[Y0001]0[,2]00]')", "[,2]"),
        ("$fromMillis(0, '[\u{e9}]')", "[\u{e9}]"),
        ("0 ~> $fromMillis('[ ,]')", "[ ,]"),
        ("$now('[,]')", "[,]"),
        ("$toMillis('1', '[1]')", "[1]"),
        ("$fromMillis(0, '[D,99999999]')", "a component of a date/time picture may have at most 100 characters"),
        ("$fromMillis(0, '[D,1-99999999]')", "at most 100 characters"),
        ("$fromMillis(0, '[Y,1-19]')", "the year of a date/time picture may have at most 18 characters"),
        ("$fromMillis(0, '[Y1.92233 101842737500$0(]')", "at most 18 characters"),
        ("$fromMillis(0, $pad('[Y]', 5000, '[Y]'))", "at most 4096 bytes"),
    ] {
        let refusal = evaluate(source).unwrap_err();
        assert!(refusal.contains(told), "{source}: {refusal}");
    }
    assert_eq!(evaluate("$fromMillis(0, '[[[Y0001]] [D01]-[M01,2-3] [FNn,3-3]')"), Ok(json!("[1970] 01-01 Thu")));
}

/// Ends of ranges whose difference no integer holds.
#[test]
fn ranges() {
    for source in
        ["[-1e300..1e300]", "$count([-9223372036854775808..9223372036854775807])", "[17-406706726720E10..60+0]"]
    {
        let foreign = Expression::compile_foreign(source).expect("it compiles");
        let cause = refusal(&foreign);
        assert!(BOUNDS.iter().any(|bound| cause.contains(bound)), "{source}: {cause}");
        refusal(&Expression::compile(source).expect("it compiles"));
    }
    let (world, plain) = (fixture(), Expression::compile_foreign("[-2..1]").expect("it compiles"));
    let value = plain.evaluate(&world, "Output").map(|value| json!(value.as_deref()));
    assert_eq!(value, Ok(json!([-2, -1, 0, 1])));
    let text = refusal(&Expression::compile_foreign("['a'..2]").expect("it compiles"));
    assert!(text.contains("range operator"), "{text}");
}

/// What is large, and not too large.
#[test]
fn what_aws_evaluates_is_evaluated() {
    for (source, expected) in [
        ("$length($pad('x', 4194304))", json!(4_194_304)),
        ("$count([1..873782])", json!(873_782)),
        ("$count($range(1, 360145, 1))", json!(360_145)),
        ("$sum($map([1..20000], function($x) { $x }))", json!(200_010_000_i64)),
        ("$length($join($map([1..20000], function($x) { 'ab' }), ', '))", json!(79_998)),
        ("($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(20))", json!(20)),
        ("$count($reduce([1..1000], function($a, $i) { $append($a, [$i]) }, []))", json!(1000)),
        ("$count($reduce([1..40], function($a, $i) { [[$a], 1] }, 1))", json!(2)),
    ] {
        for compiled in [Expression::compile(source), Expression::compile_foreign(source)] {
            let compiled = compiled.expect("it compiles");
            let value = compiled.evaluate(&fixture(), "Output").map(|value| value.map(std::borrow::Cow::into_owned));
            assert_eq!(value, Ok(Some(expected.clone())), "{source}, native: {}", compiled.is_native());
        }
    }
}

/// Text that is no expression, or a very long one: an answer, and soon.
#[test]
fn texts() {
    let nested = |open: &str, close: &str, levels: usize| format!("{}1{}", open.repeat(levels), close.repeat(levels));
    for source in [
        nested("(", ")", 100_000),
        nested("[", "]", 100_000),
        nested("{'a': ", "}", 100_000),
        nested("function($x) {", "}", 50_000),
        "-".repeat(100_000) + "1",
        "1".to_owned() + &" + 1".repeat(100_000),
        "a".to_owned() + &".a".repeat(100_000),
        "$a".to_owned() + &"[0]".repeat(100_000),
        "$a ? ".repeat(50_000),
        "'".to_owned() + &"\\u00".repeat(100_000),
        "/*".repeat(100_000),
        "$".repeat(100_000),
        "\u{0}\u{0}\u{feff}".to_owned(),
        "1e999999".to_owned(),
        "`".repeat(99_999),
    ] {
        for compiled in [Expression::compile(&source), Expression::compile_foreign(&source)].into_iter().flatten() {
            let _ = compiled.evaluate(&fixture(), "Output");
        }
    }
    let wide = format!("[{}]", vec!["1"; 80_000].join(", "));
    let value = Expression::compile(&wide).expect("it compiles");
    assert_eq!(value.evaluate(&fixture(), "Output").unwrap().unwrap().as_array().map(Vec::len), Some(80_000));
    let binding: Vec<String> = (0..20_000).map(|at| format!("$a{at} := {at}")).collect();
    let refusal = Expression::compile(&format!("({})", binding.join("; "))).map(|_| ()).unwrap_err();
    assert_eq!(refusal.message, "The expression has more than 262144 characters");
}

/// What is yielded can be written and read again.
#[test]
fn results_are_shallow_enough_to_be_stored() {
    let deep = "$reduce([1..95], function($a, $i) { [$a, 1] }, 1)";
    for compiled in [Expression::compile(deep), Expression::compile_foreign(deep)] {
        let value = compiled.expect("it compiles").evaluate(&fixture(), "Output").unwrap().unwrap().into_owned();
        assert_eq!(serde_json::from_str::<Value>(&value.to_string()).unwrap(), value);
    }
}
