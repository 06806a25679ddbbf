use expect_test::{Expect, expect};
use proc_macro2::TokenStream;

fn expanded(source: &str, expected: &Expect) {
    let tokens: TokenStream = source.parse().expect("tokens");
    let file: syn::File = syn::parse2(super::super::attribute(TokenStream::new(), tokens)).expect("items");
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn a_workflow_is_a_struct_a_copy_a_program_and_a_test() {
    expanded(
        "/// Greets.\npub async fn greet_flow(name: String) -> Result<String> { let text = greet(name).await?; shout(text, 3).await }",
        &expect![[r#"
            /// Greets.
            ///
            /**# States

            ```text
            Greet
            Shout
            ```

            `definition()` has the exact state machine.*/
            #[derive(Clone, Copy, Debug)]
            pub struct GreetFlow;
            #[doc(hidden)]
            pub type greet_flow = GreetFlow;
            const _: () = {
                use ::workflow_runtime::__private as __wf;
                #[allow(unused_imports)]
                use __wf::Sorted as _;
                #[allow(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
                fn greet_flow(name: String) -> __wf::Result<String, __wf::WorkflowError> {
                    let text = <greet>::__call(__wf::dup(&name).0)?;
                    __wf::Result::<
                        _,
                        __wf::WorkflowError,
                    >::Ok(<shout>::__call(__wf::dup(&text).0, 3)?)
                }
                let _ = greet_flow;
                let _: ::core::option::Option<Result<String>> = ::core::option::Option::None;
            };
            const _: () = {
                use ::workflow_runtime::__private as __wf;
                use __wf::Unknown as _;
                impl __wf::Workflow for GreetFlow {
                    type Input = String;
                    type Output = String;
                    const NAME: &'static str = "GreetFlow";
                    fn program() -> &'static __wf::ir::Program {
                        static PROGRAM: __wf::ir::Program = __wf::ir::Program {
                            name: "GreetFlow",
                            doc: "Greets.",
                            file: ::core::file!(),
                            input: ::core::option::Option::Some(__wf::ir::Input {
                                pattern: __wf::ir::Pattern::Bind {
                                    name: "name",
                                    at: __wf::ir::At {
                                        line: 2u32,
                                        column: 25u32,
                                    },
                                },
                                ty: || __wf::Probe::<String>::new().payload_type(),
                            }),
                            output: || __wf::Probe::<String>::new().payload_type(),
                            bounds: __wf::ir::Bounds::NONE,
                            kind: __wf::WorkflowKind::Standard,
                            body: __wf::ir::Block {
                                statements: &[
                                    __wf::ir::Statement::Let(__wf::ir::Let {
                                        pattern: __wf::ir::Pattern::Bind {
                                            name: "text",
                                            at: __wf::ir::At {
                                                line: 2u32,
                                                column: 63u32,
                                            },
                                        },
                                        ty: ::core::option::Option::None,
                                        value: __wf::ir::Expr {
                                            kind: __wf::ir::ExprKind::Try(
                                                &__wf::ir::Expr {
                                                    kind: __wf::ir::ExprKind::Call {
                                                        step: || __wf::Probe::matched(|_: greet| {}).step_spec(),
                                                        arguments: &[
                                                            __wf::ir::Expr {
                                                                kind: __wf::ir::ExprKind::Variable("name"),
                                                                at: __wf::ir::At {
                                                                    line: 2u32,
                                                                    column: 76u32,
                                                                },
                                                            },
                                                        ],
                                                        attributes: &__wf::ir::Attributes {
                                                            state: ::core::option::Option::None,
                                                            comment: ::core::option::Option::None,
                                                            retry: ::core::option::Option::None,
                                                            timeout_seconds: ::core::option::Option::None,
                                                            heartbeat_seconds: ::core::option::Option::None,
                                                        },
                                                    },
                                                    at: __wf::ir::At {
                                                        line: 2u32,
                                                        column: 70u32,
                                                    },
                                                },
                                            ),
                                            at: __wf::ir::At {
                                                line: 2u32,
                                                column: 87u32,
                                            },
                                        },
                                        compensate: ::core::option::Option::None,
                                        at: __wf::ir::At {
                                            line: 2u32,
                                            column: 59u32,
                                        },
                                    }),
                                ],
                                tail: ::core::option::Option::Some(
                                    &__wf::ir::Expr {
                                        kind: __wf::ir::ExprKind::Call {
                                            step: || __wf::Probe::matched(|_: shout| {}).step_spec(),
                                            arguments: &[
                                                __wf::ir::Expr {
                                                    kind: __wf::ir::ExprKind::Variable("text"),
                                                    at: __wf::ir::At {
                                                        line: 2u32,
                                                        column: 96u32,
                                                    },
                                                },
                                                __wf::ir::Expr {
                                                    kind: __wf::ir::ExprKind::Integer(3i64),
                                                    at: __wf::ir::At {
                                                        line: 2u32,
                                                        column: 102u32,
                                                    },
                                                },
                                            ],
                                            attributes: &__wf::ir::Attributes {
                                                state: ::core::option::Option::None,
                                                comment: ::core::option::Option::None,
                                                retry: ::core::option::Option::None,
                                                timeout_seconds: ::core::option::Option::None,
                                                heartbeat_seconds: ::core::option::Option::None,
                                            },
                                        },
                                        at: __wf::ir::At {
                                            line: 2u32,
                                            column: 90u32,
                                        },
                                    },
                                ),
                            },
                        };
                        &PROGRAM
                    }
                    fn kept() -> ::core::option::Option<&'static __wf::Kept> {
                        static KEPT: __wf::Kept = __wf::Kept::new();
                        ::core::option::Option::Some(&KEPT)
                    }
                    fn steps() -> ::std::vec::Vec<__wf::StepHandler> {
                        __wf::present([
                            __wf::Probe::matched(|_: greet| {}).step_handler(),
                            __wf::Probe::matched(|_: shout| {}).step_handler(),
                        ])
                    }
                    fn children() -> ::std::vec::Vec<__wf::ChildWorkflow> {
                        __wf::present([
                            __wf::Probe::matched(|_: greet| {}).child(),
                            __wf::Probe::matched(|_: shout| {}).child(),
                        ])
                    }
                }
                impl GreetFlow {
                    #[doc(hidden)]
                    pub fn __call(
                        name: String,
                    ) -> ::core::result::Result<String, __wf::Failure<__wf::WorkflowError>> {
                        let _ = (name,);
                        __wf::never_run()
                    }
                }
                impl __wf::Callee for GreetFlow {
                    type Error = __wf::WorkflowError;
                    fn call_spec() -> __wf::StepSpec {
                        __wf::nested_spec::<Self>("greet_flow", __wf::WorkflowError::shape())
                    }
                    fn step_handler() -> ::core::option::Option<__wf::StepHandler> {
                        ::core::option::Option::None
                    }
                    fn child() -> ::core::option::Option<__wf::ChildWorkflow> {
                        ::core::option::Option::Some(__wf::ChildWorkflow::of::<Self>())
                    }
                }
                let _ = GreetFlow::__call;
            };
            #[cfg(test)]
            #[test]
            fn greet_flow_has_a_state_machine() {
                ::workflow_runtime::__private::check_definition::<GreetFlow>();
            }
        "#]],
    );
}

#[test]
fn a_broken_workflow_still_yields_its_item() {
    expanded(
        "pub async fn greet_flow(name: String) -> Result<String> { let _x = &mut name; steps::greet(name).await }",
        &expect![[r#"
            ::core::compile_error! {
                "`&mut` cannot stand in a workflow [WF1004]\nhelp: assign to the variable itself: values are copied from state to state, so nothing else sees it change"
            }
            /// The workflow `GreetFlow`.
            #[derive(Clone, Copy, Debug)]
            pub struct GreetFlow;
            #[doc(hidden)]
            pub type greet_flow = GreetFlow;
            const _: () = {
                use ::workflow_runtime::__private as __wf;
                impl __wf::Workflow for GreetFlow {
                    type Input = String;
                    type Output = String;
                    const NAME: &'static str = "GreetFlow";
                    fn program() -> &'static __wf::ir::Program {
                        static PROGRAM: __wf::ir::Program = __wf::ir::Program {
                            name: "GreetFlow",
                            doc: "",
                            file: ::core::file!(),
                            input: ::core::option::Option::None,
                            output: || __wf::Type::Unit,
                            bounds: __wf::ir::Bounds::NONE,
                            kind: __wf::WorkflowKind::Standard,
                            body: __wf::ir::Block {
                                statements: &[],
                                tail: ::core::option::Option::None,
                            },
                        };
                        &PROGRAM
                    }
                    fn steps() -> ::std::vec::Vec<__wf::StepHandler> {
                        ::std::vec::Vec::new()
                    }
                }
                impl GreetFlow {
                    #[doc(hidden)]
                    pub fn __call(
                        name: String,
                    ) -> ::core::result::Result<String, __wf::Failure<__wf::WorkflowError>> {
                        let _ = (name,);
                        __wf::never_run()
                    }
                }
                impl __wf::Callee for GreetFlow {
                    type Error = __wf::WorkflowError;
                    fn call_spec() -> __wf::StepSpec {
                        __wf::nested_spec::<Self>("greet_flow", __wf::WorkflowError::shape())
                    }
                    fn step_handler() -> ::core::option::Option<__wf::StepHandler> {
                        ::core::option::Option::None
                    }
                    fn child() -> ::core::option::Option<__wf::ChildWorkflow> {
                        ::core::option::Option::Some(__wf::ChildWorkflow::of::<Self>())
                    }
                }
                let _ = GreetFlow::__call;
                use steps::greet as _;
            };
        "#]],
    );
}
