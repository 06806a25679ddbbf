//! Look-ups of what stands behind a name, for the program that `workflow!` emits.
//!
//! A [`Probe`] of a type that lacks the trait asked for falls back to [`Unknown`] instead of failing to compile: the checked
//! copy, which stands beside it, has already said what is wrong, on the user's tokens and once.

use std::marker::PhantomData;

use serde_json::Value;

use crate::nested::{self, Callee, ChildWorkflow};
use crate::payload::{Payload, Type};
use crate::step::{ErrorShape, StepError, StepHandler, StepSpec};

/// A type that is known by what the compiler infers.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<fn() -> T>);

impl<T> Probe<T> {
    /// Of a type that is written out.
    #[expect(clippy::new_without_default, reason = "only macros make it")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// Of what a pattern matches.
    pub fn matched(_: fn(T)) -> Self {
        Self::new()
    }

    /// Of a value.
    pub fn made(_: fn() -> T) -> Self {
        Self::new()
    }

    /// Of what a tuple variant's constructor makes.
    pub fn constructed<A, F: Constructor<A, Made = T>>(_: F) -> Self {
        Self::new()
    }
}

impl<T: Payload> Probe<T> {
    /// Its descriptor.
    pub fn payload_type(&self) -> Type {
        T::ty()
    }
}

impl<T: Payload + Default> Probe<T> {
    /// The default's JSON and type.
    pub fn default_value(&self) -> (Value, Type) {
        (serde_json::to_value(T::default()).unwrap_or_default(), T::ty())
    }
}

impl<T: Default> Probe<T> {
    /// What serde takes where a key is missing.
    pub fn by_default(&self) -> Option<T> {
        Some(T::default())
    }
}

/// What a [`Probe`] answers of a type without a default: it is serde that asks for one.
pub trait WithoutDefault<T> {
    /// Nothing.
    fn by_default(&self) -> Option<T> {
        None
    }
}

impl<T> WithoutDefault<T> for Probe<T> {}

impl<T: StepError> Probe<T> {
    /// Names and descriptor of the error enum.
    pub fn error_shape(&self) -> ErrorShape {
        T::shape()
    }
}

impl<T: Callee> Probe<T> {
    /// The data of the step, or of the workflow as a step.
    pub fn step_spec(&self) -> StepSpec {
        T::call_spec()
    }

    /// The step's erased call.
    pub fn step_handler(&self) -> Option<StepHandler> {
        T::step_handler()
    }

    /// The workflow that is called and waited for.
    pub fn child(&self) -> Option<ChildWorkflow> {
        T::child()
    }

    /// The workflow that is only started.
    pub fn spawned_child(&self) -> Option<ChildWorkflow> {
        T::child().map(ChildWorkflow::spawned)
    }

    /// The data of the workflow as something to start.
    pub fn spawn_spec(&self) -> StepSpec {
        nested::spawned(T::call_spec())
    }
}

/// What a [`Probe`] answers where the trait is missing: such a program does not compile.
pub trait Unknown {
    /// Anything.
    fn payload_type(&self) -> Type {
        Type::Json
    }

    /// Nothing.
    fn default_value(&self) -> (Value, Type) {
        (Value::Null, Type::Json)
    }

    /// No variants.
    fn error_shape(&self) -> ErrorShape {
        <crate::step::NoError as StepError>::shape()
    }

    /// Never called.
    fn step_spec(&self) -> StepSpec {
        crate::step::never_run()
    }

    /// Never called.
    fn step_handler(&self) -> Option<StepHandler> {
        None
    }

    /// Never called.
    fn child(&self) -> Option<ChildWorkflow> {
        None
    }

    /// Never called.
    fn spawned_child(&self) -> Option<ChildWorkflow> {
        None
    }

    /// Never called.
    fn spawn_spec(&self) -> StepSpec {
        crate::step::never_run()
    }
}

impl<T> Unknown for Probe<T> {}

/// A tuple variant's name as a function.
pub trait Constructor<A> {
    /// The enum.
    type Made;
}

macro_rules! constructor {
    ($($part:ident)+) => {
        impl<F: Fn($($part),+) -> T, T, $($part),+> Constructor<($($part,)+)> for F {
            type Made = T;
        }
    };
}

constructor!(A);
constructor!(A B);
constructor!(A B C);
constructor!(A B C D);
constructor!(A B C D E);
constructor!(A B C D E G);

/// What the generated test of every workflow asks: has it a state machine, and would Step Functions take it?
///
/// # Panics
/// Where not, with every fault.
pub fn check_definition<W: crate::workflow::Workflow>() {
    let definition = match W::try_definition() {
        Ok(definition) => definition,
        Err(error) => panic!("{error}"),
    };
    let faults: Vec<String> = crate::asl::validate(definition.state_machine())
        .into_iter()
        .filter(|violation| violation.severity == crate::asl::Severity::Error)
        .map(|violation| format!("\n{}: {}", violation.location.unwrap_or_default(), violation.message))
        .collect();
    assert!(
        faults.is_empty(),
        "workflow `{}` has a state machine that Step Functions refuses:{}",
        W::NAME,
        faults.concat()
    );
}
