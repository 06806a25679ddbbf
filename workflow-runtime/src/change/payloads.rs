//! Changes of what travels: steps, inputs, outputs, errors.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::parameters::taken;
use super::schema::{Difference, Problem, Schema, Writer, differences};
use super::{CallTypes, Change, NOT_READ, Schemas, StepTypes, Verdict, Version};
use crate::asl::State;
use crate::asl::resource;

/// All of them.
pub(super) fn changes(old: Version<'_>, new: Version<'_>) -> Vec<Change> {
    let mut found = Vec::new();
    kind(old.schemas, new.schemas, &mut found);
    input(old.schemas, new.schemas, &mut found);
    output(old.schemas, new.schemas, &mut found);
    errors(old.schemas, new.schemas, &mut found);
    found.extend(calls(old, new));
    found
}

/// Those of what it calls.
pub(super) fn calls(old: Version<'_>, new: Version<'_>) -> Vec<Change> {
    let mut found = Vec::new();
    let text = serde_json::to_string(old.machine).unwrap_or_default();
    for (name, before) in &old.schemas.parts.steps {
        if let Some(after) = new.schemas.parts.steps.get(name) {
            step(old, new.schemas, Pair { name, before, after }, &text, &mut found);
        } else if let Some((kept, after)) = new.kept.and_then(|kept| Some((kept, kept.parts.steps.get(name)?))) {
            let change = Change::new(format!("step `{name}`"), "not called any more");
            found.push(change.running(Verdict::safe("the program keeps it for executions that started before")));
            step(old, kept, Pair { name, before, after }, &text, &mut found);
        } else {
            found.push(step_gone(old, name));
        }
    }
    for name in new.schemas.parts.steps.keys().filter(|name| !old.schemas.parts.steps.contains_key(*name)) {
        found.push(Change::new(format!("step `{name}`"), "added"));
    }
    nested(old.schemas, new, &text, &mut found);
    found
}

/// A step on both sides.
#[derive(Clone, Copy)]
struct Pair<'a> {
    name: &'a str,
    before: &'a StepTypes,
    after: &'a StepTypes,
}

fn because(lead: &str, problem: &Problem) -> Verdict {
    Verdict::not(format!("{lead}: {}", problem.reason), problem.remedy.clone())
}

fn kind(old: &Schemas, new: &Schemas, found: &mut Vec<Change>) {
    let (before, after) = (&old.parts.kind, &new.parts.kind);
    if before != after {
        let reason = "Standard executions are named, kept and waited for; Express ones are not: callers ask for them otherwise, and AWS \
                      does not change the type of a state machine";
        let change = Change::new(format!("workflow `{}`", new.workflow), format!("was {before}, is {after}"));
        found.push(change.callers(Verdict::not(reason, "give it another name: `#[workflow(name = \"..\")]`")));
    }
}

fn input(old: &Schemas, new: &Schemas, found: &mut Vec<Change>) {
    for it in differences(old.schema(&old.input), new.schema(&new.input), Writer::Anyone) {
        let callers = it.forward.as_ref().map_or_else(
            || Verdict::safe("what callers send is still accepted"),
            |problem| because("callers that are not changed with it are refused (`InvalidExecutionInput`)", problem),
        );
        let change = Change::new("input", it.what).callers(callers);
        found.push(change.recorded(Verdict::safe(
            "an input is read by the definition that it was given to; what steps take is listed by itself",
        )));
    }
}

fn output(old: &Schemas, new: &Schemas, found: &mut Vec<Change>) {
    let (before, after) = (&old.parts.output, &new.parts.output);
    for it in differences(old.schema(before), new.schema(after), Writer::Anyone) {
        let callers = it.backward.as_ref().map_or_else(
            || Verdict::safe("what callers read is still there"),
            |problem| because("callers read the result as it was", problem),
        );
        let recorded = it.forward.as_ref().map_or_else(
            || Verdict::safe("results of executions that have ended still read"),
            |problem| because("results of executions that started before do not read any more (WF2111)", problem),
        );
        found.push(Change::new("output", it.what).callers(callers).recorded(recorded));
    }
}

fn errors(old: &Schemas, new: &Schemas, found: &mut Vec<Change>) {
    let (before, after) = match (&old.parts.errors, &new.parts.errors) {
        (None, None) => return,
        (None, Some(_)) => {
            return found.push(
                Change::new("errors", "declared")
                    .callers(Verdict::safe("callers that match by name match the same names")),
            );
        }
        (Some(_), None) => {
            let verdict = Verdict::not(
                "callers that are compiled against the declared errors find none",
                "keep `#[workflow(error = ..)]`",
            );
            return found.push(Change::new("errors", "not declared any more").callers(verdict));
        }
        (Some(before), Some(after)) => (before, after),
    };
    for (name, content) in before {
        match after.get(name) {
            None => {
                let verdict = Verdict::not(
                    format!("callers that match on `{name}` never match again"),
                    "keep the variant; a variant that was renamed keeps its name by `#[step_error(name = \"..\")]`",
                );
                found.push(Change::new(format!("error `{name}`"), "removed").callers(verdict));
            }
            Some(other) => {
                for it in differences(old.schema(content), new.schema(other), Writer::Serde) {
                    let verdict = it.backward.as_ref().map_or_else(
                        || Verdict::safe("what callers read is still there"),
                        |problem| because("callers read what the error carries as it was", problem),
                    );
                    let recorded = it.forward.as_ref().map_or_else(
                        || Verdict::safe(NOT_READ),
                        |problem| because("errors of executions that have ended do not read any more", problem),
                    );
                    found.push(Change::new(format!("error `{name}`"), it.what).callers(verdict).recorded(recorded));
                }
            }
        }
    }
    for name in after.keys().filter(|name| !before.contains_key(*name)) {
        let verdict = Verdict::not(
            format!("callers that handle every declared error do not handle `{name}`"),
            "tell them before it is raised: they need an arm for it, or one for all errors",
        );
        found.push(Change::new(format!("error `{name}`"), "added").callers(verdict));
    }
}

fn step_gone(old: Version<'_>, name: &str) -> Change {
    let states = callers_of(old.machine, name);
    let place = if states.is_empty() { String::new() } else { format!(" at {}", quoted(&states)) };
    let remedy = format!(
        "keep the function, give it to the program with `.keep_step::<..>()` until those executions have ended; if it is only renamed, \
         keep its name: `#[step(name = \"{name}\")]`"
    );
    Change::new(format!("step `{name}`"), "removed")
        .running(Verdict::not(format!("executions that have not passed it yet call it{place}"), remedy))
}

fn step(old: Version<'_>, new: &Schemas, pair: Pair<'_>, text: &str, found: &mut Vec<Change>) {
    let Pair { name, before, after } = pair;
    let at = format!("step `{name}`");
    for it in taken(old.schemas.schema(&before.input), new.schema(&after.input)) {
        let mut change = Change::new(at.as_str(), format!("takes: {}", it.what));
        change.running = Verdict::safe("it still reads what running executions send");
        change.recorded = Verdict::safe("it still reads what was recorded");
        if let Some(problem) = &it.forward {
            change.running = because("executions that started before send what they know", problem);
            change.recorded = because("it is called with what was recorded before", problem);
        }
        found.push(change);
    }
    for it in differences(old.schemas.schema(&before.output), new.schema(&after.output), Writer::Serde) {
        found.push(step_output(&at, &it, after.callback, text));
    }
    step_errors(old, new, pair, found);
    if before.callback != after.callback {
        let word = if after.callback { "waits for an answer now" } else { "does not wait for an answer any more" };
        let remedy = "make it a step of its own, and keep the old one with `.keep_step::<..>()` until those executions have ended";
        let verdict = Verdict::not("executions that started before call it the other way", remedy);
        found.push(Change::new(at, word).running(verdict));
    }
}

fn step_output(at: &str, it: &Difference, callback: bool, text: &str) -> Change {
    let mut change = Change::new(at, format!("yields: {}", it.what));
    change.running = match &it.backward {
        None => Verdict::safe("running executions still find what they read"),
        Some(_) if !is_mentioned(it, text) => Verdict::safe("no expression of the definition reads it"),
        Some(problem) => because("executions that started before read its result as it was", problem),
    };
    if let (true, Some(problem)) = (callback, &it.forward) {
        change.callers = because("whoever answers as before is refused (`InvalidOutput`)", problem);
    }
    change
}

/// Whether an expression of the machine may read the place: its key stands somewhere in the text.
fn is_mentioned(difference: &Difference, text: &str) -> bool {
    difference.key().is_none_or(|key| {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        text.match_indices(key).any(|(at, _)| {
            let (before, after) = (text[..at].chars().next_back(), text[at + key.len()..].chars().next());
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        })
    })
}

fn step_errors(old: Version<'_>, new: &Schemas, pair: Pair<'_>, found: &mut Vec<Change>) {
    let at = format!("step `{}`", pair.name);
    for (name, content) in &pair.before.errors {
        match pair.after.errors.get(name) {
            None => {
                let reason = "what catches it in a definition that runs is never met";
                found.push(
                    Change::new(at.as_str(), format!("does not fail with `{name}` any more"))
                        .running(Verdict::safe(reason)),
                );
            }
            Some(other) => {
                for it in differences(old.schemas.schema(content), new.schema(other), Writer::Serde) {
                    let running = it.backward.as_ref().map_or_else(
                        || Verdict::safe("running executions still find what they read"),
                        |problem| {
                            because("executions that started before read what the error carries as it was", problem)
                        },
                    );
                    found.push(Change::new(at.as_str(), format!("error `{name}`: {}", it.what)).running(running));
                }
            }
        }
    }
    for name in pair.after.errors.keys().filter(|name| !pair.before.errors.contains_key(*name)) {
        let open = not_catching(old.machine, pair.name, name);
        let verdict = if open.is_empty() {
            Verdict::safe("every call of it in the committed definition catches all errors")
        } else {
            let remedy = "let it fail with a name that those definitions know until they have ended";
            Verdict::not(
                format!("executions that started before do not catch it at {}, and fail with it", quoted(&open)),
                remedy,
            )
        };
        found.push(Change::new(at.as_str(), format!("may fail with `{name}`")).running(verdict));
    }
}

fn nested(old: &Schemas, version: Version<'_>, text: &str, found: &mut Vec<Change>) {
    let new = version.schemas;
    for (name, before) in &old.parts.workflows {
        let at = format!("workflow `{name}` that it calls");
        let kept = version.kept.and_then(|kept| Some((kept, kept.parts.workflows.get(name)?)));
        match (new.parts.workflows.get(name), kept) {
            (Some(after), _) => nested_call(&at, (old, before), (new, after), text, found),
            (None, Some(kept)) => {
                found.push(Change::new(at.as_str(), "not called any more"));
                nested_call(&at, (old, before), kept, text, found);
            }
            (None, None) => {
                let reason = "executions that have not passed the call yet start it";
                let remedy = format!("keep `{name}` registered until they have ended");
                let safe = Change::new(at, "not called any more").running(Verdict::not(reason, remedy));
                found.push(safe);
            }
        }
    }
    for name in new.parts.workflows.keys().filter(|name| !old.parts.workflows.contains_key(*name)) {
        found.push(Change::new(format!("workflow `{name}` that it calls"), "added"));
    }
}

fn nested_call(
    at: &str,
    old: (&Schemas, &CallTypes),
    new: (&Schemas, &CallTypes),
    text: &str,
    found: &mut Vec<Change>,
) {
    let ((before, was), (after, is)) = (old, new);
    for it in differences(before.schema(&was.input), after.schema(&is.input), Writer::Anyone) {
        let running = it.forward.as_ref().map_or_else(
            || Verdict::safe("it still takes what running executions send"),
            |problem| because("executions that started before start it with what they know", problem),
        );
        found.push(Change::new(at, format!("takes: {}", it.what)).running(running));
    }
    for it in differences(before.schema(&was.output), after.schema(&is.output), Writer::Serde) {
        found.push(step_output(at, &it, false, text));
    }
}

/// Why what a definition with the old types sends cannot be read, and what to do.
pub(crate) fn misfit(
    (before, was): (&Schemas, &Value),
    (defs, is): (&Map<String, Value>, &Value),
) -> Option<(String, String)> {
    let found = taken(before.schema(was), Schema { value: is, defs });
    let problem = found.into_iter().find_map(|it| it.forward)?;
    Some((problem.reason, problem.remedy))
}

/// Why a definition of this text and with the old types does not find what it reads in a result, and what to do.
pub(crate) fn read_output(
    (before, was): (&Schemas, &Value),
    (defs, is): (&Map<String, Value>, &Value),
    text: &str,
) -> Option<(String, String)> {
    let found = differences(before.schema(was), Schema { value: is, defs }, Writer::Serde);
    let problem = found.into_iter().filter(|it| is_mentioned(it, text)).find_map(|it| it.backward)?;
    Some((problem.reason, problem.remedy))
}

/// The states that call this function.
fn callers_of(machine: &crate::asl::StateMachine, function: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    super::states::each(&machine.states, &mut |name, state| {
        if super::states::function_of(state).is_some_and(|called| called == function) {
            found.insert(name.to_owned());
        }
    });
    found.into_iter().collect()
}

/// Those of them that do not catch this error, nor all.
fn not_catching(machine: &crate::asl::StateMachine, function: &str, error: &str) -> Vec<String> {
    let mut found = Vec::new();
    super::states::each(&machine.states, &mut |name, state| {
        let State::Task(task) = state else { return };
        let calls =
            resource::parse(&task.resource, task.arguments.as_ref()).is_some_and(|call| call.function == function);
        let catches = task.catch.iter().flat_map(|catcher| &catcher.error_equals);
        let caught = catches.into_iter().any(|it| it == error || it == "States.ALL" || it == "States.TaskFailed");
        if calls && !caught {
            found.push(name.to_owned());
        }
    });
    found
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
