//! A workflow that is changed while executions of it are running: the version that they were started by.
//!
//! `parcel_v2` is the next one, and finishes them; `parcel_v3` is one that cannot, and says so. Try
//!
//! ```text
//! cargo run -p examples --bin parcel_v1 -- start --name P-1 --input '{"id": "P-1", "grams": 900}'
//! cargo run -p examples --bin parcel_v1 -- resume        # Ctrl-C once it asks
//! cargo run -p examples --bin parcel_v2 -- check --against examples/asl/parcel_v1
//! cargo run -p examples --bin parcel_v2 -- describe P-1  # shows the token to answer with
//! ```
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
    eprintln!("may {} leave? answer with {token}", parcel.id);
    Callback::pending()
}

/// Insures it.
#[step]
pub async fn insure(parcel: Parcel) -> String {
    format!("INS-{}", parcel.id)
}

/// Prints the label.
#[step(timeout = "20s")]
pub async fn print_label(parcel: Parcel, grams: u32, insurance: String) -> String {
    format!("{} {grams} g, {insurance}", parcel.id)
}

workflow!(
    /// Weighs, clears, insures, labels.
    #[workflow(name = "ParcelFlow")]
    pub async fn parcel_flow(parcel: Parcel) -> Result<String> {
        let grams = weigh(parcel).await?;
        let clearance = ask_customs(parcel).await?;
        if !clearance.granted {
            return Err(ParcelError::NotCleared.into());
        }
        let insurance = insure(parcel).await?;
        print_label(parcel, grams, insurance).await
    }
);

fn main() -> std::process::ExitCode {
    App::new().register::<ParcelFlow>().main()
}
