//! The examples' programs, for their workflows and steps.
#![expect(dead_code, unreachable_pub, reason = "they are programs: their command lines are not used here")]
#![allow(clippy::needless_question_mark, reason = "what the macros write, which is this crate's here")]

/// What the programs say on the side is of no interest here.
macro_rules! eprintln {
    ($($text:tt)*) => { drop(format!($($text)*)) };
}

#[path = "../../../examples/src/bin/agent.rs"]
pub(super) mod agent;
#[path = "../../../examples/src/bin/approval.rs"]
pub(super) mod approval;
#[path = "../../../examples/src/bin/fanout.rs"]
pub(super) mod fanout;
#[path = "../../../examples/src/bin/fulfilment.rs"]
pub(super) mod fulfilment;
#[path = "../../../examples/src/bin/order.rs"]
pub(super) mod order;
#[path = "../../../examples/src/bin/pipeline.rs"]
pub(super) mod pipeline;
#[path = "../../../examples/src/bin/polling.rs"]
pub(super) mod polling;
#[path = "../../../examples/src/bin/travel.rs"]
pub(super) mod travel;
