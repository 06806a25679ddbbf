//! Whether a workflow could be an Express one.

use super::amount::Amount;
use super::budget::lasting;
use super::figures::Figures;
use super::ways::is_more;
use crate::asl::{EXPRESS_SECONDS_MAX, StateMachine, express_obstacles};

/// Everything that is against it.
pub(super) fn obstacles(machine: &StateMachine, worst: &Figures) -> Vec<String> {
    let states = express_obstacles(&machine.states).into_iter();
    let mut found: Vec<String> = states.map(|(state, why)| format!("{state}: {why}")).collect();
    let seconds: &Amount = &worst.seconds;
    if is_more(seconds, EXPRESS_SECONDS_MAX) == Some(true) {
        let long = seconds.number().map_or_else(|| format!("{seconds} seconds"), lasting);
        found.push(format!("it may last {long}, and an Express execution ends after {}", lasting(EXPRESS_SECONDS_MAX)));
    }
    found
}
