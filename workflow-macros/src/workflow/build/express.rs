//! What Express workflows have no time for. What they cannot wait for is told by types, in the checked copy.

use proc_macro2::Span;

use super::super::codes;
use super::Builder;

/// Step Functions ends an Express execution after five minutes.
const EXPRESS_SECONDS_MAX: u64 = 300;

impl Builder {
    /// The workflow's own timeout.
    pub(super) fn express_timeout(&self, timeout: Option<(u64, Span)>) {
        if let Some((seconds, span)) = timeout
            && self.express
            && seconds > EXPRESS_SECONDS_MAX
        {
            self.fault_at(
                span,
                codes::EXPRESS_TIME,
                "an Express workflow runs for five minutes at most, however long its timeout",
            )
            .help("write `timeout = \"5m\"` or less, or leave `express` out");
        }
    }

    /// A wait of so many seconds.
    pub(super) fn express_sleep(&self, seconds: u64, span: Span) {
        if self.express && seconds > EXPRESS_SECONDS_MAX {
            self.fault_at(
                span,
                codes::EXPRESS_TIME,
                format!("a wait of {seconds} seconds is longer than an Express workflow may run"),
            )
            .help("wait for five minutes at most, or make this workflow a Standard one: leave `express` out");
        }
    }

    /// A call's `#[timeout]`.
    pub(super) fn express_call_timeout(&self, timeout: Option<(u64, Span)>) {
        if let Some((seconds, span)) = timeout
            && self.express
            && seconds > EXPRESS_SECONDS_MAX
        {
            self.fault_at(
                span,
                codes::EXPRESS_TIME,
                format!("a timeout of {seconds} seconds is never reached in an Express workflow, which runs for five minutes at most"),
            )
            .help("write five minutes at most, or make this workflow a Standard one: leave `express` out");
        }
    }
}
