//! What a workflow's source file needs: `use workflow_runtime::prelude::*;`

pub use crate::language::{
    context, days, hours, mins, secs, sleep, sleep_until, spawn, task_token, try_map, try_map_distributed,
};
pub use crate::step::Failure::{self, Failed, HeartbeatTimedOut, Other, TimedOut};
pub use crate::step::{Callback, Data, Result, StepContext, TaskToken, WorkflowError};
pub use crate::{Payload, StepError, Workflow, jsonata, raw_state, workflow};
pub use serde::{Deserialize, Serialize};
pub use serde_json::json;
pub use workflow_macros::step;
