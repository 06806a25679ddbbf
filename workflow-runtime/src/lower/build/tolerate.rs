//! Maps that tolerate failed items: each iteration yields `{"Ok": value}` or `{"Err": failure}`, as serde writes a `Result`.
//!
//! Step Functions knows tolerance in distributed Maps only. An inline Map's iterations therefore catch their own failures, and
//! a Choice after it counts them.

use serde_json::Value;

use super::{Builder, Fails};
use crate::lower::graph::{Edge, EdgeRef, FailName, Kind, Target};
use crate::lower::ir::{At, Attributes, Block, MapOptions};
use crate::lower::term::{Term, VarId};
use crate::lower::typed::Typed;
use crate::payload::Type;

/// What Step Functions raises where more items fail than are tolerated.
const EXCEEDED: &str = "States.ExceedToleratedFailureThreshold";
const EXCEEDED_CAUSE: &str = "The specified tolerated failure threshold was exceeded";

/// Whether each item's result is a `Result`.
pub(super) fn is_tolerant(options: &MapOptions) -> bool {
    options.result_writer.is_none()
        && (options.tolerated_failure_count.is_some() || options.tolerated_failure_percentage.is_some())
}

fn ok(value: Typed) -> Typed {
    Typed::new(Term::Object(vec![("Ok".to_owned(), value.defined())]), Type::Json)
}

fn err(failure: Term) -> Term {
    Term::Object(vec![("Err".to_owned(), failure)])
}

impl Builder<'_> {
    /// An iteration that settles: its failures are a result like others.
    pub(super) fn settled(&mut self, body: &Block) -> Option<Typed> {
        let handler = self.handler();
        self.frame.fails = Fails::Handler(handler);
        let value = self.group(body);
        if let Some(value) = value.clone() {
            self.deliver(ok(value));
        }
        let ways = std::mem::take(&mut self.handlers[handler].ways);
        self.join(ways);
        let failure = self.handlers[handler].failure;
        if !self.open.is_empty() {
            self.deliver(Typed::new(err(Term::Var(failure)), Type::Json));
        }
        value
    }

    /// An iteration that is an execution of its own: where it fails, Step Functions says so in its place.
    pub(super) fn wrapped(&mut self, body: &Block) -> Option<Typed> {
        let value = self.group(body)?;
        self.deliver(ok(value.clone()));
        Some(value)
    }

    /// A map run's results, the failed ones among them.
    pub(super) fn results_of_run(&mut self) -> Term {
        let result = self.graph.var(None, "result");
        let part = |key: &str| (key.to_owned(), Term::Var(result).field(key));
        let failed = err(Term::Object(vec![part("Error"), part("Cause")]));
        let succeeded = Term::Call("exists", vec![Term::Var(result).field("Ok")]);
        let body = Term::conditional(succeeded, Term::Var(result), failed);
        let mapped = Term::Call("map", vec![Term::Result, Term::Function(vec![result], Box::new(body))]);
        Term::Call("append", vec![Term::Array(Vec::new()), Term::KeepArray(Box::new(mapped))])
    }

    /// After an inline Map: fails where more items failed than are tolerated.
    pub(super) fn tolerate(&mut self, results: VarId, count: Option<Term>, percentage: Option<Term>, at: At) {
        let failed = self.failed(results);
        let over_count = count.map(|count| Term::binary(">", failed.clone(), count));
        let over_percentage = percentage.filter(|percentage| !is_all(percentage)).map(|percentage| {
            let all = Term::Call("count", vec![Term::Var(results)]);
            let hundred = Term::Literal(Value::from(100));
            Term::binary(">", Term::binary("*", failed, hundred), Term::binary("*", percentage, all))
        });
        let condition = match (over_count, over_percentage) {
            (Some(count), Some(percentage)) => Term::binary("or", count, percentage),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return,
        };
        let rules = vec![(condition, Edge::default())];
        let choice = self.graph.node(self.container, Kind::Choice(rules), &Attributes::NONE, at);
        self.enter(choice);
        let open = std::mem::replace(&mut self.open, vec![EdgeRef::Rule(choice, 0)]);
        let (error, cause) = (Term::string(EXCEEDED), Term::string(EXCEEDED_CAUSE));
        let raw = Term::Object(vec![("Error".to_owned(), error.clone()), ("Cause".to_owned(), cause.clone())]);
        if !self.fail(&raw) {
            let kind = Kind::Fail { error, cause, names: FailName::Raised(EXCEEDED) };
            let node = self.graph.node(self.container, kind, &Attributes::NONE, at);
            for edge in std::mem::take(&mut self.open) {
                self.graph.edge_mut(edge).target = Target::Node(node);
            }
        }
        self.open = open;
    }

    /// How many of the results are failures.
    fn failed(&mut self, results: VarId) -> Term {
        let result = self.graph.var(None, "result");
        let is_failed = Term::Call("exists", vec![Term::Var(result).field("Err")]);
        let failed = Term::Call("filter", vec![Term::Var(results), Term::Function(vec![result], Box::new(is_failed))]);
        Term::Call("count", vec![failed])
    }
}

fn is_all(percentage: &Term) -> bool {
    matches!(percentage, Term::Literal(Value::Number(number)) if number.as_f64().is_some_and(|it| it >= 100.0))
}
