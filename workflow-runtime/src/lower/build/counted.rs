//! `for`: a Map of one item at a time, or a counted loop.

use super::control::stepless_block;
use super::loops::Shape;
use super::map::Each;
use super::saga::{holds_undo_in, unwinds_in};
use super::{Builder, Mode, unify};
use crate::lower::ir::{At, Block, Expr, ExprKind, For, Items, MapOptions, Pattern, Source};
use crate::lower::names::upper_camel;
use crate::lower::parts;
use crate::lower::term::Term;
use crate::lower::typed::{self, Hint, Typed};
use crate::lower::value::Condition;
use crate::payload::Type;

impl Builder<'_> {
    /// `for x in items { .. }`
    pub(super) fn for_loop(&mut self, made: &For, at: At) -> Option<Typed> {
        match &made.source {
            Source::List { list, enumerated } if !needs_counted_loop(made) => {
                self.for_each(made, list, *enumerated, at)
            }
            Source::Range { start, end, inclusive } => self.for_range(made, start, end, *inclusive, at),
            Source::List { list, enumerated } => self.for_list(made, list, *enumerated, at),
        }
    }

    /// `for item in list` whose rounds know nothing of each other: a Map, one item at a time.
    fn for_each(&mut self, made: &For, list: &'static Expr, enumerated: bool, at: At) -> Option<Typed> {
        if stepless_block(&made.body) {
            // Nothing comes of it.
            return Some(Typed::unit());
        }
        let each = Each {
            items: &Items::List { list, enumerated },
            parameter: &made.pattern,
            ty: None,
            body: &made.body,
            options: &MapOptions::NONE,
            attributes: made.attributes,
            distributed: false,
            sequential: true,
        };
        self.map_each(&each, at)
    }

    /// `for i in start..end`: the variable counts.
    fn for_range(&mut self, made: &For, start: &Expr, end: &Expr, inclusive: bool, at: At) -> Option<Typed> {
        let start_at = start.at;
        let (start, end) = (self.part(start)?, self.part(end)?);
        if start.poison || end.poison {
            return Some(Typed::poison());
        }
        let ty = unify(start.ty.clone(), end.ty.clone());
        if !matches!(typed::resolve(&ty), Type::Integer { .. }) {
            return Some(self.no_form(start_at, &format!("a range of `{}`", typed::type_name(&ty))));
        }
        let ty = counted_type(ty, &start.term, &end.term, inclusive);
        let rounds = literal(&start.term).zip(literal(&end.term)).map(|(start, end)| {
            let length = end.saturating_sub(start).max(0).unsigned_abs();
            if inclusive && end >= start { length.saturating_add(1) } else { length }
        });
        let end = self.snapshot(end, "end");
        let counter = self.graph.var(None, name_of(&made.pattern).unwrap_or("round"));
        let symbol = if inclusive { "<=" } else { "<" };
        let condition = Term::binary(symbol, Term::Var(counter), end.defined());
        let item = Typed::new(Term::Var(counter), ty);
        self.counted(made, (counter, start.defined()), &condition, &[(&made.pattern, item)], rounds, at)
    }

    /// `for item in list`: an index counts, the item is read where it is used.
    fn for_list(&mut self, made: &For, list: &Expr, enumerated: bool, at: At) -> Option<Typed> {
        let list_at = list.at;
        let list = self.part(list)?;
        if list.poison {
            return Some(Typed::poison());
        }
        let list = self.gone_through(list, list_at);
        let Type::List(inner) = typed::resolve(&list.ty) else {
            let ty = typed::type_name(&list.ty);
            return Some(self.no_form(list_at, &format!("`for` over `{ty}`")));
        };
        let rounds = match &list.term {
            Term::Array(elements) => u64::try_from(elements.len()).ok(),
            _ => None,
        };
        let list = self.snapshot(list, "items");
        let (index, pattern) = match (&made.pattern, enumerated) {
            (Pattern::Tuple([index, item]), true) => (Some(index), item),
            (pattern, _) => (None, pattern),
        };
        let fallback = match (index.and_then(name_of), name_of(pattern)) {
            (Some(name), _) => name.to_owned(),
            (None, Some(name)) => format!("{name}_index"),
            (None, None) => String::from("index"),
        };
        let counter = self.graph.var(None, fallback);
        let count = Term::Call("count", vec![list.term.clone()]);
        let condition = Term::binary("<", Term::Var(counter), count);
        let term = Term::Within(Box::new(list.term.clone()), Box::new(Term::Var(counter)));
        let item = list.part(term, *inner);
        let zero = Term::Literal(serde_json::Value::from(0));
        let number = Typed::new(Term::Var(counter), Self::usize_type());
        let bound: Vec<(&Pattern, Typed)> = match (index, enumerated) {
            (Some(index), _) => vec![(index, number), (pattern, item)],
            (None, true) => {
                // The pair as one value.
                let ty = Type::Tuple(vec![number.ty.clone(), item.ty.clone()]);
                let pair = Term::Array(vec![super::element(number), super::element(item.clone())]);
                vec![(pattern, item.part(pair, ty))]
            }
            (None, false) => vec![(pattern, item)],
        };
        self.counted(made, (counter, zero), &condition, &bound, rounds, at)
    }

    /// The value as it is before the loop; one that is computed is computed once.
    fn snapshot(&mut self, value: Typed, name: &str) -> Typed {
        if value.term.is_path() && !value.flattened {
            return value;
        }
        let var = self.graph.var(None, name);
        let kept = Typed { missing: false, flattened: false, hint: Hint::None, term: Term::Var(var), ..value.clone() };
        self.assign(var, &value.defined());
        kept
    }

    fn counted(
        &mut self,
        made: &For,
        counter: (crate::lower::term::VarId, Term),
        condition: &Term,
        bound: &[(&Pattern, Typed)],
        rounds: Option<u64>,
        at: At,
    ) -> Option<Typed> {
        let shape = Shape {
            label: made.label,
            body: &made.body,
            condition: None,
            counter: Some(counter),
            rounds: rounds.filter(|_| !is_left_early(&made.body)),
            mode: Mode::Value,
            at,
        };
        self.looped(&shape, &|builder| {
            let item = bound.last().and_then(|(pattern, _)| name_of(pattern)).unwrap_or("round");
            let hint = Some(format!("Next{}?", upper_camel(item)));
            let condition = Condition { test: Some(condition.clone()), names: Vec::new() };
            builder.round_if(condition, hint, made.attributes, at, &|builder| {
                let scope = builder.names.len();
                for (pattern, value) in bound {
                    builder.bind(pattern, value.clone());
                }
                let value = builder.block(&made.body, Mode::Value);
                builder.names.truncate(scope);
                value
            })
        })
    }
}

/// Whether a `for` needs to be counted; else a Map of one item at a time does the same with fewer transitions.
///
/// A Map's iterations see no assignments of each other, cannot leave the loop or the workflow, and undo nothing that
/// outlives them.
fn needs_counted_loop(made: &For) -> bool {
    let mut needs = matches!(made.source, Source::Range { .. }) || holds_undo_in(&made.body) || unwinds_in(&made.body);
    parts::each_in(&made.body, &mut |expr| {
        needs |= matches!(
            expr.kind,
            ExprKind::Assign { .. } | ExprKind::Break { .. } | ExprKind::Continue { .. } | ExprKind::Return(_)
        );
    });
    needs
}

/// Whether something in the body may end the loop before its last round, other than a failure.
fn is_left_early(body: &Block) -> bool {
    let mut left = false;
    parts::each_in(body, &mut |expr| {
        left |=
            matches!(expr.kind, ExprKind::Break { .. } | ExprKind::Return(_) | ExprKind::Continue { label: Some(_) });
    });
    left
}

/// A counter between literals takes its type from neither: what is known of it is where it lies.
fn counted_type(ty: Type, start: &Term, end: &Term, inclusive: bool) -> Type {
    match (ty, literal(start).zip(literal(end))) {
        (Type::Integer { name: "{integer}", .. }, Some((start, end))) => {
            let (min, end) = (i128::from(start), i128::from(end));
            let max = if inclusive { end } else { end - 1 };
            Type::Integer { name: "{integer}", min, max: max.max(min) }
        }
        (ty, _) => ty,
    }
}

fn literal(term: &Term) -> Option<i64> {
    match term {
        Term::Literal(value) => value.as_i64(),
        _ => None,
    }
}

fn name_of(pattern: &Pattern) -> Option<&'static str> {
    match pattern {
        Pattern::Bind { name, .. } | Pattern::Mutable { name, .. } => Some(name),
        _ => None,
    }
}
