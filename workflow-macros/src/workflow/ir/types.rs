//! Types and error enums of the program, asked of rustc by the paths that the user wrote.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::super::model::Fields;

/// `fn() -> Type` of a type that is written out.
pub(in crate::workflow) fn type_of(ty: &syn::Type) -> TokenStream {
    quote!(|| __wf::Probe::<#ty>::new().payload_type())
}

/// `fn() -> Type` of the struct or enum that a path of a struct, variant or their constructor belongs to.
pub(super) fn owner(path: &syn::Path, mention: Mention) -> TokenStream {
    let probe = probe(path, mention);
    quote!(|| #probe.payload_type())
}

/// `fn() -> (Value, Type)` of a struct's default.
pub(in crate::workflow) fn default_of(path: &syn::Path) -> TokenStream {
    let probe = probe(path, Mention::Struct);
    quote!(|| #probe.default_value())
}

/// `fn() -> ErrorShape` of the enum that a variant belongs to.
pub(super) fn error_owner(path: &syn::Path, mention: Mention) -> TokenStream {
    let probe = probe(path, mention);
    quote!(|| #probe.error_shape())
}

/// How a path is mentioned: as in the checked copy, so that rustc says what is wrong with it once.
#[derive(Clone, Copy)]
pub(super) enum Mention {
    /// `Status::Pending` as a value.
    Value,
    /// `Status::Shipped(..)` as a value.
    Constructor,
    /// `Status::Pending` as a pattern.
    Unit,
    /// `Status::Shipped(..)` as a pattern.
    Tuple,
    /// `Order { .. }`, either.
    Struct,
}

/// A `Probe` of the type that the path belongs to.
fn probe(path: &syn::Path, mention: Mention) -> TokenStream {
    let span = path.span();
    let pattern = match mention {
        Mention::Value => return quote!(__wf::Probe::made(|| #path)),
        Mention::Constructor => return quote!(__wf::Probe::constructed(#path)),
        Mention::Unit if path.segments.len() > 1 => quote!(#path),
        Mention::Tuple => quote_spanned!(span=> #path(..)),
        Mention::Unit | Mention::Struct => quote_spanned!(span=> #path { .. }),
    };
    quote!(__wf::Probe::matched(|it| match it { #pattern => {} _ => {} }))
}

pub(super) fn mention_of(fields: &Fields) -> Mention {
    match fields {
        Fields::Unit => Mention::Value,
        Fields::Tuple(..) => Mention::Constructor,
        Fields::Struct(..) => Mention::Struct,
    }
}
