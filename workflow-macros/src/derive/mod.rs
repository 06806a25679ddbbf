//! `#[derive(Payload)]` and `#[derive(StepError)]`.

use proc_macro2::TokenStream;

/// `#[derive(Payload)]`
pub(crate) fn payload(_item: TokenStream) -> TokenStream {
    TokenStream::new()
}

/// `#[derive(StepError)]`
pub(crate) fn step_error(_item: TokenStream) -> TokenStream {
    TokenStream::new()
}
