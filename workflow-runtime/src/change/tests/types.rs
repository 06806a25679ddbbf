//! Payloads: what the new side reads of the old one, and the other way round.

use crate::change::schema::{Schema, Writer, differences};
use crate::payload::{Payload, SchemaSet};
use crate::prelude::*;

/// Each difference as `what | forward | backward`, `ok` where it reads.
pub(super) fn compared<A: Payload, B: Payload>(writer: Writer) -> Vec<String> {
    let (mut one, mut other) = (SchemaSet::new(), SchemaSet::new());
    let (old, new) = (one.schema(&A::ty()), other.schema(&B::ty()));
    let (one, other) = (one.finish(), other.finish());
    let found = differences(Schema { value: &old, defs: &one }, Schema { value: &new, defs: &other }, writer);
    let word = |ok: bool| if ok { "ok" } else { "BREAKS" };
    let line = |it: &crate::change::schema::Difference| {
        format!("{} {} | {} | {}", it.pointer, it.what, word(it.forward.is_none()), word(it.backward.is_none()))
    };
    found.iter().map(line).collect()
}

/// Types of one name in modules of their own, as two versions of a program have them.
macro_rules! versions {
    ($($version:ident { $($item:item)* })*) => {
        $(mod $version {
            #![allow(unused_imports, clippy::struct_field_names, reason = "not every version needs all")]
            use crate::prelude::*;
            $(#[derive(Clone, Debug, Serialize, Deserialize, Payload)] $item)*
        })*
    };
}

versions! {
    base {
        pub(super) struct Order { pub(super) id: String, pub(super) cents: u64, pub(super) lines: Vec<Line>, pub(super) note: Option<String> }
        pub(super) struct Line { pub(super) sku: String, pub(super) count: u32 }
        #[serde(tag = "kind")]
        pub(super) enum Paid { Card { number: String }, Cash }
        pub(super) enum Color { Red, Green }
        pub(super) enum Shape { Dot, Circle(f64), Box { width: u32 } }
    }
    reordered {
        /// Another name and other texts are no change.
        pub(super) struct Purchase {
            /// What was ordered.
            pub(super) lines: Vec<Item>,
            pub(super) note: Option<String>, pub(super) cents: u64, pub(super) id: String,
        }
        pub(super) struct Item { pub(super) count: u32, pub(super) sku: String }
    }
    required { pub(super) struct Order { pub(super) id: String, pub(super) cents: u64, pub(super) lines: Vec<Line>, pub(super) note: Option<String>, pub(super) currency: String }
        pub(super) struct Line { pub(super) sku: String, pub(super) count: u32 } }
    defaulted { pub(super) struct Order { pub(super) id: String, pub(super) cents: u64, pub(super) lines: Vec<Line>, pub(super) note: Option<String>, #[serde(default)] pub(super) currency: String }
        pub(super) struct Line { pub(super) sku: String, pub(super) count: u32 } }
    removed { pub(super) struct Order { pub(super) id: String, pub(super) lines: Vec<Line> }
        pub(super) struct Line { pub(super) sku: String, pub(super) count: u32 } }
    renamed { pub(super) struct Order { pub(super) order_id: String, pub(super) cents: u64, pub(super) lines: Vec<Line>, pub(super) note: Option<String> }
        pub(super) struct Line { pub(super) sku: String, pub(super) count: u32 } }
    aliased { pub(super) struct Order { #[serde(alias = "id")] pub(super) order_id: String, pub(super) cents: u64, pub(super) lines: Vec<Line>, pub(super) note: Option<String> }
        pub(super) struct Line { pub(super) sku: String, pub(super) count: u32 } }
    deeper { pub(super) struct Order { pub(super) id: String, pub(super) cents: u64, pub(super) lines: Vec<Line>, pub(super) note: Option<String> }
        pub(super) struct Line { pub(super) sku: String, pub(super) count: u8, pub(super) gift: bool } }
    optional { pub(super) struct Order { pub(super) id: Option<String>, pub(super) cents: f64, pub(super) lines: Vec<Line>, pub(super) note: String }
        pub(super) struct Line { pub(super) sku: String, pub(super) count: u64 } }
    flat { pub(super) struct Order { pub(super) id: String, pub(super) cents: u64, pub(super) lines: Vec<Line>, #[serde(flatten)] pub(super) more: More }
        pub(super) struct Line { pub(super) sku: String, pub(super) count: u32 }
        pub(super) struct More { pub(super) note: Option<String> } }
    enums {
        #[serde(tag = "kind")]
        pub(super) enum Paid { Card { number: String, #[serde(default)] holder: String }, Voucher { code: String } }
        pub(super) enum Color { Red, Green, Blue }
        pub(super) enum Shape { Dot, Circle(f64), Box { width: u32, height: u32 } }
    }
}

#[test]
fn names_texts_and_the_order_of_fields_are_no_change() {
    assert_eq!(compared::<base::Order, reordered::Purchase>(Writer::Anyone), [""; 0]);
    assert_eq!(compared::<base::Order, flat::Order>(Writer::Anyone), [""; 0], "flattened fields stand in the parent");
    assert_eq!(compared::<Vec<base::Shape>, Vec<base::Shape>>(Writer::Serde), [""; 0]);
}

#[test]
fn fields_are_added_and_removed() {
    assert_eq!(
        compared::<base::Order, required::Order>(Writer::Anyone),
        ["/currency field `currency` added, required | BREAKS | ok"]
    );
    assert_eq!(
        compared::<base::Order, defaulted::Order>(Writer::Anyone),
        ["/currency field `currency` added, optional | ok | ok"]
    );
    assert_eq!(
        compared::<base::Order, removed::Order>(Writer::Anyone),
        ["/cents field `cents` removed | ok | BREAKS", "/note field `note` removed | ok | ok"]
    );
}

#[test]
fn a_field_with_a_default_is_written_always_by_serde_but_not_by_callers() {
    assert_eq!(
        compared::<required::Order, defaulted::Order>(Writer::Serde),
        ["/currency field `currency` became optional | ok | ok"]
    );
    assert_eq!(
        compared::<required::Order, defaulted::Order>(Writer::Anyone),
        ["/currency field `currency` became optional | ok | BREAKS"]
    );
    assert_eq!(
        compared::<defaulted::Order, required::Order>(Writer::Serde),
        ["/currency field `currency` became required | BREAKS | ok"]
    );
}

#[test]
fn a_field_that_is_renamed_reads_the_old_name_by_an_alias() {
    let renamed = compared::<base::Order, renamed::Order>(Writer::Anyone);
    assert_eq!(
        renamed,
        ["/id field `id` removed | ok | BREAKS", "/order_id field `order_id` added, required | BREAKS | ok"]
    );
    let aliased = compared::<base::Order, aliased::Order>(Writer::Anyone);
    assert!(aliased.iter().all(|line| !line.contains("| BREAKS |")), "{aliased:?}");
    let (mut one, mut other) = (SchemaSet::new(), SchemaSet::new());
    let (old, new) = (one.schema(&base::Order::ty()), other.schema(&renamed::Order::ty()));
    let (one, other) = (one.finish(), other.finish());
    let found = differences(Schema { value: &old, defs: &one }, Schema { value: &new, defs: &other }, Writer::Anyone);
    let remedy = &found[1].forward.as_ref().expect("a problem").remedy;
    assert!(remedy.contains("`#[serde(alias = \"id\")]`"), "{remedy}");
}

#[test]
fn types_are_widened_narrowed_and_changed_also_deep_inside() {
    assert_eq!(
        compared::<base::Order, deeper::Order>(Writer::Anyone),
        [
            "/lines/*/count `/lines/*/count` was an integer up to 2^32 - 1 (`u32`), is an integer up to 255 (`u8`) | BREAKS | ok",
            "/lines/*/gift field `gift` of `/lines/*` added, required | BREAKS | ok"
        ]
    );
    let optional = compared::<base::Order, optional::Order>(Writer::Anyone);
    assert_eq!(
        optional,
        [
            "/cents `/cents` was an integer from 0 (`u64`), is a number | ok | BREAKS",
            "/id `/id` may be null now | ok | BREAKS",
            "/id field `id` became optional | ok | BREAKS",
            "/lines/*/count `/lines/*/count` was an integer up to 2^32 - 1 (`u32`), is an integer from 0 (`u64`) | ok | BREAKS",
            "/note `/note` may not be null any more | BREAKS | ok",
            "/note field `note` became required | BREAKS | ok"
        ]
    );
    assert_eq!(
        compared::<u32, String>(Writer::Anyone),
        [" the value was an integer up to 2^32 - 1 (`u32`), is text | BREAKS | BREAKS"]
    );
    assert_eq!(
        compared::<Option<u32>, Option<String>>(Writer::Anyone),
        [" the value was an integer up to 2^32 - 1 (`u32`), is text | BREAKS | BREAKS"]
    );
    assert_eq!(
        compared::<serde_json::Value, u8>(Writer::Anyone),
        [" the value was any JSON, is an integer up to 255 (`u8`) | BREAKS | ok"]
    );
    assert_eq!(
        compared::<Vec<u8>, u8>(Writer::Anyone),
        [" the value was a list, is an integer up to 255 (`u8`) | BREAKS | BREAKS"]
    );
    assert_eq!(
        compared::<(u8, bool), (u8, bool, bool)>(Writer::Anyone),
        [" the value was a list of 2, is a list of 3 | BREAKS | BREAKS"]
    );
}

#[test]
fn variants_are_added_removed_and_changed() {
    assert_eq!(
        compared::<base::Color, enums::Color>(Writer::Anyone),
        [" variant `Blue` added to the value | ok | BREAKS"]
    );
    assert_eq!(
        compared::<enums::Color, base::Color>(Writer::Anyone),
        [" variant `Blue` removed from the value | BREAKS | ok"]
    );
    assert_eq!(
        compared::<base::Color, String>(Writer::Anyone).iter().filter(|line| line.contains("| BREAKS |")).count(),
        0
    );
    assert_eq!(
        compared::<base::Paid, enums::Paid>(Writer::Anyone),
        [
            "/holder field `holder` added, optional | ok | ok",
            " variant `Cash` removed from the value | BREAKS | ok",
            " variant `Voucher` added to the value | ok | BREAKS"
        ]
    );
    assert_eq!(
        compared::<base::Shape, enums::Shape>(Writer::Anyone),
        ["/Box/height field `height` of `/Box` added, required | BREAKS | ok"]
    );
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
struct Tree {
    value: u32,
    children: Vec<Tree>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
struct Wood {
    value: u16,
    children: Vec<Wood>,
}

#[test]
fn types_that_contain_themselves_are_compared_once() {
    assert_eq!(compared::<Tree, Tree>(Writer::Serde), [""; 0]);
    let found = compared::<Tree, Wood>(Writer::Serde);
    assert_eq!(found.len(), 1, "{found:?}");
}
