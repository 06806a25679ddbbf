//! Variables: their names, and that every way into a state assigns what it reads.

use super::*;

#[test]
fn variables_have_names_and_are_assigned_before_they_are_read() {
    let long = "x".repeat(81);
    let too_long =
        format!("SCHEMA_VALIDATION_FAILED: Variable name is longer than 80 characters at /States/A/Assign/{long}");
    let assigned = |name: &str| pass(&json!({ "Assign": { name: 1 } }));
    check(&[
        (
            assigned("states"),
            &["SCHEMA_VALIDATION_FAILED: Variable name 'states' is reserved at /States/A/Assign/states"],
        ),
        (assigned("a.b"), &["SCHEMA_VALIDATION_FAILED: 'a.b' is not a valid variable name at /States/A/Assign/a.b"]),
        (assigned("1st"), &["SCHEMA_VALIDATION_FAILED: '1st' is not a valid variable name at /States/A/Assign/1st"]),
        (assigned(&long), &[too_long.as_str()]),
        (
            assigned("count"),
            &[
                "warning: SCHEMA_VALIDATION_FAILED: Variable 'count' hides the JSONata function '$count' at /States/A/Assign/count",
            ],
        ),
        (
            output("{% $order.id & $order.name %}"),
            &[
                "INVALID_JSONATA_EXPRESSION: Variable '$order' is not assigned on any path to this state at /States/A/Output",
            ],
        ),
        (
            output("{% $exists( $order.id ) ? $order.id : 'none' %}"),
            &[
                "warning: INVALID_JSONATA_EXPRESSION: Variable '$order' is not assigned on any path to this state at /States/A/Output",
            ],
        ),
        (
            output("{% $exists($orders) ? $order : 'none' %}"),
            &[
                "INVALID_JSONATA_EXPRESSION: Variable '$order' is not assigned on any path to this state at /States/A/Output",
                "warning: INVALID_JSONATA_EXPRESSION: Variable '$orders' is not assigned on any path to this state at /States/A/Output",
            ],
        ),
        (
            pass(&json!({ "Assign": { "a": 1 }, "Output": "{% $a %}" })),
            &[
                "INVALID_JSONATA_EXPRESSION: Variable '$a' is not assigned on any path to this state at /States/A/Output",
            ],
        ),
        (
            output("{% $coutn([1]) %}"),
            &[
                "INVALID_JSONATA_EXPRESSION: Variable '$coutn' is not assigned on any path to this state at /States/A/Output",
            ],
        ),
        (branch(&json!({ "B": { "Type": "Pass", "Output": "{% $x %}", "End": true } })), &[]),
        (
            branch(&json!({ "B": { "Type": "Pass", "Assign": { "x": 2 }, "End": true } })),
            &[
                "DUPLICATE_VARIABLE_NAME: Variable 'x' is assigned in the outer scope already at /States/P/Branches[0]/States/B/Assign/x",
            ],
        ),
        (branch(&json!({ "B": { "Type": "Pass", "Assign": { "late": 2 }, "End": true } })), &[]),
        (
            branch(&json!({ "B": { "Type": "Pass", "Output": "{% $late %}", "End": true } })),
            &[
                "INVALID_JSONATA_EXPRESSION: Variable '$late' is not assigned on any path to this state at /States/P/Branches[0]/States/B/Output",
            ],
        ),
    ]);
}

#[test]
fn every_way_into_a_state_counts() {
    let rule = json!({ "Condition": true, "Assign": { "a": 1 }, "Next": "Read" });
    let catch = json!([{ "ErrorEquals": ["E"], "Assign": { "c": 1 }, "Next": "Read" }]);
    check(&[
        (
            machine(&json!({
                "Ask": { "Type": "Choice", "Choices": [rule], "Default": "Call", "Assign": { "b": 1 } },
                "Call": { "Type": "Task", "Resource": "${CallFunctionArn}", "Catch": catch, "Next": "Ask" },
                "Read": { "Type": "Pass", "Output": "{% [$a, $b, $c] %}", "End": true }
            })),
            &[],
        ),
        (
            machine(&json!({
                "Call": { "Type": "Task", "Resource": "${CallFunctionArn}", "Catch": catch, "Next": "Done" },
                "Read": { "Type": "Fail", "Cause": "{% $c %}" },
                "Done": { "Type": "Succeed", "Output": "{% $c %}" }
            })),
            &[
                "INVALID_JSONATA_EXPRESSION: Variable '$c' is not assigned on any path to this state at /States/Done/Output",
            ],
        ),
    ]);
}

#[test]
fn iterations_of_a_distributed_map_see_no_outer_variables() {
    let with = |mode: &Value| {
        let states = json!({ "I": { "Type": "Pass", "Output": "{% $x %}", "End": true } });
        let processor = json!({ "ProcessorConfig": mode, "StartAt": "I", "States": states });
        machine(&json!({
            "A": { "Type": "Pass", "Assign": { "x": 1 }, "Next": "M" },
            "M": { "Type": "Map", "ItemProcessor": processor, "End": true }
        }))
    };
    check(&[
        (with(&json!({ "Mode": "INLINE" })), &[]),
        (
            with(&json!({ "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" })),
            &[
                "INVALID_JSONATA_EXPRESSION: Variable '$x' is not assigned on any path to this state at /States/M/ItemProcessor/States/I/Output",
            ],
        ),
    ]);
}
