//! What a workflow's source file needs: `use workflow_runtime::prelude::*;`

pub use crate::language::{
    CompensationReport, Sorted, Timestamp, UndoFailure, base64_decode, base64_encode, compensate, context, days,
    hash_md5, hash_sha1, hash_sha256, hash_sha384, hash_sha512, hours, millis, mins, new_uuid, parse_json, parse_time,
    random, secs, sleep, sleep_until, spawn, task_token, time_from_millis, to_json, try_map, try_map_distributed,
    url_decode,
};
pub use crate::step::Failure::{self, Failed, HeartbeatTimedOut, Other, TimedOut};
pub use crate::step::{Callback, Data, Result, StepContext, TaskToken, WorkflowError};
pub use crate::{Payload, StepError, Workflow, jsonata, raw_state, workflow};
pub use serde::{Deserialize, Serialize};
pub use serde_json::json;
pub use workflow_macros::step;
