//! Workflows as Rust code: checked by the compiler, run locally on a durable embedded engine, exported as equivalent
//! Amazon States Language.
//!
//! A newcomer's path through the source: [`asl::StateMachine`] → [`engine::Input`] → [`runtime`] → [`store::Store`].

// Lets the macros' output name this crate inside itself (tests, doctests).
#[allow(unused_extern_crates)]
extern crate self as workflow_runtime;

#[doc(hidden)]
pub mod __private;
pub mod asl;
#[cfg(feature = "cli")]
pub mod cli;
pub mod control;
pub mod engine;
pub mod expr;
pub mod history;
pub mod json;
pub mod lower;
pub mod payload;
pub mod prelude;
pub mod runtime;
pub mod step;
pub mod store;
pub mod time;
pub mod workflow;

pub use step::{Callback, Data, ErrorOutput, Failure, Result, StepContext, StepError, TaskToken, WorkflowError};
pub use workflow::{Definition, DefinitionError, Workflow};
