//! What an execution is doing, in the words of [`control`](crate::control).

use super::actor::Actor;
use super::core::Core;
use super::mailbox::{End, Live};
use super::registry::Program;
use super::target::hex;
use crate::control::{ExecutionDescription, ExecutionSummary, WaitingFor};
use crate::engine::{Execution, ExecutionStatus, Waiting};
use crate::nested::WorkflowKind;
use crate::store::ExecutionHead;

impl Actor {
    pub(super) fn describe(&self) -> ExecutionDescription {
        let mut description = description(&self.program, &self.execution);
        description.summary.parked = self.core.unfinishable(self.live.number).map(|it| it.reason());
        description
    }
}

/// What an execution is doing.
pub(crate) fn description(program: &Program, execution: &Execution) -> ExecutionDescription {
    let identity = execution.identity();
    let summary = ExecutionSummary {
        workflow: identity.workflow.to_string(),
        name: identity.execution.to_string(),
        status: execution.status().unwrap_or(ExecutionStatus::Running),
        start_date: execution.started_at().unwrap_or_default().to_rfc3339(),
        stop_date: execution.stopped_at().map(crate::time::Timestamp::to_rfc3339),
        parked: None,
    };
    ExecutionDescription {
        summary,
        kind: program.kind,
        input: (**execution.input()).clone(),
        output: execution.output().map(|output| (**output).clone()),
        error: execution.error().cloned(),
        parent: execution.parent().map(|parent| parent.execution.clone()),
        redrive_count: execution.redrive_count(),
        definition: hex(program.hash),
        events: execution.event_count(),
        waiting_for: execution.waiting(&program.machine).into_iter().filter_map(waiting_for).collect(),
    }
}

/// An Express execution of which only its end is left.
pub(crate) fn express(core: &Core, live: &Live) -> ExecutionDescription {
    let progress = live.progress();
    let outcome = match &progress.end {
        Some(End::Ended(outcome)) => Some(outcome),
        _ => None,
    };
    let program = core.registry.get(&live.workflow).map(|registered| &registered.program);
    let summary = ExecutionSummary {
        workflow: live.workflow.to_string(),
        name: live.name.to_string(),
        status: outcome.map_or(ExecutionStatus::Running, |outcome| outcome.status),
        start_date: outcome.map(|outcome| outcome.started_at.to_rfc3339()).unwrap_or_default(),
        stop_date: outcome.map(|outcome| outcome.stopped_at.to_rfc3339()),
        parked: None,
    };
    ExecutionDescription {
        summary,
        kind: WorkflowKind::Express,
        input: (*live.input).clone(),
        output: outcome.and_then(|outcome| outcome.output.as_deref().cloned()),
        error: outcome.and_then(|outcome| outcome.error.clone()),
        parent: None,
        redrive_count: 0,
        definition: program.map(|program| hex(program.hash)).unwrap_or_default(),
        events: progress.events,
        waiting_for: Vec::new(),
    }
}

fn waiting_for(waiting: Waiting) -> Option<WaitingFor> {
    Some(match waiting {
        Waiting::Step { state, attempt, .. } => WaitingFor::Step { state: state.to_string(), attempt },
        Waiting::Answer { state, token, until, .. } => WaitingFor::Answer {
            state: state.to_string(),
            token: token.as_str().to_owned(),
            until: until.map(crate::time::Timestamp::to_rfc3339),
        },
        Waiting::Job { state, answer, until, .. } => WaitingFor::Execution {
            state: state.to_string(),
            execution: answer.get("ExecutionArn").and_then(|arn| arn.as_str()).unwrap_or_default().to_owned(),
            until: until.map(crate::time::Timestamp::to_rfc3339),
        },
        Waiting::Retry { state, until, retries } => {
            WaitingFor::Retry { state: state.to_string(), until: until.to_rfc3339(), retries }
        }
        Waiting::MapRun { state, mark } => {
            WaitingFor::MapRun { state: state.to_string(), ended: mark.children, failed: mark.failed_children }
        }
        Waiting::Time { state, until } => WaitingFor::Time { state: state.to_string(), until: until.to_rfc3339() },
        #[expect(unreachable_patterns, reason = "the engine may learn to wait for more")]
        _ => return None,
    })
}

/// A head as a list shows it.
pub(crate) fn summary(head: ExecutionHead) -> ExecutionSummary {
    ExecutionSummary {
        workflow: head.workflow,
        name: head.name,
        status: head.status,
        start_date: head.started_at.to_rfc3339(),
        stop_date: head.stopped_at.map(crate::time::Timestamp::to_rfc3339),
        parked: None,
    }
}

/// AWS's word for a status.
pub(crate) fn word(status: Option<ExecutionStatus>) -> &'static str {
    match status {
        None | Some(ExecutionStatus::Running) => "RUNNING",
        Some(ExecutionStatus::Succeeded) => "SUCCEEDED",
        Some(ExecutionStatus::Failed) => "FAILED",
        Some(ExecutionStatus::TimedOut) => "TIMED_OUT",
        Some(ExecutionStatus::Aborted) => "ABORTED",
    }
}
