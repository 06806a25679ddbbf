//! The machine as it is exported.

use expect_test::expect;

use crate::says;
use crate::support::{Outcome, Shop};

#[test]
fn the_machine_is_exported() {
    let shop = Shop::open();
    says(
        &shop,
        &["check", "--against", "asl/order"],
        expect![[r#"
        [✓] OrderFlow
            the same as `asl/order/OrderFlow.asl.json`
        --- exit 0
    "#]],
    );
    let asl = shop.order(&["export"]).json();
    assert_eq!(asl["States"]["ValidateOrder"]["Resource"], "${ValidateOrderFunctionArn}");
    let activity = shop.order(&["export", "--target", "activity"]).json();
    assert_eq!(activity["States"]["ValidateOrder"]["Resource"], "${ValidateOrderActivityArn}");
    for (format, start) in [("mermaid", "flowchart"), ("dot", "digraph"), ("svg", "<svg")] {
        let file = shop.store().with_extension(format);
        let file = file.to_str().expect("UTF-8");
        let exported = shop.order(&["export", "--format", format, "-o", file]);
        assert_eq!((exported.code, exported.stdout.as_str()), (Some(0), ""), "{}", exported.stderr);
        let text = std::fs::read_to_string(file).expect("a file");
        assert!(text.trim_start().starts_with(start), "{format}: {text}");
    }
    says(
        &shop,
        &["export", "-o", "/nowhere/order.json"],
        expect![[r#"
        --- stderr
        error: cannot write `/nowhere/order.json`: No such file or directory (os error 2) [WF5001]
        --- exit 1
    "#]],
    );
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let shop = Shop::open();
    let mut child = shop.command(&["export"]).spawn().expect("the program starts");
    drop(child.stdout.take());
    let ended = Outcome::from(child.wait_with_output().expect("the program ends"));
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}
