//! The items that a workflow becomes. Decides nothing and cannot fail.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::model::{ExprKind, Items, Pattern, Workflow};
use super::{copy, diagram, ir, walk};
use crate::hygiene;

/// The struct, its implementation, the checked copy and the test.
pub(crate) fn expand(workflow: &Workflow) -> TokenStream {
    let cfgs = &workflow.cfgs;
    let private = workflow.krate.private();
    let (item, copy, program, test) =
        (item(workflow, true), copy::function(workflow), ir::program(workflow), test(workflow));
    let (called, spawned) = called(workflow);
    let implementation = implementation(
        workflow,
        &quote! {
            fn program() -> &'static __wf::ir::Program {
                static PROGRAM: __wf::ir::Program = #program;
                &PROGRAM
            }
            fn kept() -> ::core::option::Option<&'static __wf::Kept> {
                static KEPT: __wf::Kept = __wf::Kept::new();
                ::core::option::Option::Some(&KEPT)
            }
            fn steps() -> ::std::vec::Vec<__wf::StepHandler> {
                __wf::present([#(__wf::Probe::matched(|_: #called| {}).step_handler()),*])
            }
            fn children() -> ::std::vec::Vec<__wf::ChildWorkflow> {
                __wf::present([
                    #(__wf::Probe::matched(|_: #called| {}).child(),)*
                    #(__wf::Probe::matched(|_: #spawned| {}).spawned_child(),)*
                ])
            }
        },
    );
    let call = nested_call(workflow);
    quote! {
        #item
        #(#cfgs)*
        const _: () = {
            use #private as __wf;
            #[allow(unused_imports)]
            use __wf::Sorted as _;
            #copy
        };
        #(#cfgs)*
        const _: () = {
            use #private as __wf;
            use __wf::Unknown as _;
            #implementation
            #call
        };
        #test
    }
}

/// What stands in for a workflow that was refused, so that nothing else is reported.
pub(crate) fn stub(workflow: &Workflow) -> TokenStream {
    if workflow.clashes {
        return TokenStream::new();
    }
    let cfgs = &workflow.cfgs;
    let private = workflow.krate.private();
    let item = item(workflow, false);
    let (name, kind) = (&workflow.machine, ir::kind_of(workflow));
    let implementation = implementation(
        workflow,
        &quote! {
            fn program() -> &'static __wf::ir::Program {
                static PROGRAM: __wf::ir::Program = __wf::ir::Program {
                    name: #name,
                    doc: "",
                    file: ::core::file!(),
                    input: ::core::option::Option::None,
                    output: || __wf::Type::Unit,
                    bounds: __wf::ir::Bounds::NONE,
                    kind: #kind,
                    body: __wf::ir::Block { statements: &[], tail: ::core::option::Option::None },
                };
                &PROGRAM
            }
            fn steps() -> ::std::vec::Vec<__wf::StepHandler> {
                ::std::vec::Vec::new()
            }
        },
    );
    let mentioned = mentioned(workflow);
    let call = nested_call(workflow);
    quote! {
        #item
        #(#cfgs)*
        const _: () = {
            use #private as __wf;
            #implementation
            #call
            #(use #mentioned as _;)*
        };
    }
}

/// What the refused body names, so that its imports do not look unused.
fn mentioned(workflow: &Workflow) -> Vec<TokenStream> {
    let mut seen: Vec<String> = Vec::new();
    let mut paths = Vec::new();
    let mut mention = |path: &syn::Path| {
        let path = quote!(#path);
        if !seen.contains(&path.to_string()) {
            seen.push(path.to_string());
            paths.push(path);
        }
    };
    walk::block(&workflow.body, &mut |expr| {
        let path = match &expr.kind {
            ExprKind::Call(call) => {
                mention(&call.path);
                call.spawn.as_ref()
            }
            ExprKind::Sleep { path, .. } | ExprKind::SleepUntil { path, .. } => Some(path),
            ExprKind::Map(made) => {
                if let Items::Source { path, .. } = &made.items {
                    let mut path = path.clone();
                    path.segments.iter_mut().for_each(|segment| segment.arguments = syn::PathArguments::None);
                    mention(&path);
                }
                Some(&made.path)
            }
            _ => None,
        };
        if let Some(path) = path {
            mention(path);
        }
    });
    paths
}

/// `pub struct OrderFlow;`, and the function's name for imports.
fn item(workflow: &Workflow, outline: bool) -> TokenStream {
    let Workflow { cfgs, lints, docs, visibility, type_name, .. } = workflow;
    let function = hygiene::beside(&workflow.function);
    let name = hygiene::beside(type_name);
    let outline = outline.then(|| {
        let text = diagram::outline(workflow);
        quote!(#[doc = ""] #[doc = #text])
    });
    // A workflow without a doc comment still meets `missing_docs`.
    let docs = if docs.is_empty() {
        let text = format!(" The workflow `{}`.", workflow.machine);
        quote!(#[doc = #text])
    } else {
        quote!(#(#docs)*)
    };
    let alias = (function != name).then(|| {
        quote! {
            #(#cfgs)*
            #[doc(hidden)]
            #visibility type #function = #name;
        }
    });
    quote! {
        #(#cfgs)*
        #(#lints)*
        #docs
        #outline
        #[derive(Clone, Copy, Debug)]
        #visibility struct #name;
        #alias
    }
}

fn implementation(workflow: &Workflow, methods: &TokenStream) -> TokenStream {
    let Workflow { output, machine, .. } = workflow;
    let kind = workflow.express.then(|| {
        quote!(
            const KIND: __wf::WorkflowKind = __wf::WorkflowKind::Express;
        )
    });
    let input = workflow.input.as_ref().map_or_else(
        || quote!(()),
        |input| {
            let ty = &input.ty;
            quote!(#ty)
        },
    );
    let errors = workflow.error.as_ref().map(|error| {
        quote!(
            fn errors() -> __wf::ErrorShape {
                <#error as __wf::StepError>::shape()
            }
        )
    });
    let name = hygiene::beside(&workflow.type_name);
    quote! {
        impl __wf::Workflow for #name {
            type Input = #input;
            type Output = #output;
            const NAME: &'static str = #machine;
            #kind
            #methods
            #errors
        }
    }
}

/// What makes `order_flow(order).await` and `spawn(order_flow(order)).await` mean something in another workflow.
fn nested_call(workflow: &Workflow) -> TokenStream {
    let Workflow { visibility, output, .. } = workflow;
    let name = hygiene::beside(&workflow.type_name);
    let ident = hygiene::plain(&workflow.function);
    let call = Ident::new("__call", workflow.function.span());
    let parameter = workflow.input.as_ref().map(|input| {
        let ty = &input.ty;
        let name = match &input.pattern {
            Pattern::Bind(name) => name.clone(),
            _ => hygiene::hidden("input"),
        };
        (name, ty)
    });
    let (names, types): (Vec<_>, Vec<_>) = parameter.into_iter().unzip();
    let (error, shape) = match &workflow.error {
        Some(error) => (quote!(#error), quote!(<#error as __wf::StepError>::shape())),
        None => (quote!(__wf::WorkflowError), quote!(__wf::WorkflowError::shape())),
    };
    let express = workflow.express.then(|| quote!(impl __wf::ExpressWorkflow for #name {}));
    quote! {
        impl #name {
            #[doc(hidden)]
            #visibility fn #call(#(#names: #types),*) -> ::core::result::Result<#output, __wf::Failure<#error>> {
                let _ = (#(#names,)*);
                __wf::never_run()
            }
        }
        impl __wf::Callee for #name {
            type Error = #error;
            fn call_spec() -> __wf::StepSpec {
                __wf::nested_spec::<Self>(#ident, #shape)
            }
            fn step_handler() -> ::core::option::Option<__wf::StepHandler> {
                ::core::option::Option::None
            }
            fn child() -> ::core::option::Option<__wf::ChildWorkflow> {
                ::core::option::Option::Some(__wf::ChildWorkflow::of::<Self>())
            }
        }
        #express
        let _ = #name::__call;
    }
}

/// Everything that is called, and every workflow that is started; each once.
fn called(workflow: &Workflow) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let mut seen: Vec<(bool, String)> = Vec::new();
    let (mut called, mut spawned) = (Vec::new(), Vec::new());
    walk::block(&workflow.body, &mut |expr| {
        if let ExprKind::Call(call) = &expr.kind {
            let path = &call.path;
            let path = quote!(#path);
            let key = (call.spawn.is_some(), path.to_string());
            if !seen.contains(&key) {
                seen.push(key);
                if call.spawn.is_some() { spawned.push(path) } else { called.push(path) }
            }
        }
    });
    (called, spawned)
}

/// What only the types' descriptors can refuse is found by `cargo test`.
fn test(workflow: &Workflow) -> TokenStream {
    let cfgs = &workflow.cfgs;
    let private = workflow.krate.private();
    let name = hygiene::beside(&workflow.type_name);
    let test = format_ident!(
        "{}_has_a_state_machine",
        hygiene::plain(&workflow.function),
        span = proc_macro2::Span::mixed_site()
    );
    quote! {
        #(#cfgs)*
        #[cfg(test)]
        #[test]
        fn #test() {
            #private::check_definition::<#name>();
        }
    }
}
