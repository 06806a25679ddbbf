//! The fuzz targets' corpus, through the same functions, on stable: what was once found, or nearly, stays good.

#[expect(unreachable_pub, reason = "the fuzz crate's library, as it is")]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::Path;

fn replay(target: &str, body: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut paths: Vec<_> =
        fs::read_dir(&folder).expect("the corpus").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(paths.len() >= 10, "{} has {} inputs", folder.display(), paths.len());
    for path in paths {
        let data = fs::read(&path).expect("an input");
        let outcome = std::panic::catch_unwind(|| body(&data));
        assert!(outcome.is_ok(), "{}", path.display());
    }
}

#[test]
fn asl() {
    replay("asl", targets::asl);
}

#[test]
fn expression() {
    replay("expression", targets::expression);
}

#[test]
fn record() {
    replay("record", targets::record);
}

#[test]
fn store() {
    replay("store", targets::store);
}

#[cfg(feature = "cli")]
#[test]
fn control() {
    replay("control", targets::control);
}
