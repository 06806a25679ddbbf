//! What a Map says: fields of its mode, and what its reader, batcher and writer take.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fields::{is_expression, whole};
use crate::asl::read::json_path_field;
use crate::asl::violation::{Location, Violation, ViolationCode};
use crate::asl::{Branch, Map};

const MAX_LABEL: usize = 40;
const MAX_ITEMS: u64 = 100_000_000;
const MAX_BATCH_BYTES: u64 = 262_144;
const MAX_POINTER: usize = 2_000;

pub(super) fn check(map: &Map, at: &Location, faults: &mut Vec<Violation>) {
    let mode_is_known = processor(&map.item_processor, &at.field("ItemProcessor"), faults);
    whole(map.max_concurrency.as_ref(), 0, u64::MAX, &at.field("MaxConcurrency"), faults);
    if let Some(items) = &map.items
        && !is_expression(items)
        && !items.is_array()
        && !(items.is_object() && map.item_processor.is_distributed())
    {
        faults.push(Violation::schema(&at.field("Items"), "Expected value of type [ARRAY]"));
    }
    if map.item_processor.is_distributed() {
        distributed(map, at, faults);
    } else if mode_is_known {
        inline(map, at, faults);
    }
}

/// An inline Map takes none of a distributed one's fields.
fn inline(map: &Map, at: &Location, faults: &mut Vec<Violation>) {
    let fields = [
        ("ItemReader", map.item_reader.is_some()),
        ("ItemBatcher", map.item_batcher.is_some()),
        ("ToleratedFailurePercentage", map.tolerated_failure_percentage.is_some()),
        ("ToleratedFailureCount", map.tolerated_failure_count.is_some()),
        ("Label", map.label.is_some()),
        ("ResultWriter", map.result_writer.is_some()),
    ];
    for (field, _) in fields.into_iter().filter(|(_, is_there)| *is_there) {
        let fault = Violation::schema(at, format!("Field '{field}' is not supported"));
        faults.push(fault.with_help("only a Map with `\"Mode\": \"DISTRIBUTED\"` has it"));
    }
}

fn distributed(map: &Map, at: &Location, faults: &mut Vec<Violation>) {
    whole(map.tolerated_failure_count.as_ref(), 0, u64::MAX, &at.field("ToleratedFailureCount"), faults);
    if let Some(percentage) = &map.tolerated_failure_percentage
        && !is_expression(percentage)
        && !percentage.as_f64().is_some_and(|percentage| (0.0..=100.0).contains(&percentage))
    {
        let at = at.field("ToleratedFailurePercentage");
        faults.push(Violation::schema(&at, "ToleratedFailurePercentage must be between 0 and 100."));
    }
    if let Some(reader) = &map.item_reader {
        if map.items.is_some() {
            let message = "'Items' is not read where there is an ItemReader";
            faults.push(Violation::warning(&at.field("Items"), message));
        }
        item_reader(reader, &at.field("ItemReader"), faults);
    }
    if let Some(batcher) = &map.item_batcher {
        item_batcher(batcher, &at.field("ItemBatcher"), faults);
    }
    if let Some(writer) = &map.result_writer {
        result_writer(writer, &at.field("ResultWriter"), faults);
    }
}

/// Fields that readers, batchers and writers have in the JSONPath dialect.
const JSON_PATH: &[&str] = &["Parameters", "MaxItemsPath", "MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"];

/// An object with no other fields than these.
fn object(value: &Value, known: &[&str], at: &Location, faults: &mut Vec<Violation>) -> bool {
    let Some(fields) = value.as_object() else {
        faults.push(Violation::schema(at, "Expected value of type [OBJECT]"));
        return false;
    };
    for field in fields.keys().filter(|field| !known.contains(&field.as_str())) {
        faults.push(if JSON_PATH.contains(&field.as_str()) {
            Violation::schema(at, json_path_field(field))
        } else {
            Violation::schema(at, format!("Field '{field}' is not supported"))
        });
    }
    true
}

fn one_of(value: Option<&Value>, known: &[&str], at: &Location, faults: &mut Vec<Violation>) {
    if let Some(value) = value
        && !value.as_str().is_some_and(|value| known.contains(&value))
    {
        faults.push(Violation::schema(at, format!("Value should be one of the following: [{}]", known.join(", "))));
    }
}

/// Arguments must have these fields, unless an expression gives them.
fn required(of: &Value, fields: &[&str], at: &Location, faults: &mut Vec<Violation>) {
    let Some(arguments) = of.get("Arguments") else {
        if of.get("Parameters").is_some() {
            // It has been told that they are `Arguments` now.
            return;
        }
        return faults.push(Violation::schema(at, "These fields are required: [Arguments]"));
    };
    if is_expression(arguments) {
        return;
    }
    let missing: Vec<&str> = fields.iter().copied().filter(|field| arguments.get(field).is_none()).collect();
    if !missing.is_empty() {
        let message = format!("These fields are required: [{}]", missing.join(", "));
        faults.push(Violation::schema(&at.field("Arguments"), message));
    }
}

fn item_reader(reader: &Value, at: &Location, faults: &mut Vec<Violation>) {
    if !object(reader, &["Resource", "ReaderConfig", "Arguments"], at, faults) {
        return;
    }
    let Some(resource) = reader.get("Resource") else {
        return faults.push(Violation::schema(at, "These fields are required: [Resource]"));
    };
    let action = resource.as_str().and_then(|resource| resource.rsplit_once(":::")).map(|(_, action)| action);
    let config_at = at.field("ReaderConfig");
    let nothing = Value::Object(serde_json::Map::new());
    let config = reader.get("ReaderConfig").unwrap_or(&nothing);
    let known = [
        "InputType",
        "Transformation",
        "ManifestType",
        "CSVDelimiter",
        "CSVHeaderLocation",
        "CSVHeaders",
        "ItemsPointer",
        "MaxItems",
    ];
    if !object(config, &known, &config_at, faults) {
        return;
    }
    match action {
        Some("s3:getObject") => {
            required(reader, &["Bucket", "Key"], at, faults);
            if config.get("InputType").is_none() {
                faults.push(Violation::schema(&config_at, "These fields are required: [InputType]"));
            }
        }
        Some("s3:listObjectsV2") => required(reader, &["Bucket"], at, faults),
        _ => {
            let message = "Value should be one of the following: [arn:aws:states:::s3:getObject, \
                           arn:aws:states:::s3:listObjectsV2]";
            faults.push(Violation::schema(&at.field("Resource"), message));
        }
    }
    reader_config(config, &config_at, faults);
}

fn reader_config(config: &Value, at: &Location, faults: &mut Vec<Violation>) {
    let fields: [(&str, &[&str]); 5] = [
        ("InputType", &["CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"]),
        ("Transformation", &["NONE", "LOAD_AND_FLATTEN"]),
        ("ManifestType", &["ATHENA_DATA", "S3_INVENTORY"]),
        ("CSVDelimiter", &["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"]),
        ("CSVHeaderLocation", &["FIRST_ROW", "GIVEN"]),
    ];
    for (field, known) in fields {
        one_of(config.get(field), known, &at.field(field), faults);
    }
    whole(config.get("MaxItems"), 0, MAX_ITEMS, &at.field("MaxItems"), faults);
    let is_csv = config.get("InputType").is_some_and(|kind| kind == "CSV");
    let given = config.get("CSVHeaderLocation").is_some_and(|location| location == "GIVEN");
    if is_csv && config.get("CSVHeaderLocation").is_none() {
        faults.push(Violation::schema(at, "These fields are required: [CSVHeaderLocation]"));
    }
    match config.get("CSVHeaders").map(Value::as_array) {
        None if given => faults.push(Violation::schema(at, "These fields are required: [CSVHeaders]")),
        Some(Some(headers)) if !headers.is_empty() && headers.iter().all(Value::is_string) => {}
        Some(_) => {
            faults.push(Violation::schema(&at.field("CSVHeaders"), "Expected value of type [ARRAY] of [STRING]"));
        }
        None => {}
    }
    if let Some(pointer) = config.get("ItemsPointer") {
        let is_pointer = |text: &str| (text.is_empty() || text.starts_with('/')) && text.len() < MAX_POINTER;
        if !pointer.as_str().is_some_and(is_pointer) {
            faults.push(Violation::schema(&at.field("ItemsPointer"), "Value is not a valid JSON Pointer"));
        }
    }
}

fn item_batcher(batcher: &Value, at: &Location, faults: &mut Vec<Violation>) {
    if !object(batcher, &["MaxItemsPerBatch", "MaxInputBytesPerBatch", "BatchInput"], at, faults) {
        return;
    }
    let says_how_many =
        ["MaxItemsPerBatch", "MaxInputBytesPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"];
    if says_how_many.iter().all(|field| batcher.get(field).is_none()) {
        let message = "At least one of these fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch]";
        faults.push(Violation::schema(at, message));
    }
    whole(batcher.get("MaxItemsPerBatch"), 1, MAX_ITEMS, &at.field("MaxItemsPerBatch"), faults);
    whole(batcher.get("MaxInputBytesPerBatch"), 1, MAX_BATCH_BYTES, &at.field("MaxInputBytesPerBatch"), faults);
}

fn result_writer(writer: &Value, at: &Location, faults: &mut Vec<Violation>) {
    if !object(writer, &["Resource", "Arguments", "WriterConfig"], at, faults) {
        return;
    }
    match writer.get("Resource") {
        Some(resource) => {
            one_of(Some(resource), &["arn:aws:states:::s3:putObject"], &at.field("Resource"), faults);
            required(writer, &["Bucket", "Prefix"], at, faults);
        }
        None if writer.get("WriterConfig").is_none() || writer.get("Arguments").is_some() => {
            faults.push(Violation::schema(at, "These fields are required: [Resource]"));
        }
        None => {}
    }
    let Some(config) = writer.get("WriterConfig") else { return };
    let at = at.field("WriterConfig");
    if object(config, &["Transformation", "OutputType"], &at, faults) {
        let transformations = ["NONE", "COMPACT", "FLATTEN"];
        one_of(config.get("Transformation"), &transformations, &at.field("Transformation"), faults);
        one_of(config.get("OutputType"), &["JSON", "JSONL"], &at.field("OutputType"), faults);
    }
}

/// Whether it tells which mode is meant.
fn processor(branch: &Branch, at: &Location, faults: &mut Vec<Violation>) -> bool {
    let Some(config) = &branch.processor_config else { return true };
    let at = at.field("ProcessorConfig");
    let Some(config) = config.as_object() else {
        faults.push(Violation::schema(&at, "Expected value of type [OBJECT]"));
        return false;
    };
    for name in config.keys().filter(|name| !matches!(name.as_str(), "Mode" | "ExecutionType")) {
        faults.push(Violation::schema(&at, format!("Field '{name}' is not supported")));
    }
    let kind = config.get("ExecutionType");
    match config.get("Mode").map_or(Some("INLINE"), Value::as_str) {
        Some("DISTRIBUTED") if kind.is_none() => {
            faults.push(Violation::schema(&at, "These fields are required: [ExecutionType]"));
        }
        Some("DISTRIBUTED") if kind != Some(&Value::from("STANDARD")) && kind != Some(&Value::from("EXPRESS")) => {
            let message = "Value should be one of the following: [STANDARD, EXPRESS]";
            faults.push(Violation::schema(&at.field("ExecutionType"), message));
        }
        Some("INLINE") if kind.is_some() => {
            faults.push(Violation::schema(&at, "Field 'ExecutionType' is not supported"));
        }
        Some("DISTRIBUTED" | "INLINE") => {}
        _ => {
            let message = "Value should be one of the following: [INLINE, DISTRIBUTED]";
            faults.push(Violation::schema(&at.field("Mode"), message));
            return false;
        }
    }
    true
}

/// A distributed map's label is part of ARNs.
pub(super) fn label<'a>(
    label: Option<&'a str>,
    at: &Location,
    known: &mut BTreeSet<&'a str>,
    faults: &mut Vec<Violation>,
) {
    let Some(label) = label else { return };
    let at = at.field("Label");
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "?*<>{}[]:;,\\|^~$#%&`\"".contains(c);
    if label.is_empty() || label.chars().count() > MAX_LABEL || label.contains(forbidden) {
        let message = format!("Label should have 1 to {MAX_LABEL} characters that ARNs allow");
        faults.push(Violation::error(ViolationCode::InvalidLabelName, &at, message));
    }
    if !known.insert(label) {
        faults.push(Violation::error(ViolationCode::DuplicateLabelName, &at, format!("Duplicate Label: {label}")));
    }
}
