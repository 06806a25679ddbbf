//! The native evaluator and `jsonata-core` agree.
