//! One run of a test: the production runtime on a clock of its own, through as many lives as it takes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::director::{Director, Forced, Scene, lock};
use super::gate::{Choice, Gate, Order};
use super::log::Called;
use super::plan::Plan;
use super::store::{CrashPoint, CrashStore, Noted};
use crate::asl::StateMachine;
use crate::engine::{Execution, ExecutionIdentity, ExecutionStatus, Machine, Record};
use crate::nested::WorkflowKind;
use crate::runtime::{Clock, ExecutionError, Runtime, Seams};
use crate::store::Store;
use crate::time::Timestamp;

/// No execution of Step Functions lives longer.
const LONGEST: Duration = crate::language::days(366);

/// What is different from an undisturbed run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disturbance {
    /// Where each life dies; the one after the last of them does not.
    pub(crate) crashes: Vec<CrashPoint>,
    pub(crate) forced: Option<Forced>,
    /// The order in which answers arrive.
    pub(crate) order: Order,
}

/// What a run came to.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    /// The tested one first, the others as they were started.
    pub(crate) executions: Vec<Recorded>,
    pub(crate) calls: Vec<Called>,
    /// What is wrong with the test, not with the workflow.
    pub(crate) faults: Vec<String>,
    pub(crate) lives: Vec<Life>,
    pub(crate) choices: Vec<Choice>,
    pub(crate) refused_answers: Vec<String>,
    /// Callback steps to whose tokens the test gives no answer.
    pub(crate) unanswered: Vec<&'static str>,
}

/// One life of the process.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) commits: Vec<Noted>,
    pub(crate) died: bool,
    /// Per stored execution, how many of its records were durable at the end.
    pub(crate) durable: HashMap<u64, usize>,
}

/// An execution as it was recorded.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) workflow: String,
    pub(crate) name: String,
    pub(crate) number: u64,
    pub(crate) kind: WorkflowKind,
    pub(crate) source: StateMachine,
    pub(crate) records: Vec<Record>,
}

impl Recorded {
    pub(crate) fn machine(&self) -> Machine {
        let machine = Machine::compile(&self.source).unwrap_or_else(|faults| unreachable!("it has run: {faults:?}"));
        if self.kind.is_express() { machine.express() } else { machine }
    }

    pub(crate) fn identity(&self) -> ExecutionIdentity {
        ExecutionIdentity::new(&*self.workflow, &*self.name, self.number)
    }

    /// The fold of all records.
    pub(crate) fn execution(&self) -> Execution {
        Execution::replay(self.identity(), &self.machine(), &self.records)
            .unwrap_or_else(|error| unreachable!("it was recorded: {error}"))
    }
}

enum LifeEnd {
    Ended,
    Crashed,
    Refused(String),
}

/// Runs it to its end, on a thread of its own: so that it makes no difference whether the caller's runs tokio.
pub(crate) fn run(plan: &Arc<Plan>, input: &Arc<Value>, disturbance: Disturbance) -> Finished {
    let result = std::thread::scope(|scope| scope.spawn(|| run_here(plan, input, disturbance)).join());
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The same, on the caller's thread.
pub(crate) fn run_here(plan: &Arc<Plan>, input: &Arc<Value>, disturbance: Disturbance) -> Finished {
    let Disturbance { crashes, forced, order } = disturbance;
    let scene = Arc::new(Scene::new(forced, Gate::new(order)));
    let store = CrashStore::new();
    let data = plan.data();
    let mut now = plan.start;
    let mut lives = Vec::new();
    let mut crashes = crashes.into_iter();
    loop {
        store.begin_life(crashes.next());
        let life = OneLife { plan, scene: &scene, store: &store, data: &data, input, number: lives.len() };
        let (end, at) = life.live(now);
        now = at;
        let durable = store.all().iter().map(|it| (it.head.number.0, it.records.len())).collect();
        let died = matches!(end, LifeEnd::Crashed);
        lives.push(Life { commits: store.commits(), died, durable });
        match end {
            LifeEnd::Crashed => {}
            LifeEnd::Ended => break,
            LifeEnd::Refused(text) => {
                scene.fault(text);
                break;
            }
        }
    }
    finish(plan, &scene, &store, lives)
}

struct OneLife<'a> {
    plan: &'a Arc<Plan>,
    scene: &'a Arc<Scene>,
    store: &'a Arc<CrashStore>,
    data: &'a crate::step::DataMap,
    input: &'a Arc<Value>,
    number: usize,
}

impl OneLife<'_> {
    /// From the claim of the store to the end, or to the death of the process. Also: what time it is then.
    fn live(&self, now: Timestamp) -> (LifeEnd, Timestamp) {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().start_paused(!self.plan.real_time);
        let tokio = match builder.build() {
            Ok(tokio) => tokio,
            Err(error) => return (LifeEnd::Refused(format!("tokio cannot be started: {error}")), now),
        };
        let end = tokio.block_on(async {
            let clock = Clock::at(now);
            self.scene.begin_life(self.number, clock.clone());
            let end = self.drive(clock.clone()).await;
            self.scene.end_life();
            (end, clock.now())
        });
        // Everything that the process did ends here.
        tokio.shutdown_background();
        end
    }

    async fn drive(&self, clock: Clock) -> LifeEnd {
        let stage = Director { plan: Arc::clone(self.plan), scene: Arc::clone(self.scene) };
        let seams = Seams { stage: Some(Arc::new(stage)), clock: Some(clock.clone()), seed: Some(self.plan.seed) };
        let store: Arc<dyn Store> = Arc::clone(self.store) as Arc<dyn Store>;
        let mut builder = Runtime::builder().shared_store(store).data_map(self.data.clone()).seams(seams);
        if let Some(margin) = self.plan.payload_margin {
            builder = builder.payload_margin(margin);
        }
        builder = builder.register_child(self.plan.root);
        for workflow in self.plan.registered.iter().filter(|it| !it.is_same(&self.plan.root)) {
            builder = builder.register_child(*workflow);
        }
        for (bucket, folder) in &self.plan.buckets {
            builder = builder.bucket(bucket, folder);
        }
        if let Some(blobs) = &self.plan.blobs {
            builder = builder.shared_blobs(Arc::clone(blobs));
        }
        for stand_in in &self.plan.stand_ins {
            builder = builder.stand_in_handler(*stand_in);
        }
        let crashed = self.store.crashed.notified();
        tokio::pin!(crashed);
        crashed.as_mut().enable();
        let runtime = match builder.start().await {
            Ok(runtime) => runtime,
            Err(_) if self.store.is_dead() => return LifeEnd::Crashed,
            Err(error) => return LifeEnd::Refused(not_started(&error)),
        };
        let end = tokio::select! {
            biased;
            () = crashed => LifeEnd::Crashed,
            end = self.to_end(&runtime) => end,
            never = self.scene.inbox.deliver(&runtime, || clock.now()) => match never {},
            never = self.open_gate() => match never {},
        };
        if self.store.is_dead() { LifeEnd::Crashed } else { end }
    }

    async fn open_gate(&self) -> std::convert::Infallible {
        match &self.scene.gate {
            Some(gate) => gate.direct().await,
            None => std::future::pending().await,
        }
    }

    async fn to_end(&self, runtime: &Runtime) -> LifeEnd {
        let Plan { root, name, .. } = &**self.plan;
        let whole = async {
            let execution = match runtime.test_start(root.name, name, Arc::clone(self.input)).await {
                Ok(execution) => execution,
                Err(error) => return LifeEnd::Refused(format!("`{}` cannot be started: {error}", root.name)),
            };
            let ended = match runtime.test_outcome(&execution).await {
                Ok(_) | Err(ExecutionError::Ended { .. }) => LifeEnd::Ended,
                Err(error) => return LifeEnd::Refused(format!("`{}` did not come to its end: {error}", root.name)),
            };
            // What it has only started goes on.
            runtime.test_idle().await;
            ended
        };
        match tokio::time::timeout(LONGEST, whole).await {
            Ok(end) => end,
            // The history says what it waits for.
            Err(_) => LifeEnd::Ended,
        }
    }
}

fn not_started(error: &crate::runtime::StartError) -> String {
    use crate::runtime::StartError;
    match error {
        StartError::MissingData { needs } => {
            let needs = needs.iter().map(|(step, ty)| format!("\n  step `{step}` takes `Data<{ty}>`"));
            format!(
                "steps take data that the test does not give:{}\ngive it with `.data(..)` or, a new one for each run, with \
                 `.fresh_data(|| ..)`; or mock the step: `.mock::<the_step>(|..| ..)`",
                needs.collect::<String>()
            )
        }
        StartError::WorkflowsNotRegistered { children, .. } => {
            format!("{error}\nin a test: `.register::<..>()`, or `.mock_workflow::<..>(|input| ..)` for {children:?}")
        }
        error => error.to_string(),
    }
}

fn finish(plan: &Plan, scene: &Scene, store: &CrashStore, lives: Vec<Life>) -> Finished {
    let mut executions = Vec::new();
    for stored in store.all() {
        let definition = store.definition(stored.head.definition).ok().flatten();
        // What payloads are like stands on a line of its own.
        let source = definition.and_then(|text| serde_json::from_str(text.lines().next()?).ok());
        let records: Result<Vec<Record>, _> = stored.records.iter().map(|it| Record::decode(it)).collect();
        if let (Some(source), Ok(records)) = (source, records) {
            let (workflow, name, number) = (stored.head.workflow, stored.head.name, stored.head.number.0);
            executions.push(Recorded { workflow, name, number, kind: WorkflowKind::Standard, source, records });
        }
    }
    let family = plan.family();
    for (number, (workflow, name, records)) in std::mem::take(&mut *lock(&scene.express)) {
        let known = family.iter().find(|it| it.name == workflow);
        // The children of a distributed Map have no definition of their own.
        let Some(Ok(definition)) = known.map(|it| (it.definition)()) else { continue };
        let (source, kind) = (definition.state_machine().clone(), WorkflowKind::Express);
        executions.push(Recorded { workflow, name, number: number.0, kind, source, records });
    }
    executions.sort_by_key(|it| it.number);
    if let Some(at) = executions.iter().position(|it| it.workflow == plan.root.name && it.name == plan.name) {
        let root = executions.remove(at);
        if root.execution().status() == Some(ExecutionStatus::Running) && scene.faults().is_empty() {
            let text = format!("`{}` has not ended after {} days of virtual time", plan.root.name, 366);
            scene.fault(text);
        }
        executions.insert(0, root);
    } else if scene.faults().is_empty() {
        scene.fault(format!("no execution of `{}` was recorded", plan.root.name));
    }
    Finished {
        executions,
        calls: scene.log.take(),
        faults: scene.faults(),
        lives,
        choices: scene.gate.as_ref().map(Gate::made).unwrap_or_default(),
        refused_answers: scene.inbox.refused(),
        unanswered: scene.unanswered(),
    }
}
