//! What is written is read back the same.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::asl::{StateMachine, Target, for_target, parse, to_dot, to_mermaid, to_svg, validate};

/// Any JSON, expressions among it.
fn template() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1.0e9..1.0e9_f64).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(json!("{% $states.input.a & $x %}")),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec(("[a-z]{1,3}", inner), 0..3).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Optional fields as an object.
fn fields(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> impl Strategy<Value = Value> {
    let optional: Vec<_> = fields.into_iter().map(|(name, value)| of(value).prop_map(move |v| (name, v))).collect();
    optional.prop_map(|fields| {
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Value>()
    })
}

fn name() -> BoxedStrategy<Value> {
    prop_oneof![Just("A"), Just("B"), Just("Missing")].prop_map(Value::from).boxed()
}

fn assign() -> BoxedStrategy<Value> {
    vec(("[a-z$.]{1,4}", template()), 1..3).prop_map(|it| it.into_iter().collect::<Value>()).boxed()
}

fn errors() -> BoxedStrategy<Value> {
    vec(prop_oneof![Just("States.ALL"), Just("E")], 0..3).prop_map(Value::from).boxed()
}

fn list(item: impl Strategy<Value = Value> + 'static, min: usize) -> BoxedStrategy<Value> {
    vec(item, min..min + 2).prop_map(Value::from).boxed()
}

fn merged(left: impl Strategy<Value = Value>, right: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    (left, right).prop_map(|(mut left, right)| {
        if let (Some(left), Value::Object(right)) = (left.as_object_mut(), right) {
            left.extend(right);
        }
        left
    })
}

fn retrier() -> impl Strategy<Value = Value> {
    merged(
        errors().prop_map(|errors| json!({ "ErrorEquals": errors })),
        fields(vec![
            ("IntervalSeconds", any::<u64>().prop_map(Value::from).boxed()),
            ("MaxAttempts", (0..9_u64).prop_map(Value::from).boxed()),
            ("BackoffRate", prop_oneof![(0.5..3.0).prop_map(Value::from), (1..4_u64).prop_map(Value::from)].boxed()),
            ("JitterStrategy", Just(json!("FULL")).boxed()),
        ]),
    )
}

fn catcher() -> impl Strategy<Value = Value> {
    merged(
        (errors(), name()).prop_map(|(errors, next)| json!({ "ErrorEquals": errors, "Next": next })),
        fields(vec![("Assign", assign()), ("Output", template().boxed())]),
    )
}

fn rule() -> impl Strategy<Value = Value> {
    merged(
        (template(), name()).prop_map(|(condition, next)| json!({ "Condition": condition, "Next": next })),
        fields(vec![("Assign", assign()), ("Output", template().boxed())]),
    )
}

fn given() -> BoxedStrategy<Value> {
    template().prop_filter("present", |value| !value.is_null()).boxed()
}

fn state(inner: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let of_type = |kind: &'static str, required: BoxedStrategy<Value>, optional| {
        let kind = required.prop_map(move |required| {
            let mut state = json!({ "Type": kind });
            state
                .as_object_mut()
                .into_iter()
                .for_each(|it| it.extend(required.as_object().cloned().unwrap_or_default()));
            state
        });
        merged(kind, fields(optional)).boxed()
    };
    let none = || Just(json!({})).boxed();
    let any_template = || template().boxed();
    let leaving =
        || vec![("Assign", assign()), ("Output", any_template()), ("Next", name()), ("End", Just(json!(true)).boxed())];
    let handled = || [leaving(), vec![("Retry", list(retrier(), 1)), ("Catch", list(catcher(), 1))]].concat();
    let resource =
        prop_oneof![Just("${AFunctionArn}"), Just("arn:aws:states:::lambda:invoke.waitForTaskToken"), Just("?")];
    let task =
        [handled(), vec![("Arguments", any_template()), ("TimeoutSeconds", given()), ("HeartbeatSeconds", given())]]
            .concat();
    let map =
        [handled(), vec![("Items", any_template()), ("ItemSelector", any_template()), ("MaxConcurrency", given())]]
            .concat();
    prop_oneof![
        of_type("Task", resource.prop_map(|it| json!({ "Resource": it })).boxed(), task),
        of_type("Pass", none(), leaving()),
        of_type("Wait", none(), [leaving(), vec![("Seconds", given()), ("Timestamp", given())]].concat()),
        of_type(
            "Choice",
            list(rule(), 0).prop_map(|it| json!({ "Choices": it })).boxed(),
            vec![("Default", name()), ("Assign", assign())]
        ),
        of_type("Succeed", none(), vec![("Output", any_template())]),
        of_type("Fail", none(), vec![("Error", Just(json!("E")).boxed()), ("Cause", Just(json!("{% 'c' %}")).boxed())]),
        of_type("Parallel", list(inner.clone(), 0).prop_map(|it| json!({ "Branches": it })).boxed(), handled()),
        of_type("Map", inner.prop_map(|it| json!({ "ItemProcessor": it })).boxed(), map),
    ]
    .boxed()
}

fn container(state: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    (name(), state.clone(), state)
        .prop_map(|(start, a, b)| json!({ "StartAt": start, "States": { "B": a, "A": b } }))
        .boxed()
}

fn machine() -> impl Strategy<Value = Value> {
    let leaf = container(state(Just(json!({ "StartAt": "I", "States": { "I": { "Type": "Succeed" } } })).boxed()));
    let head = fields(vec![
        ("Comment", ".{0,5}".prop_map(Value::from).boxed()),
        ("QueryLanguage", Just(json!("JSONata")).boxed()),
        ("TimeoutSeconds", any::<u64>().prop_map(Value::from).boxed()),
    ]);
    merged(head, container(state(leaf)))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn what_is_exported_is_imported_the_same(document in machine()) {
        let first: StateMachine = parse(&document.to_string()).expect("well formed");
        // Equal as values: nothing was lost on the way in.
        prop_assert_eq!(&serde_json::to_value(&first).expect("JSON"), &document);
        for target in [Target::Lambda, Target::Activity] {
            let machine = for_target(&first, target);
            let text = serde_json::to_string_pretty(&machine).expect("JSON");
            let again = parse(&text).expect("what is exported can be read");
            prop_assert_eq!(&again, &*machine);
            prop_assert_eq!(serde_json::to_string_pretty(&again).expect("JSON"), text);
        }
    }

    #[test]
    fn every_machine_can_be_judged_and_drawn(document in machine()) {
        let machine = parse(&document.to_string()).expect("well formed");
        let _ = validate(&machine);
        prop_assert!(to_mermaid(&machine).starts_with("flowchart TD"));
        let dot = to_dot(&machine, "x");
        prop_assert!(dot.starts_with("digraph"), "{dot}");
        let svg = to_svg(&machine, "x");
        prop_assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"));
    }
}
