//! Which step a Task names by its `Resource`: the one place that writes and reads these texts.
//!
//! A step's function is left open as a substitution, `${ValidateOrderFunctionArn}`, that a deployment fills in; a callback
//! goes through Lambda's `invoke.waitForTaskToken`; an activity is `${ValidateOrderActivityArn}` and has its own token.

mod nested;

pub use nested::*;

use std::borrow::Cow;

use serde_json::{Map, Value};

/// The `Resource` of a Task that calls a function and waits for an answer by task token.
pub const CALLBACK_RESOURCE: &str = "arn:aws:states:::lambda:invoke.waitForTaskToken";
/// The expression that reads the task's token.
pub const TOKEN_EXPRESSION: &str = "{% $states.context.Task.Token %}";

const FUNCTION_SUFFIX: &str = "FunctionArn";
const ACTIVITY_SUFFIX: &str = "ActivityArn";

/// How the call reaches the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// The function's result is the task's result.
    Function,
    /// The function hands out its token; the answer comes later.
    Callback,
    /// A worker asks for the work, its token in hand.
    Activity,
}

/// A Task's call of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepCall<'a> {
    /// The function as the `Resource` names it; equal to [`function_key`] of the step's name.
    pub function: &'a str,
    /// How it is reached.
    pub kind: CallKind,
    /// What the step is given, out of `Arguments`; `None` where the whole of the state's input is.
    pub payload: Option<&'a Value>,
}

impl StepCall<'_> {
    /// Whether the answer comes by task token through Lambda.
    pub fn is_callback(&self) -> bool {
        self.kind == CallKind::Callback
    }
}

/// A function's name as it stands in substitutions, which know only letters, digits and `_`: `validate-order` is
/// `validateOrder` there. Names that are UpperCamelCase stay what they are.
pub fn function_key(function: &str) -> Cow<'_, str> {
    if function.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Cow::Borrowed(function);
    }
    let mut key = String::with_capacity(function.len());
    let mut raise = false;
    for c in function.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            key.push(if raise { c.to_ascii_uppercase() } else { c });
            raise = false;
        } else {
            raise = true;
        }
    }
    Cow::Owned(key)
}

/// `${ValidateOrderFunctionArn}`
pub fn function_placeholder(function: &str) -> String {
    format!("${{{}{FUNCTION_SUFFIX}}}", function_key(function))
}

/// `${ValidateOrderActivityArn}`
pub fn activity_placeholder(function: &str) -> String {
    format!("${{{}{ACTIVITY_SUFFIX}}}", function_key(function))
}

/// The `Arguments` of a callback: the function and what it is given.
pub fn callback_arguments(function: &str, payload: Value) -> Value {
    let mut arguments = Map::new();
    arguments.insert("FunctionName".to_owned(), function_placeholder(function).into());
    arguments.insert("Payload".to_owned(), payload);
    Value::Object(arguments)
}

/// Reads a Task's `Resource` and `Arguments`, as written or as evaluated: which step is called and what it is given.
///
/// Besides the substitutions it knows the ARNs that a deployment puts in their place. `None` where something else than a
/// step is called.
pub fn parse<'a>(resource: &'a str, arguments: Option<&'a Value>) -> Option<StepCall<'a>> {
    if resource == CALLBACK_RESOURCE {
        let arguments = arguments?.as_object()?;
        let function = function_of(arguments.get("FunctionName")?.as_str()?)?;
        return Some(StepCall { function, kind: CallKind::Callback, payload: arguments.get("Payload") });
    }
    if let Some(function) = activity_of(resource) {
        return Some(StepCall { function, kind: CallKind::Activity, payload: arguments });
    }
    let function = function_of(resource)?;
    Some(StepCall { function, kind: CallKind::Function, payload: arguments })
}

/// As [`parse`], of the program's own steps only: those that a substitution names.
pub fn parse_own<'a>(resource: &'a str, arguments: Option<&'a Value>) -> Option<StepCall<'a>> {
    let named = match arguments {
        Some(arguments) if resource == CALLBACK_RESOURCE => arguments.get("FunctionName")?.as_str()?,
        _ => resource,
    };
    if named.starts_with("${") { parse(resource, arguments) } else { None }
}

/// `sqs` and `sendMessage.waitForTaskToken` of `arn:aws:states:::sqs:sendMessage.waitForTaskToken`: AWS's `resourceType` and
/// `resource` in history. `None` for functions and activities.
pub fn service_action(resource: &str) -> Option<(&str, &str)> {
    let rest = resource.split_once(":states:::")?.1;
    // `states:startExecution.sync:2` holds a colon in its action, `aws-sdk:dynamodb:putItem` one in its type.
    let (head, version) = rest.strip_suffix(":2").map_or((rest, 0), |head| (head, 2));
    let (service, action) = head.rsplit_once(':')?;
    Some((service, &rest[service.len() + 1..service.len() + 1 + action.len() + version]))
}

/// Whether the task begins a job and ends with it.
pub fn is_job(resource: &str) -> bool {
    service_action(resource)
        .and_then(|(_, action)| action.split_once('.'))
        .is_some_and(|(_, pattern)| matches!(pattern, "sync" | "sync:2"))
}

/// Whether the task ends only when somebody answers with its token, or a worker that holds it.
pub fn waits_for_token(resource: &str) -> bool {
    resource.ends_with(".waitForTaskToken") || activity_of(resource).is_some()
}

fn function_of(text: &str) -> Option<&str> {
    if let Some(function) = placeholder(text, FUNCTION_SUFFIX) {
        return Some(function);
    }
    // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:ALIAS]
    let mut parts = arn_parts(text, "lambda")?;
    (parts.next()? == "function").then(|| parts.next())?.filter(|name| !name.is_empty())
}

fn activity_of(text: &str) -> Option<&str> {
    if let Some(function) = placeholder(text, ACTIVITY_SUFFIX) {
        return Some(function);
    }
    let mut parts = arn_parts(text, "states")?;
    (parts.next()? == "activity").then(|| parts.next())?.filter(|name| !name.is_empty())
}

fn placeholder<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    text.strip_prefix("${")?.strip_suffix('}')?.strip_suffix(suffix).filter(|name| !name.is_empty())
}

/// What follows `arn:PARTITION:SERVICE:REGION:ACCOUNT:`.
fn arn_parts<'a>(text: &'a str, service: &str) -> Option<std::str::Split<'a, char>> {
    let mut parts = text.split(':');
    (parts.next()? == "arn" && parts.next().is_some() && parts.next()? == service).then_some(())?;
    (parts.next().is_some() && parts.next().is_some()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(resource: &str) -> Option<(&str, CallKind)> {
        parse(resource, None).map(|call| (call.function, call.kind))
    }

    #[test]
    fn placeholders_and_arns_name_the_step() {
        let validate = function_placeholder("ValidateOrder");
        assert_eq!(validate, "${ValidateOrderFunctionArn}");
        assert_eq!(call(&validate), Some(("ValidateOrder", CallKind::Function)));
        assert_eq!(call(&activity_placeholder("Ship")), Some(("Ship", CallKind::Activity)));
        assert_eq!(call("arn:aws:lambda:eu-west-1:1234:function:Ship:live"), Some(("Ship", CallKind::Function)));
        assert_eq!(call("arn:aws:states:eu-west-1:1234:activity:Ship"), Some(("Ship", CallKind::Activity)));
        for other in
            ["${FunctionArn}", "${ShipTableArn}", "arn:aws:states:::sqs:sendMessage", "Ship", "", CALLBACK_RESOURCE]
        {
            assert_eq!(call(other), None, "{other}");
        }
    }

    #[test]
    fn names_become_substitution_names() {
        assert_eq!(function_key("ValidateOrder"), "ValidateOrder");
        assert_eq!(function_key("validate-order.v2"), "validateOrderV2");
        assert_eq!(function_placeholder("validate-order"), "${validateOrderFunctionArn}");
    }

    #[test]
    fn a_callback_is_given_its_payload() {
        let payload = json!({ "token": TOKEN_EXPRESSION, "order": 1 });
        let arguments = callback_arguments("RequestApproval", payload.clone());
        let call = parse(CALLBACK_RESOURCE, Some(&arguments)).expect("a call");
        assert_eq!((call.function, call.payload), ("RequestApproval", Some(&payload)));
        assert!(call.is_callback());
        assert!(waits_for_token(CALLBACK_RESOURCE) && waits_for_token("${ShipActivityArn}"));
        assert!(!waits_for_token("${ShipFunctionArn}"));
    }

    #[test]
    fn services_are_split_as_history_shows_them() {
        for (resource, expected) in [
            ("arn:aws:states:::lambda:invoke.waitForTaskToken", Some(("lambda", "invoke.waitForTaskToken"))),
            ("arn:aws:states:::states:startExecution.sync:2", Some(("states", "startExecution.sync:2"))),
            ("arn:aws:states:::aws-sdk:dynamodb:putItem", Some(("aws-sdk:dynamodb", "putItem"))),
            ("${ShipFunctionArn}", None),
        ] {
            assert_eq!(service_action(resource), expected, "{resource}");
        }
    }
}
