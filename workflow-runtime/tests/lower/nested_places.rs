//! Workflows that are called and started where rounds and items are.

use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::states;

workflow!(
    #[workflow(error = PaymentError)]
    pub async fn pay_flow(order: Order) -> Result<Payment> {
        charge_payment(order).await
    }
);

workflow!(
    pub async fn each_paid(order: Order) -> Result<Vec<Payment>> {
        #[max_concurrency(3)]
        let paid = try_map(&order.items, async |item| {
            let payment = match pay_flow(Order { user_id: item.sku, ..order.clone() }).await {
                Ok(payment) => payment,
                Err(Failed(PaymentError::Gateway)) => Payment { payment_id: String::from("later") },
                Err(failure) => return Err(failure.into()),
            };
            Ok(payment)
        })
        .await?;
        Ok(paid)
    }
);

#[test]
fn a_workflow_is_called_for_each_item() {
    expect![[r#"
        -> ForEachItem
        ForEachItem: Map
          Items "{% $states.context.Execution.Input.items %}"
            -> PayFlow
            PayFlow: Task arn:aws:states:::states:startExecution.sync:2
              Arguments {"StateMachineArn":"${PayFlowStateMachineArn}","Input":"{% $merge([$states.context.Execution.Input, {'userId': $states.input.sku}]) %}"}
              Catch {"ErrorEquals":["States.TaskFailed"],"Assign":{"failure":"{% $states.errorOutput.Error = 'States.TaskFailed' ? $parse($states.errorOutput.Cause) : $states.errorOutput %}"},"Next":"Failed?"}
              Output "{% $states.result.Output %}"
              End true
            Failed?: Choice
              Choices {"Condition":"{% $failure.Error = 'PaymentError.Gateway' %}","Next":"Done"}
              Default -> Failed
            Failed: Fail
              Error "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}"
              Cause "{% $failure.Cause ? $failure.Cause : '' %}"
            Done: Succeed
              Output {"paymentId":"later"}
          MaxConcurrency 3
          End true
    "#]].assert_eq(&states::<EachPaid>());
}

workflow!(
    pub async fn until_paid(order: Order) -> Result<u32> {
        let mut tries = 0;
        loop {
            tries += 1;
            match pay_flow(order.clone()).await {
                Ok(_) => break,
                Err(_) => sleep(mins(1)).await,
            }
        }
        for item in order.items {
            if item.quantity > 1 {
                #[state = "PayAside"]
                spawn(pay_flow(order.clone())).await?;
                continue;
            }
            tries += 1;
        }
        Ok(tries)
    }
);

#[test]
fn a_workflow_is_called_in_a_round() {
    expect![[r#"
        -> Prepare
        Prepare: Pass
          Assign {"tries":0}
          Next -> PayFlow
        PayFlow: Task arn:aws:states:::states:startExecution.sync:2
          Arguments {"StateMachineArn":"${PayFlowStateMachineArn}","Input":"{% $states.context.Execution.Input %}"}
          Catch {"ErrorEquals":["States.ALL"],"Next":"Wait1Minute"}
          Assign {"tries":"{% $tries + 1 %}","item_index":0}
          Next -> NextItem?
        Wait1Minute: Wait
          Seconds 60
          Assign {"tries":"{% $tries + 1 %}"}
          Next -> PayFlow
        NextItem?: Choice
          Choices {"Condition":"{% $item_index < $count($states.context.Execution.Input.items) and $states.context.Execution.Input.items[$item_index].quantity > 1 %}","Next":"PayAside"}
          Choices {"Condition":"{% $item_index < $count($states.context.Execution.Input.items) %}","Assign":{"tries":"{% $tries + 1 %}","item_index":"{% $item_index + 1 %}"},"Next":"NextItem?"}
          Default -> Done
        PayAside: Task arn:aws:states:::states:startExecution
          Arguments {"StateMachineArn":"${PayFlowStateMachineArn}","Input":"{% $states.context.Execution.Input %}"}
          Assign {"item_index":"{% $item_index + 1 %}"}
          Next -> NextItem?
        Done: Succeed
          Output "{% $tries %}"
    "#]].assert_eq(&states::<UntilPaid>());
}
