//! Each step fails with each of its errors, once and for good: how the workflow ends then.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use super::assert::ended;
use super::director::Forced;
use super::facts::does_something;
use super::kit::Test;
use super::log::Called;
use super::plan::Plan;
use super::reply::{Act, is_callback, panicked};
use super::run::Run;
use super::session::Disturbance;
use crate::engine::ExecutionStatus;
use crate::history::TrailState;
use crate::payload;
use crate::step::{self, ErrorOutput, ErrorShape, ErrorVariant, MessagePiece, StepSpec};
use crate::workflow::Workflow;

/// Lets every call of a step in an undisturbed run fail: with each error that the step declares, by a timeout, by a missed
/// heartbeat where it has one, by a panic; each of them once, so that a retry finds it working, and for good.
///
/// For a workflow whose steps need [data](Test::fresh_data) or are mocked: [`Test::fail_everywhere`].
///
/// # Panics
/// Where an execution does not end, or the test is at fault.
#[track_caller]
pub fn fail_everywhere<W: Workflow>(input: W::Input) -> FailReport<W> {
    Test::<W>::new().fail_everywhere(input)
}

/// How often a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailMode {
    /// The first attempt.
    Once,
    /// Every attempt, and every later visit to the state.
    ForGood,
}

impl std::fmt::Display for FailMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Once => "once",
            Self::ForGood => "for good",
        })
    }
}

/// One failure, and how the workflow ended with it.
#[derive(Debug)]
pub struct FailCase<W> {
    /// The workflow whose step failed: the tested one, or one that it calls.
    pub workflow: String,
    /// The state whose step failed.
    pub state: String,
    /// Which visit to that state, from 1.
    pub visit: usize,
    /// The error's name on the wire, `timeout`, `missed heartbeat`, `panic`, or `no answer`.
    pub failure: String,
    /// The error carries data, which was made up from its type: give a better one by [`Test::sample`].
    pub made_up: bool,
    /// Once or for good.
    pub mode: FailMode,
    /// What came of it.
    pub run: Run<W>,
    /// What the test itself lacks for this case: a script that is too short for the retries.
    fault: Option<String>,
}

/// What came of all failures.
#[derive(Debug)]
pub struct FailReport<W> {
    /// In the order of the calls.
    pub cases: Vec<FailCase<W>>,
    /// Calls in the undisturbed run.
    pub calls: usize,
    /// Visits that were left out since there are too many: first and last ones were taken.
    pub left_out: usize,
    /// Errors of which no value could be made: give one by [`Test::sample`].
    pub without_value: Vec<String>,
}

impl<W: Workflow> FailCase<W> {
    /// How it ended: `succeeded`, `failed: ..`.
    pub fn end(&self) -> String {
        let error = self.run.facts.error.clone().unwrap_or_default();
        match self.run.status() {
            ExecutionStatus::Failed => format!("failed {}", error.error.unwrap_or_default()),
            status => ended(status, &error),
        }
    }

    /// The tasks and waits that came after the failure.
    pub fn afterwards(&self) -> Vec<String> {
        let states = &self.run.facts.trail.states;
        // What fails in a workflow that is called fails in the state that calls it.
        let has_failed = |it: &TrailState| it.problem.is_some() || it.attempts.iter().any(|it| it.problem.is_some());
        let mut all = states.iter().enumerate();
        let failed = if self.workflow == W::NAME {
            all.filter(|(_, it)| it.name == self.state).nth(self.visit - 1)
        } else {
            all.find(|(_, it)| has_failed(it))
        };
        let from = failed.map_or(states.len(), |(at, _)| at + 1);
        let depth = failed.map_or(0, |(_, it)| it.depth);
        let later = states.iter().skip(from).filter(|it| does_something(it));
        // Branches that stand beside the one that failed did not come after it.
        later.filter(|it| depth == 0 || it.depth < depth).map(|it| it.name.clone()).collect()
    }

    fn shown(&self) -> String {
        // What comes after what went well is the usual way.
        let is_well = self.run.status() == ExecutionStatus::Succeeded;
        let after = if is_well { Vec::new() } else { self.afterwards() };
        let via = if after.is_empty() { String::new() } else { format!(", after {}", after.join(", ")) };
        format!("{}{via}", self.end())
    }

    fn label(&self) -> String {
        let visit = if self.visit > 1 { format!(" (visit {})", self.visit) } else { String::new() };
        let workflow = if self.workflow == W::NAME { String::new() } else { format!("{}.", self.workflow) };
        format!("{workflow}{}{visit}", self.state)
    }
}

impl<W: Workflow> FailReport<W> {
    /// Every failure ended as it is to.
    ///
    /// ```
    /// # use workflow_runtime::prelude::*;
    /// # #[step] pub async fn charge(n: u64) -> u64 { n }
    /// # #[step] pub async fn ship(n: u64) -> u64 { n }
    /// # #[step] pub async fn refund(n: u64) {}
    /// # workflow!(pub async fn flow(n: u64) -> Result<u64> {
    /// #     #[compensate(refund(paid))]
    /// #     let paid = charge(n).await?;
    /// #     ship(paid).await
    /// # });
    /// use workflow_runtime::testing::fail_everywhere;
    ///
    /// // Who has paid and gets nothing gets the money back.
    /// fail_everywhere::<Flow>(100).assert_all_end(|case| {
    ///     case.run.result().is_ok() || !case.run.completed("Charge") || case.run.completed("Refund")
    /// });
    /// ```
    ///
    /// # Panics
    /// Where one did not: with all of them, and the trail of the first.
    #[track_caller]
    pub fn assert_all_end(&self, is_right: impl Fn(&FailCase<W>) -> bool) -> &Self {
        let wrong: Vec<&FailCase<W>> = self.cases.iter().filter(|case| !is_right(case)).collect();
        if let Some(first) = wrong.first() {
            let mut text = format!("{} of {} failures did not end as they are to:\n", wrong.len(), self.cases.len());
            for case in &wrong {
                let _ = writeln!(text, "  {} {} {}: {}", case.label(), case.failure, case.mode, case.shown());
            }
            panic!("{text}\nthe first of them:\n{}", first.run.trail_text());
        }
        self
    }

    /// The cases in which this state's step failed.
    pub fn of_state(&self, state: &str) -> impl Iterator<Item = &FailCase<W>> {
        self.cases.iter().filter(move |case| case.state == state)
    }
}

impl<W: Workflow> std::fmt::Display for FailReport<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "`{}`: {} calls, {} failures", W::NAME, self.calls, self.cases.len())?;
        let mark = |case: &FailCase<W>| format!("{}{}", case.failure, if case.made_up { "*" } else { "" });
        let width = |text: &dyn Fn(&FailCase<W>) -> String, least: usize| {
            self.cases.iter().map(|case| text(case).chars().count()).max().unwrap_or(0).max(least)
        };
        let (states, failures) = (width(&FailCase::label, 5), width(&mark, 7));
        writeln!(f, "\n{:states$}  {:failures$}  {:8}  how it ended", "state", "failure", "how often")?;
        for case in &self.cases {
            let (label, failure, mode) = (case.label(), mark(case), case.mode.to_string());
            writeln!(f, "{label:states$}  {failure:failures$}  {mode:9}  {}", case.shown())?;
        }
        if self.cases.iter().any(|case| case.made_up) {
            writeln!(f, "\n* its data was made up from its type; `.sample(..)` gives a better one")?;
        }
        for name in &self.without_value {
            writeln!(f, "\nnot tried: `{name}`, of which no value could be made: give one with `.sample(..)`")?;
        }
        if self.left_out > 0 {
            writeln!(f, "\n{} visits between the first and the last one of a state were left out", self.left_out)?;
        }
        Ok(())
    }
}

/// More cases than these, and only the first and the last visit to a state are tried.
const MANY: usize = 4_000;

/// A failure to try.
struct Trial {
    failure: String,
    act: Act,
    answer: bool,
    made_up: bool,
}

/// A call to let fail.
struct Site {
    workflow: Arc<str>,
    state: Arc<str>,
    visit: usize,
    spec: StepSpec,
}

impl<W: Workflow> Test<W> {
    /// Lets every call of a step fail, see [`fail_everywhere`]. Mocks, scripts and answers hold for all that does not fail.
    ///
    /// # Panics
    /// Where an execution does not end, or the test is at fault.
    #[track_caller]
    pub fn fail_everywhere(&self, input: W::Input) -> FailReport<W> {
        let input = Self::json(&input);
        let usual = Run::<W>::new(Arc::new(self.run_disturbed(&input, Disturbance::default())));
        let mut sites = sites(&usual.finished.calls);
        let (calls, mut left_out) = (sites.len(), 0);
        let mut without_value = BTreeSet::new();
        let count = |site: &Site| trials(&self.plan, &site.spec, &mut BTreeSet::new()).len() * 2;
        if sites.iter().map(count).sum::<usize>() > MANY {
            left_out = leave_out(&mut sites);
        }
        let mut cases = Vec::new();
        for site in &sites {
            for trial in trials(&self.plan, &site.spec, &mut without_value) {
                for mode in [FailMode::Once, FailMode::ForGood] {
                    cases.push(self.case(&input, site, &trial, mode));
                }
            }
        }
        let faults: BTreeSet<String> = cases
            .iter()
            .filter_map(|case| {
                let fault = case.fault.as_ref()?;
                Some(format!("{} {} {}: {fault}", case.label(), case.failure, case.mode))
            })
            .collect();
        assert!(
            faults.is_empty(),
            "the test lacks what these failures lead to:\n{}",
            faults.into_iter().collect::<Vec<_>>().join("\n")
        );
        FailReport { cases, calls, left_out, without_value: without_value.into_iter().collect() }
    }

    fn case(&self, input: &Arc<Value>, site: &Site, trial: &Trial, mode: FailMode) -> FailCase<W> {
        let forced = Forced {
            workflow: Arc::clone(&site.workflow),
            state: Arc::clone(&site.state),
            visit: site.visit,
            act: trial.act.clone(),
            for_good: mode == FailMode::ForGood,
            answer: trial.answer,
        };
        let finished = self.run_disturbed(input, Disturbance { forced: Some(forced), ..Disturbance::default() });
        let fault = finished.faults.first().cloned();
        FailCase {
            workflow: site.workflow.to_string(),
            state: site.state.to_string(),
            visit: site.visit + 1,
            failure: trial.failure.clone(),
            made_up: trial.made_up,
            mode,
            run: Run::at(Arc::new(finished), 0),
            fault,
        }
    }
}

/// The visits of an undisturbed run in their order.
fn sites(calls: &[Called]) -> Vec<Site> {
    let mut seen: Vec<(&Called, usize)> = Vec::new();
    for call in calls {
        let same = |it: &Called| it.workflow == call.workflow && it.state == call.state;
        let known = |it: &Called| same(it) && it.execution == call.execution && it.visit == call.visit;
        if !seen.iter().any(|(it, _)| known(it)) {
            let visit = seen.iter().filter(|(it, _)| same(it)).count();
            seen.push((call, visit));
        }
    }
    let site = |(call, visit): (&Called, usize)| Site {
        workflow: Arc::clone(&call.workflow),
        state: Arc::clone(&call.state),
        visit,
        spec: (call.handler.spec)(),
    };
    seen.into_iter().map(site).collect()
}

/// Keeps the first and the last visit to each state.
fn leave_out(sites: &mut Vec<Site>) -> usize {
    let before = sites.len();
    let last: Vec<usize> = sites
        .iter()
        .map(|site| {
            let same = sites.iter().filter(|it| it.workflow == site.workflow && it.state == site.state);
            same.map(|it| it.visit).max().unwrap_or_default()
        })
        .collect();
    let mut last = last.into_iter();
    sites.retain(|site| {
        let last = last.next().unwrap_or_default();
        site.visit == 0 || site.visit == last
    });
    before - sites.len()
}

/// Everything that a step may fail with.
fn trials(plan: &Plan, spec: &StepSpec, without_value: &mut BTreeSet<String>) -> Vec<Trial> {
    let mut trials = Vec::new();
    let is_callback = is_callback(spec);
    for variant in &spec.error.variants {
        let Some((error, made_up)) = declared(plan, &spec.error, variant) else {
            without_value.insert(variant.name.to_owned());
            continue;
        };
        let act = Act::Answer(Err(error));
        let failure = variant.name.to_owned();
        if is_callback {
            let failure = format!("answer {failure}");
            trials.push(Trial { failure, act: act.clone(), answer: true, made_up });
        }
        trials.push(Trial { failure, act, answer: false, made_up });
    }
    let other = |failure: &str, act, answer| Trial { failure: failure.to_owned(), act, answer, made_up: false };
    if is_callback {
        trials.push(other("no answer", Act::Hang { beats: true }, true));
    } else {
        trials.push(other("timeout", Act::Hang { beats: true }, false));
        if spec.heartbeat_seconds.is_some() {
            trials.push(other("missed heartbeat", Act::Hang { beats: false }, false));
        }
    }
    trials.push(other("panic", Act::Answer(Err(panicked("as the test wanted it"))), false));
    trials
}

/// A value of a declared error: the test's sample, or one made up from its type.
fn declared(plan: &Plan, shape: &ErrorShape, variant: &ErrorVariant) -> Option<(ErrorOutput, bool)> {
    if let Some(sample) = plan.samples.get(variant.name) {
        return Some((sample.clone(), false));
    }
    let (value, fields) = payload::example_of_variant(&shape.ty, variant.ident)?;
    let message = match variant.message {
        None => variant.ident.to_owned(),
        Some(pieces) => pieces.iter().map(|piece| said(*piece, &fields)).collect(),
    };
    Some((step::declared(variant.name, &message, &value), !fields.is_empty()))
}

fn said(piece: MessagePiece, fields: &[(String, Value)]) -> String {
    match piece {
        MessagePiece::Literal(text) => text.to_owned(),
        MessagePiece::Field(name) => match fields.iter().find(|(field, _)| field == name) {
            Some((_, Value::String(text))) => text.clone(),
            Some((_, value)) => value.to_string(),
            None => String::new(),
        },
    }
}
