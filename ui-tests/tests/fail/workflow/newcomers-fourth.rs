use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
    pub prices: Vec<f64>,
    pub note: Option<String>,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum ShopError {
    #[error("busy")]
    Busy,
}

#[step]
pub async fn charge(order: Order) -> Result<String, ShopError> {
    Ok(order.id)
}

// Futures in variables, and other crates' ways to wait for several.
workflow!(
    pub async fn side_by_side(order: Order) -> Result<String> {
        let first = charge(order.clone());
        let (first, _) = try_join!(first, charge(order.clone()))?;
        let (second, third) = tokio::join!(charge(order.clone()), charge(order.clone()));
        let both = futures::future::try_join(charge(order.clone()), charge(order.clone())).await?;
        Ok(second?)
    }
);

// `Result`s and `Option`s that do not say how the workflow fails.
workflow!(
    pub async fn unsaid(order: Order) -> Result<String> {
        let number = order.id.parse::<i64>()?;
        let other = order.id.parse::<i64>().map_err(|error| ShopError::Busy)?;
        let ratio = order.id.parse::<f64>().map_err(|_| ShopError::Busy)?;
        let note = order.note.clone().ok_or("no note")?;
        let late = order.note.clone().ok_or(ShopError::Busy);
        let receipt = charge(order.clone()).await.map_err(ShopError::from)?;
        let wrong = charge(order.clone()).await.ok_or(ShopError::Busy)?;
        let chained = charge(order.clone()).await.and_then(|receipt| Ok(receipt))?;
        let first = order.prices.first().unwrap();
        Ok(receipt)
    }
);

// Functions of Rust's, and macros.
workflow!(
    pub async fn functions(order: Order) -> Result<f64> {
        let best = order.prices.iter().copied().fold(0.0, f64::max);
        let larger = max(best, 3.0);
        let hex = u64::from_str_radix("ff", 16);
        assert_ne!(larger, best);
        write!(order.id, "more")?;
        for part in order.prices.chunks(2) {}
        Ok(best)
    }
);

fn main() {}
