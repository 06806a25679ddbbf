//! Expressions.

use super::{
    Arm, At, Attributes, Block, ErrorOf, FormatPiece, Map, Pattern, SpecOf, Type, TypeOf, ValueArm, ValuePattern,
    VariantFields,
};

/// An expression and its place.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub at: At,
}

/// An expression. Attributes of a statement have been moved to the one state-making expression in it.
#[derive(Clone, Debug)]
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
        /// A variable, or a field or an element of one.
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
#[derive(Clone, Debug)]
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
#[derive(Clone, Debug)]
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
    /// `Vec::insert`, `BTreeMap::insert`: the value is a tuple of its arguments.
    Insert,
    /// `Vec::remove`
    Remove,
    /// `Vec::pop`
    Pop,
    /// The variable becomes what a method of that name yields: `list.sort()` is `sorted`.
    Become(&'static str),
}

/// What a method's turbofish says.
#[derive(Clone, Copy, Debug)]
pub struct Turbofish {
    /// The type's own name: `Vec` of `Vec<_>`.
    pub name: &'static str,
    /// The type, where it is written in full.
    pub ty: Option<TypeOf>,
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
