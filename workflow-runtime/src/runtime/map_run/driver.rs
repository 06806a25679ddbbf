//! Drives a map run: takes items, runs children, tells how far it is.
//!
//! Only so many children are ahead of the last mark that is durable: what a crash makes run again is bounded, and so is
//! what is held in memory.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use super::Signal;
use super::batch::{Batcher, Child};
use super::child::{ChildEnd, Family};
use super::results::{Results, Settled};
use super::source::{Feed, Item, plain};
use crate::engine::{ExecutionStatus, MapItem, MapRunEnd, MapRunMark, MapRunRequest};
use crate::runtime::host;
use crate::runtime::mailbox::{Letter, Live};
use crate::step::ErrorOutput;

/// Children at once where nothing else is said.
const AT_ONCE: usize = 1_000;
/// AWS's own limit.
const AT_ONCE_MAX: u64 = 10_000;
/// Children ahead of the last durable mark, at least.
const AHEAD: u64 = 16_384;
/// The most children between two marks.
const MARK_EVERY: u64 = 4_096;

pub(super) struct Driver {
    pub(super) live: Arc<Live>,
    pub(super) request: Box<MapRunRequest>,
    pub(super) family: Arc<Family>,
    pub(super) machine: Arc<crate::runtime::registry::Program>,
    pub(super) signal: watch::Receiver<Signal>,
    pub(super) feed: Option<Feed>,
    pub(super) results: Option<Results>,
    at_once: usize,
    ahead: u64,
    batcher: Batcher,
    ready: VecDeque<Child>,
    running: JoinSet<ChildEnd>,
    /// The children that run, where they are to be stopped one by one.
    open: BTreeSet<u64>,
    next_item: u64,
    next_child: u64,
    failed_items: u64,
    /// Known from the last item on, or from the start.
    total: Option<u64>,
    source: String,
    draining: bool,
    /// The last mark that was told.
    last: MapRunMark,
    /// Its children.
    told: u64,
    /// Set while a mark is on its way.
    telling: Option<oneshot::Receiver<()>>,
}

/// Why it goes no further.
enum Stop {
    /// With this.
    End(MapRunEnd),
    /// Nobody waits for it any more.
    Cancelled,
    /// The runtime is going.
    Left,
}

impl Driver {
    #[expect(clippy::too_many_arguments, reason = "a map run's parts")]
    pub(super) fn new(
        live: Arc<Live>,
        request: Box<MapRunRequest>,
        family: Arc<Family>,
        machine: Arc<crate::runtime::registry::Program>,
        signal: watch::Receiver<Signal>,
        feed: Feed,
        results: Results,
        source: String,
    ) -> Self {
        let plan = &request.plan;
        let at_once = match plan.max_concurrency {
            0 => AT_ONCE,
            number => usize::try_from(number.min(AT_ONCE_MAX)).unwrap_or(AT_ONCE),
        };
        let mark = request.mark;
        Self {
            at_once,
            ahead: AHEAD.max(at_once as u64 * 4),
            batcher: Batcher::new(plan.batch.clone(), mark.children),
            ready: VecDeque::new(),
            running: JoinSet::new(),
            open: BTreeSet::new(),
            next_item: mark.items,
            next_child: mark.children,
            failed_items: mark.failed_items,
            total: feed.total(),
            source,
            draining: false,
            last: mark,
            told: mark.children,
            telling: None,
            live,
            request,
            family,
            machine,
            signal,
            feed: Some(feed),
            results: Some(results),
        }
    }

    /// Until it has ended or nobody waits for it.
    pub(super) async fn run(mut self) {
        let stop = match self.begin().await {
            Err(stop) => stop,
            Ok(()) => match self.drive().await {
                Ok(never) => match never {},
                Err(stop) => stop,
            },
        };
        let run = self.request.run;
        match stop {
            Stop::End(end) => {
                let letter = match self.end(end).await {
                    Some(end) => Letter::MapRunEnded { run, end },
                    None if self.is_cancelled() => {
                        let _ = self.publish().await;
                        return;
                    }
                    None => Letter::MapRunLeft(run),
                };
                // Whoever has left need not know.
                let _ = self.live.send(letter);
            }
            // Its execution may have ended while something was on its way there.
            stop if matches!(stop, Stop::Cancelled) || self.is_cancelled() => {
                self.stop_children().await;
                // That it was cut off is durable: nobody else writes them any more.
                let _ = self.publish().await;
            }
            Stop::Left | Stop::Cancelled => {
                self.settle().await.ok();
                if let Some(telling) = self.telling.take() {
                    let _ = telling.await;
                }
                let _ = self.live.send(Letter::MapRunLeft(run));
            }
        }
    }

    /// Nobody waits for it any more, whether or not it was told.
    fn is_cancelled(&self) -> bool {
        *self.signal.borrow() == Signal::Cancel
    }

    fn writes(&self) -> bool {
        self.results.as_ref().is_some_and(Results::writes)
    }

    /// What another owner has begun goes on in files of this one's own.
    async fn begin(&mut self) -> Result<(), Stop> {
        if let Some(error) = self.request.failing.clone() {
            return Err(Stop::End(MapRunEnd::Failed(error)));
        }
        if self.family.again && self.writes() {
            return self.tell_writing(self.request.mark, None).await;
        }
        Ok(())
    }

    /// The blobs that what is written behind the last mark names; what follows is durable after it.
    fn tell_named(&self, results: Vec<Arc<serde_json::Value>>) {
        if !results.is_empty() {
            let (reply, _) = oneshot::channel();
            let letter = Letter::MapRunProgressed { run: self.request.run, mark: self.last, results, reply };
            // Whoever has left does not answer what follows.
            let _ = self.live.send(letter);
        }
    }

    /// Makes durable where the results stand.
    async fn tell_writing(&self, mark: MapRunMark, error: Option<ErrorOutput>) -> Result<(), Stop> {
        let (reply, told) = oneshot::channel();
        let (run, owner) = (self.request.run, self.family.owner);
        let letter = Letter::MapRunWriting { run, owner, mark, error, reply };
        self.live.send(letter).map_err(|_| Stop::Left)?;
        told.await.map_err(|_| Stop::Left)
    }

    async fn drive(&mut self) -> Result<std::convert::Infallible, Stop> {
        self.judge()?;
        loop {
            self.launch();
            if self.is_done() {
                return Err(self.done().await);
            }
            self.tell(false).await?;
            let wants_items = self.ready.len() < self.at_once && !self.draining;
            tokio::select! {
                biased;
                changed = self.signal.changed() => self.on_signal(changed.is_ok())?,
                Some(ended) = self.running.join_next() => self.on_child(ended)?,
                told = told(&mut self.telling) => if told { self.telling = None } else { return Err(Stop::Left) },
                page = next(&mut self.feed), if wants_items => self.on_items(page)?,
            }
        }
    }

    fn on_signal(&mut self, is_there: bool) -> Result<(), Stop> {
        match &*self.signal.borrow_and_update() {
            _ if !is_there => Err(Stop::Left),
            Signal::Cancel => Err(Stop::Cancelled),
            Signal::Drain => {
                self.draining = true;
                Ok(())
            }
            Signal::Run => Ok(()),
        }
    }

    fn launch(&mut self) {
        let limit = self.told.saturating_add(self.ahead);
        while !self.draining && self.running.len() < self.at_once && self.next_child < limit {
            let Some(child) = self.ready.pop_front() else { return };
            self.next_child = child.index + 1;
            if !self.family.program.kind.is_express() {
                self.open.insert(child.index);
            }
            host::spawn_in(&mut self.running, Arc::clone(&self.family).run(child));
        }
    }

    fn is_done(&self) -> bool {
        self.running.is_empty() && (self.draining || (self.feed.is_none() && self.ready.is_empty()))
    }

    /// Everything has ended, or all that will here: a child that waits has left with the runtime, and goes on with the next one.
    async fn done(&mut self) -> Stop {
        let has_left = self.results.as_ref().is_none_or(|results| results.mark.children < self.next_child);
        if self.draining && (self.feed.is_some() || !self.ready.is_empty() || has_left) {
            return Stop::Left;
        }
        if let Err(stop) = self.judge() {
            return stop;
        }
        if let Err(stop) = self.tell(true).await {
            return stop;
        }
        match self.results.as_ref().map(|results| results.mark) {
            Some(mark) if mark.overflow => Stop::End(MapRunEnd::TooLarge),
            _ => Stop::End(MapRunEnd::Succeeded(None)),
        }
    }

    fn on_items(&mut self, page: Option<Result<Vec<Item>, String>>) -> Result<(), Stop> {
        let mut full = Vec::new();
        match page {
            Some(Ok(items)) => {
                for item in items {
                    let selected = self.select(item)?;
                    self.batcher.push(selected, &mut full);
                    self.next_item += 1;
                }
            }
            Some(Err(why)) => return Err(failed("States.ItemReaderFailed", why)),
            None => {
                self.feed = None;
                self.batcher.end(&mut full);
                self.total = Some(self.next_item);
            }
        }
        self.ready.extend(full);
        self.judge()
    }

    /// What a child gets of the item.
    fn select(&self, item: Item) -> Result<serde_json::Value, Stop> {
        let Some(selector) = &self.request.selector else { return Ok(plain(item)) };
        let seen =
            MapItem { index: self.next_item, key: item.key.as_deref(), value: &item.value, source: &self.source };
        let selected = selector.select(&self.machine.machine, seen);
        selected.map(crate::json::Json::into_value).map_err(|error| Stop::End(MapRunEnd::Failed(error)))
    }

    fn on_child(&mut self, ended: Result<ChildEnd, tokio::task::JoinError>) -> Result<(), Stop> {
        match ended {
            Ok(ChildEnd::Ended(ended)) => {
                self.open.remove(&ended.child.index);
                if ended.outcome.status != ExecutionStatus::Succeeded {
                    self.failed_items += ended.child.items;
                }
                if let Some(results) = &mut self.results {
                    results.take(ended, &self.family).map_err(|why| failed("States.ResultWriterFailed", why))?;
                }
                self.judge()
            }
            Ok(ChildEnd::Left) => {
                self.draining = true;
                Ok(())
            }
            Err(panic) => {
                tracing::error!(%panic, "a child of a map run ended without a word");
                Err(failed("States.Runtime", format!("a child of the map run panicked: {panic}")))
            }
        }
    }

    /// Whether more have failed than may: either threshold decides, and one of 0 is not set.
    fn judge(&self) -> Result<(), Stop> {
        let (count, percentage) = (self.request.plan.tolerated_count, self.request.plan.tolerated_percentage);
        let failed_items = self.failed_items;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let over = |total: u64| failed_items as f64 * 100.0 > percentage * total as f64;
        let exceeded = if count == 0 && percentage <= 0.0 {
            failed_items > 0
        } else {
            (count > 0 && failed_items > count) || (percentage > 0.0 && self.total.is_some_and(over))
        };
        if exceeded {
            let cause = "The specified tolerated failure threshold was exceeded".to_owned();
            return Err(failed("States.ExceedToleratedFailureThreshold", cause));
        }
        Ok(())
    }

    /// Tells how far it is, where that is worth a record: the further it is, the less often.
    async fn tell(&mut self, at_last: bool) -> Result<(), Stop> {
        if at_last && let Some(telling) = self.telling.take() {
            telling.await.map_err(|_| Stop::Left)?;
        }
        let Some(results) = &self.results else { return Ok(()) };
        let ahead = results.mark.children.saturating_sub(self.told);
        let worth = if at_last { 1 } else { (self.told / 256).clamp(1, MARK_EVERY) };
        if ahead < worth || self.telling.is_some() {
            return Ok(());
        }
        self.settle().await?;
        if at_last && let Some(telling) = self.telling.take() {
            telling.await.map_err(|_| Stop::Left)?;
        }
        Ok(())
    }

    /// Makes durable what is written, and sends the mark on its way.
    async fn settle(&mut self) -> Result<(), Stop> {
        let settled = self.blocking(Results::settle).await?;
        let Settled { mark, results } = settled.map_err(|why| failed("States.ResultWriterFailed", why))?;
        (self.last, self.told) = (mark, mark.children);
        let (reply, told) = oneshot::channel();
        let letter = Letter::MapRunProgressed { run: self.request.run, mark, results, reply };
        self.live.send(letter).map_err(|_| Stop::Left)?;
        self.telling = Some(told);
        Ok(())
    }

    /// Runs what may block: on a thread for that where files are written.
    async fn blocking<T: Send + 'static>(
        &mut self,
        run: impl FnOnce(&mut Results) -> T + Send + 'static,
    ) -> Result<T, Stop> {
        let Some(mut results) = self.results.take() else { return Err(Stop::Left) };
        if !results.writes() {
            let done = run(&mut results);
            self.results = Some(results);
            return Ok(done);
        }
        let joined = host::spawn_blocking(move || {
            let done = run(&mut results);
            (results, done)
        });
        let (results, done) = joined.await.map_err(|_| Stop::Left)?;
        self.results = Some(results);
        Ok(done)
    }

    /// Ends what runs and what is written; `None` where that is the next owner's. What the files are to have is durable before
    /// they get their names.
    async fn end(&mut self, end: MapRunEnd) -> Option<MapRunEnd> {
        self.stop_children().await;
        match end {
            MapRunEnd::Succeeded(_) => Some(match self.publish().await? {
                Ok(result) => MapRunEnd::Succeeded(result.map(Arc::new)),
                Err(why) => MapRunEnd::Failed(error("States.ResultWriterFailed", why)),
            }),
            MapRunEnd::Failed(error) if self.writes() => {
                if self.request.failing.is_none() {
                    let family = Arc::clone(&self.family);
                    let rest = move |results: &mut Results| results.give_up(&family).and_then(|()| results.settle());
                    match self.blocking(rest).await.ok()? {
                        Ok(settled) => {
                            self.tell_named(settled.results);
                            self.tell_writing(settled.mark, Some(error.clone())).await.ok()?;
                        }
                        // What cannot be written has no name.
                        Err(_) => return Some(MapRunEnd::Failed(error)),
                    }
                }
                if let Err(why) = self.publish().await? {
                    tracing::warn!(why, "the results of a map run that has failed cannot be written");
                }
                Some(MapRunEnd::Failed(error))
            }
            end => Some(end),
        }
    }

    /// Ends the files, which are the result; `None` where the runtime is going.
    async fn publish(&mut self) -> Option<Result<Option<serde_json::Value>, String>> {
        let (arn, family) = (Arc::clone(&self.request.arn), Arc::clone(&self.family));
        let rest = move |results: &mut Results| results.give_up(&family).and_then(|()| results.finish(&arn));
        self.blocking(rest).await.ok()
    }

    /// Those that would go on by themselves.
    async fn stop_children(&mut self) {
        // Whoever is being started is there afterwards, or never will be.
        self.running.shutdown().await;
        for index in std::mem::take(&mut self.open) {
            self.family.stop(index);
        }
        self.family.stop_rest();
    }
}

async fn next(feed: &mut Option<Feed>) -> Option<Result<Vec<Item>, String>> {
    match feed {
        Some(feed) => feed.next().await,
        None => std::future::pending().await,
    }
}

/// Whether the mark is durable.
async fn told(telling: &mut Option<oneshot::Receiver<()>>) -> bool {
    match telling {
        Some(telling) => telling.await.is_ok(),
        None => std::future::pending().await,
    }
}

pub(super) fn error(name: &str, cause: String) -> ErrorOutput {
    ErrorOutput { error: Some(name.to_owned()), cause: Some(cause) }
}

fn failed(name: &str, cause: String) -> Stop {
    Stop::End(MapRunEnd::Failed(error(name, cause)))
}
