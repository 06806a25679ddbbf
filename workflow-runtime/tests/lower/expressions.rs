//! Every form of expression, on a step's result (`order`) and on the execution's input (`given`).

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::machine;

fn check<W: Workflow>(expected: &Expect) {
    let machine = machine::<W>();
    let last =
        machine["States"].as_object().and_then(|states| states.values().next_back()).cloned().unwrap_or_default();
    let outputs = last["Output"]["all"].as_array().cloned().unwrap_or_default();
    // Tuples have at most eight parts: longer tables are tuples of tuples.
    let rows = outputs.into_iter().flat_map(|output| match output {
        serde_json::Value::Array(rows) => rows,
        row => vec![row],
    });
    let text: String = rows.map(|row| format!("{row}\n")).collect();
    expected.assert_eq(&text);
}

workflow!(
    pub async fn fields(
        given: Order,
    ) -> Result<
        BTreeMap<String, (String, String, Option<u8>, Option<String>, Option<String>, Address, Vec<String>, String)>,
    > {
        let order = validate_order(given).await?;
        Ok(BTreeMap::from([(
            "all".to_string(),
            (
                order.order_id,
                order.address.street,
                order.address.floor,
                order.note,
                given.note,
                order.address,
                order.tags,
                order.items[0].sku,
            ),
        )]))
    }
);

#[test]
fn fields_are_read_under_their_keys_and_guarded_where_they_may_be_missing() {
    check::<Fields>(&expect![[r#"
        "{% $states.result.orderId %}"
        "{% $states.result.`street-name` %}"
        "{% $exists($states.result.floor) ? $states.result.floor : null %}"
        "{% $states.result.note %}"
        "{% $exists($states.context.Execution.Input.note) ? $states.context.Execution.Input.note : null %}"
        {"street-name":"{% $states.result.`street-name` %}","floor":"{% $exists($states.result.floor) ? $states.result.floor : null %}"}
        "{% $states.result.tags %}"
        "{% $states.result.items[0].sku %}"
    "#]]);
}

workflow!(
    pub async fn numbers(given: Order) -> Result<BTreeMap<String, ((u64, u32, u32, u16, f64), (f64, i32, u64, u32))>> {
        let order = validate_order(given).await?;
        Ok(BTreeMap::from([(
            "all".to_string(),
            (
                (
                    order.total_cents + 1,
                    (order.items[0].quantity + 1) * 2,
                    order.items[0].quantity / 3,
                    order.parcels % 7,
                    order.weight / 2.0 - 1.5,
                ),
                (-order.weight, -1, order.total_cents.saturating_sub(100), order.parcels as u32),
            ),
        )]))
    }
);

#[test]
fn numbers_count_as_in_rust() {
    check::<Numbers>(&expect![[r#"
        "{% $states.result.totalCents + 1 %}"
        "{% ($states.result.items[0].quantity + 1) * 2 %}"
        "{% ($states.result.items[0].quantity - $states.result.items[0].quantity % 3) / 3 %}"
        "{% $states.result.parcels % 7 %}"
        "{% $states.result.weight / 2.0 - 1.5 %}"
        "{% -$states.result.weight %}"
        -1
        "{% $max([$states.result.totalCents - 100, 0]) %}"
        "{% $states.result.parcels %}"
    "#]]);
}

workflow!(
    pub async fn tests(given: Order) -> Result<BTreeMap<String, (bool, bool, bool, bool, bool, bool, bool)>> {
        let order = validate_order(given).await?;
        Ok(BTreeMap::from([(
            "all".to_string(),
            (
                order.express && !(order.parcels > 3 || order.weight < 0.5),
                order.order_id == "x",
                order.note.is_some(),
                order.note.is_none(),
                order.note == None,
                given.note == Some("x".to_string()),
                order.items.is_empty() != order.express,
            ),
        )]))
    }
);

#[test]
fn tests_compare_equal_types_and_options() {
    check::<Tests>(&expect![[r#"
        "{% $states.result.express and $not($states.result.parcels > 3 or $states.result.weight < 0.5) %}"
        "{% $states.result.orderId = 'x' %}"
        "{% $states.result.note != null %}"
        "{% $not($states.result.note != null) %}"
        "{% $states.result.note = null %}"
        "{% ($exists($states.context.Execution.Input.note) ? $states.context.Execution.Input.note : null) = 'x' %}"
        "{% ($count($states.result.items) = 0) != $states.result.express %}"
    "#]]);
}

workflow!(
    pub async fn texts(
        given: Order,
    ) -> Result<BTreeMap<String, ((String, String, String, bool, bool), (bool, String, String, String, bool))>> {
        let order = validate_order(given).await?;
        Ok(BTreeMap::from([(
            "all".to_string(),
            (
                (
                    format!(
                        "{}: {} parcels of {:.2}, it's \"{}\"",
                        order.order_id, order.parcels, order.weight, order.express
                    ),
                    order.parcels.to_string(),
                    order.note.unwrap_or("it's nothing".to_string()),
                    order.order_id.starts_with("A"),
                    order.order_id.ends_with("Z"),
                ),
                (
                    order.order_id.contains("-"),
                    order.order_id.to_uppercase(),
                    order.order_id.trim().to_string(),
                    order.order_id.to_lowercase(),
                    order.order_id.is_empty(),
                ),
            ),
        )]))
    }
);

#[test]
fn texts_are_written_as_in_rust() {
    check::<Texts>(&expect![[r#"
        "{% $states.result.orderId & ': ' & $formatNumber($states.result.parcels, '0') & ' parcels of ' & ($states.result.weight < 0 ? '-' : '') & ( $n := $abs($states.result.weight); $f := $n - $floor($n); $l := $f - $floor($f * 17179869184) / 17179869184; $k := $floor($f * 100); $e := ($f - $l) * 200 - $k * 2 - 1 + $l * 200; $formatNumber($n - $f + ($e > 0 or $e = 0 and $k % 2 = 1 ? $k + 1 : $k) / 100, '0.00') ) & \", it's \\\"\" & $string($states.result.express) & '\"' %}"
        "{% $formatNumber($states.result.parcels, '0') %}"
        "{% $states.result.note != null ? $states.result.note : \"it's nothing\" %}"
        "{% $contains($states.result.orderId, 'A') and $substringBefore($states.result.orderId, 'A') = '' %}"
        "{% $contains($states.result.orderId & '\\u0000', 'Z\\u0000') %}"
        "{% $contains($states.result.orderId, '-') %}"
        "{% $uppercase($states.result.orderId) %}"
        "{% $replace($states.result.orderId, /^[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+|[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+$/, '') %}"
        "{% $lowercase($states.result.orderId) %}"
        "{% $states.result.orderId = '' %}"
    "#]]);
}

workflow!(
    pub async fn lists(
        given: Order,
    ) -> Result<
        BTreeMap<
            String,
            ((usize, bool, Vec<String>, Vec<Item>, u32), (bool, bool, Option<Item>, Option<Item>, Vec<Vec<String>>)),
        >,
    > {
        let order = validate_order(given).await?;
        Ok(BTreeMap::from([(
            "all".to_string(),
            (
                (
                    order.items.len(),
                    order.tags.contains(&order.order_id),
                    order.items.iter().map(|item| item.sku).collect(),
                    order.items.iter().filter(|item| item.quantity > 1).cloned().collect(),
                    order.items.iter().map(|item| item.quantity).sum(),
                ),
                (
                    order.items.iter().any(|item| item.quantity > 5),
                    order.items.iter().all(|item| item.sku != order.order_id),
                    order.items.first().cloned(),
                    order.items.last().cloned(),
                    vec![order.tags, vec![order.order_id], vec![]],
                ),
            ),
        )]))
    }
);

#[test]
fn lists_are_safe_for_none_one_and_many() {
    check::<Lists>(&expect![[r#"
        "{% $count($states.result.items) %}"
        "{% $states.result.orderId in $states.result.tags %}"
        "{% $append([], $map($states.result.items, function($item) { $item.sku })[]) %}"
        "{% $append([], $filter($states.result.items, function($item) { $item.quantity > 1 })[]) %}"
        "{% $sum($append([], $map($states.result.items, function($item) { $item.quantity })[])) %}"
        "{% true in $map($states.result.items, function($item) { $item.quantity > 5 }) %}"
        "{% $not(false in $map($states.result.items, function($item) { $item.sku != $states.result.orderId })) %}"
        "{% $count($states.result.items) > 0 ? $states.result.items[0] : null %}"
        "{% $count($states.result.items) > 0 ? $states.result.items[-1] : null %}"
        ["{% $states.result.tags %}",["{% $states.result.orderId %}"],[]]
    "#]]);
}

workflow!(
    pub async fn literals(
        given: Order,
    ) -> Result<BTreeMap<String, (Item, Order, Status, Status, Status, Option<Item>, Vec<u32>, (u32, String))>> {
        let order = validate_order(given).await?;
        Ok(BTreeMap::from([(
            "all".to_string(),
            (
                Item { sku: order.order_id, quantity: 2 },
                Order { note: Some("new".to_string()), ..order },
                Status::Pending,
                Status::Shipped(order.items[0]),
                Status::Lost { since: "today".to_string() },
                if order.express { Some(Item { sku: "gift".to_string(), quantity: 1 }) } else { None },
                if order.express { vec![1, 2] } else { vec![] },
                (7, order.user_id),
            ),
        )]))
    }
);

#[test]
fn literals_have_their_json_keys() {
    check::<Literals>(&expect![[r#"
        {"sku":"{% $states.result.orderId %}","quantity":2}
        {"orderId":"{% $states.result.orderId %}","userId":"{% $states.result.userId %}","totalCents":"{% $states.result.totalCents %}","parcels":"{% $states.result.parcels %}","weight":"{% $states.result.weight %}","express":"{% $states.result.express %}","note":"new","tags":"{% $states.result.tags %}","items":"{% $states.result.items %}","street-name":"{% $states.result.`street-name` %}","floor":"{% $exists($states.result.floor) ? $states.result.floor : null %}"}
        "Pending"
        {"Shipped":"{% $states.result.items[0] %}"}
        {"Lost":{"since":"today"}}
        "{% $states.result.express ? {'sku': 'gift', 'quantity': 1} : null %}"
        "{% $states.result.express ? [1, 2] : [] %}"
        7
        "{% $states.result.userId %}"
    "#]]);
}

workflow!(
    pub async fn contexts(given: Order) -> Result<BTreeMap<String, (String, String, u64)>> {
        validate_order(given).await?;
        Ok(BTreeMap::from([(
            "all".to_string(),
            (context().execution_id, context().execution_name, context().redrive_count),
        )]))
    }
);

#[test]
fn the_context_is_the_context_object() {
    check::<Contexts>(&expect![[r#"
        "{% $states.context.Execution.Id %}"
        "{% $states.context.Execution.Name %}"
        "{% $states.context.Execution.RedriveCount %}"
    "#]]);
}
