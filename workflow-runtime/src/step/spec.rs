//! A step as data.

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::{ErrorOutput, ErrorShape, StepContext};
use crate::nested::ChildWorkflow;
use crate::payload::Type;

/// Everything the definition needs to know of a step.
#[derive(Clone, Debug)]
pub struct StepSpec {
    /// The function behind it: `ValidateOrder`, or what `name = ".."` says.
    pub name: &'static str,
    /// Rust's name of the function: `validate_order`. A call's default state name is its `UpperCamelCase`.
    pub ident: &'static str,
    /// The function's doc comment: the state's `Comment`.
    pub doc: &'static str,
    /// The payload parameters in order. One is sent as that value, several as an object by parameter name.
    pub params: Vec<Param>,
    /// What a call yields.
    pub output: Type,
    /// The errors it may raise.
    pub error: ErrorShape,
    /// For a callback step: under which key the token travels in the payload, which is then always an object by name.
    pub token: Option<&'static str>,
    /// Whole seconds an attempt may take; 60 unless the step says otherwise.
    pub timeout_seconds: u64,
    /// Whole seconds between signs of life.
    pub heartbeat_seconds: Option<u64>,
    /// In the order written.
    pub retry: &'static [RetrySpec],
    /// `resource = ".."`: what AWS calls in the step's place; the function is its local stand-in.
    pub resource: Option<&'static str>,
    /// The workflow that is called as a step.
    pub child: Option<ChildCall>,
}

/// How a workflow is called.
#[derive(Clone, Copy, Debug)]
pub struct ChildCall {
    /// Which one.
    pub workflow: ChildWorkflow,
    /// Whether its end is waited for.
    pub waits: bool,
    /// Whether it says how it fails: `#[workflow(error = ..)]`.
    pub declares_errors: bool,
}

/// How long Step Functions waits for what a Task calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServicePattern {
    /// For the service's answer; the only one that Express workflows have.
    RequestResponse,
    /// `.sync`: for the end of the job.
    RunJob,
    /// `.waitForTaskToken`: for somebody with the token.
    WaitForTaskToken,
}

impl StepSpec {
    /// How long Step Functions waits for what the step's Task calls.
    #[expect(clippy::case_sensitive_file_extension_comparisons, reason = "no file: an ARN's end")]
    pub fn pattern(&self) -> ServicePattern {
        match self.resource {
            None if self.token.is_some() => ServicePattern::WaitForTaskToken,
            Some(resource) if resource.ends_with(".waitForTaskToken") => ServicePattern::WaitForTaskToken,
            Some(resource) if resource.ends_with(".sync") || resource.ends_with(".sync:2") => ServicePattern::RunJob,
            _ => ServicePattern::RequestResponse,
        }
    }
}

/// A payload parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Rust's name, and the key where several travel.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
}

/// One `retry(..)` option.
#[derive(Clone, Copy, Debug)]
pub struct RetrySpec {
    /// What is retried.
    pub on: &'static [RetryOn],
    /// `IntervalSeconds`.
    pub interval_seconds: Option<u64>,
    /// `MaxAttempts`: retries after the first attempt.
    pub max_attempts: Option<u64>,
    /// `BackoffRate`.
    pub backoff_rate: Option<f64>,
    /// `MaxDelaySeconds`.
    pub max_delay_seconds: Option<u64>,
    /// `JitterStrategy: FULL`.
    pub jitter: bool,
}

/// An error that a retrier matches.
#[derive(Clone, Copy)]
pub enum RetryOn {
    /// `OrderError::Unavailable`: one variant, by its Rust name.
    Variant(fn() -> ErrorShape, &'static str),
    /// `Failed`: every error that the step declares.
    Failed,
    /// `TimedOut`: `States.Timeout` (and `Sandbox.Timedout`).
    TimedOut,
    /// `HeartbeatTimedOut`: `States.HeartbeatTimeout`.
    HeartbeatTimedOut,
    /// `All`: `States.ALL`.
    All,
    /// A string literal: a foreign error name.
    Name(&'static str),
}

impl std::fmt::Debug for RetryOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Variant(_, variant) => f.debug_tuple("Variant").field(variant).finish(),
            Self::Failed => f.write_str("Failed"),
            Self::TimedOut => f.write_str("TimedOut"),
            Self::HeartbeatTimedOut => f.write_str("HeartbeatTimedOut"),
            Self::All => f.write_str("All"),
            Self::Name(name) => f.debug_tuple("Name").field(name).finish(),
        }
    }
}

/// What an attempt came to.
#[derive(Clone, Debug)]
pub enum StepReply {
    /// The step's result.
    Output(Value),
    /// A callback step has handed out its token; the answer comes later.
    Parked,
}

/// A step's erased call: reads the payload, finds its `Data`, runs the function, writes the result.
#[derive(Clone, Copy)]
pub struct StepHandler {
    /// The function behind it.
    pub name: &'static str,
    /// Everything the definition needs to know.
    pub spec: fn() -> StepSpec,
    /// Runs one attempt. `payload` is what the Task sends: one value, or an object by parameter name.
    pub call: fn(StepContext, std::sync::Arc<Value>) -> BoxFuture<'static, Result<StepReply, ErrorOutput>>,
    /// Names and type-ids of the `Data<T>` that it takes, so that start-up can say what is missing.
    pub data: fn() -> Vec<DataNeed>,
}

/// A `Data<T>` that a step takes.
#[derive(Clone, Copy, Debug)]
pub struct DataNeed {
    /// `T`.
    pub type_id: std::any::TypeId,
    /// `T` as Rust spells it.
    pub type_name: &'static str,
}

impl std::fmt::Debug for StepHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StepHandler").field("name", &self.name).finish_non_exhaustive()
    }
}
