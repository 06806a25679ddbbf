use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::states;

workflow!(
    pub async fn straight(order: Order) -> Result<Receipt> {
        #[compensate(release_stock(stock))]
        let stock = check_inventory(order).await?;
        #[compensate(refund(payment))]
        let payment = charge_payment(order).await?;
        if payment.payment_id.is_empty() {
            return Err(OrderFailure::Rejected.into());
        }
        match update_inventory(stock).await {
            Ok(()) => {}
            Err(Failed(OrderError::Invalid(reason))) => {
                notify(order.user_id, reason).await?;
                return Err(OrderFailure::Limit(order.total_cents).into());
            }
            Err(failure) => return Err(failure.into()),
        }
        send_confirmation(order, payment).await
    }
);

#[test]
fn each_failure_enters_its_suffix_of_the_chain() {
    expect![[r#"
        -> CheckInventory
        CheckInventory: Task
          Arguments "{% $states.input %}"
          Assign {"stock":"{% $states.result %}"}
          Next -> ChargePayment
        ChargePayment: Task
          Arguments "{% $states.context.Execution.Input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["States.Timeout","Sandbox.Timedout"],"MaxAttempts":2}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"ReleaseStock"}
          Assign {"payment":"{% $states.result %}"}
          Next -> UpdateInventory?
        UpdateInventory?: Choice
          Choices {"Condition":"{% $payment.paymentId = '' %}","Assign":{"failure":{"Error":"OrderFailure.Rejected","Cause":"{\"errorType\":\"OrderFailure.Rejected\",\"errorMessage\":\"{\\\"message\\\":\\\"the order was rejected\\\",\\\"error\\\":\\\"Rejected\\\"}\"}"}},"Next":"Refund"}
          Default -> UpdateInventory
        UpdateInventory: Task
          Arguments "{% $stock %}"
          Catch {"ErrorEquals":["InvalidOrderError"],"Assign":{"reason":"{% $parse($parse($states.errorOutput.Cause).errorMessage).error.Invalid %}"},"Next":"Notify"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Refund"}
          Next -> SendConfirmation
        Notify: Task
          Arguments {"user":"{% $states.context.Execution.Input.userId %}","text":"{% $reason %}"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Refund"}
          Assign {"failure":{"Error":"OrderFailure.Limit","Cause":"{% $string({'errorType': 'OrderFailure.Limit', 'errorMessage': $string({'message': $formatNumber($states.context.Execution.Input.totalCents, '0') & ' cents are too much', 'error': {'Limit': $states.context.Execution.Input.totalCents}})}) %}"}}
          Next -> Refund
        SendConfirmation: Task
          Arguments {"order":"{% $states.context.Execution.Input %}","payment":"{% $payment %}"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Refund"}
          End true
        Refund: Task
          Arguments "{% $payment %}"
          Catch {"ErrorEquals":["States.ALL"],"Next":"ReleaseStock"}
          Next -> ReleaseStock
        ReleaseStock: Task
          Arguments "{% $stock %}"
          Catch {"ErrorEquals":["States.ALL"],"Next":"Failed"}
          Next -> Failed
        Failed: Fail
          Error "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}"
          Cause "{% $failure.Cause ? $failure.Cause : '' %}"
    "#]].assert_eq(&states::<Straight>());
}

workflow!(
    pub async fn conditional(order: Order) -> Result<Order> {
        #[compensate(release_stock(stock))]
        let stock = check_inventory(order).await?;
        if order.express {
            #[compensate(refund(payment))]
            let payment = charge_payment(order).await?;
            notify(order.user_id, payment.payment_id).await?;
        }
        update_inventory(stock).await?;
        Ok(order)
    }
);

#[test]
fn an_undo_of_one_way_only_asks_whether_it_is_due() {
    expect![[r#"
        -> CheckInventory
        CheckInventory: Task
          Arguments "{% $states.input %}"
          Assign {"stock":"{% $states.result %}"}
          Next -> ChargePayment?
        ChargePayment?: Choice
          Choices {"Condition":"{% $states.context.Execution.Input.express %}","Next":"ChargePayment"}
          Default -> UpdateInventory
        ChargePayment: Task
          Arguments "{% $states.context.Execution.Input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["States.Timeout","Sandbox.Timedout"],"MaxAttempts":2}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"ReleaseStock"}
          Assign {"payment":"{% $states.result %}"}
          Next -> Notify
        Notify: Task
          Arguments {"user":"{% $states.context.Execution.Input.userId %}","text":"{% $payment.paymentId %}"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Refund"}
          Next -> UpdateInventory
        UpdateInventory: Task
          Arguments "{% $stock %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Refund?"}
          Output "{% $states.context.Execution.Input %}"
          End true
        Refund?: Choice
          Choices {"Condition":"{% $exists($payment) %}","Next":"Refund"}
          Default -> ReleaseStock
        Refund: Task
          Arguments "{% $payment %}"
          Catch {"ErrorEquals":["States.ALL"],"Next":"ReleaseStock"}
          Next -> ReleaseStock
        ReleaseStock: Task
          Arguments "{% $stock %}"
          Catch {"ErrorEquals":["States.ALL"],"Next":"Failed"}
          Next -> Failed
        Failed: Fail
          Error "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}"
          Cause "{% $failure.Cause ? $failure.Cause : '' %}"
    "#]]
    .assert_eq(&states::<Conditional>());
}

workflow!(
    pub async fn never_needed(order: Order) -> Result<Payment> {
        #[compensate(refund(payment))]
        let payment = charge_payment(order).await?;
        Ok(payment)
    }
);

#[test]
fn an_undo_that_nothing_can_reach_is_no_state() {
    expect![[r#"
        -> ChargePayment
        ChargePayment: Task
          Arguments "{% $states.input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["States.Timeout","Sandbox.Timedout"],"MaxAttempts":2}
          End true
    "#]]
    .assert_eq(&states::<NeverNeeded>());
}
