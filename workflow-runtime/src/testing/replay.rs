//! Recorded histories against the workflow as it is now.

use crate::replay::{Replay, UnreadableHistory};
use crate::workflow::Workflow;

/// Replays a recorded history against `W` as it is now: one that `history --json` wrote, [`Run::history_json`] or
/// `aws stepfunctions get-execution-history`.
///
/// Keep the histories of executions that matter beside the tests: they tell when a change makes a difference to them.
///
/// ```
/// use workflow_runtime::prelude::*;
/// use workflow_runtime::testing::{Test, replay};
/// # #[step] pub async fn greet(name: String) -> String { name }
/// # workflow!(pub async fn greetings(name: String) -> Result<String> { greet(name).await });
///
/// let recorded = Test::<Greetings>::new().run("Ada".to_string()).history_json();
/// assert_eq!(replay::<Greetings>(&recorded).path, ["Greet"]);
/// ```
///
/// # Panics
/// Where the workflow leaves the recorded way: with the event, what was recorded, what happens now and what may have brought
/// it about. Where the text is no history.
///
/// [`Run::history_json`]: super::Run::history_json
#[track_caller]
pub fn replay<W: Workflow>(history: &str) -> Replay {
    match try_replay::<W>(history) {
        Ok(replay) if replay.is_same() => replay,
        Ok(replay) => panic!("{replay}"),
        Err(error) => panic!("{error}"),
    }
}

/// [`replay`] under the name by which one looks for it: what `aws stepfunctions get-execution-history` prints.
///
/// # Panics
/// As [`replay`].
#[track_caller]
pub fn replay_aws<W: Workflow>(history: &str) -> Replay {
    replay::<W>(history)
}

/// The same, but only tells.
///
/// # Errors
/// Where the text is no history.
///
/// # Panics
/// Where the workflow has no definition.
pub fn try_replay<W: Workflow>(history: &str) -> Result<Replay, UnreadableHistory> {
    let history = serde_json::from_str(history)
        .map_err(|error| UnreadableHistory { reason: format!("it is no JSON: {error}") })?;
    crate::replay::replay(&W::definition(), &history)
}
