//! What `#[payload(..)]` says of a field needs a field with a name.

#![allow(unused_imports, dead_code)]

use workflow_runtime::prelude::*;

#[derive(Serialize, Deserialize, Payload)]
enum Login {
    Token(#[payload(sensitive)] String),
}

#[derive(Serialize, Deserialize, Payload)]
struct Lines(#[payload(max_len = 5)] Vec<String>);

fn main() {}
