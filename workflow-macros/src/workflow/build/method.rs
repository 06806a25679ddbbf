//! Methods and macros: those of the language's table.

use syn::Token;
use syn::parse::Parser;
use syn::punctuated::Punctuated;

use super::super::codes;
use super::super::model::{Expr, ExprKind, Method};
use super::assign::changes;
use super::call::peel;
use super::refuse::{STEP, shown};
use super::{Builder, Place, start};
use crate::diag::{listed, similar};
use crate::hygiene::plain;

/// Every method that has its JSONata.
pub(super) const METHODS: [&str; 130] = [
    "abs",
    "abs_diff",
    "all",
    "and_then",
    "any",
    "as_deref",
    "as_hours",
    "as_millis",
    "as_millisecond",
    "as_mins",
    "as_ref",
    "as_second",
    "as_secs",
    "as_slice",
    "as_str",
    "cause",
    "ceil",
    "chain",
    "chars",
    "checked_add",
    "checked_div",
    "checked_mul",
    "checked_rem",
    "checked_sub",
    "clamp",
    "clone",
    "cloned",
    "cmp",
    "collect",
    "concat",
    "contains",
    "contains_key",
    "copied",
    "count",
    "div_euclid",
    "duration_since",
    "ends_with",
    "enumerate",
    "error",
    "filter",
    "filter_map",
    "find",
    "first",
    "flat_map",
    "flatten",
    "floor",
    "fold",
    "fract",
    "get",
    "into",
    "into_iter",
    "is_empty",
    "is_negative",
    "is_none",
    "is_none_or",
    "is_positive",
    "is_some",
    "is_some_and",
    "iter",
    "join",
    "keys",
    "last",
    "len",
    "map",
    "map_or",
    "map_or_else",
    "max",
    "max_by",
    "max_by_key",
    "min",
    "min_by",
    "min_by_key",
    "nth",
    "ok",
    "or",
    "or_else",
    "parse",
    "partial_cmp",
    "position",
    "pow",
    "powi",
    "product",
    "rem_euclid",
    "repeat",
    "replace",
    "replacen",
    "rev",
    "reverse",
    "round",
    "saturating_add",
    "saturating_sub",
    "signum",
    "skip",
    "skip_while",
    "sorted",
    "sorted_by",
    "sorted_by_key",
    "split",
    "split_once",
    "split_whitespace",
    "sqrt",
    "starts_with",
    "step_by",
    "strftime",
    "strip_prefix",
    "strip_suffix",
    "sum",
    "take",
    "take_while",
    "then",
    "then_some",
    "then_with",
    "to_lowercase",
    "to_owned",
    "to_string",
    "to_uppercase",
    "to_vec",
    "total_cmp",
    "trim",
    "trim_end",
    "trim_start",
    "trunc",
    "unsigned_abs",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
    "values",
    "xor",
    "zip",
    "into_values",
];

/// Methods that take what they are called on: a variable is copied before.
pub(crate) const TAKES_SELF: [&str; 39] = [
    "and_then",
    "chain",
    "collect",
    "count",
    "enumerate",
    "filter",
    "filter_map",
    "flat_map",
    "flatten",
    "fold",
    "into_iter",
    "into_values",
    "is_none_or",
    "is_some_and",
    "map",
    "map_or",
    "map_or_else",
    "max_by",
    "max_by_key",
    "min_by",
    "min_by_key",
    "or",
    "or_else",
    "product",
    "rev",
    "skip",
    "skip_while",
    "sorted",
    "sorted_by",
    "sorted_by_key",
    "step_by",
    "sum",
    "take",
    "take_while",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
    "xor",
    "zip",
];

/// What `collect` may make.
pub(super) const COLLECTIONS: [&str; 6] = ["Vec", "String", "BTreeMap", "HashMap", "BTreeSet", "HashSet"];

/// What `parse` may read.
pub(super) const INTEGERS: [&str; 10] = ["i8", "i16", "i32", "i64", "isize", "u8", "u16", "u32", "u64", "usize"];

const PARSE_HELP: &str = "integers are read: `text.parse::<i64>().unwrap_or(0)`; a time is `parse_time(text)`, JSON is \
                          `parse_json::<T>(text)`, anything else a `#[step]`'s";

const ENTRY: &str = "write `let count = map.get(&key).copied().unwrap_or(0);` and `map.insert(key, count + 1);`";

const CHARACTERS: &str =
    "single characters are a `#[step]`'s; whether a text is a number tells `text.parse::<u64>().ok().is_some()`";

/// Methods that people try, and what they may write.
const INSTEAD: [(&str, &str); 56] = [
    ("append", "write `extend(..)`: the other list stays as it is"),
    ("as_bytes", "write `len()` to count bytes; anything else is a `#[step]`'s"),
    ("as_mut", "assign to the variable itself: values are copied from state to state"),
    ("binary_search", "write `position(..)`, or `contains(..)`"),
    ("bytes", "write `len()` to count bytes; anything else is a `#[step]`'s"),
    ("char_indices", "write `chars().count()`; anything else of single characters is a `#[step]`'s"),
    (
        "chunks",
        "write `for i in (0..list.len()).step_by(n) { let part = list[i..(i + n).min(list.len())].to_vec(); .. }`",
    ),
    ("dedup", "write `collect::<BTreeSet<_>>()`, or a loop that pushes what is new"),
    ("and_modify", ENTRY),
    ("for_each", "write `for item in list { .. }`"),
    ("entry", ENTRY),
    ("drain", "write `clear()` after the last use: values are copied, not moved out"),
    ("elapsed", "write `Timestamp::now().duration_since(start)`"),
    ("eq_ignore_ascii_case", "compare what `to_lowercase()` makes of both"),
    ("expect", "write `.ok_or(OrderFailure::Missing)?`, which ends the workflow, or `unwrap_or(..)`"),
    ("first_mut", "write `list[0] = ..;`"),
    ("get_mut", "write `list[index] = ..;`, or `map.insert(key, value);`"),
    ("get_or_insert", "write `unwrap_or(..)`: values are copied, not changed in place"),
    ("inspect", "remove it: the history shows every step with its input and output"),
    ("is_alphabetic", CHARACTERS),
    ("is_alphanumeric", CHARACTERS),
    ("is_ascii_digit", CHARACTERS),
    ("is_err", "`match` on the call: `Err(failure) => ..`; after `parse`, write `.ok().is_none()`"),
    ("is_numeric", CHARACTERS),
    ("is_ok", "`match` on the call: `Ok(value) => ..`; after `parse`, write `.ok().is_some()`"),
    ("is_uppercase", CHARACTERS),
    ("is_whitespace", CHARACTERS),
    ("iter_mut", "write `for i in 0..list.len() { list[i].field = ..; }`"),
    ("last_mut", "write `let i = list.len() - 1;` and `list[i] = ..;`"),
    ("lines", "write `split('\\n')`, which keeps a last empty line and `\\r`"),
    ("map_err", "write `?` after it, right behind the call: `step(..).await.map_err(|_| OrderFailure::Late)?`"),
    ("matches", "write `split(..).count() - 1`"),
    ("next", "an iterator that is kept moves on, and nothing here does: write `nth(0)`, `nth(1)`, .. on the list"),
    ("ok_or", "write `?` after it: `option.ok_or(OrderFailure::Missing)?`"),
    ("ok_or_else", "write `?` after it: `option.ok_or(OrderFailure::Missing)?`"),
    ("partition", "write `filter(..)` twice"),
    ("or_insert", ENTRY),
    ("or_default", ENTRY),
    ("peekable", "write `enumerate()` and look at the list by position"),
    ("powf", "roots and powers of fractions differ in their last digit from machine to machine: use a `#[step]`"),
    ("reduce", "write `fold(first, |all, item| ..)`"),
    ("retain_mut", "write `retain(..)`"),
    ("rsplit", "write `split(..)` and `rev()`"),
    ("scan", "write `fold(..)` that collects a list"),
    ("sort_unstable_by", "write `sort_by(..)`"),
    ("sort_unstable_by_key", "write `sort_by_key(..)`"),
    ("splitn", "write `split_once(..)`"),
    ("swap", "write `let a = list[i]; list[i] = list[j]; list[j] = a;`"),
    ("to_ascii_lowercase", "write `to_lowercase()`"),
    ("to_ascii_uppercase", "write `to_uppercase()`"),
    ("to_rfc3339", "write `to_string()` of a `Timestamp`"),
    ("unwrap", "write `?` after a step's call, `.ok_or(OrderFailure::Missing)?` or `unwrap_or(..)` after an `Option`"),
    ("unzip", "write `map(..)` twice"),
    ("values_mut", "go through `keys()`, and `insert` the new value of each"),
    ("windows", "write `zip`: `items.iter().zip(items.iter().skip(1))`"),
    ("with_capacity", "write `vec![]`"),
];

impl Builder {
    pub(super) fn method(&mut self, call: &syn::ExprMethodCall, place: Place) -> Expr {
        let span = call.method.span();
        let name = plain(&call.method);
        if matches!(peel(&call.receiver), syn::Expr::Await(_)) {
            return self.method_of_result(call, &name, place);
        }
        if changes(&name) && (place == Place::Statement || !METHODS.contains(&name.as_str())) {
            return self.changing_method(call, place);
        }
        if name == "is" {
            return self.failure_is(call);
        }
        if let ("next", 0, receiver @ syn::Expr::MethodCall(_)) = (name.as_str(), call.args.len(), peel(&call.receiver))
        {
            return self.pure(&syn::parse_quote_spanned!(span=> #receiver.nth(0)));
        }
        if self.was_refused(&call.receiver) {
            return Expr::poison(span);
        }
        let receiver = self.pure(&call.receiver);
        if !METHODS.contains(&name.as_str()) && !is_order_unwrapped(call, &name) {
            if matches!(receiver.kind, ExprKind::Poison) {
                return receiver;
            }
            self.unknown_method(call, &name);
            return Expr::poison(span);
        }
        let arguments = call.args.iter().map(|argument| self.argument(argument)).collect();
        let turbofish = self.turbofish(call, &name);
        let method = Method {
            receiver,
            name: call.method.clone(),
            turbofish,
            arguments,
            paren: call.paren_token,
            implied: false,
        };
        Expr::new(ExprKind::Method(Box::new(method)), span)
    }

    /// `step(..).await.ok()` throws a `Result` away; nothing else is called on one.
    fn method_of_result(&mut self, call: &syn::ExprMethodCall, name: &str, place: Place) -> Expr {
        if name == "ok" && place == Place::Statement && call.args.is_empty() {
            return self.expr(&call.receiver, Place::Statement);
        }
        let help = match name {
            "unwrap" | "expect" => "write `?`: the failure then ends the workflow by its name",
            "ok_or" | "ok_or_else" => "a call yields a `Result`: write `.map_err(|_| OrderFailure::Late)?`",
            "map" | "map_err" if !matches!(call.args.first(), Some(syn::Expr::Closure(_))) => {
                "write a closure that names the variant, `.map_err(|_| OrderFailure::Late)?`: what `From` makes of an error is Rust code"
            }
            "map" | "map_err" => "write `?` after it: `step(..).await.map_err(|failure| OrderFailure::Late)?`",
            _ => "`match` on the call: `match step(..).await { Ok(value) => .., Err(failure) => .. }`",
        };
        self.fault(
            &call.method,
            codes::OUTSIDE,
            format!("method `{name}` on a call's `Result` cannot stand in a workflow"),
        )
        .help(help);
        self.expr(&call.receiver, Place::Raw);
        Expr::poison(call.method.span())
    }

    fn unknown_method(&self, call: &syn::ExprMethodCall, name: &str) {
        let fault = self.fault(&call.method, codes::OUTSIDE, format!("method `{name}` cannot stand in a workflow"));
        if let Some((_, help)) = INSTEAD.iter().find(|(tried, _)| *tried == name) {
            fault.help(help);
        } else if let Some(near) = similar(name, METHODS) {
            fault.help(format!("a method with a similar name can: `{near}`"));
        } else {
            fault.help(STEP).note("docs/language/expressions.md lists every method that can");
        }
    }

    pub(super) fn argument(&mut self, argument: &syn::Expr) -> Expr {
        match argument {
            syn::Expr::Closure(closure) => self.closure(closure),
            syn::Expr::Reference(reference) if reference.mutability.is_none() => {
                let inner = self.pure(&reference.expr);
                Expr::new(ExprKind::Reference(Box::new(inner)), reference.and_token.span)
            }
            other => self.pure(other),
        }
    }

    fn closure(&mut self, closure: &syn::ExprClosure) -> Expr {
        if let Some(keyword) = &closure.asyncness {
            self.fault(keyword, codes::OUTSIDE, "an `async` closure cannot stand here").help(
                "write a plain closure; for a step for each item write `try_map(items, async |item| { .. }).await?`",
            );
            return Expr::poison(closure.inputs_begin.span);
        }
        self.inside.push("a closure");
        let mark = self.mark();
        let closure = &*apart(closure);
        let parameters = closure
            .inputs
            .iter()
            .map(|input| match input {
                syn::Pat::Type(typed) => (self.pattern(&typed.pat), Some((*typed.ty).clone())),
                other => (self.pattern(other), None),
            })
            .collect();
        let body = Box::new(self.perhaps(|builder| builder.pure(&closure.body)));
        self.forget(&mark);
        self.inside.pop();
        Expr::new(ExprKind::Closure { parameters, body }, closure.inputs_begin.span)
    }

    /// What a method's turbofish says; what none can collect into is refused.
    fn turbofish(&self, call: &syn::ExprMethodCall, name: &str) -> Option<syn::AngleBracketedGenericArguments> {
        let turbofish = call.turbofish.as_ref()?;
        let (shown, first) = (shown(&turbofish.args), turbofish.args.first());
        let into = shown.split(['<', ' ']).next().unwrap_or_default();
        let into = into.rsplit("::").next().unwrap_or_default();
        if name == "collect" && !COLLECTIONS.contains(&into) {
            self.fault(&turbofish.args, codes::COLLECTION, format!("`collect` cannot make a `{shown}` here"))
                .help(format!("write one of {}, or move this into a `#[step]`", listed(COLLECTIONS)));
        }
        if name == "parse" && first.is_some() && !INTEGERS.contains(&into) {
            self.fault(&turbofish.args, codes::PARSE, format!("`parse` cannot make a `{shown}` here")).help(PARSE_HELP);
        }
        Some(turbofish.clone())
    }

    /// `vec![value; length]`
    fn filled_list(&mut self, made: &syn::Macro) -> Expr {
        let tokens = &made.tokens;
        match syn::parse2::<syn::ExprRepeat>(quote::quote!([#tokens])) {
            Ok(repeat) => {
                let (element, length) = (self.boxed(&repeat.expr), self.boxed(&repeat.len));
                Expr::new(ExprKind::Repeat(element, length, Some(made.path.clone())), start(&made.path))
            }
            Err(error) => {
                self.sink.syntax(error);
                Expr::poison(start(&made.path))
            }
        }
    }

    /// `format!`, `vec!`, `try_join!`; every other macro is refused.
    pub(super) fn macro_call(&mut self, made: &syn::Macro, place: Place) -> Expr {
        let span = start(&made.path);
        let name = made.path.segments.last().map(|last| plain(&last.ident)).unwrap_or_default();
        match name.as_str() {
            "try_join" => self.try_join(made, place),
            "format" => self.format(made),
            "json" => self.json(made),
            "jsonata" => self.jsonata(made),
            "raw_state" => {
                self.fault(&made.path, codes::AWAIT_MISSING, "`raw_state!(..)` is written without `.await`")
                    .help("write `raw_state!(..).await?`");
                Expr::poison(span)
            }
            "vec" => match Punctuated::<syn::Expr, Token![,]>::parse_terminated.parse2(made.tokens.clone()) {
                Ok(elements) => Expr::new(ExprKind::List(self.all(&elements), Some(made.path.clone())), span),
                Err(_) => self.filled_list(made),
            },
            "matches" => self.matches(made),
            "join" | "select" => {
                self.fault(&made.path, codes::OUTSIDE, format!("`{name}!` cannot stand in a workflow"))
                    .help("write `try_join!(a(..), b(..))?`; a branch that may fail is an `async` block that matches on its call");
                Expr::poison(span)
            }
            "println" | "print" | "eprintln" | "eprint" | "dbg" | "info" | "debug" | "warn" | "error" | "trace" => {
                self.fault(&made.path, codes::OUTSIDE, format!("`{name}!` cannot stand in a workflow"))
                    .help("remove it: the history shows every step with its input and output; a `#[step]` may log");
                Expr::poison(span)
            }
            "panic" | "todo" | "unreachable" | "unimplemented" | "assert" | "assert_eq" | "assert_ne"
            | "debug_assert" | "debug_assert_eq" | "debug_assert_ne" | "bail" | "ensure" => {
                self.fault(&made.path, codes::OUTSIDE, format!("`{name}!` cannot stand in a workflow"))
                    .help("fail with an error of your own: `return Err(OrderFailure::Rejected.into())`");
                Expr::poison(span)
            }
            _ => self.outside(&made.path, &format!("macro `{}!`", shown(&made.path))),
        }
    }
}

/// The closure with its tuple structs taken apart in its body.
fn apart(closure: &syn::ExprClosure) -> std::borrow::Cow<'_, syn::ExprClosure> {
    let mut made = closure.clone();
    let mut statements = Vec::new();
    for input in &mut made.inputs {
        let pattern = if let syn::Pat::Type(typed) = input { &mut *typed.pat } else { input };
        if let Some((plain, apart)) = super::lifted::lifted(pattern, statements.len()) {
            *pattern = plain;
            statements.extend(apart);
        }
    }
    if statements.is_empty() {
        return std::borrow::Cow::Borrowed(closure);
    }
    let body = &made.body;
    *made.body = syn::parse_quote_spanned!(start(body)=> { #(#statements)* #body });
    std::borrow::Cow::Owned(made)
}

/// `a.partial_cmp(&b).unwrap()`: an order of what is never NaN, for JSON has none.
fn is_order_unwrapped(call: &syn::ExprMethodCall, name: &str) -> bool {
    let compared = matches!(peel(&call.receiver), syn::Expr::MethodCall(inner) if inner.method == "partial_cmp");
    compared && name == "unwrap" && call.args.is_empty()
}
