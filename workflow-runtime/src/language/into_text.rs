//! What `.into()` means in a workflow.

/// Texts: borrowed and owned are the same JSON.
#[diagnostic::on_unimplemented(
    message = "`.into()` turns text into a `String` in a workflow, not `{Self}` into `{T}`",
    label = "write `as` or `u64::from(..)` for a number, `Some(..)` for an `Option`, anything else as it is"
)]
pub trait IntoText<T> {
    /// Never runs.
    fn into_text(self) -> T;
}

impl IntoText<String> for &str {
    fn into_text(self) -> String {
        self.to_owned()
    }
}

impl IntoText<String> for String {
    fn into_text(self) -> String {
        self
    }
}

impl IntoText<String> for &String {
    fn into_text(self) -> String {
        self.clone()
    }
}
