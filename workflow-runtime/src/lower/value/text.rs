//! Methods of strings.

use serde_json::Value;

use super::closure::MethodCall;
use super::concatenate;
use super::operator::WIDE;
use crate::expr::{BLANKS, BLANKS_AT_END, BLANKS_AT_ENDS, BLANKS_AT_START};
use crate::lower::build::Builder;
use crate::lower::codes;
use crate::lower::term::Term;
use crate::lower::typed::{self, Hint, Typed};
use crate::payload::Type;

/// With an end mark: positions in text beyond the Basic Multilingual Plane are not dependable.
fn marked(term: Term) -> Term {
    concatenate(vec![term, Term::string("\u{0}")])
}

fn contains(text: &Term, part: &Term) -> Term {
    Term::call("contains", [text.clone(), part.clone()])
}

fn starts_with(text: &Term, part: &Term) -> Term {
    let before = Term::call("substringBefore", [text.clone(), part.clone()]);
    Term::binary("and", contains(text, part), Term::binary("=", before, Term::string("")))
}

fn cut(text: Term, pattern: &'static str) -> Term {
    Term::call("replace", [text, Term::Regex(pattern), Term::string("")])
}

/// Whether a term is a text that is known not to be empty.
fn is_filled(term: &Term) -> bool {
    matches!(term, Term::Literal(Value::String(text)) if !text.is_empty())
}

impl Builder<'_> {
    pub(super) fn string_method(&mut self, value: &Typed, call: &MethodCall<'_>) -> Typed {
        let argument = call.value().map(Typed::defined);
        let list = |inner: Type| Type::List(Box::new(inner));
        let text = value.clone().defined();
        let (term, ty) = match (call.name, argument) {
            ("is_empty", None) => (Term::binary("=", text, Term::string("")), Type::Bool),
            ("len", None) => {
                // Four letters for each three bytes, without the padding.
                let letters =
                    Term::call("replace", [Term::call("base64encode", [text]), Term::string("="), Term::string("")]);
                let bytes = Term::binary("*", Term::call("length", [letters]), Term::number(3));
                (Term::call("floor", [Term::binary("/", bytes, Term::number(4))]), Self::count_type())
            }
            ("chars", None) => {
                return Typed { hint: Hint::Chars(Box::new(text)), ..Typed::new(Term::null(), Type::Json) };
            }
            ("contains", Some(part)) => (contains(&text, &part), Type::Bool),
            ("starts_with" | "ends_with" | "strip_prefix" | "strip_suffix" | "split_once", Some(part)) => {
                return Self::part_of_text(value, &text, &part, call);
            }
            ("to_uppercase", None) => (Term::call("uppercase", [text]), Type::String),
            ("to_lowercase", None) => (Term::call("lowercase", [text]), Type::String),
            // `$trim` would also collapse the blanks inside; `\s` is ASCII's on AWS and JavaScript's elsewhere.
            ("trim", None) => (cut(text, BLANKS_AT_ENDS), Type::String),
            ("trim_start", None) => (cut(text, BLANKS_AT_START), Type::String),
            ("trim_end", None) => (cut(text, BLANKS_AT_END), Type::String),
            ("repeat", Some(times)) => (self.repeated_text(text, times), Type::String),
            ("replace" | "replacen", Some(from)) => {
                let Some(to) = call.nth_value(1).map(Typed::defined) else {
                    return self.unexpected(call.at, "this call");
                };
                let mut arguments = vec![text, from.clone(), to];
                arguments.extend(call.nth_value(2).map(Typed::defined));
                let replaced = Term::call("replace", arguments);
                (Self::filled(&from, replaced, "replace: an empty text to look for"), Type::String)
            }
            ("split", Some(by)) => {
                let parts = Term::call("split", [text, by.clone()]);
                (Self::filled(&by, parts, "split: an empty separator"), list(Type::String))
            }
            ("split_whitespace", None) => {
                let words = self.short(cut(text, BLANKS_AT_ENDS), "text", |_, text| {
                    let spaced = Term::call("replace", [text.clone(), Term::Regex(BLANKS), Term::string(" ")]);
                    let words = Term::call("split", [spaced, Term::string(" ")]);
                    let empty = Term::binary("=", text, Term::string(""));
                    Term::conditional(empty, Term::Array(Vec::new()), words)
                });
                (words, list(Type::String))
            }
            ("parse", None) => return self.parsed(text, call),
            ("concat", _) => return self.no_form(call.at, "`concat` of one text"),
            ("cmp" | "max" | "min" | "clamp", _) => return self.text_order(call.at),
            _ => return self.no_form(call.at, &format!("`String::{}`", call.name)),
        };
        Typed::new(term, ty)
    }

    pub(super) fn text_order(&mut self, at: crate::lower::ir::At) -> Typed {
        self.fault(
            codes::ORDER,
            at,
            "JSONata orders text by UTF-16 units, Rust by bytes: compare with `==`, or order in a `#[step]`",
        )
    }

    fn part_of_text(value: &Typed, text: &Term, part: &Term, call: &MethodCall<'_>) -> Typed {
        let holds = contains(&marked(text.clone()), &marked(part.clone()));
        let optional = |term: Term, inner: Type| value.part(term, Type::Option(Box::new(inner)));
        let some = |condition: Term, term: Term| Term::conditional(condition, term, Term::null());
        match call.name {
            "starts_with" => Typed::new(starts_with(text, part), Type::Bool),
            "ends_with" => Typed::new(holds, Type::Bool),
            "strip_prefix" => {
                let rest = Term::call("substringAfter", [text.clone(), part.clone()]);
                optional(some(starts_with(text, part), rest), Type::String)
            }
            "strip_suffix" => {
                let rest = Term::call("substringBefore", [marked(text.clone()), marked(part.clone())]);
                optional(some(holds, rest), Type::String)
            }
            _ => {
                let both =
                    ["substringBefore", "substringAfter"].map(|name| Term::call(name, [text.clone(), part.clone()]));
                let pair = some(contains(text, part), Term::array(both));
                optional(pair, Type::Tuple(vec![Type::String, Type::String]))
            }
        }
    }

    /// Rust finds the empty text between all characters, JSONata fails or takes the characters apart.
    fn filled(part: &Term, term: Term, error: &str) -> Term {
        if is_filled(part) {
            return term;
        }
        let filled = Term::binary("!=", part.clone(), Term::string(""));
        Term::conditional(filled, term, Term::call("error", [Term::string(error)]))
    }

    fn repeated_text(&mut self, text: Term, times: Term) -> Term {
        let (counter, last) = (self.graph.var(None, "i"), times);
        let range = Term::Range(Box::new(Term::number(1)), Box::new(last));
        self.short(text, "text", |_, text| {
            let copies = Term::call("map", [range, Term::function([counter], text)]).whole();
            Term::call("join", [copies, Term::string("")])
        })
    }

    /// `parse::<i64>()`: what `unwrap_or(..)` and `ok()` ask.
    fn parsed(&mut self, text: Term, call: &MethodCall<'_>) -> Typed {
        let Some(ty @ Type::Integer { min, max, .. }) = call.ty.clone() else {
            return self.fault(
                codes::NO_FORM,
                call.at,
                "`parse` must say which integer it reads: `text.parse::<i64>().unwrap_or(0)`",
            );
        };
        let text = if text.is_path() { text } else { self.keep_local(text, "text") };
        // As many digits as the largest has, after any zeros.
        let signed = min < 0;
        let digits = match max {
            0..=0xff => {
                if signed {
                    "^[+-]?0*[0-9]{1,3}"
                } else {
                    "^[+]?0*[0-9]{1,3}"
                }
            }
            0x100..=0xffff => {
                if signed {
                    "^[+-]?0*[0-9]{1,5}"
                } else {
                    "^[+]?0*[0-9]{1,5}"
                }
            }
            0x1_0000..=0xffff_ffff => {
                if signed {
                    "^[+-]?0*[0-9]{1,10}"
                } else {
                    "^[+]?0*[0-9]{1,10}"
                }
            }
            _ => {
                if signed {
                    "^[+-]?0*[0-9]{1,19}"
                } else {
                    "^[+]?0*[0-9]{1,20}"
                }
            }
        };
        // What is left of it must be nothing; a `$` would let a line's end pass.
        let rest = cut(text.clone(), digits);
        let digits = Term::binary(
            "and",
            Term::binary("!=", text.clone(), Term::string("")),
            Term::binary("=", rest, Term::string("")),
        );
        let number = Term::call("number", [cut(text, "^[+]")]);
        let most = Term::number(i64::try_from(max.min(WIDE - 1)).unwrap_or(i64::MAX));
        let (known, number) = if max < WIDE {
            let fits = Term::binary("<=", number.clone(), most);
            let least = Term::number(i64::try_from(min).unwrap_or(i64::MIN));
            let fits = if signed { Term::binary("and", fits, Term::binary(">=", number.clone(), least)) } else { fits };
            (Term::conditional(digits, fits, Term::number(false)), number)
        } else {
            // Rust reads it, JSON cannot hold it.
            let number = self.short(number, "n", |_, n| {
                let error = Term::call("error", [Term::string("an integer beyond 2^53 - 1")]);
                Term::conditional(Term::binary("<=", Term::call("abs", [n.clone()]), most), n, error)
            });
            (digits, number)
        };
        Typed { hint: Hint::Parsed(Box::new((known, number))), ..Typed::new(Term::null(), ty) }
    }

    /// `ok()`, `unwrap_or(..)` and `unwrap_or_default()` on what `parse` yields.
    pub(super) fn parsed_method(&mut self, known: Term, number: Term, ty: &Type, call: &MethodCall<'_>) -> Typed {
        let otherwise = match (call.name, call.arguments.first()) {
            ("ok", None) => Typed::new(Term::null(), Type::Option(Box::new(ty.clone()))),
            ("unwrap_or_default", None) => Typed::new(Term::number(0), ty.clone()),
            ("unwrap_or", Some(super::closure::Argument::Value(value))) => (**value).clone(),
            _ => {
                return self.fault(
                    codes::NO_FORM,
                    call.at,
                    format!("`{}` on what `parse` yields has no form: write `unwrap_or(..)` or `ok()`", call.name),
                );
            }
        };
        let ty = if call.name == "ok" { Type::Option(Box::new(ty.clone())) } else { ty.clone() };
        Typed::new(Term::conditional(known, number, otherwise.defined()), ty)
    }

    pub(super) fn chars_method(&mut self, text: &Term, call: &MethodCall<'_>) -> Typed {
        match call.name {
            "count" => Typed::new(Term::call("length", [text.clone()]), Self::count_type()),
            name => self.fault(
                codes::CHARACTERS,
                call.at,
                format!(
                    "`chars().{name}(..)`: JSONata takes characters beyond U+FFFF apart; `chars().count()` counts them, anything \
                     else is a `#[step]`'s"
                ),
            ),
        }
    }

    /// Whether the type's JSON is a text that `$join` takes.
    pub(super) fn is_text(ty: &Type) -> bool {
        matches!(typed::resolve(ty), Type::String)
    }
}
