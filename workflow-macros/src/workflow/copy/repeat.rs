//! Loops and assignments: as they were written.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{block, pattern, place, surround, value};
use crate::workflow::model::{Assign, Change, ExprKind, Loop, LoopKind, Source};

pub(super) fn looped(made: &Loop, result: bool) -> TokenStream {
    let label = made.label.as_ref().map(|label| quote!(#label:));
    let body = block(&made.body, result && matches!(made.kind, LoopKind::Block));
    match &made.kind {
        LoopKind::Loop(keyword) => quote!(#label #keyword #body),
        LoopKind::While { keyword, condition, .. } => {
            let condition = place(condition);
            quote!(#label #keyword #condition #body)
        }
        LoopKind::For { keyword, pattern, in_token, source, .. } => {
            let (pattern, source) = (self::pattern(pattern), self::source(source));
            quote!(#label #keyword #pattern #in_token #source #body)
        }
        LoopKind::Block => quote!(#label #body),
    }
}

fn source(source: &Source) -> TokenStream {
    match source {
        Source::Range { start, limits, end } => {
            let (start, end) = (value(start), value(end));
            quote!(#start #limits #end)
        }
        Source::List(list, None) => value(list),
        Source::List(list, Some((enumerate, paren))) => {
            let (list, empty) = (value(list), surround(*paren, TokenStream::new()));
            quote_spanned!(enumerate.span()=> #list.#enumerate #empty)
        }
    }
}

pub(super) fn assign(made: &Assign) -> TokenStream {
    let target = place(&made.place);
    match &made.change {
        Change::Set(equals) => {
            let value = value(&made.value);
            quote!(#target #equals #value)
        }
        Change::Operate(op) => {
            let value = value(&made.value);
            quote!(#target #op #value)
        }
        Change::Method(name, paren) => {
            let arguments = match &made.value.kind {
                ExprKind::Unit if made.bare => TokenStream::new(),
                ExprKind::Tuple(values, _) if made.bare => super::values(values),
                _ => value(&made.value),
            };
            let argument = surround(*paren, arguments);
            quote_spanned!(name.span()=> #target.#name #argument)
        }
    }
}
