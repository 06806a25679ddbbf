//! The limit: one thread that appends to a file and calls fdatasync; whoever waits shares the next one.
//!
//! Twice: a log that grows, as every log does that keeps what it is told, so that each sync writes the file's new length too;
//! and one that overwrites a preallocated file round and round, which keeps nothing and is the disk's own limit.
//!
//! It is driven as the runtime drives its store: a queue behind a mutex, a condition variable that wakes the thread, a
//! waker for each waiter that the thread wakes after the sync.

use std::fs::{File, OpenOptions};
use std::future::poll_fn;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::Poll;
use std::thread::JoinHandle;

use futures_util::task::AtomicWaker;
use workflow_runtime::store::{
    Claim, Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, ListQuery, Store, StoreError,
    StoredExecution,
};

/// Of the file that is overwritten: written and synced whole before anything is measured.
const CAPACITY: usize = 32 << 20;

/// A file without structure.
#[derive(Debug)]
pub(crate) struct RawFile {
    file: File,
    end: AtomicU64,
    capacity: u64,
}

impl RawFile {
    /// Grows with each append.
    pub(crate) fn growing(path: &Path) -> Self {
        let file = OpenOptions::new().create(true).truncate(true).write(true).open(path).expect("a log");
        file.sync_all().expect("the disk keeps it");
        Self { file, end: AtomicU64::new(0), capacity: u64::MAX }
    }

    /// Written round and round.
    pub(crate) fn preallocated(path: &Path) -> Self {
        let made = Self::growing(path);
        made.file.write_all_at(&vec![0; CAPACITY], 0).expect("the disk has room");
        made.file.sync_all().expect("the disk keeps it");
        Self { capacity: CAPACITY as u64, ..made }
    }

    /// Not for two threads at once.
    pub(crate) fn append(&self, bytes: &[u8]) {
        let mut at = self.end.load(Ordering::Relaxed);
        if at + bytes.len() as u64 > self.capacity {
            at = 0;
        }
        self.file.write_all_at(bytes, at).expect("the disk takes it");
        self.file.sync_data().expect("the disk keeps it");
        self.end.store(at + bytes.len() as u64, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Slot {
    durable: AtomicBool,
    waker: AtomicWaker,
}

#[derive(Default)]
struct Queue {
    records: Vec<Vec<u8>>,
    waiters: Vec<Arc<Slot>>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    bell: Condvar,
}

/// Group commit to a raw file.
pub(crate) struct RawLog {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl RawLog {
    pub(crate) fn start(file: Arc<RawFile>) -> Self {
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let thread = Some(std::thread::spawn(move || run(&of_thread, &file)));
        Self { shared, thread }
    }

    /// So many appends by one waiter, each durable before the next.
    pub(crate) async fn append_each(&self, appends: usize, record: &[u8]) {
        let slot = Arc::new(Slot::default());
        for _ in 0..appends {
            slot.durable.store(false, Ordering::Relaxed);
            {
                let mut queue = self.shared.queue.lock().expect("no holder panicked");
                queue.records.push(record.to_vec());
                queue.waiters.push(Arc::clone(&slot));
                if queue.records.len() == 1 {
                    self.shared.bell.notify_one();
                }
            }
            poll_fn(|cx| {
                if !slot.durable.load(Ordering::Acquire) {
                    slot.waker.register(cx.waker());
                }
                if slot.durable.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    }
}

impl Drop for RawLog {
    fn drop(&mut self) {
        self.shared.queue.lock().expect("no holder panicked").closed = true;
        self.shared.bell.notify_one();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the log's thread does not panic");
        }
    }
}

fn run(shared: &Shared, file: &RawFile) {
    let (mut bytes, mut wakers) = (Vec::new(), Vec::new());
    loop {
        let (records, waiters) = {
            let mut queue = shared.queue.lock().expect("no holder panicked");
            while queue.records.is_empty() {
                if queue.closed {
                    return;
                }
                queue = shared.bell.wait(queue).expect("no holder panicked");
            }
            (std::mem::take(&mut queue.records), std::mem::take(&mut queue.waiters))
        };
        bytes.clear();
        for record in records {
            bytes.extend_from_slice(&record);
        }
        file.append(&bytes);
        for slot in waiters {
            slot.durable.store(true, Ordering::Release);
            wakers.extend(slot.waker.take());
        }
        wakers.drain(..).for_each(std::task::Waker::wake);
    }
}

/// A store that keeps nothing but the cost of a raw log: what the runtime itself takes, without sled.
#[derive(Debug)]
pub(crate) struct RawStore(pub(crate) Arc<RawFile>);

impl Store for RawStore {
    fn may_be_transient(&self) -> bool {
        false
    }

    fn claim(&self) -> Result<Claim, StoreError> {
        Ok(Claim { fencing: Fencing(1), unfinished: Vec::new(), next_number: ExecutionNumber(1) })
    }

    fn commit(&self, _: Fencing, batch: Vec<Commit>) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        for commit in batch {
            bytes.extend_from_slice(&commit.record);
        }
        self.0.append(&bytes);
        Ok(())
    }

    fn find(&self, _: &str, _: &str) -> Result<Option<ExecutionHead>, StoreError> {
        Ok(None)
    }

    fn load(&self, _: ExecutionNumber) -> Result<Option<StoredExecution>, StoreError> {
        Ok(None)
    }

    fn list(&self, _: &ListQuery) -> Result<Vec<ExecutionHead>, StoreError> {
        Ok(Vec::new())
    }

    fn put_definition(&self, _: DefinitionHash, _: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn definition(&self, _: DefinitionHash) -> Result<Option<String>, StoreError> {
        Ok(None)
    }
}
