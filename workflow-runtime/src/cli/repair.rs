//! `repair`.

use std::path::Path;

use super::app::Session;
use super::connection::store_argument;
use super::error::{CliError, EXIT_USAGE};
use super::output::{Output, Tone, shell_word};
use crate::runtime::Clock;
use crate::store::{self, Diagnosis, StoreError, StoreErrorKind};

/// Something is damaged, and every execution is whole all the same.
const EXIT_DAMAGED: u8 = 3;
/// Something is lost, or may be.
const EXIT_LOST: u8 = 4;

/// Says what is wrong with the store; writes a new one where that is asked for.
pub(crate) fn repair(session: &Session<'_>, into: Option<&Path>) -> Result<u8, CliError> {
    let (output, damaged) = (session.output, session.store.as_path());
    let diagnosis = match into {
        Some(into) => store::repair(damaged, into, Clock::start().now()),
        None => store::diagnose(damaged),
    };
    let diagnosis = diagnosis.map_err(|fault| refusal(&fault))?;
    let exit = match (diagnosis.is_sound(), diagnosis.has_losses()) {
        (true, _) => 0,
        (false, false) => EXIT_DAMAGED,
        (false, true) => EXIT_LOST,
    };
    if output.json {
        let mut answer = serde_json::to_value(&diagnosis).map_err(std::io::Error::from)?;
        answer["into"] = into.map(|into| into.display().to_string()).into();
        output.json(&answer)?;
        return Ok(exit);
    }
    faults(output, &diagnosis)?;
    if let Some(cut_off) = &diagnosis.cut_off {
        output.line(Tone::Faint, &format!("note: {cut_off}"))?;
    }
    losses(output, &diagnosis)?;
    next(session, &diagnosis, into)?;
    Ok(exit)
}

/// The command that says what is lost, under an error of a damaged store.
pub(crate) fn offer(session: &Session<'_>) -> String {
    format!("\nhelp: `{} repair{}` says what is lost, and changes nothing", session.binary, store_option(session))
}

/// Names the store where it has to be named.
fn store_option(session: &Session<'_>) -> String {
    let store = store_argument(&session.store).map(|store| shell_word(&store.display().to_string()));
    store.map(|store| format!(" --store {store}")).unwrap_or_default()
}

fn refusal(fault: &StoreError) -> CliError {
    let mut error = CliError::failed("", fault.to_string());
    if matches!(fault.code, "WF3027" | "WF3028") {
        error.exit = EXIT_USAGE;
    }
    if fault.kind == StoreErrorKind::Busy {
        error.message.push_str(
            "\nhelp: a store that a process has open is not damaged; if it misbehaves, stop the process first",
        );
    }
    error
}

fn faults(output: Output, diagnosis: &Diagnosis) -> Result<(), CliError> {
    let folder = diagnosis.folder.display();
    if diagnosis.is_sound() {
        let executions = executions(diagnosis.whole);
        return output
            .line(Tone::Good, &format!("nothing is wrong with the store `{folder}`: {executions}, all whole"));
    }
    output.line(Tone::Bad, &format!("the store `{folder}` is damaged"))?;
    for fault in &diagnosis.faults {
        output.line(Tone::Plain, &format!("  {fault}"))?;
    }
    Ok(())
}

fn executions(count: u64) -> String {
    if count == 1 { "1 execution".to_owned() } else { format!("{count} executions") }
}

fn losses(output: Output, diagnosis: &Diagnosis) -> Result<(), CliError> {
    if diagnosis.is_sound() {
        return Ok(());
    }
    let whole = format!("whole: {}, {} of them running", executions(diagnosis.whole), diagnosis.running);
    output.line(Tone::Good, &whole)?;
    if !diagnosis.has_losses() {
        return output.line(Tone::Good, "lost: nothing");
    }
    output.line(Tone::Bad, "lost, or in doubt:")?;
    for affected in &diagnosis.affected {
        output.line(Tone::Plain, &format!("  {affected}"))?;
    }
    for range in &diagnosis.unknown {
        let numbers = if range.start() == range.end() {
            format!("number {}", range.start())
        } else {
            format!("numbers {} to {}", range.start(), range.end())
        };
        output
            .line(Tone::Plain, &format!("  {numbers}: nothing is left; lost, forgotten by retention, or never used"))?;
    }
    if diagnosis.newest_may_be_lost {
        output.line(
            Tone::Plain,
            "  executions that were started, or redriven after their end, may be lost without a trace",
        )?;
    }
    for hash in &diagnosis.lost_definitions {
        output.line(
            Tone::Plain,
            &format!("  the definition {hash}, on which executions run: a program that has it brings it again"),
        )?;
    }
    for blob in &diagnosis.lost_blobs {
        output.line(Tone::Plain, &format!("  the content of the blob {blob}"))?;
    }
    Ok(())
}

/// What to do now.
fn next(session: &Session<'_>, diagnosis: &Diagnosis, into: Option<&Path>) -> Result<(), CliError> {
    let output = session.output;
    if diagnosis.is_sound() && into.is_none() {
        return Ok(());
    }
    let (binary, option) = (session.binary, store_option(session));
    let Some(into) = into else {
        let written = if diagnosis.has_losses() {
            "nothing was written; the last good copy of the folder has more than can be repaired"
        } else {
            "nothing was written"
        };
        output.line(Tone::Faint, written)?;
        return output.line(Tone::Plain, &format!("a new store: {binary} repair{option} --into NEW_FOLDER"));
    };
    let damaged = diagnosis.folder.display().to_string();
    output.line(Tone::Good, &format!("written: `{}`; `{damaged}` is as it was", into.display()))?;
    let [store, aside] = [damaged.clone(), format!("{damaged}.damaged")].map(|folder| shell_word(&folder));
    let target = shell_word(&into.display().to_string());
    output.line(Tone::Plain, &format!("to go on with it: mv {store} {aside} && mv {target} {store}"))?;
    if !diagnosis.affected.is_empty() {
        output.line(
            Tone::Plain,
            "executions that are lost or in doubt are ABORTED in it, with the error Store.RecordsLost: find out what each has done,",
        )?;
        output.line(Tone::Plain, &format!("then let it go on from its last record: {binary} redrive{option} NAME"))?;
    }
    Ok(())
}
