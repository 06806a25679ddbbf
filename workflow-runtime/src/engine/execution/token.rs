//! Task tokens: found by anybody who has one, guessed by nobody.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;

use super::Execution;
use crate::engine::{TaskId, TokenRoute};
use crate::step::TaskToken;

impl Execution {
    /// The name of the execution that this attempt starts: the same however often it is asked for, and no other attempt's.
    /// A name of this execution's own, cut short, and 16 hexadecimal digits.
    pub fn child_name(&self, task: TaskId) -> String {
        const OWN_MAX: usize = 60;
        let mut hasher = Sha256::new();
        hasher.update(b"workflow child execution\0");
        hasher.update(self.seed.to_be_bytes());
        hasher.update(self.identity.number.to_be_bytes());
        hasher.update(task.0.to_be_bytes());
        let mut name: String = self.identity.execution.chars().take(OWN_MAX).collect();
        name.push('.');
        for byte in hasher.finalize().iter().take(8) {
            // Writing to a String cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        name
    }

    /// The token of an attempt: `NUMBER-TASK-PROOF`. The proof is half a SHA-256 over the recorded seed, so that only who
    /// was given the token knows it, and it is the same after a restart.
    pub fn token_of(&self, task: TaskId) -> TaskToken {
        let mut hasher = Sha256::new();
        hasher.update(b"workflow task token\0");
        hasher.update(self.seed.to_be_bytes());
        hasher.update(self.identity.number.to_be_bytes());
        hasher.update(task.0.to_be_bytes());
        hasher.update(self.identity.workflow.as_bytes());
        hasher.update([0]);
        hasher.update(self.identity.execution.as_bytes());
        let mut text = format!("{}-{}-", self.identity.number, task.0);
        for byte in hasher.finalize().iter().take(16) {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        TaskToken::new(text)
    }

    /// The attempt that a token belongs to, if it is genuine; it may be closed by now.
    pub fn verify_token(&self, token: &str) -> Option<TaskId> {
        let route = TokenRoute::parse(token)?;
        (self.status.is_some() && self.token_of(route.task).as_str() == token).then_some(route.task)
    }
}
