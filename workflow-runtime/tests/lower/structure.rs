use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::states;

workflow!(
    pub async fn chosen(order: Order) -> Result<u32> {
        let stock = if order.express {
            check_inventory(order).await?
        } else if order.parcels > 3 {
            let order = validate_order(order).await?;
            check_again(order).await?
        } else {
            Stock { reserved: 0 }
        };
        update_inventory(stock).await?;
        Ok(stock.reserved)
    }
);

#[step]
pub async fn check_again(order: Order) -> Stock {
    let _ = order;
    Stock { reserved: 2 }
}

#[test]
fn a_value_of_several_ways_rides_on_their_ends() {
    expect![[r#"
        -> CheckInventory?
        CheckInventory?: Choice
          Choices {"Condition":"{% $states.context.Execution.Input.express %}","Next":"CheckInventory"}
          Choices {"Condition":"{% $states.context.Execution.Input.parcels > 3 %}","Next":"ValidateOrder"}
          Default -> UpdateInventory
          Assign {"stock":{"reserved":0}}
        CheckInventory: Task
          Arguments "{% $states.input %}"
          Assign {"stock":"{% $states.result %}"}
          Next -> UpdateInventory
        ValidateOrder: Task
          Comment "Checks an order."
          Arguments "{% $states.input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["OrderError.Unavailable","States.Timeout","Sandbox.Timedout"],"IntervalSeconds":2,"MaxAttempts":3,"BackoffRate":2.0}
          Assign {"order":"{% $states.result %}"}
          Next -> CheckAgain
        CheckAgain: Task
          Arguments "{% $order %}"
          Assign {"stock":"{% $states.result %}"}
          Next -> UpdateInventory
        UpdateInventory: Task
          Arguments "{% $stock %}"
          Output "{% $stock.reserved %}"
          End true
    "#]].assert_eq(&states::<Chosen>());
}

workflow!(
    pub async fn returns(order: Order) -> Result<Stock> {
        let stock = if order.express { check_inventory(order).await? } else { check_again(order).await? };
        Ok(stock)
    }
);

#[test]
fn a_return_folds_into_every_task_before_it() {
    expect![[r#"
        -> CheckInventory?
        CheckInventory?: Choice
          Choices {"Condition":"{% $states.context.Execution.Input.express %}","Next":"CheckInventory"}
          Default -> CheckAgain
        CheckInventory: Task
          Arguments "{% $states.input %}"
          End true
        CheckAgain: Task
          Arguments "{% $states.input %}"
          End true
    "#]]
    .assert_eq(&states::<Returns>());
}

workflow!(
    pub async fn waits(order: Order) -> Result<()> {
        sleep(mins(5)).await;
        #[state = "Pause"]
        sleep(secs(order.total_cents)).await;
        if order.express {
            sleep(days(1)).await;
        }
        Ok(())
    }
);

#[test]
fn sleeps_are_waits() {
    expect![[r#"
        -> Wait5Minutes
        Wait5Minutes: Wait
          Seconds 300
          Next -> Pause
        Pause: Wait
          Seconds "{% $states.context.Execution.Input.totalCents %}"
          Next -> Wait1Day?
        Wait1Day?: Choice
          Choices {"Condition":"{% $states.context.Execution.Input.express %}","Next":"Wait1Day"}
          Default -> Done
        Wait1Day: Wait
          Seconds 86400
          Output "{% null %}"
          End true
        Done: Succeed
          Output "{% null %}"
    "#]]
    .assert_eq(&states::<Waits>());
}

workflow!(
    pub async fn shadows(count: Order) -> Result<u64> {
        let count = validate_order(count).await?;
        let sum = count.total_cents + 1;
        let count = check_again(count).await?;
        let text = format!("{} of {}", count.reserved, sum);
        notify(text, format!("{sum}")).await?;
        Ok(sum)
    }
);

#[test]
fn names_are_unique_and_hide_no_function() {
    expect![[r#"
        -> ValidateOrder
        ValidateOrder: Task
          Comment "Checks an order."
          Arguments "{% $states.input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["OrderError.Unavailable","States.Timeout","Sandbox.Timedout"],"IntervalSeconds":2,"MaxAttempts":3,"BackoffRate":2.0}
          Assign {"count_":"{% $states.result %}","sum_":"{% $states.result.totalCents + 1 %}"}
          Next -> CheckAgain
        CheckAgain: Task
          Arguments "{% $count_ %}"
          Assign {"text":"{% $formatNumber($states.result.reserved, '0') & ' of ' & $formatNumber($sum_, '0') %}"}
          Next -> Notify
        Notify: Task
          Arguments {"user":"{% $text %}","text":"{% $formatNumber($sum_, '0') %}"}
          Output "{% $sum_ %}"
          End true
    "#]].assert_eq(&states::<Shadows>());
}

workflow!(
    pub async fn stepless(order: Order) -> Result<String> {
        let size = if order.parcels > 3 { "large" } else { "small" };
        let text = format!("{size} {}", order.order_id);
        if text.is_empty() {
            return Ok("nothing".to_string());
        }
        Ok(text)
    }
);

#[test]
fn a_stepless_if_is_an_expression() {
    expect![[r#"
        -> Done?
        Done?: Choice
          Choices {"Condition":"{% ($states.context.Execution.Input.parcels > 3 ? 'large' : 'small') & ' ' & $states.context.Execution.Input.orderId = '' %}","Next":"Done"}
          Default -> Done2
        Done: Succeed
          Output "{% 'nothing' %}"
        Done2: Succeed
          Output "{% ($states.context.Execution.Input.parcels > 3 ? 'large' : 'small') & ' ' & $states.context.Execution.Input.orderId %}"
    "#]].assert_eq(&states::<Stepless>());
}

workflow!(
    pub async fn totality(order: Order) -> Result<String> {
        match alert(order.order_id).await {
            Ok(()) => Ok(order.items[0].sku),
            Err(_) => Ok("failed".to_string()),
        }
    }
);

#[test]
fn what_may_fail_does_not_fold_into_a_task_that_would_catch_it() {
    expect![[r#"
        -> Alert
        Alert: Task
          Arguments "{% $states.context.Execution.Input.orderId %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Catch {"ErrorEquals":["States.ALL"],"Next":"Done2"}
          Next -> Done
        Done: Succeed
          Output "{% $states.context.Execution.Input.items[0].sku %}"
        Done2: Succeed
          Output "{% 'failed' %}"
    "#]]
    .assert_eq(&states::<Totality>());
}

workflow!(
    pub async fn carried(order: Order) -> Result<String> {
        let text = match alert(order.order_id).await {
            Ok(()) => order.items[0].sku,
            Err(_) => "failed".to_string(),
        };
        notify(order.user_id, text).await?;
        Ok(text)
    }
);

#[test]
fn what_may_fail_and_is_read_later_gets_a_pass() {
    expect![[r#"
        -> Alert
        Alert: Task
          Arguments "{% $states.context.Execution.Input.orderId %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"text":"failed"},"Next":"Notify"}
          Next -> Prepare
        Prepare: Pass
          Assign {"text":"{% $states.context.Execution.Input.items[0].sku %}"}
          Next -> Notify
        Notify: Task
          Arguments {"user":"{% $states.context.Execution.Input.userId %}","text":"{% $text %}"}
          Output "{% $text %}"
          End true
    "#]]
    .assert_eq(&states::<Carried>());
}

workflow!(
    pub async fn asked_often(order: Order) -> Result<u32> {
        Ok(check_inventory(order).await?.reserved)
    }
);

#[test]
fn a_definition_is_made_once_for_everybody_who_asks() {
    let known = AskedOften::definition();
    let child = workflow_runtime::ChildWorkflow::of::<AskedOften>();
    let again = (child.definition)().expect("a definition");
    assert!(std::ptr::eq(known.state_machine(), again.state_machine()));
}

workflow!(
    pub async fn underscored(order: Order) -> Result<Stock> {
        let _stock = check_inventory(order).await?;
        let _1 = check_again(order).await?;
        update_inventory(_1).await?;
        Ok(_stock)
    }
);

#[test]
fn no_variable_begins_with_an_underscore() {
    let states = states::<Underscored>();
    assert!(states.contains(r#"Assign {"stock":"{% $states.result %}"}"#), "{states}");
    assert!(!states.contains("\"_") && !states.contains("$_"), "{states}");
}
