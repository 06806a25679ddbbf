//! A struct or enum as its JSON has it.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Data, DeriveInput, ExprPath, Fields, GenericParam, Type};

use super::attributes::{FieldAttributes, TypeAttributes, VariantAttributes};
use super::bounds::Bounds;
use super::rename::Rule;
use crate::diag::{Diagnostic, Sink};
use crate::hygiene::{self, Krate};

/// A field that would be lost between two steps.
const LOST: &str = "WF1203";
/// `#[payload(..)]` on a field without a name.
const NAMELESS: &str = "WF1410";
/// An item that has no JSON shape.
pub(crate) const NOT_DERIVABLE: &str = "WF1204";

/// The item.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) krate: Krate,
    pub(crate) name: String,
    /// Masked wherever it stands.
    pub(crate) sensitive: bool,
    pub(crate) shape: Shape,
    /// The field that a newtype's JSON is.
    pub(crate) inner: Option<String>,
}

/// Its inside; mirrors `workflow_runtime::payload::Shape`.
#[derive(Debug)]
pub(crate) enum Shape {
    Struct(Vec<Field>),
    Newtype(Box<Type>),
    Tuple(Vec<Type>),
    Unit,
    Enum(Representation, Vec<Variant>),
}

/// How serde tells variants apart.
#[derive(Debug)]
pub(crate) enum Representation {
    External,
    Internal(String),
    Adjacent(String, String),
    Untagged,
}

/// A named field.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "serde's own flags")]
pub(crate) struct Field {
    pub(crate) ident: String,
    pub(crate) key: String,
    pub(crate) aliases: Vec<String>,
    /// `None` for one that is never in the JSON.
    pub(crate) ty: Option<Type>,
    pub(crate) flatten: bool,
    pub(crate) default: bool,
    /// Where serde's default comes from.
    pub(crate) default_value: Option<DefaultValue>,
    pub(crate) optional_out: bool,
    pub(crate) sensitive: bool,
    pub(crate) bounds: Bounds,
    pub(crate) doc: String,
}

/// What serde takes where a key is missing.
#[derive(Debug)]
pub(crate) enum DefaultValue {
    /// `#[serde(default)]` on the field.
    OfType,
    /// `#[serde(default = "path")]` on the field.
    Path(ExprPath),
    /// `#[serde(default)]` or `#[serde(default = "path")]` on the struct, of which this is a field.
    OfStruct(Option<ExprPath>, syn::Ident),
}

/// A variant.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) ident: syn::Ident,
    pub(crate) key: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) content: Shape,
    /// `#[serde(skip)]`: it cannot be written.
    pub(crate) skipped: Option<TokenStream>,
    pub(crate) doc: String,
}

impl Model {
    /// Reads the item; faults are collected, and the model is then only good for its name.
    pub(crate) fn parse(input: &DeriveInput, sink: &Sink) -> Self {
        let attributes = TypeAttributes::parse(&input.attrs, sink);
        for param in &input.generics.params {
            if let GenericParam::Lifetime(lifetime) = param {
                Diagnostic::new(
                    lifetime,
                    NOT_DERIVABLE,
                    format!("`{}` borrows, and a payload owns its data", input.ident),
                )
                .help("use `String` for `&str`, `Vec<T>` for `&[T]`")
                .note("a value travels between states as JSON; nothing is left to borrow from")
                .emit(sink);
            }
        }
        let shape = match (&attributes.via, &input.data) {
            (Some(via), _) => Shape::Newtype(Box::new(via.clone())),
            (None, Data::Struct(data)) if attributes.transparent => transparent(&data.fields, sink),
            (None, Data::Struct(data)) => {
                nameless(&data.fields, data.fields.len() == 1, sink);
                let whole = Whole {
                    default: attributes.default,
                    path: attributes.default_path.as_ref(),
                    generic: input.generics.type_params().next().is_some(),
                };
                fields(&data.fields, attributes.rename_all, &whole, sink)
            }
            (None, Data::Enum(data)) => {
                let generic = input.generics.type_params().next().is_some();
                let variants =
                    data.variants.iter().map(|variant| self::variant(variant, &attributes, generic, &sink.child()));
                Shape::Enum(representation(&attributes), variants.collect())
            }
            (None, Data::Union(data)) => {
                Diagnostic::new(&data.union_token, NOT_DERIVABLE, format!("union `{}` has no JSON", input.ident))
                    .help("use an enum")
                    .emit(sink);
                Shape::Unit
            }
        };
        let sensitive = attributes.sensitive || has_sensitive_content(input, attributes.transparent);
        let inner = match (&input.data, &shape) {
            (Data::Struct(data), Shape::Newtype(_)) if attributes.via.is_none() => kept_field(&data.fields),
            _ => None,
        };
        Self { krate: attributes.krate, name: hygiene::plain(&input.ident), sensitive, shape, inner }
    }
}

/// The only field that is in the JSON; a fault in its attributes was told.
fn kept_field(fields: &Fields) -> Option<String> {
    let sink = Sink::default();
    fields.iter().enumerate().find_map(|(index, field)| {
        let name = field.ident.as_ref().map(hygiene::plain);
        let attributes = FieldAttributes::parse(name.as_deref().unwrap_or_default(), &field.attrs, &sink);
        attributes.skip_serializing.is_none().then(|| name.unwrap_or_else(|| index.to_string()))
    })
}

fn representation(attributes: &TypeAttributes) -> Representation {
    match (&attributes.tag, &attributes.content, attributes.untagged) {
        (_, _, true) => Representation::Untagged,
        (Some(tag), Some(content), _) => Representation::Adjacent(tag.clone(), content.clone()),
        (Some(tag), None, _) => Representation::Internal(tag.clone()),
        (None, _, _) => Representation::External,
    }
}

/// What a struct says of all its fields.
struct Whole<'a> {
    default: bool,
    path: Option<&'a ExprPath>,
    /// It has type parameters, of which a `default = "path"` may ask what a payload's derive does not know.
    generic: bool,
}

fn variant(variant: &syn::Variant, attributes: &TypeAttributes, generic: bool, sink: &Sink) -> Variant {
    let name = hygiene::plain(&variant.ident);
    let own = VariantAttributes::parse(&name, &variant.attrs, sink);
    let rule = own.rename_all.unwrap_or(attributes.rename_all_fields);
    nameless(&variant.fields, false, sink);
    Variant {
        ident: variant.ident.clone(),
        key: own.key.unwrap_or_else(|| attributes.rename_all.variant(&name)),
        aliases: own.aliases,
        content: fields(&variant.fields, rule, &Whole { default: false, path: None, generic }, sink),
        skipped: own.skipped,
        doc: hygiene::doc(&variant.attrs),
    }
}

fn fields(fields: &Fields, rule: Rule, whole: &Whole<'_>, sink: &Sink) -> Shape {
    match fields {
        Fields::Unit => Shape::Unit,
        Fields::Named(named) => {
            Shape::Struct(named.named.iter().map(|it| field(it, rule, whole, &sink.child())).collect())
        }
        Fields::Unnamed(unnamed) => {
            let mut types = unnamed.unnamed.iter().enumerate().map(|(index, field)| {
                let attributes = FieldAttributes::parse(&index.to_string(), &field.attrs, sink);
                if let Some(skip) = attributes.skip_serializing {
                    Diagnostic::new(
                        &skip,
                        LOST,
                        format!("field `{index}` is left out, which moves the places of the others"),
                    )
                    .help("give the fields names, or leave this one out of the payload")
                    .emit(sink);
                }
                attributes.stands_for.unwrap_or_else(|| field.ty.clone())
            });
            match (types.next(), types.next()) {
                (Some(only), None) => Shape::Newtype(Box::new(only)),
                (first, second) => Shape::Tuple(first.into_iter().chain(second).chain(types).collect()),
            }
        }
    }
}

/// Whether the struct is nothing but one field that is sensitive: then it is so itself.
fn has_sensitive_content(input: &DeriveInput, transparent: bool) -> bool {
    let Data::Struct(data) = &input.data else { return false };
    let newtype = matches!(data.fields, Fields::Unnamed(_)) && data.fields.len() == 1;
    // Faults are told where the fields are read.
    let sink = Sink::new();
    (newtype || transparent)
        && data.fields.iter().any(|field| FieldAttributes::parse("", &field.attrs, &sink).sensitive)
}

/// A field without a name has no place of its own for what `#[payload(..)]` says.
fn nameless(fields: &Fields, newtype: bool, sink: &Sink) {
    let Fields::Unnamed(unnamed) = fields else { return };
    for (index, field) in unnamed.unnamed.iter().enumerate() {
        let quiet = Sink::new();
        let attributes = FieldAttributes::parse("", &field.attrs, &quiet);
        let option = match attributes {
            FieldAttributes { sensitive: true, .. } if !newtype => "sensitive",
            FieldAttributes { bounds, .. } if bounds.is_some() => "max_len` or `max_bytes",
            _ => continue,
        };
        let attribute = field.attrs.iter().find(|attribute| attribute.path().is_ident("payload"));
        let at = attribute.map_or_else(|| field.ty.to_token_stream(), ToTokens::to_token_stream);
        let help = if option == "sensitive" {
            "give the field a name, or wrap its type: `#[derive(Payload)] #[payload(sensitive)] struct Secret(String);`"
        } else {
            "give the field a name: `lines: Vec<Line>`"
        };
        Diagnostic::new(&at, NAMELESS, format!("`{option}` is for a field with a name, and field `{index}` has none"))
            .help(help)
            .emit(sink);
    }
}

/// The one field that is in the JSON.
fn transparent(fields: &Fields, sink: &Sink) -> Shape {
    for field in fields {
        let name = field.ident.as_ref().map(hygiene::plain).unwrap_or_default();
        let attributes = FieldAttributes::parse(&name, &field.attrs, sink);
        if attributes.skip_serializing.is_none() {
            return Shape::Newtype(Box::new(attributes.stands_for.unwrap_or_else(|| field.ty.clone())));
        }
    }
    Shape::Unit
}

fn field(field: &syn::Field, rule: Rule, whole: &Whole<'_>, sink: &Sink) -> Field {
    let ident = field.ident.as_ref().map(hygiene::plain).unwrap_or_default();
    let attributes = FieldAttributes::parse(&ident, &field.attrs, sink);
    let default = whole.default || attributes.default || attributes.skip_deserializing;
    let default_value = default_value(field, &attributes, whole);
    if !default {
        lost(&ident, &field.ty, &attributes, sink);
    }
    let skipped = attributes.skip_serializing.is_some();
    attributes.bounds.check(&ident, &field.ty, sink);
    Field {
        key: attributes.key.unwrap_or_else(|| rule.field(&ident)),
        ident,
        aliases: attributes.aliases,
        ty: (!skipped).then(|| attributes.stands_for.unwrap_or_else(|| field.ty.clone())),
        flatten: attributes.flatten,
        default,
        default_value,
        optional_out: attributes.skip_serializing_if.is_some(),
        sensitive: attributes.sensitive,
        bounds: attributes.bounds,
        doc: hygiene::doc(&field.attrs),
    }
}

/// Where a default comes from whose JSON is the field's own.
fn default_value(field: &syn::Field, attributes: &FieldAttributes, whole: &Whole<'_>) -> Option<DefaultValue> {
    let own = !attributes.converted
        && !attributes.flatten
        && !attributes.skip_deserializing
        && attributes.skip_serializing.is_none();
    let path = attributes.default_path.as_ref().or(whole.path.filter(|_| !attributes.default));
    if !own || (whole.generic && path.is_some()) {
        return None;
    }
    match (attributes.default, &attributes.default_path) {
        (true, Some(path)) => Some(DefaultValue::Path(path.clone())),
        (true, None) => Some(DefaultValue::OfType),
        (false, _) if whole.default => Some(DefaultValue::OfStruct(whole.path.cloned(), field.ident.clone()?)),
        (false, _) => None,
    }
}

/// A field that one step leaves out and the next one asks for.
fn lost(ident: &str, ty: &Type, attributes: &FieldAttributes, sink: &Sink) {
    if let Some(skip) = &attributes.skip_serializing {
        Diagnostic::new(skip, LOST, format!("field `{ident}` is never written but must be there when read"))
            .help("write `#[serde(skip)]`, or add `default`")
            .note("a value that one step writes is read by the next")
            .emit(sink);
    }
    if let Some(skip) = &attributes.skip_serializing_if
        && !is_option(ty)
    {
        Diagnostic::new(
            skip,
            LOST,
            format!("field `{ident}` may be left out when written but must be there when read"),
        )
        .help(format!("add `default`: `#[serde(default, {skip})]`"))
        .note("a value that one step writes is read by the next")
        .emit(sink);
    }
}

fn is_option(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path.path.segments.last().is_some_and(|segment| segment.ident == "Option"),
        Type::Group(group) => is_option(&group.elem),
        _ => ty.to_token_stream().to_string().starts_with("Option"),
    }
}
