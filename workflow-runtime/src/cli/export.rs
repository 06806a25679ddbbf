//! `export`.

use std::path::Path;

use super::app::Session;
use super::args::{ExportTarget, Format};
use super::committed::Texts;
use super::error::CliError;
use super::output::{Tone, write_out};
use crate::change::Schemas;

/// Prints the state machine.
pub(crate) fn export(
    session: &Session<'_>,
    format: Format,
    target: ExportTarget,
    file: Option<&Path>,
    all: bool,
) -> Result<u8, CliError> {
    if all {
        return export_all(session, format, file);
    }
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

/// Writes every machine and its schema.
fn export_all(session: &Session<'_>, format: Format, folder: Option<&Path>) -> Result<u8, CliError> {
    let Some(folder) = folder.filter(|_| format == Format::Asl) else {
        let message =
            "`--all` writes the ASL and the schema of every workflow into a folder\nhelp: `export --all -o asl`";
        return Err(CliError::usage("WF5016", message));
    };
    let mut written = Vec::new();
    for workflow in &session.program.workflows {
        let definition = (workflow.definition)().map_err(|error| CliError::failed("WF5008", error.to_string()))?;
        written.push((workflow.name, Texts::of(&definition, &Schemas::of(&workflow.workflow))));
    }
    for (name, texts) in written {
        texts.write(folder, name)?;
    }
    Ok(0)
}
