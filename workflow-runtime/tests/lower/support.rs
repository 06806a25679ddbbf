//! Shows machines without what is the same everywhere.

use serde_json::{Value, json};
use workflow_runtime::Workflow;
use workflow_runtime::asl;

/// The whole machine, once it has been validated.
pub(crate) fn machine<W: Workflow>() -> Value {
    let definition = W::try_definition().unwrap_or_else(|error| panic!("{error}"));
    let machine = definition.state_machine();
    let violations = asl::validate(machine);
    assert!(violations.is_empty(), "{violations:#?}\n{}", definition.to_asl_json());
    serde_json::to_value(machine).unwrap_or_default()
}

/// The states, one line a field. Left out: Lambda's retrier and the default timeout, which are on every Task.
pub(crate) fn states<W: Workflow>() -> String {
    let mut machine = machine::<W>();
    tidy(&mut machine);
    let mut text = String::new();
    show(&machine, 0, &mut text);
    text
}

fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(retry) = fields.get_mut("Retry").and_then(Value::as_array_mut) {
                retry.retain(|retrier| !retrier["ErrorEquals"].to_string().contains("Lambda."));
                if retry.is_empty() {
                    fields.shift_remove("Retry");
                }
            }
            if fields.get("TimeoutSeconds") == Some(&json!(60)) {
                fields.shift_remove("TimeoutSeconds");
            }
            let function = fields.get("Resource").and_then(Value::as_str).and_then(|text| text.strip_prefix("${"));
            if let Some(function) = function.and_then(|text| text.strip_suffix("FunctionArn}")).map(str::to_owned) {
                fields.insert("Resource".to_owned(), json!(function));
            }
            fields.values_mut().for_each(tidy);
        }
        Value::Array(values) => values.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn show(container: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    text.push_str(&format!("{indent}-> {}\n", container["StartAt"].as_str().unwrap_or_default()));
    for (name, state) in container["States"].as_object().into_iter().flatten() {
        let (kind, resource) = (state["Type"].as_str().unwrap_or_default(), state["Resource"].as_str());
        let resource = resource.filter(|resource| *resource != name).map(|text| format!(" {text}")).unwrap_or_default();
        text.push_str(&format!("{indent}{name}: {kind}{resource}\n"));
        for (field, value) in state.as_object().into_iter().flatten() {
            match (field.as_str(), value) {
                ("Type" | "Resource", _) => {}
                ("Branches", Value::Array(branches)) => {
                    for branch in branches {
                        show(branch, depth + 2, text);
                    }
                }
                ("ItemProcessor", processor) => {
                    if let Some(config) = processor.get("ProcessorConfig") {
                        text.push_str(&format!("{indent}  ProcessorConfig {config}\n"));
                    }
                    show(processor, depth + 2, text);
                }
                ("Catch" | "Choices" | "Retry", Value::Array(values)) => {
                    for value in values {
                        text.push_str(&format!("{indent}  {field} {value}\n"));
                    }
                }
                ("Next" | "Default", Value::String(next)) => text.push_str(&format!("{indent}  {field} -> {next}\n")),
                (field, value) => text.push_str(&format!("{indent}  {field} {value}\n")),
            }
        }
    }
}

/// Why a workflow has no definition.
pub(crate) fn refusals<W: Workflow>() -> String {
    let faults = W::try_definition().err().map(|error| error.faults).unwrap_or_default();
    faults.iter().map(|fault| format!("{} {}\n", fault.code, fault.message)).collect()
}
