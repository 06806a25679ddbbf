//! What a workflow's source file needs: `use workflow_runtime::prelude::*;`

pub use crate::step::Failure::{self, Failed, HeartbeatTimedOut, Other, TimedOut};
pub use crate::step::{Callback, Data, Result, StepContext, TaskToken, WorkflowError};
pub use crate::workflow::Workflow;
pub use crate::{Payload, StepError};
pub use serde::{Deserialize, Serialize};
pub use workflow_macros::step;
