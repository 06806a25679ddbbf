//! What a reader is spared: iterations of a Map that went like those before them.

use super::{Status, TrailState};

/// So many iterations that went well are told in full.
const TOLD: usize = 3;

/// A line of the trail, or what stands for many.
pub(super) enum Shown<'a> {
    State(&'a TrailState),
    /// Iterations at this depth that went well.
    More {
        depth: usize,
        count: usize,
    },
}

/// How many iterations at one depth were told, and how many were not.
#[derive(Clone, Copy, Default)]
struct Count {
    told: usize,
    spared: usize,
}

/// The states with all but the first iterations that went well taken together.
pub(super) fn brief(states: &[TrailState]) -> Vec<Shown<'_>> {
    let mut shown = Vec::with_capacity(states.len().min(1024));
    let mut counts: Vec<Count> = Vec::new();
    let mut at = 0;
    while let Some(state) = states.get(at) {
        let begins = state.opens_branch && state.item.is_some();
        // Whatever is further in has ended.
        flush(&mut counts, state.depth + 1, &mut shown);
        if !begins && state.opens_branch {
            flush(&mut counts, state.depth, &mut shown);
        }
        let length = if begins { iteration(&states[at..]) } else { 1 };
        let went_well = begins && states[at..at + length].iter().all(|state| state.status == Status::Succeeded);
        if counts.len() <= state.depth {
            counts.resize(state.depth + 1, Count::default());
        }
        let count = &mut counts[state.depth];
        if went_well && count.told >= TOLD {
            count.spared += 1;
            at += length;
            continue;
        }
        count.told += usize::from(went_well);
        if count.spared > 0 {
            shown.push(Shown::More { depth: state.depth, count: std::mem::take(&mut count.spared) });
        }
        shown.push(Shown::State(state));
        at += 1;
    }
    flush(&mut counts, 0, &mut shown);
    shown
}

/// How many states the first iteration has, those within it included.
fn iteration(states: &[TrailState]) -> usize {
    let depth = states.first().map_or(0, |state| state.depth);
    let ends = |state: &TrailState| state.depth < depth || state.depth == depth && state.opens_branch;
    states.iter().skip(1).position(ends).map_or(states.len(), |place| place + 1)
}

/// Forgets the counts from this depth on, the innermost told first.
fn flush(counts: &mut Vec<Count>, from: usize, shown: &mut Vec<Shown<'_>>) {
    while counts.len() > from {
        let depth = counts.len() - 1;
        if let Some(Count { spared: count @ 1.., .. }) = counts.pop() {
            shown.push(Shown::More { depth, count });
        }
    }
}
