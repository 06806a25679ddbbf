//! The model of patterns that may not match, and of what tests them: `match` on values, `if let`, `let .. else`, `matches!`.

use proc_macro2::{Span, TokenStream};
use syn::token::Brace;
use syn::{Ident, Path, Token, Type};

use super::model::{Attributes, Block, Expr, ResultPattern};

/// A pattern on a value, and the token that best stands for it.
#[derive(Clone)]
pub(crate) struct ValuePattern {
    pub(crate) kind: ValuePatternKind,
    pub(crate) span: Span,
}

#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a workflow has few patterns, and none lives long")]
pub(crate) enum ValuePatternKind {
    Wildcard,
    /// `name`, `name @ pattern`
    Bind(Ident, Option<Box<ValuePattern>>),
    /// A literal or the path of a constant.
    Constant(Expr),
    /// `1..=5`, `..10`; the ends are constants.
    Range {
        from: Option<Expr>,
        to: Option<Expr>,
        inclusive: bool,
    },
    Some(Box<ValuePattern>),
    None,
    Tuple(Parts),
    /// `Order { .. }`, `Status::Shipped(..)`, `Status::Pending`: a struct's or variant's path.
    Shape {
        path: Path,
        fields: PatternFields,
    },
    /// `a | b`
    Or(Vec<ValuePattern>),
}

/// `a, b, .., z`
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) first: Vec<ValuePattern>,
    /// `..`
    pub(crate) rest: bool,
    pub(crate) last: Vec<ValuePattern>,
}

/// The inside of a struct's or variant's pattern.
#[derive(Clone)]
pub(crate) enum PatternFields {
    Unit,
    Tuple(Parts),
    Struct(Vec<(Ident, ValuePattern)>),
}

/// A pattern and the user's own tokens of it, made fit for the checked copy.
#[derive(Clone)]
pub(crate) struct Tested {
    pub(crate) pattern: ValuePattern,
    pub(crate) tokens: TokenStream,
}

/// `if condition` after a pattern.
#[derive(Clone)]
pub(crate) struct Guard {
    pub(crate) keyword: Token![if],
    pub(crate) condition: Expr,
    /// The condition for people.
    pub(crate) written: TokenStream,
}

/// `match VALUE { .. }`
#[derive(Clone)]
pub(crate) struct MatchValue {
    pub(crate) keyword: Token![match],
    pub(crate) scrutinee: Expr,
    /// The scrutinee for people.
    pub(crate) written: TokenStream,
    pub(crate) brace: Brace,
    pub(crate) arms: Vec<ValueArm>,
    pub(crate) attributes: Attributes,
}

#[derive(Clone)]
pub(crate) struct ValueArm {
    pub(crate) tested: Tested,
    pub(crate) guard: Option<Guard>,
    pub(crate) body: Expr,
}

/// `let PATTERN = VALUE` in a condition.
#[derive(Clone)]
pub(crate) struct LetCondition {
    pub(crate) keyword: Token![let],
    pub(crate) tested: Tested,
    pub(crate) eq: Token![=],
    pub(crate) value: Expr,
}

/// `matches!(VALUE, PATTERN if GUARD)`
#[derive(Clone)]
pub(crate) struct Matches {
    pub(crate) path: Path,
    pub(crate) value: Expr,
    pub(crate) tested: Tested,
    pub(crate) guard: Option<Guard>,
}

/// `let PATTERN: TYPE = VALUE else { .. };`; without the `else` where the pattern is one that [`Pattern`] has not.
///
/// [`Pattern`]: super::model::Pattern
#[derive(Clone)]
pub(crate) struct LetElse {
    pub(crate) keyword: Token![let],
    pub(crate) pattern: LetPattern,
    pub(crate) tokens: TokenStream,
    pub(crate) ty: Option<Type>,
    pub(crate) value: Expr,
    /// The value for people.
    pub(crate) written: TokenStream,
    pub(crate) otherwise: Option<(Token![else], Block)>,
    /// Of the Choice.
    pub(crate) attributes: Attributes,
}

/// What a `let .. else` takes apart.
#[derive(Clone)]
pub(crate) enum LetPattern {
    Value(ValuePattern),
    /// A call's `Result`.
    Result(ResultPattern),
}

/// How a match on a call's `Result` was written.
#[derive(Clone, Copy)]
pub(crate) enum MatchForm {
    Match(Token![match]),
    /// The second arm is `_ => ..`, whatever stands after `else`.
    IfLet {
        keyword: Token![if],
        binding: Token![let],
        eq: Token![=],
        otherwise: Option<Token![else]>,
    },
}

impl ValuePattern {
    pub(crate) fn new(kind: ValuePatternKind, span: Span) -> Self {
        Self { kind, span }
    }

    pub(crate) fn wildcard(span: Span) -> Self {
        Self::new(ValuePatternKind::Wildcard, span)
    }

    /// The names that it binds, in order; those of the first alternative.
    pub(crate) fn names<'a>(&'a self, names: &mut Vec<&'a Ident>) {
        match &self.kind {
            ValuePatternKind::Bind(name, inside) => {
                names.push(name);
                if let Some(inside) = inside {
                    inside.names(names);
                }
            }
            ValuePatternKind::Some(inside) => inside.names(names),
            ValuePatternKind::Tuple(parts) | ValuePatternKind::Shape { fields: PatternFields::Tuple(parts), .. } => {
                parts.first.iter().chain(&parts.last).for_each(|part| part.names(names));
            }
            ValuePatternKind::Shape { fields: PatternFields::Struct(fields), .. } => {
                for (_, part) in fields {
                    part.names(names);
                }
            }
            ValuePatternKind::Or(cases) => {
                if let Some(first) = cases.first() {
                    first.names(names);
                }
            }
            ValuePatternKind::Wildcard
            | ValuePatternKind::Constant(_)
            | ValuePatternKind::Range { .. }
            | ValuePatternKind::None
            | ValuePatternKind::Shape { fields: PatternFields::Unit, .. } => {}
        }
    }

    /// Whether it takes every value, as far as syntax can tell.
    pub(crate) fn takes_all(&self) -> bool {
        match &self.kind {
            ValuePatternKind::Wildcard => true,
            ValuePatternKind::Bind(_, inside) => inside.as_ref().is_none_or(|inside| inside.takes_all()),
            ValuePatternKind::Tuple(parts) => parts.first.iter().chain(&parts.last).all(Self::takes_all),
            _ => false,
        }
    }
}
