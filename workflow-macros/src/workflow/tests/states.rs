use expect_test::expect;

use super::body;

#[test]
fn attributes_name_and_bound_states() {
    body(
        r#"
        /// Comment.
        #[state = "First"]
        #[retry(on(OrderError::Busy, TimedOut), interval = "2s", max_attempts = 3)]
        #[retry(on(All), max_attempts = 1)]
        #[timeout = "30s"]
        #[heartbeat("10s")]
        let x = a(order).await?;
        #[timeout = "1h"] b(order).await?;
        #[state = "Both"]
        let y = try_join!(#[state = "Left"] c(order), #[timeout = "1s"] d(order))?;
        #[state = "Pause"]
        sleep(secs(1)).await;
        #[state = "Big enough"]
        if order.big { #[state = "Too big"] return Err(Bad::Card.into()); }
        #[state = "Third"]
        match e(order).await { Ok(_) => {}, #[state = "Gone"] Err(failure) => return Err(failure.into()) }
        #[compensate(refund(payment, order.id))]
        let payment = f(order).await?;
        #[state = "Last"]
        g(order).await"#,
        &expect![[""]],
    );
}

#[test]
fn attributes_in_wrong_places_and_forms_are_refused() {
    body(
        r#"
        #[state = "Sum"]
        let x = order.total + 1;
        /// A remark.
        let y = x;
        #[timeout = "5s"]
        sleep(secs(1)).await;
        #[retry(on(All))]
        #[heartbeat = "1s"]
        if order.big { }
        #[stat = "X"] a(order).await?;
        #[state(X)] b(order).await?;
        #[state] c(order).await?;
        #[state = "A"] #[state = "B"] d(order).await?;
        #[state = "Outer"] let z = (#[state = "Inner"] e(order).await)?;
        #[inline] f(order).await?;
        #[retry] g(order).await?;
        #[retry(on(Nothing), intervall = "1s")] h(order).await?;
        Ok(1)"#,
        &expect![[r#"
            2:9 this statement makes no state [WF1012]
            help: put the attribute on a step's call, a group, `if`, `while`, `for`, `sleep` or `return Err(..)`; for a remark write `//`
            4:9 this statement makes no state [WF1012]
            help: put the attribute on a step's call, a group, `if`, `while`, `for`, `sleep` or `return Err(..)`; for a remark write `//`
            6:21 `#[timeout]` stands on a statement that calls no step [WF1012]
            help: put it on a step's call
            8:11 `#[retry]` stands on a statement that calls no step [WF1012]
            help: put it on a step's call
            9:23 `#[heartbeat]` stands on a statement that calls no step [WF1012]
            help: put it on a step's call
            11:11 attribute `stat` means nothing in a workflow [WF1002]
            help: an attribute with a similar name exists: `#[state]`
            12:11 `#[state]` has another form [WF1002]
            help: write `#[state = "NotifyAgain"]`
            13:11 `#[state]` has another form [WF1002]
            help: write `#[state = "NotifyAgain"]`
            14:26 `#[state]` stands there twice [WF1002]
            help: keep one of them
            14:34 a second state `B` [WF1007]
            help: name it: `#[state = "BAgain"]` on this statement
            note: the first one stands in line 12
            15:9 the statement and its call say the same twice [WF1002]
            help: keep one of them
            16:11 attribute `inline` means nothing in a workflow [WF1002]
            help: the attributes are `compensate`, `heartbeat`, `retry`, `state` and `timeout` and doc comments
            17:11 `#[retry]` has another form [WF1002]
            help: write `#[retry(on(TimedOut), interval = "2s", max_attempts = 3)]`
            18:30 unknown option `intervall` of `retry` [WF1109]
            help: an option with a similar name exists: `interval`
        "#]],
    );
}

#[test]
fn durations_are_whole_seconds_and_heartbeats_fit() {
    body(
        r#"
        #[timeout = "500ms"] a(order).await?;
        #[timeout = "soon"] b(order).await?;
        #[timeout = 30] c(order).await?;
        #[timeout = "30s"] #[heartbeat = "30s"] d(order).await?;
        #[timeout = "30s"] #[heartbeat = "1m"] let x = e(order).await?;
        #[retry(on(TimedOut), interval = "100ms")] f(order).await?;
        Ok(1)"#,
        &expect![[r#"
            2:21 timeout `500ms` is no whole number of seconds [WF1101]
            help: write `"1s"` or more
            note: Step Functions counts whole seconds
            3:21 timeout `soon` is no duration [WF1115]
            help: write a number and a unit, `"30s"`, `"5m"`, `"2h"`, `"3d"`, or several: `"1h30m"`
            4:11 `#[timeout]` has another form [WF1002]
            help: write `#[timeout = "30s"]`
            5:42 a heartbeat of 30s is not shorter than the timeout of 30s [WF1011]
            help: make the heartbeat shorter than the timeout, or leave it out
            6:42 a heartbeat of 60s is not shorter than the timeout of 30s [WF1011]
            help: make the heartbeat shorter than the timeout, or leave it out
            7:42 interval `100ms` is no whole number of seconds [WF1101]
            help: write `"1s"` or more
            note: Step Functions counts whole seconds
        "#]],
    );
}

#[test]
fn states_have_names_of_their_own() {
    body(
        r#"
        notify(order).await?;
        if order.big { other::notify(order).await?; }
        #[state = "NotifyAgain"] notify(order).await?;
        #[state = "NotifyAgain"] ship(order).await?;
        notify(order).await?;
        #[compensate(notify(x))]
        let x = pay(order).await?;
        Ok(1)"#,
        &expect![[r#"
            3:31 a second state `Notify` [WF1007]
            help: name it: `#[state = "NotifyAgain2"]` on this statement
            note: the first one stands in line 2
            5:19 a second state `NotifyAgain` [WF1007]
            help: name it: `#[state = "NotifyAgainAgain"]` on this statement
            note: the first one stands in line 4
            6:9 a second state `Notify` [WF1007]
            help: name it: `#[state = "NotifyAgain2"]` on this statement
            note: the first one stands in line 2
        "#]],
    );
    body(
        r#"
        #[state = ""] a(order).await?;
        #[state = " x"] b(order).await?;
        #[state = "a/b"] c(order).await?;
        #[state = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] d(order).await?;
        eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee(order).await?;
        Ok(1)"#,
        &expect![[r#"
            2:19 the name of a state is empty or begins or ends with a blank [WF1008]
            help: write a name such as `NotifyAgain`
            3:19 the name of a state is empty or begins or ends with a blank [WF1008]
            help: write a name such as `NotifyAgain`
            4:19 the name of a state contains `/` [WF1008]
            help: use letters, digits, blanks, `-`, `_` and `.`
            5:19 the name of a state has 89 characters [WF1008]
            help: write at most 80
            6:9 state `Eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee` has more than 80 characters [WF1008]
            help: name it: `#[state = ".."]` on the statement
        "#]],
    );
}

#[test]
fn undos_belong_to_calls() {
    body(
        r"
        #[compensate(refund(a))]
        let a = order.total;
        #[compensate(refund(b))]
        pay(order).await?;
        #[compensate]
        let c = c(order).await?;
        #[compensate(refund)]
        let d = d(order).await?;
        #[compensate(refund(e))]
        #[compensate(refund(e))]
        let e = e(order).await?;
        async {
            #[compensate(refund(f))]
            let f = f(order).await?;
            Ok(f)
        }.await?;
        try_join!(async { #[compensate(refund(g))] let g = g(order).await?; Ok(g) })?;
        if order.big {
            #[compensate(refund(h).await)]
            let h = h(order).await?;
        }
        #[compensate(refund(find(order).await?))]
        let i = i(order).await?;
        Ok(1)",
        &expect![[r#"
            2:11 `#[compensate(..)]` stands on a `let` that calls no step [WF1013]
            help: put it on `let payment = charge_payment(order).await?;`
            4:11 `#[compensate(..)]` stands on something that is no `let` [WF1013]
            help: put it on `let payment = charge_payment(order).await?;`
            6:11 `#[compensate(..)]` takes the call that undoes the step [WF1013]
            help: write `#[compensate(refund(payment))]`
            8:11 `#[compensate(..)]` takes the call that undoes the step [WF1013]
            help: write `#[compensate(refund(payment))]`
            11:11 a second `#[compensate(..)]` on one `let` [WF1013]
            help: undo everything in one step
            23:29 `find(..).await` runs inside an expression [WF1015]
            help: bind its value first: `let value = find(..).await?;`
            note: every call is a state of its own, with its own retries and its own place in the history
        "#]],
    );
}

#[test]
fn nothing_stands_after_a_return() {
    body(
        r"
        if order.a { return Ok(1); a(order).await?; }
        if order.b { return Ok(1); } else { return Ok(2); }
        b(order).await?;
        Ok(3)",
        &expect![[r#"
            2:36 nothing after `return` is reached [WF1009]
            help: remove it, or move it before `return`
            4:9 nothing after an `if` whose branches all leave is reached [WF1009]
            help: remove it, or move it before an `if` whose branches all leave
        "#]],
    );
    body(
        r"
        match a(order).await { Ok(x) => return Ok(x), Err(failure) => return Err(failure.into()) }
        Ok(3)",
        &expect![[r#"
            3:9 nothing after a `match` whose arms all leave is reached [WF1009]
            help: remove it, or move it before a `match` whose arms all leave
        "#]],
    );
    body(r"if order.a { return Ok(1); } return Ok(2);", &expect![[""]]);
}
