//! Workflows that call workflows.
#![allow(unnameable_test_items, clippy::items_after_statements)]

use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::{machine, refusals, states};

workflow!(
    /// Ships an order.
    pub async fn ship_flow(order: Order) -> Result<Receipt> {
        let stock = check_inventory(order).await?;
        update_inventory(stock).await?;
        Ok(Receipt { number: order.order_id })
    }
);

workflow!(
    /// Says how it fails.
    #[workflow(error = PaymentError)]
    pub async fn pay_flow(order: Order) -> Result<Payment> {
        charge_payment(order).await
    }
);

workflow!(
    /// Takes nothing.
    pub async fn tick_flow() -> Result<()> {
        ping().await
    }
);

workflow!(
    pub async fn last_call(order: Order) -> Result<Receipt> {
        ship_flow(order).await
    }
);

#[test]
fn the_result_is_the_childs_output_and_its_failure_is_handed_on_as_its_own() {
    expect![[r#"
        {
          "QueryLanguage": "JSONata",
          "StartAt": "ShipFlow",
          "States": {
            "ShipFlow": {
              "Type": "Task",
              "Comment": "Ships an order.",
              "Resource": "arn:aws:states:::states:startExecution.sync:2",
              "Arguments": {
                "StateMachineArn": "${ShipFlowStateMachineArn}",
                "Input": "{% $states.context.Execution.Input %}"
              },
              "Catch": [
                {
                  "ErrorEquals": [
                    "States.ALL"
                  ],
                  "Assign": {
                    "failure": "{% $states.errorOutput.Error = 'States.TaskFailed' ? $parse($states.errorOutput.Cause) : $states.errorOutput %}"
                  },
                  "Next": "Failed"
                }
              ],
              "Output": "{% $states.result.Output %}",
              "End": true
            },
            "Failed": {
              "Type": "Fail",
              "Error": "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}",
              "Cause": "{% $failure.Cause ? $failure.Cause : '' %}"
            }
          }
        }"#]].assert_eq(&serde_json::to_string_pretty(&machine::<LastCall>()).unwrap_or_default());
}

workflow!(
    pub async fn several(order: Order) -> Result<String> {
        let receipt = ship_flow(order).await?;
        #[state = "ShipAgain"]
        #[timeout = "1h"]
        #[retry(on(Failed, TimedOut), max_attempts = 2)]
        let second = ship_flow(order).await?;
        tick_flow().await?;
        notify(receipt.number, second.number).await?;
        Ok(receipt.number)
    }
);

#[test]
fn one_fail_serves_them_all() {
    expect![[r#"
        -> ShipFlow
        ShipFlow: Task arn:aws:states:::states:startExecution.sync:2
          Comment "Ships an order."
          Arguments {"StateMachineArn":"${ShipFlowStateMachineArn}","Input":"{% $states.context.Execution.Input %}"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput.Error = 'States.TaskFailed' ? $parse($states.errorOutput.Cause) : $states.errorOutput %}"},"Next":"Failed"}
          Assign {"receipt":"{% $states.result.Output %}"}
          Next -> ShipAgain
        ShipAgain: Task arn:aws:states:::states:startExecution.sync:2
          Comment "Ships an order."
          Arguments {"StateMachineArn":"${ShipFlowStateMachineArn}","Input":"{% $states.context.Execution.Input %}"}
          TimeoutSeconds 3600
          Retry {"ErrorEquals":["States.TaskFailed","States.Timeout"],"MaxAttempts":2}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput.Error = 'States.TaskFailed' ? $parse($states.errorOutput.Cause) : $states.errorOutput %}"},"Next":"Failed"}
          Assign {"second":"{% $states.result.Output %}"}
          Next -> TickFlow
        TickFlow: Task arn:aws:states:::states:startExecution.sync:2
          Comment "Takes nothing."
          Arguments {"StateMachineArn":"${TickFlowStateMachineArn}","Input":{}}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput.Error = 'States.TaskFailed' ? $parse($states.errorOutput.Cause) : $states.errorOutput %}"},"Next":"Failed"}
          Next -> Notify
        Notify: Task
          Arguments {"user":"{% $receipt.number %}","text":"{% $second.number %}"}
          Output "{% $receipt.number %}"
          End true
        Failed: Fail
          Error "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}"
          Cause "{% $failure.Cause ? $failure.Cause : '' %}"
    "#]].assert_eq(&states::<Several>());
}

workflow!(
    pub async fn opaque(order: Order) -> Result<String> {
        match ship_flow(order).await {
            Ok(receipt) => Ok(receipt.number),
            Err(Failed(failure)) => {
                notify(failure.error(), failure.cause()).await?;
                Err(failure)
            }
            Err(TimedOut) => Ok("late".to_string()),
            Err(HeartbeatTimedOut | Other(_)) => Ok("odd".to_string()),
        }
    }
);

#[test]
fn a_failure_that_is_not_declared_is_known_by_name_and_cause() {
    expect![[r#"
        -> ShipFlow
        ShipFlow: Task arn:aws:states:::states:startExecution.sync:2
          Comment "Ships an order."
          Arguments {"StateMachineArn":"${ShipFlowStateMachineArn}","Input":"{% $states.context.Execution.Input %}"}
          Catch {"ErrorEquals":["States.TaskFailed"],"Assign":{"failure":"{% $states.errorOutput.Error = 'States.TaskFailed' ? $parse($states.errorOutput.Cause) : $states.errorOutput %}"},"Next":"Notify"}
          Catch {"ErrorEquals":["States.Timeout"],"Next":"Done"}
          Catch {"ErrorEquals":["States.ALL"],"Next":"Done2"}
          Output "{% $states.result.Output.number %}"
          End true
        Notify: Task
          Arguments {"user":"{% $failure.Error ? $failure.Error : '' %}","text":"{% $failure.Cause ? $failure.Cause : '' %}"}
          Next -> Failed
        Failed: Fail
          Error "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}"
          Cause "{% $failure.Cause ? $failure.Cause : '' %}"
        Done: Succeed
          Output "{% 'late' %}"
        Done2: Succeed
          Output "{% 'odd' %}"
    "#]].assert_eq(&states::<Opaque>());
}

workflow!(
    pub async fn declared(order: Order) -> Result<Payment> {
        let payment = match pay_flow(order).await {
            Ok(payment) => payment,
            Err(Failed(PaymentError::Declined { reason, .. })) => {
                notify(order.user_id, reason).await?;
                return Err(OrderFailure::Rejected.into());
            }
            Err(failure) => return Err(failure.into()),
        };
        Ok(payment)
    }
);

#[test]
fn a_declared_error_is_told_by_a_choice_and_its_data_read_out_of_the_description() {
    expect![[r#"
        -> PayFlow
        PayFlow: Task arn:aws:states:::states:startExecution.sync:2
          Comment "Says how it fails."
          Arguments {"StateMachineArn":"${PayFlowStateMachineArn}","Input":"{% $states.context.Execution.Input %}"}
          Catch {"ErrorEquals":["States.TaskFailed"],"Assign":{"failure":"{% $states.errorOutput.Error = 'States.TaskFailed' ? $parse($states.errorOutput.Cause) : $states.errorOutput %}"},"Next":"Notify?"}
          Output "{% $states.result.Output %}"
          End true
        Notify?: Choice
          Choices {"Condition":"{% $failure.Error = 'PaymentError.Declined' %}","Next":"Notify"}
          Default -> Failed
        Notify: Task
          Arguments {"user":"{% $states.context.Execution.Input.userId %}","text":"{% $parse($parse($failure.Cause).errorMessage).error.Declined.reason %}"}
          Next -> OrderFailureRejected
        OrderFailureRejected: Fail
          Error "OrderFailure.Rejected"
          Cause "{\"errorType\":\"OrderFailure.Rejected\",\"errorMessage\":\"{\\\"message\\\":\\\"the order was rejected\\\",\\\"error\\\":\\\"Rejected\\\"}\"}"
        Failed: Fail
          Error "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}"
          Cause "{% $failure.Cause ? $failure.Cause : '' %}"
    "#]].assert_eq(&states::<Declared>());
}

workflow!(
    pub async fn everywhere(order: Order) -> Result<()> {
        #[compensate(tick_flow())]
        let payment = pay_flow(order).await?;
        let (receipt, _) = try_join!(ship_flow(order), async {
            #[state = "ShipToo"]
            let receipt = ship_flow(order).await?;
            notify(receipt.number, payment.payment_id).await
        })?;
        #[state = "TellIt"]
        notify(order.user_id, receipt.number).await
    }
);

#[test]
fn branches_and_undos_call_workflows_too() {
    expect![[r#"
        -> PayFlow
        PayFlow: Task arn:aws:states:::states:startExecution.sync:2
          Comment "Says how it fails."
          Arguments {"StateMachineArn":"${PayFlowStateMachineArn}","Input":"{% $states.context.Execution.Input %}"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput.Error = 'States.TaskFailed' ? $parse($states.errorOutput.Cause) : $states.errorOutput %}"},"Next":"Failed"}
          Assign {"payment":"{% $states.result.Output %}"}
          Next -> ShipFlowAndShipToo
        ShipFlowAndShipToo: Parallel
            -> ShipFlow
            ShipFlow: Task arn:aws:states:::states:startExecution.sync:2
              Comment "Ships an order."
              Arguments {"StateMachineArn":"${ShipFlowStateMachineArn}","Input":"{% $states.context.Execution.Input %}"}
              Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure2":"{% $states.errorOutput.Error = 'States.TaskFailed' ? $parse($states.errorOutput.Cause) : $states.errorOutput %}"},"Next":"FailedAfterShipFlow"}
              Output "{% $states.result.Output %}"
              End true
            FailedAfterShipFlow: Fail
              Error "{% $failure2.Error ? $failure2.Error : 'States.TaskFailed' %}"
              Cause "{% $failure2.Cause ? $failure2.Cause : '' %}"
            -> ShipToo
            ShipToo: Task arn:aws:states:::states:startExecution.sync:2
              Comment "Ships an order."
              Arguments {"StateMachineArn":"${ShipFlowStateMachineArn}","Input":"{% $states.context.Execution.Input %}"}
              Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure3":"{% $states.errorOutput.Error = 'States.TaskFailed' ? $parse($states.errorOutput.Cause) : $states.errorOutput %}"},"Next":"FailedAfterShipToo"}
              Assign {"receipt":"{% $states.result.Output %}"}
              Next -> Notify
            Notify: Task
              Arguments {"user":"{% $receipt.number %}","text":"{% $payment.paymentId %}"}
              End true
            FailedAfterShipToo: Fail
              Error "{% $failure3.Error ? $failure3.Error : 'States.TaskFailed' %}"
              Cause "{% $failure3.Cause ? $failure3.Cause : '' %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure4":"{% $states.errorOutput %}"},"Next":"TickFlow"}
          Assign {"receipt2":"{% $states.result[0] %}"}
          Next -> TellIt
        TellIt: Task Notify
          Arguments {"user":"{% $states.context.Execution.Input.userId %}","text":"{% $receipt2.number %}"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure4":"{% $states.errorOutput %}"},"Next":"TickFlow"}
          End true
        Failed: Fail
          Error "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}"
          Cause "{% $failure.Cause ? $failure.Cause : '' %}"
        TickFlow: Task arn:aws:states:::states:startExecution.sync:2
          Comment "Takes nothing."
          Arguments {"StateMachineArn":"${TickFlowStateMachineArn}","Input":{}}
          Catch {"ErrorEquals":["States.ALL"],"Next":"FailedAfterTickFlow"}
          Next -> FailedAfterTickFlow
        FailedAfterTickFlow: Fail
          Error "{% $failure4.Error ? $failure4.Error : 'States.TaskFailed' %}"
          Cause "{% $failure4.Cause ? $failure4.Cause : '' %}"
    "#]].assert_eq(&states::<Everywhere>());
}

workflow!(
    pub async fn grouped(order: Order) -> Result<String> {
        match async {
            let receipt = ship_flow(order).await?;
            notify(order.user_id, receipt.number).await?;
            Ok(receipt.number)
        }
        .await
        {
            Ok(number) => Ok(number),
            Err(failure) => Ok(failure.error()),
        }
    }
);

#[test]
fn a_groups_handler_sees_the_childs_own_error() {
    expect![[r#"
        -> ShipFlow
        ShipFlow: Task arn:aws:states:::states:startExecution.sync:2
          Comment "Ships an order."
          Arguments {"StateMachineArn":"${ShipFlowStateMachineArn}","Input":"{% $states.context.Execution.Input %}"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput.Error = 'States.TaskFailed' ? $parse($states.errorOutput.Cause) : $states.errorOutput %}"},"Next":"Done"}
          Assign {"receipt":"{% $states.result.Output %}"}
          Next -> Notify
        Notify: Task
          Arguments {"user":"{% $states.context.Execution.Input.userId %}","text":"{% $receipt.number %}"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Done"}
          Output "{% $receipt.number %}"
          End true
        Done: Succeed
          Output "{% $failure.Error ? $failure.Error : '' %}"
    "#]].assert_eq(&states::<Grouped>());
}

workflow!(
    pub async fn asked(order: Order) -> Result<String> {
        match ship_flow(order).await {
            Ok(receipt) => Ok(receipt.number),
            Err(failure) => {
                if failure.is::<OrderError>() {
                    return Ok("not shipped".to_string());
                }
                Err(failure.into())
            }
        }
    }
);

#[test]
fn a_failure_may_be_asked_whose_it_is() {
    expect![[r#"
        -> ShipFlow
        ShipFlow: Task arn:aws:states:::states:startExecution.sync:2
          Comment "Ships an order."
          Arguments {"StateMachineArn":"${ShipFlowStateMachineArn}","Input":"{% $states.context.Execution.Input %}"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput.Error = 'States.TaskFailed' ? $parse($states.errorOutput.Cause) : $states.errorOutput %}"},"Next":"Failed?"}
          Output "{% $states.result.Output.number %}"
          End true
        Failed?: Choice
          Choices {"Condition":"{% $failure.Error in ['InvalidOrderError', 'OrderError.Unavailable'] %}","Next":"Done"}
          Default -> Failed
        Failed: Fail
          Error "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}"
          Cause "{% $failure.Cause ? $failure.Cause : '' %}"
        Done: Succeed
          Output "{% 'not shipped' %}"
    "#]].assert_eq(&states::<Asked>());
}

workflow!(
    pub async fn starts(order: Order) -> Result<String> {
        let _ = spawn(ship_flow(order)).await;
        #[state = "StartPayment"]
        let execution = spawn(pay_flow(order)).await?;
        notify(order.user_id, execution).await?;
        #[state = "StartAgain"]
        spawn(starts(order)).await
    }
);

#[test]
fn what_is_spawned_is_only_started() {
    expect![[r#"
        -> ShipFlow
        ShipFlow: Task arn:aws:states:::states:startExecution
          Comment "Ships an order."
          Arguments {"StateMachineArn":"${ShipFlowStateMachineArn}","Input":"{% $states.context.Execution.Input %}"}
          Catch {"ErrorEquals":["States.ALL"],"Next":"StartPayment"}
          Next -> StartPayment
        StartPayment: Task arn:aws:states:::states:startExecution
          Comment "Says how it fails."
          Arguments {"StateMachineArn":"${PayFlowStateMachineArn}","Input":"{% $states.context.Execution.Input %}"}
          Assign {"execution":"{% $states.result.ExecutionArn %}"}
          Next -> Notify
        Notify: Task
          Arguments {"user":"{% $states.context.Execution.Input.userId %}","text":"{% $execution %}"}
          Next -> StartAgain
        StartAgain: Task arn:aws:states:::states:startExecution
          Arguments {"StateMachineArn":"${StartsStateMachineArn}","Input":"{% $states.context.Execution.Input %}"}
          Output "{% $states.result.ExecutionArn %}"
          End true
    "#]]
    .assert_eq(&states::<Starts>());
}

#[test]
fn what_calls_itself_is_refused_and_named() {
    workflow!(
        pub async fn ping_flow(order: Order) -> Result<Receipt> {
            pong_flow(order).await
        }
    );

    workflow!(
        pub async fn pong_flow(order: Order) -> Result<Receipt> {
            match ping_flow(order).await {
                Ok(receipt) => Ok(receipt),
                Err(_) => pong_flow(order).await,
            }
        }
    );

    expect![[r#"
        WF1371 workflow `PingFlow` calls itself: `PingFlow` → `PongFlow` → `PingFlow`; nothing bounds how deep its executions nest and wait for each other. Start the next one with `spawn(..)`, or write a loop
        WF1371 workflow `PongFlow` calls itself: `PongFlow` → `PingFlow` → `PongFlow`; nothing bounds how deep its executions nest and wait for each other. Start the next one with `spawn(..)`, or write a loop
        WF1371 workflow `PongFlow` calls itself: `PongFlow` → `PongFlow`; nothing bounds how deep its executions nest and wait for each other. Start the next one with `spawn(..)`, or write a loop
    "#]].assert_eq(&(refusals::<PingFlow>() + &refusals::<PongFlow>()));
}

#[test]
fn what_a_nested_call_cannot_do_is_refused() {
    workflow!(
        #[workflow(express)]
        pub async fn quick_flow(order: Order) -> Result<Payment> {
            charge_payment(order).await
        }
    );

    workflow!(
        pub async fn text_flow(text: String) -> Result<()> {
            alert(text).await
        }
    );

    workflow!(
        pub async fn refused(order: Order) -> Result<Payment> {
            spawn(text_flow(order.user_id)).await?;
            #[heartbeat = "10s"]
            ship_flow(order).await?;
            #[retry(on(PaymentError::Gateway))]
            pay_flow(order).await?;
            quick_flow(order).await
        }
    );

    expect![[r#"
        WF1375 `text_flow` takes `String`, and an execution is only started with a JSON object: take a struct with that field
        WF1370 nobody gives a sign of life for `ship_flow`, which is a workflow: leave `#[heartbeat]` out, or bound it by `#[timeout]`
        WF1373 a retrier cannot see that `pay_flow` failed with `Gateway`: every failure of a child execution arrives as `States.TaskFailed`; write `on(Failed)`, or retry inside of `pay_flow`
        WF1372 `quick_flow` is an Express workflow, whose end a Task cannot wait for: start it with `spawn(quick_flow(..)).await?`, or make it a Standard one
    "#]].assert_eq(&refusals::<Refused>());
}
