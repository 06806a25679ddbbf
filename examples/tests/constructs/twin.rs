//! One body twice: as a workflow, and as the Rust that it looks like.

use std::sync::atomic::{AtomicI64, Ordering};

use workflow_runtime::prelude::*;

use crate::world::Fault;

/// A workflow, and a plain async function of the same body in a module of that name.
macro_rules! twin {
    ($(#[$lint:meta])* $plain:ident: async fn $name:ident($input:ident: $ty:ty) -> Result<$output:ty> { $($body:tt)* }) => {
        workflow!(
            $(#[$lint])*
            pub(crate) async fn $name($input: $ty) -> Result<$output> { $($body)* }
        );
        pub(crate) mod $plain {
            #![allow(unused_imports, unused_assignments, clippy::all, clippy::pedantic, reason = "the body is judged as a workflow")]
            use super::*;
            use crate::twin::plain::{again, more, secs, sleep, tick};

            pub(crate) async fn plain($input: $ty) -> workflow_runtime::prelude::Result<$output> { $($body)* }
        }
    };
}

/// Runs both and compares, for each input.
macro_rules! same {
    ($bench:ident, $plain:ident as $workflow:ident, $($input:expr),+) => {
        $(
            let end = crate::twin::end_of($plain::plain($input).await);
            $bench.run::<$workflow>($input, &[], end, "*").await;
        )+
    };
}

pub(crate) use {same, twin};

/// How the workflow must end.
pub(crate) fn end_of<T: Serialize>(result: Result<T>) -> crate::harness::End {
    match result {
        Ok(value) => crate::harness::ok(value),
        // The one error that these steps raise.
        Err(_) => crate::harness::err("Fault.SoldOut"),
    }
}

/// One more; odd ones above a hundred fail.
#[step]
pub(crate) async fn more(n: i64) -> Result<i64, Fault> {
    if n > 100 && n % 2 != 0 { Err(Fault::SoldOut { sku: "s".to_owned(), left: 7 }) } else { Ok(n + 1) }
}

/// The same, retried whatever goes wrong.
#[step(retry(on(All), interval = "1s", max_attempts = 1))]
pub(crate) async fn again(n: i64) -> Result<i64, Fault> {
    Ok(n * 2)
}

/// As [`more`].
#[step]
pub(crate) async fn tick(n: i64) -> Result<i64, Fault> {
    if n > 100 && n % 2 != 0 { Err(Fault::SoldOut { sku: "s".to_owned(), left: 7 }) } else { Ok(n + 1) }
}

/// The steps as plain functions.
pub(crate) mod plain {
    use super::*;

    static WAITED: AtomicI64 = AtomicI64::new(0);

    pub(crate) async fn more(n: i64) -> Result<i64, Failure<Fault>> {
        if n > 100 && n % 2 != 0 {
            Err(Failure::Failed(Fault::SoldOut { sku: "s".to_owned(), left: 7 }))
        } else {
            Ok(n + 1)
        }
    }

    pub(crate) async fn tick(n: i64) -> Result<i64, Failure<Fault>> {
        more(n).await
    }

    pub(crate) async fn again(n: i64) -> Result<i64, Failure<Fault>> {
        Ok(n * 2)
    }

    pub(crate) fn secs(n: i64) -> i64 {
        n
    }

    pub(crate) async fn sleep(n: i64) {
        WAITED.fetch_add(n, Ordering::Relaxed);
    }
}
