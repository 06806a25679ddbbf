//! Bounds that are tightened and loosened.

use serde_json::{Value, json};

use super::types::compared;
use crate::change::schema::{Difference, Schema, Writer, differences};
use crate::prelude::*;

mod unbounded {
    use crate::prelude::*;
    #[derive(Clone, Debug, Serialize, Deserialize, Payload)]
    pub(super) struct Order {
        pub(super) lines: Vec<String>,
        pub(super) reference: Option<String>,
        pub(super) extra: serde_json::Value,
    }
}

mod bounded {
    use crate::prelude::*;
    #[derive(Clone, Debug, Serialize, Deserialize, Payload)]
    pub(super) struct Order {
        #[payload(max_len = 500)]
        pub(super) lines: Vec<String>,
        #[payload(max_len = 80)]
        pub(super) reference: Option<String>,
        #[payload(max_len = 9, max_bytes = "16KiB")]
        pub(super) extra: serde_json::Value,
    }
}

mod tighter {
    use crate::prelude::*;
    #[derive(Clone, Debug, Serialize, Deserialize, Payload)]
    pub(super) struct Order {
        #[payload(max_len = 100)]
        pub(super) lines: Vec<String>,
        #[payload(max_len = 80)]
        pub(super) reference: Option<String>,
        #[payload(max_len = 9, max_bytes = "32KiB")]
        pub(super) extra: serde_json::Value,
    }
}

#[test]
fn a_bound_that_is_added_refuses_what_was_written_before() {
    assert_eq!(
        compared::<unbounded::Order, bounded::Order>(Writer::Serde),
        [
            "/extra `/extra` may have at most 9 items (had no such bound) | BREAKS | ok",
            "/extra `/extra` may have at most 16384 bytes of JSON text (had no such bound) | BREAKS | ok",
            "/lines `/lines` may have at most 500 items (had no such bound) | BREAKS | ok",
            "/reference `/reference` may have at most 80 characters (had no such bound) | BREAKS | ok"
        ]
    );
    assert_eq!(
        compared::<bounded::Order, unbounded::Order>(Writer::Serde),
        [
            "/extra `/extra` lost its bound of at most 9 items | ok | BREAKS",
            "/extra `/extra` lost its bound of at most 16384 bytes of JSON text | ok | BREAKS",
            "/lines `/lines` lost its bound of at most 500 items | ok | BREAKS",
            "/reference `/reference` lost its bound of at most 80 characters | ok | BREAKS"
        ]
    );
    assert_eq!(compared::<bounded::Order, bounded::Order>(Writer::Serde), [""; 0]);
}

#[test]
fn a_bound_that_is_tightened_or_loosened_is_told_with_both_numbers() {
    assert_eq!(
        compared::<bounded::Order, tighter::Order>(Writer::Serde),
        [
            "/extra `/extra` may have at most 32768 bytes of JSON text (was 16384) | ok | BREAKS",
            "/lines `/lines` may have at most 100 items (was 500) | BREAKS | ok"
        ]
    );
}

/// The differences of two schemas without names.
fn between(old: &Value, new: &Value) -> Vec<Difference> {
    let defs = serde_json::Map::new();
    differences(Schema { value: old, defs: &defs }, Schema { value: new, defs: &defs }, Writer::Anyone)
}

#[test]
fn reasons_and_remedies_say_what_to_write() {
    let list = |max: Option<u64>| match max {
        Some(max) => json!({"type": "array", "items": {"type": "string"}, "maxItems": max}),
        None => json!({"type": "array", "items": {"type": "string"}}),
    };
    let forward = |old, new| between(&list(old), &list(new)).remove(0).forward.expect("a problem");
    let tightened = forward(Some(10), Some(5));
    assert_eq!(tightened.reason, "the value may have more than 5 items in what was written before");
    assert_eq!(
        tightened.remedy,
        "keep the wider bound, `#[payload(max_len = 10)]`, until nothing beyond the new one is left"
    );
    let added = forward(None, Some(5));
    assert_eq!(added.remedy, "leave `max_len` out, or make it as large as the largest value that was ever written");
    let loosened = between(&list(Some(5)), &list(Some(10))).remove(0).backward.expect("a problem");
    assert_eq!(loosened.reason, "the value may have more than 5 items now");
}

/// What `old` and `new` break, as `forward backward`.
fn breaks(old: &Value, new: &Value) -> Vec<(bool, bool)> {
    between(old, new).iter().map(|it| (it.forward.is_some(), it.backward.is_some())).collect()
}

#[test]
fn keywords_that_only_a_hand_written_schema_has() {
    let number = |min: f64, max: f64| json!({"type": "number", "minimum": min, "maximum": max});
    assert_eq!(breaks(&number(0.0, 1.0), &number(0.0, 1.0)), []);
    assert_eq!(breaks(&number(0.0, 1.0), &number(0.5, 1.0)), [(true, false)]);
    assert_eq!(breaks(&number(0.0, 1.0), &number(0.0, 2.0)), [(false, true)]);
    assert_eq!(breaks(&number(0.0, 1.0), &json!({"type": "number"})), [(false, true), (false, true)]);
    let text = |rules: Value| {
        let mut schema = json!({"type": "string"});
        schema.as_object_mut().expect("an object").extend(rules.as_object().cloned().expect("an object"));
        schema
    };
    let plain = text(json!({}));
    assert_eq!(breaks(&plain, &text(json!({"pattern": "^[A-Z]+$"}))), [(true, false)]);
    assert_eq!(breaks(&text(json!({"pattern": "^[A-Z]+$"})), &plain), [(false, true)]);
    assert_eq!(breaks(&text(json!({"pattern": "^[A-Z]+$"})), &text(json!({"pattern": "^[a-z]+$"}))), [(true, true)]);
    assert_eq!(breaks(&plain, &text(json!({"minLength": 3}))), [(true, false)]);
    let maybe = |form: Value| json!({"anyOf": [form, {"type": "null"}]});
    assert_eq!(breaks(&maybe(plain.clone()), &maybe(text(json!({"maxLength": 3})))), [(true, false)]);
    assert_eq!(breaks(&maybe(plain.clone()), &maybe(text(json!({"pattern": "a"})))), [(true, false)]);
}

#[test]
fn a_bound_is_not_told_of_what_has_another_type_now() {
    let text = json!({"type": "string", "maxLength": 3});
    let list = json!({"type": "array", "items": {}, "maxItems": 3});
    assert_eq!(breaks(&text, &list), [(true, true)], "the type alone");
    // Tuples and integers say it themselves.
    assert_eq!(
        breaks(&crate::payload::json_schema(&<(u8, u8)>::ty()), &crate::payload::json_schema(&<(u8, u8, u8)>::ty()))
            .len(),
        1
    );
    assert_eq!(
        breaks(&json!({"type": "integer", "minimum": 0}), &json!({"type": "integer", "minimum": 5})),
        [(true, false)]
    );
}

#[test]
fn any_text_becomes_one_of_a_few() {
    let (text, few) = (json!({"type": "string"}), json!({"type": "string", "enum": ["red", "green"]}));
    let found = between(&text, &few);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].what, "the value was text, is one of `red`, `green`");
    assert!(found[0].forward.is_some() && found[0].backward.is_none());
    assert_eq!(breaks(&few, &text), [(false, true)]);
    assert_eq!(breaks(&json!({"enum": [1, 2, 3]}), &json!({"enum": [1, 2]})), [(true, false)]);
    assert_eq!(breaks(&json!({"enum": [1, 2]}), &json!({"type": "integer"})).iter().filter(|it| it.0).count(), 0);
    assert_eq!(breaks(&json!({"type": "integer"}), &json!({"enum": [1, 2]})).iter().filter(|it| it.0).count(), 1);
}

/// A file that refers to itself over and over ends.
#[test]
fn schemas_without_end() {
    let defs = json!({"A": {"anyOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/A"}]}, "B": {"$ref": "#/$defs/B"}});
    let defs = defs.as_object().expect("an object");
    for name in ["A", "B"] {
        let (value, other) = (json!({"$ref": format!("#/$defs/{name}")}), json!({"type": "string", "maxLength": 3}));
        let (looped, plain) = (Schema { value: &value, defs }, Schema { value: &other, defs });
        let _ = (differences(looped, plain, Writer::Serde), differences(plain, looped, Writer::Anyone));
    }
}
