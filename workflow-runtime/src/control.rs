//! What may be asked of whoever owns a store, from its own process or from another one over the local socket.
//!
//! One vocabulary for both: [`Runtime::handle`](crate::runtime::Runtime::handle) answers a [`Request`]; the command line
//! sends it there directly or through the socket.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::engine::{ExecutionStatus, Record};
use crate::history::HistoryEvent;
use crate::nested::WorkflowKind;
use crate::step::ErrorOutput;

/// A request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Request {
    /// Starts an execution, or finds the one of that name and input.
    Start {
        /// The workflow's name.
        workflow: String,
        /// The execution's name; generated when absent.
        name: Option<String>,
        /// Its input.
        input: Value,
    },
    /// Runs an Express execution to its end; answered with [`Response::Execution`].
    StartSync {
        /// The workflow's name.
        workflow: String,
        /// The execution's name; generated when absent. Need not be unique.
        name: Option<String>,
        /// Its input.
        input: Value,
    },
    /// What an execution is doing.
    Describe {
        /// Which one.
        execution: ExecutionRef,
    },
    /// Waits until it ended, then describes it.
    Wait {
        /// Which one.
        execution: ExecutionRef,
        /// Answer as soon as there are more history events than this, too; `None` waits for the end.
        events_seen: Option<u64>,
    },
    /// Its history.
    History {
        /// Which one.
        execution: ExecutionRef,
    },
    /// What its readable trail is made of.
    Trail {
        /// Which one.
        execution: ExecutionRef,
    },
    /// Executions, newest first.
    List {
        /// Of this workflow.
        workflow: Option<String>,
        /// In this status.
        status: Option<ExecutionStatus>,
        /// At most so many.
        limit: usize,
    },
    /// Stops an execution.
    Stop {
        /// Which one.
        execution: ExecutionRef,
        /// For people.
        error: ErrorOutput,
    },
    /// Starts it again from where it failed.
    Redrive {
        /// Which one.
        execution: ExecutionRef,
    },
    /// Answers a parked task.
    SendTaskSuccess {
        /// Its token.
        token: String,
        /// The answer.
        output: Value,
    },
    /// Fails a parked task.
    SendTaskFailure {
        /// Its token.
        token: String,
        /// Name and cause.
        error: ErrorOutput,
    },
    /// A sign of life.
    SendTaskHeartbeat {
        /// Its token.
        token: String,
    },
    /// Forgets executions that ended long ago.
    Prune {
        /// Those that ended longer ago than so many seconds.
        older_than_seconds: u64,
        /// Change nothing, but say what would be forgotten.
        dry_run: bool,
    },
}

/// An execution by name; the workflow may be left out where the name is unique.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ExecutionRef {
    /// The workflow's name.
    pub workflow: Option<String>,
    /// The execution's name.
    pub name: String,
}

/// An answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "response", content = "body", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Response {
    /// To `Start`: the execution, and whether it existed.
    Started {
        /// What it is doing.
        execution: Box<ExecutionDescription>,
        /// It was there before, with the same input.
        existed: bool,
    },
    /// To `Describe`, `Wait`, `Stop`, `Redrive`.
    Execution(Box<ExecutionDescription>),
    /// To `List`.
    Executions(Vec<ExecutionSummary>),
    /// To `History`.
    History(Vec<HistoryEvent>),
    /// To `Trail`.
    Trail(Box<TrailSource>),
    /// To `Prune`: how many are forgotten.
    Pruned {
        /// Executions.
        executions: u64,
    },
    /// To `SendTask..`.
    Done,
    /// What went wrong.
    Error(ClientError),
}

/// What an execution's readable trail is made of: whoever asked renders it with `history`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrailSource {
    /// What it is doing.
    pub execution: ExecutionDescription,
    /// The ASL text of the definition that it runs on.
    pub definition: String,
    /// Its facts so far.
    pub records: Vec<Record>,
}

/// An execution in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionSummary {
    /// The workflow's name.
    pub workflow: String,
    /// The execution's name.
    pub name: String,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// RFC 3339.
    pub start_date: String,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_date: Option<String>,
    /// Why it stays as it is although it is running: what this program lacks to finish it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<String>,
}

/// An execution in full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionDescription {
    /// As in a list.
    #[serde(flatten)]
    pub summary: ExecutionSummary,
    /// How it runs.
    #[serde(default)]
    pub kind: WorkflowKind,
    /// Its input.
    pub input: Value,
    /// Its output, once it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Why it failed.
    #[serde(flatten, deserialize_with = "some_error", skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorOutput>,
    /// The ARN of the execution that started it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// How often it was redriven.
    pub redrive_count: u32,
    /// Hex SHA-256 of its definition.
    pub definition: String,
    /// History events so far.
    pub events: u64,
    /// What it is doing or waiting for.
    pub waiting_for: Vec<WaitingFor>,
}

/// An error of which neither name nor cause is there is none.
fn some_error<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<ErrorOutput>, D::Error> {
    let error = ErrorOutput::deserialize(deserializer)?;
    Ok((error != ErrorOutput::default()).then_some(error))
}

/// Something that a running execution waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
#[non_exhaustive]
pub enum WaitingFor {
    /// A step is running.
    Step {
        /// The state's name.
        state: String,
        /// 1 for the first.
        attempt: u32,
    },
    /// Somebody's answer.
    Answer {
        /// The state's name.
        state: String,
        /// To be answered with.
        token: String,
        /// RFC 3339, where there is a timeout.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        until: Option<String>,
    },
    /// The end of another execution.
    Execution {
        /// The state's name.
        state: String,
        /// That execution's ARN, which ends in workflow and name.
        execution: String,
        /// RFC 3339, where there is a timeout.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        until: Option<String>,
    },
    /// A retry's delay.
    Retry {
        /// The state's name.
        state: String,
        /// RFC 3339.
        until: String,
        /// Retries so far, this one included.
        retries: u32,
    },
    /// The children of a distributed Map.
    MapRun {
        /// The state's name.
        state: String,
        /// How many have ended.
        ended: u64,
        /// How many of them have failed.
        failed: u64,
    },
    /// A Wait state.
    Time {
        /// The state's name.
        state: String,
        /// RFC 3339.
        until: String,
    },
}

/// Why a request was refused. Names are AWS's where AWS has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message} [{name}]")]
pub struct ClientError {
    /// `ExecutionAlreadyExists`, `ExecutionDoesNotExist`, `InvalidExecutionInput`, `TaskTimedOut`, `InvalidToken`, ..
    pub name: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl ClientError {
    /// A refusal of this name.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { name: name.into(), message: message.into() }
    }
}
