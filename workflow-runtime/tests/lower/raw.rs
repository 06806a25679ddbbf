//! JSONata and states written by hand.
#![allow(unnameable_test_items, clippy::items_after_statements)]

use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::{refusals, states};

workflow!(
    pub async fn texts(order: Order) -> Result<Vec<String>> {
        let total: u64 = jsonata!("$sum($items.quantity)", items = order.items);
        let id = jsonata!(String: "$uuid()");
        notify(id, format!("{total} and {}", jsonata!(u64: "$length($s) + 1", s = order.order_id))).await?;
        if jsonata!(bool: "$note ~> /x+/i ? true : false", note = order.note.unwrap_or("".to_string())) {
            alert(id).await?;
        }
        let order = validate_order(order).await?;
        #[state = "NotifyAgain"]
        notify(order.user_id, jsonata!(Option<String>: "$order.items[0].sku", order).unwrap_or("none".to_string()))
            .await?;
        Ok(jsonata!(Vec<String>: "$items.sku", items = order.items))
    }
);

#[test]
fn a_text_becomes_part_of_an_expression() {
    expect![[r#"
        -> Prepare
        Prepare: Pass
          Assign {"id":"{% $uuid() %}"}
          Next -> Notify
        Notify: Task
          Arguments {"user":"{% $id %}","text":"{% $formatNumber($sum($states.context.Execution.Input.items.quantity), '0') & ' and ' & $formatNumber($length($states.context.Execution.Input.orderId) + 1, '0') %}"}
          Next -> Alert?
        Alert?: Choice
          Choices {"Condition":"{% ( $note := $states.context.Execution.Input.note != null ? $states.context.Execution.Input.note : ''; $note ~> /x+/i ? true : false ) %}","Next":"Alert"}
          Default -> ValidateOrder
        Alert: Task
          Arguments "{% $id %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Next -> ValidateOrder
        ValidateOrder: Task
          Comment "Checks an order."
          Arguments "{% $states.context.Execution.Input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["OrderError.Unavailable","States.Timeout","Sandbox.Timedout"],"IntervalSeconds":2,"MaxAttempts":3,"BackoffRate":2.0}
          Assign {"order":"{% $states.result %}"}
          Next -> NotifyAgain
        NotifyAgain: Task Notify
          Arguments {"user":"{% $order.userId %}","text":"{% ( $option := $order.items[0].sku; $option != null ? $option : 'none' ) %}"}
          Output "{% [$order.items.sku] %}"
          End true
    "#]].assert_eq(&states::<Texts>());
}

workflow!(
    pub async fn by_hand(order: Order) -> Result<u64> {
        let order = validate_order(order).await?;
        /// Adds up.
        #[state = "Add up"]
        let total: u64 = raw_state!({
            "Type": "Pass",
            "Output": "{% $sum($items.quantity) %}"
        }, items = order.items)
        .await?;
        raw_state!({ "Type": "Wait", "Seconds": "{% $seconds %}" }, seconds = total).await?;
        let sent: serde_json::Value = raw_state!({
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Arguments": { "QueueUrl": "https://sqs", "MessageBody": { "total": "{% $total %}", "-1": [-1, 2.5, true, null] } },
            "Retry": [{ "ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 2 }],
            "TimeoutSeconds": 5
        }, total)
        .await?;
        let both = match raw_state!((u64, String): {
            "Type": "Parallel",
            "Branches": [
                { "StartAt": "Left", "States": { "Left": { "Type": "Pass", "Output": "{% $n * 2 %}", "End": true } } },
                { "StartAt": "Right", "States": { "Right": {
                    "Type": "Pass", "Assign": { "order": "{% $n %}" }, "Output": "{% $string($n) %}", "End": true
                } } }
            ],
            "Output": "{% $append([], $states.result) %}"
        }, n = total)
        .await
        {
            Ok(both) => both,
            Err(failure) => {
                alert(failure.error()).await?;
                return Err(failure.into());
            }
        };
        notify(both.1, jsonata!(String: "$sent.MessageId", sent)).await?;
        Ok(both.0)
    }
);

#[test]
fn a_state_written_by_hand_gets_its_place() {
    expect![[r#"
        -> ValidateOrder
        ValidateOrder: Task
          Comment "Checks an order."
          Arguments "{% $states.input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["OrderError.Unavailable","States.Timeout","Sandbox.Timedout"],"IntervalSeconds":2,"MaxAttempts":3,"BackoffRate":2.0}
          Assign {"order2":"{% $states.result %}"}
          Next -> Add up
        Add up: Pass
          Comment "Adds up."
          Assign {"total":"{% $sum($order2.items.quantity) %}"}
          Next -> Wait
        Wait: Wait
          Seconds "{% $total %}"
          Next -> SendMessage
        SendMessage: Task arn:aws:states:::sqs:sendMessage
          Arguments {"QueueUrl":"https://sqs","MessageBody":{"total":"{% $total %}","-1":[-1,2.5,true,null]}}
          TimeoutSeconds 5
          Retry {"ErrorEquals":["States.TaskFailed"],"MaxAttempts":2}
          Assign {"sent":"{% $states.result %}"}
          Next -> Parallel
        Parallel: Parallel
            -> Left
            Left: Pass
              Output "{% $total * 2 %}"
              End true
            -> Right
            Right: Pass
              Assign {"order":"{% $total %}"}
              Output "{% $string($total) %}"
              End true
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Alert"}
          Assign {"both":"{% $append([], $states.result) %}"}
          Next -> Notify
        Alert: Task
          Arguments "{% $failure.Error ? $failure.Error : '' %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Next -> Failed
        Failed: Fail
          Error "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}"
          Cause "{% $failure.Cause ? $failure.Cause : '' %}"
        Notify: Task
          Arguments {"user":"{% $both[1] %}","text":"{% $sent.MessageId %}"}
          Output "{% $both[0] %}"
          End true
    "#]].assert_eq(&states::<ByHand>());
}

#[test]
fn what_is_written_by_hand_is_checked() {
    workflow!(
        pub async fn refused(order: Order) -> Result<u64> {
            let a: u64 = jsonata!("$sum($items", items = order.items);
            let b: u64 = jsonata!("$count($lines) + $states.input.n", items = order.items);
            let c: u64 = jsonata!("$sum([1])", sum = a);
            let d: u64 =
                raw_state!({ "Type": "Pass", "Output": "{% $sum($lines) + $eval('1') %}" }, items = order.items)
                    .await?;
            let e: u64 = raw_state!({
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage",
                "Arguments": "text",
                "TimeoutSeconds": 0
            })
            .await?;
            let f: u64 =
                raw_state!({ "Type": "Pass", "Output": "{% $sum($item) + $states.result %}" }, items = order.items)
                    .await?;
            Ok(a + b + c + d + e + f)
        }
    );
    expect![[r#"
        WF1385 `$sum($items` is refused: Expected ")" before end of expression
        WF1386 `$count($lines) + $states.input.n` reads a state's own data, and which state evaluates it is not said: bind what it needs, `name = value`; `$states.context` is the same everywhere
        WF1386 `$lines` is not known here: a variable of the workflow is given by name, `lines = ..`, after the text
        WF1386 `items` is given, but the text does not read `$items`
        WF1386 `$sum` is a function of JSONata, which the name would hide: use another name
        WF1384 `items` is given, but the state does not read `$items`
        WF1384 Step Functions refuses this state at `Output`: Function '$eval' is not supported.
        WF1384 Step Functions refuses this state at `TimeoutSeconds`: Value should be between 1 and 99999999
        WF1384 Step Functions refuses this state at `Arguments`: Expected value of type [OBJECT]
        WF1384 `items` is given, but the state does not read `$items`
        WF1384 Step Functions refuses this state at `Output`: Field '$states.result' does not exist.
        WF1384 Step Functions refuses this state at `Output`: Variable '$item' is not assigned on any path to this state: there is `$items`
    "#]].assert_eq(&refusals::<Refused>());
}
