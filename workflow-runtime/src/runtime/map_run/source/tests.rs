use std::fs;

use serde_json::json;

use super::*;

fn pages() -> (Pages, mpsc::Receiver<Result<Vec<Item>, ReadError>>) {
    let (sender, receiver) = mpsc::channel(10_000);
    (Pages { skip: 0, left: u64::MAX, page: Vec::new(), sender: Some(sender) }, receiver)
}

/// What a reader yields with so many skipped and at most so many.
fn taken(
    skip: u64,
    max: u64,
    run: impl FnOnce(&mut Pages) -> Result<(), Stop> + Send + 'static,
) -> Result<Vec<Value>, ReadError> {
    let (mut pages, mut receiver) = pages();
    (pages.skip, pages.left) = (skip, if max == 0 { u64::MAX } else { max });
    // `blocking_send` may not be called where tokio runs.
    let done = std::thread::spawn(move || run(&mut pages).and_then(|()| pages.flush())).join().expect("no panic");
    if let Err(Some(why)) = done {
        return Err(why);
    }
    let mut all = Vec::new();
    while let Ok(page) = receiver.try_recv() {
        all.extend(page.expect("items").into_iter().map(plain));
    }
    Ok(all)
}

fn csv_of(text: &'static str, delimiter: char, headers: Option<&[&str]>) -> Result<Vec<Value>, ReadError> {
    let headers: Option<Vec<String>> = headers.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    taken(0, 0, move |pages| csv::read(text.as_bytes(), delimiter, headers.as_deref(), pages))
}

#[test]
fn csv_rows_are_objects_of_texts() {
    let text = "\u{feff}sku,amount\r\nA-1,\"1,5\"\n\n\"say \"\"hi\"\"\",\"two\nlines\"\nshort\n";
    let expected = [
        json!({ "sku": "A-1", "amount": "1,5" }),
        json!({ "sku": "say \"hi\"", "amount": "two\nlines" }),
        json!({ "sku": "short", "amount": "" }),
    ];
    assert_eq!(csv_of(text, ',', None).as_deref(), Ok(&expected[..]));
    assert_eq!(csv_of("1|2\n", '|', Some(&["a", "b"])), Ok(vec![json!({ "a": "1", "b": "2" })]));
    assert_eq!(csv_of("a\tb\n\t\n", '\t', None), Ok(vec![json!({ "a": "", "b": "" })]));
    assert_eq!(csv_of("", ',', None), Ok(vec![]));
    assert_eq!(csv_of("a,b\n", ',', None), Ok(vec![]));
}

#[test]
fn what_is_wrong_in_csv_is_named_with_its_line() {
    assert_eq!(csv_of("a\nx\n1,2\n", ',', None), Err("line 3 has 2 fields, but there are 1 columns".to_owned()));
    assert_eq!(csv_of("a\n\"x\n", ',', None), Err("line 2: a quoted field has no end".to_owned()));
}

#[test]
fn lines_of_json() {
    let read = |text: &'static str| taken(0, 0, move |pages| lines::read(text.as_bytes(), pages));
    assert_eq!(read("{\"a\":1}\n\n 2\n\"x\""), Ok(vec![json!({ "a": 1 }), json!(2), json!("x")]));
    assert!(read("1\n{\n").is_err_and(|why| why.starts_with("line 2 is no JSON")));
}

#[test]
fn a_document_is_read_at_its_pointer() {
    let read = |text: &'static str, pointer: &'static str| {
        taken(0, 0, move |pages| document::read(text.as_bytes(), pointer, pages))
    };
    assert_eq!(read("[1,{\"a\":[2]},null]", ""), Ok(vec![json!(1), json!({ "a": [2] }), json!(null)]));
    let fields = vec![json!({ "Key": "a", "Value": 1 }), json!({ "Key": "b", "Value": [2] })];
    assert_eq!(read("{\"a\":1,\"b\":[2]}", ""), Ok(fields));
    let nested = "{\"skip\":[9],\"list\":{\"x/y\":[{\"in\":[1,2]},{\"in\":[3]}]},\"rest\":1}";
    assert_eq!(read(nested, "/list/x~1y/1/in"), Ok(vec![json!(3)]));
    assert_eq!(read(nested, "/list/nothing"), Err("there is nothing at `/list/nothing`".to_owned()));
    assert!(read("7", "").is_err_and(|why| why.contains("expected an array or an object of items")));
    assert!(read("[1,2", "").is_err());
}

#[test]
fn every_reader_skips_what_was_taken_and_stops_where_enough_is() {
    for (skip, max, expected) in
        [(0, 2, vec![0, 1]), (2, 0, vec![2, 3]), (1, 3, vec![1, 2]), (9, 0, vec![]), (2, 2, vec![])]
    {
        let numbers: Vec<Value> = expected.iter().map(|n| json!(n)).collect();
        let lines = taken(skip, max, |pages| lines::read(&b"0\n1\n2\n3\n"[..], pages));
        assert_eq!(lines.as_ref(), Ok(&numbers), "lines {skip} {max}");
        let array = taken(skip, max, |pages| document::read(&b"[0,1,2,3]"[..], "", pages));
        assert_eq!(array.as_ref(), Ok(&numbers), "array {skip} {max}");
        let rows = taken(skip, max, |pages| csv::read(&b"n\n0\n1\n2\n3\n"[..], ',', None, pages));
        let texts: Vec<Value> = expected.iter().map(|n: &i32| json!({ "n": n.to_string() })).collect();
        assert_eq!(rows.as_ref(), Ok(&texts), "rows {skip} {max}");
    }
}

#[test]
fn a_listing_is_in_the_order_of_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    for key in ["b", "a/z", "a/b/c", "a.x", "c/d"] {
        let path = folder.path().join(key);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, key).expect("a file");
    }
    let keys = |prefix: &'static str| {
        let folder = folder.path().to_owned();
        let objects = taken(0, 0, move |pages| listing::read(&folder, prefix, pages)).expect("a listing");
        objects.iter().map(|object| object["Key"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(keys(""), ["a.x", "a/b/c", "a/z", "b", "c/d"]);
    assert_eq!(keys("a/"), ["a/b/c", "a/z"]);
    assert_eq!(keys("a/b/c"), ["a/b/c"]);
    assert_eq!(keys("a"), ["a.x", "a/b/c", "a/z"]);
    assert_eq!(keys("x"), Vec::<String>::new());
    let folder = folder.path().to_owned();
    let first = taken(0, 1, move |pages| listing::read(&folder, "", pages)).expect("a listing").remove(0);
    assert_eq!((&first["Size"], &first["StorageClass"]), (&json!(3), &json!("STANDARD")));
}
