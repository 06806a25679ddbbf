//! What is refused when a machine is loaded, and what is known of an expression without evaluating it.

use crate::expr::{Expression, StatesFields};

#[test]
fn step_functions_refusals() {
    const INVALID: &str = "INVALID_JSONATA_EXPRESSION";
    const UNSUPPORTED: &str = "UNSUPPORTED_JSONATA_EXPRESSION";
    for (source, code, message) in [
        ("phone", UNSUPPORTED, "Reference to 'phone' at the top level is not supported."),
        ("a.b + 1", UNSUPPORTED, "Reference to 'a' at the top level is not supported."),
        ("$map($xs, function($x) { price })", UNSUPPORTED, "Reference to 'price' at the top level is not supported."),
        ("$ + 1", UNSUPPORTED, "Reference to '$' at the top level is not supported."),
        ("$$.a", UNSUPPORTED, "Reference to '$$' is not supported."),
        ("$x[a = $$.b]", UNSUPPORTED, "Reference to '$$' is not supported."),
        ("$eval('1')", UNSUPPORTED, "Function '$eval' is not supported."),
        ("$a ?? 1", INVALID, "The symbol \"?\" cannot be used as a unary operator"),
        ("$a ?: 1", INVALID, "The symbol \":\" cannot be used as a unary operator"),
        ("$a +", INVALID, "Unexpected end of expression"),
        ("($a", INVALID, "Expected \")\" before end of expression"),
        ("[1, 2", INVALID, "Expected \"]\" before end of expression"),
        ("[1,]", INVALID, "The symbol \"]\" cannot be used as a unary operator"),
        ("'abc", INVALID, "String literal must be terminated by a matching quote"),
        ("1 2", INVALID, "Syntax error: 2"),
        ("", INVALID, "Unexpected end of expression"),
        ("/* a", INVALID, "Comment has no closing tag"),
        ("1 := 2", INVALID, "The left side of := must be a variable name (start with $)"),
        (
            "$contains($x, /a(?=b)/)",
            INVALID,
            "The regular expression /a(?=b)/ has a look ahead or behind, which cannot be evaluated here; match more and look at the groups",
        ),
        ("function(a) { 1 }", INVALID, "Parameter 1 of function definition must be a variable name (start with $)"),
    ] {
        let error = Expression::compile(source).expect_err(source);
        assert_eq!((error.code, error.message.as_str()), (code, message), "{source}");
    }
    let all = Expression::diagnose("a + b + a + $$");
    assert_eq!(all.len(), 3, "one for each distinct name: {all:?}");
}

#[test]
fn names_inside_predicates_and_later_steps_are_legal() {
    for source in
        ["$states.input.items[value > 3]", "$x.a.b", "$x^(a)", "$x{a: b}", "$x.(a & b)", "$x[$ > 1]", "$x[0].y"]
    {
        assert!(Expression::compile(source).is_ok(), "{source}");
    }
}

#[test]
fn hostile_depth_is_refused_not_overflowed() {
    for source in [
        "(".repeat(50_000),
        format!("1{}", "+1".repeat(50_000)),
        "[".repeat(50_000),
        "-".repeat(50_000),
        format!("$x{}", ".a".repeat(50_000)),
        format!("$x{}", "[0]".repeat(50_000)),
        "function($x){".repeat(20_000),
    ] {
        let error = Expression::compile(&source).expect_err("too deep");
        assert!(error.message.contains("nested more than"), "{}", error.message);
    }
    assert!(Expression::compile(&format!("[{}1]", "1,".repeat(50_000))).is_ok(), "width is no depth");
}

#[test]
fn free_variables_are_those_that_nobody_inside_binds() {
    for (source, free) in [
        ("$a + $b.c", &["a", "b"][..]),
        ("( $x := $x + 1; $x * $y )", &["x", "y"]),
        ("( $a := 1; $a )", &[]),
        ("$map($xs, function($x, $i) { $x * $n })", &["n", "xs"]),
        ("( $f := function($n) { $g($n) }; $g := function($n) { $f($n) }; $f(1) )", &[]),
        ("( $f($a); $f := 1 )", &["a", "f"]),
        ("$states.input.a & $string($count($z))", &["z"]),
        ("$x[$i].b", &["i", "x"]),
        ("$sort($xs, function($l, $r) { $l > $r and $k })", &["k", "xs"]),
    ] {
        assert_eq!(Expression::compile(source).expect(source).free_variables(), free, "{source}");
    }
}

#[test]
fn fields_of_states_are_known() {
    let states = |source: &str| Expression::compile(source).expect(source).uses_states_fields().clone();
    assert_eq!(states("$states.input.a"), StatesFields { input: true, ..StatesFields::default() });
    assert_eq!(states("$states.input[0]"), StatesFields { input: true, ..StatesFields::default() });
    assert_eq!(
        states("$states.result.x & $states.errorOutput.Cause"),
        StatesFields { result: true, error_output: true, ..StatesFields::default() }
    );
    assert_eq!(states("$string($states)"), StatesFields { whole: true, ..StatesFields::default() });
    assert_eq!(states("$states.context.State.Name").unknown, Vec::<String>::new());
    assert_eq!(states("$states.output").unknown, ["output"]);
    assert_eq!(states("( $states := 1; $states )"), StatesFields::default());
}
