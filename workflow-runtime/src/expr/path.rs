//! Paths and predicates.

use serde_json::Value;

use super::eval::{At, Machine};
use super::node::{Node, Path, Predicate, Step};
use super::thrown::{Run, Thrown};
use super::value::{Num, Val};

/// What a predicate leaves.
enum Picked<'a> {
    None,
    /// A sequence of one.
    One(Val<'a>),
    /// An item that is itself an array, picked by a literal position.
    Plain(Val<'a>),
    Many(Vec<Val<'a>>),
}

impl<'a> Picked<'a> {
    fn from_items(mut items: Vec<Val<'a>>) -> Self {
        match items.len() {
            0 => Self::None,
            1 => items.pop().map_or(Self::None, Self::One),
            _ => Self::Many(items),
        }
    }

    fn into_value(self, keep: bool) -> Val<'a> {
        match self {
            Self::None => Val::Undefined,
            Self::Plain(value) => value.closed(keep),
            Self::One(value) => Val::sequence(vec![value], keep),
            Self::Many(items) => Val::sequence(items, keep),
        }
    }
}

/// Follows plain steps through objects, as far as that goes: the value reached and how many steps are left.
fn walk<'a, 's>(mut value: &'a Value, mut steps: &'s [Step]) -> Option<(&'a Value, &'s [Step])> {
    while let [step, rest @ ..] = steps {
        let Value::Object(map) = value else { break };
        let Some(next) = map.get(&step.name) else {
            // A predicate that is no literal position is evaluated even so.
            let literal = step.predicates.iter().all(|predicate| matches!(predicate, Predicate::Position(_)));
            return (!literal).then_some((value, steps));
        };
        let picked = match (&step.predicates[..], next) {
            ([Predicate::Position(at)], Value::Array(items)) => items.get(position(*at, items.len())?)?,
            ([] | [Predicate::Position(0 | -1)], _) => next,
            _ => break,
        };
        value = picked;
        steps = rest;
    }
    Some((value, steps))
}

/// From the end where negative.
fn position(at: i64, len: usize) -> Option<usize> {
    usize::try_from(at).ok().or_else(|| len.checked_sub(usize::try_from(at.checked_neg()?).ok()?))
}

impl<'a> Machine<'a> {
    /// The value that a path lends as it stands; `None` where it must be evaluated.
    pub(super) fn lend(&self, path: &'a Path) -> Option<&'a Value> {
        if path.keep {
            return None;
        }
        match walk(self.lent(&path.root)?, &path.steps)? {
            (value, []) => Some(value),
            _ => None,
        }
    }

    pub(super) fn path(&mut self, path: &'a Path, at: At<'_, 'a>) -> Run<Val<'a>> {
        if let Some(lent) = self.lend(path) {
            return Ok(Val::from_json(lent));
        }
        let mut value = self.root(&path.root, at)?;
        let mut steps = &path.steps[..];
        if let (Val::Json(json), false) = (&value, path.keep) {
            match walk(json, steps) {
                None => return Ok(Val::Undefined),
                Some((reached, rest)) => {
                    value = Val::from_json(reached);
                    steps = rest;
                }
            }
        }
        if steps.is_empty() && (!path.keep || path.steps.is_empty()) {
            return Ok(value);
        }
        self.steps(value, steps, path.keep, at)
    }

    /// The general case: each step maps over the items so far.
    fn steps(&mut self, value: Val<'a>, steps: &'a [Step], keep: bool, at: At<'_, 'a>) -> Run<Val<'a>> {
        let mut items = Vec::new();
        self.flatten_into(value, &mut items)?;
        for (number, step) in steps.iter().enumerate() {
            let mut results = Vec::new();
            self.spend(items.len())?;
            for item in &items {
                let found = self.lookup(item, &step.name)?;
                if step.predicates.is_empty() {
                    if !found.is_undefined() {
                        results.push((found, false));
                    }
                    continue;
                }
                match self.pick(found, &step.predicates, at)? {
                    Picked::None => {}
                    Picked::Plain(value) => results.push((value, false)),
                    Picked::One(value) => results.push((value, true)),
                    Picked::Many(values) => results.extend(values.into_iter().map(|value| (value, true))),
                }
            }
            if let (true, [(only, false)]) = (number + 1 == steps.len(), &results[..])
                && only.items().is_some()
                && !only.is_sequence()
            {
                return Ok(only.clone());
            }
            items = Vec::with_capacity(results.len());
            for (result, item) in results {
                if item {
                    self.allocate(1)?;
                    items.push(result);
                } else {
                    self.flatten_into(result, &mut items)?;
                }
            }
            if items.is_empty() {
                return Ok(Val::Undefined);
            }
        }
        Ok(Val::sequence(items, keep))
    }

    fn flatten_into(&mut self, value: Val<'a>, out: &mut Vec<Val<'a>>) -> Run<()> {
        match value.items() {
            Some(items) => {
                self.allocate(items.len())?;
                out.extend(items.iter());
            }
            None if value.is_undefined() => {}
            None => {
                self.allocate(1)?;
                out.push(value);
            }
        }
        Ok(())
    }

    /// A field of an object, or of each item of an array.
    pub(super) fn lookup(&mut self, value: &Val<'a>, name: &str) -> Run<Val<'a>> {
        let Some(items) = value.items() else { return Ok(value.field(name).unwrap_or(Val::Undefined)) };
        self.spend(items.len())?;
        let mut found = Vec::new();
        for item in items.iter() {
            let field = match item.items() {
                Some(_) => self.lookup(&item, name)?,
                None => item.field(name).unwrap_or(Val::Undefined),
            };
            self.flatten_into(field, &mut found)?;
        }
        Ok(Val::sequence(found, false))
    }

    pub(super) fn filtered(
        &mut self,
        base: &'a Node,
        predicates: &'a [Predicate],
        keep: bool,
        at: At<'_, 'a>,
    ) -> Run<Val<'a>> {
        let value = self.eval(base, at)?;
        if predicates.is_empty() {
            return Ok(value);
        }
        Ok(self.pick(value, predicates, at)?.into_value(keep))
    }

    fn pick(&mut self, value: Val<'a>, predicates: &'a [Predicate], at: At<'_, 'a>) -> Run<Picked<'a>> {
        let mut picked = Picked::Plain(value);
        for predicate in predicates {
            let input = match picked {
                Picked::None => return Ok(Picked::None),
                Picked::Plain(value) if value.items().is_some() => value,
                Picked::Plain(value) | Picked::One(value) => Val::array(vec![value]),
                Picked::Many(items) => Val::array(items),
            };
            picked = self.pick_one(&input, predicate, at)?;
        }
        Ok(picked)
    }

    fn pick_one(&mut self, input: &Val<'a>, predicate: &'a Predicate, at: At<'_, 'a>) -> Run<Picked<'a>> {
        let Some(items) = input.items() else { return Ok(Picked::None) };
        match predicate {
            Predicate::Position(number) => Ok(match position(*number, items.len()).and_then(|at| items.get(at)) {
                None | Some(Val::Undefined) => Picked::None,
                Some(item) if item.items().is_some() => Picked::Plain(item),
                Some(item) => Picked::One(item),
            }),
            _ if items.len() == 0 => Ok(Picked::None),
            Predicate::Once(node) => {
                let test = self.eval(node, at)?;
                if let Some(positions) = positions(&test)? {
                    let mut wanted: Vec<usize> =
                        positions.into_iter().filter_map(|at| position(at, items.len())).collect();
                    wanted.sort_unstable();
                    return Ok(Picked::from_items(wanted.into_iter().filter_map(|at| items.get(at)).collect()));
                }
                let all = self.is_true(&test)?;
                Ok(if all { Picked::from_items(items.iter().collect()) } else { Picked::None })
            }
            Predicate::Test(node) => {
                let mut found = Vec::new();
                for number in 0..items.len() {
                    let Some(item) = items.get(number) else { continue };
                    let test = self.eval(node, At { here: &item, frame: at.frame })?;
                    match positions(&test)? {
                        Some(wanted) => {
                            self.spend(wanted.len())?;
                            let hits = wanted.iter().filter(|at| position(**at, items.len()) == Some(number)).count();
                            found.extend(std::iter::repeat_n(item, hits));
                        }
                        None if self.is_true(&test)? => found.push(item),
                        None => {}
                    }
                }
                self.allocate(found.len())?;
                Ok(Picked::from_items(found))
            }
        }
    }
}

/// The positions that a predicate's value names: a number, or an array of nothing but numbers.
fn positions(test: &Val<'_>) -> Run<Option<Vec<i64>>> {
    let floored = |number: &Num| match number.as_f64() {
        float if float.is_infinite() => Err(Thrown::out_of_range()),
        float if float.is_nan() => Ok(None),
        _ => Ok(Some(number.floored())),
    };
    if let Val::Num(number) = test {
        return Ok(floored(number)?.map(|at| vec![at]));
    }
    let Some(items) = test.items() else { return Ok(None) };
    let mut positions = Vec::with_capacity(items.len());
    for item in items.iter() {
        match item {
            Val::Num(number) => match floored(&number)? {
                Some(at) => positions.push(at),
                None => return Ok(None),
            },
            _ => return Ok(None),
        }
    }
    Ok(Some(positions))
}
