//! The items that a workflow becomes. Decides nothing and cannot fail.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::model::{ExprKind, Workflow};
use super::{copy, diagram, ir, walk};
use crate::hygiene;

/// The struct, its implementation, the checked copy and the test.
pub(crate) fn expand(workflow: &Workflow) -> TokenStream {
    let cfgs = &workflow.cfgs;
    let private = workflow.krate.private();
    let (item, copy, program, test) =
        (item(workflow, true), copy::function(workflow), ir::program(workflow), test(workflow));
    let steps = steps(workflow);
    let implementation = implementation(
        workflow,
        &quote! {
            fn program() -> &'static __wf::ir::Program {
                static PROGRAM: __wf::ir::Program = #program;
                &PROGRAM
            }
            fn steps() -> ::std::vec::Vec<__wf::StepHandler> {
                ::std::vec![#(__wf::Probe::matched(|_: #steps| {}).step_handler()),*]
            }
        },
    );
    let call = nested_call(workflow);
    quote! {
        #item
        #(#cfgs)*
        const _: () = {
            use #private as __wf;
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
    let name = &workflow.machine;
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
                    timeout_seconds: ::core::option::Option::None,
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
    quote! {
        #item
        #(#cfgs)*
        const _: () = {
            use #private as __wf;
            #implementation
            #(use #mentioned as _;)*
        };
    }
}

/// What the refused body names, so that its imports do not look unused.
fn mentioned(workflow: &Workflow) -> Vec<TokenStream> {
    let mut seen: Vec<String> = Vec::new();
    let mut paths = Vec::new();
    walk::block(&workflow.body, &mut |expr| {
        let path = match &expr.kind {
            ExprKind::Call(call) => Some(&call.path),
            ExprKind::Sleep { path, .. } | ExprKind::SleepUntil { path, .. } => Some(path),
            ExprKind::Map(made) => Some(&made.path),
            _ => None,
        };
        if let Some(path) = path {
            let path = quote!(#path);
            if !seen.contains(&path.to_string()) {
                seen.push(path.to_string());
                paths.push(path);
            }
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
    let input = workflow.input.as_ref().map_or_else(
        || quote!(()),
        |input| {
            let ty = &input.ty;
            quote!(#ty)
        },
    );
    let name = hygiene::beside(&workflow.type_name);
    quote! {
        impl __wf::Workflow for #name {
            type Input = #input;
            type Output = #output;
            const NAME: &'static str = #machine;
            #methods
        }
    }
}

/// `order_flow(order).await` in another workflow is refused where it stands.
fn nested_call(workflow: &Workflow) -> TokenStream {
    let (visibility, output) = (&workflow.visibility, &workflow.output);
    let name = hygiene::beside(&workflow.type_name);
    let generics =
        workflow.input.as_ref().map(|_| (quote!(<T: __wf::NestedInput>), quote!(_: T), quote!(::<__wf::NoInput>)));
    let (bound, argument, none) = generics.unwrap_or_default();
    quote! {
        impl #name {
            #[doc(hidden)]
            #visibility fn __call #bound(#argument) -> ::core::result::Result<#output, __wf::Failure<__wf::NoError>> {
                __wf::never_run()
            }
        }
        let _ = #name::__call #none;
    }
}

/// Every step that is called, once.
fn steps(workflow: &Workflow) -> Vec<TokenStream> {
    let mut seen: Vec<String> = Vec::new();
    let mut steps = Vec::new();
    walk::block(&workflow.body, &mut |expr| {
        if let ExprKind::Call(call) = &expr.kind {
            let path = &call.path;
            let path = quote!(#path);
            if !seen.contains(&path.to_string()) {
                seen.push(path.to_string());
                steps.push(path);
            }
        }
    });
    steps
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
