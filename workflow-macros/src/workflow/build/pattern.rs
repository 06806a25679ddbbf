//! Patterns: of `let`, of a `match` on a `Result`, and inside its failures.

use quote::ToTokens;
use syn::{Ident, Pat};

use super::super::codes;
use super::super::model::{BoundFields, FailurePattern, Pattern, ResultPattern};
use super::expr::{Case, case};
use super::refuse::shown;
use super::{Builder, start};
use crate::hygiene::plain;

impl Builder {
    /// A pattern that always matches.
    pub(super) fn pattern(&mut self, pattern: &Pat) -> Pattern {
        let span = start(pattern);
        match pattern {
            Pat::Ident(name) => {
                self.declare(&name.ident);
                if let Some(keyword) = &name.by_ref {
                    self.fault(keyword, codes::OUTSIDE, "`ref` cannot stand in a workflow")
                        .help("leave it out: values are copied from state to state");
                } else if name.subpat.is_some() || case(&plain(&name.ident)) != Case::Lower {
                    self.refutable(pattern);
                }
                match name.mutability {
                    Some(keyword) => Pattern::Mutable(keyword, name.ident.clone()),
                    None => Pattern::Bind(name.ident.clone()),
                }
            }
            Pat::Wild(_) => Pattern::Wildcard(span),
            Pat::Paren(inner) => self.pattern(&inner.pat),
            Pat::Reference(inner) if inner.mutability.is_none() => {
                Pattern::Reference(inner.and_token, Box::new(self.pattern(&inner.pat)))
            }
            Pat::Tuple(tuple) => {
                let parts = tuple.elems.iter().map(|part| self.pattern(part)).collect();
                Pattern::Tuple(parts, tuple.paren_token)
            }
            Pat::Struct(made) if made.qself.is_none() => Pattern::Struct {
                path: made.path.clone(),
                fields: self.field_patterns(made),
                rest: made.rest.is_some(),
            },
            other => {
                self.refutable(other);
                Pattern::Wildcard(span)
            }
        }
    }

    fn field_patterns(&mut self, made: &syn::PatStruct) -> Vec<(Ident, Pattern)> {
        let mut fields = Vec::new();
        for field in &made.fields {
            let pattern = self.pattern(&field.pat);
            if let syn::Member::Named(name) = &field.member {
                fields.push((name.clone(), pattern));
            }
        }
        fields
    }

    fn refutable(&self, pattern: &Pat) {
        self.fault(pattern, codes::VALUE_PATTERN, format!("pattern `{}` cannot stand here", shown(pattern))).help(
            "bind a name, a tuple of names or a struct's fields, and take it apart with `let` or `match` in the body",
        );
    }

    /// The pattern of an arm.
    pub(super) fn result_pattern(&mut self, pattern: &Pat) -> Option<ResultPattern> {
        match pattern {
            Pat::Wild(_) => Some(ResultPattern::Any),
            Pat::Paren(inner) => self.result_pattern(&inner.pat),
            Pat::Or(either) => {
                let mut failures = Vec::new();
                for case in &either.cases {
                    match self.result_pattern(case)? {
                        ResultPattern::Err(inner) => failures.extend(inner),
                        ResultPattern::Ok(_) | ResultPattern::Any => {
                            self.unfit(case, "`Ok(..)` and `Err(..)` in one arm", "write an arm for each");
                            return None;
                        }
                    }
                }
                self.alternatives(pattern, &failures);
                Some(ResultPattern::Err(failures))
            }
            Pat::TupleStruct(made) => {
                let last = made.path.segments.last().map(|last| plain(&last.ident)).unwrap_or_default();
                match (last.as_str(), made.elems.first(), made.elems.len()) {
                    ("Ok", Some(inner), 1) => Some(ResultPattern::Ok(self.value_pattern(inner))),
                    ("Err", Some(inner), 1) => {
                        let failures = self.failures(inner)?;
                        self.alternatives(inner, &failures);
                        Some(ResultPattern::Err(failures))
                    }
                    _ => self.no_result(pattern),
                }
            }
            Pat::Ident(name) if case(&plain(&name.ident)) == Case::Lower => {
                self.unfit(name, "a name for the whole `Result`", "write `Ok(value)` and `Err(failure)`");
                None
            }
            other => self.no_result(other),
        }
    }

    fn no_result(&self, pattern: &Pat) -> Option<ResultPattern> {
        let what = format!("`{}`", shown(pattern));
        self.unfit(pattern, &what, "write `Ok(value)`, `Err(failure)` or `_`: what is matched is a `Result`");
        None
    }

    fn unfit(&self, tokens: &impl ToTokens, what: &str, help: &str) {
        self.fault(tokens, codes::PATTERN, format!("{what} cannot be matched here")).help(help);
    }

    /// Alternatives that bind would have to bind alike; a catcher cannot.
    fn alternatives(&self, pattern: &Pat, failures: &[FailurePattern]) {
        if failures.len() > 1 && failures.iter().any(FailurePattern::binds) {
            self.unfit(pattern, "alternatives that bind", "bind nothing here, or write an arm for each");
        }
    }

    fn failures(&mut self, pattern: &Pat) -> Option<Vec<FailurePattern>> {
        match pattern {
            Pat::Paren(inner) => self.failures(&inner.pat),
            Pat::Or(either) => {
                let mut all = Vec::new();
                for case in &either.cases {
                    all.extend(self.failures(case)?);
                }
                Some(all)
            }
            Pat::Wild(_) => Some(vec![FailurePattern::All(None)]),
            Pat::Ident(name) if case(&plain(&name.ident)) == Case::Lower => {
                self.plain_name(name)?;
                Some(vec![FailurePattern::All(Some(name.ident.clone()))])
            }
            Pat::TupleStruct(made) => match (last(&made.path).as_str(), made.elems.first(), made.elems.len()) {
                ("Failed", Some(inner), 1) => self.failed(inner),
                ("Other", Some(inner), 1) => self.other(inner),
                _ => self.no_failure(pattern),
            },
            Pat::Ident(name) => self.failure_by_name(&plain(&name.ident), pattern),
            Pat::Path(path) => self.failure_by_name(&last(&path.path), pattern),
            Pat::Struct(made) if made.fields.is_empty() => self.failure_by_name(&last(&made.path), pattern),
            other => self.no_failure(other),
        }
    }

    fn failure_by_name(&self, name: &str, pattern: &Pat) -> Option<Vec<FailurePattern>> {
        match name {
            "TimedOut" => Some(vec![FailurePattern::TimedOut]),
            "HeartbeatTimedOut" => Some(vec![FailurePattern::HeartbeatTimedOut]),
            _ => self.no_failure(pattern),
        }
    }

    fn no_failure(&self, pattern: &Pat) -> Option<Vec<FailurePattern>> {
        let shown = shown(pattern);
        let help = match pattern {
            Pat::TupleStruct(_) | Pat::Path(_) | Pat::Struct(_) => {
                format!("write `Err(Failed({shown}))`: what the step declares stands inside `Failed`")
            }
            _ => String::from("write `Failed(..)`, `TimedOut`, `HeartbeatTimedOut`, `Other(..)` or a name"),
        };
        self.unfit(pattern, &format!("`{shown}`"), &help);
        None
    }

    /// Inside `Failed(..)`.
    fn failed(&mut self, pattern: &Pat) -> Option<Vec<FailurePattern>> {
        let variant = |path: &syn::Path, fields| vec![FailurePattern::Variant { path: path.clone(), fields }];
        match pattern {
            Pat::Paren(inner) => self.failed(&inner.pat),
            Pat::Or(either) => {
                let mut all = Vec::new();
                for case in &either.cases {
                    all.extend(self.failed(case)?);
                }
                Some(all)
            }
            Pat::Wild(_) | Pat::Rest(_) => Some(vec![FailurePattern::Failed(None)]),
            Pat::Ident(name) if case(&plain(&name.ident)) == Case::Lower => {
                self.plain_name(name)?;
                Some(vec![FailurePattern::Failed(Some(name.ident.clone()))])
            }
            Pat::Ident(name) => Some(variant(&name.ident.clone().into(), BoundFields::Unit)),
            Pat::Path(path) => Some(variant(&path.path, BoundFields::Unit)),
            Pat::TupleStruct(made) => {
                let ignored = made.elems.iter().all(|inner| matches!(inner, Pat::Wild(_) | Pat::Rest(_)));
                let fields = if ignored {
                    BoundFields::TupleRest
                } else {
                    BoundFields::Tuple(made.elems.iter().map(|inner| self.value_pattern(inner)).collect())
                };
                Some(variant(&made.path, fields))
            }
            Pat::Struct(made) => {
                let fields = match self.named_patterns(made) {
                    fields if fields.is_empty() => BoundFields::StructRest,
                    fields => BoundFields::Struct(fields),
                };
                Some(variant(&made.path, fields))
            }
            other => {
                self.unfit(
                    other,
                    &format!("`{}`", shown(other)),
                    "name a variant: `Failed(OrderError::Invalid(reason))`",
                );
                None
            }
        }
    }

    /// `Other(..)`
    fn other(&self, pattern: &Pat) -> Option<Vec<FailurePattern>> {
        match pattern {
            Pat::Wild(_) | Pat::Rest(_) => Some(vec![FailurePattern::Other(None)]),
            Pat::Ident(name) if case(&plain(&name.ident)) == Case::Lower => {
                self.plain_name(name)?;
                Some(vec![FailurePattern::Other(Some(name.ident.clone()))])
            }
            other => {
                self.unfit(other, &format!("`{}`", shown(other)), "bind a name or write `_`");
                None
            }
        }
    }

    fn plain_name(&self, name: &syn::PatIdent) -> Option<()> {
        if name.by_ref.is_some() || name.mutability.is_some() || name.subpat.is_some() {
            self.unfit(name, &format!("`{}`", shown(name)), "bind a plain name");
            return None;
        }
        Some(())
    }
}

impl FailurePattern {
    fn binds(&self) -> bool {
        match self {
            Self::Variant { fields: BoundFields::Tuple(_) | BoundFields::Struct(_), .. } => true,
            Self::Failed(name) | Self::Other(name) | Self::All(name) => name.is_some(),
            Self::Variant { .. } | Self::TimedOut | Self::HeartbeatTimedOut => false,
        }
    }
}

fn last(path: &syn::Path) -> String {
    path.segments.last().map(|last| plain(&last.ident)).unwrap_or_default()
}
