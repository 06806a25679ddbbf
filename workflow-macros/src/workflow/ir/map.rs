//! Maps as data.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::model::{Expr, Items, MapCall, MapOption, SourceKind};
use super::types::{Mention, error_owner, type_of};
use super::{block, boxed, expr, is_complete, list, pattern, state};
use crate::step::retry::{self, option};

/// An [`super::ExprKind`]'s tokens.
pub(super) fn map(made: &MapCall) -> TokenStream {
    let items = match &made.items {
        Items::List { list, enumerate } => {
            let (list, enumerated) = (boxed(list), enumerate.is_some());
            quote!(List { list: #list, enumerated: #enumerated })
        }
        Items::Source { kind, item, arguments, .. } => {
            let kind = match kind {
                SourceKind::Csv => quote!(Csv),
                SourceKind::Json => quote!(Json),
                SourceKind::JsonLines => quote!(JsonLines),
                SourceKind::Objects => quote!(Objects),
            };
            let object: syn::Type = syn::parse_quote!(__wf::S3Object);
            let item = type_of(item.as_ref().unwrap_or(&object));
            let arguments = list(arguments);
            quote!(Source { kind: __wf::ir::SourceKind::#kind, item: #item, arguments: #arguments })
        }
    };
    let (parameter, body) = (pattern(&made.parameter), block(&made.body));
    let ty = option(made.ty.as_ref().filter(|ty| is_complete(ty)).map(type_of));
    let (distributed, options) = (made.distributed, options(made));
    let attributes = state::attributes(&made.attributes, None);
    quote! {
        Map(&__wf::ir::Map {
            items: __wf::ir::Items::#items, parameter: #parameter, ty: #ty, body: #body, distributed: #distributed,
            options: #options, attributes: #attributes,
        })
    }
}

fn options(made: &MapCall) -> TokenStream {
    let mut fields = Vec::new();
    let some = |value: &Expr| {
        let value = expr(value);
        quote!(::core::option::Option::Some(#value))
    };
    for attribute in &made.attributes.map {
        fields.push(match &attribute.option {
            MapOption::MaxConcurrency(value) => {
                let value = some(value);
                quote!(max_concurrency: #value)
            }
            MapOption::ToleratedFailurePercentage(value) => {
                let value = some(value);
                quote!(tolerated_failure_percentage: #value)
            }
            MapOption::ToleratedFailureCount(value) => {
                let value = some(value);
                quote!(tolerated_failure_count: #value)
            }
            MapOption::MaxItems(value) => {
                let value = some(value);
                quote!(max_items: #value)
            }
            MapOption::Batch { max_items, max_bytes } => {
                let (max_items, max_bytes) =
                    (option(max_items.as_ref().map(expr)), option(max_bytes.as_ref().map(expr)));
                quote!(batch: ::core::option::Option::Some(__wf::ir::Batch { max_items: #max_items, max_bytes: #max_bytes }))
            }
            MapOption::ResultWriter { bucket, prefix } => {
                let (bucket, prefix) = (expr(bucket), expr(prefix));
                quote!(result_writer: ::core::option::Option::Some((#bucket, #prefix)))
            }
            MapOption::Express => quote!(express: true),
            MapOption::Label(label) => quote!(label: ::core::option::Option::Some(#label)),
        });
    }
    let retry = retry::expand_of(&made.attributes.retry, &quote!(__wf), &|path| error_owner(path, Mention::Struct));
    fields.push(quote!(retry: #retry));
    quote!(__wf::ir::MapOptions { #(#fields,)* ..__wf::ir::MapOptions::NONE })
}
