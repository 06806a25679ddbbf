//! `replay`: a recorded history against the workflow as it is now.

use std::ffi::OsStr;

use serde_json::json;

use super::app::Session;
use super::error::{CliError, EXIT_FAILED};
use super::input::read_json;
use super::output::Tone;
use crate::replay;

/// Says whether it goes the recorded way, and where not.
pub(crate) fn replay(session: &Session<'_>, file: &OsStr) -> Result<u8, CliError> {
    let history = read_json("replay", file)?;
    let workflow = session.program.workflow(session.workflow.as_deref())?;
    let definition = (workflow.definition)().map_err(|error| CliError::failed("WF5008", error.to_string()))?;
    let replay = replay::replay(&definition, &history).map_err(|error| CliError::usage("", error.to_string()))?;
    let out = session.output;
    if out.json {
        let divergence = replay.divergence.as_ref().map(|it| {
            json!({
                "event": it.event, "type": it.kind, "state": it.state, "recorded": it.recorded, "now": it.now,
                "causes": it.causes,
            })
        });
        out.json(&json!({
            "workflow": replay.workflow, "events": replay.events, "same": replay.is_same(), "stoppedAt": replay.stopped_at,
            "divergence": divergence,
        }))?;
    } else {
        let tone = if replay.is_same() { Tone::Good } else { Tone::Bad };
        for line in replay.to_string().lines() {
            out.line(tone, line)?;
        }
    }
    Ok(if replay.is_same() { 0 } else { EXIT_FAILED })
}
