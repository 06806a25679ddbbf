//! What is run: one workflow that does a little of everything, by the kind of its job.

use std::time::Duration;

use workflow_runtime::prelude::*;

/// What to do.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Job {
    /// `ok`, `fail`, `wait`, `ask`, `map` or `nested`.
    pub kind: String,
    /// What to do it with.
    pub amount: u32,
}

/// What the child doubles.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Part {
    /// How much.
    pub amount: u32,
}

/// Why a job fails.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum JobError {
    /// On purpose.
    #[error("refused on purpose")]
    Refused,
    /// Goes well when it is tried again.
    #[error("try again")]
    Busy,
}

/// Twice as much; every fifth first attempt fails.
#[step(timeout = "20s", retry(on(JobError::Busy), interval = "1s", max_attempts = 3))]
pub async fn double(context: StepContext, amount: u32) -> Result<u32, JobError> {
    tokio::time::sleep(Duration::from_millis(u64::from(amount % 7))).await;
    if amount.is_multiple_of(5) && context.attempt() == 1 {
        return Err(JobError::Busy);
    }
    Ok(amount * 2)
}

/// Always fails.
#[step]
pub async fn refuse(amount: u32) -> Result<u32, JobError> {
    let _ = amount;
    Err(JobError::Refused)
}

/// Shows the token; the parent process answers.
#[step(callback, timeout = "1h")]
pub async fn ask(context: StepContext, token: TaskToken, amount: u32) -> Callback<u32> {
    let _ = amount;
    super::child::say(&format!("token {} {token}", context.execution()));
    Callback::pending()
}

/// Some text, so that histories have a size.
#[step]
pub async fn describe(amount: u32) -> String {
    "soak ".repeat(usize::try_from(amount % 400).unwrap_or(0))
}

workflow!(
    /// Doubles, as another workflow's child.
    pub async fn child_flow(part: Part) -> Result<u32> {
        Ok(double(part.amount).await?)
    }
);

workflow!(
    /// Doubles in memory.
    #[workflow(express)]
    pub async fn quick_flow(amount: u32) -> Result<u32> {
        Ok(double(amount).await?)
    }
);

workflow!(
    /// A little of everything.
    pub async fn soak_flow(job: Job) -> Result<u32> {
        describe(job.amount).await?;
        if job.kind == "fail" {
            let refused = refuse(job.amount).await?;
            return Ok(refused);
        }
        if job.kind == "wait" {
            sleep(secs(2)).await;
        }
        if job.kind == "ask" {
            let answer = ask(job.amount).await?;
            return Ok(answer);
        }
        if job.kind == "map" {
            let doubled =
                try_map(vec![job.amount, job.amount, job.amount], async |amount| double(amount).await).await?;
            return Ok(doubled.len() as u32);
        }
        if job.kind == "nested" {
            let nested = child_flow(Part { amount: job.amount }).await?;
            return Ok(nested);
        }
        #[state = "DoubleLast"]
        let doubled = double(job.amount).await?;
        Ok(doubled)
    }
);

/// What the job must yield; `None` where it must fail.
pub fn expected(kind: &str, amount: u32) -> Option<u32> {
    match kind {
        "fail" => None,
        "map" => Some(3),
        "ask" => Some(amount + 1),
        _ => Some(amount * 2),
    }
}
