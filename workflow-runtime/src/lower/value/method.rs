//! Methods, by the type of what they are called on.

use super::closure::{Argument, Closure, MethodCall};
use super::time::is_duration;
use crate::lower::build::Builder;
use crate::lower::ir::{At, Expr, ExprKind, FormatSpec, Turbofish};
use crate::lower::term::Term;
use crate::lower::typed::{self, Hint, Typed};
use crate::payload::Type;

/// Methods that change nothing in JSON.
const IDENTITY: [&str; 12] = [
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
    "to_vec",
];

impl Builder<'_> {
    pub(super) fn method(
        &mut self,
        receiver: &Expr,
        name: &'static str,
        turbofish: Option<Turbofish>,
        arguments: &[Expr],
        at: At,
    ) -> Option<Typed> {
        if let (ExprKind::Range { start, end, inclusive }, "contains", [item]) = (&receiver.kind, name, arguments) {
            return self.in_range(*start, *end, *inclusive, item, at);
        }
        let value = self.part(receiver)?;
        let mut given = Vec::new();
        let mut poison = value.poison;
        for argument in arguments {
            given.push(if let ExprKind::Closure { parameters, body } = &argument.kind {
                Argument::Closure(Closure { parameters, body })
            } else {
                let argument = self.part(argument)?;
                poison |= argument.poison;
                Argument::Value(Box::new(argument))
            });
        }
        if poison {
            return Some(Typed::poison());
        }
        let into = turbofish.map(|turbofish| turbofish.name).filter(|name| !name.is_empty());
        let ty = turbofish.and_then(|turbofish| turbofish.ty).map(|ty| ty());
        let call = MethodCall { name, into, ty, arguments: given, at };
        self.called(value, &call)
    }

    fn called(&mut self, value: Typed, call: &MethodCall<'_>) -> Option<Typed> {
        match value.hint.clone() {
            Hint::Order(pairs) => return self.order_method(pairs, call),
            Hint::Chars(text) => return Some(self.chars_method(&text, call)),
            Hint::Parsed(parsed) => return Some(self.parsed_method(parsed.0, parsed.1, &value.ty, call)),
            Hint::None | Hint::Stage(_) => {}
        }
        let ty = typed::resolve(&value.ty);
        if IDENTITY.contains(&call.name) && !matches!((&ty, call.name), (Type::Map(_), "iter" | "into_iter")) {
            return Some(value);
        }
        Some(match (call.name, &ty) {
            ("to_string", _) => {
                let text = self.display(value, FormatSpec::PLAIN, call.at);
                Typed::new(text, Type::String)
            }
            ("error" | "cause", Type::Failure) => {
                // `SendTaskFailure` may come without either.
                let key = if call.name == "error" { "Error" } else { "Cause" };
                let part = value.term.field(key);
                Typed::new(Term::conditional(part.clone(), part, Term::string("")), Type::String)
            }
            ("cmp" | "partial_cmp" | "total_cmp", _) if !matches!(ty, Type::Timestamp) => match call.value() {
                Some(other) => self.compared(&value, &other, call.at),
                None => self.unexpected(call.at, "this comparison"),
            },
            (_, Type::Option(inner)) => return self.option_method(&value, inner, call),
            (_, Type::String) => self.string_method(&value, call),
            (_, Type::List(inner)) => return self.list_method(&value, inner, call),
            (_, Type::Map(inner)) => self.map_method(&value, inner, call),
            (_, Type::Timestamp) => self.time_method(&value, call),
            (_, Type::Integer { .. }) if is_duration(&value.ty) => self.duration_method(&value, call),
            (_, Type::Integer { .. } | Type::Float) => self.number_method(value, call),
            ("then_some" | "then", Type::Bool) => return self.then_some(value, call),
            _ => self.no_form(call.at, &format!("`{}::{}`", typed::type_name(&value.ty), call.name)),
        })
    }

    /// `flag.then_some(value)`, `flag.then(|| value)`
    fn then_some(&mut self, flag: Typed, call: &MethodCall<'_>) -> Option<Typed> {
        let value = match call.arguments.first() {
            Some(Argument::Value(value)) => (**value).clone(),
            Some(Argument::Closure(closure)) => self.apply(*closure, Vec::new())?,
            None => return Some(self.unexpected(call.at, "this call")),
        };
        if value.poison {
            return Some(value);
        }
        let ty = value.ty.clone();
        let like = value.part(Term::null(), ty.clone());
        let term = Term::conditional(flag.defined(), value.defined(), Term::null());
        Some(self.optional(term, &ty, &like, call.at))
    }

    /// `(a..b).contains(&x)`
    fn in_range(
        &mut self,
        start: Option<&Expr>,
        end: Option<&Expr>,
        inclusive: bool,
        item: &Expr,
        at: At,
    ) -> Option<Typed> {
        let item = self.part(item)?;
        let mut tests = Vec::new();
        for (bound, symbol) in [(start, ">="), (end, if inclusive { "<=" } else { "<" })] {
            if let Some(bound) = bound {
                let bound = self.part(bound)?;
                let test = self.order(symbol, item.clone(), bound, at);
                if test.poison || item.poison {
                    return Some(Typed::poison());
                }
                tests.push(test.term);
            }
        }
        let both = tests.into_iter().reduce(|first, second| Term::binary("and", first, second));
        Some(Typed::new(both.unwrap_or_else(|| Term::number(true)), Type::Bool))
    }
}
