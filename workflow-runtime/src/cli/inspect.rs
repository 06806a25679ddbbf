//! `describe`, `list`, `history`.

use super::app::Session;
use super::connection::{Connection, Role, unexpected};
use super::error::CliError;
use super::follow::{print_trail, waiting_text};
use super::output::Tone;
use crate::control::{ExecutionDescription, ExecutionRef, ExecutionSummary, Request, Response};
use crate::engine::ExecutionStatus;

/// Shows one execution.
pub(crate) async fn describe(session: &Session<'_>, name: &str) -> Result<u8, CliError> {
    let answer = ask(session, Request::Describe { execution: reference(session, name) }).await?;
    let (response, driven) = (answer.response, answer.driven);
    let Response::Execution(description) = response else { return Err(unexpected(&response)) };
    if session.output.json {
        session.output.json(&description)?;
        return Ok(0);
    }
    let ExecutionDescription {
        summary,
        kind,
        input,
        output,
        error,
        parent,
        redrive_count,
        definition,
        events,
        waiting_for,
    } = &*description;
    let out = session.output;
    out.line(Tone::Strong, &format!("{} {}", summary.workflow, summary.name))?;
    out.line(tone(summary.status), &format!("status      {}", status_text(summary.status)))?;
    if let Some(reason) = &summary.parked {
        out.line(Tone::Warn, &format!("parked      {reason}"))?;
    }
    if kind.is_express() {
        out.line(Tone::Plain, "type        EXPRESS")?;
    }
    out.line(Tone::Plain, &format!("started     {}", summary.start_date))?;
    if let Some(stopped) = &summary.stop_date {
        out.line(Tone::Plain, &format!("ended       {stopped}"))?;
    }
    if let Some(parent) = parent {
        let mut parts = parent.rsplit(':');
        let (name, workflow) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        out.line(Tone::Plain, &format!("started by  {workflow} {name}"))?;
    }
    if *redrive_count > 0 {
        out.line(Tone::Plain, &format!("redriven    {redrive_count} times"))?;
    }
    out.line(Tone::Plain, &format!("events      {events}"))?;
    out.line(Tone::Plain, &format!("definition  {definition}"))?;
    out.line(Tone::Plain, &format!("input       {input}"))?;
    if let Some(output) = output {
        out.line(Tone::Plain, &format!("output      {output}"))?;
    }
    if let Some(error) = error {
        out.line(Tone::Bad, &format!("error       {}", error.error.as_deref().unwrap_or("(none given)")))?;
        out.line(Tone::Plain, &format!("cause       {}", error.cause.as_deref().unwrap_or("(none given)")))?;
    }
    for waiting in waiting_for {
        out.line(Tone::Warn, &waiting_text(session, &summary.workflow, waiting))?;
    }
    not_driven(session, driven, summary.status);
    Ok(0)
}

/// Lists executions.
pub(crate) async fn list(session: &Session<'_>, status: Option<ExecutionStatus>, limit: usize) -> Result<u8, CliError> {
    let response = ask(session, Request::List { workflow: session.workflow.clone(), status, limit }).await?.response;
    let Response::Executions(list) = response else { return Err(unexpected(&response)) };
    if session.output.json {
        session.output.json(&list)?;
        return Ok(0);
    }
    if list.is_empty() {
        session.output.note(Tone::Faint, "no executions");
        return Ok(0);
    }
    let width = |text: fn(&ExecutionSummary) -> &str, head: &str| {
        list.iter().map(|row| text(row).chars().count()).max().unwrap_or(0).max(head.len())
    };
    let names = width(|row| &row.name, "NAME");
    let workflows = width(|row| &row.workflow, "WORKFLOW");
    session.output.line(
        Tone::Strong,
        &format!("{:names$}  {:workflows$}  {:9}  {:24}  ENDED", "NAME", "WORKFLOW", "STATUS", "STARTED"),
    )?;
    for row in &list {
        let ended = row.stop_date.as_deref().unwrap_or("-");
        let line = format!(
            "{:names$}  {:workflows$}  {:9}  {:24}  {ended}",
            row.name,
            row.workflow,
            if row.parked.is_some() { "parked" } else { status_text(row.status) },
            row.start_date
        );
        session.output.line(tone(row.status), &line)?;
    }
    for row in &list {
        if let Some(reason) = &row.parked {
            session.output.note(Tone::Warn, &format!("{} is parked: {reason}", row.name));
        }
    }
    if limit != 0 && list.len() == limit {
        session.output.note(Tone::Faint, &format!("the newest {limit}; `--limit N` shows more"));
    }
    Ok(0)
}

/// Shows the audit trail, or AWS's events.
pub(crate) async fn history(session: &Session<'_>, name: &str) -> Result<u8, CliError> {
    let execution = reference(session, name);
    if session.output.json {
        let response = ask(session, Request::History { execution }).await?.response;
        let Response::History(events) = response else { return Err(unexpected(&response)) };
        session.output.json(&serde_json::json!({ "events": events }))?;
        return Ok(0);
    }
    let answer = ask(session, Request::Trail { execution }).await?;
    let (response, driven) = (answer.response, answer.driven);
    let Response::Trail(trail) = response else { return Err(unexpected(&response)) };
    print_trail(session, &trail)?;
    not_driven(session, driven, trail.execution.summary.status);
    Ok(0)
}

/// An answer, and whether some process runs what is unfinished.
struct Answer {
    response: Response,
    driven: bool,
}

async fn ask(session: &Session<'_>, request: Request) -> Result<Answer, CliError> {
    let mut connection = Connection::open(session.program, &session.store, Role::Visit).await?;
    let response = connection.call(request).await;
    let driven = !connection.is_owner();
    connection.close().await;
    Ok(Answer { response: response?, driven })
}

/// "Running" would mislead where no process is there to run it.
fn not_driven(session: &Session<'_>, driven: bool, status: ExecutionStatus) {
    if !driven && status == ExecutionStatus::Running {
        let command = session.command("resume", &[]);
        session.output.note(Tone::Faint, &format!("no process runs this store now. To go on: {command}"));
    }
}

fn reference(session: &Session<'_>, name: &str) -> ExecutionRef {
    ExecutionRef { workflow: session.workflow.clone(), name: name.to_owned() }
}

pub(crate) fn status_text(status: ExecutionStatus) -> &'static str {
    match status {
        ExecutionStatus::Running => "running",
        ExecutionStatus::Succeeded => "succeeded",
        ExecutionStatus::Failed => "failed",
        ExecutionStatus::TimedOut => "timed out",
        ExecutionStatus::Aborted => "aborted",
    }
}

fn tone(status: ExecutionStatus) -> Tone {
    match status {
        ExecutionStatus::Running => Tone::Warn,
        ExecutionStatus::Succeeded => Tone::Good,
        ExecutionStatus::Failed | ExecutionStatus::TimedOut | ExecutionStatus::Aborted => Tone::Bad,
    }
}
