//! Expressions as the compiler emits them: evaluated natively and, in the same run, by `jsonata-core` on values that
//! were converted for it before; both yield JSON. The last lines give the ratios.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use jsonata_core::evaluator::{Context, Evaluator};
use jsonata_core::value::JValue;
use serde_json::{Value, json};
use workflow_runtime::expr::{Expression, Scope, Template};
use workflow_runtime::time::Timestamp;

const EXPRESSIONS: &[(&str, &str)] = &[
    ("condition", "$fraud.score > 0.8 or $states.context.Execution.Input.total_cents > 1000000"),
    ("path", "$states.context.Execution.Input.user.name"),
    ("format", "'order ' & $order.order_id & ': ' & $formatNumber($order.total_cents, '0') & ' cents'"),
    ("block", "( $net := $order.total_cents - $order.discount; $net < 0 ? 0 : $net )"),
    ("record", "{'order_id': $order.order_id, 'amount': $order.total_cents * 2, 'lines': [$order.lines]}"),
    ("index", "($order.lines[$i]).sku"),
    ("map", "$append([], $map($order.lines, function($line) { $line.qty * $line.price })[])"),
    ("error data", "$parse($parse($failure.Cause).errorMessage).error.Invalid"),
];

struct Order {
    variables: BTreeMap<String, Value>,
    context: Value,
}

impl Scope for Order {
    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }
    fn input(&self) -> &Value {
        &Value::Null
    }
    fn result(&self) -> Option<&Value> {
        None
    }
    fn error_output(&self) -> Option<&Value> {
        None
    }
    fn context(&self) -> Cow<'_, Value> {
        Cow::Borrowed(&self.context)
    }
    fn execution_input(&self) -> Option<&Value> {
        Some(&self.context["Execution"]["Input"])
    }
    fn now(&self) -> Timestamp {
        Timestamp::default()
    }
    fn entropy(&self) -> u64 {
        7
    }
}

fn order() -> Order {
    let order = json!({
        "order_id": "ORD-999", "user": {"name": "Ana"}, "total_cents": 129_900, "discount": 900,
        "lines": (0..10).map(|n| json!({"sku": format!("S{n}"), "qty": n, "price": 100 * n})).collect::<Vec<_>>()
    });
    let error = json!({"message": "order rejected: empty", "error": {"Invalid": "empty"}}).to_string();
    let cause = json!({"errorType": "InvalidOrderError", "errorMessage": error}).to_string();
    let failure = json!({"Error": "InvalidOrderError", "Cause": cause});
    let variables =
        [("fraud", json!({"score": 0.31})), ("order", order.clone()), ("i", json!(4)), ("failure", failure)];
    Order {
        variables: variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        context: json!({"Execution": {"Id": "arn", "Name": "ORD-999", "Input": order}, "State": {"Name": "Review"}}),
    }
}

/// `jsonata-core` with everything that the expressions read bound beforehand.
fn foreign(scope: &Order) -> Evaluator {
    let mut context = Context::new();
    for (name, value) in &scope.variables {
        context.bind(name.clone(), JValue::from(value.clone()));
    }
    context.bind("states".to_owned(), JValue::from(json!({"context": scope.context})));
    let mut evaluator = Evaluator::with_context(context);
    evaluator
        .register_fn("parse", |arguments: &[JValue]| {
            let text = arguments.first().and_then(JValue::as_str).unwrap_or("null");
            Ok(JValue::from_json_str(text).unwrap_or(JValue::Null))
        })
        .expect("`parse` is no function of JSONata's own");
    evaluator
}

/// The best of several rounds, in nanoseconds a call.
fn nanoseconds(mut call: impl FnMut()) -> f64 {
    let calls = 20_000_u32;
    let round = |call: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..calls).for_each(|_| call());
        start.elapsed()
    };
    let best = (0..5).map(|_| round(&mut call)).min().unwrap_or(Duration::ZERO);
    best.as_secs_f64() * 1e9 / f64::from(calls)
}

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20)
        .configure_from_args();
    let scope = order();
    let mut evaluator = foreign(&scope);
    let mut ratios = Vec::new();
    for (name, source) in EXPRESSIONS {
        let expression = Expression::compile(source).expect("it compiles");
        assert!(expression.is_native(), "{source} is evaluated natively");
        let tree = jsonata_core::parser::parse(source).expect("it parses");
        let mut native = || drop(black_box(expression.evaluate(black_box(&scope), "Output")));
        let mut core = || {
            let result = evaluator.evaluate(black_box(&tree), &JValue::Undefined);
            drop(black_box(result.map(|value| Value::from(&value))));
        };
        criterion.bench_function(&format!("native/{name}"), |bencher| bencher.iter(&mut native));
        criterion.bench_function(&format!("jsonata-core/{name}"), |bencher| bencher.iter(&mut core));
        ratios.push((name, nanoseconds(&mut native), nanoseconds(&mut core)));
    }
    let condition = Expression::compile(EXPRESSIONS[0].1).expect("it compiles");
    let template = json!({"order": "{% $order %}", "score": "{% $fraud.score %}", "kind": "review"});
    let template = Template::compile(&template, "Arguments").expect("it compiles");
    criterion.bench_function("native/typed condition", |bencher| {
        bencher.iter(|| condition.evaluate_boolean(black_box(&scope), "Condition"));
    });
    criterion.bench_function("native/template", |bencher| {
        bencher.iter(|| template.evaluate(black_box(&scope), "Arguments"));
    });
    criterion.bench_function("compile/condition", |bencher| {
        bencher.iter(|| Expression::compile(black_box(EXPRESSIONS[0].1)));
    });
    criterion.final_summary();
    for (name, native, core) in ratios {
        eprintln!("{name:<12} native {native:>8.0} ns   jsonata-core {core:>8.0} ns   {:>6.1} times", core / native);
    }
}
