//! Who asks the process for something: they live elsewhere, and try again in its next life.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::plan::{AnswerFault, Ask, Asked, Start};
use super::view::Closed;
use super::{Sim, flows};
use crate::control::{ClientError, ExecutionRef, Request, Response};
use crate::engine::{ExecutionStatus, TokenRoute};
use crate::runtime::Runtime;
use crate::step::ErrorOutput;
use crate::store::ExecutionNumber;

const DAY_MS: u64 = 86_400_000;

/// Everybody who still wants something.
pub(super) fn spawn_all(sim: &Arc<Sim>) {
    let (starts, requests, tokens) = {
        let state = sim.state();
        let key = |start: &Start| (start.workflow.to_owned(), start.name.clone());
        let starts: Vec<_> =
            state.plan.starts.iter().filter(|start| !state.started.contains_key(&key(start))).cloned().collect();
        let requests: Vec<_> = state.plan.requests.iter().enumerate().skip(state.done_asking).collect();
        let requests: Vec<_> = requests.into_iter().map(|(at, asked)| (at, asked.clone())).collect();
        (starts, requests, state.view.tokens())
    };
    for start in starts {
        drop(tokio::spawn(sim.task(begin(Arc::clone(sim), start))));
    }
    drop(tokio::spawn(sim.task(ask_all(Arc::clone(sim), requests))));
    drop(tokio::spawn(sim.task(set_clocks(Arc::clone(sim)))));
    for (at_ms, ago) in sim.state().plan.forgets.clone() {
        drop(tokio::spawn(sim.task(forget(Arc::clone(sim), at_ms, ago))));
    }
    for (_, state, token) in tokens {
        answer(sim, &state, &token);
    }
}

async fn pause(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

/// Whether the process is going, or could not read for a moment.
fn is_trouble(error: &ClientError) -> bool {
    matches!(error.name.as_str(), "StoreFailure" | "RuntimeShutDown")
}

impl Sim {
    /// The runtime, as soon as it has started.
    async fn runtime(&self) -> Runtime {
        loop {
            let runtime = self.state().runtime.clone();
            if let Some(runtime) = runtime {
                return runtime;
            }
            pause(1).await;
        }
    }

    /// What is answered, by whoever is there to hear it; `None` where the process goes first.
    async fn ask(&self, request: Request) -> Option<Result<Response, ClientError>> {
        let runtime = self.runtime().await;
        for _ in 0..200 {
            match runtime.handle(request.clone()).await {
                Response::Error(error) if is_trouble(&error) => {
                    if error.name == "RuntimeShutDown" || runtime.failure().is_some() {
                        return None;
                    }
                    pause(5).await;
                }
                Response::Error(error) => return Some(Err(error)),
                response => return Some(Ok(response)),
            }
        }
        self.violated(format!("{request:?} is never answered"));
        None
    }
}

/// Sets the system's clock, again and again.
async fn set_clocks(sim: Arc<Sim>) {
    loop {
        let (at, jump) = {
            let state = sim.state();
            (state.done_jumping, state.plan.running_jumps.get(state.done_jumping).copied())
        };
        let Some((after_ms, by)) = jump else { return };
        pause(after_ms).await;
        // Or somebody else has, where two processes are alive.
        if sim.state().done_jumping == at {
            sim.state().done_jumping += 1;
            sim.set_clock(by);
        }
    }
}

/// Has ended executions forgotten.
async fn forget(sim: Arc<Sim>, at_ms: u64, ago: u64) {
    pause(at_ms).await;
    sim.state().count("ask: Forget");
    match sim.ask(Request::Prune { older_than_seconds: ago, dry_run: false }).await {
        Some(Ok(Response::Pruned { .. })) | None => {}
        other => sim.violated(format!("what is to be forgotten is answered with {other:?}")),
    }
}

/// Starts an execution, however often it takes.
async fn begin(sim: Arc<Sim>, start: Start) {
    let is_first_life = sim.state().life == 0;
    pause(if is_first_life { start.at_ms } else { start.at_ms / 20 }).await;
    let Start { workflow, name, input, .. } = start;
    let (workflow, express) = (workflow.to_owned(), flows::is_express(workflow));
    let request = if express {
        Request::StartSync { workflow: workflow.clone(), name: Some(name.clone()), input: input.clone() }
    } else {
        Request::Start { workflow: workflow.clone(), name: Some(name.clone()), input: input.clone() }
    };
    match sim.ask(request).await {
        Some(Ok(Response::Started { .. })) => sim.acknowledged_start(workflow, name, &input),
        Some(Ok(_)) => {
            sim.state().started.insert((workflow, name), ExecutionNumber(0));
            sim.changed.notify_one();
        }
        Some(Err(error)) => sim.violated(format!("`{name}` cannot be started: {error}")),
        None => {}
    }
}

impl Sim {
    fn acknowledged_start(&self, workflow: String, name: String, input: &Value) {
        let mut state = self.state();
        let found = state.view.first_named(&workflow, &name).map(|kept| {
            let same = **kept.execution.input() == *input;
            (kept.head.number, same)
        });
        state.note(&format!("`{name}` is acknowledged"));
        let checked = match found {
            None => Err(format!("the start of `{name}` is acknowledged and not durable")),
            Some((_, false)) => Err(format!("`{name}` was started with another input")),
            Some((number, true)) => {
                state.counts.executions += 1;
                state.started.insert((workflow, name), number);
                Ok(())
            }
        };
        drop(state);
        self.check(checked);
        self.changed.notify_one();
    }
}

/// One request after the other, each as often as it takes.
async fn ask_all(sim: Arc<Sim>, requests: Vec<(usize, Asked)>) {
    let mut passed = 0;
    for (at, asked) in requests {
        let Asked { at_ms, which, what } = asked;
        pause(at_ms.saturating_sub(passed)).await;
        passed = passed.max(at_ms);
        let start = sim.state().plan.starts.get(which).cloned();
        if let Some(start) = start
            && !flows::is_express(start.workflow)
            && !ask_one(&sim, start, what, at_ms % 2 == 1).await
        {
            return;
        }
        sim.state().done_asking = at + 1;
        sim.changed.notify_one();
    }
}

/// Whether it was answered.
async fn ask_one(sim: &Arc<Sim>, start: Start, what: Ask, twice: bool) -> bool {
    let Start { workflow, name, input, .. } = start;
    let execution = ExecutionRef { workflow: Some(workflow.to_owned()), name: name.clone() };
    let started = sim.state().started.contains_key(&(workflow.to_owned(), name.clone()));
    let asks_to = |request: Request| sim.ask(request);
    {
        let mut state = sim.state();
        state.note(&format!("{what:?} `{name}`"));
        state.count(&format!("ask: {what:?}"));
        if matches!(what, Ask::Stop | Ask::Redrive) {
            state.disturb(workflow, &name, "somebody intervened");
        }
    }
    let answer = match what {
        Ask::Stop => asks_to(Request::Stop { execution, error: ErrorOutput::default() }).await,
        // Two at once: one of them is refused, or comes after the other's life.
        Ask::Redrive if twice => {
            let request = Request::Redrive { execution };
            let (first, second) = tokio::join!(asks_to(request.clone()), asks_to(request));
            first.filter(Result::is_ok).or(second)
        }
        Ask::Redrive => asks_to(Request::Redrive { execution }).await,
        Ask::Look => {
            let list = Request::List { workflow: None, status: None, limit: 0 };
            if asks_to(list).await.is_none() {
                return false;
            }
            asks_to(Request::History { execution }).await
        }
        Ask::StartAgain => {
            asks_to(Request::Start { workflow: workflow.to_owned(), name: Some(name.clone()), input }).await
        }
        Ask::StartOther if started => {
            let Some(input) = flows::other_input(workflow, &input) else { return true };
            asks_to(Request::Start { workflow: workflow.to_owned(), name: Some(name.clone()), input }).await
        }
        Ask::StartOther => return true,
    };
    let Some(answer) = answer else { return false };
    let checked = check_answer(sim, what, workflow, &name, started, answer);
    sim.check(checked);
    true
}

fn check_answer(
    sim: &Sim,
    what: Ask,
    workflow: &str,
    name: &str,
    started: bool,
    answer: Result<Response, ClientError>,
) -> Result<(), String> {
    let state = sim.state();
    let kept = state.view.named(workflow, name);
    if state.view.is_gone(workflow, name) {
        // Its name is free, or another one's.
        return Ok(());
    }
    match (what, answer) {
        (Ask::Stop, Ok(_)) => match kept {
            Some(kept) if kept.head.status == ExecutionStatus::Running && kept.execution.redrive_count() == 0 => {
                Err(format!("the stop of `{name}` is acknowledged, and it runs"))
            }
            _ => Ok(()),
        },
        (Ask::Redrive, Ok(_)) if kept.is_some_and(|kept| kept.execution.redrive_count() == 0) => {
            Err(format!("the redrive of `{name}` is acknowledged and not durable"))
        }
        (Ask::Look, Ok(Response::History(events))) => {
            let dense = events.iter().enumerate().all(|(at, event)| event.id == at as u64 + 1);
            if dense { Ok(()) } else { Err(format!("the history of `{name}` has gaps")) }
        }
        (Ask::StartAgain, Ok(Response::Started { existed, .. })) if started && !existed => {
            Err(format!("`{name}` was started twice"))
        }
        (Ask::StartOther, Err(error)) if error.name == "ExecutionAlreadyExists" => Ok(()),
        (Ask::StartOther, other) => Err(format!("`{name}` was started with two inputs: {other:?}")),
        (_, Err(error)) if error.name == "ExecutionDoesNotExist" && !started => Ok(()),
        (Ask::Redrive, Err(error)) if error.name == "ExecutionNotRedrivable" => Ok(()),
        (_, Err(error)) => Err(format!("{what:?} of `{name}` is answered with {error}")),
        _ => Ok(()),
    }
}

/// Somebody has been given a token.
pub(super) fn answer(sim: &Arc<Sim>, state: &str, token: &str) {
    let (fault, delay) = {
        let mut all = sim.state();
        let number = all.tokens;
        all.tokens += 1;
        let fault = all.plan.answer_faults.iter().find(|(at, _)| *at == number).map(|(_, fault)| *fault);
        if let Some(fault) = fault {
            all.count(&format!("answer: {fault:?}"));
            all.note(&format!("token {number}: {fault:?}"));
        }
        (fault, all.dice.roll(2_000))
    };
    let client = Holder { sim: Arc::clone(sim), token: token.to_owned(), output: flows::answer(state) };
    let client = async move {
        match fault {
            None => pause(delay).await,
            Some(AnswerFault::AtOnce | AnswerFault::Twice) => {}
            Some(AnswerFault::Late) => pause(4 * DAY_MS).await,
            Some(AnswerFault::Beats) => {
                for _ in 0..3 {
                    pause(delay / 4).await;
                    client.send(Request::SendTaskHeartbeat { token: client.token.clone() }).await;
                }
            }
            Some(AnswerFault::Fail) => {
                pause(delay).await;
                client.fail().await;
            }
            Some(AnswerFault::Nonsense) => {
                pause(delay).await;
                client.talk_nonsense().await;
            }
        }
        if fault == Some(AnswerFault::Twice) {
            tokio::join!(client.succeed(), client.succeed());
        }
        client.succeed().await;
    };
    drop(tokio::spawn(sim.task(client)));
}

/// Somebody with a token.
struct Holder {
    sim: Arc<Sim>,
    token: String,
    output: Value,
}

impl Holder {
    async fn send(&self, request: Request) -> Option<Result<Response, ClientError>> {
        self.sim.ask(request).await
    }

    async fn succeed(&self) {
        let request = Request::SendTaskSuccess { token: self.token.clone(), output: self.output.clone() };
        let checked = match self.send(request).await {
            None => Ok(()),
            Some(Ok(_)) => self.is_told(),
            Some(Err(error)) if matches!(error.name.as_str(), "TaskTimedOut" | "ExecutionClosed") => self.is_closed(),
            Some(Err(_)) if self.is_gone() => Ok(()),
            Some(Err(error)) => Err(format!("the answer to {} is refused: {error}", self.token)),
        };
        self.sim.check(checked);
    }

    async fn fail(&self) {
        let route = TokenRoute::parse(&self.token);
        if let Some(route) = route {
            let mut state = self.sim.state();
            let root = state.view.root_of(ExecutionNumber(route.number));
            state.disturbed.entry(root).or_insert("an answer was an error");
        }
        let error = ErrorOutput { error: Some("No".to_owned()), cause: None };
        let checked = match self.send(Request::SendTaskFailure { token: self.token.clone(), error }).await {
            Some(Ok(_)) => self.is_told(),
            _ => Ok(()),
        };
        self.sim.check(checked);
    }

    async fn talk_nonsense(&self) {
        let forged = format!("{}0", &self.token[..self.token.len() - 1]);
        let requests = [
            (forged.as_str(), self.output.clone()),
            ("nothing", self.output.clone()),
            ("999999-1-00000000000000000000000000000000", self.output.clone()),
        ];
        for (token, output) in requests {
            let request = Request::SendTaskSuccess { token: token.to_owned(), output };
            if token != self.token
                && let Some(Ok(_)) = self.send(request).await
            {
                self.sim.violated(format!("the forged token {token} is taken"));
            }
        }
    }

    /// Nobody waits for the answer any more.
    fn is_closed(&self) -> Result<(), String> {
        let route = TokenRoute::parse(&self.token).ok_or("a token has a route")?;
        let state = self.sim.state();
        let kept = state.view.kept(ExecutionNumber(route.number));
        match kept.and_then(|kept| kept.tasks.get(&route.task)) {
            // Whoever was overtaken knows an earlier time.
            Some(Closed::Open) if state.overtaken.is_empty() => {
                Err(format!("{} is told to be of no use, and its task is open", self.token))
            }
            _ => Ok(()),
        }
    }

    fn is_gone(&self) -> bool {
        let number = TokenRoute::parse(&self.token).map(|route| ExecutionNumber(route.number));
        number.is_some_and(|number| self.sim.state().view.gone.contains_key(&number))
    }

    /// The answer is durable.
    fn is_told(&self) -> Result<(), String> {
        let route = TokenRoute::parse(&self.token).ok_or("a token has a route")?;
        let state = self.sim.state();
        let kept = state.view.kept(ExecutionNumber(route.number));
        match kept.and_then(|kept| kept.tasks.get(&route.task)) {
            Some(Closed::Told) => Ok(()),
            closed => Err(format!("the answer to {} is acknowledged, and the task is {closed:?}", self.token)),
        }
    }
}
