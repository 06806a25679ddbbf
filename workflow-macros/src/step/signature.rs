//! The function under `#[step]`: its parameters by kind, and what it yields.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::visit::Visit;
use syn::{Attribute, FnArg, GenericArgument, Pat, PathArguments, ReturnType, Safety, Signature, Type, Visibility};

use crate::diag::{Diagnostic, Sink};
use crate::hygiene;

const BAD_FUNCTION: &str = "WF1110";
const BAD_PARAMETER: &str = "WF1111";
const BAD_RETURN: &str = "WF1112";

/// A function whose body is not looked at.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let (visibility, signature) = (input.parse()?, input.parse()?);
        input.parse::<TokenTree>()?;
        Ok(Self { attributes, visibility, signature })
    }
}

/// A parameter.
#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) kind: Kind,
    /// Taken as `&T`: the handler lends it.
    pub(crate) by_ref: bool,
    /// Without that `&`.
    pub(crate) ty: Type,
    /// `_` for a pattern.
    pub(crate) ident: Ident,
}

/// What a parameter is, told by its type's last segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Payload,
    Data,
    Context,
    Token,
}

/// What the function yields.
#[derive(Debug)]
pub(crate) struct Returns {
    /// `T`
    pub(crate) output: Option<Type>,
    /// `E` of a `Result`.
    pub(crate) error: Option<Type>,
    /// `Callback<T>` as written.
    pub(crate) callback: Option<Type>,
}

/// The function, read.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) params: Vec<Param>,
    pub(crate) returns: Returns,
    /// Its signature has a fault, so nothing may call it.
    pub(crate) broken: bool,
}

impl Step {
    /// Reads a signature; faults are collected.
    pub(crate) fn parse(signature: &Signature, sink: &Sink) -> Self {
        let sink = sink.child();
        function(signature, &sink);
        let params = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Receiver(receiver) => {
                Diagnostic::new(receiver, BAD_FUNCTION, format!("step `{}` takes `self`", signature.ident))
                    .help("make it a free function, and take what it needs of `self` as `Data<T>`")
                    .note("a step is called by name, perhaps in another process; there is no object to call it on")
                    .emit(&sink);
                None
            }
            FnArg::Typed(input) => Some(param(input, &sink)),
        });
        let params = params.collect();
        let returns = returns(&signature.output, &sink);
        Self { params, returns, broken: sink.has_errors() }
    }

    /// What the function yields may be named beside it, although the step is broken: one mistake is told once.
    pub(crate) fn is_nameable(signature: &Signature, ty: &Type) -> bool {
        let found = Found::inside(ty);
        let own =
            |ident: &Ident| ident == "Self" || signature.generics.type_params().any(|generic| generic.ident == *ident);
        found.borrow.is_none()
            && found.implements.is_none()
            && found.object.is_none()
            && !mentions(ty.to_token_stream(), &own)
    }

    /// The parameters of one kind.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(move |param| param.kind == kind)
    }
}

fn function(signature: &Signature, sink: &Sink) {
    let name = &signature.ident;
    let refuse = |tokens: &dyn ToTokens, what: &str, help: &str| {
        Diagnostic::new(&tokens.to_token_stream(), BAD_FUNCTION, format!("step `{name}` {what}")).help(help).emit(sink);
    };
    if signature.asyncness.is_none() {
        refuse(&signature.fn_token, "is not `async`", &format!("write `async fn {name}`"));
    }
    let borrows = |input: &FnArg| match input {
        FnArg::Typed(input) => kind_of(lent(&input.ty).1) == Kind::Payload && Found::inside(&input.ty).borrow.is_some(),
        FnArg::Receiver(_) => false,
    };
    // Lifetimes go with what is borrowed, which is said there.
    let of_borrowed = signature.generics.type_params().next().is_none()
        && signature.generics.const_params().next().is_none()
        && signature.inputs.iter().any(borrows);
    if !signature.generics.params.is_empty() && !of_borrowed {
        refuse(
            &signature.generics,
            "is generic",
            "write it for one type; what is not payload can be a `Data<Arc<dyn Trait>>`\nnote: a step is one function with one name; nothing would say which of its types a running execution meant",
        );
    }
    if let Safety::Unsafe(token) = &signature.safety {
        refuse(
            token,
            "is `unsafe`",
            "leave `unsafe` out, and say in its body what must hold: the runtime calls it with any payload",
        );
    }
    if let Some(abi) = &signature.abi {
        refuse(abi, "is `extern`", "leave `extern` out");
    }
    if let Some(token) = &signature.constness {
        refuse(token, "is `const`", "leave `const` out");
    }
    if let Some(variadic) = &signature.variadic {
        refuse(variadic, "takes any number of arguments", "name each");
    }
}

fn param(input: &syn::PatType, sink: &Sink) -> Param {
    let (by_ref, ty) = lent(&input.ty);
    let kind = kind_of(ty);
    let ident = match &*input.pat {
        Pat::Ident(pattern) if pattern.subpat.is_none() => Some(pattern.ident.clone()),
        _ => None,
    };
    let named = matches!(kind, Kind::Payload | Kind::Token);
    if named && ident.is_none() {
        Diagnostic::new(
            &input.pat,
            BAD_PARAMETER,
            format!("a payload parameter of type `{}` has no name", hygiene::shown(ty)),
        )
        .help("give it a name, and take it apart in the body: `order: Order`")
        .note("its name is the key under which the payload carries it")
        .emit(sink);
    }
    if kind == Kind::Payload {
        payload_type(&input.ty, ident.as_ref(), sink);
    }
    let ident = ident.unwrap_or_else(|| Ident::new("_", proc_macro2::Span::call_site()));
    Param { kind, by_ref: by_ref && kind != Kind::Payload, ty: ty.clone(), ident }
}

/// Whether a type is a reference, and what it lends.
fn lent(ty: &Type) -> (bool, &Type) {
    match ty {
        Type::Reference(reference) => (true, &*reference.elem),
        ty => (false, ty),
    }
}

fn kind_of(ty: &Type) -> Kind {
    match last_segment(ty).map(|segment| segment.ident.to_string()).as_deref() {
        Some("Data") => Kind::Data,
        Some("StepContext") => Kind::Context,
        Some("TaskToken") => Kind::Token,
        _ => Kind::Payload,
    }
}

/// A payload is owned and of one type.
fn payload_type(ty: &Type, ident: Option<&Ident>, sink: &Sink) {
    let name = ident.map_or_else(|| String::from("_"), hygiene::plain);
    let found = Found::inside(ty);
    if let Some(tokens) = &found.borrow {
        Diagnostic::new(tokens, BAD_PARAMETER, format!("payload parameter `{name}` is borrowed"))
            .help(owned(ty).map_or_else(
                || String::from("use a type that owns its data, such as `String` or `Vec<T>`"),
                |owned| format!("take it by value: `{name}: {owned}`"),
            ))
            .note("the payload comes as JSON and belongs to the attempt; nobody else holds it")
            .emit(sink);
    }
    if let Some(tokens) = &found.object {
        Diagnostic::new(
            tokens,
            BAD_PARAMETER,
            format!("payload parameter `{name}` is of a type that is only known when it runs"),
        )
        .help("write an enum of the types that it may have; what is no payload can be a `Data<Arc<dyn Trait>>`")
        .note("JSON is read as one type, which nothing would choose here")
        .emit(sink);
    }
    if let Some(tokens) = &found.implements {
        Diagnostic::new(tokens, BAD_PARAMETER, format!("payload parameter `{name}` has no type of its own"))
            .help("name the type")
            .note("JSON is read as one type, which nothing would choose here")
            .emit(sink);
    }
}

fn returns(output: &ReturnType, sink: &Sink) -> Returns {
    let unit = || Some(syn::parse_quote!(()));
    let ReturnType::Type(_, ty) = output else { return Returns { output: unit(), error: None, callback: None } };
    let found = Found::inside(ty);
    if let Some(tokens) = found.borrow.as_ref().or(found.implements.as_ref()) {
        Diagnostic::new(tokens, BAD_RETURN, format!("a step cannot yield `{}`", hygiene::shown(ty)))
            .help("yield an owned type by its name")
            .note("the result travels as JSON, perhaps to another process")
            .emit(sink);
        return Returns { output: None, error: None, callback: None };
    }
    let (value, error) = match arguments(ty, "Result").as_deref() {
        Some([value, error]) => (value.clone(), Some(error.clone())),
        Some([value]) => {
            Diagnostic::new(&**ty, BAD_RETURN, format!("`{}` does not say how the step fails", hygiene::shown(ty)))
                .help(format!(
                    "write `Result<{}, YourError>` with an enum that derives `StepError`",
                    hygiene::shown(value)
                ))
                .note("retriers and catchers need the names of its errors")
                .emit(sink);
            (value.clone(), None)
        }
        _ => ((**ty).clone(), None),
    };
    let opaque = error.as_ref().is_some_and(is_any_error);
    if opaque || found.object.is_some() {
        let (tokens, help) = match &error {
            Some(error) if opaque => (
                error.to_token_stream(),
                "write an enum that derives `StepError`, with a variant for each way the step fails".to_owned(),
            ),
            _ => (found.object.to_token_stream(), "yield an owned type by its name".to_owned()),
        };
        let message = match &error {
            Some(error) if opaque => format!("`{}` does not say how the step fails", hygiene::shown(error)),
            _ => format!("a step cannot yield `{}`", hygiene::shown(ty)),
        };
        Diagnostic::new(&tokens, BAD_RETURN, message)
            .help(help)
            .note("retriers and catchers need the names of its errors")
            .emit(sink);
        let output = (found.object.is_none() || opaque && Found::inside(&value).object.is_none()).then_some(value);
        return Returns { output, error: None, callback: None };
    }
    match arguments(&value, "Callback").as_deref() {
        Some([answer]) => Returns { output: Some(answer.clone()), error, callback: Some(value.clone()) },
        _ => Returns { output: Some(value), error, callback: None },
    }
}

fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

fn mentions(tokens: TokenStream, own: &dyn Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => own(&ident),
        TokenTree::Group(group) => mentions(group.stream(), own),
        _ => false,
    })
}

/// The type arguments, where the type's last segment is `name`.
fn arguments(ty: &Type, name: &str) -> Option<Vec<Type>> {
    let segment = last_segment(ty).filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(list) = &segment.arguments else { return None };
    let types = list.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    });
    Some(types.collect())
}

/// What no payload may hold.
#[derive(Default)]
struct Found {
    borrow: Option<TokenStream>,
    implements: Option<TokenStream>,
    object: Option<TokenStream>,
}

impl Found {
    fn inside(ty: &Type) -> Self {
        let mut found = Self::default();
        found.visit_type(ty);
        found
    }
}

impl<'ast> Visit<'ast> for Found {
    fn visit_type_reference(&mut self, reference: &'ast syn::TypeReference) {
        self.borrow.get_or_insert_with(|| reference.to_token_stream());
    }

    fn visit_lifetime(&mut self, lifetime: &'ast syn::Lifetime) {
        if lifetime.ident != "static" {
            self.borrow.get_or_insert_with(|| lifetime.to_token_stream());
        }
    }

    fn visit_type_trait_object(&mut self, object: &'ast syn::TypeTraitObject) {
        self.object.get_or_insert_with(|| object.to_token_stream());
    }

    fn visit_type_impl_trait(&mut self, implements: &'ast syn::TypeImplTrait) {
        self.implements.get_or_insert_with(|| implements.to_token_stream());
    }
}

/// An error type that may be anything: no names stand in it.
fn is_any_error(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let names: Vec<String> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names.as_slice() {
        ["String"] | ["anyhow", "Error"] | ["eyre", "Report"] => true,
        [.., "Box"] => Found::inside(ty).object.is_some(),
        _ => false,
    }
}

/// The owned type for `&str`, `&[T]` and `&T`.
fn owned(ty: &Type) -> Option<String> {
    let Type::Reference(reference) = ty else { return None };
    Some(match &*reference.elem {
        Type::Slice(slice) => format!("Vec<{}>", hygiene::shown(&slice.elem)),
        elem if last_segment(elem).is_some_and(|segment| segment.ident == "str") => String::from("String"),
        elem => hygiene::shown(elem),
    })
}
