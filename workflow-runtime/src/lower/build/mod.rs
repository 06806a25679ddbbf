//! Walks the program once: resolves names with Rust's scoping, types every expression and builds the graph.
//!
//! The *open* edges are where control stands: what comes next is attached to them. No open edge means that control never
//! comes here. Every way that ends in a value is a [`Way`]; ways meet in [`Builder::join`].

mod call;
mod choice;
mod control;
mod counted;
mod external;
mod failures;
mod join;
mod loops;
mod map;
mod mutable;
mod nested;
mod pattern;
mod raw;
mod results;
mod saga;
mod tolerate;
mod undo;

use super::graph::{ContainerId, EdgeRef, Graph, NodeId};
use super::ir::{At, Program};
use super::term::{Term, VarId};
use super::typed::Typed;
use super::{LowerError, codes};
use crate::step::ServicePattern;

pub(super) use control::is_stepless;
pub(super) use join::{element, unify};
pub(super) use mutable::{Env, Inward};
pub(super) use pattern::field_of;
pub(super) use raw::Nested;
use saga::{Form, Sagas, Undos};
use undo::{Comp, Link};

/// Where control is while the program is walked.
#[derive(Clone)]
pub(super) struct Builder<'p> {
    program: &'p Program,
    pub(super) graph: Graph,
    faults: Vec<LowerError>,
    /// Names in scope, innermost last.
    pub(in crate::lower) names: Vec<(&'static str, Typed)>,
    open: Vec<EdgeRef>,
    container: ContainerId,
    frame: Frame,
    /// Values that groups ended with.
    collectors: Vec<Vec<Way>>,
    handlers: Vec<Handler>,
    /// The loops and labelled blocks around, innermost last.
    loops: Vec<loops::Loop>,
    form: Form,
    comps: Vec<Comp>,
    links: Vec<Link>,
    /// Where the failures of called workflows leave each container.
    leaving: Vec<(ContainerId, VarId, NodeId)>,
    sagas: Sagas,
    /// What the undos hand on at their end.
    first_failure: Option<VarId>,
    /// The maps whose bodies are being walked.
    maps: Vec<map::Boundary>,
    /// Inside an expression that may not be evaluated: nothing may be computed ahead.
    pub(in crate::lower) conditional: usize,
    /// The step whose arguments are walked, where it hands out no token.
    tokenless: Option<(&'static str, ServicePattern)>,
    /// Names bound inside expressions, by block.
    pub(in crate::lower) locals: Vec<Vec<(VarId, Term)>>,
}

/// What `return`, `?` and failures mean here.
#[derive(Clone, Copy)]
struct Frame {
    returns: Returns,
    fails: Fails,
    /// The undos that are due when a failure leaves or is caught.
    undo: Undos,
}

#[derive(Clone, Copy, PartialEq)]
enum Returns {
    /// The machine or branch ends.
    End,
    /// The branch ends with what it would undo; it says which undos failed where `reports`.
    Settled { reports: bool },
    /// The group ends.
    Group(usize),
}

#[derive(Clone, Copy, PartialEq)]
enum Fails {
    /// The failure leaves the machine or branch.
    Leave,
    /// The failure goes to a group's handler.
    Handler(usize),
}

/// Where failures of a handled group arrive.
#[derive(Clone)]
struct Handler {
    /// They may be taken down to its mark first.
    ways: Vec<Way>,
    failure: VarId,
    /// The stack's height where the failure is caught: to unwind to, and where it is known.
    mark: Term,
    height: Option<usize>,
}

/// A way on which control got to the end of something.
#[derive(Clone)]
struct Way {
    edges: Vec<EdgeRef>,
    value: Typed,
    /// What the variables hold there.
    env: mutable::Env,
    undo: Undos,
}

/// Whether an expression's `Result` is meant, or its value.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::lower) enum Mode {
    Value,
    /// `Ok`'s value; a failure goes where failures go here.
    Result,
}

impl<'p> Builder<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        let mut graph = Graph::default();
        let container = graph.container();
        Self {
            program,
            graph,
            faults: Vec::new(),
            names: Vec::new(),
            open: vec![EdgeRef::Start(container)],
            container,
            frame: Frame { returns: Returns::End, fails: Fails::Leave, undo: Undos::NONE },
            collectors: Vec::new(),
            handlers: Vec::new(),
            loops: Vec::new(),
            form: Form::of(program),
            comps: Vec::new(),
            links: Vec::new(),
            leaving: Vec::new(),
            sagas: Sagas::default(),
            first_failure: None,
            maps: Vec::new(),
            conditional: 0,
            tokenless: None,
            locals: Vec::new(),
        }
    }

    /// Builds the whole machine.
    pub(super) fn run(mut self) -> Result<Graph, Vec<LowerError>> {
        if let Some(input) = &self.program.input {
            let mut value = Typed::new(Term::Input, (input.ty)());
            value.external = true;
            self.bind(&input.pattern, value);
        }
        let program = self.program;
        if let Some(value) = self.block(&program.body, Mode::Result) {
            self.deliver(value);
        }
        self.close_undos();
        self.close_stacks();
        self.drop_idle_undos();
        if self.faults.is_empty() { Ok(self.graph) } else { Err(self.faults) }
    }

    /// The workflow's name.
    pub(super) fn program_name(&self) -> &'static str {
        self.program.name
    }

    pub(in crate::lower) fn fault(&mut self, code: &'static str, at: At, message: impl Into<String>) -> Typed {
        let fault = LowerError { code, message: message.into(), file: self.program.file, at };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
        Typed::poison()
    }

    pub(in crate::lower) fn unexpected(&mut self, at: At, what: &str) -> Typed {
        self.fault(codes::UNEXPECTED, at, format!("{what} has no meaning here: this is a fault of `workflow!`"))
    }

    pub(in crate::lower) fn lookup(&mut self, name: &str) -> Option<Typed> {
        let position = self.names.iter().rposition(|(known, _)| *known == name)?;
        let (name, value) = self.names.get(position)?.clone();
        Some(self.across_maps(position, name, Typed { binding: None, ..value }))
    }
}
