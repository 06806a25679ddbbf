//! `jsonata!`, `json!` and map literals.

use serde_json::Value;

use crate::expr::{Expression, is_built_in};
use crate::lower::build::{Builder, unify};
use crate::lower::codes;
use crate::lower::handwritten::{Handwritten, Shape};
use crate::lower::ir::{At, Expr};
use crate::lower::term::Term;
use crate::lower::typed::{self, Typed};
use crate::payload::Type;

impl Builder<'_> {
    /// `{key: value}`: keys are texts that are known here.
    pub(super) fn object(&mut self, entries: &[(Expr, Expr)], at: At) -> Option<Typed> {
        let mut fields: Vec<(String, Term)> = Vec::new();
        let mut ty = Type::Json;
        for (key, value) in entries {
            let key = self.part(key)?;
            let value = self.part(value)?;
            let Term::Literal(Value::String(key)) = key.term else {
                if !key.poison {
                    self.no_form(at, "a map whose keys are only known when it runs");
                }
                continue;
            };
            ty = unify(ty, value.ty.clone());
            fields.retain(|(known, _)| *known != key);
            fields.push((key, value.defined()));
        }
        Some(Typed::new(Term::Object(fields), Type::Map(Box::new(ty))))
    }

    /// The values of `name = value`.
    pub(in crate::lower) fn bindings(&mut self, bindings: &[(&'static str, Expr)]) -> Option<Vec<(String, Term)>> {
        let mut bound = Vec::new();
        for (name, value) in bindings {
            let (at, value) = (value.at, self.part(value)?);
            if is_built_in(name) {
                self.fault(
                    codes::JSONATA_NAME,
                    at,
                    format!("`${name}` is a function of JSONata, which the name would hide: use another name"),
                );
            }
            bound.push(((*name).to_owned(), value.defined()));
        }
        Some(bound)
    }

    /// `jsonata!("..", name = value)`
    pub(super) fn jsonata(
        &mut self,
        text: &'static str,
        bindings: &[(&'static str, Expr)],
        ty: Type,
        at: At,
    ) -> Option<Typed> {
        let bindings = self.bindings(bindings)?;
        let text = text.trim();
        let Ok(expression) = Expression::compile(text) else {
            for refusal in Expression::diagnose(text) {
                self.fault(codes::JSONATA, at, format!("`{text}` is refused: {}", refusal.message));
            }
            return Some(Typed::poison());
        };
        let fields = expression.uses_states_fields();
        if fields.input || fields.result || fields.error_output || fields.whole || !fields.unknown.is_empty() {
            self.fault(
                codes::JSONATA_NAME,
                at,
                format!(
                    "`{text}` reads a state's own data, and which state evaluates it is not said: bind what it needs, \
                     `name = value`; `$states.context` is the same everywhere"
                ),
            );
        }
        self.names_fit(expression.free_variables(), &bindings, at);
        let shape = match typed::resolve(&ty) {
            Type::List(_) | Type::Tuple(_) => Shape::List,
            _ => Shape::Any,
        };
        let text = text.to_owned();
        let term = Term::Handwritten(Box::new(Handwritten { text, bindings, reads_state: false, shape }));
        // Nothing is `None`.
        let missing = matches!(typed::resolve(&ty), Type::Option(_));
        Some(Typed { external: true, missing, ..Typed::new(term, ty) })
    }

    /// Every variable of the text is bound, and every binding is used.
    fn names_fit(&mut self, free: &[String], bindings: &[(String, Term)], at: At) {
        for name in free.iter().filter(|name| !bindings.iter().any(|(bound, _)| bound == *name)) {
            self.fault(
                codes::JSONATA_NAME,
                at,
                format!("`${name}` is not known here: a variable of the workflow is given by name, `{name} = ..`, after the text"),
            );
        }
        for (name, _) in bindings.iter().filter(|(name, _)| !free.contains(name) && !is_built_in(name)) {
            self.fault(codes::JSONATA_NAME, at, format!("`{name}` is given, but the text does not read `${name}`"));
        }
    }
}
