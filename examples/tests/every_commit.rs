//! `kill -9` right before and right after every single commit of the order flow; then the next process goes on.
//!
//! The program that dies is this test itself, started again: [`child`] looks like one more test and does nothing unless
//! [`STORE`] is set. It runs the very workflow of the `order` program on a [`SledStore`] that counts its commits.

#[expect(dead_code, unreachable_pub, reason = "it is a program: its command line is not used here")]
#[path = "../src/bin/order.rs"]
mod order;
mod support;

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use support::input;
use workflow_runtime::Workflow;
use workflow_runtime::control::{ExecutionRef, Request, WaitingFor};
use workflow_runtime::engine::{ExecutionStatus, Record};
use workflow_runtime::history::{HistoryEvent, aws_events};
use workflow_runtime::runtime::Runtime;
use workflow_runtime::step::TaskToken;
use workflow_runtime::store::{
    Claim, Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, ListQuery, SledStore, Store, StoreError,
    StoredExecution,
};

/// Names the child's store.
const STORE: &str = "EVERY_COMMIT_STORE";
/// The child dies around its commit of this number, counted from 0.
const DIE_AT: &str = "EVERY_COMMIT_DIE_AT";
/// `before` or `after`.
const DIE_WHEN: &str = "EVERY_COMMIT_DIE_WHEN";
/// Names the file with the order.
const INPUT: &str = "EVERY_COMMIT_INPUT";

/// When the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// The record never reaches the disk.
    Before,
    /// It is on disk, and nobody has been told.
    After,
}

/// A store that ends its process around a commit.
#[derive(Debug)]
struct Deadly {
    inner: SledStore,
    folder: PathBuf,
    commits: AtomicUsize,
    dies: Option<(usize, When)>,
}

impl Deadly {
    fn kill_at(&self, number: usize, when: When) {
        if self.dies == Some((number, when)) {
            let me = std::process::id().to_string();
            let _ = Command::new("kill").args(["-9", &me]).status();
            // The signal may take a moment; nothing may happen in it.
            loop {
                std::thread::park();
            }
        }
    }
}

impl Store for Deadly {
    fn is_durable(&self) -> bool {
        self.inner.is_durable()
    }
    fn claim(&self) -> Result<Claim, StoreError> {
        self.inner.claim()
    }
    fn commit(&self, fencing: Fencing, batch: Vec<Commit>) -> Result<(), StoreError> {
        let number = self.commits.fetch_add(1, Ordering::SeqCst);
        self.kill_at(number, When::Before);
        let records = batch.len();
        let done = self.inner.commit(fencing, batch);
        if done.is_ok() {
            note(&self.folder, "durable", &"record\n".repeat(records));
        }
        self.kill_at(number, When::After);
        done
    }
    fn find(&self, workflow: &str, name: &str) -> Result<Option<ExecutionHead>, StoreError> {
        self.inner.find(workflow, name)
    }
    fn load(&self, number: ExecutionNumber) -> Result<Option<StoredExecution>, StoreError> {
        self.inner.load(number)
    }
    fn list(&self, query: &ListQuery) -> Result<Vec<ExecutionHead>, StoreError> {
        self.inner.list(query)
    }
    fn put_definition(&self, hash: DefinitionHash, text: &str) -> Result<(), StoreError> {
        self.inner.put_definition(hash, text)
    }
    fn definition(&self, hash: DefinitionHash) -> Result<Option<String>, StoreError> {
        self.inner.definition(hash)
    }
}

/// Not a test by itself: what the others start as a process of its own.
#[test]
fn child() {
    let variable = |name: &str| std::env::var(name).ok();
    let Some(folder) = variable(STORE) else { return };
    let when = if variable(DIE_WHEN).as_deref() == Some("before") { When::Before } else { When::After };
    let dies = variable(DIE_AT).and_then(|at| at.parse().ok()).map(|at: usize| (at, when));
    let text = std::fs::read_to_string(variable(INPUT).expect("an input")).expect("the input can be read");
    let input: Value = serde_json::from_str(&text).expect("JSON");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("threads").block_on(run_to_end(Path::new(&folder), dies, input));
}

/// Starts the order or goes on with it, approves what is asked, and writes down how it ended.
async fn run_to_end(folder: &Path, dies: Option<(usize, When)>, input: Value) {
    let inner = SledStore::open(folder.join("store")).expect("the store opens");
    acknowledge(folder, &inner);
    let store = Deadly { inner, folder: folder.to_owned(), commits: AtomicUsize::new(0), dies };
    let shop = order::Shop::open().expect("the shop opens");
    let runtime =
        Runtime::builder().store(store).data(shop).register::<order::OrderFlow>().start().await.expect("it starts");
    let order: order::Order = serde_json::from_value(input).expect("an order");
    let execution = match runtime.execution::<order::OrderFlow>("ORD").await {
        Ok(execution) => execution,
        Err(_) => runtime.start::<order::OrderFlow>("ORD", order).await.expect("it is new"),
    };
    let mut seen = None;
    loop {
        let description = execution.describe().await.expect("a description");
        if description.summary.status != ExecutionStatus::Running {
            break;
        }
        for waiting in &description.waiting_for {
            if let WaitingFor::Answer { token, .. } = waiting {
                let yes = order::Approval { approved: true };
                runtime.send_task_success(&TaskToken::new(token.clone()), &yes).await.expect("it waits for it");
                note(folder, "answers", "yes\n");
            }
        }
        let which = ExecutionRef { workflow: None, name: "ORD".to_owned() };
        seen = seen.max(Some(description.events));
        runtime.handle(Request::Wait { execution: which, events_seen: seen }).await;
    }
    let description = execution.describe().await.expect("a description");
    let events = json_events(&execution.history().await.expect("a history"));
    let end = json!({
        "status": description.summary.status,
        "output": description.output,
        "error": description.error,
        "states": support::states_entered(&events),
    });
    std::fs::write(folder.join("end"), end.to_string()).expect("the end is written down");
    runtime.shutdown().await;
}

fn json_events(history: &[HistoryEvent]) -> Vec<Value> {
    history.iter().map(|event| serde_json::to_value(event).expect("JSON")).collect()
}

fn note(folder: &Path, file: &str, line: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join(file)).expect("a file");
    file.write_all(line.as_bytes()).expect("it is written");
}

/// Writes down which steps the store has acknowledged before this process does anything, and how often each has run.
fn acknowledge(folder: &Path, store: &SledStore) {
    let durable = std::fs::read_to_string(folder.join("durable")).unwrap_or_default().lines().count();
    let Some(head) = store.find("OrderFlow", "ORD").expect("the store can be read") else {
        assert_eq!(durable, 0, "its start was acknowledged");
        return;
    };
    let stored = store.load(head.number).expect("the store can be read").expect("it is there");
    assert_eq!(stored.records.len(), durable, "what was acknowledged is there, and nothing else");
    let records: Vec<Record> = stored.records.iter().map(|it| Record::decode(it).expect("a record")).collect();
    let history = aws_events(order::OrderFlow::definition().state_machine(), &records);
    let steps = support::acknowledged(&json_events(&history)).into_iter();
    let runs: BTreeMap<String, usize> = steps.map(|step| (step.clone(), runs_of(folder, &step))).collect();
    std::fs::write(folder.join("acknowledged"), json!(runs).to_string()).expect("a file");
}

fn book(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("book")).unwrap_or_default();
    text.lines().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
}

fn runs_of(folder: &Path, step: &str) -> usize {
    book(folder).iter().filter(|run| *run == step).count()
}

/// One life of the process. Whether it died as it was told to.
fn live(folder: &Path, file: &str, dies: Option<(usize, When)>) -> bool {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["child", "--exact", "--nocapture"]).stdout(Stdio::null()).stderr(Stdio::piped());
    command.env(STORE, folder).env(INPUT, input(file)).env("ORDER_BOOK", folder.join("book"));
    if let Some((at, when)) = dies {
        command.env(DIE_AT, at.to_string()).env(DIE_WHEN, if when == When::Before { "before" } else { "after" });
    }
    let output = command.output().expect("the process starts");
    let was_killed = output.status.signal() == Some(9);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(was_killed || output.status.success(), "{file}, {dies:?}: {:?}\n{text}", output.status);
    if let Ok(text) = std::fs::read_to_string(folder.join("acknowledged")) {
        let before: BTreeMap<String, usize> = serde_json::from_str(&text).expect("steps");
        for (step, runs) in before {
            assert_eq!(runs_of(folder, &step), runs, "{file}, {dies:?}: {step} was acknowledged and ran again");
        }
    }
    was_killed
}

/// How it ended, without what is different in each run.
fn end(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("end")).expect("it has ended");
    let mut end: Value = serde_json::from_str(&text).expect("JSON");
    if let Some(output) = end["output"].as_object_mut() {
        let payment = output.remove("paymentId").expect("a receipt names its payment");
        assert!(payment.as_str().is_some_and(|id| !id.is_empty()), "{payment}");
    }
    end
}

/// What happens when nothing happens.
struct Undisturbed {
    end: Value,
    book: Vec<String>,
}

fn undisturbed(file: &str) -> Undisturbed {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert!(!live(folder.path(), file, None));
    Undisturbed { end: end(folder.path()), book: book(folder.path()) }
}

fn compare(folder: &Path, expected: &Undisturbed, crashes: usize, what: &str) {
    assert_eq!(end(folder), expected.end, "{what}");
    for step in &expected.book {
        let attempts = expected.book.iter().filter(|run| *run == step).count();
        let runs = runs_of(folder, step);
        assert!((attempts..=attempts + crashes).contains(&runs), "{what}: {step} ran {runs} times, not {attempts}");
    }
    let all = book(folder);
    assert!(all.len() <= expected.book.len() + crashes * AT_ONCE, "{what}: {all:?}");
    assert!(all.iter().all(|step| expected.book.contains(step)), "{what}: {all:?}");
    let answers = std::fs::read_to_string(folder.join("answers")).unwrap_or_default();
    assert!(answers.lines().count() <= 1, "{what}: an answer that was acknowledged was lost");
}

/// Steps that run side by side, so that one crash cuts off as many.
const AT_ONCE: usize = 2;

/// Dies once, at each commit in turn. Returns how many there are.
fn once_at_each_commit(file: &str, when: When, expected: &Undisturbed) -> usize {
    for at in 0..100 {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let what = format!("{file}, killed {when:?} commit {at}");
        if !live(folder.path(), file, Some((at, when))) {
            assert_eq!(end(folder.path()), expected.end, "{what}");
            return at;
        }
        assert!(!folder.path().join("end").exists() || when == When::After, "{what}: it ended before");
        if when == When::Before && at == 0 {
            assert!(book(folder.path()).is_empty(), "{what}: a step ran before the start was durable");
        }
        assert!(!live(folder.path(), file, None), "{what}");
        compare(folder.path(), expected, 1, &what);
    }
    panic!("{file} has no end");
}

/// Lives for two commits at a time: the one that takes over what was cut off, and one that goes on.
fn again_and_again(file: &str, expected: &Undisturbed) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let crashes = (0..100).take_while(|_| live(folder.path(), file, Some((1, When::After)))).count();
    assert!(crashes > 3, "{file} was killed {crashes} times only");
    compare(folder.path(), expected, crashes, &format!("{file}, killed {crashes} times"));
}

fn check(file: &str, status: &str) {
    let expected = undisturbed(file);
    assert_eq!(expected.end["status"], status);
    let (before, after) = std::thread::scope(|scope| {
        let before = scope.spawn(|| once_at_each_commit(file, When::Before, &expected));
        let after = scope.spawn(|| once_at_each_commit(file, When::After, &expected));
        let again = scope.spawn(|| again_and_again(file, &expected));
        again.join().expect("killed again and again");
        (before.join().expect("killed before"), after.join().expect("killed after"))
    });
    // Whoever dies at the last commit has not ended; every step has a commit of its own, and so has the start.
    assert_eq!(before, after, "{file}");
    assert!(before > expected.book.len(), "{file} has {before} commits only");
}

#[test]
fn an_order_that_is_shipped() {
    check("ok", "SUCCEEDED");
}

#[test]
fn an_order_whose_card_is_declined() {
    check("declined", "FAILED");
}

#[test]
fn an_order_that_is_compensated() {
    check("mail-down", "FAILED");
}

#[test]
fn an_order_that_a_person_approves() {
    check("needs-approval", "SUCCEEDED");
}
