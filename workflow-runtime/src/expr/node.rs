//! The tree that is evaluated: names resolved, paths flattened, built-in functions known.

use serde_json::Value;

use super::ast::Op;
use super::functions::{Builtin, Pattern};

/// A name that the expression binds, as a number.
pub(super) type Symbol = u32;

#[derive(Debug)]
pub(super) enum Node {
    /// A literal; arrays and objects of literals too.
    Const(Value),
    Path(Path),
    /// A value, then predicates on it.
    Filtered {
        base: Box<Node>,
        predicates: Vec<Predicate>,
        keep: bool,
    },
    Negate(Box<Node>),
    Arithmetic(Op, Box<Node>, Box<Node>),
    /// `<`, `<=`, `>`, `>=`
    Compare(Op, Box<Node>, Box<Node>),
    /// `=`; `!=` where `negated`.
    Equal {
        negated: bool,
        left: Box<Node>,
        right: Box<Node>,
    },
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    In(Box<Node>, Box<Node>),
    Concat(Box<Node>, Box<Node>),
    Condition(Box<Node>, Box<Node>, Option<Box<Node>>),
    Block {
        nodes: Vec<Node>,
        /// Binds names of its own.
        frame: bool,
    },
    Bind(Symbol, Box<Node>),
    /// `true` beside an item that is itself an array constructor: it is not spliced.
    Array(Vec<(bool, Node)>),
    Range(Box<Node>, Box<Node>),
    Object(Vec<(Node, Node)>),
    Lambda(Lambda),
    /// A call of a built-in function.
    Call {
        function: Builtin,
        arguments: Vec<Node>,
        keep: bool,
    },
    /// A call of a function value.
    Invoke {
        callee: Box<Node>,
        arguments: Vec<Node>,
    },
    /// `$replace(x, /^\s+/, '')` and other patterns that are matched by hand.
    Replace(Pattern, Box<Node>, String),
}

#[derive(Debug)]
pub(super) struct Lambda {
    pub(super) params: Vec<Symbol>,
    pub(super) body: Box<Node>,
}

#[derive(Debug)]
pub(super) struct Path {
    pub(super) root: Root,
    pub(super) steps: Vec<Step>,
    /// `[]` stands in it.
    pub(super) keep: bool,
}

/// Where a path starts.
#[derive(Debug)]
pub(super) enum Root {
    /// A variable of the machine's, or a built-in function as a value.
    Variable(String),
    /// A name that the expression binds; the machine's where it is not bound yet.
    Local(Symbol, String),
    Input,
    Result,
    ErrorOutput,
    Context,
    /// `$states.context.Execution.Input`
    ExecutionInput,
    /// `$states.context.Map.Item.Value`
    ItemValue,
    /// `$states.context.Map.Item.Index`
    ItemIndex,
    /// The context value inside a predicate.
    Here,
    Node(Box<Node>),
}

/// `.name[predicate]`
#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) predicates: Vec<Predicate>,
}

#[derive(Debug)]
pub(super) enum Predicate {
    /// A literal position.
    Position(i64),
    /// Evaluated for each item.
    Test(Node),
    /// Does not depend on the item: evaluated once.
    Once(Node),
}
