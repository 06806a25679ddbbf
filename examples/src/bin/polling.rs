//! Starts a job elsewhere and asks until it is done, more and more seldom, at most ten times.
//!
//! `cargo run -q -p examples --bin polling -- run --input '"report-7"'`

#![allow(clippy::unused_async, reason = "what waits in earnest is left out")]
#![allow(clippy::missing_errors_doc, clippy::missing_panics_doc, reason = "the error enums say it")]

use std::collections::HashMap;
use std::sync::Mutex;

use workflow_runtime::cli::App;
use workflow_runtime::prelude::*;

/// What the other system says of a job.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum Progress {
    /// Not begun.
    Queued,
    /// So far.
    Running {
        /// Of a hundred.
        percent: u32,
    },
    /// There it is.
    Finished {
        /// Where.
        url: String,
    },
}

/// Why there is no result.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum JobError {
    /// Asked too often.
    #[error("not finished after {0} looks")]
    TooSlow(u32),
}

/// The other system.
#[derive(Debug, Default)]
pub struct Elsewhere(Mutex<HashMap<String, u32>>);

/// Starts it.
#[step]
pub async fn start_job(name: String) -> String {
    format!("job-{name}")
}

/// Asks how far it is.
#[step(timeout = "10s")]
pub async fn look(elsewhere: Data<Elsewhere>, job: String) -> Progress {
    let mut asked = elsewhere.0.lock().expect("no holder panics");
    let asked = asked.entry(job.clone()).or_default();
    *asked += 1;
    match *asked {
        1 => Progress::Queued,
        2 => Progress::Running { percent: 60 },
        _ => Progress::Finished { url: format!("https://example.com/{job}") },
    }
}

workflow!(
    /// Waits for a job in another system.
    pub async fn polling(name: String) -> Result<String> {
        let job = start_job(name).await?;
        let mut looks: u32 = 0;
        let mut pause: u64 = 1;
        while looks < 10 {
            looks += 1;
            match look(job).await? {
                Progress::Finished { url } => return Ok(url),
                Progress::Running { percent } if percent > 50 => sleep(secs(1)).await,
                _ => sleep(secs(pause)).await,
            }
            if pause < 60 {
                pause += pause;
            }
        }
        Err(JobError::TooSlow(looks).into())
    }
);

fn main() -> std::process::ExitCode {
    App::new().register::<Polling>().data(Elsewhere::default()).main()
}
