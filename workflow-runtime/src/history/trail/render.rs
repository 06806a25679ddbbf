//! The trail as text.

use super::brief::{Shown, brief};
use super::{Attempt, Outcome, Problem, Status, Trail, TrailState, Waits};
use crate::time::{Timestamp, span};

/// Names longer than this do not push the times of all others aside.
const MAX_NAME: usize = 44;

/// One line of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// For its colour.
    pub status: Status,
    /// What it says, without a line break.
    pub text: String,
    /// It adds to the line above it.
    pub is_note: bool,
}

impl Trail {
    /// The trail as plain text, times in UTC.
    pub fn render(&self) -> String {
        self.lines(0).into_iter().map(|line| line.text + "\n").collect()
    }

    /// The trail line by line, times at this offset east of UTC in seconds.
    pub fn lines(&self, utc_offset: i32) -> Vec<Line> {
        let clock = Clock { offset: utc_offset, day: self.started.map(|at| civil(at, utc_offset).0) };
        let mut page = Page { clock, now: self.now, lines: Vec::new(), width: 0 };
        let shown = brief(&self.states);
        let states = shown.iter().filter_map(|it| if let Shown::State(state) = it { Some(state) } else { None });
        page.width = states.map(|state| lead(state).chars().count()).filter(|it| *it <= MAX_NAME).max().unwrap_or(0);
        if let Some(started) = self.started {
            let (day, time) = civil(started, utc_offset);
            page.line(Status::Running, format!("started {day} {time} {}", zone(utc_offset)));
        }
        for shown in &shown {
            match shown {
                Shown::State(state) => page.state(state),
                Shown::More { depth, count } => {
                    let iterations = if *count == 1 { "more iteration" } else { "more iterations" };
                    let tree = "  ".repeat(*depth);
                    page.line(Status::Succeeded, format!("{tree}├ and {count} {iterations} that went well"));
                }
            }
        }
        for at in &self.redriven {
            page.line(
                Status::Running,
                format!("redriven {}: it went on from where it had stopped", page.clock.time(*at)),
            );
        }
        page.outcome(self);
        page.lines
    }
}

struct Page {
    clock: Clock,
    now: Option<Timestamp>,
    lines: Vec<Line>,
    /// The column in which times begin.
    width: usize,
}

/// What stands before the times: `  ├ [✓] CheckInventory`.
fn lead(state: &TrailState) -> String {
    let mark = match state.status {
        Status::Succeeded => '✓',
        Status::Running => '…',
        Status::Waiting => '~',
        Status::Caught => '!',
        Status::Failed => '✗',
        Status::Aborted => '-',
    };
    let tree = match (state.depth, state.opens_branch) {
        (0, _) => String::new(),
        (depth, true) => format!("{}├ ", "  ".repeat(depth)),
        (depth, false) => format!("{}│ ", "  ".repeat(depth)),
    };
    let item = state.item.filter(|_| state.opens_branch).map(|item| format!("#{item} ")).unwrap_or_default();
    format!("{tree}{item}[{mark}] {}", state.name)
}

impl Page {
    fn line(&mut self, status: Status, text: String) {
        self.lines.push(Line { status, text, is_note: false });
    }

    fn note(&mut self, state: &TrailState, text: &str) {
        let tree = if state.depth > 0 { format!("{}│ ", "  ".repeat(state.depth)) } else { String::new() };
        self.lines.push(Line { status: state.status, text: format!("{tree}      {text}"), is_note: true });
    }

    fn state(&mut self, state: &TrailState) {
        let lead = lead(state);
        let times = self.times(state);
        self.line(state.status, format!("{lead:width$}  {times}", width = self.width));
        self.attempts(state);
        self.waits(state);
        self.consequence(state);
    }

    fn times(&self, state: &TrailState) -> String {
        let started = self.clock.time(state.started);
        match (state.kind, &state.next, state.ended) {
            ("Choice", Some(next), Some(_)) => return format!("at {started}  → {next}"),
            ("Choice" | "Pass" | "Succeed" | "Fail", _, Some(_)) => return format!("at {started}"),
            _ => {}
        }
        let Some(ended) = state.ended else {
            let so_far = self.now.map(|now| format!(" for {}", between(state.started, now))).unwrap_or_default();
            let what = if state.status == Status::Waiting { "waiting" } else { "running" };
            return format!("started {started}  {what}{so_far}");
        };
        let word = match state.status {
            Status::Aborted => "cut off",
            Status::Failed | Status::Caught => "failed",
            _ => "ended",
        };
        format!("started {started}  {word} {}  ({})", self.clock.time(ended), between(state.started, ended))
    }

    /// What was tried: nothing to say of one attempt that went well.
    fn attempts(&mut self, state: &TrailState) {
        let word = if state.kind == "Task" { "attempt" } else { "round" };
        let several = state.attempts.len() > 1;
        for (index, attempt) in state.attempts.iter().enumerate() {
            let number = index + 1;
            if let Some(execution) = &attempt.execution {
                let which = if several { format!("{word} {number} ") } else { String::new() };
                let mut parts = execution.rsplit(':');
                let (name, workflow) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                self.note(state, &format!("{which}started execution {name} of {workflow}"));
            }
            if let Some(at) = attempt.reissued {
                let which = if several { format!("{word} {number} ") } else { String::new() };
                let at = self.clock.time(at);
                self.note(
                    state,
                    &format!("{which}taken over {at} by another process, which runs it from its beginning"),
                );
            }
            let text = match (&attempt.problem, attempt.ended) {
                (Some(problem), _) => {
                    let retry = attempt.retry_due.map(|due| self.retry(state, number, attempt, due));
                    let who =
                        if several || retry.is_some() { format!("{word} {number} failed: ") } else { String::new() };
                    format!("{who}{problem}{}", retry.unwrap_or_default())
                }
                (None, Some(_)) if several => format!("{word} {number} succeeded"),
                (None, None) if several && state.ended.is_none() => format!("{word} {number} is running"),
                _ => continue,
            };
            self.note(state, &text);
        }
        if state.attempts.is_empty()
            && let Some(problem) = &state.problem
        {
            self.note(state, &problem.to_string());
        }
    }

    fn retry(&self, state: &TrailState, number: usize, attempt: &Attempt, due: Timestamp) -> String {
        let delay = between(attempt.ended.unwrap_or(attempt.started), due);
        if number < state.attempts.len() {
            return format!("; tried again after {delay}");
        }
        match self.now {
            _ if state.ended.is_some() => format!("; the next attempt was due after {delay}"),
            Some(now) if now < due => format!("; next attempt at {}, in {}", self.clock.time(due), between(now, due)),
            _ => format!("; next attempt at {}", self.clock.time(due)),
        }
    }

    fn waits(&mut self, state: &TrailState) {
        let left = |until: Timestamp, now: Option<Timestamp>| {
            now.filter(|now| *now < until).map(|now| format!(", in {}", between(now, until))).unwrap_or_default()
        };
        let text = match state.waits {
            Some(Waits::Time { until }) if state.ended.is_none() => {
                format!("waits until {}{}", self.clock.time(until), left(until, self.now))
            }
            Some(Waits::Children { ended, failed }) => {
                let failed = if failed == 0 { String::new() } else { format!(", {failed} of them failed") };
                format!("{ended} executions of its own have ended{failed}")
            }
            Some(Waits::Execution { since, until }) if state.ended.is_none() => {
                let end = until.map(|until| format!("; times out {}{}", self.clock.time(until), left(until, self.now)));
                format!("waits for its end since {}{}", self.clock.time(since), end.unwrap_or_default())
            }
            Some(Waits::Answer { since, until }) if state.ended.is_none() => {
                let end = until.map(|until| format!("; times out {}{}", self.clock.time(until), left(until, self.now)));
                format!("waits for an answer since {}{}", self.clock.time(since), end.unwrap_or_default())
            }
            Some(Waits::Answer { since, .. }) if state.status == Status::Succeeded => {
                state.ended.map(|ended| format!("answered after {}", between(since, ended))).unwrap_or_default()
            }
            _ => return,
        };
        self.note(state, &text);
    }

    /// What came of a failure.
    fn consequence(&mut self, state: &TrailState) {
        let tried = match state.attempts.len() {
            _ if state.kind != "Task" => None,
            0 | 1 => Some("not tried again".to_owned()),
            attempts => Some(format!("gave up after {attempts} attempts")),
        };
        let then = match (state.status, &state.next) {
            (Status::Caught, Some(next)) => format!("caught: goes on with {next}"),
            (Status::Failed, _) if state.kind == "Fail" || state.ended.is_none() => return,
            (Status::Failed, _) if state.item.is_some() => "not caught here: the iteration fails".to_owned(),
            (Status::Failed, _) if state.depth > 0 => "not caught here: the branch fails".to_owned(),
            (Status::Failed, _) => "not caught: the execution fails".to_owned(),
            _ => return,
        };
        let text = tried.into_iter().chain([then]).collect::<Vec<_>>().join("; ");
        self.note(state, &text);
    }

    fn outcome(&mut self, trail: &Trail) {
        let after =
            |at: Timestamp| trail.started.map(|started| format!(" after {}", between(started, at))).unwrap_or_default();
        let because = |problem: &Problem| format!(": {problem}");
        let (status, text) = match &trail.outcome {
            Outcome::Succeeded { at } => (Status::Succeeded, format!("SUCCEEDED{}", after(*at))),
            Outcome::Failed { at, problem } => (Status::Failed, format!("FAILED{}{}", after(*at), because(problem))),
            Outcome::TimedOut { at } => {
                (Status::Failed, format!("TIMED OUT{}: the workflow's own timeout ran out", after(*at)))
            }
            Outcome::Aborted { at, problem } => {
                let why = problem.as_ref().map(because).unwrap_or_default();
                (Status::Aborted, format!("STOPPED{} by somebody's hand{why}", after(*at)))
            }
            Outcome::Running => {
                let so_far = trail.started.zip(trail.now).map(|(from, to)| format!(" for {}", between(from, to)));
                (Status::Running, format!("RUNNING{}{}", so_far.unwrap_or_default(), open_states(trail)))
            }
        };
        self.line(status, text);
    }
}

/// `: waits in RequestApproval`, of the innermost states that are open.
fn open_states(trail: &Trail) -> String {
    let is_leaf = |at: usize| trail.states.get(at + 1).is_none_or(|next| next.depth <= trail.states[at].depth);
    let mut parts: Vec<String> = Vec::new();
    for (at, state) in trail.states.iter().enumerate() {
        if state.ended.is_none() && (is_leaf(at) || state.status == Status::Waiting) {
            let what = if state.status == Status::Waiting { "waits in" } else { "is in" };
            parts.push(format!("{what} {}", state.name));
        }
    }
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
}

fn between(from: Timestamp, to: Timestamp) -> String {
    span(u64::try_from(to.as_millis().saturating_sub(from.as_millis())).unwrap_or(0))
}

/// How times are written.
struct Clock {
    offset: i32,
    /// The day on which no date needs saying.
    day: Option<String>,
}

impl Clock {
    fn time(&self, at: Timestamp) -> String {
        let (day, time) = civil(at, self.offset);
        if self.day.as_ref() == Some(&day) { time } else { format!("{day} {time}") }
    }
}

/// Date and time of day at this offset.
fn civil(at: Timestamp, offset: i32) -> (String, String) {
    let shifted = at.plus_millis(i64::from(offset) * 1000).to_rfc3339();
    match shifted.split_once('T') {
        Some((day, time)) => (day.to_owned(), time.chars().take(8).collect()),
        None => (shifted, String::new()),
    }
}

fn zone(offset: i32) -> String {
    if offset == 0 {
        return "UTC".to_owned();
    }
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}
