//! `#[derive(Payload)]` and `#[derive(StepError)]`: run-time descriptors that follow serde's attributes.

mod attributes;
mod bounds;
mod error;
mod expand;
mod message;
mod model;
mod rename;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, GenericParam, parse_quote};

use crate::diag::Sink;

/// `#[derive(Payload)]`
pub(crate) fn payload(item: TokenStream) -> TokenStream {
    match syn::parse2(item) {
        Ok(input) => expand_payload(&input),
        Err(error) => error.into_compile_error(),
    }
}

/// `#[derive(StepError)]`
pub(crate) fn step_error(item: TokenStream) -> TokenStream {
    match syn::parse2(item) {
        Ok(input) => error::expand(&input),
        Err(error) => error.into_compile_error(),
    }
}

fn expand_payload(input: &DeriveInput) -> TokenStream {
    let sink = Sink::new();
    let model = model::Model::parse(input, &sink);
    let p = model.krate.private();
    let broken = sink.has_errors();
    let faults = sink.into_tokens();
    // Neither can be read back, so even an empty impl would be one error more.
    if matches!(input.data, Data::Union(_)) || input.generics.lifetimes().next().is_some() {
        return faults;
    }
    let mut generics = input.generics.clone();
    for param in &mut generics.params {
        if let GenericParam::Type(param) = param {
            param.bounds.push(parse_quote!(#p::Payload));
        }
    }
    let (generics, _, bounds) = generics.split_for_impl();
    let (_, types, _) = input.generics.split_for_impl();
    let ident = &input.ident;
    // A broken type still is a payload, so that what uses it is not reported too.
    let ty = if broken { quote!(#p::Type::Json) } else { expand::descriptor(&model) };
    quote! {
        #faults
        #[automatically_derived]
        impl #generics #p::Payload for #ident #types #bounds {
            fn ty() -> #p::Type {
                #ty
            }
        }
    }
}
