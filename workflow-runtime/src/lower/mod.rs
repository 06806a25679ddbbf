//! From the program that `workflow!` emitted to its state machine.
//!
//! [`ir`] is the program as static data, written by the macro. Lowering knows the types (their descriptors), chooses the
//! JSONata forms and names the states; what it refuses is a [`LowerError`] with a code and the source line. Pure.

#![expect(
    clippy::needless_pass_by_value,
    clippy::unused_self,
    reason = "values are made into what is built of them, and every operation reads alike"
)]

pub mod ir;

mod build;
mod emit;
mod expr;
mod finish;
mod flow;
mod graph;
mod method;
mod term;
mod text;
mod typed;

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
pub fn lower(program: &'static ir::Program) -> Result<StateMachine, Vec<LowerError>> {
    let mut builder = build::Builder::new(program);
    if let Some(input) = &program.input {
        let ty = (input.ty)();
        let value = typed::Typed { external: true, ..typed::Typed::new(term::Term::Input, ty) };
        builder.bind(&input.pattern, value);
    }
    builder.workflow(&program.body);
    let (mut graph, mut faults) = (builder.graph, builder.faults);
    if faults.is_empty() {
        finish::finish(&mut graph);
        let emitter = emit::Emitter::new(program, &graph);
        let machine = emitter.machine();
        faults = emitter.faults;
        if faults.is_empty() {
            return Ok(machine);
        }
    }
    faults.sort_by_key(|fault| (fault.at.line, fault.at.column));
    Err(faults)
}
