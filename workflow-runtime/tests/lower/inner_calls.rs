//! Calls inside expressions, and lists that are changed in place.

use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::states;

#[step]
pub async fn is_done(id: String) -> bool {
    id.is_empty()
}

#[step]
pub async fn is_late(id: String) -> bool {
    id.is_empty()
}

#[step]
pub async fn count_of(sku: String) -> u32 {
    u32::try_from(sku.len()).unwrap_or_default()
}

workflow!(
    pub async fn waiting(order: Order) -> Result<u32> {
        while !is_done(order.order_id.clone()).await? {
            sleep(secs(5)).await;
        }
        #[state = "Count"]
        let all = count_of(order.user_id).await? + 1;
        Ok(all)
    }
);

#[test]
fn a_call_in_the_condition_of_a_loop_is_its_head() {
    expect![[r#"
        -> IsDone
        IsDone: Task
          Arguments "{% $states.context.Execution.Input.orderId %}"
          Assign {"is_done":"{% $states.result %}"}
          Next -> Wait5Seconds?
        Wait5Seconds?: Choice
          Choices {"Condition":"{% $not($is_done) %}","Next":"Wait5Seconds"}
          Default -> Count
        Wait5Seconds: Wait
          Seconds 5
          Next -> IsDone
        Count: Task CountOf
          Arguments "{% $states.context.Execution.Input.userId %}"
          Output "{% $states.result + 1 %}"
          End true
    "#]]
    .assert_eq(&states::<Waiting>());
}

workflow!(
    pub async fn both(order: Order) -> Result<Item> {
        if is_done(order.order_id.clone()).await? && !is_late(order.order_id.clone()).await? {
            return Err(OrderFailure::NotApproved.into());
        }
        Ok(Item { quantity: count_of(order.user_id).await?, sku: String::from("all") })
    }
);

#[test]
fn what_stands_behind_and_runs_where_the_left_holds() {
    expect![[r#"
        -> IsDone
        IsDone: Task
          Arguments "{% $states.context.Execution.Input.orderId %}"
          Assign {"is_done":"{% $states.result %}"}
          Next -> IsLate?
        IsLate?: Choice
          Choices {"Condition":"{% $is_done %}","Next":"IsLate"}
          Default -> OrderFailureNotApproved?
          Assign {"holds":false}
        IsLate: Task
          Arguments "{% $states.context.Execution.Input.orderId %}"
          Assign {"holds":"{% $not($states.result) %}"}
          Next -> OrderFailureNotApproved?
        OrderFailureNotApproved?: Choice
          Choices {"Condition":"{% $holds %}","Next":"OrderFailureNotApproved"}
          Default -> CountOf
        OrderFailureNotApproved: Fail
          Error "OrderFailure.NotApproved"
          Cause "{\"errorType\":\"OrderFailure.NotApproved\",\"errorMessage\":\"{\\\"message\\\":\\\"nobody approved the order\\\",\\\"error\\\":\\\"NotApproved\\\"}\"}"
        CountOf: Task
          Arguments "{% $states.context.Execution.Input.userId %}"
          Output {"sku":"all","quantity":"{% $states.result %}"}
          End true
    "#]].assert_eq(&states::<Both>());
}

workflow!(
    pub async fn counted(order: Order) -> Result<Order> {
        let mut order = order;
        for i in 0..order.items.len() {
            order.items[i].quantity = count_of(order.items[i].sku.clone()).await?;
        }
        Ok(order)
    }
);

#[test]
fn an_element_is_assigned_by_its_position() {
    expect![[r#"
        -> Prepare
        Prepare: Pass
          Assign {"end":"{% $count($states.context.Execution.Input.items) %}","order":"{% $states.context.Execution.Input %}","i":0}
          Next -> NextI?
        NextI?: Choice
          Choices {"Condition":"{% $i < $end %}","Next":"CountOf"}
          Default -> Done
        CountOf: Task
          Arguments "{% $order.items[$i].sku %}"
          Assign {"order":"{% $merge([$order, {'items': $i < $count($order.items) ? $append([], $map($order.items, function($item, $i2) { $i2 = $i ? $merge([$item, {'quantity': $states.result}]) : $item })[]) : $error('index out of range')}]) %}","i":"{% $i + 1 %}"}
          Next -> NextI?
        Done: Succeed
          Output "{% $order %}"
    "#]].assert_eq(&states::<Counted>());
}

workflow!(
    pub async fn drained(order: Order) -> Result<u32> {
        let mut left = vec![order.order_id.clone(), order.user_id.clone()];
        let mut sum = 0;
        while let Some(tag) = left.pop() {
            sum += count_of(tag).await?;
        }
        Ok(sum)
    }
);

#[test]
fn a_list_is_emptied_from_its_end() {
    expect![[r#"
        -> Prepare
        Prepare: Pass
          Assign {"left":["{% $states.context.Execution.Input.orderId %}","{% $states.context.Execution.Input.userId %}"],"sum_":0}
          Next -> CountOf?
        CountOf?: Choice
          Choices {"Condition":"{% ($count($left) > 0 ? $left[-1] : null) != null %}","Next":"CountOf"}
          Default -> Done
        CountOf: Task
          Arguments "{% $count($left) > 0 ? $left[-1] : null %}"
          Assign {"left":"{% $append([], $filter($left, function($item, $i) { $i < $count($left) - 1 })[]) %}","sum_":"{% $sum_ + $states.result %}"}
          Next -> CountOf?
        Done: Succeed
          Output "{% $sum_ %}"
    "#]].assert_eq(&states::<Drained>());
}

workflow!(
    pub async fn edited(tags: Vec<String>) -> Result<Vec<String>> {
        let mut tags = tags;
        tags.insert(0, "first".into());
        tags.retain(|tag| !tag.is_empty());
        tags.truncate(3);
        count_of(tags.join(",")).await?;
        tags.clear();
        Ok(tags)
    }
);

#[test]
fn lists_are_edited_in_place() {
    expect![[r#"
        -> CountOf
        CountOf: Task
          Arguments "{% $join($append([], $filter($append([], $filter($append(['first'], $states.context.Execution.Input), function($tag) { $not($tag = '') })[]), function($item, $i) { $i < 3 })[]), ',') %}"
          Output "{% [] %}"
          End true
    "#]].assert_eq(&states::<Edited>());
}

workflow!(
    pub async fn handled(order: Order) -> Result<u32> {
        #[state = "Count first"]
        let counted = count_of(order.user_id.clone()).await;
        let Ok(all) = counted else { return Ok(0) };
        Ok(all)
    }
);

#[test]
fn a_result_may_wait_for_the_next_statement() {
    expect![[r#"
        -> Count first
        Count first: Task CountOf
          Arguments "{% $states.context.Execution.Input.userId %}"
          Catch {"ErrorEquals":["States.ALL"],"Next":"Done"}
          End true
        Done: Succeed
          Output "{% 0 %}"
    "#]]
    .assert_eq(&states::<Handled>());
}
