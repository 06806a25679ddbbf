//! `let counts: BTreeMap<_, _> = list.iter().collect();`: the turbofish that Rust would infer from the `let`.

use std::borrow::Cow;

use syn::{Expr, ExprMethodCall, GenericArgument, PathArguments, Type};

use super::call::peel;
use super::method::{COLLECTIONS, INTEGERS};

/// The value, its `collect()` or `parse()` told what it makes.
pub(super) fn with_type<'a>(value: &'a Expr, ty: Option<&Type>) -> Cow<'a, Expr> {
    let Some(ty) = ty else { return Cow::Borrowed(value) };
    let mut told = value.clone();
    if tell(&mut told, ty).is_some() { Cow::Owned(told) } else { Cow::Borrowed(value) }
}

fn tell(value: &mut Expr, ty: &Type) -> Option<()> {
    match value {
        Expr::Try(attempt) => return integer(method(&mut method_named(&mut attempt.expr, "map_err")?.receiver)?, ty),
        // `match text.parse() { Ok(number) => number, Err(_) => .. }`
        Expr::Match(made) if made.arms.iter().any(hands_on) => return integer(method(&mut made.expr)?, ty),
        _ => {}
    }
    let call = method(value)?;
    match call.method.to_string().as_str() {
        "collect" if is_one_of(ty, &COLLECTIONS) => turbofish(call, ty),
        "unwrap_or" | "unwrap_or_default" | "unwrap_or_else" => match method(&mut call.receiver)? {
            parse if parse.method == "parse" => integer(parse, ty),
            ok if ok.method == "ok" => integer(method(&mut ok.receiver)?, ty),
            _ => None,
        },
        "ok" => integer(method(&mut call.receiver)?, option_of(ty)?),
        _ => None,
    }
}

fn method_named<'a>(value: &'a mut Expr, name: &str) -> Option<&'a mut ExprMethodCall> {
    method(value).filter(|call| call.method == name)
}

/// `Ok(number) => number`
fn hands_on(arm: &syn::Arm) -> bool {
    let syn::Pat::TupleStruct(made) = &arm.pat else { return false };
    let (Some(syn::Pat::Ident(name)), Expr::Path(body)) = (made.elems.first(), &*arm.body) else { return false };
    made.path.is_ident("Ok") && body.path.is_ident(&name.ident)
}

fn integer(call: &mut ExprMethodCall, ty: &Type) -> Option<()> {
    if call.method == "parse" && is_one_of(ty, &INTEGERS) { turbofish(call, ty) } else { None }
}

fn turbofish(call: &mut ExprMethodCall, ty: &Type) -> Option<()> {
    if call.turbofish.is_some() {
        return None;
    }
    let span = call.method.span();
    call.turbofish = Some(syn::parse_quote_spanned!(span=> ::<#ty>));
    Some(())
}

fn method(value: &mut Expr) -> Option<&mut ExprMethodCall> {
    match value {
        Expr::Paren(paren) => method(&mut paren.expr),
        Expr::MethodCall(call) if !matches!(peel(&call.receiver), Expr::Await(_)) => Some(call),
        _ => None,
    }
}

fn is_one_of(ty: &Type, names: &[&str]) -> bool {
    matches!(ty, Type::Path(path)
        if path.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name)))
}

/// The `T` of `Option<T>`.
fn option_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(ty)) => Some(ty),
        _ => None,
    }
}
