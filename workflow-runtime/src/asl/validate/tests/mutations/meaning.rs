//! Fields of the right type that mean what cannot be: targets, ranges, names, expressions.

use super::*;

#[test]
fn transitions_that_lead_nowhere_and_states_that_nothing_leads_to() {
    const MISSING: &str = "MISSING_TRANSITION_TARGET";
    let mut all = Vec::new();
    fields(&sound(), "", &mut all);
    for (pointer, _) in
        all.iter().filter(|(at, _)| ["/Next", "/Default", "/StartAt"].iter().any(|field| at.ends_with(field)))
    {
        expect_one(pointer, &set(pointer, json!("Nowhere")), MISSING, &written(pointer));
    }
    for container in ["", "/States/Both/Branches/0", "/States/Each/ItemProcessor"] {
        let state = format!("{container}/States/Spare");
        expect_one(&state, &set(&state, json!({ "Type": "Succeed" })), MISSING, &written(&state));
    }
    let out = json!({ "Type": "Pass", "Next": "Done" });
    let said = faults(&set("/States/Both/Branches/0/States/Left", out));
    let codes: Vec<_> = said.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, [MISSING, "MISSING_END_STATE"], "out of a branch, which nothing else ends");
    for (pointer, place) in [
        ("/States/Both/Branches/0/States/Left", "/States/Both/Branches[0]"),
        ("/States/Each/ItemProcessor/States/Item", "/States/Each/ItemProcessor"),
    ] {
        let name = pointer.rsplit('/').next().unwrap_or_default();
        expect_one(pointer, &set(pointer, json!({ "Type": "Pass", "Next": name })), "MISSING_END_STATE", place);
    }
}

#[test]
fn values_out_of_range_are_told_once_at_the_field() {
    for (pointer, values) in [
        ("/Version", vec![json!("1"), json!("2.0")]),
        ("/QueryLanguage", vec![json!("jsonata"), json!("JSONpath")]),
        ("/TimeoutSeconds", vec![json!(0), json!(-1), json!(100_000_000)]),
        ("/States/Begin/Type", vec![json!("pass"), json!("Loop")]),
        ("/States/Begin/QueryLanguage", vec![json!("JSONAta")]),
        (
            "/States/Ask/Resource",
            vec![json!("ask"), json!("{% $arn %}"), json!("arn:aws:states:::sqs:sendMesage"), json!("")],
        ),
        ("/States/Ask/TimeoutSeconds", vec![json!(0), json!(-5), json!(100_000_000), json!("60"), json!(1.5)]),
        ("/States/Ask/HeartbeatSeconds", vec![json!(0), json!(60), json!(61), json!(-1)]),
        ("/States/Ask/Retry/0/ErrorEquals", vec![json!([]), json!(["States.ALL", "E"]), json!(["States.ALL"])]),
        ("/States/Ask/Catch/0/ErrorEquals", vec![json!([]), json!(["E", "States.ALL"]), json!(["States.ALL"])]),
        ("/States/Ask/Retry/0/IntervalSeconds", vec![json!(0), json!(-1), json!(100_000_000), json!(61)]),
        ("/States/Ask/Retry/0/MaxAttempts", vec![json!(-1), json!(100_000_000), json!(1.5)]),
        ("/States/Ask/Retry/0/BackoffRate", vec![json!(0.99), json!(0), json!(-2), json!("2")]),
        ("/States/Ask/Retry/0/MaxDelaySeconds", vec![json!(0), json!(31_622_401), json!(-1), json!(1)]),
        ("/States/Ask/Retry/0/JitterStrategy", vec![json!("full"), json!("HALF")]),
        ("/States/Pause/Seconds", vec![json!(-1), json!(100_000_000), json!(0.5), json!("5")]),
        (
            "/States/Until/Timestamp",
            vec![
                json!("2030-01-01"),
                json!("2030-01-01 00:00:00Z"),
                json!("2030-01-01T00:00:00"),
                json!("2030-02-30T00:00:00Z"),
            ],
        ),
        ("/States/Pick/Choices", vec![json!([])]),
        ("/States/Pick/Choices/0/Condition", vec![json!("true"), json!("$states.input.n > 1"), json!(1)]),
        ("/States/Both/Branches", vec![json!([])]),
        ("/States/Both/Branches/0/States", vec![json!({})]),
        ("/States/Each/MaxConcurrency", vec![json!(-1), json!(1.5), json!("2")]),
        ("/States/Many/ToleratedFailurePercentage", vec![json!(-1), json!(101), json!("5")]),
        ("/States/Many/ToleratedFailureCount", vec![json!(-1), json!(0.5)]),
        ("/States/Many/ItemBatcher/MaxItemsPerBatch", vec![json!(0), json!(-1), json!("10")]),
        ("/States/Many/ItemReader/ReaderConfig/MaxItems", vec![json!(-1), json!(100_000_001)]),
        ("/States/Many/ItemReader/ReaderConfig/InputType", vec![json!("json"), json!("XML")]),
        ("/States/Many/ItemReader/Resource", vec![json!("arn:aws:states:::s3:listObjects")]),
        ("/States/Many/ItemProcessor/ProcessorConfig/ExecutionType", vec![json!("Standard")]),
        ("/States/Many/ItemProcessor/ProcessorConfig/Mode", vec![json!("Distributed")]),
        ("/States/Many/ResultWriter/WriterConfig/Transformation", vec![json!("compact")]),
        ("/States/Many/ResultWriter/WriterConfig/OutputType", vec![json!("CSV")]),
    ] {
        for value in values {
            // Cut delays are named where the cut is.
            let place = if value == json!(61) && pointer.ends_with("IntervalSeconds") {
                "/States/Ask/Retry/0/MaxDelaySeconds"
            } else {
                pointer
            };
            expect_one(&format!("{pointer} = {value}"), &set(pointer, value), SCHEMA, &written(place));
        }
    }
    expect_one("a label", &set("/States/Many/Label", json!("a b")), "INVALID_LABEL_NAME", "/States/Many/Label");
}

#[test]
fn names_that_cannot_be() {
    let long = "n".repeat(81);
    let named = |name: &str| set("/States/Both/Branches/0/States", json!({ name: { "Type": "Succeed" } }));
    let mut document = named(&long);
    document["States"]["Both"]["Branches"][0]["StartAt"] = json!(long);
    expect_one("long", &document, "INVALID_STATE_NAME", &format!("/States/Both/Branches[0]/States/{long}"));
    let mut document = named("Item");
    document["States"]["Both"]["Branches"][0]["StartAt"] = json!("Item");
    expect_one("twice", &document, "DUPLICATE_STATE_NAME", "/States/Each/ItemProcessor/States/Item");
    for name in ["states", "_a", "a.b", "a-b", "1a", "", "a b", "$a", "a[0]", &long] {
        for (owner, place) in [
            ("/States/Begin/Assign", "/States/Begin/Assign"),
            ("/States/Pick/Choices/0/Assign", "/States/Pick/Choices[0]/Assign"),
            ("/States/Ask/Catch/0/Assign", "/States/Ask/Catch[0]/Assign"),
        ] {
            let mut document = sound();
            document.pointer_mut(owner).expect("it is there")[name] = json!(1);
            expect_one(&format!("{owner} of {name:?}"), &document, SCHEMA, &format!("{place}/{name}"));
        }
    }
    let mut document = sound();
    document["States"]["Both"]["Branches"][0]["States"]["Left"]["Assign"] = json!({ "queue": 1 });
    expect_one(
        "an outer variable",
        &document,
        "DUPLICATE_VARIABLE_NAME",
        "/States/Both/Branches[0]/States/Left/Assign/queue",
    );
}

#[test]
fn expressions_that_cannot_be() {
    const INVALID: &str = "INVALID_JSONATA_EXPRESSION";
    const UNSUPPORTED: &str = "UNSUPPORTED_JSONATA_EXPRESSION";
    let places = [
        "/States/Begin/Output",
        "/States/Begin/Assign/queue",
        "/States/Ask/Arguments/QueueUrl",
        "/States/Ask/TimeoutSeconds",
        "/States/Ask/Credentials/RoleArn",
        "/States/Ask/Catch/0/Assign/why",
        "/States/Ask/Catch/1/Output",
        "/States/Pause/Seconds",
        "/States/Until/Timestamp",
        "/States/Pick/Choices/0/Condition",
        "/States/Pick/Choices/0/Assign/big",
        "/States/Pick/Output",
        "/States/Both/Arguments/a",
        "/States/Each/Items",
        "/States/Each/Items/1",
        "/States/Each/ItemSelector/i",
        "/States/Each/MaxConcurrency",
        "/States/Many/ItemReader/Arguments/Key",
        "/States/Many/ItemReader/ReaderConfig/MaxItems",
        "/States/Many/ItemBatcher/BatchInput/x",
        "/States/Many/ItemBatcher/MaxItemsPerBatch",
        "/States/Many/ToleratedFailureCount",
        "/States/Many/ToleratedFailurePercentage",
        "/States/Many/ResultWriter/Arguments/Prefix",
        "/States/Lost/Cause",
        "/States/Lost/Error",
        "/States/Done/Output",
    ];
    for pointer in places {
        for (text, code) in [
            ("{% 1 +", INVALID),
            ("1 %}", INVALID),
            ("{% 1 + %}", INVALID),
            ("{% %}", INVALID),
            ("{% $nobody %}", INVALID),
            ("{% $states.output %}", UNSUPPORTED),
            ("{% name %}", UNSUPPORTED),
            ("{% $.name %}", UNSUPPORTED),
            ("{% $$ %}", UNSUPPORTED),
            ("{% $eval('1') %}", UNSUPPORTED),
            ("{% $states.input.a ?? 1 %}", INVALID),
        ] {
            expect_one(&format!("{pointer} = {text}"), &set(pointer, json!(text)), code, &written(pointer));
        }
        let only_errors = ["/States/Ask/Catch/0/Assign/why", "/States/Ask/Catch/1/Output"].contains(&pointer);
        expect_one(pointer, &set(pointer, json!("{% $states.result %}")), UNSUPPORTED, &written(pointer));
        if !only_errors {
            expect_one(pointer, &set(pointer, json!("{% $states.errorOutput %}")), UNSUPPORTED, &written(pointer));
        }
    }
    // A distributed map sees nothing of the outside; a branch does.
    for (pointer, sees) in [
        ("/States/Many/ItemProcessor/States/Child/Output", false),
        ("/States/Both/Branches/0/States/Left/Output", true),
    ] {
        let document = set(pointer, json!("{% $queue %}"));
        if sees {
            assert_eq!(faults(&document), []);
        } else {
            expect_one(pointer, &document, INVALID, &written(pointer));
        }
    }
}

#[test]
fn what_is_nested_too_deep_is_refused() {
    let deep = (0..140).fold(json!(1), |inner, _| json!([inner]));
    let said = faults(&set("/States/Begin/Output", deep));
    assert_eq!(said.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), ["TOO_DEEPLY_NESTED"]);
    let parentheses = format!("{{% {}1{} %}}", "(".repeat(300), ")".repeat(300));
    expect_one(
        "parentheses",
        &set("/States/Begin/Output", json!(parentheses)),
        "INVALID_JSONATA_EXPRESSION",
        "/States/Begin/Output",
    );
}
