//! `run`, `start`, `resume`, `redrive`.

use serde_json::Value;

use super::app::Session;
use super::args::StartArgs;
use super::connection::{CallError, Connection, Role, unexpected};
use super::error::{CliError, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE};
use super::follow::{Followed, Signals, follow};
use super::input::read_json_of;
use super::output::{Tone, shell_word};
use crate::control::{ExecutionDescription, ExecutionRef, Request, Response};
use crate::engine::ExecutionStatus;

/// Starts or attaches, follows to the end, prints the output.
pub(crate) async fn run(session: &Session<'_>, arguments: &StartArgs) -> Result<u8, CliError> {
    let request = start_request(session, arguments)?;
    let mut signals = Signals::new()?;
    let Some(mut connection) = drive(session, &mut signals).await? else { return Ok(EXIT_INTERRUPTED) };
    if session.program.workflow(session.workflow.as_deref())?.kind.is_express() {
        let outcome = run_express(session, &mut connection, &mut signals, request).await;
        leave(session, connection, &mut signals).await;
        return outcome;
    }
    let outcome = async {
        let begun = signals.unless(begin(session, &mut connection, session.driver(), request)).await;
        let Some(begun) = begun else { return interrupted(session) };
        let (execution, existed) = begun?;
        if existed {
            let text = format!("`{}` exists with this input: showing that execution", execution.summary.name);
            session.output.note(Tone::Faint, &text);
        }
        follow_to_end(session, &mut connection, &mut signals, &execution).await
    }
    .await;
    leave(session, connection, &mut signals).await;
    outcome
}

/// Runs an Express execution: there is no trail to follow.
async fn run_express(
    session: &Session<'_>,
    connection: &mut Connection,
    signals: &mut Signals,
    request: Request,
) -> Result<u8, CliError> {
    let Request::Start { workflow, name, input } = request else { return Ok(EXIT_FAILED) };
    let request = Request::StartSync { workflow, name, input };
    let Some(answer) = signals.unless(connection.call(request)).await else {
        session.output.note(Tone::Warn, "interrupted; of an Express execution nothing is kept");
        return Ok(EXIT_INTERRUPTED);
    };
    let description = match answer? {
        Response::Execution(description) => description,
        other => return Err(unexpected(&other)),
    };
    if description.summary.status != ExecutionStatus::Succeeded {
        let error = description.error.clone().unwrap_or_default();
        let status = super::inspect::status_text(description.summary.status);
        session.output.note(Tone::Bad, &format!("{status}: {error}"));
    }
    report(session, &description)
}

/// Becomes the owner, or reaches it; `None` where the person did not wait for that.
async fn drive(session: &Session<'_>, signals: &mut Signals) -> Result<Option<Connection>, CliError> {
    signals.unless(Connection::open(session.program, &session.store, session.driver())).await.transpose()
}

/// Lets running steps end; whoever asks a second time does not wait for them.
async fn leave(session: &Session<'_>, connection: Connection, signals: &mut Signals) {
    if signals.unless(connection.close()).await.is_none() {
        session.output.note(Tone::Warn, "not waiting for the steps that are running: they run again");
        // A step that blocks its thread would hold the process.
        std::process::exit(i32::from(EXIT_INTERRUPTED));
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is how a command ends")]
fn interrupted(session: &Session<'_>) -> Result<u8, CliError> {
    let command = session.command("resume", &[]);
    session.output.note(Tone::Warn, &format!("interrupted; nothing durable is lost. To go on: {command}"));
    Ok(EXIT_INTERRUPTED)
}

/// Starts and returns.
pub(crate) async fn start(session: &Session<'_>, arguments: &StartArgs) -> Result<u8, CliError> {
    let request = start_request(session, arguments)?;
    if !session.store.exists() {
        std::fs::create_dir_all(&session.store).map_err(|error| {
            CliError::usage("WF5006", format!("cannot make the store `{}`: {error}", session.store.display()))
        })?;
    }
    let mut connection = Connection::open(session.program, &session.store, Role::Visit).await?;
    let outcome = begin(session, &mut connection, Role::Visit, request).await;
    let recorded_only = connection.is_owner();
    connection.close().await;
    let (execution, existed) = outcome?;
    if session.output.json {
        session.output.json(&execution)?;
    } else {
        session.output.line(Tone::Plain, &execution.summary.name)?;
    }
    if existed {
        session.output.note(Tone::Faint, "it exists with this input; nothing was started anew");
    }
    if recorded_only && execution.summary.status == ExecutionStatus::Running {
        let command = session.command("resume", &[]);
        session.output.note(Tone::Faint, &format!("recorded; no process runs this store now. To run it: {command}"));
    }
    Ok(0)
}

/// Runs what is unfinished.
pub(crate) async fn resume(session: &Session<'_>) -> Result<u8, CliError> {
    if !session.store.exists() {
        return Err(CliError::usage(
            "WF5006",
            format!("there is no store at `{}`, so nothing is unfinished", session.store.display()),
        ));
    }
    let mut signals = Signals::new()?;
    let Some(mut connection) = drive(session, &mut signals).await? else { return Ok(EXIT_INTERRUPTED) };
    let outcome = resume_all(session, &mut connection, &mut signals).await;
    leave(session, connection, &mut signals).await;
    outcome
}

async fn resume_all(session: &Session<'_>, connection: &mut Connection, signals: &mut Signals) -> Result<u8, CliError> {
    let request =
        Request::List { workflow: session.workflow.clone(), status: Some(ExecutionStatus::Running), limit: usize::MAX };
    let running = match connection.call(request).await? {
        Response::Executions(list) => list,
        other => return Err(unexpected(&other)),
    };
    if !connection.is_owner() {
        session.output.note(Tone::Faint, "another process owns this store and runs what is unfinished; following it");
    }
    if running.is_empty() {
        session.output.note(Tone::Faint, "nothing is unfinished");
        return Ok(0);
    }
    let mut code = 0;
    // Oldest first, as they were started; all of them run meanwhile.
    for summary in running.iter().rev() {
        session.output.note(Tone::Strong, &format!("{} {}", summary.workflow, summary.name));
        if let Some(reason) = &summary.parked {
            session.output.note(Tone::Warn, &format!("parked: {reason}"));
            code = code.max(EXIT_FAILED);
            continue;
        }
        let execution = ExecutionRef { workflow: Some(summary.workflow.clone()), name: summary.name.clone() };
        let description = match connection.call(Request::Describe { execution }).await? {
            Response::Execution(description) => *description,
            other => return Err(unexpected(&other)),
        };
        let ended = follow_to_end(session, connection, signals, &description).await?;
        if ended == EXIT_INTERRUPTED {
            return Ok(ended);
        }
        code = code.max(ended);
    }
    Ok(code)
}

/// Starts an ended execution again.
pub(crate) async fn redrive(session: &Session<'_>, name: &str, no_wait: bool) -> Result<u8, CliError> {
    let role = if no_wait { Role::Visit } else { session.driver() };
    if !session.store.exists() {
        return Err(CliError::usage("WF5006", format!("there is no store at `{}`", session.store.display())));
    }
    let mut signals = Signals::new()?;
    let opened = signals.unless(Connection::open(session.program, &session.store, role)).await;
    let Some(mut connection) = opened.transpose()? else { return Ok(EXIT_INTERRUPTED) };
    let outcome = async {
        let execution = ExecutionRef { workflow: session.workflow.clone(), name: name.to_owned() };
        let description = match connection.call(Request::Redrive { execution }).await? {
            Response::Execution(description) => description,
            other => return Err(unexpected(&other)),
        };
        if no_wait {
            session.output.line(Tone::Plain, &format!("{} redriven", description.summary.name))?;
            return Ok(0);
        }
        follow_to_end(session, &mut connection, &mut signals, &description).await
    }
    .await;
    leave(session, connection, &mut signals).await;
    outcome
}

fn start_request(session: &Session<'_>, arguments: &StartArgs) -> Result<Request, CliError> {
    let workflow = session.program.workflow(session.workflow.as_deref())?;
    let input = match &arguments.input {
        Some(argument) => read_json_of("--input", argument, crate::payload::is_sensitive(&(workflow.input)()))?,
        None => Value::Null,
    };
    if let Err(mismatches) = crate::payload::check(&(workflow.input)(), &input) {
        let mut message = match &arguments.input {
            Some(_) => format!("the input does not fit workflow `{}`", workflow.name),
            None => format!("workflow `{}` needs an input: `--input FILE|-|JSON`", workflow.name),
        };
        if arguments.input.is_some() {
            message.extend(mismatches.iter().map(|mismatch| format!("\n  {mismatch}")));
        } else {
            let example = shell_word(&crate::payload::example(&(workflow.input)()).to_string());
            message = format!("{message}\nhelp: of this shape: --input {example}");
        }
        return Err(CliError { exit: EXIT_USAGE, code: String::from("InvalidExecutionInput"), message });
    }
    Ok(Request::Start { workflow: workflow.name.to_owned(), name: arguments.name.clone(), input })
}

/// What has a name and an input is started once, however often it is asked for: an owner that goes meanwhile is succeeded.
async fn begin(
    session: &Session<'_>,
    connection: &mut Connection,
    role: Role,
    request: Request,
) -> Result<(ExecutionDescription, bool), CliError> {
    let repeatable = matches!(request, Request::Start { name: Some(_), .. });
    let mut response = connection.call(request.clone()).await;
    if repeatable && matches!(response, Err(CallError::Gone(_))) {
        *connection = Connection::open(session.program, &session.store, role).await?;
        response = connection.call(request).await;
    }
    match response? {
        Response::Started { execution, existed } => Ok((*execution, existed)),
        other => Err(unexpected(&other)),
    }
}

/// Shows the trail as it grows; then the output or the error. An owner that goes is succeeded.
async fn follow_to_end(
    session: &Session<'_>,
    connection: &mut Connection,
    signals: &mut Signals,
    execution: &ExecutionDescription,
) -> Result<u8, CliError> {
    if let Some(reason) = &execution.summary.parked {
        session.output.note(Tone::Warn, &format!("parked: {reason}"));
        return Ok(EXIT_FAILED);
    }
    loop {
        match follow(session, connection, signals, execution).await? {
            Followed::Ended(description) => return report(session, &description),
            Followed::Interrupted if connection.is_owner() => return interrupted(session),
            Followed::Interrupted => {
                session.output.note(Tone::Warn, "no longer following; the process that owns this store goes on");
                return Ok(EXIT_INTERRUPTED);
            }
            Followed::OwnerGone => {
                session.output.note(Tone::Faint, "the process that ran this store has gone; going on here");
                let Some(opened) = drive(session, signals).await? else { return interrupted(session) };
                *connection = opened;
            }
        }
    }
}

fn report(session: &Session<'_>, description: &ExecutionDescription) -> Result<u8, CliError> {
    if session.output.json {
        session.output.json(description)?;
    } else if let Some(output) = &description.output {
        session.output.json(output)?;
    }
    Ok(if description.summary.status == ExecutionStatus::Succeeded { 0 } else { EXIT_FAILED })
}

impl Session<'_> {
    /// Runs what is unfinished.
    fn driver(&self) -> Role {
        Role::Drive { park_unfinishable: self.park_unfinishable }
    }

    /// A command that the person may copy.
    pub(crate) fn command(&self, verb: &str, arguments: &[&str]) -> String {
        let mut words = vec![shell_word(self.binary), verb.to_owned()];
        if let Some(store) = super::connection::store_argument(&self.store) {
            words.push(String::from("--store"));
            words.push(shell_word(&store.to_string_lossy()));
        }
        words.extend(arguments.iter().map(|argument| shell_word(argument)));
        words.join(" ")
    }
}
