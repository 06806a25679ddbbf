//! Operators, `as`, `if` as a value.

use serde_json::Value;

use super::exact::truncated_quotient;
use crate::lower::build::{Builder, Mode, unify};
use crate::lower::codes;
use crate::lower::ir::{At, BinaryOp, Block, Expr, UnaryOp};
use crate::lower::term::Term;
use crate::lower::typed::{self, Typed};
use crate::payload::Type;

/// Products of narrower integers stay exact.
pub(super) const WIDE: i128 = 1 << 53;

impl Builder<'_> {
    pub(super) fn unary(&mut self, operator: UnaryOp, value: &Expr) -> Option<Typed> {
        let value = self.part(value)?;
        Some(match (operator, &value.term) {
            (UnaryOp::Not, _) => Typed::new(value.defined().not(), Type::Bool),
            (UnaryOp::Negate, Term::Literal(Value::Number(number))) => {
                let negated =
                    number.as_i64().map(|n| Value::from(-n)).or_else(|| number.as_f64().map(|n| Value::from(-n)));
                Typed::new(Term::Literal(negated.unwrap_or_default()), value.ty)
            }
            (UnaryOp::Negate, _) => {
                let ty = value.ty.clone();
                Typed::new(Term::Negate(Box::new(value.defined())), ty)
            }
        })
    }

    pub(super) fn binary(&mut self, operator: BinaryOp, left: &Expr, right: &Expr, at: At) -> Option<Typed> {
        let right_at = right.at;
        let left = self.part(left)?;
        let right = if matches!(operator, BinaryOp::And | BinaryOp::Or) {
            if !crate::lower::build::is_stepless(right) {
                return Some(self.fault(
                    codes::CALL_PLACE,
                    right_at,
                    "a step on the right of `&&` or `||` would have to run only sometimes: write a nested `if`, or bind the \
                     result with `let` before",
                ));
            }
            let before = self.env();
            self.conditional += 1;
            let right = self.part(right);
            self.conditional -= 1;
            self.choose_operand(operator, &left, &before);
            right?
        } else {
            self.part(right)?
        };
        if left.poison || right.poison {
            return Some(Typed::poison());
        }
        let symbol = match operator {
            BinaryOp::Equal => "=",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::And => "and",
            BinaryOp::Or => "or",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
            BinaryOp::Remainder => "%",
        };
        Some(match operator {
            BinaryOp::And | BinaryOp::Or => {
                Typed::new(Term::binary(symbol, left.defined(), right.defined()), Type::Bool)
            }
            BinaryOp::Equal | BinaryOp::NotEqual => match self.equal(&left, &right, at) {
                // `!=` of an undefined operand is false, as `=` is.
                Some(Term::Operator("=", left, right)) => Typed::new(Term::Operator(symbol, left, right), Type::Bool),
                Some(equal) if symbol == "!=" => Typed::new(equal.not(), Type::Bool),
                Some(equal) => Typed::new(equal, Type::Bool),
                None => Typed::poison(),
            },
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                self.order(symbol, left, right, at)
            }
            _ => self.arithmetic(symbol, left, right, at),
        })
    }

    /// Numbers and times; text has another order in JSONata.
    pub(super) fn order(&mut self, symbol: &'static str, left: Typed, right: Typed, at: At) -> Typed {
        let term = match typed::resolve(&unify(left.ty.clone(), right.ty.clone())) {
            Type::Integer { .. } | Type::Float => Term::binary(symbol, left.defined(), right.defined()),
            Type::Timestamp => {
                let millis = |value: Typed| super::order::millis_of(value.defined());
                Term::binary(symbol, millis(left), millis(right))
            }
            Type::String => {
                return self.fault(
                    codes::ORDER,
                    at,
                    "JSONata orders text by UTF-16 units, Rust by bytes: compare with `==`, or order in a `#[step]`",
                );
            }
            other => {
                let ty = typed::type_name(&other);
                return self.fault(
                    codes::ORDER,
                    at,
                    format!("JSONata has no order for `{ty}`: compare in a `#[step]`"),
                );
            }
        };
        Typed::new(term, Type::Bool)
    }

    pub(super) fn arithmetic(&mut self, symbol: &'static str, left: Typed, right: Typed, at: At) -> Typed {
        if let Some(made) = self.time_arithmetic(symbol, &left, &right, at) {
            return made;
        }
        if typed::is_f32(&left.ty) || typed::is_f32(&right.ty) {
            return self.single_precision(at);
        }
        let ty = unify(left.ty.clone(), right.ty.clone());
        let Type::Integer { name, min, max } = typed::resolve(&ty) else {
            return match typed::resolve(&ty) {
                Type::Float if symbol == "%" => {
                    self.no_form(at, "`%` on floats, which some implementations of JSONata cut to integers,")
                }
                Type::Float if symbol == "/" => Typed::new(self.quotient(left.defined(), right.defined()), ty),
                Type::Float => Typed::new(Term::binary(symbol, left.defined(), right.defined()), ty),
                Type::String if symbol == "+" => Typed::new(Term::binary("&", left.defined(), right.defined()), ty),
                other => self.no_form(at, &format!("`{symbol}` on `{}`", typed::type_name(&other))),
            };
        };
        let literal = match &right.term {
            Term::Literal(Value::Number(number)) => number.as_i64(),
            _ => None,
        };
        let unknown = name == "{integer}" && !is_literal(&left.term) && !is_alike(symbol, &left, &right);
        if unknown && symbol != "*" {
            return self.fault(
                codes::UNKNOWN_INTEGER,
                at,
                format!(
                    "`{symbol}` on an integer whose type is nowhere written: say it where the value begins, \
                     `let mut left: i32 = 3`, since an unsigned one fails below zero"
                ),
            );
        }
        match symbol {
            "-" if min == 0 => Typed::new(self.not_below_zero(left.defined(), right.defined()), ty),
            "*" if unknown || (name != "{integer}" && max > WIDE) => {
                Typed::new(self.exact_product(left.defined(), right.defined()), ty)
            }
            "/" | "%" if literal == Some(0) => self.fault(
                codes::DIVISION,
                at,
                format!("`{symbol}` on an integer by zero fails wherever it is reached: divide by something else"),
            ),
            "/" | "%" if literal.is_none() => Typed::new(self.divided(symbol, left.defined(), right.defined()), ty),
            "/" => Typed::new(truncated_quotient(left.defined(), right.defined()), ty),
            _ => Typed::new(Term::binary(symbol, left.defined(), right.defined()), ty),
        }
    }

    /// Of floats: by zero it is infinite, which has no JSON.
    fn quotient(&mut self, left: Term, right: Term) -> Term {
        let divided = |left: Term, right: Term| Term::binary("/", left, right);
        if matches!(&right, Term::Literal(Value::Number(number)) if number.as_f64().is_some_and(|number| number != 0.0))
        {
            return divided(left, right);
        }
        self.short(right, "divisor", |_, right| {
            let error = Term::call("error", [Term::string("division by zero")]);
            let is_some = Term::binary("!=", right.clone(), Term::number(0));
            Term::conditional(is_some, divided(left, right), error)
        })
    }

    /// `as` where no value changes.
    pub(super) fn cast(&mut self, value: Typed, to: Type, at: At) -> Typed {
        if value.poison {
            return value;
        }
        if typed::is_f32(&value.ty) && !typed::is_f32(&to) {
            return self.single_precision(at);
        }
        // No integer of a workflow's is beyond what a double holds.
        let held = |min: i128, max: i128| (min.max(1 - WIDE), max.min(WIDE - 1));
        let exact = match (typed::resolve(&value.ty), typed::resolve(&to)) {
            (Type::Integer { name: "{integer}", .. }, Type::Integer { min, max, .. }) => {
                bounds(&value).is_some_and(|(least, most)| min <= least && most <= max)
            }
            (Type::Integer { min, max, .. }, Type::Integer { min: low, max: high, .. }) => {
                let ((min, max), (low, high)) = (held(min, max), held(low, high));
                low <= min && max <= high
            }
            (Type::Integer { .. }, Type::Float) => !typed::is_f32(&to),
            (Type::Float, Type::Float) => true,
            (Type::Float, Type::Integer { min, max, .. }) => return self.truncated(value, min, max, to),
            (Type::Bool, Type::Integer { .. }) => {
                return Typed::new(Term::call("number", [value.defined()]), to);
            }
            _ => false,
        };
        if exact {
            return Typed { ty: to, ..value };
        }
        if let (Type::Integer { min, .. }, Type::Integer { min: low, max: high, .. }) =
            (typed::resolve(&value.ty), typed::resolve(&to))
        {
            return self.narrowed(value, min, (low, high), to);
        }
        let (from, to) = (typed::type_name(&value.ty), typed::type_name(&to));
        self.fault(
            codes::CAST,
            at,
            format!("`{from}` as `{to}` has no exact form: JSON's numbers are doubles; convert in a `#[step]`"),
        )
    }

    /// An integer as a smaller one: its lowest bits.
    fn narrowed(&mut self, value: Typed, min: i128, (low, high): (i128, i128), to: Type) -> Typed {
        let term = value.defined();
        if let Term::Literal(literal) = &term
            && let Some(number) = literal.as_i64()
            && (low..=high).contains(&i128::from(number))
        {
            return Typed::new(term, to);
        }
        // Nothing that travels between states has as many parts.
        if matches!(term, Term::Call("count" | "length", _)) && high >= i128::from(i32::MAX) {
            return Typed::new(term, to);
        }
        let number = |bound: i128| Term::number(i64::try_from(bound).unwrap_or(i64::MAX));
        let zero = || Term::number(0);
        let count = high - low + 1;
        if count > WIDE {
            // Only what is below zero as an unsigned one changes, to what JSON cannot hold.
            let term = self.short(term, "n", |_, n| {
                let error = Term::call("error", [Term::string("a number below zero as an unsigned one")]);
                Term::conditional(Term::binary(">=", n.clone(), zero()), n, error)
            });
            return Typed::new(term, to);
        }
        let mut term = Term::binary("%", term, number(count));
        if min < 0 && low == 0 {
            term = Term::binary("%", Term::binary("+", term, number(count)), number(count));
        }
        if low < 0 {
            term = self.short(term, "n", |_, n| {
                let above = Term::binary("-", n.clone(), number(count));
                let high = Term::conditional(Term::binary(">", n.clone(), number(high)), above, n.clone());
                if min >= 0 {
                    return high;
                }
                let below = Term::binary("+", n.clone(), number(count));
                Term::conditional(Term::binary("<", n, number(low)), below, high)
            });
        }
        Typed::new(term, to)
    }

    /// A float as an integer: cut towards zero, and held within the type's bounds.
    fn truncated(&mut self, value: Typed, min: i128, max: i128, to: Type) -> Typed {
        let term = self.whole_part(value.defined());
        let bound = |bound: i128| i64::try_from(bound).ok().filter(|bound| i128::from(*bound).abs() < WIDE);
        let mut term = term;
        if let Some(max) = bound(max) {
            term = Term::call("min", [Term::array([term, Term::number(max)])]);
        }
        if let Some(min) = bound(min) {
            term = Term::call("max", [Term::array([term, Term::number(min)])]);
        }
        Typed::new(term, to)
    }

    /// `if` without states: `condition ? then : otherwise`.
    pub(super) fn conditional(&mut self, condition: &Expr, then: &Block, otherwise: Option<&Expr>) -> Option<Typed> {
        let condition = self.condition(condition)?;
        let before = self.env();
        self.conditional += 1;
        let then = self.with_names(condition.names, |builder| builder.block(then, Mode::Value));
        let after_then = self.env();
        let Some(test) = condition.test else {
            self.conditional -= 1;
            return then;
        };
        self.set_env(&before);
        let otherwise = match otherwise {
            Some(otherwise) => self.part(otherwise),
            None => Some(Typed::unit()),
        };
        self.conditional -= 1;
        self.choose_env(&Typed::new(test.clone(), Type::Bool), &after_then);
        let (then, otherwise) = (then?, otherwise?);
        if then.poison || otherwise.poison {
            return Some(Typed::poison());
        }
        if then.term == otherwise.term {
            return Some(then);
        }
        let ty = unify(then.ty.clone(), otherwise.ty.clone());
        let external = then.external || otherwise.external;
        let term = Term::conditional(test, then.defined(), otherwise.defined());
        Some(Typed { external, ..Typed::new(term, ty) })
    }

    pub(super) fn stepless_block(&mut self, block: &Block) -> Option<Typed> {
        self.block(block, Mode::Value)
    }

    /// The integer type of `len`.
    pub(in crate::lower) fn usize_type() -> Type {
        Type::Integer { name: "usize", min: 0, max: u64::MAX.into() }
    }
}

/// Whether every integer type yields the same: nothing below zero, nothing beyond what a double holds.
fn is_alike(symbol: &str, left: &Typed, right: &Typed) -> bool {
    let Some(((low, high), (least, most))) = bounds(left).zip(bounds(right)) else {
        return !matches!(symbol, "-" | "*");
    };
    match symbol {
        "-" => low >= most,
        "*" => [low * least, low * most, high * least, high * most].iter().all(|product| product.abs() < WIDE),
        _ => true,
    }
}

/// What a number of no known type is known to lie between.
fn bounds(value: &Typed) -> Option<(i128, i128)> {
    if let Term::Literal(Value::Number(number)) = &value.term {
        return number.as_i64().map(|number| (number.into(), number.into()));
    }
    match value.ty {
        Type::Integer { name: "{integer}", min, max } if min > i64::MIN.into() && max < i64::MAX.into() => {
            Some((min, max))
        }
        _ => None,
    }
}

fn is_literal(term: &Term) -> bool {
    matches!(term, Term::Literal(_))
}
