//! What names an execution: the texts of the context object, and its task tokens.

use std::sync::Arc;

use super::TaskId;

/// What an execution is called. Given by whoever starts or recovers it, the same each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionIdentity {
    /// The state machine's name.
    pub workflow: Arc<str>,
    /// The execution's name.
    pub execution: Arc<str>,
    /// Leads a task token back to this execution: its number in the store.
    pub number: u64,
    /// Tells executions of one name apart: of an Express one.
    pub run: Option<Arc<str>>,
}

impl ExecutionIdentity {
    /// An execution of this name of this workflow, found again by `number`.
    pub fn new(workflow: impl Into<Arc<str>>, execution: impl Into<Arc<str>>, number: u64) -> Self {
        Self { workflow: workflow.into(), execution: execution.into(), number, run: None }
    }

    /// The same of an Express execution.
    #[must_use]
    pub fn of_run(self, run: Option<Arc<str>>) -> Self {
        Self { run, ..self }
    }

    /// `arn:aws:states:local:000000000000:execution:WORKFLOW:EXECUTION`; of an Express execution `..:express:WORKFLOW:EXECUTION:RUN`.
    pub fn execution_arn(&self) -> String {
        if let Some(run) = &self.run {
            return format!("arn:aws:states:local:000000000000:express:{}:{}:{run}", self.workflow, self.execution);
        }
        format!("arn:aws:states:local:000000000000:execution:{}:{}", self.workflow, self.execution)
    }

    /// `arn:aws:states:local:000000000000:stateMachine:WORKFLOW`.
    pub fn state_machine_arn(&self) -> String {
        format!("arn:aws:states:local:000000000000:stateMachine:{}", self.workflow)
    }

    /// The role of every local execution.
    pub const ROLE_ARN: &str = "arn:aws:iam::000000000000:role/local";
}

/// The task that started an execution.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Parent {
    /// The ARN of the task's execution.
    pub execution: String,
    /// Its number.
    pub number: u64,
    /// Which attempt.
    pub task: TaskId,
    /// Whether the task waits for this execution's end.
    pub waits: bool,
}

/// What can be read from a task token without knowing its execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenRoute {
    /// [`ExecutionIdentity::number`].
    pub number: u64,
    /// Which attempt, if the token is genuine: ask [`Execution::verify_token`](super::Execution::verify_token).
    pub task: TaskId,
}

impl TokenRoute {
    /// `None` where the text was never a token of ours.
    pub fn parse(token: &str) -> Option<Self> {
        let mut parts = token.splitn(3, '-');
        let number = parts.next()?.parse().ok()?;
        let task = TaskId(parts.next()?.parse().ok()?);
        let proof = parts.next()?;
        (proof.len() == 32 && proof.bytes().all(|b| b.is_ascii_hexdigit())).then_some(Self { number, task })
    }
}
