//! The simulator: the production driver and engine on one thread with a clock that is turned, where one number makes every
//! choice, and everything that can go wrong does.
//!
//! [`Plan::of`](plan::Plan::of) draws what is run and what goes wrong; [`world`] plays it, life after life of a process;
//! [`view`] holds what is durable against what must hold of it; `runtime::host` is where the driver meets the simulator.
//!
//! ```text
//! WF_SIM_SEEDS=5000 cargo test -p workflow-runtime --lib sim::
//! WF_SIM_SEED=17 cargo test -p workflow-runtime --lib sim::
//! ```

pub(crate) mod broken;
mod checks;
mod clients;
mod dice;
mod examples;
mod flows;
mod hooks;
mod machines;
mod plan;
mod store;
mod tests;
mod view;
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use self::dice::Dice;
use self::plan::Plan;
use self::view::View;
use crate::runtime::Runtime;
use crate::store::{ExecutionNumber, Fencing};

thread_local! {
    static CURRENT: RefCell<Option<Arc<Sim>>> = const { RefCell::new(None) };
}

/// The simulation that this thread plays.
pub(crate) fn current() -> Option<Arc<Sim>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Makes it the one that this thread plays, until it is dropped.
struct Playing;

impl Playing {
    fn new(sim: &Arc<Sim>) -> Self {
        CURRENT.set(Some(Arc::clone(sim)));
        Self
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        CURRENT.set(None);
    }
}

/// A simulation: what survives a process, and what the simulator knows of the present one.
pub(crate) struct Sim {
    state: Mutex<State>,
    /// Rings when the process is dead.
    died: Notify,
    /// Rings when more is durable, or the store has failed.
    changed: Notify,
}

impl std::fmt::Debug for Sim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sim").finish_non_exhaustive()
    }
}

struct State {
    plan: Arc<Plan>,
    dice: Dice,
    view: View,
    trace: Vec<String>,
    violation: Option<String>,
    /// The time of day when this life began.
    wall_ms: i64,
    life: usize,
    life_began: Option<Instant>,
    is_dead: bool,
    /// Where map runs write.
    files: Option<PathBuf>,
    runtime: Option<Runtime>,
    /// Processes that were overtaken and do not know.
    overtaken: Vec<Runtime>,
    /// In this life.
    ticks: u64,
    turns: u64,
    life_commits: u64,
    /// In all lives.
    commits: u64,
    reads: u64,
    forgettings: u64,
    calls: u64,
    tokens: u64,
    transient_left: u32,
    /// Whoever was told that nothing is committed any more.
    failed_owner: Option<Fencing>,
    /// By how much the system's clock has been set in all.
    jumped_ms: i64,
    /// As time has passed, whatever the clock says.
    full_until_ms: i64,
    /// How long the commit that is under way takes, before and after.
    slow: (u64, u64),
    /// Starts that were acknowledged, by workflow and name.
    started: BTreeMap<(String, String), ExecutionNumber>,
    /// What became of a key: execution and visit.
    keys: BTreeMap<String, (ExecutionNumber, u64)>,
    /// Executions, by their root, that something was done to that may change how they end.
    disturbed: BTreeMap<ExecutionNumber, &'static str>,
    /// What the requests and answers have come to.
    done_asking: usize,
    /// How often the clock was set while a process was alive.
    done_jumping: usize,
    counts: Counts,
}

/// What was seen, so that a test can tell that enough was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) lives: u64,
    pub(crate) commits: u64,
    pub(crate) records: u64,
    pub(crate) calls: u64,
    pub(crate) faults: BTreeMap<String, u64>,
    pub(crate) compared: u64,
    pub(crate) executions: u64,
    pub(crate) forgotten: u64,
    /// Results of map runs in files.
    pub(crate) written: u64,
}

impl Sim {
    fn new(plan: &Arc<Plan>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                dice: Dice::new(plan.seed).fork(3),
                plan: Arc::clone(plan),
                view: View::default(),
                trace: Vec::new(),
                violation: None,
                // Any day will do.
                wall_ms: 1_700_000_000_000,
                life: 0,
                life_began: None,
                is_dead: false,
                files: None,
                runtime: None,
                overtaken: Vec::new(),
                ticks: 0,
                turns: 0,
                life_commits: 0,
                commits: 0,
                reads: 0,
                forgettings: 0,
                calls: 0,
                tokens: 0,
                transient_left: 0,
                failed_owner: None,
                jumped_ms: 0,
                full_until_ms: i64::MIN,
                slow: (0, 0),
                started: BTreeMap::new(),
                keys: BTreeMap::new(),
                disturbed: BTreeMap::new(),
                done_asking: 0,
                done_jumping: 0,
                counts: Counts::default(),
            }),
            died: Notify::new(),
            changed: Notify::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the process is dead: nothing of it runs any more.
    pub(crate) fn is_dead(&self) -> bool {
        self.state().is_dead
    }

    /// The process dies here and now.
    fn die(&self, why: &str) {
        let mut state = self.state();
        if !state.is_dead {
            state.is_dead = true;
            state.note(&format!("the process dies: {why}"));
            state.count("death");
            drop(state);
            self.died.notify_one();
        }
    }

    /// Something does not hold.
    fn violated(&self, what: String) {
        let mut state = self.state();
        state.note(&format!("VIOLATION: {what}"));
        let _ = state.violation.get_or_insert(what);
        drop(state);
        self.die("something does not hold");
    }

    fn check(&self, outcome: Result<(), String>) {
        if let Err(what) = outcome {
            self.violated(what);
        }
    }

    fn note(&self, what: &str) {
        self.state().note(what);
    }
}

impl State {
    /// Now, as the process's clock has it.
    fn now_ms(&self) -> i64 {
        let passed = self.life_began.map_or(0, |began| began.elapsed().as_millis());
        self.wall_ms + i64::try_from(passed).unwrap_or(i64::MAX)
    }

    fn note(&mut self, what: &str) {
        let mut line = String::new();
        // Writing to a String cannot fail.
        let _ = write!(line, "{} {:>9} {what}", self.life, self.now_ms() - 1_700_000_000_000);
        self.trace.push(line);
    }

    fn count(&mut self, fault: &str) {
        *self.counts.faults.entry(fault.to_owned()).or_default() += 1;
    }
}
