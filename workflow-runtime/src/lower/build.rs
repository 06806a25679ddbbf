//! Statements and calls: states, and the ways between them.

use super::LowerError;
use super::graph::{Catch, ContainerId, EdgeRef, FailName, Graph, Kind, NodeId, Target, TaskNode, WaitFor};
use super::ir::{At, Attributes, Block, Expr, ExprKind, Let, Pattern, Program, Statement};
use super::term::{Term, VarId};
use super::typed::{self, Typed, read_field, struct_fields, tuple_parts};
use crate::payload::Type;
use crate::step::Param;

/// Where a `return` goes and who takes a failure.
pub(super) enum Frame {
    /// The machine, or a branch of a Parallel.
    Body {
        /// Compensations so far, in order.
        undos: Vec<Undo>,
        /// Ways that failed after so many compensated steps.
        failed: Vec<Vec<EdgeRef>>,
        /// Holds the first error once it is on its way through the undos.
        error: Option<VarId>,
    },
    /// `async { .. }.await`
    Group {
        exits: Vec<(Vec<EdgeRef>, Typed)>,
        /// `None` for a group that is not matched: failures go on outwards.
        handler: Option<(VarId, Vec<EdgeRef>)>,
    },
}

/// A compensation.
pub(super) struct Undo {
    pub(super) call: &'static Expr,
    pub(super) scopes: Vec<Scope>,
    /// Set once the step succeeded, where that is not sure.
    pub(super) guard: Option<VarId>,
}

pub(super) type Scope = Vec<(&'static str, Typed)>;

/// What an expression is wanted as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Value,
    /// It is a `Result`; what is wanted is its `Ok`, failures go to the handler.
    Success,
}

pub(super) struct Builder<'a> {
    pub(super) program: &'a Program,
    pub(super) graph: Graph,
    pub(super) faults: Vec<LowerError>,
    pub(super) scopes: Vec<Scope>,
    pub(super) open: Vec<EdgeRef>,
    pub(super) container: ContainerId,
    pub(super) frames: Vec<Frame>,
    /// Inside of how many `if`s and arms.
    pub(super) conditional: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(program: &'a Program) -> Self {
        let mut graph = Graph::default();
        let container = graph.container();
        Self {
            program,
            graph,
            faults: Vec::new(),
            scopes: vec![Vec::new()],
            open: vec![EdgeRef::Start(container)],
            container,
            frames: vec![Frame::Body { undos: Vec::new(), failed: Vec::new(), error: None }],
            conditional: 0,
        }
    }

    pub(super) fn fault(&mut self, code: &'static str, at: At, message: impl Into<String>) {
        let error = LowerError { code, message: message.into(), file: self.program.file, at };
        if !self.faults.contains(&error) {
            self.faults.push(error);
        }
    }

    pub(super) fn workflow(&mut self, body: &'static Block) {
        let value = self.body(body);
        self.exit(value);
        self.undo_chain();
    }

    pub(super) fn lookup(&self, name: &str) -> Option<Typed> {
        self.scopes
            .iter()
            .rev()
            .find_map(|scope| scope.iter().rev().find(|(bound, _)| *bound == name))
            .map(|(_, typed)| typed.clone())
    }

    // ---- blocks

    /// A body that yields a `Result`.
    pub(super) fn body(&mut self, block: &'static Block) -> Typed {
        self.block(block, Want::Success)
    }

    pub(super) fn block(&mut self, block: &'static Block, want: Want) -> Typed {
        self.scopes.push(Vec::new());
        for statement in block.statements {
            match statement {
                Statement::Let(binding) => self.binding(binding),
                Statement::Expr(expr) => self.statement(expr),
            }
        }
        let value = block.tail.map_or_else(Typed::unit, |tail| self.want(tail, want));
        self.scopes.pop();
        value
    }

    pub(super) fn pure_block(&mut self, block: &'static Block) -> Typed {
        self.block(block, Want::Value)
    }

    fn statement(&mut self, expr: &'static Expr) {
        if is_result(expr) {
            self.discard(expr);
        } else {
            self.want(expr, Want::Value);
        }
    }

    fn binding(&mut self, binding: &'static Let) {
        if is_result(&binding.value) {
            self.discard(&binding.value);
            return;
        }
        let mut value = self.want(&binding.value, Want::Value);
        if let Some(ty) = binding.ty {
            value.ty = ty();
        }
        self.bind(&binding.pattern, value);
        if let Some(call) = binding.compensate {
            self.compensate(binding, call);
        }
    }

    fn compensate(&mut self, binding: &Let, call: &'static Expr) {
        if self.frames.len() > 1 {
            self.fault("WF1314", binding.at, "a compensation inside a branch or a group is not supported yet\nhelp: put the `let` into the workflow's own body");
            return;
        }
        let guard = (self.conditional > 0).then(|| match &binding.pattern {
            Pattern::Bind { name, .. } => match self.lookup(name).map(|typed| typed.term) {
                Some(Term::Var(var)) => var,
                _ => self.done_mark(),
            },
            _ => self.done_mark(),
        });
        let undo = Undo { call, scopes: self.scopes.clone(), guard };
        if let Some(Frame::Body { undos, failed, .. }) = self.frames.last_mut() {
            undos.push(undo);
            failed.push(Vec::new());
        }
    }

    fn done_mark(&mut self) -> VarId {
        let var = self.graph.var(None, "done");
        self.assign_open(var, Term::Literal(true.into()));
        var
    }

    // ---- binding

    pub(super) fn assign_open(&mut self, var: VarId, term: Term) {
        for edge in self.open.clone() {
            self.graph.edge_mut(edge).assigns.push((var, term.clone()));
        }
    }

    /// Binds in the current scope; a fresh result and computed values become variables.
    pub(super) fn bind(&mut self, pattern: &'static Pattern, value: Typed) {
        match pattern {
            Pattern::Wildcard => {}
            Pattern::Bind { name, .. } => {
                let value = self.named(name, value);
                if let Some(scope) = self.scopes.last_mut() {
                    scope.push((name, value));
                }
            }
            _ => {
                for (pattern, part) in self.parts(pattern, &value) {
                    self.bind(pattern, part);
                }
            }
        }
    }

    /// Binds without making variables: closure parameters.
    pub(super) fn bind_value(&mut self, pattern: &'static Pattern, value: Typed) {
        match pattern {
            Pattern::Wildcard => {}
            Pattern::Bind { name, .. } => {
                if let Some(scope) = self.scopes.last_mut() {
                    scope.push((name, value));
                }
            }
            _ => {
                for (pattern, part) in self.parts(pattern, &value) {
                    self.bind_value(pattern, part);
                }
            }
        }
    }

    fn parts(&mut self, pattern: &'static Pattern, value: &Typed) -> Vec<(&'static Pattern, Typed)> {
        match pattern {
            Pattern::Tuple(patterns) => {
                let types = tuple_parts(&value.ty).unwrap_or_default();
                let part = |(index, pattern): (usize, &'static Pattern)| {
                    let ty = types.get(index).cloned().unwrap_or(Type::Json);
                    (pattern, value.part(value.term.clone().item(u32::try_from(index).unwrap_or(u32::MAX)), ty))
                };
                patterns.iter().enumerate().map(part).collect()
            }
            Pattern::Struct { ty, fields } => {
                let declared = struct_fields(&ty()).unwrap_or_default();
                let base = value.term.clone();
                let read = |(name, pattern): &'static (&'static str, Pattern)| {
                    let field = declared.iter().find(|field| field.ident == *name)?;
                    Some((pattern, read_field(base.clone(), field, value.external)))
                };
                fields.iter().filter_map(read).collect()
            }
            _ => Vec::new(),
        }
    }

    fn named(&mut self, name: &'static str, value: Typed) -> Typed {
        let fresh = value.term.is_fresh();
        let at_start = self.open.iter().any(|edge| matches!(edge, EdgeRef::Start(_)));
        if value.poison || self.open.is_empty() || (!fresh && (value.term.is_path() || at_start)) {
            return value;
        }
        let var = self.graph.var(Some(name), name);
        self.keep(var, value, !fresh)
    }

    /// Assigns on the open ways; `once` where it may be written in place if it is used once.
    fn keep(&mut self, var: VarId, value: Typed, once: bool) -> Typed {
        let failure = value.failure.is_some();
        let (ty, external) = (value.ty.clone(), value.external);
        let term = value.defined();
        if once {
            self.graph.vars[var.0].inline = Some(term.clone());
        }
        self.assign_open(var, term);
        let term = Term::Var(var);
        Typed { external, failure: failure.then(|| term.clone()), ..Typed::new(term, ty) }
    }

    /// A fresh result becomes a variable before another state is built.
    pub(super) fn settle(&mut self, value: Typed) -> Typed {
        if !value.term.is_fresh() || value.poison {
            return value;
        }
        let var = self.graph.var(None, "result");
        self.keep(var, value, false)
    }

    // ---- expressions that may hold states

    pub(super) fn eval(&mut self, expr: &'static Expr) -> Typed {
        self.want(expr, Want::Value)
    }

    pub(super) fn eval_many(&mut self, exprs: &[&'static Expr]) -> Vec<Typed> {
        let mut values: Vec<Typed> = Vec::new();
        for expr in exprs {
            if self.has_states(expr) {
                values = values.into_iter().map(|value| self.settle(value)).collect();
            }
            values.push(self.eval(expr));
        }
        values
    }

    pub(super) fn want(&mut self, expr: &'static Expr, want: Want) -> Typed {
        match (&expr.kind, want) {
            (ExprKind::Ok(value), _) => self.eval(value),
            (ExprKind::Try(value), _) => self.want(value, Want::Success),
            (ExprKind::Err { failure, attributes }, _) => self.raise(failure, attributes, expr.at),
            (ExprKind::Return(value), _) => {
                let value = value.map_or_else(Typed::unit, |value| self.want(value, Want::Success));
                self.exit(value);
                Typed::poison()
            }
            (ExprKind::Call { step, arguments, attributes }, _) => {
                let node = self.call(*step, arguments, attributes, expr.at);
                self.catch_outwards(node);
                self.result_of(node)
            }
            (ExprKind::TryJoin { branches, attributes }, _) => {
                let (node, ty) = self.join(branches, attributes, expr.at);
                self.catch_outwards(node);
                Typed::new(Term::Result, ty)
            }
            (ExprKind::Group { body, .. }, _) => self.group(body, None),
            (ExprKind::MatchResult { scrutinee, arms }, _) => self.match_result(scrutinee, arms, want),
            (ExprKind::If { condition, then, otherwise, attributes }, _) if self.has_states(expr) => {
                self.choice(condition, then, *otherwise, attributes, want, expr.at)
            }
            (ExprKind::Block(block), _) => self.block(block, want),
            (ExprKind::Sleep { seconds, attributes }, _) => {
                let value = self.eval(seconds);
                let seconds = self.settle(value).defined();
                self.wait(WaitFor::Seconds(seconds), attributes, expr.at)
            }
            (ExprKind::SleepUntil { until, attributes }, _) => {
                let value = self.eval(until);
                let until = self.settle(value).defined();
                self.wait(WaitFor::Until(until), attributes, expr.at)
            }
            _ => self.pure(expr),
        }
    }

    fn wait(&mut self, wait: WaitFor, attributes: &'static Attributes, at: At) -> Typed {
        self.add(Kind::Wait(wait), attributes, at);
        Typed::unit()
    }

    /// A state that every open way leads to, and that is left by its `Next`.
    pub(super) fn add(&mut self, kind: Kind, attributes: &Attributes, at: At) -> NodeId {
        let node = self.graph.node(self.container, kind, attributes, at);
        self.lead_to(node);
        node
    }

    fn lead_to(&mut self, node: NodeId) {
        for edge in std::mem::replace(&mut self.open, vec![EdgeRef::Next(node)]) {
            self.graph.edge_mut(edge).target = Target::Node(node);
        }
    }

    // ---- calls

    /// A Task without catchers.
    pub(super) fn call(
        &mut self,
        step: super::ir::SpecOf,
        arguments: &'static [Expr],
        attributes: &'static Attributes,
        at: At,
    ) -> NodeId {
        let spec = step();
        let values = self.eval_many(&arguments.iter().collect::<Vec<_>>());
        let values: Vec<Typed> = values.into_iter().map(|value| self.settle(value)).collect();
        let payload = payload(&spec.params, spec.token, values);
        let retry = self.retriers(attributes.retry.unwrap_or(spec.retry), &spec.error);
        let task = TaskNode {
            function: spec.name,
            ident: spec.ident,
            callback: spec.token.is_some(),
            payload,
            timeout_seconds: attributes.timeout_seconds.unwrap_or(spec.timeout_seconds),
            heartbeat_seconds: attributes.heartbeat_seconds.or(spec.heartbeat_seconds),
            retry,
        };
        let node = self.add(Kind::Task(Box::new(task)), attributes, at);
        let comment = &mut self.graph.nodes[node.0].comment;
        if comment.is_none() {
            let doc = spec.doc.trim();
            *comment = (!doc.is_empty()).then(|| doc.to_owned());
        }
        self.graph.results.insert(node, (spec.output, spec.token.is_some()));
        node
    }

    pub(super) fn result_of(&self, node: NodeId) -> Typed {
        let (ty, external) = self.graph.results.get(&node).cloned().unwrap_or((Type::Json, false));
        if matches!(ty, Type::Unit) {
            return Typed::unit();
        }
        Typed { external, ..Typed::new(Term::Result, ty) }
    }

    /// Runs and forgets: also a failure goes on.
    fn discard(&mut self, expr: &'static Expr) {
        let before = self.frames.len();
        let var = self.graph.var(None, "ignored");
        match &expr.kind {
            ExprKind::Group { body, .. } => {
                let failed = self.caught_group(body, var).1;
                self.open.extend(failed);
            }
            ExprKind::Call { step, arguments, attributes } => {
                let node = self.call(*step, arguments, attributes, expr.at);
                let edge = self.catch(node, vec![ALL.to_owned()]);
                self.open.push(edge);
            }
            ExprKind::TryJoin { branches, attributes } => {
                let (node, _) = self.join(branches, attributes, expr.at);
                let edge = self.catch(node, vec![ALL.to_owned()]);
                self.open.push(edge);
            }
            _ => drop(self.want(expr, Want::Success)),
        }
        debug_assert_eq!(before, self.frames.len());
    }

    pub(super) fn catch(&mut self, node: NodeId, names: Vec<String>) -> EdgeRef {
        let catch = &mut self.graph.nodes[node.0].catch;
        catch.push(Catch { names, edge: super::graph::Edge::default() });
        EdgeRef::Catch(node, catch.len() - 1)
    }

    /// Failures of this state go to whoever handles them here.
    pub(super) fn catch_outwards(&mut self, node: NodeId) {
        if self.handler().is_some() {
            let edge = self.catch(node, vec![ALL.to_owned()]);
            self.hand_on(vec![edge], &Term::ErrorOutput);
        }
    }

    /// Whether a failure here is handled inside of the machine.
    fn handler(&self) -> Option<usize> {
        for (index, frame) in self.frames.iter().enumerate().rev() {
            match frame {
                Frame::Group { handler: None, .. } => {}
                Frame::Group { .. } => return Some(index),
                Frame::Body { undos, .. } => return (!undos.is_empty()).then_some(index),
            }
        }
        None
    }

    /// Leads failed ways to the handler, with what failed.
    pub(super) fn hand_on(&mut self, mut edges: Vec<EdgeRef>, failure: &Term) {
        let Some(index) = self.handler() else { return };
        let fresh =
            matches!(&self.frames[index], Frame::Body { error: None, .. }).then(|| self.graph.var(None, "failure"));
        let var = match &mut self.frames[index] {
            Frame::Group { handler: Some((var, failed)), .. } => {
                failed.append(&mut edges.clone());
                *var
            }
            Frame::Body { failed, error, .. } => {
                let var = *error.get_or_insert(fresh.unwrap_or(VarId(0)));
                if let Some(last) = failed.last_mut() {
                    last.append(&mut edges.clone());
                }
                var
            }
            Frame::Group { .. } => return,
        };
        for edge in edges.drain(..) {
            self.graph.edge_mut(edge).assigns.push((var, failure.clone()));
        }
    }

    // ---- ends

    /// `return value`
    pub(super) fn exit(&mut self, value: Typed) {
        let open = std::mem::take(&mut self.open);
        if open.is_empty() {
            return;
        }
        if let Some(Frame::Group { exits, .. }) = self.frames.last_mut() {
            exits.push((open, value));
            return;
        }
        let term = value.defined();
        for edge in open {
            self.graph.edge_mut(edge).target = Target::End(term.clone());
        }
    }

    /// `Err(failure)`
    fn raise(&mut self, failure: &'static Expr, attributes: &'static Attributes, at: At) -> Typed {
        let Some((error, cause, names, whole)) = self.raised(failure) else {
            self.open.clear();
            return Typed::poison();
        };
        if self.handler().is_some() {
            let edges = std::mem::take(&mut self.open);
            self.hand_on(edges, &whole);
        } else if !self.open.is_empty() {
            self.add(Kind::Fail { error, cause, names }, attributes, at);
            self.open.clear();
        }
        Typed::poison()
    }

    /// Name, cause, what names the Fail, and the whole as an error output.
    fn raised(&mut self, failure: &'static Expr) -> Option<(Term, Term, FailName, Term)> {
        if let ExprKind::ErrorValue { error, variant, fields } = &failure.kind {
            let (name, cause) = self.error_value(*error, variant, fields, failure)?;
            let both = vec![("Error".to_owned(), Term::string(name)), ("Cause".to_owned(), cause.clone())];
            return Some((Term::string(name), cause, FailName::Raised(variant, name), Term::Object(both)));
        }
        let value = self.eval(failure);
        let value = self.settle(value);
        let Some(raw) = value.failure else {
            if !value.poison {
                self.fault("WF1310", failure.at, "`Err(..)` takes a failure that was caught, or an error variant");
            }
            return None;
        };
        let var = match &raw {
            Term::Var(var) => *var,
            _ => VarId(0),
        };
        Some((raw.clone().field("Error"), raw.clone().field("Cause"), FailName::HandsOn(var), raw))
    }

    /// Several ways become one, with the value that each brings.
    pub(super) fn merge(&mut self, ends: Vec<(Vec<EdgeRef>, Typed)>) -> Typed {
        let mut ends: Vec<_> = ends.into_iter().filter(|(edges, _)| !edges.is_empty()).collect();
        self.open = ends.iter().flat_map(|(edges, _)| edges.clone()).collect();
        match ends.len() {
            0 => return Typed::poison(),
            1 => return ends.pop().map_or_else(Typed::poison, |(_, value)| value),
            _ => {}
        }
        let ty = ends.iter().skip(1).fold(ends[0].1.ty.clone(), |ty, (_, value)| self.common_type(&ty, &value.ty));
        if matches!(typed::resolve(&ty), Type::Unit) {
            return Typed::unit();
        }
        let first = ends[0].1.clone();
        if ends.iter().all(|(_, value)| value.term == first.term) && !first.term.is_fresh() {
            return first;
        }
        let external = ends.iter().any(|(_, value)| value.external);
        let poison = ends.iter().any(|(_, value)| value.poison);
        let var = self.graph.var(None, "value");
        for (edges, value) in ends {
            let term = value.defined();
            for edge in edges {
                self.graph.edge_mut(edge).assigns.push((var, term.clone()));
            }
        }
        Typed { external, poison, ..Typed::new(Term::Var(var), ty) }
    }

    pub(super) fn has_states(&self, expr: &Expr) -> bool {
        has_states(expr)
    }
}

pub(super) const ALL: &str = "States.ALL";

/// What a Task sends.
fn payload(params: &[Param], token: Option<&'static str>, values: Vec<Typed>) -> Term {
    let mut fields: Vec<(String, Term)> =
        params.iter().zip(values).map(|(param, value)| (param.name.to_owned(), value.defined())).collect();
    match (token, fields.len()) {
        (Some(token), _) => {
            fields.insert(0, (token.to_owned(), Term::Context("Task.Token")));
            Term::Object(fields)
        }
        (None, 1) => fields.pop().map_or_else(Term::null, |(_, term)| term),
        _ => Term::Object(fields),
    }
}

/// Whether it is a `Result` that somebody throws away.
fn is_result(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Call { .. } | ExprKind::TryJoin { .. } | ExprKind::Group { .. })
}

fn block_has_states(block: &Block) -> bool {
    block.tail.is_some_and(has_states)
        || block.statements.iter().any(|statement| match statement {
            Statement::Let(binding) => has_states(&binding.value),
            Statement::Expr(expr) => has_states(expr),
        })
}

fn has_states(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call { .. }
        | ExprKind::TryJoin { .. }
        | ExprKind::Group { .. }
        | ExprKind::Sleep { .. }
        | ExprKind::SleepUntil { .. }
        | ExprKind::Try(_)
        | ExprKind::Err { .. }
        | ExprKind::Return(_)
        | ExprKind::MatchResult { .. } => true,
        ExprKind::Ok(a)
        | ExprKind::Field(a, _)
        | ExprKind::TupleField(a, _)
        | ExprKind::Unary(_, a)
        | ExprKind::Cast(a, _)
        | ExprKind::Some(a) => has_states(a),
        ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => has_states(a) || has_states(b),
        ExprKind::If { condition, then, otherwise, .. } => {
            has_states(condition) || block_has_states(then) || otherwise.is_some_and(has_states)
        }
        ExprKind::Block(block) => block_has_states(block),
        ExprKind::Struct { fields, base, .. } => {
            fields.iter().any(|(_, value)| has_states(value)) || base.is_some_and(has_states)
        }
        ExprKind::Tuple(parts) | ExprKind::List(parts) => parts.iter().any(has_states),
        ExprKind::Method { receiver, arguments, .. } => has_states(receiver) || arguments.iter().any(has_states),
        _ => false,
    }
}
