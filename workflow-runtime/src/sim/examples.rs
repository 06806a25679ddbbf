//! The examples' programs, for their workflows and steps.
#![expect(dead_code, unreachable_pub, reason = "they are programs: their command lines are not used here")]

#[path = "../../../examples/src/bin/order.rs"]
pub(super) mod order;
