//! One child of a map run: an execution in memory, or one of the store's.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::batch::Child;
use crate::control::ClientError;
use crate::engine::{Execution, ExecutionIdentity, ExecutionStatus, Input, Parent};
use crate::runtime::actor::{Actor, First};
use crate::runtime::answers::is_store_error;
use crate::runtime::blobs::Pins;
use crate::runtime::core::Core;
use crate::runtime::describe::word;
use crate::runtime::error::ExecutionError;
use crate::runtime::mailbox::{End, Live, Outcome};
use crate::runtime::nested::StartChild;
use crate::runtime::registry::Program;
use crate::runtime::target::Target;
use crate::step::ErrorOutput;
use crate::time::Timestamp;

/// What all children of a map run have in common.
pub(super) struct Family {
    pub(super) core: Arc<Core>,
    pub(super) program: Arc<Program>,
    /// Begins the children's names.
    pub(super) id: Arc<str>,
    pub(super) seed: u64,
    pub(super) pins: Arc<Pins>,
    pub(super) parent: Parent,
    /// Some may have been started before.
    pub(super) again: bool,
    /// Whose files results go to.
    pub(super) owner: u64,
}

/// How a child ended.
pub(super) struct Ended {
    pub(super) child: Child,
    pub(super) outcome: Arc<Outcome>,
}

/// A child's end, or why there is none.
pub(super) enum ChildEnd {
    Ended(Ended),
    /// The runtime is going: the next one goes on.
    Left,
}

impl Family {
    /// The child's own name.
    pub(super) fn name(&self, index: u64) -> Arc<str> {
        format!("{}-{index}", self.id).into()
    }

    pub(super) async fn run(self: Arc<Self>, child: Child) -> ChildEnd {
        let end = if self.program.kind.is_express() {
            self.run_express(&child).await
        } else {
            self.run_standard(&child).await
        };
        match end {
            Some(outcome) => ChildEnd::Ended(Ended { child, outcome }),
            None => ChildEnd::Left,
        }
    }

    /// Nothing of it is durable: whoever finds the map run unfinished runs it again.
    async fn run_express(&self, child: &Child) -> Option<Arc<Outcome>> {
        let program = &self.program;
        let (number, name) = (self.core.take_number(), self.name(child.index));
        let identity = ExecutionIdentity::new(Arc::clone(&program.workflow), Arc::clone(&name), number.0);
        let (workflow, input) = (Arc::clone(&program.workflow), Arc::clone(&child.input));
        let live = Live::child(number, workflow, name, input, Arc::clone(&self.pins));
        // The same child draws the same numbers, however often it is run.
        let seed = self.seed.wrapping_add(child.index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let actor = Actor::new(&self.core, live, Arc::clone(program), Execution::new(identity), seed);
        match actor.run_here(First::Input(Input::Start { input: Arc::clone(&child.input), seed })).await {
            End::Ended(outcome) => Some(outcome),
            End::Refused(error) => Some(self.failed(&refusal(&error))),
            End::ShutDown | End::StoreFailed(_) => None,
        }
    }

    async fn run_standard(&self, child: &Child) -> Option<Arc<Outcome>> {
        let start = StartChild {
            program: Arc::clone(&self.program),
            name: self.name(child.index),
            input: Arc::clone(&child.input),
            parent: self.parent.clone(),
            is_new: !self.again,
        };
        let ended = match self.core.insist(|| self.core.start_child(start.clone())).await {
            Ok(target) => self.core.insist(|| outcome(&self.core, &target)).await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(Ok(outcome)) => Some(outcome),
            Ok(Err(ExecutionError::ShutDown { .. } | ExecutionError::Store { .. })) => None,
            Err(error) if error.name == "RuntimeShutDown" || is_store_error(&error) => None,
            Err(error) => Some(self.failed(&refusal(&error))),
            Ok(Err(other)) => {
                let cause = Some(other.to_string());
                Some(self.failed(&ErrorOutput { error: Some("States.Runtime".to_owned()), cause }))
            }
        }
    }

    /// A child that could not even be started.
    fn failed(&self, error: &ErrorOutput) -> Arc<Outcome> {
        let now = self.core.clock.now();
        Arc::new(Outcome {
            status: ExecutionStatus::Failed,
            started_at: now,
            stopped_at: now,
            output: None,
            error: Some(error.clone()),
        })
    }

    /// Nobody waits for the child any more.
    pub(super) fn stop(&self, index: u64) {
        if !self.program.kind.is_express() {
            let why = "the map run that it belongs to has ended".to_owned();
            self.core.stop_child(&self.program.workflow, &self.name(index), why);
        }
    }

    /// Nor for any that an owner before has started, however far it was.
    pub(super) fn stop_rest(&self) {
        #[cfg(all(test, feature = "cli"))]
        if crate::sim::broken::is_broken(crate::sim::broken::Broken::KeepsTheRest) {
            return;
        }
        if self.again && !self.program.kind.is_express() {
            let why = "the map run that it belongs to has ended".to_owned();
            self.core.stop_children(&self.program.workflow, format!("{}-", self.id), why);
        }
    }

    /// A child as a result file describes it.
    pub(super) fn description(&self, ended: &Ended) -> Value {
        let Ended { child, outcome } = ended;
        let name = self.name(child.index);
        let identity = ExecutionIdentity::new(Arc::clone(&self.program.workflow), Arc::clone(&name), 0);
        let mut about = Map::new();
        let mut put = |field: &str, value: Value| drop(about.insert(field.to_owned(), value));
        put("ExecutionArn", identity.execution_arn().into());
        put("Input", child.input.to_string().into());
        put("InputDetails", json!({ "Included": true }));
        put("Name", (*name).into());
        if let Some(output) = &outcome.output {
            put("Output", output.to_string().into());
            put("OutputDetails", json!({ "Included": true }));
        }
        if let Some((error, cause)) = error_of(outcome) {
            put("Error", error);
            put("Cause", cause);
        }
        put("RedriveCount", 0.into());
        put("RedriveStatus", "NOT_REDRIVABLE".into());
        put("StartDate", outcome.started_at.to_rfc3339().into());
        put("StateMachineArn", identity.state_machine_arn().into());
        put("Status", word(Some(outcome.status)).into());
        put("StopDate", Timestamp::to_rfc3339(outcome.stopped_at).into());
        Value::Object(about)
    }
}

/// What stands in the list of results for a child that failed where that is tolerated.
pub(super) fn tolerated(outcome: &Outcome) -> Value {
    let (error, cause) = error_of(outcome).unwrap_or_default();
    json!({ "Status": word(Some(outcome.status)), "Error": error, "Cause": cause })
}

fn error_of(outcome: &Outcome) -> Option<(Value, Value)> {
    if outcome.status == ExecutionStatus::Succeeded {
        return None;
    }
    let timed_out = (outcome.status == ExecutionStatus::TimedOut).then_some("States.Timeout");
    let (error, cause) = outcome.error.as_ref().map_or((None, None), |it| (it.error.as_deref(), it.cause.as_deref()));
    Some((error.or(timed_out).into(), cause.into()))
}

/// How the child has ended.
async fn outcome(core: &Arc<Core>, target: &Target) -> Result<Result<Arc<Outcome>, ExecutionError>, ClientError> {
    match target.outcome(core).await {
        Err(ExecutionError::Client(error)) => Err(error),
        ended => Ok(ended),
    }
}

fn refusal(error: &ClientError) -> ErrorOutput {
    let name = if error.name == "InvalidExecutionInput" { "States.DataLimitExceeded" } else { "States.Runtime" };
    ErrorOutput { error: Some(name.to_owned()), cause: Some(error.message.clone()) }
}
