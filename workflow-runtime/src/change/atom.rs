//! A schema taken apart: the forms that a value may have.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// One form that a value may have.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Atom<'a> {
    Any,
    Null,
    Bool,
    Integer {
        min: i64,
        max: i64,
    },
    Number,
    Text,
    Time,
    /// This very text.
    Const(String),
    /// This very value, which is no text.
    Literal(&'a Value),
    List(&'a Value),
    Tuple(Vec<&'a Value>),
    Map(&'a Value),
    Object(Box<Object<'a>>),
}

/// The form of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object<'a> {
    /// What it is called, where it has a name.
    pub(super) name: Option<String>,
    /// By key: schema, and whether it is always there.
    pub(super) fields: BTreeMap<String, (&'a Value, bool)>,
    /// Of each group, one is there.
    pub(super) groups: Vec<Vec<String>>,
    /// Optional ones that serde writes always.
    pub(super) written: BTreeSet<String>,
    /// It must fit these too: enums that are flattened into it.
    pub(super) extras: Vec<&'a Value>,
    /// It has no other keys.
    pub(super) closed: bool,
}

/// Follows a `$ref`.
fn resolve<'a>(schema: &'a Value, defs: &'a Map<String, Value>) -> (&'a Value, Option<&'a str>) {
    let mut schema = schema;
    let mut name = None;
    // As many steps as there are names, so that a file which refers in circles ends.
    for _ in 0..=defs.len() {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { break };
        let target = reference.strip_prefix("#/$defs/").unwrap_or(reference);
        let Some(found) = defs.get(target) else { break };
        name = Some(target);
        schema = found;
    }
    (schema, name)
}

/// Every form that a value of this schema may have.
pub(super) fn alternatives<'a>(schema: &'a Value, defs: &'a Map<String, Value>) -> Vec<Atom<'a>> {
    let mut found = Vec::new();
    collect(schema, defs, 0, &mut found);
    found
}

/// Unions within unions, deeper than any type goes.
const DEPTH_MAX: usize = 32;

/// Forms of one value, more than any type has.
const FORMS_MAX: usize = 4_096;

fn collect<'a>(schema: &'a Value, defs: &'a Map<String, Value>, depth: usize, found: &mut Vec<Atom<'a>>) {
    if found.len() >= FORMS_MAX {
        return;
    }
    let (schema, name) = resolve(schema, defs);
    let union = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
    if let Some(forms) = union.filter(|_| depth < DEPTH_MAX && schema.get("properties").is_none()) {
        for form in forms {
            collect(form, defs, depth + 1, found);
        }
        return;
    }
    if let Some(names) = schema.get("enum").and_then(Value::as_array) {
        found.extend(names.iter().map(literal));
        return;
    }
    if let Some(kinds) = schema.get("type").and_then(Value::as_array) {
        found.extend(kinds.iter().filter_map(Value::as_str).map(plain));
        return;
    }
    found.push(atom(schema, name, defs));
}

fn literal(value: &Value) -> Atom<'_> {
    match value {
        Value::String(text) => Atom::Const(text.clone()),
        Value::Null => Atom::Null,
        other => Atom::Literal(other),
    }
}

fn plain(kind: &str) -> Atom<'_> {
    match kind {
        "null" => Atom::Null,
        "boolean" => Atom::Bool,
        "number" => Atom::Number,
        "string" => Atom::Text,
        _ => Atom::Any,
    }
}

fn atom<'a>(schema: &'a Value, name: Option<&str>, defs: &'a Map<String, Value>) -> Atom<'a> {
    if let Some(value) = schema.get("const") {
        return literal(value);
    }
    let bound = |key: &str| schema.get(key).and_then(Value::as_i64);
    match schema.get("type").and_then(Value::as_str) {
        Some("integer") => {
            Atom::Integer { min: bound("minimum").unwrap_or(i64::MIN), max: bound("maximum").unwrap_or(i64::MAX) }
        }
        Some("string") if schema.get("format").is_some() => Atom::Time,
        Some("array") => match (schema.get("prefixItems").and_then(Value::as_array), schema.get("items")) {
            (Some(items), _) => Atom::Tuple(items.iter().collect()),
            (None, Some(item)) => Atom::List(item),
            (None, None) => Atom::Any,
        },
        Some("object") if schema.get("properties").is_none() && schema.get("allOf").is_none() => {
            schema.get("additionalProperties").map_or(Atom::Any, Atom::Map)
        }
        Some("object") => Atom::Object(Box::new(Object::of(schema, name, defs))),
        None if schema.get("allOf").is_some() => Atom::Object(Box::new(Object::of(schema, name, defs))),
        Some(kind) => plain(kind),
        None => Atom::Any,
    }
}

impl<'a> Object<'a> {
    fn of(schema: &'a Value, name: Option<&str>, defs: &'a Map<String, Value>) -> Self {
        let mut object = Self { name: name.map(str::to_owned), ..Self::default() };
        object.merge(schema, defs, 0);
        object
    }

    fn merge(&mut self, schema: &'a Value, defs: &'a Map<String, Value>, depth: usize) {
        let texts = |key: &str| {
            let all = schema.get(key).and_then(Value::as_array);
            all.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect::<BTreeSet<_>>()
        };
        let required = texts("required");
        for (key, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            self.fields.insert(key.clone(), (field, required.contains(key)));
        }
        self.written.extend(texts("x-written"));
        self.closed |= schema.get("additionalProperties") == Some(&Value::Bool(false));
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            let group = part.get("anyOf").and_then(Value::as_array).and_then(|all| {
                let key = |it: &Value| it.get("required")?.get(0)?.as_str().map(str::to_owned);
                all.iter().map(key).collect::<Option<Vec<_>>>()
            });
            let (resolved, _) = resolve(part, defs);
            match group {
                Some(group) => self.groups.push(group),
                None if depth < DEPTH_MAX
                    && (resolved.get("properties").is_some() || resolved.get("allOf").is_some()) =>
                {
                    self.merge(resolved, defs, depth + 1);
                }
                None => self.extras.push(part),
            }
        }
    }

    /// What tells it from the other forms of an enum: its tag, or the key that names the variant.
    fn tag(&self) -> Option<String> {
        let tags = self.fields.iter().filter_map(|(key, (schema, required))| {
            let name = schema.get("const")?.as_str()?;
            required.then(|| format!("{key}={name}"))
        });
        let tags: Vec<String> = tags.collect();
        match (tags.is_empty(), self.closed, self.fields.len()) {
            (false, ..) => Some(tags.join(",")),
            (true, true, 1) => self.fields.keys().next().cloned(),
            _ => None,
        }
    }
}

impl Atom<'_> {
    /// By what forms of two unions are recognised as the same.
    pub(super) fn head(&self) -> String {
        match self {
            Self::Any => "any".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Integer { .. } | Self::Number => "number".to_owned(),
            Self::Text | Self::Time => "text".to_owned(),
            Self::Const(text) => format!("const {text}"),
            Self::Literal(value) => format!("literal {value}"),
            Self::List(_) | Self::Tuple(_) => "list".to_owned(),
            Self::Map(_) => "map".to_owned(),
            Self::Object(object) => object.tag().map_or_else(|| "object".to_owned(), |tag| format!("object {tag}")),
        }
    }

    /// Whether it is no variant that has a name.
    pub(super) fn is_unnamed(&self) -> bool {
        match self {
            Self::Const(_) | Self::Literal(_) => false,
            Self::Object(object) => object.tag().is_none(),
            _ => true,
        }
    }

    /// Whether whoever reads `reader` reads this too; for forms without parts.
    pub(super) fn is_read_as(&self, reader: &Atom<'_>) -> bool {
        if let Self::Literal(value) = self {
            let fits = match reader {
                Atom::Bool => value.is_boolean(),
                Atom::Number => value.is_number(),
                Atom::Integer { min, max } => value.as_i64().is_some_and(|value| (*min..=*max).contains(&value)),
                _ => matches!(reader, Atom::Any) || self == reader,
            };
            return fits;
        }
        matches!(
            (self, reader),
            (_, Atom::Any) | (Atom::Integer { .. }, Atom::Number) | (Atom::Time | Atom::Const(_), Atom::Text)
        ) || self == reader
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Any => "any JSON".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Bool => "a boolean".to_owned(),
            Self::Integer { min: 0, max: 255 } => "an integer up to 255 (`u8`)".to_owned(),
            Self::Integer { min: 0, max: 65_535 } => "an integer up to 65535 (`u16`)".to_owned(),
            Self::Integer { min: 0, max: 4_294_967_295 } => "an integer up to 2^32 - 1 (`u32`)".to_owned(),
            Self::Integer { min: 0, max } if *max > 4_294_967_295 => "an integer from 0 (`u64`)".to_owned(),
            Self::Integer { min: -2_147_483_648, max: 2_147_483_647 } => "an integer of 32 bits (`i32`)".to_owned(),
            Self::Integer { min, max } if *min < -4_294_967_295 && *max > 4_294_967_295 => {
                "an integer (`i64`)".to_owned()
            }
            Self::Integer { min, max } => format!("an integer from {min} to {max}"),
            Self::Number => "a number".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Time => "a time".to_owned(),
            Self::Const(text) => format!("variant `{text}`"),
            Self::Literal(value) => format!("the value `{value}`"),
            Self::List(_) => "a list".to_owned(),
            Self::Tuple(items) => format!("a list of {}", items.len()),
            Self::Map(_) => "a map".to_owned(),
            Self::Object(object) => match (object.tag(), &object.name) {
                (Some(tag), _) => format!("variant `{}`", tag.rsplit('=').next().unwrap_or_default()),
                (None, Some(name)) => format!("an object `{name}`"),
                (None, None) => "an object".to_owned(),
            },
        }
    }
}

/// A schema in a few words.
pub(super) fn describe(schema: &Value, defs: &Map<String, Value>) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix("#/$defs/")) {
        return format!("`{name}`");
    }
    let forms: Vec<String> = alternatives(schema, defs).iter().map(Atom::describe).collect();
    forms.join(" or ")
}
