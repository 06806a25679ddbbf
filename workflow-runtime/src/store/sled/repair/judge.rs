//! Which executions are whole, and which are not or may not be.

use std::collections::BTreeSet;
use std::ops::Range;

use super::gather::{Gathered, Known};
use super::report::{Affected, Diagnosis, Loss, hex};
use crate::engine::ExecutionStatus;
use crate::store::{DefinitionHash, ExecutionNumber};

/// What is left of the log.
#[derive(Debug, Default)]
pub(super) struct LogLeft {
    /// Commits that are not there.
    pub(super) lost: Vec<Range<u64>>,
    /// Between this commit and the last one none but these is missing.
    pub(super) from: u64,
    /// It is there from the store's first commit on.
    pub(super) is_whole: bool,
}

/// Judges every execution.
pub(super) fn judge(gathered: &Gathered, is_sled_whole: bool, log: &LogLeft, diagnosis: &mut Diagnosis) {
    // Whatever sled has, the log has had before.
    let is_all_there = (is_sled_whole || log.is_whole) && log.lost.is_empty();
    let unbroken_from = log.lost.iter().map(|gap| gap.end).fold(log.from, u64::max);
    let mut needed: BTreeSet<DefinitionHash> = BTreeSet::new();
    for (number, known) in &gathered.executions {
        if known.is_forgotten() {
            continue;
        }
        // What is newest in a part of the log without a gap that goes up to its end has nothing behind it.
        let is_proven = is_all_there || known.commit.is_some_and(|commit| commit >= unbroken_from);
        let is_running = known.head.as_ref().is_some_and(|(_, head)| head.status == ExecutionStatus::Running);
        if let Some((_, head)) = &known.head {
            needed.insert(head.definition);
        }
        let kept = known.kept();
        let loss = match &known.head {
            None => Some(Loss::Everything),
            Some(_) if kept == 0 => Some(Loss::Beginning),
            Some(_) if kept < known.count => Some(Loss::Tail),
            Some(_) if is_running && !is_proven => Some(Loss::Doubtful),
            Some(_) => None,
        };
        let Some(loss) = loss else {
            diagnosis.whole += 1;
            diagnosis.running += u64::from(is_running);
            continue;
        };
        let head = known.head.as_ref().map(|(_, head)| head);
        diagnosis.affected.push(Affected {
            number: ExecutionNumber(*number),
            workflow: head.map(|head| head.workflow.clone()),
            name: head.map(|head| head.name.clone()),
            status: head.map(|head| head.status),
            loss,
            kept,
        });
    }
    if !is_all_there {
        diagnosis.unknown = unknown(gathered);
        diagnosis.newest_may_be_lost = true;
    }
    let stored = |hash: &DefinitionHash| gathered.definitions.contains_key(hash);
    // A store may be used without definitions.
    let uses_definitions = !is_sled_whole || !gathered.definitions.is_empty() || !gathered.lost_definitions.is_empty();
    let missing = needed.into_iter().filter(|hash| uses_definitions && !stored(hash));
    let lost: BTreeSet<DefinitionHash> =
        gathered.lost_definitions.iter().filter(|hash| !stored(hash)).copied().chain(missing).collect();
    diagnosis.lost_definitions = lost.into_iter().map(hex).collect();
}

/// Numbers below the highest that nothing is known of.
fn unknown(gathered: &Gathered) -> Vec<std::ops::RangeInclusive<u64>> {
    let (mut gaps, mut next) = (Vec::new(), 1);
    for number in gathered.executions.keys() {
        if *number > next {
            gaps.push(next..=number - 1);
        }
        next = number.saturating_add(1);
    }
    gaps
}

impl Known {
    /// Nothing but its number was to be kept.
    pub(super) fn is_forgotten(&self) -> bool {
        self.forgotten.is_some_and(|count| count >= self.count)
    }

    /// How many records are there without a gap.
    pub(super) fn kept(&self) -> u64 {
        (0_u64..).zip(self.records.keys()).take_while(|(expected, ordinal)| expected == *ordinal).count() as u64
    }
}
