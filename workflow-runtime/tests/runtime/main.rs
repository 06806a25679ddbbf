//! The runtime as a program sees it. State machines are written as ASL and steps as scripts, so that nothing else is
//! tested here; time is virtual.

mod callbacks;
mod control;
mod express;
mod failure;
mod lifecycle;
mod map_runs;
mod nested;
mod recovery;
mod retention;
mod stand_ins;
mod start;
mod steps;
mod support;
mod upgrade;
