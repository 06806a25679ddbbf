//! The end of everybody who is not the owner.

use std::io;
use std::path::Path;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::{Answer, LINE_MAX, PROTOCOL, Question, address};
use crate::control::{Request, Response};

/// A connection to the process that owns a store.
#[derive(Debug)]
pub struct LocalClient {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
}

impl LocalClient {
    /// Connects; `None` where no process listens.
    ///
    /// # Errors
    /// The socket is there but may not be opened.
    pub async fn connect(store: &Path) -> io::Result<Option<Self>> {
        let (path, _folder) = match address(store) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        match UnixStream::connect(&path).await {
            Ok(stream) => {
                let (read, write) = stream.into_split();
                Ok(Some(Self { read: BufReader::new(read), write }))
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// The owner has gone; whether it took the request is not known.
    pub async fn call(&mut self, request: Request) -> io::Result<Response> {
        let mut text = serde_json::to_vec(&Question { protocol: PROTOCOL, request })?;
        text.push(b'\n');
        self.write.write_all(&text).await?;
        let mut line = String::new();
        if (&mut self.read).take(LINE_MAX).read_line(&mut line).await? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it closed the connection"));
        }
        let answer: Answer = serde_json::from_str(&line)?;
        Ok(answer.response)
    }
}
