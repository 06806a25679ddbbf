//! What a step takes, where its parameters change.

use super::flows::versions;
use crate::change::Change;

macro_rules! takes {
    ($version:ident, ($($parameter:ident: $ty:ty),*), |$order:ident| $($call:tt)*) => {
        mod $version {
            #![allow(dead_code, clippy::unused_async, clippy::needless_question_mark, unused_variables, reason = "it is never run")]
            use crate::prelude::*;
            #[derive(Clone, Debug, Serialize, Deserialize, Payload)]
            pub(super) struct Order { pub(super) id: String, pub(super) cents: u64 }
            #[step]
            pub(super) async fn charge($($parameter: $ty),*) -> u64 { 1 }
            workflow!(
                pub(super) async fn shop($order: Order) -> Result<u64> {
                    $($call)*.await
                }
            );
        }
    };
}

takes!(whole, (order: Order), |order| charge(order));
takes!(fields, (id: String, cents: u64), |order| charge(order.id, order.cents));
takes!(more, (order: Order, percent: u8), |order| charge(order, 3));
takes!(renamed, (order: Order, share: u8), |order| charge(order, 3));
takes!(further, (order: Order, percent: u8, reason: String), |order| charge(order, 3, order.id));
takes!(optional, (order: Order, percent: u8, reason: Option<String>), |order| charge(order, 3, None));

/// What is not safe of it: what changed, why, what to do.
fn broken(changes: &[Change]) -> Vec<(String, String, String)> {
    let not_safe = changes.iter().filter(|change| !change.running.safe);
    not_safe
        .map(|change| {
            let remedy = change.running.remedy.clone().unwrap_or_default();
            (change.what.clone(), change.running.reason.clone(), remedy)
        })
        .collect()
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in: {text}");
    }
}

#[test]
fn a_step_of_one_parameter_that_gets_a_second_is_one_change() {
    let found = broken(&versions::<whole::Shop, more::Shop>(&[], &[]));
    let [(what, reason, remedy)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(what, "takes: several parameters, `order`, `percent` (was one value)");
    has(reason, &["one parameter is sent as it is, several by their names"]);
    has(remedy, &["put what is new into the struct that the step takes", ".keep_step::<..>()"]);
    let found = broken(&versions::<more::Shop, whole::Shop>(&[], &[]));
    let [(what, ..)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(what, "takes: one value (was several parameters, `order`, `percent`)");
}

#[test]
fn a_parameter_keeps_its_name_or_is_told_as_one() {
    let found = broken(&versions::<more::Shop, renamed::Shop>(&[], &[]));
    let [(what, _, remedy)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(what, "takes: field `share` added, required");
    has(
        remedy,
        &["if it is `percent` renamed, keep that name for the parameter; else make the parameter `share` an `Option`"],
    );
    assert!(!remedy.contains("alias"), "a parameter takes no attributes of serde: {remedy}");
    let found = broken(&versions::<more::Shop, further::Shop>(&[], &[]));
    let [(what, _, remedy)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(what, "takes: field `reason` added, required");
    has(remedy, &["make the parameter `reason` an `Option`"]);
    assert_eq!(broken(&versions::<more::Shop, optional::Shop>(&[], &[])), [], "the remedy is one");
}

#[test]
fn a_struct_that_is_taken_apart_reads_the_same() {
    assert_eq!(broken(&versions::<whole::Shop, fields::Shop>(&[], &[])), []);
}
