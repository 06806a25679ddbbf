//! Calls of steps, `try_join!` and groups.

use serde_json::Number;

use super::map::retried_in_group;
use super::saga::Undos;
use super::{Builder, Fails, Frame, Mode, Returns};
use crate::asl::Retrier;
use crate::lower::codes;
use crate::lower::graph::{EdgeRef, Kind, NodeId, TaskNode};
use crate::lower::ir::{At, Attributes, Block, Expr, ExprKind, SpecOf};
use crate::lower::term::Term;
use crate::lower::typed::Typed;
use crate::payload::Type;
use crate::step::{RetryOn, RetrySpec, ServicePattern, StepSpec};

/// What Lambda's own hiccups are called; AWS asks everybody to retry them so.
const LAMBDA_TRANSIENT: [&str; 5] = [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
];

impl Builder<'_> {
    /// A call, join or group whose failure goes where failures go here.
    pub(super) fn call_or_leave(&mut self, expr: &Expr) -> Option<Typed> {
        match &expr.kind {
            ExprKind::Call { step, arguments, attributes } => {
                let (node, value) = self.call(*step, arguments, attributes, expr.at)?;
                self.failure_leaves(node);
                Some(value)
            }
            ExprKind::Raw { state, bindings, ty, attributes } => {
                let (node, value) = self.raw(state, bindings, ty(), attributes, expr.at)?;
                if self.graph.can_fail(node) {
                    self.failure_leaves(node);
                }
                Some(value)
            }
            ExprKind::Group { body, attributes } if attributes.retry.is_some() => {
                Some(self.group_retried(body, attributes, expr))
            }
            ExprKind::TryJoin { branches, attributes } if self.must_settle(branches) => {
                self.refuse_retried_undos(expr, attributes.retry.is_some());
                Some(self.join_settled(branches, attributes, expr.at))
            }
            ExprKind::TryJoin { branches, attributes } => {
                let (node, value) = self.try_join(branches, attributes, expr.at);
                self.failure_leaves(node);
                Some(value)
            }
            ExprKind::Group { body, .. } => self.group(body),
            ExprKind::Map(map) => self.map(map, expr.at),
            _ => Some(self.unexpected(expr.at, "this call")),
        }
    }

    /// A Task; control leaves it by its success.
    pub(super) fn call(
        &mut self,
        step: SpecOf,
        arguments: &[Expr],
        attributes: &Attributes,
        at: At,
    ) -> Option<(NodeId, Typed)> {
        let spec = step();
        let values = self.arguments(&spec, arguments)?;
        let task = self.task(&spec, arguments, values, attributes, at);
        let node = self.graph.node(self.container, Kind::Task(Box::new(task)), attributes, at);
        let comment = spec.doc.trim();
        if self.graph.nodes[node.0].comment.is_none() && !comment.is_empty() {
            self.graph.nodes[node.0].comment = Some(comment.to_owned());
        }
        self.enter(node);
        let mut value = self.result_of(node, spec.output.clone(), format!("{}_result", spec.ident));
        value.external = spec.token.is_some() || spec.resource.is_some() || spec.child.is_some();
        Some((node, value))
    }

    /// The values of a call's arguments.
    pub(super) fn arguments(&mut self, spec: &StepSpec, arguments: &[Expr]) -> Option<Vec<Typed>> {
        let mut values = Vec::new();
        let pattern = spec.pattern();
        let hands_out = pattern == ServicePattern::WaitForTaskToken && spec.resource.is_some();
        self.tokenless = (!hands_out).then_some((spec.ident, pattern));
        for argument in arguments {
            let mut value = self.eval(argument, Mode::Value)?;
            // A retry evaluates its arguments again.
            value.term = self.steady(&value.term);
            values.push(value);
        }
        self.tokenless = None;
        Some(values)
    }

    fn result_of(&mut self, node: NodeId, ty: Type, fallback: String) -> Typed {
        let var = self.graph.var(None, fallback);
        let result = self.result_term(node);
        self.graph.edge_mut(EdgeRef::Next(node)).assigns.push((var, result));
        if matches!(ty, Type::Unit) { Typed::unit() } else { Typed::new(Term::Var(var), ty) }
    }

    pub(super) fn task(
        &mut self,
        spec: &StepSpec,
        arguments: &[Expr],
        values: Vec<Typed>,
        attributes: &Attributes,
        at: At,
    ) -> TaskNode {
        if let Some(child) = spec.child {
            return self.nested_task(spec, child, values, attributes, at);
        }
        let timeout_seconds = attributes.timeout_seconds.unwrap_or(spec.timeout_seconds);
        let heartbeat_seconds = attributes.heartbeat_seconds.or(spec.heartbeat_seconds);
        if let Some(heartbeat) = heartbeat_seconds
            && heartbeat >= timeout_seconds
        {
            self.fault(
                codes::HEARTBEAT,
                at,
                format!(
                    "`{}` has a heartbeat of {heartbeat} s and a timeout of {timeout_seconds} s: the heartbeat must be shorter, \
                     or it never tells anything",
                    spec.ident
                ),
            );
        }
        let retry = retriers(attributes.retry.unwrap_or(spec.retry), spec);
        let payload = match spec.resource {
            Some(resource) => self.integration(resource, spec, payload(spec, values), arguments, at),
            None => payload(spec, values),
        };
        TaskNode {
            function: spec.name,
            ident: spec.ident,
            callback: spec.token.is_some(),
            resource: spec.resource,
            payload,
            timeout_seconds: Some(timeout_seconds),
            nested: None,
            heartbeat_seconds,
            retry,
            unit: matches!(spec.output, Type::Unit),
        }
    }

    /// A Parallel; control leaves it by its success.
    pub(super) fn try_join(&mut self, branches: &[Expr], attributes: &Attributes, at: At) -> (NodeId, Typed) {
        let node = self.graph.node(self.container, Kind::Parallel(Vec::new()), attributes, at);
        self.enter(node);
        let outer = (self.container, self.frame, std::mem::take(&mut self.open));
        let mut containers = Vec::new();
        let mut types = Vec::new();
        let (mut external, mut poison) = (false, false);
        for branch in branches {
            self.container = self.graph.container();
            containers.push(self.container);
            self.frame = Frame { returns: Returns::End, fails: Fails::Leave, undo: Undos::NONE };
            self.open = vec![EdgeRef::Start(self.container)];
            let value = self.branch(branch);
            types.push(value.as_ref().map_or(Type::Json, |value| value.ty.clone()));
            if let Some(value) = value {
                external |= value.external;
                poison |= value.poison;
                self.deliver(value);
            }
        }
        (self.container, self.frame, self.open) = outer;
        self.graph.nodes[node.0].kind = Kind::Parallel(containers);
        self.graph.nodes[node.0].retry = declared_retriers(attributes.retry.unwrap_or(&[]), &retried_in_group);
        let var = self.graph.var(None, "results");
        self.graph.edge_mut(EdgeRef::Next(node)).assigns.push((var, Term::Result));
        let value = Typed::new(Term::Var(var), Type::Tuple(types));
        (node, Typed { external, poison, ..value })
    }

    /// A branch of a join.
    pub(super) fn branch(&mut self, branch: &Expr) -> Option<Typed> {
        match &branch.kind {
            // An async block's own `return` ends the branch; several values meet in its type only.
            ExprKind::Group { body, attributes } if attributes.retry.is_none() => self.group(body),
            _ => self.eval(branch, Mode::Result),
        }
    }

    /// `async { .. }.await`: its value; failures inside go where they go here.
    pub(super) fn group(&mut self, body: &Block) -> Option<Typed> {
        let collector = self.collectors.len();
        self.collectors.push(Vec::new());
        let outer = self.frame;
        self.frame.returns = Returns::Group(collector);
        let value = self.block(body, Mode::Result);
        let last = self.way(value);
        self.frame = Frame { undo: self.frame.undo, ..outer };
        let ways = std::mem::take(&mut self.collectors[collector]);
        self.join(ways.into_iter().chain(last))
    }
}

/// One payload parameter is that value; several, and those of callbacks, are an object by name.
fn payload(spec: &StepSpec, values: Vec<Typed>) -> Term {
    if let ([_], None) = (spec.params.as_slice(), spec.token) {
        return values.into_iter().next().map_or_else(Term::null, Typed::defined);
    }
    let mut fields: Vec<(String, Term)> =
        spec.params.iter().zip(values).map(|(param, value)| (param.name.to_owned(), value.defined())).collect();
    if let Some(token) = spec.token {
        fields.push((token.to_owned(), Term::Context("Task.Token")));
    }
    Term::Object(fields)
}

/// The step's retriers in order, then Lambda's; a catch-all stays last, a heartbeat's stands before the timeout's.
pub(super) fn retriers(specs: &[RetrySpec], spec: &StepSpec) -> Vec<Retrier> {
    let mut retriers = declared_retriers(specs, &|on| retried_names(on, spec));
    if spec.child.is_some() || spec.resource.is_some_and(|resource| !resource.contains(":lambda:")) {
        return retriers;
    }
    let lambda = Retrier {
        error_equals: LAMBDA_TRANSIENT.map(str::to_owned).to_vec(),
        interval_seconds: Some(2),
        max_attempts: Some(6),
        backoff_rate: Number::from_f64(2.0),
        ..Retrier::default()
    };
    let all = retriers.iter().position(|known| known.error_equals.iter().any(|name| name == "States.ALL"));
    retriers.insert(all.unwrap_or(retriers.len()), lambda);
    retriers
}

/// Those that the program declares, each with the errors' names that it matches.
pub(super) fn declared_retriers(specs: &[RetrySpec], names: &dyn Fn(&[RetryOn]) -> Vec<String>) -> Vec<Retrier> {
    let mut retriers: Vec<Retrier> = Vec::new();
    for retry in specs {
        let names = names(retry.on);
        if names.is_empty() {
            continue;
        }
        let retrier = Retrier {
            comment: None,
            error_equals: names,
            interval_seconds: retry.interval_seconds,
            max_attempts: retry.max_attempts,
            backoff_rate: retry.backoff_rate.and_then(Number::from_f64),
            max_delay_seconds: retry.max_delay_seconds,
            jitter_strategy: retry.jitter.then(|| "FULL".to_owned()),
        };
        let heartbeat = retrier.error_equals.iter().any(|name| name == "States.HeartbeatTimeout");
        let before =
            retriers.iter().position(|known| heartbeat && known.error_equals.iter().any(|n| n == "States.Timeout"));
        retriers.insert(before.unwrap_or(retriers.len()), retrier);
    }
    retriers
}

fn retried_names(on: &[RetryOn], spec: &StepSpec) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for on in on {
        let more: Vec<&str> = match on {
            RetryOn::All => return vec!["States.ALL".to_owned()],
            RetryOn::Variant(shape, ident) => {
                shape().variants.iter().filter(|variant| variant.ident == *ident).map(|variant| variant.name).collect()
            }
            // A child's end has one name, whatever it failed with.
            RetryOn::Failed if spec.child.is_some() => vec!["States.TaskFailed"],
            RetryOn::Failed => spec.error.variants.iter().map(|variant| variant.name).collect(),
            RetryOn::TimedOut if spec.child.is_some() => vec!["States.Timeout"],
            RetryOn::TimedOut => vec!["States.Timeout", "Sandbox.Timedout"],
            RetryOn::HeartbeatTimedOut => vec!["States.HeartbeatTimeout"],
            RetryOn::Name(name) => vec![name],
        };
        for name in more {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}
