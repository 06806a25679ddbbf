//! A collection that JSON does not have.
use std::collections::VecDeque;

use workflow_runtime::prelude::*;

workflow!(
    pub async fn queued(ids: Vec<u32>) -> Result<usize> {
        let queue = ids.iter().map(|id| id + 1).collect::<VecDeque<_>>();
        Ok(queue.len())
    }
);

fn main() {}
