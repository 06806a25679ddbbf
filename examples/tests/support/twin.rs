//! One body, as a workflow and as plain Rust: both must end alike.
//!
//! Whoever has this module has a macro `plain_steps` at its root, which names its steps as plain Rust.
#![allow(dead_code, unused_imports, unused_macros, reason = "each test binary uses its part")]

use workflow_runtime::prelude::*;

/// What a map is as plain Rust: one after the other.
pub async fn try_map<I: IntoIterator, T>(
    items: I,
    body: impl AsyncFn(I::Item) -> std::result::Result<T, WorkflowError>,
) -> std::result::Result<Vec<T>, WorkflowError> {
    let mut all = Vec::new();
    for item in items {
        all.push(body(item).await?);
    }
    Ok(all)
}

/// A block whose failure is of this type.
pub async fn block<T>(body: impl Future<Output = Result<T>>) -> Result<T> {
    body.await
}

/// `try_join!` as plain Rust, one after the other.
macro_rules! try_join_plainly {
    (@ [$($done:tt)*]) => { (async { Ok::<_, WorkflowError>(($($done)*)) }).await };
    (@ [$($done:tt)*] async $body:block $(, $($rest:tt)*)?) => {
        $crate::twin::try_join_plainly!(@ [$($done)* $crate::twin::block(async $body).await?,] $($($rest)*)?)
    };
    (@ [$($done:tt)*] $call:expr $(, $($rest:tt)*)?) => {
        $crate::twin::try_join_plainly!(@ [$($done)* $call.await?,] $($($rest)*)?)
    };
    ($($all:tt)+) => { $crate::twin::try_join_plainly!(@ [] $($all)+) };
}
pub(crate) use try_join_plainly;

/// Runs what never waits; a panic is an error.
pub fn plainly<F: Future>(body: impl FnOnce() -> F) -> std::thread::Result<F::Output> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::pin::pin!(body()).poll(&mut context) {
            std::task::Poll::Ready(end) => end,
            std::task::Poll::Pending => unreachable!("plain steps never wait"),
        }
    }))
}

/// One body as a workflow and as plain Rust.
macro_rules! twin {
    ($plain:ident: async fn $name:ident($($input:ident: $ty:ty)?) -> Result<$output:ty> { $($body:tt)* }) => {
        workflow!(
            pub async fn $name($($input: $ty)?) -> Result<$output> { $($body)* }
        );
        pub mod $plain {
            use super::*;
            crate::plain_steps!();
            use crate::twin::{try_join_plainly as try_join, try_map};

            pub async fn plain($($input: $ty)?) -> workflow_runtime::prelude::Result<$output> { $($body)* }
        }
    };
}

/// Runs both and compares, for each input.
macro_rules! same {
    ($bench:ident, $plain:ident as $workflow:ident, $($input:expr),+ $(,)?) => {
        $(
            let input = $input;
            let given = input.clone();
            // A panic of plain Rust is a failure of the state.
            let end = match crate::twin::plainly(|| $plain::plain(given)) {
                Ok(Ok(value)) => crate::harness::ok(value),
                // A plain step's failure has no name.
                Ok(Err(_)) => crate::harness::err("*"),
                Err(_) => crate::harness::err("States.QueryEvaluationError"),
            };
            $bench.run::<$workflow>(input, &[], end, "*").await;
        )+
    };
}

pub(crate) use {same, twin};
