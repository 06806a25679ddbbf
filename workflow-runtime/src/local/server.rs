//! The owner's end.

use std::fs::{Permissions, set_permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use super::{Answer, LINE_MAX, PROTOCOL, Question, address};
use crate::control::{ClientError, Response};
use crate::runtime::Runtime;

/// Answers requests to a runtime until it is dropped.
#[derive(Debug)]
pub struct LocalServer {
    path: PathBuf,
    accepting: JoinHandle<()>,
}

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
        let accepting = tokio::spawn(async move {
            let _folder = folder;
            accept(listener, runtime).await;
        });
        Ok(Self { path: store.join(super::SOCKET_NAME), accepting })
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

async fn accept(listener: UnixListener, runtime: Runtime) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let runtime = runtime.clone();
                tokio::spawn(async move {
                    if let Err(error) = converse(stream, runtime).await {
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

async fn converse(stream: UnixStream, runtime: Runtime) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut line = String::new();
    loop {
        line.clear();
        if (&mut read).take(LINE_MAX).read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let response = match serde_json::from_str::<Question>(&line) {
            Ok(question) if question.protocol == PROTOCOL => runtime.handle(question.request).await,
            Ok(question) => refuse(&format!(
                "the owner of this store speaks protocol {PROTOCOL}, this command {}",
                question.protocol
            )),
            Err(error) => refuse(&format!("the owner of this store does not understand this command: {error}")),
        };
        let mut text = serde_json::to_vec(&Answer { protocol: PROTOCOL, response })?;
        text.push(b'\n');
        write.write_all(&text).await?;
    }
}

fn refuse(what: &str) -> Response {
    let message = format!("{what}; run the same version of the program in both places");
    Response::Error(ClientError { name: String::from("ProtocolMismatch"), message })
}
