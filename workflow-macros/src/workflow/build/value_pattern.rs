//! Patterns on values: which of them a condition can test.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{Pat, Token};

use super::super::codes;
use super::super::model::{Expr, ExprKind};
use super::super::pattern::{Guard, Parts, PatternFields, Tested, ValuePattern, ValuePatternKind};
use super::expr::{Case, case, is_variant};
use super::refuse::shown;
use super::{Builder, start};
use crate::hygiene::plain;

impl Builder {
    /// A pattern and its tokens for the checked copy.
    pub(super) fn tested(&mut self, pattern: &Pat) -> Tested {
        Tested { pattern: self.value_pattern(pattern), tokens: for_copy(pattern) }
    }

    /// A pattern of an arm, and its guard.
    pub(super) fn guarded(&mut self, pattern: &Pat) -> (Tested, Option<Guard>) {
        let Pat::Guard(made) = pattern else { return (self.tested(pattern), None) };
        let tested = self.tested(&made.pat);
        (tested, Some(self.guard(made.if_token, &made.guard)))
    }

    pub(super) fn guard(&mut self, keyword: Token![if], condition: &syn::Expr) -> Guard {
        Guard {
            keyword,
            condition: self.perhaps(|builder| builder.condition(condition)),
            written: condition.to_token_stream(),
        }
    }

    /// A pattern that may not match.
    pub(super) fn value_pattern(&mut self, pattern: &Pat) -> ValuePattern {
        let span = start(pattern);
        let kind = match pattern {
            Pat::Wild(_) => ValuePatternKind::Wildcard,
            Pat::Paren(inner) => return self.value_pattern(&inner.pat),
            // Rust's matter: what is borrowed is copied like all else.
            Pat::Reference(inner) if inner.mutability.is_none() => return self.value_pattern(&inner.pat),
            Pat::Ident(name) => return self.name_pattern(name),
            Pat::Lit(literal) => ValuePatternKind::Constant(self.constant(&syn::Expr::Lit(literal.clone()))),
            Pat::Range(range) => {
                let (from, to) = (range.start.as_deref(), range.end.as_deref());
                ValuePatternKind::Range {
                    from: from.map(|from| self.constant(from)),
                    to: to.map(|to| self.constant(to)),
                    inclusive: matches!(range.limits, syn::RangeLimits::Closed(_)),
                }
            }
            Pat::Path(path) if path.qself.is_none() => return self.path_pattern(&path.path),
            // There is one `()`.
            Pat::Tuple(tuple) if tuple.elems.is_empty() => ValuePatternKind::Wildcard,
            Pat::Tuple(tuple) => ValuePatternKind::Tuple(self.parts(&tuple.elems)),
            Pat::TupleStruct(made) if made.qself.is_none() => return self.tuple_struct(made),
            Pat::Struct(made) if made.qself.is_none() => {
                let fields = PatternFields::Struct(self.named_patterns(made));
                ValuePatternKind::Shape { path: made.path.clone(), fields }
            }
            Pat::Or(either) => ValuePatternKind::Or(either.cases.iter().map(|case| self.value_pattern(case)).collect()),
            other => return self.no_pattern(other),
        };
        ValuePattern::new(kind, span)
    }

    fn name_pattern(&mut self, name: &syn::PatIdent) -> ValuePattern {
        let span = name.ident.span();
        if let Some(keyword) = &name.mutability {
            self.fault(keyword, codes::VALUE_PATTERN, "`mut` in a pattern that may not match")
                .help(format!("bind a plain name, then write `let mut {0} = {0};`", name.ident));
        }
        if name.subpat.is_none() && case(&plain(&name.ident)) != Case::Lower {
            return self.path_pattern(&name.ident.clone().into());
        }
        self.declare(&name.ident);
        let inside = name.subpat.as_ref().map(|(_, inside)| Box::new(self.value_pattern(inside)));
        ValuePattern::new(ValuePatternKind::Bind(name.ident.clone(), inside), span)
    }

    /// `Status::Pending`, `None`, `MAX`
    fn path_pattern(&mut self, path: &syn::Path) -> ValuePattern {
        let span = path.span();
        if self.is_failure(path) {
            return ValuePattern::wildcard(span);
        }
        let last = path.segments.last().map(|last| plain(&last.ident)).unwrap_or_default();
        let kind = match case(&last) {
            _ if super::words::std_variant(path) == Some("None") => ValuePatternKind::None,
            Case::Screaming => ValuePatternKind::Constant(Expr::new(ExprKind::Constant(path.clone()), span)),
            Case::Camel => ValuePatternKind::Shape { path: path.clone(), fields: PatternFields::Unit },
            Case::Lower => {
                self.fault(
                    path,
                    codes::VALUE_PATTERN,
                    format!("pattern `{}` has a path and binds nothing", shown(path)),
                )
                .help("name a variant or a constant, or bind a plain name");
                ValuePatternKind::Wildcard
            }
        };
        ValuePattern::new(kind, span)
    }

    fn tuple_struct(&mut self, made: &syn::PatTupleStruct) -> ValuePattern {
        let span = made.path.span();
        if self.is_failure(&made.path) {
            return ValuePattern::wildcard(span);
        }
        let last = super::words::std_variant(&made.path).unwrap_or_default();
        let kind = match (last, made.elems.first(), made.elems.len()) {
            ("Some", Some(inside), 1) => {
                let inside = match inside {
                    Pat::Rest(rest) => ValuePattern::wildcard(start(rest)),
                    inside => self.value_pattern(inside),
                };
                ValuePatternKind::Some(Box::new(inside))
            }
            ("Ok" | "Err", ..) if self.of_parse => return self.parsed_pattern(made, last == "Ok"),
            ("Ok" | "Err", ..) => {
                self.fault(
                    &made.path,
                    codes::VALUE_PATTERN,
                    format!("`{last}(..)` matches a call's `Result`, and this is a value"),
                )
                .help(
                    "match on the call itself: `match step(..).await { Ok(value) => .., Err(failure) => .. }`, or on \
                     `text.parse::<i64>()` itself",
                );
                return ValuePattern::wildcard(span);
            }
            _ => {
                let fields = PatternFields::Tuple(self.parts(&made.elems));
                ValuePatternKind::Shape { path: made.path.clone(), fields }
            }
        };
        ValuePattern::new(kind, span)
    }

    /// `TimedOut`, `Failed(..)`: refused, since what was caught is no value that could be told apart later.
    fn is_failure(&self, path: &syn::Path) -> bool {
        let name = path.get_ident().map(plain).unwrap_or_default();
        let known = ["Failed", "TimedOut", "HeartbeatTimedOut", "Other"].contains(&name.as_str());
        if known {
            let form = if name.ends_with("Out") { name.clone() } else { format!("{name}(..)") };
            self.fault(path, codes::VALUE_PATTERN, format!("`{name}` is asked of a failure that was caught already"))
                .help(format!(
                    "make it an arm of the `match` on the call: `Err({form}) => ..`, before the one that takes the rest"
                ));
        }
        known
    }

    fn parts(&mut self, patterns: &Punctuated<Pat, Token![,]>) -> Parts {
        let mut parts = Parts { first: Vec::new(), rest: false, last: Vec::new() };
        for pattern in patterns {
            if matches!(pattern, Pat::Rest(_)) {
                parts.rest = true;
                continue;
            }
            let built = self.value_pattern(pattern);
            if parts.rest { parts.last.push(built) } else { parts.first.push(built) }
        }
        parts
    }

    pub(super) fn named_patterns(&mut self, made: &syn::PatStruct) -> Vec<(syn::Ident, ValuePattern)> {
        let mut fields = Vec::new();
        for field in &made.fields {
            let pattern = self.value_pattern(&field.pat);
            match &field.member {
                syn::Member::Named(name) => fields.push((name.clone(), pattern)),
                syn::Member::Unnamed(_) => {
                    self.fault(&field.member, codes::VALUE_PATTERN, "a numbered field in a pattern")
                        .help("write the tuple form: `Name(value)`");
                }
            }
        }
        fields
    }

    /// What a value is compared with.
    fn constant(&mut self, value: &syn::Expr) -> Expr {
        match value {
            syn::Expr::Lit(literal) => self.literal(&literal.lit, start(literal)),
            syn::Expr::Path(path) if path.qself.is_none() => {
                Expr::new(ExprKind::Constant(path.path.clone()), start(path))
            }
            syn::Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => self.pure(value),
            other => {
                self.fault(other, codes::VALUE_PATTERN, "a pattern compares with literals and constants")
                    .help("bind a name and write a guard: `n if n == ..`");
                Expr::poison(start(other))
            }
        }
    }

    fn no_pattern(&self, pattern: &Pat) -> ValuePattern {
        let (tokens, help) = match pattern {
            Pat::Reference(made) => {
                (made.and_token.to_token_stream(), "leave `&` out: values are copied from state to state")
            }
            Pat::Slice(made) => (
                made.to_token_stream(),
                "decide on `is_empty()` and `len()`, and read elements with `first()`, `last()` or `[index]`",
            ),
            Pat::Rest(made) => (made.to_token_stream(), "`..` stands inside a tuple's or struct's pattern"),
            Pat::Guard(made) => (made.if_token.to_token_stream(), "a guard stands behind the whole pattern of an arm"),
            other => (other.to_token_stream(), "use literals, ranges, names, variants, structs and tuples"),
        };
        self.fault(&tokens, codes::VALUE_PATTERN, format!("pattern `{}` cannot be tested here", shown(pattern)))
            .help(help);
        ValuePattern::wildcard(start(pattern))
    }
}

/// The pattern as the checked copy has it: an imported variant never becomes a name that takes everything.
pub(super) fn for_copy(pattern: &Pat) -> TokenStream {
    let mut pattern = pattern.clone();
    NamesAreVariants.visit_pat_mut(&mut pattern);
    pattern.to_token_stream()
}

/// A constant is left as it is: that it is in scope is checked where its value is asked for.
struct NamesAreVariants;

impl VisitMut for NamesAreVariants {
    fn visit_pat_mut(&mut self, pattern: &mut Pat) {
        if let Pat::Ident(name) = pattern
            && name.subpat.is_none()
            && name.ident != "None"
            && case(&plain(&name.ident)) == Case::Camel
        {
            let ident = &name.ident;
            let braces = quote_spanned!(ident.span()=> {});
            *pattern = Pat::Verbatim(quote!(#ident #braces));
        } else {
            syn::visit_mut::visit_pat_mut(self, pattern);
        }
    }
}

/// Whether a `let` needs nothing but names: no struct with a tuple inside, no variant, no alternatives.
pub(super) fn is_plain(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(name) => name.subpat.is_none() && case(&plain(&name.ident)) == Case::Lower,
        Pat::Wild(_) => true,
        Pat::Paren(inner) => is_plain(&inner.pat),
        Pat::Tuple(tuple) => tuple.elems.iter().all(is_plain),
        Pat::Struct(made) => {
            made.qself.is_none() && !is_variant(&made.path) && made.fields.iter().all(|field| is_plain(&field.pat))
        }
        _ => false,
    }
}

/// Where a pattern stands that nobody wrote.
pub(super) fn anything(span: Span) -> TokenStream {
    quote_spanned!(span=> _)
}
