//! The same machine for functions or for activities: only how a Task names its step differs.

use std::borrow::Cow;

use super::resource::{self, CallKind};
use super::{Branch, State, StateMachine, Task};
use indexmap::IndexMap;
use serde_json::json;

/// What runs the steps where the definition is deployed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Target {
    /// AWS Lambda functions; callbacks through `lambda:invoke.waitForTaskToken`.
    #[default]
    Lambda,
    /// Activity workers; an activity's own token is the token.
    Activity,
}

/// The machine for this target, from the machine for Lambda functions, which every definition is.
pub fn for_target(machine: &StateMachine, target: Target) -> Cow<'_, StateMachine> {
    match target {
        Target::Lambda => Cow::Borrowed(machine),
        Target::Activity => {
            let mut machine = machine.clone();
            states_to_activities(&mut machine.states);
            Cow::Owned(machine)
        }
    }
}

fn states_to_activities(states: &mut IndexMap<String, State>) {
    for state in states.values_mut() {
        match state {
            State::Task(task) => task_to_activity(task),
            State::Parallel(parallel) => parallel.branches.iter_mut().for_each(branch_to_activities),
            State::Map(map) => branch_to_activities(&mut map.item_processor),
            _ => {}
        }
    }
}

fn branch_to_activities(branch: &mut Branch) {
    states_to_activities(&mut branch.states);
}

fn task_to_activity(task: &mut Task) {
    // A function that is named by its ARN is somebody else's, and stays.
    let Some(call) = resource::parse_own(&task.resource, task.arguments.as_ref()) else { return };
    let (function, kind) = (call.function.to_owned(), call.kind);
    match kind {
        CallKind::Activity => return,
        CallKind::Function => {}
        CallKind::Callback => task.arguments = Some(call.payload.cloned().unwrap_or_else(|| json!({}))),
    }
    task.resource = resource::activity_placeholder(&function);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn machine() -> Value {
        json!({
            "QueryLanguage": "JSONata",
            "StartAt": "Both",
            "States": {
                "Both": {
                    "Type": "Parallel",
                    "Branches": [{
                        "StartAt": "Ship",
                        "States": { "Ship": {
                            "Type": "Task", "Resource": "${ShipFunctionArn}", "Arguments": "{% $order %}", "End": true
                        } }
                    }],
                    "Next": "Approve"
                },
                "Approve": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                    "Arguments": {
                        "FunctionName": "${ApproveFunctionArn}",
                        "Payload": { "token": "{% $states.context.Task.Token %}", "order": "{% $order %}" }
                    },
                    "TimeoutSeconds": 60,
                    "Next": "Queue"
                },
                "Queue": { "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Arguments": {}, "End": true }
            }
        })
    }

    #[test]
    fn activities_differ_in_resource_and_envelope_only() {
        let machine = machine();
        let mut expected = machine.clone();
        expected["States"]["Both"]["Branches"][0]["States"]["Ship"]["Resource"] = json!("${ShipActivityArn}");
        expected["States"]["Approve"]["Resource"] = json!("${ApproveActivityArn}");
        expected["States"]["Approve"]["Arguments"] = machine["States"]["Approve"]["Arguments"]["Payload"].clone();

        let lambda: StateMachine = serde_json::from_value(machine).expect("a machine");
        let activity = for_target(&lambda, Target::Activity);
        assert_eq!(serde_json::to_value(&*activity).expect("JSON"), expected);
        assert_eq!(*for_target(&lambda, Target::Lambda), lambda);
    }

    #[test]
    fn a_callback_without_a_payload_sends_an_empty_one_as_lambda_does() {
        let mut task = Task {
            resource: resource::CALLBACK_RESOURCE.to_owned(),
            arguments: Some(json!({ "FunctionName": "${ApproveFunctionArn}" })),
            ..Task::default()
        };
        task_to_activity(&mut task);
        assert_eq!((task.resource.as_str(), task.arguments), ("${ApproveActivityArn}", Some(json!({}))));
    }
}
