//! The engine's stories: an input, what became a fact, what was to be done. Time is virtual, nothing sleeps.
#![expect(clippy::needless_pass_by_value, reason = "tables and `json!` read better by value")]
#![expect(clippy::needless_raw_string_hashes, reason = "`expect!` writes them")]

mod aws;
mod context;
mod failures;
mod flow;
mod hostile;
mod inputs;
mod jobs;
mod limits;
mod map;
mod map_failures;
mod map_run;
mod parallel;
mod records;
mod recovery;
mod redrive;
mod replay;
mod simulation;
mod story;
mod tasks;
