//! Two schemas of one payload, place by place: can what the old one wrote be read by the new one, and the other way round?

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::atom::{Atom, Object, alternatives, describe};
use super::bounds;

/// A place at which two schemas differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Of the place, as a JSON pointer with `*` for every item; empty for the whole value.
    pub pointer: String,
    /// What became of it.
    pub what: String,
    /// Why the new side cannot read what the old one wrote.
    pub forward: Option<Problem>,
    /// Why the old side cannot read what the new one writes.
    pub backward: Option<Problem>,
}

/// Why something cannot be read, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Why.
    pub reason: String,
    /// What to write instead.
    pub remedy: String,
}

impl Difference {
    /// The JSON key that it is about, where it is about one.
    pub fn key(&self) -> Option<&str> {
        self.pointer.rsplit('/').find(|part| !part.is_empty() && *part != "*")
    }
}

/// A schema and the `$defs` that it refers to.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a> {
    /// The schema.
    pub value: &'a Value,
    /// What its `$ref`s name.
    pub defs: &'a Map<String, Value>,
}

/// Who makes the values that the newer side writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// serde, which writes a field with a default always.
    Serde,
    /// Anyone: a caller, an expression.
    Anyone,
}

/// Where the two differ.
pub fn differences(old: Schema<'_>, new: Schema<'_>, writer: Writer) -> Vec<Difference> {
    let mut walk =
        Walk { old: old.defs, new: new.defs, writer, pointer: String::new(), seen: BTreeSet::new(), found: Vec::new() };
    walk.value(old.value, new.value);
    walk.found
}

struct Walk<'a> {
    old: &'a Map<String, Value>,
    new: &'a Map<String, Value>,
    writer: Writer,
    pointer: String,
    /// Pairs of `$ref`s that are being compared or have been.
    seen: BTreeSet<(String, String)>,
    found: Vec<Difference>,
}

fn problem(reason: impl Into<String>, remedy: impl Into<String>) -> Problem {
    Problem { reason: reason.into(), remedy: remedy.into() }
}

impl<'a> Walk<'a> {
    fn report(&mut self, what: String, forward: Option<Problem>, backward: Option<Problem>) {
        self.found.push(Difference { pointer: self.pointer.clone(), what, forward, backward });
    }

    fn below(&mut self, key: &str, walk: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(key);
        walk(self);
        self.pointer.truncate(length);
    }

    /// How a field of the place is called.
    fn field(&self, key: &str) -> String {
        if self.pointer.is_empty() { format!("field `{key}`") } else { format!("field `{key}` of `{}`", self.pointer) }
    }

    /// How the place is called in a sentence.
    fn place(&self) -> String {
        if self.pointer.is_empty() { "the value".to_owned() } else { format!("`{}`", self.pointer) }
    }

    fn value(&mut self, old: &'a Value, new: &'a Value) {
        let (before, after) = (Schema { value: old, defs: self.old }, Schema { value: new, defs: self.new });
        for (what, forward, backward) in bounds::compare(&self.place(), before, after) {
            self.report(what, forward, backward);
        }
        if let (Some(a), Some(b)) = (old.get("$ref").and_then(Value::as_str), new.get("$ref").and_then(Value::as_str))
            && !self.seen.insert((a.to_owned(), b.to_owned()))
        {
            return;
        }
        let (mut before, mut after) = (alternatives(old, self.old), alternatives(new, self.new));
        // One form each: whatever it was, it became the other.
        if let ([one], [other]) = (before.as_slice(), after.as_slice()) {
            let (one, other) = (one.clone(), other.clone());
            return self.atoms(&one, &other);
        }
        let mut pairs = Vec::new();
        before.retain(|one| match after.iter().position(|other| other.head() == one.head()) {
            Some(at) => {
                pairs.push((one.clone(), after.remove(at)));
                false
            }
            None => true,
        });
        for (one, other) in &pairs {
            self.atoms(one, other);
        }
        // A form of each is left: `u32` in an `Option` became text.
        if let ([one], [other]) = (before.as_slice(), after.as_slice())
            && !matches!((one, other), (Atom::Null, _) | (_, Atom::Null))
            && one.is_unnamed()
            && other.is_unnamed()
        {
            let (one, other) = (one.clone(), other.clone());
            return self.atoms(&one, &other);
        }
        if self.closed(&before, &after) {
            return;
        }
        self.gone(&before, new);
        self.come(&after, old);
    }

    /// Any text became one of a few, or the other way round; whether that is all that differs.
    fn closed(&mut self, before: &[Atom<'a>], after: &[Atom<'a>]) -> bool {
        let names = |forms: &[Atom<'a>]| {
            let all =
                forms.iter().map(|form| if let Atom::Const(name) = form { Some(format!("`{name}`")) } else { None });
            all.collect::<Option<Vec<_>>>().filter(|names| !names.is_empty()).map(|names| names.join(", "))
        };
        let place = self.place();
        match (before, after, names(before), names(after)) {
            ([Atom::Text], _, _, Some(names)) => {
                let reason = format!("{place} may be any text in what was written before");
                let remedy = "keep text, and look at it in a step; or add a field of the new type beside the old one";
                self.report(format!("{place} was text, is one of {names}"), Some(problem(reason, remedy)), None);
                true
            }
            (_, [Atom::Text], Some(names), _) => {
                let reason = format!("{place} may be any text now, and was one of {names}");
                let remedy = "write no other text as long as the old version reads it";
                self.report(format!("{place} was one of {names}, is text"), None, Some(problem(reason, remedy)));
                true
            }
            _ => false,
        }
    }

    /// Forms that the new side does not have.
    fn gone(&mut self, forms: &[Atom<'a>], new: &'a Value) {
        for form in forms {
            let read = alternatives(new, self.new).iter().any(|other| self.accepts(form, other, true));
            let place = self.place();
            let (what, unread) = if *form == Atom::Null {
                let what = format!("{place} may not be null any more");
                (what, problem(format!("{place} may be null in what was written before"), "keep the `Option`"))
            } else {
                let name = form.describe();
                let remedy = format!(
                    "keep {name} until nothing has it any more, or let a variant that stays read it: `#[serde(alias = ..)]`"
                );
                (
                    format!("{name} removed from {place}"),
                    problem(format!("{place} may be {name} in what was written before"), remedy),
                )
            };
            self.report(what, (!read).then_some(unread), None);
        }
    }

    /// Forms that the old side does not have.
    fn come(&mut self, forms: &[Atom<'a>], old: &'a Value) {
        for form in forms {
            let read = alternatives(old, self.old).iter().any(|other| self.accepts(form, other, false));
            let place = self.place();
            let (what, unread) = if *form == Atom::Null {
                let remedy = "keep writing a value as long as the old version is read".to_owned();
                (format!("{place} may be null now"), problem(format!("{place} was never null before"), remedy))
            } else {
                let name = form.describe();
                let remedy = format!("make sure that {name} is not written before every reader knows it");
                (format!("{name} added to {place}"), problem(format!("{place} was never {name} before"), remedy))
            };
            self.report(what, None, (!read).then_some(unread));
        }
    }

    /// Whether `reader` reads all that `writer` may be; `forward` where the writer is the old side.
    fn accepts(&self, writer: &Atom<'a>, reader: &Atom<'a>, forward: bool) -> bool {
        let mut walk = Walk {
            old: self.old,
            new: self.new,
            writer: self.writer,
            pointer: String::new(),
            seen: self.seen.clone(),
            found: Vec::new(),
        };
        if forward {
            walk.atoms(writer, reader);
            walk.found.iter().all(|it| it.forward.is_none())
        } else {
            walk.atoms(reader, writer);
            walk.found.iter().all(|it| it.backward.is_none())
        }
    }

    fn atoms(&mut self, old: &Atom<'a>, new: &Atom<'a>) {
        match (old, new) {
            (Atom::Object(old), Atom::Object(new)) => self.objects(old, new),
            (Atom::List(old), Atom::List(new)) => self.below("*", |walk| walk.value(old, new)),
            (Atom::Map(old), Atom::Map(new)) => self.below("*", |walk| walk.value(old, new)),
            (Atom::Tuple(old), Atom::Tuple(new)) if old.len() == new.len() => {
                for (index, (old, new)) in old.iter().zip(new.iter()).enumerate() {
                    self.below(&index.to_string(), |walk| walk.value(old, new));
                }
            }
            (Atom::Integer { min, max }, Atom::Integer { min: least, max: most }) => {
                self.range((*min, *max), (*least, *most), old, new);
            }
            (old, new) if old == new => {}
            (old, new) => self.kinds(old, new),
        }
    }

    fn range(&mut self, (min, max): (i64, i64), (least, most): (i64, i64), old: &Atom<'_>, new: &Atom<'_>) {
        if (min, max) == (least, most) {
            return;
        }
        let place = self.place();
        let what = format!("{place} was {}, is {}", old.describe(), new.describe());
        let forward = (min < least || max > most).then(|| {
            problem(
                format!("{place} may be outside of {} in what was written before", new.describe()),
                "keep the wider type",
            )
        });
        let backward = (least < min || most > max).then(|| {
            let remedy = "make sure that no such number is written as long as the old version reads it";
            problem(format!("{place} may be outside of {}", old.describe()), remedy)
        });
        self.report(what, forward, backward);
    }

    fn kinds(&mut self, old: &Atom<'a>, new: &Atom<'a>) {
        let place = self.place();
        let (was, is) = (old.describe(), new.describe());
        let remedy =
            "add a field of the new type beside the old one, and remove the old one when nothing has it any more";
        let forward =
            (!old.is_read_as(new)).then(|| problem(format!("{place} is {was} in what was written before"), remedy));
        let backward = (!new.is_read_as(old)).then(|| problem(format!("{place} is read as {was}"), remedy));
        self.report(format!("{place} was {was}, is {is}"), forward, backward);
    }

    fn objects(&mut self, old: &Object<'a>, new: &Object<'a>) {
        for (key, (schema, was_required)) in &old.fields {
            match new.fields.get(key) {
                Some((other, is_required)) => {
                    self.below(key, |walk| walk.value(schema, other));
                    self.presence(key, *was_required, *is_required, new);
                }
                None => self.field_gone(key, *was_required, new),
            }
        }
        for (key, (schema, is_required)) in &new.fields {
            if !old.fields.contains_key(key) {
                self.field_come(key, *is_required, schema, old, new);
            }
        }
        for group in &new.groups {
            let given = |key: &&String| old.fields.get(*key).is_some_and(|(_, required)| *required);
            if !group.iter().any(|key| given(&key)) && !old.groups.contains(group) {
                let names = group.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" or ");
                let place = self.place();
                let unread = problem(
                    format!("what was written before may have none of {names}"),
                    "give the field a default: `#[serde(default)]`",
                );
                self.report(format!("{place} must have {names}"), Some(unread), None);
            }
        }
        for (index, extra) in old.extras.iter().enumerate() {
            match new.extras.get(index) {
                Some(other) => self.value(extra, other),
                None => self.report(format!("{} lost what was flattened into it", self.place()), None, None),
            }
        }
        for extra in new.extras.iter().skip(old.extras.len()) {
            let place = self.place();
            let name = describe(extra, self.new);
            let unread = problem(
                format!("what was written before has nothing of {name}"),
                "put it into a field of its own with `#[serde(default)]`",
            );
            self.report(format!("{name} flattened into {place}"), Some(unread), None);
        }
    }

    fn presence(&mut self, key: &str, was_required: bool, is_required: bool, new: &Object<'_>) {
        let forward = (!was_required && is_required).then(|| {
            let reason = format!("field `{key}` may be missing in what was written before");
            problem(reason, format!("give it a default: `#[serde(default)]` on the field `{key}`"))
        });
        let always = self.writer == Writer::Serde && new.written.contains(key);
        let backward = (was_required && !is_required && !always).then(|| {
            let reason = format!("field `{key}` may be missing now");
            problem(reason, format!("write `{key}` always as long as the old version reads it"))
        });
        if was_required != is_required {
            let word = if is_required { "required" } else { "optional" };
            let what = format!("{} became {word}", self.field(key));
            self.below(key, |walk| walk.report(what, forward, backward));
        }
    }

    fn field_gone(&mut self, key: &str, was_required: bool, new: &Object<'_>) {
        let unknown = new.closed.then(|| {
            problem(
                format!("what was written before has `{key}`"),
                format!("keep reading `{key}`: `#[serde(alias = \"{key}\")]`"),
            )
        });
        let backward = was_required.then(|| {
            let reason = format!("field `{key}` is missing now");
            problem(reason, format!("keep writing `{key}` as long as the old version reads it"))
        });
        let what = format!("{} removed", self.field(key));
        self.below(key, |walk| walk.report(what, unknown, backward));
    }

    fn field_come(&mut self, key: &str, is_required: bool, schema: &'a Value, old: &Object<'a>, new: &Object<'a>) {
        let renamed = old.fields.iter().find(|(other, (before, _))| {
            !new.fields.contains_key(*other) && describe(before, self.old) == describe(schema, self.new)
        });
        let forward = is_required.then(|| {
            let reason = format!("field `{key}` is required and not in what was written before");
            let mut remedy = format!("give it a default: `#[serde(default)]` on the field `{key}`");
            if let Some((other, _)) = renamed {
                remedy = format!("{remedy}; or, if it is `{other}` renamed, `#[serde(alias = \"{other}\")]`");
            }
            problem(reason, remedy)
        });
        let backward = old.closed.then(|| {
            problem(
                format!("`{key}` was not known before"),
                format!("do not write `{key}` before every reader knows it"),
            )
        });
        let word = if is_required { "required" } else { "optional" };
        let what = format!("{} added, {word}", self.field(key));
        self.below(key, |walk| walk.report(what, forward, backward));
    }
}
