use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::states;

#[step]
pub async fn poll(id: String) -> Fraud {
    let _ = id;
    Fraud { score: 0.0 }
}

#[step(retry(on(All), max_attempts = 1))]
pub async fn ship(item: Item) -> Result<Receipt, OrderError> {
    let _ = item;
    Ok(Receipt { number: String::new() })
}

#[step]
pub async fn release_parts(parts: Vec<Vec<u32>>, order: Order) {
    let _ = (parts, order);
}

#[step]
pub async fn count_up(number: u32) -> u32 {
    number
}

workflow!(
    pub async fn polling(order: Order) -> Result<f64> {
        let mut attempts = 0;
        let score = loop {
            let fraud = poll(order.order_id).await?;
            if fraud.score > 0.5 {
                break fraud.score;
            }
            attempts += 1;
            if attempts == 10 {
                return Err(OrderFailure::NotApproved.into());
            }
            sleep(secs(5)).await;
        };
        Ok(score)
    }
);

#[test]
fn a_polling_loop_has_no_head() {
    expect![[r#"
        -> Prepare
        Prepare: Pass
          Assign {"attempts":0}
          Next -> Poll
        Poll: Task
          Arguments "{% $states.context.Execution.Input.orderId %}"
          Assign {"fraud":"{% $states.result %}"}
          Next -> OrderFailureNotApproved?
        OrderFailureNotApproved?: Choice
          Choices {"Condition":"{% $fraud.score > 0.5 %}","Next":"Done"}
          Choices {"Condition":"{% $attempts + 1 = 10 %}","Next":"OrderFailureNotApproved"}
          Default -> Wait5Seconds
          Assign {"attempts":"{% $attempts + 1 %}"}
        OrderFailureNotApproved: Fail
          Error "OrderFailure.NotApproved"
          Cause "{\"errorType\":\"OrderFailure.NotApproved\",\"errorMessage\":\"{\\\"message\\\":\\\"nobody approved the order\\\",\\\"error\\\":\\\"NotApproved\\\"}\"}"
        Wait5Seconds: Wait
          Seconds 5
          Next -> Poll
        Done: Succeed
          Output "{% $fraud.score %}"
    "#]].assert_eq(&states::<Polling>());
}

workflow!(
    pub async fn each_item(order: Order) -> Result<Vec<Receipt>> {
        let order = validate_order(order).await?;
        let mut receipts = vec![];
        let mut total = 0;
        for (index, item) in order.items.iter().enumerate() {
            if item.quantity == 0 {
                continue;
            }
            let receipt = ship(item.clone()).await?;
            total += item.quantity;
            receipts.push(receipt);
            if index > 5 && total > 100 {
                break;
            }
        }
        let _ = notify(order.user_id, format!("{total} pieces")).await;
        Ok(receipts)
    }
);

#[test]
fn a_list_is_counted_through() {
    expect![[r#"
        -> ValidateOrder
        ValidateOrder: Task
          Comment "Checks an order."
          Arguments "{% $states.input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["OrderError.Unavailable","States.Timeout","Sandbox.Timedout"],"IntervalSeconds":2,"MaxAttempts":3,"BackoffRate":2.0}
          Assign {"order":"{% $states.result %}","receipts":[],"total":0,"index":0}
          Next -> NextItem?
        NextItem?: Choice
          Choices {"Condition":"{% $index < $count($order.items) and $order.items[$index].quantity = 0 %}","Assign":{"index":"{% $index + 1 %}"},"Next":"NextItem?"}
          Choices {"Condition":"{% $index < $count($order.items) %}","Next":"Ship"}
          Default -> Notify
        Ship: Task
          Arguments "{% $order.items[$index] %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Assign {"total":"{% $total + $order.items[$index].quantity %}","receipts":"{% $append($receipts, [$states.result]) %}"}
          Next -> Notify?
        Notify?: Choice
          Choices {"Condition":"{% $index > 5 and $total > 100 %}","Next":"Notify"}
          Default -> NextItem?
          Assign {"index":"{% $index + 1 %}"}
        Notify: Task
          Arguments {"user":"{% $order.userId %}","text":"{% $formatNumber($total, '0') & ' pieces' %}"}
          Catch {"ErrorEquals":["States.ALL"],"Next":"Done"}
          Output "{% $receipts %}"
          End true
        Done: Succeed
          Output "{% $receipts %}"
    "#]].assert_eq(&states::<EachItem>());
}

workflow!(
    pub async fn halving() -> Result<u32> {
        let mut last = 0;
        let mut next = 1;
        while next < 100 {
            let old = next;
            next = count_up(last).await?;
            last = old;
        }
        Ok(last)
    }
);

#[test]
fn values_from_before_are_kept() {
    expect![[r#"
        -> Prepare
        Prepare: Pass
          Assign {"last":0,"next":1}
          Next -> CountUp?
        CountUp?: Choice
          Choices {"Condition":"{% $next < 100 %}","Next":"CountUp"}
          Default -> Done
        CountUp: Task
          Arguments "{% $last %}"
          Assign {"last":"{% $next %}","next":"{% $states.result %}"}
          Next -> CountUp?
        Done: Succeed
          Output "{% $last %}"
    "#]]
    .assert_eq(&states::<Halving>());
}

workflow!(
    pub async fn branches(order: Order) -> Result<u32> {
        let mut total = 1;
        if order.express {
            total += 10;
        }
        let label;
        if order.parcels > 3 {
            let stock = check_inventory(order).await?;
            total += stock.reserved;
            label = "many";
        } else {
            let _ = ping().await;
            label = "few";
        }
        let _ = notify(order.user_id, label.to_string()).await;
        Ok(total)
    }
);

#[test]
fn assignments_ride_on_the_ways() {
    expect![[r#"
        -> CheckInventory?
        CheckInventory?: Choice
          Choices {"Condition":"{% $states.context.Execution.Input.parcels > 3 %}","Next":"CheckInventory"}
          Default -> Ping
        CheckInventory: Task
          Arguments "{% $states.input %}"
          Assign {"total":"{% ($states.context.Execution.Input.express ? 1 + 10 : 1) + $states.result.reserved %}","label":"many"}
          Next -> Notify
        Ping: Task
          Arguments {}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"total":"{% $states.context.Execution.Input.express ? 1 + 10 : 1 %}","label":"few"},"Next":"Notify"}
          Assign {"total":"{% $states.context.Execution.Input.express ? 1 + 10 : 1 %}","label":"few"}
          Next -> Notify
        Notify: Task
          Arguments {"user":"{% $states.context.Execution.Input.userId %}","text":"{% $label %}"}
          Catch {"ErrorEquals":["States.ALL"],"Next":"Done"}
          Output "{% $total %}"
          End true
        Done: Succeed
          Output "{% $total %}"
    "#]].assert_eq(&states::<Branches>());
}

workflow!(
    pub async fn merged(order: Order) -> Result<()> {
        let mut parts = vec![vec![1_u32]];
        let mut order = order;
        order.items.push(Item { sku: "new".to_string(), quantity: 1 });
        order.address.floor = Some(3);
        order.note = None;
        for round in 0..order.parcels {
            parts.push(vec![round as u32, 2]);
            let (a, b) = try_join!(check_inventory(order), fraud_check(order))?;
            if b.score > 0.5 {
                order.total_cents = 0;
                break;
            }
            order.total_cents += a.reserved as u64;
        }
        notify(order.user_id, order.note.unwrap_or("none".to_string())).await?;
        release_parts(parts, order).await
    }
);

#[test]
fn fields_are_merged_in() {
    expect![[r#"
        -> Prepare
        Prepare: Pass
          Assign {"parts":[[1]],"order":"{% $merge([$states.context.Execution.Input, {'items': $append($states.context.Execution.Input.items, [{'sku': 'new', 'quantity': 1}]), 'floor': 3, 'note': null}]) %}","round_":0}
          Next -> NextRound?
        NextRound?: Choice
          Choices {"Condition":"{% $round_ < $states.context.Execution.Input.parcels %}","Assign":{"parts":"{% $append($parts, [[$round_, 2]]) %}"},"Next":"CheckInventoryAndFraudCheck"}
          Default -> Notify
        CheckInventoryAndFraudCheck: Parallel
            -> CheckInventory
            CheckInventory: Task
              Arguments "{% $order %}"
              End true
            -> FraudCheck
            FraudCheck: Task
              Arguments "{% $order %}"
              End true
          Assign {"a":"{% $states.result[0] %}","b":"{% $states.result[1] %}"}
          Next -> Notify?
        Notify?: Choice
          Choices {"Condition":"{% $b.score > 0.5 %}","Assign":{"order":"{% $merge([$order, {'totalCents': 0}]) %}"},"Next":"Notify"}
          Default -> NextRound?
          Assign {"order":"{% $merge([$order, {'totalCents': $order.totalCents + $a.reserved}]) %}","round_":"{% $round_ + 1 %}"}
        Notify: Task
          Arguments {"user":"{% $order.userId %}","text":"{% $order.note != null ? $order.note : 'none' %}"}
          Next -> ReleaseParts
        ReleaseParts: Task
          Arguments {"parts":"{% $parts %}","order":"{% $order %}"}
          End true
    "#]].assert_eq(&states::<Merged>());
}
