//! What the compiler says of wrong workflows, as `line:column message [code]`, and what it makes of right ones.
#![expect(
    clippy::needless_raw_string_hashes,
    clippy::too_many_lines,
    reason = "expect-test writes them so; a table of faults is as long as the language"
)]

mod calls;
mod expansion;
mod maps;
mod patterns;
mod signature;
mod states;
mod values;

use std::fmt::Write as _;

use expect_test::Expect;
use proc_macro2::TokenStream;

use super::{build, check, parse};
use crate::diag::Sink;

/// The faults of a whole `workflow!`; lines from 1, columns from 1.
fn faults(source: &str) -> String {
    let sink = Sink::new();
    let tokens: TokenStream = source.parse().expect("tokens");
    if let Some(function) = parse::function(tokens, &sink) {
        let workflow = build::Builder::new(&sink).workflow(&function, build::Options::default());
        check::check(&workflow, &sink);
    }
    let mut text = String::new();
    for fault in sink.diagnostics() {
        let (line, column) = fault.position();
        writeln!(text, "{line}:{} {}", column + 1, fault.text()).expect("a string takes everything");
    }
    text
}

fn check(source: &str, expected: &Expect) {
    expected.assert_eq(&faults(source));
}

/// A body, its first line being line 1.
fn body(source: &str, expected: &Expect) {
    check(&format!("async fn flow(order: Order) -> Result<Receipt> {{ {source}\n}}"), expected);
}
