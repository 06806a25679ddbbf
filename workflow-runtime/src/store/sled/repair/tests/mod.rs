//! Damage of every kind at drawn places: a store is opened with all it had, or it is refused and says what is wrong; nothing panics,
//! nothing hangs; and what is repaired has every execution or says what of it is gone.
//!
//! `WF_STORE_DAMAGE=n` draws n places for each kind of damage and file, `WF_STORE_SEED` other ones.

mod cases;
mod every;
mod folders;
mod world;

use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use world::{Truth, files};

use super::{Diagnosis, Loss, diagnose, repair};
use crate::engine::ExecutionStatus;
use crate::store::sled::{SledOptions, StoreError, StoreErrorKind};
use crate::store::{ListQuery, Store};
use crate::time::Timestamp;

/// Panics of sled's code, on whatever thread.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn watch_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.location().is_some_and(|location| location.file().contains("sled-0")) {
                PANICS.lock().expect("no holder panics").push(panic.to_string());
            }
            before(panic);
        }));
    });
}

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// What came of opening.
#[derive(Debug)]
enum Opened {
    /// Everything is there.
    Whole,
    Refused(StoreError),
}

/// Opens it and reads everything.
fn open(folder: &Path, truth: &Truth) -> Result<Opened, String> {
    let store = match SledOptions::new().tiny().open(folder) {
        Ok(store) => store,
        Err(fault) => return Ok(Opened::Refused(fault)),
    };
    match truth.compare(&store) {
        Ok(()) => Ok(Opened::Whole),
        Err(world::Difference::Refused(fault)) => Ok(Opened::Refused(fault)),
        Err(world::Difference::Silent(what)) => Err(format!("opens, and {what}")),
    }
}

/// What the code and the words of a refusal must be.
fn check_refusal(fault: &StoreError) -> Result<(), String> {
    let is_ours = fault.code.starts_with("WF30");
    let names_it = ["db", "conf", "snap.", "synced", "log", "key", "workflow-store", "segment", "lock", "number"];
    let is_damage = fault.kind == StoreErrorKind::Corrupt && fault.message.contains("`repair`");
    if is_ours && is_damage && names_it.iter().any(|name| fault.message.contains(name)) {
        return Ok(());
    }
    Err(format!("is refused with {:?} {fault}", fault.kind))
}

/// Everything is in the repaired store or in the report.
fn check_repaired(folder: &Path, truth: &Truth, diagnosis: &Diagnosis) -> Result<(), String> {
    let store = SledOptions::new().tiny().open(folder).map_err(|fault| format!("the repaired store: {fault}"))?;
    let claim = store.claim().map_err(|fault| format!("the repaired store: {fault}"))?;
    for (number, execution) in &truth.executions {
        let affected = diagnosis.affected.iter().find(|affected| affected.number.0 == *number);
        let is_unknown = diagnosis.unknown.iter().any(|range| range.contains(number));
        let found = store.load(execution.head.number).map_err(|fault| format!("the repaired store: {fault}"))?;
        if found.as_ref().is_some_and(|found| !world::is_possible(&found.records)) {
            return Err(format!("number {number} has records that no execution has"));
        }
        match (affected, found) {
            (None, Some(found)) if found == *execution => {
                let by_name = store.find(&found.head.workflow, &found.head.name).map_err(|fault| fault.to_string())?;
                if by_name.as_ref() != Some(&found.head) {
                    return Err(format!("number {number} is not found by its name"));
                }
            }
            (None, found) if truth.newest.contains(number) && truth.is_or_was(*number, found.as_ref()) => {}
            (None, Some(found)) => {
                // Redriven since, and nothing of that is left: it shows its earlier end.
                let is_earlier = diagnosis.has_losses()
                    && found.head.status != ExecutionStatus::Running
                    && execution.records.starts_with(&found.records);
                if !is_earlier {
                    return Err(format!("number {number} is another one, and the report does not say so"));
                }
            }
            (None, None) if is_unknown => {}
            (None, None) if diagnosis.newest_may_be_lost && *number > world::known_to(&store) => {}
            (None, None) => return Err(format!("number {number} is neither kept nor reported")),
            (Some(affected), found) => check_affected(affected, found.as_ref(), execution)?,
        }
        if claim.next_number.0 <= *number && !truth.newest.contains(number) {
            return Err(format!("number {} would be given again", claim.next_number.0));
        }
    }
    if !diagnosis.has_losses() && claim.unfinished.len() != truth.running() && truth.newest.is_empty() {
        return Err(format!("{} executions run", claim.unfinished.len()));
    }
    for (hash, text) in &truth.definitions {
        let is_lost = diagnosis.lost_definitions.contains(&super::report::hex(*hash));
        let found = store.definition(*hash).map_err(|fault| fault.to_string())?;
        if found.as_ref() != Some(text) && !is_lost {
            return Err("a definition is neither kept nor reported".to_owned());
        }
    }
    if claim.fencing.0 <= truth.fencing {
        return Err(format!("the fencing number {} was given before", claim.fencing.0));
    }
    Ok(())
}

fn check_affected(
    affected: &super::Affected,
    found: Option<&crate::store::StoredExecution>,
    execution: &crate::store::StoredExecution,
) -> Result<(), String> {
    let number = affected.number.0;
    match (affected.loss, found) {
        (Loss::Everything, None) => Ok(()),
        (Loss::Everything, Some(_)) | (_, None) => Err(format!("number {number}: {affected} is not so")),
        (_, Some(found)) => {
            let kept = usize::try_from(affected.kept).expect("small");
            let is_prefix = kept <= execution.records.len() && found.records.starts_with(&execution.records[..kept]);
            let is_aborted = found.head.status == ExecutionStatus::Aborted && found.records.len() == kept + 1;
            if is_prefix && is_aborted && found.head.name == execution.head.name {
                return Ok(());
            }
            Err(format!("number {number} is kept otherwise than reported: {affected}"))
        }
    }
}

/// How closely is looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// Diagnosed and opened.
    Quick,
    /// Also repaired, and again after it was opened.
    Thorough,
}

/// One damaged store: diagnosed, repaired, opened. What goes wrong, or what came of it.
fn examine(damaged: &Path, truth: &Truth, look: Look) -> Result<Outcome, String> {
    let (before, into) = (files(damaged), damaged.with_extension("repaired"));
    let diagnosis = diagnose(damaged).map_err(|fault| format!("diagnose: {fault}"))?;
    if look == Look::Thorough {
        repair_and_check(damaged, &into, truth, Some(&diagnosis))?;
    }
    if files(damaged) != before {
        return Err("repair has changed the damaged folder".to_owned());
    }
    let opened = open(damaged, truth)?;
    let refused = match &opened {
        Opened::Whole => None,
        Opened::Refused(fault) => {
            check_refusal(fault)?;
            Some(fault.code)
        }
    };
    if refused.is_some() && diagnosis.is_sound() {
        return Err(format!("is refused, and the diagnosis finds nothing wrong: {opened:?}"));
    }
    if look == Look::Thorough && files(damaged) != before {
        // And after sled has had it in its hands: whatever it did, nothing may go missing without a word.
        repair_and_check(damaged, &into, truth, None).map_err(|what| format!("after opening: {what}"))?;
    }
    Ok(Outcome { refused, diagnosis })
}

/// What came of damage.
#[derive(Debug)]
struct Outcome {
    /// With which code the damaged store was refused.
    refused: Option<&'static str>,
    diagnosis: Diagnosis,
}

fn repair_and_check(damaged: &Path, into: &Path, truth: &Truth, told: Option<&Diagnosis>) -> Result<(), String> {
    let _ = std::fs::remove_dir_all(into);
    let repaired = repair(damaged, into, NOW).map_err(|fault| format!("repair: {fault}"))?;
    if told.is_some_and(|told| *told != repaired) {
        return Err("diagnose and repair differ".to_owned());
    }
    check_repaired(into, truth, &repaired)
}

/// The same, on a thread of its own that must come to an end.
fn trial(damaged: &Path, truth: &Truth, context: &str) -> (Option<&'static str>, bool) {
    let Outcome { refused, diagnosis } = watched(damaged, truth, Look::Thorough, context);
    (refused, diagnosis.has_losses())
}

fn watched(damaged: &Path, truth: &Truth, look: Look, context: &str) -> Outcome {
    let (sender, receiver) = channel();
    let (folder, known) = (damaged.to_owned(), truth.clone());
    let thread = std::thread::spawn(move || {
        let _ = sender.send(examine(&folder, &known, look));
    });
    let outcome = receiver.recv_timeout(Duration::from_mins(2));
    let panics = std::mem::take(&mut *PANICS.lock().expect("no holder panics"));
    assert!(panics.is_empty(), "{context}: {panics:?}");
    let outcome = outcome.unwrap_or_else(|fault| panic!("{context}: {fault} after two minutes"));
    thread.join().unwrap_or_else(|_| panic!("{context}: it panics"));
    outcome.unwrap_or_else(|what| panic!("{context}: {what}"))
}

/// A healthy store has no losses and is copied as it is.
#[test]
fn a_sound_store_is_sound() {
    for kind in world::Kind::ALL {
        let world = world::World::new(kind);
        let diagnosis = diagnose(&world.folder).expect("a diagnosis");
        assert!(diagnosis.is_sound(), "{kind:?}: {diagnosis:#?}");
        assert_eq!(trial(&world.folder, &world.truth, "sound"), (None, false), "{kind:?}");
    }
}

#[test]
fn a_store_in_use_is_left_alone() {
    let world = world::World::new(world::Kind::Closed);
    let store = SledOptions::new().open(&world.folder).expect("open");
    let busy = diagnose(&world.folder).expect_err("in use");
    assert_eq!((busy.kind, busy.code), (StoreErrorKind::Busy, "WF3002"));
    drop(store);
    let full = repair(&world.folder, &world.folder, NOW).expect_err("it is not empty");
    assert_eq!(full.code, "WF3027");
    let none = diagnose(world.folder.join("nowhere")).expect_err("nothing there");
    assert_eq!(none.code, "WF3028");
    assert_eq!(store_count(&world), world.truth.executions.len());
}

fn store_count(world: &world::World) -> usize {
    let store = SledOptions::new().open(&world.folder).expect("open");
    store.list(&ListQuery { limit: 10_000, ..ListQuery::default() }).expect("list").len()
}
