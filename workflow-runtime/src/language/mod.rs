//! The words of workflow bodies that are no Rust of their own: [`sleep`], [`sleep_until`], [`context`], durations, and
//! functions whose work JSONata does.
//!
//! `workflow!` reads them and never runs them. The functions work in plain Rust, too, so that steps and tests may share them.

mod functions;
mod into_text;
mod sorted;
mod undo;

mod map;

use std::time::Duration;

pub use functions::{
    base64_decode, base64_encode, days, hash_md5, hash_sha1, hash_sha256, hash_sha384, hash_sha512, hours, millis,
    mins, new_uuid, parse_json, parse_time, random, secs, time_from_millis, to_json, url_decode,
};
#[doc(hidden)]
pub use into_text::IntoText;
pub use jiff::Timestamp;
#[doc(hidden)]
pub use map::{
    MapItems, Percentage, WholeNumber, batched, enumerated, map_items, percentage, retried, text, tolerated,
    whole_number, written,
};
pub use map::{try_map, try_map_distributed};
pub use sorted::Sorted;
pub use undo::{CompensationReport, UndoFailure, compensate};

use crate::payload::Payload;
use crate::step::{Failure, NoError, TaskToken};
use crate::workflow::Workflow;

/// Waits: `sleep(mins(5)).await`.
///
/// The Wait state counts whole seconds and costs nothing while it waits. The argument is written with [`secs`], [`mins`],
/// [`hours`] or [`days`], or is a [`Duration`] that was computed of them: `sleep(pause * 2)`. One that is no whole number of
/// seconds fails the Wait with `States.QueryEvaluationError`.
#[expect(non_camel_case_types, reason = "it is called like a function")]
#[derive(Debug)]
pub struct sleep {}

impl sleep {
    #[doc(hidden)]
    pub fn __sleep(_: Duration) {}
}

/// Waits until a point in time: `sleep_until(order.ship_at).await`, where `ship_at` is a [`Timestamp`].
#[expect(non_camel_case_types, reason = "it is called like a function")]
#[derive(Debug)]
pub struct sleep_until {}

impl sleep_until {
    #[doc(hidden)]
    pub fn __sleep(_: Timestamp) {}
}

/// Starts another workflow and goes on: `spawn(ship_flow(order)).await?` yields the ARN of the execution.
///
/// What becomes of that execution is not this one's concern: it is not stopped with it.
#[expect(non_camel_case_types, reason = "it is called like a function")]
#[derive(Debug)]
pub struct spawn {}

impl spawn {
    #[doc(hidden)]
    pub fn __started<W: Workflow, T, E>(_: Result<T, E>) -> Result<String, Failure<NoError>> {
        crate::step::never_run()
    }
}

/// What a workflow may know of its own execution: `context().execution_name`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WorkflowContext {
    /// `$states.context.Execution.Id`
    pub execution_id: String,
    /// `$states.context.Execution.Name`
    pub execution_name: String,
    /// `$states.context.Execution.StartTime`
    pub execution_start_time: Timestamp,
    /// `$states.context.Execution.RedriveCount`
    pub redrive_count: u64,
    /// `$states.context.StateMachine.Id`
    pub state_machine_id: String,
    /// `$states.context.StateMachine.Name`
    pub state_machine_name: String,
}

/// What a workflow may know of its own execution; only its fields can be taken: `context().execution_name`.
///
/// # Panics
/// Outside of a workflow's body.
pub fn context() -> WorkflowContext {
    unreachable!("`context()` only means something inside `workflow!`; a step takes a `StepContext`")
}

/// A value that stands in a workflow's body, for the checked copy.
#[doc(hidden)]
pub fn travelling<T: Payload>(value: T) -> T {
    value
}

/// The token of the attempt that a call begins, in the arguments of a step whose resource ends in `.waitForTaskToken`:
/// `request_approval(sqs::SendMessage { message_body: json!({ "token": task_token() }), .. }).await`.
///
/// # Panics
/// Outside of a workflow's body.
pub fn task_token() -> TaskToken {
    unreachable!("`task_token()` only means something inside `workflow!`; a step takes a `TaskToken`")
}

/// What JSONata written by hand yields, for the checked copy.
#[doc(hidden)]
pub fn handwritten<T: Payload>() -> T {
    crate::step::never_run()
}

/// The `Result` of a state written by hand, for the checked copy.
#[doc(hidden)]
pub fn raw_state<T: Payload>() -> std::result::Result<T, Failure<NoError>> {
    crate::step::never_run()
}

/// A value that is given to JSONata written by hand, for the checked copy.
#[doc(hidden)]
pub fn bound<T: ?Sized>(_: &T) {}

/// A copy of a variable, for the checked copy: values are copied from state to state.
#[doc(hidden)]
pub fn dup<T>(_: &T) -> (T,) {
    crate::step::never_run()
}

/// What `collect()` makes where it does not say what.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`collect()` makes a `Vec` where it does not say what else, and a `{Self}` is wanted [WF1395]",
    label = "name the collection: `collect::<{Self}>()`",
    note = "a state machine is made from the text alone: what Rust would infer is not seen there"
)]
pub trait Collected {}

impl<T> Collected for Vec<T> {}

/// What `collect()` makes, for the checked copy.
#[doc(hidden)]
pub fn collected<C: Collected>(made: C) -> C {
    made
}

/// A point in time that is `jiff`'s and no other crate's, for the checked copy.
#[doc(hidden)]
pub fn timestamp(at: Timestamp) -> Timestamp {
    at
}
