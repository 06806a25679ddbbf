//! The driver broken on purpose, so that the simulator shows that it would notice.

use super::plan::StoreKind;
use super::{Sim, State};
use crate::engine::{Effect, TimerId};
use crate::store::Commit;

/// A fault of the driver's, or of a store's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Who waits for a commit is told that it is durable before it is: effects are dispatched early, requests are
    /// acknowledged early.
    AnswersEarly,
    /// A commit that failed is taken for one that went well.
    IgnoresErrors,
    /// Somebody whose commit is durable is not woken.
    ForgetsToWake,
    /// The store says that it has a commit, and does not.
    LosesCommits,
    /// After a crash, retries count from the start.
    ForgetsRetries,
    /// After a crash, no timer is set for what waits.
    LosesTimers,
    /// Timers are set a little too early.
    FiresEarly,
    /// An attempt is run twice.
    RunsTwice,
    /// An attempt is not run.
    LosesAttempts,
    /// After a crash, the last record is not found.
    LosesTheLast,
    /// The store takes commits of an owner that is none any more.
    IgnoresFencing,
    /// The clock goes back when the system's does.
    GoesBack,
    /// What runs has its time skipped with the clock's.
    CutsShort,
    /// An execution that another one waits for is forgotten.
    ForgetsAwaited,
    /// After a crash, what nobody waits for any more goes on.
    KeepsOrphans,
    /// A nested execution that nobody waits for any more is not stopped.
    KeepsNested,
    /// A map run that another owner has begun knows only the children that it has begun itself.
    KeepsTheRest,
    /// Timers ring two minutes late.
    RingsLate,
    /// A commit that failed is not the last one.
    GoesOn,
    /// Whether a child was begun before is not looked up.
    BeginsBlindly,
    /// Nobody waits until everybody is there that was before a crash.
    DoesNotWait,
    /// Whoever goes on with the files of a map run goes on in the very files of the owner before.
    SharesFiles,
}

impl Broken {
    pub(super) const ALL: [Self; 22] = [
        Self::AnswersEarly,
        Self::IgnoresErrors,
        Self::ForgetsToWake,
        Self::LosesCommits,
        Self::ForgetsRetries,
        Self::LosesTimers,
        Self::FiresEarly,
        Self::RunsTwice,
        Self::LosesAttempts,
        Self::LosesTheLast,
        Self::IgnoresFencing,
        Self::GoesBack,
        Self::CutsShort,
        Self::ForgetsAwaited,
        Self::KeepsOrphans,
        Self::KeepsNested,
        Self::KeepsTheRest,
        Self::RingsLate,
        Self::GoesOn,
        Self::BeginsBlindly,
        Self::DoesNotWait,
        Self::SharesFiles,
    ];

    /// Whether it can show with this store.
    pub(super) fn shows_in(self, store: StoreKind) -> bool {
        match self {
            Self::AnswersEarly | Self::IgnoresErrors | Self::ForgetsToWake => store != StoreKind::Inline,
            _ => true,
        }
    }
}

/// Whether the driver is to be broken in this way here.
pub(crate) fn is_broken(how: Broken) -> bool {
    super::current().is_some_and(|sim| sim.is_broken(how))
}

impl Sim {
    pub(crate) fn is_broken(&self, how: Broken) -> bool {
        self.state().plan.broken == Some(how)
    }

    /// Whether the clock follows one that is set back.
    pub(crate) fn goes_back(&self) -> bool {
        self.is_broken(Broken::GoesBack)
    }

    /// Whether every timer is a point in time.
    pub(crate) fn cuts_short(&self) -> bool {
        self.is_broken(Broken::CutsShort)
    }

    /// Whether nobody is taken to wait for another one.
    pub(crate) fn forgets_awaited(&self) -> bool {
        self.is_broken(Broken::ForgetsAwaited)
    }

    /// Whether those who wait are told before the commit happens.
    pub(crate) fn answers_early(&self) -> bool {
        self.is_broken(Broken::AnswersEarly)
    }

    /// Whether an error is taken for a success.
    pub(crate) fn ignores_errors(&self) -> bool {
        self.is_broken(Broken::IgnoresErrors)
    }

    /// Whether those who wait for this commit are never told.
    pub(crate) fn forgets_to_wake(&self) -> bool {
        let state = self.state();
        state.plan.broken == Some(Broken::ForgetsToWake) && state.commits % 8 == 7
    }

    /// Whether the store only says that it has taken the batch.
    pub(super) fn loses(&self, batch: &[Commit]) -> bool {
        let state = self.state();
        // A first record that is missing is another matter: the next one is refused.
        let is_first = batch.iter().any(|commit| commit.head.is_some());
        state.plan.broken == Some(Broken::LosesCommits) && state.commits % 8 == 7 && !is_first
    }

    /// Whether a new owner finds everything but the last record.
    pub(super) fn loses_the_last(&self) -> bool {
        self.is_broken(Broken::LosesTheLast)
    }

    /// Whether anybody may commit.
    pub(super) fn ignores_fencing(&self) -> bool {
        self.is_broken(Broken::IgnoresFencing)
    }
}

impl State {
    /// What becomes of the effects of a turn.
    pub(super) fn break_effects(&mut self, effects: &mut Vec<Effect>) {
        let is_recovered = self.life > 0;
        match self.plan.broken {
            Some(Broken::ForgetsRetries) if is_recovered => {
                for effect in effects {
                    if let Effect::StartTask(request) = effect {
                        request.attempt = 1;
                    }
                }
            }
            Some(Broken::LosesTimers) if is_recovered => {
                let is_delay = |timer: &TimerId| matches!(timer, TimerId::Wait(_) | TimerId::Retry(_));
                effects.retain(|effect| !matches!(effect, Effect::SetTimer { timer, .. } if is_delay(timer)));
            }
            Some(Broken::FiresEarly) => {
                for effect in effects {
                    if let Effect::SetTimer { due, .. } = effect {
                        *due = due.plus_millis(-1_000);
                    }
                }
            }
            Some(Broken::RunsTwice) => {
                let again: Vec<_> =
                    effects.iter().filter(|effect| matches!(effect, Effect::StartTask(_))).cloned().collect();
                effects.extend(again);
            }
            Some(Broken::LosesAttempts) if self.calls % 8 == 7 => {
                effects.retain(|effect| !matches!(effect, Effect::StartTask(_)));
            }
            _ => {}
        }
    }
}
