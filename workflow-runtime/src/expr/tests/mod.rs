//! Tables of expressions and what they yield. What the reference implementation (`jsonata` 2.0.6) or AWS answers.

mod agreement;
mod cases;
mod hostile;
mod refusals;
mod tails;
mod templates;

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Expression, Scope};
use crate::time::Timestamp;

/// Everything an expression may read, by hand.
pub(super) struct Fixture {
    pub(super) variables: BTreeMap<String, Value>,
    pub(super) input: Value,
    pub(super) result: Option<Value>,
    pub(super) error_output: Option<Value>,
    pub(super) context: Value,
    /// Lends `Execution.Input` without the context.
    pub(super) lends_input: bool,
    pub(super) contexts_built: Cell<u32>,
    pub(super) entropy: Cell<u64>,
}

impl Scope for Fixture {
    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }
    fn input(&self) -> &Value {
        &self.input
    }
    fn result(&self) -> Option<&Value> {
        self.result.as_ref()
    }
    fn error_output(&self) -> Option<&Value> {
        self.error_output.as_ref()
    }
    fn context(&self) -> Cow<'_, Value> {
        self.contexts_built.set(self.contexts_built.get() + 1);
        Cow::Owned(self.context.clone())
    }
    fn execution_input(&self) -> Option<&Value> {
        self.lends_input.then(|| &self.context["Execution"]["Input"])
    }
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_767_225_600_120)
    }
    fn entropy(&self) -> u64 {
        self.entropy.set(self.entropy.get() + 0x0123_4567_89ab_cdef);
        self.entropy.get()
    }
}

/// A fixture with an order flow's data.
pub(super) fn fixture() -> Fixture {
    let variables = json!({
        "fraud": {"score": 0.9, "flags": []},
        "order": {"id": "ORD-1", "total_cents": 1999, "note": null, "tags": ["a", "b"], "user": {"name": "Ana"},
                  "lines": [{"sku": "x", "qty": 2, "price": 5}, {"sku": "y", "qty": 1, "price": 7.5}]},
        "one": [{"v": 1}], "none": [], "nested": [[1, 2], [3, 4]], "xs": [3, 1, 2], "i": 1, "s": "text", "nil": null,
        "yes": true, "no": false, "big": 9_007_199_254_740_993_i64, "half": 2.5, "empty": {}, "blank": "  a  b \n",
        "mixed": [1, "a", null, true, {"k": 1}], "deep": [{"a": [{"b": 1}, {"b": [2, 3]}]}, {"a": {"b": 4}}, {"c": 0}]
    });
    let Value::Object(variables) = variables else { unreachable!("an object literal") };
    Fixture {
        variables: variables.into_iter().collect(),
        input: json!({"a": {"b": [10, 20, 30]}, "name": "in"}),
        result: Some(json!({"ok": true, "n": 7})),
        error_output: None,
        context: json!({"Execution": {"Input": {"order_id": "ORD-9", "total_cents": 5}, "Name": "run"}}),
        lends_input: false,
        contexts_built: Cell::new(0),
        entropy: Cell::new(1),
    }
}

/// The value as JSON text, `undefined`, or the error's text behind the fixed beginning.
pub(super) fn answer(source: &str, scope: &Fixture) -> String {
    let expression = match Expression::compile(source) {
        Ok(expression) => expression,
        Err(error) => return format!("{}: {}", error.code, error.message),
    };
    match expression.evaluate(scope, "Output") {
        Ok(None) => "undefined".to_owned(),
        Ok(Some(value)) => value.to_string(),
        Err(error) => {
            let start = format!("The JSONata expression '{}' specified for the field 'Output' ", expression.source());
            error.cause.strip_prefix(&start).unwrap_or(&error.cause).to_owned()
        }
    }
}
