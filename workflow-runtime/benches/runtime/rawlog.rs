//! The limit: a file, one thread, append and fdatasync, whoever waits shares the next one.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};

use tokio::sync::oneshot;

type Entry = (Vec<u8>, oneshot::Sender<()>);

/// An append-only log.
pub(crate) struct RawLog {
    queue: mpsc::Sender<Entry>,
    file: Arc<Mutex<File>>,
}

impl RawLog {
    pub(crate) fn open(path: &Path) -> Self {
        let file = Arc::new(Mutex::new(File::create(path).expect("a log")));
        let (queue, waiting) = mpsc::channel::<Entry>();
        let shared = Arc::clone(&file);
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let mut waiters = Vec::new();
            while let Ok(first) = waiting.recv() {
                for (record, waiter) in std::iter::once(first).chain(waiting.try_iter()) {
                    bytes.extend_from_slice(&record);
                    waiters.push(waiter);
                }
                flush(&shared, &bytes);
                bytes.clear();
                for waiter in waiters.drain(..) {
                    // Whoever asked may be gone.
                    let _ = waiter.send(());
                }
            }
        });
        Self { queue, file }
    }

    pub(crate) async fn append(&self, record: Vec<u8>) {
        let (waiter, durable) = oneshot::channel();
        self.queue.send((record, waiter)).expect("the log's thread lives");
        durable.await.expect("the log's thread lives");
    }

    /// Without a thread between.
    pub(crate) fn append_here(&self, record: &[u8]) {
        flush(&self.file, record);
    }
}

fn flush(file: &Mutex<File>, bytes: &[u8]) {
    let mut file = file.lock().expect("no flush panicked");
    file.write_all(bytes).expect("the disk takes it");
    file.sync_data().expect("the disk keeps it");
}
