//! An order whose fulfilment is a workflow of its own, and a survey that is started and not waited for.
//!
//! `cargo run -q -p examples --bin fulfilment -- run --workflow Purchase --input '{"id": "p1", "items": ["lamp", "desk"]}'`

#![allow(clippy::unused_async, reason = "what waits in earnest is left out")]
#![allow(clippy::missing_errors_doc, clippy::missing_panics_doc, reason = "the error enums say it")]

use workflow_runtime::cli::App;
use workflow_runtime::prelude::*;

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Basket {
    /// Its number.
    pub id: String,
    /// What is in it.
    pub items: Vec<String>,
}

/// What may go wrong.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum WarehouseError {
    /// Not there.
    #[error("no {0} is left")]
    Missing(String),
}

/// Takes it from the shelf.
#[step]
pub async fn pick(item: String) -> Result<String, WarehouseError> {
    if item == "unicorn" { Err(WarehouseError::Missing(item)) } else { Ok(format!("packed {item}")) }
}

/// Hands the parcel over.
#[step]
pub async fn hand_over(parcels: Vec<String>) -> String {
    parcels.join(", ")
}

/// Takes the money.
#[step]
pub async fn charge(id: String) -> String {
    format!("charged {id}")
}

/// Gives it back.
#[step]
pub async fn refund(payment: String) {
    eprintln!("refunded: {payment}");
}

/// Asks how it was.
#[step]
pub async fn ask(id: String) {
    eprintln!("how was {id}?");
}

workflow!(
    /// Packs and ships.
    #[workflow(error = WarehouseError)]
    pub async fn fulfil(basket: Basket) -> Result<String> {
        let parcels = try_map(basket.items, async |item| pick(item).await).await?;
        hand_over(parcels).await
    }
);

workflow!(
    /// Asks for an opinion, a day later.
    pub async fn survey(basket: Basket) -> Result<()> {
        sleep(days(1)).await;
        ask(basket.id).await
    }
);

workflow!(
    /// Sells a basket.
    pub async fn purchase(basket: Basket) -> Result<String> {
        #[compensate(refund(payment))]
        let payment = charge(basket.id).await?;
        let shipped = fulfil(basket).await?;
        spawn(survey(basket)).await?;
        Ok(format!("{payment}: {shipped}"))
    }
);

fn main() -> std::process::ExitCode {
    App::new().register::<Purchase>().register::<Fulfil>().register::<Survey>().main()
}
