//! The log when the power is cut at each call that writes or syncs, and when its files are damaged.

use std::sync::Arc;

use super::faulty::{Failure, Faulty, Random, Unsynced};
use super::{Fault, Log, Mark, Sizes, begin_frame};
use crate::store::{StoreError, StoreErrorKind};

const SIZES: Sizes = Sizes { segment: 3000, spare: 2 };

const STORE: u64 = 0x1234_5678_9abc_def0;

/// What page `sequence` holds; some need a segment of their own.
fn content(sequence: u64) -> Vec<u8> {
    let length = if sequence % 37 == 36 { 7000 } else { sequence * 7919 % 1100 };
    let mut content = sequence.to_le_bytes().to_vec();
    content.resize(8 + usize::try_from(length).expect("small"), sequence.to_le_bytes()[0]);
    content
}

fn page(sequence: u64) -> Vec<u8> {
    let mut frame = Vec::new();
    begin_frame(&mut frame);
    frame.extend(content(sequence));
    frame
}

/// What the outside knows when the power goes.
#[derive(Clone, Copy, Debug)]
struct Known {
    mark: Mark,
    /// Pages before this one were synced.
    acknowledged: u64,
    /// The next page.
    next: u64,
}

/// Appends so many pages, syncs after some, frees segments now and then; until a call fails.
fn work(log: &Log, known: &mut Known, pages: u64) -> std::io::Result<()> {
    for _ in 0..pages {
        log.append(&mut page(known.next))?;
        known.next += 1;
        if !known.next.is_multiple_of(5) {
            log.sync()?;
            known.acknowledged = known.next;
        }
        if known.next.is_multiple_of(11) {
            log.prepare()?;
        }
        if known.next.is_multiple_of(13)
            && let Some(mark) = log.mark(log.active().saturating_sub(1))
        {
            // sled has it, durably.
            known.mark = mark;
            log.recycle(mark);
        }
    }
    Ok(())
}

/// Reads what is there: each page as it was written, none missing.
fn open(disk: &Faulty, mark: Mark) -> Result<(Log, u64), Fault> {
    let mut next = mark.sequence;
    let log = Log::open(Arc::new(disk.clone()), mark, SIZES, |_, found| {
        assert!(found == content(next), "page {next} is not what was written");
        next += 1;
        Ok(())
    })?;
    Ok((log, next))
}

fn damage(disk: &Faulty, mark: Mark) -> StoreError {
    match open(disk, mark) {
        Err(Fault::Damage(fault)) => fault,
        other => panic!("it is damaged, and {other:?}"),
    }
}

/// A log with so many pages, all acknowledged and none freed.
fn filled(pages: u64) -> (Faulty, Log, Known) {
    let disk = Faulty::default();
    let log = Log::create(Arc::new(disk.clone()), STORE, SIZES).expect("a new log");
    for sequence in 1..=pages {
        log.append(&mut page(sequence)).expect("append");
        log.sync().expect("sync");
    }
    (disk, log, Known { mark: Mark::new(STORE), acknowledged: pages + 1, next: pages + 1 })
}

/// From an empty log, with a cut at this call; `None` where it was never made.
fn cut_at(call: usize) -> Option<(Faulty, Known)> {
    let (disk, log, mut known) = filled(0);
    disk.fail_at(call, Failure::Power);
    let is_cut = work(&log, &mut known, 150).is_err();
    is_cut.then_some((disk, known))
}

#[test]
fn no_cut_of_the_power_takes_what_was_acknowledged() {
    let mut random = Random::seeded();
    let mut cuts = 0;
    while let Some((disk, known)) = cut_at(cuts) {
        for unsynced in [Unsynced::Gone, Unsynced::Kept, Unsynced::Some, Unsynced::Some, Unsynced::Some] {
            let context = || format!("cut at call {cuts}, unsynced {unsynced:?}, {known:?}");
            let disk = disk.after_power_cut(unsynced, &mut random);
            let (log, next) = open(&disk, known.mark).unwrap_or_else(|fault| panic!("{}: {fault:?}", context()));
            assert!(next >= known.acknowledged && next <= known.next + 1, "{}: {next} pages", context());
            // It goes on, is cut again, and again nothing is lost.
            let mut again = Known { mark: known.mark, acknowledged: next, next };
            disk.fail_at(random.below(40), Failure::Power);
            let _ = work(&log, &mut again, 8);
            let disk = disk.after_power_cut(Unsynced::Some, &mut random);
            let (_, next) = open(&disk, again.mark).unwrap_or_else(|fault| panic!("again {}: {fault:?}", context()));
            assert!(next >= again.acknowledged && next <= again.next + 1, "again {}: {next} pages", context());
        }
        cuts += 1;
    }
    assert!(cuts > 300, "only {cuts} calls were cut");
}

#[test]
fn a_cut_while_opening_does_no_harm() {
    let mut random = Random::seeded();
    for first in (0..300).step_by(7) {
        let Some((disk, known)) = cut_at(first) else { break };
        let disk = disk.after_power_cut(Unsynced::Some, &mut random);
        for call in 0..10 {
            let disk = disk.copy();
            disk.fail_at(call, Failure::Power);
            match open(&disk, known.mark) {
                Ok(_) | Err(Fault::Io(_)) => {}
                Err(Fault::Damage(fault)) => panic!("cut at {first}, then at {call}: {fault}"),
            }
            let disk = disk.after_power_cut(Unsynced::Some, &mut random);
            let (_, next) = open(&disk, known.mark).unwrap_or_else(|fault| panic!("cut at {first}, {call}: {fault:?}"));
            assert!(next >= known.acknowledged && next <= known.next + 1, "cut at {first}, {call}: {next} pages");
        }
    }
}

#[test]
fn damage_in_the_middle_is_told_from_a_torn_end() {
    let (disk, log, known) = filled(60);
    drop(log);
    let names = super::files::Files::names(&disk).expect("names");
    assert!(names.len() > 8);
    let mut told = 0;
    for name in &names {
        let bytes = disk.bytes(name);
        for at in (0..bytes.len()).step_by(97) {
            let damaged = disk.copy();
            damaged.change(name, |bytes| bytes[at] ^= 0x40);
            match open(&damaged, known.mark) {
                // Beyond a frame's bytes, or in the last frame, behind which there is no witness.
                Ok((_, next)) => assert!(next >= known.next - 1, "{name} at {at}: {next}"),
                Err(Fault::Damage(fault)) => {
                    assert_eq!(fault.kind, StoreErrorKind::Corrupt);
                    assert!(matches!(fault.code, "WF3020" | "WF3021"), "{fault}");
                    told += 1;
                }
                Err(fault) => panic!("{name} at {at}: {fault:?}"),
            }
        }
    }
    assert!(told > 100, "{told} damages told");
}

#[test]
fn a_closed_log_bears_witness_to_its_last_page() {
    let (disk, log, known) = filled(4);
    let before = disk.bytes("commits-0001");
    log.close().expect("close");
    drop(log);
    let last = before.iter().rposition(|byte| *byte != 0).expect("pages");
    open(&disk, known.mark).expect("nothing is wrong yet");
    disk.change("commits-0001", |bytes| bytes[last] ^= 1);
    let fault = damage(&disk, known.mark);
    assert_eq!(fault.code, "WF3020", "{fault}");
    assert!(fault.message.contains("commit 4 was acknowledged"), "{fault}");
}

#[test]
fn what_is_missing_is_named() {
    let (disk, log, known) = filled(60);
    drop(log);
    let names = super::files::Files::names(&disk).expect("names");
    for (index, name) in names.iter().enumerate() {
        let without = disk.copy();
        super::files::Files::remove(&without, name).expect("remove");
        let fault = damage(&without, known.mark);
        assert_eq!(fault.code, "WF3021", "{fault}");
        assert!(fault.message.contains(&format!("segment {}", index + 1)), "{fault}");

        let cut_off = disk.copy();
        cut_off.change(name, |bytes| bytes.truncate(bytes.len() - 600));
        assert_eq!(damage(&cut_off, known.mark).code, "WF3020");
    }
    let mark = Mark { reached: known.next + 1, ..known.mark };
    assert_eq!(damage(&disk, mark).code, "WF3020", "the end is missing, as far as sled knows");
}

#[test]
fn what_belongs_elsewhere_is_told() {
    let (disk, log, known) = filled(60);
    drop(log);
    let other = Faulty::default();
    let log = Log::create(Arc::new(other.clone()), STORE + 1, SIZES).expect("a new log");
    log.append(&mut page(1)).expect("append");
    disk.change("commits-0003", |bytes| *bytes = other.bytes("commits-0001"));
    let fault = damage(&disk, known.mark);
    assert_eq!(fault.code, "WF3022", "{fault}");
    assert!(fault.message.contains("commits-0003"), "{fault}");
}

#[test]
fn an_earlier_use_of_a_file_is_not_taken_for_the_newer_one() {
    let (disk, log, mut known) = filled(20);
    let early = disk.copy();
    known.mark = log.mark(log.active()).expect("some are free");
    log.recycle(known.mark);
    for sequence in 21..=30 {
        log.append(&mut page(sequence)).expect("append");
        log.sync().expect("sync");
    }
    drop(log);
    assert_eq!(open(&disk, known.mark).expect("it is whole").1, 31);
    let mut told = 0;
    for name in super::files::Files::names(&early).expect("names") {
        let mixed = disk.copy();
        if !super::files::Files::names(&disk).expect("names").contains(&name) {
            continue;
        }
        mixed.change(&name, |bytes| *bytes = early.bytes(&name));
        match open(&mixed, known.mark) {
            // One that is kept for later use, or that has not been full since.
            Ok((_, next)) => assert!(next > 20),
            Err(Fault::Damage(fault)) => {
                assert!(matches!(fault.code, "WF3020" | "WF3021"), "{fault}");
                told += 1;
            }
            Err(fault) => panic!("{fault:?}"),
        }
    }
    assert!(told > 1, "{told} were told");
}

#[test]
fn files_are_used_again() {
    let (disk, log, mut known) = filled(0);
    work(&log, &mut known, 2000).expect("work");
    let files = super::files::Files::names(&disk).expect("names").len();
    assert!(files < 20, "{files} files");
    drop(log);
    let (log, next) = open(&disk, known.mark).expect("open");
    assert_eq!(next, known.next);
    work(&log, &mut known, 500).expect("work");
    assert!(super::files::Files::names(&disk).expect("names").len() < 20);
}

#[test]
fn a_failed_write_or_sync_leaves_what_was_there() {
    let mut random = Random::seeded();
    for failure in [Failure::ShortWrite, Failure::Full, Failure::Sync] {
        for call in 0..200 {
            let (disk, log, mut known) = filled(0);
            disk.fail_at(call, failure);
            if work(&log, &mut known, 60).is_ok() {
                continue;
            }
            drop(log);
            for disk in [disk.copy(), disk.after_power_cut(Unsynced::Some, &mut random)] {
                let (_, next) =
                    open(&disk, known.mark).unwrap_or_else(|fault| panic!("{failure:?} at call {call}: {fault:?}"));
                assert!(
                    next >= known.acknowledged && next <= known.next + 1,
                    "{failure:?} at call {call}: {next} pages"
                );
            }
        }
    }
}
