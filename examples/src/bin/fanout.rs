//! Works through the rows of a CSV file, each as an execution of its own; a few bad rows are tolerated.
//!
//! `cargo run -q -p examples --bin fanout -- run --input '{"key": "meters.csv"}'`. The bucket is the folder `examples/inputs`.

#![allow(clippy::unused_async, reason = "what waits in earnest is left out")]
#![allow(clippy::missing_errors_doc, clippy::missing_panics_doc, reason = "the error enums say it")]

use workflow_runtime::cli::App;
use workflow_runtime::prelude::*;
use workflow_runtime::source::csv;

/// Which file.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Job {
    /// Its key in the bucket.
    pub key: String,
}

/// A row: a CSV file holds text.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Reading {
    /// Of the meter.
    pub meter: String,
    /// Kilowatt hours.
    pub kwh: String,
}

/// What is wrong with a row.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum ReadingError {
    /// Not a number.
    #[error("`{0}` is no number")]
    Unreadable(String),
}

/// In cents.
#[step]
pub async fn bill(reading: Reading) -> Result<u64, ReadingError> {
    let kwh: u64 = reading.kwh.parse().map_err(|_| ReadingError::Unreadable(reading.kwh.clone()))?;
    Ok(kwh * 31)
}

/// Says what came of it.
#[step]
pub async fn report(bills: Vec<u64>) -> String {
    format!("{} bills, {} cents", bills.len(), bills.iter().sum::<u64>())
}

workflow!(
    /// Bills every meter.
    pub async fn fanout(job: Job) -> Result<String> {
        #[max_concurrency(50)]
        #[express]
        let bills = try_map_distributed(csv::<Reading>("meters", job.key), async |reading| bill(reading).await).await?;
        report(bills).await
    }
);

fn main() -> std::process::ExitCode {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/inputs");
    App::new().register::<Fanout>().bucket("meters", folder).main()
}
