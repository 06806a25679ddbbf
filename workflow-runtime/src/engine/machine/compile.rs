//! From the definition to the machine: every fault is found, none stops the search.

use indexmap::IndexMap;
use serde_json::Value;
use std::sync::Arc;

use super::{
    CompiledCatcher, CompiledRetrier, Container, ContainerIndex, ErrorMatcher, Exit, Field, Machine, MapNode, Node,
    NodeKind, Rule, SECONDS_MAX, TaskNode, WaitUntil,
};
use crate::asl::resource::{is_job, waits_for_token};
use crate::asl::{Assign, Branch, Catcher, Choice, Map, Retrier, State, StateMachine, Wait};
use crate::engine::{DataLimits, EVENTS_MAX, MachineError, StateIndex};
use crate::time::Timestamp;

const NOT_YET: &str = "WF2001";
pub(super) const WRONG: &str = "WF2002";

pub(super) fn compile(machine: &StateMachine) -> Result<Machine, Vec<MachineError>> {
    let mut compiler = Compiler::default();
    if !machine.is_jsonata() {
        compiler.fault(
            NOT_YET,
            "/QueryLanguage",
            "only JSONata machines are run: write `\"QueryLanguage\": \"JSONata\"`",
        );
    }
    compiler.container("", &machine.start_at, &machine.states);
    if compiler.faults.is_empty() {
        Ok(Machine {
            containers: compiler.containers,
            timeout_seconds: machine.timeout_seconds,
            events_max: EVENTS_MAX,
            data_limits: DataLimits::default(),
        })
    } else {
        Err(compiler.faults)
    }
}

#[derive(Default)]
pub(super) struct Compiler {
    containers: Vec<Container>,
    faults: Vec<MachineError>,
}

/// Where the compiler is.
pub(super) struct At<'a> {
    pub(super) pointer: String,
    states: &'a IndexMap<String, State>,
}

impl Compiler {
    pub(super) fn fault(&mut self, code: &'static str, location: impl Into<String>, message: impl Into<String>) {
        self.faults.push(MachineError { code, location: location.into(), message: message.into() });
    }

    fn container(&mut self, pointer: &str, start_at: &str, states: &IndexMap<String, State>) -> ContainerIndex {
        let place = self.containers.len();
        self.containers.push(Container::default());
        let start = self.target(&At { pointer: pointer.to_owned(), states }, start_at, "StartAt");
        let mut nodes = Vec::with_capacity(states.len());
        for (name, state) in states {
            let at = At { pointer: format!("{pointer}/States/{name}"), states };
            nodes.push(self.state(&at, name, state));
        }
        if let Some(container) = self.containers.get_mut(place) {
            *container = Container { start, nodes };
        }
        ContainerIndex(index(place))
    }

    fn state(&mut self, at: &At<'_>, name: &str, state: &State) -> Node {
        let name: Arc<str> = Arc::from(name);
        let plain = |kind, exit| Node { name: Arc::clone(&name), kind, exit, retry: Vec::new(), catch: Vec::new() };
        match state {
            State::Task(task) => Node {
                kind: NodeKind::Task(Box::new(TaskNode {
                    resource: Arc::from(task.resource.as_str()),
                    takes_token: waits_for_token(&task.resource),
                    shows_token: waits_for_token(&task.resource) || is_job(&task.resource),
                    arguments: self.field(at, task.arguments.as_ref(), "Arguments"),
                    timeout: self.seconds(at, task.timeout_seconds.as_ref(), "TimeoutSeconds", 1),
                    heartbeat: self.seconds(at, task.heartbeat_seconds.as_ref(), "HeartbeatSeconds", 1),
                })),
                exit: self.exit(at, "", &task.assign, task.output.as_ref(), self_next(task.next.as_ref(), task.end)),
                retry: task.retry.iter().map(retrier).collect(),
                catch: self.catchers(at, &task.catch),
                name,
            },
            State::Parallel(parallel) => Node {
                kind: NodeKind::Parallel {
                    arguments: self.field(at, parallel.arguments.as_ref(), "Arguments"),
                    branches: self.branches(at, &parallel.branches),
                },
                exit: self.exit(
                    at,
                    "",
                    &parallel.assign,
                    parallel.output.as_ref(),
                    self_next(parallel.next.as_ref(), parallel.end),
                ),
                retry: parallel.retry.iter().map(retrier).collect(),
                catch: self.catchers(at, &parallel.catch),
                name,
            },
            State::Choice(choice) => self.choice(at, name, choice),
            State::Wait(wait) => {
                // What could not be compiled is never run: the fault is on record.
                let kind = self.wait(at, wait).unwrap_or(NodeKind::Pass);
                plain(
                    kind,
                    self.exit(at, "", &wait.assign, wait.output.as_ref(), self_next(wait.next.as_ref(), wait.end)),
                )
            }
            State::Pass(pass) => plain(
                NodeKind::Pass,
                self.exit(at, "", &pass.assign, pass.output.as_ref(), self_next(pass.next.as_ref(), pass.end)),
            ),
            State::Succeed(succeed) => {
                plain(NodeKind::Succeed, self.exit(at, "", &Assign::new(), succeed.output.as_ref(), Transition::End))
            }
            State::Fail(fail) => {
                let error = self.text(at, fail.error.as_ref(), "Error");
                let cause = self.text(at, fail.cause.as_ref(), "Cause");
                plain(NodeKind::Fail { error, cause }, Exit::default())
            }
            State::Map(map) => self.map(at, name, map),
        }
    }

    fn map(&mut self, at: &At<'_>, name: Arc<str>, map: &Map) -> Node {
        let processor = &map.item_processor;
        let place = format!("{}/ItemProcessor", at.pointer);
        let container = self.container(&place, &processor.start_at, &processor.states);
        let mode = processor.processor_config.as_ref().and_then(|config| config.get("Mode"));
        let kind = if mode.is_some_and(|mode| mode == "DISTRIBUTED") {
            NodeKind::MapRun(Box::new(self.map_run(at, &name, map)))
        } else {
            NodeKind::Map(Box::new(MapNode {
                items: self.typed(at, map.items.as_ref(), "Items", "an array", Value::is_array),
                selector: self.field(at, map.item_selector.as_ref(), "ItemSelector"),
                max_concurrency: self.whole(at, map.max_concurrency.as_ref(), "MaxConcurrency"),
                processor: container,
            }))
        };
        let next = self_next(map.next.as_ref(), map.end);
        Node {
            kind,
            exit: self.exit(at, "", &map.assign, map.output.as_ref(), next),
            retry: map.retry.iter().map(retrier).collect(),
            catch: self.catchers(at, &map.catch),
            name,
        }
    }

    /// A field that is a whole number.
    pub(super) fn whole(&mut self, at: &At<'_>, source: Option<&Value>, name: &str) -> Option<Field> {
        self.typed(at, source, name, "a whole number", Value::is_u64)
    }

    /// A field whose literal must be of this kind.
    pub(super) fn typed(
        &mut self,
        at: &At<'_>,
        source: Option<&Value>,
        name: &str,
        kind: &str,
        is_kind: impl FnOnce(&Value) -> bool,
    ) -> Option<Field> {
        let field = self.field(at, source, name)?;
        if field.literal().is_some_and(|literal| !is_kind(literal)) {
            self.fault(WRONG, format!("{}/{name}", at.pointer), format!("`{name}` is {kind}, or `{{% .. %}}`"));
        }
        Some(field)
    }

    fn branches(&mut self, at: &At<'_>, branches: &[Branch]) -> Vec<ContainerIndex> {
        if branches.is_empty() {
            self.fault(WRONG, format!("{}/Branches", at.pointer), "a Parallel has at least one branch");
        }
        let compile = |(i, branch): (usize, &Branch)| {
            self.container(&format!("{}/Branches[{i}]", at.pointer), &branch.start_at, &branch.states)
        };
        branches.iter().enumerate().map(compile).collect()
    }

    fn choice(&mut self, at: &At<'_>, name: Arc<str>, choice: &Choice) -> Node {
        let mut rules = Vec::with_capacity(choice.choices.len());
        for (i, rule) in choice.choices.iter().enumerate() {
            let prefix = format!("Choices[{i}]/");
            let field = format!("{prefix}Condition");
            let Some(condition) = self.field(at, Some(&rule.condition), &field) else { continue };
            if condition.literal().is_some_and(|literal| !literal.is_boolean()) {
                self.fault(WRONG, format!("{}/{field}", at.pointer), "a condition is a boolean or `{% .. %}`");
            }
            let exit = self.exit(at, &prefix, &rule.assign, rule.output.as_ref(), Transition::To(&rule.next));
            rules.push(Rule { condition, exit });
        }
        // Without a default, an exit without a target: the state fails if it gets there.
        let transition = choice.default.as_ref().map_or(Transition::End, |target| Transition::To(target));
        let exit = self.exit(at, "", &choice.assign, choice.output.as_ref(), transition);
        Node { name, kind: NodeKind::Choice { rules }, exit, retry: Vec::new(), catch: Vec::new() }
    }

    fn wait(&mut self, at: &At<'_>, wait: &Wait) -> Option<NodeKind> {
        let until = match (&wait.seconds, &wait.timestamp) {
            (Some(seconds), None) => WaitUntil::Seconds(self.seconds(at, Some(seconds), "Seconds", 0)?),
            (None, Some(timestamp)) => {
                let field = self.field(at, Some(timestamp), "Timestamp")?;
                let is_time = |literal: &Value| literal.as_str().and_then(Timestamp::parse_offset_date_time).is_some();
                if field.literal().is_some_and(|literal| !is_time(literal)) {
                    self.fault(WRONG, format!("{}/Timestamp", at.pointer), "String does not match RFC3339 timestamp");
                }
                WaitUntil::Timestamp(field)
            }
            _ => {
                self.fault(WRONG, at.pointer.clone(), "a Wait has exactly one of `Seconds` and `Timestamp`");
                return None;
            }
        };
        Some(NodeKind::Wait(until))
    }

    fn catchers(&mut self, at: &At<'_>, catchers: &[Catcher]) -> Vec<CompiledCatcher> {
        let compile = |(i, catcher): (usize, &Catcher)| {
            let next = Transition::To(&catcher.next);
            let exit = self.exit(at, &format!("Catch[{i}]/"), &catcher.assign, catcher.output.as_ref(), next);
            CompiledCatcher { errors: matchers(&catcher.error_equals), exit }
        };
        catchers.iter().enumerate().map(compile).collect()
    }

    fn exit(
        &mut self,
        at: &At<'_>,
        prefix: &str,
        assign: &Assign,
        output: Option<&Value>,
        transition: Transition<'_>,
    ) -> Exit {
        let mut variables = Vec::with_capacity(assign.len());
        for (name, source) in assign {
            if let Some(field) = self.field(at, Some(source), &format!("{prefix}Assign/{name}")) {
                variables.push((Arc::from(name.as_str()), field));
            }
        }
        let next = match transition {
            Transition::To(target) => Some(self.target(at, target, &format!("{prefix}Next"))),
            Transition::End => None,
            Transition::Missing => {
                self.fault(WRONG, at.pointer.clone(), "a state has exactly one of `Next` and `End: true`");
                None
            }
        };
        Exit { assign: variables, output: self.field(at, output, &format!("{prefix}Output")), next }
    }

    fn target(&mut self, at: &At<'_>, target: &str, field: &str) -> StateIndex {
        at.states.get_index_of(target).map_or_else(
            || {
                self.fault(WRONG, format!("{}/{field}", at.pointer), format!("Missing 'Next' target: {target}"));
                StateIndex(0)
            },
            |place| StateIndex(index(place)),
        )
    }

    pub(super) fn field(&mut self, at: &At<'_>, source: Option<&Value>, name: &str) -> Option<Field> {
        match Field::compile(source?, name) {
            Ok(field) => Some(field),
            Err((location, error)) => {
                let message = format!("{}: {}", error.code, error.message);
                self.fault(WRONG, format!("{}/{location}", at.pointer), message);
                None
            }
        }
    }

    fn seconds(&mut self, at: &At<'_>, source: Option<&Value>, name: &str, least: u64) -> Option<Field> {
        let field = self.field(at, source, name)?;
        let in_range = |literal: &Value| literal.as_u64().is_some_and(|n| (least..=SECONDS_MAX).contains(&n));
        if field.literal().is_some_and(|literal| !in_range(literal)) {
            let message = format!("`{name}` is a whole number from {least} to {SECONDS_MAX}, or `{{% .. %}}`");
            self.fault(WRONG, format!("{}/{name}", at.pointer), message);
        }
        Some(field)
    }

    fn text(&mut self, at: &At<'_>, source: Option<&String>, name: &str) -> Option<Field> {
        self.field(at, Some(&Value::from(source?.as_str())), name)
    }
}

#[derive(Clone, Copy)]
enum Transition<'a> {
    To(&'a str),
    End,
    Missing,
}

fn self_next(next: Option<&String>, end: Option<bool>) -> Transition<'_> {
    match (next, end) {
        (Some(target), None | Some(false)) => Transition::To(target),
        (None, Some(true)) => Transition::End,
        _ => Transition::Missing,
    }
}

fn retrier(retrier: &Retrier) -> CompiledRetrier {
    CompiledRetrier {
        errors: matchers(&retrier.error_equals),
        interval_seconds: retrier.interval_seconds.unwrap_or(1).min(SECONDS_MAX),
        max_attempts: retrier.max_attempts.unwrap_or(3),
        backoff_rate: retrier.backoff_rate(),
        max_delay_seconds: retrier.max_delay_seconds,
        jitter: retrier.jitter_strategy.as_deref() == Some("FULL"),
    }
}

fn matchers(names: &[String]) -> Vec<ErrorMatcher> {
    names.iter().map(|name| ErrorMatcher::new(name)).collect()
}

fn index(place: usize) -> u32 {
    // A definition is at most one MiB of text.
    u32::try_from(place).unwrap_or(u32::MAX)
}
