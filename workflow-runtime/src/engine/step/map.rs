//! Maps: their items, and which iteration begins when.

use serde_json::Value;

use super::facts::{Item, Place, equals};
use super::{Here, Turn, Turned};
use crate::engine::execution::{Phase, Scope};
use crate::engine::machine::{Failure, Field, MapNode, NodeKind};
use crate::engine::{Event, ScopeId};
use crate::expr::EvaluationError;
use crate::json::Json;

/// AWS runs no more iterations of an inline Map at once, whatever `MaxConcurrency` says.
const AT_ONCE_MAX: u32 = 40;

impl Turn<'_> {
    /// Evaluates what is to be iterated over, also for a retry.
    pub(super) fn open_map(&mut self, here: Here<'_>, map: &MapNode) -> Turned {
        let evaluated = {
            let Some(facts) = self.facts(here) else { return Ok(()) };
            let facts = facts.at(Place::Entry);
            (|| {
                let items =
                    map.items.as_ref().map(|field| facts.of_type(field, "array", Value::is_array)).transpose()?;
                let at_once = map.max_concurrency.as_ref().map(|field| field.whole_number(&facts)).transpose()?;
                Ok::<_, EvaluationError>((items, at_once))
            })()
            .and_then(|(items, at_once)| {
                let input = &facts.scope.value;
                if items.is_none() && !input.is_array() {
                    return Err(no_items(input));
                }
                Ok((items.filter(|items| !equals(input, items)), at_once))
            })
        };
        let (items, at_once) = match evaluated {
            Ok(evaluated) => evaluated,
            Err(error) => return self.evaluation_failed(here, &error, true),
        };
        let at_once = match at_once {
            None | Some(0) => AT_ONCE_MAX,
            Some(number) => u32::try_from(number).unwrap_or(AT_ONCE_MAX).min(AT_ONCE_MAX),
        };
        let first = self.execution.next_scope();
        self.emit(Event::MapStarted { scope: here.id, first, items, at_once })?;
        self.start_iterations(here.id)
    }

    /// Begins as many iterations of the scope's Map as may run, and ends the Map after the last. Nothing for a scope that
    /// is in no Map.
    pub(super) fn start_iterations(&mut self, scope: ScopeId) -> Turned {
        loop {
            let Some(here) = self.here(scope) else { return Ok(()) };
            let (NodeKind::Map(map), true) = (&here.node.kind, self.runs_branches(scope)) else { return Ok(()) };
            let Some(opened) = self.execution.scope(scope).and_then(Scope::opened) else { return Ok(()) };
            let Some(index) = opened.next_item() else { break };
            let first = opened.first;
            let input = match map.selector.as_ref().map(|field| self.select(here, field, index)).transpose() {
                Ok(selected) => selected.flatten(),
                Err(Unselected::Evaluation(error)) => {
                    self.abort_branches(scope, None)?;
                    return self.evaluation_failed(here, &error, true);
                }
                Err(Unselected::TooLarge(failure)) => {
                    self.abort_branches(scope, None)?;
                    return self.handle(here, failure);
                }
            };
            self.emit(Event::MapIterationStarted { scope, index, input })?;
            self.ready.push(ScopeId(first.0.saturating_add(index)));
        }
        if !self.all_done(scope) {
            return Ok(());
        }
        self.emit(Event::MapSucceeded { scope })?;
        self.group_ended(scope)
    }

    fn runs_branches(&self, scope: ScopeId) -> bool {
        let live = self.execution.scope(scope).filter(|scope| !scope.aborted);
        live.and_then(Scope::visit).is_some_and(|visit| visit.phase == Phase::Branches)
    }

    /// An iteration's input; `None` where it is the item.
    fn select(&self, here: Here<'_>, selector: &Field, index: u32) -> Result<Option<Json>, Unselected> {
        let Some(mut facts) = self.facts(here) else { return Ok(None) };
        let iterations = facts.visit.opened.as_ref().and_then(|opened| opened.map.as_ref());
        let Some(value) = iterations.and_then(|map| map.item(index)) else { return Ok(None) };
        facts.item = Some(Item { index: index.into(), value });
        let selected = facts.at(Place::Entry).selected(selector).map_err(Unselected::Evaluation)?;
        if let Some(input) = &selected {
            self.within_limit(here, input).map_err(Unselected::TooLarge)?;
        }
        Ok(selected)
    }
}

/// Why an iteration has no input.
enum Unselected {
    Evaluation(EvaluationError),
    TooLarge(Failure),
}

pub(super) fn no_items(input: &Json) -> EvaluationError {
    let cause = format!("Map state input must be an array but was: {}", **input);
    EvaluationError { cause, location: "Items".to_owned() }
}
