//! Where two histories part: the recorded one, and what the machine makes of it now.

use serde_json::Value;

use super::drive::{Driven, NAME};
use super::read::Recorded;
use super::story::{End, Lane, LaneKey, Story, Visit};
use super::{Divergence, Part};
use crate::asl::StateMachine;
use crate::time::Timestamp;

/// Both sides.
pub(super) struct Sides<'a> {
    pub(super) source: &'a StateMachine,
    pub(super) recorded: (&'a Story, &'a [Recorded]),
    pub(super) now: (&'a Story, &'a [Recorded]),
}

/// A difference, and the place of the recorded event at which it shows.
struct Found {
    event: usize,
    divergence: Divergence,
}

/// The first difference; `None` where there is none up to where the machine could go.
pub(super) fn compare(sides: &Sides<'_>, driven: &Driven) -> Option<Divergence> {
    let mut found: Vec<Found> = Vec::new();
    for (key, lane) in &sides.recorded.0.lanes {
        found.extend(sides.lane(key, lane));
    }
    for time in &driven.times {
        let (what, verb) = if time.is_wait { ("waited", "waits") } else { ("timed out after", "times out after") };
        let recorded = format!("{what} {}", crate::time::span(time.recorded_ms));
        let now = format!("{verb} {}", crate::time::span(time.now_ms));
        found.push(sides.found(time.event, Part::Time, &time.state, recorded, now));
    }
    found.extend(sides.end());
    let last = driven.stopped.unwrap_or(usize::MAX);
    found.into_iter().filter(|it| it.event <= last).min_by_key(|it| it.event).map(|it| it.divergence)
}

impl Sides<'_> {
    fn found(&self, event: usize, part: Part, state: &str, recorded: String, now: String) -> Found {
        let (id, kind) = self.recorded.1.get(event).map_or((0, ""), |event| (event.id, event.kind.as_str()));
        let divergence = Divergence {
            event: id,
            kind: kind.to_owned(),
            state: state.to_owned(),
            part,
            recorded,
            now,
            causes: Vec::new(),
        };
        Found { event, divergence }
    }

    fn lane(&self, key: &LaneKey, recorded: &Lane) -> Option<Found> {
        let empty = Lane::default();
        let now = self.now.0.lanes.get(key).unwrap_or(&empty);
        let cut = key.is_empty() || (Self::is_cut(self.recorded.0, key) || Self::is_cut(self.now.0, key));
        let mut last: Option<&Visit> = None;
        for at in 0..recorded.visits.len().max(now.visits.len()) {
            match (recorded.visits.get(at), now.visits.get(at)) {
                (Some(before), Some(after)) => {
                    if let Some(found) = self.visit(last, before, after, key) {
                        return Some(found);
                    }
                    last = Some(before);
                }
                (Some(before), None) => {
                    if !key.is_empty() && cut {
                        return None;
                    }
                    let is_said = last.is_some_and(|last| Self::is_stuck(last, now));
                    let text = if is_said { self.stands(now) } else { self.stands_after(now) };
                    let recorded = format!("entered {} state `{}`", before.kind, before.state);
                    return Some(self.found(before.entered, Part::Way, &before.state, recorded, text));
                }
                (None, Some(after)) => return self.further(key, recorded, last, after),
                (None, None) => {}
            }
        }
        None
    }

    /// The machine goes on where the recording ends.
    fn further(&self, key: &LaneKey, recorded: &Lane, last: Option<&Visit>, after: &Visit) -> Option<Found> {
        let text = format!("enters {} state `{}`", after.kind, after.state);
        if key.is_empty() {
            // One that was running when it was recorded may go on.
            let end = self.recorded.0.end.as_ref().filter(|end| !end.is_from_outside())?;
            return Some(self.found(end.event, Part::Way, &after.state, ended(end), text));
        }
        if Self::is_cut(self.recorded.0, key) || Self::is_cut(self.now.0, key) || self.recorded.0.end.is_none() {
            return None;
        }
        let at = last.and_then(|last| last.exited).unwrap_or_default();
        let what = if recorded.ended { "the iteration ended" } else { "the branch ended" };
        Some(self.found(at, Part::Way, &after.state, what.to_owned(), text))
    }

    /// A branch or iteration that a sibling's failure, or the end of everything, has cut off.
    fn is_cut(story: &Story, key: &LaneKey) -> bool {
        let Some(lane) = story.lanes.get(key) else { return true };
        lane.visits.last().is_none_or(|visit| visit.exited.is_none())
    }

    fn is_stuck(last: &Visit, now: &Lane) -> bool {
        last.exited.is_some() && now.visits.last().is_some_and(|visit| visit.exited.is_none())
    }

    /// What the lane does now instead.
    fn stands(&self, now: &Lane) -> String {
        match now.visits.last() {
            Some(visit) if visit.exited.is_none() => format!("stays in state `{}`{}", visit.state, Self::why(visit)),
            _ => self.stands_after(now),
        }
    }

    fn stands_after(&self, now: &Lane) -> String {
        match (&self.now.0.end, now.visits.last()) {
            (Some(end), _) => ends(end),
            (None, Some(visit)) => format!("stays in state `{}`{}", visit.state, Self::why(visit)),
            (None, None) => "enters nothing".to_owned(),
        }
    }

    fn why(visit: &Visit) -> &'static str {
        match visit.attempts.last() {
            Some(attempt) if attempt.ended.is_none() => ", where its task runs",
            Some(_) => ", to try it again",
            None if visit.kind == "Wait" => ", where it waits",
            None => "",
        }
    }

    fn visit(&self, last: Option<&Visit>, before: &Visit, after: &Visit, key: &LaneKey) -> Option<Found> {
        if before.state != after.state {
            let recorded = format!("entered {} state `{}`", before.kind, before.state);
            let now = format!("enters {} state `{}`", after.kind, after.state);
            let mut found = self.found(before.entered, Part::Way, &before.state, recorded, now);
            if let Some(last) = last {
                found.divergence.causes.push(format!("what comes after `{}` is another state now", last.state));
            }
            return Some(found);
        }
        let state = &before.state;
        if let Some((before_text, after_text)) = Self::differ(before.input.as_ref(), after.input.as_ref()) {
            return Some(self.found(before.entered, Part::Input, state, before_text, after_text));
        }
        for (first, second) in before.attempts.iter().zip(&after.attempts) {
            if let Some((was, is)) = Self::differ(first.arguments.as_ref(), second.arguments.as_ref()) {
                return Some(self.found(first.scheduled, Part::Arguments, state, was, is));
            }
        }
        self.attempts(before, after).or_else(|| self.exit(before, after, key))
    }

    /// Where one of them tries again and the other does not.
    fn attempts(&self, before: &Visit, after: &Visit) -> Option<Found> {
        let state = &before.state;
        let tries = |visit: &Visit| visit.attempts.len().max(visit.rounds);
        let (was, is) = (tries(before), tries(after));
        if was == is || before.kind == "Choice" {
            return None;
        }
        if was > is {
            let at = before.attempts.get(is).map(|attempt| attempt.scheduled).or(before.exited)?;
            let now = self.left_by(after);
            let recorded = if is == 0 { "ran its task".to_owned() } else { format!("tried again, attempt {}", is + 1) };
            return Some(self.found(at, Part::Retry, state, recorded, now));
        }
        // Whoever ended there, ended while trying.
        let at = before.exited.or(self.recorded.0.end.as_ref().map(|end| end.event))?;
        let recorded = format!("gave up after {was} attempts");
        Some(self.found(at, Part::Retry, state, recorded, "tries again".to_owned()))
    }

    fn left_by(&self, visit: &Visit) -> String {
        match (visit.exited, &self.now.0.end) {
            (Some(_), _) => "does not try again, but goes on: the failure is caught".to_owned(),
            (None, Some(end)) => format!("does not try again, but {}", ends(end)),
            (None, None) => "does not try again".to_owned(),
        }
    }

    fn exit(&self, before: &Visit, after: &Visit, key: &LaneKey) -> Option<Found> {
        let state = &before.state;
        match (before.exited, after.exited) {
            (Some(at), Some(_)) => {
                if let Some((was, is)) = Self::differ(before.output.as_ref(), after.output.as_ref()) {
                    return Some(self.found(at, Part::Output, state, was, is));
                }
                let names =
                    before.assigned.keys().chain(after.assigned.keys().filter(|it| !before.assigned.contains_key(*it)));
                for name in names {
                    let (was, is) = (before.assigned.get(name), after.assigned.get(name));
                    match (was, is) {
                        (Some(was), Some(is)) => {
                            if let Some((was, is)) = Self::differ(Some(was), Some(is)) {
                                let part = Part::Variable(name.clone());
                                return Some(self.found(at, part, state, was, is));
                            }
                        }
                        (was, is) => {
                            let text =
                                |value: Option<&Value>| value.map_or("not set".to_owned(), |it| format!("set to {it}"));
                            // Nothing was recorded where the history was taken without its data.
                            if before.assigned.is_empty() && before.output.is_none() {
                                continue;
                            }
                            return Some(self.found(at, Part::Variable(name.clone()), state, text(was), text(is)));
                        }
                    }
                }
                None
            }
            (Some(at), None) if key.is_empty() || !self.is_over(key) => {
                let now = match &self.now.0.end {
                    Some(end) => ends(end),
                    None => format!("stays there{}", Self::why(after)),
                };
                Some(self.found(at, Part::Exit, state, format!("left state `{state}`"), now))
            }
            (None, Some(_)) if key.is_empty() => {
                let end = self.recorded.0.end.as_ref().filter(|end| !end.is_from_outside())?;
                let visits = self.now.0.lanes.get(key).map(|lane| lane.visits.as_slice()).unwrap_or_default();
                let next = visits.iter().find(|visit| visit.entered > after.entered);
                let to = next.map(|next| format!(" and enters `{}`", next.state)).unwrap_or_default();
                Some(self.found(end.event, Part::Exit, state, ended(end), format!("leaves state `{state}`{to}")))
            }
            _ => None,
        }
    }

    /// The machine has given the branch up: a sibling has failed there.
    fn is_over(&self, key: &LaneKey) -> bool {
        Self::is_cut(self.now.0, key) || self.now.0.end.is_some()
    }

    fn end(&self) -> Option<Found> {
        let before = self.recorded.0.end.as_ref()?;
        let Some(after) = &self.now.0.end else {
            let lane = self.now.0.lanes.get(&LaneKey::new())?;
            return Some(self.found(before.event, Part::End, "", ended(before), self.stands(lane)));
        };
        if before.kind != after.kind || before.error.error != after.error.error {
            return Some(self.found(before.event, Part::End, "", ended(before), ends(after)));
        }
        let (was, is) = Self::differ(before.output.as_ref(), after.output.as_ref())?;
        Some(self.found(before.event, Part::End, "", was, is))
    }

    /// Both texts, where two documents differ in what can be compared.
    fn differ(recorded: Option<&Value>, now: Option<&Value>) -> Option<(String, String)> {
        let (recorded, now) = (recorded?, now?);
        first_difference(recorded, now, String::new())
            .map(|(pointer, was, is)| (format!("{was}{}", at(&pointer)), format!("{is}{}", at(&pointer))))
    }

    /// Whether something in the machine is another thing each time.
    pub(super) fn is_left_to_chance(&self) -> bool {
        let text = serde_json::to_string(self.source).unwrap_or_default();
        ["$uuid(", "$random(", "$now(", "$millis("].iter().any(|function| text.contains(function))
    }

    /// Whether the machine has such a state.
    pub(super) fn has_state(&self, name: &str) -> bool {
        fn any<'a>(mut states: impl Iterator<Item = (&'a String, &'a crate::asl::State)>, name: &str) -> bool {
            states.any(|(own, state)| {
                own == name || state.branches().iter().any(|branch| any(branch.states.iter(), name))
            })
        }
        any(self.source.states.iter(), name)
    }
}

fn at(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!(" at {pointer}") }
}

fn ended(end: &End) -> String {
    match end.kind.as_str() {
        "ExecutionSucceeded" => "the execution succeeded".to_owned(),
        "ExecutionFailed" => format!("the execution failed with {}", end.error),
        "ExecutionTimedOut" => "the execution ran past its timeout".to_owned(),
        _ => "the execution was stopped".to_owned(),
    }
}

fn ends(end: &End) -> String {
    ended(end).replace("succeeded", "succeeds").replace("failed with", "fails with").replace("ran past", "runs past")
}

/// Where two documents differ first: the pointer, and what stands there.
fn first_difference(recorded: &Value, now: &Value, pointer: String) -> Option<(String, String, String)> {
    match (recorded, now) {
        (Value::Object(before), Value::Object(after)) => {
            for key in before.keys().chain(after.keys().filter(|key| !before.contains_key(*key))) {
                let pointer = format!("{pointer}/{key}");
                let found = match (before.get(key), after.get(key)) {
                    (Some(before), Some(after)) => first_difference(before, after, pointer),
                    (before, after) => Some((pointer, text(before), text(after))),
                };
                if found.is_some() {
                    return found;
                }
            }
            None
        }
        (Value::Array(before), Value::Array(after)) => (0..before.len().max(after.len())).find_map(|index| {
            let pointer = format!("{pointer}/{index}");
            match (before.get(index), after.get(index)) {
                (Some(before), Some(after)) => first_difference(before, after, pointer),
                (before, after) => Some((pointer, text(before), text(after))),
            }
        }),
        (before, after) if is_same(before, after) => None,
        (before, after) => Some((pointer, text(Some(before)), text(Some(after)))),
    }
}

fn text(value: Option<&Value>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(value) => {
            let text = value.to_string();
            if text.chars().count() <= 200 {
                text
            } else {
                format!("{}…", text.chars().take(199).collect::<String>())
            }
        }
    }
}

/// Times of day may be so far apart: a service's clock is not ours.
const APART_MS: u64 = 60_000;

/// Equal, or of a kind that is another one in each execution: tokens, ARNs, times of day, UUIDs.
fn is_same(recorded: &Value, now: &Value) -> bool {
    match (recorded, now) {
        (Value::Number(before), Value::Number(after)) => before == after || before.as_f64() == after.as_f64(),
        (Value::String(before), Value::String(after)) => {
            let time = |text: &str| Timestamp::parse_rfc3339(text).map(Timestamp::as_millis);
            before == after
                || after.contains(NAME)
                || after.contains(":local:000000000000:")
                || after.starts_with("${")
                || crate::engine::TokenRoute::parse(after).is_some()
                || is_masked(before)
                || (is_uuid(before) && is_uuid(after))
                || matches!((time(before), time(after)), (Some(a), Some(b)) if a.abs_diff(b) <= APART_MS)
                || json_inside(before, after)
        }
        (before, after) => before == after,
    }
}

/// Text that is JSON is compared as JSON: a message to a queue may hold a token.
fn json_inside(before: &str, after: &str) -> bool {
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok().filter(|it| it.is_object() || it.is_array());
    match (parse(before), parse(after)) {
        (Some(before), Some(after)) => first_difference(&before, &after, String::new()).is_none(),
        _ => false,
    }
}

/// A value that was left out for privacy.
fn is_masked(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c == '*' || c == '•')
}

fn is_uuid(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok()
}
