// `break` and `continue` stay inside of their group or branch.
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
    pub async fn order_flow(order: Order) -> Result<()> {
        loop {
            async {
                ship(order).await?;
                break;
            }
            .await?;
        }
        for price in order.prices {
            try_join!(validate(order), async {
                if price > 3 {
                    continue;
                }
                Ok(price)
            })?;
        }
        Ok(())
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
