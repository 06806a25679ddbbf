//! What cannot be read as a machine at all.

use super::*;

#[test]
fn what_cannot_be_read_says_where() {
    let two = r#"{"StartAt":"A","States":{"A":{"Type":"Succeed"},"A":{"Type":"Succeed"}}}"#;
    let text = |text: &str| parse(text).expect_err("refused").iter().map(first_line).collect::<Vec<_>>();
    assert_eq!(text(" "), ["MISSING_DESCRIPTION: The definition is empty"]);
    assert_eq!(text("{not json}"), ["INVALID_JSON_DESCRIPTION: key must be a string at line 1 column 2"]);
    assert_eq!(
        text("\u{feff}{}"),
        ["INVALID_JSON_DESCRIPTION: The text begins with a byte order mark (U+FEFF), which is no JSON"]
    );
    assert_eq!(text("[1] 2"), ["INVALID_JSON_DESCRIPTION: trailing characters at line 1 column 5"]);
    assert_eq!(text(two), ["SCHEMA_VALIDATION_FAILED: Duplicate field 'A' at line 1 column 51"]);
    assert_eq!(text(&"[".repeat(200)), ["TOO_DEEPLY_NESTED: The definition is nested too deeply, at line 1"]);
}

#[test]
fn a_machine_in_json_path_is_told_so_and_nothing_else() {
    let said_of = |mut document: Value| {
        document.as_object_mut().expect("a machine").shift_remove("QueryLanguage");
        said(&document).join("; ").replace("unread: ", "")
    };
    let language = "SCHEMA_VALIDATION_FAILED: Value should be one of the following: [JSONata] at /QueryLanguage";
    let reader = json!({ "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": { "InputType": "JSON" },
        "Parameters": { "Bucket": "b", "Key": "k" } });
    let child = json!({ "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
        "StartAt": "I", "States": { "I": { "Type": "Pass", "End": true } } });
    let many = json!({ "ItemReader": reader, "ItemProcessor": child });
    assert_eq!(said_of(map(&many)), language);
    assert_eq!(said_of(pass(&json!({ "Parameters": { "a.$": "$.a" } }))), language);
    assert_eq!(said_of(wait(&json!({ "Seconds": "{% 1 + %}" }))), language);
    // In a machine in JSONata the field is what is wrong.
    let field = "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'Parameters' is only supported for \
                 the 'JSONPath' QueryLanguage at /States/A/ItemReader";
    assert_eq!(said(&map(&many)), [field]);
    let key = "warning: SCHEMA_VALIDATION_FAILED: Key 'a.$' is a key like any other in JSONata: nothing is read by its path at \
               /States/A/Arguments/b/a.$";
    assert_eq!(said(&task(&json!({ "Arguments": { "b": { "a.$": "$.a", "c.$": 1 } } }))), [key]);
}

#[test]
fn an_iterator_is_an_item_processor() {
    let processor = json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "End": true } } });
    let old = map(&json!({ "ItemProcessor": null, "Iterator": processor }));
    let machine = parse(&old.to_string()).expect("it is read");
    assert_eq!(validate(&machine), []);
    let exported = serde_json::to_value(&machine).expect("JSON");
    assert_eq!(exported, map(&json!({ "ItemProcessor": processor })), "under its new name");
    let both = "unread: SCHEMA_VALIDATION_FAILED: Exactly one of these fields is required: [ItemProcessor, Iterator] at /States/A";
    assert_eq!(said(&map(&json!({ "Iterator": processor }))), [both]);
    let config = json!({ "ProcessorConfig": { "Mode": "INLINE" }, "StartAt": "I", "States": processor["States"] });
    let unknown = "unread: SCHEMA_VALIDATION_FAILED: Field 'ProcessorConfig' is not supported at /States/A/Iterator";
    assert_eq!(said(&map(&json!({ "ItemProcessor": null, "Iterator": config }))), [unknown]);
    let none = "unread: SCHEMA_VALIDATION_FAILED: These fields are required: [ItemProcessor] at /States/A";
    assert_eq!(said(&map(&json!({ "ItemProcessor": null }))), [none]);
}

#[test]
fn what_does_not_fit_says_where() {
    let jsonpath =
        json!({ "StartAt": "A", "States": { "A": { "Type": "Pass", "ResultPath": "$.a", "Result": 1, "End": true } } });
    check(&[
        (json!([]), &["unread: SCHEMA_VALIDATION_FAILED: Expected value of type [OBJECT] at /"]),
        (json!({ "StartAt": "A" }), &["unread: SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /"]),
        (
            jsonpath,
            &["unread: SCHEMA_VALIDATION_FAILED: Value should be one of the following: [JSONata] at /QueryLanguage"],
        ),
        (
            pass(&json!({ "InputPath": "$.a" })),
            &[
                "unread: SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'InputPath' is only supported for the 'JSONPath' QueryLanguage at /States/A",
            ],
        ),
        (
            pass(&json!({ "TimeoutSeconds": 5 })),
            &["unread: SCHEMA_VALIDATION_FAILED: Field 'TimeoutSeconds' is not supported at /States/A"],
        ),
        (
            pass(&json!({ "Type": "Past" })),
            &[
                "unread: SCHEMA_VALIDATION_FAILED: Value should be one of the following: [Task, Pass, Choice, Wait, Succeed, Fail, Parallel, Map] at /States/A/Type",
            ],
        ),
        (
            pass(&json!({ "Type": null })),
            &["unread: SCHEMA_VALIDATION_FAILED: These fields are required: [Type] at /States/A"],
        ),
        (
            pass(&json!({ "Next": 1, "End": "yes" })),
            &[
                "unread: SCHEMA_VALIDATION_FAILED: Expected value of type [BOOLEAN] at /States/A/End",
                "unread: SCHEMA_VALIDATION_FAILED: Expected value of type [STRING] at /States/A/Next",
            ],
        ),
        (
            choice(&json!({ "Next": null })),
            &["unread: SCHEMA_VALIDATION_FAILED: These fields are required: [Next] at /States/A/Choices[0]"],
        ),
        (
            choice(&json!({ "Condition": null, "Variable": "$.a", "IsNull": true })),
            &[
                "unread: SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'Variable' is only supported for the 'JSONPath' QueryLanguage at /States/A/Choices[0]",
            ],
        ),
        (
            retry(&json!([{ "ErrorEquals": ["E", 1], "MaxAttempts": -1 }])),
            &[
                "unread: SCHEMA_VALIDATION_FAILED: Expected value of type [STRING] at /States/A/Retry[0]/ErrorEquals[1]",
                "unread: SCHEMA_VALIDATION_FAILED: Value cannot be negative at /States/A/Retry[0]/MaxAttempts",
            ],
        ),
        (
            branch(&json!([])),
            &["unread: SCHEMA_VALIDATION_FAILED: Expected value of type [OBJECT] at /States/P/Branches[0]/States"],
        ),
        (
            one(
                &json!({ "Type": "Parallel", "Branches": [{ "QueryLanguage": "JSONata", "StartAt": "B", "States": { "B": { "Type": "Succeed" } } }], "End": true }),
            ),
            &["unread: SCHEMA_VALIDATION_FAILED: Field 'QueryLanguage' is not supported at /States/A/Branches[0]"],
        ),
    ]);
}

#[test]
fn near_misses_are_named() {
    let help = |document: &Value| match parse(&document.to_string()) {
        Ok(machine) => validate(&machine).into_iter().find_map(|fault| fault.help),
        Err(faults) => faults.into_iter().find_map(|fault| fault.help),
    };
    let states = json!({ "Ship": { "Type": "Pass", "Next": "Shpi" }, "Done": { "Type": "Succeed" } });
    assert_eq!(help(&machine(&states)).as_deref(), Some("a state with a similar name exists: `Ship`"));
    assert_eq!(help(&output("{% $coutn([1]) %}")).as_deref(), Some("there is the function `$count`"));
    assert_eq!(help(&pass(&json!({ "Outptu": 1 }))).as_deref(), Some("a field with a similar name exists: `Output`"));
}
