//! An expression and what it reads: both evaluators, whatever comes out.

use std::borrow::Cow;

use serde_json::{Value, json};
use workflow_runtime::engine::exceeds_data_limit;
use workflow_runtime::expr::{Expression, Scope, Template};
use workflow_runtime::time::Timestamp;

struct World {
    input: Value,
    context: Value,
}

impl Scope for World {
    fn variable(&self, name: &str) -> Option<&Value> {
        self.input.get(name)
    }
    fn input(&self) -> &Value {
        &self.input
    }
    fn result(&self) -> Option<&Value> {
        Some(&self.input)
    }
    fn error_output(&self) -> Option<&Value> {
        None
    }
    fn context(&self) -> Cow<'_, Value> {
        Cow::Borrowed(&self.context)
    }
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_767_225_600_120)
    }
    fn entropy(&self) -> u64 {
        0x9e37_79b9
    }
}

/// An expression, and behind a NUL the JSON that it reads.
pub fn expression(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (source, input) = text.split_once('\0').unwrap_or((text, r#"{"a": [1, "b", {"c": null}], "s": "text"}"#));
    let Ok(input) = serde_json::from_str::<Value>(input) else { return };
    let world = World { input, context: json!({"Execution": {"Input": {"id": 1}, "Name": "run"}}) };
    Expression::diagnose(source);
    for compiled in [Expression::compile(source), Expression::compile_foreign(source)].into_iter().flatten() {
        if let Ok(Some(value)) = compiled.evaluate(&world, "Output") {
            exceeds_data_limit(&value);
            let text = value.to_string();
            serde_json::from_str::<Value>(&text).expect("what an expression yields can be stored and read again");
        }
        let _ = compiled.evaluate_boolean(&world, "Condition");
    }
    let template = json!({ "a": [format!("{{% {source} %}}")], "b": source });
    if let Ok(template) = Template::compile(&template, "Output") {
        let _ = template.evaluate(&world, "Output");
    }
}
