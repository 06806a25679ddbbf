//! A Map while it is built.

use super::graph::ContainerId;
use super::ir::SourceKind;
use super::term::{Term, VarId};
use crate::asl::Retrier;

/// `try_map`
#[derive(Clone, Debug)]
pub(super) struct MapNode {
    /// What runs for each item.
    pub(super) processor: ContainerId,
    pub(super) source: MapSource,
    /// What an iteration reads as its item; of a batch the list of items.
    pub(super) item: VarId,
    /// Its position, where it is asked for.
    pub(super) index: Option<VarId>,
    /// What iterations are given besides, and what that is where the Map stands.
    pub(super) passed: Vec<(VarId, Term)>,
    pub(super) max_concurrency: Option<Term>,
    pub(super) retry: Vec<Retrier>,
    pub(super) distributed: Option<Box<Distributed>>,
}

#[derive(Clone, Debug)]
pub(super) enum MapSource {
    List(Term),
    /// Bucket, key or prefix, and how many at most.
    Objects {
        kind: SourceKind,
        bucket: Term,
        key: Term,
        max_items: Option<Term>,
    },
}

/// What only distributed maps have.
#[derive(Clone, Debug, Default)]
pub(super) struct Distributed {
    pub(super) express: bool,
    pub(super) label: Option<&'static str>,
    pub(super) tolerated_percentage: Option<Term>,
    pub(super) tolerated_count: Option<Term>,
    pub(super) batch: Option<(Option<Term>, Option<Term>)>,
    /// Bucket and prefix.
    pub(super) writer: Option<(Term, Term)>,
}

impl MapNode {
    /// What the Map itself reads.
    pub(super) fn terms(&self) -> Vec<&Term> {
        let mut terms: Vec<&Term> = Vec::new();
        match &self.source {
            MapSource::List(list) => terms.push(list),
            MapSource::Objects { bucket, key, max_items, .. } => {
                terms.extend([bucket, key].into_iter().chain(max_items));
            }
        }
        terms.extend(self.passed.iter().map(|(_, term)| term));
        terms.extend(&self.max_concurrency);
        if let Some(distributed) = &self.distributed {
            let Distributed { tolerated_percentage, tolerated_count, batch, writer, .. } = &**distributed;
            terms.extend(tolerated_percentage.iter().chain(tolerated_count));
            terms.extend(batch.iter().flat_map(|(items, bytes)| items.iter().chain(bytes)));
            terms.extend(writer.iter().flat_map(|(bucket, prefix)| [bucket, prefix]));
        }
        terms
    }

    /// The same, to be changed.
    pub(super) fn terms_mut(&mut self) -> Vec<&mut Term> {
        let mut terms: Vec<&mut Term> = Vec::new();
        match &mut self.source {
            MapSource::List(list) => terms.push(list),
            MapSource::Objects { bucket, key, max_items, .. } => {
                terms.extend([bucket, key].into_iter().chain(max_items));
            }
        }
        terms.extend(self.passed.iter_mut().map(|(_, term)| term));
        terms.extend(&mut self.max_concurrency);
        if let Some(distributed) = &mut self.distributed {
            let Distributed { tolerated_percentage, tolerated_count, batch, writer, .. } = &mut **distributed;
            terms.extend(tolerated_percentage.iter_mut().chain(tolerated_count));
            terms.extend(batch.iter_mut().flat_map(|(items, bytes)| items.iter_mut().chain(bytes)));
            terms.extend(writer.iter_mut().flat_map(|(bucket, prefix)| [bucket, prefix]));
        }
        terms
    }

    /// Whether an iteration's input is more than its item.
    pub(super) fn selects(&self) -> bool {
        self.index.is_some() || (!self.passed.is_empty() && !self.is_batched())
    }

    pub(super) fn is_batched(&self) -> bool {
        self.distributed.as_ref().is_some_and(|distributed| distributed.batch.is_some())
    }
}
