//! Every input file takes the path that it is named after, through the real command line.

mod support;

use support::{Shop, run_to_end, states_entered};

/// Runs an input file; checks exit code, steps and states; returns what was printed.
fn check(file: &str, code: i32, steps: &[&str], last_state: &str) -> support::Outcome {
    let shop = Shop::open();
    let outcome = run_to_end(&shop, "ORD", file);
    assert_eq!(outcome.code, Some(code), "{}\n{}", outcome.stdout, outcome.stderr);
    let mut ran = shop.book();
    let mut wanted: Vec<&str> = steps.to_vec();
    // The two checks run side by side: either may be first in the book.
    ran.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(ran, wanted);
    assert_eq!(states_entered(&shop.events("ORD")).last().map(String::as_str), Some(last_state));
    outcome
}

const HAPPY: [&str; 6] =
    ["ValidateOrder", "CheckInventory", "FraudCheck", "ChargePayment", "UpdateInventory", "SendConfirmation"];

#[test]
fn an_order_in_stock_is_shipped() {
    let outcome = check("ok", 0, &HAPPY, "SendConfirmation");
    assert_eq!(outcome.json()["orderId"], "ORD-1001");
    assert_eq!(outcome.json()["totalCents"], 189_900);
    for step in HAPPY {
        assert!(outcome.stderr.contains(&format!("[✓] {step}")), "{step} is missing in\n{}", outcome.stderr);
    }
}

#[test]
fn an_invalid_order_is_told_and_fails() {
    let outcome = check("invalid", 1, &["ValidateOrder", "OrderFailed"], "OrderFailureRejected");
    assert!(outcome.stdout.is_empty(), "{}", outcome.stdout);
    assert!(outcome.stderr.contains("OrderFailure.Rejected"), "{}", outcome.stderr);
}

#[test]
fn a_flaky_service_is_tried_again() {
    let mut steps = HAPPY.to_vec();
    steps.extend(["ValidateOrder", "ValidateOrder"]);
    let outcome = check("flaky", 0, &steps, "SendConfirmation");
    assert!(outcome.stderr.contains("OrderError.Unavailable"), "{}", outcome.stderr);
}

#[test]
fn a_declined_card_is_told_and_fails() {
    let steps = ["ValidateOrder", "CheckInventory", "FraudCheck", "ChargePayment", "RefundAndNotify"];
    let outcome = check("declined", 1, &steps, "OrderFailurePaymentDeclined");
    assert!(outcome.stderr.contains("insufficient funds"), "{}", outcome.stderr);
}

#[test]
fn a_large_order_waits_for_a_person() {
    let mut steps = HAPPY.to_vec();
    steps.push("RequestApproval");
    let outcome = check("needs-approval", 0, &steps, "SendConfirmation");
    assert!(outcome.stderr.contains("send-task-success"), "{}", outcome.stderr);
}

#[test]
fn late_goods_are_waited_for() {
    let outcome = check("ships-late", 0, &HAPPY, "SendConfirmation");
    assert!(outcome.stderr.contains("WaitForGoods"), "{}", outcome.stderr);
}

#[test]
fn any_failure_after_the_charge_is_compensated() {
    let mut steps = HAPPY.to_vec();
    steps.extend(["SendConfirmation", "Refund", "NotifyCustomer", "AlertOperations"]);
    let outcome = check("mail-down", 1, &steps, "Failed");
    assert!(outcome.stderr.contains("MailError.Down"), "{}", outcome.stderr);
}
