use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::states;

workflow!(
    pub async fn handled(order: Order) -> Result<Receipt> {
        let payment = charge_payment(order).await?;
        match async {
            let (stock, fraud) = try_join!(check_inventory(order), fraud_check(order))?;
            if fraud.score > 0.5 {
                return Err(OrderFailure::Rejected.into());
            }
            update_inventory(stock).await?;
            send_confirmation(order, payment).await
        }
        .await
        {
            Ok(receipt) => Ok(receipt),
            Err(failure) => {
                refund(payment).await?;
                alert(format!("{}: {}", failure.error(), failure.cause())).await?;
                Err(failure.into())
            }
        }
    }
);

#[test]
fn a_failure_of_any_step_of_a_group_comes_to_one_handler() {
    expect![[r#"
        -> ChargePayment
        ChargePayment: Task
          Arguments "{% $states.input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["States.Timeout","Sandbox.Timedout"],"MaxAttempts":2}
          Assign {"payment":"{% $states.result %}"}
          Next -> CheckInventoryAndFraudCheck
        CheckInventoryAndFraudCheck: Parallel
            -> CheckInventory
            CheckInventory: Task
              Arguments "{% $states.context.Execution.Input %}"
              End true
            -> FraudCheck
            FraudCheck: Task
              Arguments "{% $states.context.Execution.Input %}"
              End true
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Refund"}
          Assign {"stock":"{% $states.result[0] %}","fraud":"{% $states.result[1] %}"}
          Next -> UpdateInventory?
        UpdateInventory?: Choice
          Choices {"Condition":"{% $fraud.score > 0.5 %}","Assign":{"failure":{"Error":"OrderFailure.Rejected","Cause":"{\"errorType\":\"OrderFailure.Rejected\",\"errorMessage\":\"{\\\"message\\\":\\\"the order was rejected\\\",\\\"error\\\":\\\"Rejected\\\"}\"}"}},"Next":"Refund"}
          Default -> UpdateInventory
        UpdateInventory: Task
          Arguments "{% $stock %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Refund"}
          Next -> SendConfirmation
        SendConfirmation: Task
          Arguments {"order":"{% $states.context.Execution.Input %}","payment":"{% $payment %}"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Refund"}
          End true
        Refund: Task
          Arguments "{% $payment %}"
          Next -> Alert
        Alert: Task
          Arguments "{% ($failure.Error ? $failure.Error : '') & ': ' & ($failure.Cause ? $failure.Cause : '') %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Next -> Failed
        Failed: Fail
          Error "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}"
          Cause "{% $failure.Cause ? $failure.Cause : '' %}"
    "#]].assert_eq(&states::<Handled>());
}

workflow!(
    pub async fn valued(order: Order) -> Result<u32> {
        let reserved = match async {
            if order.express {
                return Ok(1);
            }
            let stock = check_inventory(order).await?;
            Ok(stock.reserved)
        }
        .await
        {
            Ok(reserved) => reserved,
            Err(_) => 0,
        };
        let more = async {
            #[state = "CheckAgain"]
            let stock = check_inventory(order).await?;
            Ok(stock.reserved + reserved)
        }
        .await?;
        Ok(more)
    }
);

#[test]
fn a_group_has_a_value() {
    expect![[r#"
        -> CheckInventory?
        CheckInventory?: Choice
          Choices {"Condition":"{% $states.context.Execution.Input.express %}","Assign":{"reserved":1},"Next":"CheckAgain"}
          Default -> CheckInventory
        CheckInventory: Task
          Arguments "{% $states.input %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"reserved":0},"Next":"CheckAgain"}
          Assign {"reserved":"{% $states.result.reserved %}"}
          Next -> CheckAgain
        CheckAgain: Task CheckInventory
          Arguments "{% $states.context.Execution.Input %}"
          Output "{% $states.result.reserved + $reserved %}"
          End true
    "#]].assert_eq(&states::<Valued>());
}

workflow!(
    pub async fn joined(order: Order) -> Result<bool> {
        match try_join!(check_inventory(order), fraud_check(order)) {
            Ok((stock, fraud)) => Ok(stock.reserved > 0 && fraud.score < 0.5),
            Err(failure) => {
                alert(failure.error()).await?;
                Ok(false)
            }
        }
    }
);

#[test]
fn a_join_is_matched_as_a_whole() {
    expect![[r#"
        -> CheckInventoryAndFraudCheck
        CheckInventoryAndFraudCheck: Parallel
            -> CheckInventory
            CheckInventory: Task
              Arguments "{% $states.input %}"
              End true
            -> FraudCheck
            FraudCheck: Task
              Arguments "{% $states.input %}"
              End true
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Alert"}
          Output "{% $states.result[0].reserved > 0 and $states.result[1].score < 0.5 %}"
          End true
        Alert: Task
          Arguments "{% $failure.Error ? $failure.Error : '' %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Output "{% false %}"
          End true
    "#]]
    .assert_eq(&states::<Joined>());
}

workflow!(
    pub async fn branches(order: Order) -> Result<f64> {
        let limit = order.total_cents + 1;
        let (stock, fraud, ()) = try_join!(
            async {
                let order = validate_order(order).await?;
                if order.total_cents > limit {
                    return Err(OrderFailure::Rejected.into());
                }
                check_inventory(order).await
            },
            async {
                let Fraud { score } = fraud_check(order).await?;
                Ok(score * 2.0)
            },
            async {
                sleep(secs(90)).await;
                alert(order.order_id).await?;
                Ok(())
            }
        )?;
        update_inventory(stock).await?;
        Ok(fraud)
    }
);

#[test]
fn branches_have_variables_of_their_own_and_read_outer_ones() {
    expect![[r#"
        -> ValidateOrderAndFraudCheckAndWait90Seconds
        ValidateOrderAndFraudCheckAndWait90Seconds: Parallel
            -> ValidateOrder
            ValidateOrder: Task
              Comment "Checks an order."
              Arguments "{% $states.input %}"
              TimeoutSeconds 30
              Retry {"ErrorEquals":["OrderError.Unavailable","States.Timeout","Sandbox.Timedout"],"IntervalSeconds":2,"MaxAttempts":3,"BackoffRate":2.0}
              Assign {"order":"{% $states.result %}"}
              Next -> OrderFailureRejected?
            OrderFailureRejected?: Choice
              Choices {"Condition":"{% $order.totalCents > $states.context.Execution.Input.totalCents + 1 %}","Next":"OrderFailureRejected"}
              Default -> CheckInventory
            OrderFailureRejected: Fail
              Error "OrderFailure.Rejected"
              Cause "{\"errorType\":\"OrderFailure.Rejected\",\"errorMessage\":\"{\\\"message\\\":\\\"the order was rejected\\\",\\\"error\\\":\\\"Rejected\\\"}\"}"
            CheckInventory: Task
              Arguments "{% $order %}"
              End true
            -> FraudCheck
            FraudCheck: Task
              Arguments "{% $states.input %}"
              Output "{% $states.result.score * 2.0 %}"
              End true
            -> Wait90Seconds
            Wait90Seconds: Wait
              Seconds 90
              Next -> Alert
            Alert: Task
              Arguments "{% $states.context.Execution.Input.orderId %}"
              Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
              End true
          Assign {"stock":"{% $states.result[0] %}","fraud":"{% $states.result[1] %}"}
          Next -> UpdateInventory
        UpdateInventory: Task
          Arguments "{% $stock %}"
          Output "{% $fraud %}"
          End true
    "#]].assert_eq(&states::<Branches>());
}

workflow!(
    pub async fn tried_again(order: Order) -> Result<u32> {
        #[retry(on(OrderError::Unavailable, PaymentError::Gateway, TimedOut), interval = "5s", max_attempts = 2)]
        let (stock, payment) = async {
            let stock = check_inventory(order).await?;
            let payment = charge_payment(order).await?;
            Ok((stock, payment))
        }
        .await?;
        #[retry(on(All), max_attempts = 1)]
        #[state = "Both"]
        match try_join!(update_inventory(stock), notify(order.user_id, payment.payment_id)) {
            Ok(_) => Ok(stock.reserved),
            Err(_) => Ok(0),
        }
    }
);

#[test]
fn a_group_or_join_is_run_again_as_a_whole() {
    expect![[r#"
        -> TryCheckInventory
        TryCheckInventory: Parallel
            -> CheckInventory
            CheckInventory: Task
              Arguments "{% $states.input %}"
              Assign {"stock":"{% $states.result %}"}
              Next -> ChargePayment
            ChargePayment: Task
              Arguments "{% $states.context.Execution.Input %}"
              TimeoutSeconds 30
              Retry {"ErrorEquals":["States.Timeout","Sandbox.Timedout"],"MaxAttempts":2}
              Output "{% [$stock, $states.result] %}"
              End true
          Retry {"ErrorEquals":["OrderError.Unavailable","PaymentError.Gateway","States.Timeout","Sandbox.Timedout"],"IntervalSeconds":5,"MaxAttempts":2}
          Assign {"stock2":"{% ($states.result[0])[0] %}","payment":"{% ($states.result[0])[1] %}"}
          Next -> Both
        Both: Parallel
            -> UpdateInventory
            UpdateInventory: Task
              Arguments "{% $stock2 %}"
              End true
            -> Notify
            Notify: Task
              Arguments {"user":"{% $states.context.Execution.Input.userId %}","text":"{% $payment.paymentId %}"}
              End true
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Catch {"ErrorEquals":["States.ALL"],"Next":"Done"}
          Output "{% $stock2.reserved %}"
          End true
        Done: Succeed
          Output "{% 0 %}"
    "#]].assert_eq(&states::<TriedAgain>());
}
