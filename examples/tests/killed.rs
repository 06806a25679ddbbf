//! `kill -9` at any moment of a distributed map and of a parent with children, then `resume`: the same end, and nothing that
//! was acknowledged runs twice.
//!
//! This binary is the program as well: started with `BOOK` in its environment it is an `App`, else it kills itself so started.
#![allow(clippy::unused_async, reason = "steps that only answer")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use workflow_runtime::cli::App;
use workflow_runtime::prelude::*;
use workflow_runtime::source;

/// Where steps note what they do before they answer.
struct Book(PathBuf);

impl Book {
    fn note(&self, line: &str) {
        let opened = std::fs::OpenOptions::new().create(true).append(true).open(&self.0);
        opened.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes())).expect("the book is written");
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
struct Row {
    sku: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
struct Basket {
    id: String,
    items: Vec<String>,
}

#[step]
async fn measure(book: Data<Book>, row: Row) -> String {
    let done = format!("measure {}", row.sku);
    book.note(&done);
    done
}

#[step]
async fn stamp(book: Data<Book>, measured: String) -> String {
    let done = format!("stamp {measured}");
    book.note(&done);
    done
}

#[step]
async fn report(book: Data<Book>, stamps: Vec<String>) -> String {
    let done = format!("report {}", stamps.len());
    book.note(&done);
    done
}

workflow!(
    /// Two steps for each row, each row an execution of its own.
    async fn sweep(basket: Basket) -> Result<String> {
        #[max_concurrency(4)]
        let stamps = try_map_distributed(source::csv::<Row>("rows", basket.id), async |row| {
            let measured = measure(row).await?;
            stamp(measured).await
        })
        .await?;
        report(stamps).await
    }
);

#[step]
async fn pick(book: Data<Book>, item: String) -> String {
    let done = format!("pick {item}");
    book.note(&done);
    done
}

#[step]
async fn charge(book: Data<Book>, id: String) -> String {
    let done = format!("charge {id}");
    book.note(&done);
    done
}

#[step]
async fn close(book: Data<Book>, id: String) -> String {
    let done = format!("close {id}");
    book.note(&done);
    done
}

#[step]
async fn thank(book: Data<Book>, id: String) -> String {
    let done = format!("thank {id}");
    book.note(&done);
    done
}

workflow!(
    async fn fulfil(basket: Basket) -> Result<Vec<String>> {
        let mut parcels = vec![];
        for item in &basket.items {
            parcels.push(pick(format!("{} {item}", basket.id)).await?);
        }
        Ok(parcels)
    }
);

workflow!(
    async fn survey(basket: Basket) -> Result<String> {
        thank(basket.id).await
    }
);

workflow!(
    /// Two children side by side, one that is only started.
    async fn purchase(basket: Basket) -> Result<String> {
        charge(basket.id.clone()).await?;
        spawn(survey(basket.clone())).await?;
        let (first, second) = try_join!(fulfil(Basket { id: String::from("a"), ..basket.clone() }), async {
            #[state = "FulfilMore"]
            fulfil(Basket { id: String::from("b"), ..basket.clone() }).await
        })?;
        Ok(format!("{}: {}", close(basket.id).await?, first.len() + second.len()))
    }
);

const ROWS: usize = 12;

fn program(book: PathBuf) -> ExitCode {
    let rows = book.with_file_name("");
    App::new().register::<Sweep>().register::<Purchase>().bucket("rows", rows).data(Book(book)).main()
}

/// A small generator of our own, so that a failing round can be repeated by its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A folder with the store, the book and the rows.
struct Site(tempfile::TempDir);

impl Site {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let rows = (0..ROWS).map(|row| format!("s{row}\n")).collect::<Vec<_>>().concat();
        std::fs::write(folder.path().join("rows.csv"), format!("sku\n{rows}")).expect("written");
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(arguments).arg("--store").arg(self.path("store"));
        command.env("BOOK", self.path("book")).env("NO_COLOR", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn json(&self, arguments: &[&str]) -> Option<Value> {
        let output = self.command(arguments).output().expect("the program starts");
        serde_json::from_slice(&output.stdout).ok().filter(|_| output.status.success())
    }

    /// How often each thing was done.
    fn book(&self) -> BTreeMap<String, usize> {
        let mut runs = BTreeMap::new();
        for line in std::fs::read_to_string(self.path("book")).unwrap_or_default().lines() {
            *runs.entry(line.to_owned()).or_default() += 1;
        }
        runs
    }

    /// What executions have on record as done, with the executions.
    fn acknowledged(&self) -> (BTreeSet<String>, Vec<Value>) {
        let listed = self.json(&["list", "--json"]).unwrap_or_default();
        let all: Vec<Value> = listed["executions"].as_array().or(listed.as_array()).cloned().unwrap_or_default();
        let mut done = BTreeSet::new();
        for execution in &all {
            let (workflow, name) = (text(&execution["workflow"]), text(&execution["name"]));
            let Some(history) = self.json(&["history", &name, "--workflow", &workflow, "--json"]) else { continue };
            for event in history["events"].as_array().into_iter().flatten() {
                if let Some(output) = event["lambdaFunctionSucceededEventDetails"]["output"].as_str() {
                    done.extend(serde_json::from_str::<String>(output).ok());
                }
            }
        }
        (done, all)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Kills the program again and again, until it comes to its end.
fn round(workflow: &str, most: u64, seed: u64) -> (Site, Value, usize) {
    let site = Site::open();
    let mut dice = Dice(seed);
    let mut witnessed = 0;
    let input = r#"{"id": "rows.csv", "items": ["x", "y", "z"]}"#;
    for kill in 0..40 {
        let exists = Path::new(&site.path("store")).exists() && site.json(&["describe", "ONE", "--json"]).is_some();
        assert!(exists || site.book().is_empty(), "seed {seed}: a step ran before the start was durable");
        let start = ["run", "--workflow", workflow, "--name", "ONE", "--input", input];
        let (done, _) = if exists { site.acknowledged() } else { Default::default() };
        let before = site.book();
        let done_before: usize = before.values().sum();
        witnessed += done.len();
        for what in &done {
            assert!(before.contains_key(what), "seed {seed}: {what} is on record and was never done");
        }
        let mut child = site.command(if exists { &["resume"] } else { &start }).spawn().expect("the program starts");
        // So many things are done first, and then a moment more.
        let (more, moment) = (usize::try_from(dice.below(most)).unwrap_or(0), Duration::from_millis(dice.below(4)));
        let mut since: Option<Instant> = None;
        while child.try_wait().expect("a status").is_none() && since.is_none_or(|since| since.elapsed() < moment) {
            if since.is_none() && kill < 30 && site.book().values().sum::<usize>() >= done_before + more {
                since = Some(Instant::now());
            }
            std::thread::yield_now();
        }
        let finished = child.try_wait().expect("a status").is_some();
        child.kill().expect("kill -9");
        child.wait().expect("it is gone");
        let after = site.book();
        for what in &done {
            assert_eq!(after.get(what), before.get(what), "seed {seed}: {what} was acknowledged and ran again");
        }
        let ended = site.json(&["describe", "ONE", "--json"]).filter(|it| finished && it["status"] != "RUNNING");
        if let Some(ended) = ended {
            return (site, ended, witnessed);
        }
    }
    panic!("seed {seed}: it never ended")
}

fn a_distributed_map_killed_at_random_ends_the_same() {
    let mut seen = 0;
    for seed in 1..=3 {
        let (site, ended, acknowledged) = round("Sweep", 9, seed);
        seen += acknowledged;
        assert_eq!(ended["output"], format!("report {ROWS}"), "seed {seed}: {ended}");
        let book = site.book();
        for row in 0..ROWS {
            assert!(book.contains_key(&format!("stamp measure s{row}")), "seed {seed}: row {row} was left out");
        }
    }
    assert!(seen > 0, "nothing was acknowledged before a kill");
}

fn a_parent_with_children_killed_at_random_ends_the_same() {
    let mut seen = 0;
    for seed in 11..=14 {
        let (site, ended, acknowledged) = round("Purchase", 5, seed);
        seen += acknowledged;
        assert_eq!(ended["output"], "close rows.csv: 6", "seed {seed}: {ended}");
        let (_, all) = site.acknowledged();
        let of = |workflow: &str| all.iter().filter(|execution| execution["workflow"] == workflow).count();
        assert_eq!((of("Fulfil"), of("Survey")), (2, 1), "seed {seed}: no child was started twice: {all:?}");
        assert!(site.book().contains_key("thank rows.csv"), "seed {seed}: what was started came to its end");
    }
    assert!(seen > 0, "nothing was acknowledged before a kill");
}

type Test = (&'static str, fn());

fn main() -> ExitCode {
    if let Some(book) = std::env::var_os("BOOK") {
        return program(PathBuf::from(book));
    }
    let tests: [Test; 2] = [
        ("a_distributed_map_killed_at_random_ends_the_same", a_distributed_map_killed_at_random_ends_the_same),
        (
            "a_parent_with_children_killed_at_random_ends_the_same",
            a_parent_with_children_killed_at_random_ends_the_same,
        ),
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
