//! Following an execution: the trail as it grows, what it waits for, and the command that answers.

use std::collections::BTreeSet;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::app::Session;
use super::connection::{CallError, Connection, unexpected};
use super::error::CliError;
use super::output::Tone;
use crate::asl::{self, State};
use crate::control::{ExecutionDescription, ExecutionRef, Request, Response, TrailSource, WaitingFor};
use crate::engine::ExecutionStatus;
use crate::history::{self, Line, Status};
use crate::payload::example;
use crate::runtime::Clock;
use crate::step::StepHandler;

/// How following ended.
pub(crate) enum Followed {
    /// The execution has.
    Ended(Box<ExecutionDescription>),
    /// The person wants to go.
    Interrupted,
    /// The process that ran it has gone.
    OwnerGone,
}

/// Prints what happens until the execution ends, the person interrupts or the owner goes.
pub(crate) async fn follow(
    session: &Session<'_>,
    connection: &mut Connection,
    signals: &mut Signals,
    execution: &ExecutionDescription,
) -> Result<Followed, CliError> {
    let which =
        ExecutionRef { workflow: Some(execution.summary.workflow.clone()), name: execution.summary.name.clone() };
    let mut shown = Shown::default();
    loop {
        let trail = match connection.call(Request::Trail { execution: which.clone() }).await {
            Ok(Response::Trail(trail)) => trail,
            Ok(other) => return Err(unexpected(&other)),
            Err(CallError::Gone(_)) => return Ok(Followed::OwnerGone),
            Err(refused) => return Err(refused.into()),
        };
        shown.update(session, &trail)?;
        if trail.execution.summary.status != ExecutionStatus::Running {
            return Ok(Followed::Ended(Box::new(trail.execution.clone())));
        }
        let wait = Request::Wait { execution: which.clone(), events_seen: Some(trail.execution.events) };
        let answer = tokio::select! {
            answer = connection.call(wait) => answer,
            () = signals.any() => return Ok(Followed::Interrupted),
        };
        match answer {
            Ok(_) => {}
            Err(CallError::Gone(_)) => return Ok(Followed::OwnerGone),
            Err(refused) => return Err(refused.into()),
        }
    }
}

/// Ctrl-C and `kill`. From the first [`Signals::new`] on they do not end the process by themselves.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(crate) fn new() -> Result<Self, CliError> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    pub(crate) async fn any(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// What the future gives; `None` where the person wants to go before.
    pub(crate) async fn unless<T>(&mut self, future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = future => Some(done),
            () = self.any() => None,
        }
    }
}

/// What has been printed already: a line is printed once, when nothing in it will change any more.
#[derive(Default)]
struct Shown {
    lines: usize,
    waiting: BTreeSet<String>,
}

impl Shown {
    fn update(&mut self, session: &Session<'_>, source: &TrailSource) -> Result<(), CliError> {
        let lines = rendered(source)?;
        let ended = source.execution.summary.status != ExecutionStatus::Running;
        // The first line says when it was started, the last one how it stands.
        let open = |line: &Line| matches!(line.status, Status::Running | Status::Waiting);
        let settled = if ended { lines.len() } else { 1 + lines.iter().skip(1).take_while(|line| !open(line)).count() };
        for line in lines.iter().take(settled).skip(self.lines) {
            session.output.note(tone(line), &line.text);
        }
        self.lines = self.lines.max(settled);
        for waiting in &source.execution.waiting_for {
            let text = waiting_text(session, &source.execution.summary.workflow, waiting);
            if !matches!(waiting, WaitingFor::Step { .. }) && self.waiting.insert(text.clone()) {
                session.output.note(Tone::Warn, &text);
            }
        }
        Ok(())
    }
}

/// The trail of `history`, in colours.
pub(crate) fn print_trail(session: &Session<'_>, source: &TrailSource) -> Result<(), CliError> {
    for line in rendered(source)? {
        session.output.line(tone(&line), &line.text)?;
    }
    for waiting in &source.execution.waiting_for {
        session.output.line(Tone::Warn, &waiting_text(session, &source.execution.summary.workflow, waiting))?;
    }
    Ok(())
}

fn rendered(source: &TrailSource) -> Result<Vec<Line>, CliError> {
    let machine = asl::parse(&source.definition).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        CliError::failed("WF5005", format!("the execution's definition cannot be read: {first}"))
    })?;
    Ok(history::trail(&machine, &source.records, Some(Clock::start().now())).lines(0))
}

fn tone(line: &Line) -> Tone {
    match line.status {
        _ if line.is_note => Tone::Faint,
        Status::Succeeded => Tone::Good,
        Status::Failed => Tone::Bad,
        Status::Caught | Status::Waiting => Tone::Warn,
        Status::Aborted => Tone::Faint,
        _ => Tone::Plain,
    }
}

/// What an execution waits for, and how to go on.
pub(crate) fn waiting_text(session: &Session<'_>, workflow: &str, waiting: &WaitingFor) -> String {
    match waiting {
        WaitingFor::Step { state, attempt } => format!("[…] {state}  running, attempt {attempt}"),
        WaitingFor::Execution { state, execution, until } => {
            let until = until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
            let mut parts = execution.rsplit(':');
            let (name, workflow) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            format!("[…] {state}  waits for execution `{name}` of {workflow}{until}")
        }
        WaitingFor::Retry { state, until, retries } => format!("[…] {state}  retry {retries} at {until}"),
        WaitingFor::MapRun { state, ended, failed } => {
            format!("[…] {state}  {ended} executions of its own have ended, {failed} of them failed")
        }
        WaitingFor::Time { state, until } => format!("[…] {state}  waits until {until}"),
        WaitingFor::Answer { state, token, until } => {
            let until = until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
            let answer = answer_example(session, workflow, state).unwrap_or_else(|| String::from("{}"));
            let yes = session.command("send-task-success", &["--token", token, "--output", &answer]);
            let no = session.command("send-task-failure", &["--token", token, "--error", "NAME", "--cause", "TEXT"]);
            format!("[…] {state}  waits for an answer{until}. From another terminal:\n      {yes}\n      {no}")
        }
    }
}

/// What an answer to a parked state may look like.
fn answer_example(session: &Session<'_>, workflow: &str, state: &str) -> Option<String> {
    let registered = session.program.workflows.iter().find(|registered| registered.name == workflow)?;
    let definition = (registered.definition)().ok()?;
    let task = find_task(&definition.state_machine().states, state)?;
    let call = asl::resource::parse(&task.resource, task.arguments.as_ref());
    let answers = |step: &StepHandler| match definition.stand_ins.get(state) {
        Some(function) => step.name == *function,
        None => call.as_ref().is_some_and(|call| asl::resource::function_key(step.name) == call.function),
    };
    let step = (registered.steps)().into_iter().find(answers)?;
    serde_json::to_string(&example(&(step.spec)().output)).ok()
}

fn find_task<'a>(states: &'a indexmap::IndexMap<String, State>, name: &str) -> Option<&'a asl::Task> {
    if let Some(State::Task(task)) = states.get(name) {
        return Some(task);
    }
    states.values().flat_map(State::branches).find_map(|branch| find_task(&branch.states, name))
}
