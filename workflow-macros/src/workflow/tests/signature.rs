use expect_test::expect;

use super::check;

#[test]
fn a_right_function_is_silent() {
    check(
        r#"
        /// Docs.
        #[workflow(timeout = "1h", name = "Order flow", crate = my::runtime)]
        #[cfg(feature = "orders")]
        #[allow(dead_code)]
        pub(crate) async fn order_flow(Order { id, .. }: Order) -> workflow_runtime::Result<()> { Ok(()) }"#,
        &expect![[""]],
    );
    check("async fn nothing() -> Result<u64, WorkflowError> { Ok(1) }", &expect![[""]]);
}

#[test]
fn every_fault_of_the_function_is_told_at_once() {
    check(
        r#"
        #[inline]
        #[workflow(timeot = "1h", timeout = "500ms", name = "", crate = "x", timeout = "1s")]
        pub unsafe extern "C" fn order_flow<T: Payload>(&self, #[cfg(x)] order: &Order, more: T) -> Option<T> { order }"#,
        &expect![[r#"
            2:11 attribute `inline` means nothing on a workflow [WF1002]
            help: `#[workflow(timeout = "..", name = "..")]`, doc comments, `#[cfg(..)]` and lint levels can stand here
            3:20 unknown option `timeot` of `#[workflow]` [WF1002]
            help: an option with a similar name exists: `timeout`
            3:45 timeout `500ms` is no whole number of seconds [WF1101]
            help: write `"1s"` or more
            note: Step Functions counts whole seconds
            3:61 the name of the workflow is empty or begins or ends with a blank [WF1008]
            help: write a name such as `NotifyAgain`
            3:65 option `crate` of `#[workflow]` has another form [WF1002]
            help: write `crate = path`
            3:78 option `timeout` of `#[workflow]` stands there twice [WF1002]
            help: keep one of them
            4:13 `unsafe` means nothing on a workflow [WF1001]
            help: write `async fn order_flow(..)`
            4:20 `extern "C"` means nothing on a workflow [WF1001]
            help: write `async fn order_flow(..)`
            4:31 workflow `order_flow` is not `async` [WF1001]
            help: write `async fn order_flow`
            4:45 workflow `order_flow` is generic [WF1001]
            help: name the types: a state machine is one definition
            4:57 workflow `order_flow` takes `self` [WF1001]
            help: make it a free-standing function: what its steps share is their `Data<T>`
            4:89 workflow `order_flow` has more than one parameter [WF1001]
            help: put them in a struct: an execution is started with one JSON value
            4:101 workflow `order_flow` returns no `Result` [WF1001]
            help: write `-> Result<Option<T>>`: any workflow may fail
        "#]],
    );
    check(
        "async fn f(order: impl Payload) -> Result<u64, OrderError> { Ok(1) }",
        &expect![[r#"
        1:19 workflow `f` does not name its input's type [WF1001]
        help: take an owned type that derives `Payload`: the input outlives the process
        1:48 workflow `f` names an error type of its own [WF1001]
        help: write `Result<u64>`: a workflow fails with a `WorkflowError`, which `?` and `.into()` make
    "#]],
    );
    check(
        "async fn order(order: Order) -> Result<u64> { Ok(1) }",
        &expect![[r#"
        1:10 workflow `order` becomes the type `Order`, which exists [WF1001]
        help: rename the function: `order_flow`
    "#]],
    );
    check(
        "async fn f(order: Order) { }",
        &expect![[r#"
        1:10 workflow `f` returns no `Result` [WF1001]
        help: write `async fn f(..) -> Result<T>`; `Result<()>` where it yields nothing
    "#]],
    );
    check(
        "async fn f(mut order: Order) -> u64 where u64: Payload { Ok(1) }",
        &expect![[r#"
            1:33 workflow `f` returns no `Result` [WF1001]
            help: write `-> Result<u64>`: any workflow may fail
            1:37 workflow `f` is generic [WF1001]
            help: name the types: a state machine is one definition
        "#]],
    );
}

#[test]
fn one_function_and_nothing_else() {
    check(
        "struct Order {}",
        &expect![[r#"
        1:1 expected `fn`
    "#]],
    );
    check(
        "async fn f() -> Result<()> { Ok(()) } async fn g() -> Result<()> { Ok(()) }",
        &expect![[r#"
        1:39 one `workflow!` holds one function: write another `workflow!` for the next
    "#]],
    );
    check(
        "async fn f() -> Result<()>;",
        &expect![[r#"
        1:27 expected the workflow's body: `{ .. }`
    "#]],
    );
}

#[test]
fn a_statement_that_does_not_parse_hides_no_other() {
    check(
        "async fn f(order: Order) -> Result<()> {
            let x = = 3;
            let y = order..;
            if order.total > { ship(order).await?; }
            for item in order.items { ship(item).await?; }
            ship(order)?;
            Ok(())
        }",
        &expect![[r#"
            2:21 expected an expression
            4:30 unexpected end of input, expected curly braces
            6:13 `ship(..)` is called without `.await` [WF1005]
            help: write `ship(..).await?` for a step; a plain function's work belongs into a `#[step]`
        "#]],
    );
}
