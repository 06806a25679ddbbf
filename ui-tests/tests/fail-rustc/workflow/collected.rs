//! `collect()` says nothing, and something else than a list is wanted.

use std::collections::{BTreeMap, BTreeSet};

use workflow_runtime::prelude::*;

workflow!(
    pub async fn sets(ids: Vec<i64>) -> Result<usize> {
        let distinct: BTreeSet<i64> = ids.iter().copied().collect();
        Ok(distinct.len())
    }
);

workflow!(
    pub async fn maps(ids: Vec<(String, i64)>) -> Result<BTreeMap<String, i64>> {
        Ok(ids.into_iter().collect())
    }
);

fn main() {}
