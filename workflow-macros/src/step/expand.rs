//! The step beside its function: a type of the same name that carries everything the definition and the runtime need.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, Type};

use super::check::DEFAULT_TIMEOUT;
use super::options::Options;
use super::retry;
use super::signature::{Function, Kind, Param, Step};
use crate::hygiene;

struct Parts<'a> {
    p: TokenStream,
    options: &'a Options,
    function: &'a Function,
    step: &'a Step,
    /// The step's type.
    name: Ident,
    /// Rust's name of the function, as text.
    plain: String,
    output: TokenStream,
    error: TokenStream,
}

/// Everything beside the function. Of a broken step: what the rest of the program may name.
pub(crate) fn expand(options: &Options, function: &Function, step: &Step) -> TokenStream {
    let p = options.krate.private();
    let ident = &function.signature.ident;
    let or = |ty: Option<&Type>, other: TokenStream| match ty {
        Some(ty) if !step.broken || Step::is_nameable(&function.signature, ty) => quote!(#ty),
        _ => other,
    };
    let parts = Parts {
        output: or(step.returns.output.as_ref(), quote!(#p::JsonValue)),
        error: or(step.returns.error.as_ref(), quote!(#p::NoError)),
        options,
        function,
        step,
        name: hygiene::beside(ident),
        plain: hygiene::plain(ident),
        p,
    };
    let cfgs: Vec<&Attribute> = function.attributes.iter().filter(|it| it.path().is_ident("cfg")).collect();
    let (visibility, name) = (&function.visibility, &parts.name);
    let (call, rest) = (call(&parts), implementation(&parts));
    quote! {
        #(#cfgs)*
        #[doc(hidden)]
        #visibility struct #name {}
        #(#cfgs)*
        #call
        #(#cfgs)*
        const _: () = { #rest };
    }
}

/// What a workflow's type-checked copy calls: payload parameters in, a `Result` with the step's failure out.
fn call(parts: &Parts<'_>) -> TokenStream {
    let Parts { p, function, step, name, output, error, .. } = parts;
    let visibility = &function.visibility;
    let call = Ident::new("__call", function.signature.ident.span());
    let idents: Vec<Ident> = step
        .of(Kind::Payload)
        .enumerate()
        .map(|(index, param)| if param.ident == "_" { hygiene::hidden(index) } else { param.ident.clone() })
        .collect();
    let types = step.of(Kind::Payload).map(|param| {
        if step.broken {
            quote!(impl ::core::marker::Sized)
        } else {
            let ty = &param.ty;
            quote!(#ty)
        }
    });
    quote! {
        impl #name {
            #[doc(hidden)]
            #visibility fn #call(#(#idents: #types),*) -> ::core::result::Result<#output, #p::Failure<#error>> {
                let _ = (#(#idents,)*);
                #p::never_run()
            }
        }
    }
}

fn implementation(parts: &Parts<'_>) -> TokenStream {
    let Parts { p, options, step, name, plain, output, error, .. } = parts;
    let function_name = options.name.clone().unwrap_or_else(|| hygiene::upper_camel(plain));
    let (spec, handler) = (spec(parts), handler(parts));
    let (parameters, signature) = (parameters(parts), signature(parts));
    let (keep, checks) = if step.broken {
        (TokenStream::new(), TokenStream::new())
    } else {
        let checks = if step.returns.error.is_some() {
            retry::variant_checks(&options.retries, p, &quote!(#name))
        } else {
            TokenStream::new()
        };
        (quote!(let _ = #name::__call;), checks)
    };
    // A private error in a public step: rustc says so at the error.
    let error_type = error
        .clone()
        .into_iter()
        .next()
        .map_or_else(|| quote!(type Error = #error;), |first| quote_spanned!(first.span()=> type Error = #error;));
    let express = runs_in_express(parts).then(|| quote!(impl #p::RunsInExpress for #name {}));
    quote! {
        #express
        impl #p::Step for #name {
            const NAME: &'static str = #function_name;
            type Output = #output;
            #error_type
            fn spec() -> #p::StepSpec {
                #spec
            }
            fn handler() -> #p::StepHandler {
                #handler
            }
        }
        #parameters
        #signature
        #checks
        #keep
    }
}

/// Whether it waits for nothing but its own answer. A broken step is reported at itself.
fn runs_in_express(parts: &Parts<'_>) -> bool {
    let resource = parts.options.resource.as_ref().map(|resource| resource.literal.value()).unwrap_or_default();
    let waits = [".waitForTaskToken", ".sync", ".sync:2"].iter().any(|suffix| resource.ends_with(suffix));
    parts.step.broken || (parts.step.returns.callback.is_none() && !waits)
}

/// `impl Parameter<N>`: where a type that is no payload is reported, once.
fn parameters(parts: &Parts<'_>) -> TokenStream {
    let Parts { p, step, name, .. } = parts;
    if step.broken {
        return TokenStream::new();
    }
    let implementations = step.of(Kind::Payload).enumerate().map(|(index, param)| {
        let (ty, key) = (&param.ty, hygiene::plain(&param.ident));
        quote! {
            impl #p::Parameter<#index> for #name {
                type Type = #ty;
                const KEY: &'static str = #key;
            }
        }
    });
    quote!(#(#implementations)*)
}

/// What the function takes and yields as types, for whoever answers in its place: a test's mock.
fn signature(parts: &Parts<'_>) -> TokenStream {
    let Parts { p, step, name, plain, output, error, .. } = parts;
    if step.broken {
        return TokenStream::new();
    }
    let by_name = step.of(Kind::Token).next().is_some() && !parts.options.says_resource;
    let types: Vec<&Type> = step.of(Kind::Payload).map(|param| &param.ty).collect();
    let whole = types.len() == 1 && !by_name;
    let (payload, step_name) = (hygiene::hidden("payload"), hygiene::hidden("step"));
    let reads: Vec<TokenStream> =
        (0..types.len()).map(|index| quote!(#p::argument::<#name, #index>(#plain, #payload, #whole))).collect();
    let (arguments, read) = match (types.as_slice(), reads.as_slice()) {
        ([only], [read]) => (quote!(#only), quote!(#read)),
        _ => (quote!((#(#types,)*)), quote!(::core::result::Result::Ok((#(#reads?,)*)))),
    };
    let success = step.returns.callback.as_ref().map_or_else(|| quote!(#output), |callback| quote!(#callback));
    let written = |value: TokenStream| {
        if step.returns.callback.is_some() {
            quote!(::core::result::Result::Ok(#p::parked::<#name>(#value)))
        } else {
            quote!(#p::reply::<#name>(#plain, &#value))
        }
    };
    let (reply, write) = if step.returns.error.is_some() {
        let written = written(quote!(output));
        let write = quote!(match #step_name {
            ::core::result::Result::Ok(output) => #written,
            ::core::result::Result::Err(error) => ::core::result::Result::Err(#p::failed::<#name>(&error)),
        });
        (quote!(::core::result::Result<#success, #error>), write)
    } else {
        (success, written(quote!(#step_name)))
    };
    quote! {
        impl #p::StepSignature for #name {
            type Arguments = #arguments;
            type Reply = #reply;
            fn arguments(#payload: &#p::JsonValue) -> ::core::result::Result<Self::Arguments, #p::ErrorOutput> {
                let _ = #payload;
                #read
            }
            fn reply(#step_name: Self::Reply) -> ::core::result::Result<#p::StepReply, #p::ErrorOutput> {
                #write
            }
        }
    }
}

fn spec(parts: &Parts<'_>) -> TokenStream {
    let Parts { p, options, function, step, name, plain, .. } = parts;
    let doc = hygiene::doc(&function.attributes);
    let params = (0..if step.broken { 0 } else { step.of(Kind::Payload).count() })
        .map(|index| quote!(#p::param::<#name, #index>()));
    let token = step.of(Kind::Token).next().filter(|_| !options.says_resource);
    let token = retry::option(token.map(|param| hygiene::plain(&param.ident)));
    let resource = retry::option(options.resource.as_ref().map(|resource| &resource.literal));
    let timeout = options.timeout.as_ref().map_or(DEFAULT_TIMEOUT, |timeout| timeout.seconds);
    let heartbeat = retry::option(options.heartbeat.as_ref().map(|heartbeat| heartbeat.seconds));
    let retry = retry::expand(&options.retries, p, &quote!(#name));
    quote! {
        #p::StepSpec {
            name: <Self as #p::Step>::NAME,
            ident: #plain,
            doc: #doc,
            params: ::std::vec![#(#params),*],
            output: #p::output_type::<#name>(),
            error: #p::error_shape::<#name>(),
            token: #token,
            timeout_seconds: #timeout,
            heartbeat_seconds: #heartbeat,
            retry: #retry,
            resource: #resource,
            child: ::core::option::Option::None,
        }
    }
}

fn handler(parts: &Parts<'_>) -> TokenStream {
    let Parts { p, step, .. } = parts;
    let call = if step.broken { quote!(|_, _| #p::boxed(async { #p::never_run() })) } else { attempt(parts) };
    let data = step.of(Kind::Data).map(|param| {
        let ty = &param.ty;
        quote!(<#ty as #p::DataParameter>::need())
    });
    let data = if step.broken { TokenStream::new() } else { quote!(#(#data),*) };
    quote! {
        #p::StepHandler {
            name: <Self as #p::Step>::NAME,
            spec: <Self as #p::Step>::spec,
            call: #call,
            data: || ::std::vec![#data],
        }
    }
}

/// One attempt: reads the payload, finds the data, calls the function, writes what it yields.
fn attempt(parts: &Parts<'_>) -> TokenStream {
    let Parts { p, function, step, name, plain, .. } = parts;
    let ident = &function.signature.ident;
    let (context, payload) = (hygiene::hidden("context"), hygiene::hidden("payload"));
    let by_name = step.of(Kind::Token).next().is_some() && !parts.options.says_resource;
    let whole = step.of(Kind::Payload).count() == 1 && !by_name;
    let (mut lets, mut arguments, mut next) = (Vec::new(), Vec::new(), 0_usize);
    for (index, param) in step.params.iter().enumerate() {
        let local = hygiene::hidden(index);
        let Param { ty, by_ref, kind, .. } = param;
        let value = match kind {
            Kind::Data => quote!(<#ty as #p::DataParameter>::take(#plain, &#context)?),
            Kind::Context => quote!(::core::clone::Clone::clone(&#context)),
            Kind::Token => quote!(#p::token(#plain, &#context)?),
            Kind::Payload => {
                let index = next;
                next += 1;
                quote!(#p::argument::<#name, #index>(#plain, &#payload, #whole)?)
            }
        };
        lets.push(quote!(let #local = #value;));
        arguments.push(if *by_ref { quote!(&#local) } else { quote!(#local) });
    }
    let result = quote_spanned!(ident.span()=> #ident(#(#arguments),*).await);
    let written = |value: TokenStream| {
        if step.returns.callback.is_some() {
            quote!(::core::result::Result::Ok(#p::parked::<#name>(#value)))
        } else {
            quote!(#p::reply::<#name>(#plain, &#value))
        }
    };
    let end = if step.returns.error.is_some() {
        let written = written(quote!(output));
        quote!(match #result {
            ::core::result::Result::Ok(output) => #written,
            ::core::result::Result::Err(error) => ::core::result::Result::Err(#p::failed::<#name>(&error)),
        })
    } else {
        let written = written(quote!(output));
        quote!({ let output = #result; #written })
    };
    // Where the future cannot be sent between threads, the function's name is the place to say so.
    let boxed = hygiene::respanned(quote!(#p::boxed), ident.span());
    let attempt = quote_spanned!(ident.span()=> #boxed(async move {
        let _ = (&#context, &#payload);
        #(#lets)*
        #end
    }));
    quote!(|#context, #payload| #attempt)
}
