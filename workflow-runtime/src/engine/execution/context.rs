//! The context object.

use serde_json::{Map, Value};

use super::{Execution, Visit};
use crate::engine::ExecutionIdentity;
use crate::engine::machine::Node;
use crate::time::Timestamp;

impl Execution {
    /// `$states.context` in this state, without what only some of its fields see.
    pub(in crate::engine) fn context_of(&self, visit: &Visit, node: &Node) -> Value {
        let identity = self.identity();
        let mut about = Map::new();
        about.insert("Id".into(), identity.execution_arn().into());
        about.insert("Input".into(), Value::clone(self.input()));
        about.insert("Name".into(), identity.execution.as_ref().into());
        about.insert("RoleArn".into(), ExecutionIdentity::ROLE_ARN.into());
        about.insert("StartTime".into(), time(self.started_at().unwrap_or_default()));
        about.insert("RedriveCount".into(), self.redrive_count().into());
        if let Some(at) = self.redriven_at() {
            about.insert("RedriveTime".into(), time(at));
        }
        let mut machine = Map::new();
        machine.insert("Id".into(), identity.state_machine_arn().into());
        machine.insert("Name".into(), identity.workflow.as_ref().into());
        let mut state = Map::new();
        state.insert("Name".into(), node.name.as_ref().into());
        state.insert("EnteredTime".into(), time(visit.entered_at));
        if node.has_result() {
            state.insert("RetryCount".into(), visit.retries.into());
        }
        let mut context = Map::new();
        context.insert("Execution".into(), about.into());
        context.insert("StateMachine".into(), machine.into());
        context.insert("State".into(), state.into());
        context.into()
    }
}

fn time(at: Timestamp) -> Value {
    at.to_rfc3339().into()
}
