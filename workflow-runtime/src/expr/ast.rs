//! The syntax tree of a whole JSONata expression, before it is known how it will be evaluated.

use super::value::Num;

/// A node, as the reference parser builds it before its second pass.
#[derive(Clone, Debug)]
pub(super) enum Ast {
    Text(String),
    Number(Num),
    Bool(bool),
    Null,
    /// A field of the context value.
    Name(String),
    /// `$x` as `x`; `$` as the empty text, `$$` as `$`.
    Variable(String),
    /// `*`, `**`, `%`
    Wild,
    Regex {
        pattern: String,
        flags: String,
    },
    Negate(Box<Ast>),
    Array(Vec<Ast>),
    Object(Vec<(Ast, Ast)>),
    Binary(Op, Box<Ast>, Box<Ast>),
    /// `a..b`, only inside an array constructor.
    Range(Box<Ast>, Box<Ast>),
    /// `a.b`
    Dot(Box<Ast>, Box<Ast>),
    /// `a[b]`
    Filter(Box<Ast>, Box<Ast>),
    /// `a[]`; stands below the filters of `a[b][]`.
    Keep(Box<Ast>),
    /// `a{b: c}`
    Group(Box<Ast>, Vec<(Ast, Ast)>),
    /// `a^(b, >c)`
    Sort(Box<Ast>, Vec<Ast>),
    /// `a@$x`, `a#$x`
    Focus(Box<Ast>, String),
    /// `$x := a`
    Bind(String, Box<Ast>),
    /// `a ~> b`
    Chain(Box<Ast>, Box<Ast>),
    Condition(Box<Ast>, Box<Ast>, Option<Box<Ast>>),
    Block(Vec<Ast>),
    Lambda {
        params: Vec<String>,
        signature: bool,
        body: Box<Ast>,
    },
    Call(Box<Ast>, Vec<Ast>),
    /// `f(?, a)`; the holes are left out.
    Partial(Box<Ast>, Vec<Ast>),
    /// `|a|b,c|`
    Transform(Box<Ast>, Box<Ast>, Option<Box<Ast>>),
}

/// Operators between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
    In,
    Concat,
}

impl Op {
    /// As it is written.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::And => "and",
            Self::Or => "or",
            Self::In => "in",
            Self::Concat => "&",
        }
    }

    pub(super) fn from_symbol(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "+" => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            "/" => Self::Divide,
            "%" => Self::Remainder,
            "=" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterEqual,
            "and" => Self::And,
            "or" => Self::Or,
            "in" => Self::In,
            "&" => Self::Concat,
            _ => return None,
        })
    }
}
