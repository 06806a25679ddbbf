//! A workflow as the compiler sees it, once the syntax has been understood: what [`super::copy`] and [`super::ir`] write out.
#![expect(clippy::large_enum_variant, reason = "a workflow's syntax is built once, and is small")]

use proc_macro2::{Span, TokenStream};
use syn::token::{Brace, Bracket, Paren};
use syn::{Attribute, Ident, Lifetime, Lit, LitStr, Path, Token, Type, Visibility};

use super::foreign::Foreign;
use super::pattern::{LetCondition, LetElse, MatchValue, Matches};
use crate::hygiene::Krate;
use crate::step::retry::Retry;

mod map;
mod repeat;
mod results;

pub(crate) use map::{Items, MapAttribute, MapCall, MapOption, SourceKind};
pub(crate) use repeat::{Assign, Change, Loop, LoopKind, Source};
pub(crate) use results::{
    Arm, BoundFields, Conversion, ErrReturn, Failing, FailurePattern, Fields, Match, ResultPattern,
};

/// A workflow.
pub(crate) struct Workflow {
    /// `$crate` or what `crate = ..` says.
    pub(crate) krate: Krate,
    /// `#[cfg(..)]`, on everything that is emitted.
    pub(crate) cfgs: Vec<Attribute>,
    /// `#[allow(..)]` and the like, on the struct and the checked copy.
    pub(crate) lints: Vec<Attribute>,
    /// Documentation of the struct.
    pub(crate) docs: Vec<Attribute>,
    /// The text of `docs`.
    pub(crate) doc: String,
    pub(crate) visibility: Visibility,
    /// `order_flow`
    pub(crate) function: Ident,
    /// `OrderFlow`
    pub(crate) type_name: Ident,
    /// The state machine's name.
    pub(crate) machine: String,
    pub(crate) bounds: Bounds,
    /// `express`
    pub(crate) express: bool,
    /// `error = OrderFailure`: how it fails, for workflows that call it.
    pub(crate) error: Option<Path>,
    /// The struct would bear the name of another type.
    pub(crate) clashes: bool,
    pub(crate) input: Option<Input>,
    /// `Result<Receipt>` as written.
    pub(crate) returns: Type,
    /// `Receipt`
    pub(crate) output: Type,
    pub(crate) body: Block,
}

/// `timeout = ".."`, `max_transitions = n`, `assume(State = n)`; numbers with their places.
#[derive(Default)]
pub(crate) struct Bounds {
    /// In seconds.
    pub(crate) timeout: Option<(u64, Span)>,
    pub(crate) max_transitions: Option<(u64, Span)>,
    pub(crate) assume: Vec<(String, u64)>,
}

impl Bounds {
    /// These, and what is missing of those.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            timeout: self.timeout.or(other.timeout),
            max_transitions: self.max_transitions.or(other.max_transitions),
            assume: if self.assume.is_empty() { other.assume } else { self.assume },
        }
    }
}

/// The one parameter.
pub(crate) struct Input {
    pub(crate) pattern: Pattern,
    pub(crate) ty: Type,
}

/// `{ .. }`
#[derive(Clone)]
pub(crate) struct Block {
    pub(crate) statements: Vec<Statement>,
    pub(crate) tail: Option<Box<Expr>>,
    pub(crate) span: Span,
}

#[derive(Clone)]
pub(crate) enum Statement {
    Let(Box<Let>),
    /// `let PATTERN: TYPE;`, given its value later.
    Declare {
        keyword: Token![let],
        pattern: Pattern,
        ty: Option<Type>,
    },
    LetElse(Box<LetElse>),
    /// An expression, and its semicolon where there is one.
    Expr(Box<Expr>, Option<Token![;]>),
}

/// `let PATTERN: TYPE = VALUE;`
#[derive(Clone)]
pub(crate) struct Let {
    pub(crate) keyword: Token![let],
    pub(crate) pattern: Pattern,
    pub(crate) ty: Option<Type>,
    pub(crate) value: Expr,
    /// An [`ExprKind::Call`].
    pub(crate) compensate: Option<Box<Expr>>,
}

/// An irrefutable pattern.
#[derive(Clone)]
pub(crate) enum Pattern {
    Bind(Ident),
    /// `mut name`
    Mutable(Token![mut], Ident),
    Wildcard(Span),
    /// `&inner`
    Reference(Token![&], Box<Pattern>),
    Tuple(Vec<Pattern>, Paren),
    Struct {
        path: Path,
        fields: Vec<(Ident, Pattern)>,
        rest: bool,
    },
}

/// An expression and the token that best stands for it.
#[derive(Clone)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Span,
}

#[derive(Clone)]
pub(crate) enum ExprKind {
    /// Already reported.
    Poison,
    Unit,
    Literal(Lit),
    Variable(Ident),
    Constant(Path),
    Paren(Box<Expr>, Paren),
    Field(Box<Expr>, Ident),
    TupleField(Box<Expr>, syn::Index),
    Index(Box<Expr>, Box<Expr>, Bracket),
    Unary(syn::UnOp, Box<Expr>),
    /// `failure.is::<PaymentError>()`
    FailureIs(Box<FailureIs>),
    /// `&value`, as a method's argument.
    Reference(Box<Expr>),
    Binary(Box<Expr>, syn::BinOp, Box<Expr>),
    Cast(Box<Expr>, Type),
    /// `written` is the condition for people.
    If {
        condition: Box<Expr>,
        written: TokenStream,
        then: Block,
        otherwise: Option<(Token![else], Box<Expr>)>,
        attributes: Attributes,
    },
    Block(Block),
    Struct {
        path: Path,
        fields: Vec<(Ident, Expr)>,
        base: Option<Box<Expr>>,
        brace: Brace,
    },
    Variant {
        path: Path,
        fields: Fields,
    },
    Tuple(Vec<Expr>, Paren),
    /// `[..]`, or `vec![..]` with its name.
    List(Vec<Expr>, Option<Path>),
    Some(Path, Box<Expr>, Paren),
    None(Path),
    Format(Box<Format>),
    Method(Box<Method>),
    /// Parameters with the type that may stand beside them.
    Closure {
        parameters: Vec<(Pattern, Option<Type>)>,
        body: Box<Expr>,
    },
    /// `a..b`, `..=b`
    Range(Option<Box<Expr>>, syn::RangeLimits, Option<Box<Expr>>),
    /// `vec![value; length]`, or `[value; length]` without the name.
    Repeat(Box<Expr>, Box<Expr>, Option<Path>),
    /// A function of the language's own or of Rust's: `new_uuid()`, `u64::from(n)`.
    Function(Box<Function>),
    /// `context().field`
    Context(Path, Ident),
    Call(Box<Call>),
    TryJoin {
        branches: Vec<Expr>,
        attributes: Attributes,
    },
    Group {
        body: Block,
        attributes: Attributes,
    },
    /// `try_map(..).await`, `try_map_distributed(..).await`
    Map(Box<MapCall>),
    Sleep {
        path: Path,
        unit: Unit,
        unit_path: Path,
        amount: Box<Expr>,
        attributes: Attributes,
    },
    /// `sleep_until(time)`; also `sleep(pause)` of a length that is no `secs(..)`.
    SleepUntil {
        path: Path,
        until: Box<Expr>,
        attributes: Attributes,
        is_length: bool,
    },
    /// `compensate().await`
    Compensate(Path, Paren),
    Try(Box<Expr>, Token![?]),
    Ok(Path, Box<Expr>, Paren),
    Err(Box<ErrReturn>),
    Return(Token![return], Option<Box<Expr>>),
    Match(Box<Match>),
    Loop(Box<Loop>),
    /// `break 'label value`
    Break(Token![break], Option<Lifetime>, Option<Box<Expr>>),
    /// `continue 'label`
    Continue(Token![continue], Option<Lifetime>),
    Assign(Box<Assign>),
    /// What is not Rust's own.
    Foreign(Box<Foreign>),
    MatchValue(Box<MatchValue>),
    /// Only in a condition.
    Let(Box<LetCondition>),
    Matches(Box<Matches>),
}

/// `validate_order(order).await`
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) path: Path,
    pub(crate) arguments: Vec<Expr>,
    pub(crate) paren: Paren,
    /// Where `.await` stands, or the parenthesis where none is needed.
    pub(crate) end: Span,
    /// `spawn` of `spawn(ship_flow(order)).await`.
    pub(crate) spawn: Option<Path>,
    pub(crate) attributes: Attributes,
}

/// `failure.is::<PaymentError>()`
#[derive(Clone)]
pub(crate) struct FailureIs {
    pub(crate) failure: Expr,
    pub(crate) name: Ident,
    pub(crate) turbofish: TokenStream,
    pub(crate) error: Type,
    pub(crate) paren: Paren,
}

/// `receiver.method::<T>(..)`
#[derive(Clone)]
pub(crate) struct Method {
    pub(crate) receiver: Expr,
    pub(crate) name: Ident,
    /// `::<T>`
    pub(crate) turbofish: Option<syn::AngleBracketedGenericArguments>,
    pub(crate) arguments: Vec<Expr>,
    pub(crate) paren: Paren,
    /// Nobody wrote it: the checked copy has the receiver alone.
    pub(crate) implied: bool,
}

/// `base64_encode(text)`
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) path: Path,
    pub(crate) kind: FunctionKind,
    pub(crate) arguments: Vec<Expr>,
    pub(crate) paren: Paren,
}

/// Which function it is.
#[derive(Clone)]
pub(crate) enum FunctionKind {
    /// One of the language's words, and the type in its turbofish.
    Word(&'static str, Option<Box<Type>>),
    /// `Timestamp::now()`
    Now,
    /// `u64::from(n)`: a widening cast.
    Widen(Ident),
    /// `String::from("..")`
    Text,
    /// `String::new()`
    EmptyText,
    /// `Vec::new()`
    EmptyList,
    /// `Box::new(value)`: JSON knows no boxes.
    Boxed,
}

/// `format!("..", a, b = c)`
#[derive(Clone)]
pub(crate) struct Format {
    pub(crate) path: Path,
    pub(crate) text: LitStr,
    pub(crate) arguments: Vec<(Option<Ident>, Expr)>,
    pub(crate) pieces: Vec<Piece>,
}

#[derive(Clone)]
pub(crate) enum Piece {
    Literal(String),
    Value { value: Box<Expr>, spec: Spec },
}

/// What stands behind the colon: `{:>8.2}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spec {
    pub(crate) fill: Option<char>,
    pub(crate) align: Option<Align>,
    pub(crate) plus: bool,
    pub(crate) alternate: bool,
    pub(crate) zero: bool,
    pub(crate) width: Option<u32>,
    pub(crate) precision: Option<u32>,
    pub(crate) radix: Radix,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Center,
    Right,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Radix {
    #[default]
    Display,
    LowerHex,
    UpperHex,
    Octal,
    Binary,
}

/// The unit of a `sleep`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Minutes,
    Hours,
    Days,
}

impl Unit {
    pub(crate) const fn seconds(self) -> i64 {
        match self {
            Self::Seconds => 1,
            Self::Minutes => 60,
            Self::Hours => 60 * 60,
            Self::Days => 24 * 60 * 60,
        }
    }
}

/// What stands before a statement or call.
#[derive(Clone, Default)]
pub(crate) struct Attributes {
    pub(crate) state: Option<LitStr>,
    pub(crate) comment: Option<(String, Span)>,
    pub(crate) retry: Vec<Retry>,
    /// Where the first of them stands.
    pub(crate) retry_span: Option<Span>,
    pub(crate) timeout: Option<(u64, Span)>,
    pub(crate) heartbeat: Option<(u64, Span)>,
    /// Those of maps.
    pub(crate) map: Vec<MapAttribute>,
}

impl Expr {
    pub(crate) fn new(kind: ExprKind, span: Span) -> Self {
        Self { kind, span }
    }

    pub(crate) fn poison(span: Span) -> Self {
        Self::new(ExprKind::Poison, span)
    }

    /// Whether it names a value that Rust would move out of.
    pub(crate) fn is_place(&self) -> bool {
        match &self.kind {
            ExprKind::Variable(_) => true,
            ExprKind::Field(base, _) | ExprKind::TupleField(base, _) | ExprKind::Index(base, ..) => base.is_place(),
            ExprKind::Paren(inner, _) => inner.is_place(),
            _ => false,
        }
    }
}
