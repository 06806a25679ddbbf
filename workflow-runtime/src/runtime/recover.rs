//! What a new owner does with the executions that it finds unfinished.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::actor::First;
use super::core::Core;
use super::error::{MissingSteps, StartError};
use super::host;
use super::registry::Program;
use super::target::{Loaded, revive, unfold};
use crate::engine::Input;
use crate::step::ErrorOutput;
use crate::store::{DefinitionHash, ExecutionNumber, StoredExecution};

/// Enough to make a thread worth while.
const CHUNK: usize = 2_000;

/// An execution ready to go on.
struct Recovered {
    number: ExecutionNumber,
    loaded: Loaded,
}

/// Folds all of them, checks that this program can go on with them, and only then gives each its task.
pub(crate) async fn recover(
    core: &Arc<Core>,
    mut unfinished: Vec<StoredExecution>,
    allow_missing_steps: bool,
) -> Result<usize, StartError> {
    let programs = programs(core, &unfinished)?;
    if !allow_missing_steps {
        refuse_missing_steps(&programs, &unfinished)?;
    }
    let programs = Arc::new(programs);
    let mut chunks = Vec::new();
    while !unfinished.is_empty() {
        let chunk = unfinished.split_off(unfinished.len().saturating_sub(CHUNK));
        let programs = Arc::clone(&programs);
        chunks.push(host::spawn_blocking(move || fold(&programs, chunk)));
    }
    let mut recovered = Vec::new();
    for chunk in chunks {
        let folded = chunk.await.map_err(|error| damaged("", "", &format!("folding its records: {error}")))?;
        recovered.append(&mut folded?);
    }
    let count = recovered.len();
    let orphans = orphans(&recovered);
    for Recovered { number, loaded } in recovered {
        let Loaded { program, execution, seed, .. } = loaded;
        let name = Arc::clone(&execution.identity().execution);
        // Where nothing is run, no clock starts.
        let rests = core.passive || !program.missing.is_empty();
        let first = if rests {
            First::Rest
        } else if orphans.contains(&number) {
            let cause = "the execution that waited for it has ended".to_owned();
            First::Input(Input::Stop { error: ErrorOutput { error: None, cause: Some(cause) } })
        } else {
            First::Input(Input::Recover)
        };
        let workflow = Arc::clone(&program.workflow);
        revive(core, number, program, execution, seed, first)
            .map_err(|error| damaged(&workflow, &name, &error.message))?;
    }
    Ok(count)
}

/// Executions whose parent was to stop them and did not come to it.
fn orphans(recovered: &[Recovered]) -> HashSet<ExecutionNumber> {
    let by_number: HashMap<u64, &Recovered> = recovered.iter().map(|it| (it.number.0, it)).collect();
    let is_orphan = |it: &&Recovered| {
        let parent = it.loaded.execution.parent().filter(|parent| parent.waits);
        parent.is_some_and(|parent| {
            by_number.get(&parent.number).is_none_or(|found| !found.loaded.execution.is_open(parent.task))
        })
    };
    recovered.iter().filter(is_orphan).map(|it| it.number).collect()
}

type Programs = HashMap<(String, DefinitionHash), Arc<Program>>;

fn programs(core: &Core, unfinished: &[StoredExecution]) -> Result<Programs, StartError> {
    let mut programs = Programs::new();
    let mut last: Option<(&str, DefinitionHash)> = None;
    for StoredExecution { head, .. } in unfinished {
        if last == Some((&head.workflow, head.definition)) {
            continue;
        }
        last = Some((&head.workflow, head.definition));
        let program = core.program(&head.workflow, head.definition)?;
        programs.insert((head.workflow.clone(), head.definition), program);
    }
    Ok(programs)
}

fn refuse_missing_steps(programs: &Programs, unfinished: &[StoredExecution]) -> Result<(), StartError> {
    if programs.values().all(|program| program.missing.is_empty()) {
        return Ok(());
    }
    let mut executions = BTreeMap::new();
    for StoredExecution { head, .. } in unfinished {
        let program = programs.get(&(head.workflow.clone(), head.definition));
        let steps: Vec<_> = program.into_iter().flat_map(|program| program.missing.iter().cloned()).collect();
        if !steps.is_empty() {
            let missing = MissingSteps { workflow: head.workflow.clone(), name: head.name.clone(), steps };
            executions.insert(head.number, missing);
        }
    }
    Err(StartError::MissingSteps { executions: executions.into_values().collect() })
}

fn fold(programs: &Programs, stored: Vec<StoredExecution>) -> Result<Vec<Recovered>, StartError> {
    stored
        .into_iter()
        .map(|stored| {
            let head = &stored.head;
            let program = programs.get(&(head.workflow.clone(), head.definition)).map(Arc::clone);
            let program = program.ok_or_else(|| damaged(&head.workflow, &head.name, "its definition is missing"))?;
            let mut loaded = unfold(&stored, program).map_err(|reason| damaged(&head.workflow, &head.name, &reason))?;
            loaded.records = Vec::new();
            Ok(Recovered { number: head.number, loaded })
        })
        .collect()
}

fn damaged(workflow: &str, name: &str, reason: &str) -> StartError {
    StartError::Damaged { workflow: workflow.to_owned(), name: name.to_owned(), reason: reason.to_owned() }
}
