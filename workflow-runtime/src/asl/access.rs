//! What states of several types have in common.

use std::fmt::Write as _;

use super::{Assign, Branch, Catcher, Map, Retrier, State, StateMachine};
use indexmap::IndexMap;
use serde_json::{Number, Value};
use sha2::{Digest as _, Sha256};

impl StateMachine {
    /// Whether it is written in JSONata: it says so, or, while it moves from JSONPath, each of its states does.
    pub fn is_jsonata(&self) -> bool {
        match self.query_language.as_deref() {
            Some("JSONata") => true,
            None | Some("JSONPath") => {
                self.states.values().any(|state| state.query_language() == Some("JSONata")) && all_jsonata(&self.states)
            }
            Some(_) => false,
        }
    }
}

/// A Fail or a Succeed that has nothing to evaluate is the same in both.
fn all_jsonata(states: &IndexMap<String, State>) -> bool {
    states.values().all(|state| {
        let is_neutral = match state {
            State::Succeed(state) => state.output.is_none(),
            State::Fail(state) => {
                [&state.error, &state.cause].into_iter().flatten().all(|text| !text.starts_with("{%"))
            }
            _ => false,
        };
        let own = state.query_language().map_or(is_neutral, |language| language == "JSONata");
        own && state.branches().iter().all(|branch| all_jsonata(&branch.states))
    })
}

impl State {
    /// Every `Type`, as AWS lists them.
    pub const TYPES: [&'static str; 8] = ["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"];

    /// Its `Type`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Task(_) => "Task",
            Self::Choice(_) => "Choice",
            Self::Parallel(_) => "Parallel",
            Self::Map(_) => "Map",
            Self::Wait(_) => "Wait",
            Self::Pass(_) => "Pass",
            Self::Succeed(_) => "Succeed",
            Self::Fail(_) => "Fail",
        }
    }

    /// Its `Comment`.
    pub fn comment(&self) -> Option<&str> {
        match self {
            Self::Task(state) => state.comment.as_deref(),
            Self::Choice(state) => state.comment.as_deref(),
            Self::Parallel(state) => state.comment.as_deref(),
            Self::Map(state) => state.comment.as_deref(),
            Self::Wait(state) => state.comment.as_deref(),
            Self::Pass(state) => state.comment.as_deref(),
            Self::Succeed(state) => state.comment.as_deref(),
            Self::Fail(state) => state.comment.as_deref(),
        }
    }

    /// Its `QueryLanguage`.
    pub fn query_language(&self) -> Option<&str> {
        match self {
            Self::Task(state) => state.query_language.as_deref(),
            Self::Choice(state) => state.query_language.as_deref(),
            Self::Parallel(state) => state.query_language.as_deref(),
            Self::Map(state) => state.query_language.as_deref(),
            Self::Wait(state) => state.query_language.as_deref(),
            Self::Pass(state) => state.query_language.as_deref(),
            Self::Succeed(state) => state.query_language.as_deref(),
            Self::Fail(state) => state.query_language.as_deref(),
        }
    }

    /// `Next` and `End`; `None` for types that have neither.
    pub fn next_and_end(&self) -> Option<(Option<&str>, Option<bool>)> {
        match self {
            Self::Task(state) => Some((state.next.as_deref(), state.end)),
            Self::Parallel(state) => Some((state.next.as_deref(), state.end)),
            Self::Map(state) => Some((state.next.as_deref(), state.end)),
            Self::Wait(state) => Some((state.next.as_deref(), state.end)),
            Self::Pass(state) => Some((state.next.as_deref(), state.end)),
            Self::Choice(_) | Self::Succeed(_) | Self::Fail(_) => None,
        }
    }

    /// Whether the machine or branch may end here.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Succeed(_) | Self::Fail(_)) || matches!(self.next_and_end(), Some((_, Some(true))))
    }

    /// Its retriers.
    pub fn retry(&self) -> &[Retrier] {
        match self {
            Self::Task(state) => &state.retry,
            Self::Parallel(state) => &state.retry,
            Self::Map(state) => &state.retry,
            _ => &[],
        }
    }

    /// Its catchers.
    pub fn catch(&self) -> &[Catcher] {
        match self {
            Self::Task(state) => &state.catch,
            Self::Parallel(state) => &state.catch,
            Self::Map(state) => &state.catch,
            _ => &[],
        }
    }

    /// The state's own `Assign`; of a Choice, that of the default path.
    pub fn assign(&self) -> Option<&Assign> {
        match self {
            Self::Task(state) => Some(&state.assign),
            Self::Choice(state) => Some(&state.assign),
            Self::Parallel(state) => Some(&state.assign),
            Self::Map(state) => Some(&state.assign),
            Self::Wait(state) => Some(&state.assign),
            Self::Pass(state) => Some(&state.assign),
            Self::Succeed(_) | Self::Fail(_) => None,
        }
    }

    /// The state's own `Output`; of a Choice, that of the default path.
    pub fn output(&self) -> Option<&Value> {
        match self {
            Self::Task(state) => state.output.as_ref(),
            Self::Choice(state) => state.output.as_ref(),
            Self::Parallel(state) => state.output.as_ref(),
            Self::Map(state) => state.output.as_ref(),
            Self::Wait(state) => state.output.as_ref(),
            Self::Pass(state) => state.output.as_ref(),
            Self::Succeed(state) => state.output.as_ref(),
            Self::Fail(_) => None,
        }
    }

    /// Its branches, or its processor.
    pub fn branches(&self) -> &[Branch] {
        match self {
            Self::Parallel(state) => &state.branches,
            Self::Map(state) => std::slice::from_ref(&state.item_processor),
            _ => &[],
        }
    }

    /// Every way out to another state of the same container, in the order of the definition.
    pub fn transitions(&self) -> Vec<Transition<'_>> {
        let mut all = Vec::new();
        if let Self::Choice(choice) = self {
            all.extend(choice.choices.iter().enumerate().map(|(rule, choice)| Transition {
                target: &choice.next,
                kind: TransitionKind::Rule(rule),
                assign: Some(&choice.assign),
            }));
            if let Some(default) = &choice.default {
                all.push(Transition { target: default, kind: TransitionKind::Default, assign: Some(&choice.assign) });
            }
        }
        if let Some((Some(next), _)) = self.next_and_end() {
            all.push(Transition { target: next, kind: TransitionKind::Next, assign: self.assign() });
        }
        all.extend(self.catch().iter().enumerate().map(|(index, catcher)| Transition {
            target: &catcher.next,
            kind: TransitionKind::Catch(index),
            assign: Some(&catcher.assign),
        }));
        all
    }
}

/// A way from one state to another.
#[derive(Clone, Copy, Debug)]
pub struct Transition<'a> {
    /// The other state's name.
    pub target: &'a str,
    /// Which way it is.
    pub kind: TransitionKind,
    /// The variables that are set on it.
    pub assign: Option<&'a Assign>,
}

/// Which field a [`Transition`] comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransitionKind {
    /// `Next`
    Next,
    /// `Choices[i]/Next`
    Rule(usize),
    /// `Default`
    Default,
    /// `Catch[i]/Next`
    Catch(usize),
}

impl Branch {
    /// Whether it is the processor of a distributed Map, whose iterations are executions of their own.
    pub fn is_distributed(&self) -> bool {
        self.config("Mode") == Some("DISTRIBUTED")
    }

    /// Whether the executions of a distributed Map are Express ones.
    pub fn is_express(&self) -> bool {
        self.config("ExecutionType") == Some("EXPRESS")
    }

    fn config(&self, field: &str) -> Option<&str> {
        self.processor_config.as_ref()?.get(field)?.as_str()
    }
}

impl Retrier {
    /// What each further delay is multiplied with, also where nothing is said.
    pub fn backoff_rate(&self) -> f64 {
        self.backoff_rate.as_ref().and_then(Number::as_f64).unwrap_or(2.0)
    }
}

impl Map {
    /// What a distributed Map is called in ARNs: its `Label`, or 32 hexadecimal digits that follow from the state's name.
    pub fn run_label(&self, state: &str) -> String {
        if let Some(label) = &self.label {
            return label.clone();
        }
        Sha256::digest(state.as_bytes()).iter().take(16).fold(String::with_capacity(32), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}
