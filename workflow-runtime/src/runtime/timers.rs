//! The timers of one execution.

use crate::engine::TimerId;
use crate::time::Timestamp;

/// What is armed, by id. An execution has a handful of timers (one or two for each running branch), so that a scan beats
/// every tree.
#[derive(Debug, Default)]
pub(crate) struct Timers(Vec<(TimerId, Timestamp)>);

impl Timers {
    /// Arms a timer, in place of one of the same id.
    pub(crate) fn set(&mut self, timer: TimerId, due: Timestamp) {
        match self.0.iter_mut().find(|(id, _)| *id == timer) {
            Some(entry) => entry.1 = due,
            None => self.0.push((timer, due)),
        }
    }

    /// Disarms it, if it is armed.
    pub(crate) fn cancel(&mut self, timer: TimerId) {
        if let Some(at) = self.0.iter().position(|(id, _)| *id == timer) {
            self.0.swap_remove(at);
        }
    }

    /// The earliest.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.0.iter().map(|&(_, due)| due).min()
    }

    /// Takes the earliest of those that are due; equal ones in the order of their ids, so that runs repeat.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<TimerId> {
        let due = self.0.iter().enumerate().filter(|(_, entry)| entry.1 <= now);
        let (at, _) = due.min_by_key(|(_, entry)| (entry.1, entry.0))?;
        Some(self.0.swap_remove(at).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::TaskId;

    #[test]
    fn timers_fire_in_the_order_of_their_time_and_once() {
        let at = Timestamp::from_millis;
        let mut timers = Timers::default();
        timers.set(TimerId::TaskTimeout(TaskId(2)), at(20));
        timers.set(TimerId::TaskTimeout(TaskId(1)), at(10));
        timers.set(TimerId::TaskTimeout(TaskId(3)), at(5));
        timers.set(TimerId::TaskTimeout(TaskId(3)), at(30));
        timers.set(TimerId::Execution, at(1));
        timers.cancel(TimerId::Execution);
        assert_eq!(timers.next_due(), Some(at(10)));
        assert_eq!(timers.pop_due(at(9)), None);
        assert_eq!(timers.pop_due(at(25)), Some(TimerId::TaskTimeout(TaskId(1))));
        assert_eq!(timers.pop_due(at(25)), Some(TimerId::TaskTimeout(TaskId(2))));
        assert_eq!(timers.pop_due(at(25)), None);
        assert_eq!(timers.next_due(), Some(at(30)));
    }
}
