//! What has no exact machine. The workflows stand inside functions, where the test that each would bring is not found.
#![allow(unnameable_test_items, clippy::items_after_statements)]

use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::refusals;

#[test]
fn arithmetic_that_would_differ() {
    workflow!(
        pub async fn sums(order: Order) -> Result<(u64, u64)> {
            let wide = order.total_cents.pow(2);
            let euclid = order.total_cents.rem_euclid(order.total_cents);
            Ok((wide, euclid))
        }
    );
    expect![[r#"
        WF1303 a power of `u64` may pass 2^53 - 1 and would be rounded: use 32-bit integers, or a `#[step]`
        WF1302 `rem_euclid` by something that may not be positive does not fail in JSONata: use a positive literal, or a `#[step]`
    "#]].assert_eq(&refusals::<Sums>());
}

#[test]
fn lengths_of_time_below_zero() {
    workflow!(
        pub async fn rests(order: Order) -> Result<()> {
            let waited = secs(order.total_cents);
            sleep(hours(2) - waited).await;
            Ok(())
        }
    );
    expect![[r#"
        WF1304 a `Duration` less another one would be negative where Rust stops: take both from the time, one after the other
    "#]].assert_eq(&refusals::<Rests>());
}

#[test]
fn values_that_jsonata_writes_or_orders_otherwise() {
    workflow!(
        pub async fn texts(order: Order) -> Result<(String, String, bool, usize, f32)> {
            let weight = format!("{}", order.weight);
            let note = order.order_id.len();
            let earlier = order.order_id < order.user_id;
            let narrow = order.total_cents as f32;
            Ok((weight, order.weight.to_string(), earlier, note, narrow))
        }
    );
    expect![[r#"
        WF1306 JSONata writes floats otherwise than Rust: say how many digits, as in `{:.2}`
        WF1307 JSONata orders text by UTF-16 units, Rust by bytes: compare with `==`, or order in a `#[step]`
        WF1305 `u64` as `f32` has no exact form: JSON's numbers are doubles; convert in a `#[step]`
        WF1306 JSONata writes floats otherwise than Rust: say how many digits, as in `{:.2}`
    "#]]
    .assert_eq(&refusals::<Texts>());
}

#[test]
fn fields_that_only_rust_can_fill_in() {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    /// Another one at each call.
    fn drawn() -> u64 {
        DRAWN.fetch_add(1, Relaxed)
    }
    fn beyond() -> u64 {
        u64::MAX
    }
    #[derive(Clone, Debug, Serialize, Deserialize, Payload)]
    struct Ticket {
        #[serde(default = "drawn")]
        number: u64,
        #[serde(default = "beyond", alias = "most")]
        limit: u64,
        #[serde(skip_deserializing)]
        made: u64,
        #[serde(skip)]
        hidden: u64,
    }
    workflow!(
        async fn fields(ticket: Ticket) -> Result<u64> {
            let sum = ticket.number + ticket.limit;
            Ok(sum + ticket.made + ticket.hidden)
        }
    );
    expect![[r#"
        WF1318 the key of `number` may be missing here, and only Rust knows its default: make the field an `Option`, or read it in a `#[step]`, whose output always has it
        WF1318 the key of `limit` may be missing here, and only Rust knows its default: make the field an `Option`, or read it in a `#[step]`, whose output always has it
        WF1318 the key of `made` may be missing here, and only Rust knows its default: make the field an `Option`, or read it in a `#[step]`, whose output always has it
        WF1318 `hidden` of `Ticket` is not in its JSON: it is skipped by serde; compute with it in a `#[step]`
    "#]].assert_eq(&refusals::<Fields>());
}

#[test]
fn undos_whose_arguments_may_fail() {
    workflow!(
        pub async fn others(order: Order) -> Result<Vec<Vec<String>>> {
            #[compensate(refund(Payment { payment_id: order.items[0].sku }))]
            let payment = charge_payment(order).await?;
            notify(order.user_id, payment.payment_id).await?;
            Ok(order.items.iter().map(|item| vec![item.sku]).collect())
        }
    );
    expect![[r#"
        WF1315 this argument may fail when the undo is due, and the undo would be lost: bind it with `let` before the step
    "#]].assert_eq(&refusals::<Others>());
}
