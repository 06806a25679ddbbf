use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::states;

workflow!(
    pub async fn arms(order: Order) -> Result<Payment> {
        match charge_payment(order).await {
            Ok(payment) => Ok(payment),
            Err(Failed(PaymentError::Declined { reason, code })) => {
                notify(order.user_id, format!("{reason} ({code})")).await?;
                Err(OrderFailure::Rejected.into())
            }
            Err(TimedOut | HeartbeatTimedOut) => Err(OrderFailure::NotApproved.into()),
            Err(failure) => Err(failure.into()),
        }
    }
);

#[test]
fn arms_are_catchers_and_the_arm_that_hands_on_is_none() {
    expect![[r#"
        -> ChargePayment
        ChargePayment: Task
          Arguments "{% $states.input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["States.Timeout","Sandbox.Timedout"],"MaxAttempts":2}
          Catch {"ErrorEquals":["PaymentError.Declined"],"Assign":{"reason":"{% $parse($parse($states.errorOutput.Cause).errorMessage).error.Declined.reason %}","code":"{% $parse($parse($states.errorOutput.Cause).errorMessage).error.Declined.code %}"},"Next":"Notify"}
          Catch {"ErrorEquals":["States.Timeout","Sandbox.Timedout"],"Next":"OrderFailureNotApproved"}
          End true
        Notify: Task
          Arguments {"user":"{% $states.context.Execution.Input.userId %}","text":"{% $reason & ' (' & $formatNumber($code, '0') & ')' %}"}
          Next -> OrderFailureRejected
        OrderFailureRejected: Fail
          Error "OrderFailure.Rejected"
          Cause "{\"errorType\":\"OrderFailure.Rejected\",\"errorMessage\":\"{\\\"message\\\":\\\"the order was rejected\\\",\\\"error\\\":\\\"Rejected\\\"}\"}"
        OrderFailureNotApproved: Fail
          Error "OrderFailure.NotApproved"
          Cause "{\"errorType\":\"OrderFailure.NotApproved\",\"errorMessage\":\"{\\\"message\\\":\\\"nobody approved the order\\\",\\\"error\\\":\\\"NotApproved\\\"}\"}"
    "#]].assert_eq(&states::<Arms>());
}

workflow!(
    pub async fn order_matters(order: Order) -> Result<Order> {
        match validate_order(order).await {
            Ok(order) => Ok(order),
            Err(Failed(error)) => Err(error.into()),
            Err(Other(output)) => {
                alert(output.cause.unwrap_or("none".to_string())).await?;
                Ok(order)
            }
            Err(TimedOut | HeartbeatTimedOut) => Ok(order),
        }
    }
);

#[test]
fn a_failure_handed_on_is_kept_from_a_later_catch_all() {
    expect![[r#"
        -> ValidateOrder
        ValidateOrder: Task
          Comment "Checks an order."
          Arguments "{% $states.input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["OrderError.Unavailable","States.Timeout","Sandbox.Timedout"],"IntervalSeconds":2,"MaxAttempts":3,"BackoffRate":2.0}
          Catch {"ErrorEquals":["InvalidOrderError","OrderError.Unavailable"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Failed"}
          Catch {"ErrorEquals":["States.Timeout","Sandbox.Timedout"],"Next":"Done"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"output":"{% $states.errorOutput %}"},"Next":"Alert"}
          End true
        Failed: Fail
          Error "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}"
          Cause "{% $failure.Cause ? $failure.Cause : '' %}"
        Alert: Task
          Arguments "{% $output.Cause != null ? $output.Cause : 'none' %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Output "{% $states.context.Execution.Input %}"
          End true
        Done: Succeed
          Output "{% $states.context.Execution.Input %}"
    "#]].assert_eq(&states::<OrderMatters>());
}

workflow!(
    pub async fn heartbeats(order: Order) -> Result<bool> {
        match request_approval(order).await {
            Ok(approval) => Ok(approval.approved),
            Err(TimedOut) => Ok(false),
            Err(HeartbeatTimedOut) => Err(OrderFailure::NotApproved.into()),
            Err(Failed(_) | Other(_)) => Ok(true),
        }
    }
);

#[test]
fn a_missed_heartbeat_is_caught_before_the_timeout() {
    expect![[r#"
        -> RequestApproval
        RequestApproval: Task arn:aws:states:::lambda:invoke.waitForTaskToken
          Arguments {"FunctionName":"${RequestApprovalFunctionArn}","Payload":{"order":"{% $states.context.Execution.Input %}","token":"{% $states.context.Task.Token %}"}}
          TimeoutSeconds 259200
          HeartbeatSeconds 3600
          Catch {"ErrorEquals":["States.HeartbeatTimeout"],"Next":"OrderFailureNotApproved"}
          Catch {"ErrorEquals":["States.Timeout","Sandbox.Timedout"],"Next":"Done"}
          Catch {"ErrorEquals":["States.ALL"],"Next":"Done2"}
          Output "{% $states.result.approved %}"
          End true
        OrderFailureNotApproved: Fail
          Error "OrderFailure.NotApproved"
          Cause "{\"errorType\":\"OrderFailure.NotApproved\",\"errorMessage\":\"{\\\"message\\\":\\\"nobody approved the order\\\",\\\"error\\\":\\\"NotApproved\\\"}\"}"
        Done: Succeed
          Output "{% false %}"
        Done2: Succeed
          Output "{% true %}"
    "#]].assert_eq(&states::<Heartbeats>());
}

workflow!(
    pub async fn values(order: Order) -> Result<Order> {
        let order = match validate_order(order).await {
            Ok(order) => order,
            Err(_) => order,
        };
        let text = match alert(order.order_id).await {
            Ok(()) => "told",
            Err(_) => "failed",
        };
        notify(order.user_id, text.to_string()).await?;
        Ok(order)
    }
);

#[test]
fn the_value_of_a_match_rides_on_the_ways_that_end_it() {
    expect![[r#"
        -> ValidateOrder
        ValidateOrder: Task
          Comment "Checks an order."
          Arguments "{% $states.input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["OrderError.Unavailable","States.Timeout","Sandbox.Timedout"],"IntervalSeconds":2,"MaxAttempts":3,"BackoffRate":2.0}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"order":"{% $states.context.Execution.Input %}"},"Next":"Alert"}
          Assign {"order":"{% $states.result %}"}
          Next -> Alert
        Alert: Task
          Arguments "{% $order.orderId %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"text":"failed"},"Next":"Notify"}
          Assign {"text":"told"}
          Next -> Notify
        Notify: Task
          Arguments {"user":"{% $order.userId %}","text":"{% $text %}"}
          Output "{% $order %}"
          End true
    "#]].assert_eq(&states::<Values>());
}

workflow!(
    pub async fn raises(order: Order) -> Result<Order> {
        if order.total_cents > 5 {
            return Err(OrderFailure::Limit(order.total_cents).into());
        }
        if order.express {
            return Err(PaymentError::Declined { reason: order.user_id, code: 7 }.into());
        }
        if order.items.is_empty() {
            return Err(OrderFailure::Limit(1).into());
        }
        Ok(order)
    }
);

#[test]
fn errors_of_the_workflow_have_a_steps_wire_text() {
    expect![[r#"
        -> OrderFailureLimit?
        OrderFailureLimit?: Choice
          Choices {"Condition":"{% $states.context.Execution.Input.totalCents > 5 %}","Next":"OrderFailureLimit"}
          Choices {"Condition":"{% $states.context.Execution.Input.express %}","Next":"PaymentErrorDeclined"}
          Choices {"Condition":"{% $count($states.context.Execution.Input.items) = 0 %}","Next":"OrderFailure.Limit"}
          Default -> Done
        OrderFailureLimit: Fail
          Error "OrderFailure.Limit"
          Cause "{% $string({'errorType': 'OrderFailure.Limit', 'errorMessage': $string({'message': $formatNumber($states.context.Execution.Input.totalCents, '0') & ' cents are too much', 'error': {'Limit': $states.context.Execution.Input.totalCents}})}) %}"
        PaymentErrorDeclined: Fail
          Error "PaymentError.Declined"
          Cause "{% $string({'errorType': 'PaymentError.Declined', 'errorMessage': $string({'message': 'card declined: ' & $states.context.Execution.Input.userId, 'error': {'Declined': {'reason': $states.context.Execution.Input.userId, 'code': 7}}})}) %}"
        OrderFailure.Limit: Fail
          Error "OrderFailure.Limit"
          Cause "{\"errorType\":\"OrderFailure.Limit\",\"errorMessage\":\"{\\\"message\\\":\\\"1 cents are too much\\\",\\\"error\\\":{\\\"Limit\\\":1}}\"}"
        Done: Succeed
    "#]].assert_eq(&states::<Raises>());
}
