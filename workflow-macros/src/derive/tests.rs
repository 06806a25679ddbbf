//! What the derives say of wrong items: `code message`, one fault a paragraph.

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

fn check_payload(source: &str, expected: Expect) {
    expected.assert_eq(&messages(&super::expand_payload(&syn::parse_str(source).unwrap())));
}

fn check_error(source: &str, expected: Expect) {
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
        expect![[""]],
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
        expect![[""]],
    );
    check_error("struct Broken { x: u8 }", expect![[""]]);
}

#[test]
fn what_serde_hides_is_refused() {
    check_payload(r#"#[serde(from = "A", into = "B")] struct S { x: u8 }"#, expect![[""]]);
    check_payload(r#"enum S { A, #[serde(other)] B }"#, expect![[""]]);
    check_payload(r#"struct S(u8, #[serde(skip)] u8);"#, expect![[""]]);
    check_payload(r#"union S { x: u8 }"#, expect![[""]]);
}
