//! Terms as text: JSONata with as few parentheses as it needs, and payload templates.

use serde_json::{Map, Value};

use super::term::{Element, Term, VarId};

/// What a term reads from around it.
pub(super) struct Names<'a> {
    /// The variable's name without `$`.
    pub(super) name: &'a dyn Fn(VarId) -> String,
    /// How a value is read here that no variable holds: `$states.input`.
    pub(super) read: &'a dyn Fn(VarId) -> Option<String>,
}

/// What a state is given.
pub(super) const INPUT: &str = "$states.input";

/// What the execution was given.
pub(super) const EXECUTION_INPUT: &str = "$states.context.Execution.Input";

/// `$states.input.item`
pub(super) fn path(base: &str, keys: &[String]) -> String {
    keys.iter().fold(base.to_owned(), |path, key| field(&path, key))
}

/// How tightly a piece of text holds together; parentheses where a looser one stands in a tighter place.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Binding(u8);

const RANGE: Binding = Binding(15);
const CONDITIONAL: Binding = Binding(20);
const OR: Binding = Binding(25);
const AND: Binding = Binding(30);
const COMPARISON: Binding = Binding(40);
const SUM: Binding = Binding(50);
const PRODUCT: Binding = Binding(60);
const NEGATION: Binding = Binding(70);
const CALL: Binding = Binding(90);
const PATH: Binding = Binding(95);
const WORD: Binding = Binding(100);

/// A payload template: objects and arrays stay JSON, everything computed is `{% .. %}`.
pub(super) fn template(term: &Term, names: &Names<'_>) -> Value {
    match term {
        Term::Literal(value) => literal_template(value),
        Term::Object(fields) => Value::Object(
            fields.iter().map(|(key, value)| (key.clone(), template(value, names))).collect::<Map<_, _>>(),
        ),
        Term::Array(elements) => Value::Array(elements.iter().map(|e| template(&e.term, names)).collect()),
        Term::Maybe(value) => template(value, names),
        computed => Value::String(expression(computed, names)),
    }
}

/// `{% .. %}`
pub(super) fn expression(term: &Term, names: &Names<'_>) -> String {
    format!("{{% {} %}}", text(&term.guarded(), names).0)
}

/// A template in which no text is empty or has several lines.
pub(super) fn acceptable(template: Value) -> Value {
    match template {
        Value::String(text)
            if text.is_empty() || !text.starts_with("{%") && text.contains(['\n', '\r', '\u{2028}', '\u{2029}']) =>
        {
            Value::String(format!("{{% {} %}}", quote(&text)))
        }
        Value::Array(values) => Value::Array(values.into_iter().map(acceptable).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, value)| (key, acceptable(value))).collect())
        }
        other => other,
    }
}

/// A text that stands for itself in a template must not look like an expression.
fn literal_template(value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with("{%") || text.ends_with("%}") => {
            Value::String(format!("{{% {} %}}", quote(text)))
        }
        Value::Array(values) => Value::Array(values.iter().map(literal_template).collect()),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), literal_template(value))).collect())
        }
        other => other.clone(),
    }
}

fn text(term: &Term, names: &Names<'_>) -> (String, Binding) {
    match term {
        Term::Literal(value) => literal(value),
        Term::Input => (EXECUTION_INPUT.to_owned(), PATH),
        Term::Context(path) => (format!("$states.context.{path}"), PATH),
        Term::Result => ("$states.result".to_owned(), PATH),
        Term::ErrorOutput => ("$states.errorOutput".to_owned(), PATH),
        Term::Var(var) => match (names.read)(*var) {
            Some(path) => (path, PATH),
            None => (format!("${}", (names.name)(*var)), WORD),
        },
        // At the head of a path JSONata takes a text for a field's name.
        Term::Field(base, key) if matches!(**base, Term::Literal(Value::String(_))) => {
            (field(&format!("({})", text(base, names).0), key), PATH)
        }
        Term::Field(base, key) => (field(&within(base, CALL, names), key), PATH),
        Term::Index(base, index) | Term::Within(base, index) => {
            (format!("{}[{}]", indexed(base, names), text(index, names).0), CALL)
        }
        Term::Item(base, index) => (format!("{}[{index}]", indexed(base, names)), CALL),
        Term::Call(name, arguments) => {
            let arguments: Vec<String> = arguments.iter().map(|argument| text(argument, names).0).collect();
            (format!("${name}({})", arguments.join(", ")), CALL)
        }
        Term::Operator(operator, left, right) => operation(operator, left, right, names),
        Term::Negate(value) => (format!("-{}", within(value, CALL, names)), NEGATION),
        Term::If(condition, then, otherwise) => {
            let condition = within(condition, OR, names);
            let (then, otherwise) = (within(then, OR, names), within(otherwise, CONDITIONAL, names));
            (format!("{condition} ? {then} : {otherwise}"), CONDITIONAL)
        }
        Term::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{}: {}", quote(key), text(value, names).0)).collect();
            (format!("{{{}}}", fields.join(", ")), SUM)
        }
        Term::Array(elements) if elements.iter().any(|element| matches!(element.term, Term::Maybe(_))) => {
            text(&appended(elements), names)
        }
        Term::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(|element| array_element(element, names)).collect();
            (format!("[{}]", elements.join(", ")), SUM)
        }
        Term::Function(parameters, body) => {
            let parameters: Vec<String> = parameters.iter().map(|var| format!("${}", (names.name)(*var))).collect();
            (format!("function({}) {{ {} }}", parameters.join(", "), function_body(body, names)), CONDITIONAL)
        }
        Term::Let(..) => (block(term, names, false), WORD),
        Term::Entry(key, value) => (format!("{{{}: {}}}", within(key, OR, names), text(value, names).0), SUM),
        Term::Range(first, last) => (format!("[{}..{}]", within(first, SUM, names), within(last, SUM, names)), SUM),
        Term::When(condition, then) => {
            (format!("{} ? {}", within(condition, OR, names), within(then, OR, names)), CONDITIONAL)
        }
        Term::Maybe(value) | Term::Checked(value) => text(value, names),
        Term::KeepArray(values) => (format!("{}[]", within(values, CALL, names)), CALL),
        Term::Handwritten(written) => {
            let bindings: Vec<(String, bool)> = written
                .bindings
                .iter()
                .map(|(_, value)| {
                    let (text, binding) = text(value, names);
                    (text, binding >= PATH && value.is_path())
                })
                .collect();
            let (text, is_word) = written.write(&bindings);
            (text, if is_word { CALL } else { Binding(0) })
        }
        Term::NotNull => ("function($value) { $value != null }".to_owned(), CONDITIONAL),
        Term::Regex(pattern) => (format!("/{pattern}/"), WORD),
    }
}

/// `( $a := x; $b := y; body )`
fn block(term: &Term, names: &Names<'_>, is_body: bool) -> String {
    let mut parts = Vec::new();
    let mut rest = term;
    while let Term::Let(var, value, body) = rest {
        parts.push(format!("${} := {}", (names.name)(*var), text(value, names).0));
        rest = body;
    }
    parts.push(if is_body { function_body(rest, names) } else { text(rest, names).0 });
    format!("( {} )", parts.join("; "))
}

/// An array with elements of which nobody knows whether they are arrays: put together one by one.
fn appended(elements: &[Element]) -> Term {
    let mut whole: Option<Term> = None;
    let mut known: Vec<Element> = Vec::new();
    let join = |before: Option<Term>, more: Term| match before {
        None => more,
        Some(before) => Term::call("append", [before, more]),
    };
    for element in elements {
        let Term::Maybe(value) = &element.term else {
            known.push(element.clone());
            continue;
        };
        if !known.is_empty() {
            whole = Some(join(whole, Term::Array(std::mem::take(&mut known))));
        }
        let is_array = Term::binary("=", Term::call("type", [(**value).clone()]), Term::string("array"));
        let one = |list| Term::Array(vec![Element { term: (**value).clone(), list }]);
        whole = Some(join(whole, Term::conditional(is_array, one(true), one(false))));
    }
    if !known.is_empty() {
        whole = Some(join(whole, Term::Array(known)));
    }
    whole.unwrap_or_else(|| Term::Array(Vec::new()))
}

/// JSONata splices an array that is an element, unless the element is written as an array itself.
fn array_element(element: &Element, names: &Names<'_>) -> String {
    let written = text(&element.term, names).0;
    let constructed = matches!(element.term, Term::Array(_) | Term::Literal(Value::Array(_)));
    if element.list && !constructed { format!("[{written}]") } else { written }
}

fn within(term: &Term, at_least: Binding, names: &Names<'_>) -> String {
    let (text, binding) = text(term, names);
    if binding < at_least { format!("({text})") } else { text }
}

/// A position directly after a position has no effect; after a word, a path or a call it has.
fn indexed(base: &Term, names: &Names<'_>) -> String {
    match base {
        Term::Call(..) => text(base, names).0,
        Term::Checked(inner) | Term::Maybe(inner) => indexed(inner, names),
        _ => within(base, PATH, names),
    }
}

/// A function's body. JSONata puts off the call that it ends with, also one inside of parentheses, and a position after them would be looked
/// for in what is put off: it stands after a call.
fn function_body(term: &Term, names: &Names<'_>) -> String {
    match term {
        Term::If(condition, then, otherwise) => {
            let condition = within(condition, OR, names);
            let body = |term: &Term| function_body(term, names);
            let then = if text(then, names).1 < OR { format!("({})", body(then)) } else { body(then) };
            let otherwise =
                if text(otherwise, names).1 < CONDITIONAL { format!("({})", body(otherwise)) } else { body(otherwise) };
            format!("{condition} ? {then} : {otherwise}")
        }
        Term::Let(..) => block(term, names, true),
        Term::Checked(inner) | Term::Maybe(inner) => function_body(inner, names),
        Term::Index(base, index) | Term::Within(base, index) if ends_with_call(base) => {
            format!("{}[{}]", called(base, names), text(index, names).0)
        }
        Term::Item(base, index) if ends_with_call(base) => format!("{}[{index}]", called(base, names)),
        _ => text(term, names).0,
    }
}

/// Whether a term would stand in parentheses, and a call be put off in it.
fn ends_with_call(term: &Term) -> bool {
    match term {
        Term::Call(..) | Term::KeepArray(_) => true,
        Term::If(_, then, otherwise) => ends_with_call(then) || ends_with_call(otherwise),
        Term::Let(_, _, body) => ends_with_call(body),
        Term::Checked(inner) | Term::Maybe(inner) => ends_with_call(inner),
        _ => false,
    }
}

/// The same list, as what a call yields.
fn called(list: &Term, names: &Names<'_>) -> String {
    match list {
        Term::Call(..) => text(list, names).0,
        Term::Checked(inner) | Term::Maybe(inner) => called(inner, names),
        other => text(&Term::call("append", [other.clone(), Term::Array(Vec::new())]), names).0,
    }
}

fn operation(operator: &'static str, left: &Term, right: &Term, names: &Names<'_>) -> (String, Binding) {
    let binding = match operator {
        "or" => OR,
        "and" => AND,
        "=" | "!=" | "<" | "<=" | ">" | ">=" | "in" => COMPARISON,
        "+" | "-" | "&" => SUM,
        ".." => RANGE,
        _ => PRODUCT,
    };
    let (left_text, left_binding) = text(left, names);
    // `a + b & c` reads badly and `a = b = c` is none.
    let mixed =
        matches!(left, Term::Operator(inner, ..) if binding == COMPARISON || (*inner == "&") != (operator == "&"));
    let bare = left_binding > binding || (left_binding == binding && !mixed) || is_constructor(left);
    let left = if bare { left_text } else { format!("({left_text})") };
    let (right_text, right_binding) = text(right, names);
    let bare = right_binding > binding || is_constructor(right) || (operator == "&" && is_operator(right, "&"));
    let right = if bare { right_text } else { format!("({right_text})") };
    if operator == ".." {
        return (format!("{left}..{right}"), binding);
    }
    (format!("{left} {operator} {right}"), binding)
}

fn is_constructor(term: &Term) -> bool {
    matches!(
        term,
        Term::Object(_)
            | Term::Entry(..)
            | Term::Range(..)
            | Term::Array(_)
            | Term::Literal(Value::Array(_) | Value::Object(_))
    )
}

fn is_operator(term: &Term, operator: &str) -> bool {
    matches!(term, Term::Operator(inner, ..) if *inner == operator)
}

fn literal(value: &Value) -> (String, Binding) {
    match value {
        Value::String(text) => (quote(text), WORD),
        Value::Number(number) => {
            let text = number.to_string();
            let binding = if text.starts_with('-') { NEGATION } else { WORD };
            (text, binding)
        }
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(|value| literal(value).0).collect();
            (format!("[{}]", values.join(", ")), SUM)
        }
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{}: {}", quote(key), literal(value).0)).collect();
            (format!("{{{}}}", fields.join(", ")), SUM)
        }
        Value::Null | Value::Bool(_) => (value.to_string(), WORD),
    }
}

/// A JSONata string: single quotes, which need no escape inside JSON. JSONata knows no `\'`.
pub(super) fn quote(text: &str) -> String {
    let mark = if text.contains('\'') { '"' } else { '\'' };
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(mark);
    for c in text.chars() {
        match c {
            '"' if mark == '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{2028}' => quoted.push_str("\\u2028"),
            '\u{2029}' => quoted.push_str("\\u2029"),
            c if c < ' ' => quoted.extend(format!("\\u{:04x}", u32::from(c)).chars()),
            c => quoted.push(c),
        }
    }
    quoted.push(mark);
    quoted
}

/// What stands under a key. A name in backticks cannot hold one itself.
fn field(base: &str, key: &str) -> String {
    if key.contains('`') { format!("$lookup({base}, {})", quote(key)) } else { format!("{base}.{}", name_of(key)) }
}

/// A step of a path; backticks where JSONata would read something else than a name.
fn name_of(key: &str) -> String {
    let mut chars = key.chars();
    let plain = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !matches!(key, "and" | "or" | "in" | "null" | "true" | "false" | "function");
    if plain { key.to_owned() } else { format!("`{key}`") }
}
