//! Expressions beyond the native subset, evaluated by `jsonata-core` with the functions that Step Functions adds.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use jsonata_core::ast::AstNode;
use jsonata_core::evaluator::{Context, Evaluator, EvaluatorError, EvaluatorOptions, error_code_prefix};
use jsonata_core::value::JValue;
use serde_json::{Map, Value};

use super::functions;
use super::guard::{self, Watch};
use super::thrown::{Run, Thrown};
use super::value::{Fuel, Num, RESULT_MAX};
use super::{Scope, StatesFields};

/// Deeper values are not made into JSON.
const HEIGHT_MAX: usize = 100;

/// A program of `jsonata-core`'s.
#[derive(Debug)]
pub(super) struct Fallback {
    tree: AstNode,
    /// The variables to bind, built-in functions' names among them: a variable hides the function.
    names: Vec<String>,
    states: StatesFields,
}

impl Fallback {
    /// Compiles what our own parser has accepted; the error is a text for people.
    pub(super) fn compile(source: &str, names: Vec<String>, states: StatesFields) -> Result<Self, String> {
        // The foreign parser must not take the process down, whatever it is given.
        let parsed = catch_unwind(|| jsonata_core::parser::parse(source));
        match parsed {
            Ok(Ok(tree)) => Ok(Self { tree: guard::install(tree)?, names, states }),
            Ok(Err(error)) => Err(without_code(&error.to_string()).1.to_owned()),
            Err(_) => Err("The expression cannot be parsed".to_owned()),
        }
    }

    pub(super) fn evaluate(&self, scope: &dyn Scope) -> Run<Option<Value>> {
        // The foreign evaluator must not take the process down; what it was given is dropped with it.
        catch_unwind(AssertUnwindSafe(|| self.run(scope)))
            .unwrap_or_else(|_| Err(Thrown::plain("The expression cannot be evaluated")))
    }

    fn run(&self, scope: &dyn Scope) -> Run<Option<Value>> {
        let mut context = Context::new();
        for name in &self.names {
            if let Some(value) = scope.variable(name) {
                context.bind(name.clone(), JValue::from(value.clone()));
            }
        }
        if self.states != StatesFields::default() {
            context.bind("states".to_owned(), JValue::from(Value::Object(self.states(scope))));
        }
        // AWS's limits. The first is measured inside `jsonata-core`, the last net below the guards: no clock of ours.
        let options = EvaluatorOptions {
            timeout_ms: Some(5_000),
            max_stack_depth: Some(100),
            max_sequence_length: Some(873_782),
            ..EvaluatorOptions::default()
        };
        let mut evaluator = Evaluator::with_options(context, options);
        register(&mut evaluator, scope).map_err(|error| thrown(&error))?;
        Watch::new().register(&mut evaluator).map_err(|error| thrown(&error))?;
        let result = evaluator.evaluate(&self.tree, &JValue::Undefined).map_err(|error| thrown(&error))?;
        if result.is_undefined() { Ok(None) } else { to_json(&result, 0, &mut Fuel::new(RESULT_MAX)).map(Some) }
    }

    fn states(&self, scope: &dyn Scope) -> Map<String, Value> {
        let mut states = Map::new();
        let wanted = |field: bool| field || self.states.whole;
        if wanted(self.states.input) {
            states.insert("input".to_owned(), scope.input().clone());
        }
        if let (true, Some(result)) = (wanted(self.states.result), scope.result()) {
            states.insert("result".to_owned(), result.clone());
        }
        if let (true, Some(error)) = (wanted(self.states.error_output), scope.error_output()) {
            states.insert("errorOutput".to_owned(), error.clone());
        }
        if wanted(self.states.context) {
            states.insert("context".to_owned(), scope.context().into_owned());
        }
        states
    }
}

/// An error's code, if it has one, and its text.
fn without_code(message: &str) -> (Option<&str>, &str) {
    match error_code_prefix(message) {
        Some(code) => (Some(code), message[code.len() + 1..].trim_start()),
        None => (None, message),
    }
}

fn thrown(error: &EvaluatorError) -> Thrown {
    match without_code(error.message()) {
        (Some("D1011" | "U1001"), _) => Thrown::depth(),
        (Some("D1012"), _) => Thrown::time(),
        (Some("D2014" | "D2015"), _) => Thrown::memory(),
        (Some(code), message) => Thrown::coded(code, message),
        (None, message) => Thrown::plain(message),
    }
}

pub(super) fn failed(thrown: &Thrown) -> EvaluatorError {
    EvaluatorError::EvaluationError(match &thrown.code {
        Some(code) => format!("{code}: {}", thrown.message),
        None => thrown.message.clone(),
    })
}

/// JSON of a result; functions have none.
fn to_json(value: &JValue, height: usize, fuel: &mut Fuel) -> Run<Value> {
    fuel.spend(1)?;
    if height > HEIGHT_MAX {
        return Err(Thrown::depth());
    }
    Ok(match value {
        JValue::Null | JValue::Undefined => Value::Null,
        JValue::Bool(bool) => Value::Bool(*bool),
        JValue::Number(number) => Num::Float(*number).to_json(),
        JValue::String(text) => {
            fuel.spend(text.len() / 16)?;
            Value::from(&**text)
        }
        JValue::Array(items) => {
            Value::Array(items.iter().map(|item| to_json(item, height + 1, fuel)).collect::<Run<_>>()?)
        }
        JValue::Object(map) => {
            let mut fields = Map::with_capacity(map.len());
            for (key, item) in map.iter() {
                fields.insert(key.clone(), to_json(item, height + 1, fuel)?);
            }
            Value::Object(fields)
        }
        _ => return Err(Thrown::function_value()),
    })
}

/// What Step Functions adds, and the clock and chance of the scope instead of the machine's.
fn register(evaluator: &mut Evaluator, scope: &dyn Scope) -> Result<(), EvaluatorError> {
    let now = scope.now();
    let seed = Rc::new(Cell::new(scope.entropy()));
    let uuid_seed = Rc::clone(&seed);
    evaluator.register_fn_override("now", move |arguments: &[JValue]| {
        if arguments.is_empty() {
            return Ok(JValue::from(functions::millis_text(now)));
        }
        format_time(now.as_millis(), arguments)
    })?;
    evaluator.register_fn_override("millis", move |_: &[JValue]| Ok(JValue::from_i64(now.as_millis())))?;
    evaluator.register_fn_override("random", move |arguments: &[JValue]| {
        Ok(JValue::Number(match integer(arguments.first()) {
            Some(seed) => functions::java_random(seed),
            None => functions::entropy_fraction(next(&seed)),
        }))
    })?;
    evaluator.register_fn_override("uuid", move |_: &[JValue]| {
        Ok(JValue::from(functions::uuid_text(next(&uuid_seed), next(&uuid_seed))))
    })?;
    evaluator.register_fn_override("parse", |arguments: &[JValue]| match arguments.first() {
        Some(JValue::String(text)) => functions::parse_json(text).map(JValue::from).map_err(|thrown| failed(&thrown)),
        Some(JValue::Undefined) | None => Ok(JValue::Undefined),
        Some(_) => Err(mismatch("parse")),
    })?;
    evaluator.register_fn_override("hash", |arguments: &[JValue]| match (arguments.first(), arguments.get(1)) {
        (Some(JValue::String(text)), Some(JValue::String(algorithm))) => {
            functions::hash_text(text, algorithm).map(JValue::from).map_err(|thrown| failed(&thrown))
        }
        (Some(JValue::String(_) | JValue::Undefined) | None, _) => Ok(JValue::Undefined),
        (Some(_), _) => Err(mismatch("hash")),
    })?;
    evaluator.register_fn_override("partition", |arguments: &[JValue]| partition(arguments))?;
    evaluator.register_fn_override("range", |arguments: &[JValue]| range(arguments))
}

fn mismatch(name: &str) -> EvaluatorError {
    EvaluatorError::EvaluationError(format!(
        "T0410: Argument 1 of function \"{name}\" does not match function signature"
    ))
}

/// Towards zero.
fn integer(value: Option<&JValue>) -> Option<i64> {
    match value {
        Some(JValue::Number(number)) => Some(Num::Float(*number).truncated()),
        _ => None,
    }
}

/// The next number of a stream that one number of the scope's starts.
fn next(seed: &Cell<u64>) -> u64 {
    seed.set(seed.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
    let mixed = (seed.get() ^ (seed.get() >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// `$now(picture, timezone)` is `$fromMillis` of the scope's time.
fn format_time(millis: i64, arguments: &[JValue]) -> Result<JValue, EvaluatorError> {
    let tree = jsonata_core::parser::parse("$fromMillis($millis, $picture, $zone)")
        .map_err(|error| EvaluatorError::EvaluationError(error.to_string()))?;
    let mut context = Context::new();
    context.bind("millis".to_owned(), JValue::from_i64(millis));
    if let Some(JValue::String(picture)) = arguments.first() {
        guard::check_picture(picture).map_err(|refused| failed(&refused))?;
    }
    for (name, argument) in ["picture", "zone"].into_iter().zip(arguments) {
        context.bind(name.to_owned(), argument.clone());
    }
    Evaluator::with_context(context).evaluate(&tree, &JValue::Undefined)
}

fn partition(arguments: &[JValue]) -> Result<JValue, EvaluatorError> {
    let items = match arguments.first() {
        Some(JValue::Array(items)) => items.to_vec(),
        Some(JValue::Undefined) | None => return Ok(JValue::Undefined),
        Some(other) => vec![other.clone()],
    };
    let Some(size) = integer(arguments.get(1)) else { return Ok(JValue::Undefined) };
    let size = usize::try_from(size).map_err(|_| {
        EvaluatorError::EvaluationError(
            "Second argument of partition function must evaluate to a positive number".to_owned(),
        )
    })?;
    if size == 0 || items.is_empty() {
        return Ok(JValue::Undefined);
    }
    Ok(JValue::array(items.chunks(size).map(|chunk| JValue::array(chunk.to_vec())).collect()))
}

fn range(arguments: &[JValue]) -> Result<JValue, EvaluatorError> {
    let (Some(start), Some(end), Some(step)) =
        (integer(arguments.first()), integer(arguments.get(1)), integer(arguments.get(2)))
    else {
        return Ok(JValue::Undefined);
    };
    match functions::range_items(start, end, step).map_err(|thrown| failed(&thrown))? {
        None => Ok(JValue::Undefined),
        Some(items) => match &items[..] {
            [one] => Ok(JValue::from_i64(*one)),
            _ => Ok(JValue::array(items.into_iter().map(JValue::from_i64).collect())),
        },
    }
}
