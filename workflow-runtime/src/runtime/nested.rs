//! Executions that a task of another execution starts: begun once however often they are asked for, waited for, and stopped
//! when nobody waits for them any more.
//!
//! The child's name follows from the parent's attempt, so that a parent which was cut off between the child's start and its
//! own record of it finds the child that it has started.

use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};

use super::actor::Actor;
use super::core::Core;
use super::host;
use super::mailbox::{End, Letter, Live, Outcome};
use super::registry::{NestedTask, Program};
use super::start::{Begin, Started, check_input};
use super::target::Target;
use crate::control::ClientError;
use crate::engine::{
    ExecutionIdentity, ExecutionStatus, Input, Parent, TaskId, TaskRequest, Waiting, exceeds_data_limit,
};
use crate::step::{CAUSE_MAX, ErrorOutput};

/// The child executions of one execution that are being started or waited for.
#[derive(Default)]
pub(super) struct Children {
    open: Vec<Child>,
    /// Most executions have none.
    under_way: Option<FuturesUnordered<BoxFuture<'static, Moved>>>,
}

impl Children {
    fn push(&mut self, moving: BoxFuture<'static, Moved>) {
        self.under_way.get_or_insert_default().push(moving);
    }

    /// The next of them of which something is known.
    pub(super) fn poll_moved(&mut self, cx: &mut Context<'_>) -> Poll<Moved> {
        match self.under_way.as_mut().map(|under_way| under_way.poll_next_unpin(cx)) {
            Some(Poll::Ready(Some(moved))) => Poll::Ready(moved),
            Some(Poll::Ready(None) | Poll::Pending) | None => Poll::Pending,
        }
    }
}

/// A child execution.
#[derive(Clone, Debug)]
struct Child {
    task: TaskId,
    workflow: Arc<str>,
    name: Arc<str>,
    /// Whether the task waits for its end, so that it ends with the task.
    waits: bool,
}

/// What became of a child of the task.
pub(super) struct Moved {
    task: TaskId,
    /// Whether the task waits for its end.
    waits: bool,
    what: Move,
}

enum Move {
    /// Its start is durable.
    Started(Target),
    /// It has ended.
    Ended(Box<Ended>),
    /// It could not be started, or is not there any more.
    Failed(ErrorOutput),
    /// The runtime is going: the next one goes on.
    Left,
}

/// An execution that has ended, and its input.
pub(crate) struct Ended {
    pub(crate) target: Target,
    pub(crate) input: Arc<Value>,
    pub(crate) outcome: Arc<Outcome>,
}

/// A child to start.
#[derive(Clone)]
pub(crate) struct StartChild {
    pub(crate) program: Arc<Program>,
    pub(crate) name: Arc<str>,
    pub(crate) input: Arc<Value>,
    pub(crate) parent: Parent,
    /// Nobody has asked for it before.
    pub(crate) is_new: bool,
}

impl Core {
    /// Starts a child execution, or finds the one that was started before a crash.
    ///
    /// # Errors
    /// As AWS names them: `StepFunctions.ExecutionAlreadyExistsException` and the like.
    pub(crate) async fn start_child(self: &Arc<Self>, child: StartChild) -> Result<Target, ClientError> {
        // One that was started before must not be taken for one that has ended.
        self.until_recovered().await;
        let StartChild { program, name, input, parent, is_new } = child;
        #[cfg(all(test, feature = "cli"))]
        let is_new = is_new || crate::sim::broken::is_broken(crate::sim::broken::Broken::BeginsBlindly);
        let begin = Begin { program: &program, name: Some(&name), input: &input, parent: Some(&parent), is_new };
        Ok(match self.begin(begin).await? {
            Started::New(target) | Started::Running(target) | Started::Ended(target) => target,
        })
    }

    /// Waits for a child's end; `None` where the runtime goes before.
    pub(crate) async fn child_end(self: &Arc<Self>, target: Target) -> Result<Option<Ended>, ClientError> {
        use super::error::ExecutionError;
        let outcome = match target.outcome(self).await {
            Ok(outcome) => outcome,
            Err(ExecutionError::ShutDown { .. } | ExecutionError::Store { .. }) => return Ok(None),
            Err(ExecutionError::Client(error)) => return Err(error),
            Err(other) => return Err(ClientError::new("InternalError", other.to_string())),
        };
        let input = target.input(self).await?;
        Ok(Some(Ended { target, input, outcome }))
    }

    /// Stops a child that nobody waits for any more; also one that is only now being taken over.
    pub(crate) fn stop_child(self: &Arc<Self>, workflow: &Arc<str>, name: &Arc<str>, why: String) {
        let (workflow, name) = (Arc::clone(workflow), Arc::clone(name));
        self.once_recovered(move |core| core.live(&workflow, &name).into_iter().for_each(|live| stop(&live, &why)));
    }

    /// Stops every child whose name begins so.
    pub(crate) fn stop_children(self: &Arc<Self>, workflow: &Arc<str>, names: String, why: String) {
        let workflow = Arc::clone(workflow);
        self.once_recovered(move |core| {
            let all = core.everybody().into_iter();
            all.filter(|live| live.workflow == workflow && live.name.starts_with(&names))
                .for_each(|live| stop(&live, &why));
        });
    }

    /// At once, where everybody is alive that should be.
    fn once_recovered(self: &Arc<Self>, then: impl FnOnce(&Self) + Send + 'static) {
        if self.is_recovered() {
            then(self);
            return;
        }
        let core = Arc::clone(self);
        drop(host::spawn(async move {
            core.until_recovered().await;
            then(&core);
        }));
    }
}

fn stop(live: &Live, why: &str) {
    let (reply, _) = tokio::sync::oneshot::channel();
    let error = ErrorOutput { error: None, cause: Some(why.to_owned()) };
    // One that has left has ended.
    let _ = live.send(Letter::Stop { error, reply });
}

impl Actor {
    /// What was being started or waited for under the owner before.
    pub(super) fn find_children(&mut self) {
        for waiting in self.execution.waiting(&self.program.machine) {
            let (Waiting::Step { state, task, .. } | Waiting::Job { state, task, .. }) = waiting else { continue };
            if let Some(nested) = self.program.nested(&state) {
                let child = self.child(task, nested);
                self.children.open.push(child);
            }
        }
    }

    fn child(&self, task: TaskId, nested: &NestedTask) -> Child {
        let name = self.execution.child_name(task).into();
        Child { task, workflow: Arc::clone(&nested.workflow), name, waits: nested.waits }
    }

    fn open(&mut self, task: TaskId, nested: &NestedTask) -> Child {
        let child = self.child(task, nested);
        self.children.open.retain(|open| open.task != task);
        self.children.open.push(child.clone());
        child
    }

    /// Starts the child of a task; `again` where that may have happened before.
    pub(super) fn start_nested(&mut self, request: &TaskRequest, again: bool) {
        let Some(nested) = self.program.nested(&request.state).cloned() else { return };
        let child = self.open(request.task, &nested);
        let input = input_of(&request.arguments);
        let parent = Parent {
            execution: self.execution.identity().execution_arn(),
            number: self.live.number.0,
            task: request.task,
            waits: nested.waits,
        };
        let (core, task, waits) = (Arc::clone(&self.core), request.task, nested.waits);
        self.children.push(Box::pin(async move {
            let started = match input {
                Ok(input) => {
                    let input = Arc::new(input);
                    core.insist(|| start(&core, child.clone(), Arc::clone(&input), parent.clone(), !again)).await
                }
                Err(error) => Err(error),
            };
            let what = match started {
                Ok(target) => Move::Started(target),
                Err(error) if is_leaving(&error) => Move::Left,
                Err(error) => Move::Failed(start_error(&error)),
            };
            Moved { task, waits, what }
        }));
    }

    /// Waits again for a child that was submitted under the owner before.
    pub(super) fn await_nested(&mut self, request: &TaskRequest) {
        let Some(nested) = self.program.nested(&request.state).cloned() else { return };
        let child = self.open(request.task, &nested);
        let (core, task, waits) = (Arc::clone(&self.core), request.task, nested.waits);
        self.children.push(Box::pin(async move {
            core.until_recovered().await;
            let what = match core.insist(|| find(&core, &child)).await {
                Ok(target) => ended(&core, target).await,
                Err(error) if is_leaving(&error) => Move::Left,
                Err(error) => Move::Failed(start_error(&error)),
            };
            Moved { task, waits, what }
        }));
    }

    /// Whether the task is a child's, which is stopped.
    pub(super) fn cancel_nested(&mut self, task: TaskId) -> bool {
        let Some(at) = self.children.open.iter().position(|child| child.task == task) else { return false };
        let child = self.children.open.swap_remove(at);
        #[cfg(all(test, feature = "cli"))]
        if crate::sim::broken::is_broken(crate::sim::broken::Broken::KeepsNested) {
            return true;
        }
        if child.waits {
            self.core.stop_child(&child.workflow, &child.name, self.not_awaited());
        }
        true
    }

    fn not_awaited(&self) -> String {
        format!("execution `{}` of workflow `{}` does not wait for it any more", self.live.name, self.live.workflow)
    }

    pub(super) async fn on_child(&mut self, Moved { task, waits, what }: Moved) -> Result<(), End> {
        let Some(child) = self.children.open.iter().find(|child| child.task == task).cloned() else {
            // Cancelled while it was being started.
            if let Move::Started(target) = what
                && waits
            {
                self.core.stop_child(&target.workflow, &target.name, self.not_awaited());
            }
            return Ok(());
        };
        let input = match what {
            Move::Left => return Ok(()),
            Move::Started(target) if child.waits => {
                let output = Arc::new(self.submitted(&target));
                self.turn(Input::JobSubmitted { task, output }).await?;
                let core = Arc::clone(&self.core);
                self.children.push(Box::pin(async move {
                    let what = ended(&core, target).await;
                    Moved { task, waits, what }
                }));
                return Ok(());
            }
            Move::Started(target) => Input::TaskSucceeded { task, output: Arc::new(self.submitted(&target)) },
            Move::Ended(ended) => match result_of(&ended) {
                Ok(output) => Input::TaskSucceeded { task, output: Arc::new(output) },
                Err(error) => Input::TaskFailed { task, error },
            },
            Move::Failed(error) => Input::TaskFailed { task, error },
        };
        self.children.open.retain(|child| child.task != task);
        self.turn(input).await.map(drop)
    }

    /// What `StartExecution` answers.
    fn submitted(&self, target: &Target) -> Value {
        json!({ "ExecutionArn": arn(target), "StartDate": self.core.clock.now().as_millis() })
    }
}

/// The execution's input: `{}` where none is given; a text is the input's JSON text, as for AWS.
fn input_of(arguments: &Value) -> Result<Value, ClientError> {
    match arguments.get("Input") {
        None => Ok(json!({})),
        Some(Value::String(text)) => serde_json::from_str(text).map_err(|error| {
            let message = format!("Invalid State Machine Execution Input: '{error}'");
            ClientError::new("InvalidExecutionInput", message)
        }),
        Some(input) => Ok(input.clone()),
    }
}

async fn start(
    core: &Arc<Core>,
    child: Child,
    input: Arc<Value>,
    parent: Parent,
    is_new: bool,
) -> Result<Target, ClientError> {
    let registered = core.registry.get(&child.workflow).ok_or_else(|| {
        let message = format!("State Machine Does Not Exist: '{}'", child.workflow);
        ClientError::new("StateMachineDoesNotExist", message)
    })?;
    check_input(&registered.input, &input, registered.program.machine.data_limits())?;
    let program = Arc::clone(&registered.program);
    core.start_child(StartChild { program, name: child.name, input, parent, is_new }).await
}

async fn find(core: &Arc<Core>, child: &Child) -> Result<Target, ClientError> {
    if let Some(live) = core.live(&child.workflow, &child.name) {
        return Ok(Target::live(live));
    }
    let (workflow, name) = (Arc::clone(&child.workflow), Arc::clone(&child.name));
    let head = core.read(move |store| store.find(&workflow, &name)).await?;
    head.map(|head| Target::stored(&head)).ok_or_else(|| super::answers::does_not_exist(&child.name))
}

async fn ended(core: &Arc<Core>, target: Target) -> Move {
    match core.insist(|| core.child_end(target.clone())).await {
        Ok(Some(ended)) => Move::Ended(Box::new(ended)),
        Ok(None) => Move::Left,
        Err(error) if is_leaving(&error) => Move::Left,
        Err(error) => Move::Failed(start_error(&error)),
    }
}

/// Whether the runtime is going, so that the next one will find out.
fn is_leaving(error: &ClientError) -> bool {
    error.name == "RuntimeShutDown" || super::answers::is_store_error(error)
}

/// A refusal as a task's failure.
fn start_error(error: &ClientError) -> ErrorOutput {
    ErrorOutput { error: Some(format!("StepFunctions.{}Exception", error.name)), cause: Some(error.message.clone()) }
}

fn arn(target: &Target) -> String {
    identity(target).execution_arn()
}

fn identity(target: &Target) -> ExecutionIdentity {
    let identity = ExecutionIdentity::new(Arc::clone(&target.workflow), Arc::clone(&target.name), target.number.0);
    identity.of_run(target.run())
}

/// What `startExecution.sync:2` yields: the description of the execution, as a result or as the cause of a failure.
fn result_of(ended: &Ended) -> Result<Value, ErrorOutput> {
    let whole = description(ended, true);
    if ended.outcome.status == ExecutionStatus::Succeeded {
        // Input and output may be too much together where each of them is not.
        return Ok(if exceeds_data_limit(&whole) { description(ended, false) } else { whole });
    }
    let text = whole.to_string();
    let cause = if text.chars().count() > CAUSE_MAX { description(ended, false).to_string() } else { text };
    Err(ErrorOutput { error: Some("States.TaskFailed".to_owned()), cause: Some(cause) })
}

fn description(Ended { target, input, outcome }: &Ended, with_input: bool) -> Value {
    let identity = identity(target);
    let mut description = serde_json::Map::new();
    let mut put = |key: &str, value: Value| drop(description.insert(key.to_owned(), value));
    if outcome.status == ExecutionStatus::TimedOut {
        put("Error", "States.Timeout".into());
    }
    if let Some(error) = &outcome.error {
        for (key, text) in [("Cause", &error.cause), ("Error", &error.error)] {
            if let Some(text) = text {
                put(key, text.as_str().into());
            }
        }
    }
    put("ExecutionArn", identity.execution_arn().into());
    if with_input {
        put("Input", (**input).clone());
    }
    put("InputDetails", json!({ "Included": with_input }));
    put("Name", (*target.name).into());
    if let Some(output) = &outcome.output {
        put("Output", (**output).clone());
        put("OutputDetails", json!({ "Included": true }));
    }
    put("RedriveCount", 0.into());
    put("StartDate", outcome.started_at.as_millis().into());
    put("StateMachineArn", identity.state_machine_arn().into());
    put("Status", super::describe::word(Some(outcome.status)).into());
    put("StopDate", outcome.stopped_at.as_millis().into());
    Value::Object(description)
}
