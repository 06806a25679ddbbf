//! Where items come from: a list in memory, or a file that is read as fast as items are taken.

mod csv;
mod document;
mod lines;
mod listing;

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::buckets::Buckets;
use crate::engine::{ItemFormat, ItemSource};
use crate::json::Json;
use crate::runtime::host;

/// Items that are handed over at once.
const CHUNK: usize = 512;
/// Chunks that wait to be taken.
const CHUNKS_AHEAD: usize = 4;
const READ_BUFFER: usize = 256 * 1024;

/// An item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    /// Its name, where the items are an object's fields.
    pub(super) key: Option<Arc<str>>,
    pub(super) value: Value,
}

/// Why there are no more items: a text for people.
pub(super) type ReadError = String;

/// Items, some at a time.
#[derive(Debug)]
pub(super) enum Feed {
    /// These, from here on.
    List { items: Json, at: usize },
    /// What a thread reads.
    Read(mpsc::Receiver<Result<Vec<Item>, ReadError>>),
}

impl Feed {
    /// The items of a map run from number `skip` on.
    ///
    /// # Errors
    /// No such bucket, no such object.
    pub(super) fn open(source: &ItemSource, items: &Json, skip: u64, buckets: &Buckets) -> Result<Self, ReadError> {
        let mut pages = Pages { skip, left: u64::MAX, page: Vec::new(), sender: None };
        let mut limited = |max_items: u64| {
            if max_items > 0 {
                pages.left = max_items;
            }
        };
        match source {
            ItemSource::Items(_) => {
                Ok(Self::List { items: items.clone(), at: usize::try_from(skip).unwrap_or(usize::MAX) })
            }
            ItemSource::Object { bucket, key, format, max_items } => {
                limited(*max_items);
                let path = buckets.file(bucket, key)?;
                let uri = format!("s3://{bucket}/{key}");
                let file = File::open(&path)
                    .map_err(|error| format!("{uri} ({}) cannot be read: {error} [WF2202]", path.display()))?;
                if file.metadata().is_ok_and(|about| about.is_dir()) {
                    return Err(format!("{uri} ({}) is a folder [WF2202]", path.display()));
                }
                let reader = BufReader::with_capacity(READ_BUFFER, file);
                let format = format.clone();
                Ok(read(pages, move |pages| {
                    let done = match &format {
                        ItemFormat::Json { pointer } => document::read(reader, pointer, pages),
                        ItemFormat::JsonLines => lines::read(reader, pages),
                        ItemFormat::Csv { delimiter, headers } => {
                            csv::read(reader, *delimiter, headers.as_deref(), pages)
                        }
                    };
                    done.map_err(|stop| stop.map(|why| format!("{uri}: {why} [WF2203]")))
                }))
            }
            ItemSource::Listing { bucket, prefix, max_items } => {
                limited(*max_items);
                let folder = buckets.folder(bucket)?;
                if !folder.is_dir() {
                    let folder = folder.display();
                    return Err(format!("bucket `{bucket}` has no folder {folder} here [WF2202]"));
                }
                let (bucket, prefix) = (bucket.clone(), prefix.clone());
                Ok(read(pages, move |pages| {
                    let done = listing::read(&folder, &prefix, pages);
                    done.map_err(|stop| stop.map(|why| format!("s3://{bucket}/{prefix}: {why} [WF2202]")))
                }))
            }
        }
    }

    /// The next items; `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Result<Vec<Item>, ReadError>> {
        match self {
            Self::List { items, at } => {
                let page: Vec<Item> = match &**items {
                    Value::Array(items) => items.iter().skip(*at).take(CHUNK).map(|value| item(None, value)).collect(),
                    Value::Object(fields) => {
                        fields.iter().skip(*at).take(CHUNK).map(|(key, value)| item(Some(key), value)).collect()
                    }
                    _ => Vec::new(),
                };
                *at = at.saturating_add(page.len());
                (!page.is_empty()).then_some(Ok(page))
            }
            Self::Read(pages) => pages.recv().await,
        }
    }

    /// How many items there are in all, where that is known before the last is taken.
    pub(super) fn total(&self) -> Option<u64> {
        match self {
            Self::List { items, .. } => match &**items {
                Value::Array(items) => Some(items.len() as u64),
                Value::Object(fields) => Some(fields.len() as u64),
                _ => Some(0),
            },
            Self::Read(_) => None,
        }
    }
}

fn item(key: Option<&String>, value: &Value) -> Item {
    Item { key: key.map(|key| Arc::from(key.as_str())), value: value.clone() }
}

/// What a child gets of an item where no selector says otherwise.
pub(super) fn plain(item: Item) -> Value {
    match item.key {
        Some(key) => json!({ "Key": &*key, "Value": item.value }),
        None => item.value,
    }
}

/// Runs a reader on a thread of its own.
fn read(mut pages: Pages, run: impl FnOnce(&mut Pages) -> Result<(), Stop> + Send + 'static) -> Feed {
    let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
    pages.sender = Some(sender.clone());
    host::spawn_reader(move || {
        let done = run(&mut pages).and_then(|()| pages.flush());
        if let Err(Some(why)) = done {
            // Nobody may be left to hear it.
            let _ = sender.blocking_send(Err(why));
        }
    });
    Feed::Read(receiver)
}

/// Why a reader ends before the end: a fault, or `None` where nobody wants more.
type Stop = Option<ReadError>;

/// Takes a reader's items, leaves out those that are not wanted, and hands the others on.
struct Pages {
    /// So many come first that were taken before.
    skip: u64,
    /// So many are wanted, those before included.
    left: u64,
    page: Vec<Item>,
    sender: Option<mpsc::Sender<Result<Vec<Item>, ReadError>>>,
}

impl Pages {
    /// Whether the next item is one that was taken before, which then need not be made: it is counted.
    fn passes(&mut self) -> Result<bool, Stop> {
        if self.left == 0 {
            self.flush()?;
            return Err(None);
        }
        self.left -= 1;
        if self.skip > 0 {
            self.skip -= 1;
            return Ok(true);
        }
        Ok(false)
    }

    /// Takes an item that did not pass.
    fn push(&mut self, key: Option<&str>, value: Value) -> Result<(), Stop> {
        self.page.push(Item { key: key.map(Arc::from), value });
        if self.page.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Stop> {
        if self.page.is_empty() {
            return Ok(());
        }
        let page = std::mem::replace(&mut self.page, Vec::with_capacity(CHUNK));
        match &self.sender {
            Some(sender) => sender.blocking_send(Ok(page)).map_err(|_| None),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
