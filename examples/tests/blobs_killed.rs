//! `kill -9` between a blob's write and the commit that names it, at any other moment of executions with blobs, and in the middle of
//! a collection: no reference is ever left without its content, and in the end nothing is left that nobody names.
//!
//! This binary is the program as well: started with `BLOBS_SITE` in its environment it works there, else it kills itself so started.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use workflow_runtime::blob::{Blob, BlobError, BlobId, Bytes};
use workflow_runtime::prelude::*;
use workflow_runtime::runtime::Runtime;
use workflow_runtime::store::{ListQuery, SledStore, Store};

/// The folder of a test: store, book.
struct Site(PathBuf);

impl Site {
    fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    fn blobs(&self) -> PathBuf {
        self.store().join("payload-blobs")
    }

    fn note(&self, line: &str) {
        let opened = std::fs::OpenOptions::new().create(true).append(true).open(self.0.join("book"));
        opened.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes())).expect("the book is written");
    }

    /// Whole lines of the book.
    fn book(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.0.join("book")).unwrap_or_default();
        text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).map(str::to_owned).collect()
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
struct Picture {
    title: String,
    pixels: Blob<Bytes>,
}

/// Each attempt draws another picture: what a killed one has put is named by nobody.
#[step]
async fn draw(site: Data<Site>, context: StepContext, number: u32) -> Result<Blob<Picture>, BlobError> {
    let unique = format!("{number} {} {:?}", std::process::id(), Instant::now());
    let pixels = Blob::put(&context, &Bytes(unique.repeat(200).into_bytes())).await?;
    let picture = Blob::put(&context, &Picture { title: unique, pixels: pixels.clone() }).await?;
    site.note(&format!("put {}", pixels.id()));
    site.note(&format!("put {}", picture.id()));
    site.note(&format!("drawn {number}"));
    if std::env::var_os("HOLD").is_some() {
        std::future::pending::<()>().await;
    }
    Ok(picture)
}

#[step]
async fn frame(site: Data<Site>, context: StepContext, picture: Blob<Picture>) -> Result<Blob<Bytes>, BlobError> {
    let pixels = picture.load(&context).await?.pixels.load(&context).await?;
    let framed = Blob::put(&context, &Bytes([b"frame ", pixels.0.as_slice()].concat())).await?;
    site.note(&format!("put {}", framed.id()));
    Ok(framed)
}

workflow!(
    async fn gallery(number: u32) -> Result<Vec<Blob<Bytes>>> {
        let mut framed = vec![];
        for _ in 0..3 {
            let picture = draw(number).await?;
            framed.push(frame(picture).await?);
        }
        Ok(framed)
    }
);

const EXECUTIONS: u32 = 3;
/// Each with one that it names.
const ORPHANS: u32 = 60;

/// What the killed process does: executions with collections beside them, or nothing but collections of what nobody names.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn program(site: PathBuf) -> ExitCode {
    let site = Site(site);
    let store = SledStore::open(site.store()).expect("the store opens");
    let runtime = Runtime::builder().store(store).data(Site(site.0.clone())).register::<Gallery>();
    let runtime = runtime.blob_grace(Duration::ZERO).start().await.expect("it starts");
    if std::env::var_os("TIDY").is_some() {
        for orphan in 0..ORPHANS {
            let unique = format!("{orphan} {}", std::process::id());
            let inner = Blob::put(&runtime, &Bytes(unique.clone().into_bytes())).await.expect("put");
            Blob::put(&runtime, &Picture { title: unique, pixels: inner }).await.expect("put");
        }
        site.note("tidying");
        // Of the first one they were put just now.
        for _ in 0..3 {
            runtime.collect_blobs().await.expect("collected");
        }
    } else {
        let collector = runtime.clone();
        let collecting = tokio::spawn(async move {
            loop {
                collector.collect_blobs().await.expect("collected");
                tokio::task::yield_now().await;
            }
        });
        let mut started = Vec::new();
        for number in 0..EXECUTIONS {
            let name = format!("G-{number}");
            started.push(match runtime.execution::<Gallery>(&name).await {
                Ok(found) => found,
                Err(_) => runtime.start::<Gallery>(&name, number).await.expect("it starts"),
            });
        }
        for execution in started {
            for framed in execution.result().await.expect("it succeeds") {
                let content = framed.load(&runtime).await.expect("what a result names is there");
                assert!(content.0.starts_with(b"frame "));
            }
        }
        collecting.abort();
        site.note("finished");
    }
    runtime.shutdown().await;
    ExitCode::SUCCESS
}

fn start(site: &Site, mode: &[&str]) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.env("BLOBS_SITE", &site.0).envs(mode.iter().map(|name| (name, "1")));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().expect("it starts")
}

/// Kills it this long after so many more such lines are in the book; whether it had ended by itself.
fn kill_after(site: &Site, mut child: Child, line: &str, more: usize, moment: Duration) -> bool {
    let count = || site.book().iter().filter(|written| written.starts_with(line)).count();
    let wanted = count() + more;
    let mut since: Option<Instant> = None;
    while child.try_wait().expect("a status").is_none() && since.is_none_or(|since| since.elapsed() < moment) {
        if since.is_none() && count() >= wanted {
            since = Some(Instant::now());
        }
        std::thread::yield_now();
    }
    let ended = child.try_wait().expect("a status");
    child.kill().expect("kill -9");
    child.wait().expect("it is gone");
    assert!(ended.is_none_or(|status| status.success()), "it failed");
    ended.is_some()
}

/// The blobs that records name, with what those name; each of them must be there, whole.
fn needed(site: &Site) -> BTreeSet<BlobId> {
    let put: BTreeSet<BlobId> = site.book().iter().filter_map(|line| line.strip_prefix("put ")?.parse().ok()).collect();
    let store = SledStore::open(site.store()).expect("the store opens");
    let mut named: BTreeSet<BlobId> = BTreeSet::new();
    for head in store.list(&ListQuery::default()).expect("a list") {
        for record in store.load(head.number).expect("it loads").expect("it is there").records {
            BlobId::find_all(&record, |id| named.extend(put.get(&id)));
        }
    }
    let (mut needed, mut open) = (BTreeSet::new(), Vec::from_iter(named));
    while let Some(id) = open.pop() {
        if !needed.insert(id) {
            continue;
        }
        let name = id.to_string();
        let content = std::fs::read(site.blobs().join(&name[..2]).join(&name));
        let content = content.unwrap_or_else(|error| panic!("a reference dangles: {name}: {error}"));
        assert_eq!(BlobId::of(&content), id, "a blob is damaged");
        BlobId::find_all(&content, |id| open.extend(put.get(&id)));
    }
    needed
}

/// Every file below the folder of blobs.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found
}

/// After a collection that comes to its end, only what is needed is left.
fn only_what_is_needed_is_left(site: &Site) {
    assert!(kill_after(site, start(site, &["TIDY"]), "never", 1, Duration::ZERO), "the collection ends");
    let needed: BTreeSet<String> = needed(site).iter().map(ToString::to_string).collect();
    let left = files(&site.blobs());
    let strangers: Vec<&String> = left
        .iter()
        .filter(|file| !needed.contains(file.trim_end_matches(".names")) && *file != "unreferenced")
        .collect();
    assert!(strangers.is_empty(), "nobody needs {strangers:?}");
    assert!(needed.iter().all(|id| left.contains(id)));
}

fn open() -> (tempfile::TempDir, Site) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let site = Site(folder.path().to_owned());
    (folder, site)
}

/// The picture is in the store of blobs, and no record says so.
fn killed_between_the_write_and_the_commit() {
    let (_folder, site) = open();
    for _ in 0..2 {
        let ended = kill_after(&site, start(&site, &["HOLD"]), "drawn", 1, Duration::ZERO);
        assert!(!ended);
        assert!(needed(&site).is_empty(), "no record names a picture");
        assert!(!files(&site.blobs()).is_empty(), "and it is there");
    }
    assert!(kill_after(&site, start(&site, &[]), "never", 1, Duration::ZERO), "it comes to its end");
    assert_eq!(site.book().last().map(String::as_str), Some("finished"));
    assert_eq!(
        needed(&site).len(),
        usize::try_from(EXECUTIONS).unwrap_or(0) * 9,
        "three pictures, their pixels, framed"
    );
    only_what_is_needed_is_left(&site);
}

/// Pseudo-random, so that a round can be repeated.
fn milliseconds(seed: u64, below: u64) -> Duration {
    Duration::from_micros(
        (seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) >> 33) % (below * 1000),
    )
}

fn killed_at_any_moment() {
    let (_folder, site) = open();
    let mut kills = 0;
    for seed in 0..25 {
        // Each life has at least one more picture, so that it ends.
        let ended = kill_after(&site, start(&site, &[]), "put", 2, milliseconds(seed, 12));
        needed(&site);
        if ended {
            break;
        }
        kills += 1;
    }
    assert!(kills > 2, "it was killed {kills} times");
    if site.book().last().map(String::as_str) != Some("finished") {
        assert!(kill_after(&site, start(&site, &[]), "never", 1, Duration::ZERO), "it comes to its end");
    }
    only_what_is_needed_is_left(&site);
}

fn killed_in_the_middle_of_a_collection() {
    let (_folder, site) = open();
    assert!(kill_after(&site, start(&site, &[]), "never", 1, Duration::ZERO), "it comes to its end");
    let before = needed(&site);
    let mut in_the_middle = 0;
    for seed in 100..112 {
        kill_after(&site, start(&site, &["TIDY"]), "tidying", 1, milliseconds(seed, 8));
        assert_eq!(needed(&site), before);
        let left = files(&site.blobs()).len() - before.len();
        in_the_middle += usize::from(left > 10 && !left.is_multiple_of(usize::try_from(ORPHANS * 3).unwrap_or(1)));
    }
    assert!(in_the_middle > 0, "no collection was cut off");
    only_what_is_needed_is_left(&site);
}

type Test = (&'static str, fn());

fn main() -> ExitCode {
    if let Some(site) = std::env::var_os("BLOBS_SITE") {
        return program(PathBuf::from(site));
    }
    let tests: [Test; 3] = [
        ("killed_between_the_write_and_the_commit", killed_between_the_write_and_the_commit),
        ("killed_at_any_moment", killed_at_any_moment),
        ("killed_in_the_middle_of_a_collection", killed_in_the_middle_of_a_collection),
    ];
    let filter: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (name, test) in tests {
        if filter.is_empty() || filter.iter().any(|wanted| name.contains(wanted.as_str())) {
            test();
            eprintln!("test {name} ... ok");
        }
    }
    ExitCode::SUCCESS
}
