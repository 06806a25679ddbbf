//! Closures as functions over a list's items.

use crate::lower::build::{Builder, is_stepless};
use crate::lower::codes;
use crate::lower::ir::{At, Expr, Pattern};
use crate::lower::term::{Term, VarId};
use crate::lower::typed::{self, Hint, Stage, Typed};
use crate::payload::Type;

/// `|a, b| body`
#[derive(Clone, Copy, Debug)]
pub(super) struct Closure<'e> {
    pub(super) parameters: &'e [Pattern],
    pub(super) body: &'e Expr,
}

/// What a method is given.
#[derive(Clone, Debug)]
pub(super) enum Argument<'e> {
    Value(Box<Typed>),
    Closure(Closure<'e>),
}

/// A method's call, its receiver aside.
#[derive(Debug)]
pub(super) struct MethodCall<'e> {
    pub(super) name: &'static str,
    /// `collect::<BTreeMap<_, _>>`: `BTreeMap`.
    pub(super) into: Option<&'static str>,
    /// The turbofish's type, where it is complete.
    pub(super) ty: Option<Type>,
    pub(super) arguments: Vec<Argument<'e>>,
    pub(super) at: At,
}

impl<'e> MethodCall<'e> {
    /// The one closure.
    pub(super) fn closure(&self) -> Option<Closure<'e>> {
        self.arguments.iter().find_map(|argument| match argument {
            Argument::Closure(closure) => Some(*closure),
            Argument::Value(_) => None,
        })
    }

    /// The first value.
    pub(super) fn value(&self) -> Option<Typed> {
        self.nth_value(0)
    }

    pub(super) fn nth_value(&self, wanted: usize) -> Option<Typed> {
        let values = self.arguments.iter().filter_map(|argument| match argument {
            Argument::Value(value) => Some((**value).clone()),
            Argument::Closure(_) => None,
        });
        values.into_iter().nth(wanted)
    }
}

/// A closure over a list's items.
#[derive(Debug)]
pub(super) struct Each {
    /// The list gone through.
    pub(super) list: Term,
    pub(super) parameters: Vec<VarId>,
    pub(super) result: Typed,
}

impl Each {
    pub(super) fn function(&self) -> Term {
        Term::function(self.parameters.clone(), self.result.clone().defined())
    }
}

/// Whether an item's JSON is never an array nor `null`: one such value is as good as an array of it.
pub(super) fn is_plain(ty: &Type) -> bool {
    !typed::is_array(ty)
        && !typed::may_be_array(ty)
        && !matches!(typed::resolve(ty), Type::Option(_) | Type::Unit | Type::Json)
}

/// The list, one value or none not made an array where that does no harm.
pub(super) fn source(list: &Typed, inner: &Type) -> Term {
    let term = list.clone().defined();
    if is_plain(inner) { term.loose() } else { term }
}

impl Builder<'_> {
    /// Evaluates a closure's body over given values.
    pub(super) fn apply(&mut self, closure: Closure<'_>, values: Vec<Typed>) -> Option<Typed> {
        if !is_stepless(closure.body) {
            return Some(self.fault(
                codes::CALL_PLACE,
                closure.body.at,
                "a step cannot be called inside a closure: use a `for` loop or `try_map`",
            ));
        }
        if closure.parameters.len() != values.len() {
            return Some(self.unexpected(closure.body.at, "this closure"));
        }
        let scope = self.names.len();
        self.conditional += 1;
        let result = self.with_locals(|builder| {
            for (pattern, value) in closure.parameters.iter().zip(values) {
                builder.bind(pattern, value);
            }
            builder.part(closure.body)
        });
        self.conditional -= 1;
        self.names.truncate(scope);
        result
    }

    /// A closure over the items of a list.
    pub(super) fn each(&mut self, list: &Typed, inner: &Type, closure: Closure<'_>) -> Option<Each> {
        let (element, index) = (self.graph.var(None, "item"), self.graph.var(None, "i"));
        let (source, item) = match &list.hint {
            Hint::Stage(stage) => {
                let values = [(stage.element, Term::Var(element)), (stage.index, Term::Var(index))];
                (stage.list.clone(), stage.item.substitute(&values.into_iter().collect()))
            }
            _ => (source(list, inner), Term::Var(element)),
        };
        let result = self.apply(closure, vec![list.part(item, inner.clone())])?;
        let counts = result.term.reads(index) > 0;
        let parameters = if counts { vec![element, index] } else { vec![element] };
        Some(Each { list: source, parameters, result })
    }

    /// A closure over the items as they are, by item and position.
    pub(super) fn each_item(&mut self, list: &Typed, inner: &Type, closure: Closure<'_>) -> Option<Each> {
        let plain = Typed { hint: Hint::None, ..list.clone() };
        self.each(&plain, inner, closure)
    }

    /// A list whose items are made of another's.
    pub(super) fn staged(list: &Typed, stage: Stage, inner: Type) -> Typed {
        let counts = stage.item.reads(stage.index) > 0;
        let parameters = if counts { vec![stage.element, stage.index] } else { vec![stage.element] };
        let function = Term::function(parameters, stage.item.clone());
        let term = Term::call("map", [stage.list.clone(), function]).whole();
        Typed { hint: Hint::Stage(Box::new(stage)), ..list.part(term, Type::List(Box::new(inner))) }
    }

    /// The items at positions of which something is true.
    pub(super) fn by_position(&mut self, list: Term, test: impl FnOnce(Term) -> Term) -> Term {
        let (item, index) = (self.graph.var(None, "item"), self.graph.var(None, "i"));
        let function = Term::function([item, index], test(Term::Var(index)));
        Term::call("filter", [list, function]).whole()
    }

    /// A short name for a term that is used more than once.
    pub(super) fn short(&mut self, term: Term, name: &str, inside: impl FnOnce(&mut Self, Term) -> Term) -> Term {
        if term.is_path() {
            return inside(self, term);
        }
        let var = self.graph.var(None, name);
        let body = inside(self, Term::Var(var));
        Term::bound(var, term, body)
    }

    /// A name of the innermost block's for a term, where there is one.
    pub(super) fn keep_local(&mut self, term: Term, name: &str) -> Term {
        let var = self.graph.var(None, name);
        match self.locals.last_mut() {
            Some(locals) => {
                locals.push((var, term));
                Term::Var(var)
            }
            None => term,
        }
    }

    /// What may be undefined, as an `Option`'s JSON.
    pub(super) fn some_or_null(&mut self, term: Term) -> Term {
        let direct = matches!(&term, Term::Index(list, index) if list.is_path() && index.is_path());
        let choose = |found: Term| Term::conditional(Term::call("exists", [found.clone()]), found, Term::null());
        if direct {
            return choose(term);
        }
        let found = self.graph.var(None, "found");
        Term::Let(found, Box::new(term), Box::new(choose(Term::Var(found))))
    }

    /// `Option<T>`, where `T` is none itself.
    pub(super) fn optional(&mut self, term: Term, inner: &Type, like: &Typed, at: At) -> Typed {
        if matches!(typed::resolve(inner), Type::Option(_) | Type::Unit) {
            let ty = typed::type_name(inner);
            return self.fault(
                codes::AMBIGUOUS_JSON,
                at,
                format!("`Some(None)` and `None` are the same JSON: an `Option<{ty}>` cannot be told from its absence"),
            );
        }
        like.part(term, Type::Option(Box::new(inner.clone())))
    }
}
