//! Maps that begin empty, are gone through, and lose keys; what a `let` tells `collect` and `parse`; exact integers.

use std::collections::{BTreeMap, HashMap};

use workflow_runtime::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Sale {
    pub region: String,
    pub cents: u64,
    pub count: u64,
}

#[step]
pub async fn book(region: String, cents: u64) {
    drop((region, cents));
}

workflow!(
    pub async fn by_region(sales: Vec<Sale>) -> Result<BTreeMap<String, u64>> {
        let mut totals = BTreeMap::new();
        for sale in &sales {
            let before = totals.get(&sale.region).copied().unwrap_or(0);
            totals.insert(sale.region.clone(), before + sale.cents * sale.count);
        }
        for (region, cents) in &totals {
            book(region.clone(), *cents).await?;
        }
        let share: HashMap<String, u64> =
            sales.iter().map(|sale| (sale.region.clone(), sale.cents / (sales.len() as u64))).collect();
        let first: u64 = sales[0].region.split('-').next().unwrap_or("").parse().unwrap_or(0);
        totals.remove("nowhere");
        totals.insert("left".to_string(), first - share.len() as u64);
        Ok(totals)
    }
);

fn main() {
    let exported = ByRegion::definition().to_asl_json();
    assert!(exported.contains("a product beyond 2^53 - 1"), "{exported}");
}
