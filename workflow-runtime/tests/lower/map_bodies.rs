//! What may stand in an iteration.

use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::maps::*;
use crate::shop::*;
use crate::support::states;

workflow!(
    pub async fn chooses(cart: Cart) -> Result<Vec<Receipt>> {
        let limit = cart.items.len() as u64;
        try_map(cart.items, async |item| {
            if item.quantity == 0 {
                return Err(OrderFailure::Rejected.into());
            }
            let many = u64_of(item.quantity).await?;
            if many > limit {
                return Ok(Receipt { number: item.sku });
            }
            let (first, second) = try_join!(pack(item), async {
                sleep(secs(5)).await;
                #[state = "PackToo"]
                pack(item).await
            })?;
            label(first.number, second.number, 0).await?;
            #[state = "Last"]
            pack(item).await
        })
        .await
    }
);

#[step]
pub async fn u64_of(n: u32) -> u64 {
    u64::from(n)
}

workflow!(
    pub async fn handles(cart: Cart) -> Result<u64> {
        let results = match try_map(cart.items, async |item| match check_item(item).await {
            Ok(receipt) => Ok(receipt),
            Err(Failed(OrderError::Invalid(reason))) => {
                note(format!("{}: {reason}", item.sku)).await?;
                Ok(Receipt { number: item.sku })
            }
            Err(failure) => Err(failure.into()),
        })
        .await
        {
            Ok(receipts) => receipts.len() as u64,
            Err(failure) => {
                alert(failure.error()).await?;
                0
            }
        };
        Ok(results)
    }
);

#[step]
pub async fn check_item(item: Item) -> Result<Receipt, OrderError> {
    Ok(Receipt { number: item.sku })
}

workflow!(
    pub async fn throws_away(cart: Cart) -> Result<()> {
        try_map(cart.items, async |item| {
            pack(item).await?;
            Ok(())
        })
        .await?;
        #[state = "Notes"]
        try_map(cart.tags, async |tag| note(tag).await).await?;
        #[state = "Ignored"]
        let _ = try_map(cart.items, async |Item { sku, .. }| {
            #[state = "NoteSku"]
            note(sku).await
        })
        .await;
        Ok(())
    }
);

workflow!(
    pub async fn pure(pairs: Vec<(String, u32)>) -> Result<Vec<String>> {
        let names = try_map(pairs, async |(name, count)| Ok(format!("{name}: {count}"))).await?;
        #[state = "Numbered"]
        let numbered = try_map(names.iter().enumerate(), async |pair| {
            note(pair.1).await?;
            Ok(format!("{}", pair.0))
        })
        .await?;
        Ok(numbered)
    }
);

#[test]
fn the_item_is_the_input_until_a_state_has_a_result() {
    expect![[r#"
        -> Prepare
        Prepare: Pass
          Assign {"limit":"{% $count($states.context.Execution.Input.items) %}"}
          Next -> ForEachItem
        ForEachItem: Map
          Items "{% $states.context.Execution.Input.items %}"
            -> OrderFailureRejected?
            OrderFailureRejected?: Choice
              Choices {"Condition":"{% $states.input.quantity = 0 %}","Next":"OrderFailureRejected"}
              Default -> U64Of
            OrderFailureRejected: Fail
              Error "OrderFailure.Rejected"
              Cause "{\"errorType\":\"OrderFailure.Rejected\",\"errorMessage\":\"{\\\"message\\\":\\\"the order was rejected\\\",\\\"error\\\":\\\"Rejected\\\"}\"}"
            U64Of: Task
              Arguments "{% $states.input.quantity %}"
              Assign {"many":"{% $states.result %}","item":"{% $states.input %}"}
              Next -> PackAndWait5Seconds?
            PackAndWait5Seconds?: Choice
              Choices {"Condition":"{% $many > $limit %}","Next":"Done"}
              Default -> PackAndWait5Seconds
            PackAndWait5Seconds: Parallel
                -> Pack
                Pack: Task
                  Arguments "{% $item %}"
                  End true
                -> Wait5Seconds
                Wait5Seconds: Wait
                  Seconds 5
                  Next -> PackToo
                PackToo: Task Pack
                  Arguments "{% $item %}"
                  End true
              Assign {"first":"{% $states.result[0] %}","second":"{% $states.result[1] %}"}
              Next -> Label
            Label: Task
              Arguments {"order_id":"{% $first.number %}","number":"{% $second.number %}","position":0}
              Next -> Last
            Last: Task Pack
              Arguments "{% $item %}"
              End true
            Done: Succeed
              Output {"number":"{% $item.sku %}"}
          End true
    "#]].assert_eq(&states::<Chooses>());
}

#[test]
fn failures_inside_and_of_the_whole() {
    expect![[r#"
        -> ForEachItem
        ForEachItem: Map
          Items "{% $states.context.Execution.Input.items %}"
            -> CheckItem
            CheckItem: Task
              Arguments "{% $states.input %}"
              Catch {"ErrorEquals":["InvalidOrderError"],"Assign":{"reason":"{% $parse($parse($states.errorOutput.Cause).errorMessage).error.Invalid %}","item":"{% $states.input %}"},"Next":"Note"}
              End true
            Note: Task
              Arguments "{% $item.sku & ': ' & $reason %}"
              Output {"number":"{% $item.sku %}"}
              End true
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Alert"}
          Output "{% $count($states.result) %}"
          End true
        Alert: Task
          Arguments "{% $failure.Error ? $failure.Error : '' %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Output "{% 0 %}"
          End true
    "#]].assert_eq(&states::<Handles>());
}

#[test]
fn results_that_nobody_reads_are_not_kept() {
    expect![[r#"
        -> ForEachItem
        ForEachItem: Map
          Items "{% $states.context.Execution.Input.items %}"
            -> Pack
            Pack: Task
              Arguments "{% $states.input %}"
              Output "{% null %}"
              End true
          Next -> Notes
        Notes: Map
          Items "{% $states.context.Execution.Input.tags %}"
            -> Note
            Note: Task
              Arguments "{% $states.input %}"
              End true
          Next -> Ignored
        Ignored: Map
          Items "{% $states.context.Execution.Input.items %}"
            -> NoteSku
            NoteSku: Task Note
              Arguments "{% $states.input.sku %}"
              End true
          Catch {"ErrorEquals":["States.ALL"],"Next":"Done"}
          Output "{% null %}"
          End true
        Done: Succeed
          Output "{% null %}"
    "#]]
    .assert_eq(&states::<ThrowsAway>());
}

#[test]
fn bodies_without_steps_and_items_that_are_tuples() {
    expect![[r#"
        -> ForEachItem
        ForEachItem: Map
          Items "{% $states.context.Execution.Input %}"
            -> Done
            Done: Succeed
              Output "{% $states.input[0] & ': ' & $formatNumber($states.input[1], '0') %}"
          Assign {"names":"{% $states.result %}"}
          Next -> Numbered
        Numbered: Map
          Items "{% $names %}"
          ItemSelector {"item":"{% $states.context.Map.Item.Value %}","index":"{% $states.context.Map.Item.Index %}"}
            -> Note
            Note: Task
              Arguments "{% $states.input.item %}"
              Output "{% $formatNumber($states.input.index, '0') %}"
              End true
          End true
    "#]]
    .assert_eq(&states::<Pure>());
}

workflow!(
    pub async fn tolerates(cart: Cart) -> Result<u64> {
        #[tolerated_failure_count(2)]
        #[tolerated_failure_percentage(12.5)]
        let receipts = try_map(cart.items, async |item| {
            let receipt = check_item(item).await?;
            if receipt.number.is_empty() {
                return Err(OrderFailure::Rejected.into());
            }
            Ok(receipt)
        })
        .await?;
        settle(receipts).await
    }
);

#[step]
pub async fn settle(results: Vec<Result<Receipt, workflow_runtime::ErrorOutput>>) -> u64 {
    results.len() as u64
}

workflow!(
    pub async fn tolerates_all(cart: Cart) -> Result<u64> {
        #[tolerated_failure_percentage(100)]
        let receipts = try_map(cart.items, async |item| check_item(item).await).await?;
        settle(receipts).await
    }
);

#[test]
fn tolerated_failures_are_results() {
    expect![[r#"
        -> ForEachItem
        ForEachItem: Map
          Items "{% $states.context.Execution.Input.items %}"
            -> CheckItem
            CheckItem: Task
              Arguments "{% $states.input %}"
              Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Done"}
              Assign {"receipt":"{% $states.result %}"}
              Next -> Done2?
            Done2?: Choice
              Choices {"Condition":"{% $receipt.number = '' %}","Assign":{"failure":{"Error":"OrderFailure.Rejected","Cause":"{\"errorType\":\"OrderFailure.Rejected\",\"errorMessage\":\"{\\\"message\\\":\\\"the order was rejected\\\",\\\"error\\\":\\\"Rejected\\\"}\"}"}},"Next":"Done"}
              Default -> Done2
            Done: Succeed
              Output {"Err":"{% $failure %}"}
            Done2: Succeed
              Output {"Ok":"{% $receipt %}"}
          Assign {"receipts":"{% $states.result %}"}
          Next -> ExceedToleratedFailureThreshold?
        ExceedToleratedFailureThreshold?: Choice
          Choices {"Condition":"{% $count($filter($receipts, function($result) { $exists($result.Err) })) > 2 or $count($filter($receipts, function($result) { $exists($result.Err) })) * 100 > 12.5 * $count($receipts) %}","Next":"ExceedToleratedFailureThreshold"}
          Default -> Settle
        ExceedToleratedFailureThreshold: Fail
          Error "States.ExceedToleratedFailureThreshold"
          Cause "The specified tolerated failure threshold was exceeded"
        Settle: Task
          Arguments "{% $receipts %}"
          End true
    "#]].assert_eq(&states::<Tolerates>());
    expect![[r#"
        -> ForEachItem
        ForEachItem: Map
          Items "{% $states.context.Execution.Input.items %}"
            -> CheckItem
            CheckItem: Task
              Arguments "{% $states.input %}"
              Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Done"}
              Output {"Ok":"{% $states.result %}"}
              End true
            Done: Succeed
              Output {"Err":"{% $failure %}"}
          Assign {"receipts":"{% $states.result %}"}
          Next -> Settle
        Settle: Task
          Arguments "{% $receipts %}"
          End true
    "#]]
    .assert_eq(&states::<ToleratesAll>());
}

workflow!(
    pub async fn one_by_one(cart: Cart) -> Result<u64> {
        let mut count = 0;
        for item in cart.items {
            let receipt = pack(item).await?;
            #[state = "NoteReceipt"]
            note(format!("{}: {}", item.sku, receipt.number)).await?;
        }
        #[state = "Tags"]
        for (index, tag) in cart.tags.iter().enumerate() {
            #[state = "NoteTag"]
            note(format!("{index}: {tag}")).await?;
        }
        for tag in cart.tags {
            #[state = "NoteAgain"]
            note(tag).await?;
            count += 1;
        }
        for _tag in cart.tags {}
        Ok(count)
    }
);

#[test]
fn a_for_whose_rounds_are_independent_is_a_map() {
    expect![[r#"
        -> ForEachItem
        ForEachItem: Map
          Items "{% $states.context.Execution.Input.items %}"
            -> Pack
            Pack: Task
              Arguments "{% $states.input %}"
              Assign {"receipt":"{% $states.result %}","item":"{% $states.input %}"}
              Next -> NoteReceipt
            NoteReceipt: Task Note
              Arguments "{% $item.sku & ': ' & $receipt.number %}"
              End true
          MaxConcurrency 1
          Next -> Tags
        Tags: Map
          Items "{% $states.context.Execution.Input.tags %}"
          ItemSelector {"tag":"{% $states.context.Map.Item.Value %}","index":"{% $states.context.Map.Item.Index %}"}
            -> NoteTag
            NoteTag: Task Note
              Arguments "{% $formatNumber($states.input.index, '0') & ': ' & $states.input.tag %}"
              End true
          MaxConcurrency 1
          Assign {"count_":0,"tag_index":0}
          Next -> NextTag?
        NextTag?: Choice
          Choices {"Condition":"{% $tag_index < $count($states.context.Execution.Input.tags) %}","Next":"NoteAgain"}
          Default -> Done
        NoteAgain: Task Note
          Arguments "{% $states.context.Execution.Input.tags[$tag_index] %}"
          Assign {"count_":"{% $count_ + 1 %}","tag_index":"{% $tag_index + 1 %}"}
          Next -> NextTag?
        Done: Succeed
          Output "{% $count_ %}"
    "#]]
    .assert_eq(&states::<OneByOne>());
}

workflow!(
    pub async fn retried(cart: Cart) -> Result<Vec<Receipt>> {
        #[retry(on(OrderError::Unavailable, PaymentError::Gateway, TimedOut), interval = "5s", max_attempts = 2)]
        #[retry(on(All), max_attempts = 1)]
        try_map(cart.items, async |item| check_item(item).await).await
    }
);

#[test]
fn a_retry_on_a_map_runs_every_item_again() {
    expect![[r#"
        -> ForEachItem
        ForEachItem: Map
          Items "{% $states.context.Execution.Input.items %}"
            -> CheckItem
            CheckItem: Task
              Arguments "{% $states.input %}"
              End true
          Retry {"ErrorEquals":["OrderError.Unavailable","PaymentError.Gateway","States.Timeout","Sandbox.Timedout"],"IntervalSeconds":5,"MaxAttempts":2}
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          End true
    "#]].assert_eq(&states::<Retried>());
}
