//! `send-task-success`, `send-task-failure`, `send-task-heartbeat`, `stop`.

use super::app::Session;
use super::connection::{Connection, Role, unexpected};
use super::error::CliError;
use super::input::read_json;
use super::inspect::status_text;
use super::output::Tone;
use crate::control::{ExecutionRef, ExecutionSummary, Request, Response};
use crate::engine::ExecutionStatus;
use crate::step::ErrorOutput;

/// Answers a parked task.
pub(crate) async fn success(session: &Session<'_>, token: String, output: &std::ffi::OsStr) -> Result<u8, CliError> {
    let output = read_json("--output", output)?;
    tell(session, Request::SendTaskSuccess { token, output }, "answered").await
}

/// Fails a parked task.
pub(crate) async fn failure(
    session: &Session<'_>,
    token: String,
    error: Option<String>,
    cause: Option<String>,
) -> Result<u8, CliError> {
    tell(session, Request::SendTaskFailure { token, error: ErrorOutput { error, cause } }, "answered with a failure")
        .await
}

/// Gives a sign of life.
pub(crate) async fn heartbeat(session: &Session<'_>, token: String) -> Result<u8, CliError> {
    tell(session, Request::SendTaskHeartbeat { token }, "heartbeat recorded").await
}

/// Ends an execution.
pub(crate) async fn stop(
    session: &Session<'_>,
    name: &str,
    error: Option<String>,
    cause: Option<String>,
) -> Result<u8, CliError> {
    let execution = ExecutionRef { workflow: session.workflow.clone(), name: name.to_owned() };
    tell(session, Request::Stop { execution, error: ErrorOutput { error, cause } }, "stopped").await
}

async fn tell(session: &Session<'_>, request: Request, done: &str) -> Result<u8, CliError> {
    let mut connection = Connection::open(session.program, &session.store, Role::Visit).await?;
    let response = connection.call(request).await;
    let recorded_only = connection.is_owner();
    connection.close().await;
    match response? {
        Response::Done => {
            session.output.note(Tone::Good, done);
            if recorded_only {
                let command = session.command("resume", &[]);
                session
                    .output
                    .note(Tone::Faint, &format!("recorded; no process runs this store now. To go on: {command}"));
            }
            Ok(0)
        }
        Response::Execution(description) => {
            let ExecutionSummary { name, status, .. } = &description.summary;
            if *status == ExecutionStatus::Aborted {
                session.output.note(Tone::Good, &format!("{name} {done}"));
            } else {
                let text = format!("{name} had ended before ({}); nothing was {done}", status_text(*status));
                session.output.note(Tone::Faint, &text);
            }
            if session.output.json {
                session.output.json(&description)?;
            }
            Ok(0)
        }
        other => Err(unexpected(&other)),
    }
}
