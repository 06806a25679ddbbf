//! `#[derive(StepError)]`: the names that an enum's variants bear on the wire, and their texts.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Fields, LitStr, Meta};

use super::expand;
use super::message::{self, Piece};
use super::model::{Model, NOT_DERIVABLE, Shape};
use crate::diag::{Diagnostic, Sink};
use crate::hygiene::{self, Krate};
use crate::options::{self, Supported};

const DUPLICATE: &str = "WF1206";
const BAD_NAME: &str = "WF1207";
const NOT_AN_ENUM: &str = "WF1208";
/// AWS's limit for an error's name, in characters.
const NAME_MAX: usize = 256;

const ON_ENUM: Supported = Supported { attribute: "#[step_error]", names: &["crate"], code: "WF1205" };
const ON_VARIANT: Supported = Supported { attribute: "#[step_error]", names: &["name"], code: "WF1205" };

struct Named {
    ident: syn::Ident,
    name: String,
    message: Option<Vec<Piece>>,
}

/// The impl, or a stub and the faults.
pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let sink = Sink::new();
    if !matches!(input.data, Data::Enum(_)) {
        let name = &input.ident;
        Diagnostic::new(name, NOT_AN_ENUM, format!("`{name}` cannot be a `StepError`: it is no enum"))
            .help(format!("write `enum {name} {{ .. }}` with a variant for each way to fail"))
            .note("each variant is an error name that retriers and catchers match")
            .emit(&sink);
    }
    if !input.generics.params.is_empty() {
        Diagnostic::new(&input.generics, NOT_DERIVABLE, format!("error enum `{}` is generic", input.ident))
            .help("leave the parameters out: an error's name and data are fixed")
            .emit(&sink);
    }
    let mut model = Model::parse(input, &sink);
    if let Some(krate) = own_crate(&input.attrs, &sink) {
        model.krate = krate;
    }
    let variants = named(input, &model, &sink);
    let broken = sink.has_errors();
    let faults = sink.into_tokens();
    let code = match broken {
        false => code(input, &model, &variants),
        // Its parameters' bounds are not known, so even an empty impl would be one error more.
        true if !input.generics.params.is_empty() => TokenStream::new(),
        true => stub(input, &model),
    };
    quote!(#faults #code)
}

fn own_crate(attributes: &[Attribute], sink: &Sink) -> Option<Krate> {
    let mut krate = None;
    for attribute in attributes.iter().filter(|it| it.path().is_ident("step_error")) {
        let Meta::List(list) = &attribute.meta else { continue };
        for option in options::split(list.tokens.clone(), ON_ENUM, sink) {
            if option.key == "crate" {
                krate = option.path(ON_ENUM, "crate = path::to::workflow_runtime", sink).as_ref().map(Krate::new);
            } else if option.key == "name" {
                Diagnostic::new(&option.tokens, ON_ENUM.code, "`name` names a variant, not the enum")
                    .help("put `#[step_error(name = \"..\")]` on each variant that shall not be called `Enum.Variant`")
                    .emit(sink);
            } else {
                option.unknown(ON_ENUM, sink);
            }
        }
    }
    krate
}

fn named(input: &DeriveInput, model: &Model, sink: &Sink) -> Vec<Named> {
    let (Data::Enum(data), Shape::Enum(_, shapes)) = (&input.data, &model.shape) else { return Vec::new() };
    let mut all: Vec<Named> = Vec::new();
    for (variant, shape) in data.variants.iter().zip(shapes) {
        if let Some(skip) = &shape.skipped {
            Diagnostic::new(
                skip,
                "WF1203",
                format!("error `{}` is left out of the JSON in which it travels", variant.ident),
            )
            .help("leave the attribute out, or leave the variant out of this enum")
            .emit(sink);
        }
        let written = written_name(&variant.attrs, sink);
        let default = format!("{}.{}", model.name, hygiene::plain(&variant.ident));
        let name = written.as_ref().map_or(default, LitStr::value);
        let at = written
            .as_ref()
            .map_or_else(|| quote::ToTokens::to_token_stream(&variant.ident), quote::ToTokens::to_token_stream);
        check_name(&name, &at, sink);
        if let Some(first) = all.iter().find(|it| it.name == name) {
            Diagnostic::new(&at, DUPLICATE, format!("two variants are called `{name}`"))
                .help("give one of them another name")
                .note(format!("`{}` has it already; a catcher could not tell them apart", first.ident))
                .emit(sink);
        }
        all.push(Named {
            ident: variant.ident.clone(),
            name,
            message: message::pieces(&variant.attrs, &field_names(&variant.fields)),
        });
    }
    all
}

fn written_name(attributes: &[Attribute], sink: &Sink) -> Option<LitStr> {
    let mut name: Option<LitStr> = None;
    for attribute in attributes.iter().filter(|it| it.path().is_ident("step_error")) {
        let Meta::List(list) = &attribute.meta else {
            Diagnostic::new(attribute, ON_VARIANT.code, "`#[step_error]` without an option")
                .help("write `#[step_error(name = \"..\")]`")
                .emit(sink);
            continue;
        };
        for option in options::split(list.tokens.clone(), ON_VARIANT, sink) {
            if option.key != "name" {
                option.unknown(ON_VARIANT, sink);
            } else if name.is_some() {
                option.repeated(ON_VARIANT, sink);
            } else {
                name = option.string(ON_VARIANT, "name = \"InvalidOrderError\"", sink);
            }
        }
    }
    name
}

fn check_name(name: &str, at: &TokenStream, sink: &Sink) {
    let length = name.chars().count();
    if name.is_empty() {
        Diagnostic::new(at, BAD_NAME, "an error's name is empty")
            .help("name it, or leave `name` out for `Enum.Variant`")
            .emit(sink);
    } else if name.starts_with("States.") {
        Diagnostic::new(at, BAD_NAME, format!("error name `{name}` begins with `States.`"))
            .help("choose another beginning")
            .note("names that begin so are the language's own; retriers and catchers would take it for one of them")
            .emit(sink);
    } else if length > NAME_MAX {
        Diagnostic::new(at, BAD_NAME, format!("an error's name has {length} characters"))
            .help(format!("use at most {NAME_MAX}, all that Step Functions keeps"))
            .emit(sink);
    }
}

fn field_names(fields: &Fields) -> Vec<String> {
    let name =
        |(index, field): (usize, &syn::Field)| field.ident.as_ref().map_or_else(|| index.to_string(), hygiene::plain);
    fields.iter().enumerate().map(name).collect()
}

fn code(input: &DeriveInput, model: &Model, variants: &[Named]) -> TokenStream {
    let p = model.krate.private();
    let (ident, name) = (&input.ident, &model.name);
    let ty = expand::descriptor(model);
    let data = variants.iter().map(|variant| {
        let (ident, name) = (hygiene::plain(&variant.ident), &variant.name);
        let message = match &variant.message {
            None => quote!(::core::option::Option::None),
            Some(pieces) => {
                let pieces = pieces.iter().map(|piece| match piece {
                    Piece::Literal(text) => quote!(#p::MessagePiece::Literal(#text)),
                    Piece::Field(name) => quote!(#p::MessagePiece::Field(#name)),
                });
                quote!(::core::option::Option::Some(&[#(#pieces),*]))
            }
        };
        quote!(#p::ErrorVariant { ident: #ident, name: #name, message: #message })
    });
    let names = if variants.is_empty() {
        quote!(match *self {})
    } else {
        let arms = variants.iter().map(|Named { ident, name, .. }| quote!(Self::#ident { .. } => #name));
        quote!(match self { #(#arms),* })
    };
    quote! {
        #[automatically_derived]
        impl #p::StepError for #ident {
            fn shape() -> #p::ErrorShape {
                #p::ErrorShape { name: #name, variants: ::std::vec![#(#data),*], ty: #ty }
            }
            fn error_name(&self) -> &'static str {
                #names
            }
        }
    }
}

/// So that what uses a broken error type is not reported too.
fn stub(input: &DeriveInput, model: &Model) -> TokenStream {
    let p = model.krate.private();
    let (ident, name) = (&input.ident, &model.name);
    quote! {
        #[automatically_derived]
        impl #p::StepError for #ident {
            fn shape() -> #p::ErrorShape {
                #p::ErrorShape { name: #name, variants: ::std::vec![], ty: #p::Type::Json }
            }
            fn error_name(&self) -> &'static str {
                #name
            }
        }
    }
}
