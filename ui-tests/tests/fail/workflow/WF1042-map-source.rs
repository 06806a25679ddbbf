// A source is read by a distributed map, and says what its items are.
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
pub async fn wrap(item: Item) -> String {
    item.sku
}

#[step]
pub async fn seal(item: Item) -> String {
    item.sku
}

use workflow_runtime::source;

workflow!(
    pub async fn order_flow(order: Order) -> Result<()> {
        let parcels = try_map(source::csv::<Item>("orders", order.id), async |item| pack(item).await).await?;
        let more = try_map_distributed(source::json("orders", order.id), async |item| wrap(item).await).await?;
        let most = try_map_distributed(source::json_lines::<Item>(order.id), async |item| seal(item).await).await?;
        Ok(())
    }
);

fn main() {
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
