//! What executions cost.

use expect_test::expect;

use crate::says;
use crate::support::Shop;

#[test]
fn what_orders_cost_is_told_before_any_is_taken() {
    let shop = Shop::open();
    says(
        &shop,
        &["cost", "--executions", "20/day", "--region", "eu-west-3"],
        expect![[r#"
        OrderFlow  STANDARD  eu-west-3
                              transitions   events        lasts at most          one execution    608 a month
        no step fails              9 – 12  40 – 50       3 d 3 min N ms  $0.000297 – $0.000386  $0.18 – $0.23
        every retry is used            22       84       3 d 9 min N ms              $0.000683          $0.42
        and Lambda fails too           82      270  21 d 1 h 8 min N ms              $0.002465          $1.50
        note: it cannot be an Express workflow: RequestApproval: it waits for somebody to answer; it may last 3 d 9 min N ms, and an Express execution ends after 5 min
        note: one transition more is billed for each start; the first 4,000 of a month are free; functions are billed by Lambda
        ways on which no step fails, by transitions
                  9  ValidateOrder → CheckInventoryAndFraudCheck → RequestApproval? → ChargePayment → WaitForGoods? → UpdateInventory → SendConfirmation
                 10  ValidateOrder → CheckInventoryAndFraudCheck → RequestApproval? → ChargePayment → WaitForGoods? → WaitForGoods → UpdateInventory → SendConfirmation
                 11  ValidateOrder → CheckInventoryAndFraudCheck → RequestApproval? → RequestApproval → OrderFailureNotApproved? → ChargePayment → WaitForGoods? → UpdateInventory → SendConfirmation
                 12  ValidateOrder → CheckInventoryAndFraudCheck → RequestApproval? → RequestApproval → OrderFailureNotApproved? → ChargePayment → WaitForGoods? → WaitForGoods → UpdateInventory → SendConfirmation
                  8  ValidateOrder → CheckInventoryAndFraudCheck → RequestApproval? → RequestApproval → OrderFailureNotApproved? → OrderFailureNotApproved  fails: OrderFailure.NotApproved
        executions in which a step fails for good, by transitions
              3 – 6  ValidateOrder (InvalidOrderError) → OrderFailed
             8 – 15  ChargePayment (PaymentError.Declined) → RefundAndNotify
            12 – 20  UpdateInventory (States.ALL) → Refund
            13 – 22  SendConfirmation (States.ALL) → Refund
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["cost", "--region", "mars-north-1"],
        expect![[r#"
        --- stderr
        error: no price is known of region `mars-north-1` [WF5009]
        help: known are us-east-1, us-east-2, us-west-1, us-west-2, ca-central-1, eu-central-1, eu-north-1, eu-west-1, eu-west-2, eu-west-3, eu-south-1, ap-east-1, ap-northeast-1, ap-northeast-2, ap-south-1, ap-southeast-1, ap-southeast-2, af-south-1, me-south-1, sa-east-1, us-gov-west-1, us-gov-east-1
        --- exit 2
    "#]],
    );
    says(
        &shop,
        &["cost", "--assume", "Chargepayment=3"],
        expect![[r#"
        --- stderr
        error: `--assume Chargepayment=..`: no cost hangs on a state `Chargepayment` [WF5009]
        help: nothing here hangs on rounds, items or waits: leave `--assume` out
        --- exit 2
    "#]],
    );
    says(
        &shop,
        &["cost", "--executions", "plenty"],
        expect![[r#"
        --- stderr
        error: invalid value 'plenty' for '--executions <N/TIME>': write a number and a time, such as `1000000/month` or `20/second`

        For more information, try '--help'.
        --- exit 2
    "#]],
    );
    let told = shop.order(&["cost", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&told.stdout).expect("JSON");
    assert_eq!(told[0]["cost"]["good"]["least"]["transitions"], 9);
    assert_eq!(told[0]["dollars"]["everyRetryIsUsed"]["perMonth"], 575.0);
}
