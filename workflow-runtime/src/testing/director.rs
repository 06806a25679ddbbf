//! Stands where the runtime calls its steps: logs each call, and says what it comes to.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::assert::times;
use super::gate::Gate;
use super::inbox::Inbox;
use super::log::{AttemptId, Log};
use super::plan::{Answers, Mock, Plan};
use super::reply::{Act, AnswerPlan, ReplyPlan, is_callback};
use crate::engine::Record;
use crate::runtime::{Clock, Reply, Stage, Unstored};
use crate::step::{ErrorOutput, StepContext, StepHandler, StepReply};
use crate::store::ExecutionNumber;
use crate::time::Timestamp;

/// A failure that is put in the place of a call's end.
#[derive(Clone, Debug)]
pub(crate) struct Forced {
    pub(crate) workflow: Arc<str>,
    pub(crate) state: Arc<str>,
    /// Which visit to that state, from 0.
    pub(crate) visit: usize,
    pub(crate) act: Act,
    /// Every attempt and every later visit too, or the first attempt alone.
    pub(crate) for_good: bool,
    /// Of a callback step: the answer fails, not the function that hands its token out.
    pub(crate) answer: bool,
}

/// A workflow and one of its states.
type Place = (Arc<str>, Arc<str>);

/// Executions of which nothing is stored, with what they were called.
type Unkept = BTreeMap<ExecutionNumber, (String, String, Vec<Record>)>;

/// What one run of a test shares over all lives of its process.
#[derive(Default)]
pub(crate) struct Scene {
    pub(crate) log: Log,
    pub(crate) inbox: Inbox,
    pub(crate) gate: Option<Gate>,
    pub(crate) forced: Option<Forced>,
    pub(crate) express: Mutex<Unkept>,
    life: AtomicUsize,
    clock: Mutex<Option<Clock>>,
    /// The process has died: nothing begins any more.
    dead: AtomicBool,
    /// Attempts by script, in the order in which they were first seen.
    positions: Mutex<HashMap<String, Vec<AttemptId>>>,
    /// Tokens by callback step, likewise.
    tokens: Mutex<HashMap<&'static str, Vec<String>>>,
    /// Visits by state, likewise.
    visits: Mutex<BTreeMap<Place, Visits>>,
    /// Callback steps to whose tokens the test gives no answer.
    unanswered: Mutex<Vec<&'static str>>,
    faults: Mutex<Vec<String>>,
}

/// The states that were visited, and how often before.
type Visits = Vec<(Arc<str>, u64)>;

impl std::fmt::Debug for Scene {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scene").field("forced", &self.forced).finish_non_exhaustive()
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Scene {
    pub(crate) fn new(forced: Option<Forced>, gate: Option<Gate>) -> Self {
        Self { gate, forced, ..Self::default() }
    }

    pub(crate) fn begin_life(&self, life: usize, clock: Clock) {
        self.life.store(life, Ordering::SeqCst);
        self.dead.store(false, Ordering::SeqCst);
        *lock(&self.clock) = Some(clock);
    }

    pub(crate) fn end_life(&self) {
        self.dead.store(true, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        lock(&self.clock).as_ref().map_or_else(Timestamp::default, Clock::now)
    }

    pub(crate) fn fault(&self, text: String) {
        let mut faults = lock(&self.faults);
        if !faults.contains(&text) {
            faults.push(text);
        }
    }

    pub(crate) fn faults(&self) -> Vec<String> {
        lock(&self.faults).clone()
    }

    pub(crate) fn unanswered(&self) -> Vec<&'static str> {
        lock(&self.unanswered).clone()
    }

    /// Which attempt of the script's this is, from 0: the same when it is run again.
    fn position(&self, script: &str, attempt: AttemptId) -> usize {
        let mut positions = lock(&self.positions);
        let seen = positions.entry(script.to_owned()).or_default();
        seen.iter().position(|known| *known == attempt).unwrap_or_else(|| {
            seen.push(attempt);
            seen.len() - 1
        })
    }

    fn visit(&self, context: &StepContext) -> usize {
        let inner = &context.inner;
        let mut visits = lock(&self.visits);
        let seen = visits.entry((Arc::clone(&inner.workflow), Arc::clone(&inner.state))).or_default();
        let this = (Arc::clone(&inner.execution), inner.visit);
        seen.iter().position(|known| *known == this).unwrap_or_else(|| {
            seen.push(this);
            seen.len() - 1
        })
    }

    /// Whether this very call is the one that fails.
    fn is_forced(&self, context: &StepContext) -> Option<&Forced> {
        let visit = self.visit(context);
        let forced = self.forced.as_ref()?;
        let inner = &context.inner;
        let here = inner.workflow == forced.workflow && inner.state == forced.state;
        let now = if forced.for_good { visit >= forced.visit } else { visit == forced.visit && inner.attempt == 1 };
        (here && now).then_some(forced)
    }
}

/// The stage of one life.
pub(crate) struct Director {
    pub(crate) plan: Arc<Plan>,
    pub(crate) scene: Arc<Scene>,
}

impl Stage for Director {
    fn replaces(&self, step: &str) -> bool {
        match self.plan.mocks.get(step) {
            None => self.plan.only_mocks,
            Some(Mock::Script(replies)) => !replies.iter().any(|reply| matches!(reply.act, Act::Run)),
            Some(_) => true,
        }
    }

    fn call(&self, handler: StepHandler, context: StepContext, payload: Arc<Value>) -> Reply {
        let (scene, plan) = (Arc::clone(&self.scene), Arc::clone(&self.plan));
        if scene.dead.load(Ordering::SeqCst) {
            return Box::pin(std::future::pending());
        }
        let call = scene.log.begin(handler, &context, &payload, scene.life.load(Ordering::SeqCst), scene.now());
        let forced = scene.is_forced(&context).filter(|forced| !forced.answer).cloned();
        let reply = match forced {
            Some(forced) => perform(ReplyPlan { after: Duration::ZERO, act: forced.act }, handler, &context, &payload),
            None => self.reply(handler, &context, &payload),
        };
        let held = scene.gate.as_ref().map(|gate| gate.enter(call, &context, handler));
        Box::pin(async move {
            let mut result = reply.await;
            if let Some(held) = held {
                held.wait().await;
            }
            let spec = (handler.spec)();
            if is_callback(&spec) {
                result = hand_out(&scene, &plan, handler, &context, &payload, result);
            }
            scene.log.end(call, &result, scene.now());
            result
        })
    }

    fn turned(&self, execution: &Unstored<'_>, record: &Record) {
        let Unstored { number, workflow, name } = *execution;
        let mut unkept = lock(&self.scene.express);
        let (_, _, records) =
            unkept.entry(number).or_insert_with(|| (workflow.to_owned(), name.to_owned(), Vec::new()));
        records.push(record.clone());
    }
}

impl Director {
    fn reply(&self, handler: StepHandler, context: &StepContext, payload: &Arc<Value>) -> Reply {
        let mock = match self.plan.workflows.get(context.workflow()) {
            Some(mock) => Some(mock),
            None => self.plan.mocks.get(handler.name),
        };
        let attempt = AttemptId {
            workflow: Arc::clone(&context.inner.workflow),
            execution: Arc::clone(&context.inner.execution),
            visit: context.inner.visit,
            attempt: context.attempt(),
        };
        match mock {
            Some(Mock::Call(call)) => call(context.clone(), Arc::clone(payload)),
            Some(Mock::Always(reply)) => perform(reply.clone(), handler, context, payload),
            Some(Mock::Script(replies)) => {
                let position = self.scene.position(handler.name, attempt);
                if let Some(reply) = replies.get(position) {
                    return perform(reply.clone(), handler, context, payload);
                }
                let ident = (handler.spec)().ident;
                let replies = match replies.len() {
                    1 => "1 reply".to_owned(),
                    more => format!("{more} replies"),
                };
                self.refuse(format!(
                    "step `{ident}` was called {}, and its script has {replies}: add a reply for each attempt, or say \
                     what it always answers with `.mock_returns::<{ident}>(..)`",
                    times(position + 1),
                ))
            }
            None if self.plan.only_mocks => {
                let ident = (handler.spec)().ident;
                let text = format!(
                    "step `{ident}` was called in state `{}`, and is not mocked although the test says `.only_mocks()`: add \
                     `.mock::<{ident}>(..)`",
                    context.state()
                );
                self.refuse(text)
            }
            None => (handler.call)(context.clone(), Arc::clone(payload)),
        }
    }

    fn refuse(&self, text: String) -> Reply {
        self.scene.fault(text.clone());
        Box::pin(async move { Err(ErrorOutput::undeclared(text)) })
    }
}

/// Does what a script says.
fn perform(reply: ReplyPlan, handler: StepHandler, context: &StepContext, payload: &Arc<Value>) -> Reply {
    let (context, payload) = (context.clone(), Arc::clone(payload));
    Box::pin(async move {
        if !reply.after.is_zero() {
            tokio::time::sleep(reply.after).await;
        }
        match reply.act {
            Act::Answer(result) => result,
            Act::Run => (handler.call)(context, payload).await,
            Act::Hang { beats } => {
                let interval = (handler.spec)().heartbeat_seconds.filter(|_| beats);
                let Some(seconds) = interval else { return std::future::pending().await };
                loop {
                    tokio::time::sleep(Duration::from_millis(seconds.saturating_mul(500))).await;
                    context.heartbeat();
                }
            }
        }
    })
}

/// A callback step's function has returned: somebody gets its token.
fn hand_out(
    scene: &Scene,
    plan: &Plan,
    handler: StepHandler,
    context: &StepContext,
    payload: &Value,
    result: Result<StepReply, ErrorOutput>,
) -> Result<StepReply, ErrorOutput> {
    let Some(token) = context.token() else { return result };
    let at_once = |what| AnswerPlan { after: Duration::ZERO, heartbeat_every: None, what };
    let answer = match (scene.is_forced(context).filter(|forced| forced.answer), result) {
        (_, Err(error)) => return Err(error),
        (Some(forced), Ok(_)) => match &forced.act {
            Act::Answer(Err(error)) => Some(at_once(Some(Err(error.clone())))),
            _ => None,
        },
        // A script's or a mock's own answer.
        (None, Ok(StepReply::Output(output))) => Some(at_once(Some(Ok(output)))),
        (None, Ok(StepReply::Parked)) => match plan.answers.get(handler.name) {
            None => {
                let (mut unanswered, ident) = (lock(&scene.unanswered), (handler.spec)().ident);
                if !unanswered.contains(&ident) {
                    unanswered.push(ident);
                }
                None
            }
            Some(Answers::Always(answer)) => Some(answer.clone()),
            Some(Answers::Call(call)) => Some(call(payload)),
            Some(Answers::Each(answers)) => {
                let mut tokens = lock(&scene.tokens);
                let seen = tokens.entry(handler.name).or_default();
                let text = token.as_str();
                let position = seen.iter().position(|known| known == text).unwrap_or_else(|| {
                    seen.push(text.to_owned());
                    seen.len() - 1
                });
                answers.get(position).cloned()
            }
        },
    };
    if let Some(answer) = answer {
        scene.inbox.expect(token, (handler.spec)().ident, &answer, scene.now());
    }
    Ok(StepReply::Parked)
}
