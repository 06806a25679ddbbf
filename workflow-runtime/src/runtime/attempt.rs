//! One attempt of a Task: the step's future, isolated.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::mailbox::{Letter, Live};
use super::seam::Stage as TestStage;
use crate::blob::BlobId;
use crate::engine::TaskId;
use crate::payload::MASKED;
use crate::step::{ErrorOutput, StepContext, StepHandler, StepReply, StepSignals, undeclared_cause};

/// What an attempt came to; `None` for one that waited for its turn when the runtime was shut down.
pub(crate) type AttemptEnd = Option<Result<StepReply, ErrorOutput>>;

/// A step's call as a future that never panics and may be moved between tasks until it is done.
pub(crate) struct Attempt {
    pub(crate) task: TaskId,
    stage: Stage,
    call: Option<Call>,
    permit: Option<OwnedSemaphorePermit>,
    span: tracing::Span,
    /// What it says when it panics may be secret: it is in the cause alone.
    quiet: bool,
}

struct Call {
    handler: StepHandler,
    stage: Option<Arc<dyn TestStage>>,
    context: StepContext,
    payload: Arc<Value>,
}

enum Stage {
    /// Too many steps are running.
    Queued(BoxFuture<'static, Option<OwnedSemaphorePermit>>),
    Ready,
    Running(BoxFuture<'static, Result<StepReply, ErrorOutput>>),
    Done,
}

impl Attempt {
    pub(crate) fn new(
        task: TaskId,
        handler: StepHandler,
        context: StepContext,
        payload: Arc<Value>,
        limit: Option<&Arc<Semaphore>>,
        span: tracing::Span,
        test: Option<Arc<dyn TestStage>>,
    ) -> Self {
        let (stage, permit) = match limit {
            None => (Stage::Ready, None),
            Some(limit) => {
                let limit = Arc::clone(limit);
                if let Ok(permit) = Arc::clone(&limit).try_acquire_owned() {
                    (Stage::Ready, Some(permit))
                } else {
                    (Stage::Queued(Box::pin(async move { limit.acquire_owned().await.ok() })), None)
                }
            }
        };
        Self { task, stage, call: Some(Call { handler, stage: test, context, payload }), permit, span, quiet: false }
    }

    fn poll_stage(&mut self, cx: &mut Context<'_>) -> Poll<AttemptEnd> {
        loop {
            match &mut self.stage {
                Stage::Queued(permit) => {
                    let Poll::Ready(permit) = permit.as_mut().poll(cx) else { return Poll::Pending };
                    if permit.is_none() {
                        return Poll::Ready(None);
                    }
                    self.permit = permit;
                    self.stage = Stage::Ready;
                }
                Stage::Ready => {
                    let Some(Call { handler, stage, context, payload }) = self.call.take() else {
                        self.stage = Stage::Done;
                        continue;
                    };
                    let call = || match &stage {
                        None => (handler.call)(context, payload),
                        Some(stage) => stage.call(handler, context, payload),
                    };
                    match catch_unwind(AssertUnwindSafe(call)) {
                        Ok(future) => self.stage = Stage::Running(future),
                        Err(panic) => return Poll::Ready(Some(Err(panicked(&*panic, self.quiet)))),
                    }
                }
                Stage::Running(future) => {
                    return match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
                        Ok(poll) => poll.map(Some),
                        Err(panic) => Poll::Ready(Some(Err(panicked(&*panic, self.quiet)))),
                    };
                }
                // Nobody polls a future that is done.
                Stage::Done => return Poll::Pending,
            }
        }
    }

    /// As it is, but what it says when it panics is in no log.
    pub(crate) fn quiet(self, quiet: bool) -> Self {
        // `Self` has a destructor of its own.
        let mut this = self;
        this.quiet = quiet;
        this
    }

    /// Drops the step's future, whose own destructors may panic.
    fn clear(&mut self) {
        let stage = std::mem::replace(&mut self.stage, Stage::Done);
        let call = self.call.take();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(move || drop((stage, call)))) {
            let text = if self.quiet { MASKED } else { panic_text(&*panic) };
            tracing::error!(panic = text, "a step panicked while it was dropped");
        }
        self.permit = None;
    }
}

impl Future for Attempt {
    type Output = AttemptEnd;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<AttemptEnd> {
        let this = self.get_mut();
        let poll = if this.span.is_none() {
            this.poll_stage(cx)
        } else {
            let span = this.span.clone();
            let _entered = span.enter();
            this.poll_stage(cx)
        };
        if poll.is_ready() {
            this.clear();
        }
        poll
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.clear();
    }
}

fn panicked(panic: &(dyn Any + Send), quiet: bool) -> ErrorOutput {
    let text = panic_text(panic);
    tracing::error!(panic = if quiet { MASKED } else { text }, "a step panicked");
    ErrorOutput {
        error: Some("States.TaskFailed".to_owned()),
        cause: Some(undeclared_cause(&format!("panicked: {text}"))),
    }
}

/// A panic's message.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text
    } else {
        "a value that is no text"
    }
}

/// How a running step reaches its execution.
#[derive(Debug)]
pub(crate) struct Signals {
    task: TaskId,
    live: Weak<Live>,
    cancelled: AtomicBool,
    /// A sign of life is in the mailbox already.
    beating: AtomicBool,
}

impl Signals {
    pub(crate) fn new(task: TaskId, live: &Arc<Live>) -> Arc<Self> {
        let (cancelled, beating) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { task, live: Arc::downgrade(live), cancelled, beating })
    }

    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
    }

    /// The sign of life was taken out of the mailbox.
    pub(crate) fn heard(&self) {
        self.beating.store(false, Ordering::Release);
    }
}

impl StepSignals for Signals {
    fn heartbeat(&self) {
        if self.is_cancelled() || self.beating.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Some(live) = self.live.upgrade() {
            // A sign of life for an execution that has left is nothing to report.
            let _ = live.send(Letter::Heartbeat(self.task));
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    fn blob_put(&self, id: BlobId) {
        // An execution that has left names nothing more.
        if let Some(live) = self.live.upgrade() {
            live.pins.add(id);
        }
    }
}
