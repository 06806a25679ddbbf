//! Names and paths that the macros' output may rely on, whatever the user has in scope.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;
use syn::ext::IdentExt;

/// Where the runtime crate is found from the macro's output: `::workflow_runtime`, or what `crate = path` says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Krate(Option<TokenStream>);

impl Krate {
    /// From `crate = path`.
    pub(crate) fn new(path: &Path) -> Self {
        Self(Some(path.to_token_stream()))
    }

    /// `::workflow_runtime::__private`, the only module that macro output names.
    pub(crate) fn private(&self) -> TokenStream {
        let path = self.0.clone().unwrap_or_else(|| quote!(::workflow_runtime));
        quote!(#path::__private)
    }
}

/// A generated item that bears the user's name: found like the user's own, without lints on its style.
pub(crate) fn beside(name: &Ident) -> Ident {
    let mut beside = name.clone();
    beside.set_span(Span::mixed_site().located_at(name.span()));
    beside
}

/// `__wf_{name}`, invisible to the user's code.
pub(crate) fn hidden(name: impl std::fmt::Display) -> Ident {
    Ident::new(&format!("__wf_{name}"), Span::mixed_site())
}

/// The tokens as if they stood at `span`.
pub(crate) fn respanned(tokens: TokenStream, span: Span) -> TokenStream {
    let respan = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    tokens.into_iter().map(respan).collect()
}

/// The name without `r#`.
pub(crate) fn plain(name: &Ident) -> String {
    name.unraw().to_string()
}

/// `validate_order` becomes `ValidateOrder`.
pub(crate) fn upper_camel(name: &str) -> String {
    let mut out = String::new();
    for word in name.split('_').filter(|word| !word.is_empty()) {
        let mut letters = word.chars();
        out.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        out.push_str(letters.as_str());
    }
    out
}

/// Tokens as people write them.
pub(crate) fn shown(ty: &impl ToTokens) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (spaced, tight) in [
        (" < ", "<"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" :: ", "::"),
        (" ,", ","),
        ("& ", "&"),
        ("( ", "("),
        (" )", ")"),
    ] {
        text = text.replace(spaced, tight);
    }
    text
}

/// The doc comment of an item, its lines joined as written, without the blank after `///`.
pub(crate) fn doc(attributes: &[syn::Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes {
        if let syn::Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("doc")
            && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value
        {
            lines.extend(
                text.value().split('\n').map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()),
            );
        }
    }
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_upper_camel() {
        for (snake, camel) in [("validate_order", "ValidateOrder"), ("_x", "X"), ("a1_b", "A1B"), ("Über_x", "ÜberX")]
        {
            assert_eq!(upper_camel(snake), camel);
        }
    }

    #[test]
    fn a_doc_comment_is_its_lines() {
        let item: syn::ItemStruct = syn::parse_quote! {
            /// One.
            ///
            ///   indented
            struct S;
        };
        assert_eq!(doc(&item.attrs), "One.\n\n  indented");
    }
}
