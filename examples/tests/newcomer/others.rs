//! Sagas and the rest.
use workflow_runtime::prelude::*;

use crate::harness::Bench;
use crate::shop::*;

workflow!(
    pub async fn saga(order: Order) -> Result<usize> {
        let mut ids: Vec<String> = Vec::new();
        for item in &order.items {
            #[compensate(release(id.clone()))]
            let id = reserve(item.clone()).await?;
            if item.quantity > 1 {
                #[compensate(note(format!("undo {}", item.sku)))]
                let cents = price(item.sku.clone(), item.quantity).await?;
                if cents > 50 {
                    return Err(ShopError::Limit { limit: 50, by: cents.saturating_sub(50) }.into());
                }
            }
            ids.push(id);
        }
        Ok(ids.len())
    }
);

fn double(n: i64) -> i64 {
    n * 2
}

impl Item {
    fn weight(&self) -> u32 {
        self.quantity * 3
    }
}

#[tokio::test(start_paused = true)]
async fn others() {
    let mut bench = Bench::default();
    let order = Order::sample();
    bench.run::<Saga>(order.clone(), &[], crate::harness::ok(2), "*").await;
    bench.compare();
}
