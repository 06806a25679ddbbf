use super::*;

fn place(transformation: Transformation, lines: bool) -> ResultPlace {
    ResultPlace { export: None, transformation, lines }
}

fn target(folder: &Path) -> Target<'_> {
    let (root, folder) = (folder.to_owned(), folder.join("out/id"));
    Target { bucket: "bucket", prefix: "out/", id: "id", root, folder, durable: true }
}

fn begin(folder: &Path, place: &ResultPlace) -> Writer {
    Writer::begin(place, target(folder)).expect("a writer")
}

fn take_over(folder: &Path, marks: [FileMark; 2], before: u64, owner: u64) -> Result<Writer, WriteError> {
    Writer::take_over(&place(Transformation::Compact, false), target(folder), marks, before, owner)
}

fn put(writer: &mut Writer, value: &Value) {
    writer.succeeded(&Written::Output(value)).expect("written");
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join("out/id").join(name)).expect("a file")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("out/id")).expect("a folder").flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

#[test]
fn results_stand_in_files_that_the_manifest_lists() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut writer = begin(folder.path(), &place(Transformation::Compact, false));
    put(&mut writer, &json!({ "a": 1 }));
    put(&mut writer, &json!([2]));
    writer.failed(&json!("why")).expect("written");
    writer.marks().expect("marks");
    assert!(names(folder.path()).iter().all(|name| name.starts_with(".writing-")), "nothing is whole before the end");
    let result = writer.finish("arn").expect("a result");
    assert_eq!(
        result,
        json!({ "MapRunArn": "arn", "ResultWriterDetails": { "Bucket": "bucket", "Key": "out/id/manifest.json" } })
    );
    assert_eq!(read(folder.path(), "SUCCEEDED_0.json"), r#"[{"a":1},[2]]"#);
    assert_eq!(read(folder.path(), "FAILED_0.json"), r#"["why"]"#);
    assert_eq!(names(folder.path()), ["FAILED_0.json", "SUCCEEDED_0.json", "manifest.json"]);
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
fn a_new_owner_has_what_the_mark_says_and_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = begin(folder.path(), &place(Transformation::Compact, false));
    put(&mut first, &json!(1));
    let marks = first.marks().expect("marks");
    put(&mut first, &json!("lost"));
    first.marks().expect("written to the file");
    let mut second = take_over(folder.path(), marks, 0, 2).expect("a writer");
    // It was overtaken, and does not know.
    put(&mut first, &json!("late"));
    first.marks().expect("written to the file");
    put(&mut second, &json!(2));
    put(&mut first, &json!("later"));
    drop(first);
    second.finish("arn").expect("a result");
    assert_eq!(read(folder.path(), "SUCCEEDED_0.json"), "[1,2]");
    assert_eq!(names(folder.path()), ["SUCCEEDED_0.json", "manifest.json"], "what others have left is removed");
}

#[test]
fn an_owner_that_ended_its_files_leaves_them_to_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = begin(folder.path(), &place(Transformation::Compact, false));
    first.succeeded.file_max = 4;
    for number in [10, 20, 30] {
        put(&mut first, &json!(number));
    }
    let marks = first.marks().expect("marks");
    // A crash after one file, or before the manifest, or after everything.
    let mut second = take_over(folder.path(), marks, 0, 2).expect("a writer");
    second.succeeded.finish(&second.place, "key").expect("named");
    drop(second);
    let third = take_over(folder.path(), marks, 2, 3).expect("a writer");
    let late = take_over(folder.path(), marks, 2, 4).expect("a writer");
    third.finish("arn").expect("a result");
    first.finish("arn").expect_err("its file was removed");
    assert_eq!(read(folder.path(), "SUCCEEDED_0.json"), "[10,20]");
    assert_eq!(read(folder.path(), "SUCCEEDED_1.json"), "[30]");
    let manifest = read(folder.path(), "manifest.json");
    late.finish("arn").expect("the same result");
    assert_eq!(read(folder.path(), "SUCCEEDED_1.json"), "[30]");
    assert_eq!(read(folder.path(), "manifest.json"), manifest);
}

#[test]
fn files_of_before_there_were_owners_are_gone_on_with() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join("out/id")).expect("made");
    fs::write(folder.path().join("out/id/SUCCEEDED_0.json"), "[1,2,\"los").expect("written");
    let marks = [FileMark { file: 0, bytes: 4, entries: 2 }, FileMark::default()];
    let mut writer = take_over(folder.path(), marks, 0, 5).expect("a writer");
    put(&mut writer, &json!(3));
    writer.finish("arn").expect("a result");
    assert_eq!(read(folder.path(), "SUCCEEDED_0.json"), "[1,2,3]");
}

#[test]
fn a_file_that_was_cut_or_removed_by_somebody_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let marks = [FileMark { file: 0, bytes: 9, entries: 1 }, FileMark::default()];
    let error = take_over(folder.path(), marks, 0, 2).expect_err("refused");
    assert!(error.contains("somebody has removed it [WF2204]"), "{error}");
    fs::write(folder.path().join("out/id/.writing-0-SUCCEEDED_0.json"), "[1").expect("written");
    let error = take_over(folder.path(), marks, 0, 2).expect_err("refused");
    assert!(error.contains("somebody has changed it [WF2204]"), "{error}");
}

#[test]
fn lists_are_flattened_and_lines_are_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut writer = begin(folder.path(), &place(Transformation::Flatten, true));
    put(&mut writer, &json!([1, [2]]));
    put(&mut writer, &json!("x"));
    writer.finish("arn").expect("a result");
    assert_eq!(read(folder.path(), "SUCCEEDED_0.jsonl"), "1\n[2]\n\"x\"\n");
}

#[test]
fn a_full_file_is_followed_by_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut writer = begin(folder.path(), &place(Transformation::Compact, false));
    writer.succeeded.file_max = 4;
    for number in [10, 20, 30] {
        put(&mut writer, &json!(number));
    }
    writer.finish("arn").expect("a result");
    assert_eq!(read(folder.path(), "SUCCEEDED_0.json"), "[10,20]");
    assert_eq!(read(folder.path(), "SUCCEEDED_1.json"), "[30]");
}

#[test]
fn a_file_of_which_something_is_missing_gets_no_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut writer = begin(folder.path(), &place(Transformation::Compact, false));
    put(&mut writer, &json!(1));
    writer.marks().expect("marks");
    // Open for reading alone: every write of it fails.
    let path = writer.place.path("SUCCEEDED_0.json");
    writer.succeeded.file = Some(BufWriter::with_capacity(0, File::open(path).expect("a file")));
    let error = writer.succeeded(&Written::Output(&json!(2))).expect_err("refused");
    assert!(error.contains("WF2204"), "{error}");
    let path = writer.place.path("SUCCEEDED_0.json");
    writer.succeeded.file = Some(BufWriter::new(fs::OpenOptions::new().append(true).open(path).expect("a file")));
    let error = writer.succeeded(&Written::Output(&json!(3))).expect_err("what came before is missing");
    assert!(error.contains("could not be written before"), "{error}");
    assert!(writer.marks().is_err());
    assert!(writer.finish("arn").is_err());
    assert_eq!(names(folder.path()), [".writing-0-SUCCEEDED_0.json"]);
}
