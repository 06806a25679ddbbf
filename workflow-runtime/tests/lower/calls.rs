use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::{machine, states};

workflow!(
    /// One step.
    pub async fn one_step(order: Order) -> Result<Order> {
        validate_order(order).await
    }
);

#[test]
fn one_step_is_one_state() {
    expect![[r#"
        {
          "Comment": "One step.",
          "QueryLanguage": "JSONata",
          "StartAt": "ValidateOrder",
          "States": {
            "ValidateOrder": {
              "Type": "Task",
              "Comment": "Checks an order.",
              "Resource": "${ValidateOrderFunctionArn}",
              "Arguments": "{% $states.input %}",
              "TimeoutSeconds": 30,
              "Retry": [
                {
                  "ErrorEquals": [
                    "OrderError.Unavailable",
                    "States.Timeout",
                    "Sandbox.Timedout"
                  ],
                  "IntervalSeconds": 2,
                  "MaxAttempts": 3,
                  "BackoffRate": 2.0
                },
                {
                  "ErrorEquals": [
                    "Lambda.ClientExecutionTimeoutException",
                    "Lambda.ServiceException",
                    "Lambda.AWSLambdaException",
                    "Lambda.SdkClientException",
                    "Lambda.TooManyRequestsException"
                  ],
                  "IntervalSeconds": 2,
                  "MaxAttempts": 6,
                  "BackoffRate": 2.0
                }
              ],
              "End": true
            }
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&machine::<OneStep>()).unwrap_or_default());
}

workflow!(
    pub async fn shapes(order: Order) -> Result<()> {
        ping().await?;
        notify(order.user_id, "a text".to_string()).await?;
        #[state = "NotifyAgain"]
        notify(order.user_id, "{% no expression %}".to_string()).await?;
        request_approval(order).await?;
        Ok(())
    }
);

#[test]
fn arguments_are_a_value_an_object_by_name_or_nothing() {
    expect![[r#"
        -> Ping
        Ping: Task
          Arguments {}
          Next -> Notify
        Notify: Task
          Arguments {"user":"{% $states.context.Execution.Input.userId %}","text":"a text"}
          Next -> NotifyAgain
        NotifyAgain: Task Notify
          Arguments {"user":"{% $states.context.Execution.Input.userId %}","text":"{% '{% no expression %}' %}"}
          Next -> RequestApproval
        RequestApproval: Task arn:aws:states:::lambda:invoke.waitForTaskToken
          Arguments {"FunctionName":"${RequestApprovalFunctionArn}","Payload":{"order":"{% $states.context.Execution.Input %}","token":"{% $states.context.Task.Token %}"}}
          TimeoutSeconds 259200
          HeartbeatSeconds 3600
          Output "{% null %}"
          End true
    "#]].assert_eq(&states::<Shapes>());
}

workflow!(
    pub async fn overrides(order: Order) -> Result<Payment> {
        /// Takes the money.
        #[state = "Charge"]
        #[retry(
            on(PaymentError::Gateway, HeartbeatTimedOut),
            interval = "3s",
            max_attempts = 5,
            backoff_rate = 1.5,
            max_delay = "1m",
            jitter
        )]
        #[retry(on(All), max_attempts = 1)]
        #[timeout = "2m"]
        #[heartbeat = "10s"]
        let payment = charge_payment(order).await?;
        let _ = alert(payment.payment_id).await;
        Ok(payment)
    }
);

#[test]
fn attributes_of_a_call_win_and_a_catch_all_retrier_stays_last() {
    let machine = machine::<Overrides>();
    expect![[r#"
        -> Charge
        Charge: Task ChargePayment
          Comment "Takes the money."
          Arguments "{% $states.input %}"
          TimeoutSeconds 120
          HeartbeatSeconds 10
          Retry {"ErrorEquals":["PaymentError.Gateway","States.HeartbeatTimeout"],"IntervalSeconds":3,"MaxAttempts":5,"BackoffRate":1.5,"MaxDelaySeconds":60,"JitterStrategy":"FULL"}
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Assign {"payment":"{% $states.result %}"}
          Next -> Alert
        Alert: Task
          Arguments "{% $payment.paymentId %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Catch {"ErrorEquals":["States.ALL"],"Next":"Done"}
          Output "{% $payment %}"
          End true
        Done: Succeed
          Output "{% $payment %}"
    "#]].assert_eq(&states::<Overrides>());
    let last =
        machine["States"]["Charge"]["Retry"].as_array().and_then(|retry| retry.last()).cloned().unwrap_or_default();
    assert_eq!(last["ErrorEquals"], serde_json::json!(["States.ALL"]));
}

workflow!(
    pub async fn parts(order: Order) -> Result<f64> {
        let Fraud { score } = fraud_check(order).await?;
        let unused = check_inventory(order).await?;
        let _ = unused;
        Ok(score)
    }
);

#[test]
fn only_what_is_read_is_assigned() {
    expect![[r#"
        -> FraudCheck
        FraudCheck: Task
          Arguments "{% $states.input %}"
          Assign {"score":"{% $states.result.score %}"}
          Next -> CheckInventory
        CheckInventory: Task
          Arguments "{% $states.context.Execution.Input %}"
          Output "{% $score %}"
          End true
    "#]]
    .assert_eq(&states::<Parts>());
}

workflow!(
    pub async fn discards(order: Order) -> Result<Order> {
        let _ = update_inventory(Stock { reserved: 0 }).await;
        alert(order.order_id).await.ok();
        Ok(order)
    }
);

#[test]
fn a_discarded_result_goes_on_after_success_and_failure() {
    expect![[r#"
        -> UpdateInventory
        UpdateInventory: Task
          Arguments {"reserved":0}
          Catch {"ErrorEquals":["States.ALL"],"Next":"Alert"}
          Next -> Alert
        Alert: Task
          Arguments "{% $states.context.Execution.Input.orderId %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Catch {"ErrorEquals":["States.ALL"],"Next":"Done"}
          Output "{% $states.context.Execution.Input %}"
          End true
        Done: Succeed
          Output "{% $states.context.Execution.Input %}"
    "#]]
    .assert_eq(&states::<Discards>());
}
