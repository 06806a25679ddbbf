//! What the events of a Parallel mean, and those that cut off branches.

use serde_json::Value;

use super::apply::Applied;
use super::{Execution, Opened, Phase, Position, Scope, Visit};
use crate::engine::machine::NodeKind;
use crate::engine::{Machine, ScopeId};
use crate::json::Json;
use crate::step::ErrorOutput;

impl Execution {
    pub(super) fn parallel_started(
        &mut self,
        machine: &Machine,
        scope: ScopeId,
        first: ScopeId,
        arguments: Option<&Json>,
    ) -> Applied {
        if first.0 != self.next_scope {
            return Err("scopes are numbered one after the other");
        }
        let value = arguments
            .cloned()
            .unwrap_or_else(|| self.scopes.get(&scope).map_or_else(Json::default, |s| s.value.clone()));
        let next = self.next_scope;
        let (visit, node) = self.visited(machine, scope)?;
        let NodeKind::Parallel { branches, .. } = &node.kind else { return Err("the state is no Parallel") };
        if !matches!(visit.phase, Phase::Entered | Phase::Retrying { .. }) {
            return Err("the branches were started before");
        }
        let count = u32::try_from(branches.len()).map_err(|_| "there are too many branches")?;
        let after = next.checked_add(count).ok_or("there are too many scopes")?;
        visit.phase = Phase::Branches;
        visit.opened = Some(Opened { first, count, done: 0, map: None });
        for (id, container) in (next..after).zip(branches) {
            let branch = Scope::new(Some(scope), *container, machine.start_of(*container), value.clone());
            self.scopes.insert(ScopeId(id), branch);
        }
        self.next_scope = after;
        Ok(())
    }

    pub(super) fn branch_succeeded(&mut self, scope: ScopeId) -> Applied {
        let branch = self.live(scope)?;
        let parent =
            branch.parent.filter(|_| branch.position == Position::End).ok_or("the branch is not at its end")?;
        let opened = self.opened_mut(parent)?;
        if opened.map.is_some() {
            return Err("an iteration is no branch");
        }
        opened.done += 1;
        self.live(scope)?.position = Position::Done;
        Ok(())
    }

    pub(super) fn parallel_succeeded(&mut self, scope: ScopeId) -> Applied {
        let visit = self.visit_mut(scope)?;
        let opened = match (&visit.phase, &visit.opened) {
            (Phase::Branches, Some(opened)) if opened.map.is_none() => opened,
            _ => return Err("no branches run there"),
        };
        if opened.done < opened.count {
            return Err("a branch has not come to its end");
        }
        let range = opened.range();
        visit.opened = None;
        let outputs = (range.start.0..range.end.0).filter_map(|id| self.scopes.remove(&ScopeId(id)));
        let outputs: Vec<Value> = outputs.map(|branch| branch.value.into_value()).collect();
        self.visit_mut(scope)?.phase = Phase::Succeeded(Json::from(Value::Array(outputs)));
        Ok(())
    }

    pub(super) fn parallel_failed(&mut self, scope: ScopeId, error: &ErrorOutput) -> Applied {
        match self.visit_mut(scope)? {
            visit @ Visit { phase: Phase::Branches | Phase::Failed(_), .. } => {
                visit.phase = Phase::Failed(error.clone());
                Ok(())
            }
            _ => Err("no branch can have failed there"),
        }
    }

    pub(super) fn state_aborted(&mut self, scope: ScopeId) -> Applied {
        let branch = self.live(scope)?;
        if branch.parent.is_none() || branch.visit().is_none() {
            return Err("only a state of a branch is cut off");
        }
        self.cut_off(scope);
        Ok(())
    }

    /// Nothing of it goes on; it is kept for a redrive.
    pub(super) fn cut_off(&mut self, scope: ScopeId) {
        let Some(scope) = self.scopes.get_mut(&scope) else { return };
        let task = scope.running().map(|attempt| attempt.task).or_else(|| scope.map_run().map(|run| run.run));
        if let Some(task) = task {
            self.tasks.remove(&task);
        }
        scope.aborted = true;
    }

    /// What the state that the scope is in has opened.
    pub(super) fn opened_mut(&mut self, scope: ScopeId) -> Applied<&mut Opened> {
        match self.visit_mut(scope)? {
            Visit { phase: Phase::Branches, opened: Some(opened), .. } => Ok(opened),
            _ => Err("no branches run there"),
        }
    }

    /// Forgets what the state that the scope is in has opened.
    pub(super) fn drop_branches(&mut self, of: ScopeId) {
        let Some(Position::In(visit)) = self.scopes.get_mut(&of).map(|scope| &mut scope.position) else { return };
        let Some(opened) = visit.opened.take() else { return };
        let children: Vec<ScopeId> = self.scopes.range(opened.range()).map(|(id, _)| *id).collect();
        for child in children {
            self.drop_branches(child);
            self.cut_off(child);
            self.scopes.remove(&child);
        }
    }
}
