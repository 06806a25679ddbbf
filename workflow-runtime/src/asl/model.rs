//! The typed model of ASL in its JSONata dialect; `serde` both ways, the order of fields and states kept.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// A state machine or, without the top-level fields, one branch of a [`Parallel`] or the processor of a [`Map`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct StateMachine {
    /// A text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// `JSONata` in every machine that this project writes; absent means `JSONPath` to AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<String>,
    /// Only `"1.0"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Name of the first state.
    pub start_at: String,
    /// The budget of the whole execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// States by name, in the order they were written.
    pub states: IndexMap<String, State>,
}

/// A [`Parallel`]'s branch, or what a [`Map`] runs for each item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Branch {
    /// A text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Only in a [`Map`]'s processor: `{"Mode": "INLINE" | "DISTRIBUTED", "ExecutionType": ..}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor_config: Option<Value>,
    /// Name of the first state.
    pub start_at: String,
    /// States by name.
    pub states: IndexMap<String, State>,
}

/// Values by name, each a payload template.
pub type Assign = IndexMap<String, Value>;

/// One state, told apart by its `Type`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "Type")]
#[expect(clippy::large_enum_variant, reason = "a machine has tens of states; boxes would be in everybody's way")]
pub enum State {
    /// Calls a step.
    Task(Task),
    /// Chooses the next state.
    Choice(Choice),
    /// Runs branches side by side.
    Parallel(Parallel),
    /// Runs one branch for each item.
    Map(Map),
    /// Waits.
    Wait(Wait),
    /// Shapes data.
    Pass(Pass),
    /// Ends well.
    Succeed(Succeed),
    /// Ends badly.
    Fail(Fail),
}

/// Calls a step and waits for its result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Task {
    /// A text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Legal only where it says `JSONata`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<String>,
    /// The function, activity or service action.
    pub resource: String,
    /// `{"RoleArn": ..}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Value>,
    /// What the step is given; the state's input when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    pub arguments: Option<Value>,
    /// Whole seconds, or an expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<Value>,
    /// Whole seconds below the timeout, or an expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_seconds: Option<Value>,
    /// Tried in order; the first that matches decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retry: Vec<Retrier>,
    /// Tried in order once retries are used up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub catch: Vec<Catcher>,
    /// Variables set when the step succeeded.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub assign: Assign,
    /// The state's output; the step's result when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    pub output: Option<Value>,
    /// The next state; exactly one of `Next` and `End`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// `true` where the machine or branch ends here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<bool>,
}

/// Chooses the next state by the first rule whose condition is true.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Choice {
    /// A text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Legal only where it says `JSONata`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<String>,
    /// Rules, tested top-down.
    pub choices: Vec<ChoiceRule>,
    /// Where to go when no rule matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Variables set on the default path only.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub assign: Assign,
    /// Output on the default path only; the input when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    pub output: Option<Value>,
}

/// One rule of a [`Choice`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ChoiceRule {
    /// A text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// A boolean, or an expression that yields one.
    pub condition: Value,
    /// Variables set when this rule matched.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub assign: Assign,
    /// Output when this rule matched; the input when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    pub output: Option<Value>,
    /// Where to go.
    pub next: String,
}

/// Runs branches side by side; its result lists their outputs in the branches' order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Parallel {
    /// A text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Legal only where it says `JSONata`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<String>,
    /// Every branch's input; the state's input when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    pub arguments: Option<Value>,
    /// What runs side by side.
    pub branches: Vec<Branch>,
    /// Retriers of the whole state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retry: Vec<Retrier>,
    /// Catchers of the whole state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub catch: Vec<Catcher>,
    /// Variables set when all branches succeeded.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub assign: Assign,
    /// The state's output; the list of results when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    pub output: Option<Value>,
    /// The next state; exactly one of `Next` and `End`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// `true` where the machine or branch ends here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<bool>,
}

/// Runs a processor for each item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Map {
    /// A text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Legal only where it says `JSONata`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<String>,
    /// The items; the state's input when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    pub items: Option<Value>,
    /// Reads the items of a distributed map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_reader: Option<Value>,
    /// Shapes one iteration's input.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    pub item_selector: Option<Value>,
    /// Groups items of a distributed map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_batcher: Option<Value>,
    /// What runs for each item. `Iterator`, its old name, is read as well.
    #[serde(alias = "Iterator")]
    pub item_processor: Branch,
    /// At most so many at once; 0 is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<Value>,
    /// Failed items allowed, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_percentage: Option<Value>,
    /// Failed items allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_count: Option<Value>,
    /// Names a distributed map in ARNs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Writes the results of a distributed map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_writer: Option<Value>,
    /// Retriers of the whole state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retry: Vec<Retrier>,
    /// Catchers of the whole state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub catch: Vec<Catcher>,
    /// Variables set when all items succeeded.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub assign: Assign,
    /// The state's output; the list of results when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    pub output: Option<Value>,
    /// The next state; exactly one of `Next` and `End`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// `true` where the machine or branch ends here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<bool>,
}

/// Waits for a time or until one; exactly one of `Seconds` and `Timestamp`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Wait {
    /// A text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Legal only where it says `JSONata`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<String>,
    /// Whole seconds, or an expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<Value>,
    /// RFC 3339 with a zone, or an expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Value>,
    /// Variables set on leaving.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub assign: Assign,
    /// The state's output; its input when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    pub output: Option<Value>,
    /// The next state; exactly one of `Next` and `End`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// `true` where the machine or branch ends here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<bool>,
}

/// Shapes data without calling anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Pass {
    /// A text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Legal only where it says `JSONata`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<String>,
    /// Variables set on leaving.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub assign: Assign,
    /// The state's output; its input when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    pub output: Option<Value>,
    /// The next state; exactly one of `Next` and `End`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// `true` where the machine or branch ends here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<bool>,
}

/// Ends the machine or branch well.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Succeed {
    /// A text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Legal only where it says `JSONata`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<String>,
    /// The output; the state's input when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    pub output: Option<Value>,
}

/// Ends the machine or branch with an error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Fail {
    /// A text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Legal only where it says `JSONata`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<String>,
    /// The error's name, or an expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What happened, or an expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

/// Says which errors are tried again, how often and when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Retrier {
    /// A text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Error names, matched exactly; `States.ALL` stands alone and last.
    pub error_equals: Vec<String>,
    /// Seconds before the first retry; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_seconds: Option<u64>,
    /// Retries after the first attempt; 3 when absent, 0 is never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u64>,
    /// What each further delay is multiplied with; 2.0 when absent. As it was written: `2` stays `2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff_rate: Option<Number>,
    /// The longest delay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_delay_seconds: Option<u64>,
    /// `NONE` or `FULL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter_strategy: Option<String>,
}

/// Says where to go on an error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Catcher {
    /// A text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Error names, matched exactly; `States.ALL` stands alone and last.
    pub error_equals: Vec<String>,
    /// Variables set when this catcher matched.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub assign: Assign,
    /// The state's output; the error output when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    pub output: Option<Value>,
    /// Where to go.
    pub next: String,
}

/// A field whose presence matters although its value may be `null`.
mod present {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    #[expect(clippy::ref_option, reason = "serde's `with` calls it so")]
    pub(super) fn serialize<S: Serializer>(value: &Option<Value>, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
        Value::deserialize(deserializer).map(Some)
    }
}
