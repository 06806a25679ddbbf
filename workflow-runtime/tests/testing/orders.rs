//! Answers in every order, and what is found by that.

use workflow_runtime::testing::{Orders, Test, interleave_everywhere};

use crate::flows::{Each, Nap, Race, WorkError, count, work};
use crate::{has, said};

fn names(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("n{index}")).collect()
}

#[test]
fn every_order_is_tried_once() {
    for (items, orders) in [(0, 1), (1, 1), (2, 2), (3, 6), (4, 24)] {
        let report = interleave_everywhere::<Each>(names(items));
        assert_eq!((report.tried, report.orders), (orders, Orders::Exactly(orders)), "{report}");
    }
    assert_eq!(interleave_everywhere::<Nap>("x".to_owned()).tried, 1);
}

#[test]
fn too_many_orders_are_drawn_and_the_number_of_all_is_estimated() {
    let report = Test::<Each>::new().limit(50).interleave_everywhere(names(6));
    assert_eq!(report.orders, Orders::About(720));
    assert!(report.tried > 40 && report.tried <= 50, "{report}");
    has(&report.to_string(), &["of about 720 orders"]);
}

#[test]
fn an_outcome_that_depends_on_the_order_is_found() {
    // Whose answer comes first is not who began first.
    let test = Test::<Race>::new().mock_with_context::<count>(|context, _| u32::from(context.state() == "CountLeft"));
    assert_eq!(test.interleave_everywhere("x".to_owned()).tried, 2);
    let failing = Test::<Each>::new().mock::<work>(|name| Err(WorkError::Broken(name, 1)));
    let found = said(|| failing.interleave_everywhere(names(2)));
    has(&found, &["the outcome depends on the order", "n0 is broken", "n1 is broken", "in this order: Work"]);
}

#[test]
fn keys_in_the_output_are_no_difference() {
    let test = Test::<Each>::new().mock_with_context::<work>(|context, _| Ok(context.idempotency_key().to_owned()));
    test.interleave_everywhere(names(3));
}
