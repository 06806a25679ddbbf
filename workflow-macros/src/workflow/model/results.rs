//! Results: how they are made, and how they are taken apart.

use proc_macro2::{Span, TokenStream};
use syn::token::{Brace, Paren};
use syn::{Ident, Path};

use super::{Attributes, Expr};
use crate::workflow::pattern::{Guard, MatchForm, ValuePattern};

/// `Err(VALUE)`
#[derive(Clone)]
pub(crate) struct ErrReturn {
    pub(crate) path: Path,
    pub(crate) paren: Paren,
    pub(crate) failure: Failing,
    /// How it is made a `WorkflowError`.
    pub(crate) conversion: Conversion,
    pub(crate) attributes: Attributes,
}

#[derive(Clone)]
pub(crate) enum Failing {
    /// A failure that a `match` caught.
    Variable(Ident),
    /// `OrderFailure::Limit(order.total)`
    Value {
        path: Path,
        fields: Fields,
    },
    Poison,
}

#[derive(Clone)]
pub(crate) enum Conversion {
    None,
    /// `.into()`
    Into(Ident, Paren),
    /// `WorkflowError::from(..)`
    From(Path, Paren),
}

/// The inside of a variant.
#[derive(Clone)]
pub(crate) enum Fields {
    Unit,
    Tuple(Vec<Expr>, Paren),
    Struct(Vec<(Ident, Expr)>, Brace),
}

/// `match RESULT { .. }`, `if let Ok(..) = RESULT { .. } else { .. }`
#[derive(Clone)]
pub(crate) struct Match {
    pub(crate) form: MatchForm,
    pub(crate) scrutinee: Expr,
    pub(crate) brace: Brace,
    pub(crate) arms: Vec<Arm>,
}

#[derive(Clone)]
pub(crate) struct Arm {
    pub(crate) pattern: ResultPattern,
    /// The user's own pattern, made fit for the checked copy.
    pub(crate) tokens: TokenStream,
    pub(crate) guard: Option<Guard>,
    pub(crate) body: Expr,
    pub(crate) span: Span,
}

#[derive(Clone)]
pub(crate) enum ResultPattern {
    Ok(ValuePattern),
    Err(Vec<FailurePattern>),
    Any,
}

#[derive(Clone)]
pub(crate) enum FailurePattern {
    Variant { path: Path, fields: BoundFields },
    Failed(Option<Ident>),
    TimedOut,
    HeartbeatTimedOut,
    Other(Option<Ident>),
    All(Option<Ident>),
}

/// What a variant's pattern binds.
#[derive(Clone)]
pub(crate) enum BoundFields {
    Unit,
    Tuple(Vec<ValuePattern>),
    Struct(Vec<(Ident, ValuePattern)>),
    /// `Invalid(_)`, `Invalid(..)`
    TupleRest,
    /// `Invalid { .. }`
    StructRest,
}
