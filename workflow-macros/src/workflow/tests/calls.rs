use expect_test::expect;

use super::body;

#[test]
fn calls_groups_and_joins_are_understood() {
    body(
        r#"
        let order = steps::validate_order(order).await?;
        let _ = notify(order).await;
        confirm(order).await.ok();
        let (a, b) = try_join!(check_inventory(order), async move { let x = fraud_check(order).await?; Ok(x.score) })?;
        async { ship(order).await }.await?;
        let paid = match async { charge(order).await?; refund(order).await }.await { Ok(x) => x, Err(_) => return Err(Bad::Card.into()) };
        match try_join!(one(a), two(b)) { Ok((x, y)) => {}, Err(failure) => return Err(failure.into()) }
        sleep(mins(5)).await;
        sleep(Duration::from_secs(order.delay)).await;
        sleep_until(order.ship_at).await;
        return send(order).await;"#,
        &expect![[""]],
    );
}

#[test]
fn await_stands_where_something_waits() {
    body(
        r"
        validate_order(order).await?;
        ship(order)?;
        ship(order);
        let x = async { Ok(1) };
        let y = order.total.await;
        let z = Order::new(order).await;
        let w = (1 + 2).await;
        let u = try_join!(a(order), b(order)).await?;
        let v = try_join!(c(order).await, order.total)?;
        match d(order) { Ok(_) => {}, Err(_) => {} }
        helper(ship(order));
        order.save().await?;
        Ok(order)",
        &expect![[r#"
            3:9 `ship(..)` is called without `.await` [WF1005]
            help: write `ship(..).await?` for a step; a plain function's work belongs into a `#[step]`
            4:9 `ship(..)` is called without `.await` [WF1005]
            help: write `ship(..).await?` for a step; a plain function's work belongs into a `#[step]`
            5:17 this `async` block is never awaited [WF1005]
            help: write `async { .. }.await`, or make it a branch of `try_join!`
            6:29 `.await` on something that does not wait [WF1006]
            help: `.await` follows a step's call or an `async` block: remove it here
            7:17 `Order::new(..)`, a function of a type, cannot be called in a workflow [WF1004]
            help: move this into a `#[step]`
            8:25 `.await` on something that does not wait [WF1006]
            help: `.await` follows a step's call or an `async` block: remove it here
            9:47 `try_join!` waits by itself [WF1006]
            help: remove `.await`: `try_join!(a(..), b(..))?`
            10:36 a branch of `try_join!` is not awaited [WF1006]
            help: remove `.await`: `try_join!` waits for all of its branches
            10:43 a branch of `try_join!` is a step's call or an `async` block [WF1004]
            help: write `try_join!(a(..), async { .. })?`
            11:15 `d(..)` is called without `.await` [WF1005]
            help: write `d(..).await?` for a step; a plain function's work belongs into a `#[step]`
            12:9 `helper(..)` is called without `.await` [WF1005]
            help: write `helper(..).await?` for a step; a plain function's work belongs into a `#[step]`
            12:16 `ship(..)` is called without `.await` [WF1005]
            help: write `ship(..).await?` for a step; a plain function's work belongs into a `#[step]`
            13:15 async method `save` cannot be called in a workflow [WF1004]
            help: move this into a `#[step]`
        "#]],
    );
}

#[test]
fn lengths_of_time_have_names_of_their_own() {
    body(
        r"
        sleep(minutes(5)).await;
        sleep(Duration::seconds(3)).await;
        minutes(order).await?;
        Ok(order)",
        &expect![[r#"
            2:15 `minutes(..)` cannot stand in a workflow [WF1004]
            help: lengths of time are `millis(..)`, `secs(..)`, `mins(..)`, `hours(..)` and `days(..)`
            3:15 `Duration::seconds(..)` cannot stand in a workflow [WF1004]
            help: lengths of time are `millis(..)`, `secs(..)`, `mins(..)`, `hours(..)` and `days(..)`
        "#]],
    );
}

#[test]
fn a_result_is_handled_where_it_comes_from() {
    body(
        r"
        let a = validate_order(order).await;
        let b = async { ship(order).await }.await;
        let c = try_join!(one(order))?;
        let d = try_join!(two(order));
        let e = three(order).await.unwrap();
        let f = four(order).await.ok();
        let g = five(order).await.map_err(|e| e);
        let h = order.total?;
        let i = sleep(secs(1)).await?;
        let j = Ok(order);
        let k = if order.big { Err(Bad::Card) } else { six(order).await };
        Err(Bad::Card)?;
        Ok(seven(order).await)",
        &expect![[r#"
            2:17 the `Result` of `validate_order(..)` is kept as a value [WF1016]
            help: write `validate_order(..).await?`, or `match` on it here
            3:17 the `Result` of this group is kept as a value [WF1016]
            help: write `async { .. }.await?`, or `match` on it here
            5:17 the `Result` of `try_join!` is kept as a value [WF1016]
            help: write `try_join!(..)?`, or `match` on it here
            6:36 method `unwrap` on a call's `Result` cannot stand in a workflow [WF1004]
            help: write `?`: the failure then ends the workflow by its name
            8:35 method `map_err` on a call's `Result` cannot stand in a workflow [WF1004]
            help: write `?` after it: `step(..).await.map_err(|failure| OrderFailure::Late)?`
            9:28 `?` after this expression cannot stand in a workflow [WF1004]
            help: `?` follows a step's call, an `async { .. }.await` or `try_join!(..)`; of an `Option` write `option.ok_or(OrderFailure::Missing)?`; to fail write `return Err(..)`
            10:37 `?` after `sleep` cannot stand in a workflow [WF1004]
            help: `?` follows a step's call, an `async { .. }.await` or `try_join!(..)`; of an `Option` write `option.ok_or(OrderFailure::Missing)?`; to fail write `return Err(..)`
            11:17 `Ok(..)` as a value cannot stand in a workflow [WF1018]
            help: `Ok(..)` ends the workflow, a group or a branch: write `return Ok(..);`, or put it last
            12:32 `Err(..)` as a value cannot stand in a workflow [WF1018]
            help: `Err(..)` ends the workflow, a group or a branch: write `return Err(..);`, or put it last
            12:56 the `Result` of `six(..)` is kept as a value [WF1016]
            help: write `six(..).await?`, or `match` on it here
            13:23 `?` after this call cannot stand in a workflow [WF1004]
            help: `?` follows a step's call, an `async { .. }.await` or `try_join!(..)`; of an `Option` write `option.ok_or(OrderFailure::Missing)?`; to fail write `return Err(..)`
            14:12 the `Result` of `seven(..)` is kept as a value [WF1016]
            help: write `seven(..).await?`, or `match` on it here
        "#]],
    );
}

#[test]
fn a_call_inside_an_expression_runs_before_it() {
    body(
        r#"
        if validate_order(order).await? && order.big { }
        ship(find(order).await?).await?;
        let a = Receipt { id: charge(order).await? };
        let b = format!("{}", pay(order).await?);
        let c = lookup(order).await?.id;
        let d = 1 + async { Ok(1) }.await?;
        let e = order.items.iter().map(|item| try_join!(x(item))).collect();
        let f = vec![match y(order).await { Ok(x) => x, Err(_) => 0 }];
        Ok(order)"#,
        &expect![[r#"
            8:47 `try_join!(..)` runs inside an expression [WF1015]
            help: for a step for each item write `try_map(items, async |item| { .. }).await?`, or a `for`
            note: every call is a state of its own, with its own retries and its own place in the history
        "#]],
    );
}

#[test]
fn joins_and_sleeps_have_their_arguments() {
    body(
        r"
        try_join!()?;
        try_join!(a(order) b(order))?;
        sleep(5).await;
        sleep(millis(5)).await;
        sleep(Duration::from_millis(order.delay)).await;
        sleep().await;
        sleep_until().await;
        tokio::time::sleep(secs(1)).await;
        let wait = mins(5);
        let x = context();
        Ok(())",
        &expect![[r#"
            2:9 `try_join!` has no branches [WF1017]
            help: write `try_join!(a(..), b(..))?`
            3:28 expected `,`
            4:15 `sleep` takes a `Duration` [WF1010]
            help: write `sleep(mins(5)).await`
            5:15 `millis` is below a second [WF1010]
            help: write `sleep(secs(..)).await`: Step Functions counts whole seconds
            6:15 `Duration::from_millis` is below a second [WF1010]
            help: write `sleep(secs(..)).await`: Step Functions counts whole seconds
            7:9 `sleep` takes one argument [WF1010]
            help: write `sleep(mins(5)).await`
            8:9 `sleep_until` takes one argument [WF1010]
            help: write `sleep_until(order.ship_at).await`
            9:9 `tokio::time::sleep` cannot be called in a workflow [WF1004]
            help: write `sleep(secs(..)).await` with the prelude's `sleep`
            11:17 `context()` as a whole cannot stand in a workflow [WF1004]
            help: take a field of it: `context().execution_id`
        "#]],
    );
}

#[test]
fn what_comes_later_is_refused_by_name() {
    body(
        r#"
        if let Some(x) = order.coupon { }
        let Some(y) = order.coupon else { return Ok(()) };
        match order.status { Status::Pending => {}, _ => {} }
        match a(order).await? { Status::Pending => {}, _ => {} }
        let z = matches!(order.status, Status::Pending);
        tokio::spawn(c(order)).await;
        spawn(d(order)).await?;
        #[max_concurrency(3)]
        e(order).await?;
        Ok(())"#,
        &expect![[r#"
            7:9 `tokio::spawn` cannot be called in a workflow [WF1004]
            help: move this into a `#[step]`
            9:11 `#[max_concurrency]` stands on something that maps nothing [WF1041]
            help: put it on `try_map(..).await?`
        "#]],
    );
}

#[test]
fn one_mistake_is_told_once() {
    body(
        r"
        let n = async { a(order).await };
        let m = n.await?;
        #[allow(unused)]
        let x = 5;
        for item in &mut order.items { b(item).await?; }
        match async { c(order).await?; Ok(1) }.await {
            Ok(n) => {}
            Err(Failed(OrderError::Busy)) => {}
            Err(failure) => {}
        }
        if let Err(TimedOut) = try_join!(d(order), e(order)) {}
        let f = ShipFlow(order).await?;
        match order.text.trim() { Ok(n) => {} Err(_) => {} }
        if let Err(why) = order.text.parse::<i64>() { tell(why).await?; }
        let n = order.text.parse::<i64>()?;
        loop { f(order).await?; break 'outer; }
        Ok(1)",
        &expect![[r#"
            2:17 this `async` block is never awaited [WF1005]
            help: write `async { .. }.await`, or make it a branch of `try_join!`
            4:11 attribute `allow` means nothing in a workflow [WF1002]
            help: the attributes are `compensate`, `heartbeat`, `retry`, `state` and `timeout` and doc comments
            6:21 `&mut` cannot stand in a workflow [WF1004]
            help: write `for i in 0..list.len() { list[i].field = ..; }`
            9:13 a group does not declare how it fails [WF1014]
            help: write `Err(failure) if failure.is::<ShopError>() => ..`, or `match` on the step's own call inside
            note: its failure may be that of any step in it
            12:16 `try_join!` does not declare how it fails [WF1014]
            help: write `Err(failure) if failure.is::<ShopError>() => ..`, or `match` on the step's own call inside
            note: its failure may be that of any step in it
            13:17 `ShipFlow(..)` does not wait [WF1006]
            help: a step or workflow is called by its function's name, `ship_flow(..).await?`; on anything else remove `.await`
            14:35 `Ok(..)` matches a call's `Result`, and this is a value [WF1020]
            help: match on the call itself: `match step(..).await { Ok(value) => .., Err(failure) => .. }`, or on `text.parse::<i64>()` itself
            15:20 why `parse` failed is not known in a workflow [WF1082]
            help: write `_`: Rust's text of the error has no JSONata
            16:42 `?` after `parse()` says nothing of how the workflow fails [WF1004]
            help: say what it fails with: `text.parse::<i64>().map_err(|_| OrderFailure::NoNumber)?`
        "#]],
    );
}
