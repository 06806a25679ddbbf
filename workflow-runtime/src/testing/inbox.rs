//! Those who hold tokens: they live outside of the process, and do not forget when it dies.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::Notify;

use super::director::lock;
use super::reply::AnswerPlan;
use crate::control::{Request, Response};
use crate::step::TaskToken;
use crate::time::Timestamp;

/// Answers that are still to be given.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    open: Mutex<Vec<Letter>>,
    refused: Mutex<Vec<String>>,
    bell: Notify,
}

#[derive(Clone, Debug)]
struct Letter {
    token: TaskToken,
    step: &'static str,
    heartbeat_every: Option<Duration>,
    next: Timestamp,
    due: Timestamp,
    answer: Request,
}

fn plus(at: Timestamp, duration: Duration) -> Timestamp {
    at.plus_millis(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

impl Inbox {
    /// A token was handed out. One that was handed out again is answered once.
    pub(crate) fn expect(&self, token: &TaskToken, step: &'static str, answer: &AnswerPlan, now: Timestamp) {
        let text = token.as_str().to_owned();
        let request = match answer.what.clone() {
            Some(Ok(output)) => Request::SendTaskSuccess { token: text, output },
            Some(Err(error)) => Request::SendTaskFailure { token: text, error },
            None => return,
        };
        let mut open = lock(&self.open);
        if open.iter().any(|letter| letter.token == *token) {
            return;
        }
        let due = plus(now, answer.after);
        let next = answer.heartbeat_every.map_or(due, |interval| plus(now, interval).min(due));
        let heartbeat_every = answer.heartbeat_every;
        open.push(Letter { token: token.clone(), step, heartbeat_every, next, due, answer: request });
        drop(open);
        self.bell.notify_waiters();
    }

    /// What somebody said that nobody wanted to hear any more.
    pub(crate) fn refused(&self) -> Vec<String> {
        lock(&self.refused).clone()
    }

    /// Gives the answers when they are due, for as long as it is polled.
    pub(crate) async fn deliver(
        &self,
        runtime: &crate::runtime::Runtime,
        now: impl Fn() -> Timestamp,
    ) -> std::convert::Infallible {
        loop {
            let bell = self.bell.notified();
            tokio::pin!(bell);
            bell.as_mut().enable();
            let Some(letter) = lock(&self.open).iter().min_by_key(|letter| letter.next).cloned() else {
                bell.await;
                continue;
            };
            let wait = letter.next.as_millis().saturating_sub(now().as_millis());
            let wait = Duration::from_millis(u64::try_from(wait).unwrap_or_default());
            tokio::select! {
                biased;
                () = bell => continue,
                () = tokio::time::sleep(wait) => {}
            }
            let last = letter.next >= letter.due;
            let request = if last {
                letter.answer.clone()
            } else {
                Request::SendTaskHeartbeat { token: letter.token.as_str().to_owned() }
            };
            self.told(&letter, last, runtime.handle(request).await);
        }
    }

    fn told(&self, letter: &Letter, last: bool, response: Response) {
        let mut open = lock(&self.open);
        let Some(at) = open.iter().position(|known| known.token == letter.token) else { return };
        match response {
            // The process is going: whoever holds the token tries again.
            Response::Error(error) if matches!(error.name.as_str(), "RuntimeShutDown" | "StoreFailure") => {}
            Response::Error(error) => {
                open.remove(at);
                lock(&self.refused).push(format!("the answer to `{}` came to nothing: {error}", letter.step));
            }
            _ if last => drop(open.remove(at)),
            _ => {
                let interval = letter.heartbeat_every.unwrap_or(Duration::MAX);
                if let Some(letter) = open.get_mut(at) {
                    letter.next = plus(letter.next, interval).min(letter.due);
                }
            }
        }
    }
}
