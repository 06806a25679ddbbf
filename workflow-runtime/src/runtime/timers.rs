//! The timers of one execution.

use super::clock::Reading;
use crate::engine::{Effect, TaskId, TimerId};
use crate::time::Timestamp;

/// What is armed, by id. An execution has a handful of timers (one or two for each running branch), so that a scan beats
/// every tree.
#[derive(Debug, Default)]
pub(crate) struct Timers(Vec<Timer>);

#[derive(Debug)]
struct Timer {
    id: TimerId,
    due: Timestamp,
    /// What it measures has to pass: what of the time of day was skipped before it was set, and what is skipped later comes on
    /// top. `None` for a point in time.
    passes: Option<i64>,
}

impl Timer {
    fn due(&self, leapt_ms: i64) -> Timestamp {
        #[cfg(all(test, feature = "cli"))]
        if crate::sim::current().is_some_and(|sim| sim.cuts_short()) {
            return self.due;
        }
        self.passes.map_or(self.due, |before| self.due.plus_millis(leapt_ms - before))
    }
}

impl Timers {
    /// What these effects of a turn that began then have to say of timers. A timeout of what runs here, and every heartbeat,
    /// measures what passes: whatever the time of day leaps over, nobody has had. Everything else is a point in time.
    pub(crate) fn take(&mut self, effects: &[Effect], then: Reading) {
        let runs_here = |wanted: TaskId| {
            effects.iter().any(|effect| match effect {
                Effect::StartTask(request) | Effect::AwaitJob(request) => request.task == wanted,
                _ => false,
            })
        };
        for effect in effects {
            match effect {
                Effect::CancelTimer(timer) => self.cancel(*timer),
                Effect::SetTimer { timer, due } => match timer {
                    TimerId::TaskHeartbeat(_) => self.set_to_pass(*timer, *due, then),
                    TimerId::TaskTimeout(task) if runs_here(*task) => self.set_to_pass(*timer, *due, then),
                    _ => self.set(*timer, *due),
                },
                _ => {}
            }
        }
    }

    /// Arms a timer for a point in time, in place of one of the same id.
    fn set(&mut self, timer: TimerId, due: Timestamp) {
        self.put(Timer { id: timer, due, passes: None });
    }

    /// Arms a timer for what has to pass until then, as it looked then.
    fn set_to_pass(&mut self, timer: TimerId, due: Timestamp, then: Reading) {
        self.put(Timer { id: timer, due, passes: Some(then.leapt_ms) });
    }

    fn put(&mut self, timer: Timer) {
        match self.0.iter_mut().find(|known| known.id == timer.id) {
            Some(known) => *known = timer,
            None => self.0.push(timer),
        }
    }

    /// The task waits for somebody else from here on: its timeout is a point in time.
    pub(crate) fn is_out(&mut self, task: TaskId, now: Reading) {
        let wanted = TimerId::TaskTimeout(task);
        for timer in self.0.iter_mut().filter(|timer| timer.id == wanted) {
            timer.due = timer.due(now.leapt_ms);
            timer.passes = None;
        }
    }

    /// Disarms it, if it is armed.
    fn cancel(&mut self, timer: TimerId) {
        if let Some(at) = self.0.iter().position(|known| known.id == timer) {
            self.0.swap_remove(at);
        }
    }

    /// The earliest.
    pub(crate) fn next_due(&self, leapt_ms: i64) -> Option<Timestamp> {
        self.0.iter().map(|timer| timer.due(leapt_ms)).min()
    }

    /// Takes the earliest of those that are due; equal ones in the order of their ids, so that runs repeat.
    pub(crate) fn pop_due(&mut self, Reading { now, leapt_ms }: Reading) -> Option<TimerId> {
        let due = self.0.iter().enumerate().filter(|(_, timer)| timer.due(leapt_ms) <= now);
        let (at, _) = due.min_by_key(|(_, timer)| (timer.due(leapt_ms), timer.id))?;
        Some(self.0.swap_remove(at).id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn read(ms: i64, leapt_ms: i64) -> Reading {
        Reading { now: at(ms), leapt_ms }
    }

    #[test]
    fn timers_fire_in_the_order_of_their_time_and_once() {
        let mut timers = Timers::default();
        timers.set(TimerId::TaskTimeout(TaskId(2)), at(20));
        timers.set(TimerId::TaskTimeout(TaskId(1)), at(10));
        timers.set(TimerId::TaskTimeout(TaskId(3)), at(5));
        timers.set(TimerId::TaskTimeout(TaskId(3)), at(30));
        timers.set(TimerId::Execution, at(1));
        timers.cancel(TimerId::Execution);
        assert_eq!(timers.next_due(0), Some(at(10)));
        assert_eq!(timers.pop_due(read(9, 0)), None);
        assert_eq!(timers.pop_due(read(25, 0)), Some(TimerId::TaskTimeout(TaskId(1))));
        assert_eq!(timers.pop_due(read(25, 0)), Some(TimerId::TaskTimeout(TaskId(2))));
        assert_eq!(timers.pop_due(read(25, 0)), None);
        assert_eq!(timers.next_due(0), Some(at(30)));
    }

    #[test]
    fn what_has_to_pass_is_not_skipped() {
        let (runs, waits) = (TimerId::TaskTimeout(TaskId(1)), TimerId::Execution);
        let mut timers = Timers::default();
        timers.set_to_pass(runs, at(60), read(0, 7));
        timers.set(waits, at(60));
        assert_eq!(timers.pop_due(read(1_000, 1_007)), Some(waits));
        assert_eq!(timers.pop_due(read(1_000, 1_007)), None, "only some of it has passed");
        assert_eq!(timers.next_due(1_007), Some(at(1_060)));
        assert_eq!(timers.pop_due(read(1_060, 1_007)), Some(runs));
    }

    #[test]
    fn who_is_asked_has_until_the_time_of_day() {
        let timeout = TimerId::TaskTimeout(TaskId(1));
        let mut timers = Timers::default();
        timers.set_to_pass(timeout, at(60), read(0, 0));
        timers.is_out(TaskId(1), read(30, 20));
        assert_eq!(timers.next_due(500), Some(at(80)), "what was skipped before was not the asked one's");
        assert_eq!(timers.pop_due(read(100, 500)), Some(timeout));
    }
}
