//! Finished executions age out, where the program says so; and no execution lasts longer than a year.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::core::Core;
use super::mailbox::Letter;
use crate::control::ClientError;
use crate::engine::EXECUTION_SECONDS_MAX;
use crate::store::PruneQuery;
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
    tokio::spawn(rounds(core, retention));
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
    /// Forgets what has ended longer ago than this: piece by piece, so that commits come in between.
    pub(crate) async fn prune(&self, older_than: Duration, dry_run: bool) -> Result<u64, ClientError> {
        let mut query = PruneQuery { dry_run, ..PruneQuery::ended_before(before(self.clock.now(), older_than)) };
        let mut executions = 0;
        loop {
            let (asked, fencing) = (query.clone(), self.committer.fencing());
            let pruned = {
                // Nobody is redriven meanwhile: what is read must not go away before its next record.
                let _alone = self.redriving.write().await;
                self.read(move |store| store.prune(fencing, &asked)).await?
            };
            executions += pruned.forgotten.len() as u64;
            match pruned.next {
                Some(next) => query.after = Some(next),
                None => return Ok(executions),
            }
            tokio::task::yield_now().await;
        }
    }

    /// Ends what has lasted for a year. Whatever else happens to such an execution ends it too.
    fn end_overdue(&self) {
        let year = Duration::from_secs(EXECUTION_SECONDS_MAX);
        let started_before = before(self.clock.now(), year);
        self.tell_everybody(|| Letter::Overdue { started_before });
    }
}

/// So long ago; the beginning of time where that is longer.
pub(super) fn before(now: Timestamp, ago: Duration) -> Timestamp {
    let millis = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(millis))
}
