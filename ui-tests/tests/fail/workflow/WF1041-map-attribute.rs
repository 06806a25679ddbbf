// An attribute of maps belongs to the map that knows it.
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

#[step]
pub async fn send(item: Item) -> String {
    item.sku
}

workflow!(
    pub async fn order_flow(order: Order) -> Result<()> {
        #[max_concurrency(5)]
        let parcel = pack(order.items[0]).await?;
        #[batch(max_items = 10)]
        let parcels = try_map(order.items, async |item| wrap(item).await).await?;
        #[max_items(10)]
        let some = try_map_distributed(order.items, async |item| seal(item).await).await?;
        #[retry(on(Failed), max_attempts = 2)]
        let again = try_map(order.items, async |item| send(item).await).await?;
        Ok(())
    }
);

fn main() {
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
