//! The process dies before and after each commit: what comes of it in the end, and what ran twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use super::assert::{aligned, columns, differences, ended};
use super::kit::Test;
use super::log::{AttemptId, Called};
use super::run::Run;
use super::session::{Disturbance, Finished, Recorded};
use super::store::{Crash, CrashPoint, Noted};
use crate::engine::{Event, Execution, ExecutionIdentity, Machine, Record};
use crate::workflow::Workflow;

/// Kills the process before and after each commit of an execution, goes on in a new one, and compares the end with that of an
/// undisturbed run: its output or error, its path, and that nothing that was acknowledged ran again.
///
/// For a workflow whose steps need [data](Test::fresh_data) or are mocked: [`Test::crash_everywhere`].
///
/// # Panics
/// With a readable report where a crash makes a difference.
#[track_caller]
pub fn crash_everywhere<W: Workflow>(input: W::Input) -> CrashReport {
    Test::<W>::new().crash_everywhere(input)
}

/// What came of killing the process everywhere.
#[derive(Clone, Debug)]
pub struct CrashReport {
    workflow: String,
    /// Commits of the undisturbed run.
    pub commits: usize,
    /// Where the process died, in order. The last one died again and again.
    pub sites: Vec<CrashSite>,
}

/// One place at which the process died.
#[derive(Clone, Debug)]
pub struct CrashSite {
    /// Which commit, from 1; 0 for the run that died after every second commit.
    pub commit: usize,
    /// On which side of it.
    pub when: Crash,
    /// What the commit says: `ChargePayment succeeded`.
    pub what: String,
    /// Steps that were cut off and ran again, with their idempotency keys.
    pub ran_twice: Vec<RanTwice>,
    /// What is not as it was in the undisturbed run. Empty where all is well.
    pub differences: Vec<String>,
}

/// A step that ran again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RanTwice {
    /// The function.
    pub step: String,
    /// The state that called it.
    pub state: String,
    /// By which whoever it talks to can tell that it is the same call.
    pub idempotency_key: String,
    /// How often it was run.
    pub runs: usize,
}

impl CrashReport {
    /// Whether no crash made a difference.
    pub fn is_ok(&self) -> bool {
        self.sites.iter().all(|site| site.differences.is_empty())
    }

    /// Every step that ran again somewhere, once for each idempotency key.
    pub fn ran_twice(&self) -> Vec<RanTwice> {
        let mut all: BTreeMap<(String, String), RanTwice> = BTreeMap::new();
        for ran in self.sites.iter().flat_map(|site| &site.ran_twice) {
            let known = all.entry((ran.state.clone(), ran.idempotency_key.clone())).or_insert_with(|| ran.clone());
            known.runs = known.runs.max(ran.runs);
        }
        all.into_values().collect()
    }

    /// # Panics
    /// Where a crash made a difference.
    #[track_caller]
    pub fn assert_ok(&self) -> &Self {
        assert!(self.is_ok(), "{self}");
        self
    }
}

impl std::fmt::Display for CrashReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bad = self.sites.iter().filter(|site| !site.differences.is_empty()).count();
        let Self { workflow, commits, sites } = self;
        writeln!(f, "`{workflow}`: {commits} commits, killed {} times", sites.len())?;
        if bad == 0 {
            writeln!(f, "every crash led to the same end; nothing that was acknowledged ran again")?;
        } else {
            writeln!(f, "{bad} of them made a difference")?;
        }
        for site in sites.iter().filter(|site| !site.differences.is_empty()) {
            writeln!(f, "\n{site}")?;
            for difference in &site.differences {
                writeln!(f, "  {}", difference.trim_end().replace('\n', "\n  "))?;
            }
        }
        let twice = self.ran_twice();
        if !twice.is_empty() {
            writeln!(f, "\nsteps that were cut off and ran again, with the key that tells them apart:")?;
        }
        for RanTwice { step, state, idempotency_key, .. } in &twice {
            writeln!(f, "  {step} in {state}, {idempotency_key}")?;
        }
        Ok(())
    }
}

impl std::fmt::Display for CrashSite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.commit == 0 {
            return write!(f, "killed again and again, after every second commit");
        }
        write!(f, "killed {} commit {} ({})", self.when, self.commit, self.what)
    }
}

/// What a run came to, as far as a crash may not change it.
struct Ending {
    end: String,
    output: Option<serde_json::Value>,
    path: Vec<String>,
    children: Vec<(String, String)>,
}

impl<W: Workflow> Test<W> {
    /// Kills the process before and after each commit, once each; then, in one more run, after every second commit. See
    /// [`crash_everywhere`].
    ///
    /// An output that may differ from run to run, since it holds the time of day or how often something was tried, is not
    /// comparable: mock what brings that about.
    ///
    /// # Panics
    /// With a readable report where a crash makes a difference.
    #[track_caller]
    pub fn crash_everywhere(&self, input: W::Input) -> CrashReport {
        let report = self.crash_report(input);
        report.assert_ok();
        report
    }

    /// The same, but only tells.
    ///
    /// # Panics
    /// Where the test is at fault, or the workflow is an Express one, of which nothing is committed.
    #[track_caller]
    pub fn crash_report(&self, input: W::Input) -> CrashReport {
        assert!(
            !W::KIND.is_express(),
            "`{}` is an Express workflow: it runs in memory, so that a crash loses it and its caller starts it again",
            W::NAME
        );
        let input = Self::json(&input);
        let undisturbed = self.run_disturbed(&input, Disturbance::default());
        let run = Run::<W>::new(Arc::new(undisturbed));
        let undisturbed = Arc::clone(&run.finished);
        let expected = ending(&undisturbed);
        let commits = undisturbed.lives.first().map(|life| life.commits.clone()).unwrap_or_default();
        let mut sites = Vec::new();
        for commit in 0..commits.len() {
            for when in [Crash::Before, Crash::After] {
                let crashes = vec![CrashPoint { commit, when }];
                let finished = self.run_disturbed(&input, Disturbance { crashes, ..Disturbance::default() });
                let what = describe(&undisturbed, &commits, commit);
                sites.push(site(commit + 1, when, what, &expected, &undisturbed, &finished));
            }
        }
        // Each life takes over what was cut off, and goes one commit further.
        let crashes = vec![CrashPoint { commit: 1, when: Crash::After }; commits.len() * 2];
        let finished = self.run_disturbed(&input, Disturbance { crashes, ..Disturbance::default() });
        sites.push(site(0, Crash::After, String::new(), &expected, &undisturbed, &finished));
        CrashReport { workflow: W::NAME.to_owned(), commits: commits.len(), sites }
    }
}

fn ending(finished: &Finished) -> Ending {
    let facts = |recorded: &Recorded| super::facts::Facts::of(recorded);
    let mut children: Vec<(String, String)> = finished
        .executions
        .iter()
        .skip(1)
        .map(|child| {
            let facts = facts(child);
            let error = facts.error.clone().unwrap_or_default();
            let output = facts.output.clone().map(|output| format!(" with {output}")).unwrap_or_default();
            (format!("{} {}", child.workflow, child.name), format!("{}{output}", ended(facts.status, &error)))
        })
        .collect();
    children.sort();
    match finished.executions.first() {
        Some(root) => {
            let facts = facts(root);
            let end = ended(facts.status, &facts.error.clone().unwrap_or_default());
            Ending { end, output: facts.output.clone(), path: facts.settled_path(), children }
        }
        None => Ending { end: "was never started".to_owned(), output: None, path: Vec::new(), children },
    }
}

fn site(
    commit: usize,
    when: Crash,
    what: String,
    expected: &Ending,
    undisturbed: &Finished,
    finished: &Finished,
) -> CrashSite {
    let mut differences = finished.faults.clone();
    compare(expected, &ending(finished), &mut differences);
    acknowledged_again(finished, &mut differences);
    lost(finished, &mut differences);
    CrashSite { commit, when, what, ran_twice: ran_twice(undisturbed, finished), differences }
}

fn compare(expected: &Ending, actual: &Ending, found: &mut Vec<String>) {
    if expected.end != actual.end {
        found.push(format!("it ended otherwise\n  undisturbed: it {}\n  now:         it {}", expected.end, actual.end));
    }
    if let (Some(before), Some(now)) = (&expected.output, &actual.output)
        && before != now
    {
        let mut text = "its output is another one".to_owned();
        for (pointer, before, now) in differences(before, now) {
            let _ = write!(text, "\n  at {pointer}\n    undisturbed: {before}\n    now:         {now}");
        }
        found.push(text);
    }
    if expected.path != actual.path {
        let left: Vec<&str> = expected.path.iter().map(String::as_str).collect();
        let right: Vec<&str> = actual.path.iter().map(String::as_str).collect();
        let rows = aligned(&left, &right, &actual.path);
        found.push(format!("it went another way\n{}", columns("undisturbed", "now", &rows)));
    }
    if expected.children != actual.children {
        let show = |children: &[(String, String)]| {
            let lines: Vec<String> = children.iter().map(|(name, end)| format!("\n    {name} {end}")).collect();
            lines.concat()
        };
        let (before, now) = (show(&expected.children), show(&actual.children));
        found.push(format!("the executions that it started differ\n  undisturbed:{before}\n  now:{now}"));
    }
}

/// The steps that ran more often than the same attempt is to.
fn ran_twice(undisturbed: &Finished, finished: &Finished) -> Vec<RanTwice> {
    let mut seen: BTreeMap<AttemptId, Vec<&Called>> = BTreeMap::new();
    for call in &finished.calls {
        seen.entry(call.attempt_id()).or_default().push(call);
    }
    let usual = |call: &Called| undisturbed.calls.iter().filter(|it| it.is_same_attempt(call)).count().max(1);
    let again = seen.values().filter_map(|calls| {
        let first = calls.first().filter(|first| calls.len() > usual(first))?;
        Some(RanTwice {
            step: (first.handler.spec)().ident.to_owned(),
            state: first.state.to_string(),
            idempotency_key: first.key.clone(),
            runs: calls.len(),
        })
    });
    again.collect()
}

/// A step whose end was durable when the process died may not run again.
fn acknowledged_again(finished: &Finished, found: &mut Vec<String>) {
    for (number, life) in finished.lives.iter().enumerate().filter(|(_, life)| life.died) {
        for recorded in &finished.executions {
            let durable = life.durable.get(&recorded.number).copied().unwrap_or_default();
            let closed = closed_attempts(recorded, durable);
            for call in finished.calls.iter().filter(|call| call.life > number) {
                let own = *call.workflow == *recorded.workflow && *call.execution == *recorded.name;
                if own && closed.contains(&(call.visit, call.attempt)) {
                    found.push(format!(
                        "step `{}` in state `{}` was acknowledged and ran again, with the key {}",
                        (call.handler.spec)().ident,
                        call.state,
                        call.key
                    ));
                }
            }
        }
    }
    found.dedup();
}

/// Attempts by visit and number whose end stands in the first records.
fn closed_attempts(recorded: &Recorded, durable: usize) -> BTreeSet<(u64, u32)> {
    let machine = recorded.machine();
    let mut execution = Execution::new(recorded.identity());
    let mut closed = BTreeSet::new();
    for record in recorded.records.iter().take(durable) {
        for event in &record.events {
            if let Event::TaskSucceeded { scope, .. }
            | Event::TaskFailed { scope, .. }
            | Event::TaskTimedOut { scope, .. }
            | Event::TaskSubmitted { scope } = event
                && let Some(state) = execution.current_state(*scope)
            {
                closed.insert((state.entered_event, state.attempt));
            }
            if execution.apply(&machine, record.at, event).is_err() {
                return closed;
            }
        }
    }
    closed
}

/// What was durable when the process died is there in the end.
fn lost(finished: &Finished, found: &mut Vec<String>) {
    for life in &finished.lives {
        for (number, durable) in &life.durable {
            let kept = finished.executions.iter().find(|it| it.number == *number).map_or(0, |it| it.records.len());
            if kept < *durable {
                found.push(format!("execution {number} had {durable} durable records, and {kept} are left"));
            }
        }
    }
}

/// What the commit says.
fn describe(undisturbed: &Finished, commits: &[Noted], commit: usize) -> String {
    let Some(this) = commits.get(commit) else { return String::new() };
    let Some(recorded) = undisturbed.executions.iter().find(|it| it.number == this.number.0) else {
        return String::new();
    };
    let machine = recorded.machine();
    let mut execution = Execution::new(ExecutionIdentity::new(&*recorded.workflow, &*recorded.name, recorded.number));
    for earlier in commits.iter().take(commit).filter(|it| it.number == this.number) {
        let Ok(record) = Record::decode(&earlier.record) else { return String::new() };
        for event in &record.events {
            if execution.apply(&machine, record.at, event).is_err() {
                return String::new();
            }
        }
    }
    let Ok(record) = Record::decode(&this.record) else { return String::new() };
    let said = record.events.first().map(|event| words(&machine, &execution, event)).unwrap_or_default();
    let child = if recorded.number == undisturbed.executions.first().map_or(0, |root| root.number) {
        String::new()
    } else {
        format!(" of `{}`", recorded.workflow)
    };
    format!("{said}{child}")
}

fn words(machine: &Machine, execution: &Execution, event: &Event) -> String {
    let at = |scope| {
        let state = execution.current_state(scope);
        let name = state.and_then(|at| machine.state(at.container, at.state)).map(|state| state.name.to_string());
        name.unwrap_or_default()
    };
    match event {
        Event::ExecutionStarted { .. } => "the start".to_owned(),
        Event::TaskSucceeded { scope, .. } => format!("{} succeeded", at(*scope)),
        Event::TaskFailed { scope, .. } => format!("{} failed", at(*scope)),
        Event::TaskTimedOut { scope, .. } => format!("{} timed out", at(*scope)),
        Event::TaskSubmitted { scope } => format!("{} handed out its token", at(*scope)),
        Event::JobSubmitted { scope, .. } => format!("{} has started its execution", at(*scope)),
        Event::HeartbeatRecorded { scope } => format!("a sign of life of {}", at(*scope)),
        Event::StateExited { scope, .. } => format!("{} was left", at(*scope)),
        Event::TaskScheduled { scope, .. } => format!("{} is tried again", at(*scope)),
        event => event.name().to_owned(),
    }
}
