//! Maps that have no machine. The workflows stand inside functions, where the test that each would bring is not found.
#![allow(unnameable_test_items, clippy::items_after_statements)]

use std::collections::BTreeMap;

use expect_test::expect;
use workflow_runtime::prelude::*;
use workflow_runtime::source;

use crate::distributed::Row;
use crate::maps::{Cart, note};
use crate::support::refusals;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Counted {
    pub sku: String,
    pub amount: Option<u64>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Stock {
    pub coupon: Option<String>,
    pub by_sku: BTreeMap<String, u32>,
}

#[step]
pub async fn check(row: Counted) -> u64 {
    row.amount.unwrap_or(0)
}

#[step(callback, timeout = "1h")]
pub async fn ask(token: TaskToken, row: Row) -> Callback<u64> {
    drop((token, row));
    Callback::pending()
}

#[test]
fn what_is_no_list() {
    workflow!(
        pub async fn no_lists(stock: Stock) -> Result<()> {
            try_map(stock.coupon, async |coupon| note(coupon).await).await?;
            #[state = "Each"]
            try_map(stock.by_sku, async |(sku, _)| {
                #[state = "NoteSku"]
                note(sku).await
            })
            .await?;
            Ok(())
        }
    );
    expect![[r#"
        WF1350 a map goes over a list, and this is a `Option<String>`: make it a `Vec` in a `#[step]`
    "#]]
    .assert_eq(&refusals::<NoLists>());
}

#[test]
fn files_whose_rows_are_not_text() {
    workflow!(
        pub async fn not_text(key: String) -> Result<()> {
            let _ = try_map_distributed(source::csv::<Counted>("b", key), async |row| check(row).await).await;
            #[state = "Numbers"]
            let _ = try_map_distributed(source::csv::<Vec<String>>("b", key), async |row| {
                #[state = "NoteRow"]
                note(row[0]).await
            })
            .await;
            Ok(())
        }
    );
    expect![[r#"
        WF1351 a CSV file's fields are text, and `amount` is a `Option<u64>`: make it a `String`, and parse it in the step
        WF1351 a row of a CSV file is a struct with a field for each column, and this is a `Vec<String>`
    "#]].assert_eq(&refusals::<NotText>());
}

#[test]
fn what_express_iterations_cannot_do() {
    workflow!(
        pub async fn too_long(cart: Cart) -> Result<()> {
            #[express]
            try_map_distributed(source::json::<Row>("b", "k"), async |row| {
                sleep(mins(6)).await;
                let answer = ask(row).await?;
                #[state = "Inner"]
                try_map_distributed(cart.tags, async |tag| note(format!("{tag} {answer}")).await).await?;
                Ok(())
            })
            .await?;
            Ok(())
        }
    );
    expect![[r#"
        WF1352 `#[express]` makes executions that live for five minutes, and a wait of 360 seconds is longer: leave it out
        WF1352 `#[express]` makes executions that live for five minutes, and `ask` waits for an answer: leave it out
        WF1352 `#[express]` makes executions that live for five minutes, and a distributed map cannot stand in one: leave it out
    "#]].assert_eq(&refusals::<TooLong>());
}
