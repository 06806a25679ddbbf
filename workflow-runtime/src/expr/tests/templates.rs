//! Payload templates and typed results.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::fixture;
use crate::expr::Template;

fn template(source: &Value) -> Template {
    Template::compile(source, "Output").expect("compiles")
}

#[test]
fn expressions_are_evaluated_at_any_depth() {
    let source = json!({"a": [1, "{% $order.id %}", {"b": "{% $xs[0] + 1 %}"}], "c": "plain", "d": {"e": null}});
    let value = template(&source).evaluate(&fixture(), "Output").expect("evaluates");
    assert_eq!(value, json!({"a": [1, "ORD-1", {"b": 4}], "c": "plain", "d": {"e": null}}));
}

#[test]
fn literals_and_whole_paths_are_lent() {
    let scope = fixture();
    let literal = template(&json!({"a": [1, "x"]}));
    assert!(matches!(literal.evaluate_cow(&scope, "Output"), Ok(Cow::Borrowed(_))));
    assert!(literal.as_literal().is_some());
    let path = template(&json!("{% $order.user %}"));
    let Ok(Cow::Borrowed(lent)) = path.evaluate_cow(&scope, "Output") else { panic!("a path is lent") };
    assert!(std::ptr::eq(lent, &raw const scope.variables["order"]["user"]));
}

#[test]
fn errors_name_the_expression_and_the_place() {
    let source = json!({"a": {"b": ["{% $order.nothing %}"]}});
    let error = template(&source).evaluate(&fixture(), "Output").expect_err("undefined");
    assert_eq!(error.location, "Output/a/b[0]");
    assert_eq!(
        error.cause,
        "The JSONata expression '$order.nothing' specified for the field 'Output/a/b[0]' returned nothing (undefined)."
    );
    let error = template(&json!({"v": "{% $sum($s) %}"})).evaluate(&fixture(), "Arguments").expect_err("throws");
    assert_eq!(
        error.cause,
        "The JSONata expression '$sum($s)' specified for the field 'Arguments/v' threw an error during evaluation. \
         T0412: Argument 1 of function \"sum\" must be an array of \"numbers\""
    );
}

#[test]
fn typed_results_are_checked() {
    let scope = fixture();
    let compile = |source: Value| Template::compile(&source, "Seconds").expect("compiles");
    let condition = compile(json!("{% $fraud.score > 0.8 %}"));
    assert_eq!(condition.evaluate_boolean(&scope, "Choices[0]/Condition"), Ok(true));
    assert_eq!(compile(json!(true)).evaluate_boolean(&scope, "Choices[0]/Condition"), Ok(true));
    let cause = |result: Result<bool, crate::expr::EvaluationError>| result.expect_err("wrong type").cause;
    assert_eq!(
        cause(compile(json!("{% $xs[0] %}")).evaluate_boolean(&scope, "Choices[1]/Condition")),
        "The JSONata expression '$xs[0]' specified for the field 'Choices[1]/Condition' returned an unexpected result \
         type. Expected 'boolean', but was 'number' for value: 3"
    );
    assert_eq!(
        cause(compile(json!("{% $nothing > 1 %}")).evaluate_boolean(&scope, "Choices[1]/Condition")),
        "The JSONata expression '$nothing > 1' specified for the field 'Choices[1]/Condition' returned nothing \
         (undefined)."
    );
    assert_eq!(compile(json!("{% $xs[0] * 2.0 %}")).evaluate_whole_number(&scope, "Seconds"), Ok(6));
    assert_eq!(compile(json!(30)).evaluate_whole_number(&scope, "Seconds"), Ok(30));
    for source in ["{% $half %}", "{% -1 %}", "{% $s %}", "{% 1 / 0 %}"] {
        assert!(compile(json!(source)).evaluate_whole_number(&scope, "Seconds").is_err(), "{source}");
    }
    let at = compile(json!("{% '2026-01-01T00:00:00+01:00' %}")).evaluate_timestamp(&scope, "Timestamp");
    assert_eq!(at.map(crate::time::Timestamp::to_rfc3339), Ok("2025-12-31T23:00:00Z".to_owned()));
    assert_eq!(
        compile(json!("{% 'soon' %}")).evaluate_timestamp(&scope, "Timestamp").expect_err("no time").cause,
        "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: soon"
    );
    assert_eq!(compile(json!("{% $order.id & '!' %}")).evaluate_text(&scope, "Cause"), Ok("ORD-1!".to_owned()));
}

#[test]
fn refusals_name_the_place_and_none_is_lost() {
    let source = json!({"a": "{% phone %}", "b": ["{% 1 + %}", "{% open", "close %}", "{%}"]});
    let places: Vec<String> = Template::diagnose(&source, "Output").into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["Output/a", "Output/b[0]", "Output/b[1]", "Output/b[2]", "Output/b[3]"]);
    let (place, error) = Template::compile(&source, "Output").expect_err("refused");
    assert_eq!((place.as_str(), error.code), ("Output/a", "UNSUPPORTED_JSONATA_EXPRESSION"));
}

#[test]
fn what_a_template_reads_is_known() {
    let read = template(&json!({"a": "{% $order.id & $states.input.x %}", "b": ["{% $xs %}", "{% $order %}"]}));
    assert_eq!(read.free_variables(), ["order", "xs"]);
    assert!(read.uses_states_fields().input);
    assert_eq!(read.expressions().len(), 3);
}

#[test]
fn compiled_expressions_are_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Template>();
    shared::<crate::expr::Expression>();
}

#[test]
fn one_template_builds_the_context_once() {
    let scope = fixture();
    let source =
        json!({"a": "{% $states.context.Execution.Name %}", "b": "{% $states.context.Execution.Input.order_id %}"});
    assert_eq!(template(&source).evaluate(&scope, "Output"), Ok(json!({"a": "run", "b": "ORD-9"})));
    assert_eq!(scope.contexts_built.get(), 1);
}
