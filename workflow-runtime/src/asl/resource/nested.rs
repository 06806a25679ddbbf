//! Tasks that start an execution of another state machine.
//!
//! The machine is left open as a substitution, `${ShipFlowStateMachineArn}`, as functions are.

use serde_json::{Map, Value};

use super::{arn_parts, function_key, placeholder};

/// The `Resource` of a Task that starts an execution and goes on.
pub const START_EXECUTION: &str = "arn:aws:states:::states:startExecution";
/// The `Resource` of a Task that starts an execution and waits for its end; the result's `Output` is JSON, not text.
pub const START_EXECUTION_SYNC: &str = "arn:aws:states:::states:startExecution.sync:2";

const STATE_MACHINE_SUFFIX: &str = "StateMachineArn";

/// A Task's call of another workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecutionCall<'a> {
    /// The state machine as the substitution names it; equal to [`function_key`] of the workflow's name.
    pub workflow: &'a str,
    /// Whether the Task waits for the execution's end.
    pub waits: bool,
    /// The execution's input; AWS takes `{}` where there is none.
    pub input: Option<&'a Value>,
}

/// `${ShipFlowStateMachineArn}`
pub fn state_machine_placeholder(workflow: &str) -> String {
    format!("${{{}{STATE_MACHINE_SUFFIX}}}", function_key(workflow))
}

/// The `Arguments` that start an execution.
pub fn execution_arguments(workflow: &str, input: Value) -> Value {
    let mut arguments = Map::new();
    arguments.insert("StateMachineArn".to_owned(), state_machine_placeholder(workflow).into());
    arguments.insert("Input".to_owned(), input);
    Value::Object(arguments)
}

/// Reads a Task's `Resource` and `Arguments`, as written or as evaluated: which workflow is started with what. `None`
/// where something else is called.
pub fn parse_execution<'a>(resource: &str, arguments: Option<&'a Value>) -> Option<ExecutionCall<'a>> {
    let waits = match resource {
        START_EXECUTION => false,
        START_EXECUTION_SYNC => true,
        _ => return None,
    };
    let arguments = arguments?.as_object()?;
    let workflow = machine_of(arguments.get("StateMachineArn")?.as_str()?)?;
    Some(ExecutionCall { workflow, waits, input: arguments.get("Input") })
}

fn machine_of(text: &str) -> Option<&str> {
    if let Some(workflow) = placeholder(text, STATE_MACHINE_SUFFIX) {
        return Some(workflow);
    }
    // arn:aws:states:REGION:ACCOUNT:stateMachine:NAME[:VERSION]
    let mut parts = arn_parts(text, "states")?;
    (parts.next()? == "stateMachine").then(|| parts.next())?.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn executions_are_started_by_placeholder_and_by_arn() {
        let arguments = execution_arguments("Ship-flow", json!({ "id": 1 }));
        assert_eq!(arguments["StateMachineArn"], "${ShipFlowStateMachineArn}");
        let call = parse_execution(START_EXECUTION_SYNC, Some(&arguments)).expect("a call");
        assert_eq!((call.workflow, call.waits, call.input), ("ShipFlow", true, Some(&json!({ "id": 1 }))));
        let by_arn = json!({ "StateMachineArn": "arn:aws:states:eu-west-1:1234:stateMachine:Ship:3" });
        let call = parse_execution(START_EXECUTION, Some(&by_arn)).expect("a call");
        assert_eq!((call.workflow, call.waits, call.input), ("Ship", false, None));
        for other in ["arn:aws:states:::states:startExecution.sync", "arn:aws:states:::sqs:sendMessage"] {
            assert_eq!(parse_execution(other, Some(&arguments)), None, "{other}");
        }
        assert_eq!(parse_execution(START_EXECUTION, Some(&json!({ "StateMachineArn": "{% $arn %}" }))), None);
    }
}
