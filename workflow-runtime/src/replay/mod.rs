//! Replays a recorded history against a definition: would the execution go the same way now, and where not?
//!
//! The machine is told again what came from outside then: answers, failures, timeouts, the passing of time. What it does with
//! them is compared with what was recorded. Histories come from here (`history --json`) or from AWS
//! (`aws stepfunctions get-execution-history`); their events are the same. Pure: no clock, no store.

mod compare;
mod drive;
mod read;
mod story;

use serde_json::Value;

use crate::engine::Machine;
use crate::history;
use crate::workflow::Definition;

/// What a replay found.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// The workflow's name.
    pub workflow: String,
    /// Events that were recorded.
    pub events: usize,
    /// The states as they were recorded, branches and iterations one after the other.
    pub path: Vec<String>,
    /// Where the definition leaves the history; `None` where it goes the same way to the end.
    pub divergence: Option<Divergence>,
    /// The event past which nothing could be compared: a distributed map's results are in no history.
    pub stopped_at: Option<u64>,
}

/// Where a definition leaves a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The recorded event.
    pub event: u64,
    /// Its type.
    pub kind: String,
    /// The state in which it happens; empty where the execution ends.
    pub state: String,
    /// What differs.
    pub part: Part,
    /// What was recorded.
    pub recorded: String,
    /// What happens now.
    pub now: String,
    /// What may have brought it about.
    pub causes: Vec<String>,
}

/// What differs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// Another state is entered.
    Way,
    /// A state is entered with another input.
    Input,
    /// Its task is given something else.
    Arguments,
    /// A failure is tried again, or not any more.
    Retry,
    /// How the state is left.
    Exit,
    /// It is left with another output.
    Output,
    /// A variable is set to something else.
    Variable(String),
    /// A wait or a timeout takes another time.
    Time,
    /// The execution ends otherwise.
    End,
}

/// A text that is no whole history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no history of an execution that can be replayed: {reason} [WF2230]")]
pub struct UnreadableHistory {
    /// What is wrong with it.
    pub reason: String,
}

impl Replay {
    /// Whether the execution would go the same way now.
    pub fn is_same(&self) -> bool {
        self.divergence.is_none()
    }
}

/// Replays a history, an array of events or an object with `events`, against a definition.
///
/// ```
/// use workflow_runtime::prelude::*;
/// # #[step] pub async fn greet(name: String) -> String { name }
/// # workflow!(pub async fn greetings(name: String) -> Result<String> { greet(name).await });
/// let recorded = json!({ "events": [
///     { "id": 1, "previousEventId": 0, "timestamp": 1767225600.0, "type": "ExecutionStarted",
///       "executionStartedEventDetails": { "input": "\"Ada\"" } },
///     { "id": 2, "previousEventId": 0, "timestamp": 1767225600.0, "type": "TaskStateEntered",
///       "stateEnteredEventDetails": { "name": "Welcome", "input": "\"Ada\"" } }
/// ] });
/// let replay = workflow_runtime::replay::replay(&Greetings::definition(), &recorded)?;
/// let divergence = replay.divergence.expect("the state is called otherwise now");
/// assert_eq!((divergence.event, divergence.now.as_str()), (2, "enters Task state `Greet`"));
/// # Ok::<(), workflow_runtime::replay::UnreadableHistory>(())
/// ```
///
/// # Errors
/// Where it is no whole history: it has to begin with `ExecutionStarted` and lack no event.
pub fn replay(definition: &Definition, history: &Value) -> Result<Replay, UnreadableHistory> {
    let events = read::read(history)?;
    let source = definition.state_machine();
    let machine = Machine::compile(source).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        UnreadableHistory { reason: format!("`{}` cannot be run: {}", definition.name(), faults.join("; ")) }
    })?;
    let recorded = story::story(source, &events)?;
    let driven = drive::drive(&machine, definition.name(), &events, &recorded)
        .map_err(|error| UnreadableHistory { reason: error.to_string() })?;
    let made = history::aws_events(source, &driven.records);
    let made = serde_json::to_value(&made).unwrap_or_default();
    let made = read::read(&made)?;
    let now = story::story(source, &made)?;
    let sides = compare::Sides { source, recorded: (&recorded, &events), now: (&now, &made) };
    let mut divergence = compare::compare(&sides, &driven);
    if let Some(found) = &mut divergence {
        causes(found, &sides);
    }
    let path = recorded.lanes.values().flat_map(|lane| lane.visits.iter().map(|visit| visit.state.clone()));
    Ok(Replay {
        workflow: definition.name().to_owned(),
        events: events.len(),
        path: path.collect(),
        divergence,
        stopped_at: driven.stopped.and_then(|at| events.get(at)).map(|event| event.id),
    })
}

/// What may have brought it about, most likely first.
fn causes(found: &mut Divergence, sides: &compare::Sides<'_>) {
    let state = found.state.clone();
    let mut causes = Vec::new();
    match &found.part {
        Part::Way if !state.is_empty() && !sides.has_state(&state) => {
            causes.push(format!("state `{state}` was removed or renamed: `#[state = \"{state}\"]` keeps a name"));
        }
        Part::Way => causes.push("a state was added or removed before this one, or a condition was changed".to_owned()),
        Part::Input | Part::Output => {
            causes.push("what is carried from one state to the next was changed".to_owned());
        }
        Part::Arguments => causes.push("the arguments of the call were changed, or the type of one of them".to_owned()),
        Part::Variable(name) => {
            causes.push(format!("variable `{name}` was added, removed, renamed or is computed otherwise"));
        }
        Part::Retry => causes.push("`retry(..)` of the step or the call was changed".to_owned()),
        Part::Exit => causes.push("the `match` on this call's failure, or its retries, were changed".to_owned()),
        Part::Time => causes.push("the duration was changed".to_owned()),
        Part::End => causes.push("what the workflow returns was changed".to_owned()),
    }
    found.causes.append(&mut causes);
    let may_depend = matches!(found.part, Part::Input | Part::Output | Part::Variable(_) | Part::Way | Part::End);
    if may_depend && sides.is_left_to_chance() {
        let cause = "it depends on `random()`, `new_uuid()` or the time of day, which a replay cannot bring back";
        found.causes.insert(0, cause.to_owned());
    }
}

impl std::fmt::Display for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(divergence) = &self.divergence {
            return write!(f, "`{}` does not go the recorded way any more\n{divergence}", self.workflow);
        }
        match self.stopped_at {
            None => write!(f, "`{}` goes the recorded way: {} events", self.workflow, self.events),
            Some(event) => write!(
                f,
                "`{}` goes the recorded way up to event {event} of {}: the results of a distributed map are in no history",
                self.workflow, self.events
            ),
        }
    }
}

impl std::fmt::Display for Divergence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { event, kind, state, part, recorded, now, causes } = self;
        let what = match part {
            Part::Way => String::new(),
            Part::Input => format!(", the input of state `{state}`"),
            Part::Arguments => format!(", what the task of state `{state}` is given"),
            Part::Retry => format!(", the retries of state `{state}`"),
            Part::Exit => format!(", how state `{state}` is left"),
            Part::Output => format!(", the output of state `{state}`"),
            Part::Variable(name) => format!(", variable `{name}` as state `{state}` leaves it"),
            Part::Time => format!(", the time of state `{state}`"),
            Part::End => ", the end".to_owned(),
        };
        writeln!(f, "at event {event} ({kind}){what}")?;
        writeln!(f, "  recorded: {recorded}")?;
        writeln!(f, "  now:      {now}")?;
        for (at, cause) in causes.iter().enumerate() {
            let lead = if at == 0 { "likely cause:" } else { "          or:" };
            writeln!(f, "  {lead} {cause}")?;
        }
        Ok(())
    }
}
