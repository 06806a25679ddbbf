//! The attributes that shape a payload's JSON: serde's, and ours beside them. What serde itself refuses is left to it.

use proc_macro2::TokenStream;
use syn::{Attribute, ExprPath, LitStr, Meta, Type};

use super::bounds::Bounds;
use super::rename::Rule;
use crate::diag::{Diagnostic, Sink};
use crate::hygiene::Krate;
use crate::options::{self, Opt, OptValue, Supported};

/// Which JSON a serde attribute makes cannot be told.
pub(crate) const UNKNOWN_JSON: &str = "WF1201";
/// Written under one name and read under another.
pub(crate) const TWO_NAMES: &str = "WF1202";

const PAYLOAD_TYPE: Supported = Supported { attribute: "#[payload]", names: &["crate", "sensitive"], code: "WF1205" };
const PAYLOAD_FIELD: Supported =
    Supported { attribute: "#[payload]", names: &["sensitive", "as", "max_len", "max_bytes"], code: "WF1205" };

/// Of a struct or enum.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "serde's own flags")]
pub(crate) struct TypeAttributes {
    pub(crate) krate: Krate,
    pub(crate) rename_all: Rule,
    pub(crate) rename_all_fields: Rule,
    pub(crate) tag: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) untagged: bool,
    pub(crate) transparent: bool,
    pub(crate) default: bool,
    /// `default = "path"`
    pub(crate) default_path: Option<ExprPath>,
    /// `#[payload(sensitive)]`: wherever it stands.
    pub(crate) sensitive: bool,
    /// `from` and `into` of one type: the JSON is that type's.
    pub(crate) via: Option<Type>,
}

/// Of a variant.
#[derive(Debug, Default)]
pub(crate) struct VariantAttributes {
    pub(crate) key: Option<String>,
    pub(crate) aliases: Vec<String>,
    pub(crate) rename_all: Option<Rule>,
    pub(crate) skipped: Option<TokenStream>,
}

/// Of a field.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "serde's own flags")]
pub(crate) struct FieldAttributes {
    pub(crate) key: Option<String>,
    pub(crate) aliases: Vec<String>,
    pub(crate) flatten: bool,
    pub(crate) default: bool,
    /// `default = "path"`
    pub(crate) default_path: Option<ExprPath>,
    pub(crate) skip_serializing: Option<TokenStream>,
    pub(crate) skip_serializing_if: Option<TokenStream>,
    pub(crate) skip_deserializing: bool,
    pub(crate) sensitive: bool,
    pub(crate) bounds: Bounds,
    /// `#[payload(as = Type)]`
    pub(crate) stands_for: Option<Type>,
    /// Something else makes its JSON: `with`, `serialize_with`.
    pub(crate) converted: bool,
}

/// The options of every `#[name(..)]`.
fn listed(attributes: &[Attribute], name: &str) -> Vec<TokenStream> {
    let lists = attributes.iter().filter(|attribute| attribute.path().is_ident(name));
    lists
        .filter_map(|attribute| if let Meta::List(list) = &attribute.meta { Some(list.tokens.clone()) } else { None })
        .collect()
}

fn serde_options(attributes: &[Attribute]) -> Vec<Opt> {
    listed(attributes, "serde").into_iter().flat_map(options::split_leniently).collect()
}

/// The name in `key = ".."` or `key(serialize = "..", deserialize = "..")`, which must agree.
fn one_name(option: &Opt, unchanged: &str, sink: &Sink) -> Option<LitStr> {
    let tokens = match &option.value {
        OptValue::Flag => return None,
        OptValue::Value(tokens) => return syn::parse2(tokens.clone()).ok(),
        OptValue::List(tokens) => tokens.clone(),
    };
    let (mut written, mut read) = (None, None);
    for inner in options::split_leniently(tokens) {
        if let OptValue::Value(value) = inner.value {
            let name: Option<LitStr> = syn::parse2(value).ok();
            if inner.key == "serialize" {
                written = name;
            } else if inner.key == "deserialize" {
                read = read.or(name);
            }
        }
    }
    let text = |name: &Option<LitStr>| name.as_ref().map_or_else(|| unchanged.to_owned(), LitStr::value);
    if text(&written) != text(&read) {
        let (written, read) = (text(&written), text(&read));
        Diagnostic::new(
            &option.tokens,
            TWO_NAMES,
            format!("`{}` gives one name to write and another to read", option.key),
        )
        .help(format!(
            "write `{} = \"{written}\"`, with `alias = \"{read}\"` where old data must still be read",
            option.key
        ))
        .note("a value that one step writes is read by the next, so both must call it the same")
        .emit(sink);
    }
    written.or(read)
}

fn rule(option: &Opt, sink: &Sink) -> Option<Rule> {
    one_name(option, "", sink).and_then(|name| Rule::parse(&name.value()))
}

fn text(option: &Opt) -> Option<String> {
    match &option.value {
        OptValue::Value(tokens) => syn::parse2::<LitStr>(tokens.clone()).ok().map(|text| text.value()),
        OptValue::Flag | OptValue::List(_) => None,
    }
}

/// The function of `default = "path"`; what is no path is serde's to tell.
fn path(option: &Opt) -> Option<ExprPath> {
    match &option.value {
        OptValue::Value(tokens) => syn::parse2::<LitStr>(tokens.clone()).ok().and_then(|text| text.parse().ok()),
        OptValue::Flag | OptValue::List(_) => None,
    }
}

impl TypeAttributes {
    /// From a struct's or enum's attributes.
    pub(crate) fn parse(attributes: &[Attribute], sink: &Sink) -> Self {
        let mut this = Self::default();
        let (mut from, mut into) = (None, None);
        for option in serde_options(attributes) {
            match option.key.to_string().as_str() {
                "rename_all" => this.rename_all = rule(&option, sink).unwrap_or_default(),
                "rename_all_fields" => this.rename_all_fields = rule(&option, sink).unwrap_or_default(),
                "tag" => this.tag = text(&option),
                "content" => this.content = text(&option),
                "untagged" => this.untagged = true,
                "transparent" => this.transparent = true,
                "default" => (this.default, this.default_path) = (true, path(&option)),
                "from" | "try_from" => from = Some(option),
                "into" => into = Some(option),
                "remote" => {
                    unknown_json(&option, "give the type serde's own derives, or wrap it in a struct of yours", sink);
                }
                _ => {}
            }
        }
        match (from, into) {
            (Some(from), Some(into)) if text(&from) == text(&into) => {
                this.via = text(&from).and_then(|name| syn::parse_str(&name).ok());
            }
            (Some(one), _) | (None, Some(one)) => {
                unknown_json(
                    &one,
                    "give `from` (or `try_from`) and `into` the same type, whose JSON it then has",
                    sink,
                );
            }
            (None, None) => {}
        }
        for tokens in listed(attributes, "payload") {
            for option in options::split(tokens, PAYLOAD_TYPE, sink) {
                if option.key == "crate" {
                    this.krate = option
                        .path(PAYLOAD_TYPE, "crate = path::to::workflow_runtime", sink)
                        .as_ref()
                        .map(Krate::new)
                        .unwrap_or_default();
                } else if option.key == "sensitive" {
                    this.sensitive = option.flag(PAYLOAD_TYPE, sink);
                } else {
                    option.unknown(PAYLOAD_TYPE, sink);
                }
            }
        }
        this
    }
}

impl VariantAttributes {
    /// From a variant's attributes.
    pub(crate) fn parse(name: &str, attributes: &[Attribute], sink: &Sink) -> Self {
        let mut this = Self::default();
        for option in serde_options(attributes) {
            match option.key.to_string().as_str() {
                "rename" => this.key = one_name(&option, name, sink).map(|name| name.value()),
                "alias" => this.aliases.extend(text(&option)),
                "rename_all" => this.rename_all = rule(&option, sink),
                "skip" | "skip_serializing" | "skip_deserializing" => this.skipped = Some(option.tokens),
                "other" | "untagged" | "with" | "serialize_with" | "deserialize_with" => {
                    unknown_json(&option, "leave it out: every variant of a payload must be told by its name", sink);
                }
                _ => {}
            }
        }
        this
    }
}

impl FieldAttributes {
    /// From a field's attributes.
    pub(crate) fn parse(name: &str, attributes: &[Attribute], sink: &Sink) -> Self {
        let mut this = Self::default();
        let mut with = Vec::new();
        for option in serde_options(attributes) {
            match option.key.to_string().as_str() {
                "rename" => this.key = one_name(&option, name, sink).map(|name| name.value()),
                "alias" => this.aliases.extend(text(&option)),
                "flatten" => this.flatten = true,
                "default" => (this.default, this.default_path) = (true, path(&option)),
                "skip" => {
                    this.skip_serializing = Some(option.tokens);
                    this.default = true;
                }
                "skip_serializing" => this.skip_serializing = Some(option.tokens),
                "skip_serializing_if" => this.skip_serializing_if = Some(option.tokens),
                "skip_deserializing" => this.skip_deserializing = true,
                "with" | "serialize_with" | "deserialize_with" => with.push(option),
                _ => {}
            }
        }
        for tokens in listed(attributes, "payload") {
            for option in options::split(tokens, PAYLOAD_FIELD, sink) {
                match option.key.to_string().as_str() {
                    "sensitive" => this.sensitive = option.flag(PAYLOAD_FIELD, sink),
                    "max_len" | "max_bytes" => this.bounds.take(&option, sink),
                    "as" => this.stands_for = option.parse(PAYLOAD_FIELD, "as = Type", sink),
                    _ => option.unknown(PAYLOAD_FIELD, sink),
                }
            }
        }
        this.converted = !with.is_empty() || this.stands_for.is_some();
        if this.stands_for.is_none() && this.skip_serializing.is_none() {
            for option in &with {
                unknown_json(option, "say which type has the same JSON: `#[payload(as = String)]`", sink);
            }
        }
        this
    }
}

fn unknown_json(option: &Opt, help: &str, sink: &Sink) {
    Diagnostic::new(&option.tokens, UNKNOWN_JSON, format!("`#[serde({})]` hides which JSON is written", option.key))
        .help(help)
        .note("expressions between steps read the JSON, so its shape must be known while compiling")
        .emit(sink);
}
