//! The function around the body: its signature and the options of the workflow.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, FnArg, GenericArgument, LitStr, PathArguments, ReturnType, Type};

use super::super::codes;
use super::super::model::{Bounds, Input, Workflow};
use super::super::parse::Function;
use super::{Builder, Place};
use crate::diag::Sink;
use crate::hygiene::{self, Krate};
use crate::options::{self, Supported};

const OPTIONS: Supported = Supported {
    attribute: "#[workflow]",
    names: &["assume", "crate", "error", "express", "max_transitions", "name", "timeout"],
    code: codes::ATTRIBUTE,
};

/// What `#[workflow(..)]` says.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) krate: Option<Krate>,
    pub(crate) name: Option<LitStr>,
    pub(crate) bounds: Bounds,
    pub(crate) express: bool,
    pub(crate) error: Option<syn::Path>,
}

impl Builder {
    /// `timeout = "..", name = "..", crate = path`
    pub(crate) fn options(&self, tokens: TokenStream) -> Options {
        let mut made = Options::default();
        let mut seen = Vec::new();
        for option in options::split(tokens, OPTIONS, &self.sink) {
            let key = option.key.to_string();
            if seen.contains(&key) {
                option.repeated(OPTIONS, &self.sink);
                continue;
            }
            match key.as_str() {
                "crate" => made.krate = option.path(OPTIONS, "crate = path", &self.sink).map(|path| Krate::new(&path)),
                "name" => made.name = option.string(OPTIONS, "name = \"OrderFlow\"", &self.sink),
                "timeout" => {
                    if let Some(text) = option.string(OPTIONS, "timeout = \"1h\"", &self.sink) {
                        made.bounds.timeout = self.duration(&text, "timeout");
                    }
                }
                "max_transitions" => made.bounds.max_transitions = self.max_transitions(&option, OPTIONS),
                "assume" => made.bounds.assume = self.assume(&option, OPTIONS),
                "express" => made.express = option.flag(OPTIONS, &self.sink),
                "error" => made.error = option.path(OPTIONS, "error = OrderFailure", &self.sink),
                _ => option.unknown(OPTIONS, &self.sink),
            }
            seen.push(key);
        }
        made
    }

    /// The whole workflow; `None` where nothing useful is left of its signature.
    pub(crate) fn workflow(&mut self, function: &Function, options: Options) -> Workflow {
        let signature = &function.signature;
        self.signature(function);
        let mut options = options;
        let mut kept = Kept::default();
        for attribute in &function.attributes {
            if attribute.path().is_ident("workflow") {
                let inner = match &attribute.meta {
                    syn::Meta::List(list) => self.options(list.tokens.clone()),
                    _ => Options::default(),
                };
                options = Options {
                    krate: inner.krate.or(options.krate),
                    name: inner.name.or(options.name),
                    bounds: inner.bounds.or(options.bounds),
                    express: inner.express || options.express,
                    error: inner.error.or(options.error),
                };
            } else {
                self.keep(attribute, &mut kept);
            }
        }
        let Options { krate, name, bounds, express, error } = options;
        self.express = express;
        self.express_timeout(bounds.timeout);
        let plain = hygiene::plain(&signature.ident);
        let type_name = hygiene::upper_camel(&plain);
        let mut input = self.input(function);
        let clashes = self.clashes(&type_name, function);
        let (returns, mut output) = self.output(function);
        if !signature.generics.params.is_empty() {
            // Nobody knows the parameters outside of the function.
            (input, output) = (None, syn::parse_quote!(()));
        }
        let machine = name.as_ref().map_or_else(|| type_name.clone(), LitStr::value);
        if let Some(name) = &name {
            self.state_name(name, "the workflow");
        }
        let body = self.block(&function.statements, Place::Result, function.body.span_open());
        self.bounds(&bounds, &body);
        Workflow {
            krate: krate.unwrap_or_default(),
            cfgs: kept.cfgs,
            lints: kept.lints,
            doc: hygiene::doc(&kept.docs),
            docs: kept.docs,
            visibility: function.visibility.clone(),
            function: signature.ident.clone(),
            type_name: syn::Ident::new(&type_name, signature.ident.span()),
            machine,
            bounds,
            express,
            error,
            clashes,
            input,
            returns,
            output,
            body,
        }
    }

    fn keep(&self, attribute: &Attribute, kept: &mut Kept) {
        let name = attribute.path().to_token_stream().to_string();
        match name.as_str() {
            "doc" => kept.docs.push(attribute.clone()),
            "cfg" => kept.cfgs.push(attribute.clone()),
            "allow" | "warn" | "deny" | "forbid" | "expect" => kept.lints.push(attribute.clone()),
            _ => {
                self.fault(&attribute.meta, codes::ATTRIBUTE, format!("attribute `{name}` means nothing on a workflow"))
                    .help("`#[workflow(timeout = \"..\", name = \"..\")]`, doc comments, `#[cfg(..)]` and lint levels can stand here");
            }
        }
    }

    fn signature(&self, function: &Function) {
        let signature = &function.signature;
        let name = &signature.ident;
        if signature.asyncness.is_none() {
            self.fault(&signature.fn_token, codes::SIGNATURE, format!("workflow `{name}` is not `async`"))
                .help(format!("write `async fn {name}`"));
        }
        let generics = &signature.generics;
        if generics.lt_token.is_some() || generics.where_clause.is_some() {
            let tokens = if generics.params.is_empty() {
                generics.where_clause.to_token_stream()
            } else {
                generics.params.to_token_stream()
            };
            self.fault(&tokens, codes::SIGNATURE, format!("workflow `{name}` is generic"))
                .help("name the types: a state machine is one definition");
        }
        let odd = [
            signature.constness.as_ref().map(ToTokens::to_token_stream),
            signature.abi.as_ref().map(ToTokens::to_token_stream),
            signature.variadic.as_ref().map(ToTokens::to_token_stream),
            Some(signature.safety.to_token_stream()).filter(|tokens| !tokens.is_empty()),
        ];
        for tokens in odd.into_iter().flatten() {
            self.fault(&tokens, codes::SIGNATURE, format!("`{tokens}` means nothing on a workflow"))
                .help(format!("write `async fn {name}(..)`"));
        }
        let mut extra = signature.inputs.iter().filter(|input| matches!(input, FnArg::Typed(_))).skip(1);
        if let Some(second) = extra.next() {
            self.fault(second, codes::SIGNATURE, format!("workflow `{name}` has more than one parameter"))
                .help("put them in a struct: an execution is started with one JSON value");
        }
    }

    /// The generated struct must not bear the name of a type that the signature mentions.
    fn clashes(&self, type_name: &str, function: &Function) -> bool {
        let signature = &function.signature;
        let mut mentioned = signature.inputs.to_token_stream();
        signature.output.to_tokens(&mut mentioned);
        let clashes = contains(mentioned, type_name);
        if clashes {
            let name = &signature.ident;
            self.fault(
                name,
                codes::SIGNATURE,
                format!("workflow `{name}` becomes the type `{type_name}`, which exists"),
            )
            .help(format!("rename the function: `{name}_flow`"));
        }
        clashes
    }

    fn input(&mut self, function: &Function) -> Option<Input> {
        let name = &function.signature.ident;
        match function.signature.inputs.first()? {
            FnArg::Receiver(receiver) => {
                self.fault(receiver, codes::SIGNATURE, format!("workflow `{name}` takes `self`"))
                    .help("make it a free-standing function: what its steps share is their `Data<T>`");
                None
            }
            FnArg::Typed(typed) => {
                for attribute in &typed.attrs {
                    self.fault(
                        &attribute.meta,
                        codes::ATTRIBUTE,
                        "an attribute means nothing on a workflow's parameter",
                    )
                    .help("remove it");
                }
                let wrong = match *typed.ty {
                    Type::Reference(_) => Some("borrows its input"),
                    Type::ImplTrait(_) => Some("does not name its input's type"),
                    _ => None,
                };
                if let Some(wrong) = wrong {
                    self.fault(&*typed.ty, codes::SIGNATURE, format!("workflow `{name}` {wrong}"))
                        .help("take an owned type that derives `Payload`: the input outlives the process");
                }
                Some(Input { pattern: self.pattern(&typed.pat), ty: owned(&typed.ty) })
            }
        }
    }

    fn output(&self, function: &Function) -> (Type, Type) {
        let unit: Type = syn::parse_quote!(());
        let name = &function.signature.ident;
        let ReturnType::Type(_, returned) = &function.signature.output else {
            self.fault(name, codes::SIGNATURE, format!("workflow `{name}` returns no `Result`"))
                .help(format!("write `async fn {name}(..) -> Result<T>`; `Result<()>` where it yields nothing"));
            return (unit.clone(), unit);
        };
        if let Type::Path(path) = &**returned
            && let Some(last) = path.path.segments.last()
            && last.ident == "Result"
            && let PathArguments::AngleBracketed(arguments) = &last.arguments
            && let Some(GenericArgument::Type(output)) = arguments.args.first()
        {
            let error = arguments.args.iter().nth(1);
            if let Some(error) = error
                && !error.to_token_stream().to_string().ends_with("WorkflowError")
            {
                self.fault(error, codes::SIGNATURE, format!("workflow `{name}` names an error type of its own")).help(
                    format!(
                        "write `Result<{}>`: a workflow fails with a `WorkflowError`, which `?` and `.into()` make",
                        super::refuse::shown(output)
                    ),
                );
            }
            return ((**returned).clone(), output.clone());
        }
        self.fault(&**returned, codes::SIGNATURE, format!("workflow `{name}` returns no `Result`"))
            .help(format!("write `-> Result<{}>`: any workflow may fail", super::refuse::shown(&**returned)));
        ((**returned).clone(), owned(returned))
    }
}

#[derive(Default)]
struct Kept {
    docs: Vec<Attribute>,
    cfgs: Vec<Attribute>,
    lints: Vec<Attribute>,
}

/// The type itself, or for one that was refused what stands in for it.
fn owned(ty: &Type) -> Type {
    match ty {
        Type::Reference(reference) if reference.elem.to_token_stream().to_string() == "str" => {
            syn::parse_quote!(::std::string::String)
        }
        Type::Reference(reference) => owned(&reference.elem),
        Type::Path(_) | Type::Tuple(_) | Type::Array(_) | Type::Paren(_) | Type::Group(_) => ty.clone(),
        _ => syn::parse_quote!(()),
    }
}

/// Whether a name stands anywhere in the tokens.
fn contains(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => contains(group.stream(), name),
        TokenTree::Ident(ident) => ident == name,
        _ => false,
    })
}

/// Collects the options' faults into `sink` where there is no builder yet.
pub(crate) fn options_of(tokens: TokenStream, sink: &Sink) -> Options {
    Builder::new(sink).options(tokens)
}
