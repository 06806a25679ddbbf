//! What no compiler checks: purity, sizes, codes and their pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(&root().join(folder), "rs", &mut found);
    found.into_iter().map(|path| (path.clone(), fs::read_to_string(&path).expect("UTF-8"))).collect()
}

/// Code without its comments, tests left out.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end].lines().map(|line| line.split("//").next().unwrap_or_default())
}

#[test]
fn the_pure_parts_name_neither_io_nor_time_nor_chance() {
    let banned = [
        "tokio",
        "SystemTime",
        "Instant::now",
        "std::env",
        "std::fs",
        "std::thread",
        "std::net",
        "rand::",
        "HashMap",
        "HashSet",
        "DefaultHasher",
        "RandomState",
    ];
    let mut faults = Vec::new();
    for part in ["asl", "change", "cost", "expr", "engine", "lower", "payload", "history", "replay"] {
        for (path, text) in sources(&format!("workflow-runtime/src/{part}")) {
            for (number, line) in code(&text).enumerate() {
                for word in banned.iter().filter(|word| line.contains(**word)) {
                    // `payload` implements itself for the standard maps.
                    if part == "payload" && (line.contains("HashMap") || line.contains("HashSet")) {
                        continue;
                    }
                    // A word of the user's program, in quotes.
                    if part == "lower" && line.contains(&format!("\"{word}\"")) {
                        continue;
                    }
                    faults.push(format!("{}:{}: {word}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_source_file_grows_past_800_lines() {
    let mut faults = Vec::new();
    for folder in ["workflow-runtime/src", "workflow-macros/src", "examples/src"] {
        for (path, text) in sources(folder) {
            let lines = text.lines().count();
            if lines > 800 && !path.components().any(|part| part.as_os_str() == "tests") {
                faults.push(format!("{}: {lines} lines", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Every `WF####` in a text.
fn codes(text: &str) -> impl Iterator<Item = String> {
    text.match_indices("WF").filter_map(|(at, _)| {
        let digits: String = text[at + 2..].chars().take(4).collect();
        (digits.len() == 4 && digits.chars().all(|c| c.is_ascii_digit())).then(|| format!("WF{digits}"))
    })
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let mut used: BTreeMap<String, PathBuf> = BTreeMap::new();
    for folder in ["workflow-runtime/src", "workflow-macros/src"] {
        for (path, text) in sources(folder) {
            for code in code(&text).flat_map(|line| codes(line).collect::<Vec<_>>()) {
                used.entry(code).or_insert_with(|| path.clone());
            }
        }
    }
    let mut pages = Vec::new();
    files(&root().join("docs/errors"), "md", &mut pages);
    let pages: BTreeSet<String> =
        pages.iter().filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    let unexplained: Vec<_> = used.iter().filter(|(code, _)| !pages.contains(*code)).collect();
    assert!(unexplained.is_empty(), "codes without a page in docs/errors: {unexplained:?}");
    let unused: Vec<_> = pages.iter().filter(|page| page.starts_with("WF") && !used.contains_key(*page)).collect();
    assert!(unused.is_empty(), "pages of codes that nothing raises: {unused:?}");
}

#[test]
fn every_page_names_its_code_and_the_way_out() {
    let mut pages = Vec::new();
    files(&root().join("docs/errors"), "md", &mut pages);
    assert!(!pages.is_empty());
    for path in pages {
        let text = fs::read_to_string(&path).expect("UTF-8");
        let code = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        assert!(text.starts_with(&format!("# {code}: ")), "{}: the heading", path.display());
        assert!(text.to_lowercase().contains("fix"), "{}: no way out", path.display());
    }
}

/// The macro's own refusals are each shown to a person before they are blessed.
#[test]
fn every_code_of_the_macros_has_a_ui_fixture() {
    let mut fixtures = Vec::new();
    files(&root().join("ui-tests/tests"), "stderr", &mut fixtures);
    let shown: BTreeSet<String> =
        fixtures.iter().flat_map(|path| codes(&fs::read_to_string(path).expect("UTF-8")).collect::<Vec<_>>()).collect();
    let mut missing = BTreeSet::new();
    for (_, text) in sources("workflow-macros/src") {
        missing
            .extend(code(&text).flat_map(|line| codes(line).collect::<Vec<_>>()).filter(|code| !shown.contains(code)));
    }
    assert!(missing.is_empty(), "no fixture in ui-tests shows {missing:?}");
}

/// Codes of lowering that only a program beside the macro's could come to: the macro refuses before.
const SECOND_LINE: [&str; 4] = ["WF1313", "WF1320", "WF1330", "WF1343"];

#[test]
fn every_code_of_the_language_stands_in_a_test() {
    let mut asserted = BTreeSet::new();
    for folder in ["workflow-runtime/tests", "workflow-runtime/src", "workflow-macros/src", "examples/tests"] {
        for (path, text) in sources(folder) {
            let is_test = path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests"));
            if is_test && !path.ends_with("tidy.rs") {
                asserted.extend(codes(&text));
            }
        }
    }
    let mut fixtures = Vec::new();
    files(&root().join("ui-tests/tests"), "stderr", &mut fixtures);
    for fixture in fixtures {
        asserted.extend(codes(&fs::read_to_string(fixture).expect("UTF-8")));
    }
    let mut pages = Vec::new();
    files(&root().join("docs/errors"), "md", &mut pages);
    let missing: Vec<String> = pages
        .iter()
        .filter_map(|page| Some(page.file_stem()?.to_string_lossy().into_owned()))
        .filter(|code| code.starts_with("WF1") && !SECOND_LINE.contains(&code.as_str()) && !asserted.contains(code))
        .collect();
    assert!(missing.is_empty(), "no test asks for {}", missing.join(", "));
}

#[test]
fn nothing_is_left_open_in_the_code() {
    let mut faults = Vec::new();
    for folder in ["workflow-runtime", "workflow-macros", "examples"] {
        let mut found = Vec::new();
        files(&root().join(folder), "rs", &mut found);
        for path in found {
            let text = fs::read_to_string(&path).expect("UTF-8");
            for word in ["todo!(", "unimplemented!(", "#[ignore", "TODO", "FIXME"] {
                if text.contains(word) && !path.ends_with("tests/tidy.rs") {
                    faults.push(format!("{}: {word}", path.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn documents() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    files(&root().join("docs"), "md", &mut pages);
    pages
}

#[test]
fn the_book_lists_every_document() {
    let folder = root().join("docs");
    let summary = fs::read_to_string(folder.join("SUMMARY.md")).expect("UTF-8");
    let missing: Vec<String> = documents()
        .iter()
        .filter_map(|path| Some(path.strip_prefix(&folder).ok()?.to_str()?.to_owned()))
        .filter(|page| page != "SUMMARY.md" && !summary.contains(&format!("]({page})")))
        .collect();
    assert!(missing.is_empty(), "docs/SUMMARY.md does not list {missing:?}");
}

#[test]
fn every_rust_block_of_a_document_is_compiled() {
    let library = fs::read_to_string(root().join("workflow-runtime/src/lib.rs")).expect("UTF-8");
    let forgotten: Vec<PathBuf> = documents()
        .into_iter()
        .filter(|path| fs::read_to_string(path).expect("UTF-8").lines().any(|line| line == "```rust"))
        .filter(|path| {
            let name = path.strip_prefix(root().join("docs")).expect("a document");
            !library.contains(&format!("../../docs/{}\"", name.display()))
        })
        .collect();
    assert!(forgotten.is_empty(), "not among the doctests of lib.rs: {forgotten:?}");
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut pages = documents();
    pages.extend(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name)));
    let mut dead = Vec::new();
    for page in pages {
        let text = fs::read_to_string(&page).expect("UTF-8");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            let outside = target.is_empty() || target.contains("://") || target.contains(char::is_whitespace);
            let folder = page.parent().expect("a folder");
            if !outside
                && link.ends_with(|end: char| end.is_alphanumeric() || end == '/')
                && !folder.join(target).exists()
            {
                dead.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}
