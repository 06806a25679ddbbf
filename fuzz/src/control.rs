//! Lines as they come over the local socket, and JSON as it is typed behind `--input`.
#![allow(clippy::unused_async, reason = "steps that only answer")]

use std::time::Duration;

use workflow_runtime::prelude::*;
use workflow_runtime::runtime::Runtime;
use workflow_runtime::store::MemoryStore;
use workflow_runtime::{cli, local};

#[step]
pub async fn double(amount: i32) -> Option<i32> {
    amount.checked_mul(2)
}

#[step(callback)]
pub async fn ask(token: TaskToken, amount: i32) -> Callback<bool> {
    let _ = (token, amount);
    Callback::pending()
}

workflow!(
    /// Something to ask for.
    pub async fn greeting(amount: i32) -> Result<bool> {
        let doubled = double(amount).await?;
        match doubled {
            Some(large) => Ok(ask(large).await?),
            None => Ok(false),
        }
    }
);

thread_local! {
    static TOKIO: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a tokio runtime");
}

/// Lines of one connection.
pub fn control(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = cli::parse_json("`--input`", text);
    }
    TOKIO.with(|tokio| tokio.block_on(converse(data)));
}

async fn converse(data: &[u8]) {
    let runtime = Runtime::builder().store(MemoryStore::new()).register::<Greeting>().start().await.expect("it starts");
    for line in data.split(|byte| *byte == b'\n').take(8) {
        let asked = local::answer(&runtime, line);
        // A `wait` for what never ends.
        let Ok(answer) = tokio::time::timeout(Duration::from_secs(1), asked).await else { continue };
        serde_json::from_slice::<serde_json::Value>(&answer).expect("an answer is a line of JSON");
    }
}
