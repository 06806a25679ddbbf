use expect_test::expect;

use super::body;

#[test]
fn values_are_understood() {
    body(
        r#"
        let a = order.total + 2 * 3 - 1 % 2;
        let b = !(a > 3) && order.name == "x" || -a <= -1.5;
        let c = (order.id, a, [1, 2], vec![a], ());
        let d = Receipt { id: c.0, kind: Kind::Plain, other: Some(Kind::Remarked(a)), none: None, ..order.base };
        let e = if b { MAX } else if a > 2 { limits::MIN } else { 3 as u64 };
        let f = format!("{a} {} {name:.2} {0} {{}}", order.id, name = order.total);
        let g = order.items.iter().filter(|item| item.price > 3).map(|item| item.name).collect::<Vec<_>>();
        let h = g.len() > 0 && g.contains(&order.id) && g.iter().any(|x| *x == "a") && order.coupon.is_some();
        let (i, _) = c;
        let Order { id, total: sum, .. } = order;
        let j: u64 = order.coupon.unwrap_or("x".to_string()).trim().to_uppercase().len();
        let k = order.items[0].first().cloned().unwrap_or(1u8).saturating_sub(1);
        let l = { let m = 1; m + 1 };
        let n = context().execution_id;
        Ok(Receipt { id })"#,
        &expect![[""]],
    );
}

#[test]
fn what_has_no_state_machine_is_refused_at_its_token() {
    body(
        r#"
        let a = &order;
        let b = order.total & 1;
        let c = |x| x;
        let d = 1..2;
        let e = [0; 3];
        let f = unsafe { 1 };
        let g = b"bytes";
        let h = println!("x");
        let i = String::from("x");
        let j = String::new();
        let k = Vec::new();
        let l = Uuid::new_v4(1);
        let m = steps::helper;
        let n = <u64 as Default>::MAX;
        let o = 9007199254740992;
        let p = 99999999999999999999;
        let q = const { 1 };
        let r = vec![1; 3];
        let s = lazy!({});
        fn inner() {}
        panic!("no");
        let t = return Ok(1);
        let u = 1 + return Ok(1);
        (order.f)(1);
        Ok(1)"#,
        &expect![[r#"
            3:29 operator `&` has no JSONata [WF1004]
            help: move this into a `#[step]`; for conditions write `&&`, `||` and `!`
            4:17 a closure outside of a method's argument cannot stand in a workflow [WF1004]
            help: write what it computes where it is used, or make it a `#[step]`
            7:17 `unsafe` cannot stand in a workflow [WF1004]
            help: move this into a `#[step]`
            8:17 a literal of bytes cannot stand in a workflow [WF1004]
            help: move this into a `#[step]`
            9:17 `println!` cannot stand in a workflow [WF1004]
            help: remove it: the history shows every step with its input and output; a `#[step]` may log
            13:17 `Uuid::new_v4(..)` cannot stand in a workflow [WF1004]
            help: write `new_uuid()`: the machine draws it once, and keeps it
            14:17 `steps::helper`, a function as a value, cannot stand in a workflow [WF1004]
            help: move this into a `#[step]`
            15:17 a path through a trait cannot stand in a workflow [WF1004]
            help: move this into a `#[step]`
            16:17 `9007199254740992` is beyond what JSON numbers hold exactly [WF1019]
            help: integers go up to 2^53 - 1, 9007199254740991; carry a longer one as a string
            17:17 `99999999999999999999` is beyond what JSON numbers hold exactly [WF1019]
            help: integers go up to 2^53 - 1, 9007199254740991; carry a longer one as a string
            18:17 a `const` block cannot stand in a workflow [WF1004]
            help: move this into a `#[step]`
            20:17 macro `lazy!` cannot stand in a workflow [WF1004]
            help: move this into a `#[step]`
            21:9 an item cannot stand inside a workflow [WF1004]
            help: move it out of the workflow's body
            22:9 `panic!` cannot stand in a workflow [WF1004]
            help: fail with an error of your own: `return Err(OrderFailure::Rejected.into())`
            24:9 nothing after `return` is reached [WF1009]
            help: remove it, or move it before `return`
        "#]],
    );
}

#[test]
fn methods_are_those_of_the_table() {
    body(
        r#"
        let a = order.id.to_upercase();
        let b = order.id.to_owned();
        let c = order.coupon.unwrap();
        let d = order.items.into_iter().map(|x| x).collect::<HashSet<_>>();
        let e = order.total.pow(2);
        let f = order.items.iter().map(async |x| x).sum::<u64>();
        let g = order.id.contains(&mut x);
        let h = order.total.into();
        let i = u64::from(order.total);
        Ok(1)"#,
        &expect![[r#"
            2:26 method `to_upercase` cannot stand in a workflow [WF1004]
            help: a method with a similar name can: `to_uppercase`
            4:30 method `unwrap` cannot stand in a workflow [WF1004]
            help: write `?` after a step's call, `.ok_or(OrderFailure::Missing)?` or `unwrap_or(..)` after an `Option`
            7:40 an `async` closure cannot stand here [WF1004]
            help: write a plain closure; for a step for each item write `try_map(items, async |item| { .. }).await?`
            8:35 `&mut` cannot stand in a workflow [WF1004]
            help: assign to the variable itself: values are copied from state to state, so nothing else sees it change
        "#]],
    );
}

#[test]
fn formats_are_plain() {
    body(
        r#"
        let a = format!("{:?}", order);
        let b = format!("{order:>8}");
        let c = format!("{x:.3} {:.0}", order.total);
        let d = format!(order.text);
        let e = format!("{}", &order);
        Ok(1)"#,
        &expect![[r#"
            2:25 `{:?}` in `format!` cannot stand in a workflow [WF1080]
            help: `{:?}` is Rust's own notation: format the fields one by one, or write `to_json(&value)`
            5:25 expected string literal
        "#]],
    );
}
