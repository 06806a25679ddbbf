//! The program as the macro emits it: static data, references to types and steps as function pointers.
//!
//! Names are resolved while lowering, with Rust's scoping. Every node that can be refused knows where it stands.

mod expr;
mod format;
mod map;
mod pattern;

pub use expr::{BinaryOp, Change, Expr, ExprKind, For, Source, Turbofish, UnaryOp};
pub use format::{Align, FormatPiece, FormatSpec, Radix};
pub use map::{Batch, Items, Map, MapOptions, SourceKind};
pub use pattern::{
    Arm, FailurePattern, Pattern, PatternFields, PatternParts, ResultPattern, ValueArm, ValuePattern, ValuePatternKind,
    VariantFields,
};

use crate::nested::WorkflowKind;
use crate::payload::Type;
use crate::step::{ErrorShape, RetrySpec, StepSpec};

/// A type, asked for when needed.
pub type TypeOf = fn() -> Type;
/// A step's data.
pub type SpecOf = fn() -> StepSpec;
/// An error enum's data.
pub type ErrorOf = fn() -> ErrorShape;

/// A place in the source file of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct At {
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
}

/// A workflow.
#[derive(Clone, Debug)]
pub struct Program {
    /// `OrderFlow`.
    pub name: &'static str,
    /// Its doc comment: the machine's `Comment`.
    pub doc: &'static str,
    /// `file!()`.
    pub file: &'static str,
    /// The one payload parameter; `None` for a workflow that takes nothing.
    pub input: Option<Input>,
    /// `T` of `Result<T>`.
    pub output: TypeOf,
    /// What an execution may take.
    pub bounds: Bounds,
    /// How it runs.
    pub kind: WorkflowKind,
    /// The function's body.
    pub body: Block,
}

/// `#[workflow(timeout = "..", max_transitions = n, assume(State = n))]`
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The machine's `TimeoutSeconds`.
    pub timeout_seconds: Option<u64>,
    /// The most state transitions, retries of steps counted.
    pub max_transitions: Option<u64>,
    /// No more rounds, items or seconds than these, by state.
    pub assume: &'static [(&'static str, u64)],
    /// Where it stands.
    pub at: At,
}

impl Bounds {
    /// There are none.
    pub const NONE: Self =
        Self { timeout_seconds: None, max_transitions: None, assume: &[], at: At { line: 0, column: 0 } };
}

/// The workflow's parameter.
#[derive(Clone, Debug)]
pub struct Input {
    /// Usually a plain name.
    pub pattern: Pattern,
    /// Its type.
    pub ty: TypeOf,
}

/// `{ .. }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// In order.
    pub statements: &'static [Statement],
    /// The trailing expression.
    pub tail: Option<&'static Expr>,
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `let PATTERN: TYPE = VALUE;`
    Let(Let),
    /// `let PATTERN: TYPE;`
    Declare(Declare),
    /// `EXPR;`
    Expr(Expr),
}

/// `let PATTERN: TYPE = VALUE;`
#[derive(Clone, Debug)]
pub struct Let {
    /// What it binds.
    pub pattern: Pattern,
    /// Where it is annotated.
    pub ty: Option<TypeOf>,
    /// Its value.
    pub value: Expr,
    /// `#[compensate(undo(args))]`: the undo, a [`ExprKind::Call`].
    pub compensate: Option<&'static Expr>,
    /// Where it stands.
    pub at: At,
}

/// `let PATTERN: TYPE;`, given its value later.
#[derive(Clone, Debug)]
pub struct Declare {
    /// What it names.
    pub pattern: Pattern,
    /// Where it is annotated.
    pub ty: Option<TypeOf>,
    /// Where it stands.
    pub at: At,
}

/// `#[state = ".."]`, `///`, `#[retry]`, `#[timeout]`, `#[heartbeat]` on a statement or call.
#[derive(Clone, Debug)]
pub struct Attributes {
    /// `#[state = "Name"]`
    pub state: Option<&'static str>,
    /// `///`
    pub comment: Option<&'static str>,
    /// `#[retry(..)]`, replaces the step's own where there is any.
    pub retry: Option<&'static [RetrySpec]>,
    /// `#[timeout = "..s"]`
    pub timeout_seconds: Option<u64>,
    /// `#[heartbeat = "..s"]`
    pub heartbeat_seconds: Option<u64>,
}

impl Attributes {
    /// No attribute at all.
    pub const NONE: Self =
        Self { state: None, comment: None, retry: None, timeout_seconds: None, heartbeat_seconds: None };
}
