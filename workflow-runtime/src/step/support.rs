//! What `#[step]` expands to calls. Generic over the step, so that a type that is no `Payload` is reported where the step
//! declares it and nowhere else.

use std::any::TypeId;

use serde_json::Value;

use super::{
    Callback, Data, DataNeed, ErrorOutput, ErrorShape, Param, Step, StepContext, StepReply, TaskToken, bounds,
};
use crate::nested::Callee;
use crate::payload::{self, Mismatch, Payload, Type};

pub use futures_util::future::BoxFuture;
pub use serde_json::Value as JsonValue;

/// The payload parameter number `N` of a step.
pub trait Parameter<const N: usize>: Step {
    /// Its type.
    type Type: Payload;
    /// Rust's name.
    const KEY: &'static str;
}

/// A parameter of type `Data<T>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `workflow_runtime::Data`",
    label = "a step parameter named `Data<..>` must be `workflow_runtime::Data`",
    note = "rename your own type, or put the value behind `Data<T>` and give it to the runtime with `.data(..)`"
)]
pub trait DataParameter: Sized {
    /// For the check on start.
    fn need() -> DataNeed;
    /// From what the runtime was given.
    ///
    /// # Errors
    /// Where it was not given.
    fn take(step: &str, context: &StepContext) -> Result<Self, ErrorOutput>;
}

impl<T: Send + Sync + 'static> DataParameter for Data<T> {
    fn need() -> DataNeed {
        DataNeed { type_id: TypeId::of::<T>(), type_name: std::any::type_name::<T>() }
    }

    fn take(step: &str, context: &StepContext) -> Result<Self, ErrorOutput> {
        context.data().ok_or_else(|| {
            let name = std::any::type_name::<T>();
            ErrorOutput::undeclared(format!(
                "step `{step}` takes `Data<{name}>`, which the runtime was not given: add `.data(..)` with a `{name}` where it \
                 is built [WF4002]"
            ))
        })
    }
}

/// The token of a callback step's attempt.
///
/// # Errors
/// Where the attempt has none.
pub fn token(step: &str, context: &StepContext) -> Result<TaskToken, ErrorOutput> {
    context.token().cloned().ok_or_else(|| {
        ErrorOutput::undeclared(format!("callback step `{step}` was called without a task token [WF4001]"))
    })
}

/// Data of one payload parameter.
pub fn param<S: Parameter<N>, const N: usize>() -> Param {
    Param { name: S::KEY, ty: S::Type::ty() }
}

/// What a call of the step yields.
pub fn output_type<S: Step>() -> Type {
    S::Output::ty()
}

/// The errors of the step, or of the workflow as a step.
pub fn error_shape<S: Callee>() -> ErrorShape {
    S::call_error()
}

/// Reads the payload parameter number `N`; `whole` where the payload is that value itself.
///
/// # Errors
/// Where it is missing or of another shape: with its pointer and what was expected.
pub fn argument<S: Parameter<N>, const N: usize>(
    step: &str,
    payload: &Value,
    whole: bool,
) -> Result<S::Type, ErrorOutput> {
    let fault =
        |text: String| ErrorOutput::undeclared(format!("step `{step}` cannot read its payload: {text} [WF4001]"));
    let name = S::KEY;
    let value = if whole {
        payload
    } else {
        let fields = payload.as_object().ok_or_else(|| {
            fault(format!("expected an object with a field for each parameter, found {}", payload::found(payload)))
        })?;
        fields.get(name).unwrap_or(&Value::Null)
    };
    let told = |mismatches: Vec<Mismatch>| {
        let prefix = if whole { String::new() } else { format!("/{name}") };
        let at =
            |it: Mismatch| Mismatch { pointer: format!("{prefix}{}", it.pointer), message: it.message }.to_string();
        let reasons: Vec<String> = mismatches.into_iter().map(at).collect();
        fault(format!("parameter `{name}`: {}", reasons.join("; ")))
    };
    let read = <S::Type as serde::Deserialize>::deserialize(value).map_err(|error| {
        if !whole && payload.get(name).is_none() {
            return fault(format!("parameter `{name}` is missing, {}", payload::describe(&S::Type::ty())));
        }
        let mut mismatches = payload::check(&S::Type::ty(), value).err().unwrap_or_default();
        if mismatches.is_empty() {
            let message = payload::reason(&S::Type::ty(), &error);
            mismatches.push(Mismatch { pointer: String::new(), message });
        }
        told(mismatches)
    })?;
    let excess = bounds::excess::<S::Type>(value);
    if excess.is_empty() { Ok(read) } else { Err(told(excess)) }
}

/// Whether the payload is what the step's parameters are, by their descriptors.
///
/// # Errors
/// Which parameter is not, where and why.
pub(crate) fn payload_fault(spec: &super::StepSpec, payload: &Value) -> Result<(), String> {
    let whole = spec.params.len() == 1 && spec.token.is_none();
    for param in &spec.params {
        let value = if whole { Some(payload) } else { payload.get(param.name) };
        let optional = matches!(param.ty, Type::Option(_) | Type::Unit | Type::Json);
        let Some(value) = value.or(optional.then_some(&Value::Null)) else {
            return Err(format!("parameter `{}` is missing, {}", param.name, payload::describe(&param.ty)));
        };
        if let Err(mismatches) = payload::check(&param.ty, value) {
            let reasons: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
            return Err(format!("parameter `{}`: {}", param.name, reasons.join("; ")));
        }
    }
    Ok(())
}

/// Writes a result.
///
/// # Errors
/// Where it has no JSON that every ASL interpreter reads alike.
pub fn reply<S: Step>(step: &str, output: &S::Output) -> Result<StepReply, ErrorOutput> {
    let fault =
        |text: String| ErrorOutput::undeclared(format!("the result of step `{step}` cannot travel: {text} [WF4004]"));
    let value = serde_json::to_value(output).map_err(|error| fault(error.to_string()))?;
    let excess = bounds::excess::<S::Output>(&value);
    if !excess.is_empty() {
        let reasons: Vec<String> = excess.iter().map(ToString::to_string).collect();
        return Err(fault(reasons.join("; ")));
    }
    match payload::inexact_integer(&value) {
        None => Ok(StepReply::Output(value)),
        Some((pointer, number)) => {
            let message = format!(
                "the integer {number} is beyond 2^53 - 1, the last that JSON interpreters keep exactly: make it a `String`"
            );
            Err(fault(Mismatch { pointer, message }.to_string()))
        }
    }
}

/// Writes a declared error.
pub fn failed<S: Step>(error: &S::Error) -> ErrorOutput {
    ErrorOutput::from_error(error)
}

/// One attempt's future.
pub fn boxed<F>(attempt: F) -> BoxFuture<'static, Result<StepReply, ErrorOutput>>
where
    F: Future<Output = Result<StepReply, ErrorOutput>> + Send + 'static,
{
    Box::pin(attempt)
}

/// A callback step has handed out its token.
pub fn parked<S: Step>(_pending: Callback<S::Output>) -> StepReply {
    StepReply::Parked
}

/// The body of a function that is type-checked and never run.
///
/// # Panics
/// Always; nothing calls it.
pub fn never_run() -> ! {
    unreachable!("a step's type-checked shadow was called")
}
