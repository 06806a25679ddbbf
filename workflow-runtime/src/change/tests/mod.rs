//! What each change means, case by case.

mod flows;
mod types;
