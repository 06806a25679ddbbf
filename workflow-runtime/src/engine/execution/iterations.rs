//! What the events of a Map mean. Items are kept once; an iteration's scope lives as long as it runs.

use serde_json::Value;

use super::apply::Applied;
use super::{Execution, Iterations, Opened, Phase, Position, Scope, Visit};
use crate::engine::machine::NodeKind;
use crate::engine::{Event, Machine, ScopeId};
use crate::json::Json;
use crate::time::Timestamp;

impl Execution {
    pub(super) fn map(&mut self, machine: &Machine, at: Timestamp, event: &Event, number: u64) -> Applied {
        match event {
            Event::MapStarted { scope, first, items, at_once } => {
                self.map_started(machine, *scope, *first, items.as_ref(), *at_once)
            }
            Event::MapIterationStarted { scope, index, input } => {
                self.iteration_started(machine, *scope, *index, input.as_ref())
            }
            Event::MapIterationSucceeded { scope } => self.iteration_succeeded(*scope),
            Event::MapIterationFailed { scope } => {
                let parent = self.live(*scope)?.parent;
                self.map_around(parent).map(drop)
            }
            Event::MapIterationAborted { scope } => {
                let parent = self.scopes.get(scope).ok_or("there is no such scope")?.parent;
                self.map_around(parent)?;
                self.cut_off(*scope);
                Ok(())
            }
            Event::MapSucceeded { scope } if self.is_map_run(machine, *scope) => self.distributed_succeeded(*scope),
            Event::MapSucceeded { scope } => self.map_succeeded(*scope),
            Event::MapFailed { scope, error } => match self.visited(machine, *scope)? {
                (visit @ Visit { phase: Phase::Branches | Phase::Failed(_), .. }, node)
                    if matches!(node.kind, NodeKind::Map(_) | NodeKind::MapRun(_)) =>
                {
                    visit.phase = Phase::Failed(error.clone());
                    Ok(())
                }
                _ => Err("no iteration can have failed there"),
            },
            event => self.map_run(machine, at, event, number),
        }
    }

    fn map_started(
        &mut self,
        machine: &Machine,
        scope: ScopeId,
        first: ScopeId,
        items: Option<&Json>,
        at_once: u32,
    ) -> Applied {
        if first.0 != self.next_scope {
            return Err("scopes are numbered one after the other");
        }
        let items = match items {
            Some(items) => items.clone(),
            None => self.live(scope)?.value.clone(),
        };
        let length = items.as_array().ok_or("a Map has an array of items")?.len();
        let count = u32::try_from(length).map_err(|_| "there are too many items")?;
        let after = first.0.checked_add(count).ok_or("there are too many scopes")?;
        let (visit, node) = self.visited(machine, scope)?;
        if !matches!(node.kind, NodeKind::Map(_)) {
            return Err("the state is no Map");
        }
        if !matches!(visit.phase, Phase::Entered | Phase::Retrying { .. }) {
            return Err("the iterations were started before");
        }
        let map = Iterations { items, at_once: at_once.max(1), started: 0, results: Vec::new() };
        visit.phase = Phase::Branches;
        visit.opened = Some(Opened { first, count, done: 0, map: Some(map) });
        self.next_scope = after;
        Ok(())
    }

    fn iteration_started(&mut self, machine: &Machine, scope: ScopeId, index: u32, input: Option<&Json>) -> Applied {
        let (visit, node) = self.visited(machine, scope)?;
        let NodeKind::Map(definition) = &node.kind else { return Err("the state is no Map") };
        let container = definition.processor;
        let Visit { phase: Phase::Branches, opened: Some(opened), .. } = visit else {
            return Err("no iterations run there");
        };
        if opened.next_item() != Some(index) {
            return Err("another iteration begins next, or none");
        }
        let id = ScopeId(opened.first.0 + index);
        let map = opened.map.as_mut().ok_or("no iterations run there")?;
        let input = match input {
            Some(input) => input.clone(),
            None => Json::from(map.item(index).ok_or("there is no such item")?.clone()),
        };
        map.started += 1;
        self.scopes.insert(id, Scope::new(Some(scope), container, machine.start_of(container), input));
        Ok(())
    }

    fn iteration_succeeded(&mut self, scope: ScopeId) -> Applied {
        let iteration = self.live(scope)?;
        if iteration.position != Position::End {
            return Err("the iteration is not at its end");
        }
        let (parent, output) = (iteration.parent, iteration.value.clone());
        let opened = self.map_around(parent)?;
        let place = scope.0.checked_sub(opened.first.0).ok_or("it is no iteration")? as usize;
        let map = opened.map.as_mut().ok_or("it is no iteration")?;
        if map.results.len() <= place {
            map.results.resize(place + 1, None);
        }
        if let Some(result) = map.results.get_mut(place) {
            *result = Some(output);
        }
        opened.done += 1;
        self.scopes.remove(&scope);
        Ok(())
    }

    fn map_succeeded(&mut self, scope: ScopeId) -> Applied {
        let opened = self.opened_mut(scope)?;
        if opened.done < opened.count {
            return Err("an iteration has not come to its end");
        }
        let map = opened.map.take().ok_or("the state is no Map")?;
        let outputs = map.results.into_iter().map(|result| result.map_or(Value::Null, Json::into_value)).collect();
        let visit = self.visit_mut(scope)?;
        visit.opened = None;
        visit.phase = Phase::Succeeded(Json::from(Value::Array(outputs)));
        Ok(())
    }

    /// The Map that an iteration belongs to.
    fn map_around(&mut self, parent: Option<ScopeId>) -> Applied<&mut Opened> {
        let opened = self.opened_mut(parent.ok_or("it is no iteration")?)?;
        if opened.map.is_some() { Ok(opened) } else { Err("it is no iteration") }
    }
}
