//! Distributed Maps: items are read as they are needed, each of them or each batch is an execution of its own, and results
//! are written as they come. What is durable is how far it is.

mod batch;
mod buckets;
mod child;
mod driver;
mod results;
mod source;
mod writer;

pub(crate) use buckets::Buckets;

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::AbortHandle;

use self::child::Family;
use self::driver::{Driver, error};
use self::results::Results;
use self::source::Feed;
use self::writer::{Target, Writer};
use super::actor::Actor;
use super::host;
use super::mailbox::{End, Letter};
use crate::engine::{Input, ItemSource, MapRunEnd, MapRunRequest, Parent, TaskId, Transformation};

/// Begins the names of files that are being written.
const WRITING: &str = ".writing-";

/// The map runs of one execution.
#[derive(Default)]
pub(super) struct MapRuns {
    running: Vec<Running>,
}

struct Running {
    run: TaskId,
    signal: watch::Sender<Signal>,
    abort: AbortHandle,
}

/// What a map run is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Run,
    /// No child starts any more.
    Drain,
    /// Nobody waits for it any more.
    Cancel,
}

impl MapRuns {
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    pub(super) fn drain(&self) {
        for running in &self.running {
            running.signal.send_replace(Signal::Drain);
        }
    }

    /// Whether the task is a map run, which ends.
    pub(super) fn cancel(&mut self, run: TaskId) -> bool {
        let Some(at) = self.running.iter().position(|running| running.run == run) else { return false };
        // It stops its children by itself.
        self.running.swap_remove(at).signal.send_replace(Signal::Cancel);
        true
    }

    pub(super) fn forget(&mut self, run: TaskId) {
        self.running.retain(|running| running.run != run);
    }
}

impl Drop for MapRuns {
    fn drop(&mut self) {
        for running in &self.running {
            running.abort.abort();
        }
    }
}

impl Actor {
    /// Begins a map run, or goes on with one; `again` where children may have been started before.
    pub(super) fn start_map_run(&mut self, request: Box<MapRunRequest>, again: bool) {
        let Some(children) = self.program.map(&request.state).cloned() else {
            tracing::error!(state = %request.state, "no processor is known for this state");
            return;
        };
        let identity = self.execution.identity();
        let parent =
            Parent { execution: identity.execution_arn(), number: self.live.number.0, task: request.run, waits: true };
        let id: Arc<str> = request.id().into();
        // Half of the UUID is enough to be no other map run's.
        let seed = id.bytes().filter_map(|byte| (byte as char).to_digit(16)).take(16);
        let seed = seed.fold(0_u64, |seed, digit| seed << 4 | u64::from(digit));
        let (core, pins) = (Arc::clone(&self.core), Arc::clone(&self.live.pins));
        // Who begins it needs no number to tell its files from others.
        let owner = if again && !shares_files() { core.committer.fencing().0 } else { 0 };
        let family = Arc::new(Family { core, program: children, id, seed, pins, parent, again, owner });
        let (signal, signals) = watch::channel(Signal::Run);
        let run = request.run;
        let (live, program) = (Arc::clone(&self.live), Arc::clone(&self.program));
        let task = host::spawn(async move {
            let (sender, before) = (Arc::clone(&live), Arc::clone(&family));
            let opened = host::spawn_blocking(move || open(&request, &family).map(|opened| (opened, family, request)));
            match opened.await {
                Ok(Ok(((feed, results, source), family, request))) => {
                    Driver::new(live, request, family, program, signals, feed, results, source).run().await;
                }
                Ok(Err(end)) => {
                    before.stop_rest();
                    drop(sender.send(Letter::MapRunEnded { run, end }));
                }
                Err(error) => tracing::error!(%error, "a map run could not be opened"),
            }
        });
        self.map_runs.running.push(Running { run, signal, abort: task.abort_handle() });
    }

    /// What a map run says of itself.
    pub(super) async fn on_map_run(&mut self, letter: Letter) -> Result<(), End> {
        match letter {
            Letter::MapRunProgressed { run, mark, results, reply } => {
                self.turn(Input::MapRunProgressed { run, mark, results }).await?;
                let _ = reply.send(());
            }
            Letter::MapRunWriting { run, owner, mark, error, reply } => {
                self.turn(Input::MapRunWriting { run, owner, mark, error }).await?;
                let _ = reply.send(());
            }
            Letter::MapRunEnded { run, end } => {
                self.map_runs.forget(run);
                self.turn(Input::MapRunEnded { run, end }).await?;
            }
            Letter::MapRunLeft(run) => self.map_runs.forget(run),
            _ => {}
        }
        Ok(())
    }
}

/// Whether an owner is to go on in the files of the one before.
fn shares_files() -> bool {
    #[cfg(all(test, feature = "cli"))]
    return crate::sim::broken::is_broken(crate::sim::broken::Broken::SharesFiles);
    #[cfg(not(all(test, feature = "cli")))]
    false
}

/// Where items come from, where results go, and what items say of their source.
type Opened = (Feed, Results, String);

fn open(request: &MapRunRequest, family: &Family) -> Result<Opened, MapRunEnd> {
    let plan = &request.plan;
    let core = &family.core;
    let buckets = &core.buckets;
    let mark = request.mark;
    let writer_failed = |why| MapRunEnd::Failed(error("States.ResultWriterFailed", why));
    let export = plan.writer.as_ref().and_then(|place| Some((place, place.export.as_ref()?)));
    let writer = match export {
        Some((place, (bucket, prefix))) => {
            let root = buckets.folder(bucket).map_err(writer_failed)?;
            let key = format!("{}/{}", prefix.trim_end_matches('/'), request.id());
            let folder = buckets.file(bucket, key.trim_start_matches('/')).map_err(writer_failed)?;
            let target = Target { bucket, prefix, id: request.id(), root, folder, durable: core.store.is_durable() };
            let marks = [mark.succeeded_file, mark.failed_file];
            let opened = if family.again {
                Writer::take_over(place, target, marks, request.owner, family.owner)
            } else {
                Writer::begin(place, target)
            };
            Some(opened.map_err(writer_failed)?)
        }
        None => None,
    };
    let transformation = plan.writer.as_ref().map_or(Transformation::Compact, |place| place.transformation);
    let results = Results::new(mark, writer, transformation);
    let results = results.at_most(family.program.machine.data_limits().payload());
    let feed = Feed::open(&plan.source, &request.items, mark.items, buckets)
        .map_err(|why| MapRunEnd::Failed(error("States.ItemReaderFailed", why)))?;
    let source = match &plan.source {
        ItemSource::Items(_) => "STATE_DATA".to_owned(),
        ItemSource::Object { bucket, key, .. } => format!("S3://{bucket}/{key}"),
        ItemSource::Listing { bucket, .. } => format!("S3://{bucket}"),
    };
    Ok((feed, results, source))
}
