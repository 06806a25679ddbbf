//! Loops and variables, under every lint that people deny.
#![deny(warnings, missing_docs, clippy::pedantic)]

use workflow_runtime::prelude::*;

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Order {
    /// Its number.
    pub id: String,
    /// In cents.
    pub total: u64,
    /// What is in it.
    pub items: Vec<Item>,
}

/// A part of an order.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Item {
    /// Its number.
    pub sku: String,
    /// How many.
    pub quantity: u32,
}

/// Ships an item.
#[step]
pub async fn ship(item: Item) -> String {
    item.sku
}

/// Whether somebody paid.
#[step]
pub async fn paid(id: String) -> bool {
    id.is_empty()
}

/// The next page of something.
#[step]
pub async fn page(token: Option<String>) -> Option<String> {
    token
}

workflow!(
    /// Everything that goes round.
    pub async fn order_flow(order: Order) -> Result<Order> {
        let mut order = order;
        let mut attempts: i32 = 0;
        let mut pause = secs(2);
        while !order.id.is_empty() {
            sleep(secs(5)).await;
            let done = paid(order.id).await?;
            if done {
                break;
            }
            sleep(pause).await;
            pause = (pause * 2).min(mins(1));
            attempts += 1;
            if attempts > 9 {
                return Ok(order);
            }
        }
        let mut shipped = vec![];
        'items: for (index, item) in order.items.iter().enumerate() {
            for _ in 0..item.quantity {
                if index > 3 {
                    continue 'items;
                }
                shipped.push(ship(item.clone()).await?);
            }
        }
        let label;
        if shipped.is_empty() {
            label = "nothing";
        } else {
            label = "something";
        }
        let mut token = Some(label.to_string());
        while let Some(text) = token {
            order.id.push_str(&text);
            token = page(Some(text)).await?;
        }
        let last = loop {
            #[state = "Paid again"]
            let done = paid(order.id).await?;
            if done {
                break order.total;
            }
        };
        order.total = last + 1;
        let added = 'added: {
            if order.total > 3 {
                break 'added 1;
            }
            2
        };
        order.total += added;
        order.items.extend(vec![Item { sku: "gift".to_string(), quantity: 1 }]);
        Ok(order)
    }
);

fn main() {
    let definition = OrderFlow::definition();
    assert!(definition.to_asl_json().contains("NextRound?"));
    assert_eq!(definition.notes().len(), 5);
}
