use expect_test::expect;

use super::body;

#[test]
fn failures_are_matched_by_what_they_are() {
    body(
        r"
        match a(order).await {
            Ok(_) => {}
            Err(Failed(OrderError::Invalid(reason))) => { notify(reason).await?; }
            Err(Failed(OrderError::Limit { limit, by: who })) => {}
            Err(Failed(OrderError::A | OrderError::B(..)) | TimedOut) | Err(Failure::HeartbeatTimedOut) => {}
            Err(Failed(Imported)) => {}
            Err(Failed(error)) => {}
            Err(Other(output)) => {}
            Err(failure) => return Err(failure.into()),
        }
        match b(order).await { Ok(order) => order, _ => return Err(Bad::Card.into()) };
        match c(order).await { Ok((x, Order { id, .. })) => {}, Err(_) => {} }
        Ok(1)",
        &expect![[""]],
    );
}

#[test]
fn patterns_that_no_catcher_has_are_refused() {
    body(
        r"
        match a(order).await {
            Ok(Some(x)) => {}
            Ok(1) => {}
            Err(OrderError::Invalid(reason)) => {}
            Err(OrderError::Missing) => {}
            Err(Failed(OrderError::Limit(limit)) | TimedOut) => {}
            Ok(x) | Err(x) => {}
            Err(Failed(error)) if error.big => {}
            Err(Failed(1)) => {}
            Err(Other(ErrorOutput { error })) => {}
            Err(ref failure) => {}
            Err(mut failure) => {}
            Err(failure @ TimedOut) => {}
            Some(x) => {}
            result => {}
        }
        Ok(1)",
        &expect![[r#"
            5:17 `OrderError::Invalid(reason)` cannot be matched here [WF1014]
            help: write `Err(Failed(OrderError::Invalid(reason)))`: what the step declares stands inside `Failed`
            6:17 `OrderError::Missing` cannot be matched here [WF1014]
            help: write `Err(Failed(OrderError::Missing))`: what the step declares stands inside `Failed`
            7:17 alternatives that bind cannot be matched here [WF1014]
            help: bind nothing here, or write an arm for each
            8:13 `Ok(..)` and `Err(..)` in one arm cannot be matched here [WF1014]
            help: write an arm for each
            10:24 `1` cannot be matched here [WF1014]
            help: name a variant: `Failed(OrderError::Invalid(reason))`
            11:23 `ErrorOutput { error }` cannot be matched here [WF1014]
            help: bind a name or write `_`
            12:17 `ref failure` cannot be matched here [WF1014]
            help: bind a plain name
            13:17 `mut failure` cannot be matched here [WF1014]
            help: bind a plain name
            14:17 `failure @ TimedOut` cannot be matched here [WF1014]
            help: bind a plain name
            15:13 `Some(x)` cannot be matched here [WF1014]
            help: write `Ok(value)`, `Err(failure)` or `_`: what is matched is a `Result`
            16:13 a name for the whole `Result` cannot be matched here [WF1014]
            help: write `Ok(value)` and `Err(failure)`
        "#]],
    );
    body(
        r"
        let Some(x) = order.coupon;
        let None = order.coupon;
        let ref y = order;
        let [a, b] = order.items;
        let 1 = order.total;
        let z @ _ = order;
        Ok(1)",
        &expect![[r#"
            4:13 `ref` cannot stand in a workflow [WF1004]
            help: leave it out: values are copied from state to state
            5:13 pattern `[a, b]` cannot be tested here [WF1020]
            help: decide on `is_empty()` and `len()`, and read elements with `first()`, `last()` or `[index]`
        "#]],
    );
}

#[test]
fn an_arm_that_nothing_reaches_is_refused() {
    body(
        r"
        match a(order).await {
            Err(failure) => {}
            Err(Failed(_)) => {}
            Ok(_) => {}
            Ok(x) => {}
            _ => {}
        }
        match b(order).await { _ => {}, Err(TimedOut) => {} }
        match c(order).await { Ok(_) => {}, Err(TimedOut) => {}, _ => {} }
        Ok(1)",
        &expect![[r#"
            4:13 this arm is never reached [WF1009]
            help: an earlier arm takes everything: move this one before it, or remove it
            note: a catch-all stands last in a state's `Catch`, as in `match`
            6:13 this arm is never reached [WF1009]
            help: an earlier arm takes everything: move this one before it, or remove it
            note: a catch-all stands last in a state's `Catch`, as in `match`
            7:13 this arm is never reached [WF1009]
            help: an earlier arm takes everything: move this one before it, or remove it
            note: a catch-all stands last in a state's `Catch`, as in `match`
            9:41 this arm is never reached [WF1009]
            help: an earlier arm takes everything: move this one before it, or remove it
            note: a catch-all stands last in a state's `Catch`, as in `match`
        "#]],
    );
}

#[test]
fn failing_takes_an_error_or_a_failure() {
    body(
        r#"
        if order.a { return Err(OrderError::Invalid(order.id).into()); }
        if order.b { return Err(OrderError::Limit { limit: 3 }.into()); }
        if order.c { return Err(WorkflowError::from(OrderError::Missing)); }
        if order.d { return Err("text".into()); }
        if order.e { return Err(order.error); }
        if order.f { return Err(make(order)); }
        if order.g { return Err(OrderError::Invalid(a(order).await?).into()); }
        if order.h { return; }
        if order.i { return Err(); }
        if order.j { return Ok(); }
        Ok(1)"#,
        &expect![[r#"
            5:33 `Err(..)` takes a variant of an error enum or a failure that a `match` caught [WF1004]
            help: write `Err(OrderFailure::Rejected.into())`, with `#[derive(StepError)]` on `OrderFailure`
            6:33 `Err(..)` takes a variant of an error enum or a failure that a `match` caught [WF1004]
            help: write `Err(OrderFailure::Rejected.into())`, with `#[derive(StepError)]` on `OrderFailure`
            7:33 `Err(..)` takes a variant of an error enum or a failure that a `match` caught [WF1004]
            help: write `Err(OrderFailure::Rejected.into())`, with `#[derive(StepError)]` on `OrderFailure`
            9:22 `return` without a value [WF1018]
            help: write `return Ok(());`
            10:29 `Err` takes one value [WF1018]
            help: write `Err(OrderFailure::Rejected.into())`
            11:29 `Ok` takes one value [WF1018]
            help: write `Ok(())` where there is none
        "#]],
    );
}
