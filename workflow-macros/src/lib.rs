//! The macro compiler behind `workflow-runtime`, which re-exports and documents every macro.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable)
)]

mod derive;
mod diag;
mod hygiene;
mod options;
mod step;
mod workflow;

use proc_macro::TokenStream;

/// See `workflow_runtime::step`.
#[proc_macro_attribute]
pub fn step(options: TokenStream, item: TokenStream) -> TokenStream {
    step::step(options.into(), &item.into()).into()
}

/// See `workflow_runtime::Payload`.
#[proc_macro_derive(Payload, attributes(payload, serde))]
pub fn payload(item: TokenStream) -> TokenStream {
    derive::payload(item.into()).into()
}

/// See `workflow_runtime::StepError`.
#[proc_macro_derive(StepError, attributes(step_error, payload, serde))]
pub fn step_error(item: TokenStream) -> TokenStream {
    derive::step_error(item.into()).into()
}

/// See `workflow_runtime::workflow`; the front passes its `$crate` along.
#[doc(hidden)]
#[proc_macro]
pub fn workflow_body(tokens: TokenStream) -> TokenStream {
    workflow::front(tokens.into()).into()
}

/// See `workflow_runtime::attr::workflow`.
#[proc_macro_attribute]
pub fn workflow(options: TokenStream, item: TokenStream) -> TokenStream {
    workflow::attribute(options.into(), item.into()).into()
}
