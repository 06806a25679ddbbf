use expect_test::expect;

use super::body;

#[test]
fn maps_are_understood() {
    body(
        r#"
        #[max_concurrency(5)]
        #[state = "Each"]
        #[retry(on(All, OrderError::Busy), max_attempts = 2)]
        let a = try_map(order.items, async |item| { a(item).await }).await?;
        let b = try_map(order.items.iter().enumerate(), async move |(index, Item { sku, .. })| b(sku, index).await).await?;
        match try_map(order.items, async |item: Item| Ok(item.sku)).await { Ok(_) => {}, Err(_) => {} }
        #[tolerated_failure_percentage = 12.5]
        let c = try_map(order.items, async |mut item| {
            item.sku = item.sku + 1;
            #[state = "Inner"]
            try_map(item.parts, async |_| { d(item).await?; if item.big { return Ok(1); } return Err(Bad::Card.into()); }).await
        }).await?;
        #[batch(max_items = 100, max_bytes = 1024)] #[express] #[label = "rows"] #[max_items(limit)]
        #[result_writer(bucket = "b", prefix = format!("{}", order.id))]
        let d = try_map_distributed(source::csv::<Row>(order.bucket, "key"), async |rows| e(rows).await).await?;
        language::try_map_distributed(objects("bucket", "prefix"), async |object| f(object).await).await"#,
        &expect![[r#"
            4:20 `All` is not alone in its `on` [WF1113]
            help: write `retry(on(All), ..)` after every other retry
            note: Step Functions takes `States.ALL` only alone and last
        "#]],
    );
}

#[test]
fn misshapen_maps_are_refused() {
    body(
        r#"
        let a = try_map(order.items, |item| a(item)).await?;
        let b = try_map(order.items, |item| async { a(item).await }).await?;
        let c = try_map(order.items, async |a, b| c(a).await).await?;
        let d = try_map(order.items, async || c(1).await).await?;
        let e = try_map(order.items, pack).await?;
        let f = try_map(order.items).await?;
        let g = try_map(order.items, async |item| -> Result<u8> { Ok(1) }).await?;
        let h = try_map(order.items, async |item| c(item).await)?;
        let i = try_map(order.items, async |item| c(item).await).await;
        let j = try_map(csv::<Row>("b", "k"), async |row| c(row).await).await?;
        let k = try_map_distributed(csv("b", "k"), async |row| e(row).await).await?;
        let l = try_map_distributed(json::<Row>("b"), async |row| f(row).await).await?;
        let m = 1 + try_map(order.items, async |item| c(item).await).await?.len();
        let n = try_map(&order.items, async |item| c(item)).await?;
        Ok(1)"#,
        &expect![[r#"
            2:38 the closure of `try_map` is not `async` [WF1040]
            help: write `async |item| { .. }`
            3:38 the closure of `try_map` is not `async` [WF1040]
            help: write `async |item| { .. }` in place of `|item| async { .. }`
            4:44 the closure of `try_map` takes one parameter [WF1040]
            help: for the position write `try_map(items.iter().enumerate(), async |(index, item)| { .. })`
            5:44 the closure of `try_map` takes one parameter [WF1040]
            help: write `async |item| { .. }`, or `async |_| { .. }` where the item is not read
            6:38 `try_map` takes an `async` closure [WF1040]
            help: write `async |item| pack(item).await`
            7:17 `try_map` takes a list and a closure [WF1040]
            help: write `try_map(order.items, async |item| { .. }).await?`
            8:54 the closure of `try_map` names its result [WF1040]
            help: leave it out: an iteration ends in `Ok(..)`, `Err(..)` or a step's call
            9:17 `try_map(..)` is called without `.await` [WF1005]
            help: write `try_map(items, async |item| { .. }).await?`
            10:17 the `Result` of `try_map(..)` is kept as a value [WF1016]
            help: write `try_map(..).await?`, or `match` on it here
            11:25 `try_map` goes over a list, and `csv(..)` is a source [WF1042]
            help: write `try_map_distributed(..)`, which reads its items from where they are
            12:37 `csv(..)` does not say what its items are [WF1042]
            help: write `csv::<Row>(..)`, where `Row` derives `Payload`
            13:37 `json(..)` takes a bucket and a key [WF1042]
            help: write `json("orders", "2026/rows")`
            14:55 a second state `C` [WF1007]
            help: name it: `#[state = "CAgain"]` on this statement
            note: the first one stands in line 11
            15:52 `c(..)` is called without `.await` [WF1005]
            help: write `c(..).await?` for a step; a plain function's work belongs into a `#[step]`
        "#]],
    );
}

#[test]
fn attributes_of_maps_have_their_places() {
    body(
        r#"
        #[max_concurrency(5)] let a = a(order).await?;
        #[batch(max_items = 5)] let b = try_map(order.items, async |item| b(item).await).await?;
        #[express] #[label = "x"] let c = try_map(order.items, async |item| c(item).await).await?;
        #[max_concurrency(0)] let d = try_map(order.items, async |item| d(item).await).await?;
        #[tolerated_failure_percentage(101)] let e = try_map(order.items, async |item| e(item).await).await?;
        #[max_concurrency] let f = try_map(order.items, async |item| f(item).await).await?;
        #[batch(5)] let g = try_map_distributed(order.items, async |item| g(item).await).await?;
        #[batch(max_items = 5, max = 3)] let h = try_map_distributed(order.items, async |item| h(item).await).await?;
        #[result_writer(bucket = "b")] let i = try_map_distributed(order.items, async |item| i(item).await).await?;
        #[label = "a b"] let j = try_map_distributed(order.items, async |item| j(item).await).await?;
        #[max_items(5)] let k = try_map_distributed(order.items, async |item| k(item).await).await?;
        #[batch(max_items = 5)]
        let l = try_map_distributed(order.items.iter().enumerate(), async |item| l(item).await).await?;
        #[max_concurrency(1)] #[max_concurrency(2)] let m = try_map(order.items, async |item| m(item).await).await?;
        #[timeout = "5s"] let n = try_map(order.items, async |item| n(item).await).await?;
        #[retry(on(Failed), max_attempts = 1)] let o = try_map(order.items, async |item| o(item).await).await?;
        #[max_concurency(5)] let p = try_map(order.items, async |item| p(item).await).await?;
        Ok(1)"#,
        &expect![[r#"
            2:11 `#[max_concurrency]` stands on something that maps nothing [WF1041]
            help: put it on `try_map(..).await?`
            3:11 `#[batch]` stands on `try_map` [WF1041]
            help: write `try_map_distributed(..)`, whose items are executions of their own, or remove it
            4:11 `#[express]` stands on `try_map` [WF1041]
            help: write `try_map_distributed(..)`, whose items are executions of their own, or remove it
            4:22 `#[label]` stands on `try_map` [WF1041]
            help: write `try_map_distributed(..)`, whose items are executions of their own, or remove it
            5:27 `#[max_concurrency(0)]` cannot stand here [WF1002]
            help: 0 is no limit: leave the attribute out
            6:40 `#[tolerated_failure_percentage(101)]` cannot stand here [WF1002]
            help: a percentage is at most 100
            7:11 `#[max_concurrency]` has another form [WF1002]
            help: write `#[max_concurrency(5)]`
            8:11 `#[batch]` has another form [WF1002]
            help: write `#[batch(max_items = 100)]`
            9:11 `#[batch]` has another form [WF1002]
            help: write `#[batch(max_items = 100)]`
            10:11 `#[result_writer]` has another form [WF1002]
            help: write `#[result_writer(bucket = "orders", prefix = "results")]`
            11:19 the label contains ` ` [WF1008]
            help: write a short name such as `orders`: it stands in ARNs
            12:11 `#[max_items]` bounds a source of items [WF1041]
            help: remove it: a list goes from its first item to its last
            13:11 the items of a batch have no position [WF1041]
            help: leave `enumerate()` or `#[batch(..)]` out
            15:33 `#[max_concurrency]` stands there twice [WF1002]
            help: keep one of them
            16:21 `#[timeout]` stands on a statement that calls no step [WF1012]
            help: put it on a step's call
            17:20 `Failed` does not say which errors of the iterations are meant [WF1041]
            help: name them, `on(OrderError::Unavailable)`, or write `on(All)`
            18:11 attribute `max_concurency` means nothing in a workflow [WF1002]
            help: an attribute with a similar name exists: `#[max_concurrency]`
        "#]],
    );
}

#[test]
fn iterations_are_apart_from_what_is_around_them() {
    body(
        r#"
        let mut total = 0;
        let a = try_map(order.items, async |item| {
            let more = a(item).await?;
            total += more;
            Ok(more)
        }).await?;
        for item in order.items {
            try_map(item.parts, async |part| {
                if part.last { break; }
                b(part).await
            }).await?;
        }
        Ok(1)"#,
        &expect![[r#"
            5:13 `total` is changed inside an iteration of `try_map`, but stands outside of it [WF1031]
            help: let it end with the new value, and assign that outside
            note: it runs beside others or many times over: a state machine gives each run variables of its own
            10:32 `break` cannot leave an iteration of `try_map` [WF1030]
            help: end it with a value, `return Ok(true);`, and decide outside with `if`
        "#]],
    );
}
