//! Integrations: what AWS calls in a step's place, and the `Arguments` that it is called with.

use serde_json::Value;

use super::Builder;
use crate::integrations;
use crate::lower::codes;
use crate::lower::ir::{At, Expr, ExprKind};
use crate::lower::term::{Element, Term};
use crate::lower::typed::{self, Typed};
use crate::payload::{Content, Field, Type};
use crate::step::{ServicePattern, StepSpec};

impl Builder<'_> {
    /// The `Arguments` of a call of `resource`.
    pub(super) fn integration(
        &mut self,
        resource: &str,
        spec: &StepSpec,
        payload: Term,
        arguments: &[Expr],
        at: At,
    ) -> Term {
        // A function, and whoever answers by token, may raise this program's errors with all that they carry.
        if spec.pattern() != ServicePattern::WaitForTaskToken && !resource.contains(":lambda:") {
            self.plain_errors(spec, at);
        }
        if crate::asl::resource::service_action(resource).is_none() {
            return payload;
        }
        let Some(param) = spec.params.first() else { return payload };
        self.parameters(resource, spec.ident, &param.ty, at);
        if spec.pattern() == ServicePattern::WaitForTaskToken && !hands_out_token(&payload) {
            self.fault(
                codes::NO_TOKEN,
                at,
                format!(
                    "`{}` waits for an answer, but its parameters do not hold the task token: put `task_token()` into the \
                     message, or nobody can answer",
                    spec.ident
                ),
            );
        }
        given_only(payload, &param.ty, arguments.first())
    }

    /// `task_token()`
    pub(in crate::lower) fn task_token(&mut self, at: At) -> Typed {
        if let Some((ident, why)) = self.tokenless {
            let why = match why {
                ServicePattern::WaitForTaskToken => {
                    "gets its token by itself: take it as a parameter, `token: TaskToken`, and leave it out here"
                }
                _ => "does not wait for an answer, so it has no token: its resource would end in `.waitForTaskToken`",
            };
            return self.fault(codes::TOKEN_PLACE, at, format!("`{ident}` {why}"));
        }
        Typed::new(Term::Context("Task.Token"), Type::String)
    }

    /// AWS's cause is a sentence: there is no data in it that a catcher could bind.
    fn plain_errors(&mut self, spec: &StepSpec, at: At) {
        let Some((_, variants)) = typed::enum_variants(&spec.error.ty) else { return };
        for variant in variants.iter().filter(|variant| !matches!(variant.content, Content::Unit)) {
            self.fault(
                codes::ERROR_DATA,
                at,
                format!(
                    "`{}::{}` of `{}` carries data, which an integration's errors do not have: make it a unit variant, and \
                     read `failure.cause()` for AWS's text",
                    spec.error.name, variant.ident, spec.ident
                ),
            );
        }
    }

    /// The parameter struct must have what the action asks for.
    fn parameters(&mut self, resource: &str, ident: &str, ty: &Type, at: At) {
        let Some(fields) = typed::struct_fields(ty) else {
            if !matches!(typed::resolve(ty), Type::Json | Type::Map(_)) {
                self.fault(
                    codes::PARAMETERS,
                    at,
                    format!(
                        "`{ident}` gives `{}` to `{resource}`, which takes an object: declare a struct with the integration's \
                         parameters, or use one of `workflow_runtime::integrations`",
                        typed::type_name(ty)
                    ),
                );
            }
            return;
        };
        // What a flattened field brings is not looked into.
        if fields.iter().any(|field| field.flatten) {
            return;
        }
        let keys: Vec<&str> = fields.iter().filter(|field| !field.skipped).map(|field| field.key).collect();
        for required in integrations::required(resource) {
            if required.iter().any(|key| keys.contains(key)) {
                continue;
            }
            let wanted = required.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" or ");
            self.fault(
                codes::PARAMETERS,
                at,
                format!(
                    "`{}` has no {wanted}, which `{resource}` needs: add the field, with `#[serde(rename_all = \"PascalCase\")]` \
                     on the struct",
                    typed::type_name(ty)
                ),
            );
        }
    }
}

fn hands_out_token(term: &Term) -> bool {
    matches!(term, Term::Context("Task.Token")) || term.parts().into_iter().any(hands_out_token)
}

/// `$exists(x) ? x : null` as `x`.
fn unguarded(term: Term) -> Term {
    match term {
        Term::If(condition, then, otherwise)
            if *otherwise == Term::null() && *condition == Term::Call("exists", vec![(*then).clone()]) =>
        {
            *then
        }
        other => other,
    }
}

/// Whether an optional parameter is given, as far as the program's text tells.
#[derive(Clone, Copy, PartialEq)]
enum Given {
    Yes,
    No,
    Perhaps,
}

fn given(term: &Term, written: Option<&Expr>) -> Given {
    match (term, written.map(|expr| &expr.kind)) {
        (Term::Literal(Value::Null), _) => Given::No,
        (Term::Literal(_) | Term::Object(_) | Term::Array(_), _) | (_, Some(ExprKind::Some(_))) => Given::Yes,
        _ => Given::Perhaps,
    }
}

/// The value without the optional parameters that are `None`: services take `null` for a wrong type. `written` is the
/// expression that it was lowered from, where that is known.
fn given_only(term: Term, ty: &Type, written: Option<&Expr>) -> Term {
    match typed::resolve(ty) {
        Type::Option(inner) => match written.map(|expr| &expr.kind) {
            Some(ExprKind::Some(inside)) => given_only(term, &inner, Some(inside)),
            _ => given_only(term, &inner, None),
        },
        Type::List(inner) => match (term, written.map(|expr| &expr.kind)) {
            (Term::Array(elements), Some(ExprKind::List(exprs))) if exprs.len() == elements.len() => Term::Array(
                elements
                    .into_iter()
                    .zip(*exprs)
                    .map(|(element, expr)| Element { term: given_only(element.term, &inner, Some(expr)), ..element })
                    .collect(),
            ),
            (term, _) => term,
        },
        ty => match typed::struct_fields(&ty) {
            Some(fields) => given_fields(term, &fields, written),
            None => term,
        },
    }
}

fn given_fields(term: Term, fields: &[Field], written: Option<&Expr>) -> Term {
    let optional = |field: &Field| matches!(typed::resolve(&field.ty), Type::Option(_));
    let Term::Object(entries) = term else {
        if !fields.iter().any(optional) {
            return term;
        }
        // Built elsewhere: what is `null` is only known when it is evaluated.
        return Term::Call("sift", vec![term, Term::NotNull]);
    };
    let exprs = match written.map(|expr| &expr.kind) {
        Some(ExprKind::Struct { fields, .. }) => *fields,
        _ => &[],
    };
    let (mut sure, mut parts) = (Vec::new(), Vec::new());
    for (key, value) in entries {
        let Some(field) = fields.iter().find(|field| field.key == key) else {
            sure.push((key, value));
            continue;
        };
        let expr = exprs.iter().find(|(ident, _)| *ident == field.ident).map(|(_, expr)| expr);
        let is_given = if optional(field) { given(&value, expr) } else { Given::Yes };
        let pruned = given_only(value.clone(), &field.ty, expr);
        match is_given {
            Given::No => {}
            Given::Yes => sure.push((key, pruned)),
            Given::Perhaps => {
                // What is not there is not unequal to `null` either.
                let pruned = unguarded(pruned);
                let is_there = Term::binary("!=", unguarded(value), Term::null());
                let part = Term::conditional(is_there, Term::Object(vec![(key, pruned)]), Term::Object(Vec::new()));
                parts.push(Element { term: part, list: false });
            }
        }
    }
    if parts.is_empty() {
        return Term::Object(sure);
    }
    parts.insert(0, Element { term: Term::Object(sure), list: false });
    Term::Call("merge", vec![Term::Array(parts)])
}
