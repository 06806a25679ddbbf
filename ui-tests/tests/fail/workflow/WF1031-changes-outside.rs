// Branches, iterations and closures change only what is their own.
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
    pub total: u64,
    pub prices: Vec<u64>,
}

#[step]
pub async fn validate(order: Order) -> Order {
    order
}

#[step]
pub async fn ship(order: Order) {
    drop(order);
}

workflow!(
    pub async fn order_flow(order: Order) -> Result<Vec<u64>> {
        let mut total = 0;
        let (_, order) = try_join!(ship(order), async {
            let mut inside = 1;
            inside += 1;
            total += inside;
            validate(order).await
        })?;
        let prices = try_map(order.prices, async |price| {
            total = price;
            Ok(price)
        })
        .await?;
        Ok(prices.iter().map(|price| { total = *price; *price }).collect())
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
