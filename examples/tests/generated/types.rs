//! The types of generated programs, and code in two tongues.

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    Int,
    Bool,
    Str,
    OptInt,
    Ints,
    Item,
    Items,
    Status,
}

impl Ty {
    pub(crate) const ALL: [Self; 8] =
        [Self::Int, Self::Bool, Self::Str, Self::OptInt, Self::Ints, Self::Item, Self::Items, Self::Status];

    pub(crate) fn rust(self) -> &'static str {
        match self {
            Self::Int => "i64",
            Self::Bool => "bool",
            Self::Str => "String",
            Self::OptInt => "Option<i64>",
            Self::Ints => "Vec<i64>",
            Self::Item => "Item",
            Self::Items => "Vec<Item>",
            Self::Status => "Status",
        }
    }
}

/// The same code as a workflow's body has it and as a plain function has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    pub(crate) flow: String,
    pub(crate) plain: String,
}

impl Code {
    pub(crate) fn same(text: impl Into<String>) -> Self {
        let flow = text.into();
        Self { plain: flow.clone(), flow }
    }

    pub(crate) fn new(flow: impl Into<String>, plain: impl Into<String>) -> Self {
        Self { flow: flow.into(), plain: plain.into() }
    }

    /// Fills the parts into a text where it says `@`, in both tongues.
    pub(crate) fn with(text: &str, parts: &[&Self]) -> Self {
        Self {
            flow: fill(text, parts.iter().map(|part| part.flow.as_str())),
            plain: fill(text, parts.iter().map(|part| part.plain.as_str())),
        }
    }

    pub(crate) fn push(&mut self, other: &Self) {
        self.flow += &other.flow;
        self.plain += &other.plain;
    }
}

fn fill<'p>(text: &str, parts: impl Iterator<Item = &'p str>) -> String {
    let mut pieces = text.split('@');
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    let mut parts = parts;
    for piece in pieces {
        filled += parts.next().unwrap_or_else(|| panic!("{text}: a part is missing"));
        filled += piece;
    }
    assert!(parts.next().is_none(), "{text}: a part is left over");
    filled
}

/// A step that programs may call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) takes: &'static [Ty],
    /// `None` for `()`.
    pub(crate) gives: Option<Ty>,
    /// With `Fault`s.
    pub(crate) fails: bool,
}

pub(crate) const STEPS: [Step; 9] = [
    Step { name: "double", takes: &[Ty::Int], gives: Some(Ty::Int), fails: true },
    Step { name: "label", takes: &[Ty::Str, Ty::Int], gives: Some(Ty::Str), fails: true },
    Step { name: "find", takes: &[Ty::Ints, Ty::Int], gives: Some(Ty::OptInt), fails: true },
    Step { name: "make", takes: &[Ty::Str, Ty::Int], gives: Some(Ty::Item), fails: false },
    Step { name: "status", takes: &[Ty::Int], gives: Some(Ty::Status), fails: false },
    Step { name: "digits", takes: &[Ty::Int], gives: Some(Ty::Ints), fails: false },
    Step { name: "stock", takes: &[Ty::Str, Ty::Int], gives: Some(Ty::Items), fails: false },
    Step { name: "note", takes: &[Ty::Str], gives: None, fails: false },
    Step { name: "check", takes: &[Ty::Item], gives: Some(Ty::Bool), fails: true },
];
