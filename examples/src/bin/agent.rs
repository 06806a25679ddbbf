//! A language model that may call tools until it has an answer: each call is a step, so that a crash in the ninth round
//! costs neither the first eight nor their tokens.
//!
//! `cargo run -q -p examples --bin agent -- run --input '"what is 6 times 7?"'`. The model here is a stand-in that needs no key.

#![allow(clippy::unused_async, reason = "what waits in earnest is left out")]
#![allow(clippy::missing_errors_doc, clippy::missing_panics_doc, reason = "the error enums say it")]

use workflow_runtime::cli::App;
use workflow_runtime::prelude::*;

/// A part of the conversation.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Message {
    /// `user`, `model`, `tool`.
    pub role: String,
    /// What was said.
    pub text: String,
}

/// What the model wants next.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub enum Turn {
    /// It is done.
    Answer(String),
    /// It needs a product.
    Multiply {
        /// One factor.
        a: i64,
        /// The other.
        b: i64,
    },
    /// It needs to read something.
    Search(String),
}

/// What may go wrong.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum AgentError {
    /// Try later.
    #[error("the model is overloaded")]
    Overloaded,
    /// It goes round in circles.
    #[error("no answer after {0} turns")]
    TooManyTurns(u32),
}

/// Asks the model.
#[step(
    timeout = "2m",
    retry(on(AgentError::Overloaded, TimedOut), interval = "2s", max_attempts = 5, backoff_rate = 2.0)
)]
pub async fn think(conversation: Vec<Message>) -> Result<Turn, AgentError> {
    let last = conversation.last().map(|message| message.text.clone()).unwrap_or_default();
    Ok(match conversation.len() {
        1 => Turn::Search(last),
        2 => Turn::Multiply { a: 6, b: 7 },
        _ => Turn::Answer(format!("it is {last}")),
    })
}

/// A tool.
#[step(timeout = "10s")]
pub async fn multiply(a: i64, b: i64) -> i64 {
    a * b
}

/// Another one.
#[step(timeout = "30s")]
pub async fn search(query: String) -> String {
    format!("found for `{query}`: multiply 6 and 7")
}

workflow!(
    /// Lets a model work with tools.
    pub async fn agent(question: String) -> Result<String> {
        let mut conversation: Vec<Message> = vec![Message { role: "user".to_string(), text: question }];
        let mut turns: u32 = 0;
        while turns < 20 {
            turns += 1;
            let text: String = match think(conversation).await? {
                Turn::Answer(answer) => return Ok(answer),
                Turn::Multiply { a, b } => {
                    let product = multiply(a, b).await?;
                    format!("{product}")
                }
                Turn::Search(query) => search(query).await?,
            };
            conversation.push(Message { role: "tool".to_string(), text });
        }
        Err(AgentError::TooManyTurns(turns).into())
    }
);

fn main() -> std::process::ExitCode {
    App::new().register::<Agent>().main()
}
