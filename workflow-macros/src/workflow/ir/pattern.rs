//! Patterns that may not match, and what tests them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use super::super::model::{BoundFields, FailurePattern, ResultPattern};
use super::super::pattern::{
    Guard, LetCondition, LetElse, LetPattern, MatchValue, Matches, Parts, PatternFields, ValuePattern, ValuePatternKind,
};
use super::state::{attributes, result_pattern};
use super::types::{Mention, owner};
use super::{at, block, boxed, expr, last};
use crate::hygiene::plain;
use crate::step::retry::option;

pub(super) fn value_pattern(pattern: &ValuePattern) -> TokenStream {
    let kind = match &pattern.kind {
        ValuePatternKind::Wildcard => quote!(Wildcard),
        ValuePatternKind::Bind(name, inside) => {
            let (name, inside) = (plain(name), option(inside.as_deref().map(boxed_pattern)));
            quote!(Bind(#name, #inside))
        }
        ValuePatternKind::Constant(value) => {
            let value = boxed(value);
            quote!(Constant(#value))
        }
        ValuePatternKind::Range { from, to, inclusive } => {
            let (from, to) = (option(from.as_ref().map(boxed)), option(to.as_ref().map(boxed)));
            quote!(Range { from: #from, to: #to, inclusive: #inclusive })
        }
        ValuePatternKind::Some(inside) => {
            let inside = boxed_pattern(inside);
            quote!(Some(#inside))
        }
        ValuePatternKind::None => quote!(None),
        ValuePatternKind::Tuple(parts) => {
            let parts = self::parts(parts);
            quote!(Tuple(#parts))
        }
        ValuePatternKind::Shape { path, fields } => {
            let (mention, fields) = match fields {
                PatternFields::Unit => (Mention::Unit, quote!(Unit)),
                PatternFields::Tuple(parts) => {
                    let parts = self::parts(parts);
                    (Mention::Tuple, quote!(Tuple(#parts)))
                }
                PatternFields::Struct(fields) => {
                    let fields = named_patterns(fields);
                    (Mention::Struct, quote!(Struct(#fields)))
                }
            };
            let (ty, name) = (owner(path, mention), last(path));
            quote!(Shape { ty: #ty, name: #name, fields: __wf::ir::PatternFields::#fields })
        }
        ValuePatternKind::Or(cases) => {
            let cases = value_patterns(cases);
            quote!(Or(#cases))
        }
    };
    let at = at(pattern.span);
    quote!(__wf::ir::ValuePattern { kind: __wf::ir::ValuePatternKind::#kind, at: #at })
}

fn boxed_pattern(pattern: &ValuePattern) -> TokenStream {
    let pattern = value_pattern(pattern);
    quote!(&#pattern)
}

pub(super) fn value_patterns(patterns: &[ValuePattern]) -> TokenStream {
    let patterns = patterns.iter().map(value_pattern);
    quote!(&[#(#patterns),*])
}

pub(super) fn named_patterns(fields: &[(Ident, ValuePattern)]) -> TokenStream {
    let fields = fields.iter().map(|(name, part)| {
        let (name, part) = (plain(name), value_pattern(part));
        quote!((#name, #part))
    });
    quote!(&[#(#fields),*])
}

fn parts(parts: &Parts) -> TokenStream {
    let (first, rest, last) = (value_patterns(&parts.first), parts.rest, value_patterns(&parts.last));
    quote!(__wf::ir::PatternParts { first: #first, rest: #rest, last: #last })
}

fn guard(guard: Option<&Guard>) -> Option<&super::Expr> {
    guard.map(|guard| &guard.condition)
}

/// An [`ExprKind`](super::ExprKind)'s tokens.
pub(super) fn match_value(made: &MatchValue) -> TokenStream {
    let (scrutinee, attributes) = (boxed(&made.scrutinee), attributes(&made.attributes, None));
    let arms = made.arms.iter().map(|arm| {
        let (pattern, guard) = (value_pattern(&arm.tested.pattern), option(guard(arm.guard.as_ref()).map(expr)));
        let body = expr(&arm.body);
        quote!(__wf::ir::ValueArm { pattern: #pattern, guard: #guard, body: #body })
    });
    quote!(MatchValue { scrutinee: #scrutinee, arms: &[#(#arms),*], let_else: false, attributes: #attributes })
}

pub(super) fn let_condition(made: &LetCondition) -> TokenStream {
    let (pattern, value) = (value_pattern(&made.tested.pattern), boxed(&made.value));
    quote!(Let { pattern: #pattern, value: #value })
}

pub(super) fn matches(made: &Matches) -> TokenStream {
    let (value, pattern) = (boxed(&made.value), value_pattern(&made.tested.pattern));
    let guard = option(guard(made.guard.as_ref()).map(boxed));
    quote!(Matches { value: #value, pattern: #pattern, guard: #guard })
}

/// `let (a, b) = match VALUE { PATTERN => (a, b), _ => otherwise };`
pub(super) fn let_else(made: &LetElse) -> TokenStream {
    let (place, value) = (at(made.keyword.span), boxed(&made.value));
    let mut names = Vec::new();
    match &made.pattern {
        LetPattern::Value(pattern) => pattern.names(&mut names),
        LetPattern::Result(pattern) => result_names(pattern, &mut names),
    }
    let here = |kind: TokenStream| quote!(__wf::ir::Expr { kind: __wf::ir::ExprKind::#kind, at: #place });
    let (binding, bound) = match names.as_slice() {
        [] => (quote!(__wf::ir::Pattern::Wildcard), here(quote!(Unit))),
        [name] => (bind(name), variable(name)),
        names => {
            let (bindings, variables) = (names.iter().map(|name| bind(name)), names.iter().map(|name| variable(name)));
            (quote!(__wf::ir::Pattern::Tuple(&[#(#bindings),*])), here(quote!(Tuple(&[#(#variables),*]))))
        }
    };
    let otherwise = made.otherwise.as_ref().map(|(_, otherwise)| {
        let otherwise = block(otherwise);
        here(quote!(Block(#otherwise)))
    });
    let matched = match &made.pattern {
        LetPattern::Value(pattern) => {
            let (pattern, attributes) = (value_pattern(pattern), attributes(&made.attributes, None));
            let rest = quote!(__wf::ir::ValuePattern { kind: __wf::ir::ValuePatternKind::Wildcard, at: #place });
            let rest = otherwise.map(
                |body| quote!(__wf::ir::ValueArm { pattern: #rest, guard: ::core::option::Option::None, body: #body }),
            );
            here(quote!(MatchValue {
                scrutinee: #value,
                arms: &[
                    __wf::ir::ValueArm { pattern: #pattern, guard: ::core::option::Option::None, body: #bound },
                    #rest
                ],
                let_else: true,
                attributes: #attributes
            }))
        }
        LetPattern::Result(pattern) => {
            let pattern = result_pattern(pattern);
            here(quote!(MatchResult {
                scrutinee: #value,
                arms: &[
                    __wf::ir::Arm {
                        pattern: #pattern, guard: ::core::option::Option::None, body: #bound, at: #place,
                    },
                    __wf::ir::Arm {
                        pattern: __wf::ir::ResultPattern::Any,
                        guard: ::core::option::Option::None,
                        body: #otherwise,
                        at: #place,
                    },
                ]
            }))
        }
    };
    quote! {
        __wf::ir::Statement::Let(__wf::ir::Let {
            pattern: #binding,
            ty: ::core::option::Option::None,
            value: #matched,
            compensate: ::core::option::Option::None,
            at: #place,
        })
    }
}

fn bind(name: &Ident) -> TokenStream {
    let (at, name) = (at(name.span()), plain(name));
    quote!(__wf::ir::Pattern::Bind { name: #name, at: #at })
}

fn variable(name: &Ident) -> TokenStream {
    let (at, name) = (at(name.span()), plain(name));
    quote!(__wf::ir::Expr { kind: __wf::ir::ExprKind::Variable(#name), at: #at })
}

fn result_names<'a>(pattern: &'a ResultPattern, names: &mut Vec<&'a Ident>) {
    match pattern {
        ResultPattern::Ok(pattern) => pattern.names(names),
        ResultPattern::Err(failures) => {
            let Some(first) = failures.first() else { return };
            match first {
                FailurePattern::Variant { fields: BoundFields::Tuple(parts), .. } => {
                    for part in parts {
                        part.names(names);
                    }
                }
                FailurePattern::Variant { fields: BoundFields::Struct(fields), .. } => {
                    for (_, part) in fields {
                        part.names(names);
                    }
                }
                FailurePattern::Failed(name) | FailurePattern::Other(name) | FailurePattern::All(name) => {
                    names.extend(name);
                }
                _ => {}
            }
        }
        ResultPattern::Any => {}
    }
}
