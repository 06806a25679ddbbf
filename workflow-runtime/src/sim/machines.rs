//! Random machines as workflows, and the steps that they call.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::dice::Dice;
use crate::lower::ir::Program;
use crate::payload::{Payload, Type};
use crate::step::{DataNeed, ErrorOutput, ErrorShape, ErrorVariant, StepContext, StepHandler, StepReply, StepSpec};
use crate::workflow::{Definition, DefinitionError, Workflow};

/// Any JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Doc(Value);

impl Payload for Doc {
    fn ty() -> Type {
        Type::Json
    }
}

/// How many machines a seed has; each but the first may call the one before it.
pub(super) const MACHINES: usize = 3;
/// The seeds of machines that stay as they are: a Map; a parent of a brief child; a parent of a Map that takes long; a Map of eight; a parent in
/// haste.
pub(super) const FIXED: u64 = u64::MAX;
pub(super) const BRIEF: u64 = u64::MAX - 1;
pub(super) const LONG: u64 = u64::MAX - 2;
pub(super) const CROWD: u64 = u64::MAX - 3;
pub(super) const HASTY: u64 = u64::MAX - 4;
/// Where distributed Maps write.
pub(super) const BUCKET: &str = "out";
/// From this seed on there is more of Maps in machines.
const SINCE: u64 = 50_000;
/// What they are called.
pub(super) const NAMES: [&str; MACHINES] = ["Made0", "Made1", "Made2"];

/// The machine of this number that the seed of the present simulation makes.
pub(super) struct Made<const N: usize>;

impl<const N: usize> Workflow for Made<N> {
    type Input = Doc;
    type Output = Doc;
    const NAME: &'static str = NAMES[N];

    fn program() -> &'static Program {
        unreachable!("the definition is given as ASL")
    }

    fn steps() -> Vec<StepHandler> {
        let data: fn() -> Vec<DataNeed> = Vec::new;
        vec![
            StepHandler { name: "Work", spec: || spec("Work"), call: work, data },
            StepHandler { name: "Ask", spec: || spec("Ask"), call: ask, data },
        ]
    }

    fn try_definition() -> Result<Definition, DefinitionError> {
        let seed = super::current().map_or(0, |sim| sim.state().plan.seed);
        let machine = crate::asl::parse(&text(seed, N)).expect("a generated machine can be read");
        Ok(Definition::new(Self::NAME, machine))
    }
}

const ERRORS: [&str; 4] = ["A", "B", "States.TaskFailed", "States.Timeout"];

fn spec(name: &'static str) -> StepSpec {
    let variants = ["A", "B"].map(|name| ErrorVariant { ident: name, name, message: None });
    StepSpec {
        name,
        ident: name,
        doc: "",
        params: Vec::new(),
        output: Type::Json,
        error: ErrorShape { name: "Fault", variants: variants.to_vec(), ty: Type::Unit },
        token: None,
        timeout_seconds: 60,
        heartbeat_seconds: None,
        retry: &[],
        resource: None,
        child: None,
    }
}

/// Says something of its payload, the same each time.
#[expect(clippy::needless_pass_by_value, reason = "a handler's type")]
fn work(context: StepContext, payload: Arc<Value>) -> BoxFuture<'static, Result<StepReply, ErrorOutput>> {
    let length = payload.to_string().len();
    let answer = json!({ "x": length % 3, "by": context.state(), "of": &*payload });
    // What goes in circles must not grow without end.
    let answer = if length > 2_000 { json!({ "x": length % 3 }) } else { answer };
    Box::pin(async move { Ok(StepReply::Output(answer)) })
}

fn ask(_: StepContext, _: Arc<Value>) -> BoxFuture<'static, Result<StepReply, ErrorOutput>> {
    Box::pin(async { Ok(StepReply::Parked) })
}

/// A distributed Map over two items, with durable children.
const FIXED_TEXT: &str = r#"{"QueryLanguage": "JSONata", "StartAt": "Each", "States": {"Each": {
    "Type": "Map", "Items": [1, 2], "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Work", "States": {
            "Work": {"Type": "Task", "Resource": "${WorkFunctionArn}", "TimeoutSeconds": 40, "End": true}}}}}}"#;
/// One that ends in the moment in which it begins.
const BRIEF_TEXT: &str = r#"{"QueryLanguage": "JSONata", "StartAt": "Say", "States": {
    "Say": {"Type": "Pass", "Output": "said", "End": true}}}"#;
/// A distributed Map, two of whose children wait while the third one works; it writes.
const LONG_TEXT: &str = r#"{"QueryLanguage": "JSONata", "StartAt": "Each", "States": {"Each": {
    "Type": "Map", "Items": [1, 2, 3, 4], "MaxConcurrency": 3, "Output": "written", "End": true,
    "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "out", "Prefix": "results"}},
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Which", "States": {
            "Which": {"Type": "Choice", "Default": "Rest", "Choices": [{"Condition": "{% $states.input < 3 %}", "Next": "Work"}]},
            "Work": {"Type": "Task", "Resource": "${WorkFunctionArn}", "TimeoutSeconds": 40, "End": true},
            "Rest": {"Type": "Wait", "Seconds": 600, "Next": "Work"}}}}}}"#;
/// A distributed Map, whose last child waits.
const CROWD_TEXT: &str = r#"{"QueryLanguage": "JSONata", "StartAt": "Each", "States": {"Each": {
    "Type": "Map", "Items": "{% [1..8] %}", "MaxConcurrency": 2, "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Which", "States": {
            "Which": {"Type": "Choice", "Default": "Work", "Choices": [{"Condition": "{% $states.input = 8 %}", "Next": "Rest"}]},
            "Rest": {"Type": "Wait", "Seconds": 600, "Next": "Work"},
            "Work": {"Type": "Task", "Resource": "${WorkFunctionArn}", "TimeoutSeconds": 40, "End": true}}}}}}"#;
/// The one that waits for the one before it, but not for long.
const HASTY_TEXT: &str = r#"{"QueryLanguage": "JSONata", "StartAt": "Child", "States": {
    "Child": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": true, "TimeoutSeconds": 100,
        "Arguments": {"StateMachineArn": "${Made0StateMachineArn}", "Input": {"in": 1}}, "Output": "{% $states.result.Output %}",
        "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "late", "Next": "Late"}]},
    "Late": {"Type": "Wait", "Seconds": 1000, "End": true}}}"#;
/// The one that waits for the one before it.
const PARENT_TEXT: &str = r#"{"QueryLanguage": "JSONata", "StartAt": "Child", "States": {"Child": {
    "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": true,
    "Arguments": {"StateMachineArn": "${Made0StateMachineArn}", "Input": {"in": 1}}, "Output": "{% $states.result.Output %}"}}}"#;

/// The text of a machine.
pub(super) fn text(seed: u64, number: usize) -> String {
    let fixed = match (seed, number) {
        (FIXED, _) => Some(FIXED_TEXT),
        (BRIEF, 0) => Some(BRIEF_TEXT),
        (LONG | HASTY, 0) => Some(LONG_TEXT),
        (HASTY, _) => Some(HASTY_TEXT),
        (CROWD, _) => Some(CROWD_TEXT),
        (BRIEF | LONG, _) => Some(PARENT_TEXT),
        _ => None,
    };
    if let Some(fixed) = fixed {
        return fixed.to_owned();
    }
    let dice = Dice::new(seed).fork(100 + number as u64);
    // Drawn apart, so that the rest stays as it was; and so do those that found something.
    let drawn = |fork: u64, chance: u64| seed >= SINCE && Dice::new(seed).fork(fork).once_in(chance);
    let (is_long, is_careful, is_nesting) = (drawn(200, 6), drawn(201, 3), number == 1 && drawn(202, 6));
    let mut generator = Generator { dice, names: 0, number, is_long, is_careful, is_nesting };
    let (start_at, states) = generator.container(2, true);
    let mut machine = json!({ "QueryLanguage": "JSONata", "StartAt": start_at, "States": states });
    if generator.dice.once_in(6) {
        machine["TimeoutSeconds"] = json!(20 + generator.dice.roll(300));
    }
    machine.to_string()
}

/// What is sure to have a value: where several branches run, whose failure comes first is not the same each time.
const SURE: [&str; 4] =
    ["{% $states.input %}", "{% $states.context.State.Name %}", "{% $exists($x) ? $x : 0 %}", "{% [1, 2] %}"];
/// What may fail.
const RISKY: [&str; 2] = ["{% $x %}", "{% $states.input.nothing %}"];

struct Generator {
    dice: Dice,
    names: u64,
    number: usize,
    /// Durable children of Maps may wait for minutes.
    is_long: bool,
    /// Children of Maps try again and catch.
    is_careful: bool,
    /// Durable children of Maps start executions, and wait for them.
    is_nesting: bool,
}

impl Generator {
    /// A container of a few states that lead only onwards, so that every run ends.
    fn container(&mut self, depth: u32, is_root: bool) -> (String, Value) {
        let count = 1 + self.dice.roll(if is_root { 5 } else { 3 });
        let first = self.names;
        let names: Vec<String> = (0..count).map(|at| format!("S{}", first + at)).collect();
        self.names += count;
        let mut states = Map::new();
        for place in 0..names.len() {
            let state = self.state(&names[place + 1..], depth, is_root);
            states.insert(names[place].clone(), state);
        }
        (names[0].clone(), Value::Object(states))
    }

    fn expression(&mut self, is_root: bool) -> &'static str {
        if is_root && self.dice.once_in(8) { self.dice.one_of::<&str>(&RISKY) } else { self.dice.one_of::<&str>(&SURE) }
    }

    fn state(&mut self, later: &[String], depth: u32, is_root: bool) -> Value {
        let kinds = if depth == 0 { 9 } else { 14 };
        let mut state = match self.dice.roll(kinds) {
            0..=3 => self.task(later, is_root),
            4 => json!({ "Type": "Pass", "Output": self.expression(is_root) }),
            5 => json!({ "Type": "Wait", "Seconds": self.seconds() }),
            6 if !later.is_empty() => return self.choice(later),
            7 if later.is_empty() && is_root && self.dice.once_in(3) => {
                return json!({ "Type": "Fail", "Error": self.dice.one_of(&ERRORS) });
            }
            8 => self.ask(later),
            9..=10 => self.parallel(later, depth),
            11..=12 => self.map(later, depth, is_root),
            13.. => self.map_run(later),
            _ => json!({ "Type": "Pass" }),
        };
        let fields = state.as_object_mut().expect("an object");
        if self.dice.once_in(3) {
            fields.insert("Assign".into(), json!({ "x": self.dice.one_of::<&str>(&SURE[..2]) }));
        }
        match later {
            [] => fields.insert("End".into(), json!(true)),
            later => fields.insert("Next".into(), json!(self.dice.one_of(later))),
        };
        state
    }

    fn seconds(&mut self) -> u64 {
        if self.dice.once_in(8) { 100_000 } else { self.dice.roll(20) }
    }

    fn task(&mut self, later: &[String], is_root: bool) -> Value {
        if self.number > 0 && self.dice.once_in(4) {
            return self.nested(later);
        }
        let mut task = json!({ "Type": "Task", "Resource": "${WorkFunctionArn}" });
        let fields = task.as_object_mut().expect("an object");
        if self.dice.once_in(2) {
            fields.insert("TimeoutSeconds".into(), json!(15 + self.dice.roll(40)));
            if self.dice.once_in(3) {
                fields.insert("HeartbeatSeconds".into(), json!(8 + self.dice.roll(5)));
            }
        } else {
            // A step that hangs must have an end.
            fields.insert("TimeoutSeconds".into(), json!(600));
        }
        if self.dice.once_in(3) {
            fields.insert("Arguments".into(), json!(self.expression(is_root)));
        }
        self.handlers(fields, later);
        task
    }

    /// The machine before this one.
    fn nested(&mut self, later: &[String]) -> Value {
        let machine = format!("${{{}StateMachineArn}}", NAMES[self.number - 1]);
        let is_awaited = !self.dice.once_in(4);
        let resource = if is_awaited { "startExecution.sync:2" } else { "startExecution" };
        let mut task = json!({
            "Type": "Task",
            "Resource": format!("arn:aws:states:::states:{resource}"),
            "Arguments": { "StateMachineArn": machine, "Input": { "in": "{% $states.context.State.Name %}", "list": [1, 2] } },
            // Everything else of a child's description says when it ran.
            "Output": if is_awaited { "{% $states.result.Output %}" } else { "{% 'begun' %}" },
        });
        let fields = task.as_object_mut().expect("an object");
        if self.dice.once_in(4) {
            fields.insert("TimeoutSeconds".into(), json!(20 + self.dice.roll(200)));
        }
        self.handlers(fields, later);
        task
    }

    fn ask(&mut self, later: &[String]) -> Value {
        let mut task = json!({
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Arguments": { "FunctionName": "${AskFunctionArn}", "Payload": { "token": "{% $states.context.Task.Token %}" } },
            "TimeoutSeconds": 20 + self.dice.roll(2) * 400_000,
        });
        let fields = task.as_object_mut().expect("an object");
        if self.dice.once_in(4) {
            fields.insert("HeartbeatSeconds".into(), json!(5 + self.dice.roll(9)));
        }
        self.handlers(fields, later);
        task
    }

    fn parallel(&mut self, later: &[String], depth: u32) -> Value {
        let branches: Vec<Value> = (0..=self.dice.roll(3))
            .map(|_| {
                let (start_at, states) = self.container(depth - 1, false);
                json!({ "StartAt": start_at, "States": states })
            })
            .collect();
        let mut parallel = json!({ "Type": "Parallel", "Branches": branches });
        self.handlers(parallel.as_object_mut().expect("an object"), later);
        parallel
    }

    fn map(&mut self, later: &[String], depth: u32, is_root: bool) -> Value {
        let (start_at, states) = self.container(depth - 1, false);
        let sure =
            ["{% [1..5] %}", "{% [] %}", "{% [$states.input, 2] %}", "{% $states.context.Execution.Input.list %}"];
        let items =
            if is_root && self.dice.once_in(5) { "{% $states.input %}" } else { self.dice.one_of::<&str>(&sure) };
        let mut map = json!({
            "Type": "Map", "ItemProcessor": { "StartAt": start_at, "States": states },
            "Items": items, "MaxConcurrency": self.dice.roll(4),
        });
        let fields = map.as_object_mut().expect("an object");
        if self.dice.once_in(2) {
            let selector = json!({
                "n": "{% $states.context.Map.Item.Index %}", "it": "{% $states.context.Map.Item.Value %}",
            });
            fields.insert("ItemSelector".into(), selector);
        }
        self.handlers(fields, later);
        map
    }

    /// Children of their own, in memory or durable.
    fn map_run(&mut self, later: &[String]) -> Value {
        let (first, second) = (format!("S{}", self.names), format!("S{}", self.names + 1));
        self.names += 2;
        let kind = *self.dice.one_of(&["EXPRESS", "STANDARD", "STANDARD"]);
        let mut work = if self.is_nesting && kind == "STANDARD" {
            json!({
                "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Next": second,
                "Arguments": { "StateMachineArn": "${Made0StateMachineArn}", "Input": { "in": 1, "list": [1, 2] } },
                "Output": "{% $states.result.Output %}",
            })
        } else {
            json!({ "Type": "Task", "Resource": "${WorkFunctionArn}", "TimeoutSeconds": 40, "Next": second })
        };
        if self.is_careful {
            work["Retry"] = json!([{ "ErrorEquals": ["A"], "MaxAttempts": 2 }]);
            work["Catch"] =
                json!([{ "ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.Error %}", "Next": second }]);
        }
        let last = if self.dice.once_in(2) {
            // Those in memory last for five minutes at most.
            let seconds = self.dice.roll(5) * if self.is_long && kind == "STANDARD" { 100 } else { 1 };
            json!({ "Type": "Wait", "Seconds": seconds, "End": true })
        } else {
            json!({ "Type": "Succeed" })
        };
        let mut map = json!({
            "Type": "Map", "ItemProcessor": {
                "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": kind },
                "StartAt": first, "States": { first: work, second: last },
            },
            "Items": self.dice.one_of(&["{% [1..5] %}", "{% $states.context.Execution.Input.list %}"]),
            "MaxConcurrency": self.dice.roll(4),
        });
        if self.dice.once_in(3) {
            map["ToleratedFailureCount"] = json!(self.dice.roll(3));
        }
        if self.dice.once_in(3) {
            map["ResultWriter"] = json!({
                "Resource": "arn:aws:states:::s3:putObject", "Arguments": { "Bucket": BUCKET, "Prefix": "results" },
            });
            // What is written is named after the execution.
            map["Output"] = json!("{% 'written' %}");
        }
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
        if !later.is_empty() && self.dice.roll(3) < 2 {
            let next = self.dice.one_of(later);
            // The cause may say when.
            let output = "{% $states.errorOutput.Error %}";
            fields.insert("Catch".into(), json!([{ "ErrorEquals": ["States.ALL"], "Output": output, "Next": next }]));
        }
    }

    fn choice(&mut self, later: &[String]) -> Value {
        let conditions = [json!(true), json!(false), json!("{% $exists($x) %}"), json!("{% $exists($x) and $x = 1 %}")];
        json!({
            "Type": "Choice",
            "Choices": [{ "Condition": self.dice.one_of(&conditions), "Next": self.dice.one_of(later) }],
            "Default": self.dice.one_of(later),
        })
    }
}
