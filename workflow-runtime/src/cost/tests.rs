//! Machines by hand, and what they take.

use serde_json::{Value, json};

use super::{Assumptions, Cost, shortest_rounds};
use crate::asl::parse;
use crate::nested::WorkflowKind;
use crate::workflow::Definition;

fn cost(states: &Value) -> Cost {
    let start = states.as_object().and_then(|states| states.keys().next()).cloned().unwrap_or_default();
    let machine = json!({ "QueryLanguage": "JSONata", "StartAt": start, "States": states });
    let machine = parse(&machine.to_string()).expect("a machine");
    Cost::of_definition(&Definition::new("Machine", machine))
}

fn texts(cost: &Cost) -> [String; 4] {
    let Cost { good, worst, .. } = cost;
    [
        good.least.transitions.to_string(),
        good.most.transitions.to_string(),
        worst.transitions.to_string(),
        worst.events.to_string(),
    ]
}

#[test]
fn retries_count_where_they_are_needed() {
    let task = |next: Value| {
        let mut task = json!({
            "Type": "Task", "Resource": "${AFunctionArn}", "TimeoutSeconds": 10,
            "Retry": [
                { "ErrorEquals": ["A"], "MaxAttempts": 2, "IntervalSeconds": 3, "BackoffRate": 2 },
                { "ErrorEquals": ["Lambda.ServiceException"], "MaxAttempts": 4, "IntervalSeconds": 1, "BackoffRate": 1 },
            ],
        });
        task.as_object_mut().expect("an object").extend(next.as_object().expect("an object").clone());
        task
    };
    let cost = cost(&json!({
        "One": task(json!({ "Next": "Two", "Catch": [{ "ErrorEquals": ["A"], "Next": "Mend" }] })),
        "Two": task(json!({ "End": true })),
        "Mend": { "Type": "Pass", "Next": "Broken" },
        "Broken": { "Type": "Fail", "Error": "Sorry" },
    }));
    assert_eq!(texts(&cost), ["2", "2", "6", "24"]);
    assert_eq!(cost.outage.transitions.number(), Some(14));
    assert_eq!((cost.good.most.seconds.number(), cost.worst.seconds.number()), (Some(20), Some(2 * (30 + 3 + 6))));
    assert_eq!(cost.caught.len(), 1);
    let caught = &cost.caught[0];
    assert_eq!((caught.state.as_str(), caught.handler.as_str()), ("One", "Mend"));
    assert_eq!(
        (caught.figures.least.transitions.number(), caught.figures.most.transitions.number()),
        (Some(3), Some(5))
    );
}

#[test]
fn loops_in_loops_are_products() {
    let choice = |yes: &str, no: &str| json!({ "Type": "Choice", "Choices": [{ "Condition": "{% $x %}", "Next": yes }], "Default": no });
    let cost = cost(&json!({
        "Outer": choice("Inner", "Done"),
        "Inner": choice("Work", "Rest"),
        "Work": { "Type": "Pass", "Next": "Inner" },
        "Rest": { "Type": "Wait", "Seconds": "{% $n %}", "Next": "Outer" },
        "Done": { "Type": "Succeed" },
    }));
    let [least, most, worst, _] = texts(&cost);
    assert_eq!(least, "2");
    assert_eq!(most, "2 + 2 × rounds(Inner) × rounds(Outer) + 3 × rounds(Outer)");
    // It may fail in the middle of a round.
    assert_eq!(worst, "3 + 2 × rounds(Inner) + 2 × rounds(Inner) × rounds(Outer) + 3 × rounds(Outer)");
    assert_eq!(cost.worst.seconds.to_string(), "rounds(Outer) × seconds(Rest) + seconds(Rest)");
    assert_eq!(cost.unknowns().len(), 3);
    assert_eq!(cost.may_fill_history(), None);
    assert_eq!((cost.ways.len(), cost.more_ways), (1, 0));
    assert_eq!(cost.ways[0].states, ["Outer", "Done"]);
    assert_eq!(
        cost.ways[0].figures.most.transitions.to_string(),
        "2 + 2 × rounds(Inner) × rounds(Outer) + 3 × rounds(Outer)"
    );
}

#[test]
fn rounds_that_are_known_are_gone_at_the_least_too() {
    let choice = |yes: &str, no: &str| json!({ "Type": "Choice", "Choices": [{ "Condition": "{% $x %}", "Next": yes }], "Default": no });
    let task =
        |next: &str| json!({ "Type": "Task", "Resource": "${AFunctionArn}", "TimeoutSeconds": 10, "Next": next });
    let mut caught = task("Inner");
    caught["Catch"] = json!([{ "ErrorEquals": ["A"], "Next": "Outer" }]);
    let branch = json!({ "StartAt": "B", "States": { "B": { "Type": "Pass", "End": true } } });
    let machine = json!({
        "QueryLanguage": "JSONata", "StartAt": "Outer", "States": {
            "Outer": choice("Inner", "Open"),
            "Inner": choice("Work", "Outer"),
            "Work": caught,
            "Open": choice("All", "Done"),
            "All": {
                "Type": "Parallel", "Branches": [branch.clone(), branch], "Next": "Open",
                "Catch": [{ "ErrorEquals": ["A"], "Next": "Open2" }],
            },
            "Open2": { "Type": "Pass", "Next": "Open" },
            "Done": { "Type": "Succeed" },
        },
    });
    let machine = parse(&machine.to_string()).expect("a machine");
    let rounds = [("Outer".to_owned(), 3), ("Inner".to_owned(), 4)].into();
    let cost = Cost::of_machine("Machine", WorkflowKind::Standard, &machine, &rounds);
    // Three times the test, four rounds of two and the last test of them; then the last test, and what follows the loops.
    let [least, most, ..] = texts(&cost);
    assert_eq!((least.as_str(), most.as_str()), ("33", "33 + 4 × rounds(Open)"));
    assert_eq!(cost.ways[0].figures.least.transitions, cost.good.least.transitions);
    // A round of the outer loop may end with the first failure; the branches may fail at once.
    let shortest = shortest_rounds(&machine, &rounds);
    assert_eq!(
        shortest,
        [("Inner".to_owned(), 7), ("Open".to_owned(), 2 + 4 + 2), ("Outer".to_owned(), 2 + 2 + 5)].into()
    );
}

#[test]
fn branches_add_up_and_the_slowest_counts() {
    let pass = json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } });
    let wait = json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 7, "End": true } } });
    let cost = cost(&json!({
        "All": {
            "Type": "Parallel", "Branches": [pass, wait], "End": true,
            "Retry": [{ "ErrorEquals": ["A"], "MaxAttempts": 1, "IntervalSeconds": 2 }],
        },
    }));
    // Begun and ended, entered and exited; two branches of two events.
    assert_eq!(texts(&cost), ["3", "3", "6", "16"]);
    assert_eq!(cost.good.most.events.number(), Some(2 + 4 + 4));
    assert_eq!((cost.good.most.seconds.number(), cost.worst.seconds.number()), (Some(7), Some(7 + 7 + 2)));
}

#[test]
fn maps_count_their_items_and_distributed_ones_their_children() {
    let processor = |config: Value| {
        json!({
            "ProcessorConfig": config, "StartAt": "T",
            "States": { "T": { "Type": "Task", "Resource": "${TFunctionArn}", "TimeoutSeconds": 10, "End": true } },
        })
    };
    let inline = cost(&json!({
        "Each": { "Type": "Map", "Items": "{% $x %}", "MaxConcurrency": 5, "ItemProcessor": processor(json!({ "Mode": "INLINE" })), "End": true },
    }));
    assert_eq!(texts(&inline), ["1", "1 + items(Each)", "1 + items(Each)", "6 + 7 × items(Each)"]);
    assert_eq!(inline.worst.seconds.at(&Assumptions::new().with("Each", 11)), Some(30));
    let listed = cost(&json!({
        "Each": { "Type": "Map", "Items": [1, 2, 3], "ItemProcessor": processor(json!({ "Mode": "INLINE" })), "End": true },
    }));
    assert_eq!(texts(&listed), ["4", "4", "4", "27"]);
    let distributed = cost(&json!({
        "Each": {
            "Type": "Map", "Items": "{% $x %}", "ItemBatcher": { "MaxItemsPerBatch": 10 }, "End": true,
            "ItemProcessor": processor(json!({ "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" })),
        },
    }));
    assert_eq!(texts(&distributed), ["1", "1", "1", "8"]);
    assert_eq!(distributed.worst.nested_transitions.to_string(), "2 × items(Each)/10");
    assert_eq!(distributed.not_express.len(), 1);
    let express = cost(&json!({
        "Each": {
            "Type": "Map", "Items": "{% $x %}", "End": true,
            "ItemProcessor": processor(json!({ "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" })),
        },
    }));
    assert_eq!(express.worst.express_executions.to_string(), "items(Each)");
}

#[test]
fn what_has_no_bound_says_why() {
    let cost = cost(&json!({
        "Ask": { "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Arguments": {}, "End": true },
    }));
    assert!(cost.worst.seconds.is_unbounded());
    assert_eq!(cost.worst.seconds.reasons().collect::<Vec<_>>(), ["Ask has no timeout"]);
    assert_eq!(cost.worst.transitions.number(), Some(1));
    assert_eq!(cost.worst.events.number(), Some(8));
}
