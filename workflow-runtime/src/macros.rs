//! The front of the workflow compiler.

/// Compiles an `async fn` whose calls are [`#[step]`](macro@crate::step) functions to a state machine.
///
/// ```
/// use workflow_runtime::prelude::*;
///
/// #[derive(Clone, Serialize, Deserialize, Payload)]
/// pub struct Order { pub id: String, pub total_cents: u64 }
///
/// #[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
/// pub enum OrderError {
///     #[error("order rejected")]
///     Rejected,
/// }
///
/// #[step]
/// pub async fn validate_order(order: Order) -> Result<Order, OrderError> { Ok(order) }
///
/// #[step(timeout = "30s")]
/// pub async fn charge(order_id: String, cents: u64) -> Result<String, OrderError> { Ok(format!("{order_id}: {cents}")) }
///
/// workflow!(
///     /// Takes an order.
///     pub async fn order_flow(order: Order) -> Result<String> {
///         let order = validate_order(order).await?;
///         charge(order.id, order.total_cents).await
///     }
/// );
///
/// assert_eq!(OrderFlow::NAME, "OrderFlow");
/// ```
///
/// *Applies to* one free `async fn` with at most one parameter, a [`Payload`](trait@crate::Payload), that returns
/// `Result<T>`. `workflow! { .. }` is accepted too, but rustfmt only formats `workflow!( .. );`.
///
/// *Options*, as an attribute on the function: `#[workflow(timeout = "1h")]` bounds the whole execution, `#[workflow(name =
/// "Orders")]` names the state machine, `#[workflow(crate = path)]` says where this crate is found (seldom needed: the macro
/// knows its crate).
///
/// ```
/// # use workflow_runtime::prelude::*;
/// # #[step] pub async fn greet(name: String) -> String { format!("hello {name}") }
/// workflow!(
///     /// Greets.
///     #[workflow(timeout = "1h", name = "Greetings")]
///     pub async fn greetings(name: String) -> Result<String> {
///         greet(name).await
///     }
/// );
/// assert_eq!(Greetings::NAME, "Greetings");
/// ```
///
/// *What it generates*: `pub struct OrderFlow;` with `impl Workflow`, documented with an outline of its states; a copy of the
/// body that rustc type-checks and nothing runs; and a unit test that builds the definition.
///
/// *In the body*: steps' calls with `?`, bound by `let`, matched, or discarded with `let _ =`; `if`; `try_join!(a(..), async {
/// .. })?`; groups `async { .. }.await`, whose `Result` is matched or ends in `?`; `#[compensate(undo(..))]` on a `let`,
/// and `compensate().await`; [`try_map`](crate::language::try_map) and
/// [`try_map_distributed`](crate::language::try_map_distributed), on whose statements stand `#[max_concurrency(5)]`,
/// `#[tolerated_failure_count(3)]`, `#[tolerated_failure_percentage(5)]`, `#[batch(max_items = 100)]`,
/// `#[result_writer(bucket = "..", prefix = "..")]`, `#[max_items(1_000)]`, `#[express]` and `#[label = ".."]`;
/// `sleep(mins(5)).await` and `sleep_until(..)`; `return Ok(..)`, `return Err(Error::Variant.into())`. On a statement,
/// `#[state = "Name"]`, `///`, and for calls `#[retry(..)]`, `#[timeout = "30s"]`, `#[heartbeat = "10s"]`.
///
/// *Rules*: the function's form (WF1001) and attributes (WF1002); what has no state machine
/// (WF1004); `.await` where it belongs (WF1005, WF1006); state names (WF1007, WF1008); nothing unreachable (WF1009);
/// durations (WF1010) and heartbeats (WF1011); attributes (WF1012) and compensation (WF1013, WF1050, WF1051) in their places; patterns
/// (WF1014); maps with their closures (WF1040), attributes (WF1041) and sources (WF1042); calls as statements (WF1015) whose results are handled (WF1016); `try_join!` with branches (WF1017); `Ok` and
/// `Err` where something returns (WF1018); numbers that JSON holds (WF1019).
#[macro_export]
macro_rules! workflow {
    ($($function:tt)*) => {
        $crate::__private::workflow_body! { ($crate) { $($function)* } }
    };
}

/// JSONata in a workflow's body, for what Rust there cannot say: `jsonata!(u64: "$sum($items.cents)", items = order.items)`.
///
/// The text is what stands between `{%` and `%}`. Its variables are given by name, its type before the text or by the `let`
/// that it is the value of. It is parsed when the definition is built; rustc checks everything around it.
///
/// ```
/// use workflow_runtime::prelude::*;
///
/// workflow!(
///     pub async fn total(cents: Vec<u64>) -> Result<u64> {
///         let total: u64 = jsonata!("$sum($cents)", cents = cents);
///         Ok(total)
///     }
/// );
/// assert!(Total::definition().to_asl_json().contains("$sum("));
/// ```
///
/// *Rules*: its type is said (WF1070) and its form kept (WF1075), names are bound once (WF1074), the text is JSONata that Step
/// Functions takes (WF1385), and its names fit (WF1386).
#[macro_export]
macro_rules! jsonata {
    (@checked) => {
        ()
    };
    ($($anything:tt)*) => {
        ::core::compile_error!("`jsonata!` only means something inside `workflow!`")
    };
}

/// A state written by hand in a workflow's body, for what the language does not have.
///
/// ```
/// use workflow_runtime::prelude::*;
///
/// workflow!(
///     pub async fn doubled(numbers: Vec<u64>) -> Result<Vec<u64>> {
///         #[state = "Double"]
///         let doubled: Vec<u64> = raw_state!({
///             "Type": "Pass",
///             "Output": "{% [$map($numbers, function($n) { $n * 2 })] %}"
///         }, numbers = numbers).await?;
///         Ok(doubled)
///     }
/// );
/// assert!(Doubled::definition().to_asl_json().contains("Double"));
/// ```
///
/// The state is JSON, of type Task, Pass, Wait, Parallel or Map, without `Next`, `End`, `Catch` and `Assign`, which follow from
/// where it stands. It yields its `Output`, or its result, as the type that stands before it or that its `let` has. A Task runs
/// here in a step that stands in for its resource: `#[step(resource = "..")]`, given with `.stand_in::<its_name>()`.
///
/// *Rules*: its type is said (WF1070), types of states (WF1071) and their fields (WF1072), JSON (WF1073), names (WF1074), and
/// whatever else Step Functions refuses (WF1384).
#[macro_export]
macro_rules! raw_state {
    (@checked) => {
        ()
    };
    ($($anything:tt)*) => {
        ::core::compile_error!("`raw_state!` only means something inside `workflow!`")
    };
}

/// Macros as attributes, where one name cannot be both.
pub mod attr {
    /// [`workflow!`](macro@crate::workflow) as an attribute, which editors repair better while one is typing.
    ///
    /// ```
    /// use workflow_runtime::attr::workflow;
    /// use workflow_runtime::prelude::*;
    /// # #[step] pub async fn greet(name: String) -> String { format!("hello {name}") }
    ///
    /// /// Greets.
    /// #[workflow(timeout = "1h")]
    /// pub async fn greetings(name: String) -> Result<String> {
    ///     greet(name).await
    /// }
    ///
    /// assert_eq!(Greetings::NAME, "Greetings");
    /// ```
    ///
    /// *Options*: `timeout = ".."`, `name = ".."`, and `crate = path`, since an attribute does not know its crate's name.
    pub use workflow_macros::workflow;
}
