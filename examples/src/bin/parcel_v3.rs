//! A version of `parcel_v1` that was made without a thought for what is running: `check` says so, and it does not start
//! where there is something that it cannot finish.
//!
//! - A parcel has a new field without a default.
//! - `insure` is gone, and not kept.
#![allow(clippy::unused_async, reason = "steps that only answer")]

use workflow_runtime::cli::App;
use workflow_runtime::prelude::*;

/// What is sent.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Parcel {
    /// Its number.
    pub id: String,
    /// Its weight.
    pub grams: u32,
    /// Where it goes.
    pub country: String,
}

/// What the customs officer says.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Clearance {
    /// Whether it may leave.
    pub granted: bool,
}

/// Why a parcel does not leave.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum ParcelError {
    /// The officer said no.
    #[error("not cleared")]
    NotCleared,
}

/// Puts it on the scales.
#[step]
pub async fn weigh(parcel: Parcel) -> u32 {
    parcel.grams
}

/// Asks an officer.
#[step(callback, timeout = "30d")]
pub async fn ask_customs(token: TaskToken, parcel: Parcel) -> Callback<Clearance> {
    eprintln!("may {} leave for {}? answer with {token}", parcel.id, parcel.country);
    Callback::pending()
}

/// Prints the label.
#[step(timeout = "20s")]
pub async fn print_label(parcel: Parcel, grams: u32) -> String {
    format!("{} {grams} g, {}", parcel.id, parcel.country)
}

workflow!(
    /// Weighs, clears, labels.
    #[workflow(name = "ParcelFlow")]
    pub async fn parcel_flow(parcel: Parcel) -> Result<String> {
        let grams = weigh(parcel).await?;
        let clearance = ask_customs(parcel).await?;
        if !clearance.granted {
            return Err(ParcelError::NotCleared.into());
        }
        print_label(parcel, grams).await
    }
);

fn main() -> std::process::ExitCode {
    App::new().register::<ParcelFlow>().main()
}
