//! What each change means, case by case.

mod bounds;
mod flows;
mod parameters;
mod types;
