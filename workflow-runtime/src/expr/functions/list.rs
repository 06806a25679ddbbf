//! Functions of arrays and objects.

use indexmap::IndexMap;

use super::super::eval::{Function, Machine};
use super::super::thrown::{Run, Thrown};
use super::super::value::{TEXT_MAX, Val, Yield};

pub(super) fn count<'a>(list: &Val<'a>) -> Val<'a> {
    Val::int(list.items().map_or(0, |items| items.len()))
}

impl<'a> Machine<'a> {
    pub(super) fn append(&mut self, first: Val<'a>, second: Val<'a>) -> Run<Val<'a>> {
        if first.is_undefined() {
            return Ok(second);
        }
        if second.is_undefined() {
            return Ok(first);
        }
        let mut all = Vec::new();
        for value in [first, second] {
            match value.items() {
                Some(items) => {
                    self.spend(items.len())?;
                    self.allocate(items.len())?;
                    all.extend(items.iter());
                }
                None => all.push(value),
            }
        }
        Ok(Val::array(all))
    }

    /// Calls a callback with as many of item, position and list as it takes.
    fn callback(&mut self, function: &Function<'a>, item: Val<'a>, at: usize, list: &Val<'a>) -> Run<Val<'a>> {
        self.spend(1)?;
        let mut arguments = vec![item];
        if function.arity() >= 2 {
            arguments.push(Val::int(at));
        }
        if function.arity() >= 3 {
            arguments.push(list.clone());
        }
        self.apply(function, arguments, &Val::Null)
    }

    pub(super) fn map(&mut self, list: &Val<'a>, function: &Val<'a>, end: Yield) -> Run<Val<'a>> {
        let (Some(items), Val::Function(function)) = (list.items(), function) else { return Ok(Val::Undefined) };
        let mut results = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let result = self.callback(function, item, at, list)?;
            if !result.is_undefined() {
                results.push(result);
            }
        }
        self.allocate(results.len())?;
        Ok(Val::yielded(results, end))
    }

    pub(super) fn filter(&mut self, list: &Val<'a>, function: &Val<'a>, end: Yield) -> Run<Val<'a>> {
        let (Some(items), Val::Function(function)) = (list.items(), function) else { return Ok(Val::Undefined) };
        let mut results = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let kept = self.callback(function, item.clone(), at, list)?;
            if self.is_true(&kept)? {
                results.push(item);
            }
        }
        self.allocate(results.len())?;
        Ok(Val::yielded(results, end))
    }

    pub(super) fn reduce(&mut self, list: &Val<'a>, function: &Val<'a>, init: Val<'a>) -> Run<Val<'a>> {
        let (Some(items), Val::Function(function)) = (list.items(), function) else { return Ok(Val::Undefined) };
        let arity = function.arity();
        if arity < 2 {
            let message = "The second argument of reduce function must be a function with at least two arguments";
            return Err(Thrown::coded("D3050", message));
        }
        let mut items = items.iter().enumerate();
        let mut result = match init {
            Val::Undefined => items.next().map_or(Val::Undefined, |(_, first)| first),
            init => init,
        };
        for (at, item) in items {
            let mut arguments = vec![result, item];
            if arity >= 3 {
                arguments.push(Val::int(at));
            }
            if arity >= 4 {
                arguments.push(list.clone());
            }
            self.spend(1)?;
            result = self.apply(function, arguments, &Val::Null)?;
        }
        Ok(result)
    }

    pub(super) fn keys_of(&mut self, value: &Val<'a>, end: Yield) -> Run<Val<'a>> {
        let mut seen = IndexMap::new();
        self.collect_keys(value, &mut seen)?;
        Ok(Val::yielded(seen.into_keys().map(Val::text).collect(), end))
    }

    fn collect_keys(&mut self, value: &Val<'a>, seen: &mut IndexMap<String, ()>) -> Run<()> {
        if let Some(items) = value.items() {
            self.spend(items.len())?;
            for item in items.iter() {
                self.collect_keys(&item, seen)?;
            }
        }
        let keys = value.keys().unwrap_or_default();
        self.allocate(keys.len())?;
        seen.extend(keys.into_iter().map(|key| ((*key).to_owned(), ())));
        Ok(())
    }

    pub(super) fn lookup_function(&mut self, value: &Val<'a>, name: &str, end: Yield) -> Run<Val<'a>> {
        let found = self.lookup(value, name)?;
        // A list's fields are a sequence.
        if end == Yield::Item || value.items().is_none() || found.is_sequence() {
            return Ok(found);
        }
        let items = if found.is_undefined() { Vec::new() } else { vec![found] };
        Ok(Val::yielded(items, end))
    }

    pub(super) fn merge(&mut self, list: &Val<'a>) -> Run<Val<'a>> {
        let Some(items) = list.items() else { return Ok(Val::Undefined) };
        let mut fields = IndexMap::new();
        for item in items.iter() {
            let keys = item.keys().unwrap_or_default();
            self.allocate(keys.len())?;
            for key in keys {
                fields.insert((*key).to_owned(), item.field(&key).unwrap_or(Val::Undefined));
            }
        }
        Ok(Val::object(fields))
    }

    pub(super) fn reverse(&mut self, list: Val<'a>) -> Run<Val<'a>> {
        let Some(items) = list.items().filter(|items| items.len() > 1) else { return Ok(list) };
        self.allocate(items.len())?;
        let mut all: Vec<_> = items.iter().collect();
        all.reverse();
        Ok(Val::array(all))
    }

    pub(super) fn join(&mut self, list: &Val<'a>, separator: &Val<'a>) -> Run<Val<'a>> {
        let Some(items) = list.items() else { return Ok(Val::Undefined) };
        let separator = match separator {
            Val::Text(text) => &**text,
            _ => "",
        };
        let mut joined = String::new();
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                joined.push_str(separator);
            }
            if let Val::Text(text) = item {
                joined.push_str(&text);
            }
            if joined.len() > TEXT_MAX {
                return Err(Thrown::memory());
            }
        }
        self.make_text(joined)
    }

    /// Chunks of `size` items; nothing where there is no item or the size is 0.
    pub(super) fn partition(&mut self, list: &Val<'a>, size: &Val<'a>) -> Run<Val<'a>> {
        let (Some(items), Val::Num(size)) = (list.items(), size) else { return Ok(Val::Undefined) };
        let Ok(size) = usize::try_from(size.truncated()) else {
            return Err(Thrown::plain("Second argument of partition function must evaluate to a positive number"));
        };
        if size == 0 || items.len() == 0 {
            return Ok(Val::Undefined);
        }
        self.allocate(items.len())?;
        let all: Vec<_> = items.iter().collect();
        Ok(Val::array(all.chunks(size).map(|chunk| Val::array(chunk.to_vec())).collect()))
    }
}
