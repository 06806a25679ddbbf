//! What an evaluation throws, before it is known which expression in which field it was.

/// The result of a step of an evaluation.
pub(super) type Run<T> = Result<T, Thrown>;

/// An error of JSONata's: a code and its text, or a text alone. Boxed, so that results stay small.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Thrown(Box<Detail>);

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Detail {
    /// `T2010`, where it has one.
    pub(super) code: Option<String>,
    pub(super) message: String,
    /// The result is a function: no error of the evaluation but of its result.
    pub(super) unsupported: bool,
}

impl std::ops::Deref for Thrown {
    type Target = Detail;
    fn deref(&self) -> &Detail {
        &self.0
    }
}

impl Thrown {
    pub(super) fn coded(code: &str, message: impl Into<String>) -> Self {
        Self(Box::new(Detail { code: Some(code.to_owned()), message: message.into(), unsupported: false }))
    }

    pub(super) fn plain(message: impl Into<String>) -> Self {
        Self(Box::new(Detail { code: None, message: message.into(), unsupported: false }))
    }

    pub(super) fn function_value() -> Self {
        Self(Box::new(Detail { code: None, message: String::new(), unsupported: true }))
    }

    /// JSONata's numbers are finite; its text quotes the JSON of an infinity, which is null.
    pub(super) fn out_of_range() -> Self {
        Self::coded("D1001", "Number out of range: null")
    }

    pub(super) fn memory() -> Self {
        Self::plain("Expression evaluation memory limit exceeded: Check for excessive memory usage")
    }

    pub(super) fn time() -> Self {
        Self::plain("Expression evaluation timeout: Check for infinite loop")
    }

    pub(super) fn depth() -> Self {
        Self::plain(
            "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive.",
        )
    }

    pub(super) fn height() -> Self {
        Self::plain("Expression evaluation memory limit exceeded: a value is nested more than 100 levels deep")
    }

    pub(super) fn no_function() -> Self {
        Self::coded("T1006", "Attempted to invoke a non-function")
    }
}
