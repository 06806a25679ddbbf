//! What a test may put between a runtime and the world: other steps, another time, chance that can be repeated. The test kit does,
//! and the simulator.
//!
//! Nothing here decides anything: a runtime with seams is the production one.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::Value;
use uuid::Uuid;

use super::clock::Clock;
use crate::engine::{Effect, Execution, Record};
use crate::step::{ErrorOutput, StepContext, StepHandler, StepReply};
use crate::store::ExecutionNumber;

/// What an attempt comes to.
pub(crate) type Reply = BoxFuture<'static, Result<StepReply, ErrorOutput>>;

/// Stands between the runtime and its steps.
pub(crate) trait Stage: Send + Sync {
    /// Runs one attempt; the step itself is `(handler.call)(context, payload)`.
    fn call(&self, handler: StepHandler, context: StepContext, payload: Arc<Value>) -> Reply;
    /// Whether the step itself is never run, so that it needs no data.
    fn replaces(&self, step: &str) -> bool {
        let _ = step;
        false
    }
    /// A turn of an execution of which nothing is stored.
    fn turned(&self, execution: &Unstored<'_>, record: &Record) {
        let _ = (execution, record);
    }
    /// A turn of a stored execution is durable, and these effects are about to be dispatched.
    fn dispatches(&self, execution: &Execution, effects: &mut Vec<Effect>) {
        let _ = (execution, effects);
    }
}

/// An Express execution.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "testing"), expect(dead_code, reason = "the test kit looks at it"))]
pub(crate) struct Unstored<'a> {
    pub(crate) number: ExecutionNumber,
    pub(crate) workflow: &'a str,
    pub(crate) name: &'a str,
}

/// What a runtime takes from a test; nothing in production.
#[derive(Clone, Default)]
pub(crate) struct Seams {
    pub(crate) stage: Option<Arc<dyn Stage>>,
    pub(crate) clock: Option<Clock>,
    pub(crate) seed: Option<u64>,
}

impl std::fmt::Debug for Seams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seams").field("clock", &self.clock).field("seed", &self.seed).finish_non_exhaustive()
    }
}

impl Seams {
    /// A number that nobody guesses; with a seed, the same for the same execution.
    pub(crate) fn random(&self, number: ExecutionNumber) -> Uuid {
        let Some(seed) = self.seed else { return super::host::random() };
        let first = mix(seed ^ mix(number.0));
        uuid::Builder::from_u128((u128::from(first) << 64) | u128::from(mix(first)))
            .with_version(uuid::Version::Random)
            .with_variant(uuid::Variant::RFC4122)
            .into_uuid()
    }

    pub(crate) fn replaces(&self, step: &str) -> bool {
        self.stage.as_ref().is_some_and(|stage| stage.replaces(step))
    }
}

/// `SplitMix64`'s step.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
