//! Reading whatever is left of a log, without changing it: from damage on, frames are found again wherever they begin.

use std::collections::BTreeMap;
use std::ops::Range;

use super::files::Files;
use super::frame::{self, Home, Kind};
use super::segment::{HEADER, Header};
use super::{Mark, shelf};

/// A commit.
#[derive(Debug)]
pub(in crate::store::sled) struct Page {
    /// The file, and the byte behind it.
    pub(in crate::store::sled) file: String,
    end: u64,
    pub(in crate::store::sled) content: Vec<u8>,
}

/// What is wrong: the file, the byte where it is known, and what.
pub(in crate::store::sled) type Fault = (String, Option<u64>, String);

/// What is left.
#[derive(Debug, Default)]
pub(in crate::store::sled) struct Salvaged {
    /// By their sequence numbers.
    pub(in crate::store::sled) pages: BTreeMap<u64, Page>,
    /// Commits that were acknowledged, or may have been, and are not there.
    pub(in crate::store::sled) lost: Vec<Range<u64>>,
    /// From this commit on none may be missing unsaid: of earlier ones some are here that happened to be left.
    pub(in crate::store::sled) from: u64,
    pub(in crate::store::sled) faults: Vec<Fault>,
    /// A commit at the end that is not whole.
    pub(in crate::store::sled) cut_off: Option<Fault>,
}

struct File {
    name: String,
    bytes: Vec<u8>,
    header: Option<Header>,
}

impl Salvaged {
    /// Reads it. `mark` is what sled knows of it, where that can be read; commits before `reached` were on the disk. What was there
    /// before the mark counts only if that is asked for: among it is what was forgotten since.
    pub(in crate::store::sled) fn read(
        files: &dyn Files,
        mark: Option<Mark>,
        reached: u64,
        with_earlier: bool,
    ) -> std::io::Result<Self> {
        let mark = mark.filter(Mark::is_sound);
        let mut salvaged = Self::default();
        let mut found = salvaged.look(files)?;
        let store = mark.map(|mark| mark.store).or_else(|| most_frequent(&found));
        let Some(store) = store else {
            if mark.is_some() || reached > 1 || !found.is_empty() {
                salvaged.fault("log", None, "no file of the commit log can be read");
                salvaged.lost.push(1..u64::MAX);
            }
            return Ok(salvaged);
        };
        salvaged.recognise(&mut found, store, mark);
        let mut segments: BTreeMap<u64, Seen> = BTreeMap::new();
        for file in &found {
            let Some(header) = file.header.as_ref() else { continue };
            if header.home.store != store {
                salvaged.fault(&file.name, Some(0), "it belongs to another store");
                continue;
            }
            let Home { segment, .. } = header.home;
            let mut seen = salvaged.frames(file, header.home);
            let is_needed = mark.is_none_or(|mark| segment >= mark.segment)
                && (seen.first.is_some() || mark.is_some_and(|mark| segment == mark.segment));
            seen.is_cut = is_needed && (file.bytes.len() as u64) < header.size;
            if seen.is_cut {
                let what = format!("it should have {} bytes and is cut off", header.size);
                salvaged.fault(&file.name, Some(file.bytes.len() as u64), what);
            }
            (seen.file, seen.is_needed) = (file.name.clone(), is_needed);
            (seen.size, seen.bytes) = (header.size, file.bytes.len() as u64);
            if segments.insert(segment, seen).is_some() && is_needed {
                salvaged.fault(&file.name, Some(0), format!("it is segment {segment}, as another file is"));
            }
        }
        salvaged.find_cut_successors(mark, &mut segments);
        salvaged.find_lost_markers(mark, &segments);
        let next = salvaged.find_gaps(mark, reached, &segments);
        salvaged.find_cut_off(&found, store, next);
        if let (Some(mark), false) = (mark, with_earlier) {
            salvaged.pages = salvaged.pages.split_off(&mark.sequence);
        }
        Ok(salvaged)
    }

    fn fault(&mut self, file: &str, at: Option<u64>, what: impl Into<String>) {
        let file = if file == "log" { file.to_owned() } else { format!("log/{file}") };
        self.faults.push((file, at, what.into()));
    }

    fn look(&mut self, files: &dyn Files) -> std::io::Result<Vec<File>> {
        let mut found = Vec::new();
        for name in files.names()?.into_iter().filter(|name| shelf::is_ours(name)) {
            let read = files.open(&name).and_then(|file| {
                let size = usize::try_from(file.size()?).map_err(|_| std::io::ErrorKind::OutOfMemory)?;
                let mut bytes = vec![0; size];
                file.read_at(&mut bytes, 0)?;
                Ok(bytes)
            });
            match read {
                Ok(bytes) => found.push(File { header: Header::decode(&bytes), name, bytes }),
                Err(fault) => self.fault(&name, None, format!("it cannot be read: {fault}")),
            }
        }
        Ok(found)
    }

    /// Files whose first bytes are damaged: their frames know of which segment they are.
    fn recognise(&mut self, found: &mut [File], store: u64, mark: Option<Mark>) {
        let known: Vec<u64> =
            found.iter().filter_map(|file| file.header.as_ref()).map(|header| header.home.segment).collect();
        let least = mark.map(|mark| mark.segment).or(known.iter().min().copied()).unwrap_or(1);
        let most = known.iter().max().copied().unwrap_or(least).max(least) + found.len() as u64;
        for file in found.iter_mut().filter(|file| file.header.is_none()) {
            let from = usize::try_from(HEADER).unwrap_or(usize::MAX);
            // The first frame may be what is damaged: any will do.
            let mut candidates = (least.saturating_sub(1)..=most).filter(|number| !known.contains(number));
            let number = candidates
                .find(|segment| frame::all_from(&file.bytes, from, Home { store, segment: *segment }).next().is_some());
            if let Some(segment) = number {
                file.header = Some(Header { home: Home { store, segment }, size: file.bytes.len() as u64 });
                self.fault(
                    &file.name,
                    Some(0),
                    format!("its first bytes cannot be read; its commits say that it is segment {segment}"),
                );
            } else if file.bytes.iter().take(from).any(|byte| *byte != 0) {
                self.fault(&file.name, Some(0), "its first bytes cannot be read, and no commit of this store is in it");
            }
        }
    }

    fn frames(&mut self, file: &File, home: Home) -> Seen {
        let mut seen = Seen::default();
        let from = usize::try_from(HEADER).unwrap_or(usize::MAX);
        seen.end = HEADER;
        for (at, frame) in frame::all_from(&file.bytes, from, home) {
            if at as u64 > seen.end {
                seen.holes.push((seen.end, frame.sequence));
            }
            seen.durable = seen.durable.max(frame.durable);
            seen.end = (at + frame.length()) as u64;
            seen.first.get_or_insert(frame.sequence);
            match frame.kind {
                Kind::Seal => seen.sealed = Some(frame.sequence),
                Kind::Close => {}
                Kind::Page => {
                    let end = (at + frame.length()) as u64;
                    let page = Page { file: format!("log/{}", file.name), end, content: frame.content.to_vec() };
                    self.pages.insert(frame.sequence, page);
                }
            }
        }
        seen
    }

    /// Where a segment says that the log goes on in the next one, that one counts, whatever is left of it.
    fn find_cut_successors(&mut self, mark: Option<Mark>, segments: &mut BTreeMap<u64, Seen>) {
        let counts = |number: u64| mark.is_none_or(|mark| number >= mark.segment);
        let sealed = segments.iter().filter(|(number, seen)| counts(**number) && seen.sealed.is_some());
        let next: Vec<u64> = sealed.map(|(number, _)| number + 1).collect();
        for (number, seen) in segments.iter_mut() {
            if seen.is_needed || !next.contains(number) {
                continue;
            }
            (seen.is_needed, seen.is_cut) = (true, seen.bytes < seen.size);
            if seen.is_cut {
                let what = format!("it should have {} bytes and is cut off", seen.size);
                self.fault(&seen.file, Some(seen.bytes), what);
            }
        }
    }

    /// Frames without content: nothing is lost with them, and the log cannot be read on without them.
    fn find_lost_markers(&mut self, mark: Option<Mark>, segments: &BTreeMap<u64, Seen>) {
        for (number, seen) in segments.iter().filter(|(_, seen)| seen.is_needed) {
            for (at, behind) in &seen.holes {
                let is_first = mark.is_some_and(|mark| mark.sequence == *behind);
                if is_first || behind.checked_sub(1).is_some_and(|before| self.pages.contains_key(&before)) {
                    self.fault(
                        &seen.file,
                        Some(*at),
                        "what was written there cannot be read; no commit is missing there",
                    );
                }
            }
            let goes_on = segments.get(&(number + 1)).is_some_and(|next| next.is_needed && next.first.is_some());
            if seen.sealed.is_none() && !seen.is_cut && goes_on {
                let what = format!("it does not say that it goes on, and segment {} does", number + 1);
                self.fault(&seen.file, Some(seen.end), what);
            }
        }
    }

    /// Whether the commit of this number was begun behind the last one.
    fn find_cut_off(&mut self, found: &[File], store: u64, next: u64) {
        let last = next.checked_sub(1).and_then(|last| self.pages.get(&last));
        let Some(last) = last.filter(|_| self.lost.is_empty()) else { return };
        let (Ok(mut end), Some(name)) = (usize::try_from(last.end), last.file.strip_prefix("log/")) else { return };
        let Some(File { bytes, header: Some(header), .. }) = found.iter().find(|file| file.name == name) else {
            return;
        };
        let home = Home { store, ..header.home };
        while let Some(frame) = frame::read(bytes, end, home).filter(|frame| frame.kind == Kind::Close) {
            end += frame.length();
        }
        if frame::is_cut_off(bytes, end, next, home) {
            let what = format!("the last commit is not whole: {}", super::damage::CUT_OFF);
            self.cut_off = Some((last.file.clone(), Some(end as u64), what));
        }
    }

    /// Which commits are missing; what nobody was told of is left out. Gives the number of the commit behind the last one.
    fn find_gaps(&mut self, mark: Option<Mark>, reached: u64, segments: &BTreeMap<u64, Seen>) -> u64 {
        let durable = segments.values().map(|seen| seen.durable).max().unwrap_or_default();
        let told = durable.max(mark.map_or(1, |mark| mark.reached).max(reached).saturating_sub(1));
        let first = mark.map(|mark| mark.sequence).or_else(|| self.pages.keys().next().copied()).unwrap_or(1);
        self.from = first;
        let mut next = first;
        let mut lost = Vec::new();
        for sequence in self.pages.range(first..).map(|(sequence, _)| *sequence) {
            if sequence > next {
                if next > told {
                    break;
                }
                lost.push(next..sequence);
            }
            next = sequence + 1;
        }
        self.pages.split_off(&next);
        if next <= told {
            lost.push(next..told + 1);
        }
        // Where the log went on, nobody knows how far.
        let newest = segments.iter().rfind(|(_, seen)| seen.first.is_some() || seen.is_cut);
        if newest.is_some_and(|(_, seen)| seen.is_cut && seen.sealed.is_none()) {
            lost.push(next.max(told + 1)..u64::MAX);
        }
        let goes_on = newest
            .and_then(|(number, seen)| Some((number, seen.sealed?)))
            .filter(|(number, _)| !segments.contains_key(&(**number + 1)));
        if let Some((number, sealed)) = goes_on {
            self.fault("log", None, format!("segment {} of the commit log is missing", number + 1));
            lost.push(sealed.max(next)..u64::MAX);
        }
        if let Some(mark) = mark.filter(|mark| !segments.contains_key(&mark.segment)) {
            self.fault("log", None, format!("segment {} of the commit log is missing", mark.segment));
            if segments.range(mark.segment..).next().is_none() {
                lost.push(next..u64::MAX);
            }
        }
        for gap in &lost {
            let before = self.pages.range(..gap.start).next_back().filter(|(sequence, _)| **sequence + 1 == gap.start);
            let (file, at) = before.map_or(("log".to_owned(), None), |(_, page)| (page.file.clone(), Some(page.end)));
            let what = match gap.end - gap.start {
                1 => format!("commit {} was acknowledged and cannot be read", gap.start),
                _ if gap.end == u64::MAX => format!("commits from {} on may be lost", gap.start),
                _ => format!("commits {} to {} were acknowledged and cannot be read", gap.start, gap.end - 1),
            };
            self.faults.push((file, at, what));
        }
        self.lost = lost;
        next
    }
}

/// What a segment's frames say together.
#[derive(Debug, Default)]
struct Seen {
    file: String,
    /// As its first bytes say.
    size: u64,
    bytes: u64,
    /// Behind the last frame.
    end: u64,
    /// Where frames do not follow one another, and the sequence number behind that.
    holes: Vec<(u64, u64)>,
    /// It counts, and is not only left over.
    is_needed: bool,
    durable: u64,
    first: Option<u64>,
    is_cut: bool,
    /// The sequence number with which the next segment begins.
    sealed: Option<u64>,
}

fn most_frequent(found: &[File]) -> Option<u64> {
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    for header in found.iter().filter_map(|file| file.header.as_ref()) {
        *counts.entry(header.home.store).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(store, _)| store)
}

/// A file of a log with at least one commit.
pub(in crate::store::sled) fn file_with_commits(files: &dyn Files) -> std::io::Result<Option<String>> {
    for name in files.names()?.into_iter().filter(|name| shelf::is_ours(name)) {
        let file = files.open(&name)?;
        if let Some(header) = super::segment::header(&*file)?
            && super::open::begins(&*file, header.home)?
        {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
