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

#[cfg(feature = "sled")]
mod sled {
    use std::sync::Mutex;
    use std::time::Duration;

    use proptest::prelude::*;
    use tempfile::TempDir;

    use crate::store::conformance::{Change, Operation, StoreFactory, compare};
    use crate::store::{Durability, MemoryStore, SledOptions, Store};

    /// Makes sled stores in folders of their own.
    struct Sled {
        options: fn() -> SledOptions,
        folder: Mutex<Option<TempDir>>,
    }

    impl Sled {
        fn new(options: fn() -> SledOptions) -> Self {
            Self { options, folder: Mutex::new(None) }
        }
    }

    impl StoreFactory for Sled {
        fn create(&self) -> Box<dyn Store> {
            let folder = tempfile::tempdir().expect("a folder");
            let store = (self.options)().open(folder.path()).expect("open");
            *self.folder.lock().expect("lock") = Some(folder);
            Box::new(store)
        }

        fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
            drop(store);
            let folder = self.folder.lock().expect("lock");
            Box::new((self.options)().open(folder.as_ref().expect("created").path()).expect("open again"))
        }
    }

    mod as_it_comes {
        use super::{Sled, SledOptions};
        crate::store_conformance!(Sled::new(SledOptions::new));
    }

    mod with_upkeep_at_every_commit {
        use super::{Sled, SledOptions};
        crate::store_conformance!(Sled::new(|| SledOptions::new().tiny()));
    }

    mod relaxed {
        use super::{Durability, Duration, Sled, SledOptions};
        crate::store_conformance!(Sled::new(|| {
            SledOptions::new().durability(Durability::Relaxed(Duration::from_millis(5)))
        }));
    }

    struct Memory;

    impl StoreFactory for Memory {
        fn create(&self) -> Box<dyn Store> {
            Box::new(MemoryStore::new())
        }

        fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
            store
        }
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![2 => Just(Change::Begin), 4 => Just(Change::Keep), 3 => any::<u8>().prop_map(Change::Turn)]
    }

    fn operation() -> impl Strategy<Value = Operation> {
        let length = prop_oneof![8 => 8_u16..200, 1 => 200_u16..20_000];
        let list = (
            proptest::option::of(any::<u8>()),
            proptest::option::of(any::<u8>()),
            0_u8..9,
            proptest::option::of(any::<u16>()),
        );
        prop_oneof![
            12 => proptest::collection::vec((any::<u16>(), change(), length), 1..12).prop_map(Operation::Commit),
            2 => Just(Operation::Reopen),
            1 => Just(Operation::Claim),
            1 => Just(Operation::CommitStale),
            3 => any::<u16>().prop_map(Operation::Find),
            3 => any::<u16>().prop_map(Operation::Load),
            3 => list.prop_map(|(workflow, status, limit, before)| Operation::List { workflow, status, limit, before }),
            1 => (0_u8..5).prop_map(Operation::PutDefinition),
            1 => (0_u8..5).prop_map(Operation::Definition),
        ]
    }

    /// Fewer than proptest's own number: each case opens many databases. `PROPTEST_CASES` asks for more.
    fn cases() -> u32 {
        std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(40)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn sled_answers_as_memory_does(operations in proptest::collection::vec(operation(), 1..80)) {
            compare(&Memory, &Sled::new(|| SledOptions::new().tiny()), &operations);
        }
    }
}
