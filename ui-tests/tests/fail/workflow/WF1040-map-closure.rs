// What a map runs for each item is an async closure of the item.
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

workflow!(
    pub async fn order_flow(order: Order) -> Result<()> {
        let parcels = try_map(order.items, |item| pack(item)).await?;
        let more = try_map(order.items, |item| async { pack(item).await }).await?;
        let numbered = try_map(order.items, async |index, item| pack(item).await).await?;
        let named = try_map(order.items, pack).await?;
        Ok(())
    }
);

fn main() {
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
