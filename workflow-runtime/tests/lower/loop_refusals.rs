//! Loops that are refused, and what is told of those that are not.
#![allow(unnameable_test_items, clippy::items_after_statements)]

use expect_test::expect;
use workflow_runtime::cost::Cost;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::refusals;

#[test]
fn loops_that_cannot_end_well_are_refused() {
    workflow!(
        pub async fn too_long(_order: Order) -> Result<()> {
            for _ in 0..100 {
                for _ in 0..=49 {
                    ping().await?;
                }
            }
            Ok(())
        }
    );

    workflow!(
        pub async fn short_enough(_order: Order) -> Result<()> {
            for i in 0..100_000 {
                if i == 3 {
                    break;
                }
                ping().await?;
            }
            for _ in 0..3_571 {
                #[state = "PingOften"]
                ping().await?;
            }
            Ok(())
        }
    );

    workflow!(
        pub async fn spins(order: Order) -> Result<()> {
            let mut x = 0;
            ping().await?;
            loop {
                x += 1;
                loop {
                    if order.express || x > 3 {
                        break;
                    }
                }
            }
        }
    );

    workflow!(
        pub async fn untyped(order: Order) -> Result<()> {
            let mut left = 3;
            let mut right = 3;
            while left > 0 {
                left -= 1;
                right = right * 2;
                sleep(secs(right)).await;
            }
            for i in 1..=9 {
                sleep(secs(i * 10 - i)).await;
                sleep(secs(i - 1)).await;
                sleep(secs(i - 2)).await;
            }
            let mut total = order.total_cents;
            total -= 1;
            total *= 2;
            notify(order.user_id, format!("{total}")).await?;
            Ok(())
        }
    );
    expect![[r#"
        WF1340 this loop makes at least 35,000 events, 5,000 rounds of 7, and an execution ends at 25,000: go through the items with `try_map_distributed`, or call a workflow of its own for each part of them
    "#]].assert_eq(&refusals::<TooLong>());
    expect![[r#"
        WF1342 this loop never ends and nothing in it waits: leave it with `break` or `return`, or call a step or `sleep` in it
        WF1342 this loop never ends and nothing in it waits: leave it with `break` or `return`, or call a step or `sleep` in it
    "#]].assert_eq(&refusals::<Spins>());
    expect![[r#"
        WF1341 `-` on an integer whose type is nowhere written: say it where the value begins, `let mut left: i32 = 3`, since an unsigned one fails below zero
        WF1341 `-` on an integer whose type is nowhere written: say it where the value begins, `let mut left: i32 = 3`, since an unsigned one fails below zero
        WF1341 `-` on an integer whose type is nowhere written: say it where the value begins, `let mut left: i32 = 3`, since an unsigned one fails below zero
    "#]].assert_eq(&refusals::<Untyped>());
    expect![[""]].assert_eq(&refusals::<ShortEnough>());
}

workflow!(
    pub async fn noted(order: Order) -> Result<()> {
        while poll_again(order).await? {
            sleep(secs(5)).await;
        }
        let mut shipped = 0;
        for item in order.items {
            ship_one(item).await?;
            shipped += 1;
        }
        notify(order.user_id, format!("{shipped}")).await?;
        Ok(())
    }
);

#[step]
pub async fn poll_again(order: Order) -> bool {
    order.express
}

#[step]
pub async fn ship_one(item: Item) {
    let _ = item;
}

#[test]
fn it_is_told_how_many_rounds_fit() {
    let definition = Noted::definition();
    let notes = definition.notes().iter().map(|note| note.split_once(": ").map_or("", |(_, it)| it));
    let notes: Vec<&str> = notes.collect();
    expect![[r#"
        this loop makes at least 9 events a round: at most 2,777 rounds fit into the 25,000 of one execution
        this loop makes at least 7 events a round: at most 3,571 rounds fit into the 25,000 of one execution"#]]
    .assert_eq(&notes.join("\n"));
}

workflow!(
    pub async fn rounds_begin_with_a_loop(order: Order) -> Result<()> {
        loop {
            for _ in 0..4 {
                ping().await?;
            }
            if poll_again(order).await? {
                break;
            }
        }
        Ok(())
    }
);

#[test]
fn a_loop_that_begins_with_a_counted_one_is_not_counted() {
    let cost = Cost::of::<RoundsBeginWithALoop>().expect("a definition");
    assert_eq!(cost.worst.transitions.number(), None, "{}", cost.worst.transitions);
    assert_eq!(cost.unknowns().len(), 1);
}
