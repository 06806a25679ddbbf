//! What a new owner does with the executions that it finds unfinished.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::actor::First;
use super::core::Core;
use super::error::{StartError, Unfinishable};
use super::finish;
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
    park_unfinishable: bool,
) -> Result<usize, StartError> {
    let programs = Arc::new(programs(core, &unfinished)?);
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
    let unfinishable = unfinishable(&recovered);
    if !park_unfinishable && !unfinishable.is_empty() {
        let mut executions: Vec<_> = unfinishable.into_iter().collect();
        executions.sort_by_key(|(number, _)| *number);
        let executions = executions.into_iter().map(|(_, it)| (*it).clone()).collect();
        return Err(StartError::Unfinishable { executions });
    }
    for it in unfinishable.values() {
        tracing::warn!(
            workflow = it.workflow,
            execution = it.name,
            reason = it.reason(),
            "parked: it cannot be finished here"
        );
    }
    let parked: HashSet<ExecutionNumber> = unfinishable.keys().copied().collect();
    core.set_unfinishable(unfinishable);
    let count = recovered.len();
    let orphans = orphans(&recovered);
    for Recovered { number, loaded } in recovered {
        let Loaded { program, execution, seed, .. } = loaded;
        let name = Arc::clone(&execution.identity().execution);
        // Where nothing is run, no clock starts.
        let rests = core.passive || parked.contains(&number);
        let first = if rests {
            First::Rest
        } else if orphans.contains(&number) {
            let cause = "the execution that waited for it has ended".to_owned();
            First::Input(Input::Stop { error: ErrorOutput { error: None, cause: Some(cause) } })
        } else {
            First::Input(Input::Recover)
        };
        let workflow = Arc::clone(&program.workflow);
        if let Err(error) = revive(core, number, program, execution, seed, first) {
            // Those that are there already go on, and the store may fail under them.
            let failure = core.committer.failure().map(|failure| StartError::Store(failure.again()));
            return Err(failure.unwrap_or_else(|| damaged(&workflow, &name, &error.message)));
        }
        host::breathe().await;
    }
    Ok(count)
}

/// Executions whose parent was to stop them and did not come to it; their children too, which only the driver of a map run
/// knows, and what is stopped has none.
fn orphans(recovered: &[Recovered]) -> HashSet<ExecutionNumber> {
    let by_number: HashMap<u64, &Recovered> = recovered.iter().map(|it| (it.number.0, it)).collect();
    let mut orphans = HashSet::new();
    #[cfg(all(test, feature = "cli"))]
    if crate::sim::broken::is_broken(crate::sim::broken::Broken::KeepsOrphans) {
        return orphans;
    }
    // A parent has a smaller number than its children.
    let mut all: Vec<_> = recovered.iter().collect();
    all.sort_unstable_by_key(|it| it.number);
    for it in all {
        let Some(parent) = it.loaded.execution.parent().filter(|parent| parent.waits) else { continue };
        // It had come to its end, and somebody wants it for its own sake.
        if it.loaded.execution.redrive_count() > 0 {
            continue;
        }
        let waits = by_number.get(&parent.number).is_some_and(|found| found.loaded.execution.is_open(parent.task));
        if !waits || orphans.contains(&ExecutionNumber(parent.number)) {
            orphans.insert(it.number);
        }
    }
    orphans
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

/// Those that this program cannot finish. Only where a definition lacks something are executions looked at one by one; what
/// is in flight on an older definition has to fit as well.
fn unfinishable(recovered: &[Recovered]) -> HashMap<ExecutionNumber, Arc<Unfinishable>> {
    let suspect = |it: &&Recovered| !it.loaded.program.lacks.is_empty() || it.loaded.program.is_older;
    let found = recovered
        .iter()
        .filter(suspect)
        .filter_map(|it| Some((it.number, Arc::new(finish::unfinishable(&it.loaded.program, &it.loaded.execution)?))));
    found.collect()
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
