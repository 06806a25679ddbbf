//! The JSON of `raw_state!`: its tokens, its text, and what can be said of it before anything is typed.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::token::{Brace, Bracket};
use syn::{Lit, LitStr, Path, Token};

use super::super::codes;
use crate::diag::{Diagnostic, Sink, listed, similar};

/// JSON without expressions.
pub(super) enum RawJson {
    /// A text.
    Text(LitStr),
    /// A number or a word, as JSON spells it.
    Plain(String),
    Array(Vec<RawJson>),
    Object(Vec<(LitStr, RawJson)>, Span),
}

impl Parse for RawJson {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Brace) {
            let inside;
            let span = syn::braced!(inside in input).span.open();
            let mut fields = Vec::new();
            while !inside.is_empty() {
                let key: LitStr = inside.parse()?;
                inside.parse::<Token![:]>()?;
                fields.push((key, inside.parse()?));
                if !inside.is_empty() {
                    inside.parse::<Token![,]>()?;
                }
            }
            return Ok(Self::Object(fields, span));
        }
        if input.peek(Bracket) {
            let inside;
            syn::bracketed!(inside in input);
            return Ok(Self::Array(inside.parse_terminated(Self::parse, Token![,])?.into_iter().collect()));
        }
        if input.peek(syn::Ident) {
            let word: syn::Ident = input.parse()?;
            if word == "null" {
                return Ok(Self::Plain(word.to_string()));
            }
            return Err(syn::Error::new(
                word.span(),
                format!("`{word}` is no JSON; values come in by name, after the state"),
            ));
        }
        let sign = if input.peek(Token![-]) { input.parse::<Token![-]>().map(|_| "-")? } else { "" };
        match input.parse::<Lit>()? {
            Lit::Str(text) if sign.is_empty() => Ok(Self::Text(text)),
            Lit::Bool(value) if sign.is_empty() => Ok(Self::Plain(value.value().to_string())),
            Lit::Int(number) if number.suffix().is_empty() => {
                Ok(Self::Plain(format!("{sign}{}", number.base10_digits())))
            }
            Lit::Float(number) if number.suffix().is_empty() => {
                Ok(Self::Plain(format!("{sign}{}", number.base10_digits().trim_end_matches('.'))))
            }
            other => {
                Err(syn::Error::new(other.span(), "expected a text, a number, `true`, `false`, `null`, `[` or `{`"))
            }
        }
    }
}

impl RawJson {
    /// As text.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) => quoted(&text.value()),
            Self::Plain(text) => text.clone(),
            Self::Array(elements) => {
                format!("[{}]", elements.iter().map(Self::text).collect::<Vec<_>>().join(","))
            }
            Self::Object(fields, _) => {
                let fields: Vec<String> =
                    fields.iter().map(|(key, value)| format!("{}:{}", quoted(&key.value()), value.text())).collect();
                format!("{{{}}}", fields.join(","))
            }
        }
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            letter if letter < ' ' => quoted.extend(format!("\\u{:04x}", u32::from(letter)).chars()),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// The types of states that may be written by hand, with their fields.
const TYPES: [(&str, &[&str]); 5] = [
    (
        "Task",
        &["Resource", "Arguments", "Credentials", "TimeoutSeconds", "HeartbeatSeconds", "Retry", "Output", "Comment"],
    ),
    ("Pass", &["Output", "Comment"]),
    ("Wait", &["Seconds", "Timestamp", "Comment"]),
    ("Parallel", &["Branches", "Arguments", "Retry", "Output", "Comment"]),
    (
        "Map",
        &[
            "Items",
            "ItemSelector",
            "ItemProcessor",
            "ItemReader",
            "ItemBatcher",
            "ResultWriter",
            "MaxConcurrency",
            "ToleratedFailurePercentage",
            "ToleratedFailureCount",
            "Label",
            "Retry",
            "Output",
            "Comment",
        ],
    ),
];

/// States that steer, and what steers in Rust.
const STEERING: [(&str, &str); 3] =
    [("Choice", "write `if` or `match`"), ("Succeed", "write `return Ok(..)`"), ("Fail", "write `return Err(..)`")];

/// Fields that follow from where the state stands.
const OURS: [(&str, &str); 5] = [
    ("Next", "leave it out: what is written after the state comes next"),
    ("End", "leave it out: whether the machine ends here follows from what is written after the state"),
    ("Catch", "`match` on the state's `Result`: `Err(failure) => ..`"),
    ("Assign", "bind what the state yields: `let total: u64 = raw_state!(..).await?`"),
    ("QueryLanguage", "leave it out: every state is written in JSONata"),
];

/// The state's `Type`, once its fields are those that such a state may have.
pub(super) fn check(state: &RawJson, name: &Path, sink: &Sink) -> Option<String> {
    let fault =
        |tokens: &dyn ToTokens, message: String| Diagnostic::new(&tokens.to_token_stream(), codes::RAW_FIELD, message);
    let RawJson::Object(fields, span) = state else {
        fault(name, "a state is a JSON object".to_owned())
            .help("write `raw_state!({ \"Type\": \"Pass\", .. })`")
            .emit(sink);
        return None;
    };
    let sink = &sink.child();
    let Some((_, kind)) = fields.iter().find(|(key, _)| key.value() == "Type") else {
        Diagnostic::at(*span, codes::RAW_TYPE, "the state has no `Type`")
            .help(format!("write `\"Type\": \"Pass\"`; the types are {}", listed(TYPES.map(|(kind, _)| kind))))
            .emit(sink);
        return None;
    };
    let (kind, allowed) = state_type(kind, name, sink)?;
    for (index, (key, value)) in fields.iter().enumerate() {
        let field = key.value();
        if fields.iter().take(index).any(|(other, _)| other.value() == field) {
            fault(key, format!("the field `{field}` stands there twice")).help("keep one of them").emit(sink);
        } else if let Some((_, help)) = OURS.iter().find(|(ours, _)| *ours == field) {
            fault(key, format!("`{field}` is set by the compiler")).help(help).emit(sink);
        } else if field != "Type" && !allowed.contains(&field.as_str()) {
            let fault = fault(key, format!("a {kind} state has no field `{field}`"));
            match similar(&field, allowed.iter().copied()) {
                Some(near) => fault.help(format!("a field with a similar name exists: `{near}`")),
                None => fault.help(format!("it has {}", listed(allowed.iter().copied()))),
            }
            .emit(sink);
        }
        unbalanced(value, sink);
    }
    // One that is misspelt was told.
    if kind == "Pass" && !sink.has_errors() && !fields.iter().any(|(key, _)| key.value() == "Output") {
        Diagnostic::at(*span, codes::RAW_FIELD, "a Pass state without `Output` does nothing")
            .help("write `\"Output\": \"{% .. %}\"`")
            .emit(sink);
    }
    (!sink.has_errors()).then_some(kind)
}

fn state_type(kind: &RawJson, name: &Path, sink: &Sink) -> Option<(String, &'static [&'static str])> {
    let RawJson::Text(literal) = kind else {
        Diagnostic::new(name, codes::RAW_TYPE, "the state's `Type` is no text")
            .help("write `\"Type\": \"Pass\"`")
            .emit(sink);
        return None;
    };
    let kind = literal.value();
    if let Some((_, fields)) = TYPES.iter().find(|(known, _)| *known == kind) {
        return Some((kind, fields));
    }
    if let Some((_, help)) = STEERING.iter().find(|(known, _)| *known == kind) {
        Diagnostic::new(literal, codes::RAW_TYPE, format!("a {kind} state cannot be written by hand"))
            .help(help)
            .note("it decides where control goes on, which is Rust's matter here")
            .emit(sink);
        return None;
    }
    let fault = Diagnostic::new(literal, codes::RAW_TYPE, format!("there is no type of state `{kind}`"));
    match similar(&kind, TYPES.map(|(known, _)| known)) {
        Some(near) => fault.help(format!("a type with a similar name exists: `{near}`")),
        None => fault.help(format!("the types are {}", listed(TYPES.map(|(known, _)| known)))),
    }
    .emit(sink);
    None
}

/// A text with only one of `{%` and `%}`.
fn unbalanced(value: &RawJson, sink: &Sink) {
    match value {
        RawJson::Text(literal) => {
            let text = literal.value();
            if text.starts_with("{%") != text.ends_with("%}") {
                let tokens: TokenStream = literal.to_token_stream();
                Diagnostic::new(&tokens, codes::RAW_FIELD, "this text is neither an expression nor plain")
                    .help("an expression begins with `{%` and ends with `%}`, without blanks around them")
                    .emit(sink);
            }
        }
        RawJson::Plain(_) => {}
        RawJson::Array(elements) => elements.iter().for_each(|element| unbalanced(element, sink)),
        RawJson::Object(fields, _) => fields.iter().for_each(|(_, field)| unbalanced(field, sink)),
    }
}
