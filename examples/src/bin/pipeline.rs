//! An Express workflow for each event of a stream: in memory, within milliseconds, nothing kept.
//!
//! `cargo run -q -p examples --bin pipeline -- run --input '{"type": "click", "page": "/home"}'`

#![allow(clippy::unused_async, reason = "what waits in earnest is left out")]
#![allow(clippy::missing_errors_doc, clippy::missing_panics_doc, reason = "the error enums say it")]

use workflow_runtime::cli::App;
use workflow_runtime::prelude::*;

/// What came in.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Event {
    /// Somebody looked at a page.
    Click {
        /// Which.
        page: String,
    },
    /// Somebody bought.
    Sale {
        /// For how much.
        cents: u64,
    },
    /// A sign of life.
    Heartbeat,
}

/// Counts a view.
#[step(timeout = "1s")]
pub async fn count_view(page: String) -> u64 {
    page.len() as u64
}

/// Looks for fraud.
#[step(timeout = "2s")]
pub async fn score(cents: u64) -> f64 {
    if cents > 100_000 { 0.9 } else { 0.1 }
}

/// Wakes somebody.
#[step(timeout = "2s")]
pub async fn alert(cents: u64, score: f64) -> String {
    format!("{cents} cents look like fraud ({score})")
}

workflow!(
    /// Sorts an event.
    #[workflow(express)]
    pub async fn pipeline(event: Event) -> Result<String> {
        match event {
            Event::Click { page } => {
                let views = count_view(page).await?;
                Ok(format!("{views} views of {page}"))
            }
            Event::Sale { cents } => {
                let score = score(cents).await?;
                if score > 0.8 {
                    return alert(cents, score).await;
                }
                Ok(format!("sold for {cents}"))
            }
            Event::Heartbeat => Ok("alive".to_string()),
        }
    }
);

fn main() -> std::process::ExitCode {
    App::new().register::<Pipeline>().main()
}
