//! `export`, `check`.

use std::path::Path;

use super::app::Session;
use super::args::{ExportTarget, Format};
use super::error::{CliError, EXIT_FAILED};
use super::output::{Tone, write_out};
use crate::asl;

/// Prints the state machine.
pub(crate) fn export(
    session: &Session<'_>,
    format: Format,
    target: ExportTarget,
    file: Option<&Path>,
) -> Result<u8, CliError> {
    let workflow = session.program.workflow(session.workflow.as_deref())?;
    let definition = (workflow.definition)().map_err(|error| CliError::failed("WF5008", error.to_string()))?;
    if definition.kind().is_express() {
        let note = "an Express workflow: ASL does not say so; create the state machine with the type EXPRESS";
        session.output.note(Tone::Faint, note);
    }
    let mut text = match format {
        Format::Asl => definition.to_asl_json_for(target.into()),
        Format::Mermaid => definition.to_mermaid(),
        Format::Dot => definition.to_dot(),
        Format::Svg => definition.to_svg(),
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    match file {
        None => write_out(text.as_bytes())?,
        Some(file) => std::fs::write(file, text)
            .map_err(|error| CliError::failed("WF5001", format!("cannot write `{}`: {error}", file.display())))?,
    }
    Ok(0)
}

/// Builds and validates every machine.
pub(crate) fn check(session: &Session<'_>) -> Result<u8, CliError> {
    let chosen = match session.workflow.as_deref() {
        Some(name) => std::slice::from_ref(session.program.workflow(Some(name))?),
        None if session.program.workflows.is_empty() => std::slice::from_ref(session.program.workflow(None)?),
        None => session.program.workflows.as_slice(),
    };
    let mut invalid = 0_usize;
    let mut report = Vec::new();
    for workflow in chosen {
        let mut notes = Vec::new();
        let faults: Vec<String> = match (workflow.definition)() {
            Err(error) => error.faults.iter().map(ToString::to_string).collect(),
            Ok(definition) => {
                notes.extend_from_slice(definition.notes());
                asl::validate(definition.state_machine()).iter().map(ToString::to_string).collect()
            }
        };
        invalid += usize::from(!faults.is_empty());
        if session.output.json {
            let valid = faults.is_empty();
            report.push(
                serde_json::json!({ "workflow": workflow.name, "valid": valid, "faults": faults, "notes": notes }),
            );
            continue;
        }
        if faults.is_empty() {
            let kind = if workflow.kind.is_express() { "  EXPRESS" } else { "" };
            session.output.line(Tone::Good, &format!("[✓] {}{kind}", workflow.name))?;
        } else {
            session.output.line(Tone::Bad, &format!("[✗] {}", workflow.name))?;
        }
        for fault in faults {
            session.output.line(Tone::Plain, &format!("    {}", fault.replace('\n', "\n    ")))?;
        }
        for note in notes {
            session.output.line(Tone::Plain, &format!("    note: {note}"))?;
        }
    }
    if session.output.json {
        session.output.json(&report)?;
    }
    Ok(if invalid == 0 { 0 } else { EXIT_FAILED })
}
