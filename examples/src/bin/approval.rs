//! Asks a person, by a message that carries the token; reminds once, then gives up.
//!
//! `cargo run -q -p examples --bin approval -- run --name leave-1 --input '{"who": "ada", "days": 12}'` prints the command that answers.
//! On AWS the message goes to a queue directly, without a function in between.

#![allow(clippy::unused_async, reason = "what waits in earnest is left out")]
#![allow(clippy::missing_errors_doc, clippy::missing_panics_doc, reason = "the error enums say it")]

use workflow_runtime::cli::App;
use workflow_runtime::integrations::sqs;
use workflow_runtime::prelude::*;

/// Days off.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Leave {
    /// Who wants them.
    pub who: String,
    /// How many.
    pub days: u32,
}

/// What the manager said.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Decision {
    /// Yes or no.
    pub approved: bool,
    /// Who said so.
    pub by: String,
}

/// How a request ends that is not granted.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum LeaveError {
    /// The manager's answer.
    #[error("{0} said no")]
    Refused(String),
    /// Nobody's answer.
    #[error("nobody answered")]
    Unanswered,
}

/// Sends the question to the managers' queue.
#[step(resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken", timeout = "2d")]
pub async fn ask_manager(token: TaskToken, message: sqs::SendMessage) -> Callback<Decision> {
    // The stand-in for the queue: whoever reads the terminal is the manager.
    eprintln!("{}", message.message_body);
    drop(token);
    Callback::pending()
}

/// Writes it into the calendar.
#[step]
pub async fn enter(leave: Leave) -> String {
    format!("{} is away for {} days", leave.who, leave.days)
}

workflow!(
    /// Grants days off.
    pub async fn approval(leave: Leave) -> Result<String> {
        if leave.days > 2 {
            let mut asked: u32 = 0;
            let decision = loop {
                asked += 1;
                match ask_manager(sqs::SendMessage {
                    queue_url: "https://sqs.eu-west-1.amazonaws.com/123456789012/managers".to_string(),
                    message_body: json!({ "may": leave.who, "takeDays": leave.days, "asked": asked, "token": task_token() }),
                    ..Default::default()
                })
                .await
                {
                    Ok(decision) => break decision,
                    Err(TimedOut) if asked < 2 => continue,
                    Err(TimedOut) => return Err(LeaveError::Unanswered.into()),
                    Err(failure) => return Err(failure.into()),
                }
            };
            if !decision.approved {
                return Err(LeaveError::Refused(decision.by).into());
            }
        }
        enter(leave).await
    }
);

fn main() -> std::process::ExitCode {
    App::new().register::<Approval>().main()
}
