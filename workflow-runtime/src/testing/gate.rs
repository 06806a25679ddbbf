//! Holds the answers of steps back, and lets them arrive in an order that is chosen.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;

use super::director::lock;
use crate::step::{StepContext, StepHandler};

/// Answers on their way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<Inside>);

#[derive(Debug, Default)]
struct Inside {
    state: Mutex<State>,
    bell: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<Held>,
    order: Order,
    made: Vec<Choice>,
}

#[derive(Clone, Debug)]
struct Held {
    call: usize,
    label: String,
    /// The shortest of its clocks.
    patience: Duration,
    arrived: bool,
    released: bool,
}

/// Which of those that wait goes first.
#[derive(Clone, Debug, Default)]
pub(crate) enum Order {
    /// Nobody is held back.
    #[default]
    Free,
    /// Choice by choice; the first of them where none is said.
    Given(Vec<usize>),
    /// Drawn.
    Drawn(u64),
}

impl Order {
    fn choose(&self, choice: usize, of: usize) -> usize {
        match self {
            Self::Free => 0,
            Self::Given(choices) => choices.get(choice).copied().unwrap_or_default().min(of.saturating_sub(1)),
            Self::Drawn(seed) => {
                let mut z = seed.wrapping_add((choice as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                usize::try_from((z ^ (z >> 31)) % (of.max(1) as u64)).unwrap_or_default()
            }
        }
    }
}

/// One answer that arrived while others could have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) of: usize,
    pub(crate) taken: usize,
    pub(crate) label: String,
}

/// A call that is under way; it leaves the gate when it is dropped.
pub(crate) struct Pass {
    gate: Gate,
    call: usize,
}

impl Gate {
    pub(crate) fn new(order: Order) -> Option<Self> {
        if matches!(order, Order::Free) {
            return None;
        }
        let gate = Self::default();
        lock(&gate.0.state).order = order;
        Some(gate)
    }

    /// The choices that were made; those between several answers, and those that were none.
    pub(crate) fn made(&self) -> Vec<Choice> {
        lock(&self.0.state).made.clone()
    }

    pub(crate) fn enter(&self, call: usize, context: &StepContext, handler: StepHandler) -> Pass {
        let spec = (handler.spec)();
        let seconds = spec.heartbeat_seconds.unwrap_or(spec.timeout_seconds).min(spec.timeout_seconds);
        let patience = Duration::from_millis(seconds.saturating_mul(500));
        let label = context.state().to_owned();
        lock(&self.0.state).waiting.push(Held { call, label, patience, arrived: false, released: false });
        self.0.bell.notify_waiters();
        Pass { gate: self.clone(), call }
    }

    /// Opens for one answer after the other, for as long as it is polled.
    pub(crate) async fn direct(&self) -> std::convert::Infallible {
        loop {
            let bell = self.0.bell.notified();
            tokio::pin!(bell);
            bell.as_mut().enable();
            // Time moves only when nothing else can: whoever could arrive now has arrived.
            tokio::time::sleep(Duration::from_millis(1)).await;
            let (arrived, expected, patience) = {
                let state = lock(&self.0.state);
                let arrived = || state.waiting.iter().filter(|held| held.arrived);
                let patience = arrived().map(|held| held.patience).min().unwrap_or(Duration::MAX);
                (arrived().count(), state.waiting.len(), patience)
            };
            if arrived < expected || expected == 0 {
                if arrived == 0 {
                    bell.await;
                    continue;
                }
                // Somebody is slow: wait, but not until those that wait run out of time.
                if tokio::time::timeout(patience, bell).await.is_ok() {
                    continue;
                }
            }
            self.release_next();
        }
    }

    fn release_next(&self) {
        let mut state = lock(&self.0.state);
        let state = &mut *state;
        let mut ready: Vec<&mut Held> =
            state.waiting.iter_mut().filter(|held| held.arrived && !held.released).collect();
        ready.sort_by_key(|held| held.call);
        let of = ready.len();
        let taken = state.order.choose(state.made.len(), of);
        if let Some(held) = ready.get_mut(taken) {
            held.released = true;
            state.made.push(Choice { of, taken, label: held.label.clone() });
        }
        self.0.bell.notify_waiters();
    }
}

impl Pass {
    /// Until this answer may arrive.
    pub(crate) async fn wait(self) {
        let set_arrived = |state: &mut State| {
            if let Some(held) = state.waiting.iter_mut().find(|held| held.call == self.call) {
                held.arrived = true;
            }
        };
        set_arrived(&mut lock(&self.gate.0.state));
        self.gate.0.bell.notify_waiters();
        loop {
            let bell = self.gate.0.bell.notified();
            tokio::pin!(bell);
            bell.as_mut().enable();
            let released = lock(&self.gate.0.state).waiting.iter().any(|held| held.call == self.call && held.released);
            if released {
                return;
            }
            bell.await;
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        lock(&self.gate.0.state).waiting.retain(|held| held.call != self.call);
        self.gate.0.bell.notify_waiters();
    }
}
