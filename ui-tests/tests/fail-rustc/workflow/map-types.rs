// rustc judges what an iteration does with its item, and what a map yields.
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
    pub items: Vec<Item>,
}

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Item {
    pub sku: String,
}

#[step]
pub async fn pack(item: Item) -> String {
    item.sku
}

#[step]
pub async fn ship(parcels: Vec<String>) -> u64 {
    parcels.len() as u64
}

workflow!(
    pub async fn order_flow(order: Order) -> Result<u64> {
        let parcels = try_map(order.items, async |item| {
            let parcel = pack(item.sku).await?;
            Ok(parcel.skuu)
        })
        .await?;
        #[max_concurrency("5")]
        let lengths = try_map(order.id, async |item| Ok(1)).await?;
        let numbers = try_map(order.items, async |item| Ok(1)).await?;
        ship(numbers).await
    }
);

fn main() {
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
