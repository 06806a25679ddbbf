//! Every place of a state where an expression may stand.

use serde_json::Value;

use crate::asl::violation::{Location, Violation, ViolationCode};
use crate::asl::{Assign, State};

/// An expression and its surroundings.
#[derive(Debug)]
pub(super) struct Site<'a> {
    /// Where it stands.
    pub(super) at: Location,
    /// The text between the delimiters.
    pub(super) text: &'a str,
    /// `$states.result` exists here.
    pub(super) result: bool,
    /// `$states.errorOutput` exists here.
    pub(super) error_output: bool,
}

/// A state's `Assign`s and their places: its own, its rules', its catchers'.
pub(super) fn assigns<'a>(state: &'a State, at: &Location) -> Vec<(&'a Assign, Location)> {
    let mut all = Vec::new();
    if let State::Choice(choice) = state {
        let rules = at.field("Choices");
        all.extend(choice.choices.iter().enumerate().map(|(i, rule)| (&rule.assign, rules.index(i).field("Assign"))));
    }
    all.extend(state.assign().map(|assign| (assign, at.field("Assign"))));
    let catch = at.field("Catch");
    all.extend(state.catch().iter().enumerate().map(|(i, it)| (&it.assign, catch.index(i).field("Assign"))));
    all
}

/// Collects the expressions of one state and the faults of their delimiters.
#[derive(Debug, Default)]
pub(super) struct Sites<'a> {
    pub(super) found: Vec<Site<'a>>,
    pub(super) faults: Vec<Violation>,
    result: bool,
    error_output: bool,
}

impl<'a> Sites<'a> {
    pub(super) fn of(state: &'a State, at: &Location) -> Self {
        let mut sites = Self::default();
        sites.fields(state, at);
        sites.result = matches!(state, State::Task(_) | State::Parallel(_) | State::Map(_));
        sites.assign(state.assign(), at);
        sites.optional(state.output(), at, "Output");
        sites.result = false;
        sites.error_output = true;
        for (index, catcher) in state.catch().iter().enumerate() {
            let at = at.field("Catch").index(index);
            sites.assign(Some(&catcher.assign), &at);
            sites.optional(catcher.output.as_ref(), &at, "Output");
        }
        sites
    }

    /// What only this type of state has.
    fn fields(&mut self, state: &'a State, at: &Location) {
        match state {
            State::Task(task) => {
                self.optional(task.credentials.as_ref(), at, "Credentials");
                self.optional(task.arguments.as_ref(), at, "Arguments");
                self.optional(task.timeout_seconds.as_ref(), at, "TimeoutSeconds");
                self.optional(task.heartbeat_seconds.as_ref(), at, "HeartbeatSeconds");
            }
            State::Choice(choice) => {
                for (index, rule) in choice.choices.iter().enumerate() {
                    let at = at.field("Choices").index(index);
                    self.optional(Some(&rule.condition), &at, "Condition");
                    self.assign(Some(&rule.assign), &at);
                    self.optional(rule.output.as_ref(), &at, "Output");
                }
            }
            State::Parallel(parallel) => self.optional(parallel.arguments.as_ref(), at, "Arguments"),
            State::Map(map) => {
                self.optional(map.items.as_ref(), at, "Items");
                self.optional(map.item_reader.as_ref(), at, "ItemReader");
                self.optional(map.item_selector.as_ref(), at, "ItemSelector");
                self.optional(map.item_batcher.as_ref(), at, "ItemBatcher");
                self.optional(map.max_concurrency.as_ref(), at, "MaxConcurrency");
                self.optional(map.tolerated_failure_percentage.as_ref(), at, "ToleratedFailurePercentage");
                self.optional(map.tolerated_failure_count.as_ref(), at, "ToleratedFailureCount");
                self.optional(map.result_writer.as_ref(), at, "ResultWriter");
            }
            State::Wait(wait) => {
                self.optional(wait.seconds.as_ref(), at, "Seconds");
                self.optional(wait.timestamp.as_ref(), at, "Timestamp");
            }
            State::Fail(fail) => {
                self.text(fail.error.as_deref(), at, "Error");
                self.text(fail.cause.as_deref(), at, "Cause");
            }
            State::Pass(_) | State::Succeed(_) => {}
        }
    }

    fn assign(&mut self, assign: Option<&'a Assign>, at: &Location) {
        let at = at.field("Assign");
        for (name, value) in assign.into_iter().flatten() {
            self.template(value, &at.field(name));
        }
    }

    fn optional(&mut self, value: Option<&'a Value>, at: &Location, field: &str) {
        if let Some(value) = value {
            self.template(value, &at.field(field));
        }
    }

    fn text(&mut self, text: Option<&'a str>, at: &Location, field: &str) {
        if let Some(text) = text {
            self.string(text, &at.field(field));
        }
    }

    fn template(&mut self, value: &'a Value, at: &Location) {
        match value {
            Value::String(text) => self.string(text, at),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.template(item, &at.index(index));
                }
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    let at = at.field(name);
                    if name.ends_with(".$")
                        && value.as_str().is_some_and(|text| text.starts_with('$') || text.starts_with("States."))
                    {
                        let message =
                            format!("Key '{name}' is a key like any other in JSONata: nothing is read by its path");
                        let help = format!("write `\"{}\": \"{{% .. %}}\"`", &name[..name.len() - 2]);
                        self.faults.push(Violation::warning(&at, message).with_help(help));
                    }
                    self.template(value, &at);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn string(&mut self, text: &'a str, at: &Location) {
        if let Some(text) = expression(text) {
            let (result, error_output) = (self.result, self.error_output);
            return self.found.push(Site { at: at.clone(), text, result, error_output });
        }
        if text.starts_with("{%") || text.ends_with("%}") {
            let message = "An expression must start with '{%' and end with '%}'";
            self.faults.push(Violation::error(ViolationCode::InvalidJsonataExpression, at, message));
        } else if expression(text.trim()).is_some() {
            let message = "Blanks around '{%' and '%}' make this a plain text, not an expression";
            self.faults.push(Violation::warning(at, message));
        }
    }
}

/// The text between `{%` and `%}`.
pub(super) fn expression(text: &str) -> Option<&str> {
    text.strip_prefix("{%")?.strip_suffix("%}")
}
