//! `match` on values and its relatives where their ways make states.
use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::{refusals, states};

workflow!(
    pub async fn by_status(status: Status) -> Result<u32> {
        #[state = "WhichStatus"]
        match status {
            Status::Pending => {
                ping().await?;
                Ok(1)
            }
            Status::Shipped(Item { sku, quantity: 1..=9 }) => {
                notify(sku, "few".to_string()).await?;
                Ok(2)
            }
            Status::Shipped(item) if item.quantity > 100 => Ok(item.quantity),
            Status::Shipped(_) => Ok(3),
            Status::Lost { since } => {
                alert(since).await?;
                Ok(4)
            }
        }
    }
);

#[test]
fn arms_are_rules_and_the_last_is_the_default() {
    expect![[r#"
        -> WhichStatus
        WhichStatus: Choice
          Choices {"Condition":"{% $states.context.Execution.Input = 'Pending' %}","Next":"Ping"}
          Choices {"Condition":"{% $exists($states.context.Execution.Input.Shipped) and $states.context.Execution.Input.Shipped.quantity >= 1 and $states.context.Execution.Input.Shipped.quantity <= 9 %}","Next":"Notify"}
          Choices {"Condition":"{% $exists($states.context.Execution.Input.Shipped) and $states.context.Execution.Input.Shipped.quantity > 100 %}","Next":"Done"}
          Choices {"Condition":"{% $exists($states.context.Execution.Input.Shipped) %}","Next":"Done2"}
          Default -> Alert
        Ping: Task
          Arguments {}
          Output "{% 1 %}"
          End true
        Notify: Task
          Arguments {"user":"{% $states.context.Execution.Input.Shipped.sku %}","text":"few"}
          Output "{% 2 %}"
          End true
        Alert: Task
          Arguments "{% $states.context.Execution.Input.Lost.since %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Output "{% 4 %}"
          End true
        Done: Succeed
          Output "{% $states.context.Execution.Input.Shipped.quantity %}"
        Done2: Succeed
          Output "{% 3 %}"
    "#]].assert_eq(&states::<ByStatus>());
}

workflow!(
    pub async fn let_elses(order: Order) -> Result<Stock> {
        let Some(note) = order.note else { return Ok(Stock { reserved: 0 }) };
        let (1..=3, tags) = (order.parcels, order.items.len()) else {
            return Err(OrderFailure::Rejected.into());
        };
        let order = validate_order(order).await?;
        let Ok(stock) = check_inventory(order).await else {
            notify(note, format!("{tags}")).await?;
            return Err(OrderFailure::NotApproved.into());
        };
        Ok(stock)
    }
);

#[test]
fn what_does_not_match_leaves_first() {
    expect![[r#"
        -> OrderFailureRejected?
        OrderFailureRejected?: Choice
          Choices {"Condition":"{% $not($states.context.Execution.Input.note != null) %}","Next":"Done"}
          Choices {"Condition":"{% $not($states.context.Execution.Input.parcels >= 1 and $states.context.Execution.Input.parcels <= 3) %}","Next":"OrderFailureRejected"}
          Default -> ValidateOrder
        OrderFailureRejected: Fail
          Error "OrderFailure.Rejected"
          Cause "{\"errorType\":\"OrderFailure.Rejected\",\"errorMessage\":\"{\\\"message\\\":\\\"the order was rejected\\\",\\\"error\\\":\\\"Rejected\\\"}\"}"
        ValidateOrder: Task
          Comment "Checks an order."
          Arguments "{% $states.input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["OrderError.Unavailable","States.Timeout","Sandbox.Timedout"],"IntervalSeconds":2,"MaxAttempts":3,"BackoffRate":2.0}
          Assign {"order":"{% $states.result %}"}
          Next -> CheckInventory
        CheckInventory: Task
          Arguments "{% $order %}"
          Catch {"ErrorEquals":["States.ALL"],"Next":"Notify"}
          End true
        Notify: Task
          Arguments {"user":"{% $states.context.Execution.Input.note %}","text":"{% $formatNumber($count($states.context.Execution.Input.items), '0') %}"}
          Next -> OrderFailureNotApproved
        OrderFailureNotApproved: Fail
          Error "OrderFailure.NotApproved"
          Cause "{\"errorType\":\"OrderFailure.NotApproved\",\"errorMessage\":\"{\\\"message\\\":\\\"nobody approved the order\\\",\\\"error\\\":\\\"NotApproved\\\"}\"}"
        Done: Succeed
          Output {"reserved":0}
    "#]].assert_eq(&states::<LetElses>());
}

workflow!(
    pub async fn if_lets(order: Order) -> Result<()> {
        if let Some(note) = order.note
            && !note.is_empty()
        {
            notify(order.user_id, note).await?;
        } else if let Err(failure) = update_inventory(Stock { reserved: 1 }).await {
            alert(failure.error()).await?;
        }
        if let Ok(Stock { reserved: 0 }) = check_inventory(order).await {
            ping().await?;
        }
        Ok(())
    }
);

#[test]
fn if_let_is_a_choice_or_a_catcher() {
    expect![[r#"
        -> Notify?
        Notify?: Choice
          Choices {"Condition":"{% $states.context.Execution.Input.note != null and $not($states.context.Execution.Input.note = '') %}","Next":"Notify"}
          Default -> UpdateInventory
        Notify: Task
          Arguments {"user":"{% $states.context.Execution.Input.userId %}","text":"{% $states.context.Execution.Input.note %}"}
          Next -> CheckInventory
        UpdateInventory: Task
          Arguments {"reserved":1}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Alert"}
          Next -> CheckInventory
        Alert: Task
          Arguments "{% $failure.Error ? $failure.Error : '' %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Next -> CheckInventory
        CheckInventory: Task
          Arguments "{% $states.context.Execution.Input %}"
          Catch {"ErrorEquals":["States.ALL"],"Next":"Done"}
          Next -> Ping?
        Ping?: Choice
          Choices {"Condition":"{% $states.input.reserved = 0 %}","Next":"Ping"}
          Default -> Done
        Ping: Task
          Arguments {}
          End true
        Done: Succeed
          Output "{% null %}"
    "#]].assert_eq(&states::<IfLets>());
}

workflow!(
    pub async fn by_data(order: Order) -> Result<String> {
        match charge_payment(order).await {
            Ok(payment) => Ok(payment.payment_id),
            Err(Failed(PaymentError::Declined { code: 1..=9, reason })) => Ok(reason),
            Err(Failed(PaymentError::Declined { code: 10, .. })) => {
                ping().await?;
                Ok("ten".to_string())
            }
            Err(Failed(error)) => match error {
                PaymentError::Declined { code, .. } if code > 100 => Ok(format!("{code}")),
                PaymentError::Declined { reason, .. } => Ok(reason),
                PaymentError::Gateway => Ok("gateway".to_string()),
            },
            Err(failure) if failure.error() == "Lambda.Unknown" => Ok("crashed".to_string()),
            Err(failure) => Err(failure.into()),
        }
    }
);

#[test]
fn what_an_error_carries_is_a_choice_behind_its_catcher() {
    expect![[r#"
        -> ChargePayment
        ChargePayment: Task
          Arguments "{% $states.input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["States.Timeout","Sandbox.Timedout"],"MaxAttempts":2}
          Catch {"ErrorEquals":["PaymentError.Declined"],"Assign":{"error_":"{% $parse($parse($states.errorOutput.Cause).errorMessage).error %}"},"Next":"Ping?"}
          Catch {"ErrorEquals":["PaymentError.Gateway"],"Assign":{"error_":"{% $parse($parse($states.errorOutput.Cause).errorMessage).error %}"},"Next":"Done"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Failed?"}
          Output "{% $states.result.paymentId %}"
          End true
        Ping?: Choice
          Choices {"Condition":"{% $error_.Declined.code >= 1 and $error_.Declined.code <= 9 %}","Next":"Done2"}
          Choices {"Condition":"{% $error_.Declined.code = 10 %}","Next":"Ping"}
          Default -> Done
        Failed?: Choice
          Choices {"Condition":"{% ($failure.Error ? $failure.Error : '') = 'Lambda.Unknown' %}","Next":"Done3"}
          Default -> Failed
        Ping: Task
          Arguments {}
          Output "{% 'ten' %}"
          End true
        Failed: Fail
          Error "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}"
          Cause "{% $failure.Cause ? $failure.Cause : '' %}"
        Done: Succeed
          Output "{% $exists($error_.Declined) and $error_.Declined.code > 100 ? $formatNumber($error_.Declined.code, '0') : $exists($error_.Declined) ? $error_.Declined.reason : 'gateway' %}"
        Done2: Succeed
          Output "{% $error_.Declined.reason %}"
        Done3: Succeed
          Output "{% 'crashed' %}"
    "#]].assert_eq(&states::<ByData>());
}

workflow!(
    pub async fn found(order: Order) -> Result<u32> {
        let stock = match check_inventory(order).await {
            Ok(Stock { reserved: 0 }) => {
                #[state = "CheckLater"]
                let later = check_inventory(order).await?;
                later.reserved
            }
            Ok(Stock { reserved }) => reserved,
            Err(_) => 0,
        };
        update_inventory(Stock { reserved: stock }).await?;
        Ok(stock)
    }
);

#[test]
fn what_a_step_yields_is_matched_with_its_failures() {
    expect![[r#"
        -> CheckInventory
        CheckInventory: Task
          Arguments "{% $states.input %}"
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"stock":0},"Next":"UpdateInventory"}
          Next -> CheckLater?
        CheckLater?: Choice
          Choices {"Condition":"{% $states.input.reserved = 0 %}","Next":"CheckLater"}
          Default -> UpdateInventory
          Assign {"stock":"{% $states.input.reserved %}"}
        CheckLater: Task CheckInventory
          Arguments "{% $states.context.Execution.Input %}"
          Assign {"stock":"{% $states.result.reserved %}"}
          Next -> UpdateInventory
        UpdateInventory: Task
          Arguments {"reserved":"{% $stock %}"}
          Output "{% $stock %}"
          End true
    "#]]
    .assert_eq(&states::<Found>());
}

workflow!(
    pub async fn expressions(order: Order) -> Result<String> {
        let size = match order.parcels + 1 {
            1 => "one".to_string(),
            n @ 2..=5 => format!("{n}"),
            n if n % 2 == 0 => format!("even {n}"),
            _ => "many".to_string(),
        };
        let floor = match order.address.floor {
            None => 0,
            Some(floor) => floor,
        };
        let urgent = matches!(order.note, Some(note) if note.contains("now"));
        tell_all(size, floor, urgent).await
    }
);

#[step]
pub async fn tell_all(size: String, floor: u8, urgent: bool) -> String {
    let _ = (floor, urgent);
    size
}

#[test]
fn a_match_without_states_is_an_expression() {
    expect![[r#"
        -> TellAll
        TellAll: Task
          Arguments {"size":"{% ( $n := $states.context.Execution.Input.parcels + 1; $n = 1 ? 'one' : $n >= 2 and $n <= 5 ? $formatNumber($n, '0') : $n % 2 = 0 ? 'even ' & $formatNumber($n, '0') : 'many' ) %}","floor":"{% $states.context.Execution.Input.floor != null ? $states.context.Execution.Input.floor : 0 %}","urgent":"{% $states.context.Execution.Input.note != null and $contains($states.context.Execution.Input.note, 'now') %}"}
          End true
    "#]].assert_eq(&states::<Expressions>());
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(untagged)]
pub enum Loose {
    Number(u32),
    Text(String),
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(tag = "kind")]
pub enum Beside {
    Names(std::collections::BTreeMap<String, String>),
    Nothing,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Odd {
    pub loose: Loose,
    pub beside: Beside,
    pub letter: char,
    pub any: serde_json::Value,
    pub pair: (i64, i64),
    #[expect(clippy::option_option, reason = "what is refused")]
    pub twice: Option<Option<u32>>,
    #[serde(default)]
    pub tags: Vec<String>,
}

const PAIR: (i64, i64) = (1, 2);

#[test]
#[allow(unnameable_test_items, clippy::items_after_statements, reason = "its own test would fail")]
fn what_json_cannot_tell_is_refused() {
    workflow!(
        pub async fn odd_ones(odd: Odd) -> Result<(u32, usize, u32, bool, bool, usize)> {
            let a = match odd.loose {
                Loose::Number(n) => n,
                Loose::Text(_) => 0,
            };
            let b = match odd.beside {
                Beside::Names(names) => names.len(),
                Beside::Nothing => 0,
            };
            let c = match odd.letter {
                'a'..='\u{10FFFF}' => 1,
                _ => 0,
            };
            let d = matches!(odd.pair, PAIR);
            let e = matches!(odd.twice, Some(None));
            let Odd { tags, .. } = odd;
            let f = match odd {
                Odd { tags, .. } if tags.is_empty() => 1,
                _ => 2,
            };
            Ok((a, b, c, d, e, tags.len() + f))
        }
    );
    expect![[r#"
        WF1319 `Loose` is an untagged enum, whose variants cannot be told apart by their JSON: tag it, or handle it in a `#[step]`
        WF1333 what `Names` carries stands beside its tag, so that it is no JSON value of its own: give the enum `content`, or take it apart in a `#[step]`
        WF1332 JSONata orders text by UTF-16 units: a range that ends in `􏿿` differs from Rust's; list the characters
        WF1331 a constant with parts cannot be a pattern: bind a name and write a guard, `value if value == ..`
        WF1319 `Some` and `None` of `Option<Option<u32>>` cannot be told apart by their JSON: decide on it in a `#[step]`
    "#]].assert_eq(&refusals::<OddOnes>());
}
