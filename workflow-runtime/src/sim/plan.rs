//! What a seed stands for: what is run, and everything that goes wrong. A list of things, so that it can be made shorter.

use serde_json::Value;

use super::broken::Broken;
use super::dice::Dice;
use super::flows;

/// What is run and what goes wrong.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) store: StoreKind,
    /// Commits that are under way at once.
    pub(super) committers: usize,
    /// A task that is woken runs at once, or with one chance in so many a little later.
    pub(super) jitter: u64,
    /// At most so many steps at once.
    pub(super) step_limit: Option<usize>,
    pub(super) starts: Vec<Start>,
    pub(super) deaths: Vec<Death>,
    pub(super) store_faults: Vec<(u64, StoreFault)>,
    /// These reads of the store fail, by their number.
    pub(super) read_faults: Vec<u64>,
    /// What goes wrong in these calls of steps.
    pub(super) step_faults: Vec<(u64, StepFault)>,
    /// How these tokens are answered.
    pub(super) answer_faults: Vec<(u64, AnswerFault)>,
    pub(super) requests: Vec<Asked>,
    /// By how much the system's clock is set at each restart, in milliseconds.
    pub(super) clock_jumps: Vec<i64>,
    /// And while a process is alive: so many milliseconds after the one before, or after its start.
    pub(super) running_jumps: Vec<(u64, i64)>,
    /// Ended executions are forgotten after so many seconds.
    pub(super) retention: Option<u64>,
    /// Somebody has those forgotten that ended so many seconds ago, or longer: when, after a start, and how long ago.
    pub(super) forgets: Vec<(u64, u64)>,
    /// What goes wrong in these calls that forget.
    pub(super) forget_faults: Vec<(u64, ForgetFault)>,
    /// The driver is broken on purpose.
    pub(super) broken: Option<Broken>,
}

/// Where executions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoreKind {
    /// Commits happen where they are asked for.
    Inline,
    /// Executions share commits.
    Shared,
    /// The same on disk.
    #[cfg(feature = "sled")]
    Sled,
}

/// An execution to start.
#[derive(Clone, Debug)]
pub(super) struct Start {
    pub(super) at_ms: u64,
    pub(super) workflow: &'static str,
    pub(super) name: String,
    pub(super) input: Value,
}

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Death {
    /// After so many looks at tasks: at any await.
    AtTick(u64),
    /// Right before the commit of this number.
    BeforeCommit(u64),
    /// Right after it, before anybody is told.
    AfterCommit(u64),
    /// A shutdown, at this time of its life.
    Shutdown(u64),
    /// It does not end: at this time another process takes the executions over, and this one does not know.
    Rival(u64),
}

/// What a store does instead of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoreFault {
    /// Not now, so many times.
    Transient(u32),
    Permanent,
    /// It happened, and the answer is an error.
    AmbiguousDone,
    /// It did not happen, and the answer is lost.
    AmbiguousNotDone,
    /// So many records of the batch are there, and the process dies.
    Torn(u64),
    /// The disk is full for so many milliseconds.
    Full(u64),
    /// The store panics.
    Panic,
    /// Somebody else claims the executions before.
    Usurped,
    /// So many milliseconds before it and after it.
    Slow(u64, u64),
}

/// What goes wrong when something is to be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForgetFault {
    /// Not now.
    Transient,
    /// It happened, and the answer is lost.
    Lost,
    /// The process dies before.
    DiesBefore,
    /// After it.
    DiesAfter,
    /// After the first one is forgotten.
    Half,
}

/// What goes wrong in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepFault {
    /// An error that the step declares.
    Declared(u64),
    /// One that it does not.
    Undeclared,
    /// At once.
    Panic,
    /// After a while.
    PanicLate,
    /// It never ends.
    Hang,
    /// It takes so many milliseconds.
    Slow(u64),
}

/// How a token is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerFault {
    /// Before the step that asks has ended.
    AtOnce,
    /// Two at the same time.
    Twice,
    /// Days later.
    Late,
    /// With an error.
    Fail,
    /// With signs of life before.
    Beats,
    /// With nonsense before.
    Nonsense,
}

/// What somebody asks.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) at_ms: u64,
    /// Of the start of this number.
    pub(super) which: usize,
    pub(super) what: Ask,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Stop,
    Redrive,
    Look,
    StartAgain,
    StartOther,
}

impl Plan {
    /// What the seed stands for.
    pub(super) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let store = match dice.roll(8) {
            0..=1 => StoreKind::Inline,
            #[cfg(feature = "sled")]
            2 => StoreKind::Sled,
            _ => StoreKind::Shared,
        };
        let mut plan = Self {
            seed,
            store,
            committers: if dice.once_in(3) { 2 } else { 1 },
            jitter: *dice.one_of(&[1_000_000, 16, 4, 2]),
            step_limit: dice.once_in(4).then(|| 1 + usize::try_from(dice.roll(2)).expect("small")),
            starts: flows::starts(&mut dice.fork(1)),
            deaths: Vec::new(),
            store_faults: Vec::new(),
            read_faults: Vec::new(),
            step_faults: Vec::new(),
            answer_faults: Vec::new(),
            requests: Vec::new(),
            clock_jumps: Vec::new(),
            running_jumps: Vec::new(),
            retention: None,
            forgets: Vec::new(),
            forget_faults: Vec::new(),
            broken: None,
        };
        plan.draw_faults(&mut dice.fork(2));
        plan.draw_jumps(&mut dice.fork(4));
        plan.draw_forgetting(&mut dice.fork(5));
        plan
    }

    fn draw_faults(&mut self, dice: &mut Dice) {
        // Each kind is left out often enough that the others are seen alone.
        if dice.roll(4) > 0 {
            self.deaths = (0..=dice.roll(4)).map(|_| death(dice)).collect();
        }
        if dice.once_in(2) {
            self.store_faults = (0..=dice.roll(3)).map(|_| (dice.roll(40), store_fault(dice))).collect();
        }
        if dice.once_in(4) {
            self.read_faults = (0..=dice.roll(3)).map(|_| dice.roll(12)).collect();
        }
        if dice.once_in(2) {
            self.step_faults = (0..=dice.roll(4)).map(|_| (dice.roll(20), step_fault(dice))).collect();
        }
        if dice.once_in(2) {
            self.answer_faults = (0..3).map(|number| (number, answer_fault(dice))).collect();
        }
        if dice.once_in(3) {
            let count = 1 + dice.roll(4);
            self.requests = (0..count).map(|_| asked(dice, self.starts.len())).collect();
        }
        if dice.once_in(4) {
            self.clock_jumps = (0..=dice.roll(3)).map(|_| jump(dice)).collect();
        }
    }

    fn draw_jumps(&mut self, dice: &mut Dice) {
        if dice.once_in(3) {
            let at = |dice: &mut Dice| if dice.once_in(2) { dice.roll(1_500) } else { dice.roll(50_000) };
            self.running_jumps = (0..=dice.roll(3)).map(|_| (at(dice), jump(dice))).collect();
        }
    }

    fn draw_forgetting(&mut self, dice: &mut Dice) {
        if dice.once_in(4) {
            self.retention = Some(*dice.one_of(&[600, 3_600, 86_400]));
        }
        if dice.once_in(3) {
            let ago = |dice: &mut Dice| if dice.once_in(2) { 0 } else { dice.roll(5) };
            self.forgets = (0..=dice.roll(4)).map(|_| (dice.roll(6_000), ago(dice))).collect();
            if dice.once_in(2) {
                self.forget_faults = (0..=dice.roll(2)).map(|_| (dice.roll(6), forget_fault(dice))).collect();
            }
        }
    }

    /// The same executions, and nothing goes wrong.
    pub(super) fn undisturbed(&self) -> Self {
        Self {
            seed: self.seed,
            store: StoreKind::Inline,
            committers: 1,
            jitter: 1_000_000,
            step_limit: None,
            starts: self.starts.clone(),
            deaths: Vec::new(),
            store_faults: Vec::new(),
            read_faults: Vec::new(),
            step_faults: Vec::new(),
            answer_faults: Vec::new(),
            requests: Vec::new(),
            clock_jumps: Vec::new(),
            running_jumps: Vec::new(),
            retention: None,
            forgets: Vec::new(),
            forget_faults: Vec::new(),
            broken: None,
        }
    }

    /// How many things there are in it.
    pub(super) fn size(&self) -> usize {
        self.starts.len()
            + self.deaths.len()
            + self.store_faults.len()
            + self.read_faults.len()
            + self.step_faults.len()
            + self.answer_faults.len()
            + self.requests.len()
            + self.clock_jumps.len()
            + self.running_jumps.len()
            + self.forgets.len()
            + self.forget_faults.len()
            + usize::from(self.retention.is_some())
    }

    /// Each plan that lacks one thing of this one, or is simpler in one way.
    pub(super) fn shorter(&self) -> Vec<Self> {
        let mut plans = Vec::new();
        for at in 0..self.starts.len() {
            if self.starts.len() > 1 {
                let mut plan = self.clone();
                plan.starts.remove(at);
                plan.requests.retain(|asked| asked.which != at);
                for asked in plan.requests.iter_mut().filter(|asked| asked.which > at) {
                    asked.which -= 1;
                }
                plans.push(plan);
            }
        }
        without(&mut plans, self, |plan| &mut plan.deaths);
        without(&mut plans, self, |plan| &mut plan.store_faults);
        without(&mut plans, self, |plan| &mut plan.read_faults);
        without(&mut plans, self, |plan| &mut plan.step_faults);
        without(&mut plans, self, |plan| &mut plan.answer_faults);
        without(&mut plans, self, |plan| &mut plan.requests);
        without(&mut plans, self, |plan| &mut plan.clock_jumps);
        without(&mut plans, self, |plan| &mut plan.running_jumps);
        without(&mut plans, self, |plan| &mut plan.forgets);
        without(&mut plans, self, |plan| &mut plan.forget_faults);
        let simpler = [
            Self { store: StoreKind::Inline, ..self.clone() },
            Self { jitter: 1_000_000, ..self.clone() },
            Self { committers: 1, ..self.clone() },
            Self { step_limit: None, ..self.clone() },
            Self { retention: None, ..self.clone() },
        ];
        let differs = |plan: &Self| {
            (plan.store, plan.jitter, plan.committers, plan.step_limit, plan.retention)
                != (self.store, self.jitter, self.committers, self.step_limit, self.retention)
        };
        plans.extend(simpler.into_iter().filter(differs));
        plans
    }
}

fn without<T>(plans: &mut Vec<Plan>, plan: &Plan, list: impl Fn(&mut Plan) -> &mut Vec<T>) {
    let length = list(&mut plan.clone()).len();
    for at in 0..length {
        let mut shorter = plan.clone();
        list(&mut shorter).remove(at);
        plans.push(shorter);
    }
}

fn death(dice: &mut Dice) -> Death {
    match dice.roll(9) {
        8 => Death::Rival(dice.roll(5_000)),
        0..=2 => Death::AtTick(1 + dice.roll(400)),
        3..=4 => Death::BeforeCommit(dice.roll(20)),
        5..=6 => Death::AfterCommit(dice.roll(20)),
        _ => Death::Shutdown(dice.roll(5_000)),
    }
}

fn store_fault(dice: &mut Dice) -> StoreFault {
    match dice.roll(12) {
        0 => StoreFault::Transient(1 + u32::try_from(dice.roll(7)).expect("small")),
        1 => StoreFault::Permanent,
        2..=3 => StoreFault::AmbiguousDone,
        4..=5 => StoreFault::AmbiguousNotDone,
        6..=7 => StoreFault::Torn(dice.roll(4)),
        8 => StoreFault::Full(dice.roll(20_000)),
        9 => StoreFault::Panic,
        10 => StoreFault::Usurped,
        _ => StoreFault::Slow(dice.roll(3_000), dice.roll(3_000)),
    }
}

fn forget_fault(dice: &mut Dice) -> ForgetFault {
    *dice.one_of(&[
        ForgetFault::Transient,
        ForgetFault::Lost,
        ForgetFault::DiesBefore,
        ForgetFault::DiesAfter,
        ForgetFault::Half,
    ])
}

fn step_fault(dice: &mut Dice) -> StepFault {
    match dice.roll(8) {
        0..=2 => StepFault::Declared(dice.roll(4)),
        3 => StepFault::Undeclared,
        4 => StepFault::Panic,
        5 => StepFault::PanicLate,
        6 => StepFault::Hang,
        _ => StepFault::Slow(dice.roll(90_000)),
    }
}

fn answer_fault(dice: &mut Dice) -> AnswerFault {
    *dice.one_of(&[
        AnswerFault::AtOnce,
        AnswerFault::Twice,
        AnswerFault::Late,
        AnswerFault::Fail,
        AnswerFault::Beats,
        AnswerFault::Nonsense,
    ])
}

fn asked(dice: &mut Dice, starts: usize) -> Asked {
    let what = *dice.one_of(&[Ask::Stop, Ask::Redrive, Ask::Redrive, Ask::Look, Ask::StartAgain, Ask::StartOther]);
    let which = usize::try_from(dice.roll(starts.max(1) as u64)).expect("small");
    Asked { at_ms: dice.roll(8_000), which, what }
}

fn jump(dice: &mut Dice) -> i64 {
    let far = i64::try_from(dice.roll(3_600_000)).expect("small");
    if dice.once_in(2) { -far } else { far * 24 }
}
