//! What the events of a map run mean.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::apply::{Applied, MISPLACED};
use super::{Execution, MapRun, Phase, Scope, Visit};
use crate::engine::machine::{Node, NodeKind};
use crate::engine::{Event, ItemSelector, ItemSource, Machine, MapRunMark, MapRunPlan, MapRunRequest, ScopeId, TaskId};
use crate::json::Json;
use crate::time::Timestamp;

impl Execution {
    pub(super) fn map_run(&mut self, machine: &Machine, at: Timestamp, event: &Event, number: u64) -> Applied {
        match event {
            Event::DistributedMapStarted { scope, .. } => match self.visited(machine, *scope)? {
                (Visit { phase: Phase::Entered | Phase::Retrying { .. }, .. }, node)
                    if matches!(node.kind, NodeKind::MapRun(_)) =>
                {
                    Ok(())
                }
                _ => Err("no distributed Map begins there"),
            },
            Event::MapRunStarted { scope, arn, plan } => {
                let started = MapRun {
                    run: TaskId(number),
                    arn: Arc::from(arn.as_str()),
                    started_at: at,
                    plan: Arc::new(MapRunPlan::clone(plan)),
                    mark: MapRunMark::default(),
                    owner: 0,
                    failing: None,
                    results: Vec::new(),
                };
                self.map_run_started(machine, *scope, started)
            }
            Event::MapRunProgressed { scope, mark, results } => self.map_run_progressed(*scope, *mark, results),
            Event::MapRunWriting { scope, owner, mark, error } => {
                self.map_run_progressed(*scope, *mark, &[])?;
                if let Phase::MapRun(run) = &mut self.visit_mut(*scope)?.phase {
                    (run.owner, run.failing) = (*owner, error.clone());
                }
                Ok(())
            }
            Event::MapRunSucceeded { scope, output } => {
                let run = self.end_map_run(*scope)?;
                let output = output.clone().unwrap_or_else(|| {
                    Json::from(Value::Array(run.results.into_iter().map(Json::into_value).collect()))
                });
                self.visit_mut(*scope)?.phase = Phase::Succeeded(output);
                Ok(())
            }
            Event::MapRunFailed { scope, error } => {
                self.end_map_run(*scope)?;
                self.visit_mut(*scope)?.phase = Phase::Failed(error.clone());
                Ok(())
            }
            Event::MapRunAborted { scope } => self.live(*scope)?.map_run().map(drop).ok_or("no map run runs there"),
            _ => Err(MISPLACED),
        }
    }

    fn map_run_started(&mut self, machine: &Machine, scope: ScopeId, started: MapRun) -> Applied {
        match self.visited(machine, scope)? {
            (visit @ Visit { phase: Phase::Entered | Phase::Retrying { .. }, .. }, node)
                if matches!(node.kind, NodeKind::MapRun(_)) =>
            {
                let run = started.run;
                visit.phase = Phase::MapRun(Box::new(started));
                self.tasks.insert(run, scope);
                Ok(())
            }
            _ => Err("no distributed Map begins there"),
        }
    }

    fn map_run_progressed(&mut self, scope: ScopeId, mark: MapRunMark, results: &[Json]) -> Applied {
        match &mut self.visit_mut(scope)?.phase {
            Phase::MapRun(run) if run.failing.is_some() => Err("the map run is about to fail"),
            Phase::MapRun(run) if run.mark.items <= mark.items && run.mark.children <= mark.children => {
                run.mark = mark;
                let is_written = run.plan.writer.as_ref().is_some_and(|place| place.export.is_some());
                if mark.overflow {
                    run.results = Vec::new();
                } else if !is_written {
                    run.results.extend_from_slice(results);
                }
                Ok(())
            }
            Phase::MapRun(_) => Err("the map run was further before"),
            _ => Err("no map run runs there"),
        }
    }

    /// Takes the map run out of its state; the caller says what follows.
    fn end_map_run(&mut self, scope: ScopeId) -> Applied<MapRun> {
        let visit = self.visit_mut(scope)?;
        match std::mem::replace(&mut visit.phase, Phase::Entered) {
            Phase::MapRun(run) => {
                self.tasks.remove(&run.run);
                Ok(*run)
            }
            other => {
                visit.phase = other;
                Err("no map run runs there")
            }
        }
    }

    pub(super) fn is_map_run(&mut self, machine: &Machine, scope: ScopeId) -> bool {
        self.visited(machine, scope).is_ok_and(|(_, node)| matches!(node.kind, NodeKind::MapRun(_)))
    }

    pub(super) fn distributed_succeeded(&mut self, scope: ScopeId) -> Applied {
        match self.visit_mut(scope)?.phase {
            Phase::Succeeded(_) => Ok(()),
            _ => Err("the map run has not succeeded"),
        }
    }

    /// The order to begin a map run, or to go on with it.
    pub(in crate::engine) fn map_run_request(
        &self,
        id: ScopeId,
        scope: &Scope,
        visit: &Visit,
        node: &Node,
    ) -> Option<MapRunRequest> {
        let (Phase::MapRun(run), NodeKind::MapRun(map)) = (&visit.phase, &node.kind) else { return None };
        let items = match &run.plan.source {
            ItemSource::Items(items) => items.clone().unwrap_or_else(|| scope.value.clone()),
            ItemSource::Object { .. } | ItemSource::Listing { .. } => Json::default(),
        };
        let selector = map.selector.as_ref().map(|_| ItemSelector {
            container: scope.container,
            state: visit.state,
            input: scope.value.clone(),
            variables: self.variables_seen(id),
            execution_input: self.input.clone(),
            context: Json::from(self.context_of(visit, node)),
            seed: self.seed ^ run.run.0,
            now: run.started_at,
        });
        Some(MapRunRequest {
            run: run.run,
            state: Arc::clone(&node.name),
            plan: Arc::clone(&run.plan),
            items,
            mark: run.mark,
            owner: run.owner,
            failing: run.failing.clone(),
            selector,
            arn: Arc::clone(&run.arn),
        })
    }

    /// The ARN of the next map run, of a Map of this label: no other map run's.
    pub(in crate::engine) fn next_map_run_arn(&self, label: &str) -> String {
        let mut hasher = Sha256::new();
        hasher.update(b"workflow map run\0");
        hasher.update(self.seed.to_be_bytes());
        hasher.update(self.identity.number.to_be_bytes());
        hasher.update(self.event_count.to_be_bytes());
        let mut id = String::with_capacity(36);
        for (place, byte) in hasher.finalize().iter().take(16).enumerate() {
            if matches!(place, 4 | 6 | 8 | 10) {
                id.push('-');
            }
            // Writing to a String cannot fail.
            let _ = write!(id, "{byte:02x}");
        }
        format!("arn:aws:states:local:000000000000:mapRun:{}/{label}:{id}", self.identity.workflow)
    }

    /// Every variable that a scope sees.
    fn variables_seen(&self, scope: ScopeId) -> BTreeMap<Arc<str>, Json> {
        let mut seen = BTreeMap::new();
        let mut at = self.scopes.get(&scope);
        while let Some(scope) = at {
            for (name, value) in &scope.variables {
                seen.entry(Arc::clone(name)).or_insert_with(|| value.clone());
            }
            at = scope.parent.and_then(|parent| self.scopes.get(&parent));
        }
        seen
    }
}
