//! From the program that `workflow!` emitted to its state machine.
//!
//! [`ir`] is the program as static data, written by the macro. Lowering knows the types (their descriptors), chooses the
//! JSONata forms and names the states; what it refuses is a [`LowerError`] with a code and the source line. Pure.

pub mod ir;

use crate::asl::StateMachine;

/// A program that the type system let through but that has no exact machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LowerError {
    /// `WF13xx`.
    pub code: &'static str,
    /// What is wrong and what to write instead.
    pub message: String,
    /// The source file.
    pub file: &'static str,
    /// Where in it.
    pub at: ir::At,
}

impl std::fmt::Display for LowerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, message, file, at } = self;
        write!(f, "{message} [{code}]\n  --> {file}:{}:{}", at.line, at.column)
    }
}

/// Lowers a program; all faults at once.
///
/// # Errors
/// What has no exact machine, with its code and source line.
pub fn lower(_program: &ir::Program) -> Result<StateMachine, Vec<LowerError>> {
    todo!()
}
