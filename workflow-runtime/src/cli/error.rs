//! How a command fails.

use crate::control::ClientError;

/// A command's failure: one sentence for people, a code, an exit status.
#[derive(Debug)]
pub(crate) struct CliError {
    pub(crate) exit: u8,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// The execution failed or the request was refused.
pub(crate) const EXIT_FAILED: u8 = 1;
/// The command line or what it names is wrong.
pub(crate) const EXIT_USAGE: u8 = 2;
/// Ctrl-C, as shells count it.
pub(crate) const EXIT_INTERRUPTED: u8 = 130;

impl CliError {
    pub(crate) fn usage(code: &str, message: impl Into<String>) -> Self {
        Self { exit: EXIT_USAGE, code: code.to_owned(), message: message.into() }
    }

    pub(crate) fn failed(code: &str, message: impl Into<String>) -> Self {
        Self { exit: EXIT_FAILED, code: code.to_owned(), message: message.into() }
    }
}

impl CliError {
    /// Whether it speaks of a damaged store; it may come from another process, as text.
    pub(crate) fn is_damage(&self) -> bool {
        self.message.contains("`repair`")
    }
}

impl std::fmt::Display for CliError {
    /// The code ends the first line, so that it is found before the help. Errors from below carry theirs in their text.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (first, rest) = self.message.split_once('\n').unwrap_or((&self.message, ""));
        write!(f, "error: {first}")?;
        if !self.code.is_empty() {
            write!(f, " [{}]", self.code)?;
        }
        if rest.is_empty() { Ok(()) } else { write!(f, "\n{rest}") }
    }
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> Self {
        let usage = matches!(
            error.name.as_str(),
            "InvalidExecutionInput"
                | "InvalidName"
                | "StateMachineDoesNotExist"
                | "ExecutionDoesNotExist"
                | "InvalidToken"
                | "InvalidOutput"
        );
        let help = match error.name.as_str() {
            "ExecutionDoesNotExist" => "\nhelp: `list` shows the executions of this store",
            "InvalidToken" => "\nhelp: `describe NAME` shows the token that an execution waits with",
            _ => "",
        };
        let message = format!("{}{help}", error.message);
        Self { exit: if usage { EXIT_USAGE } else { EXIT_FAILED }, code: error.name, message }
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::failed("WF5001", format!("cannot write the output: {error}"))
    }
}
