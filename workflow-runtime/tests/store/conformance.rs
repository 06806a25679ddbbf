//! The conformance cases as whoever writes a store of their own runs them.

use std::sync::Mutex;

use tempfile::TempDir;
use workflow_runtime::store::conformance::StoreFactory;
use workflow_runtime::store::{SledStore, Store};

#[derive(Default)]
struct Sled(Mutex<Option<TempDir>>);

impl StoreFactory for Sled {
    fn create(&self) -> Box<dyn Store> {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SledStore::open(folder.path()).expect("open");
        *self.0.lock().expect("lock") = Some(folder);
        Box::new(store)
    }

    fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
        drop(store);
        let folder = self.0.lock().expect("lock");
        Box::new(SledStore::open(folder.as_ref().expect("created").path()).expect("open again"))
    }
}

workflow_runtime::store_conformance!(Sled::default());
