//! The tokio driver: it decides, commits and only then acts.
//!
//! Every live execution is a task of its own ([`actor`]) that owns its [`Execution`](crate::engine::Execution). One turn
//! of it: an input comes (a step has ended, a timer is due, somebody has a letter for it) → [`engine::step`] says what is
//! now a fact → the [`committer`] makes that durable, together with what other executions have → effects are dispatched.
//! Recovery folds the records that it finds and goes on from there.
//!
//! All time is tokio's, read in [`clock`] alone, so that tests may turn it.
//!
//! [`engine::step`]: crate::engine::step
#![cfg_attr(doc, allow(rustdoc::private_intra_doc_links))]

mod actor;
mod answers;
mod attempt;
mod blobs;
mod builder;
mod clock;
mod committer;
mod core;
pub(crate) mod describe;
mod error;
mod finish;
#[cfg(all(test, feature = "sled"))]
mod golden;
mod handle;
mod host;
mod mailbox;
mod map_run;
mod masking;
mod nested;
mod recover;
mod registry;
mod retention;
mod seam;
mod serve;
mod stand_in;
mod start;
mod sync;
mod target;
#[cfg(feature = "testing")]
mod testing;
mod timers;

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use self::core::Core;
use self::mailbox::{Answer, End, Letter};
use self::start::Started;
use self::target::Target;
use crate::control::{ClientError, ExecutionSummary};
use crate::engine::{ExecutionStatus, TokenRoute};
use crate::nested::ExpressWorkflow;
use crate::step::{ErrorOutput, StepError, TaskToken};
use crate::store::{ExecutionHead, ExecutionNumber, ListQuery, StoreError};
use crate::workflow::Workflow;

pub use blobs::BlobCollection;
pub use builder::RuntimeBuilder;
#[cfg(any(feature = "cli", feature = "testing"))]
pub(crate) use clock::Clock;
pub use error::{ExecutionError, Need, NoStandIn, StartError, Unfinishable};
pub use handle::ExecutionHandle;
#[cfg(feature = "testing")]
pub(crate) use seam::{Reply, Unstored};
#[cfg(any(feature = "testing", all(test, feature = "cli")))]
pub(crate) use seam::{Seams, Stage};
pub use sync::SyncExecution;

/// Runs workflows on a store. Cheap to clone; all clones are the same runtime.
///
/// Dropping the last clone ends every execution's task at once, as a crash would: what is durable goes on at the next
/// start. [`shutdown`](Self::shutdown) lets running steps end before.
#[derive(Clone, Debug)]
pub struct Runtime {
    guard: Arc<Guard>,
}

/// Ends the executions' tasks with the last [`Runtime`].
#[derive(Debug)]
struct Guard {
    core: Arc<Core>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.core.abort_everybody();
    }
}

impl Runtime {
    /// What a runtime is made of.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder::new()
    }

    fn core(&self) -> &Arc<Core> {
        &self.guard.core
    }

    /// Starts an execution and returns once that is durable. The name is unique within the workflow, for as long
    /// as the store keeps the execution: an
    /// execution that is running under it with the same input is found again. Of an Express workflow nothing is durable, and
    /// names need not be unique.
    ///
    /// # Errors
    /// `ExecutionAlreadyExists` for another input or an execution that has ended, `InvalidName`,
    /// `InvalidExecutionInput`, `StateMachineDoesNotExist`, `StoreFailure`, `RuntimeShutDown`.
    ///
    /// # Cancel safety
    /// When dropped, the execution may or may not have been started; asking again under the same name finds out.
    pub async fn start<W: Workflow>(
        &self,
        name: impl AsRef<str>,
        input: W::Input,
    ) -> Result<ExecutionHandle<W>, ClientError> {
        self.start_as::<W>(Some(name.as_ref()), &input).await
    }

    /// Starts an execution under a generated name, a version 4 UUID.
    ///
    /// # Errors
    /// As [`start`](Self::start), but names are no concern.
    pub async fn start_unnamed<W: Workflow>(&self, input: W::Input) -> Result<ExecutionHandle<W>, ClientError> {
        self.start_as::<W>(None, &input).await
    }

    /// Runs an Express execution while one waits: `runtime.start_sync::<QuoteFlow>(request).await?` is its output.
    #[expect(clippy::needless_pass_by_value, reason = "as every other start takes it")]
    pub fn start_sync<W: ExpressWorkflow>(&self, input: W::Input) -> SyncExecution<W> {
        SyncExecution::new(self, json(&input))
    }

    async fn start_as<W: Workflow>(
        &self,
        name: Option<&str>,
        input: &W::Input,
    ) -> Result<ExecutionHandle<W>, ClientError> {
        let input = json(input).map_err(|why| ClientError::new("InvalidExecutionInput", why))?;
        match self.core().start(W::NAME, name, input).await? {
            Started::New(target) | Started::Running(target) => Ok(ExecutionHandle::new(self, target)),
            Started::Ended(target) => Err(answers::already_ended(&target.name)),
        }
    }

    /// The execution of this name, running or ended.
    ///
    /// # Errors
    /// `ExecutionDoesNotExist`, `StoreFailure`.
    pub async fn execution<W: Workflow>(&self, name: impl AsRef<str>) -> Result<ExecutionHandle<W>, ClientError> {
        let target = self.find(Some(W::NAME), name.as_ref()).await?;
        Ok(ExecutionHandle::new(self, target))
    }

    /// Executions, newest first.
    ///
    /// # Errors
    /// `StoreFailure`.
    pub async fn list(&self, query: ListQuery) -> Result<Vec<ExecutionSummary>, ClientError> {
        let core = self.core();
        let heads = core.read(move |store| store.list(&query)).await?;
        let summary = |head: ExecutionHead| {
            let parked = core.unfinishable(head.number).filter(|_| head.status == ExecutionStatus::Running);
            ExecutionSummary { parked: parked.map(|it| it.reason()), ..describe::summary(head) }
        };
        Ok(heads.into_iter().map(summary).collect())
    }

    /// Answers a parked task.
    ///
    /// # Errors
    /// `InvalidOutput` where the answer is no output of the step, `InvalidToken`, `TaskTimedOut` where the task has ended
    /// before, `StoreFailure`.
    pub async fn send_task_success(&self, token: &TaskToken, output: &impl Serialize) -> Result<(), ClientError> {
        let output = json(output).map_err(|why| ClientError::new("InvalidOutput", why))?;
        self.answer(token, Answer::Success(output)).await
    }

    /// Fails a parked task with an error that its step declares.
    ///
    /// # Errors
    /// `InvalidToken`, `TaskTimedOut`, `ValidationException` for more than 32,768 characters of cause, `StoreFailure`.
    pub async fn send_task_failure<E: StepError>(&self, token: &TaskToken, error: &E) -> Result<(), ClientError> {
        self.send_task_failure_output(token, ErrorOutput::from_error(error)).await
    }

    /// Fails a parked task with this error and cause.
    ///
    /// # Errors
    /// As [`send_task_failure`](Self::send_task_failure).
    pub async fn send_task_failure_output(&self, token: &TaskToken, error: ErrorOutput) -> Result<(), ClientError> {
        self.answer(token, Answer::Failure(error)).await
    }

    /// A sign of life of a parked task: its heartbeat clock starts again.
    ///
    /// # Errors
    /// `InvalidToken`, `TaskTimedOut`, `StoreFailure`.
    pub async fn send_task_heartbeat(&self, token: &TaskToken) -> Result<(), ClientError> {
        self.answer(token, Answer::Heartbeat).await
    }

    async fn answer(&self, token: &TaskToken, answer: Answer) -> Result<(), ClientError> {
        if let Answer::Failure(error) = &answer {
            answers::check_error(error)?;
        }
        let core = self.core();
        let number = TokenRoute::parse(token.as_str()).map(|route| ExecutionNumber(route.number));
        let number = number.filter(|&number| core.knows_number(number)).ok_or_else(answers::invalid_token)?;
        let Some(live) = core.live_by_number(number) else {
            // Where the runtime is going, it may have left and wait for its answer all the same.
            return Err(core.leaving().unwrap_or_else(answers::task_timed_out));
        };
        match live.ask(|reply| Letter::Answer { token: token.clone(), answer, reply }).await {
            Ok(answer) => answer,
            Err(End::Ended(_)) => Err(answers::task_timed_out()),
            Err(end) => Err(answers::left(end, &live.name)),
        }
    }

    /// The execution of this name, of this workflow or of the only one that has it.
    pub(crate) async fn find(&self, workflow: Option<&str>, name: &str) -> Result<Target, ClientError> {
        let core = self.core();
        let mut found: Vec<Target> = match workflow {
            Some(workflow) => core.live(workflow, name).into_iter().map(Target::live).collect(),
            None => core.live_named(name).into_iter().map(Target::live).collect(),
        };
        if found.is_empty() || workflow.is_none() {
            let workflows: Vec<String> = match workflow {
                Some(workflow) => vec![workflow.to_owned()],
                None => core.registry.iter().map(|(name, _)| name.to_string()).collect(),
            };
            let wanted = name.to_owned();
            let heads = core.read(move |store| {
                let heads: Result<Vec<_>, _> = workflows.iter().map(|workflow| store.find(workflow, &wanted)).collect();
                Ok(heads?.into_iter().flatten().collect::<Vec<_>>())
            });
            for head in heads.await? {
                if found.iter().all(|target| target.number != head.number) {
                    found.push(Target::stored(&head));
                }
            }
        }
        match found.len() {
            0 => Err(answers::does_not_exist(name)),
            1 => Ok(found.remove(0)),
            _ => {
                let workflows: Vec<_> = found.iter().map(|target| format!("`{}`", target.workflow)).collect();
                let message = format!(
                    "several workflows have an execution `{name}`: {}; name the workflow",
                    workflows.join(", ")
                );
                Err(ClientError::new("ExecutionNotUnique", message))
            }
        }
    }

    /// Forgets executions that ended longer ago than this, and says how many: once, where
    /// [`RuntimeBuilder::retention`] does it again and again.
    ///
    /// # Errors
    /// `StoreFailure`.
    pub async fn prune(&self, older_than: std::time::Duration) -> Result<u64, ClientError> {
        self.core().prune(older_than, false).await
    }

    /// How many executions are live: running, waiting or parked.
    pub fn live_executions(&self) -> usize {
        self.core().live_count()
    }

    /// Why no execution makes progress any more, if that is so: the store failed. What was acknowledged is durable; start
    /// a new runtime once the cause is gone.
    pub fn failure(&self) -> Option<Arc<StoreError>> {
        self.core().committer.failure().cloned()
    }

    /// Ends well: no step starts any more, running ones get their grace, everything durable stays and goes on at the next
    /// start. Whoever waits for a result is told so.
    pub async fn shutdown(&self) {
        self.core().shut_down().await;
    }
}

fn json(value: &impl Serialize) -> Result<Arc<Value>, String> {
    serde_json::to_value(value).map(Arc::new).map_err(|error| format!("it has no JSON: {error}"))
}
