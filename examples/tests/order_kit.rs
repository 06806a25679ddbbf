//! The order flow under the test kit: what a team would write beside its workflow.

#[expect(dead_code, unreachable_pub, reason = "it is a program: its command line is not used here")]
#[path = "../src/bin/order.rs"]
mod order;

use std::collections::BTreeMap;

use order::{
    Approval, Fraud, Line, Order, OrderError, OrderFailure, OrderFlow, Payment, PaymentError, Receipt, Shop,
    Simulation, Stock, alert_operations, charge_payment, check_inventory, fraud_check, notify_customer, order_failed,
    refund, refund_and_notify, request_approval, send_confirmation, update_inventory, validate_order,
};
use workflow_runtime::prelude::*;
use workflow_runtime::testing::{Answer, Reply, Test};

fn an_order(sku: &str, quantity: u32, total_cents: u64) -> Order {
    Order {
        order_id: "ORD-1".to_owned(),
        customer_email: "ada@example.com".to_owned(),
        lines: vec![Line { sku: sku.to_owned(), quantity }],
        total_cents,
        card: "visa".to_owned(),
        cards: BTreeMap::from([("visa".to_owned(), 5_000_000)]),
        simulate: Simulation::default(),
    }
}

fn laptop() -> Order {
    an_order("laptop", 1, 150_000)
}

/// The steps as they are, in a shop that is filled anew for each run.
fn test() -> Test<OrderFlow> {
    Test::new().fresh_data(|| Shop::open().expect("a shop"))
}

/// No step as it is: nothing of the shop is needed.
fn mocked() -> Test<OrderFlow> {
    Test::new()
        .mock::<validate_order>(Ok)
        .mock::<check_inventory>(|_| Ok(Stock { shelf: "shelf-1".to_owned(), ships_late: false }))
        .mock_returns::<fraud_check>(Fraud { score: 0.1 })
        .mock::<charge_payment>(|order| {
            Ok(Payment { payment_id: format!("PAY-{}", order.order_id), amount_cents: order.total_cents })
        })
        .mock::<update_inventory>(|(_order, _stock)| Ok(()))
        .mock::<send_confirmation>(|(order, payment)| {
            Ok(Receipt { order_id: order.order_id, payment_id: payment.payment_id, total_cents: payment.amount_cents })
        })
        .mock::<order_failed>(|_| ())
        .mock::<refund_and_notify>(|_| ())
        .mock::<refund>(|_| ())
        .mock::<notify_customer>(|_| ())
        .mock::<alert_operations>(|_| ())
        .only_mocks()
}

#[test]
fn an_order_is_shipped() {
    let run = test().run(laptop());
    run.assert_path([
        "ValidateOrder",
        "CheckInventory | FraudCheck",
        "ChargePayment",
        "UpdateInventory",
        "SendConfirmation",
    ]);
    assert_eq!(run.output().total_cents, 150_000);
}

#[test]
fn mocks_stand_in_for_the_world() {
    let run = mocked().run(laptop());
    assert_eq!(run.output().payment_id, "PAY-ORD-1");
    let (order, stock) = run.arguments::<update_inventory>().remove(0);
    assert_eq!((order.order_id.as_str(), stock.shelf.as_str()), ("ORD-1", "shelf-1"));
    run.assert_never_called::<refund>();
}

#[test]
fn a_crash_makes_no_difference() {
    test().crash_everywhere(laptop());
}

#[test]
fn a_crash_in_a_compensation_makes_no_difference() {
    let order = Order { simulate: Simulation { mail_down: true, ..Simulation::default() }, ..laptop() };
    let report = test().crash_everywhere(order);
    // Each step is cut off by the crash before the commit of its own end.
    let twice: Vec<String> = report.ran_twice().into_iter().map(|ran| ran.step).collect();
    assert!(twice.contains(&"charge_payment".to_owned()), "{report}");
}

#[test]
fn nobody_approves() {
    let run = test().run(an_order("monitor", 90, 200_000));
    run.assert_error("States.Timeout").assert_never_called::<charge_payment>().assert_attempts::<request_approval>(1);
    assert!(run.elapsed() >= days(3), "{:?}", run.elapsed());
}

#[test]
fn somebody_approves_two_days_later() {
    let approval = Answer::ok(Approval { approved: true }).after(days(2));
    let run = test().answer::<request_approval>(approval).run(an_order("monitor", 90, 200_000));
    run.assert_succeeded().assert_path([
        "ValidateOrder",
        "CheckInventory | FraudCheck",
        "RequestApproval",
        "ChargePayment",
        "UpdateInventory",
        "SendConfirmation",
    ]);
    assert!(run.elapsed() >= days(2) && run.elapsed() < days(2) + secs(1));
}

#[test]
fn somebody_says_no() {
    let test = test().answer::<request_approval>(Ok(Approval { approved: false }));
    test.run(an_order("monitor", 90, 200_000)).assert_failed_with(OrderFailure::NotApproved);
}

#[test]
fn an_unavailable_order_service_is_tried_again() {
    let run = mocked()
        .script::<validate_order>([Err(OrderError::Unavailable), Err(OrderError::Unavailable), Ok(laptop())])
        .run(laptop());
    // Two seconds, then four.
    run.assert_succeeded().assert_attempts::<validate_order>(3).assert_elapsed(secs(6));
}

#[test]
fn a_bank_that_hangs_is_asked_again() {
    let paid = Payment { payment_id: "PAY".to_owned(), amount_cents: 1 };
    let run = mocked().script::<charge_payment>([Reply::times_out(), Reply::ok(paid).after(secs(2))]).run(laptop());
    run.assert_succeeded().assert_elapsed(secs(30 + 1 + 2));
    assert_eq!(run.variable_after::<Payment>("ChargePayment", "payment").payment_id, "PAY");
}

#[test]
fn an_answer_survives_crashes() {
    let answer = Answer::ok(Approval { approved: true }).after(days(1));
    test().answer::<request_approval>(answer).crash_everywhere(an_order("monitor", 90, 200_000));
}

#[test]
fn a_declined_card_is_told() {
    let declined = || PaymentError::Declined("no money".to_owned());
    let run = mocked().mock_fails::<charge_payment>(declined()).run(laptop());
    run.assert_failed_with(OrderFailure::PaymentDeclined);
    assert_eq!(run.arguments::<refund_and_notify>(), [("ORD-1".to_owned(), "no money".to_owned())]);
}

#[test]
fn whatever_fails_after_the_charge_is_refunded() {
    let report = test().fail_everywhere(laptop());
    report.assert_all_end(|case| {
        let paid = case.run.completed("ChargePayment");
        let shipped = case.run.completed("SendConfirmation");
        !paid || shipped || case.run.completed("Refund")
    });
    // A retry helps against what comes once.
    assert!(report.of_state("ChargePayment").any(|case| case.failure == "timeout" && case.end() == "succeeded"));
}

#[test]
fn the_order_of_answers_makes_no_difference() {
    let report = test().interleave_everywhere(laptop());
    assert_eq!(report.tried, 2);
}
