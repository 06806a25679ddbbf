//! Methods of maps with string keys. Their keys are gone through in order, as a `BTreeMap`'s are.

use super::closure::MethodCall;
use crate::lower::build::{Builder, element};
use crate::lower::ir::At;
use crate::lower::term::Term;
use crate::lower::typed::{self, Stage, Typed};
use crate::payload::Type;

impl Builder<'_> {
    /// What is gone through: of a map, its pairs.
    pub(in crate::lower) fn gone_through(&mut self, value: Typed, at: At) -> Typed {
        match typed::resolve(&value.ty) {
            Type::Map(inner) if !value.poison => {
                let call = MethodCall { name: "iter", into: None, ty: None, arguments: Vec::new(), at };
                self.map_method(&value, &inner, &call)
            }
            _ => value,
        }
    }

    pub(super) fn map_method(&mut self, value: &Typed, inner: &Type, call: &MethodCall<'_>) -> Typed {
        let map = value.clone().defined();
        let keys = Term::call("keys", [map.clone()]);
        let count = Term::call("count", [keys.clone()]);
        let found = |key: Typed| Term::call("lookup", [map.clone(), key.defined()]);
        match (call.name, call.value()) {
            ("len", None) => Typed::new(count, Self::count_type()),
            ("is_empty", None) => Typed::new(Term::binary("=", count, Term::number(0)), Type::Bool),
            ("contains_key", Some(key)) => Typed::new(Term::call("exists", [found(key)]), Type::Bool),
            ("get", Some(key)) => {
                let term = self.some_or_null(found(key));
                self.optional(term, inner, value, call.at)
            }
            ("keys" | "into_keys", None) => value.part(sorted(keys), Type::List(Box::new(Type::String))),
            ("values" | "into_values" | "iter" | "into_iter", None) => {
                let pairs = matches!(call.name, "iter" | "into_iter");
                let (key, index) = (self.graph.var(None, "key"), self.graph.var(None, "i"));
                let held = value.part(Term::call("lookup", [map, Term::Var(key)]), inner.clone());
                let (item, ty) = if pairs {
                    let key = Typed::new(Term::Var(key), Type::String);
                    let pair = Term::Array(vec![element(key), element(held)]);
                    (pair, Type::Tuple(vec![Type::String, inner.clone()]))
                } else {
                    (held.term, inner.clone())
                };
                let stage = Stage { list: sorted(keys), element: key, index, item };
                Self::staged(value, stage, ty)
            }
            _ => self.no_form(call.at, &format!("`{}` of a map", call.name)),
        }
    }
}

fn sorted(keys: Term) -> Term {
    Term::call("sort", [keys.whole()])
}
