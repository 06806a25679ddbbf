use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::states;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Cart {
    pub id: String,
    pub tags: Vec<String>,
    pub items: Vec<Item>,
}

#[step]
pub async fn pack(item: Item) -> Receipt {
    Receipt { number: item.sku }
}

#[step]
pub async fn label(order_id: String, number: String, position: usize) -> Receipt {
    Receipt { number: format!("{order_id} {number} {position}") }
}

#[step]
pub async fn note(text: String) {
    drop(text);
}

workflow!(
    pub async fn packs(order: Order) -> Result<Vec<Receipt>> {
        #[max_concurrency(5)]
        try_map(order.items, async |item| pack(item).await).await
    }
);

workflow!(
    pub async fn carries(order: Order) -> Result<u64> {
        let checked = validate_order(order).await?;
        let receipts = try_map(checked.items, async |item| {
            let receipt = pack(item).await?;
            if item.quantity > 10 {
                #[state = "NoteMany"]
                note(format!("{} of {}", item.quantity, checked.order_id)).await?;
            }
            Ok(receipt)
        })
        .await?;
        Ok(receipts.len() as u64)
    }
);

workflow!(
    pub async fn positions(order: Order) -> Result<Vec<Receipt>> {
        try_map(order.items.into_iter().enumerate(), async |(index, Item { sku, .. })| {
            let receipt = label(order.order_id, sku, index).await?;
            #[state = "Again"]
            let second = label(receipt.number, sku, index + 1).await?;
            Ok(second)
        })
        .await
    }
);

workflow!(
    pub async fn nested(cart: Cart) -> Result<Vec<Vec<Receipt>>> {
        try_map(cart.tags, async |tag| {
            #[state = "EachItem"]
            try_map(cart.items, async |item| label(item.sku, tag, 1).await).await
        })
        .await
    }
);

workflow!(
    pub async fn later(cart: Cart) -> Result<Vec<Vec<Receipt>>> {
        try_map(cart.tags, async |tag| {
            note(tag).await?;
            #[state = "EachItem"]
            try_map(cart.items, async |item| {
                #[state = "First"]
                let first = label(item.sku, tag, 1).await?;
                #[state = "Second"]
                label(item.sku, format!("{}{tag}", first.number), 2).await
            })
            .await
        })
        .await
    }
);

#[test]
fn an_iteration_of_one_step_is_one_state() {
    expect![[r#"
        -> ForEachItem
        ForEachItem: Map
          Items "{% $states.context.Execution.Input.items %}"
            -> Pack
            Pack: Task
              Arguments "{% $states.input %}"
              End true
          MaxConcurrency 5
          End true
    "#]]
    .assert_eq(&states::<Packs>());
}

#[test]
fn the_item_is_carried_where_a_later_state_reads_it() {
    expect![[r#"
        -> ValidateOrder
        ValidateOrder: Task
          Comment "Checks an order."
          Arguments "{% $states.input %}"
          TimeoutSeconds 30
          Retry {"ErrorEquals":["OrderError.Unavailable","States.Timeout","Sandbox.Timedout"],"IntervalSeconds":2,"MaxAttempts":3,"BackoffRate":2.0}
          Assign {"checked":"{% $states.result %}"}
          Next -> ForEachItem
        ForEachItem: Map
          Items "{% $checked.items %}"
            -> Pack
            Pack: Task
              Arguments "{% $states.input %}"
              Assign {"receipt":"{% $states.result %}","item":"{% $states.input %}"}
              Next -> NoteMany?
            NoteMany?: Choice
              Choices {"Condition":"{% $item.quantity > 10 %}","Next":"NoteMany"}
              Default -> Done
            NoteMany: Task Note
              Arguments "{% $formatNumber($item.quantity, '0') & ' of ' & $checked.orderId %}"
              Output "{% $receipt %}"
              End true
            Done: Succeed
              Output "{% $receipt %}"
          Output "{% $count($states.result) %}"
          End true
    "#]].assert_eq(&states::<Carries>());
}

#[test]
fn a_position_comes_by_the_selector() {
    expect![[r#"
        -> ForEachItem
        ForEachItem: Map
          Items "{% $states.context.Execution.Input.items %}"
          ItemSelector {"item":"{% $states.context.Map.Item.Value %}","index":"{% $states.context.Map.Item.Index %}"}
            -> Label
            Label: Task
              Arguments {"order_id":"{% $states.context.Execution.Input.orderId %}","number":"{% $states.input.item.sku %}","position":"{% $states.input.index %}"}
              Assign {"receipt":"{% $states.result %}","item":"{% $states.input.item %}","index":"{% $states.input.index %}"}
              Next -> Again
            Again: Task Label
              Arguments {"order_id":"{% $receipt.number %}","number":"{% $item.sku %}","position":"{% $index + 1 %}"}
              End true
          End true
    "#]].assert_eq(&states::<Positions>());
}

#[test]
fn an_inner_map_is_given_the_outer_item() {
    expect![[r#"
        -> ForEachTag
        ForEachTag: Map
          Items "{% $states.context.Execution.Input.tags %}"
            -> EachItem
            EachItem: Map
              Items "{% $states.context.Execution.Input.items %}"
              ItemSelector {"item":"{% $states.context.Map.Item.Value %}","tag":"{% $states.input %}"}
                -> Label
                Label: Task
                  Arguments {"order_id":"{% $states.input.item.sku %}","number":"{% $states.input.tag %}","position":1}
                  End true
              End true
          End true
    "#]]
    .assert_eq(&states::<Nested>());
}

#[test]
fn an_inner_map_later_on_reads_the_outer_item_as_a_variable() {
    expect![[r#"
        -> ForEachTag
        ForEachTag: Map
          Items "{% $states.context.Execution.Input.tags %}"
            -> Note
            Note: Task
              Arguments "{% $states.input %}"
              Assign {"tag":"{% $states.input %}"}
              Next -> EachItem
            EachItem: Map
              Items "{% $states.context.Execution.Input.items %}"
                -> First
                First: Task Label
                  Arguments {"order_id":"{% $states.input.sku %}","number":"{% $tag %}","position":1}
                  Assign {"first":"{% $states.result %}","item":"{% $states.input %}"}
                  Next -> Second
                Second: Task Label
                  Arguments {"order_id":"{% $item.sku %}","number":"{% $first.number & $tag %}","position":2}
                  End true
              End true
          End true
    "#]]
    .assert_eq(&states::<Later>());
}
