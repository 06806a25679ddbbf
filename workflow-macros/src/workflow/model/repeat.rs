//! Loops, and statements that change variables.

use proc_macro2::TokenStream;
use syn::token::Paren;
use syn::{Ident, Lifetime, RangeLimits, Token};

use super::{Attributes, Block, Expr, Pattern};

/// A loop, or a block that `break` leaves.
#[derive(Clone)]
pub(crate) struct Loop {
    pub(crate) label: Option<Lifetime>,
    pub(crate) kind: LoopKind,
    pub(crate) body: Block,
    pub(crate) attributes: Attributes,
}

#[derive(Clone)]
pub(crate) enum LoopKind {
    /// `loop { .. }`
    Loop(Token![loop]),
    /// `while c { .. }`; `written` is the condition for people.
    While { keyword: Token![while], condition: Expr, written: TokenStream },
    /// `for x in items { .. }`; `written` is the source for people.
    For { keyword: Token![for], pattern: Pattern, in_token: Token![in], source: Box<Source>, written: TokenStream },
    /// `'label: { .. }`
    Block,
}

/// What a `for` goes through.
#[derive(Clone)]
pub(crate) enum Source {
    /// `start..end`
    Range { start: Expr, limits: RangeLimits, end: Expr },
    /// A list, and the `.enumerate()` behind it.
    List(Expr, Option<(Ident, Paren)>),
}

/// A statement that changes a variable.
#[derive(Clone)]
pub(crate) struct Assign {
    /// A variable, or a field of one.
    pub(crate) place: Expr,
    pub(crate) change: Change,
    pub(crate) value: Expr,
    /// The value is the tuple of a method's arguments, not its only one.
    pub(crate) bare: bool,
}

#[derive(Clone)]
pub(crate) enum Change {
    /// `=`
    Set(Token![=]),
    /// `+=`
    Operate(syn::BinOp),
    /// `.push(..)`, `.pop()`, `.sort()`, ..
    Method(Ident, Paren),
}
