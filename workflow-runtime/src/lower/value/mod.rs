//! Expressions between states: their JSONata and their type.

mod chain;
mod choice;
mod closure;
mod edit;
mod enumerated;
mod exact;
mod failure;
mod foreign;
mod format;
mod function;
mod list;
mod literal;
mod map;
mod method;
mod number;
mod operator;
mod option;
mod order;
mod pattern;
mod place;
mod same;
mod text;
mod time;
mod variant;

use serde_json::Value;

pub(super) use choice::Condition;
pub(super) use pattern::{Name, all_of};

use super::build::{Builder, field_of, unify};
use super::codes;
use super::ir::{At, Expr, ExprKind};
use super::term::Term;
use super::typed::{self, Typed};
use crate::payload::{Field, Type};

/// The largest integer that a JSONata number holds exactly.
const EXACT_MAX: i128 = (1 << 53) - 1;

/// What the type of an integer literal is called until it is known.
const LITERAL_NAME: &str = "{integer}";

/// The type of an integer literal, which takes on the type of what stands beside it.
pub(super) const LITERAL: Type = Type::Integer { name: LITERAL_NAME, min: i64::MIN as i128, max: i64::MAX as i128 };

impl Builder<'_> {
    /// An expression that makes no state itself; its parts may.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind")]
    pub(super) fn value(&mut self, expr: &Expr) -> Option<Typed> {
        let at = expr.at;
        Some(match &expr.kind {
            ExprKind::Unit => Typed::unit(),
            ExprKind::Bool(value) => Typed::new(Term::Literal(Value::Bool(*value)), Type::Bool),
            ExprKind::Integer(value) => self.integer(*value, at),
            ExprKind::Float(value) => Typed::new(Term::Literal(Value::from(*value)), Type::Float),
            ExprKind::String(value) => Typed::new(Term::string(*value), Type::String),
            ExprKind::Variable(name) => match self.lookup(name) {
                Some(value) => value,
                None => self.unexpected(at, &format!("the name `{name}`")),
            },
            ExprKind::Constant(constant) => {
                let (value, ty) = constant();
                self.constant_of(value, ty, at)
            }
            ExprKind::Field(base, field) => {
                let base = self.part(base)?;
                self.read(&base, field, at)
            }
            ExprKind::TupleField(base, index) => {
                let base = self.part(base)?;
                self.read(&base, &index.to_string(), at)
            }
            ExprKind::Index(base, index) => self.index(base, index, at)?,
            ExprKind::FailureIs(failure, error) => self.failure_is(failure, &error())?,
            ExprKind::Unary(operator, value) => self.unary(*operator, value)?,
            ExprKind::Binary(operator, left, right) => self.binary(*operator, left, right, at)?,
            ExprKind::Cast(value, ty) => {
                let value = self.part(value)?;
                self.cast(value, ty(), at)
            }
            ExprKind::If { condition, then, otherwise, .. } => self.conditional(condition, then, *otherwise)?,
            ExprKind::Block(block) => self.stepless_block(block)?,
            ExprKind::Struct { ty, fields, base } => self.struct_literal(&ty(), fields, *base, at)?,
            ExprKind::Variant { ty, variant, fields } => self.variant_literal(&ty(), variant, fields, at)?,
            ExprKind::Tuple(parts) => self.tuple(parts)?,
            ExprKind::List(elements) => self.list(elements)?,
            ExprKind::Some(value) => {
                let value = self.part(value)?;
                if matches!(typed::resolve(&value.ty), Type::Option(_)) {
                    self.fault(
                        codes::AMBIGUOUS_JSON,
                        at,
                        "`Some(None)` and `None` are the same JSON: an `Option<Option<_>>` cannot travel between states",
                    )
                } else {
                    let ty = Type::Option(Box::new(value.ty.clone()));
                    Typed { ty, ..value }
                }
            }
            ExprKind::None => Typed::new(Term::null(), Type::Option(Box::new(Type::Json))),
            ExprKind::Format(pieces) => self.format(pieces)?,
            ExprKind::Context("task_token") => self.task_token(at),
            ExprKind::Method { .. } | ExprKind::Range { .. } | ExprKind::Repeat(..) | ExprKind::Function { .. } => {
                self.operation(expr)?
            }
            ExprKind::Context(field) => self.context(field, at),
            ExprKind::Assign { place, change, value } => self.change(place, *change, value, at)?,
            ExprKind::Json(value) => {
                let value = self.part(value)?;
                let poison = value.poison;
                Typed { poison, ..Typed::new(value.defined(), Type::Json) }
            }
            ExprKind::Object(entries) => self.object(entries, at)?,
            ExprKind::Jsonata { text, bindings, ty, at } => self.jsonata(text, bindings, ty(), *at)?,
            ExprKind::MatchValue { scrutinee, arms, .. } => self.match_expression(scrutinee, arms)?,
            ExprKind::Matches { value, pattern, guard } => self.matches(value, pattern, *guard)?,
            ExprKind::Let { .. } => self.unexpected(at, "`let` outside a condition"),
            ExprKind::Closure { .. } | ExprKind::ErrorValue { .. } => self.unexpected(at, "this expression"),
            _ => {
                return self.part(expr);
            }
        })
    }

    /// Methods, functions, and lists that are counted out.
    fn operation(&mut self, expr: &Expr) -> Option<Typed> {
        let at = expr.at;
        match &expr.kind {
            ExprKind::Method { receiver, method, turbofish, arguments } => {
                self.method(receiver, method, *turbofish, arguments, at)
            }
            ExprKind::Range { start, end, inclusive } => self.range(*start, *end, *inclusive, at),
            ExprKind::Repeat(value, length) => self.repeated(value, length),
            ExprKind::Function { name, ty, arguments } => self.function(name, *ty, arguments, at),
            _ => Some(self.unexpected(at, "this expression")),
        }
    }

    fn integer(&mut self, value: i64, at: At) -> Typed {
        if i128::from(value).abs() > EXACT_MAX {
            return self.fault(
                codes::WIDE_NUMBER,
                at,
                format!(
                    "{value} is beyond 2^53 - 1, which JSONata's numbers cannot hold exactly: carry it as a `String`"
                ),
            );
        }
        Typed::new(Term::Literal(Value::from(value)), LITERAL)
    }

    /// `base.field`
    pub(in crate::lower) fn read(&mut self, base: &Typed, field: &str, at: At) -> Typed {
        match field_of(base, field) {
            Some(value) => self.present(value, field, at),
            None => self.skipped(&base.ty, field, at),
        }
    }

    /// A field of a variant, as [`Self::read`] reads a struct's.
    fn readable(&mut self, value: Typed, field: &Field, at: At) -> Typed {
        if field.skipped { self.skipped(&Type::Json, field.ident, at) } else { self.present(value, field.ident, at) }
    }

    fn skipped(&mut self, ty: &Type, field: &str, at: At) -> Typed {
        let of = match ty {
            Type::Json => String::new(),
            ty => format!(" of `{}`", typed::type_name(ty)),
        };
        let why = if typed::is_converted(ty) { "serde converts it" } else { "it is skipped by serde" };
        self.fault(
            codes::MAY_BE_MISSING,
            at,
            format!("`{field}`{of} is not in its JSON: {why}; compute with it in a `#[step]`"),
        )
    }

    fn present(&mut self, value: Typed, field: &str, at: At) -> Typed {
        if value.missing && !matches!(typed::resolve(&value.ty), Type::Option(_)) {
            return self.fault(
                codes::MAY_BE_MISSING,
                at,
                format!(
                    "the key of `{field}` may be missing here, and only Rust knows its default: make the field an `Option`, or \
                     read it in a `#[step]`, whose output always has it"
                ),
            );
        }
        value
    }

    fn index(&mut self, base: &Expr, index: &Expr, at: At) -> Option<Typed> {
        let base = self.part(base)?;
        if let ExprKind::Range { start, end, inclusive } = &index.kind {
            let mut bounds = [None, None];
            for (bound, expr) in bounds.iter_mut().zip([*start, *end]) {
                if let Some(expr) = expr {
                    *bound = Some(self.part(expr)?);
                }
            }
            if base.poison || bounds.iter().flatten().any(|bound| bound.poison) {
                return Some(Typed::poison());
            }
            let [start, end] = bounds;
            return Some(match typed::resolve(&base.ty) {
                Type::List(_) => self.slice(&base, start, end, *inclusive),
                other => self.no_form(at, &format!("a slice of `{}`", typed::type_name(&other))),
            });
        }
        let index = self.part(index)?;
        if base.poison || index.poison {
            return Some(Typed::poison());
        }
        Some(match typed::resolve(&base.ty) {
            Type::List(inner) => {
                let term = base.clone().defined().index(index.defined());
                base.part(Term::Checked(Box::new(term)), *inner)
            }
            Type::Map(inner) => {
                let term = Term::call("lookup", [base.clone().defined(), index.defined()]);
                base.part(Term::Checked(Box::new(term)), *inner)
            }
            other => self.no_form(at, &format!("`[..]` on `{}`", typed::type_name(&other))),
        })
    }

    /// `a..b` as the list of its integers.
    fn range(&mut self, start: Option<&Expr>, end: Option<&Expr>, inclusive: bool, at: At) -> Option<Typed> {
        let (Some(start), Some(end)) = (start, end) else {
            return Some(self.no_form(at, "a range without an end outside of `[..]`"));
        };
        let (start, end) = (self.part(start)?, self.part(end)?);
        if start.poison || end.poison {
            return Some(Typed::poison());
        }
        let ty = unify(start.ty.clone(), end.ty.clone());
        if !matches!(typed::resolve(&ty), Type::Integer { .. }) {
            return Some(self.no_form(at, &format!("a range of `{}`", typed::type_name(&ty))));
        }
        let last = match end.defined() {
            last if inclusive => last,
            Term::Literal(Value::Number(number)) if number.as_i64().is_some() => {
                Term::number(number.as_i64().unwrap_or_default() - 1)
            }
            last => Term::binary("-", last, Term::number(1)),
        };
        let term = Term::Range(Box::new(start.defined()), Box::new(last));
        Some(Typed::new(term, Type::List(Box::new(ty))))
    }

    /// `vec![value; length]`
    fn repeated(&mut self, value: &Expr, length: &Expr) -> Option<Typed> {
        let (value, length) = (self.part(value)?, self.part(length)?);
        if value.poison || length.poison {
            return Some(Typed::poison());
        }
        let counter = self.graph.var(None, "i");
        let range = Term::Range(Box::new(Term::number(1)), Box::new(length.defined()));
        let ty = Type::List(Box::new(value.ty.clone()));
        let term = self.short(value.clone().defined(), "value", |_, value| {
            Term::call("map", [range, Term::function([counter], value)]).whole()
        });
        Some(value.part(term, ty))
    }

    pub(super) fn no_form(&mut self, at: At, what: &str) -> Typed {
        self.fault(codes::NO_FORM, at, format!("{what} has no exact form in a state machine: move it into a `#[step]`"))
    }

    /// `context().field`
    fn context(&mut self, field: &str, at: At) -> Typed {
        let (path, ty) = match field {
            "execution_id" => ("Execution.Id", Type::String),
            "execution_name" => ("Execution.Name", Type::String),
            "execution_start_time" | "start_time" => ("Execution.StartTime", Type::Timestamp),
            "redrive_count" => ("Execution.RedriveCount", Type::Integer { name: "u32", min: 0, max: u32::MAX.into() }),
            "state_machine_id" => ("StateMachine.Id", Type::String),
            "state_machine_name" => ("StateMachine.Name", Type::String),
            _ => return self.unexpected(at, &format!("`context().{field}`")),
        };
        Typed::new(Term::Context(path), ty)
    }
}

/// Joins texts, literals merged.
pub(super) fn concatenate(texts: Vec<Term>) -> Term {
    let mut merged: Vec<Term> = Vec::new();
    for text in texts {
        match (merged.last_mut(), &text) {
            (Some(Term::Literal(Value::String(before))), Term::Literal(Value::String(more))) => before.push_str(more),
            (_, Term::Literal(Value::String(empty))) if empty.is_empty() => {}
            _ => merged.push(text),
        }
    }
    let mut merged = merged.into_iter();
    let first = merged.next().unwrap_or_else(|| Term::string(""));
    merged.fold(first, |before, more| Term::binary("&", before, more))
}
