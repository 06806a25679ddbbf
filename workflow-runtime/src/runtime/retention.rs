//! Finished executions age out, where the program says so; and no execution lasts longer than a year.

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::core::Core;
use super::host;
use super::mailbox::{End, Letter, Live};
use crate::control::ClientError;
use crate::engine::{EXECUTION_SECONDS_MAX, Event, Record, TaskId};
use crate::store::{ExecutionNumber, PruneQuery, Store, StoreError};
use crate::time::Timestamp;

/// How long after its end an execution may be redriven, as on AWS.
pub(super) const REDRIVABLE: Duration = Duration::from_secs(14 * DAY);
const DAY: u64 = 86_400;

/// The longest and the shortest time between two rounds.
const ROUND_MAX: Duration = Duration::from_hours(1);
const ROUND_MIN: Duration = Duration::from_secs(1);

/// From now on, a round again and again until the runtime is gone.
pub(super) fn keep(core: &Arc<Core>, retention: Duration) {
    let core = Arc::downgrade(core);
    drop(host::spawn(rounds(core, retention)));
}

async fn rounds(core: Weak<Core>, retention: Duration) {
    let pause = (retention / 10).clamp(ROUND_MIN, ROUND_MAX);
    loop {
        {
            let Some(core) = core.upgrade() else { return };
            core.until_recovered().await;
            core.end_overdue();
            match core.prune(retention, false).await {
                Ok(0) => {}
                Ok(executions) => tracing::info!(executions, "finished executions have aged out"),
                Err(error) => tracing::warn!(%error, "finished executions cannot be forgotten now"),
            }
        }
        tokio::time::sleep(pause).await;
    }
}

impl Core {
    /// Forgets what has ended longer ago than this: piece by piece, so that commits come in between. What another execution
    /// started stays until that one knows how it ended.
    pub(crate) async fn prune(self: &Arc<Self>, older_than: Duration, dry_run: bool) -> Result<u64, ClientError> {
        let mut query = PruneQuery { dry_run, ..PruneQuery::ended_before(before(self.clock.now(), older_than)) };
        let mut executions = 0;
        // Whoever waits for another is there from then on.
        self.until_recovered().await;
        loop {
            let mut asked = query.clone();
            if self.has_parents() {
                asked.only = Some(self.not_awaited(&query).await?);
            }
            // Whoever has left with the runtime waits all the same.
            if let Some(error) = self.leaving() {
                return Err(error);
            }
            let fencing = self.committer.fencing();
            let pruned = {
                // Nobody is redriven meanwhile: what is read must not go away before its next record. Whoever asked may be gone
                // before the store is done.
                let alone = Arc::clone(&self.forgetting).write_owned().await;
                self.read(move |store| {
                    let _alone = alone;
                    store.prune(fencing, &asked)
                })
                .await?
            };
            executions += pruned.forgotten.len() as u64;
            match pruned.next {
                Some(next) => query.after = Some(next),
                None => return Ok(executions),
            }
            tokio::task::yield_now().await;
        }
    }

    /// Those that the query finds and for which no task is open.
    async fn not_awaited(self: &Arc<Self>, query: &PruneQuery) -> Result<BTreeSet<ExecutionNumber>, ClientError> {
        let (asked, fencing) = (PruneQuery { dry_run: true, ..query.clone() }, self.committer.fencing());
        let core = Arc::clone(self);
        let found = self.read(move |store| {
            let found = store.prune(fencing, &asked)?.forgotten;
            found.into_iter().map(|number| Ok((number, parent(&core, store, number)?))).collect::<Result<Vec<_>, _>>()
        });
        let mut numbers = BTreeSet::new();
        for (number, parent) in found.await? {
            let is_awaited = match parent {
                Some((parent, task)) => is_open(&parent, task).await,
                None => false,
            };
            if !is_awaited {
                numbers.insert(number);
            }
        }
        Ok(numbers)
    }

    /// Ends what has lasted for a year. Whatever else happens to such an execution ends it too.
    fn end_overdue(&self) {
        let year = Duration::from_secs(EXECUTION_SECONDS_MAX);
        let started_before = before(self.clock.now(), year);
        self.tell_everybody(|| Letter::Overdue { started_before });
    }
}

/// The live execution whose task started this one.
fn parent(core: &Core, store: &dyn Store, number: ExecutionNumber) -> Result<Option<(Arc<Live>, TaskId)>, StoreError> {
    let stored = store.load(number)?;
    let first = stored.as_ref().and_then(|stored| stored.records.first());
    // What cannot be read is told to whoever asks for it.
    let Some(Ok(first)) = first.map(|record| Record::decode(record)) else { return Ok(None) };
    let parent = first.events.into_iter().find_map(|event| match event {
        Event::StartedBy { parent } => Some(parent),
        _ => None,
    });
    Ok(parent.and_then(|parent| Some((core.live_by_number(ExecutionNumber(parent.number))?, parent.task))))
}

/// Whether the task may still ask how its execution ended.
async fn is_open(parent: &Live, task: TaskId) -> bool {
    #[cfg(all(test, feature = "cli"))]
    if crate::sim::current().is_some_and(|sim| sim.forgets_awaited()) {
        return false;
    }
    match parent.ask(|reply| Letter::IsOpen { task, reply }).await {
        Ok(answer) => answer.unwrap_or(true),
        Err(end) => !matches!(end, End::Ended(_)),
    }
}

/// So long ago; the beginning of time where that is longer.
pub(super) fn before(now: Timestamp, ago: Duration) -> Timestamp {
    let millis = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(millis))
}
