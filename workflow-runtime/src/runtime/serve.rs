//! [`Runtime::handle`]: what the command line asks, in this process or from another one.

use std::sync::Arc;

use super::Runtime;
use super::mailbox::Answer;
use super::start::Started;
use super::target::Target;
use crate::control::{ClientError, ExecutionRef, Request, Response};
use crate::step::TaskToken;
use crate::store::ListQuery;

impl Runtime {
    /// Answers a request. [`Request::Wait`] answers when there is something to tell, however long that takes.
    pub async fn handle(&self, request: Request) -> Response {
        self.try_handle(request).await.unwrap_or_else(Response::Error)
    }

    async fn try_handle(&self, request: Request) -> Result<Response, ClientError> {
        let core = self.core();
        match request {
            Request::Start { workflow, name, input } => {
                // What was started, stopped or redriven is not forgotten before it is described.
                let _kept = core.forgetting.read().await;
                let (target, existed) = match core.start(&workflow, name.as_deref(), Arc::new(input)).await? {
                    Started::New(target) => (target, false),
                    Started::Running(target) | Started::Ended(target) => (target, true),
                };
                Ok(Response::Started { execution: target.describe(core).await?, existed })
            }
            Request::StartSync { workflow, name, input } => {
                let (live, _) = core.run_express(&workflow, name.as_deref(), Arc::new(input)).await?;
                let description = Box::new(super::describe::express(core, &live));
                Ok(Response::Execution(Target::live(live).shown(core, description).await))
            }
            Request::Describe { execution } => self.described(&self.target(&execution).await?).await,
            Request::Wait { execution, events_seen } => {
                let target = self.target(&execution).await?;
                target.wait(core, events_seen).await?;
                self.described(&target).await
            }
            Request::History { execution } => {
                Ok(Response::History(self.target(&execution).await?.history(core).await?))
            }
            Request::Trail { execution } => Ok(Response::Trail(self.target(&execution).await?.trail(core).await?)),
            Request::List { workflow, status, limit } => {
                let query = ListQuery { workflow, status, limit, before: None };
                Ok(Response::Executions(self.list(query).await?))
            }
            Request::Stop { execution, error } => {
                let _kept = core.forgetting.read().await;
                let target = self.target(&execution).await?;
                target.stop(core, error).await?;
                self.described(&target).await
            }
            Request::Redrive { execution } => {
                let kept = core.keep().await;
                let target = self.target(&execution).await?.redrive_kept(core, &kept).await?;
                self.described(&target).await
            }
            Request::SendTaskSuccess { token, output } => self.done(token, Answer::Success(Arc::new(output))).await,
            Request::SendTaskFailure { token, error } => self.done(token, Answer::Failure(error)).await,
            Request::SendTaskHeartbeat { token } => self.done(token, Answer::Heartbeat).await,
            Request::Prune { older_than_seconds, dry_run } => {
                let older_than = std::time::Duration::from_secs(older_than_seconds);
                Ok(Response::Pruned { executions: core.prune(older_than, dry_run).await? })
            }
        }
    }

    async fn target(&self, execution: &ExecutionRef) -> Result<Target, ClientError> {
        self.find(execution.workflow.as_deref(), &execution.name).await
    }

    async fn described(&self, target: &Target) -> Result<Response, ClientError> {
        target.describe(self.core()).await.map(Response::Execution)
    }

    async fn done(&self, token: String, answer: Answer) -> Result<Response, ClientError> {
        self.answer(&TaskToken::new(token), answer).await.map(|()| Response::Done)
    }
}
