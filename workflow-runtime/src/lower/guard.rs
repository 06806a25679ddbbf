//! What is undefined in JSONata where Rust panics must not go on as `false`, as an empty text or as nothing at all.
//!
//! An undefined value fails the state whose field it is, and arithmetic hands it on. Where an operator or function would make
//! something of it, it is asked for before.

use super::term::Term;

/// Functions that yield undefined for an undefined first argument.
const HANDING_ON: [&str; 24] = [
    "abs",
    "base64encode",
    "ceil",
    "contains",
    "encodeUrlComponent",
    "floor",
    "formatBase",
    "formatNumber",
    "fromMillis",
    "hash",
    "length",
    "lowercase",
    "number",
    "pad",
    "power",
    "replace",
    "round",
    "split",
    "sqrt",
    "string",
    "substringAfter",
    "substringBefore",
    "toMillis",
    "uppercase",
];

impl Term {
    /// The term with its [`Term::Checked`] parts asked for where it is needed.
    pub(super) fn guarded(&self) -> Self {
        self.guard(true)
    }

    /// `fails`: undefined fails here by itself.
    fn guard(&self, fails: bool) -> Self {
        match self {
            Self::Checked(value) => {
                let value = value.guard(fails);
                if fails {
                    return value;
                }
                let error = Self::call("error", [Self::string("index out of range")]);
                Self::conditional(Self::call("exists", [value.clone()]), value, error)
            }
            // Below a test everything may be undefined.
            Self::Call("exists", _) => self.map_parts(&mut |part| part.guard(true)),
            Self::Field(..) | Self::Item(..) | Self::Index(..) | Self::Negate(_) | Self::Maybe(_) => {
                self.map_parts(&mut |part| part.guard(fails))
            }
            Self::Operator("+" | "-" | "*" | "/" | "%" | "<" | "<=" | ">" | ">=", ..) => {
                self.map_parts(&mut |part| part.guard(fails))
            }
            Self::Call(name, arguments) if HANDING_ON.contains(name) => {
                let mut guarded = Vec::with_capacity(arguments.len());
                for (position, argument) in arguments.iter().enumerate() {
                    guarded.push(argument.guard(fails && position == 0));
                }
                Self::Call(name, guarded)
            }
            Self::If(condition, then, otherwise) => {
                Self::conditional(condition.guard(false), then.guard(fails), otherwise.guard(fails))
            }
            Self::Let(var, value, body) => Self::Let(*var, Box::new(value.guard(false)), Box::new(body.guard(fails))),
            other => other.map_parts(&mut |part| part.guard(false)),
        }
    }
}
