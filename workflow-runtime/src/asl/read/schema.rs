//! Which field is legal where, and of what type: the tables that the reader walks by.

use serde_json::{Map, Value};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Anything: judged by `validate`, which also sees machines that were never text.
    Any,
    /// Anything but `null`.
    Given,
    Text,
    /// A whole number that is not negative.
    Whole,
    Number,
    Truth,
    /// A list of texts.
    Names,
    /// An object whose values are payload templates.
    Template,
    Object(&'static [FieldRule]),
    List(&'static [FieldRule]),
    States,
}

/// A legal field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FieldRule {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

const fn may(name: &'static str, kind: Kind) -> FieldRule {
    FieldRule { name, kind, required: false }
}

const fn must(name: &'static str, kind: Kind) -> FieldRule {
    FieldRule { name, kind, required: true }
}

const COMMENT: FieldRule = may("Comment", Kind::Text);
const LANGUAGE: FieldRule = may("QueryLanguage", Kind::Text);
const TYPE: FieldRule = must("Type", Kind::Text);
const ASSIGN: FieldRule = may("Assign", Kind::Template);
const OUTPUT: FieldRule = may("Output", Kind::Any);
const NEXT: FieldRule = may("Next", Kind::Text);
const END: FieldRule = may("End", Kind::Truth);
const RETRY: FieldRule = may("Retry", Kind::List(RETRIER));
const CATCH: FieldRule = may("Catch", Kind::List(CATCHER));

pub(super) const MACHINE: &[FieldRule] = &[
    COMMENT,
    LANGUAGE,
    may("Version", Kind::Text),
    must("StartAt", Kind::Text),
    may("TimeoutSeconds", Kind::Whole),
    must("States", Kind::States),
];

const BRANCH: &[FieldRule] = &[COMMENT, must("StartAt", Kind::Text), must("States", Kind::States)];

const PROCESSOR: &[FieldRule] =
    &[COMMENT, may("ProcessorConfig", Kind::Given), must("StartAt", Kind::Text), must("States", Kind::States)];

const RETRIER: &[FieldRule] = &[
    COMMENT,
    must("ErrorEquals", Kind::Names),
    may("IntervalSeconds", Kind::Whole),
    may("MaxAttempts", Kind::Whole),
    may("BackoffRate", Kind::Number),
    may("MaxDelaySeconds", Kind::Whole),
    may("JitterStrategy", Kind::Text),
];

const CATCHER: &[FieldRule] = &[COMMENT, must("ErrorEquals", Kind::Names), ASSIGN, OUTPUT, must("Next", Kind::Text)];

const CHOICE_RULE: &[FieldRule] = &[COMMENT, must("Condition", Kind::Any), ASSIGN, OUTPUT, must("Next", Kind::Text)];

const TASK: &[FieldRule] = &[
    TYPE,
    COMMENT,
    LANGUAGE,
    must("Resource", Kind::Text),
    may("Credentials", Kind::Given),
    may("Arguments", Kind::Any),
    may("TimeoutSeconds", Kind::Given),
    may("HeartbeatSeconds", Kind::Given),
    RETRY,
    CATCH,
    ASSIGN,
    OUTPUT,
    NEXT,
    END,
];

const CHOICE: &[FieldRule] =
    &[TYPE, COMMENT, LANGUAGE, must("Choices", Kind::List(CHOICE_RULE)), may("Default", Kind::Text), ASSIGN, OUTPUT];

const PARALLEL: &[FieldRule] = &[
    TYPE,
    COMMENT,
    LANGUAGE,
    may("Arguments", Kind::Any),
    must("Branches", Kind::List(BRANCH)),
    RETRY,
    CATCH,
    ASSIGN,
    OUTPUT,
    NEXT,
    END,
];

/// The old name of `ItemProcessor`.
pub(super) const ITERATOR: &str = "Iterator";

const MAP: &[FieldRule] = &[
    TYPE,
    COMMENT,
    LANGUAGE,
    may("Items", Kind::Any),
    may("ItemReader", Kind::Given),
    may("ItemSelector", Kind::Any),
    may("ItemBatcher", Kind::Given),
    must("ItemProcessor", Kind::Object(PROCESSOR)),
    may(ITERATOR, Kind::Object(BRANCH)),
    may("MaxConcurrency", Kind::Given),
    may("ToleratedFailurePercentage", Kind::Given),
    may("ToleratedFailureCount", Kind::Given),
    may("Label", Kind::Text),
    may("ResultWriter", Kind::Given),
    RETRY,
    CATCH,
    ASSIGN,
    OUTPUT,
    NEXT,
    END,
];

const WAIT: &[FieldRule] =
    &[TYPE, COMMENT, LANGUAGE, may("Seconds", Kind::Given), may("Timestamp", Kind::Given), ASSIGN, OUTPUT, NEXT, END];

const PASS: &[FieldRule] = &[TYPE, COMMENT, LANGUAGE, ASSIGN, OUTPUT, NEXT, END];

const SUCCEED: &[FieldRule] = &[TYPE, COMMENT, LANGUAGE, OUTPUT];

const FAIL: &[FieldRule] = &[TYPE, COMMENT, LANGUAGE, may("Error", Kind::Text), may("Cause", Kind::Text)];

/// The fields of a state of this `Type`.
pub(super) fn state(kind: &str) -> Option<&'static [FieldRule]> {
    Some(match kind {
        "Task" => TASK,
        "Choice" => CHOICE,
        "Parallel" => PARALLEL,
        "Map" => MAP,
        "Wait" => WAIT,
        "Pass" => PASS,
        "Succeed" => SUCCEED,
        "Fail" => FAIL,
        _ => return None,
    })
}

/// Fields that exist only in the JSONPath dialect.
pub(super) const JSON_PATH_FIELDS: &[&str] = &[
    "InputPath",
    "OutputPath",
    "Parameters",
    "ResultSelector",
    "ResultPath",
    "Result",
    "ItemsPath",
    "MaxConcurrencyPath",
    "SecondsPath",
    "TimestampPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "ToleratedFailurePercentagePath",
    "ToleratedFailureCountPath",
    "ErrorPath",
    "CausePath",
    "Variable",
    "And",
    "Or",
    "Not",
];

/// The field that gives a choice rule away as one of the JSONPath dialect, whose other fields are then no news.
pub(super) fn json_path_rule(rules: &[FieldRule], object: &Map<String, Value>) -> Option<&'static str> {
    if rules != CHOICE_RULE || object.contains_key("Condition") {
        return None;
    }
    ["Variable", "And", "Or", "Not"].into_iter().find(|name| object.contains_key(*name))
}
