//! `#[state]`, `#[retry]`, `#[timeout]`, `#[heartbeat]`, doc comments and `#[compensate]` inside a body.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Attribute, LitStr, Meta};

use super::super::codes;
use super::super::model::{Attributes, Expr, ExprKind, LoopKind};
use super::refuse::shown;
use super::{Builder, start};
use crate::diag::{listed, similar};
use crate::hygiene;
use crate::step::retry::Retry;
use crate::step::{check, duration, retry};

const NAMES: [&str; 5] = ["compensate", "heartbeat", "retry", "state", "timeout"];

/// The longest name that Step Functions takes.
const NAME_MAX: usize = 80;

fn is_known(name: &str) -> bool {
    name == "doc" || NAMES.contains(&name) || super::map_attributes::ATTRIBUTES.contains(&name)
}

impl Builder {
    /// Gives attributes to the one state that their statement makes.
    pub(super) fn attach(&mut self, attributes: &[Attribute], expr: &mut Expr) {
        if attributes.is_empty() {
            return;
        }
        let read = self.attributes(attributes);
        if matches!(expr.kind, ExprKind::Poison) {
            return;
        }
        let is_map = super::map::makes_map(expr);
        let is_group = super::call::makes_group(expr);
        let Some(target) = target(expr) else {
            // One that means nothing anywhere was told.
            if !attributes.iter().any(|attribute| is_known(&shown(attribute.path()))) {
                return;
            }
            self.fault(&attribute_tokens(attributes), codes::ATTRIBUTE_PLACE, "this statement makes no state")
                .help("put the attribute on a step's call, a group, `if`, `while`, `for`, `sleep` or `return Err(..)`; for a remark write `//`");
            return;
        };
        let (is_call, slot) = target;
        self.map_attributes_fit(&read, is_map);
        if is_group {
            self.group_retry_fits(&read);
        }
        if !is_call {
            let misplaced = [
                read.retry_span.filter(|_| is_map.is_none() && !is_group).map(|span| (span, "retry")),
                read.timeout.map(|(_, span)| (span, "timeout")),
                read.heartbeat.map(|(_, span)| (span, "heartbeat")),
            ];
            for (span, name) in misplaced.into_iter().flatten() {
                self.fault_at(
                    span,
                    codes::ATTRIBUTE_PLACE,
                    format!("`#[{name}]` stands on a statement that calls no step"),
                )
                .help("put it on a step's call");
            }
        }
        let merged = self.merge(slot, read, attributes);
        *slot = merged;
        if is_call {
            self.express_call_timeout(slot.timeout);
            self.heartbeat_fits(slot);
        }
    }

    fn merge(&self, inner: &Attributes, outer: Attributes, tokens: &[Attribute]) -> Attributes {
        let twice = (inner.state.is_some() && outer.state.is_some())
            || (!inner.retry.is_empty() && !outer.retry.is_empty())
            || (inner.timeout.is_some() && outer.timeout.is_some())
            || (inner.heartbeat.is_some() && outer.heartbeat.is_some());
        if twice {
            self.fault(&attribute_tokens(tokens), codes::ATTRIBUTE, "the statement and its call say the same twice")
                .help("keep one of them");
        }
        Attributes {
            state: inner.state.clone().or(outer.state),
            comment: inner.comment.clone().or(outer.comment),
            retry: if inner.retry.is_empty() { outer.retry } else { inner.retry.clone() },
            retry_span: inner.retry_span.or(outer.retry_span),
            timeout: inner.timeout.or(outer.timeout),
            heartbeat: inner.heartbeat.or(outer.heartbeat),
            map: self.merge_map_attributes(&inner.map, outer.map),
        }
    }

    fn heartbeat_fits(&self, attributes: &Attributes) {
        if let (Some((timeout, _)), Some((heartbeat, span))) = (attributes.timeout, attributes.heartbeat)
            && heartbeat >= timeout
        {
            self.fault_at(
                span,
                codes::HEARTBEAT,
                format!("a heartbeat of {heartbeat}s is not shorter than the timeout of {timeout}s"),
            )
            .help("make the heartbeat shorter than the timeout, or leave it out");
        }
    }

    fn attributes(&mut self, attributes: &[Attribute]) -> Attributes {
        let mut read = Attributes::default();
        let doc = hygiene::doc(attributes);
        for attribute in attributes {
            let name = shown(attribute.path());
            let twice = match name.as_str() {
                "state" => read.state.is_some(),
                "timeout" => read.timeout.is_some(),
                "heartbeat" => read.heartbeat.is_some(),
                _ => false,
            };
            if twice {
                self.fault(&attribute.meta, codes::ATTRIBUTE, format!("`#[{name}]` stands there twice"))
                    .help("keep one of them");
            }
            match name.as_str() {
                "doc" => read.comment = Some((doc.clone(), start(&attribute.meta))),
                "state" => {
                    read.state = self.text(attribute, "state = \"NotifyAgain\"");
                    if let Some(name) = &read.state {
                        self.state_name(name, "a state");
                    }
                }
                "timeout" => {
                    read.timeout =
                        self.text(attribute, "timeout = \"30s\"").and_then(|text| self.duration(&text, "timeout"));
                }
                "heartbeat" => {
                    read.heartbeat =
                        self.text(attribute, "heartbeat = \"10s\"").and_then(|text| self.duration(&text, "heartbeat"));
                }
                "retry" => {
                    read.retry_span = read.retry_span.or(Some(start(attribute.path())));
                    read.retry.extend(self.retry(attribute));
                }
                "compensate" => {
                    self.fault(
                        attribute.path(),
                        codes::COMPENSATE,
                        "`#[compensate(..)]` stands on something that is no `let`",
                    )
                    .help("put it on `let payment = charge_payment(order).await?;`");
                }
                _ if super::map_attributes::ATTRIBUTES.contains(&name.as_str()) => {
                    let made = self.map_attribute(attribute, &name);
                    read.map = self.merge_map_attributes(&read.map, made);
                }
                _ => self.unknown_attribute(attribute, &name),
            }
        }
        check::retries(&read.retry, None, None, &self.sink);
        read
    }

    fn retry(&self, attribute: &Attribute) -> Option<Retry> {
        let Meta::List(list) = &attribute.meta else {
            self.fault(&attribute.meta, codes::ATTRIBUTE, "`#[retry]` has another form")
                .help("write `#[retry(on(TimedOut), interval = \"2s\", max_attempts = 3)]`");
            return None;
        };
        retry::parse(list.tokens.clone(), &attribute.meta.to_token_stream(), &self.sink.child())
    }

    fn unknown_attribute(&self, attribute: &Attribute, name: &str) {
        let fault =
            self.fault(attribute.path(), codes::ATTRIBUTE, format!("attribute `{name}` means nothing in a workflow"));
        match similar(name, NAMES.iter().chain(&super::map_attributes::ATTRIBUTES).copied()) {
            Some(near) => fault.help(format!("an attribute with a similar name exists: `#[{near}]`")),
            None => fault.help(format!("the attributes are {} and doc comments", listed(NAMES))),
        };
    }

    /// `#[name = "text"]` or `#[name("text")]`.
    pub(super) fn text(&self, attribute: &Attribute, form: &str) -> Option<LitStr> {
        let read = match &attribute.meta {
            Meta::NameValue(pair) => syn::parse2(pair.value.to_token_stream()).ok(),
            Meta::List(list) => syn::parse2(list.tokens.clone()).ok(),
            Meta::Path(_) => None,
        };
        if read.is_none() {
            self.fault(&attribute.meta, codes::ATTRIBUTE, format!("`#[{}]` has another form", shown(attribute.path())))
                .help(format!("write `#[{form}]`"));
        }
        read
    }

    pub(super) fn duration(&self, text: &LitStr, what: &str) -> Option<(u64, Span)> {
        duration::whole_seconds(text, what, &self.sink).map(|seconds| (seconds, text.span()))
    }

    /// ASL's and Step Functions' rules for names.
    pub(super) fn state_name(&self, name: &LitStr, what: &str) {
        let text = name.value();
        let length = text.chars().count();
        if length > NAME_MAX {
            self.fault(name, codes::STATE_NAME, format!("the name of {what} has {length} characters"))
                .help(format!("write at most {NAME_MAX}"));
        } else if text.trim().is_empty() || text.trim() != text {
            self.fault(name, codes::STATE_NAME, format!("the name of {what} is empty or begins or ends with a blank"))
                .help("write a name such as `NotifyAgain`");
        } else if let Some(wrong) = text.chars().find(|c| c.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(*c)) {
            self.fault(name, codes::STATE_NAME, format!("the name of {what} contains `{}`", wrong.escape_default()))
                .help("use letters, digits, blanks, `-`, `_` and `.`");
        }
    }
}

fn attribute_tokens(attributes: &[Attribute]) -> proc_macro2::TokenStream {
    attributes.first().map(ToTokens::to_token_stream).unwrap_or_default()
}

/// Whether a statement makes a state that attributes may name.
pub(super) fn makes_state(expr: &mut Expr) -> bool {
    matches!(expr.kind, ExprKind::Poison) || target(expr).is_some()
}

/// Where a statement's attributes go, and whether that is a step's call.
fn target(expr: &mut Expr) -> Option<(bool, &mut Attributes)> {
    match &mut expr.kind {
        ExprKind::Call(call) => Some((true, &mut call.attributes)),
        ExprKind::TryJoin { attributes, .. }
        | ExprKind::Group { attributes, .. }
        | ExprKind::Sleep { attributes, .. }
        | ExprKind::SleepUntil { attributes, .. }
        | ExprKind::If { attributes, .. } => Some((false, attributes)),
        ExprKind::Err(made) => Some((false, &mut made.attributes)),
        ExprKind::Map(made) => Some((false, &mut made.attributes)),
        ExprKind::Loop(made) if matches!(made.kind, LoopKind::While { .. } | LoopKind::For { .. }) => {
            Some((false, &mut made.attributes))
        }
        ExprKind::Assign(made) => target(&mut made.value),
        ExprKind::Foreign(made) => made.state_mut().map(|attributes| (false, attributes)),
        ExprKind::Try(inner, _)
        | ExprKind::Paren(inner, _)
        | ExprKind::Ok(_, inner, _)
        | ExprKind::Return(_, Some(inner))
        | ExprKind::Break(_, _, Some(inner)) => target(inner),
        ExprKind::Match(made) => target(&mut made.scrutinee),
        ExprKind::MatchValue(made) => Some((false, &mut made.attributes)),
        _ => None,
    }
}

/// The attributes of an expression.
pub(super) fn of(expr: &syn::Expr) -> &[Attribute] {
    macro_rules! attrs {
        ($($kind:ident)*) => { match expr { $(syn::Expr::$kind(inner) => &inner.attrs,)* _ => &[] } };
    }
    attrs! {
        Array Assign Async Await Binary Block Break Call Cast Closure Const Continue Field ForLoop If Index Let Lit
        Loop Macro Match MethodCall Paren Path Range Reference Repeat Return Struct Try Tuple Unary Unsafe While
    }
}
