//! What a workflow's source file needs: `use workflow_runtime::prelude::*;`

pub use crate::step::Failure::{self, Failed, HeartbeatTimedOut, Other, TimedOut};
pub use crate::step::{Callback, Data, Result, StepContext, TaskToken, WorkflowError};
