//! Descriptors of derived types against serde's own JSON, and mismatches as people read them.
#![expect(clippy::struct_field_names, reason = "these are samples")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::*;
use crate::Payload;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
struct Order {
    /// Who it is.
    order_id: String,
    lines: Vec<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    coupon: Option<String>,
    #[serde(alias = "state", default)]
    status: Status,
    #[serde(flatten)]
    address: Address,
    #[serde(skip)]
    cached: Option<std::cell::Cell<u8>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
struct Line {
    sku: Sku,
    quantity: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    gift: Option<Box<Line>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
struct Sku(String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
struct Address {
    city: String,
    zip_code: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "kebab-case", rename_all_fields = "SCREAMING_SNAKE_CASE")]
enum Status {
    #[default]
    BeingPacked,
    Shipped(f64, bool),
    #[serde(alias = "gone")]
    LostOnTheWay {
        since_day: i32,
    },
    Returned(Sku),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "kind")]
enum Payment {
    Card { number: String },
    Invoice(Address),
    Free,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    One(u8),
    Two(u8, String),
    Named { a: char },
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
struct Page<T> {
    items: Vec<T>,
    next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
struct All {
    order: Order,
    payments: Vec<Payment>,
    adjacent: BTreeMap<String, Adjacent>,
    untagged: (Untagged, Unit),
    numbers: Page<u8>,
    texts: Page<Sku>,
    anything: Value,
    array: [bool; 3],
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
struct Unit;

fn told(ty: &Type, value: &Value) -> Vec<String> {
    check(ty, value).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn mismatches_are_told_to_people() {
    let order = json!({"orderId": "1", "lines": [{"sku": "a", "quantity": 1}], "city": "Ulm", "zip_code": null});
    assert_eq!(told(&Order::ty(), &order), [""; 0]);
    let with = |pointer: &str, value: Value| {
        let mut order = order.clone();
        match order.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => order[pointer.trim_start_matches('/')] = value,
        }
        told(&Order::ty(), &order)
    };
    for (pointer, value, expected) in [
        (
            "/lines/0/quantity",
            json!("three"),
            "/lines/0/quantity: expected an integer from 0 to 65535, found \"three\"",
        ),
        ("/lines/0/quantity", json!(65536), "/lines/0/quantity: expected an integer from 0 to 65535, found 65536"),
        ("/lines/0/quantity", json!(1.5), "/lines/0/quantity: expected an integer from 0 to 65535, found 1.5"),
        (
            "/lines/0",
            json!({"sku": "a", "quantty": 1}),
            "/lines/0: missing field `quantity`, an integer from 0 to 65535; is `quantty` meant to be it?",
        ),
        ("/lines", json!({}), "/lines: expected a list, found an object"),
        ("/lines/0/sku", json!(null), "/lines/0/sku: expected text, found null"),
        ("/coupon", json!(7), "/coupon: expected text, found 7"),
        (
            "/status",
            json!("shiped"),
            "/status: unknown variant `shiped` of `Status`, expected one of `being-packed`, `shipped`, `lost-on-the-way`, `returned`; is `shipped` meant?",
        ),
        (
            "/status",
            json!("shipped"),
            "/status: variant `shipped` of `Status` carries data: expected {\"shipped\": ..}",
        ),
        (
            "/status",
            json!({"being-packed": null}),
            "/status: variant `being-packed` of `Status` carries nothing: expected \"being-packed\"",
        ),
        ("/status", json!({"shipped": [1.0]}), "/status/shipped: expected a list of 2, found one of 1"),
        (
            "/state",
            json!({"gone": {"SINCE_DAY": true}}),
            "/state/gone/SINCE_DAY: expected an integer from -2147483648 to 2147483647, found true",
        ),
        (
            "/status",
            json!([]),
            "/status: expected `Status`, one of `being-packed`, `shipped`, `lost-on-the-way`, `returned`, found an empty list",
        ),
        ("/city", json!(["x"]), "/city: expected text, found a list"),
    ] {
        assert_eq!(with(pointer, value), [expected]);
    }
    assert_eq!(told(&Order::ty(), &json!([1])), ["expected an object `Order`, found a list"]);
    assert_eq!(
        told(&Order::ty(), &json!({"order_id": "1"})),
        [
            "missing field `orderId`, text; is `order_id` meant to be it?",
            "missing field `lines`, a list",
            "missing field `city`, text",
        ]
    );
}

#[test]
fn tagged_enums_are_told_by_their_tag() {
    let payment = |value: Value| told(&Payment::ty(), &value);
    assert_eq!(payment(json!({"kind": "Invoice", "city": "Ulm"})), [""; 0]);
    assert_eq!(payment(json!({"kind": "Free"})), [""; 0]);
    assert_eq!(payment(json!({"kind": "Card"})), ["missing field `number`, text"]);
    assert_eq!(payment(json!({"kind": 1})), ["/kind: expected one of `Card`, `Invoice`, `Free`, found 1"]);
    assert_eq!(payment(json!({})), ["missing field `kind`, one of `Card`, `Invoice`, `Free`"]);
    let adjacent = |value: Value| told(&Adjacent::ty(), &value);
    assert_eq!(adjacent(json!({"t": "Two", "c": [1, "x"]})), [""; 0]);
    assert_eq!(adjacent(json!({"t": "One", "c": 256})), ["/c: expected an integer from 0 to 255, found 256"]);
    assert_eq!(adjacent(json!({"t": "One"})), ["missing field `c`, what `One` carries"]);
    assert_eq!(told(&Untagged::ty(), &json!(true)), ["expected one of the forms of `Untagged`, found true"]);
}

#[test]
fn integers_beyond_a_double_are_refused() {
    let beyond = "is beyond 2^53 - 1, the last that JSON interpreters keep exactly: send it as text";
    assert_eq!(told(&u64::ty(), &json!(9_007_199_254_740_991_u64)), [""; 0]);
    assert_eq!(told(&u64::ty(), &json!(9_007_199_254_740_992_u64)), [format!("the integer 9007199254740992 {beyond}")]);
    assert_eq!(told(&i64::ty(), &json!(i64::MIN)), [format!("the integer -9223372036854775808 {beyond}")]);
    assert_eq!(
        told(&Value::ty(), &json!({"a/b": [u64::MAX]})),
        [format!("/a~1b/0: the integer 18446744073709551615 {beyond}")]
    );
}

#[test]
fn mismatches_are_bounded() {
    let many: Vec<Value> = (0..1000).map(Value::from).collect();
    assert_eq!(told(&Vec::<String>::ty(), &many.into()).len(), 32);
}

#[test]
fn a_schema_names_its_types() {
    let schema = json_schema(&All::ty());
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["$ref"], "#/$defs/All");
    let defs = &schema["$defs"];
    assert_eq!(defs["Order"]["properties"]["orderId"], json!({"type": "string", "description": "Who it is."}));
    assert_eq!(defs["Order"]["required"], json!(["orderId", "lines"]));
    assert_eq!(defs["Line"]["properties"]["gift"]["anyOf"][0], json!({"$ref": "#/$defs/Line"}));
    assert_eq!(defs["Line"]["properties"]["quantity"], json!({"type": "integer", "minimum": 0, "maximum": 65535}));
    assert_eq!(defs["Page2"]["properties"]["items"]["items"], json!({"$ref": "#/$defs/Sku"}));
    assert_eq!(
        defs["Untagged"]["anyOf"][0],
        json!({"type": "integer", "minimum": -9_007_199_254_740_991_i64, "maximum": 9_007_199_254_740_991_i64})
    );
}

/// Whether a value is of a schema, as far as our schemas go.
fn valid(root: &Value, schema: &Value, value: &Value) -> bool {
    let all = |key: &str| schema[key].as_array().into_iter().flatten();
    let object = value.as_object();
    let list = value.as_array();
    let ty = match schema["type"].as_str() {
        None => true,
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => list.is_some(),
        Some(_) => object.is_some(),
    };
    let properties = schema["properties"].as_object();
    ty && schema["$ref"]
        .as_str()
        .and_then(|target| root.pointer(target.trim_start_matches('#')))
        .is_none_or(|target| valid(root, target, value))
        && schema.get("const").is_none_or(|only| only == value)
        && schema.get("enum").is_none_or(|_| all("enum").any(|one| one == value))
        && all("required").all(|key| object.is_some_and(|it| key.as_str().is_some_and(|key| it.contains_key(key))))
        && all("allOf").all(|part| valid(root, part, value))
        && schema.get("anyOf").is_none_or(|_| all("anyOf").any(|part| valid(root, part, value)))
        && schema.get("oneOf").is_none_or(|_| all("oneOf").filter(|part| valid(root, part, value)).count() == 1)
        && schema["minItems"].as_u64().is_none_or(|n| list.is_some_and(|it| it.len() as u64 == n))
        && all("prefixItems").zip(list.into_iter().flatten()).all(|(part, item)| valid(root, part, item))
        && schema
            .get("items")
            .is_none_or(|part| part == false || list.into_iter().flatten().all(|item| valid(root, part, item)))
        && object.into_iter().flatten().all(|(key, value)| {
            match (properties.and_then(|it| it.get(key)), schema.get("additionalProperties")) {
                (None, Some(Value::Bool(more))) => *more,
                (Some(part), _) | (None, Some(part)) => valid(root, part, value),
                (None, None) => true,
            }
        })
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let leaf = (any::<String>(), any::<u16>()).prop_map(|(sku, quantity)| Line { sku: Sku(sku), quantity, gift: None });
    let line = leaf.prop_recursive(3, 8, 1, |inner| {
        (any::<u16>(), inner).prop_map(|(quantity, gift)| Line {
            sku: Sku("g".into()),
            quantity,
            gift: Some(Box::new(gift)),
        })
    });
    prop::collection::vec(line, 0..3)
}

fn orders() -> impl Strategy<Value = Order> {
    let status = prop_oneof![
        Just(Status::BeingPacked),
        (-1e9..1e9, any::<bool>()).prop_map(|(a, b)| Status::Shipped(a, b)),
        any::<i32>().prop_map(|since_day| Status::LostOnTheWay { since_day }),
        any::<String>().prop_map(|sku| Status::Returned(Sku(sku))),
    ];
    let address = (any::<String>(), any::<Option<u32>>()).prop_map(|(city, zip_code)| Address { city, zip_code });
    (any::<String>(), lines(), any::<Option<String>>(), status, address).prop_map(
        |(order_id, lines, coupon, status, address)| Order { order_id, lines, coupon, status, address, cached: None },
    )
}

fn samples() -> impl Strategy<Value = All> {
    let payment = prop_oneof![
        any::<String>().prop_map(|number| Payment::Card { number }),
        any::<String>().prop_map(|city| Payment::Invoice(Address { city, zip_code: None })),
        Just(Payment::Free),
    ];
    let adjacent = prop_oneof![
        any::<u8>().prop_map(Adjacent::One),
        (any::<u8>(), any::<String>()).prop_map(|(a, b)| Adjacent::Two(a, b)),
        any::<char>().prop_map(|a| Adjacent::Named { a }),
        Just(Adjacent::Nothing),
    ];
    let untagged =
        prop_oneof![any::<i32>().prop_map(|it| Untagged::Number(it.into())), any::<String>().prop_map(Untagged::Text)];
    let texts = (any::<Vec<u8>>(), any::<Option<String>>());
    let payments = prop::collection::vec(payment, 0..3);
    let adjacent = prop::collection::btree_map(any::<String>(), adjacent, 0..3);
    (orders(), payments, adjacent, untagged, texts, any::<[bool; 3]>()).prop_map(
        |(order, payments, adjacent, untagged, (items, next), array)| All {
            order,
            payments,
            adjacent,
            untagged: (untagged, Unit),
            numbers: Page { items, next },
            texts: Page { items: vec![Sku("s".into())], next: None },
            anything: json!({"a": [null, 1.5]}),
            array,
        },
    )
}

proptest! {
    #[test]
    fn what_serde_writes_is_of_its_type_and_schema(sample in samples()) {
        let value = serde_json::to_value(&sample).unwrap();
        prop_assert_eq!(check(&All::ty(), &value), Ok(()));
        let schema = json_schema(&All::ty());
        prop_assert!(valid(&schema, &schema, &value), "{value}");
        prop_assert_eq!(serde_json::from_value::<All>(value).unwrap(), sample);
    }

    #[test]
    fn what_serde_refuses_is_not_of_its_type(sample in samples(), key in 0_usize..64, junk in prop_oneof![Just(json!(null)), Just(json!(-1)), Just(json!("x")), Just(json!([]))]) {
        let mut value = serde_json::to_value(&sample).unwrap();
        let pointers = places(&value);
        let pointer = &pointers[key % pointers.len()];
        // A descriptor does not know an array's length.
        prop_assume!(pointer != "/array");
        *value.pointer_mut(pointer).unwrap() = junk;
        let read = serde_json::from_value::<All>(value.clone()).is_ok();
        prop_assert_eq!(check(&All::ty(), &value).is_ok(), read, "{}", value);
    }
}

/// Every place in a value, as JSON pointers.
fn places(value: &Value) -> Vec<String> {
    let below = |key: String, value: &Value| {
        places(value).into_iter().map(move |rest| format!("/{key}{rest}")).collect::<Vec<_>>()
    };
    let inner: Vec<String> = match value {
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(index, item)| below(index.to_string(), item)).collect()
        }
        Value::Object(fields) => {
            fields.iter().flat_map(|(key, item)| below(key.replace('~', "~0").replace('/', "~1"), item)).collect()
        }
        _ => Vec::new(),
    };
    std::iter::once(String::new()).chain(inner).collect()
}

mod bounds_and_masks {
    use serde_json::json;

    use crate::Payload;
    use crate::payload::{Secrets, check, json_schema};
    use serde::{Deserialize, Serialize};
    use std::collections::BTreeMap;

    #[derive(Serialize, Deserialize, Payload)]
    #[payload(crate = crate)]
    struct Note {
        #[payload(max_len = 3)]
        lines: Vec<String>,
        #[payload(max_len = 5)]
        title: Option<String>,
        #[payload(max_len = 1)]
        labels: BTreeMap<String, u64>,
        #[payload(max_bytes = "10B")]
        extra: serde_json::Value,
    }

    #[test]
    fn bounds_are_checked_and_stand_in_the_schema() {
        let fine = json!({ "lines": ["a", "b", "c"], "title": "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}", "labels": { "a": 1 }, "extra": [1, 2, 3] });
        assert_eq!(check(&Note::ty(), &fine), Ok(()));
        let large = json!({ "lines": [1, "b", "c", "d"], "title": "123456", "labels": { "a": 1, "b": 2 }, "extra": "123456789" });
        let told: Vec<String> = check(&Note::ty(), &large).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "/lines/0: expected text, found 1",
                "/lines: expected at most 3 items, found 4",
                "/title: expected at most 5 characters, found 6",
                "/labels: expected at most 1 entries, found 2",
                "/extra: expected at most 10 bytes of JSON text, found 11",
            ]
        );
        let schema = json_schema(&Note::ty());
        let at = |field: &str| schema["$defs"]["Note"]["properties"][field].clone();
        assert_eq!(at("lines")["maxItems"], 3);
        assert_eq!(at("title")["maxLength"], 5);
        assert_eq!(at("labels")["maxProperties"], 1);
        assert_eq!(at("extra")["x-maxBytes"], 10);
    }

    #[derive(Serialize, Deserialize, Payload)]
    #[payload(crate = crate)]
    struct Person {
        name: String,
        #[payload(sensitive)]
        ssn: String,
        #[payload(sensitive)]
        code: u64,
        #[payload(sensitive)]
        tags: Vec<String>,
    }

    #[test]
    fn values_are_masked_by_type_by_key_and_by_value() {
        let person = json!({ "name": "Ada", "ssn": "a\"b-1234", "code": 4711, "tags": ["xy", "tag-one"] });
        let mut secrets = Secrets::default();
        secrets.add_keys(&Person::ty());
        secrets.collect(&Person::ty(), &person);
        let mut typed = person.clone();
        secrets.mask_typed(&Person::ty(), &mut typed);
        assert_eq!(typed, json!({ "name": "Ada", "ssn": "***", "code": "***", "tags": "***" }));
        let mut moved = json!([
            "a\"b-1234", "say a\"b-1234!", 4711, 14711, "n 4711.", "n 14711", "xy", "oxygen", { "code": 1, "other": 1 },
            { "ssn": null }, "{\"ssn\":\"new\",\"x\":1}", "Cause: \"a\\\"b-1234\"", ["tag-one"], true
        ]);
        secrets.mask(&mut moved);
        assert_eq!(
            moved,
            json!([
                "***", "say ***!", "***", 14711, "n ***.", "n 14711", "***", "oxygen", { "code": "***", "other": 1 },
                { "ssn": null }, "{\"ssn\":\"***\",\"x\":1}", "Cause: \"***\"", ["***"], true
            ])
        );
        assert_eq!(secrets.mask_text("nothing of it"), "nothing of it");
    }
}
