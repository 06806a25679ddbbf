//! From text to a [`StateMachine`]: every fault of shape at once, each with its place.
//!
//! The document is walked as JSON by the tables in [`schema`] before `serde` sees it, since `serde` stops at the first
//! fault and does not say where it is.

mod json;
mod schema;
#[cfg(test)]
mod tests;

#[cfg(feature = "cli")]
pub(crate) use json::strict;

use serde_json::{Map, Value};

use super::violation::{Location, Violation, ViolationCode};
use super::{State, StateMachine};
use schema::{FieldRule, Kind};

/// Bytes of a definition, as on AWS.
pub const DEFINITION_BYTES_MAX: usize = 1 << 20;

/// Reads a machine.
///
/// # Errors
/// The text is longer than 1 MiB, is not JSON, or has fields that are unknown, missing or of a wrong type. What the machine means is judged by
/// [`validate`](super::validate).
///
/// ```
/// use workflow_runtime::asl::parse;
///
/// let faults = parse(r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Ends": true}}}"#);
/// assert_eq!(faults.unwrap_err()[0].location.as_deref(), Some("/States/A"));
/// ```
pub fn parse(text: &str) -> Result<StateMachine, Vec<Violation>> {
    if text.trim().is_empty() {
        return Err(vec![Violation::unlocated(ViolationCode::MissingDescription, "The definition is empty")]);
    }
    if text.len() > DEFINITION_BYTES_MAX {
        let message = format!("The definition has more than {DEFINITION_BYTES_MAX} bytes");
        return Err(vec![Violation::unlocated(ViolationCode::SchemaValidationFailed, message)]);
    }
    if text.starts_with('\u{feff}') {
        let message = "The text begins with a byte order mark (U+FEFF), which is no JSON";
        return Err(vec![
            Violation::unlocated(ViolationCode::InvalidJsonDescription, message)
                .with_help("save the file as UTF-8 without a byte order mark"),
        ]);
    }
    let document = json::parse(text).map_err(|fault| vec![fault])?;
    from_value(&document)
}

/// Reads a machine from JSON that has been parsed already.
///
/// # Errors
/// As [`parse`].
pub fn from_value(document: &Value) -> Result<StateMachine, Vec<Violation>> {
    let mut reader = Reader { faults: Vec::new(), json_path: false };
    reader.object(document, schema::MACHINE, &Location::root());
    if reader.json_path && document.get("QueryLanguage").is_none_or(|language| language == "JSONPath") {
        let message = "Value should be one of the following: [JSONata]";
        return Err(vec![
            Violation::schema(&Location::root().field("QueryLanguage"), message)
                .with_help("the machine is written in JSONPath; only machines in JSONata are read"),
        ]);
    }
    if !reader.faults.is_empty() {
        return Err(reader.faults);
    }
    serde_json::from_value(document.clone())
        .map_err(|fault| vec![Violation::schema(&Location::root(), fault.to_string())])
}

struct Reader {
    faults: Vec<Violation>,
    /// A field that only JSONPath has was met.
    json_path: bool,
}

impl Reader {
    fn fault(&mut self, at: &Location, message: impl Into<String>) {
        self.faults.push(Violation::schema(at, message));
    }

    fn object(&mut self, value: &Value, rules: &[FieldRule], at: &Location) {
        let Some(object) = value.as_object() else {
            return self.fault(at, "Expected value of type [OBJECT]");
        };
        if let Some(name) = schema::json_path_rule(rules, object) {
            return self.json_path_field(name, at);
        }
        for (name, value) in object {
            match rules.iter().find(|rule| rule.name == name) {
                Some(rule) => self.value(value, rule.kind, &at.field(name)),
                None => self.unknown_field(name, rules, at),
            }
        }
        self.required(object, rules, at);
    }

    fn required(&mut self, object: &Map<String, Value>, rules: &[FieldRule], at: &Location) {
        let under_old_name = |name: &str| name == "ItemProcessor" && object.contains_key(schema::ITERATOR);
        if under_old_name("ItemProcessor") && object.contains_key("ItemProcessor") {
            self.fault(at, "Exactly one of these fields is required: [ItemProcessor, Iterator]");
        }
        let missing: Vec<&str> = rules
            .iter()
            .filter(|rule| rule.required && !object.contains_key(rule.name) && !under_old_name(rule.name))
            .map(|rule| rule.name)
            .collect();
        if !missing.is_empty() {
            self.fault(at, format!("These fields are required: [{}]", missing.join(", ")));
        }
    }

    fn unknown_field(&mut self, name: &str, rules: &[FieldRule], at: &Location) {
        if schema::JSON_PATH_FIELDS.contains(&name) && !rules.iter().any(|rule| rule.kind == Kind::States) {
            return self.json_path_field(name, at);
        }
        let mut fault = Violation::schema(at, format!("Field '{name}' is not supported"));
        if let Some(similar) = similar(name, rules.iter().map(|rule| rule.name)) {
            fault = fault.with_help(format!("a field with a similar name exists: `{similar}`"));
        }
        self.faults.push(fault);
    }

    fn json_path_field(&mut self, name: &str, at: &Location) {
        self.json_path = true;
        self.fault(at, json_path_field(name));
    }

    fn value(&mut self, value: &Value, kind: Kind, at: &Location) {
        match kind {
            Kind::Any => {}
            Kind::Given if !value.is_null() => {}
            Kind::Given => self.fault(at, "Value cannot be null"),
            Kind::Text if value.is_string() => {}
            Kind::Text => self.fault(at, "Expected value of type [STRING]"),
            Kind::Whole => self.whole(value, at),
            Kind::Number if value.is_number() => {}
            Kind::Number => self.fault(at, "Expected value of type [NUMBER]"),
            Kind::Truth if value.is_boolean() => {}
            Kind::Truth => self.fault(at, "Expected value of type [BOOLEAN]"),
            Kind::Names => self.each(value, at, |reader, item, at| reader.value(item, Kind::Text, at)),
            Kind::Template if value.is_object() => {}
            Kind::Template => self.fault(at, "Expected value of type [OBJECT]"),
            Kind::Object(rules) => self.object(value, rules, at),
            Kind::List(rules) => self.each(value, at, |reader, item, at| reader.object(item, rules, at)),
            Kind::States => self.states(value, at),
        }
    }

    fn whole(&mut self, value: &Value, at: &Location) {
        if value.is_u64() {
            return;
        }
        match value.as_i64() {
            Some(_) => self.fault(at, "Value cannot be negative"),
            None => self.fault(at, "Expected value of type [INTEGER]"),
        }
    }

    fn each(&mut self, value: &Value, at: &Location, mut check: impl FnMut(&mut Self, &Value, &Location)) {
        let Some(items) = value.as_array() else {
            return self.fault(at, "Expected value of type [ARRAY]");
        };
        for (index, item) in items.iter().enumerate() {
            check(self, item, &at.index(index));
        }
    }

    fn states(&mut self, value: &Value, at: &Location) {
        let Some(states) = value.as_object() else {
            return self.fault(at, "Expected value of type [OBJECT]");
        };
        for (name, state) in states {
            self.state(state, &at.field(name));
        }
    }

    fn state(&mut self, value: &Value, at: &Location) {
        let Some(state) = value.as_object() else {
            return self.fault(at, "Expected value of type [OBJECT]");
        };
        let Some(kind) = state.get("Type") else {
            return self.fault(at, "These fields are required: [Type]");
        };
        let rules = kind.as_str().and_then(schema::state);
        match (rules, kind.as_str()) {
            (Some(rules), _) => self.object(value, rules, at),
            (None, None) => self.fault(&at.field("Type"), "Expected value of type [STRING]"),
            (None, Some(_)) => {
                let message = format!("Value should be one of the following: [{}]", State::TYPES.join(", "));
                self.fault(&at.field("Type"), message);
            }
        }
    }
}

/// What AWS says of a field of the other dialect.
pub(super) fn json_path_field(name: &str) -> String {
    format!(
        "The QueryLanguage is set to 'JSONata', but field '{name}' is only supported for the 'JSONPath' QueryLanguage"
    )
}

/// Names that are compared when a similar one is looked for: a definition may have thousands of states, and as many mistakes.
const CANDIDATES_MAX: usize = 200;
/// Longer names are not compared.
const SIMILAR_MAX: usize = 100;

/// The name that is at most two edits away, if any.
pub(super) fn similar<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > SIMILAR_MAX {
        return None;
    }
    candidates
        .take(CANDIDATES_MAX)
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= 8)
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, candidate)| candidate)
}

fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(!a.eq_ignore_ascii_case(b));
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
