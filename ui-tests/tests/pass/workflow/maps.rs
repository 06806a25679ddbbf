// Maps as people write them.
#![deny(warnings)]

use workflow_runtime::ErrorOutput;
use workflow_runtime::prelude::*;
use workflow_runtime::source::{self, MapRunResult, S3Object};

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
    pub items: Vec<Item>,
    pub tags: Vec<String>,
    pub at_once: u32,
}

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Item {
    pub sku: String,
    pub amount: u32,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum PackError {
    #[error("nothing left")]
    Empty,
}

#[step]
pub async fn pack(item: Item) -> Result<String, PackError> {
    Ok(item.sku)
}

#[step]
pub async fn label(order: String, parcel: String, position: usize) -> String {
    format!("{order} {parcel} {position}")
}

#[step]
pub async fn tell(text: String) {
    drop(text);
}

#[step]
pub async fn settle(parcels: Vec<Result<String, ErrorOutput>>) -> u64 {
    parcels.len() as u64
}

#[step]
pub async fn import(rows: Vec<Item>, into: String) -> u64 {
    drop(into);
    rows.len() as u64
}

#[step]
pub async fn look(object: S3Object) -> u64 {
    object.size
}

workflow!(
    /// Lists, positions, destructuring, one in another.
    pub async fn packing(order: Order) -> Result<Vec<Vec<String>>> {
        #[max_concurrency(order.at_once)]
        #[retry(on(PackError::Empty, TimedOut), max_attempts = 2)]
        let parcels: Vec<String> = try_map(order.items, async |item| pack(item).await).await?;
        #[state = "Label"]
        let labels = try_map(parcels.iter().enumerate(), async |(position, parcel)| {
            #[state = "LabelParcel"]
            let label = label(order.id, parcel, position).await?;
            if label.is_empty() {
                return Ok(parcel);
            }
            tell(label).await?;
            Ok(label)
        })
        .await?;
        #[state = "Tags"]
        try_map(order.tags, async move |tag: String| {
            #[state = "Labels"]
            try_map(labels, async |label| {
                #[state = "TellTag"]
                tell(format!("{tag} {label}")).await?;
                Ok(label)
            })
            .await
        })
        .await
    }
);

workflow!(
    pub async fn handling(order: Order) -> Result<u64> {
        #[tolerated_failure_count(3)]
        let parcels = match try_map(order.items, async |item| pack(item).await).await {
            Ok(parcels) => parcels,
            Err(failure) => {
                tell(failure.error()).await?;
                return Err(failure.into());
            }
        };
        for Item { sku, .. } in order.items {
            #[state = "TellSku"]
            tell(sku).await?;
        }
        settle(parcels).await
    }
);

workflow!(
    pub async fn importing(order: Order) -> Result<MapRunResult> {
        #[max_concurrency(10)]
        #[tolerated_failure_percentage(2.5)]
        let sizes = try_map_distributed(source::objects("orders", "2026/"), async |object| look(object).await).await?;
        tell(format!("{} objects", sizes.len())).await?;
        #[batch(max_items = 500)]
        #[result_writer(bucket = "results", prefix = order.id)]
        #[label = "import"]
        #[express]
        try_map_distributed(source::json_lines::<Item>("orders", "rows.jsonl"), async |rows| {
            import(rows, order.id).await
        })
        .await
    }
);

fn main() {
    for definition in [Packing::definition(), Handling::definition(), Importing::definition()] {
        assert!(definition.to_asl_json().contains("\"Map\""));
    }
}
