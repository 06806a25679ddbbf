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
    /// `function($a, $b) { body }`
    Function(Vec<VarId>, Box<Term>),
    /// `($name := value; body)`
    Let(VarId, Box<Term>, Box<Term>),
    /// `{key: value}` with a key that is computed.
    Entry(Box<Term>, Box<Term>),
    /// `[first..last]`
    Range(Box<Term>, Box<Term>),
    /// `condition ? then`: undefined otherwise.
    When(Box<Term>, Box<Term>),
    /// `values[]`: an array also where one value or none would be left.
    KeepArray(Box<Term>),
    /// `/pattern/`
    Regex(&'static str),
    /// `function($value) { $value != null }`
    NotNull,
    /// JSONata that somebody wrote.
    Handwritten(Box<Handwritten>),
    /// A value that may or may not be an array: JSONata would splice it into an array around it.
    Maybe(Box<Term>),
    /// Undefined where Rust panics, as an index out of range is.
    Checked(Box<Term>),
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
            // A key that was just written over others, or is not among those.
            Self::Call("merge", arguments) => {
                let key = key.into();
                match arguments.as_slice() {
                    [Self::Array(parts)] => match parts.as_slice() {
                        [base, Element { term: Self::Object(fields), .. }] => {
                            let known = fields.iter().find(|(name, _)| *name == key);
                            known.map_or_else(|| base.term.clone().field(key.clone()), |(_, term)| term.clone())
                        }
                        _ => Self::Field(Box::new(Self::Call("merge", arguments)), key),
                    },
                    _ => Self::Field(Box::new(Self::Call("merge", arguments)), key),
                }
            }
            other => Self::Field(Box::new(other), key.into()),
        }
    }

    /// `$merge([base, {'key': value}])`; what is written over once more is written over at once.
    pub(super) fn merged(base: Self, entries: Vec<(String, Self)>) -> Self {
        match base {
            Self::Object(mut fields) => {
                for (key, value) in entries {
                    match fields.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, known)) => *known = value,
                        None => fields.push((key, value)),
                    }
                }
                Self::Object(fields)
            }
            Self::Call("merge", mut arguments) => {
                if let Some(Self::Array(parts)) = arguments.first_mut()
                    && let Some(Element { term: last @ Self::Object(_), .. }) = parts.last_mut()
                {
                    *last = Self::merged(last.clone(), entries);
                    return Self::Call("merge", arguments);
                }
                Self::over(Self::Call("merge", arguments), entries)
            }
            base => Self::over(base, entries),
        }
    }

    fn over(base: Self, entries: Vec<(String, Self)>) -> Self {
        let both = [base, Self::Object(entries)].map(|term| Element { term, list: false });
        Self::Call("merge", vec![Self::Array(both.to_vec())])
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

    /// `$name(arguments)`
    pub(super) fn call(name: &'static str, arguments: impl Into<Vec<Self>>) -> Self {
        Self::Call(name, arguments.into())
    }

    pub(super) fn number(value: impl Into<Value>) -> Self {
        Self::Literal(value.into())
    }

    /// `[a, b]` of what are no arrays.
    pub(super) fn array(values: impl IntoIterator<Item = Self>) -> Self {
        Self::Array(values.into_iter().map(|term| Element { term, list: false }).collect())
    }

    pub(super) fn index(self, index: Self) -> Self {
        Self::Index(Box::new(self), Box::new(index))
    }

    pub(super) fn function(parameters: impl Into<Vec<VarId>>, body: Self) -> Self {
        Self::Function(parameters.into(), Box::new(body))
    }

    /// A result sequence as an array, also of one value or none: `$append([], values[])`.
    pub(super) fn whole(self) -> Self {
        Self::Call("append", vec![Self::Array(Vec::new()), Self::KeepArray(Box::new(self))])
    }

    /// The sequence behind [`Term::whole`], for a reader to whom one value is as good as an array of it.
    pub(super) fn loose(self) -> Self {
        match self {
            Self::Call("append", mut arguments) if matches!(&arguments[..], [Self::Array(none), Self::KeepArray(_)] if none.is_empty()) => {
                match arguments.pop() {
                    Some(Self::KeepArray(values)) => *values,
                    _ => Self::Array(Vec::new()),
                }
            }
            other => other,
        }
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
            Self::Handwritten(written) => written.bindings.iter().map(|(_, term)| term).collect(),
            Self::Function(_, body) | Self::Maybe(body) | Self::Checked(body) => vec![body],
            Self::Index(a, b)
            | Self::Within(a, b)
            | Self::Operator(_, a, b)
            | Self::Let(_, a, b)
            | Self::Entry(a, b)
            | Self::Range(a, b)
            | Self::When(a, b) => vec![a, b],
            Self::If(a, b, c) => vec![a, b, c],
            Self::Call(_, arguments) => arguments.iter().collect(),
            Self::Object(fields) => fields.iter().map(|(_, term)| term).collect(),
            Self::Array(elements) => elements.iter().map(|element| &element.term).collect(),
        }
    }

    /// Rebuilds the term with its direct parts changed.
    pub(super) fn map_parts(&self, change: &mut dyn FnMut(&Self) -> Self) -> Self {
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
            Self::Function(parameters, body) => Self::Function(parameters.clone(), boxed(body)),
            Self::Maybe(value) => Self::Maybe(boxed(value)),
            Self::Checked(value) => Self::Checked(boxed(value)),
            Self::Let(var, a, b) => Self::Let(*var, boxed(a), boxed(b)),
            Self::Entry(a, b) => Self::Entry(boxed(a), boxed(b)),
            Self::Range(a, b) => Self::Range(boxed(a), boxed(b)),
            Self::When(a, b) => Self::When(boxed(a), boxed(b)),
            Self::Index(a, b) => Self::Index(boxed(a), boxed(b)),
            Self::Within(a, b) => Self::Within(boxed(a), boxed(b)),
            Self::Operator(operator, a, b) => Self::Operator(operator, boxed(a), boxed(b)),
            Self::If(a, b, c) => Self::If(boxed(a), boxed(b), boxed(c)),
            Self::Call("merge", arguments) => {
                let changed: Vec<Self> = arguments.iter().map(change).collect();
                match changed.as_slice() {
                    [Self::Array(parts)] => match parts.as_slice() {
                        [Element { term: base, .. }, Element { term: Self::Object(entries), .. }] => {
                            Self::merged(base.clone(), entries.clone())
                        }
                        _ => Self::Call("merge", changed),
                    },
                    _ => Self::Call("merge", changed),
                }
            }
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
            Self::Index(..) | Self::Checked(_) | Self::Handwritten(_) => false,
            Self::Call(name, _) if MAY_FAIL.contains(name) => false,
            // Of an empty list they yield nothing.
            Self::Call("max" | "min", arguments) if !matches!(&arguments[..], [Self::Array(_)]) => false,
            // `$v := list[0]` beside `$exists($v)`.
            Self::Let(var, value, body) if tests(body, *var) => {
                let parts_total = value.parts().into_iter().all(Self::is_total);
                let looked_up = matches!(&**value, Self::Index(..) | Self::Call("lookup" | "max" | "min", _));
                body.is_total() && if looked_up { parts_total } else { value.is_total() }
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
            Self::Function(..)
            | Self::KeepArray(_)
            | Self::Call(
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
        matches!(self, Self::Call("uuid" | "random" | "now" | "millis", _))
            || matches!(self, Self::Handwritten(written) if written.is_volatile())
            || self.parts().into_iter().any(Self::is_volatile)
    }

    /// How often a variable is read; inside a function as if often.
    pub(super) fn reads(&self, var: VarId) -> usize {
        match self {
            Self::Var(read) => usize::from(*read == var),
            Self::Function(_, body) => body.reads(var) * 2,
            other => other.parts().into_iter().map(|part| part.reads(var)).sum(),
        }
    }

    /// `($name := value; body)`, or the body with the value in it where that is read once.
    pub(super) fn bound(var: VarId, value: Self, body: Self) -> Self {
        match body.reads(var) {
            0 => body,
            1 => body.substitute(&BTreeMap::from([(var, value)])),
            _ if value.is_path() => body.substitute(&BTreeMap::from([(var, value)])),
            _ => Self::Let(var, Box::new(value), Box::new(body)),
        }
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

/// Functions that throw, or yield nothing, on values of the right type.
const MAY_FAIL: [&str; 10] = [
    "parse",
    "toMillis",
    "fromMillis",
    "error",
    "lookup",
    "number",
    "sqrt",
    "power",
    "base64decode",
    "decodeUrlComponent",
];

/// `$exists($v) ? $v : ..`
fn tests(body: &Term, var: VarId) -> bool {
    matches!(body, Term::If(condition, ..) if matches!(&**condition, Term::Call("exists", arguments)
        if arguments.first() == Some(&Term::Var(var))))
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
