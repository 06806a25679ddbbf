//! [`Test`]: what a test says of the world around a workflow.

use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::plan::{Answers, DataSource, Kept, Mock, Plan, mocked};
use super::reply::{Answer, Reply, is_callback};
use super::run::Run;
use super::session::{self, Disturbance};
use crate::blob::Blobs;
use crate::nested::ChildWorkflow;
use crate::step::{BoxFuture, DataMap, ErrorOutput, Result, Step, StepContext, StepError, StepReply, StepSignature};
use crate::time::Timestamp;
use crate::workflow::Workflow;

/// A test of workflow `W`: what stands in for its steps, and what the world around it does.
///
/// It runs on the production executor, on a clock of its own that jumps to whatever is next: two weeks' sleep, a retry's
/// delay or a timeout take no time and are exact. Works in `#[test]` and in `#[tokio::test]` alike. What is not mocked is
/// run.
///
/// ```
/// use workflow_runtime::prelude::*;
/// use workflow_runtime::testing::Test;
///
/// #[step]
/// pub async fn remind(who: String) -> String {
///     format!("reminded {who}")
/// }
///
/// workflow!(
///     pub async fn reminder(who: String) -> Result<String> {
///         sleep(days(14)).await;
///         remind(who).await
///     }
/// );
///
/// let run = Test::<Reminder>::new().mock::<remind>(|who| format!("did not bother {who}")).run("Ada".to_string());
/// assert_eq!(run.output(), "did not bother Ada");
/// run.assert_elapsed(days(14));
/// ```
#[must_use = "a test does nothing until it is run"]
pub struct Test<W> {
    pub(crate) plan: Plan,
    pub(crate) limit: usize,
    workflow: PhantomData<fn() -> W>,
}

impl<W> Clone for Test<W> {
    fn clone(&self) -> Self {
        Self { plan: self.plan.clone(), limit: self.limit, workflow: PhantomData }
    }
}

impl<W> std::fmt::Debug for Test<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.plan.fmt(f)
    }
}

impl<W: Workflow> Default for Test<W> {
    fn default() -> Self {
        Self::new()
    }
}

/// How many orders of answers are tried unless the test says otherwise.
const ORDERS: usize = 1_000;

impl<W: Workflow> Test<W> {
    /// A test in which every step is run as it is.
    pub fn new() -> Self {
        Self { plan: Plan::of::<W>(), limit: ORDERS, workflow: PhantomData }
    }

    /// Something that steps take as [`Data<T>`](crate::step::Data): one value for every run of this test.
    pub fn data<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        let mut map = DataMap::default();
        map.insert(value);
        self.plan.data.push(DataSource::Shared(map));
        self
    }

    /// The same, made anew for each run: for what steps change, where one test runs the workflow many times.
    pub fn fresh_data<T: Send + Sync + 'static>(mut self, make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        self.plan.data.push(DataSource::Fresh(Arc::new(move |map| map.insert(make()))));
        self
    }

    fn mocked<S: Step>(mut self, mock: Mock) -> Self {
        self.plan.mocks.insert(S::NAME, mock);
        self
    }

    /// Answers in the place of a step. The closure takes what the step takes (several parameters as a tuple) and returns
    /// what the step returns; rustc checks both.
    ///
    /// ```
    /// # use workflow_runtime::prelude::*;
    /// # use workflow_runtime::testing::Test;
    /// # #[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
    /// # pub enum PayError { #[error("declined")] Declined }
    /// #[step]
    /// pub async fn charge(card: String, cents: u64) -> Result<String, PayError> {
    ///     unreachable!("no bank in tests: {card} {cents}")
    /// }
    /// # workflow!(pub async fn pay(card: String) -> Result<String> { charge(card, 100).await });
    /// let test = Test::<Pay>::new().mock::<charge>(|(card, cents)| match cents {
    ///     0..1_000 => Ok(format!("{card}: {cents}")),
    ///     _ => Err(PayError::Declined),
    /// });
    /// assert_eq!(test.run("visa".to_string()).output(), "visa: 100");
    /// ```
    pub fn mock<S: StepSignature>(self, answer: impl Fn(S::Arguments) -> S::Reply + Send + Sync + 'static) -> Self {
        self.mocked::<S>(Mock::Call(Arc::new(move |_, payload| {
            let reply = S::arguments(&payload).and_then(|arguments| S::reply(answer(arguments)));
            Box::pin(async move { reply })
        })))
    }

    /// As [`mock`](Self::mock), told of the attempt as well.
    pub fn mock_with_context<S: StepSignature>(
        self,
        answer: impl Fn(StepContext, S::Arguments) -> S::Reply + Send + Sync + 'static,
    ) -> Self {
        self.mocked::<S>(Mock::Call(Arc::new(move |context, payload| {
            let reply = S::arguments(&payload).and_then(|arguments| S::reply(answer(context, arguments)));
            Box::pin(async move { reply })
        })))
    }

    /// As [`mock`](Self::mock) for what waits: the closure returns a boxed future.
    ///
    /// ```
    /// # use workflow_runtime::prelude::*;
    /// # use workflow_runtime::testing::Test;
    /// # #[step] pub async fn slow(n: u64) -> u64 { n }
    /// # workflow!(pub async fn flow(n: u64) -> Result<u64> { slow(n).await });
    /// let test = Test::<Flow>::new().mock_async::<slow>(|n| {
    ///     Box::pin(async move {
    ///         tokio::time::sleep(secs(30)).await;
    ///         n + 1
    ///     })
    /// });
    /// test.run(1).assert_output(&2).assert_elapsed(secs(30));
    /// ```
    pub fn mock_async<S: StepSignature<Reply: 'static>>(
        self,
        answer: impl Fn(S::Arguments) -> BoxFuture<'static, S::Reply> + Send + Sync + 'static,
    ) -> Self {
        self.mocked::<S>(Mock::Call(Arc::new(move |_, payload| match S::arguments(&payload) {
            Ok(arguments) => {
                let reply = answer(arguments);
                Box::pin(async move { S::reply(reply.await) })
            }
            Err(error) => Box::pin(async move { Err(error) }),
        })))
    }

    /// The step always answers this; of a callback step, somebody does at once.
    pub fn mock_returns<S: StepSignature>(self, output: S::Output) -> Self {
        self.mocked::<S>(Mock::Always(Reply::<S>::ok(output).plan))
    }

    /// The step always fails with this error.
    pub fn mock_fails<S: StepSignature>(self, error: S::Error) -> Self {
        self.mocked::<S>(Mock::Always(Reply::<S>::err(error).plan))
    }

    /// What one attempt of the step after the other comes to: `[Err(PaymentError::Timeout), Ok(receipt)]`, or [`Reply`]s. An
    /// attempt that a crash runs again gets the reply that it had; one too many fails the test.
    pub fn script<S: StepSignature>(self, replies: impl IntoIterator<Item = impl Into<Reply<S>>>) -> Self {
        let replies = replies.into_iter().map(|reply| reply.into().plan).collect();
        self.mocked::<S>(Mock::Script(replies))
    }

    /// Answers in the place of a workflow that is called or started by another one.
    ///
    /// The child is still an execution of its own, so that its caller sees what it would see of the real one.
    pub fn mock_workflow<C: Workflow>(
        mut self,
        answer: impl Fn(C::Input) -> Result<C::Output> + Send + Sync + 'static,
    ) -> Self {
        let mock = Mock::Call(Arc::new(move |_, payload| {
            let input = <C::Input as serde::Deserialize>::deserialize(&*payload);
            let reply = match input.map(&answer) {
                Ok(Ok(output)) => serde_json::to_value(&output).map(StepReply::Output).map_err(|error| {
                    ErrorOutput::undeclared(format!("the output of the mock of `{}` has no JSON: {error}", C::NAME))
                }),
                Ok(Err(error)) => Err(error.output().clone()),
                Err(error) => Err(ErrorOutput::undeclared(format!("the input of `{}`: {error}", C::NAME))),
            };
            Box::pin(async move { reply })
        }));
        self.plan.workflows.insert(C::NAME, mock);
        self.plan.registered.retain(|known| !known.is_same(&ChildWorkflow::of::<C>()));
        self.plan.registered.push(mocked::<C>());
        self
    }

    #[track_caller]
    fn answers<S: Step>(mut self, answers: Answers) -> Self {
        let spec = S::spec();
        assert!(
            is_callback(&spec),
            "step `{0}` hands out no token, so that nobody can answer: say what it returns with `.mock::<{0}>(..)`",
            spec.ident
        );
        self.plan.answers.insert(S::NAME, answers);
        self
    }

    /// What whoever holds a token of this callback step says: `Ok(..)`, `Err(..)`, or an [`Answer`] that comes later. Every
    /// token is answered so. Without an answer the step waits for its timeout, which takes no time.
    ///
    /// # Panics
    /// Where the step is no callback step.
    #[track_caller]
    pub fn answer<S: StepSignature>(self, answer: impl Into<Answer<S>>) -> Self {
        self.answers::<S>(Answers::Always(answer.into().plan))
    }

    /// One answer for each token, in the order in which they are handed out; later tokens are not answered.
    ///
    /// # Panics
    /// Where the step is no callback step.
    #[track_caller]
    pub fn answer_each<S: StepSignature>(self, answers: impl IntoIterator<Item = impl Into<Answer<S>>>) -> Self {
        let answers = answers.into_iter().map(|answer| answer.into().plan).collect();
        self.answers::<S>(Answers::Each(answers))
    }

    /// An answer that depends on what the step was given.
    ///
    /// # Panics
    /// Where the step is no callback step.
    #[track_caller]
    pub fn answer_with<S: StepSignature>(
        self,
        answer: impl Fn(S::Arguments) -> Answer<S> + Send + Sync + 'static,
    ) -> Self {
        self.answers::<S>(Answers::Call(Arc::new(move |payload| match S::arguments(payload) {
            Ok(arguments) => answer(arguments).plan,
            // The step itself has failed with it.
            Err(_) => Answer::<S>::never().plan,
        })))
    }

    /// From which jitter, `random()`, `new_uuid()`, tokens and idempotency keys are derived; 1 when not said.
    pub fn seed(mut self, seed: u64) -> Self {
        self.plan.seed = seed;
        self
    }

    /// The time of day when the execution is started, RFC 3339; 2026-01-01T00:00:00Z when not said.
    ///
    /// # Panics
    /// Where the text is no time.
    #[track_caller]
    pub fn starts_at(mut self, time: &str) -> Self {
        match Timestamp::parse_rfc3339(time) {
            Some(at) => self.plan.start = at,
            None => panic!("`{time}` is no time: write it as \"2026-12-24T18:00:00Z\""),
        }
        self
    }

    /// The execution's name; `test` when not said.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.plan.name = name.into();
        self
    }

    /// A workflow that is started by its name only. Those that the workflow calls are known.
    pub fn register<C: Workflow>(mut self) -> Self {
        let workflow = ChildWorkflow::of::<C>();
        if !self.plan.registered.iter().any(|known| known.is_same(&workflow)) {
            self.plan.registered.push(workflow);
        }
        self
    }

    /// A step that stands in for a resource wherever the workflow's own steps do not.
    pub fn stand_in<S: Step>(mut self) -> Self {
        self.plan.stand_ins.push(S::handler());
        self
    }

    /// A folder that stands for this S3 bucket.
    pub fn bucket(mut self, bucket: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        self.plan.buckets.push((bucket.into(), folder.into()));
        self
    }

    /// Where the [`Blob`](crate::blob::Blob)s of this test lie, so that it can put some before, for inputs and mocks, and load others
    /// after. When not said, each run has its own. Nothing is removed from there.
    ///
    /// ```
    /// # use workflow_runtime::prelude::*;
    /// # use workflow_runtime::testing::Test;
    /// use workflow_runtime::blob::{Blob, BlobError, Blobs, MemoryBlobs};
    ///
    /// #[step]
    /// pub async fn shout(context: StepContext, words: Blob<String>) -> Result<Blob<String>, BlobError> {
    ///     let words = words.load(&context).await?;
    ///     Blob::put(&context, &words.to_uppercase()).await
    /// }
    /// # workflow!(pub async fn shouting(words: Blob<String>) -> Result<Blob<String>> { shout(words).await });
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), BlobError> {
    /// let blobs = Blobs::new(MemoryBlobs::new());
    /// let words = Blob::put(&blobs, &"hear".to_string()).await?;
    /// let run = Test::<Shouting>::new().blobs(&blobs).run(words);
    /// assert_eq!(run.output().load(&blobs).await?, "HEAR");
    /// # Ok(())
    /// # }
    /// ```
    pub fn blobs(mut self, blobs: &Blobs) -> Self {
        self.plan.blobs = Some(Arc::new(Kept(blobs.clone().into_store())));
        self
    }

    /// A step that is called and not mocked fails the test, instead of being run.
    pub fn only_mocks(mut self) -> Self {
        self.plan.only_mocks = true;
        self
    }

    /// Time passes as it does: for steps that wait for something outside of the process, such as a database. Virtual time
    /// does not wait for such things, but runs on to the step's timeout.
    pub fn real_time(mut self) -> Self {
        self.plan.real_time = true;
        self
    }

    /// Takes only this share of AWS's quotas of data: with 0.8 a payload fails the execution at 80 % of 256 KiB.
    pub fn payload_margin(mut self, share: f64) -> Self {
        self.plan.payload_margin = Some(share);
        self
    }

    /// A value of a declared error, for [`fail_everywhere`](Self::fail_everywhere): in the place of one made up from its
    /// type.
    pub fn sample<E: StepError>(mut self, error: E) -> Self {
        self.plan.samples.insert(error.error_name().to_owned(), ErrorOutput::from_error(&error));
        self
    }

    /// How many orders of answers [`interleave_everywhere`](Self::interleave_everywhere) tries; 1,000 when not said. Beyond
    /// them it draws as many by the [`seed`](Self::seed).
    pub fn limit(mut self, orders: usize) -> Self {
        self.limit = orders.max(1);
        self
    }

    #[track_caller]
    pub(crate) fn json(input: &W::Input) -> Arc<Value> {
        match serde_json::to_value(input) {
            Ok(value) => Arc::new(value),
            Err(error) => panic!("the input of `{}` has no JSON: {error}", W::NAME),
        }
    }

    pub(crate) fn run_disturbed(&self, input: &Arc<Value>, disturbance: Disturbance) -> session::Finished {
        session::run(&Arc::new(self.plan.clone()), input, disturbance)
    }

    /// Runs the workflow to its end. Needs no `.await`, and may be called inside of tokio.
    ///
    /// # Panics
    /// Where the test is at fault: data that is missing, a script that is too short, an execution that does not end. Not
    /// where the workflow fails: ask the [`Run`].
    #[track_caller]
    pub fn run(&self, input: W::Input) -> Run<W> {
        Run::new(Arc::new(self.run_disturbed(&Self::json(&input), Disturbance::default())))
    }

    /// As [`run`](Self::run), while the tasks of the caller's own tokio go on.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub async fn run_async(&self, input: W::Input) -> Run<W> {
        let (plan, input) = (Arc::new(self.plan.clone()), Self::json(&input));
        let (send, receive) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let finished = session::run_here(&plan, &input, Disturbance::default());
            // Nobody waits where the test has been dropped.
            let _ = send.send(finished);
        });
        match receive.await {
            Ok(finished) => Run::new(Arc::new(finished)),
            Err(_) => match thread.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => unreachable!("the run has been sent"),
            },
        }
    }
}
