//! Expressions that are more than a node: functions, `format!`, what a turbofish says.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::model::{Align, ExprKind, Format, Function, FunctionKind, Piece, Radix, Spec};
use super::types::type_of;
use super::{boxed, expr, is_complete, list};
use crate::step::retry::option;

/// The tokens of ranges, repeated values and calls of functions.
pub(super) fn expression(kind: &ExprKind) -> TokenStream {
    match kind {
        ExprKind::Range(start, limits, end) => {
            let (start, end) = (option(start.as_deref().map(boxed)), option(end.as_deref().map(boxed)));
            let inclusive = matches!(limits, syn::RangeLimits::Closed(_));
            quote!(Range { start: #start, end: #end, inclusive: #inclusive })
        }
        ExprKind::Repeat(element, length, _) => {
            let (element, length) = (boxed(element), boxed(length));
            quote!(Repeat(#element, #length))
        }
        ExprKind::Function(made) => function(made),
        _ => quote!(Unit),
    }
}

fn function(made: &Function) -> TokenStream {
    let arguments = list(&made.arguments);
    let word = |name: &str, ty: Option<TokenStream>| {
        let ty = option(ty);
        quote!(Function { name: #name, ty: #ty, arguments: #arguments })
    };
    match (&made.kind, made.arguments.first()) {
        (FunctionKind::Word(name, ty), _) => word(name, ty.as_deref().map(type_of)),
        (FunctionKind::Now, _) => word("now", None),
        (FunctionKind::Widen(number), Some(value)) => {
            let (value, ty) = (boxed(value), quote!(|| __wf::Probe::<#number>::new().payload_type()));
            quote!(Cast(#value, #ty))
        }
        (FunctionKind::Text, Some(value)) => {
            let value = boxed(value);
            quote!(Method { receiver: #value, method: "to_string", turbofish: ::core::option::Option::None, arguments: &[] })
        }
        (FunctionKind::EmptyText, _) => quote!(String("")),
        (FunctionKind::EmptyList, _) => item_of(&made.path)
            .filter(|item| is_complete(item))
            .map_or_else(|| quote!(List(&[])), |item| word("empty_list", Some(type_of(item)))),
        (FunctionKind::Boxed, Some(value)) => {
            let value = boxed(value);
            quote!(Method { receiver: #value, method: "clone", turbofish: ::core::option::Option::None, arguments: &[] })
        }
        (FunctionKind::Widen(_) | FunctionKind::Text | FunctionKind::Boxed, None) => quote!(Unit),
    }
}

/// The `T` of `Vec::<T>::new`.
fn item_of(path: &syn::Path) -> Option<&syn::Type> {
    let syn::PathArguments::AngleBracketed(arguments) = &path.segments.iter().rev().nth(1)?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `collect::<Vec<_>>`: the type's own name, and the type where it says all.
pub(super) fn turbofish(arguments: &syn::AngleBracketedGenericArguments) -> TokenStream {
    let ty = arguments.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    let name = match ty {
        Some(syn::Type::Path(path)) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    };
    let name = name.unwrap_or_default();
    let ty = option(ty.filter(|ty| is_complete(ty)).map(type_of));
    quote!(__wf::ir::Turbofish { name: #name, ty: #ty })
}

pub(super) fn format(made: &Format) -> TokenStream {
    let pieces = made.pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => quote!(__wf::ir::FormatPiece::Literal(#text)),
        Piece::Value { value, spec } => {
            let (value, spec) = (expr(value), self::spec(*spec));
            quote!(__wf::ir::FormatPiece::Value { value: #value, spec: #spec })
        }
    });
    quote!(Format(&[#(#pieces),*]))
}

fn spec(spec: Spec) -> TokenStream {
    if spec == Spec::default() {
        return quote!(__wf::ir::FormatSpec::PLAIN);
    }
    let Spec { fill, align, plus, alternate, zero, width, precision, radix } = spec;
    let (fill, width, precision) = (option(fill), option(width), option(precision));
    let align = option(align.map(|align| match align {
        Align::Left => quote!(__wf::ir::Align::Left),
        Align::Center => quote!(__wf::ir::Align::Center),
        Align::Right => quote!(__wf::ir::Align::Right),
    }));
    let radix = match radix {
        Radix::Display => quote!(Display),
        Radix::LowerHex => quote!(LowerHex),
        Radix::UpperHex => quote!(UpperHex),
        Radix::Octal => quote!(Octal),
        Radix::Binary => quote!(Binary),
    };
    quote! {
        __wf::ir::FormatSpec {
            fill: #fill, align: #align, plus: #plus, alternate: #alternate, zero: #zero,
            width: #width, precision: #precision, radix: __wf::ir::Radix::#radix,
        }
    }
}
