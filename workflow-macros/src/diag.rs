//! What the macros have to say: every fault of one macro call, collected in a [`Sink`] and rendered in one place.
//!
//! `Diagnostic::new(&tokens, "WF1101", "..").help("..").emit(&sink)`, then `sink.into_tokens()` beside the user's item.

use std::cell::RefCell;
use std::fmt::Display;
use std::rc::Rc;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};

/// So many faults are shown; the rest is counted.
const SHOWN: usize = 20;

/// One fault, at the tokens that the user must edit.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    tokens: TokenStream,
    span: Span,
    code: Option<&'static str>,
    message: String,
    help: Option<String>,
    note: Option<String>,
}

impl Diagnostic {
    /// `message`: what is wrong, naming the user's thing in backticks; lower case, no final period.
    pub(crate) fn new(tokens: &impl ToTokens, code: &'static str, message: impl Display) -> Self {
        let tokens = tokens.to_token_stream();
        let span = tokens.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span());
        Self { tokens, span, code: Some(code), message: message.to_string(), help: None, note: None }
    }

    /// At one span, where there are no tokens.
    pub(crate) fn at(span: Span, code: &'static str, message: impl Display) -> Self {
        let tokens = TokenStream::new();
        Self { tokens, span, code: Some(code), message: message.to_string(), help: None, note: None }
    }

    /// What to write instead.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Display) -> Self {
        self.help = Some(help.to_string());
        self
    }

    /// Why, or which candidates there are.
    #[must_use]
    pub(crate) fn note(mut self, note: impl Display) -> Self {
        self.note = Some(note.to_string());
        self
    }

    /// Collects it.
    pub(crate) fn emit(self, sink: &Sink) {
        sink.push(self);
    }

    /// `message [WF####]`, `help: ..`, `note: ..`, one a line.
    pub(crate) fn text(&self) -> String {
        let mut text = self.message.clone();
        if let Some(code) = self.code {
            text.extend([" [", code, "]"]);
        }
        if let Some(help) = &self.help {
            text.extend(["\nhelp: ", help]);
        }
        if let Some(note) = &self.note {
            text.extend(["\nnote: ", note]);
        }
        text
    }

    pub(crate) fn position(&self) -> (usize, usize) {
        #[cfg(test)]
        {
            let start = self.span.start();
            (start.line, start.column)
        }
        #[cfg(not(test))]
        {
            let span = self.span.unwrap();
            (span.line(), span.column())
        }
    }

    fn into_tokens(self) -> TokenStream {
        let text = self.text();
        if self.tokens.is_empty() {
            syn::Error::new(self.span, text).into_compile_error()
        } else {
            syn::Error::new_spanned(self.tokens, text).into_compile_error()
        }
    }
}

/// A tree of faults: a child for each part of the input, so that one part's faults are told apart from another's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sink(Rc<Node>);

#[derive(Debug, Default)]
struct Node {
    own: RefCell<Vec<Diagnostic>>,
    children: RefCell<Vec<Sink>>,
}

impl Sink {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A part of this one.
    pub(crate) fn child(&self) -> Self {
        let child = Self::new();
        self.0.children.borrow_mut().push(child.clone());
        child
    }

    /// Whether there is a fault here or in any descendant.
    pub(crate) fn has_errors(&self) -> bool {
        !self.0.own.borrow().is_empty() || self.0.children.borrow().iter().any(Self::has_errors)
    }

    /// Collects a fault.
    pub(crate) fn push(&self, diagnostic: Diagnostic) {
        self.0.own.borrow_mut().push(diagnostic);
    }

    /// Collects what `syn` says of Rust that does not parse; it has no code of ours.
    pub(crate) fn syntax(&self, error: syn::Error) {
        for error in error {
            self.push(Diagnostic {
                tokens: TokenStream::new(),
                span: error.span(),
                code: None,
                message: error.to_string(),
                help: None,
                note: None,
            });
        }
    }

    /// `Some` of a success, or the syntax error collected.
    pub(crate) fn take<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.syntax(error)).ok()
    }

    /// Every fault in source order.
    pub(crate) fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut all = Vec::new();
        self.collect(&mut all);
        all.sort_by_key(Diagnostic::position);
        all
    }

    fn collect(&self, all: &mut Vec<Diagnostic>) {
        all.extend(self.0.own.borrow().iter().cloned());
        for child in self.0.children.borrow().iter() {
            child.collect(all);
        }
    }

    /// One `compile_error!` each; nothing where there is no fault.
    pub(crate) fn into_tokens(self) -> TokenStream {
        let mut all = self.diagnostics();
        let more = all.len().saturating_sub(SHOWN);
        if more > 0
            && let Some(last) = all.get_mut(SHOWN.saturating_sub(1))
        {
            last.message = format!("{} (and {more} more faults, shown once these are gone)", last.message);
        }
        let errors = all.into_iter().take(SHOWN).map(Diagnostic::into_tokens);
        quote!(#(#errors)*)
    }
}

/// The candidate that `name` was probably meant to be: within two edits, and nearer than its own length.
pub(crate) fn similar<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).clamp(1, 2);
    candidates
        .into_iter()
        .map(|candidate| (edits(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions and replacements between two texts; two letters the wrong way round are one.
fn edits(a: &str, b: &str) -> usize {
    if is_swapped(a, b) {
        return 1;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, (y, above)) in b.iter().zip(row.windows(2)).enumerate() {
            let &[diagonal, up] = above else { continue };
            let left = next.get(j).copied().unwrap_or(usize::MAX - 1);
            next.push((diagonal + usize::from(x != *y)).min(up + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// "`a`, `b` and `c`".
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => String::from("none"),
        [only] => only.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}

/// Whether two neighbours are swapped, and nothing else differs.
fn is_swapped(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(first) = a.iter().zip(&b).position(|(x, y)| x != y) else { return false };
    let mut swapped = a;
    if first + 1 >= swapped.len() {
        return false;
    }
    swapped.swap(first, first + 1);
    swapped == b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_similar_name_is_within_two_edits() {
        let names = ["timeout", "heartbeat", "retry"];
        for (typed, expected) in [
            ("timeot", Some("timeout")),
            ("Timeout", Some("timeout")),
            ("retries", None),
            ("heartbet", Some("heartbeat")),
            ("rerty", Some("retry")),
            ("true", None),
            ("x", None),
        ] {
            assert_eq!(similar(typed, names), expected, "{typed}");
        }
    }

    #[test]
    fn faults_of_children_count_and_stand_in_order() {
        let sink = Sink::new();
        let (first, second) = (sink.child(), sink.child());
        assert!(!sink.has_errors());
        let tokens: TokenStream = "a b".parse().unwrap();
        let mut tokens = tokens.into_iter();
        let (a, b) = (tokens.next().unwrap(), tokens.next().unwrap());
        Diagnostic::new(&b, "WF1002", "`b` is late").help("drop it").emit(&first);
        Diagnostic::new(&a, "WF1001", "`a` is early").emit(&second);
        assert!(sink.has_errors());
        let texts: Vec<String> = sink.diagnostics().iter().map(Diagnostic::text).collect();
        assert_eq!(texts, ["`a` is early [WF1001]", "`b` is late [WF1002]\nhelp: drop it"]);
    }

    #[test]
    fn lists_read_like_a_sentence() {
        assert_eq!(listed(["a"]), "`a`");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
