//! The words of refusals, and answers to parked tasks.

use super::actor::Actor;
use super::mailbox::{Answer, End};
use crate::control::ClientError;
use crate::engine::{Input, Stale, Waiting};
use crate::payload;
use crate::step::{CAUSE_MAX, ErrorOutput, TaskToken};
use crate::store::StoreError;

/// AWS's limit for the name of an error, in characters.
const NAME_MAX: usize = 256;

pub(crate) fn shut_down() -> ClientError {
    ClientError::new("RuntimeShutDown", "the runtime was shut down: start it again")
}

pub(crate) fn store_error(error: &StoreError) -> ClientError {
    ClientError::new("StoreFailure", error.to_string())
}

/// Whether the store failed, for good or for a moment.
pub(crate) fn is_store_error(error: &ClientError) -> bool {
    error.name == "StoreFailure"
}

pub(crate) fn does_not_exist(name: &str) -> ClientError {
    ClientError::new("ExecutionDoesNotExist", format!("Execution Does Not Exist: '{name}'"))
}

pub(crate) fn already_exists(name: &str) -> ClientError {
    ClientError::new(
        "ExecutionAlreadyExists",
        format!(
            "Execution Already Exists: '{name}', with another input; names are unique within a workflow: choose another one"
        ),
    )
}

/// Whether there is no such execution.
pub(crate) fn is_unknown(error: &ClientError) -> bool {
    error.name == "ExecutionDoesNotExist"
}

/// The same input, and it has come to its end.
pub(crate) fn already_ended(name: &str) -> ClientError {
    ClientError::new(
        "ExecutionAlreadyExists",
        format!(
            "Execution Already Exists: '{name}' has ended with this input; `Runtime::execution` finds it, another one needs another name"
        ),
    )
}

pub(crate) fn not_express(workflow: &str) -> ClientError {
    let message = format!(
        "`{workflow}` is a Standard workflow, and only Express ones are run while one waits: start it and wait for its result"
    );
    ClientError::new("StateMachineTypeNotSupported", message)
}

pub(crate) fn express_passive(workflow: &str) -> ClientError {
    let message = format!(
        "`{workflow}` is an Express workflow: it runs in memory, so that nothing can be recorded for later; run it where its \
         program runs"
    );
    ClientError::new("StateMachineTypeNotSupported", message)
}

/// `what`: `history`, `redrive`.
pub(crate) fn express_not_kept(name: &str, what: &str) -> ClientError {
    let message = format!("execution `{name}` is an Express one, of which nothing is kept: it has no {what}");
    ClientError::new("StateMachineTypeNotSupported", message)
}

pub(crate) fn invalid_token() -> ClientError {
    ClientError::new("InvalidToken", "Invalid Token: 'Invalid token'")
}

pub(crate) fn task_timed_out() -> ClientError {
    ClientError::new("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
}

/// AWS's limits for an error that comes from outside.
pub(crate) fn check_error(error: &ErrorOutput) -> Result<(), ClientError> {
    let limits = [("error", &error.error, NAME_MAX), ("cause", &error.cause, CAUSE_MAX)];
    for (what, text, limit) in limits {
        let length = text.as_ref().map_or(0, |text| text.chars().count());
        if length > limit {
            let message = format!("the {what} has {length} characters, and at most {limit} are taken");
            return Err(ClientError::new("ValidationException", message));
        }
    }
    Ok(())
}

/// Why a live execution did not answer.
pub(crate) fn left(end: End, name: &str) -> ClientError {
    match end {
        End::Ended(_) => ClientError::new("ExecutionClosed", format!("execution `{name}` has ended")),
        End::ShutDown => shut_down(),
        End::StoreFailed(error) => store_error(&error),
        End::Refused(error) => error,
    }
}

pub(super) fn stop_reply(stale: Option<Stale>) -> Result<(), ClientError> {
    match stale {
        // Stopping what has ended changes nothing, as on AWS.
        None | Some(Stale::ExecutionClosed) => Ok(()),
        Some(stale) => {
            Err(ClientError::new("ValidationException", format!("the execution cannot be stopped: {stale:?}")))
        }
    }
}

fn answer_reply(stale: Option<Stale>) -> Result<(), ClientError> {
    match stale {
        None => Ok(()),
        Some(Stale::TaskUnknown) => Err(invalid_token()),
        Some(_) => Err(task_timed_out()),
    }
}

impl Actor {
    /// Somebody answers with a token. Refused answers change nothing.
    pub(super) async fn on_answer(
        &mut self,
        token: &TaskToken,
        answer: Answer,
    ) -> Result<Result<(), ClientError>, End> {
        let Some(task) = self.execution.verify_token(token.as_str()) else { return Ok(Err(invalid_token())) };
        if let Some(unfinishable) = self.core.unfinishable(self.live.number) {
            let message = format!("execution `{}` is parked: {}", self.live.name, unfinishable.reason());
            return Ok(Err(ClientError::new("ExecutionParked", message)));
        }
        let input = match answer {
            Answer::Heartbeat => Input::TaskHeartbeat { task },
            Answer::Failure(error) => Input::TaskFailed { task, error },
            Answer::Success(output) => {
                let open =
                    self.execution.waiting(&self.program.machine).into_iter().find_map(|waiting| match waiting {
                        Waiting::Answer { state, task: open, .. } | Waiting::Step { state, task: open, .. } => {
                            (open == task).then_some(state)
                        }
                        _ => None,
                    });
                let Some(state) = open else { return Ok(Err(task_timed_out())) };
                if let Some(step) = self.program.task(&state)
                    && let Err(faults) = payload::check(&step.output, &output)
                {
                    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
                    let message =
                        format!("the answer is no output of step `{}`: {}", step.handler.name, faults.join("; "));
                    return Ok(Err(ClientError::new("InvalidOutput", message)));
                }
                Input::TaskSucceeded { task, output }
            }
        };
        Ok(answer_reply(self.turn(input).await?))
    }
}
