//! The socket through which every other process reaches the one that owns a store.
//!
//! One JSON [`Request`] a line, one JSON [`Response`] a line, over a Unix socket in the store's folder that only its user may
//! open. The vocabulary is [`control`](crate::control)'s; nothing is decided here.

mod client;
mod server;

pub use client::LocalClient;
pub use server::LocalServer;
#[doc(hidden)]
pub use server::answer;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::control::{Request, Response};

/// The socket's name in the store's folder.
pub const SOCKET_NAME: &str = "owner.sock";

/// Grows when a line's meaning changes.
const PROTOCOL: u32 = 1;

/// The longest line that the owner reads: an input or answer of 256 KiB stays far below, however it is escaped.
const QUESTION_MAX: u64 = 8 << 20;

/// The longest line that a client reads: a full history stays below.
const LINE_MAX: u64 = 1 << 30;

#[derive(Serialize, Deserialize)]
struct Question {
    protocol: u32,
    #[serde(flatten)]
    request: Request,
}

#[derive(Serialize, Deserialize)]
struct Answer {
    protocol: u32,
    #[serde(flatten)]
    response: Response,
}

/// A path to the socket that fits into a socket address (108 bytes on Linux), and what keeps it valid.
///
/// A deep folder is reached through the process's own table of open files instead.
fn address(store: &Path) -> io::Result<(PathBuf, Option<std::fs::File>)> {
    let plain = store.join(SOCKET_NAME);
    if plain.as_os_str().len() < 100 {
        return Ok((plain, None));
    }
    let folder = std::fs::File::open(store)?;
    let number = std::os::fd::AsRawFd::as_raw_fd(&folder);
    Ok((PathBuf::from(format!("/proc/self/fd/{number}/{SOCKET_NAME}")), Some(folder)))
}
