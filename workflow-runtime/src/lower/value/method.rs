//! Methods of the language's table.

use serde_json::Value;

use crate::lower::build::{Builder, is_stepless};
use crate::lower::codes;
use crate::lower::ir::{At, Expr, ExprKind};
use crate::lower::term::{Element, Term};
use crate::lower::typed::{self, Typed};
use crate::payload::Type;

/// Methods that change nothing in JSON.
const IDENTITY: [&str; 13] = [
    "clone",
    "cloned",
    "copied",
    "as_str",
    "as_ref",
    "as_slice",
    "as_deref",
    "to_owned",
    "into",
    "iter",
    "into_iter",
    "collect",
    "to_vec",
];

fn call(name: &'static str, arguments: impl Into<Vec<Term>>) -> Term {
    Term::Call(name, arguments.into())
}

fn number(value: i64) -> Term {
    Term::Literal(Value::from(value))
}

impl Builder<'_> {
    pub(super) fn method(&mut self, receiver: &Expr, method: &str, arguments: &[Expr], at: At) -> Option<Typed> {
        let value = self.part(receiver)?;
        if let Some(ExprKind::Closure { parameters, body }) = arguments.first().map(|argument| &argument.kind) {
            return Some(self.closure_method(&value, method, parameters, body, at));
        }
        let mut values = Vec::new();
        for argument in arguments {
            let argument = self.part(argument)?;
            values.push(argument);
        }
        if value.poison || values.iter().any(|value| value.poison) {
            return Some(Typed::poison());
        }
        if IDENTITY.contains(&method) {
            return Some(value);
        }
        let ty = typed::resolve(&value.ty);
        Some(match (method, &ty) {
            ("to_string", _) => {
                let text = self.display(value, None, at);
                Typed::new(text, Type::String)
            }
            ("error" | "cause", Type::Failure) => {
                // `SendTaskFailure` may come without either.
                let key = if method == "error" { "Error" } else { "Cause" };
                let part = value.term.field(key);
                Typed::new(Term::conditional(part.clone(), part, Term::string("")), Type::String)
            }
            (_, Type::Option(inner)) => self.option_method(value.clone(), inner, method, values, at),
            (_, Type::String) => self.string_method(value, method, values, at),
            (_, Type::List(inner)) => self.list_method(&value, inner, method, values, at),
            ("len", Type::Map(_)) => Typed::new(call("count", [call("keys", [value.defined()])]), Self::usize_type()),
            ("is_empty", Type::Map(_)) => {
                let count = call("count", [call("keys", [value.defined()])]);
                Typed::new(Term::binary("=", count, number(0)), Type::Bool)
            }
            ("saturating_sub", Type::Integer { .. }) => match values.into_iter().next() {
                Some(right) => self.saturating_sub(value, right, at),
                None => Typed::poison(),
            },
            ("min" | "max", Type::Integer { .. }) => {
                let name = if method == "min" { "min" } else { "max" };
                let ty = value.ty.clone();
                let elements = std::iter::once(value).chain(values);
                let elements = elements.map(|value| Element { term: value.defined(), list: false }).collect();
                Typed::new(call(name, [Term::Array(elements)]), ty)
            }
            _ => self.no_form(at, &format!("`{}::{method}`", typed::type_name(&value.ty))),
        })
    }

    fn option_method(&mut self, value: Typed, inner: &Type, method: &str, values: Vec<Typed>, at: At) -> Typed {
        // False for null and for a missing key alike.
        let some = Term::binary("!=", value.term.clone(), Term::null());
        match (method, values.into_iter().next()) {
            ("is_some", _) => Typed::new(some, Type::Bool),
            ("is_none", _) => Typed::new(some.not(), Type::Bool),
            ("unwrap_or", Some(otherwise)) => {
                let part = value.part(value.term.clone(), inner.clone());
                Typed { term: Term::conditional(some, value.term, otherwise.defined()), ..part }
            }
            ("unwrap_or_default", _) => match default_of(inner) {
                Some(default) => {
                    let part = value.part(value.term.clone(), inner.clone());
                    Typed { term: Term::conditional(some, value.term, Term::Literal(default)), ..part }
                }
                None => self.no_form(at, &format!("the default of `{}`", typed::type_name(inner))),
            },
            _ => self.no_form(at, &format!("`Option::{method}`")),
        }
    }

    fn string_method(&mut self, value: Typed, method: &str, values: Vec<Typed>, at: At) -> Typed {
        let argument = values.into_iter().next().map(Typed::defined);
        let text = value.defined();
        let (term, ty) = match (method, argument) {
            ("is_empty", None) => (Term::binary("=", text, Term::string("")), Type::Bool),
            ("contains", Some(part)) => (call("contains", [text, part]), Type::Bool),
            ("starts_with", Some(part)) => {
                let nothing_before =
                    Term::binary("=", call("substringBefore", [text.clone(), part.clone()]), Term::string(""));
                (Term::binary("and", call("contains", [text, part]), nothing_before), Type::Bool)
            }
            ("ends_with", Some(part)) => {
                // With an end mark on both: positions in text beyond the Basic Multilingual Plane are not dependable.
                let mark = |term: Term| super::concatenate(vec![term, Term::string("\u{0}")]);
                (call("contains", [mark(text), mark(part)]), Type::Bool)
            }
            ("to_uppercase", None) => (call("uppercase", [text]), Type::String),
            ("to_lowercase", None) => (call("lowercase", [text]), Type::String),
            ("trim", None) => {
                // `$trim` would also collapse the blanks inside.
                let cut = |text: Term, pattern| call("replace", [text, Term::Regex(pattern), Term::string("")]);
                (cut(cut(text, r"^\s+"), r"\s+$"), Type::String)
            }
            ("len", None) => {
                return self.fault(
                    codes::NO_FORM,
                    at,
                    "`String::len` counts bytes, JSONata counts characters: use `is_empty()`, or count in a `#[step]`",
                );
            }
            _ => return self.no_form(at, &format!("`String::{method}`")),
        };
        Typed::new(term, ty)
    }

    fn list_method(&mut self, value: &Typed, inner: &Type, method: &str, values: Vec<Typed>, at: At) -> Typed {
        let list = value.clone().defined();
        let option = |term: Term| {
            let some = Term::binary(">", call("count", [list.clone()]), number(0));
            let term = Term::conditional(some, term, Term::null());
            value.part(term, Type::Option(Box::new(inner.clone())))
        };
        let index = |index: i64| Term::Index(Box::new(list.clone()), Box::new(number(index)));
        match (method, values.into_iter().next()) {
            ("len" | "count", None) => Typed::new(call("count", [list]), Self::usize_type()),
            ("is_empty", None) => Typed::new(Term::binary("=", call("count", [list]), number(0)), Type::Bool),
            ("first" | "next", None) => option(index(0)),
            ("last", None) => option(index(-1)),
            ("contains", Some(item)) if !typed::may_be_array(inner) => {
                Typed::new(Term::binary("in", item.defined(), list), Type::Bool)
            }
            ("sum", None) if matches!(typed::resolve(inner), Type::Integer { .. } | Type::Float) => {
                Typed::new(call("sum", [list]), inner.clone())
            }
            _ => self.no_form(at, &format!("`{}::{method}`", typed::type_name(&value.ty))),
        }
    }

    /// `.iter().any(|item| ..)` and its like.
    fn closure_method(
        &mut self,
        value: &Typed,
        method: &str,
        parameters: &[crate::lower::ir::Pattern],
        body: &Expr,
        at: At,
    ) -> Typed {
        if value.poison {
            return Typed::poison();
        }
        let (Type::List(inner), [pattern]) = (typed::resolve(&value.ty), parameters) else {
            return self.no_form(at, &format!("`{}::{method}` with a closure", typed::type_name(&value.ty)));
        };
        if !is_stepless(body) {
            return self.fault(
                codes::CALL_PLACE,
                body.at,
                "a step cannot be called inside a closure: use a `for` loop or `try_map`",
            );
        }
        let parameter = self.graph.var(None, "item");
        let scope = self.names.len();
        self.conditional += 1;
        let item = value.part(Term::Var(parameter), (*inner).clone());
        self.bind(pattern, item);
        let result = self.part(body);
        self.conditional -= 1;
        self.names.truncate(scope);
        let Some(result) = result else { return Typed::poison() };
        if result.poison {
            return Typed::poison();
        }
        let ty = result.ty.clone();
        let list = value.clone().defined();
        let function = Term::Function(parameter, Box::new(result.defined()));
        // No value, one value and many must all be an array.
        let whole = |name| {
            let kept = Term::KeepArray(Box::new(call(name, [list.clone(), function.clone()])));
            call("append", [Term::Array(Vec::new()), kept])
        };
        let found = |wanted: bool| {
            let mapped = call("map", [list.clone(), function.clone()]);
            Term::binary("in", Term::Literal(Value::Bool(wanted)), mapped)
        };
        match method {
            "any" => Typed::new(found(true), Type::Bool),
            "all" => Typed::new(found(false).not(), Type::Bool),
            "map" | "filter" if typed::is_array(&ty) || typed::may_be_array(&ty) || typed::is_array(&inner) => self
                .fault(
                    codes::NESTED_ARRAY,
                    at,
                    format!("`{method}` over lists of lists would be spliced by JSONata: do it in a `#[step]`"),
                ),
            "map" => Typed::new(whole("map"), Type::List(Box::new(ty))),
            "filter" => value.part(whole("filter"), value.ty.clone()),
            _ => self.no_form(at, &format!("`{method}` with a closure")),
        }
    }
}

fn default_of(ty: &Type) -> Option<Value> {
    Some(match typed::resolve(ty) {
        Type::Bool => Value::Bool(false),
        Type::Integer { .. } => Value::from(0),
        Type::Float => Value::from(0.0),
        Type::String => Value::from(""),
        Type::List(_) => Value::Array(Vec::new()),
        _ => return None,
    })
}
