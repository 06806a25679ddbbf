//! A file beside sled that says how far the store has come: which sync of sled was the last, and which commit of the log was on the
//! disk. sled takes a database whose end is damaged for a shorter one, and a log without its last commits looks like one that
//! never had them: this file knows better.
//!
//! Two slots are written in turn, so that one is whole whenever the power goes. **Invariant.** It never says more than is on the
//! disk: it is written after the sync that it speaks of.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The file's name in the store's folder.
pub(super) const NAME: &str = "synced";

/// Among the store's own values in sled: how many batches were written.
pub(super) const GENERATION: &str = "generation";

/// From slot to slot.
const STRIDE: u64 = 4096;

/// Bytes of a slot.
const SLOT: usize = 32;

const MAGIC: [u8; 8] = *b"WFsynced";

/// What it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reached {
    /// sled was synced with this batch in it.
    pub(super) generation: u64,
    /// Commits of the log before this one were on the disk.
    pub(super) commits: u64,
}

impl Reached {
    fn encode(self) -> [u8; SLOT] {
        let mut bytes = [0; SLOT];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..16].copy_from_slice(&self.generation.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.commits.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..24]);
        bytes[24..28].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let reached = Self { generation: number(8)?, commits: number(16)? };
        (bytes.get(..SLOT)? == reached.encode()).then_some(reached)
    }

    /// What the file in this folder says; `None` where there is none, or where it says nothing that can be read.
    pub(super) fn read(folder: &Path) -> io::Result<Option<Self>> {
        let bytes = match std::fs::read(folder.join(NAME)) {
            Ok(bytes) => bytes,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let stride = usize::try_from(STRIDE).unwrap_or(SLOT);
        let slots = [0, stride].into_iter().filter_map(|at| Self::decode(bytes.get(at..at + SLOT)?));
        Ok(slots.max_by_key(|reached| (reached.generation, reached.commits)))
    }
}

/// The file, open.
#[derive(Debug)]
pub(super) struct Witness {
    file: File,
    reached: Reached,
    turn: u64,
}

impl Witness {
    /// Opens it, or makes it with nothing to say.
    pub(super) fn open(folder: &Path, reached: Option<Reached>) -> io::Result<Self> {
        let path = folder.join(NAME);
        let is_new = !path.exists();
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        // The slot that is read now is not the one that is written next.
        let mut first = [0; SLOT];
        let read = file.read(&mut first)?;
        let turn = u64::from(reached.is_some() && Reached::decode(&first[..read]) == reached);
        let mut witness = Self { file, reached: reached.unwrap_or_default(), turn };
        if reached.is_none() {
            witness.write()?;
        }
        if is_new {
            File::open(folder)?.sync_all()?;
        }
        Ok(witness)
    }

    /// sled was synced with this batch in it.
    pub(super) fn synced(&mut self, generation: u64) -> io::Result<()> {
        if generation <= self.reached.generation {
            return Ok(());
        }
        self.reached.generation = generation;
        self.write()
    }

    /// Commits of the log before this one are on the disk.
    pub(super) fn committed(&mut self, commits: u64) -> io::Result<()> {
        if commits <= self.reached.commits {
            return Ok(());
        }
        self.reached.commits = commits;
        self.write()
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.turn * STRIDE))?;
        self.file.write_all(&self.reached.encode())?;
        self.turn = 1 - self.turn;
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_reached_is_read_again_and_one_damaged_slot_does_no_harm() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(Reached::read(folder.path()).expect("read"), None);
        let mut witness = Witness::open(folder.path(), None).expect("open");
        for generation in 1..=5 {
            witness.synced(generation).expect("write");
            let found = Reached::read(folder.path()).expect("read");
            assert_eq!(found, Some(Reached { generation, commits: 0 }));
            // Whoever opens it anew writes over the older slot.
            witness = Witness::open(folder.path(), found).expect("open");
        }
        witness.committed(9).expect("write");
        let path = folder.path().join(NAME);
        let whole = std::fs::read(&path).expect("read");
        for at in [3, 4096 + 10] {
            let mut damaged = whole.clone();
            damaged[at] ^= 4;
            std::fs::write(&path, &damaged).expect("write");
            let found = Reached::read(folder.path()).expect("read").expect("the other slot");
            assert_eq!(found.generation, 5);
        }
        std::fs::write(&path, b"else").expect("write");
        assert_eq!(Reached::read(folder.path()).expect("read"), None);
    }
}
