//! JSONata expressions as data: what the compiler reasons about before it writes any text.

use std::collections::BTreeMap;

use serde_json::Value;

use super::handwritten::{Handwritten, Shape};

/// A variable of the machine, or a parameter of a JSONata function; named late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct VarId(pub(super) usize);

/// A JSONata expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    /// JSON, written as it is.
    Literal(Value),
    /// `$states.context.Execution.Input`
    Input,
    /// `$states.context.` and the path.
    Context(&'static str),
    /// `$states.result`; only in what a state's own success edge assigns.
    Result,
    /// `$states.errorOutput`; only in what a catcher assigns.
    ErrorOutput,
    /// `$name`
    Var(VarId),
    /// `base.key`
    Field(Box<Term>, String),
    /// `base[index]`: nothing where the index is out of range.
    Index(Box<Term>, Box<Term>),
    /// `base[index]` of an index that is known to be within.
    Within(Box<Term>, Box<Term>),
    /// `base[0]` of an array that is known to be long enough.
    Item(Box<Term>, u32),
    /// `$name(arguments)`
    Call(&'static str, Vec<Term>),
    /// `left operator right`
    Operator(&'static str, Box<Term>, Box<Term>),
    /// `-value`
    Negate(Box<Term>),
    /// `condition ? then : otherwise`
    If(Box<Term>, Box<Term>, Box<Term>),
    /// `{'key': value}`
    Object(Vec<(String, Term)>),
    /// `[value]`
    Array(Vec<Element>),
    /// `function($parameter) { body }`
    Function(VarId, Box<Term>),
    /// `values[]`: an array also where one value or none would be left.
    KeepArray(Box<Term>),
    /// `/pattern/`
    Regex(&'static str),
    /// `function($value) { $value != null }`
    NotNull,
    /// JSONata that somebody wrote.
    Handwritten(Box<Handwritten>),
    /// `( $name := value; body )`
    Let(VarId, Box<Term>, Box<Term>),
}

/// An element of an array.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element {
    pub(super) term: Term,
    /// The element is itself an array, which JSONata would splice into the outer one.
    pub(super) list: bool,
}

impl Term {
    pub(super) fn null() -> Self {
        Self::Literal(Value::Null)
    }

    pub(super) fn string(text: impl Into<String>) -> Self {
        Self::Literal(Value::String(text.into()))
    }

    pub(super) fn field(self, key: impl Into<String>) -> Self {
        match self {
            // A field of an object that is known by its parts.
            Self::Object(fields) => {
                let key = key.into();
                match fields.iter().position(|(name, _)| *name == key) {
                    Some(position) => fields.into_iter().nth(position).map_or_else(Self::null, |(_, term)| term),
                    None => Self::Field(Box::new(Self::Object(fields)), key),
                }
            }
            Self::Literal(Value::Object(mut fields)) => {
                Self::Literal(fields.shift_remove(&key.into()).unwrap_or_default())
            }
            other => Self::Field(Box::new(other), key.into()),
        }
    }

    pub(super) fn item(self, index: u32) -> Self {
        match self {
            Self::Array(elements) if (index as usize) < elements.len() => {
                elements.into_iter().nth(index as usize).map_or_else(Self::null, |element| element.term)
            }
            other => Self::Item(Box::new(other), index),
        }
    }

    pub(super) fn binary(operator: &'static str, left: Self, right: Self) -> Self {
        Self::Operator(operator, Box::new(left), Box::new(right))
    }

    pub(super) fn conditional(condition: Self, then: Self, otherwise: Self) -> Self {
        Self::If(Box::new(condition), Box::new(then), Box::new(otherwise))
    }

    pub(super) fn not(self) -> Self {
        Self::Call("not", vec![self])
    }

    /// The opposite of a condition: of one that is true or false, never nothing.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Literal(Value::Bool(value)) => Self::Literal(Value::Bool(!value)),
            Self::Call("not", arguments) if arguments.len() == 1 && arguments.iter().all(Self::is_condition) => {
                arguments.into_iter().next().unwrap_or_else(Self::null)
            }
            other => other.not(),
        }
    }

    /// Whether it is true or false by its form.
    pub(super) fn is_condition(&self) -> bool {
        match self {
            Self::Operator("=" | "!=" | "in" | "and" | "or", ..) | Self::Literal(Value::Bool(_)) => true,
            Self::Call(name, _) => matches!(*name, "exists" | "not"),
            _ => false,
        }
    }

    /// `$exists(self) ? self : otherwise`
    pub(super) fn or_else(self, otherwise: Self) -> Self {
        let this = match self {
            Self::Handwritten(written) if otherwise == Self::null() => {
                return Self::Handwritten(Box::new(Handwritten { shape: Shape::Optional, ..*written }));
            }
            this => this,
        };
        Self::conditional(Self::Call("exists", vec![this.clone()]), this, otherwise)
    }

    /// Direct parts.
    pub(super) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Literal(_)
            | Self::Input
            | Self::Context(_)
            | Self::Result
            | Self::ErrorOutput
            | Self::Var(_)
            | Self::Regex(_)
            | Self::NotNull => Vec::new(),
            Self::Field(base, _) | Self::Item(base, _) | Self::Negate(base) | Self::KeepArray(base) => vec![base],
            Self::Function(_, body) => vec![body],
            Self::Handwritten(written) => written.bindings.iter().map(|(_, term)| term).collect(),
            Self::Index(a, b) | Self::Within(a, b) | Self::Operator(_, a, b) | Self::Let(_, a, b) => vec![a, b],
            Self::If(a, b, c) => vec![a, b, c],
            Self::Call(_, arguments) => arguments.iter().collect(),
            Self::Object(fields) => fields.iter().map(|(_, term)| term).collect(),
            Self::Array(elements) => elements.iter().map(|element| &element.term).collect(),
        }
    }

    /// Rebuilds the term with its direct parts changed.
    fn map_parts(&self, change: &mut dyn FnMut(&Self) -> Self) -> Self {
        let mut boxed = |term: &Self| Box::new(change(term));
        match self {
            Self::Field(base, key) => {
                let base = change(base);
                base.field(key.clone())
            }
            Self::Item(base, index) => {
                let base = change(base);
                base.item(*index)
            }
            Self::Negate(base) => Self::Negate(boxed(base)),
            Self::KeepArray(base) => Self::KeepArray(boxed(base)),
            Self::Function(parameter, body) => Self::Function(*parameter, boxed(body)),
            Self::Index(a, b) => Self::Index(boxed(a), boxed(b)),
            Self::Within(a, b) => Self::Within(boxed(a), boxed(b)),
            Self::Operator(operator, a, b) => Self::Operator(operator, boxed(a), boxed(b)),
            Self::Let(var, a, b) => Self::Let(*var, boxed(a), boxed(b)),
            Self::If(a, b, c) => Self::If(boxed(a), boxed(b), boxed(c)),
            Self::Call(name, arguments) => Self::Call(name, arguments.iter().map(change).collect()),
            Self::Object(fields) => {
                Self::Object(fields.iter().map(|(key, term)| (key.clone(), change(term))).collect())
            }
            Self::Array(elements) => Self::Array(
                elements.iter().map(|element| Element { term: change(&element.term), list: element.list }).collect(),
            ),
            Self::Handwritten(written) => {
                let mut written = written.clone();
                for (_, term) in &mut written.bindings {
                    *term = change(term);
                }
                Self::Handwritten(written)
            }
            leaf => leaf.clone(),
        }
    }

    /// Replaces variables.
    pub(super) fn substitute(&self, values: &BTreeMap<VarId, Self>) -> Self {
        if values.is_empty() {
            return self.clone();
        }
        match self {
            Self::Var(var) => values.get(var).cloned().unwrap_or_else(|| self.clone()),
            other => other.map_parts(&mut |part| part.substitute(values)),
        }
    }

    /// Tells every variable that is read, as often as it is.
    pub(super) fn each_var(&self, tell: &mut dyn FnMut(VarId)) {
        if let Self::Var(var) = self {
            tell(*var);
        }
        for part in self.parts() {
            part.each_var(tell);
        }
    }

    /// Whether it reads what only one state's own edge can see.
    pub(super) fn reads_state(&self) -> bool {
        matches!(self, Self::Result | Self::ErrorOutput)
            || matches!(self, Self::Handwritten(written) if written.reads_state)
            || self.parts().into_iter().any(Self::reads_state)
    }

    /// Whether evaluation cannot fail and always yields a value, given values of the declared types.
    pub(super) fn is_total(&self) -> bool {
        match self {
            Self::Index(..) | Self::Handwritten(_) => false,
            Self::Call(name, _) if matches!(*name, "parse" | "toMillis" | "formatNumber") => {
                *name == "formatNumber" && self.parts().into_iter().all(Self::is_total)
            }
            // `$x[0]` beside a test of the count, `$x.f` beside `$exists($x.f)`: the test makes it whole.
            Self::If(condition, then, otherwise) => {
                condition.is_total() && otherwise.is_total() && (then.is_total() || guards(condition, then))
            }
            other => other.parts().into_iter().all(Self::is_total),
        }
    }

    /// Whether it goes over a list, so that it is better computed once than often.
    pub(super) fn is_heavy(&self) -> bool {
        match self {
            Self::Function(..) | Self::KeepArray(_) => true,
            Self::Call(
                "append" | "count" | "distinct" | "join" | "keys" | "max" | "merge" | "min" | "reverse" | "sort"
                | "split" | "sum" | "zip",
                _,
            )
            | Self::Operator("in", ..) => true,
            other => other.parts().into_iter().any(Self::is_heavy),
        }
    }

    /// How many parts it is made of.
    pub(super) fn size(&self) -> usize {
        1 + self.parts().into_iter().map(Self::size).sum::<usize>()
    }

    /// Whether it yields something else each time, so that it is evaluated once and where it stands.
    pub(super) fn is_volatile(&self) -> bool {
        matches!(self, Self::Handwritten(written) if written.is_volatile())
            || self.parts().into_iter().any(Self::is_volatile)
    }

    /// Whether it is short enough to be written wherever it is used: a literal or a path.
    pub(super) fn is_path(&self) -> bool {
        match self {
            Self::Literal(Value::Array(_) | Value::Object(_)) => false,
            Self::Literal(_) | Self::Input | Self::Context(_) | Self::Result | Self::ErrorOutput | Self::Var(_) => true,
            Self::Field(base, _) | Self::Item(base, _) => base.is_path(),
            Self::Within(base, index) => base.is_path() && index.is_path(),
            _ => false,
        }
    }
}

/// `$count(list) > 0 ? list[0] : ..` and `$exists(index) ? index : ..`.
fn guards(condition: &Term, then: &Term) -> bool {
    let Term::Index(list, _) = then else { return false };
    match condition {
        Term::Operator(">", count, zero) => {
            matches!(&**count, Term::Call("count", arguments) if arguments.first() == Some(&**list))
                && **zero == Term::Literal(Value::from(0))
        }
        Term::Call("exists", arguments) => arguments.first() == Some(then),
        _ => false,
    }
}
