//! Decisions that are expressions: `match` and `if let` without states, `matches!`, and conditions with `let`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::pattern::{Found, Name};
use crate::lower::build::{Builder, Env, unify};
use crate::lower::ir::{BinaryOp, Expr, ExprKind, ValueArm, ValuePattern};
use crate::lower::parts;
use crate::lower::term::{Element, Term, VarId};
use crate::lower::typed::Typed;
use crate::payload::Type;

/// A condition and the names that it binds where it holds.
#[derive(Debug)]
pub(in crate::lower) struct Condition {
    /// `None`: it always holds.
    pub(in crate::lower) test: Option<Term>,
    pub(in crate::lower) names: Vec<Name>,
}

/// What stands once at the head of an expression: names and their values.
type Heads = Vec<(VarId, Term)>;

impl Builder<'_> {
    /// A condition in which `let` may stand; its names are in scope only while it is evaluated.
    pub(in crate::lower) fn condition(&mut self, condition: &Expr) -> Option<Condition> {
        let scope = self.names.len();
        let mut found = Found::default();
        let evaluated = self.conjuncts(condition, true, &mut found);
        self.names.truncate(scope);
        evaluated?;
        Some(Condition { test: found.condition(), names: found.names })
    }

    fn conjuncts(&mut self, condition: &Expr, first: bool, found: &mut Found) -> Option<()> {
        match &condition.kind {
            ExprKind::Binary(BinaryOp::And, left, right) if binds(condition) => {
                self.conjuncts(left, first, found)?;
                self.conjuncts(right, false, found)
            }
            ExprKind::Let { pattern, value } => {
                let value = self.sometimes(!first, |builder| builder.part(value))?;
                let value = if first { self.subject(value) } else { value };
                self.add_pattern(pattern, &value, found);
                Some(())
            }
            _ => {
                let value = self.sometimes(!first, |builder| builder.part(condition))?;
                if !value.poison {
                    found.test(value.defined());
                }
                Some(())
            }
        }
    }

    fn add_pattern(&mut self, pattern: &ValuePattern, value: &Typed, found: &mut Found) {
        let more = self.find(pattern, value);
        for test in more.tests {
            found.test(test);
        }
        self.names.extend(more.names.iter().cloned());
        found.names.extend(more.names);
    }

    /// Evaluates what may not be evaluated.
    fn sometimes<T>(&mut self, sometimes: bool, evaluate: impl FnOnce(&mut Self) -> T) -> T {
        self.conditional += usize::from(sometimes);
        let value = evaluate(self);
        self.conditional -= usize::from(sometimes);
        value
    }

    /// A pattern and its guard.
    pub(in crate::lower) fn guarded(
        &mut self,
        pattern: &ValuePattern,
        guard: Option<&Expr>,
        value: &Typed,
    ) -> Option<Condition> {
        let scope = self.names.len();
        let mut found = Found::default();
        self.add_pattern(pattern, value, &mut found);
        let evaluated = match guard {
            Some(guard) => self.conjuncts(guard, false, &mut found),
            None => Some(()),
        };
        self.names.truncate(scope);
        evaluated?;
        Some(Condition { test: found.condition(), names: found.names })
    }

    /// `match` without states: a chain of `? :`.
    pub(super) fn match_expression(&mut self, scrutinee: &Expr, arms: &[ValueArm]) -> Option<Typed> {
        let value = self.part(scrutinee)?;
        let changes = arms.iter().any(|arm| changes(&arm.body));
        // A name inside the expression is not seen by what the arms assign.
        let (value, heads) = if changes { (self.subject(value), Heads::new()) } else { self.once(value) };
        let mut ways: Vec<(Option<Term>, Typed)> = Vec::new();
        let (before, mut left) = (self.env(), Vec::new());
        self.conditional += 1;
        for arm in arms {
            let condition = self.guarded(&arm.pattern, arm.guard.as_ref(), &value);
            let body = condition.and_then(|condition| {
                let body = self.with_names(condition.names, |builder| builder.part(&arm.body));
                Some((condition.test, body?))
            });
            let Some(way) = body else { break };
            let always = way.0.is_none();
            ways.push(way);
            left.push(self.env());
            self.set_env(&before);
            if always {
                break;
            }
        }
        self.conditional -= 1;
        if changes {
            self.choose_among(&ways, left);
        }
        let poison = value.poison || ways.iter().any(|(_, value)| value.poison);
        if poison || ways.is_empty() {
            return Some(Typed::poison());
        }
        Some(with_heads(chain(ways), heads))
    }

    /// What the arms left in the variables.
    fn choose_among(&mut self, ways: &[(Option<Term>, Typed)], mut left: Vec<Env>) {
        if let Some(last) = left.pop() {
            self.set_env(&last);
        }
        for ((test, _), env) in ways.iter().zip(&left).rev() {
            let test = test.clone().unwrap_or(Term::Literal(Value::Bool(true)));
            self.choose_env(&Typed::new(test, Type::Bool), env);
        }
    }

    /// `matches!(value, pattern if guard)`
    pub(super) fn matches(&mut self, value: &Expr, pattern: &ValuePattern, guard: Option<&Expr>) -> Option<Typed> {
        let value = self.part(value)?;
        let (value, heads) = self.once(value);
        let condition = self.guarded(pattern, guard, &value)?;
        if value.poison {
            return Some(Typed::poison());
        }
        let term = condition.test.unwrap_or(Term::Literal(Value::Bool(true)));
        Some(with_heads(Typed::new(term, Type::Bool), heads))
    }

    /// A value that is read more than once: a path stays, anything else gets a name inside the expression.
    fn once(&mut self, value: Typed) -> (Typed, Heads) {
        let mut heads = Heads::new();
        if value.poison || value.term.is_path() || value.flattened {
            return (value, heads);
        }
        let term = self.head(value.clone().defined(), &mut heads);
        (Typed { missing: false, term, ..value }, heads)
    }

    fn head(&mut self, term: Term, heads: &mut Heads) -> Term {
        match term {
            Term::Array(elements) => Term::Array(
                elements
                    .into_iter()
                    .map(|element| Element { term: self.head(element.term, heads), list: element.list })
                    .collect(),
            ),
            term if term.is_path() => term,
            term => {
                let var = self.graph.var(None, "it");
                heads.push((var, term));
                Term::Var(var)
            }
        }
    }
}

/// Whether an arm assigns to a variable.
fn changes(body: &Expr) -> bool {
    let mut changes = false;
    parts::each(body, &mut |expr| changes |= matches!(expr.kind, ExprKind::Assign { .. }));
    changes
}

/// Whether names are bound in a condition.
pub(in crate::lower) fn binds(condition: &Expr) -> bool {
    match &condition.kind {
        ExprKind::Let { .. } => true,
        ExprKind::Binary(BinaryOp::And, left, right) => binds(left) || binds(right),
        _ => false,
    }
}

/// `a ? x : b ? y : z`; the last way is taken where no other is.
fn chain(mut ways: Vec<(Option<Term>, Typed)>) -> Typed {
    let Some((_, mut value)) = ways.pop() else { return Typed::unit() };
    for (test, way) in ways.into_iter().rev() {
        let Some(test) = test else {
            value = way;
            continue;
        };
        if way.term == value.term {
            continue;
        }
        let ty = unify(way.ty.clone(), value.ty.clone());
        let external = way.external || value.external;
        let term = either(test, way.defined(), value.defined());
        value = Typed { external, ..Typed::new(term, ty) };
    }
    value
}

/// `test ? then : otherwise`, shorter where both are truths or a way is taken by two neighbours.
fn either(test: Term, then: Term, otherwise: Term) -> Term {
    match (then, otherwise) {
        (Term::Literal(Value::Bool(true)), Term::Literal(Value::Bool(false))) => test,
        (Term::Literal(Value::Bool(false)), Term::Literal(Value::Bool(true))) => test.negated(),
        (then, Term::If(more, same, otherwise)) if *same == then => {
            let any = super::pattern::any_of(vec![test, *more]).unwrap_or_else(Term::null);
            Term::conditional(any, then, *otherwise)
        }
        (then, otherwise) => match test {
            Term::Call("not", mut arguments) if arguments.len() == 1 && arguments.iter().all(Term::is_condition) => {
                Term::conditional(arguments.remove(0), otherwise, then)
            }
            test => Term::conditional(test, then, otherwise),
        },
    }
}

/// The names at the head of an expression; one that is read once is written out.
fn with_heads(value: Typed, heads: Heads) -> Typed {
    heads.into_iter().rev().fold(value, |value, (var, head)| {
        let mut uses = 0;
        value.term.each_var(&mut |read| uses += usize::from(read == var));
        let term = if uses <= 1 {
            value.term.substitute(&BTreeMap::from([(var, head)]))
        } else {
            Term::Let(var, Box::new(head), Box::new(value.term))
        };
        Typed { term, ..value }
    })
}
