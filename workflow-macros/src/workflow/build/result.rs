//! Where a `Result` is made or taken apart: `Ok`, `Err`, `return`, `match`.

use syn::spanned::Spanned;

use super::super::codes;
use super::super::model::{
    Arm, Attributes, Conversion, ErrReturn, Expr, ExprKind, Failing, FailurePattern, Fields, Match, ResultPattern,
};
use super::super::pattern::MatchForm;
use super::call::{is_lower_call, peel};
use super::choice::is_result;
use super::expr::{Case, case};
use super::refuse::shown;
use super::value_pattern::for_copy;
use super::{Builder, Place, start};
use crate::hygiene::plain;

impl Builder {
    pub(super) fn ok(&mut self, call: &syn::ExprCall, path: &syn::Path, place: Place) -> Expr {
        let span = start(path);
        if place != Place::Result {
            return self.misplaced(path, "Ok");
        }
        let (Some(value), 1) = (call.args.first(), call.args.len()) else {
            self.fault(path, codes::RESULT_PLACE, "`Ok` takes one value").help("write `Ok(())` where there is none");
            return Expr::poison(span);
        };
        let value = Box::new(self.with_own_attributes(value, Place::Value));
        Expr::new(ExprKind::Ok(path.clone(), value, call.paren_token), span)
    }

    fn misplaced(&self, path: &syn::Path, name: &str) -> Expr {
        self.fault(path, codes::RESULT_PLACE, format!("`{name}(..)` as a value cannot stand in a workflow")).help(
            format!("`{name}(..)` ends the workflow, a group or a branch: write `return {name}(..);`, or put it last"),
        );
        Expr::poison(start(path))
    }

    pub(super) fn err(&mut self, call: &syn::ExprCall, path: &syn::Path, place: Place) -> Expr {
        let span = start(path);
        if place != Place::Result {
            return self.misplaced(path, "Err");
        }
        let (Some(value), 1) = (call.args.first(), call.args.len()) else {
            self.fault(path, codes::RESULT_PLACE, "`Err` takes one value")
                .help("write `Err(OrderFailure::Rejected.into())`");
            return Expr::poison(span);
        };
        let (value, conversion) = conversion(peel(value));
        let failure = self.failing(value);
        let made = ErrReturn {
            path: path.clone(),
            paren: call.paren_token,
            failure,
            conversion,
            attributes: Attributes::default(),
        };
        Expr::new(ExprKind::Err(Box::new(made)), span)
    }

    /// What stands in `Err(..)`.
    fn failing(&mut self, value: &syn::Expr) -> Failing {
        match value {
            syn::Expr::Path(path) if path.qself.is_none() => match (path.path.get_ident(), last_case(&path.path)) {
                (Some(name), Case::Lower) => return Failing::Variable(name.clone()),
                (_, Case::Camel | Case::Screaming) => {
                    return Failing::Value { path: path.path.clone(), fields: Fields::Unit };
                }
                _ => {}
            },
            syn::Expr::Call(call) if !is_lower_call(call) => {
                if let syn::Expr::Path(path) = &*call.func {
                    let fields = Fields::Tuple(self.all(&call.args), call.paren_token);
                    return Failing::Value { path: path.path.clone(), fields };
                }
            }
            syn::Expr::Struct(literal) if literal.rest.is_none() => {
                let fields = literal.fields.iter().filter_map(|field| match &field.member {
                    syn::Member::Named(name) => Some((name.clone(), self.pure(&field.expr))),
                    syn::Member::Unnamed(_) => None,
                });
                let fields = Fields::Struct(fields.collect(), literal.brace_token);
                return Failing::Value { path: literal.path.clone(), fields };
            }
            _ => {}
        }
        self.fault(
            value,
            codes::OUTSIDE,
            "`Err(..)` takes a variant of an error enum or a failure that a `match` caught",
        )
        .help("write `Err(OrderFailure::Rejected.into())`, with `#[derive(StepError)]` on `OrderFailure`");
        Failing::Poison
    }

    /// `return ..`
    pub(super) fn give_back(&mut self, made: &syn::ExprReturn, place: Place) -> Expr {
        let span = made.return_token.span;
        if matches!(place, Place::Pure | Place::Raw) {
            self.fault(&made.return_token, codes::OUTSIDE, "`return` inside an expression cannot stand in a workflow")
                .help("make it a statement of its own");
            return Expr::poison(span);
        }
        let Some(value) = &made.expr else {
            self.fault(&made.return_token, codes::RESULT_PLACE, "`return` without a value")
                .help("write `return Ok(());`");
            return Expr::poison(span);
        };
        let value = Box::new(self.with_own_attributes(value, Place::Result));
        Expr::new(ExprKind::Return(made.return_token, Some(value)), span)
    }

    pub(super) fn match_result(&mut self, made: &syn::ExprMatch, place: Place) -> Expr {
        let span = made.match_token.span;
        if place == Place::Raw {
            return self.no_result_before(&made.match_token, "`match`");
        }
        if !is_result(&made.expr) {
            return self.match_value(made, place);
        }
        if place == Place::Pure && self.may_hoist() {
            let value = self.match_result(made, Place::Value);
            return self.hoist(value, "value");
        }
        if place == Place::Pure {
            self.fault(
                &made.match_token,
                codes::NESTED_CALL,
                "`match` on a call inside an expression cannot stand in a workflow",
            )
            .help("bind its value first: `let value = match .. { .. };`");
            return Expr::poison(span);
        }
        let scrutinee = self.expr(&made.expr, Place::Raw);
        let mut arms = Vec::new();
        for arm in &made.arms {
            arms.extend(self.arm(arm, place));
        }
        self.reachable(&arms);
        self.told_apart(&scrutinee, &arms);
        let form = MatchForm::Match(made.match_token);
        Expr::new(ExprKind::Match(Box::new(Match { form, scrutinee, brace: made.brace_token, arms })), span)
    }

    /// What fails in a group, `try_join!` or map may be any step's: it has no declared errors.
    pub(super) fn told_apart(&self, scrutinee: &Expr, arms: &[Arm]) {
        let what = match &scrutinee.kind {
            ExprKind::Group { .. } => "a group",
            ExprKind::TryJoin { .. } => "`try_join!`",
            ExprKind::Map(_) => "a map",
            _ => return,
        };
        for arm in arms {
            let ResultPattern::Err(failures) = &arm.pattern else { continue };
            if failures.iter().any(|failure| !matches!(failure, FailurePattern::All(_))) {
                self.fault(&arm.tokens, codes::PATTERN, format!("{what} does not declare how it fails"))
                    .help("write `Err(failure) if failure.is::<ShopError>() => ..`, or `match` on the step's own call inside")
                    .note("its failure may be that of any step in it");
            }
        }
    }

    fn arm(&mut self, arm: &syn::Arm, place: Place) -> Option<Arm> {
        let span = arm.pat.span();
        let mark = self.mark();
        let (pat, guard) = match &arm.pat {
            syn::Pat::Guard(made) => (&*made.pat, Some((made.if_token, &made.guard))),
            pat => (pat, None),
        };
        let pattern = self.result_pattern(pat);
        let tokens = for_copy(pat);
        let guard = guard.map(|(keyword, condition)| self.guard(keyword, condition));
        let mut body = self.perhaps(|builder| builder.expr(&arm.body, place));
        self.forget(&mark);
        self.attach(&arm.attrs, &mut body);
        Some(Arm { pattern: pattern?, tokens, guard, body, span })
    }

    /// Every arm must be able to take something that no earlier one took.
    fn reachable(&self, arms: &[Arm]) {
        let (mut ok_taken, mut err_taken) = (false, false);
        for arm in arms {
            let unreached = match &arm.pattern {
                ResultPattern::Ok(_) => ok_taken,
                ResultPattern::Err(_) => err_taken,
                ResultPattern::Any => ok_taken && err_taken,
            };
            if unreached {
                self.fault(&arm.tokens, codes::UNREACHABLE, "this arm is never reached")
                    .help("an earlier arm takes everything: move this one before it, or remove it")
                    .note("a catch-all stands last in a state's `Catch`, as in `match`");
            }
            if arm.guard.is_some() {
                continue;
            }
            match &arm.pattern {
                ResultPattern::Ok(pattern) => ok_taken |= pattern.takes_all(),
                ResultPattern::Err(failures) => {
                    err_taken |= failures.iter().any(|failure| matches!(failure, FailurePattern::All(_)));
                }
                ResultPattern::Any => (ok_taken, err_taken) = (true, true),
            }
        }
    }
}

/// `.into()` and `WorkflowError::from(..)` taken off.
fn conversion(value: &syn::Expr) -> (&syn::Expr, Conversion) {
    match value {
        syn::Expr::MethodCall(call) if call.method == "into" && call.args.is_empty() => {
            (peel(&call.receiver), Conversion::Into(call.method.clone(), call.paren_token))
        }
        syn::Expr::Call(call) => match (&*call.func, call.args.first()) {
            (syn::Expr::Path(path), Some(inner)) if shown(&path.path).ends_with("WorkflowError::from") => {
                (peel(inner), Conversion::From(path.path.clone(), call.paren_token))
            }
            _ => (value, Conversion::None),
        },
        _ => (value, Conversion::None),
    }
}

fn last_case(path: &syn::Path) -> Case {
    path.segments.last().map_or(Case::Lower, |last| case(&plain(&last.ident)))
}
