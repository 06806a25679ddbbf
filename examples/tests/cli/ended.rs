//! What is shown of executions that have ended.

#![expect(clippy::too_many_lines, reason = "what is printed is long")]

use expect_test::expect;

use crate::says;
use crate::support::{Shop, input};

#[test]
fn an_execution_that_has_ended_is_shown() {
    let shop = Shop::open();
    says(
        &shop,
        &["run", "--name", "A", "--input", &input("ok")],
        expect![[r#"
        {
          "orderId": "ORD-1001",
          "paymentId": "KEY",
          "totalCents": 189900
        }
        --- stderr
        started yyyy-mm-dd hh:mm:ss UTC
        [✓] ValidateOrder                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] CheckInventoryAndFraudCheck  started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] CheckInventory           started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] FraudCheck               started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] RequestApproval?             at hh:mm:ss  → ChargePayment
        [✓] ChargePayment                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] WaitForGoods?                at hh:mm:ss  → UpdateInventory
        [✓] UpdateInventory              started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] SendConfirmation             started hh:mm:ss  ended hh:mm:ss  (N ms)
        SUCCEEDED after N ms
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["run", "--name", "A", "--input", &input("ok")],
        expect![[r#"
        {
          "orderId": "ORD-1001",
          "paymentId": "KEY",
          "totalCents": 189900
        }
        --- stderr
        `A` exists with this input: showing that execution
        started yyyy-mm-dd hh:mm:ss UTC
        [✓] ValidateOrder                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] CheckInventoryAndFraudCheck  started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] CheckInventory           started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] FraudCheck               started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] RequestApproval?             at hh:mm:ss  → ChargePayment
        [✓] ChargePayment                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] WaitForGoods?                at hh:mm:ss  → UpdateInventory
        [✓] UpdateInventory              started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] SendConfirmation             started hh:mm:ss  ended hh:mm:ss  (N ms)
        SUCCEEDED after N ms
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["run", "--name", "A", "--input", &input("flaky")],
        expect![[r#"
        --- stderr
        error: Execution Already Exists: 'A', with another input; names are unique within a workflow: choose another one [ExecutionAlreadyExists]
        --- exit 1
    "#]],
    );
    says(
        &shop,
        &["list"],
        expect![[r#"
        NAME  WORKFLOW   STATUS     STARTED                   ENDED
        A     OrderFlow  succeeded  TIMESTAMP  TIMESTAMP
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["list", "--json"],
        expect![[r#"
        [
          {
            "workflow": "OrderFlow",
            "name": "A",
            "status": "SUCCEEDED",
            "startDate": "TIMESTAMP",
            "stopDate": "TIMESTAMP"
          }
        ]
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["describe", "A"],
        expect![[r#"
        OrderFlow A
        status      succeeded
        started     TIMESTAMP
        ended       TIMESTAMP
        events      40
        definition  SHA256
        input       {"orderId":"ORD-1001","customerEmail":"ada@example.com","lines":[{"sku":"laptop","quantity":1},{"sku":"monitor","quantity":2}],"totalCents":189900,"card":"visa-4242","cards":{"visa-4242":500000,"visa-0001":100}}
        output      {"orderId":"ORD-1001","paymentId":"KEY","totalCents":189900}
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["history", "A"],
        expect![[r#"
        started yyyy-mm-dd hh:mm:ss UTC
        [✓] ValidateOrder                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] CheckInventoryAndFraudCheck  started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] CheckInventory           started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] FraudCheck               started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] RequestApproval?             at hh:mm:ss  → ChargePayment
        [✓] ChargePayment                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] WaitForGoods?                at hh:mm:ss  → UpdateInventory
        [✓] UpdateInventory              started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] SendConfirmation             started hh:mm:ss  ended hh:mm:ss  (N ms)
        SUCCEEDED after N ms
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["stop", "A"],
        expect![[r#"
        --- stderr
        A had ended before (succeeded); nothing was stopped
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["redrive", "A"],
        expect![[r#"
        --- stderr
        error: Execution is SUCCEEDED and cannot be redriven: 'A' [ExecutionNotRedrivable]
        --- exit 1
    "#]],
    );
    says(
        &shop,
        &["history", "B"],
        expect![[r#"
        --- stderr
        error: Execution Does Not Exist: 'B' [ExecutionDoesNotExist]
        help: `list` shows the executions of this store
        --- exit 2
    "#]],
    );
    says(
        &shop,
        &["send-task-success", "--token", "abc", "--output", "{}"],
        expect![[r#"
        --- stderr
        error: Invalid Token: 'Invalid token' [InvalidToken]
        help: `describe NAME` shows the token that an execution waits with
        --- exit 2
    "#]],
    );
}

#[test]
fn a_failure_is_explained() {
    let shop = Shop::open();
    says(
        &shop,
        &["run", "--name", "A", "--input", &input("declined")],
        expect![[r#"
        --- stderr
        started yyyy-mm-dd hh:mm:ss UTC
        [✓] ValidateOrder                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] CheckInventoryAndFraudCheck  started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] CheckInventory           started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] FraudCheck               started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] RequestApproval?             at hh:mm:ss  → ChargePayment
        [!] ChargePayment                started hh:mm:ss  failed hh:mm:ss  (N ms)
              PaymentError.Declined: card declined: insufficient funds
              not tried again; caught: goes on with RefundAndNotify
        [✓] RefundAndNotify              started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✗] OrderFailurePaymentDeclined  at hh:mm:ss
              OrderFailure.PaymentDeclined: the payment was declined
        FAILED after N ms: OrderFailure.PaymentDeclined: the payment was declined
        --- exit 1
    "#]],
    );
    says(
        &shop,
        &["describe", "A"],
        expect![[r#"
        OrderFlow A
        status      failed
        started     TIMESTAMP
        ended       TIMESTAMP
        events      34
        definition  SHA256
        input       {"orderId":"ORD-1004","customerEmail":"ada@example.com","lines":[{"sku":"laptop","quantity":1},{"sku":"monitor","quantity":2}],"totalCents":189900,"card":"visa-0001","cards":{"visa-4242":500000,"visa-0001":100}}
        error       OrderFailure.PaymentDeclined
        cause       {"errorType":"OrderFailure.PaymentDeclined","errorMessage":"{\"message\":\"the payment was declined\",\"error\":\"PaymentDeclined\"}"}
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["list", "--status", "failed"],
        expect![[r#"
        NAME  WORKFLOW   STATUS     STARTED                   ENDED
        A     OrderFlow  failed     TIMESTAMP  TIMESTAMP
        --- exit 0
    "#]],
    );
}
