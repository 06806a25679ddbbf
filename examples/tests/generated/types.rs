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
    /// What stands around its argument: a workflow is given an object.
    pub(crate) given: &'static str,
    /// How a workflow calls it, where it is called otherwise than the function.
    pub(crate) call: &'static str,
}

const fn step(name: &'static str, takes: &'static [Ty], gives: Option<Ty>, fails: bool) -> Step {
    Step { name, takes, gives, fails, given: "@", call: "" }
}

pub(crate) const STEPS: [Step; 13] = [
    step("double", &[Ty::Int], Some(Ty::Int), true),
    step("label", &[Ty::Str, Ty::Int], Some(Ty::Str), true),
    step("find", &[Ty::Ints, Ty::Int], Some(Ty::OptInt), true),
    step("make", &[Ty::Str, Ty::Int], Some(Ty::Item), false),
    step("status", &[Ty::Int], Some(Ty::Status), false),
    step("digits", &[Ty::Int], Some(Ty::Ints), false),
    step("stock", &[Ty::Str, Ty::Int], Some(Ty::Items), false),
    step("note", &[Ty::Str], None, false),
    step("check", &[Ty::Item], Some(Ty::Bool), true),
    // Nested workflows.
    Step { given: "Pack { n: @ }", ..step("twice", &[Ty::Int], Some(Ty::Int), true) },
    Step { given: "Named { name: @, n: 3 }", ..step("labelled", &[Ty::Str], Some(Ty::Str), true) },
    // Given to a service.
    Step {
        call: "post(sqs::SendMessage { queue_url: \"q\".to_string(), message_body: json!(@), ..Default::default() })",
        ..step("send", &[Ty::Str], None, false)
    },
    Step { call: "transfer(Sum { n: @ })", ..step("deposit", &[Ty::Int], Some(Ty::Int), true) },
];
