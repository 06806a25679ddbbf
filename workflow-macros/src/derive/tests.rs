//! What the derives say of wrong items: `code message`, one fault a paragraph.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them so")]

use expect_test::{Expect, expect};
use proc_macro2::TokenStream;

use super::{error, model};
use crate::diag::Sink;

fn messages(tokens: &TokenStream) -> String {
    let file: syn::File = syn::parse2(tokens.clone()).unwrap();
    let texts = file.items.iter().filter_map(|item| match item {
        syn::Item::Macro(item) => syn::parse2::<syn::LitStr>(item.mac.tokens.clone()).ok(),
        _ => None,
    });
    texts.map(|text| text.value()).collect::<Vec<_>>().join("\n\n")
}

fn check_payload(source: &str, expected: &Expect) {
    expected.assert_eq(&messages(&super::expand_payload(&syn::parse_str(source).unwrap())));
}

fn check_error(source: &str, expected: &Expect) {
    expected.assert_eq(&messages(&error::expand(&syn::parse_str(source).unwrap())));
}

#[test]
fn a_right_item_is_silent() {
    let source = r#"
        #[serde(rename_all = "camelCase", default)]
        #[payload(crate = crate::x)]
        struct Order<T: Clone, const N: usize> {
            #[serde(rename(serialize = "a", deserialize = "a"), alias = "b")]
            #[payload(sensitive)]
            one: [T; N],
            #[serde(skip_serializing_if = "Vec::is_empty")]
            many: Vec<T>,
            #[serde(skip)]
            none: std::rc::Rc<T>,
            #[serde(with = "x")]
            #[payload(as = String)]
            odd: Odd,
        }"#;
    let sink = Sink::new();
    let model = model::Model::parse(&syn::parse_str(source).unwrap(), &sink);
    assert!(!sink.has_errors(), "{:?}", sink.diagnostics());
    let model::Shape::Struct(fields) = model.shape else { panic!("{:?}", model.shape) };
    let keys: Vec<&str> = fields.iter().map(|field| field.key.as_str()).collect();
    assert_eq!(keys, ["a", "many", "none", "odd"]);
    assert!(fields[1].optional_out && fields[1].default && fields[2].ty.is_none());
}

#[test]
fn every_fault_of_a_payload_is_told_at_once() {
    check_payload(
        r#"
        #[payload(sensitive, krate = x)]
        struct Order<'a> {
            #[serde(rename(serialize = "a", deserialize = "b"))]
            one: &'a str,
            #[serde(with = "x")]
            odd: Odd,
            #[serde(skip_serializing)]
            lost: String,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            many: Vec<u8>,
            #[payload(sensitiv)]
            secret: String,
        }"#,
        &expect![[r#"
            unknown option `krate` of `#[payload]` [WF1205]
            help: an option with a similar name exists: `crate`

            `Order` borrows, and a payload owns its data [WF1204]
            help: use `String` for `&str`, `Vec<T>` for `&[T]`
            note: a value travels between states as JSON; nothing is left to borrow from

            `rename` gives one name to write and another to read [WF1202]
            help: write `rename = "a"`, with `alias = "b"` where old data must still be read
            note: a value that one step writes is read by the next, so both must call it the same

            `#[serde(with)]` hides which JSON is written [WF1201]
            help: say which type has the same JSON: `#[payload(as = String)]`
            note: expressions between steps read the JSON, so its shape must be known while compiling

            field `lost` is never written but must be there when read [WF1203]
            help: write `#[serde(skip)]`, or add `default`
            note: a value that one step writes is read by the next

            field `many` may be left out when written but must be there when read [WF1203]
            help: add `default`: `#[serde(default, skip_serializing_if = "Vec::is_empty")]`
            note: a value that one step writes is read by the next

            unknown option `sensitiv` of `#[payload]` [WF1205]
            help: an option with a similar name exists: `sensitive`"#]],
    );
}

#[test]
fn every_fault_of_an_error_is_told_at_once() {
    check_error(
        r#"
        #[step_error(name = "X")]
        enum OrderError<T> {
            #[step_error(name = "States.Timeout")] A,
            #[step_error(name = "")] B,
            #[step_error(name = "OrderError.D")] C,
            D,
            #[step_error(nam = "E")] E,
            #[serde(skip)] F,
        }"#,
        &expect![[r#"
            `name` names a variant, not the enum [WF1205]
            help: put `#[step_error(name = "..")]` on each variant that shall not be called `Enum.Variant`

            error enum `OrderError` is generic [WF1204]
            help: leave the parameters out: an error's name and data are fixed

            error name `States.Timeout` begins with `States.` [WF1207]
            help: choose another beginning
            note: names that begin so are the language's own; retriers and catchers would take it for one of them

            an error's name is empty [WF1207]
            help: name it, or leave `name` out for `Enum.Variant`

            two variants are called `OrderError.D` [WF1206]
            help: give one of them another name
            note: `C` has it already; a catcher could not tell them apart

            unknown option `nam` of `#[step_error]` [WF1205]
            help: an option with a similar name exists: `name`

            error `F` is left out of the JSON in which it travels [WF1203]
            help: leave the attribute out, or leave the variant out of this enum"#]],
    );
    check_error(
        "struct Broken { x: u8 }",
        &expect![[r#"
        `Broken` cannot be a `StepError`: it is no enum [WF1208]
        help: write `enum Broken { .. }` with a variant for each way to fail
        note: each variant is an error name that retriers and catchers match"#]],
    );
}

#[test]
fn what_serde_hides_is_refused() {
    check_payload(
        r#"#[serde(from = "A", into = "B")] struct S { x: u8 }"#,
        &expect![[r#"
        `#[serde(from)]` hides which JSON is written [WF1201]
        help: give `from` (or `try_from`) and `into` the same type, whose JSON it then has
        note: expressions between steps read the JSON, so its shape must be known while compiling"#]],
    );
    check_payload(
        r#"enum S { A, #[serde(other)] B }"#,
        &expect![[r#"
        `#[serde(other)]` hides which JSON is written [WF1201]
        help: leave it out: every variant of a payload must be told by its name
        note: expressions between steps read the JSON, so its shape must be known while compiling"#]],
    );
    check_payload(
        r#"struct S(u8, #[serde(skip)] u8);"#,
        &expect![[r#"
        field `1` is left out, which moves the places of the others [WF1203]
        help: give the fields names, or leave this one out of the payload"#]],
    );
    check_payload(
        r#"union S { x: u8 }"#,
        &expect![[r#"
        union `S` has no JSON [WF1204]
        help: use an enum"#]],
    );
}
