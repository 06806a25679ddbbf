//! Random machines, random answers, crashes after every record. What `Story` checks after each input is checked here
//! thousands of times; and whoever crashes ends like whoever does not.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use workflow_runtime::Definition;
use workflow_runtime::cost::{Assumptions, Cost};
use workflow_runtime::engine::{Event, ExecutionStatus, Input, MapRunEnd, TaskId};

use crate::story::{Story, error, from_json};

/// `SplitMix64`, so that a seed tells the whole story.
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let place = self.roll(of.len() as u64);
        &of[usize::try_from(place).expect("a place")]
    }
}

const ERRORS: [&str; 4] = ["A", "B", "States.TaskFailed", "States.Timeout"];
const EXPRESSIONS: [&str; 6] = [
    "{% $states.input %}",
    "{% $states.context.State.Name %}",
    "{% $x %}",
    "{% $states.input.nothing %}",
    "{% $exists($x) ? $x : 0 %}",
    "{% $uuid() %}",
];

struct Generator {
    dice: Dice,
    names: u32,
}

impl Generator {
    /// A container of a few states that lead only onwards, so that every run ends.
    fn container(&mut self, depth: u32) -> (String, Value) {
        let count = 1 + self.dice.roll(4);
        let first = self.names;
        let names: Vec<String> = (0..count).map(|i| format!("S{}", u64::from(first) + i)).collect();
        self.names += u32::try_from(count).expect("few");
        let mut states = Map::new();
        for place in 0..names.len() {
            states.insert(names[place].clone(), self.state(&names[place + 1..], depth));
        }
        (names[0].clone(), Value::Object(states))
    }

    fn state(&mut self, later: &[String], depth: u32) -> Value {
        let kinds = if depth == 0 { 7 } else { 12 };
        let mut state = match self.dice.roll(kinds) {
            0..=2 => self.task(later),
            3 => json!({ "Type": "Pass" }),
            4 => json!({ "Type": "Wait", "Seconds": self.dice.roll(20) }),
            5 if !later.is_empty() => return self.choice(later),
            6 if later.is_empty() && self.dice.roll(3) == 0 => {
                return json!({ "Type": "Fail", "Error": self.dice.one_of(&ERRORS) });
            }
            7..=8 => self.parallel(later, depth),
            9..=10 => self.map(later, depth),
            11.. => self.map_run(later),
            _ => json!({ "Type": "Pass", "Output": self.dice.one_of(&EXPRESSIONS) }),
        };
        let fields = state.as_object_mut().expect("an object");
        if self.dice.roll(3) == 0 {
            fields.insert("Assign".into(), json!({ "x": self.dice.one_of(&EXPRESSIONS[..2]) }));
        }
        match later {
            [] => fields.insert("End".into(), json!(true)),
            later => fields.insert("Next".into(), json!(self.dice.one_of(later))),
        };
        state
    }

    fn task(&mut self, later: &[String]) -> Value {
        let mut task = json!({ "Type": "Task", "Resource": self.dice.one_of(&["r", "r.waitForTaskToken"]) });
        let fields = task.as_object_mut().expect("an object");
        if self.dice.roll(2) == 0 {
            fields.insert("TimeoutSeconds".into(), json!(10 + self.dice.roll(20)));
        }
        if self.dice.roll(4) == 0 {
            fields.insert("HeartbeatSeconds".into(), json!(1 + self.dice.roll(9)));
        }
        if self.dice.roll(3) == 0 {
            fields.insert("Arguments".into(), json!(self.dice.one_of(&EXPRESSIONS)));
        }
        self.handlers(fields, later);
        task
    }

    fn parallel(&mut self, later: &[String], depth: u32) -> Value {
        let branches: Vec<Value> = (0..=self.dice.roll(3))
            .map(|_| {
                let (start_at, states) = self.container(depth - 1);
                json!({ "StartAt": start_at, "States": states })
            })
            .collect();
        let mut parallel = json!({ "Type": "Parallel", "Branches": branches });
        self.handlers(parallel.as_object_mut().expect("an object"), later);
        parallel
    }

    fn map(&mut self, later: &[String], depth: u32) -> Value {
        let (start_at, states) = self.container(depth - 1);
        let items = [
            "{% [1..5] %}",
            "{% [] %}",
            "{% [$states.input, 2] %}",
            "{% $states.input %}",
            "{% $states.context.Execution.Input.list %}",
        ];
        let mut map = json!({
            "Type": "Map", "ItemProcessor": { "StartAt": start_at, "States": states },
            "Items": self.dice.one_of(&items), "MaxConcurrency": self.dice.roll(4),
        });
        let fields = map.as_object_mut().expect("an object");
        match self.dice.roll(3) {
            0 => drop(fields.insert(
                "ItemSelector".into(),
                json!({
                    "n": "{% $states.context.Map.Item.Index %}", "it": "{% $states.context.Map.Item.Value %}",
                }),
            )),
            1 => drop(fields.insert("ItemSelector".into(), json!(self.dice.one_of(&EXPRESSIONS)))),
            _ => {}
        }
        self.handlers(fields, later);
        map
    }

    /// Its children are executions of their own, so that only its end is of interest.
    fn map_run(&mut self, later: &[String]) -> Value {
        let name = format!("S{}", self.names);
        self.names += 1;
        let mut map = json!({
            "Type": "Map", "ItemProcessor": {
                "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" },
                "StartAt": name, "States": { name: { "Type": "Succeed" } },
            },
            "ItemSelector": "{% $states.context.Map.Item.Value %}",
            "Items": self.dice.one_of(&["{% [1..5] %}", "{% $states.input %}"]),
        });
        self.handlers(map.as_object_mut().expect("an object"), later);
        map
    }

    fn handlers(&mut self, fields: &mut Map<String, Value>, later: &[String]) {
        let retry: Vec<Value> = (0..self.dice.roll(3))
            .map(|_| {
                json!({
                    "ErrorEquals": [self.dice.one_of(&ERRORS)],
                    "MaxAttempts": self.dice.roll(3),
                    "JitterStrategy": self.dice.one_of(&["NONE", "FULL"]),
                })
            })
            .collect();
        fields.insert("Retry".into(), retry.into());
        if let (false, 0..=1) = (later.is_empty(), self.dice.roll(3)) {
            let mut catcher = json!({ "ErrorEquals": ["States.ALL"], "Next": self.dice.one_of(later) });
            if self.dice.roll(4) == 0 {
                catcher["Output"] = json!(self.dice.one_of(&EXPRESSIONS));
            }
            fields.insert("Catch".into(), json!([catcher]));
        }
    }

    fn choice(&mut self, later: &[String]) -> Value {
        let conditions = [json!(true), json!(false), json!("{% $exists($x) %}"), json!("{% $x = 1 %}")];
        let mut choice = json!({
            "Type": "Choice",
            "Choices": [{ "Condition": self.dice.one_of(&conditions), "Next": self.dice.one_of(later) }],
        });
        if self.dice.roll(4) > 0 {
            choice["Default"] = json!(self.dice.one_of(later));
        }
        choice
    }
}

/// What the world may do next.
enum Act {
    Answer(TaskId),
    MapRun(TaskId),
    FireTimer,
}

/// Plays until the end, crashing after every input if `crashes`.
fn play(seed: u64, crashes: bool) -> Story {
    let redrives = Dice(!seed).roll(3);
    play_machine(seed, &drawn(seed), crashes, redrives)
}

fn drawn(seed: u64) -> Value {
    let mut generator = Generator { dice: Dice(seed), names: 0 };
    let (start_at, states) = generator.container(2);
    let mut machine = json!({ "QueryLanguage": "JSONata", "StartAt": start_at, "States": states });
    if generator.dice.roll(5) == 0 {
        machine["TimeoutSeconds"] = json!(5 + generator.dice.roll(40));
    }
    machine
}

fn play_machine(seed: u64, machine: &Value, crashes: bool, mut redrives: u64) -> Story {
    let mut dice = Dice(!seed);
    dice.roll(3);
    let mut story = Story::of_machine(&from_json(machine.clone()), json!({ "in": 1, "list": [[1], "b"] }));
    for _ in 0..500 {
        if crashes {
            story.crash();
        }
        if story.status() != ExecutionStatus::Running {
            if redrives == 0 || story.status() == ExecutionStatus::Succeeded {
                return story;
            }
            redrives -= 1;
            assert_eq!(story.input(&Input::Redrive).stale, None);
            continue;
        }
        let mut acts: Vec<Act> = story.running.keys().map(|task| Act::Answer(*task)).collect();
        acts.extend(story.map_runs.keys().map(|run| Act::MapRun(*run)));
        if story.next_timer().is_some() {
            acts.push(Act::FireTimer);
        }
        assert!(!acts.is_empty(), "a running execution waits for something:\n{}", story.trail());
        match dice.one_of(&acts) {
            Act::Answer(task) => answer(&mut story, *task, &mut dice),
            Act::MapRun(run) => go_on(&mut story, *run, &mut dice),
            Act::FireTimer => {
                let (timer, due) = story.next_timer().expect("a timer");
                story.now = story.now.max(due);
                story.fire(timer);
            }
        }
    }
    panic!("no end after 500 inputs:\n{}", story.trail());
}

/// A map run comes further, or ends.
fn go_on(story: &mut Story, run: TaskId, dice: &mut Dice) {
    let end = match dice.roll(5) {
        0..=1 => {
            let mut mark = story.map_runs[&run].mark;
            (mark.items, mark.children) = (mark.items + 1, mark.children + 1);
            let results = vec![Arc::new(json!({ "x": dice.roll(3) }))];
            if let Some(request) = story.map_runs.get_mut(&run) {
                request.mark = mark;
            }
            assert_eq!(story.input(&Input::MapRunProgressed { run, mark, results }).stale, None);
            return;
        }
        2 if dice.roll(3) == 0 => {
            let request = story.map_runs.get_mut(&run).expect("it runs");
            request.owner += 1;
            let (owner, mark) = (request.owner, request.mark);
            let input = Input::MapRunWriting { run, owner, mark, error: None };
            assert_eq!(story.input(&input).stale, None);
            return;
        }
        2 => MapRunEnd::Succeeded(None),
        3 => MapRunEnd::Failed(error(dice.one_of::<&str>(&ERRORS), "c")),
        _ if dice.roll(4) == 0 => MapRunEnd::TooLarge,
        _ => MapRunEnd::Succeeded(Some(Arc::new(json!({ "Key": "manifest" })))),
    };
    story.map_runs.remove(&run);
    assert_eq!(story.input(&Input::MapRunEnded { run, end }).stale, None);
}

fn answer(story: &mut Story, task: TaskId, dice: &mut Dice) {
    story.now = story.now.plus_millis(i64::try_from(dice.roll(1_500)).expect("small"));
    let input = match dice.roll(12) {
        0..=5 => Input::TaskSucceeded { task, output: Arc::new(json!({ "x": dice.roll(3) })) },
        6..=8 => Input::TaskFailed { task, error: error(dice.one_of::<&str>(&ERRORS), "c") },
        9 if story.running[&task].token.is_some() && !story.is_parked(task) => Input::TaskSubmitted { task },
        9..=10 => Input::TaskHeartbeat { task },
        // Somebody answers twice, or what never was.
        _ => {
            let stray = TaskId(dice.roll(40));
            if story.running.contains_key(&stray) {
                return;
            }
            let decision = story.input(&Input::TaskSucceeded { task: stray, output: Arc::new(json!(1)) });
            assert!(decision.stale.is_some());
            return;
        }
    };
    if matches!(input, Input::TaskSucceeded { .. } | Input::TaskFailed { .. }) {
        story.running.remove(&task);
    }
    assert_eq!(story.input(&input).stale, None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn whoever_crashes_ends_like_whoever_does_not(seed: u64) {
        let calm = play(seed, false);
        let crashed = play(seed, true);
        prop_assert_eq!(calm.trail(), crashed.trail());
        prop_assert_eq!(&calm.execution, &crashed.execution);
        let last = calm.events().last().map(Event::is_terminal);
        prop_assert_eq!(last, Some(true));
    }
}

#[test]
fn no_execution_takes_more_than_its_machine_tells() {
    // No list that a machine makes of these inputs and answers is longer.
    let assumptions = Assumptions::new().others(8);
    let mut reached = false;
    for seed in 0..600 {
        let machine = drawn(seed);
        let cost = Cost::of_definition(&Definition::new("Drawn", from_json(machine.clone())));
        let story = play_machine(seed, &machine, false, 0);
        let count = |name: &str| story.events().filter(|event| event.name() == name).count() as u64;
        // An expression that fails is no step's failure.
        let events = story.execution.event_count() - count("EvaluationFailed");
        let most = cost.worst.events.at(&assumptions).expect("a number");
        assert!(events <= most, "seed {seed}: {events} events, told {most}:\n{}", story.trail());
        let entered = count("StateEntered");
        let most_entered = cost.worst.transitions.at(&assumptions).expect("a number");
        assert!(entered <= most_entered, "seed {seed}: {entered} states, told {most_entered}:\n{}", story.trail());
        reached |= events == most;
        if story.status() == ExecutionStatus::Succeeded && events == story.execution.event_count() {
            let least = cost.good.least.transitions.least();
            let failed = count("TaskFailed") + count("TaskTimedOut");
            assert!(failed > 0 || entered >= least, "seed {seed}: {entered} states, told {least}:\n{}", story.trail());
        }
    }
    assert!(reached, "a bound that is never reached is none");
}

#[test]
fn the_simulation_reaches_every_kind_of_event() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..400 {
        seen.extend(play(seed, false).events().map(Event::name));
    }
    assert_eq!(
        seen.len(),
        36,
        "of 40 kinds, all but ExecutionAborted, TaskReissued, StartedBy and JobSubmitted: {seen:?}"
    );
}
