//! What `#[step]` says of wrong steps, and one expansion.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them so")]

use expect_test::{Expect, expect};
use proc_macro2::TokenStream;

fn parse(text: &str) -> TokenStream {
    text.parse().unwrap()
}

fn check(options: &str, item: &str, expected: &Expect) {
    let tokens = super::step(parse(options), &parse(item));
    let file: syn::File = syn::parse2(tokens).unwrap();
    let texts = file.items.iter().filter_map(|item| match item {
        syn::Item::Macro(item) => syn::parse2::<syn::LitStr>(item.mac.tokens.clone()).ok(),
        _ => None,
    });
    expected.assert_eq(&texts.map(|text| text.value()).collect::<Vec<_>>().join("\n\n"));
}

const PLAIN: &str = "async fn pay(order: Order) -> Result<Payment, PayError> { charge(order).await }";

#[test]
fn a_right_step_is_silent() {
    check("", PLAIN, &expect![[""]]);
    check(
        r#"name = "Pay-1", timeout = "1h", heartbeat = "59m", crate = my::rt,
           retry(on(PayError::Busy, "Lambda.Unknown"), interval = "2s", max_attempts = 3, backoff_rate = 1, max_delay = "1m", jitter),
           retry(on(Failed, HeartbeatTimedOut)), retry(on(TimedOut)), retry(on(All), max_attempts = 0)"#,
        PLAIN,
        &expect![[""]],
    );
    check(
        "callback",
        "pub async fn ask(token: &TaskToken, _: StepContext, (a, b): Data<X>) -> Callback<()> {}",
        &expect![[""]],
    );
    check("", "async fn nothing() {}", &expect![[""]]);
}

#[test]
fn every_faulty_option_is_told_at_once() {
    check(
        r#"timeot = "3s", name = "a b", timeout = "500ms", heartbeat = 3, callback = true, timeout = "1s", retry, + ,
           retry(on(Timedout), interval = "0s", max_attempts = -1, backoff_rate = 0.5, max_delay = "400d", jiter),
           retry(interval = "1s")"#,
        PLAIN,
        &expect![[r#"
            unknown option `timeot` of `#[step]` [WF1109]
            help: an option with a similar name exists: `timeout`

            no function can be named `a b` [WF1116]
            help: use 1 to 64 letters, digits, `-` and `_`
            note: `name` names the function behind the step, on Lambda too; a state's name comes from `#[state = ".."]` at the call

            timeout `500ms` is no whole number of seconds [WF1101]
            help: write `"1s"` or more
            note: Step Functions counts whole seconds

            option `heartbeat` of `#[step]` has another form [WF1109]
            help: write `heartbeat = "10s"`

            option `callback` of `#[step]` has another form [WF1109]
            help: write `callback`

            option `timeout` of `#[step]` stands there twice [WF1109]
            help: keep one of them

            option `retry` of `#[step]` has another form [WF1109]
            help: write `retry(on(TimedOut), interval = "2s", max_attempts = 3)`

            `+` is not an option of `#[step]` [WF1109]
            help: the options are `name`, `timeout`, `heartbeat`, `retry`, `callback`, `resource` and `crate`

            `Timedout` does not name an error [WF1109]
            help: a selector with a similar name exists: `TimedOut`

            interval is zero [WF1102]
            help: write `"1s"` or more

            max_attempts `-1` is out of range [WF1108]
            help: write 0 (never retry) to 99999999

            backoff_rate `0.5` is below 1 [WF1108]
            help: write `1.0` for equal delays, `2.0` to double them

            max_delay is over 31622400 seconds [WF1108]
            help: Step Functions takes a year at most: `max_delay = "366d"`

            unknown option `jiter` of `retry` [WF1109]
            help: an option with a similar name exists: `jitter`

            `retry` does not say on which errors [WF1109]
            help: write `retry(on(TimedOut), ..)` with variants of the step's error, `Failed`, `TimedOut`, `HeartbeatTimedOut` or `All`"#]],
    );
}

#[test]
fn retries_that_make_no_sense_are_refused() {
    check(
        r#"retry(on(PayError::Busy, Failed, PayError::Busy)), retry(on(PayError::Closed)), retry(on(All, "")), retry(on(TimedOut)),
           retry(on(HeartbeatTimedOut, "States.Runtime")), retry(on(PayError::Card(_)))"#,
        PLAIN,
        &expect![[r#"
            `PayError::Busy` stands in `retry` twice [WF1114]
            help: keep one; the first that matches decides

            a retry on `PayError::Closed` can never match: an earlier retry takes it with `Failed` [WF1107]
            help: move this retry before that one

            `All` is not alone in its `on` [WF1113]
            help: write `retry(on(All), ..)` after every other retry
            note: Step Functions takes `States.ALL` only alone and last

            a retry on `""` can never match: no error has an empty name [WF1107]
            help: leave this out

            a retry on `HeartbeatTimedOut` can never match: the step has no heartbeat [WF1107]
            help: add `heartbeat = ".."`, or leave this out

            a retry on `"States.Runtime"` can never match: Step Functions never retries it [WF1107]
            help: leave this out

            `PayError::Card (_)` does not name an error [WF1109]
            help: write the variant's path alone, as in `on(OrderError::Unavailable)`
            note: others are `Failed`, `TimedOut`, `HeartbeatTimedOut` and `All` and a foreign error's name as a string"#]],
    );
    check(
        "retry(on(Failed))",
        "async fn f() -> u8 { 1 }",
        &expect![[r#"
        a retry on `Failed` can never match: the step returns no `Result` [WF1107]
        help: return `Result<T, E>`, or retry on `TimedOut` or `All`"#]],
    );
}

#[test]
fn timeouts_and_callbacks_must_agree() {
    check(
        r#"heartbeat = "2m""#,
        PLAIN,
        &expect![[r#"
        heartbeat `2m` is not shorter than the timeout `1m`, the default [WF1103]
        help: make the heartbeat shorter or the timeout longer
        note: the timeout would always come first"#]],
    );
    check(
        "callback",
        PLAIN,
        &expect![[r#"
        callback step `pay` takes no `TaskToken` [WF1104]
        help: add a parameter: `async fn pay(token: TaskToken, ..)`
        note: without the token nobody could answer, and the execution would wait until its timeout

        callback step `pay` does not return `Callback` [WF1106]
        help: return `Result<Callback<T>, E>`, where `T` is the answer, and end with `Ok(Callback::pending())`
        note: the function only hands out the token; the answer comes from somebody else, and has a type of its own"#]],
    );
    check(
        "",
        "async fn ask(token: TaskToken, other: TaskToken) -> Result<Callback<u8>, E> {}",
        &expect![[r#"
        step `ask` takes a `TaskToken` but is no callback step [WF1105]
        help: write `#[step(callback, ..)]`, or leave the parameter out
        note: only a step that waits for an answer has a token

        step `ask` takes two task tokens [WF1111]
        help: an attempt has one: keep one parameter

        step `ask` returns `Callback` but is no callback step [WF1106]
        help: write `#[step(callback, ..)]`"#]],
    );
}

#[test]
fn functions_that_are_no_steps_are_refused() {
    check(
        "",
        "unsafe extern \"C\" fn f<T: Into<u8>>(&self, x: impl Into<u8>, y: &'static [T], (a, b): Pair) -> impl Copy {}",
        &expect![[r#"
            step `f` is `unsafe` [WF1110]
            help: leave `unsafe` out, and say in its body what must hold: the runtime calls it with any payload

            step `f` is `extern` [WF1110]
            help: leave `extern` out

            step `f` is not `async` [WF1110]
            help: write `async fn f`

            step `f` is generic [WF1110]
            help: write it for one type; what is not payload can be a `Data<Arc<dyn Trait>>`
            note: a step is one function with one name; nothing would say which of its types a running execution meant

            step `f` takes `self` [WF1110]
            help: make it a free function, and take what it needs of `self` as `Data<T>`
            note: a step is called by name, perhaps in another process; there is no object to call it on

            payload parameter `x` has no type of its own [WF1111]
            help: name the type
            note: JSON is read as one type, which nothing would choose here

            payload parameter `y` is borrowed [WF1111]
            help: take it by value: `y: Vec<T>`
            note: the payload comes as JSON and belongs to the attempt; nobody else holds it

            a payload parameter of type `Pair` has no name [WF1111]
            help: give it a name, and take it apart in the body: `order: Order`
            note: its name is the key under which the payload carries it

            a step cannot yield `impl Copy` [WF1112]
            help: yield an owned type by its name
            note: the result travels as JSON, perhaps to another process"#]],
    );
    check(
        "",
        "async fn f(order: Cow<'_, str>) -> Result<Order> {}",
        &expect![[r#"
            payload parameter `order` is borrowed [WF1111]
            help: use a type that owns its data, such as `String` or `Vec<T>`
            note: the payload comes as JSON and belongs to the attempt; nobody else holds it

            `Result<Order>` does not say how the step fails [WF1112]
            help: write `Result<Order, YourError>` with an enum that derives `StepError`
            note: retriers and catchers need the names of its errors"#]],
    );
    check(
        "",
        "struct S;",
        &expect![[r#"
        `#[step]` stands on something that is no function [WF1110]
        help: put it on an `async fn`"#]],
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "they are the expansion's")]
fn an_expansion_reads_well() {
    let tokens = super::step(
        parse(r#"timeout = "30s", retry(on(PayError::Busy))"#),
        &parse(
            "/// Charges the card.\npub async fn pay(db: Data<Db>, order: Order) -> Result<Payment, PayError> { db.pay(order).await }",
        ),
    );
    expect![[r#"
        /// Charges the card.
        pub async fn pay(db: Data<Db>, order: Order) -> Result<Payment, PayError> {
            db.pay(order).await
        }
        #[doc(hidden)]
        pub struct pay {}
        impl pay {
            #[doc(hidden)]
            pub fn __call(
                order: Order,
            ) -> ::core::result::Result<
                Payment,
                ::workflow_runtime::__private::Failure<PayError>,
            > {
                let _ = (order,);
                ::workflow_runtime::__private::never_run()
            }
        }
        const _: () = {
            impl ::workflow_runtime::__private::RunsInExpress for pay {}
            impl ::workflow_runtime::__private::Step for pay {
                const NAME: &'static str = "Pay";
                type Output = Payment;
                type Error = PayError;
                fn spec() -> ::workflow_runtime::__private::StepSpec {
                    ::workflow_runtime::__private::StepSpec {
                        name: <Self as ::workflow_runtime::__private::Step>::NAME,
                        ident: "pay",
                        doc: "Charges the card.",
                        params: ::std::vec![
                            ::workflow_runtime::__private::param:: < pay, 0usize > ()
                        ],
                        output: ::workflow_runtime::__private::output_type::<pay>(),
                        error: ::workflow_runtime::__private::error_shape::<pay>(),
                        token: ::core::option::Option::None,
                        timeout_seconds: 30u64,
                        heartbeat_seconds: ::core::option::Option::None,
                        retry: &[
                            ::workflow_runtime::__private::RetrySpec {
                                on: &[
                                    ::workflow_runtime::__private::RetryOn::Variant(
                                        ::workflow_runtime::__private::error_shape::<pay>,
                                        "Busy",
                                    ),
                                ],
                                interval_seconds: ::core::option::Option::None,
                                max_attempts: ::core::option::Option::None,
                                backoff_rate: ::core::option::Option::None,
                                max_delay_seconds: ::core::option::Option::None,
                                jitter: false,
                            },
                        ],
                        resource: ::core::option::Option::None,
                        child: ::core::option::Option::None,
                    }
                }
                fn handler() -> ::workflow_runtime::__private::StepHandler {
                    ::workflow_runtime::__private::StepHandler {
                        name: <Self as ::workflow_runtime::__private::Step>::NAME,
                        spec: <Self as ::workflow_runtime::__private::Step>::spec,
                        call: |__wf_context, __wf_payload| ::workflow_runtime::__private::boxed(async move {
                            let _ = (&__wf_context, &__wf_payload);
                            let __wf_0 = <Data<
                                Db,
                            > as ::workflow_runtime::__private::DataParameter>::take(
                                "pay",
                                &__wf_context,
                            )?;
                            let __wf_1 = ::workflow_runtime::__private::argument::<
                                pay,
                                0usize,
                            >("pay", &__wf_payload, true)?;
                            match pay(__wf_0, __wf_1).await {
                                ::core::result::Result::Ok(output) => {
                                    ::workflow_runtime::__private::reply::<pay>("pay", &output)
                                }
                                ::core::result::Result::Err(error) => {
                                    ::core::result::Result::Err(
                                        ::workflow_runtime::__private::failed::<pay>(&error),
                                    )
                                }
                            }
                        }),
                        data: || {
                            ::std::vec![
                                < Data < Db > as ::workflow_runtime::__private::DataParameter >
                                ::need()
                            ]
                        },
                    }
                }
            }
            impl ::workflow_runtime::__private::Parameter<0usize> for pay {
                type Type = Order;
                const KEY: &'static str = "order";
            }
            impl ::workflow_runtime::__private::StepSignature for pay {
                type Arguments = Order;
                type Reply = ::core::result::Result<Payment, PayError>;
                fn arguments(
                    __wf_payload: &::workflow_runtime::__private::JsonValue,
                ) -> ::core::result::Result<
                    Self::Arguments,
                    ::workflow_runtime::__private::ErrorOutput,
                > {
                    let _ = __wf_payload;
                    ::workflow_runtime::__private::argument::<
                        pay,
                        0usize,
                    >("pay", __wf_payload, true)
                }
                fn reply(
                    __wf_step: Self::Reply,
                ) -> ::core::result::Result<
                    ::workflow_runtime::__private::StepReply,
                    ::workflow_runtime::__private::ErrorOutput,
                > {
                    match __wf_step {
                        ::core::result::Result::Ok(output) => {
                            ::workflow_runtime::__private::reply::<pay>("pay", &output)
                        }
                        ::core::result::Result::Err(error) => {
                            ::core::result::Result::Err(
                                ::workflow_runtime::__private::failed::<pay>(&error),
                            )
                        }
                    }
                }
            }
            const _: fn(&<pay as ::workflow_runtime::__private::Callee>::Error) = |error| match error {
                PayError::Busy { .. } => {}
                _ => {}
            };
            let _ = pay::__call;
        };
    "#]]
    .assert_eq(&prettyplease::unparse(&syn::parse2(tokens).unwrap()));
}
