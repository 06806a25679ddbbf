//! What each change means, case by case.
