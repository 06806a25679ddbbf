//! Methods of the language's table.

use super::build::Builder;
use super::expr::integer_literal;
use super::ir::{Expr, ExprKind, Pattern};
use super::term::Term;
use super::typed::{self, Typed, is_array, may_be_array, type_name};
use crate::payload::Type;

impl Builder<'_> {
    pub(super) fn method(
        &mut self,
        receiver: &'static Expr,
        method: &'static str,
        arguments: &'static [Expr],
        expr: &'static Expr,
    ) -> Typed {
        let on = self.eval(receiver);
        if on.poison {
            return on;
        }
        if let Some(raw) = on.failure.clone() {
            return self.of_failure(&raw, method, expr);
        }
        match method {
            "clone" | "cloned" | "copied" | "iter" | "collect" | "as_ref" => return on,
            "is_some" => return Typed::new(Term::binary("!=", on.term, Term::null()), Type::Bool),
            "is_none" => return Typed::new(Term::binary("!=", on.term, Term::null()).not(), Type::Bool),
            "unwrap_or" => return self.unwrap_or(on, arguments),
            _ => {}
        }
        match typed::resolve(&on.ty) {
            Type::String | Type::Timestamp => self.of_text(on, method, arguments, expr, receiver),
            Type::List(item) => self.of_list(on, &item, method, arguments, expr),
            Type::Integer { .. } if method == "saturating_sub" => self.saturating_sub(on, arguments),
            Type::Integer { .. } | Type::Bool if method == "to_string" => {
                let term = self.shown(on, None, receiver);
                Typed::new(term, Type::String)
            }
            other => self.no_method(&other, method, expr),
        }
    }

    fn no_method(&mut self, ty: &Type, method: &str, expr: &Expr) -> Typed {
        self.fault(
            "WF1310",
            expr.at,
            format!("method `{method}` of `{}` has no exact JSONata\nhelp: move this into a `#[step]`", type_name(ty)),
        );
        Typed::poison()
    }

    fn of_failure(&mut self, raw: &Term, method: &str, expr: &Expr) -> Typed {
        match method {
            "error" => Typed::new(raw.clone().field("Error"), Type::String),
            "cause" => Typed::new(raw.clone().field("Cause"), Type::String),
            "clone" => Typed::failure(raw.clone()),
            _ => {
                self.fault("WF1310", expr.at, format!("a failure has no `{method}` here\nhelp: `failure.error()` is its name, `failure.cause()` its text"));
                Typed::poison()
            }
        }
    }

    fn unwrap_or(&mut self, on: Typed, arguments: &'static [Expr]) -> Typed {
        let Some(otherwise) = arguments.first() else { return Typed::poison() };
        let otherwise = self.eval(otherwise);
        let inner = match &on.ty {
            Type::Option(inner) => self.common_type(inner, &otherwise.ty),
            other => other.clone(),
        };
        let there = Term::binary("!=", on.term.clone(), Term::null());
        on.part(Term::conditional(there, on.term.clone(), otherwise.defined()), inner)
    }

    fn saturating_sub(&mut self, on: Typed, arguments: &'static [Expr]) -> Typed {
        let Some(other) = arguments.first() else { return Typed::poison() };
        let ty = on.ty.clone();
        let other = self.eval(other).defined();
        let zero = super::term::Element { term: Term::Literal(0.into()), list: false };
        let difference = super::term::Element { term: Term::binary("-", on.defined(), other), list: false };
        Typed::new(Term::Call("max", vec![Term::Array(vec![difference, zero])]), ty)
    }

    fn of_text(&mut self, on: Typed, method: &str, arguments: &'static [Expr], expr: &Expr, receiver: &Expr) -> Typed {
        let ty = typed::resolve(&on.ty);
        let text = on.defined();
        let argument = arguments.first().map(|argument| self.eval(argument).defined());
        let string = |term: Term| Typed::new(term, Type::String);
        let boolean = |term: Term| Typed::new(term, Type::Bool);
        let length = |of: &Term| Term::Call("length", vec![of.clone()]);
        match (method, argument) {
            ("as_str" | "to_string", None) => Typed::new(text, ty),
            ("is_empty", None) => boolean(Term::binary("=", text, Term::string(""))),
            ("contains", Some(part)) => boolean(Term::Call("contains", vec![text, part])),
            ("starts_with", Some(part)) => {
                let start = Term::Call("substring", vec![text, Term::Literal(0.into()), length(&part)]);
                boolean(Term::binary("=", start, part))
            }
            ("ends_with", Some(part)) => {
                let from = Term::binary("-", length(&text), length(&part));
                let long_enough = Term::binary(">=", length(&text), length(&part));
                let end = Term::Call("substring", vec![text, from]);
                boolean(Term::binary("and", long_enough, Term::binary("=", end, part)))
            }
            ("to_uppercase", None) => string(Term::Call("uppercase", vec![text])),
            ("to_lowercase", None) => string(Term::Call("lowercase", vec![text])),
            ("trim", None) => {
                let start = Term::Call("replace", vec![text, Term::Regex(r"^\s+"), Term::string("")]);
                string(Term::Call("replace", vec![start, Term::Regex(r"\s+$"), Term::string("")]))
            }
            ("len", None) => {
                self.fault("WF1310", receiver.at, "`len()` of text counts bytes in Rust and characters in JSONata\nhelp: `is_empty()`, or move this into a `#[step]`");
                Typed::poison()
            }
            _ => self.no_method(&ty, method, expr),
        }
    }

    fn of_list(&mut self, on: Typed, item: &Type, method: &str, arguments: &'static [Expr], expr: &Expr) -> Typed {
        let external = on.external;
        let element = |term: Term| Typed { external, ..Typed::new(term, item.clone()) };
        let list = on.clone().defined();
        let count = Term::Call("count", vec![list.clone()]);
        let zero = || Term::Literal(0.into());
        let size = Type::Integer { name: "usize", min: 0, max: i128::from(u64::MAX) };
        match method {
            "len" => Typed::new(count, size),
            "is_empty" => Typed::new(Term::binary("=", count, zero()), Type::Bool),
            "first" | "last" => {
                let at = if method == "first" { zero() } else { Term::Negate(Box::new(Term::Literal(1.into()))) };
                let there = Term::binary(">", count, zero());
                let found = Term::conditional(there, Term::Index(Box::new(list), Box::new(at)), Term::null());
                on.part(found, Type::Option(Box::new(item.clone())))
            }
            "sum" if matches!(typed::resolve(item), Type::Integer { .. } | Type::Float) => {
                Typed::new(Term::Call("sum", vec![list]), item.clone())
            }
            "contains" => match arguments.first() {
                Some(argument) => Typed::new(Term::binary("in", self.eval(argument).defined(), list), Type::Bool),
                None => Typed::poison(),
            },
            "any" | "all" | "map" | "filter" => {
                if is_array(item) || may_be_array(item) {
                    self.fault("WF1311", expr.at, format!("`{method}` over lists of lists: JSONata would flatten them\nhelp: move this into a `#[step]`"));
                    return Typed::poison();
                }
                let Some(ExprKind::Closure { parameters: [parameter], body }) =
                    arguments.first().map(|argument| &argument.kind)
                else {
                    return self.no_method(&on.ty, method, expr);
                };
                self.over(method, list, element, parameter, body, expr)
            }
            _ => self.no_method(&on.ty, method, expr),
        }
    }

    fn over(
        &mut self,
        method: &str,
        list: Term,
        element: impl Fn(Term) -> Typed,
        parameter: &'static Pattern,
        body: &'static Expr,
        expr: &Expr,
    ) -> Typed {
        let name = match parameter {
            Pattern::Bind { name, .. } => Some(*name),
            _ => None,
        };
        let var = self.graph.var(name, "item");
        self.scopes.push(Vec::new());
        self.bind_value(parameter, element(Term::Var(var)));
        let result = self.eval(body);
        self.scopes.pop();
        if result.poison {
            return Typed::poison();
        }
        let ty = result.ty.clone();
        let nested = is_array(&ty) || may_be_array(&ty);
        let term = result.defined();
        let function = |body: Term| Term::Function(var, Box::new(body));
        let append =
            |values: Term| Term::Call("append", vec![Term::Array(Vec::new()), Term::KeepArray(Box::new(values))]);
        let matches =
            |condition: Term| Term::Call("count", vec![Term::Call("filter", vec![list.clone(), function(condition)])]);
        let zero = Term::Literal(0.into());
        match method {
            "any" => Typed::new(Term::binary(">", matches(term), zero), Type::Bool),
            "all" => Typed::new(Term::binary("=", matches(term.not()), zero), Type::Bool),
            "filter" => {
                let items = element(Term::null());
                let kept = append(Term::Call("filter", vec![list.clone(), function(term)]));
                Typed { external: items.external, ..Typed::new(kept, Type::List(Box::new(items.ty))) }
            }
            _ if nested => {
                self.fault(
                    "WF1311",
                    expr.at,
                    "`map` to lists: JSONata would flatten them\nhelp: move this into a `#[step]`",
                );
                Typed::poison()
            }
            _ => {
                let item =
                    if matches!(ty, Type::Integer { .. }) { self.common_type(&ty, &integer_literal()) } else { ty };
                Typed::new(append(Term::Call("map", vec![list.clone(), function(term)])), Type::List(Box::new(item)))
            }
        }
    }
}
