// A call inside an expression runs before it, but not where it may not run at all, or many times.
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
    pub total: u64,
    pub items: Vec<String>,
    pub note: Option<String>,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum OrderError {
    #[error("order rejected")]
    Invalid,
}

#[step]
pub async fn price(item: String) -> Result<u64, OrderError> {
    Ok(item.len() as u64)
}

workflow!(
    pub async fn order_flow(order: Order) -> Result<u64> {
        let prices: Vec<u64> = order.items.iter().map(|item| price(item.clone()).await?).collect();
        let doubled: Vec<u64> = order.items.iter().map(|item| {
            let cents = price(item.clone()).await?;
            cents + cents
        }).collect();
        let first = 1 + if order.total > 3 { price(order.id).await? } else { 0 };
        if let Some(note) = order.note && price(note).await? > 3 {
            return Ok(0);
        }
        match first {
            n if price(order.id).await? > n => Ok(n),
            _ => Ok(prices.len() as u64 + doubled.len() as u64),
        }
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
