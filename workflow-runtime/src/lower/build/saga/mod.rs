//! `#[compensate]` where the chain of undos does not reach: the stack.
//!
//! What is to be undone stands in a variable, last registered first: `[{"s": "refund", "a": ..}]`. A Choice looks at its first
//! entry and leads to that undo, which takes the entry off and comes back. A branch or iteration keeps a stack of its own
//! and hands it out with its result; what runs around it puts it on its own stack.

mod again;
mod idle;
mod items;
mod report;
mod scan;
mod settle;
mod unwind;

use serde_json::Value;

use super::mutable::Env;
use super::undo::{LinkId, UndoCall};
use super::{Builder, Fails, Frame, Way};
use crate::lower::codes;
use crate::lower::graph::{ContainerId, EdgeRef, NodeId, TaskNode};
use crate::lower::ir::{At, Block, Expr};
use crate::lower::term::{Element, Term, VarId};
use crate::lower::typed::Typed;

pub(super) use scan::{Form, holds_undo, holds_undo_in, unwinds_in};

/// What a failure would undo here, as far as the walk knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Undos {
    /// What a failure runs before it leaves or is handled; nothing where `None`.
    pub(super) due: Option<Due>,
    /// How many entries the stack has, where every way here agrees. At 0 its variable may be unassigned.
    pub(super) height: Option<usize>,
    /// Whether undos may have run on the way here.
    pub(super) unwound: bool,
}

impl Undos {
    pub(super) const NONE: Self = Self { due: None, height: Some(0), unwound: false };

    pub(super) fn chain(self) -> Option<LinkId> {
        match self.due {
            Some(Due::Chain(link)) => Some(link),
            _ => None,
        }
    }
}

/// The form that the workflow's undos have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Due {
    /// Entered at this link.
    Chain(LinkId),
    /// Down to the mark of whoever catches the failure.
    Stack,
}

/// Stands for the arguments of the entry that an undo takes off.
const ARGUMENTS: VarId = VarId(usize::MAX);

/// Every undo step of the program, and each container's stack.
#[derive(Clone, Default)]
pub(super) struct Sagas {
    kinds: Vec<UndoKind>,
    stacks: Vec<Stack>,
}

/// An undo step.
#[derive(Clone)]
struct UndoKind {
    /// What entries call it.
    label: String,
    /// Its payload reads the entry's arguments as [`ARGUMENTS`].
    task: TaskNode,
    comment: Option<String>,
    at: At,
}

/// The undos of the machine, a branch or an iteration.
#[derive(Clone)]
struct Stack {
    container: ContainerId,
    undo: VarId,
    /// The undos of it that failed.
    failed: VarId,
    /// Which undos may be on it.
    kinds: Vec<usize>,
    exits: Vec<Exit>,
    /// Failures that leave the machine.
    leaving: Vec<EdgeRef>,
    /// Leads to the undos.
    choice: Option<NodeId>,
}

/// Where control goes on once the stack is down to a mark.
#[derive(Clone)]
struct Exit {
    entries: Vec<EdgeRef>,
    mark: Term,
}

/// What ran with its failures caught.
pub(super) struct Caught<T> {
    pub(super) value: T,
    /// Where the failures arrive, unwound to where they are caught.
    pub(super) edges: Vec<EdgeRef>,
    /// What the variables hold there.
    pub(super) env: Env,
    pub(super) failure: VarId,
    /// What is due there.
    pub(super) undo: Undos,
}

/// The place in `stacks`.
type StackId = usize;

impl Builder<'_> {
    /// The stack of the container that is being built.
    fn stack(&mut self) -> StackId {
        let container = self.container;
        if let Some(known) = self.sagas.stacks.iter().position(|stack| stack.container == container) {
            return known;
        }
        let (undo, failed) = (self.graph.var(None, "undo"), self.graph.var(None, "undoFailures"));
        self.sagas.stacks.push(Stack {
            container,
            undo,
            failed,
            kinds: Vec::new(),
            exits: Vec::new(),
            leaving: Vec::new(),
            choice: None,
        });
        self.sagas.stacks.len() - 1
    }

    /// Puts an undo onto the stack, by the edge of the step that it undoes.
    fn push_undo(&mut self, undo: &Expr, call: &UndoCall<'_>) {
        let spec = (call.step)();
        let mut task = self.task(&spec, call.arguments, call.values.clone(), call.attributes, undo.at);
        let Some((arguments, payload)) = split(&task.payload, Term::Var(ARGUMENTS), task.resource.is_some()) else {
            self.fault(
                codes::UNDO_TOKEN,
                undo.at,
                format!(
                    "`{}` is given a text that holds the task token, which is there only once the undo runs: give it the token \
                     as a field of its own",
                    spec.ident
                ),
            );
            return;
        };
        task.payload = payload;
        let kind = self.undo_kind(task, spec.doc, undo.at);
        let label = Term::string(self.sagas.kinds[kind].label.clone());
        let entry = Term::Object(vec![("s".to_owned(), label), ("a".to_owned(), arguments)]);
        let stack = self.stack();
        self.may_hold(stack, &[kind]);
        self.push(stack, Term::Array(vec![Element { term: entry, list: false }]));
        self.frame.undo.height = self.frame.undo.height.map(|height| height + 1);
    }

    fn undo_kind(&mut self, task: TaskNode, doc: &str, at: At) -> usize {
        let kinds = &mut self.sagas.kinds;
        let same = |known: &UndoKind| {
            (known.task.function, known.task.ident, &known.task.payload) == (task.function, task.ident, &task.payload)
        };
        if let Some(known) = kinds.iter().position(same) {
            return known;
        }
        let ident = task.ident.strip_prefix("r#").unwrap_or(task.ident);
        let namesakes = kinds.iter().filter(|known| known.task.ident == task.ident).count();
        let label = if namesakes == 0 { ident.to_owned() } else { format!("{ident}{}", namesakes + 1) };
        let comment = Some(doc.trim().to_owned()).filter(|text| !text.is_empty());
        kinds.push(UndoKind { label, task, comment, at });
        kinds.len() - 1
    }

    fn may_hold(&mut self, stack: StackId, kinds: &[usize]) {
        let known = &mut self.sagas.stacks[stack].kinds;
        for kind in kinds {
            if !known.contains(kind) {
                known.push(*kind);
            }
        }
    }

    /// Puts entries, last registered first, onto the stack. Its height is the caller's to say.
    fn push(&mut self, stack: StackId, entries: Term) {
        let undo = self.sagas.stacks[stack].undo;
        let term = if self.frame.undo.height == Some(0) {
            entries
        } else {
            Term::Call("append", vec![entries, Term::Var(undo)])
        };
        self.assign(undo, &term);
        self.frame.undo.due = Some(Due::Stack);
    }

    /// Runs what is inside with its failures caught.
    pub(super) fn catching<T>(&mut self, holds_undo: bool, inside: impl FnOnce(&mut Self) -> T) -> Caught<T> {
        let handler = self.handler();
        if holds_undo && self.form == Form::Stack {
            self.handlers[handler].mark = self.mark();
        }
        self.handlers[handler].height = self.frame.undo.height;
        let outer = self.frame;
        self.frame = Frame { fails: Fails::Handler(handler), undo: Undos { due: None, ..outer.undo }, ..outer };
        let value = inside(self);
        let after = self.frame.undo;
        let success = (std::mem::take(&mut self.open), self.env());
        let mut ways = std::mem::take(&mut self.handlers[handler].ways);
        self.meet(&mut ways);
        let (unwinding, direct): (Vec<Way>, Vec<Way>) =
            ways.into_iter().partition(|way| way.undo.due == Some(Due::Stack));
        let unwound = outer.undo.unwound || !unwinding.is_empty() || direct.iter().any(|way| way.undo.unwound);
        let mut edges: Vec<EdgeRef> = direct.into_iter().flat_map(|way| way.edges).collect();
        if !unwinding.is_empty() {
            let entries = unwinding.into_iter().flat_map(|way| way.edges).collect();
            let mark = self.handlers[handler].mark.clone();
            edges.push(self.exit(entries, mark));
        }
        let env = self.env();
        self.open = success.0;
        self.set_env(&success.1);
        self.frame = Frame { undo: Undos { due: outer.undo.due.or(after.due), ..after }, ..outer };
        let failure = self.handlers[handler].failure;
        Caught { value, edges, env, failure, undo: Undos { unwound, ..outer.undo } }
    }

    /// How high the stack is here.
    fn mark(&mut self) -> Term {
        if let Some(height) = self.frame.undo.height {
            return Term::Literal(Value::from(height));
        }
        let stack = self.stack();
        let height = Term::Call("count", vec![Term::Var(self.sagas.stacks[stack].undo)]);
        let mark = self.graph.var(None, "mark");
        self.assign(mark, &height);
        Term::Var(mark)
    }

    /// Before ways meet: those whose stack has never been assigned assign an empty one if others do not.
    pub(super) fn level(&mut self, ways: &mut [Way]) {
        let first = ways.first().map(|way| way.undo.height);
        if ways.iter().all(|way| Some(way.undo.height) == first) {
            return;
        }
        for way in ways.iter_mut().filter(|way| way.undo.height == Some(0)) {
            let open = std::mem::replace(&mut self.open, std::mem::take(&mut way.edges));
            self.assign_empty();
            way.edges = std::mem::replace(&mut self.open, open);
        }
    }

    /// Before the first round of a loop: what any round may leave on the stack is due in every one.
    pub(super) fn enter_undos(&mut self, body: &Block) {
        let (holds, unwinds) = (scan::holds_undo_in(body), scan::unwinds_in(body));
        if self.form == Form::Chain || !(holds || unwinds) {
            return;
        }
        if holds {
            if self.frame.undo.height == Some(0) {
                self.assign_empty();
            }
            self.frame.undo.due = Some(Due::Stack);
        }
        if holds || self.frame.undo.height != Some(0) {
            self.frame.undo.height = None;
        }
        self.frame.undo.unwound |= unwinds;
    }

    fn assign_empty(&mut self) {
        let stack = self.stack();
        let undo = self.sagas.stacks[stack].undo;
        self.assign(undo, &Term::Array(Vec::new()));
    }

    /// What is due where ways meet.
    pub(super) fn merge_undos(&mut self, undos: &[Undos]) -> Undos {
        let Some(first) = undos.first() else { return Undos::NONE };
        let due = if undos.iter().any(|undo| undo.due == Some(Due::Stack)) {
            Some(Due::Stack)
        } else {
            let chains: Vec<_> = undos.iter().map(|undo| undo.chain()).collect();
            self.merge_chains(&chains).map(Due::Chain)
        };
        let same = undos.iter().all(|undo| undo.height == first.height);
        Undos { due, height: if same { first.height } else { None }, unwound: undos.iter().any(|undo| undo.unwound) }
    }

    /// `#[compensate]` in the form that this workflow's undos have.
    pub(super) fn register_undo(&mut self, undo: &Expr, bound: &Typed) {
        let Some(call) = self.undo_call(undo) else { return };
        match self.form {
            Form::Chain => self.link_undo(undo, call, bound),
            Form::Stack => self.push_undo(undo, &call),
        }
    }
}

/// A payload as what is known when the undo is registered, and as it is put together when the undo runs: only then there is
/// a task token. What never changes is `fixed` in the state.
fn split(payload: &Term, at: Term, fixed: bool) -> Option<(Term, Term)> {
    match payload {
        Term::Object(fields) if fixed || holds_token(payload) => {
            let (mut known, mut whole) = (Vec::new(), Vec::new());
            for (key, field) in fields {
                if *field == Term::Context(TOKEN) || (fixed && matches!(field, Term::Literal(_))) {
                    whole.push((key.clone(), field.clone()));
                } else {
                    let (now, later) = split(field, at.clone().field(key.clone()), false)?;
                    known.push((key.clone(), now));
                    whole.push((key.clone(), later));
                }
            }
            Some((Term::Object(known), Term::Object(whole)))
        }
        payload if holds_token(payload) => None,
        payload => Some((payload.clone(), at)),
    }
}

const TOKEN: &str = "Task.Token";

fn holds_token(term: &Term) -> bool {
    matches!(term, Term::Context(TOKEN)) || term.parts().into_iter().any(holds_token)
}
