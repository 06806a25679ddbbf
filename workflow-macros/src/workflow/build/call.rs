//! What makes states: steps' calls, groups, `try_join!`, `sleep`.

use proc_macro2::Span;
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Path, Token};

use super::super::codes;
use super::super::model::{Attributes, Call, Expr, ExprKind, Fields, Unit};
use super::expr::{Case, case};
use super::foreign::is_named;
use super::map::is_map;
use super::refuse::{STEP, shown};
use super::{Builder, Place, brace, first_token, start};
use crate::hygiene::plain;

/// Functions of other crates that people try, by their last name.
const WAITING_ELSEWHERE: [&str; 2] = ["spawn_blocking", "select"];

impl Builder {
    /// `.. .await`
    pub(super) fn awaited(&mut self, awaited: &syn::ExprAwait, place: Place) -> Expr {
        let end = awaited.await_token.span;
        match &*awaited.base {
            syn::Expr::Call(call) => {
                let built = self.awaited_call(call, end, place);
                self.with_attributes(&call.attrs, built)
            }
            syn::Expr::Async(group) => {
                let built = self.group(group, place);
                self.with_attributes(&group.attrs, built)
            }
            syn::Expr::Macro(made) if is_try_join(&made.mac.path) => {
                self.fault(&awaited.await_token, codes::AWAIT_TOO_MANY, "`try_join!` waits by itself")
                    .help("remove `.await`: `try_join!(a(..), b(..))?`");
                Expr::poison(end)
            }
            syn::Expr::Macro(made) if is_named(&made.mac.path, "raw_state") => {
                let built = self.raw_state(&made.mac, end, place);
                self.with_attributes(&made.attrs, built)
            }
            syn::Expr::MethodCall(call) => {
                let name = &call.method;
                self.fault(name, codes::OUTSIDE, format!("async method `{name}` cannot be called in a workflow"))
                    .help(STEP);
                Expr::poison(end)
            }
            other if self.was_refused(other) => Expr::poison(end),
            other => {
                self.fault(&awaited.await_token, codes::AWAIT_TOO_MANY, "`.await` on something that does not wait")
                    .help("`.await` follows a step's call or an `async` block: remove it here");
                self.pure(other);
                Expr::poison(end)
            }
        }
    }

    fn with_attributes(&mut self, attributes: &[syn::Attribute], mut built: Expr) -> Expr {
        self.attach(attributes, &mut built);
        built
    }

    fn awaited_call(&mut self, call: &syn::ExprCall, end: Span, place: Place) -> Expr {
        let span = start(&call.func);
        let syn::Expr::Path(function) = &*call.func else {
            return self.outside(&call.func, "a call of something that has no name");
        };
        let path = &function.path;
        let Some(last) = path.segments.last() else { return Expr::poison(span) };
        let name = plain(&last.ident);
        if let Some(refused) = self.not_a_step(call, path, &name) {
            return refused;
        }
        if !self.may_run(place, &format!("{}(..).await", shown(path)), path) {
            if !is_map(path) {
                self.all(&call.args);
            }
            return Expr::poison(span);
        }
        if name == "sleep" || name == "sleep_until" {
            return self.sleep(call, path, &name);
        }
        if is_map(path) {
            return self.map_call(call, path, place);
        }
        if name == "spawn" {
            return self.spawn(call, path, end, place);
        }
        if name == "compensate" {
            return self.compensate_call(call, path, place);
        }
        self.arguments += 1;
        let arguments = self.all(&call.args);
        self.arguments -= 1;
        if place == Place::Value {
            self.fault(path, codes::RESULT_KEPT, format!("the `Result` of `{name}(..)` is kept as a value"))
                .help(format!("write `{name}(..).await?`, or `match` on it here"));
            return Expr::poison(span);
        }
        let call = Call {
            path: path.clone(),
            arguments,
            paren: call.paren_token,
            end,
            spawn: None,
            attributes: Attributes::default(),
        };
        Expr::new(ExprKind::Call(Box::new(call)), last.ident.span())
    }

    /// What is awaited but can be no step.
    fn not_a_step(&mut self, call: &syn::ExprCall, path: &Path, name: &str) -> Option<Expr> {
        let span = start(path);
        let first = path.segments.first().map(|segment| plain(&segment.ident)).unwrap_or_default();
        let elsewhere =
            path.segments.len() > 1 && ["tokio", "std", "futures", "futures_util"].contains(&first.as_str());
        if elsewhere || WAITING_ELSEWHERE.contains(&name) {
            let help = match super::elsewhere::instead(path, &call.args) {
                Some(help) => help,
                None if name == "sleep" => "write `sleep(secs(..)).await` with the prelude's `sleep`".to_owned(),
                None => STEP.to_owned(),
            };
            self.fault(path, codes::OUTSIDE, format!("`{}` cannot be called in a workflow", shown(path))).help(help);
            return Some(Expr::poison(span));
        }
        if super::expr::is_variant(path) {
            let function = shown(path);
            self.fault(
                path,
                codes::OUTSIDE,
                format!("`{function}(..)`, a function of a type, cannot be called in a workflow"),
            )
            .help(STEP);
            return Some(Expr::poison(span));
        }
        if case(name) != Case::Lower {
            self.fault(&first_token(path), codes::AWAIT_TOO_MANY, format!("`{}(..)` does not wait", shown(path)))
                .help("a step or workflow is called by its function's name, `ship_flow(..).await?`; on anything else remove `.await`");
            self.all(&call.args);
            return Some(Expr::poison(span));
        }
        None
    }

    /// Whether a state may stand here; says so where not.
    pub(super) fn may_run(&self, place: Place, name: &str, tokens: &impl ToTokens) -> bool {
        let in_closure = self.inside.last() == Some(&"a closure");
        if place == Place::Pure || in_closure {
            self.fault(tokens, codes::NESTED_CALL, format!("`{name}` runs inside an expression"))
                .help(if in_closure {
                    String::from(
                        "for a step for each item write `try_map(items, async |item| { .. }).await?`, or a `for`",
                    )
                } else if self.in_while {
                    format!("write `loop {{ let value = {name}?; if .. {{ break; }} .. }}`")
                } else {
                    format!("bind its value first: `let value = {name}?;`")
                })
                .note("every call is a state of its own, with its own retries and its own place in the history");
        }
        place != Place::Pure && !in_closure
    }

    /// `f(..)` without `.await`.
    pub(super) fn call(&mut self, call: &syn::ExprCall, place: Place) -> Expr {
        let span = start(&call.func);
        let syn::Expr::Path(function) = &*call.func else {
            return self.outside(&call.func, "a call of something that has no name");
        };
        let path = &function.path;
        let Some(last) = path.segments.last() else { return Expr::poison(span) };
        let name = plain(&last.ident);
        match (super::words::std_variant(path).unwrap_or_default(), case(&name)) {
            ("Ok", _) => self.ok(call, path, place),
            ("Err", _) => self.err(call, path, place),
            ("Some", _) if let (Some(value), 1) = (call.args.first(), call.args.len()) => {
                Expr::new(ExprKind::Some(path.clone(), Box::new(self.pure(value)), call.paren_token), span)
            }
            (_, Case::Camel | Case::Screaming) => {
                let fields = Fields::Tuple(self.all(&call.args), call.paren_token);
                Expr::new(ExprKind::Variant { path: path.clone(), fields }, span)
            }
            (_, Case::Lower) => self.plain_call(call, path, &name),
        }
    }

    fn plain_call(&mut self, call: &syn::ExprCall, path: &Path, name: &str) -> Expr {
        let span = start(path);
        if name == "task_token" {
            return self.task_token(call, path);
        }
        if let Some(map) = self.map_literal(call, path) {
            return map;
        }
        if path.get_ident().is_some() && self.was_refused(&call.func) {
            return Expr::poison(span);
        }
        let shown = shown(path);
        if let Some(help) = super::elsewhere::instead(path, &call.args) {
            self.fault(path, codes::OUTSIDE, format!("`{shown}(..)` cannot stand in a workflow")).help(help);
            return Expr::poison(span);
        }
        if let Some(default) = Self::default_of_type(call, path) {
            return default;
        }
        if let Some(made) = self.function(call, path, name) {
            return made;
        }
        let first = path.segments.first().map(|segment| plain(&segment.ident)).unwrap_or_default();
        if path.segments.len() > 1 && ["tokio", "std", "futures", "futures_util"].contains(&first.as_str()) {
            let help = match name {
                "sleep" => "write `sleep(secs(..)).await` with the prelude's `sleep`",
                "spawn" => {
                    "write `try_join!(a(..), b(..))?` or `try_map(..)`; `spawn(..)` of the prelude starts a workflow"
                }
                _ => STEP,
            };
            self.fault(path, codes::OUTSIDE, format!("`{shown}` cannot be called in a workflow")).help(help);
            return Expr::poison(span);
        }
        if is_map(path) {
            self.fault(path, codes::AWAIT_MISSING, format!("`{shown}(..)` is called without `.await`"))
                .help(format!("write `{shown}(items, async |item| {{ .. }}).await?`"));
        } else if name == "sleep" || name == "sleep_until" || name == "spawn" {
            self.fault(path, codes::AWAIT_MISSING, format!("`{shown}(..)` is called without `.await`"))
                .help(format!("write `{shown}(..).await;`"));
        } else if name == "compensate" {
            self.fault(path, codes::AWAIT_MISSING, format!("`{shown}()` is called without `.await`"))
                .help(format!("write `{shown}().await;`"));
        } else if name == "context" {
            self.fault(path, codes::OUTSIDE, "`context()` as a whole cannot stand in a workflow")
                .help("take a field of it: `context().execution_id`");
        } else if super::expr::is_variant(path) || super::words::is_of_number(path) {
            let help = match (shown.as_str(), call.args.first()) {
                (_, Some(text)) if shown.ends_with("::from") => {
                    format!("write `{}` as it is, or with `as`", self::shown(text))
                }
                _ => String::from(STEP),
            };
            self.fault(path, codes::OUTSIDE, format!("`{shown}(..)` cannot stand in a workflow")).help(help);
        } else {
            if shown == "drop" {
                self.fault(path, codes::OUTSIDE, "`drop` cannot stand in a workflow")
                    .help("remove it: values are copied from state to state, and nothing is held open");
                return Expr::poison(span);
            }
            self.fault(path, codes::AWAIT_MISSING, format!("`{shown}(..)` is called without `.await`")).help(format!(
                "write `{shown}(..).await?` for a step; a plain function's work belongs into a `#[step]`"
            ));
            self.all(&call.args);
        }
        Expr::poison(span)
    }

    /// `value?`
    pub(super) fn attempt(&mut self, attempt: &syn::ExprTry, place: Place) -> Expr {
        let span = start(&attempt.question_token);
        let inner = peel(&attempt.expr);
        let stateful = matches!(inner, syn::Expr::Await(_) | syn::Expr::Call(_) | syn::Expr::Macro(_));
        let waits = match inner {
            syn::Expr::Await(awaited) => !is_sleep(&awaited.base) && !super::undo::is_compensate(&awaited.base),
            syn::Expr::Call(call) => is_lower_call(call),
            syn::Expr::Macro(made) => is_try_join(&made.mac.path),
            syn::Expr::Async(_) => true,
            _ => false,
        };
        if let syn::Expr::MethodCall(call) = inner
            && (matches!(peel(&call.receiver), syn::Expr::Await(_))
                || ["ok_or", "ok_or_else"].iter().any(|it| call.method == it))
        {
            // The method is what must go.
            return self.expr(inner, Place::Pure);
        }
        if super::parsed::is_parse(inner) {
            self.fault(
                &attempt.question_token,
                codes::OUTSIDE,
                "`?` after `parse()` says nothing of how the workflow fails",
            )
            .help("say what it fails with: `text.parse::<i64>().map_err(|_| OrderFailure::NoNumber)?`");
            return Expr::poison(span);
        }
        if !waits {
            let what = match inner {
                syn::Expr::Await(awaited) if is_sleep(&awaited.base) => "`sleep`",
                syn::Expr::Await(_) => "`compensate`",
                // The macro is what must go.
                syn::Expr::Macro(_) => return self.expr(inner, Place::Pure),
                inner if self.was_refused(inner) => return Expr::poison(span),
                _ if stateful => "this call",
                _ => "this expression",
            };
            return self.no_result_before(&attempt.question_token, what);
        }
        if place == Place::Pure && self.may_hoist() {
            let value = self.expr(&attempt.expr, Place::Raw);
            if matches!(value.kind, ExprKind::Poison) {
                return value;
            }
            let (name, first) = (called(inner), start(&attempt.expr));
            return self.hoist(Expr::new(ExprKind::Try(Box::new(value), attempt.question_token), first), &name);
        }
        let place = if place == Place::Pure { Place::Pure } else { Place::Raw };
        let value = self.expr(&attempt.expr, place);
        Expr::new(ExprKind::Try(Box::new(value), attempt.question_token), span)
    }

    fn group(&mut self, group: &syn::ExprAsync, place: Place) -> Expr {
        let span = group.async_token.span;
        if !self.may_run(place, "async { .. }.await", &group.async_token) {
            return Expr::poison(span);
        }
        if place == Place::Value {
            self.fault(&group.async_token, codes::RESULT_KEPT, "the `Result` of this group is kept as a value")
                .help("write `async { .. }.await?`, or `match` on it here");
            return Expr::poison(span);
        }
        self.group_body(group, super::scope::GROUP)
    }

    fn group_body(&mut self, group: &syn::ExprAsync, what: &'static str) -> Expr {
        self.inside.push(what);
        let body = self.block(&group.block.stmts, Place::Result, brace(&group.block));
        self.inside.pop();
        Expr::new(ExprKind::Group { body, attributes: Attributes::default() }, group.async_token.span)
    }

    /// `try_join!(..)`, after its name was seen.
    pub(super) fn try_join(&mut self, made: &syn::Macro, place: Place) -> Expr {
        let span = start(&made.path);
        if !self.may_run(place, "try_join!(..)", &made.path) {
            return Expr::poison(span);
        }
        if place == Place::Value {
            self.fault(&made.path, codes::RESULT_KEPT, "the `Result` of `try_join!` is kept as a value")
                .help("write `try_join!(..)?`, or `match` on it here");
        }
        let branches = match Punctuated::<syn::Expr, Token![,]>::parse_terminated.parse2(made.tokens.clone()) {
            Ok(branches) => branches,
            Err(error) => {
                self.sink.syntax(error);
                return Expr::poison(span);
            }
        };
        if branches.is_empty() {
            self.fault(&made.path, codes::EMPTY_JOIN, "`try_join!` has no branches")
                .help("write `try_join!(a(..), b(..))?`");
        }
        let branches = branches.iter().map(|branch| self.branch(branch)).collect();
        Expr::new(ExprKind::TryJoin { branches, attributes: Attributes::default() }, span)
    }

    fn branch(&mut self, branch: &syn::Expr) -> Expr {
        let mut built = match branch {
            syn::Expr::Async(group) => self.group_body(group, "a branch of `try_join!`"),
            syn::Expr::Call(call) if is_lower_call(call) => {
                self.inside.push("a branch of `try_join!`");
                let built = self.awaited_call(call, call.paren_token.span.close(), Place::Raw);
                self.inside.pop();
                built
            }
            syn::Expr::Await(awaited) => {
                self.fault(&awaited.await_token, codes::AWAIT_TOO_MANY, "a branch of `try_join!` is not awaited")
                    .help("remove `.await`: `try_join!` waits for all of its branches");
                Expr::poison(start(branch))
            }
            other if self.was_refused(other) => Expr::poison(start(branch)),
            other => {
                self.fault(other, codes::OUTSIDE, "a branch of `try_join!` is a step's call or an `async` block")
                    .help("write `try_join!(a(..), async { .. })?`");
                Expr::poison(start(branch))
            }
        };
        self.attach(super::attributes::of(branch), &mut built);
        built
    }

    fn sleep(&mut self, call: &syn::ExprCall, path: &Path, name: &str) -> Expr {
        let span = start(path);
        let attributes = Attributes::default();
        let (Some(argument), 1) = (call.args.first(), call.args.len()) else {
            self.fault(path, codes::DURATION, format!("`{name}` takes one argument")).help(sleep_help(name));
            return Expr::poison(span);
        };
        if name == "sleep_until" {
            let until = Box::new(self.pure(argument));
            return Expr::new(ExprKind::SleepUntil { path: path.clone(), until, attributes, is_length: false }, span);
        }
        if let syn::Expr::Call(duration) = peel(argument)
            && let syn::Expr::Path(function) = &*duration.func
            && let Some(last) = function.path.segments.last()
            && let Some(amount) = duration.args.first()
        {
            if let Some(unit) = Unit::named(&plain(&last.ident)) {
                if let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(number), .. }) = peel(amount)
                    && let Ok(number) = number.base10_parse::<u64>()
                {
                    self.express_sleep(number.saturating_mul(unit.seconds().unsigned_abs()), start(amount));
                }
                let (unit_path, amount) = (function.path.clone(), Box::new(self.pure(amount)));
                let kind = ExprKind::Sleep { path: path.clone(), unit, unit_path, amount, attributes };
                return Expr::new(kind, span);
            }
            if plain(&last.ident).contains("milli")
                || plain(&last.ident).contains("micro")
                || plain(&last.ident).contains("nano")
            {
                self.fault(&function.path, codes::DURATION, format!("`{}` is below a second", shown(&function.path)))
                    .help("write `sleep(secs(..)).await`: Step Functions counts whole seconds");
                return Expr::poison(span);
            }
        }
        if matches!(peel(argument), syn::Expr::Lit(_)) {
            self.fault(argument, codes::DURATION, "`sleep` takes a `Duration`").help(sleep_help(name));
            return Expr::poison(span);
        }
        let until = Box::new(self.pure(argument));
        Expr::new(ExprKind::SleepUntil { path: path.clone(), until, attributes, is_length: true }, span)
    }
}

/// What the value of a call inside an expression is called.
fn called(expr: &syn::Expr) -> String {
    let path = match expr {
        syn::Expr::Await(awaited) => match &*awaited.base {
            syn::Expr::Call(call) => match &*call.func {
                syn::Expr::Path(path) => Some(&path.path),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    path.and_then(|path| path.segments.last()).map_or_else(|| String::from("value"), |last| plain(&last.ident))
}

/// Whether the statement's state is a group or join.
pub(super) fn makes_group(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Group { .. } | ExprKind::TryJoin { .. } => true,
        ExprKind::Try(inner, _)
        | ExprKind::Paren(inner, _)
        | ExprKind::Ok(_, inner, _)
        | ExprKind::Return(_, Some(inner)) => makes_group(inner),
        ExprKind::Match(made) => makes_group(&made.scrutinee),
        _ => false,
    }
}

fn sleep_help(name: &str) -> &'static str {
    if name == "sleep" { "write `sleep(mins(5)).await`" } else { "write `sleep_until(order.ship_at).await`" }
}

pub(super) fn is_sleep(expr: &syn::Expr) -> bool {
    matches!(expr, syn::Expr::Call(call) if matches!(&*call.func, syn::Expr::Path(path)
        if path.path.segments.last().is_some_and(|last| last.ident == "sleep" || last.ident == "sleep_until")))
}

/// A call of something whose name is a function's.
pub(super) fn is_lower_call(call: &syn::ExprCall) -> bool {
    matches!(&*call.func, syn::Expr::Path(path)
        if path.path.segments.last().is_some_and(|last| case(&plain(&last.ident)) == Case::Lower))
}

/// `try_join!`, also where it is called by another crate's path.
pub(super) fn is_try_join(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| last.ident == "try_join")
}

/// Without the parentheses around it.
pub(super) fn peel(expr: &syn::Expr) -> &syn::Expr {
    match expr {
        syn::Expr::Paren(paren) => peel(&paren.expr),
        syn::Expr::Group(group) => peel(&group.expr),
        other => other,
    }
}

impl Unit {
    /// `mins`, also `Duration::from_mins`.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "secs" | "from_secs" => Self::Seconds,
            "mins" | "from_mins" => Self::Minutes,
            "hours" | "from_hours" => Self::Hours,
            "days" => Self::Days,
            _ => return None,
        })
    }
}
