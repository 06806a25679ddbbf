//! Maps: one body for each item.

use super::{Attributes, Block, Expr, Pattern, TypeOf};
use crate::step::RetrySpec;

/// `try_map(items, async |item| { .. }).await`: a `Result<Vec<T>, WorkflowError>`.
#[derive(Clone, Debug)]
pub struct Map {
    /// What it goes over.
    pub items: Items,
    /// The closure's parameter.
    pub parameter: Pattern,
    /// Its type, where it is annotated.
    pub ty: Option<TypeOf>,
    /// The closure's body, ending in `Ok(..)`/a result as Rust has it.
    pub body: Block,
    /// `try_map_distributed`: every item, or batch of items, is an execution of its own.
    pub distributed: bool,
    /// The attributes of maps.
    pub options: MapOptions,
    /// Name, comment and retriers.
    pub attributes: &'static Attributes,
}

/// What a map goes over.
#[derive(Clone, Debug)]
pub enum Items {
    /// A list.
    List {
        /// The list.
        list: &'static Expr,
        /// `.enumerate()`: what the closure is given is `(index, item)`.
        enumerated: bool,
    },
    /// `csv::<Row>(bucket, key)` and its like.
    Source {
        /// Which.
        kind: SourceKind,
        /// `Row`
        item: TypeOf,
        /// Bucket and key, or bucket and prefix.
        arguments: &'static [Expr],
    },
}

/// Where a distributed map reads its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A file of comma-separated values with a header.
    Csv,
    /// A file that holds one JSON array.
    Json,
    /// A file with a JSON value a line.
    JsonLines,
    /// The objects of a bucket under a prefix.
    Objects,
}

/// The attributes of maps.
#[derive(Clone, Debug)]
pub struct MapOptions {
    /// `#[max_concurrency(5)]`
    pub max_concurrency: Option<Expr>,
    /// `#[tolerated_failure_percentage(10)]`
    pub tolerated_failure_percentage: Option<Expr>,
    /// `#[tolerated_failure_count(3)]`
    pub tolerated_failure_count: Option<Expr>,
    /// `#[max_items(1_000)]`: of the source, no more than these.
    pub max_items: Option<Expr>,
    /// `#[batch(max_items = 100)]`: what the closure is given is a list.
    pub batch: Option<Batch>,
    /// `#[result_writer(bucket = "..", prefix = "..")]`: bucket and prefix.
    pub result_writer: Option<(Expr, Expr)>,
    /// `#[express]`: the items' executions are Express.
    pub express: bool,
    /// `#[retry(..)]`: of the whole map, every item again.
    pub retry: &'static [RetrySpec],
    /// `#[label = ".."]`: names the map run in ARNs.
    pub label: Option<&'static str>,
}

impl MapOptions {
    /// No attribute at all.
    pub const NONE: Self = Self {
        max_concurrency: None,
        tolerated_failure_percentage: None,
        tolerated_failure_count: None,
        max_items: None,
        batch: None,
        result_writer: None,
        express: false,
        retry: &[],
        label: None,
    };
}

/// `#[batch(max_items = 100, max_bytes = 65_536)]`
#[derive(Clone, Debug)]
pub struct Batch {
    /// At most so many items.
    pub max_items: Option<Expr>,
    /// At most so many bytes of input.
    pub max_bytes: Option<Expr>,
}
