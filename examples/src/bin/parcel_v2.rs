//! The next version of `parcel_v1`, which finishes what that one started.
//!
//! - Parcels are not insured any more: the state is gone, and the step is kept for those that are under way.
//! - `weigh` is called `measure`; its function keeps its name.
//! - A parcel has a new field, with a default.
//! - The label is tried again, and may take longer.
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
    /// Whether it may be thrown.
    #[serde(default)]
    pub fragile: bool,
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
#[step(name = "Weigh")]
pub async fn measure(parcel: Parcel) -> u32 {
    parcel.grams
}

/// Asks an officer.
#[step(callback, timeout = "30d")]
pub async fn ask_customs(token: TaskToken, parcel: Parcel) -> Callback<Clearance> {
    eprintln!("may {} leave? answer with {token}", parcel.id);
    Callback::pending()
}

/// Insures it: only for parcels that were sent before.
#[step]
pub async fn insure(parcel: Parcel) -> String {
    format!("INS-{}", parcel.id)
}

/// Prints the label. What was started before says how a parcel is insured; what starts now does not.
#[step(timeout = "1m", retry(on(TimedOut), interval = "5m", max_attempts = 3))]
pub async fn print_label(parcel: Parcel, grams: u32, insurance: Option<String>) -> String {
    let fragile = if parcel.fragile { ", FRAGILE" } else { "" };
    let insurance = insurance.map(|number| format!(", {number}")).unwrap_or_default();
    format!("{} {grams} g{insurance}{fragile} (v2)", parcel.id)
}

workflow!(
    /// Weighs, clears, labels.
    #[workflow(name = "ParcelFlow")]
    pub async fn parcel_flow(parcel: Parcel) -> Result<String> {
        let grams = measure(parcel).await?;
        let clearance = ask_customs(parcel).await?;
        if !clearance.granted {
            return Err(ParcelError::NotCleared.into());
        }
        print_label(parcel, grams, None).await
    }
);

fn main() -> std::process::ExitCode {
    App::new().register::<ParcelFlow>().keep_step::<insure>().main()
}
