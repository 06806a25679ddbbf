//! The program as the macro emits it: static data, references to types and steps as function pointers.
//!
//! Names are resolved while lowering, with Rust's scoping. Every node that can be refused knows where it stands.

mod map;

pub use map::{Batch, Items, Map, MapOptions, SourceKind};

use crate::nested::WorkflowKind;
use crate::payload::Type;
use crate::step::{ErrorShape, RetrySpec, StepSpec};

/// A type, asked for when needed.
pub type TypeOf = fn() -> Type;
/// A step's data.
pub type SpecOf = fn() -> StepSpec;
/// An error enum's data.
pub type ErrorOf = fn() -> ErrorShape;

/// A place in the source file of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct At {
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
}

/// A workflow.
#[derive(Debug)]
pub struct Program {
    /// `OrderFlow`.
    pub name: &'static str,
    /// Its doc comment: the machine's `Comment`.
    pub doc: &'static str,
    /// `file!()`.
    pub file: &'static str,
    /// The one payload parameter; `None` for a workflow that takes nothing.
    pub input: Option<Input>,
    /// `T` of `Result<T>`.
    pub output: TypeOf,
    /// `#[workflow(timeout = "..")]`: the machine's `TimeoutSeconds`.
    pub timeout_seconds: Option<u64>,
    /// How it runs.
    pub kind: WorkflowKind,
    /// The function's body.
    pub body: Block,
}

/// The workflow's parameter.
#[derive(Debug)]
pub struct Input {
    /// Usually a plain name.
    pub pattern: Pattern,
    /// Its type.
    pub ty: TypeOf,
}

/// `{ .. }`.
#[derive(Debug)]
pub struct Block {
    /// In order.
    pub statements: &'static [Statement],
    /// The trailing expression.
    pub tail: Option<&'static Expr>,
}

/// A statement.
#[derive(Debug)]
pub enum Statement {
    /// `let PATTERN: TYPE = VALUE;`
    Let(Let),
    /// `let PATTERN: TYPE;`
    Declare(Declare),
    /// `EXPR;`
    Expr(Expr),
}

/// `let PATTERN: TYPE = VALUE;`
#[derive(Debug)]
pub struct Let {
    /// What it binds.
    pub pattern: Pattern,
    /// Where it is annotated.
    pub ty: Option<TypeOf>,
    /// Its value.
    pub value: Expr,
    /// `#[compensate(undo(args))]`: the undo, a [`ExprKind::Call`].
    pub compensate: Option<&'static Expr>,
    /// Where it stands.
    pub at: At,
}

/// `let PATTERN: TYPE;`, given its value later.
#[derive(Debug)]
pub struct Declare {
    /// What it names.
    pub pattern: Pattern,
    /// Where it is annotated.
    pub ty: Option<TypeOf>,
    /// Where it stands.
    pub at: At,
}

/// An irrefutable pattern.
#[derive(Debug)]
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

/// An expression and its place.
#[derive(Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub at: At,
}

/// An expression. Attributes of a statement have been moved to the one state-making expression in it.
#[derive(Debug)]
pub enum ExprKind {
    /// `()`
    Unit,
    /// `true`
    Bool(bool),
    /// `42`, `-1`
    Integer(i64),
    /// `0.8`
    Float(f64),
    /// `"text"`
    String(&'static str),
    /// A variable.
    Variable(&'static str),
    /// A constant of the program's, evaluated when the definition is built: its JSON and type.
    Constant(fn() -> (serde_json::Value, Type)),
    /// `base.field`
    Field(&'static Expr, &'static str),
    /// `base.0`
    TupleField(&'static Expr, u32),
    /// `base[index]`
    Index(&'static Expr, &'static Expr),
    /// `failure.is::<PaymentError>()`
    FailureIs(&'static Expr, ErrorOf),
    /// `!a`, `-a`
    Unary(UnaryOp, &'static Expr),
    /// `a == b`
    Binary(BinaryOp, &'static Expr, &'static Expr),
    /// `a as u64`
    Cast(&'static Expr, TypeOf),
    /// `if c { .. } else ..`; the else is a [`ExprKind::Block`] or another `If`.
    If {
        /// The condition.
        condition: &'static Expr,
        /// `{ .. }`
        then: Block,
        /// `else ..`
        otherwise: Option<&'static Expr>,
        /// Names the Choice.
        attributes: &'static Attributes,
    },
    /// `{ .. }`
    Block(Block),
    /// `Order { order_id: x, ..base }`
    Struct {
        /// The struct.
        ty: TypeOf,
        /// Rust's field name and its value.
        fields: &'static [(&'static str, Expr)],
        /// `..base`
        base: Option<&'static Expr>,
    },
    /// `Status::Pending`, `Status::Shipped(x)`, `Status::Lost { since: x }` as a payload.
    Variant {
        /// The enum.
        ty: TypeOf,
        /// Rust's name of the variant.
        variant: &'static str,
        /// What it carries.
        fields: VariantFields<Expr>,
    },
    /// `(a, b)`
    Tuple(&'static [Expr]),
    /// `[a, b]`, `vec![a, b]`
    List(&'static [Expr]),
    /// `Some(a)`
    Some(&'static Expr),
    /// `None`
    None,
    /// `format!(..)`
    Format(&'static [FormatPiece]),
    /// `receiver.method(args)`
    Method {
        /// Before the dot.
        receiver: &'static Expr,
        /// Its name.
        method: &'static str,
        /// `::<T>`
        turbofish: Option<Turbofish>,
        /// Its arguments; closures among them.
        arguments: &'static [Expr],
    },
    /// `|x| body`, only as a method's argument.
    Closure {
        /// The parameters.
        parameters: &'static [Pattern],
        /// The body.
        body: &'static Expr,
    },
    /// `a..b`
    Range {
        /// Before the dots.
        start: Option<&'static Expr>,
        /// After them.
        end: Option<&'static Expr>,
        /// `a..=b`
        inclusive: bool,
    },
    /// `vec![value; length]`
    Repeat(&'static Expr, &'static Expr),
    /// A function of the language's: `new_uuid()`, `parse_json::<T>(text)`, `Timestamp::now()` as `now`.
    Function {
        /// Which one.
        name: &'static str,
        /// The type in its turbofish.
        ty: Option<TypeOf>,
        /// Its arguments.
        arguments: &'static [Expr],
    },
    /// `context().execution_id`; the field's Rust name.
    Context(&'static str),
    /// `json!(value)`: JSON of any shape.
    Json(&'static Expr),
    /// `{key: value}`: the inside of `json!`, and `BTreeMap::from([(key, value)])`.
    Object(&'static [(Expr, Expr)]),
    /// `jsonata!("..", name = value)`
    Jsonata {
        /// JSONata, without `{%` and `%}`.
        text: &'static str,
        /// Its variables without `$`.
        bindings: &'static [(&'static str, Expr)],
        /// What it yields.
        ty: TypeOf,
        /// Where the text stands.
        at: At,
    },
    /// `raw_state!({..}, name = value).await`: a `Result<T, Failure<NoError>>`.
    Raw {
        /// The state as JSON, without what says where it stands.
        state: &'static str,
        /// The variables of its expressions, without `$`.
        bindings: &'static [(&'static str, Expr)],
        /// What it yields.
        ty: TypeOf,
        /// Names the state.
        attributes: &'static Attributes,
    },
    /// `step(args).await`: a `Result<T, Failure<E>>`.
    Call {
        /// The step.
        step: SpecOf,
        /// Its payload arguments.
        arguments: &'static [Expr],
        /// Of the call or its statement.
        attributes: &'static Attributes,
    },
    /// `try_join!(a, b)`: a `Result<(A, B), WorkflowError>`. A branch is a call (its `Result` implied) or a group.
    TryJoin {
        /// In order.
        branches: &'static [Expr],
        /// Names the Parallel.
        attributes: &'static Attributes,
    },
    /// `async { .. }.await`: a `Result<T, WorkflowError>`.
    Group {
        /// Its body, ending in `Ok(..)`/a result as Rust has it.
        body: Block,
        /// Comment.
        attributes: &'static Attributes,
    },
    /// `try_map(items, async |item| { .. }).await`: a `Result<Vec<T>, WorkflowError>`.
    Map(&'static Map),
    /// `sleep(mins(5)).await`, in whole seconds.
    Sleep {
        /// Seconds, an integer expression: `mins(n)` is already multiplied.
        seconds: &'static Expr,
        /// Names the Wait.
        attributes: &'static Attributes,
    },
    /// `sleep_until(order.ship_at).await`
    SleepUntil {
        /// A timestamp.
        until: &'static Expr,
        /// Names the Wait.
        attributes: &'static Attributes,
    },
    /// `compensate().await`: a [`CompensationReport`](crate::language::CompensationReport).
    Compensate,
    /// `value?`
    Try(&'static Expr),
    /// `Ok(value)`
    Ok(&'static Expr),
    /// `Err(value)`; `.into()` and `WorkflowError::from(..)` around it are gone.
    Err {
        /// What fails: an [`ExprKind::ErrorValue`], or a variable that holds a failure.
        failure: &'static Expr,
        /// Names the Fail.
        attributes: &'static Attributes,
    },
    /// `OrderFailure::Rejected`, `OrderFailure::Limit(order.total_cents)` inside `Err(..)`.
    ErrorValue {
        /// The error enum.
        error: ErrorOf,
        /// Rust's name of the variant.
        variant: &'static str,
        /// What it carries.
        fields: VariantFields<Expr>,
    },
    /// `return value`; `None` for `return`.
    Return(Option<&'static Expr>),
    /// `match RESULT { Ok(..) => .., Err(..) => .. }`; the scrutinee is a call, a group or a join.
    MatchResult {
        /// What is matched.
        scrutinee: &'static Expr,
        /// In order.
        arms: &'static [Arm],
    },
    /// `'label: loop { .. }`
    Loop {
        /// Without the quote.
        label: Option<&'static str>,
        /// `{ .. }`
        body: Block,
    },
    /// `'label: while c { .. }`
    While {
        /// Without the quote.
        label: Option<&'static str>,
        /// The condition.
        condition: &'static Expr,
        /// `{ .. }`
        body: Block,
        /// Names the Choice.
        attributes: &'static Attributes,
    },
    /// `for x in items { .. }`
    For(For),
    /// `'label: { .. }`
    Labelled {
        /// Without the quote.
        label: Option<&'static str>,
        /// `{ .. }`
        body: Block,
    },
    /// `break 'label value`
    Break {
        /// Without the quote.
        label: Option<&'static str>,
        /// What the loop yields.
        value: Option<&'static Expr>,
    },
    /// `continue 'label`
    Continue {
        /// Without the quote.
        label: Option<&'static str>,
    },
    /// `x = e`, `x.f += e`, `list.push(e)`
    Assign {
        /// A variable, or a field of one.
        place: &'static Expr,
        /// What is done to it.
        change: Change,
        /// With what.
        value: &'static Expr,
    },
    /// `match VALUE { .. }`, exhaustive.
    MatchValue {
        /// What is matched.
        scrutinee: &'static Expr,
        /// In order.
        arms: &'static [ValueArm],
        /// `let .. else`: the last of two arms leaves.
        let_else: bool,
        /// Names the Choice.
        attributes: &'static Attributes,
    },
    /// `let PATTERN = VALUE` in a condition, alone or between `&&`: whether it matches; its names are seen by what
    /// comes after it and by the block.
    Let {
        /// What is tried.
        pattern: ValuePattern,
        /// The value.
        value: &'static Expr,
    },
    /// `matches!(VALUE, PATTERN if GUARD)`
    Matches {
        /// The value.
        value: &'static Expr,
        /// What is tried.
        pattern: ValuePattern,
        /// Sees the pattern's names.
        guard: Option<&'static Expr>,
    },
}

/// `'label: for PATTERN in SOURCE { .. }`
#[derive(Debug)]
pub struct For {
    /// Without the quote.
    pub label: Option<&'static str>,
    /// What each item is bound to.
    pub pattern: Pattern,
    /// What it goes through.
    pub source: Source,
    /// `{ .. }`
    pub body: Block,
    /// Names the Choice.
    pub attributes: &'static Attributes,
}

/// What a `for` goes through.
#[derive(Debug)]
pub enum Source {
    /// `start..end`, `start..=end`
    Range {
        /// The first.
        start: &'static Expr,
        /// The one after the last, or the last.
        end: &'static Expr,
        /// `..=`
        inclusive: bool,
    },
    /// `list`, `list.iter().enumerate()`
    List {
        /// The list.
        list: &'static Expr,
        /// The items come with their index.
        enumerated: bool,
    },
}

/// What an assignment does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// `=`
    Set,
    /// `+=` and its like.
    Operate(BinaryOp),
    /// `Vec::push`, `String::push`
    Push,
    /// `Vec::extend`, `String::push_str`
    Extend,
}

/// An arm of a `match` on a value.
#[derive(Debug)]
pub struct ValueArm {
    /// What it matches.
    pub pattern: ValuePattern,
    /// `if ..` after the pattern.
    pub guard: Option<Expr>,
    /// What it yields.
    pub body: Expr,
}

/// A pattern on a value, which may not match, and its place.
#[derive(Debug)]
pub struct ValuePattern {
    /// What it is.
    pub kind: ValuePatternKind,
    /// Where it stands.
    pub at: At,
}

/// A pattern on a value.
#[derive(Debug)]
pub enum ValuePatternKind {
    /// `_`
    Wildcard,
    /// `name`, `name @ pattern`
    Bind(&'static str, Option<&'static ValuePattern>),
    /// A literal or an [`ExprKind::Constant`].
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
#[derive(Debug)]
pub struct PatternParts {
    /// From the first.
    pub first: &'static [ValuePattern],
    /// Whether `..` stands between.
    pub rest: bool,
    /// Up to the last.
    pub last: &'static [ValuePattern],
}

/// The inside of a struct's or variant's pattern.
#[derive(Debug)]
pub enum PatternFields {
    /// Nothing.
    Unit,
    /// `(a, b)`
    Tuple(PatternParts),
    /// `{ a, b: c }`, by Rust's field name.
    Struct(&'static [(&'static str, ValuePattern)]),
}

/// An arm of a `match` on a `Result`.
#[derive(Debug)]
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
#[derive(Debug)]
pub enum ResultPattern {
    /// `Ok(pattern)`
    Ok(ValuePattern),
    /// `Err(pattern)`, several for `Err(a) | Err(b)` and `Err(a | b)`; alternatives bind nothing.
    Err(&'static [FailurePattern]),
    /// `_`: whatever no earlier arm took.
    Any,
}

/// A pattern on a failure.
#[derive(Debug)]
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
#[derive(Debug)]
pub enum VariantFields<T: 'static> {
    /// Nothing.
    Unit,
    /// `(a, b)`
    Tuple(&'static [T]),
    /// `{ a, b: c }`, by Rust's field name.
    Struct(&'static [(&'static str, T)]),
}

/// A piece of a `format!`.
#[derive(Debug)]
pub enum FormatPiece {
    /// Text, braces unescaped.
    Literal(&'static str),
    /// `{x}`, `{}`, `{:.2}`
    Value {
        /// What is formatted.
        value: Expr,
        /// What stands behind the colon.
        spec: FormatSpec,
    },
}

/// What a method's turbofish says.
#[derive(Clone, Copy, Debug)]
pub struct Turbofish {
    /// The type's own name: `Vec` of `Vec<_>`.
    pub name: &'static str,
    /// The type, where it is written in full.
    pub ty: Option<TypeOf>,
}

/// `{:*>+#08.2x}`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatSpec {
    /// `*`
    pub fill: Option<char>,
    /// `>`
    pub align: Option<Align>,
    /// `+`
    pub plus: bool,
    /// `#`
    pub alternate: bool,
    /// `0` before the width
    pub zero: bool,
    /// `8`
    pub width: Option<u32>,
    /// `.2`
    pub precision: Option<u32>,
    /// `x`
    pub radix: Radix,
}

impl FormatSpec {
    /// `{}`
    pub const PLAIN: Self = Self {
        fill: None,
        align: None,
        plus: false,
        alternate: false,
        zero: false,
        width: None,
        precision: None,
        radix: Radix::Display,
    };
}

/// `<`, `^`, `>`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Align {
    Left,
    Center,
    Right,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Radix {
    Display,
    LowerHex,
    UpperHex,
    Octal,
    Binary,
}

/// `#[state = ".."]`, `///`, `#[retry]`, `#[timeout]`, `#[heartbeat]` on a statement or call.
#[derive(Debug)]
pub struct Attributes {
    /// `#[state = "Name"]`
    pub state: Option<&'static str>,
    /// `///`
    pub comment: Option<&'static str>,
    /// `#[retry(..)]`, replaces the step's own where there is any.
    pub retry: Option<&'static [RetrySpec]>,
    /// `#[timeout = "..s"]`
    pub timeout_seconds: Option<u64>,
    /// `#[heartbeat = "..s"]`
    pub heartbeat_seconds: Option<u64>,
}

impl Attributes {
    /// No attribute at all.
    pub const NONE: Self =
        Self { state: None, comment: None, retry: None, timeout_seconds: None, heartbeat_seconds: None };
}

/// `!`, `-`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// Operators between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BinaryOp {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}
