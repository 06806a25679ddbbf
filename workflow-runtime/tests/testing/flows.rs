//! The workflows of these tests.

use std::sync::atomic::{AtomicU32, Ordering};

use workflow_runtime::prelude::*;

#[derive(Debug, PartialEq, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum WorkError {
    #[error("busy")]
    Busy,
    #[error("{0} is broken since {1}")]
    Broken(String, u32),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Named {
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Yes {
    pub by: String,
}

/// Counts what is done to the world.
#[derive(Debug, Default)]
pub struct Counter(AtomicU32);

impl Counter {
    pub fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

#[step(timeout = "30s", retry(on(WorkError::Busy, TimedOut), interval = "2s", max_attempts = 2, backoff_rate = 2.0))]
pub async fn work(name: String) -> Result<String, WorkError> {
    Ok(format!("{name} done"))
}

#[step(timeout = "60s", heartbeat = "10s")]
pub async fn beat(name: String) -> String {
    name
}

#[step(retry(on(WorkError::Busy), interval = "100s", max_attempts = 5, jitter))]
pub async fn shake(name: String) -> Result<String, WorkError> {
    Ok(name)
}

#[step]
pub async fn undo(name: String) {
    drop(name);
}

#[step]
pub async fn count(counter: Data<Counter>, name: String) -> u32 {
    drop(name);
    counter.next()
}

#[step(callback, timeout = "3d", heartbeat = "1h")]
pub async fn ask(token: TaskToken, question: String) -> Result<Callback<Yes>, WorkError> {
    drop((token, question));
    Ok(Callback::pending())
}

workflow!(
    /// One step.
    pub async fn one(name: String) -> Result<String> {
        work(name).await
    }
);

workflow!(
    /// A pause in between.
    pub async fn nap(name: String) -> Result<String> {
        let done = work(name).await?;
        sleep(days(14)).await;
        beat(done).await
    }
);

workflow!(
    /// A step that shows signs of life, and what its failures are.
    pub async fn beating(name: String) -> Result<String> {
        match beat(name).await {
            Ok(name) => Ok(name),
            Err(HeartbeatTimedOut) => Ok("missed".to_string()),
            Err(TimedOut) => Ok("timed out".to_string()),
            Err(failure) => Err(failure.into()),
        }
    }
);

workflow!(
    /// Delays that are drawn.
    pub async fn shaking(name: String) -> Result<String> {
        shake(name).await
    }
);

workflow!(
    /// Two questions.
    pub async fn asking(question: String) -> Result<String> {
        let first = ask(question).await?;
        #[state = "AskAgain"]
        let second = ask(first.by).await?;
        Ok(format!("{} and {}", first.by, second.by))
    }
);

workflow!(
    /// Undoes what it did.
    pub async fn saga(name: String) -> Result<String> {
        #[compensate(undo(done))]
        let done = work(name).await?;
        beat(done).await
    }
);

workflow!(
    /// Forgets to undo what it did.
    pub async fn no_saga(name: String) -> Result<String> {
        let done = work(name).await?;
        beat(done).await
    }
);

workflow!(
    /// A count that is another one when it is counted again.
    pub async fn counting(name: String) -> Result<u32> {
        let first = count(name).await?;
        #[state = "CountAgain"]
        let second = count(name).await?;
        Ok(first * 100 + second)
    }
);

workflow!(
    /// Whoever is counted first.
    pub async fn race(name: String) -> Result<u32> {
        let (left, right) = try_join!(
            async {
                #[state = "CountLeft"]
                let left = count(name).await?;
                Ok(left)
            },
            async {
                #[state = "CountRight"]
                let right = count(name).await?;
                Ok(right)
            }
        )?;
        Ok(left * 10 + right)
    }
);

workflow!(
    /// Each item on its own.
    pub async fn each(names: Vec<String>) -> Result<Vec<String>> {
        try_map(names, async |name| work(name).await).await
    }
);

workflow!(
    /// Called by another one.
    #[workflow(error = WorkError)]
    pub async fn child(named: Named) -> Result<String> {
        work(named.name).await
    }
);

workflow!(
    /// Undoes what it did, where the one that it calls fails.
    pub async fn saga_parent(name: String) -> Result<String> {
        #[compensate(undo(done))]
        let done = work(name).await?;
        child(Named { name: done }).await
    }
);

workflow!(
    /// Started by another one.
    pub async fn later(named: Named) -> Result<()> {
        sleep(days(1)).await;
        undo(named.name).await
    }
);

workflow!(
    /// Calls one and starts another.
    pub async fn parent(name: String) -> Result<String> {
        let done = child(Named { name: name }).await?;
        spawn(later(Named { name: name })).await?;
        Ok(done)
    }
);

workflow!(
    /// In memory.
    #[workflow(express)]
    pub async fn quick(name: String) -> Result<String> {
        let done = work(name).await?;
        beat(done).await
    }
);

workflow!(
    /// What time it is.
    pub async fn waiting(until: Timestamp) -> Result<String> {
        sleep_until(until).await;
        beat("then".to_string()).await
    }
);
