//! What a state, a way or an execution takes.

use serde::Serialize;

use super::amount::Amount;

/// What a state, a way through a machine or a whole execution takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Figures {
    /// State transitions of the execution itself: states entered, and retries.
    pub transitions: Amount,
    /// Events of its history.
    pub events: Amount,
    /// Seconds, as timeouts, waits and delays of retries bound them; what the service itself takes is not in it.
    pub seconds: Amount,
    /// Transitions of other Standard executions that it starts: nested workflows, children of distributed Maps. Each start
    /// counts as one more, as it is billed.
    pub nested_transitions: Amount,
    /// Express executions that it starts.
    pub express_executions: Amount,
}

impl Figures {
    pub(super) fn own(transitions: u64, events: u64) -> Self {
        Self { transitions: transitions.into(), events: events.into(), ..Self::default() }
    }

    pub(super) fn lasting(self, seconds: Amount) -> Self {
        Self { seconds, ..self }
    }

    fn join(&self, other: &Self, of: impl Fn(&Amount, &Amount) -> Amount) -> Self {
        Self {
            transitions: of(&self.transitions, &other.transitions),
            events: of(&self.events, &other.events),
            seconds: of(&self.seconds, &other.seconds),
            nested_transitions: of(&self.nested_transitions, &other.nested_transitions),
            express_executions: of(&self.express_executions, &other.express_executions),
        }
    }

    /// One after the other.
    pub(super) fn then(&self, other: &Self) -> Self {
        self.join(other, Amount::plus)
    }

    /// Side by side.
    pub(super) fn beside(&self, other: &Self) -> Self {
        let seconds = self.seconds.max(&other.seconds);
        self.then(other).lasting(seconds)
    }

    /// The one or the other, whichever is more.
    pub(super) fn or_more(&self, other: &Self) -> Self {
        self.join(other, Amount::max)
    }

    /// The one or the other, whichever is less.
    pub(super) fn or_less(&self, other: &Self) -> Self {
        self.join(other, Amount::min)
    }

    /// So many times, one after the other.
    pub(super) fn times(&self, times: &Amount) -> Self {
        Self {
            transitions: self.transitions.times(times),
            events: self.events.times(times),
            seconds: self.seconds.times(times),
            nested_transitions: self.nested_transitions.times(times),
            express_executions: self.express_executions.times(times),
        }
    }
}

/// The least and the most of something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Range {
    /// The least.
    pub least: Figures,
    /// The most.
    pub most: Figures,
}
