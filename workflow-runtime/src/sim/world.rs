//! Life after life of a process, until everything has ended.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::time::Instant;

use super::checks::Outcome;
use super::hooks::Between;
use super::machines::BUCKET;
use super::plan::{Death, Plan, StoreKind};
use super::store::SimStore;
use super::{Counts, Playing, Sim, clients, flows};
use crate::runtime::{Runtime, Seams, StartError};
use crate::store::{MemoryStore, Store};
use crate::time::Timestamp;

/// A process that has nothing more to do within this time never will.
const PATIENCE: Duration = Duration::from_hours(60 * 24);
/// More lives than any plan has faults.
const LIVES_MAX: usize = 60;

/// What came of a plan.
pub(super) struct Played {
    pub(super) violation: Option<String>,
    pub(super) trace: Vec<String>,
    pub(super) counts: Counts,
    pub(super) outcomes: Vec<(String, Outcome)>,
}

/// How a life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LifeEnd {
    /// Everything has ended.
    Done,
    /// The runtime was shut down, has failed or could not be started.
    Left,
    Died,
}

/// Plays a plan to its end.
pub(super) fn play(plan: &Arc<Plan>) -> Played {
    let sim = Sim::new(plan);
    let _playing = Playing::new(&sim);
    let mut disk = Disk::new(plan);
    let files = tempfile::tempdir().expect("a temporary folder");
    sim.state().files = Some(files.path().to_owned());
    loop {
        let end = live(&sim, disk.open());
        let mut state = sim.state();
        if state.violation.is_some() || end == LifeEnd::Done {
            break;
        }
        state.life += 1;
        let jump = state.plan.clock_jumps.get(state.life - 1).copied().unwrap_or_default();
        let down = i64::try_from(state.dice.roll(500)).expect("small");
        state.wall_ms += down + jump;
        state.jumped_ms += jump;
        if jump != 0 {
            state.count("clock");
            let now = Timestamp::from_millis(state.wall_ms);
            state.view.clock_set(now, jump);
        }
        state.note(&format!("the process starts again after {down} ms, the clock is set by {jump} ms"));
        if state.life > LIVES_MAX {
            drop(state);
            sim.violated(format!("nothing ends in {LIVES_MAX} lives"));
            break;
        }
    }
    let state = sim.state();
    Played {
        violation: state.violation.clone(),
        trace: state.trace.clone(),
        counts: state.counts.clone(),
        outcomes: state.outcomes(),
    }
}

/// What survives a process.
enum Disk {
    Memory(Arc<MemoryStore>),
    #[cfg(feature = "sled")]
    Sled(tempfile::TempDir),
}

impl Disk {
    fn new(plan: &Plan) -> Self {
        match plan.store {
            #[cfg(feature = "sled")]
            StoreKind::Sled => Self::Sled(tempfile::tempdir().expect("a temporary folder")),
            _ => Self::Memory(Arc::default()),
        }
    }

    fn open(&mut self) -> Arc<dyn Store> {
        match self {
            Self::Memory(store) => Arc::<MemoryStore>::clone(store),
            #[cfg(feature = "sled")]
            Self::Sled(folder) => {
                Arc::new(crate::store::SledStore::open(folder.path().join("store")).expect("the store opens"))
            }
        }
    }
}

/// One life of the process.
fn live(sim: &Arc<Sim>, inner: Arc<dyn Store>) -> LifeEnd {
    let tokio =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    let plan = Arc::clone(&sim.state().plan);
    let store = Arc::new(SimStore {
        sim: Arc::clone(sim),
        inner,
        durable: plan.store != StoreKind::Inline,
        committers: plan.committers,
        claims: AtomicU64::new(0),
    });
    let held = Arc::downgrade(&store);
    let end = tokio.block_on(async {
        sim.begin_life();
        let end = tokio::select! {
            biased;
            () = sim.died.notified() => LifeEnd::Died,
            end = run(sim, store) => end,
        };
        sim.end_life(end);
        end
    });
    // What is left of the process goes here.
    drop(tokio);
    if held.strong_count() > 0 {
        sim.violated("something of the process outlives it".to_owned());
    }
    end
}

impl Sim {
    fn begin_life(&self) {
        let mut state = self.state();
        state.life_began = Some(Instant::now());
        state.view.alive_since = Timestamp::from_millis(state.wall_ms);
        state.view.leapt_ms = 0;
        state.failed_owner = None;
        state.is_dead = false;
        state.ticks = 0;
        state.turns = 0;
        state.life_commits = 0;
        state.counts.lives += 1;
    }

    fn end_life(&self, end: LifeEnd) {
        let mut state = self.state();
        state.note(&format!("the process ends: {end:?}"));
        state.wall_ms = state.now_ms();
        state.life_began = None;
        state.is_dead = true;
        let runtimes = (state.runtime.take(), std::mem::take(&mut state.overtaken));
        drop(state);
        drop(runtimes);
    }

    /// When the process is shut down, and when another one takes over, if they are.
    fn appointments(&self) -> (Duration, Duration) {
        let state = self.state();
        match state.plan.deaths.get(state.life) {
            Some(Death::Shutdown(ms)) => (Duration::from_millis(*ms), PATIENCE * 2),
            Some(Death::Rival(ms)) => (PATIENCE * 2, Duration::from_millis(*ms)),
            _ => (PATIENCE * 2, PATIENCE * 2),
        }
    }
}

/// A runtime, or why there is none.
async fn start(sim: &Arc<Sim>, store: Arc<SimStore>) -> Result<Runtime, LifeEnd> {
    let plan = Arc::clone(&sim.state().plan);
    let seams = Seams { stage: Some(Arc::new(Between(Arc::clone(sim)))), ..Seams::default() };
    let mut builder = flows::register(Runtime::builder().shared_store(store), &plan.starts).seams(seams);
    if let Some(files) = sim.state().files.clone() {
        builder = builder.bucket(BUCKET, files);
    }
    if let Some(limit) = plan.step_limit {
        builder = builder.max_concurrent_steps(limit);
    }
    if let Some(seconds) = plan.retention {
        builder = builder.retention(Duration::from_secs(seconds));
    }
    match builder.start().await {
        Ok(runtime) => {
            let before = sim.state().runtime.replace(runtime.clone());
            sim.state().overtaken.extend(before);
            clients::spawn_all(sim);
            Ok(runtime)
        }
        Err(StartError::Store(error)) => {
            sim.note(&format!("it does not start: {error}"));
            // Whoever starts it again waits a little.
            tokio::time::sleep(Duration::from_secs(5)).await;
            Err(LifeEnd::Left)
        }
        Err(error) => {
            sim.violated(format!("the runtime does not start: {error}"));
            Err(LifeEnd::Left)
        }
    }
}

async fn run(sim: &Arc<Sim>, store: Arc<SimStore>) -> LifeEnd {
    let mut runtime = match start(sim, Arc::clone(&store)).await {
        Ok(runtime) => runtime,
        Err(end) => return end,
    };
    let (shutdown, rival) = sim.appointments();
    let patience = tokio::time::sleep(PATIENCE);
    let (shutdown, rival) = (tokio::time::sleep(shutdown), tokio::time::sleep(rival));
    tokio::pin!(patience, shutdown, rival);
    let mut is_alone = true;
    loop {
        if runtime.failure().is_some() {
            sim.note("the runtime has failed");
            return LifeEnd::Left;
        }
        if sim.state().is_done() {
            sim.check_end(&runtime, &*store.inner).await;
            return LifeEnd::Done;
        }
        tokio::select! {
            biased;
            () = sim.changed.notified() => {}
            () = &mut shutdown => {
                sim.note("the process is shut down");
                sim.state().count("shutdown");
                runtime.shutdown().await;
                return LifeEnd::Left;
            }
            () = &mut rival, if is_alone => {
                sim.note("another process takes over");
                sim.state().count("rival");
                is_alone = false;
                runtime = match start(sim, Arc::clone(&store)).await {
                    Ok(runtime) => runtime,
                    Err(end) => return end,
                };
            }
            () = &mut patience => {
                let open = sim.state().open_now();
                sim.violated(format!("these never end: {open}"));
                return LifeEnd::Left;
            }
        }
    }
}
