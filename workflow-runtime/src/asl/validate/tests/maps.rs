//! Rules of Maps, inline and distributed.

use super::*;

/// A distributed Map with these fields.
fn distributed(patch: &Value) -> Value {
    let states = json!({ "I": { "Type": "Pass", "End": true } });
    let config = json!({ "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" });
    let processor = json!({ "ProcessorConfig": config, "StartAt": "I", "States": states });
    one(&patched(json!({ "Type": "Map", "ItemProcessor": processor, "End": true }), patch))
}

fn reader(config: &Value) -> Value {
    let arguments = json!({ "Bucket": "b", "Key": "{% $states.input %}" });
    let reader = json!({ "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config, "Arguments": arguments });
    distributed(&json!({ "ItemReader": reader }))
}

fn schema(message: &str, at: &str) -> String {
    format!("SCHEMA_VALIDATION_FAILED: {message} at /States/A{at}")
}

fn says(document: &Value, expected: &[String]) {
    assert_eq!(said(document), *expected, "{document:#}");
}

#[test]
fn whole_distributed_maps_pass() {
    let writer = json!({ "Resource": "arn:aws:states:::s3:putObject", "Arguments": { "Bucket": "b", "Prefix": "p" } });
    for patch in [
        json!({ "Items": { "a": 1 } }),
        json!({ "ToleratedFailurePercentage": 12.5, "ToleratedFailureCount": "{% 3 %}", "Label": "rows-1" }),
        json!({ "ItemBatcher": { "MaxInputBytesPerBatch": 262_144, "BatchInput": "{% $states.input %}" } }),
        json!({ "ResultWriter": writer }),
        json!({ "ResultWriter": { "WriterConfig": { "Transformation": "FLATTEN" } } }),
        json!({ "ItemReader": { "Resource": "arn:aws:states:::s3:listObjectsV2", "Arguments": { "Bucket": "b" } } }),
    ] {
        says(&distributed(&patch), &[]);
    }
    says(&reader(&json!({ "InputType": "JSONL", "MaxItems": "{% 9 %}" })), &[]);
    says(&reader(&json!({ "InputType": "JSON", "ItemsPointer": "/a/b" })), &[]);
    says(&reader(&json!({ "InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"] })), &[]);
}

#[test]
fn an_inline_map_has_none_of_the_fields_of_a_distributed_one() {
    for (field, value) in [
        ("ItemReader", json!({ "Resource": "arn:aws:states:::s3:listObjectsV2", "Arguments": { "Bucket": "b" } })),
        ("ItemBatcher", json!({ "MaxItemsPerBatch": 1 })),
        ("ToleratedFailurePercentage", json!(1)),
        ("ToleratedFailureCount", json!(1)),
        ("Label", json!("l")),
        ("ResultWriter", json!({ "WriterConfig": {} })),
    ] {
        says(&map(&json!({ field: value })), &[schema(&format!("Field '{field}' is not supported"), "")]);
    }
}

#[test]
fn values_have_their_ranges() {
    says(&map(&json!({ "MaxConcurrency": -1 })), &[schema("Value cannot be negative", "/MaxConcurrency")]);
    says(&map(&json!({ "Items": { "a": 1 } })), &[schema("Expected value of type [ARRAY]", "/Items")]);
    for (patch, expected) in [
        (
            json!({ "ToleratedFailurePercentage": 101 }),
            schema("ToleratedFailurePercentage must be between 0 and 100.", "/ToleratedFailurePercentage"),
        ),
        (json!({ "ItemReader": {} }), schema("These fields are required: [Resource]", "/ItemReader")),
        (
            json!({ "ItemReader": { "Resource": "arn:aws:states:::s3:putObject" } }),
            schema(
                "Value should be one of the following: [arn:aws:states:::s3:getObject, arn:aws:states:::s3:listObjectsV2]",
                "/ItemReader/Resource",
            ),
        ),
        (json!({ "ResultWriter": {} }), schema("These fields are required: [Resource]", "/ResultWriter")),
        (
            json!({ "ResultWriter": { "Resource": "arn:aws:states:::s3:putObject", "Arguments": { "Bucket": "b" } } }),
            schema("These fields are required: [Prefix]", "/ResultWriter/Arguments"),
        ),
        (
            json!({ "ItemBatcher": {} }),
            schema(
                "At least one of these fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch]",
                "/ItemBatcher",
            ),
        ),
        (
            json!({ "ItemBatcher": { "MaxInputBytesPerBatch": 262_145 } }),
            schema("Value should be between 1 and 262144", "/ItemBatcher/MaxInputBytesPerBatch"),
        ),
        (
            json!({ "Label": "a b" }),
            "INVALID_LABEL_NAME: Label should have 1 to 40 characters that ARNs allow at /States/A/Label".to_owned(),
        ),
    ] {
        says(&distributed(&patch), &[expected]);
    }
}

#[test]
fn a_reader_says_what_it_reads_and_how() {
    let at = "/ItemReader/ReaderConfig";
    says(&reader(&json!({})), &[schema("These fields are required: [InputType]", at)]);
    says(
        &reader(&json!({ "InputType": "XML" })),
        &[schema(
            "Value should be one of the following: [CSV, JSON, JSONL, PARQUET, MANIFEST]",
            &format!("{at}/InputType"),
        )],
    );
    says(&reader(&json!({ "InputType": "CSV" })), &[schema("These fields are required: [CSVHeaderLocation]", at)]);
    says(
        &reader(&json!({ "InputType": "CSV", "CSVHeaderLocation": "GIVEN" })),
        &[schema("These fields are required: [CSVHeaders]", at)],
    );
    says(
        &reader(&json!({ "InputType": "JSON", "ItemsPointer": "a" })),
        &[schema("Value is not a valid JSON Pointer", &format!("{at}/ItemsPointer"))],
    );
    says(&reader(&json!({ "InputType": "JSON", "Most": 1 })), &[schema("Field 'Most' is not supported", at)]);
}

#[test]
fn a_processor_says_its_mode() {
    let at = "/ItemProcessor/ProcessorConfig";
    says(&processor(&json!({ "Mode": "DISTRIBUTED" })), &[schema("These fields are required: [ExecutionType]", at)]);
    says(
        &processor(&json!({ "Mode": "INLINE", "ExecutionType": "STANDARD" })),
        &[schema("Field 'ExecutionType' is not supported", at)],
    );
    says(
        &processor(&json!({ "Mode": "REMOTE" })),
        &[schema("Value should be one of the following: [INLINE, DISTRIBUTED]", &format!("{at}/Mode"))],
    );
}

#[test]
fn the_item_is_known_in_the_selector_only() {
    let item = "{% $states.context.Map.Item.Value %}";
    says(&map(&json!({ "ItemSelector": { "v": item } })), &[]);
    let message = "'$states.context.Map' is known in an ItemSelector only";
    says(&map(&json!({ "Output": item })), &[format!("warning: {}", schema(message, "/Output"))]);
}
