//! Where results go: `SUCCEEDED_0.json` and `FAILED_0.json` beside a `manifest.json`, as AWS writes them.
//!
//! A file is written from front to back. After a crash it is cut to what the last mark says, and goes on from there.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::engine::{FileMark, ResultPlace, Transformation};

/// A file that is larger is followed by another one.
const FILE_MAX: u64 = 5 * 1024 * 1024 * 1024;

/// A text for people.
pub(super) type WriteError = String;

/// Writes what children have yielded.
#[derive(Debug)]
pub(super) struct Writer {
    folder: PathBuf,
    /// Of the keys, up to the file's name.
    key: String,
    bucket: String,
    succeeded: Series,
    failed: Series,
    transformation: Transformation,
}

/// Files of one kind.
#[derive(Debug)]
struct Series {
    kind: &'static str,
    lines: bool,
    file_max: u64,
    mark: FileMark,
    /// The file that is being written.
    file: Option<BufWriter<File>>,
}

/// A child as it is written.
pub(super) enum Written<'a> {
    /// Its output.
    Output(&'a Value),
    /// Its description.
    Description(&'a Value),
}

impl Writer {
    /// In a folder of the bucket's, which is made, from where the marks say.
    pub(super) fn open(
        place: &ResultPlace,
        (bucket, prefix): (&str, &str),
        folder: PathBuf,
        id: &str,
        marks: [FileMark; 2],
    ) -> Result<Self, WriteError> {
        let prefix = prefix.trim_end_matches('/');
        let key = if prefix.is_empty() { id.to_owned() } else { format!("{prefix}/{id}") };
        fs::create_dir_all(&folder).map_err(|error| fault(&folder, &error))?;
        let series = |kind, mark| Series { kind, lines: place.lines, file_max: FILE_MAX, mark, file: None };
        let [succeeded, failed] = marks;
        Ok(Self {
            folder,
            key,
            bucket: bucket.to_owned(),
            succeeded: series("SUCCEEDED", succeeded),
            failed: series("FAILED", failed),
            transformation: place.transformation,
        })
    }

    pub(super) fn succeeded(&mut self, written: &Written<'_>) -> Result<(), WriteError> {
        match written {
            Written::Output(Value::Array(parts)) if self.transformation == Transformation::Flatten => {
                parts.iter().try_for_each(|part| self.succeeded.write(&self.folder, part))
            }
            Written::Output(value) | Written::Description(value) => self.succeeded.write(&self.folder, value),
        }
    }

    pub(super) fn failed(&mut self, description: &Value) -> Result<(), WriteError> {
        self.failed.write(&self.folder, description)
    }

    /// What was written so far, once it would survive a crash.
    pub(super) fn marks(&mut self, durable: bool) -> Result<[FileMark; 2], WriteError> {
        self.succeeded.settle(&self.folder, durable)?;
        self.failed.settle(&self.folder, durable)?;
        Ok([self.succeeded.mark, self.failed.mark])
    }

    /// Ends the files and writes the manifest; its bucket and key are the result.
    pub(super) fn finish(mut self, map_run_arn: &str) -> Result<Value, WriteError> {
        let succeeded = self.succeeded.finish(&self.folder, &self.key)?;
        let failed = self.failed.finish(&self.folder, &self.key)?;
        let manifest = json!({
            "DestinationBucket": self.bucket,
            "MapRunArn": map_run_arn,
            "ResultFiles": { "FAILED": failed, "PENDING": [], "SUCCEEDED": succeeded },
        });
        let path = self.folder.join("manifest.json");
        fs::write(&path, manifest.to_string()).map_err(|error| fault(&path, &error))?;
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

    fn write(&mut self, folder: &Path, value: &Value) -> Result<(), WriteError> {
        if self.mark.bytes >= self.file_max {
            self.close(folder)?;
            self.mark.file += 1;
            self.mark.bytes = 0;
        }
        let path = folder.join(self.name(self.mark.file));
        let first = self.mark.bytes == 0;
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(open(&path, self.mark.bytes)?),
        };
        let mut text = Vec::with_capacity(256);
        if !self.lines {
            text.push(if first { b'[' } else { b',' });
        }
        serde_json::to_writer(&mut text, value).map_err(|error| format!("{}: {error} [WF2204]", path.display()))?;
        if self.lines {
            text.push(b'\n');
        }
        file.write_all(&text).map_err(|error| fault(&path, &error))?;
        self.mark.bytes += text.len() as u64;
        self.mark.entries += 1;
        Ok(())
    }

    fn settle(&mut self, folder: &Path, durable: bool) -> Result<(), WriteError> {
        let path = folder.join(self.name(self.mark.file));
        let Some(file) = &mut self.file else { return Ok(()) };
        file.flush().map_err(|error| fault(&path, &error))?;
        if durable {
            file.get_ref().sync_data().map_err(|error| fault(&path, &error))?;
        }
        Ok(())
    }

    /// Ends the file that is being written, also one that was begun before a crash.
    fn close(&mut self, folder: &Path) -> Result<(), WriteError> {
        if self.mark.bytes == 0 {
            return Ok(());
        }
        let path = folder.join(self.name(self.mark.file));
        let mut file = match self.file.take() {
            Some(file) => file,
            None => open(&path, self.mark.bytes)?,
        };
        let end: &[u8] = if self.lines { b"" } else { b"]" };
        file.write_all(end).and_then(|()| file.flush()).map_err(|error| fault(&path, &error))?;
        file.get_ref().sync_all().map_err(|error| fault(&path, &error))
    }

    /// The files as the manifest lists them.
    fn finish(&mut self, folder: &Path, key: &str) -> Result<Vec<Value>, WriteError> {
        self.close(folder)?;
        let count = if self.mark.bytes > 0 { self.mark.file + 1 } else { self.mark.file };
        let about = |file: u32| {
            let name = self.name(file);
            let path = folder.join(&name);
            let size = fs::metadata(&path).map_err(|error| fault(&path, &error))?.len();
            Ok(json!({ "Key": format!("{key}/{name}"), "Size": size }))
        };
        (0..count).map(about).collect()
    }
}

/// The file, cut to this length.
fn open(path: &Path, bytes: u64) -> Result<BufWriter<File>, WriteError> {
    let fault = |error: std::io::Error| fault(path, &error);
    let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(fault)?;
    let length = file.metadata().map_err(fault)?.len();
    if length < bytes {
        let path = path.display();
        return Err(format!("{path} has {length} bytes where {bytes} were written: somebody has changed it [WF2204]"));
    }
    file.set_len(bytes).map_err(fault)?;
    file.seek(SeekFrom::Start(bytes)).map_err(fault)?;
    Ok(BufWriter::with_capacity(64 * 1024, file))
}

fn fault(path: &Path, error: &std::io::Error) -> WriteError {
    format!("{} cannot be written: {error} [WF2204]", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(transformation: Transformation, lines: bool) -> ResultPlace {
        ResultPlace { export: None, transformation, lines }
    }

    fn writer(folder: &Path, place: &ResultPlace, marks: [FileMark; 2]) -> Writer {
        Writer::open(place, ("bucket", "out/"), folder.to_owned(), "id", marks).expect("a writer")
    }

    fn read(folder: &Path, name: &str) -> String {
        fs::read_to_string(folder.join(name)).expect("a file")
    }

    #[test]
    fn results_stand_in_files_that_the_manifest_lists() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut writer = writer(folder.path(), &place(Transformation::Compact, false), Default::default());
        writer.succeeded(&Written::Output(&json!({ "a": 1 }))).expect("written");
        writer.succeeded(&Written::Output(&json!([2]))).expect("written");
        writer.failed(&json!("why")).expect("written");
        let result = writer.finish("arn").expect("a result");
        assert_eq!(
            result,
            json!({ "MapRunArn": "arn", "ResultWriterDetails": { "Bucket": "bucket", "Key": "out/id/manifest.json" } })
        );
        assert_eq!(read(folder.path(), "SUCCEEDED_0.json"), r#"[{"a":1},[2]]"#);
        assert_eq!(read(folder.path(), "FAILED_0.json"), r#"["why"]"#);
        let manifest: Value = serde_json::from_str(&read(folder.path(), "manifest.json")).expect("JSON");
        assert_eq!(
            manifest,
            json!({ "DestinationBucket": "bucket", "MapRunArn": "arn", "ResultFiles": {
                "FAILED": [{ "Key": "out/id/FAILED_0.json", "Size": 7 }],
                "PENDING": [],
                "SUCCEEDED": [{ "Key": "out/id/SUCCEEDED_0.json", "Size": 13 }],
            } })
        );
    }

    #[test]
    fn a_new_owner_cuts_off_what_came_after_the_mark() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = place(Transformation::Compact, false);
        let mut first = writer(folder.path(), &place, Default::default());
        first.succeeded(&Written::Output(&json!(1))).expect("written");
        let marks = first.marks(true).expect("marks");
        first.succeeded(&Written::Output(&json!("lost"))).expect("written");
        first.marks(false).expect("written to the file");
        drop(first);
        let mut second = writer(folder.path(), &place, marks);
        second.succeeded(&Written::Output(&json!(2))).expect("written");
        second.finish("arn").expect("a result");
        assert_eq!(read(folder.path(), "SUCCEEDED_0.json"), "[1,2]");
        // Nothing more came after the mark: the file is ended all the same.
        writer(folder.path(), &place, marks).finish("arn").expect("a result");
        assert_eq!(read(folder.path(), "SUCCEEDED_0.json"), "[1]");
    }

    #[test]
    fn a_file_that_was_cut_by_somebody_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = place(Transformation::Compact, false);
        let marks = [FileMark { file: 0, bytes: 9, entries: 1 }, FileMark::default()];
        let error = writer(folder.path(), &place, marks).succeeded(&Written::Output(&json!(1))).expect_err("refused");
        assert!(error.contains("somebody has changed it [WF2204]"), "{error}");
    }

    #[test]
    fn lists_are_flattened_and_lines_are_lines() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut writer = writer(folder.path(), &place(Transformation::Flatten, true), Default::default());
        writer.succeeded(&Written::Output(&json!([1, [2]]))).expect("written");
        writer.succeeded(&Written::Output(&json!("x"))).expect("written");
        writer.finish("arn").expect("a result");
        assert_eq!(read(folder.path(), "SUCCEEDED_0.jsonl"), "1\n[2]\n\"x\"\n");
    }

    #[test]
    fn a_full_file_is_followed_by_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut writer = writer(folder.path(), &place(Transformation::Compact, false), Default::default());
        writer.succeeded.file_max = 4;
        for number in [10, 20, 30] {
            writer.succeeded(&Written::Output(&json!(number))).expect("written");
        }
        writer.finish("arn").expect("a result");
        assert_eq!(read(folder.path(), "SUCCEEDED_0.json"), "[10,20]");
        assert_eq!(read(folder.path(), "SUCCEEDED_1.json"), "[30]");
    }
}
