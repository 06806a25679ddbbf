//! The stores against the conformance cases and against each other.

mod memory {
    use crate::store::conformance::StoreFactory;
    use crate::store::{MemoryStore, Store};

    struct Memory;

    impl StoreFactory for Memory {
        fn create(&self) -> Box<dyn Store> {
            Box::new(MemoryStore::new())
        }

        fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
            store
        }
    }

    crate::store_conformance!(Memory);
}
