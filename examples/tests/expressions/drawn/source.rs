//! A drawn expression, in two tongues: as the workflow has it and as plain Rust has it.

use super::grammar::{FIELDS, KINDS, LITERALS, PARTS, forms};
use crate::choices::Choices;

/// How deep forms stand in each other.
const DEPTH: usize = 3;
/// Longer ones say nothing more.
const LONGEST: usize = 900;

/// An expression in both tongues.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drawn {
    pub(crate) kind: char,
    pub(crate) flow: String,
    pub(crate) plain: String,
    /// The other interpreter is asked, too.
    pub(crate) elsewhere: bool,
}

/// A name that a form binds.
#[derive(Clone, Debug)]
struct Bound {
    kind: char,
    name: String,
    /// `&` and `*` of its binding.
    reference: &'static str,
}

struct Source {
    choices: Choices,
    scope: Vec<Bound>,
    names: usize,
    elsewhere: bool,
    /// Nothing may panic here: Rust computes what the machine does not need, or the other way round.
    calm: bool,
}

/// The Rust type of a kind.
pub(crate) fn rust(kind: char) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or("()", |(_, ty)| ty)
}

/// The expression of a number.
pub(crate) fn drawn(number: u64) -> Drawn {
    let mut source = Source { choices: Choices::of(number), scope: Vec::new(), names: 0, elsewhere: true, calm: false };
    // What is asked for first has the most forms; the others take part inside.
    let wanted = ['I', 'S', 'L', 'B', 'O', 'F', 'W', 'N', 'U', 'X', 'D', 'P', 'M', 'R', 'V', 'K', 'G', 'T', 'E', 'Z'];
    let kind = wanted[source.choices.below(wanted.len())];
    let mut depth = DEPTH;
    loop {
        source.elsewhere = true;
        let (flow, plain) = source.form(kind, depth);
        if flow.len() <= LONGEST || depth == 1 {
            return Drawn { kind, flow, plain, elsewhere: source.elsewhere };
        }
        depth -= 1;
    }
}

impl Source {
    fn expression(&mut self, kind: char, depth: usize) -> (String, String) {
        let (flow, plain) =
            if depth == 0 || self.choices.chance(35) { self.leaf(kind) } else { self.form(kind, depth) };
        (operand(flow), operand(plain))
    }

    fn form(&mut self, kind: char, depth: usize) -> (String, String) {
        let mut forms = forms(kind);
        if self.calm {
            forms.retain(|form| !marks(form).0.contains("!p"));
        }
        let (mark, form) = marks(forms[self.choices.below(forms.len())]);
        self.elsewhere &= !mark.contains("!e");
        let (flow, plain) = form.split_once(" => ").filter(|_| !form.starts_with("match ")).unwrap_or((form, form));
        let parts = self.parts(flow, depth - 1);
        (fill(flow, &parts, 0), fill(plain, &parts, 1))
    }

    /// What stands in the holes of a form: expressions and names, in order.
    fn parts(&mut self, form: &str, depth: usize) -> Vec<[String; 2]> {
        let (outer, mut parts, mut later) = (self.scope.len(), Vec::new(), Vec::new());
        let mut letters = form.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '#' if letters.peek().is_some_and(|next| is_kind(*next) || *next == '?') => {
                    let before = self.calm;
                    self.calm |= letters.next_if_eq(&'?').is_some();
                    let (flow, plain) = self.expression(letters.next().unwrap_or_default(), depth);
                    self.calm = before;
                    parts.push([flow, plain]);
                }
                '$' if letters.peek().is_some_and(|next| is_kind(*next) || "&*!".contains(*next)) => {
                    let mark = letters.next_if(|next| "&*!".contains(*next)).unwrap_or(' ');
                    let kind = if is_kind(mark) { mark } else { letters.next().unwrap_or_default() };
                    self.names += 1;
                    let name = format!("{}{}", kind.to_ascii_lowercase(), self.names);
                    let reference = match mark {
                        '&' => "&",
                        '*' => "&&",
                        _ => "",
                    };
                    parts.push([name.clone(), name.clone()]);
                    let bound = Bound { kind, name, reference };
                    if mark == '!' { later.push(bound) } else { self.scope.push(bound) }
                }
                '¦' => self.scope.append(&mut later),
                '~' => self.scope.truncate(outer),
                _ => {}
            }
        }
        self.scope.truncate(outer);
        parts
    }

    /// A name, a field, a literal.
    fn leaf(&mut self, kind: char) -> (String, String) {
        let near: Vec<(String, String)> = self.scope.iter().flat_map(|bound| reads(bound, kind)).collect();
        if !near.is_empty() && self.choices.chance(60) {
            return near[self.choices.below(near.len())].clone();
        }
        if self.choices.chance(75) {
            let of_input = |name: &str, owned: bool| {
                let plain = format!("x.{name}");
                (plain.clone(), if owned { plain } else { plain + ".clone()" })
            };
            let mut fields: Vec<(String, String)> = Vec::new();
            fields.extend(
                FIELDS.iter().filter(|(known, _)| *known == kind).map(|(_, name)| of_input(name, is_copy(kind))),
            );
            for (whole, part, name) in PARTS.iter().filter(|(_, part, _)| *part == kind) {
                let owner = FIELDS.iter().find(|(known, _)| known == whole).map_or("", |(_, name)| name);
                fields.push(of_input(&format!("{owner}.{name}"), is_copy(*part)));
            }
            if !fields.is_empty() {
                return fields[self.choices.below(fields.len())].clone();
            }
        }
        let literals = LITERALS.iter().find(|(known, _)| *known == kind).map_or(&[][..], |(_, literals)| literals);
        let literal = literals[self.choices.below(literals.len())].to_owned();
        (literal.clone(), literal)
    }
}

/// How a name, or a part of it, gives a value of a kind.
fn reads(bound: &Bound, kind: char) -> Vec<(String, String)> {
    let Bound { name, reference, .. } = bound;
    let same = |text: String| (text.clone(), text);
    let mut reads = Vec::new();
    if bound.kind == kind {
        reads.push(match (is_copy(kind), *reference) {
            (true, "") => same(name.clone()),
            (true, "&") => same(format!("*{name}")),
            (true, _) => same(format!("**{name}")),
            // A reference to a reference is cloned twice to be a value.
            (false, "&&") if kind == 'S' => same(format!("{name}.to_string()")),
            (false, "&&") => same(format!("(**{name}).clone()")),
            (false, _) => same(format!("{name}.clone()")),
        });
    }
    for (whole, part, field) in PARTS {
        if whole == bound.kind && part == kind {
            let path = format!("{name}.{field}");
            reads.push(same(if is_copy(kind) { path } else { path + ".clone()" }));
        }
    }
    reads
}

/// What is marked of a form, and the form.
fn marks(form: &'static str) -> (&'static str, &'static str) {
    if form.starts_with("!e") || form.starts_with("!p") {
        form.split_once(' ').unwrap_or(("", form))
    } else {
        ("", form)
    }
}

fn is_kind(letter: char) -> bool {
    KINDS.iter().any(|(kind, _)| *kind == letter)
}

fn is_copy(kind: char) -> bool {
    "INUZFBOT".contains(kind)
}

/// In parentheses where it is more than a name, a literal or a call.
fn operand(code: String) -> String {
    let is_open = code.starts_with(['*', '-', '!', '&']) || code.contains(' ');
    let whole = code.starts_with('(') && closes_at_end(&code);
    if is_open && !whole { format!("({code})") } else { code }
}

/// Whether the first parenthesis is closed by the last character.
fn closes_at_end(code: &str) -> bool {
    let mut depth = 0_i32;
    for (at, letter) in code.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            // What stands in a text may be anything.
            '"' | '\'' => return false,
            _ => {}
        }
        if depth == 0 {
            return at + 1 == code.len();
        }
    }
    false
}

/// Puts the parts into their holes.
fn fill(form: &str, parts: &[[String; 2]], tongue: usize) -> String {
    let mut filled = String::new();
    let mut parts = parts.iter();
    let mut letters = form.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '#' if letters.peek().is_some_and(|next| is_kind(*next) || *next == '?') => {
                letters.next_if_eq(&'?');
                letters.next();
                filled += &parts.next().expect("as many parts as holes")[tongue];
            }
            '$' if letters.peek().is_some_and(|next| is_kind(*next) || "&*!".contains(*next)) => {
                letters.next_if(|next| "&*!".contains(*next));
                letters.next();
                filled += &parts.next().expect("as many parts as holes")[tongue];
            }
            '¦' | '~' => {}
            other => filled.push(other),
        }
    }
    filled
}
