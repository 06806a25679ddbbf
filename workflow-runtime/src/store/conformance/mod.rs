//! What every store must do, as cases that a store runs against itself.
//!
//! [`store_conformance!`](crate::store_conformance) expands to one `#[test]` per case, so that no store forgets one:
//!
//! ```
//! use workflow_runtime::store::conformance::StoreFactory;
//! use workflow_runtime::store::{MemoryStore, Store};
//!
//! struct Memory;
//! impl StoreFactory for Memory {
//!     fn create(&self) -> Box<dyn Store> {
//!         Box::new(MemoryStore::new())
//!     }
//!     fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
//!         store // nothing outlives it
//!     }
//! }
//! workflow_runtime::store_conformance!(Memory);
//! ```
//!
//! The cases panic with what they expected: they are tests.

mod definitions;
mod lifecycle;
mod ownership;
mod pruning;
mod reading;
mod reopening;
mod sequence;

pub use sequence::{Change, Operation, compare};

use super::{Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, Store};
use crate::engine::ExecutionStatus;
use crate::time::Timestamp;

/// Makes the stores that the cases run on.
pub trait StoreFactory {
    /// A new, empty store.
    fn create(&self) -> Box<dyn Store>;

    /// Closes the store and opens again what it kept; a store that keeps nothing beyond its life is given back as it is.
    fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store>;
}

/// A case: panics where the store does not do what it must.
pub type Case = fn(&dyn StoreFactory);

/// Names every case once, for the list and for the macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_cases {
    ($then:path $(, $argument:tt)?) => {
        $then! { ($($argument)?)
            lifecycle: a_new_store_is_empty
            lifecycle: the_first_record_makes_an_execution_visible
            lifecycle: records_keep_their_order
            lifecycle: a_batch_is_all_or_nothing
            lifecycle: a_head_must_name_its_own_execution
            lifecycle: an_empty_batch_changes_nothing
            lifecycle: an_ended_execution_stays_readable
            lifecycle: a_redriven_execution_goes_on
            lifecycle: records_may_be_empty_or_large
            lifecycle: one_batch_may_hold_a_whole_execution
            ownership: claim_raises_the_fencing_number
            ownership: an_old_fencing_number_is_refused
            ownership: claim_finds_only_what_is_unfinished
            ownership: numbers_are_never_given_twice
            reading: find_goes_by_workflow_and_name
            reading: odd_names_are_kept_apart
            reading: list_is_newest_first_and_pages
            reading: list_filters_by_workflow_and_status
            reading: list_gives_a_hundred_by_default
            reading: readers_never_see_half_a_batch
            definitions: definitions_are_found_by_hash
            definitions: repeating_a_definition_changes_nothing
            definitions: definitions_may_be_large
            pruning: pruning_forgets_what_ended_before
            pruning: a_forgotten_name_is_free_again
            pruning: of_those_that_are_named_no_other_is_forgotten
            pruning: pruning_is_done_in_pieces
            pruning: only_the_owner_prunes
            pruning: what_is_forgotten_stays_forgotten
            pruning: an_execution_that_runs_again_is_kept
            reopening: everything_survives_reopening
            reopening: fencing_goes_on_after_reopening
            reopening: a_redrive_survives_reopening
            reopening: a_late_record_leaves_the_end
            reopening: many_executions_come_and_go
            reopening: a_parked_execution_outlives_the_others
            reopening: an_execution_may_have_many_records
        }
    };
}

macro_rules! list_cases {
    (() $($module:ident: $case:ident)*) => {
        /// Every case by name.
        pub const CASES: &[(&str, Case)] = &[$((stringify!($case), $module::$case)),*];
    };
}
__store_cases!(list_cases);

/// Runs one case by name.
///
/// # Panics
/// Where the store does not do what it must, or there is no such case.
pub fn run(case: &str, factory: &dyn StoreFactory) {
    let (_, case) = CASES.iter().find(|(name, _)| *name == case).expect("a case of this name");
    case(factory);
}

/// One `#[test]` per conformance case, on the store that this [`StoreFactory`](crate::store::conformance::StoreFactory)
/// expression makes.
#[macro_export]
macro_rules! store_conformance {
    ($factory:expr) => {
        $crate::__store_cases!($crate::__store_tests, ($factory));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_tests {
    ((($factory:expr)) $($module:ident: $case:ident)*) => {
        $(
            #[test]
            fn $case() {
                $crate::store::conformance::run(stringify!($case), &$factory);
            }
        )*
    };
}

/// A running head.
pub(crate) fn head(number: u64, workflow: &str, name: &str) -> ExecutionHead {
    ExecutionHead {
        number: ExecutionNumber(number),
        workflow: workflow.to_owned(),
        name: name.to_owned(),
        definition: DefinitionHash([7; 32]),
        status: ExecutionStatus::Running,
        started_at: Timestamp::from_millis(1_767_225_600_000),
        stopped_at: None,
    }
}

/// The same head, ended.
pub(crate) fn ended(mut head: ExecutionHead, status: ExecutionStatus) -> ExecutionHead {
    head.status = status;
    head.stopped_at = Some(Timestamp::from_millis(1_767_225_601_000));
    head
}

/// The first record.
pub(crate) fn first(head: &ExecutionHead, record: &[u8]) -> Commit {
    Commit { number: head.number, record: record.to_vec(), head: Some(head.clone()) }
}

/// A record that leaves the status as it is.
pub(crate) fn next(number: u64, record: &[u8]) -> Commit {
    Commit { number: ExecutionNumber(number), record: record.to_vec(), head: None }
}

/// Claims and takes the fencing number.
pub(crate) fn own(store: &dyn Store) -> Fencing {
    store.claim().expect("claim").fencing
}

/// The records of an execution that must be there.
pub(crate) fn records(store: &dyn Store, number: u64) -> Vec<Vec<u8>> {
    store.load(ExecutionNumber(number)).expect("load").expect("the execution is stored").records
}
