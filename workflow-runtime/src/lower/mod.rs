//! From the program that `workflow!` emitted to its state machine.
//!
//! [`ir`] is the program as static data, written by the macro. Lowering knows the types (their descriptors), chooses the
//! JSONata forms and names the states; what it refuses is a [`LowerError`] with a code and the source line. Pure.

mod bounds;
mod budget;
mod build;
mod carry;
mod choices;
mod coalesce;
mod codes;
mod emit;
mod express;
mod fold;
mod graph;
mod guard;
mod handwritten;
mod heads;
pub mod ir;
mod map;
mod names;
mod parts;
mod term;
mod text;
mod threads;
mod typed;
mod value;
mod variables;

use std::collections::BTreeMap;

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
pub fn lower(program: &ir::Program) -> Result<StateMachine, Vec<LowerError>> {
    lower_whole(program).map(|lowered| lowered.machine)
}

/// A machine, and what its text does not say.
pub(crate) struct Lowered {
    pub(crate) machine: StateMachine,
    /// The functions that stand in for integrations, by state.
    pub(crate) stand_ins: BTreeMap<String, &'static str>,
    /// How often loops go back to these states, where literals tell.
    pub(crate) rounds: BTreeMap<String, u64>,
    /// Promises of `#[workflow(..)]` that the machine does not keep.
    pub(crate) overruns: Vec<LowerError>,
    /// What is worth knowing of the machine.
    pub(crate) notes: Vec<String>,
}

/// As [`lower`].
pub(crate) fn lower_whole(program: &ir::Program) -> Result<Lowered, Vec<LowerError>> {
    let mut graph = build::Builder::new(program).run().map_err(sorted)?;
    graph.fold_ends();
    let spinning = graph.spinning();
    if !spinning.is_empty() {
        return Err(sorted(spinning.into_iter().map(|at| endless(program, at)).collect()));
    }
    graph.bypass_heads();
    graph.drop_catchers();
    let variables = variables::settle(&mut graph);
    graph.merge_catchers();
    graph.settle_choices();
    graph.merge_ends(&variables.inputs);
    let names = names::assign(&graph, program.file).map_err(sorted)?;
    let stand_ins = graph.stand_ins(&names);
    let machine = emit::machine(program, &graph, &names, &variables);
    let rounds = budget::rounds(&graph, &names);
    let mut notes = Vec::new();
    if program.kind.is_express() {
        let faults = express::faults(program, &machine.states, &graph, &names);
        if !faults.is_empty() {
            return Err(sorted(faults));
        }
    } else {
        // An Express execution keeps no events.
        let budget = budget::budget(program, &graph, (&machine, &names, &rounds));
        if !budget.faults.is_empty() {
            return Err(sorted(budget.faults));
        }
        notes = budget.notes;
    }
    let overruns = bounds::overruns(program, &machine, &rounds);
    Ok(Lowered { machine, stand_ins, rounds, overruns, notes })
}

fn endless(program: &ir::Program, at: ir::At) -> LowerError {
    let message = String::from(
        "this loop never ends and nothing in it waits: leave it with `break` or `return`, or call a step or `sleep` in it",
    );
    LowerError { code: codes::ENDLESS, message, file: program.file, at }
}

/// In source order.
fn sorted(mut faults: Vec<LowerError>) -> Vec<LowerError> {
    faults.sort_by_key(|fault| (fault.at.line, fault.at.column));
    faults
}
