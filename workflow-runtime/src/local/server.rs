//! The owner's end.

use std::fs::{Permissions, set_permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::RwLock;
use tokio::task::JoinHandle;

use super::{Answer, PROTOCOL, QUESTION_MAX, Question, address};
use crate::control::{ClientError, Request, Response};
use crate::runtime::Runtime;

/// Answers requests to a runtime until it is dropped.
#[derive(Debug)]
pub struct LocalServer {
    path: PathBuf,
    accepting: JoinHandle<()>,
    /// Read while a request is being answered.
    answering: Arc<RwLock<()>>,
}

/// How long a process that is about to end waits for the answers that it owes.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

impl LocalServer {
    /// Listens in the store's folder. The caller owns the store, so a socket found there belongs to a dead process.
    ///
    /// # Errors
    /// The folder cannot be written, or is on a file system without sockets.
    pub fn start(runtime: Runtime, store: &Path) -> io::Result<Self> {
        let (path, folder) = address(store)?;
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        set_permissions(&path, Permissions::from_mode(0o600))?;
        let answering = Arc::<RwLock<()>>::default();
        let busy = Arc::clone(&answering);
        let accepting = tokio::spawn(async move {
            let _folder = folder;
            accept(listener, runtime, busy).await;
        });
        Ok(Self { path: store.join(super::SOCKET_NAME), accepting, answering })
    }

    /// Waits until whoever asked has been answered: a `stop` may end the very execution that keeps this process alive.
    pub async fn finish(&self) {
        if tokio::time::timeout(LAST_ANSWERS, self.answering.write()).await.is_err() {
            tracing::debug!("a client is left without an answer");
        }
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        self.accepting.abort();
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "the socket is gone already");
        }
    }
}

async fn accept(listener: UnixListener, runtime: Runtime, busy: Arc<RwLock<()>>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let (runtime, busy) = (runtime.clone(), Arc::clone(&busy));
                tokio::spawn(async move {
                    if let Err(error) = converse(stream, runtime, &busy).await {
                        tracing::debug!(%error, "a client left in mid-sentence");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a client");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

async fn converse(stream: UnixStream, runtime: Runtime, busy: &RwLock<()>) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut read).take(QUESTION_MAX + 1).read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let whole = line.len() as u64 <= QUESTION_MAX;
        let question = if whole { understand(&line) } else { Err(too_long()) };
        // Who waits for an end may wait for ever; nobody waits for them.
        let waits = matches!(&question, Ok(Request::Wait { .. }));
        let _answering = if waits { None } else { Some(busy.read().await) };
        write.write_all(&reply(&runtime, question).await?).await?;
        if !whole {
            // What follows is no line of its own.
            return Ok(());
        }
    }
}

/// Answers one line: whatever stands in it, with one line.
#[doc(hidden)]
pub async fn answer(runtime: &Runtime, line: &[u8]) -> Vec<u8> {
    reply(runtime, understand(line)).await.unwrap_or_default()
}

fn understand(line: &[u8]) -> Result<Request, Response> {
    match serde_json::from_slice::<Question>(line) {
        Ok(question) if question.protocol == PROTOCOL => Ok(question.request),
        Ok(question) => Err(refuse(&format!(
            "the owner of this store speaks protocol {PROTOCOL}, this command {}",
            question.protocol
        ))),
        Err(error) => Err(refuse(&format!("the owner of this store does not understand this command: {error}"))),
    }
}

async fn reply(runtime: &Runtime, question: Result<Request, Response>) -> io::Result<Vec<u8>> {
    let response = match question {
        Ok(request) => runtime.handle(request).await,
        Err(refusal) => refusal,
    };
    let mut text = serde_json::to_vec(&Answer { protocol: PROTOCOL, response })?;
    text.push(b'\n');
    Ok(text)
}

fn too_long() -> Response {
    let message = format!("a command to the owner of a store has at most {QUESTION_MAX} bytes; send a smaller payload");
    Response::Error(ClientError { name: String::from("RequestTooLarge"), message })
}

fn refuse(what: &str) -> Response {
    let message = format!("{what}; run the same version of the program in both places");
    Response::Error(ClientError { name: String::from("ProtocolMismatch"), message })
}
