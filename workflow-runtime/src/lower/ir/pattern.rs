//! Patterns and the arms that they stand in.

use super::{At, ErrorOf, Expr, TypeOf};

/// An irrefutable pattern.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// `mut name`
    Mutable {
        /// The name.
        name: &'static str,
        /// Where it stands.
        at: At,
    },
    /// `name`
    Bind {
        /// The name.
        name: &'static str,
        /// Where it stands.
        at: At,
    },
    /// `_`
    Wildcard,
    /// `(a, b)`
    Tuple(&'static [Pattern]),
    /// `Order { order_id, total_cents: total, .. }`
    Struct {
        /// The struct.
        ty: TypeOf,
        /// Rust's field name and what it is bound to.
        fields: &'static [(&'static str, Pattern)],
    },
}

/// An arm of a `match` on a value.
#[derive(Clone, Debug)]
pub struct ValueArm {
    /// What it matches.
    pub pattern: ValuePattern,
    /// `if ..` after the pattern.
    pub guard: Option<Expr>,
    /// What it yields.
    pub body: Expr,
}

/// A pattern on a value, which may not match, and its place.
#[derive(Clone, Debug)]
pub struct ValuePattern {
    /// What it is.
    pub kind: ValuePatternKind,
    /// Where it stands.
    pub at: At,
}

/// A pattern on a value.
#[derive(Clone, Debug)]
pub enum ValuePatternKind {
    /// `_`
    Wildcard,
    /// `name`, `name @ pattern`
    Bind(&'static str, Option<&'static ValuePattern>),
    /// A literal or an [`ExprKind::Constant`](super::ExprKind::Constant).
    Constant(&'static Expr),
    /// `1..=5`, `..10`; the ends are like [`Self::Constant`].
    Range {
        /// The first value.
        from: Option<&'static Expr>,
        /// The last value, or the one after it.
        to: Option<&'static Expr>,
        /// `..=`
        inclusive: bool,
    },
    /// `Some(pattern)`
    Some(&'static ValuePattern),
    /// `None`
    None,
    /// `(a, .., z)`
    Tuple(PatternParts),
    /// A struct, or a variant of an enum.
    Shape {
        /// The struct or enum.
        ty: TypeOf,
        /// The last name of the path: for an enum its variant.
        name: &'static str,
        /// What is inside.
        fields: PatternFields,
    },
    /// `a | b`; all alternatives bind the same names.
    Or(&'static [ValuePattern]),
}

/// `a, b, .., z`
#[derive(Clone, Debug)]
pub struct PatternParts {
    /// From the first.
    pub first: &'static [ValuePattern],
    /// Whether `..` stands between.
    pub rest: bool,
    /// Up to the last.
    pub last: &'static [ValuePattern],
}

/// The inside of a struct's or variant's pattern.
#[derive(Clone, Debug)]
pub enum PatternFields {
    /// Nothing.
    Unit,
    /// `(a, b)`
    Tuple(PatternParts),
    /// `{ a, b: c }`, by Rust's field name.
    Struct(&'static [(&'static str, ValuePattern)]),
}

/// An arm of a `match` on a `Result`.
#[derive(Clone, Debug)]
pub struct Arm {
    /// What it matches.
    pub pattern: ResultPattern,
    /// `if ..` after the pattern.
    pub guard: Option<Expr>,
    /// What it yields.
    pub body: Expr,
    /// Where it stands.
    pub at: At,
}

/// A pattern on a `Result`.
#[derive(Clone, Debug)]
pub enum ResultPattern {
    /// `Ok(pattern)`
    Ok(ValuePattern),
    /// `Err(pattern)`, several for `Err(a) | Err(b)` and `Err(a | b)`; alternatives bind nothing.
    Err(&'static [FailurePattern]),
    /// `_`: whatever no earlier arm took.
    Any,
}

/// A pattern on a failure.
#[derive(Clone, Debug)]
pub enum FailurePattern {
    /// `Failed(OrderError::Invalid(reason))`
    Variant {
        /// The error enum.
        error: ErrorOf,
        /// Rust's name of the variant.
        variant: &'static str,
        /// What it binds; empty for `Invalid(_)`, `Invalid { .. }`.
        fields: VariantFields<ValuePattern>,
    },
    /// `Failed(e)`, `Failed(_)`
    Failed(Option<&'static str>),
    /// `TimedOut`
    TimedOut,
    /// `HeartbeatTimedOut`
    HeartbeatTimedOut,
    /// `Other(e)`, `Other(_)`
    Other(Option<&'static str>),
    /// `failure`, `_`: everything else.
    All(Option<&'static str>),
}

/// The inside of a variant.
#[derive(Clone, Debug)]
pub enum VariantFields<T: 'static> {
    /// Nothing.
    Unit,
    /// `(a, b)`
    Tuple(&'static [T]),
    /// `{ a, b: c }`, by Rust's field name.
    Struct(&'static [(&'static str, T)]),
}
