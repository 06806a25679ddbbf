//! Literals: what JSON can hold of them.

use proc_macro2::Span;
use syn::Lit;

use super::super::codes;
use super::super::model::{Expr, ExprKind};
use super::Builder;

/// The greatest integer that a double holds exactly together with its neighbours.
pub(crate) const INTEGER_MAX: i64 = (1 << 53) - 1;

impl Builder {
    pub(super) fn literal(&mut self, literal: &Lit, span: Span) -> Expr {
        match literal {
            Lit::Bool(_) | Lit::Str(_) | Lit::Char(_) => {}
            Lit::Int(number) if ["f32", "f64"].contains(&number.suffix()) => {}
            Lit::Int(number) => {
                if !number.base10_parse::<i64>().is_ok_and(|value| value <= INTEGER_MAX) {
                    self.fault(number, codes::NUMBER, format!("`{number}` is beyond what JSON numbers hold exactly"))
                        .help(format!("integers go up to 2^53 - 1, {INTEGER_MAX}; carry a longer one as a string"));
                    return Expr::poison(span);
                }
            }
            Lit::Float(number) => {
                if !number.base10_parse::<f64>().is_ok_and(f64::is_finite) {
                    self.fault(number, codes::NUMBER, format!("`{number}` is beyond what JSON numbers hold"))
                        .help("write a smaller number");
                    return Expr::poison(span);
                }
            }
            other => {
                return self.outside(other, "a literal of bytes");
            }
        }
        Expr::new(ExprKind::Literal(literal.clone()), span)
    }
}
