//! What expressions yield.

use super::{answer, fixture};
use crate::expr::Expression;

const NATIVE: &[(&str, &str)] = &[
    // Literals and constructors.
    ("42", "42"),
    ("-1.50", "-1.5"),
    ("1e3", "1000"),
    ("'it''s'", "INVALID_JSONATA_EXPRESSION: Syntax error: \"s\""),
    ("\"a\\u00e9\\ud83d\\ude00\\n\"", "\"aé😀\\n\""),
    ("[1, 'a', [2], null, true]", "[1,\"a\",[2],null,true]"),
    ("[$xs, 4]", "[3,1,2,4]"),
    ("[[$xs], 4]", "[[3,1,2],4]"),
    ("[$order.nothing, 1]", "[1]"),
    ("{'a': $order.nothing, 'b': $i + 1}", "{\"b\":2}"),
    (
        "{'a': 1, 'a': 2}",
        "threw an error during evaluation. D1009: Multiple key definitions evaluate to same key: \"a\"",
    ),
    ("{$i: 1}", "threw an error during evaluation. T1003: Key in object structure must evaluate to a string; got: 1"),
    ("[1..4]", "[1,2,3,4]"),
    ("[3..1]", "[]"),
    (
        "[1..$half]",
        "threw an error during evaluation. T2004: The right side of the range operator (..) must evaluate to an integer",
    ),
    // Paths.
    ("$order.user.name", "\"Ana\""),
    ("$order.user.nothing.more", "undefined"),
    ("$order.note", "null"),
    ("$order.lines.sku", "[\"x\",\"y\"]"),
    ("$order.lines[0].sku", "\"x\""),
    ("$order.lines[-1].sku", "\"y\""),
    ("$order.lines[$i].sku", "\"y\""),
    ("$order.lines[qty > 1].sku", "\"x\""),
    ("$order.lines[qty > 1].sku[]", "[\"x\"]"),
    ("$order.lines[qty > 9]", "undefined"),
    ("$xs[[0..1]]", "[3,1]"),
    ("$xs[$ > 1]", "[3,2]"),
    ("$xs[$i]", "1"),
    ("($xs[$i])[0]", "1"),
    ("$xs[9]", "undefined"),
    ("$s[0]", "\"text\""),
    ("$one.v", "1"),
    ("$one.v[]", "[1]"),
    ("$none", "[]"),
    ("$none.v", "undefined"),
    ("$nested[0]", "[1,2]"),
    ("$nested[1][0]", "3"),
    ("$nested[$i][0]", "[3,4]"),
    ("$deep.a.b", "[1,2,3,4]"),
    ("$deep.a[0].b", "[1,4]"),
    ("$big", "9007199254740993"),
    ("$states.input.a.b[1]", "20"),
    ("$states.input.a.b", "[10,20,30]"),
    ("$states.result.n", "7"),
    ("$states.errorOutput.Error", "undefined"),
    ("$states.context.Execution.Name", "\"run\""),
    ("$states.context.Execution.Input.order_id", "\"ORD-9\""),
    ("$nothing", "undefined"),
    // Operators.
    ("$i + 1 * 2 - 3", "0"),
    ("7 % 3 & '-' & -7 % 3", "\"1--1\""),
    ("7 / 2", "3.5"),
    ("6 / 2", "3"),
    ("1 / 0", "\"Infinity\""),
    ("-1 / 0", "\"-Infinity\""),
    ("0 / 0", "\"NaN\""),
    ("1 / 0 + 1", "threw an error during evaluation. D1001: Number out of range: null"),
    ("9007199254740992 + 1", "9007199254740993"),
    ("9223372036854775807 + 1", "9.223372036854776e+18"),
    (
        "$s + 1",
        "threw an error during evaluation. T2001: The left side of the \"+\" operator must evaluate to a number",
    ),
    (
        "1 - $s",
        "threw an error during evaluation. T2002: The right side of the \"-\" operator must evaluate to a number",
    ),
    ("$nothing + 1", "undefined"),
    ("-$nothing", "undefined"),
    ("-$s", "threw an error during evaluation. D1002: Cannot negate a non-numeric value: \"text\""),
    ("$nothing = $nothing", "false"),
    ("$nothing != 1", "false"),
    ("$order.note != null", "false"),
    ("$order.user != null", "true"),
    ("[1, {'a': 2}] = [1.0, {'a': 2}]", "true"),
    ("1 < 2 and 2 <= 2 and 'a' < 'b'", "true"),
    ("'b' > 'a'", "true"),
    (
        "1 < 'a'",
        "threw an error during evaluation. T2009: The values 1 and \"a\" either side of operator \"<\" must be of the same data type",
    ),
    (
        "true < 1",
        "threw an error during evaluation. T2010: The expressions either side of operator \"<\" must evaluate to numeric or string values",
    ),
    ("$nothing < 1", "undefined"),
    (
        "null < $nothing",
        "threw an error during evaluation. T2010: The expressions either side of operator \"<\" must evaluate to numeric or string values",
    ),
    ("$nothing and true", "false"),
    ("$nothing or true", "true"),
    ("true or $s < 1", "true"),
    ("2 in $xs", "true"),
    ("'a' in 'a'", "true"),
    ("$nothing in $xs", "false"),
    ("'a' & $nothing & 1 & null & true & [1, 'x']", "\"a1nulltrue[1,\\\"x\\\"]\""),
    ("$fraud.score > 0.8 ? 'hi' : 'lo'", "\"hi\""),
    ("$no ? 1", "undefined"),
    // Blocks, binds and lambdas.
    ("( $a := 2; $b := $a * 3; $a + $b )", "8"),
    ("( $i := $i + 1; $i )", "2"),
    ("( $a := 1; ( $a := 2; $a ); $a )", "1"),
    ("( $f := function($x, $y) { $x - $y }; $f(5, 3) )", "2"),
    ("( $n := 10; $map($xs, function($x) { $x + $n }) )", "[13,11,12]"),
    ("function($x) { $x * 2 }(21)", "42"),
    ("( $f := function($n) { $n < 2 ? 1 : $n * $f($n - 1) }; $f(5) )", "120"),
    ("$i(1)", "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
    ("function($x) { $x }", "returned an unsupported result type."),
    ("{'f': $sum}", "returned an unsupported result type."),
];

const FUNCTIONS: &[(&str, &str)] = &[
    ("$string(1.0) & $string(0.1 + 0.2) & $string(1e21) & $string(1e-7)", "\"10.31e+211e-7\""),
    ("$string(123456789012345678)", "\"123456789012345678\""),
    ("$string({'a': [1, null, 2.50]})", "\"{\\\"a\\\":[1,null,2.5]}\""),
    (
        "$string(1 / 0)",
        "threw an error during evaluation. D3001: Attempting to invoke string function on Infinity or NaN",
    ),
    ("$number('12') + $number('1.5e1') + $number(true)", "28"),
    ("$number('0x1F')", "31"),
    ("$number('1x')", "threw an error during evaluation. D3030: Unable to cast value to a number: \"1x\""),
    (
        "$number(null)",
        "threw an error during evaluation. T0410: Argument 1 of function \"number\" does not match function signature",
    ),
    (
        "[$boolean([0, 0]), $boolean([0, 1]), $boolean({}), $boolean('a'), $boolean(null)]",
        "[false,true,false,true,false]",
    ),
    ("[$not($nothing), $not(0)]", "[true]"),
    ("[$exists($order.note), $exists($order.nothing)]", "[true,false]"),
    ("[$count($xs), $count($s), $count($nothing), $count($none), $count($nil), $count([null])]", "[3,1,0,0,0,1]"),
    ("$append([], $map($one, function($x) { $x.v })[])", "[1]"),
    ("$append([], $map($none, function($x) { $x })[])", "[]"),
    ("$append($xs, [[4]])", "[3,1,2,[4]]"),
    ("$append(1, 2)", "[1,2]"),
    ("$map($xs, function($x, $i) { $x * $i })", "[0,1,4]"),
    ("$map($one, function($x) { $x.v })", "1"),
    ("$map($xs, $string)", "[\"3\",\"1\",\"2\"]"),
    ("$filter($xs, function($x) { $x > 1 })", "[3,2]"),
    ("$filter($xs, function($x) { $x > 9 })", "undefined"),
    ("$filter($xs, function($x) { $x > 2 })[]", "[3]"),
    ("$reduce($xs, function($a, $x) { $a + $x })", "6"),
    ("$reduce($none, function($a, $x) { $a + $x }, 5)", "5"),
    (
        "$reduce($xs, function($a) { $a })",
        "threw an error during evaluation. D3050: The second argument of reduce function must be a function with at least two arguments",
    ),
    ("[$sum($xs), $sum([]), $max($xs), $min($xs), $average($xs)]", "[6,0,3,1,2]"),
    ("$max([])", "undefined"),
    (
        "$sum(['a'])",
        "threw an error during evaluation. T0412: Argument 1 of function \"sum\" must be an array of \"numbers\"",
    ),
    ("$join(['a', 'b'], '-') & $join('x')", "\"a-bx\""),
    (
        "$join($xs)",
        "threw an error during evaluation. T0412: Argument 1 of function \"join\" must be an array of \"strings\"",
    ),
    ("$split('a,b,,c', ',')", "[\"a\",\"b\",\"\",\"c\"]"),
    ("$split('a,b', ',', 1)", "[\"a\"]"),
    ("$split('ab', '')", "[\"a\",\"b\"]"),
    ("$contains('abc', 'bc')", "true"),
    (
        "[$substring('hello', 1), $substring('hello', -3, 2), $substring('h', 5), $substring('hello', -9, 2)]",
        "[\"ello\",\"ll\",\"\",\"he\"]",
    ),
    (
        "[$substringBefore('a=b=c', '='), $substringAfter('a=b=c', '='), $substringAfter('abc', '=')]",
        "[\"a\",\"b=c\",\"abc\"]",
    ),
    ("[$length('a😀'), $length('')]", "[2,0]"),
    ("$uppercase('aé') & $lowercase('ÀB') & $trim($blank)", "\"AÉàba b\""),
    ("$replace($replace($blank, /^\\s+/, ''), /\\s+$/, '')", "\"a  b\""),
    ("$replace('a.b.c', '.', '$0', 1)", "\"a$0b.c\""),
    (
        "$replace('a', '', 'b')",
        "threw an error during evaluation. D3010: Second argument of replace function cannot be an empty string",
    ),
    (
        "[$formatNumber(0, '0'), $formatNumber(-3, '0'), $formatNumber(2.5, '0'), $formatNumber(3.5, '0'), $formatNumber(-0.4, '0')]",
        "[\"0\",\"-3\",\"2\",\"4\",\"-0\"]",
    ),
    (
        "[$formatNumber(0.125, '0.00'), $formatNumber(7, '0.0'), $formatNumber(9007199254740991, '0')]",
        "[\"0.12\",\"7.0\",\"9007199254740991\"]",
    ),
    (
        "[$round(2.5), $round(3.5), $round(-2.5), $round(1.125, 2), $round(1234, -2), $round(0.5)]",
        "[2,4,-2,1.12,1200,0]",
    ),
    ("[$floor(-1.5), $ceil(-1.5), $abs(-3), $floor(2)]", "[-2,-1,3,2]"),
    ("$parse('{\"a\": [1, 2.5]}').a", "[1,2.5]"),
    (
        "$parse('{\"a\": 1, \"a\": 2}')",
        "threw an error during evaluation: The argument of the parse function must be JSON: duplicate key `a` at line 1 column 16",
    ),
    (
        "$parse('NaN')",
        "threw an error during evaluation: The argument of the parse function must be JSON: expected value at line 1 column 1",
    ),
    (
        "[$type(1), $type('a'), $type(null), $type(true), $type([]), $type({}), $type($sum)]",
        "[\"number\",\"string\",\"null\",\"boolean\",\"array\",\"object\",\"function\"]",
    ),
    ("$keys($order.user)", "\"name\""),
    ("$keys($order.lines)", "[\"sku\",\"qty\",\"price\"]"),
    ("[$lookup($order, 'id'), $lookup($order.lines, 'qty')]", "[\"ORD-1\",2,1]"),
    ("$lookup($order, 'nothing')", "undefined"),
    ("$merge([{'a': 1, 'b': 1}, {'b': 2}])", "{\"a\":1,\"b\":2}"),
    ("$now() & ' ' & $millis()", "\"2026-01-01T00:00:00.120Z 1767225600120\""),
    ("$length($uuid())", "36"),
    ("$random(42)", "0.7275636800328681"),
    ("$random() < 1", "true"),
    ("$hash('abc', 'SHA-1')", "\"a9993e364706816aba3e25717850c26c9cd0d89d\""),
    ("$hash('abc')", "undefined"),
    ("$partition([1..5], 2)", "[[1,2],[3,4],[5]]"),
    ("$partition($xs, 0)", "undefined"),
    ("$range(-1.7, 2, 1)", "[-1,0,1,2]"),
    ("$range(1, 1, 1)", "1"),
    ("$range(1, 5, -1)", "undefined"),
    (
        "$uppercase(1)",
        "threw an error during evaluation. T0410: Argument 1 of function \"uppercase\" does not match function signature",
    ),
];

/// Evaluated by `jsonata-core`, with what Step Functions adds.
const BEYOND: &[(&str, &str)] = &[
    ("$order.lines^(price).sku", "[\"x\",\"y\"]"),
    ("$order.lines.(qty * price)", "[10,7.5]"),
    ("$order.lines{sku: qty}", "{\"x\":2,\"y\":1}"),
    ("$xs ~> $sum", "6"),
    ("$replace('a-b', /[a-z]/, 'x')", "\"x-x\""),
    ("$formatNumber(1234.5, '#,##0.00')", "\"1,234.50\""),
    ("$order.*[0]", "\"ORD-1\""),
    ("$distinct([1, 1, 2]) ~> $count", "2"),
    ("$partition([1..4], 2)[0] ~> $sort", "[1,2]"),
    ("[$hash('abc', 'MD5')] ~> $sort", "[\"900150983cd24fb0d6963f7d28e17f72\"]"),
    ("$range(3, 1, -1) ~> $sort", "[1,2,3]"),
    ("([$parse('[2]'), $random(42)] ~> $sort)[1]", "2"),
    ("$now('[Y0001]')", "\"2026\""),
    ("[$states.input.name, $states.context.Execution.Name] ~> $sort", "[\"in\",\"run\"]"),
    ("( $f := function($n) { $n = 0 ? 'done' : $f($n - 1) }; $f(2000) )", "\"done\""),
    ("$pad('a', $count($xs) ~> $sum)", "\"a  \""),
];

/// What chains, formats, times and the language's functions become.
const EMITTED: &[(&str, &str)] = &[
    ("$sort($xs)", "[1,2,3]"),
    ("$sort([])", "[]"),
    ("$sort(['b', 'a', 'B'])", "[\"B\",\"a\",\"b\"]"),
    ("$sort([[2], [1]], function($a, $b) { $a[0] > $b[0] })", "[[1],[2]]"),
    ("$sort([{'k': 1, 'v': 1}, {'k': 0, 'v': 2}, {'k': 1, 'v': 3}], function($a, $b) { $a.k > $b.k }).v", "[2,1,3]"),
    (
        "$sort([true])",
        "threw an error during evaluation. D3070: The single argument form of the sort function can only be applied to an \
         array of strings or an array of numbers.  Use the second argument to specify a comparison function",
    ),
    ("$zip([1, 2], ['a'])", "[[1,\"a\"]]"),
    ("$zip([], [1])", "[]"),
    ("$zip([[1, 2]], [3])", "[[[1,2],3]]"),
    ("$distinct([1, 1.0, '1', true, [1], [1]])", "[1,\"1\",true,[1]]"),
    ("$pad('a', 3) & '|' & $pad('a', -3, 'xy') & '|' & $pad('abc', 2) & '|' & $pad('😀', 2)", "\"a  |xya|abc|😀 \""),
    (
        "[$power(2, 3), $power(2, -1), $power(2, 0.5), $power(0.1, 2)]",
        "[8,0.5,1.4142135623730951,0.010000000000000002]",
    ),
    (
        "$power(10, 1000)",
        "threw an error during evaluation. D3061: The power function has resulted in a value that cannot be represented as a \
         JSON number",
    ),
    ("[$sqrt(4), $sqrt(2)]", "[2,1.4142135623730951]"),
    ("$sqrt(-1)", "threw an error during evaluation. D3060: The sqrt function cannot be applied to a negative number"),
    ("[$formatBase(255, 16), $formatBase(-5, 2), $formatBase(0, 36)]", "[\"ff\",\"-101\",\"0\"]"),
    (
        "[$formatNumber(-42, '00000;-0000'), $formatNumber(42, '00000;-0000'), $formatNumber(7.5, '000.00')]",
        "[\"-0042\",\"00042\",\"007.50\"]",
    ),
    (
        "[$base64encode('aé'), $base64decode('YcOp'), $base64decode('YWI'), $base64encode('')]",
        "[\"YcOp\",\"aé\",\"ab\",\"\"]",
    ),
    ("$base64decode('!!')", "threw an error during evaluation: The argument of the base64decode function is no Base64"),
    ("$decodeUrlComponent('a%20b+c%C3%A9')", "\"a b cé\""),
    ("$encodeUrl('https://x.y/?q=ä b&c=[1]#%')", "\"https://x.y/?q=%C3%A4%20b&c=%5B1%5D#%25\""),
    ("$encodeUrlComponent('a (b) c/é')", "\"a%20(b)%20c%2F%C3%A9\""),
    (
        "$fromMillis(253402300800000)",
        "threw an error during evaluation: The time 253402300800000 of the fromMillis function has no year of four digits",
    ),
    ("[$distinct('x'), $distinct(7)]", "[\"x\",7]"),
    (
        "$decodeUrlComponent('%zz')",
        "threw an error during evaluation. D3140: Malformed URL passed to decodeUrlComponent(): \"%zz\"",
    ),
    (
        "[$toMillis('1970-01-01T00:00:01.5Z'), $toMillis('1969-12-31T23:59:59.9999Z'), $toMillis('2024-01-01T00:00:00+02:00')]",
        "[1500,-1,1704060000000]",
    ),
    (
        "[$toMillis('2024'), $toMillis('2024-02'), $toMillis('2024-02-03'), $toMillis('2024-02-03T04:05:06')]",
        "[1704067200000,1706745600000,1706918400000,1706933106000]",
    ),
    (
        "$toMillis('yesterday')",
        "threw an error during evaluation. D3110: The argument of the toMillis function must be an ISO 8601 formatted \
         timestamp. Given \"yesterday\"",
    ),
    (
        "[$fromMillis(1500), $fromMillis(-1.5), $fromMillis(0, 'on [D01].[M01].[Y0001] [[at]] [H01]:[m01]:[s01] ([d001]) 100%')]",
        "[\"1970-01-01T00:00:01.500Z\",\"1969-12-31T23:59:59.999Z\",\"on 01.01.1970 [at] 00:00:00 (001) 100%\"]",
    ),
    ("$error('no')", "threw an error during evaluation. D3137: no"),
];

#[test]
fn native_expressions_yield_what_the_reference_yields() {
    for (source, wanted) in NATIVE.iter().chain(FUNCTIONS).chain(EMITTED) {
        if !wanted.starts_with("INVALID") {
            assert!(Expression::compile(source).is_ok_and(|one| one.is_native()), "{source} is not native");
        }
        let got = answer(source, &fixture());
        assert!(got == *wanted, "{source}\n  got {got}\n  not {wanted}");
    }
}

#[test]
fn what_is_beyond_the_subset_is_evaluated_all_the_same() {
    for (source, wanted) in BEYOND {
        assert!(Expression::compile(source).is_ok_and(|one| !one.is_native()), "{source} is native");
        assert_eq!(answer(source, &fixture()), *wanted, "{source}");
    }
}

#[test]
fn a_variable_hides_the_function_of_its_name() {
    let mut scope = fixture();
    scope.variables.insert("count".to_owned(), 5.into());
    assert_eq!(
        answer("$count($xs)", &scope),
        "threw an error during evaluation. T1006: Attempted to invoke a non-function"
    );
    assert_eq!(answer("$count + 1", &scope), "6");
}

#[test]
fn limits_end_what_runs_away() {
    for (source, wanted) in [
        ("( $f := function($n) { 1 + $f($n + 1) }; $f(0) )", "Stack overflow error"),
        ("$count([1..873783])", "Expression evaluation memory limit exceeded: Check for excessive memory usage"),
        ("$range(1, 360146, 1)", "Expression evaluation memory limit exceeded"),
        ("$map([1..800000], function($x) { [1..100] })", "Expression evaluation memory limit exceeded"),
        ("$map([1..800000], function($x) { $x + $x + $x + $x + $x + $x + $x + $x })", "Expression evaluation timeout"),
        ("$reduce([1..30], function($a, $x) { $a & $a }, 'a')", "Expression evaluation memory limit exceeded"),
        ("( $f := function($n) { $f($n + 1) }; $f(0) )", "Expression evaluation timeout"),
    ] {
        let got = answer(source, &fixture());
        assert!(got.starts_with(&format!("threw an error during evaluation: {wanted}")), "{source}: {got}");
    }
    assert_eq!(answer("$count([1..873782])", &fixture()), "873782");
    assert_eq!(answer("$count($range(1, 360145, 1))", &fixture()), "360145");
}

#[test]
fn a_path_lends_and_the_context_is_built_at_most_once() {
    let mut scope = fixture();
    let lent = |scope: &super::Fixture, source: &str| {
        let expression = Expression::compile(source).expect("compiles");
        matches!(expression.evaluate(scope, "Output"), Ok(Some(std::borrow::Cow::Borrowed(_))))
    };
    assert!(lent(&scope, "$order.user"));
    assert!(lent(&scope, "$order.id"));
    assert!(lent(&scope, "$yes ? $order : $xs"));
    assert_eq!(answer("$fraud.score > 0.8 or $states.context.Execution.Input.total_cents > 3", &scope), "true");
    assert_eq!(scope.contexts_built.get(), 0, "the second operand is not reached");
    assert_eq!(
        answer("$states.context.Execution.Name & $states.context.Execution.Input.order_id", &scope),
        "\"runORD-9\""
    );
    assert_eq!(scope.contexts_built.get(), 1);
    scope.lends_input = true;
    assert!(lent(&scope, "$states.context.Execution.Input.order_id"));
    assert_eq!(scope.contexts_built.get(), 1);
}
