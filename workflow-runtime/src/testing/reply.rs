//! What a step is told to answer: values, declared errors, and everything else that may happen to a call.

use std::marker::PhantomData;
use std::time::Duration;

use crate::step::{self, ErrorOutput, Step, StepReply, StepSpec};

/// One answer of a script: what an attempt of `S` comes to.
///
/// `Ok(..)` and `Err(..)` of the step's own types are replies; the other ones have names:
///
/// ```
/// use workflow_runtime::prelude::*;
/// use workflow_runtime::testing::Reply;
///
/// # #[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
/// # pub enum PayError { #[error("busy")] Busy }
/// #[step(retry(on(PayError::Busy, TimedOut), max_attempts = 3))]
/// pub async fn pay(cents: u64) -> Result<String, PayError> {
///     Ok(format!("paid {cents}"))
/// }
/// workflow!(
///     pub async fn checkout(cents: u64) -> Result<String> {
///         pay(cents).await
///     }
/// );
///
/// let run = workflow_runtime::testing::Test::<Checkout>::new()
///     .script::<pay>([Reply::err(PayError::Busy), Reply::times_out(), Reply::ok("paid".to_string()).after(secs(5))])
///     .run(7);
/// run.assert_attempts::<pay>(3);
/// // A second's delay, 60 s of timeout, two seconds' delay, five seconds.
/// run.assert_elapsed(secs(1 + 60 + 2 + 5));
/// ```
pub struct Reply<S> {
    pub(crate) plan: ReplyPlan,
    step: PhantomData<fn() -> S>,
}

impl<S> std::fmt::Debug for Reply<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.plan.fmt(f)
    }
}

/// A reply without its step.
#[derive(Clone, Debug)]
pub(crate) struct ReplyPlan {
    pub(crate) after: Duration,
    pub(crate) act: Act,
}

/// What is done.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// A result; of a callback step the answer.
    Answer(Result<StepReply, ErrorOutput>),
    /// Nothing, until a clock runs out: the heartbeat's too, unless there are signs of life.
    Hang { beats: bool },
    /// The step's own function runs.
    Run,
}

impl<S: Step> Reply<S> {
    fn new(act: Act) -> Self {
        Self { plan: ReplyPlan { after: Duration::ZERO, act }, step: PhantomData }
    }

    /// The step's result. Of a callback step: somebody's answer, given at once.
    pub fn ok(output: S::Output) -> Self {
        Self::new(Act::Answer(step::reply::<S>(S::spec().ident, &output)))
    }

    /// An error that the step declares.
    pub fn err(error: S::Error) -> Self {
        Self::new(Act::Answer(Err(ErrorOutput::from_error(&error))))
    }

    /// No answer within the step's timeout, signs of life included: the attempt times out.
    pub fn times_out() -> Self {
        Self::new(Act::Hang { beats: true })
    }

    /// No answer and no sign of life: a step with a heartbeat misses it, any other one times out.
    pub fn hangs() -> Self {
        Self::new(Act::Hang { beats: false })
    }

    /// The step's function panics.
    pub fn panics(text: &str) -> Self {
        Self::new(Act::Answer(Err(panicked(text))))
    }

    /// A failure that no step declares: of Lambda, say `"Lambda.TooManyRequestsException"`, or of any service.
    pub fn service_error(name: &str, cause: &str) -> Self {
        Self::new(Act::Answer(Err(ErrorOutput { error: Some(name.to_owned()), cause: Some(cause.to_owned()) })))
    }

    /// The step's own function runs after all.
    pub fn runs() -> Self {
        Self::new(Act::Run)
    }

    /// The same so much later, in virtual time.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.plan.after += delay;
        self
    }
}

impl<S: Step> From<Result<S::Output, S::Error>> for Reply<S> {
    fn from(result: Result<S::Output, S::Error>) -> Self {
        match result {
            Ok(output) => Self::ok(output),
            Err(error) => Self::err(error),
        }
    }
}

/// A panic as the runtime reports it.
pub(crate) fn panicked(text: &str) -> ErrorOutput {
    ErrorOutput {
        error: Some("States.TaskFailed".to_owned()),
        cause: Some(step::undeclared_cause(&format!("panicked: {text}"))),
    }
}

/// Whether somebody with a token answers.
pub(crate) fn is_callback(spec: &StepSpec) -> bool {
    spec.pattern() == step::ServicePattern::WaitForTaskToken
}

/// What somebody with the token of a callback step says, and when.
///
/// `Ok(..)` and `Err(..)` are answers that come at once.
///
/// ```
/// # use workflow_runtime::prelude::*;
/// # #[derive(Clone, Serialize, Deserialize, Payload)] pub struct Approval { pub approved: bool }
/// # #[step(callback, timeout = "3d", heartbeat = "1h")]
/// # pub async fn request_approval(token: TaskToken, order: String) -> Callback<Approval> { Callback::pending() }
/// # workflow!(pub async fn flow(order: String) -> Result<Approval> { request_approval(order).await });
/// use workflow_runtime::testing::{Answer, Test};
///
/// let yes = Answer::ok(Approval { approved: true }).after(days(2)).with_heartbeat_every(mins(50));
/// let run = Test::<Flow>::new().answer::<request_approval>(yes).run("ORD-1".to_string());
/// run.assert_elapsed(days(2));
/// ```
pub struct Answer<S> {
    pub(crate) plan: AnswerPlan,
    step: PhantomData<fn() -> S>,
}

impl<S> std::fmt::Debug for Answer<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.plan.fmt(f)
    }
}

/// An answer without its step.
#[derive(Clone, Debug)]
pub(crate) struct AnswerPlan {
    pub(crate) after: Duration,
    pub(crate) heartbeat_every: Option<Duration>,
    /// `None` where nobody answers.
    pub(crate) what: Option<Result<serde_json::Value, ErrorOutput>>,
}

impl<S: Step> Answer<S> {
    fn new(what: Option<Result<serde_json::Value, ErrorOutput>>) -> Self {
        Self { plan: AnswerPlan { after: Duration::ZERO, heartbeat_every: None, what }, step: PhantomData }
    }

    /// The answer.
    ///
    /// # Panics
    /// Where it has no JSON.
    pub fn ok(output: S::Output) -> Self {
        match serde_json::to_value(&output) {
            Ok(output) => Self::new(Some(Ok(output))),
            Err(error) => panic!("the answer to `{}` has no JSON: {error}", S::spec().ident),
        }
    }

    /// A failure that the step declares.
    pub fn err(error: S::Error) -> Self {
        Self::new(Some(Err(ErrorOutput::from_error(&error))))
    }

    /// Nobody answers.
    pub fn never() -> Self {
        Self::new(None)
    }

    /// So long after the token was handed out, in virtual time.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.plan.after += delay;
        self
    }

    /// With signs of life until then.
    #[must_use]
    pub fn with_heartbeat_every(mut self, interval: Duration) -> Self {
        self.plan.heartbeat_every = (!interval.is_zero()).then_some(interval);
        self
    }
}

impl<S: Step> From<Result<S::Output, S::Error>> for Answer<S> {
    fn from(result: Result<S::Output, S::Error>) -> Self {
        match result {
            Ok(output) => Self::ok(output),
            Err(error) => Self::err(error),
        }
    }
}
