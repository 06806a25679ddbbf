// A type of the user's that is called like ours.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

struct Data<T>(T);

#[step]
async fn charge(db: Data<u8>) -> u8 {
    db.0
}

fn main() {}
