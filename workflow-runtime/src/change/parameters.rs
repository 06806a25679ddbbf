//! What a step takes: one parameter is sent as that value, several as an object by their names. A parameter is no field, so that
//! serde's attributes do not help it.

use serde_json::{Map, Value};

use super::schema::{Difference, Problem, Schema, Writer, differences};

/// Where two versions of a step differ in what they take.
pub(super) fn taken(old: Schema<'_>, new: Schema<'_>) -> Vec<Difference> {
    let mut found = differences(old, new, Writer::Anyone);
    let (before, after) = (parameters(old.value), parameters(new.value));
    let breaks = found.iter().any(|it| it.forward.is_some());
    match (before, after) {
        (Some(before), Some(after)) => {
            for it in &mut found {
                let Some((name, problem)) = it.pointer.strip_prefix('/').zip(it.forward.as_mut()) else { continue };
                if !before.contains_key(name)
                    && let Some(schema) = after.get(name)
                {
                    problem.remedy = remedy(name, before.iter().find(|it| !after.contains_key(it.0) && it.1 == schema));
                }
            }
            found
        }
        (None, Some(after)) if breaks && !is_nothing(old.value) => {
            one("one value", &format!("several parameters, {}", names(after)))
        }
        (Some(before), None) if breaks && !is_nothing(new.value) => {
            one(&format!("several parameters, {}", names(before)), "one value")
        }
        _ => found,
    }
}

/// Several parameters, or one beside a token, by their names. The fields of a struct stand where `$ref` leads.
fn parameters(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object).filter(|_| schema.get("$ref").is_none())
}

fn is_nothing(schema: &Value) -> bool {
    schema.as_object().is_some_and(Map::is_empty)
}

fn names(parameters: &Map<String, Value>) -> String {
    let names: Vec<String> = parameters.keys().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn remedy(name: &str, renamed: Option<(&String, &Value)>) -> String {
    let new = format!(
        "make the parameter `{name}` an `Option`, put it into a struct that the step takes, with `#[serde(default)]`, or write a \
         step of another name and keep this one"
    );
    match renamed {
        Some((before, _)) => format!("if it is `{before}` renamed, keep that name for the parameter; else {new}"),
        None => new,
    }
}

/// All of it is sent in another way.
fn one(was: &str, is: &str) -> Vec<Difference> {
    let problem = Problem {
        reason: format!("what was written before is {was}, and it reads {is}: one parameter is sent as it is, several by their names"),
        remedy: "put what is new into the struct that the step takes, with `#[serde(default)]`; or write a step of another name, and keep \
                 this one with `.keep_step::<..>()` until those executions have ended"
            .to_owned(),
    };
    let what = format!("{is} (was {was})");
    vec![Difference { pointer: String::new(), what, forward: Some(problem), backward: None }]
}
