//! Who answers: the runtime of this process where it owns the store, or the owner's.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::app::Program;
use super::error::CliError;
use crate::control::{ClientError, Request, Response};
use crate::local::{LocalClient, LocalServer};
use crate::runtime::Runtime;

/// What a command needs of the store when nobody owns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Become the owner and run what is unfinished; beside executions that cannot be finished where that is wanted.
    Drive { park_unfinishable: bool },
    /// Look, or record one thing; run nothing.
    Visit,
}

/// A way to whoever answers.
pub(crate) enum Connection {
    /// This process owns the store.
    Owner { runtime: Runtime, server: Option<LocalServer> },
    /// Another process does.
    Remote { client: LocalClient },
}

/// How often to look again while another command holds the store for a moment.
const BUSY_POLL: Duration = Duration::from_millis(50);
/// How long such a moment may be.
const BUSY_PATIENCE: u32 = 200;

impl Connection {
    /// Reaches the owner, or becomes it.
    pub(crate) async fn open(program: &Program, store: &Path, role: Role) -> Result<Self, CliError> {
        let mut tries = 0;
        loop {
            match LocalClient::connect(store).await {
                Ok(Some(client)) => return Ok(Self::Remote { client }),
                Ok(None) => {}
                Err(error) => {
                    return Err(unreachable_owner(store, &error));
                }
            }
            if role == Role::Visit && !store.exists() {
                return Err(no_store(store));
            }
            match program.start(store.to_owned(), role).await {
                Ok(runtime) => return Self::own(runtime, store, role),
                // Its owner has not opened its socket yet, or is a command that only looks.
                Err(error) if error.busy && tries < BUSY_PATIENCE => tries += 1,
                Err(error) => return Err(error.error),
            }
            tokio::time::sleep(BUSY_POLL).await;
        }
    }

    fn own(runtime: Runtime, store: &Path, role: Role) -> Result<Self, CliError> {
        let server = match role {
            Role::Visit => None,
            Role::Drive { .. } => Some(LocalServer::start(runtime.clone(), store).map_err(|error| {
                let message =
                    format!("cannot open a socket in the store `{}` for other commands: {error}", store.display());
                CliError::failed("WF5004", message)
            })?),
        };
        Ok(Self::Owner { runtime, server })
    }

    /// Asks; a refusal is an error.
    pub(crate) async fn call(&mut self, request: Request) -> Result<Response, CallError> {
        let response = match self {
            Self::Owner { runtime, .. } => runtime.handle(request).await,
            Self::Remote { client } => client.call(request).await.map_err(CallError::Gone)?,
        };
        match response {
            Response::Error(error) => Err(CallError::Refused(error)),
            response => Ok(response),
        }
    }

    /// Whether this process runs the steps.
    pub(crate) fn is_owner(&self) -> bool {
        matches!(self, Self::Owner { .. })
    }

    /// Leaves the store as it is: whoever asked is answered, running steps get their grace, everything durable stays.
    pub(crate) async fn close(self) {
        if let Self::Owner { runtime, server } = self {
            if let Some(server) = &server {
                server.finish().await;
            }
            runtime.shutdown().await;
        }
    }
}

/// Why a call has no answer.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The owner said no.
    Refused(ClientError),
    /// The owner has gone in between.
    Gone(std::io::Error),
}

impl From<CallError> for CliError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(error) => error.into(),
            CallError::Gone(error) => Self::failed(
                "WF5005",
                format!(
                    "the process that owned the store ended before it answered ({error}): whether it took this command is not known\nhelp: run the command again"
                ),
            ),
        }
    }
}

fn unreachable_owner(store: &Path, error: &std::io::Error) -> CliError {
    let store = store.display();
    match error.kind() {
        std::io::ErrorKind::NotADirectory => CliError::usage(
            "WF5006",
            format!(
                "the store `{store}` is a file\nhelp: `--store` names a folder; one that does not exist yet is made"
            ),
        ),
        std::io::ErrorKind::PermissionDenied => CliError::failed(
            "WF5004",
            format!(
                "the store `{store}` belongs to another user\nhelp: run this as that user, or name another folder with `--store PATH`"
            ),
        ),
        _ => CliError::failed("WF5004", format!("cannot reach the process that owns the store `{store}`: {error}")),
    }
}

fn no_store(store: &Path) -> CliError {
    let message = format!(
        "there is no store at `{}`\nhelp: `run` or `start` makes one; `--store PATH` names another",
        store.display()
    );
    CliError::usage("WF5006", message)
}

/// Why this process could not become the owner.
pub(crate) struct OpenError {
    pub(crate) busy: bool,
    pub(crate) error: CliError,
}

/// The answer was none that this request can have.
pub(crate) fn unexpected(response: &Response) -> CliError {
    let text = serde_json::to_value(response).ok().and_then(|value| value["response"].as_str().map(str::to_owned));
    CliError::failed("WF5005", format!("the owner of the store gave the wrong answer `{}`", text.unwrap_or_default()))
}

/// The store as the person may name it in another terminal.
pub(crate) fn store_argument(store: &Path) -> Option<PathBuf> {
    (store != Path::new(".workflow")).then(|| store.to_owned())
}
