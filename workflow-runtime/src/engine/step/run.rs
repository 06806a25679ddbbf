//! What each type of state does once it is entered.

use super::facts::{Place, equals};
use super::{Here, Turn, Turned};
use crate::engine::execution::{Phase, Position, after, located, task_timers};
use crate::engine::limits::{Did, too_large};
use crate::engine::machine::{DATA_LIMIT, Exit, Failure, Field, NodeKind, Origin, RUNTIME, Rule, TaskNode, WaitUntil};
use crate::engine::{Effect, Event, ScopeId, TaskId, TimerId};
use crate::expr::EvaluationError;
use crate::json::Json;
use crate::step::ErrorOutput;

impl Turn<'_> {
    /// Lets scopes take turns until none can go on.
    pub(super) fn run(&mut self) -> Turned {
        while let Some(scope) = self.ready.pop() {
            if self.is_ready(scope) {
                self.advance(scope)?;
            }
        }
        Ok(())
    }

    /// Whether a scope can go on by itself. A sibling's failure may have cut it off meanwhile.
    pub(super) fn is_ready(&self, id: ScopeId) -> bool {
        let Some(scope) = self.execution.scope(id).filter(|scope| !scope.aborted) else { return false };
        let begins = match &scope.position {
            Position::Next(_) => true,
            Position::In(visit) => visit.phase == Phase::Entered,
            Position::End | Position::Done => false,
        };
        begins
            && self.parent_of(id).is_none_or(|parent| {
                let around = self.execution.scope(parent).filter(|scope| !scope.aborted);
                around.and_then(|scope| scope.visit()).is_some_and(|v| v.phase == Phase::Branches)
            })
    }

    fn advance(&mut self, scope: ScopeId) -> Turned {
        match self.execution.scope(scope).map(|scope| &scope.position) {
            Some(Position::Next(state)) => {
                let state = *state;
                self.emit(Event::StateEntered { scope, state })?;
                self.ready.push(scope);
                Ok(())
            }
            _ => self.here(scope).map_or(Ok(()), |here| self.perform(here)),
        }
    }

    /// Does what the state is for, from its beginning: also for a retry and after a redrive.
    pub(super) fn perform(&mut self, here: Here<'_>) -> Turned {
        match &here.node.kind {
            NodeKind::Task(task) => self.schedule(here, task),
            NodeKind::Parallel { arguments, branches } => self.open_branches(here, arguments.as_ref(), branches.len()),
            NodeKind::Map(map) => self.open_map(here, map),
            NodeKind::MapRun(map) => self.open_map_run(here, map),
            NodeKind::Choice { rules } => self.choose(here, rules),
            NodeKind::Wait(until) => self.wait(here, until),
            NodeKind::Pass | NodeKind::Succeed => self.leave_well(here),
            NodeKind::Fail { error, cause } => self.fail(here, error.as_ref(), cause.as_ref()),
        }
    }

    fn schedule(&mut self, here: Here<'_>, node: &TaskNode) -> Turned {
        let task = TaskId(self.execution.next_event());
        let evaluated = {
            let Some(facts) = self.facts(here) else { return Ok(()) };
            let mut facts = facts.at(Place::Entry);
            facts.task = Some(task);
            (|| {
                let arguments = node.arguments.as_ref().map(|field| facts.value(field)).transpose()?;
                let timeout = node.timeout.as_ref().map(|field| field.seconds(&facts)).transpose()?;
                let heartbeat = node.heartbeat.as_ref().map(|field| field.seconds(&facts)).transpose()?;
                Ok::<_, EvaluationError>((arguments, timeout, heartbeat))
            })()
        };
        let (arguments, timeout_seconds, heartbeat_seconds) = match evaluated {
            Ok(evaluated) => evaluated,
            Err(error) => return self.evaluation_failed(here, &error, true),
        };
        let arguments = match self.checked_arguments(here, arguments) {
            Ok(arguments) => arguments,
            Err(failure) => return self.handle(here, failure),
        };
        let scope = here.id;
        self.emit(Event::TaskScheduled { scope, arguments, timeout_seconds, heartbeat_seconds })?;
        self.emit(Event::TaskStarted { scope })?;
        let Some((live, visit, node)) = self.visited(scope) else { return Ok(()) };
        if let Phase::Running(attempt) = &visit.phase {
            let request = self.execution.request(live, visit, attempt, node);
            let timers = task_timers(attempt);
            self.decision.effects.extend(request.map(Effect::StartTask));
            self.decision.effects.extend(timers);
        }
        Ok(())
    }

    /// Arguments that are the state's input are left out.
    fn checked_arguments(&self, here: Here<'_>, arguments: Option<Json>) -> Result<Option<Json>, Failure> {
        let Some(arguments) = arguments else { return Ok(None) };
        if self.execution.scope_value(here.id).is_some_and(|input| equals(input, &arguments)) {
            return Ok(None);
        }
        self.within_limit(here, &arguments)?;
        Ok(Some(arguments))
    }

    /// What a state hands to its task, its branches or an iteration has a limit.
    pub(super) fn within_limit(&self, here: Here<'_>, arguments: &Json) -> Result<(), Failure> {
        let Some(excess) = self.machine.data_limits().excess(arguments) else { return Ok(()) };
        let cause = too_large(&here.node.name, Did::Provide, &excess);
        let error = ErrorOutput { error: Some(DATA_LIMIT.to_owned()), cause: Some(cause) };
        Err(Failure { error, origin: Origin::Task })
    }

    fn open_branches(&mut self, here: Here<'_>, arguments: Option<&Field>, count: usize) -> Turned {
        let evaluated = {
            let Some(facts) = self.facts(here) else { return Ok(()) };
            let facts = facts.at(Place::Entry);
            arguments.map(|field| facts.value(field)).transpose()
        };
        let arguments = match evaluated.map(|arguments| self.checked_arguments(here, arguments)) {
            Ok(Ok(arguments)) => arguments,
            Ok(Err(failure)) => return self.handle(here, failure),
            Err(error) => return self.evaluation_failed(here, &error, true),
        };
        let first = self.execution.next_scope();
        self.emit(Event::ParallelStarted { scope: here.id, first, arguments })?;
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        for branch in 0..count {
            self.ready.push(ScopeId(first.0 + branch));
        }
        Ok(())
    }

    fn choose(&mut self, here: Here<'_>, rules: &[Rule]) -> Turned {
        let chosen = {
            let Some(facts) = self.facts(here) else { return Ok(()) };
            let facts = facts.at(Place::Entry);
            first_true(rules, &facts)
        };
        match chosen {
            Err(error) => self.evaluation_failed(here, &error, true),
            Ok(Some(exit)) => self.leave(here, exit, None),
            Ok(None) if here.node.exit.next.is_some() => self.leave(here, &here.node.exit, None),
            Ok(None) => {
                let text = "Failed to transition out of the state. The state does not point to a next state.";
                self.runtime_error(here, text)
            }
        }
    }

    fn wait(&mut self, here: Here<'_>, until: &WaitUntil) -> Turned {
        let evaluated = {
            let Some(facts) = self.facts(here) else { return Ok(()) };
            let facts = facts.at(Place::Entry);
            match until {
                WaitUntil::Seconds(seconds) => seconds.seconds(&facts).map(|seconds| after(self.now, seconds)),
                WaitUntil::Timestamp(at) => at.timestamp(&facts),
            }
        };
        let until = match evaluated {
            Ok(until) => until,
            Err(error) => return self.evaluation_failed(here, &error, true),
        };
        self.emit(Event::WaitStarted { scope: here.id, until })?;
        if until <= self.now {
            return self.leave_well(here);
        }
        self.set_timer(TimerId::Wait(here.id), until);
        Ok(())
    }

    fn fail(&mut self, here: Here<'_>, error: Option<&Field>, cause: Option<&Field>) -> Turned {
        let evaluated = {
            let Some(facts) = self.facts(here) else { return Ok(()) };
            let facts = facts.at(Place::Entry);
            (|| {
                let error = error.map(|text| text.text(&facts)).transpose()?;
                let cause = cause.map(|text| text.text(&facts)).transpose()?;
                Ok::<_, EvaluationError>(ErrorOutput { error, cause })
            })()
        };
        match evaluated {
            Ok(error) => self.fail_scope(here.id, Failure { error, origin: Origin::Fail }),
            Err(error) => self.evaluation_failed(here, &error, true),
        }
    }

    /// An error of the interpreter: nothing handles it.
    pub(super) fn runtime_error(&mut self, here: Here<'_>, text: &str) -> Turned {
        let entered_event = self.visited(here.id).map_or(0, |(_, visit, _)| visit.entered_event);
        let cause = located(&here.node.name, entered_event, text);
        self.end(Event::ExecutionFailed { error: ErrorOutput { error: Some(RUNTIME.to_owned()), cause: Some(cause) } })
    }
}

/// The exit of the first rule whose condition is true; later conditions are not evaluated.
fn first_true<'a>(rules: &'a [Rule], facts: &super::Facts<'_>) -> Result<Option<&'a Exit>, EvaluationError> {
    for rule in rules {
        if rule.condition.boolean(facts)? {
            return Ok(Some(&rule.exit));
        }
    }
    Ok(None)
}
