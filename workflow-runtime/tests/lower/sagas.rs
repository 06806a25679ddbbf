//! Undos that a chain does not reach.
#![allow(unnameable_test_items, clippy::items_after_statements)]

use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::states;

workflow!(
    pub async fn in_a_group(order: Order) -> Result<Receipt> {
        #[compensate(release_stock(stock))]
        let stock = check_inventory(order).await?;
        match async {
            #[compensate(refund(payment))]
            let payment = charge_payment(order).await?;
            send_confirmation(order, payment).await
        }
        .await
        {
            Ok(receipt) => {
                update_inventory(stock).await?;
                Ok(receipt)
            }
            Err(failure) => {
                alert(failure.error()).await?;
                Err(failure.into())
            }
        }
    }
);

#[test]
fn a_group_is_unwound_before_its_handler_runs() {
    expect![[r#"
        -> CheckInventory
        CheckInventory: Task
          Arguments "{% $states.input %}"
          Assign {"stock":"{% $states.result %}","undo":[{"s":"release_stock","a":"{% $states.result %}"}]}
          Next -> ChargePayment
        ChargePayment: Task
          Arguments "{% $states.context.Execution.Input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["States.Timeout","Sandbox.Timedout"],"MaxAttempts":2}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Alert"}
          Assign {"payment":"{% $states.result %}","undo":"{% $append([{'s': 'refund', 'a': $states.result}], $undo) %}"}
          Next -> SendConfirmation
        SendConfirmation: Task
          Arguments {"order":"{% $states.context.Execution.Input %}","payment":"{% $payment %}"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}","undoTo":1},"Next":"Undo"}
          Assign {"receipt":"{% $states.result %}"}
          Next -> UpdateInventory
        UpdateInventory: Task
          Arguments "{% $stock %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure2":"{% $states.errorOutput %}"},"Next":"Undo"}
          Output "{% $receipt %}"
          End true
        Alert: Task
          Arguments "{% $failure.Error ? $failure.Error : '' %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure2":"{% $states.errorOutput %}"},"Next":"Undo"}
          Assign {"failure2":"{% $failure %}"}
          Next -> Undo
        Undo: Choice
          Choices {"Condition":"{% $undoTo = 1 and $count($undo) <= 1 %}","Assign":{"undoTo":0},"Next":"Alert"}
          Choices {"Condition":"{% $undo[0].s = 'refund' %}","Next":"Refund"}
          Choices {"Condition":"{% $undo[0].s = 'release_stock' %}","Next":"ReleaseStock"}
          Default -> Failed
        Refund: Task
          Arguments "{% $undo[0].a %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"undo":"{% $append([], $undo[[1..$count($undo) - 1]]) %}"},"Next":"Undo"}
          Assign {"undo":"{% $append([], $undo[[1..$count($undo) - 1]]) %}"}
          Next -> Undo
        ReleaseStock: Task
          Arguments "{% $undo[0].a %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"undo":"{% $append([], $undo[[1..$count($undo) - 1]]) %}"},"Next":"Undo"}
          Assign {"undo":"{% $append([], $undo[[1..$count($undo) - 1]]) %}"}
          Next -> Undo
        Failed: Fail
          Error "{% $failure2.Error ? $failure2.Error : 'States.TaskFailed' %}"
          Cause "{% $failure2.Cause ? $failure2.Cause : '' %}"
    "#]].assert_eq(&states::<InAGroup>());
}

workflow!(
    pub async fn in_branches(order: Order) -> Result<Receipt> {
        let (stock, payment) = try_join!(
            async {
                #[compensate(release_stock(stock))]
                let stock = check_inventory(order).await?;
                update_inventory(stock).await?;
                Ok(stock)
            },
            charge_payment(order)
        )?;
        #[state = "UpdateAgain"]
        update_inventory(stock).await?;
        send_confirmation(order, payment).await
    }
);

#[test]
fn branches_settle_and_hand_out_their_undos() {
    expect![[r#"
        -> CheckInventoryAndChargePayment
        CheckInventoryAndChargePayment: Parallel
            -> CheckInventory
            CheckInventory: Task
              Arguments "{% $states.input %}"
              Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}","undo":[]},"Next":"Settled"}
              Assign {"stock":"{% $states.result %}","undo":[{"s":"release_stock","a":"{% $states.result %}"}]}
              Next -> UpdateInventory
            UpdateInventory: Task
              Arguments "{% $stock %}"
              Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Settled"}
              Output {"ok":"{% $stock %}","undo":"{% $undo %}"}
              End true
            Settled: Succeed
              Output {"err":"{% $failure %}","undo":"{% $undo %}"}
            -> ChargePayment
            ChargePayment: Task
              Arguments "{% $states.input %}"
              TimeoutSeconds 30
              Retry {"ErrorEquals":["States.Timeout","Sandbox.Timedout"],"MaxAttempts":2}
              Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure2":"{% $states.errorOutput %}"},"Next":"Settled2"}
              Output {"ok":"{% $states.result %}"}
              End true
            Settled2: Succeed
              Output {"err":"{% $failure2 %}"}
          Assign {"results":"{% $states.result %}","undo2":"{% $append([], $reverse($states.result).undo) %}"}
          Next -> UpdateAgain?
        UpdateAgain?: Choice
          Choices {"Condition":"{% $exists($results.err) %}","Assign":{"failure3":"{% $exists($results[0].err) ? $results[0].err : $results[1].err %}"},"Next":"Undo"}
          Default -> UpdateAgain
        UpdateAgain: Task UpdateInventory
          Arguments "{% $results[0].ok %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure3":"{% $states.errorOutput %}"},"Next":"Undo"}
          Next -> SendConfirmation
        SendConfirmation: Task
          Arguments {"order":"{% $states.context.Execution.Input %}","payment":"{% $results[1].ok %}"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure3":"{% $states.errorOutput %}"},"Next":"Undo"}
          End true
        Undo: Choice
          Choices {"Condition":"{% $undo2[0].s = 'release_stock' %}","Next":"ReleaseStock"}
          Default -> Failed
        ReleaseStock: Task
          Arguments "{% $undo2[0].a %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"undo2":"{% $append([], $undo2[[1..$count($undo2) - 1]]) %}"},"Next":"Undo"}
          Assign {"undo2":"{% $append([], $undo2[[1..$count($undo2) - 1]]) %}"}
          Next -> Undo
        Failed: Fail
          Error "{% $failure3.Error ? $failure3.Error : 'States.TaskFailed' %}"
          Cause "{% $failure3.Cause ? $failure3.Cause : '' %}"
    "#]].assert_eq(&states::<InBranches>());
}

workflow!(
    pub async fn called(order: Order) -> Result<u32> {
        #[compensate(release_stock(stock))]
        let stock = check_inventory(order).await?;
        match charge_payment(order).await {
            Ok(_) => Ok(stock.reserved),
            Err(_) => {
                let report = compensate().await;
                if !report.failed.is_empty() {
                    alert(report.failed[0].step).await?;
                }
                Ok(0)
            }
        }
    }
);

#[test]
fn compensate_runs_what_is_due_and_reports() {
    expect![[r#"
        -> CheckInventory
        CheckInventory: Task
          Arguments "{% $states.input %}"
          Assign {"stock":"{% $states.result %}","undo":[{"s":"release_stock","a":"{% $states.result %}"}]}
          Next -> ChargePayment
        ChargePayment: Task
          Arguments "{% $states.context.Execution.Input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["States.Timeout","Sandbox.Timedout"],"MaxAttempts":2}
          Catch {"ErrorEquals":["States.ALL"],"Next":"Undo"}
          Output "{% $stock.reserved %}"
          End true
        Alert?: Choice
          Choices {"Condition":"{% $not($count($report.failed) = 0) %}","Next":"Alert"}
          Default -> Done
        Alert: Task
          Arguments "{% $report.failed[0].step %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Output "{% 0 %}"
          End true
        Done: Succeed
          Output "{% 0 %}"
        Undo: Choice
          Choices {"Condition":"{% $undo[0].s = 'release_stock' %}","Next":"ReleaseStock"}
          Default -> Alert?
          Assign {"report":{"failed":"{% $exists($undoFailures) ? $undoFailures : [] %}"}}
        ReleaseStock: Task
          Arguments "{% $undo[0].a %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"undo":"{% $append([], $undo[[1..$count($undo) - 1]]) %}","undoFailures":"{% $append($exists($undoFailures) ? $undoFailures : [], [{'step': 'release_stock', 'error': $states.errorOutput.Error ? $states.errorOutput.Error : '', 'cause': $states.errorOutput.Cause ? $states.errorOutput.Cause : ''}]) %}"},"Next":"Undo"}
          Assign {"undo":"{% $append([], $undo[[1..$count($undo) - 1]]) %}"}
          Next -> Undo
    "#]].assert_eq(&states::<Called>());
}

workflow!(
    pub async fn everywhere(order: Order) -> Result<u32> {
        match async {
            #[compensate(release_stock(stock))]
            let stock = check_inventory(order).await?;
            let _ = async {
                #[compensate(refund(payment))]
                let payment = charge_payment(order).await?;
                ping().await?;
                Ok(payment.payment_id)
            }
            .await;
            if order.express {
                #[compensate(release_stock(more))]
                #[state = "CheckMore"]
                let more = check_inventory(order).await?;
                update_inventory(more).await?;
            }
            #[state = "PingAgain"]
            ping().await?;
            Ok(stock.reserved)
        }
        .await
        {
            Ok(reserved) => {
                alert("all well".to_string()).await?;
                Ok(reserved)
            }
            Err(_) => Ok(0),
        }
    }
);

#[test]
fn several_ways_lead_out_of_one_stack() {
    expect![[r#"
        -> CheckInventory
        CheckInventory: Task
          Arguments "{% $states.input %}"
          Catch {"ErrorEquals":["States.ALL"],"Next":"Done"}
          Assign {"stock":"{% $states.result %}","undo":[{"s":"release_stock","a":"{% $states.result %}"}]}
          Next -> ChargePayment
        ChargePayment: Task
          Arguments "{% $states.context.Execution.Input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["States.Timeout","Sandbox.Timedout"],"MaxAttempts":2}
          Catch {"ErrorEquals":["States.ALL"],"Next":"CheckMore?"}
          Assign {"undo":"{% $append([{'s': 'refund', 'a': $states.result}], $undo) %}"}
          Next -> Ping
        Ping: Task
          Arguments {}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"undoTo":1},"Next":"Undo"}
          Next -> CheckMore?
        CheckMore?: Choice
          Choices {"Condition":"{% $states.context.Execution.Input.express %}","Next":"CheckMore"}
          Default -> PingAgain
        CheckMore: Task CheckInventory
          Arguments "{% $states.context.Execution.Input %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"undoTo":2},"Next":"Undo"}
          Assign {"more":"{% $states.result %}","undo":"{% $append([{'s': 'release_stock', 'a': $states.result}], $undo) %}"}
          Next -> UpdateInventory
        UpdateInventory: Task
          Arguments "{% $more %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"undoTo":2},"Next":"Undo"}
          Next -> PingAgain
        PingAgain: Task Ping
          Arguments {}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"undoTo":2},"Next":"Undo"}
          Next -> Alert
        Alert: Task
          Arguments "{% 'all well' %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Undo"}
          Output "{% $stock.reserved %}"
          End true
        Done: Succeed
          Output "{% 0 %}"
        Undo: Choice
          Choices {"Condition":"{% $undoTo = 1 and $count($undo) <= 1 %}","Assign":{"undoTo":0},"Next":"CheckMore?"}
          Choices {"Condition":"{% $undo[0].s = 'refund' %}","Next":"Refund"}
          Choices {"Condition":"{% $undo[0].s = 'release_stock' %}","Next":"ReleaseStock"}
          Choices {"Condition":"{% $undoTo = 2 %}","Assign":{"undoTo":0},"Next":"Done"}
          Default -> Failed
        Refund: Task
          Arguments "{% $undo[0].a %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"undo":"{% $append([], $undo[[1..$count($undo) - 1]]) %}"},"Next":"Undo"}
          Assign {"undo":"{% $append([], $undo[[1..$count($undo) - 1]]) %}"}
          Next -> Undo
        ReleaseStock: Task
          Arguments "{% $undo[0].a %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"undo":"{% $append([], $undo[[1..$count($undo) - 1]]) %}"},"Next":"Undo"}
          Assign {"undo":"{% $append([], $undo[[1..$count($undo) - 1]]) %}"}
          Next -> Undo
        Failed: Fail
          Error "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}"
          Cause "{% $failure.Cause ? $failure.Cause : '' %}"
    "#]].assert_eq(&states::<Everywhere>());
}
