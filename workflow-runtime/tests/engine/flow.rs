//! Pass, Choice, Wait, Succeed, Fail, and what variables are seen where.

use expect_test::expect;
use serde_json::{Value, json};
use workflow_runtime::engine::{Machine, Waiting};

use crate::story::{Story, compile, definition, from_json};

#[test]
fn a_pass_hands_on_its_input_and_one_input_carries_to_the_end() {
    let story = Story::of(
        "A",
        json!({
            "A": { "Type": "Pass", "Next": "B" },
            "B": { "Type": "Pass", "Output": { "was": "{% $states.input %}" }, "Next": "C" },
            "C": { "Type": "Succeed" },
        }),
        json!({ "n": 1 }),
    );
    story.succeeded_with(&json!({ "was": { "n": 1 } }));
    expect![[r#"
        1 ExecutionStarted
        2 StateEntered A
        3 StateExited A
        4 StateEntered B
        5 StateExited B = {"was":{"n":1}}
        6 StateEntered C
        7 StateExited C
        8 ExecutionSucceeded
    "#]]
    .assert_eq(&story.trail());
    assert_eq!(story.effects, ["ended"]);
}

#[test]
fn assign_and_output_see_the_variables_as_they_were() {
    let story = Story::of(
        "A",
        json!({
            "A": { "Type": "Pass", "Assign": { "x": 1, "y": 2 }, "Next": "Swap" },
            "Swap": {
                "Type": "Pass",
                "Assign": { "x": "{% $y %}", "y": "{% $x %}" },
                "Output": "{% [$x, $y] %}",
                "Next": "End",
            },
            "End": { "Type": "Succeed", "Output": { "before": "{% $states.input %}", "after": "{% [$x, $y] %}" } },
        }),
        json!(null),
    );
    story.succeeded_with(&json!({ "before": [1, 2], "after": [2, 1] }));
}

#[test]
fn an_unknown_variable_fails_the_state_and_says_where() {
    let story =
        Story::of("A", json!({ "A": { "Type": "Pass", "Output": { "v": "{% $nobody %}" }, "End": true } }), json!({}));
    story.failed_with(
        "States.QueryEvaluationError",
        "An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression '$nobody' \
         specified for the field 'Output/v' returned nothing (undefined).",
    );
    expect![[r"
        1 ExecutionStarted
        2 StateEntered A
        3 EvaluationFailed A at Output/v
        4 ExecutionFailed States.QueryEvaluationError
    "]]
    .assert_eq(&story.trail());
}

fn choice(input: Value) -> Story {
    Story::of(
        "C",
        json!({
            "C": {
                "Type": "Choice",
                "Choices": [
                    { "Condition": "{% $states.input.n > 10 %}", "Next": "Big", "Output": "big" },
                    { "Condition": "{% $states.input.n > 5 %}", "Next": "Other", "Assign": { "seen": "rule" } },
                    { "Condition": "{% $states.input.missing %}", "Next": "Big" },
                ],
                "Default": "Other",
                "Assign": { "seen": "default" },
                "Output": "from default",
            },
            "Big": { "Type": "Succeed" },
            "Other": { "Type": "Succeed", "Output": "{% [$seen, $states.input] %}" },
        }),
        input,
    )
}

#[test]
fn the_first_true_rule_decides_and_later_ones_are_not_evaluated() {
    choice(json!({ "n": 11 })).succeeded_with(&json!("big"));
    // The rule's target is the default's too: still the rule's Assign and Output.
    choice(json!({ "n": 6 })).succeeded_with(&json!(["rule", { "n": 6 }]));
    choice(json!({ "n": 1, "missing": false })).succeeded_with(&json!(["default", "from default"]));
}

#[test]
fn a_condition_that_is_no_boolean_fails() {
    choice(json!({ "n": 1 })).failed_with(
        "States.QueryEvaluationError",
        "An error occurred while executing the state 'C' (entered at the event id #2). The JSONata expression \
         '$states.input.missing' specified for the field 'Choices[2]/Condition' returned nothing (undefined).",
    );
}

#[test]
fn a_choice_without_a_way_out_is_a_runtime_error() {
    let states = json!({
        "C": { "Type": "Choice", "Choices": [{ "Condition": false, "Next": "S" }] },
        "S": { "Type": "Succeed" },
    });
    Story::of("C", states, json!({})).failed_with(
        "States.Runtime",
        "An error occurred while executing the state 'C' (entered at the event id #2). Failed to transition out of the \
         state. The state does not point to a next state.",
    );
}

#[test]
fn a_fail_state_ends_with_its_error_and_no_prefix() {
    let states = json!({
        "F": { "Type": "Fail", "Error": "Rejected", "Cause": "{% 'order ' & $states.input.id %}" },
    });
    let story = Story::of("F", states, json!({ "id": "7" }));
    story.failed_with("Rejected", "order 7");
    expect![[r"
        1 ExecutionStarted
        2 StateEntered F
        3 ExecutionFailed Rejected
    "]]
    .assert_eq(&story.trail());

    let empty = Story::of("F", json!({ "F": { "Type": "Fail" } }), json!({}));
    assert_eq!(empty.execution.error(), Some(&workflow_runtime::ErrorOutput::default()));
}

#[test]
fn a_wait_ends_when_its_time_has_come() {
    let states = json!({ "W": { "Type": "Wait", "Seconds": "{% $states.input.s %}", "Output": "late", "End": true } });
    let mut story = Story::of("W", states, json!({ "s": 90 }));
    let waiting = story.execution.waiting(&story.machine);
    assert!(matches!(&waiting[..], [Waiting::Time { state, until }]
        if &**state == "W" && until.to_rfc3339() == "2026-01-01T00:01:30Z"));
    story.pass(89_999);
    assert_eq!(story.execution.event_count(), 2);
    story.pass(1).succeeded_with(&json!("late"));
    assert_eq!(story.effects, ["set Wait(ScopeId(0)) +90000ms", "ended"]);
}

#[test]
fn a_wait_until_a_time_is_cut_to_seconds_and_past_ones_end_at_once() {
    let wait = |until: &str| {
        let states = json!({ "W": { "Type": "Wait", "Timestamp": "{% $states.input %}", "End": true } });
        Story::of("W", states, json!(until))
    };
    let mut story = wait("2026-01-01T01:00:02.999+01:00");
    story.pass(1_999);
    assert_eq!(story.execution.event_count(), 2);
    story.pass(1).succeeded_with(&json!("2026-01-01T01:00:02.999+01:00"));
    wait("2025-12-31T23:59:59Z").succeeded_with(&json!("2025-12-31T23:59:59Z"));
    wait("tomorrow").failed_with(
        "States.QueryEvaluationError",
        "An error occurred while executing the state 'W' (entered at the event id #2). The Timestamp field cannot be \
         parsed as an ISO-8601 extended offset date-time format string: tomorrow",
    );
}

#[test]
fn a_wait_of_no_whole_number_fails() {
    for seconds in [json!(-1), json!(1.5), json!("soon"), json!(null)] {
        let states = json!({ "W": { "Type": "Wait", "Seconds": "{% $states.input %}", "End": true } });
        let story = Story::of("W", states, seconds.clone());
        assert_eq!(
            story.execution.error().and_then(|e| e.error.as_deref()),
            Some("States.QueryEvaluationError"),
            "{seconds}"
        );
    }
}

#[test]
fn every_fault_of_a_definition_is_told_at_once() {
    let machine = definition(
        "Nowhere",
        json!({
            "A": { "Type": "Pass", "Output": "{% 1 + %}", "Next": "Lost" },
            "M": { "Type": "Map", "Items": 7, "ItemProcessor": { "StartAt": "X", "States": { "X": { "Type": "Succeed" } } }, "End": true },
            "T": { "Type": "Task", "Resource": "r", "TimeoutSeconds": 0, "Next": "A", "End": true },
            "W": { "Type": "Wait", "Next": "A" },
            "C": { "Type": "Choice", "Choices": [{ "Condition": "yes", "Next": "A" }] },
        }),
    );
    let faults = Machine::compile(&machine).expect_err("it is refused");
    let told: Vec<String> = faults.iter().map(|fault| format!("{} {}", fault.code, fault.location)).collect();
    expect![[r#"
        WF2002 /StartAt
        WF2002 /States/A/Next
        WF2002 /States/A/Output
        WF2002 /States/M/Items
        WF2002 /States/T/TimeoutSeconds
        WF2002 /States/T
        WF2002 /States/W
        WF2002 /States/C/Choices[0]/Condition
    "#]]
    .assert_eq(&(told.join("\n") + "\n"));
}

#[test]
fn a_machine_without_a_query_language_is_not_run() {
    let machine = from_json(json!({ "StartAt": "S", "States": { "S": { "Type": "Succeed" } } }));
    let faults = Machine::compile(&machine).expect_err("it is refused");
    assert_eq!(faults[0].code, "WF2001");
    assert_eq!(faults[0].location, "/QueryLanguage");
}

#[test]
fn a_machine_whose_states_say_their_language_is_run() {
    let item = json!({ "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input * 2 %}", "Next": "B" });
    let inner = json!({ "StartAt": "A", "States": { "A": item, "B": { "Type": "Succeed" } } });
    let map = json!({ "Type": "Map", "QueryLanguage": "JSONata", "ItemProcessor": inner, "End": true });
    let mut machine = json!({ "StartAt": "M", "States": { "M": map } });
    Story::of_machine(&from_json(machine.clone()), json!([1, 2])).succeeded_with(&json!([2, 4]));
    // Branches take their language from the machine, not from the map.
    machine["States"]["M"]["ItemProcessor"]["States"]["A"]["QueryLanguage"] = json!(null);
    let faults = Machine::compile(&from_json(machine)).expect_err("A is in JSONPath");
    assert_eq!((faults[0].code, &*faults[0].location), ("WF2001", "/QueryLanguage"));
}

#[test]
fn states_are_listed_in_the_order_of_the_definition() {
    let machine = compile(&definition(
        "P",
        json!({
            "P": { "Type": "Parallel", "Branches": [
                { "StartAt": "A", "States": { "A": { "Type": "Task", "Resource": "a", "End": true } } },
            ], "Next": "S" },
            "S": { "Type": "Succeed" },
        }),
    ));
    let states: Vec<String> =
        machine.states().map(|s| format!("{} {} {:?}", s.kind.as_str(), s.name, s.resource)).collect();
    assert_eq!(states, [r"Parallel P None", r"Succeed S None", r#"Task A Some("a")"#]);
}
