//! Where results go: `SUCCEEDED_0.json` and `FAILED_0.json` beside a `manifest.json`, as AWS writes them.
//!
//! A file is written from front to back, under a name that only one owner of the execution uses: whoever goes on after a crash
//! copies as much as the last durable mark says into files of its own. So an owner that was overtaken and does not know
//! it writes where nobody reads. The names that everybody knows are given at the end, once a record says what is in the
//! files: two owners that get so far give the same names to the same bytes.

mod place;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

pub(super) use self::place::Target;
use self::place::{Part, fault};
use crate::blob::BlobId;
use crate::engine::{FileMark, ResultPlace, Transformation};

/// A file that is larger is followed by another one.
const FILE_MAX: u64 = 5 * 1024 * 1024 * 1024;

/// A text for people.
pub(super) type WriteError = String;

/// Writes what children have yielded.
#[derive(Debug)]
pub(super) struct Writer {
    place: Part,
    /// Of the keys, up to the file's name.
    key: String,
    bucket: String,
    succeeded: Series,
    failed: Series,
    transformation: Transformation,
}

/// The blobs that results name, since somebody asked last.
type Named = BTreeSet<BlobId>;

/// Files of one kind.
#[derive(Debug)]
struct Series {
    kind: &'static str,
    lines: bool,
    file_max: u64,
    mark: FileMark,
    /// The file that is being written.
    file: Option<BufWriter<File>>,
    named: Named,
    /// Nobody knows what is in the file.
    is_broken: bool,
}

/// A child as it is written.
pub(super) enum Written<'a> {
    /// Its output.
    Output(&'a Value),
    /// Its description.
    Description(&'a Value),
}

impl Writer {
    /// For whoever began the map run.
    pub(super) fn begin(place: &ResultPlace, target: Target<'_>) -> Result<Self, WriteError> {
        Self::open(place, target, Default::default(), 0)
    }

    /// For another owner, from where the marks say of the files of the one before. Blocks.
    pub(super) fn take_over(
        place: &ResultPlace,
        target: Target<'_>,
        marks: [FileMark; 2],
        before: u64,
        owner: u64,
    ) -> Result<Self, WriteError> {
        let writer = Self::open(place, target, marks, owner)?;
        if owner == before {
            return Ok(writer);
        }
        for series in [&writer.succeeded, &writer.failed] {
            let FileMark { file, bytes, .. } = series.mark;
            for ended in 0..file {
                writer.place.take_over(&series.name(ended), before, None)?;
            }
            if bytes > 0 {
                writer.place.take_over(&series.name(file), before, Some(bytes))?;
            }
        }
        writer.place.sync()?;
        Ok(writer)
    }

    fn open(place: &ResultPlace, target: Target<'_>, marks: [FileMark; 2], owner: u64) -> Result<Self, WriteError> {
        let prefix = target.prefix.trim_end_matches('/');
        let key = if prefix.is_empty() { target.id.to_owned() } else { format!("{prefix}/{}", target.id) };
        let bucket = target.bucket.to_owned();
        let series = |kind, mark| Series {
            kind,
            lines: place.lines,
            file_max: FILE_MAX,
            mark,
            file: None,
            named: Named::new(),
            is_broken: false,
        };
        let [succeeded, failed] = marks;
        Ok(Self {
            place: Part::of(target, owner)?,
            key,
            bucket,
            succeeded: series("SUCCEEDED", succeeded),
            failed: series("FAILED", failed),
            transformation: place.transformation,
        })
    }

    pub(super) fn succeeded(&mut self, written: &Written<'_>) -> Result<(), WriteError> {
        match written {
            Written::Output(Value::Array(parts)) if self.transformation == Transformation::Flatten => {
                parts.iter().try_for_each(|part| self.succeeded.write(&self.place, part))
            }
            Written::Output(value) | Written::Description(value) => self.succeeded.write(&self.place, value),
        }
    }

    pub(super) fn failed(&mut self, description: &Value) -> Result<(), WriteError> {
        self.failed.write(&self.place, description)
    }

    /// What was written so far, once it would survive a crash.
    pub(super) fn marks(&mut self) -> Result<[FileMark; 2], WriteError> {
        self.succeeded.settle(&self.place)?;
        self.failed.settle(&self.place)?;
        self.place.sync()?;
        Ok([self.succeeded.mark, self.failed.mark])
    }

    /// The blobs that what was written since the last time names: no record does, and they are to stay.
    pub(super) fn take_named(&mut self) -> Option<Value> {
        let mut named = std::mem::take(&mut self.succeeded.named);
        named.append(&mut self.failed.named);
        (!named.is_empty()).then(|| named.iter().map(ToString::to_string).collect())
    }

    /// Ends the files, gives them their names, and writes the manifest; its bucket and key are the result.
    pub(super) fn finish(mut self, map_run_arn: &str) -> Result<Value, WriteError> {
        let succeeded = self.succeeded.finish(&self.place, &self.key)?;
        let failed = self.failed.finish(&self.place, &self.key)?;
        let manifest = json!({
            "DestinationBucket": self.bucket,
            "MapRunArn": map_run_arn,
            "ResultFiles": { "FAILED": failed, "PENDING": [], "SUCCEEDED": succeeded },
        });
        self.place.write("manifest.json", &manifest.to_string())?;
        self.place.clear();
        Ok(json!({
            "MapRunArn": map_run_arn,
            "ResultWriterDetails": { "Bucket": self.bucket, "Key": format!("{}/manifest.json", self.key) },
        }))
    }
}

impl Series {
    fn name(&self, file: u32) -> String {
        let ending = if self.lines { "jsonl" } else { "json" };
        format!("{}_{file}.{ending}", self.kind)
    }

    fn write(&mut self, place: &Part, value: &Value) -> Result<(), WriteError> {
        self.check(&place.path(&self.name(self.mark.file)))?;
        if self.mark.bytes >= self.file_max {
            self.close(place)?;
            self.mark.file += 1;
            self.mark.bytes = 0;
        }
        let name = self.name(self.mark.file);
        let first = self.mark.bytes == 0;
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(place.open(&name, self.mark.bytes)?),
        };
        let mut text = Vec::with_capacity(256);
        if !self.lines {
            text.push(if first { b'[' } else { b',' });
        }
        serde_json::to_writer(&mut text, value)
            .map_err(|error| format!("{}: {error} [WF2204]", place.path(&name).display()))?;
        if self.lines {
            text.push(b'\n');
        }
        BlobId::find_all(&text, |id| {
            self.named.insert(id);
        });
        if let Err(error) = file.write_all(&text) {
            self.is_broken = true;
            return Err(fault(&place.path(&name), &error));
        }
        self.mark.bytes += text.len() as u64;
        self.mark.entries += 1;
        Ok(())
    }

    fn settle(&mut self, place: &Part) -> Result<(), WriteError> {
        let path = place.path(&self.name(self.mark.file));
        self.check(&path)?;
        let Some(file) = &mut self.file else { return Ok(()) };
        let settled = file.flush().and_then(|()| if place.durable { file.get_ref().sync_data() } else { Ok(()) });
        self.is_broken = settled.is_err();
        settled.map_err(|error| fault(&path, &error))
    }

    /// What was not written, or not synced, once, is no file to give a name to.
    fn check(&self, path: &Path) -> Result<(), WriteError> {
        if self.is_broken {
            return Err(format!("{} could not be written before [WF2204]", path.display()));
        }
        Ok(())
    }

    /// Ends the file that is being written, also one that was begun before a crash.
    fn close(&mut self, place: &Part) -> Result<(), WriteError> {
        if self.mark.bytes == 0 {
            return Ok(());
        }
        let name = self.name(self.mark.file);
        self.check(&place.path(&name))?;
        let mut file = match self.file.take() {
            Some(file) => file,
            None => place.open(&name, self.mark.bytes)?,
        };
        let end: &[u8] = if self.lines { b"" } else { b"]" };
        let ended = file.write_all(end).and_then(|()| file.flush());
        let ended = ended.and_then(|()| if place.durable { file.get_ref().sync_all() } else { Ok(()) });
        ended.map_err(|error| fault(&place.path(&name), &error))
    }

    /// The files under their names, as the manifest lists them.
    fn finish(&mut self, place: &Part, key: &str) -> Result<Vec<Value>, WriteError> {
        self.close(place)?;
        let count = if self.mark.bytes > 0 { self.mark.file + 1 } else { self.mark.file };
        let about = |file: u32| {
            let name = self.name(file);
            let path = place.path(&name);
            let size = fs::metadata(&path).map_err(|error| fault(&path, &error))?.len();
            place.publish(&name)?;
            Ok(json!({ "Key": format!("{key}/{name}"), "Size": size }))
        };
        (0..count).map(about).collect()
    }
}

#[cfg(test)]
mod tests;
