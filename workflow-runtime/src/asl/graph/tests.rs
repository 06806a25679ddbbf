use expect_test::expect;
use serde_json::{Value, json};

use super::{to_dot, to_mermaid, to_svg};
use crate::asl::StateMachine;

fn machine(states: &Value, start: &str) -> StateMachine {
    serde_json::from_value(json!({ "QueryLanguage": "JSONata", "StartAt": start, "States": states }))
        .expect("a machine")
}

pub(super) fn order() -> StateMachine {
    let step = |name: &str| json!({ "Type": "Task", "Resource": format!("${{{name}FunctionArn}}"), "TimeoutSeconds": 30, "End": true });
    let branch = |name: &str| json!({ "StartAt": name, "States": { name: step(name) } });
    machine(
        &json!({
            "ValidateOrder": {
                "Type": "Task", "Comment": "Checks the order.", "Resource": "${ValidateOrderFunctionArn}", "TimeoutSeconds": 60,
                "Retry": [{ "ErrorEquals": ["Unavailable"], "MaxAttempts": 3 }],
                "Catch": [{ "ErrorEquals": ["InvalidOrderError"], "Next": "NotifyFailure" }],
                "Next": "Checks"
            },
            "Checks": { "Type": "Parallel", "Branches": [branch("CheckInventory"), branch("FraudCheck")], "Next": "Risky" },
            "Risky": {
                "Type": "Choice",
                "Choices": [{ "Condition": "{% $checks[1].score > 0.8 or $order.total > 1000000 %}", "Next": "RequestApproval" }],
                "Default": "ChargePayment"
            },
            "RequestApproval": {
                "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Arguments": { "FunctionName": "${RequestApprovalFunctionArn}", "Payload": {} },
                "TimeoutSeconds": 259_200, "Next": "ChargePayment"
            },
            "ChargePayment": {
                "Type": "Task", "Resource": "${ChargePaymentFunctionArn}",
                "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "RefundAndNotify" }],
                "Next": "Settle"
            },
            "Settle": { "Type": "Wait", "Seconds": 300, "Next": "ChargePayment2" },
            "ChargePayment2": { "Type": "Pass", "Next": "Again" },
            "Again": {
                "Type": "Choice",
                "Choices": [{ "Condition": "{% $states.input.more %}", "Next": "Settle" }],
                "Default": "Done"
            },
            "NotifyFailure": { "Type": "Task", "Resource": "${NotifyFailureFunctionArn}", "Next": "OrderFailed" },
            "RefundAndNotify": { "Type": "Task", "Resource": "${RefundFunctionArn}", "Next": "OrderFailed" },
            "OrderFailed": { "Type": "Fail", "Error": "OrderFailed" },
            "Done": { "Type": "Succeed" }
        }),
        "ValidateOrder",
    )
}

#[test]
fn mermaid_shows_states_branches_conditions_and_catchers() {
    expect![[r#"
        flowchart TD
          n0["ValidateOrder<br/><small>timeout 1 min, 3 retries</small>"]
          subgraph n1["Checks (side by side)"]
            n14["CheckInventory<br/><small>timeout 30 s</small>"]
            n15["FraudCheck<br/><small>timeout 30 s</small>"]
          end
          n2{"Risky"}
          n3["RequestApproval<br/><small>waits for an answer, timeout 3 d</small>"]
          n4["ChargePayment"]
          n5(["Settle<br/><small>5 min</small>"])
          n6[/"ChargePayment2"/]
          n7{"Again"}
          n8["NotifyFailure"]
          n9["RefundAndNotify"]
          n10(["OrderFailed<br/><small>OrderFailed</small>"])
          n11(["Done"])
          n12(("Start"))
          n13((("End")))
          n0 --> n1
          n0 -.->|"InvalidOrderError"| n8
          n1 --> n2
          n2 -->|"$checks[1].score #gt; 0.8 or $order.total #gt; 1000000"| n3
          n2 -->|"otherwise"| n4
          n3 --> n4
          n4 --> n5
          n4 -.->|"any error"| n9
          n5 --> n6
          n6 --> n7
          n7 -->|"input.more"| n5
          n7 -->|"otherwise"| n11
          n8 --> n10
          n9 --> n10
          n12 --> n0
          n10 --> n13
          n11 --> n13
          classDef task fill:#e8f1fb,stroke:#2b6cb0,color:#1a202c
          class n0,n14,n15,n3,n4,n8,n9 task
          classDef choice fill:#fdf3d8,stroke:#b7791f,color:#1a202c
          class n2,n7 choice
          classDef wait fill:#efe9fb,stroke:#6b46c1,color:#1a202c
          class n5 wait
          classDef pass fill:#f1f3f5,stroke:#718096,color:#1a202c
          class n6 pass
          classDef succeed fill:#e3f6e8,stroke:#2f855a,color:#1a202c
          class n11 succeed
          classDef fail fill:#fde8e8,stroke:#c53030,color:#1a202c
          class n10 fail
          classDef group fill:none,stroke:#718096,stroke-dasharray:4 3
          class n1 group
    "#]]
    .assert_eq(&to_mermaid(&order()));
}

#[test]
fn dot_shows_the_same() {
    expect![[r##"
        digraph "OrderFlow" {
          compound=true; rankdir=TB; fontname="Helvetica";
          node [fontname="Helvetica", fontsize=12, shape=box, style="rounded,filled"];
          edge [fontname="Helvetica", fontsize=10];
          n0 [label="ValidateOrder\ntimeout 1 min, 3 retries", fillcolor="#e8f1fb", color="#2b6cb0"];
          subgraph cluster_n1 {
            label="Checks"; style="rounded,dashed"; color="#718096";
            n1 [shape=point, style=invis, label=""];
            n14 [label="CheckInventory\ntimeout 30 s", fillcolor="#e8f1fb", color="#2b6cb0"];
            n15 [label="FraudCheck\ntimeout 30 s", fillcolor="#e8f1fb", color="#2b6cb0"];
          }
          n2 [label="Risky", shape=diamond, style=filled, fillcolor="#fdf3d8", color="#b7791f"];
          n3 [label="RequestApproval\nwaits for an answer, timeout 3 d", fillcolor="#e8f1fb", color="#2b6cb0"];
          n4 [label="ChargePayment", fillcolor="#e8f1fb", color="#2b6cb0"];
          n5 [label="Settle\n5 min", fillcolor="#efe9fb", color="#6b46c1"];
          n6 [label="ChargePayment2", fillcolor="#f1f3f5", color="#718096"];
          n7 [label="Again", shape=diamond, style=filled, fillcolor="#fdf3d8", color="#b7791f"];
          n8 [label="NotifyFailure", fillcolor="#e8f1fb", color="#2b6cb0"];
          n9 [label="RefundAndNotify", fillcolor="#e8f1fb", color="#2b6cb0"];
          n10 [label="OrderFailed\nOrderFailed", fillcolor="#fde8e8", color="#c53030"];
          n11 [label="Done", fillcolor="#e3f6e8", color="#2f855a"];
          n12 [shape=circle, fillcolor="#1a202c", width=0.25, label=""];
          n13 [shape=doublecircle, fillcolor="#1a202c", width=0.2, label=""];
          n0 -> n1 [lhead=cluster_n1];
          n0 -> n8 [label="InvalidOrderError", style=dashed, color="#c53030", fontcolor="#c53030"];
          n1 -> n2 [ltail=cluster_n1];
          n2 -> n3 [label="$checks[1].score > 0.8 or $order.total > 1000000"];
          n2 -> n4 [label="otherwise"];
          n3 -> n4;
          n4 -> n5;
          n4 -> n9 [label="any error", style=dashed, color="#c53030", fontcolor="#c53030"];
          n5 -> n6;
          n6 -> n7;
          n7 -> n5 [label="input.more"];
          n7 -> n11 [label="otherwise"];
          n8 -> n10;
          n9 -> n10;
          n12 -> n0;
          n10 -> n13;
          n11 -> n13;
        }
    "##]]
    .assert_eq(&to_dot(&order(), "OrderFlow"));
}

#[test]
fn names_with_markup_are_escaped() {
    let name = r#"Say "<b>&|; end"#;
    let odd = machine(&json!({ name: { "Type": "Task", "Resource": "${F}", "Comment": "a < b", "End": true } }), name);
    assert!(to_mermaid(&odd).contains(r#"n0["Say #quot;#lt;b#gt;#amp;#124;#59; end"]"#), "{}", to_mermaid(&odd));
    assert!(to_dot(&odd, "a\"b").contains(r#"label="Say \"<b>&|; end""#), "{}", to_dot(&odd, "x"));
    let svg = to_svg(&odd, "a<b");
    assert!(svg.contains("<title>a&lt;b</title>") && svg.contains("Say &quot;&lt;b&gt;&amp;|; end"), "{svg}");
}

/// Attribute values of every element of this name.
fn numbers(svg: &str, element: &str, attributes: [&str; 4]) -> Vec<[f64; 4]> {
    let value = |tag: &str, name: &str| -> f64 {
        tag.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split('"').next()?.parse().ok()).unwrap_or(0.0)
    };
    svg.split(&format!("<{element} ")).skip(1).map(|tag| attributes.map(|name| value(tag, name))).collect()
}

#[test]
fn svg_is_whole_and_its_boxes_do_not_overlap() {
    let svg = to_svg(&order(), "OrderFlow");
    for name in order().states.keys() {
        assert!(svg.contains(&format!(">{name}<")), "{name} is missing");
    }
    assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
    // Task, Pass, Wait, Succeed and Fail boxes of the outermost container.
    let boxes: Vec<[f64; 4]> =
        numbers(&svg, "rect", ["x", "y", "width", "height"]).into_iter().filter(|r| r[3] >= 40.0).collect();
    assert!(boxes.len() >= 9, "{}", boxes.len());
    let outer: Vec<&[f64; 4]> = boxes.iter().filter(|r| r[1] > 0.0).collect();
    for (at, a) in outer.iter().enumerate() {
        for b in &outer[at + 1..] {
            let apart = a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0] || a[1] + a[3] <= b[1] || b[1] + b[3] <= a[1];
            assert!(apart, "{a:?} lies on {b:?}");
        }
    }
}

#[test]
fn odd_machines_have_pictures_too() {
    let lonely =
        machine(&json!({ "Loop": { "Type": "Choice", "Choices": [{ "Condition": true, "Next": "Loop" }] } }), "Loop");
    let dangling = machine(
        &json!({ "A": { "Type": "Pass", "Next": "Nowhere" }, "B": { "Type": "Pass", "Next": "A" } }),
        "Missing",
    );
    for odd in [lonely, dangling, StateMachine::default()] {
        assert!(to_mermaid(&odd).starts_with("flowchart TD"));
        assert!(to_dot(&odd, "").ends_with("}\n"));
        let svg = to_svg(&odd, "");
        assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}
