//! Assertions on a run. Their messages are for people: expected and actual side by side, and the trail.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use super::facts::{does_something, is_group};
use super::run::Run;
use crate::engine::ExecutionStatus;
use crate::history::TrailState;
use crate::step::{ErrorOutput, StepError, StepSignature};
use crate::workflow::Workflow;

impl<W: Workflow> Run<W> {
    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        panic!("{what}\n\n{}", self.trail_text())
    }

    /// It succeeded.
    ///
    /// # Panics
    /// Where it has not.
    #[track_caller]
    pub fn assert_succeeded(&self) -> &Self {
        if self.status() != ExecutionStatus::Succeeded {
            let error = self.facts.error.clone().unwrap_or_default();
            let (ended, why) = (ended(self.status(), &error), self.nobody_answered());
            self.fail(&format!("`{}` was expected to succeed: it {ended}{why}", W::NAME));
        }
        self
    }

    /// It succeeded with this output.
    ///
    /// # Panics
    /// Where it has not.
    #[track_caller]
    pub fn assert_output(&self, expected: &W::Output) -> &Self {
        self.assert_succeeded();
        let expected = serde_json::to_value(expected).unwrap_or_default();
        let actual = self.facts.output.clone().unwrap_or_default();
        if expected != actual {
            let mut text = format!("the output of `{}` is another one", W::NAME);
            for (pointer, expected, actual) in differences(&expected, &actual) {
                let _ = write!(text, "\n  at {pointer}\n    expected {expected}\n    actual   {actual}");
            }
            self.fail(&text);
        }
        self
    }

    /// It failed with this declared error, what it carries included.
    ///
    /// # Panics
    /// Where it has not.
    #[track_caller]
    pub fn assert_failed_with<E: StepError>(&self, expected: E) -> &Self {
        let expected = ErrorOutput::from_error(&expected);
        let error = self.error();
        let actual = error.output();
        let value = |output: &ErrorOutput| output.decode::<E>().and_then(|it| serde_json::to_value(&it).ok());
        if expected.error != actual.error || value(&expected) != value(actual) {
            self.fail(&format!("`{}` failed otherwise\n  expected {expected}\n  actual   {actual}", W::NAME));
        }
        self
    }

    /// It failed with an error of this name: `"States.Timeout"`.
    ///
    /// # Panics
    /// Where it has not.
    #[track_caller]
    pub fn assert_error(&self, name: &str) -> &Self {
        let error = self.error();
        if error.error() != name {
            self.fail(&format!("`{}` failed otherwise\n  expected {name}\n  actual   {error}", W::NAME));
        }
        self
    }

    /// It went through these states, branches and iterations one after the other.
    ///
    /// Every state in which something is done or waited for has to be named: tasks and waits. Those that only decide, carry
    /// on, open branches or end may be named or left out. `"CheckInventory | FraudCheck"` names the states of branches in one
    /// line.
    ///
    /// # Panics
    /// Where it went another way.
    #[track_caller]
    pub fn assert_path<I>(&self, expected: I) -> &Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let known = |name: &str| self.facts.trail.states.iter().any(|state| state.name == name);
        let mut names = Vec::new();
        for item in expected {
            let item = item.as_ref();
            if known(item) {
                names.push(item.to_owned());
            } else {
                names.extend(item.split('|').map(|name| name.trim().to_owned()));
            }
        }
        let (mut at, mut path) = (0, Vec::new());
        for state in &self.facts.trail.states {
            let is_next = names.get(at).is_some_and(|name| *name == state.name);
            if is_next {
                at += 1;
            }
            if is_next || does_something(state) {
                path.push(state);
            }
        }
        let actual: Vec<&str> = path.iter().map(|state| &*state.name).collect();
        if actual != names {
            let text = format!("`{}` went another way\n\n{}", W::NAME, side_by_side(&names, &path));
            self.fail(text.trim_end());
        }
        self
    }

    /// It went through this state.
    ///
    /// # Panics
    /// Where it has not.
    #[track_caller]
    pub fn assert_visited(&self, state: &str) -> &Self {
        if self.visits(state) == 0 {
            self.fail(&format!("`{}` did not come through `{state}`", W::NAME));
        }
        self
    }

    /// It did not go through this state, which the machine has.
    ///
    /// # Panics
    /// Where it has, or where there is no such state.
    #[track_caller]
    pub fn assert_not_visited(&self, state: &str) -> &Self {
        if self.visits(state) > 0 {
            self.fail(&format!("`{}` came through `{state}`, and was not to", W::NAME));
        }
        self
    }

    /// The machine has this state.
    #[track_caller]
    pub(super) fn check_state(&self, state: &str) {
        let machine = self.recorded().machine();
        if !machine.states().any(|it| **it.name == *state) {
            let names: Vec<String> = machine.states().map(|it| format!("`{}`", it.name)).collect();
            panic!("the machine of `{}` has no state `{state}`; it has {}", W::NAME, names.join(", "));
        }
    }

    /// The step was run so often, retries included.
    ///
    /// # Panics
    /// Where it was not.
    #[track_caller]
    pub fn assert_attempts<S: StepSignature>(&self, expected: usize) -> &Self {
        let actual = self.attempts::<S>();
        if actual != expected {
            let ident = S::spec().ident;
            let ran = if actual == 0 { "never run".to_owned() } else { format!("run {}", times(actual)) };
            self.fail(&format!("step `{ident}` was {ran}, and {} expected", were(expected)));
        }
        self
    }

    /// The step was never run.
    ///
    /// # Panics
    /// Where it was.
    #[track_caller]
    pub fn assert_never_called<S: StepSignature>(&self) -> &Self {
        self.assert_attempts::<S>(0)
    }

    /// It took so long, in virtual time.
    ///
    /// # Panics
    /// Where it has not.
    #[track_caller]
    pub fn assert_elapsed(&self, expected: Duration) -> &Self {
        if self.elapsed() != expected {
            let what = format!("`{}` took {}, not {}", W::NAME, exact(self.elapsed()), exact(expected));
            self.fail(&what);
        }
        self
    }

    /// It made at most so many state transitions.
    ///
    /// # Panics
    /// Where it made more.
    #[track_caller]
    pub fn assert_transitions_at_most(&self, most: u64) -> &Self {
        if self.transitions() > most {
            self.fail(&format!("`{}` made {} state transitions, more than {most}", W::NAME, self.transitions()));
        }
        self
    }

    /// No document that crossed a boundary was larger: Step Functions takes 262,144 bytes.
    ///
    /// # Panics
    /// Where one was.
    #[track_caller]
    pub fn assert_payloads_at_most(&self, bytes: usize) -> &Self {
        if let Some(largest) = self.largest_payload().filter(|largest| largest.bytes > bytes) {
            self.fail(&format!("a payload of `{}` is larger than {bytes} bytes: {largest}", W::NAME));
        }
        self
    }
}

pub(crate) fn ended(status: ExecutionStatus, error: &ErrorOutput) -> String {
    match status {
        ExecutionStatus::Succeeded => "succeeded".to_owned(),
        ExecutionStatus::Running => "has not ended".to_owned(),
        ExecutionStatus::TimedOut => "ran past its timeout".to_owned(),
        ExecutionStatus::Aborted => format!("was stopped: {error}"),
        ExecutionStatus::Failed => format!("failed: {error}"),
    }
}

pub(super) fn times(count: usize) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

fn were(count: usize) -> String {
    if count == 1 { "1 attempt was".to_owned() } else { format!("{count} attempts were") }
}

/// To the millisecond.
fn exact(duration: Duration) -> String {
    let (seconds, millis) = (duration.as_secs(), duration.subsec_millis());
    let rough = crate::time::span(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
    if millis == 0 && seconds < 60 { rough } else { format!("{rough} ({seconds}.{millis:03} s)") }
}

/// Where two documents differ.
pub(crate) fn differences(expected: &Value, actual: &Value) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    differ(expected, actual, String::new(), &mut found);
    found
}

fn differ(expected: &Value, actual: &Value, pointer: String, found: &mut Vec<(String, String, String)>) {
    let here = |found: &mut Vec<_>, expected: Option<&Value>, actual: Option<&Value>, pointer: String| {
        let text = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
        let pointer = if pointer.is_empty() { "/".to_owned() } else { pointer };
        found.push((pointer, text(expected), text(actual)));
    };
    match (expected, actual) {
        (Value::Object(left), Value::Object(right)) => {
            for key in left.keys().chain(right.keys().filter(|key| !left.contains_key(*key))) {
                match (left.get(key), right.get(key)) {
                    (Some(left), Some(right)) => differ(left, right, format!("{pointer}/{key}"), found),
                    (left, right) => here(found, left, right, format!("{pointer}/{key}")),
                }
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            for index in 0..left.len().max(right.len()) {
                match (left.get(index), right.get(index)) {
                    (Some(left), Some(right)) => differ(left, right, format!("{pointer}/{index}"), found),
                    (left, right) => here(found, left, right, format!("{pointer}/{index}")),
                }
            }
        }
        (left, right) if left == right => {}
        (left, right) => here(found, Some(left), Some(right), pointer),
    }
}

/// Two paths in columns; `>` marks lines that differ.
fn side_by_side(expected: &[String], actual: &[&TrailState]) -> String {
    let shown: Vec<String> = actual
        .iter()
        .map(|state| {
            let group = if is_group(state) { " (branches)" } else { "" };
            format!("{}{}{group}", "  ".repeat(state.depth), state.name)
        })
        .collect();
    let names: Vec<&str> = actual.iter().map(|state| &*state.name).collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    columns("expected", "actual", &aligned(&expected, &names, &shown))
}

/// Lines of two texts, next to each other.
pub(crate) type Rows = Vec<(Option<String>, Option<String>)>;

pub(crate) fn columns(left: &str, right: &str, rows: &Rows) -> String {
    let width = |text: &Option<String>| text.as_ref().map_or(0, |text| text.chars().count());
    let widest = rows.iter().map(|(left, _)| width(left)).max().unwrap_or(0).max(left.chars().count());
    let mut text = format!("    {left:widest$}    {right}\n");
    for (left, right) in rows {
        let same = match (left, right) {
            (Some(left), Some(right)) => left.trim() == right.trim() || right.trim().starts_with(&format!("{left} (")),
            _ => false,
        };
        let mark = if same { ' ' } else { '>' };
        let (left, right) = (left.as_deref().unwrap_or("-"), right.as_deref().unwrap_or("-"));
        let _ = writeln!(text, "  {mark} {left:widest$}    {right}");
    }
    text
}

/// Lines up what both have, by the longest common subsequence.
pub(crate) fn aligned(left: &[&str], right: &[&str], shown: &[String]) -> Rows {
    let mut longest = vec![vec![0_usize; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            longest[i][j] =
                if left[i] == right[j] { longest[i + 1][j + 1] + 1 } else { longest[i + 1][j].max(longest[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut rows) = (0, 0, Rows::new());
    while i < left.len() || j < right.len() {
        let own = |i: usize| left.get(i).map(|name| (*name).to_owned());
        if i < left.len() && j < right.len() && left[i] == right[j] {
            rows.push((own(i), shown.get(j).cloned()));
            (i, j) = (i + 1, j + 1);
        } else if j >= right.len() || (i < left.len() && longest[i + 1][j] >= longest[i][j + 1]) {
            rows.push((own(i), None));
            i += 1;
        } else {
            rows.push((None, shown.get(j).cloned()));
            j += 1;
        }
    }
    rows
}
