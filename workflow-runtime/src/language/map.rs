//! [`try_map`] and [`try_map_distributed`], for the checked copy.

use crate::source::{MapRunResult, Source};
use crate::step::{ErrorOutput, StepError, WorkflowError, never_run};

type Result<T> = std::result::Result<T, WorkflowError>;

/// Runs steps for each item of a list: `try_map(order.items, async |item| pack(item).await).await?` is a `Vec` of what the
/// iterations yield, in the items' order.
///
/// The iterations run side by side, as many at once as `#[max_concurrency(n)]` on the statement says. The first failure fails
/// the whole map.
#[expect(non_camel_case_types, reason = "it is called like a function")]
#[derive(Debug)]
pub struct try_map {}

impl try_map {
    #[doc(hidden)]
    pub fn __call<I, T>(_: Source<I>, _: impl FnMut(I) -> Result<T>) -> Result<Vec<T>> {
        never_run()
    }
}

/// [`try_map`] for many items: each item, or batch of items, is an execution of its own.
///
/// The items are a list or a [`source`](crate::source). `#[batch(max_items = 100)]` gives the closure a `Vec` of items,
/// `#[result_writer(bucket = "..", prefix = "..")]` writes the results to files.
#[expect(non_camel_case_types, reason = "it is called like a function")]
#[derive(Debug)]
pub struct try_map_distributed {}

impl try_map_distributed {
    #[doc(hidden)]
    pub fn __call<I, T>(_: Source<I>, _: impl FnMut(I) -> Result<T>) -> Result<Vec<T>> {
        never_run()
    }
}

/// What a map goes over.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a map goes over a list, and this is a `{Self}`",
    label = "neither a list nor a source of items",
    note = "`try_map_distributed` also goes over `source::csv::<Row>(bucket, key)` and its like"
)]
pub trait MapItems {
    /// What the closure is given.
    type Item;
}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator> MapItems for I {
    type Item = I::Item;
}

impl<T> MapItems for Source<T> {
    type Item = T;
}

/// A list as a source of its items.
#[doc(hidden)]
pub fn map_items<I: MapItems>(_: I) -> Source<I::Item> {
    never_run()
}

/// `.enumerate()`
#[doc(hidden)]
pub fn enumerated<T>(_: Source<T>) -> Source<(usize, T)> {
    never_run()
}

/// `#[batch(..)]`
#[doc(hidden)]
pub fn batched<T>(_: Source<T>) -> Source<Vec<T>> {
    never_run()
}

/// `#[result_writer(..)]`
#[doc(hidden)]
pub fn written<T>(_: Result<T>) -> Result<MapRunResult> {
    never_run()
}

/// `#[tolerated_failure_count(..)]`, `#[tolerated_failure_percentage(..)]`
#[doc(hidden)]
pub fn tolerated<T>(_: Result<Vec<T>>) -> Result<Vec<std::result::Result<T, ErrorOutput>>> {
    never_run()
}

/// An attribute's whole number.
#[doc(hidden)]
#[diagnostic::on_unimplemented(message = "this attribute takes a whole number", label = "a `{Self}`")]
pub trait WholeNumber {}

/// An attribute's percentage.
#[doc(hidden)]
#[diagnostic::on_unimplemented(message = "this attribute takes a percentage", label = "a `{Self}`")]
pub trait Percentage {}

macro_rules! numbers {
    ($name:ident: $($ty:ty)*) => { $(impl $name for $ty {})* };
}

numbers!(WholeNumber: u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
numbers!(Percentage: u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64);

/// Checks an attribute's number.
#[doc(hidden)]
pub fn whole_number<T: WholeNumber>(_: T) {}

/// Checks an attribute's percentage.
#[doc(hidden)]
pub fn percentage<T: Percentage>(_: T) {}

/// Checks an attribute's text.
#[doc(hidden)]
pub fn text(_: impl Into<String>) {}

/// Checks the error that a retry names.
#[doc(hidden)]
pub fn retried<E: StepError>(_: fn(E)) {}
