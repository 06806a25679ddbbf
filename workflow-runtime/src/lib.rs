//! Workflows as Rust code: checked by the compiler, run locally on a durable embedded engine, exported as equivalent
//! Amazon States Language.
//!
//! A newcomer's path through the source: [`asl::StateMachine`] → [`engine::Input`] → [`runtime`] → [`store::Store`].

// Lets the macros' output name this crate inside itself (tests, doctests).
#[allow(unused_extern_crates)]
extern crate self as workflow_runtime;

#[doc(hidden)]
pub mod __private;
pub mod asl;
pub mod blob;
pub mod change;
#[cfg(feature = "cli")]
pub mod cli;
mod constant;
pub mod control;
pub mod cost;
pub mod engine;
pub mod expr;
pub mod history;
pub mod integrations;
pub mod json;
pub mod language;
pub mod lint;
#[cfg(feature = "cli")]
pub mod local;
pub mod lower;
mod macros;
mod nested;
pub mod payload;
pub mod prelude;
mod probe;
pub mod replay;
pub mod runtime;
#[cfg(all(test, feature = "cli"))]
mod sim;
pub mod source;
pub mod step;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
mod workflow;

pub use macros::attr;
pub use nested::{ChildWorkflow, ExpressWorkflow, WorkflowKind};
pub use payload::Payload;
pub use step::{Callback, Data, ErrorOutput, Failure, Result, StepContext, StepError, TaskToken, WorkflowError};
pub use workflow::{Definition, DefinitionError, Workflow};

/// Describes a struct or enum to the workflows that it travels through, as serde writes it.
///
/// ```
/// use workflow_runtime::prelude::*;
///
/// #[derive(Clone, Serialize, Deserialize, Payload)]
/// #[serde(rename_all = "camelCase")]
/// pub struct Order {
///     pub order_id: String,
///     #[serde(default)]
///     pub coupon: Option<String>,
/// }
///
/// let schema = workflow_runtime::payload::json_schema(&Order::ty());
/// assert_eq!(schema["$defs"]["Order"]["required"], serde_json::json!(["orderId"]));
/// ```
///
/// *Applies to* structs and enums that also derive serde's `Serialize` and `Deserialize`. Type parameters become `Payload`s.
///
/// *serde's attributes* are followed: `rename`, `rename_all`, `rename_all_fields`, `flatten`, `skip`, `skip_serializing`,
/// `skip_deserializing`, `skip_serializing_if`, `default`, `alias`, `tag`, `content`, `untagged`, `transparent`,
/// and `from`/`try_from` with `into` of one type.
///
/// *Options*
///
/// | Option | On | Meaning |
/// |---|---|---|
/// | `#[payload(crate = path)]` | the type | where this crate is found; `::workflow_runtime` when absent |
/// | `#[payload(sensitive)]` | a field, the type | masked wherever it is shown |
/// | `#[payload(max_len = 500)]` | a field | at most so many items, or characters of a text |
/// | `#[payload(max_bytes = "64KiB")]` | a field | at most so many bytes of JSON text |
/// | `#[payload(as = Type)]` | a field with serde's `with` | the type whose JSON it has |
///
/// *What it generates*: `impl Payload`, a descriptor built on demand; a type may contain itself.
///
/// *Rules*: the JSON must be known (WF1201), written and read under one name (WF1202), and nothing may get lost on the way
/// from one step to the next (WF1203); a payload owns its data (WF1204); unknown options are refused (WF1205); what is said of a
/// field needs one with a name (WF1410), bounds are sizes (WF1411) of what has a length (WF1412).
pub use workflow_macros::Payload;

/// Gives each variant of an error enum its name on the wire, which retriers and catchers match.
///
/// ```
/// use workflow_runtime::prelude::*;
///
/// #[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
/// pub enum OrderError {
///     #[error("order rejected: {0}")]
///     #[step_error(name = "InvalidOrderError")]
///     Invalid(String),
///     #[error("order service is unavailable")]
///     Unavailable,
/// }
///
/// assert_eq!(OrderError::Unavailable.error_name(), "OrderError.Unavailable");
/// assert!(WorkflowError::from(OrderError::Invalid("no lines".into())).is::<OrderError>());
/// ```
///
/// *Applies to* enums without type parameters that implement `Display` and serde's traits; what a variant carries is a
/// [`Payload`](trait@Payload).
///
/// *Options*
///
/// | Option | On | Meaning |
/// |---|---|---|
/// | `#[step_error(name = "..")]` | a variant | its name; `Enum.Variant` when absent |
/// | `#[step_error(crate = path)]` | the enum | where this crate is found |
///
/// *What it generates*: `impl StepError`. Texts that `thiserror` writes without formatting options are known to workflows,
/// which can then raise the variant themselves.
///
/// *Rules*: names are unique (WF1206), not empty, at most 256 characters and do not begin with `States.` (WF1207); structs
/// are refused (WF1208).
pub use workflow_macros::StepError;

/// Makes an `async fn` a step: a function that a Task state runs.
///
/// ```
/// use workflow_runtime::prelude::*;
///
/// #[derive(Clone, Serialize, Deserialize, Payload)]
/// pub struct Order { pub id: String, pub total_cents: u64 }
///
/// #[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
/// pub enum OrderError {
///     #[error("order service is unavailable")]
///     Unavailable,
/// }
///
/// /// Becomes the state's `Comment`.
/// #[step(timeout = "30s", retry(on(OrderError::Unavailable, TimedOut), interval = "2s", max_attempts = 3))]
/// pub async fn validate_order(order: Order) -> Result<Order, OrderError> {
///     Ok(order)
/// }
///
/// // A unit test calls the function itself.
/// let _future = validate_order(Order { id: "ORD-1".into(), total_cents: 1_999 });
/// ```
///
/// *Applies to* a free `async fn` that yields `Result<T, E>`, `Result<Callback<T>, E>`, `Callback<T>` or a plain `T`; `T` is
/// a [`Payload`](trait@Payload), `E` a [`StepError`](trait@StepError). A parameter whose type is spelled `Data<T>`,
/// `StepContext` or `TaskToken` is given by the runtime; every other one is payload. One payload parameter is sent as that
/// value, several as an object by parameter name.
///
/// *Options*
///
/// | Option | Form | Default | Meaning |
/// |---|---|---|---|
/// | `timeout` | `"30s"`, `"5m"`, `"2h"`, `"3d"`, `"1h30m"` | `"60s"` | what an attempt may take |
/// | `heartbeat` | as `timeout` | none | the longest silence between two `StepContext::heartbeat()` |
/// | `retry` | `retry(on(..), ..)`, repeatable | none | the first whose `on` matches decides |
/// | `callback` | flag | | somebody else answers, with the task token |
/// | `name` | `"Validate"` | the name in `UpperCamelCase` | the function behind it, on Lambda too |
/// | `resource` | `"arn:aws:states:::sqs:sendMessage"` | none | what AWS calls in its place; the function is the local stand-in |
/// | `crate` | `path` | `::workflow_runtime` | where this crate is found |
///
/// In `retry`: `on(..)` names variants of the step's error, `Failed` (all of them), `TimedOut`, `HeartbeatTimedOut`, `All`, or
/// a foreign error's name as a string; `interval = "1s"`, `max_attempts = 3` (retries after the first attempt),
/// `backoff_rate = 2.0`, `max_delay = "1m"` and `jitter` are ASL's, with ASL's defaults.
///
/// *What it generates*: the function stays as it is; a type of the same name stands beside it, so that `use
/// steps::validate_order;` brings both.
///
/// *Rules*: durations are whole seconds (WF1101, WF1102, WF1115); a heartbeat is shorter than the timeout (WF1103);
/// `callback`, `TaskToken` and `Callback` go together (WF1104, WF1105, WF1106); a retry can match (WF1107), in ASL's ranges
/// (WF1108), once (WF1114), `All` alone and last (WF1113); options (WF1109), function (WF1110), parameters (WF1111), return
/// type (WF1112) and name (WF1116) have the forms above; a resource is one that Step Functions can call (WF1120, WF1121, WF1122),
/// and fits the signature and the other options (WF1123, WF1124, WF1125, WF1126).
///
/// ```
/// # use workflow_runtime::prelude::*;
/// # #[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
/// # pub enum MailError { #[error("mail is down")] Down }
/// # #[derive(Serialize, Deserialize, Payload)] pub struct Approval { pub approved: bool }
/// #[step(callback, timeout = "3d", name = "RequestApproval")]
/// pub async fn request_approval(token: TaskToken, order_id: String) -> Result<Callback<Approval>, MailError> {
///     println!("approve {order_id}: answer with {token}");
///     Ok(Callback::pending())
/// }
///
/// #[step(heartbeat = "10s", retry(on("Lambda.Unknown"), jitter), retry(on(All), max_attempts = 1))]
/// pub async fn crunch(context: StepContext, numbers: Vec<f64>, factor: f64) -> f64 {
///     context.heartbeat();
///     numbers.iter().sum::<f64>() * factor
/// }
/// ```
pub use workflow_macros::step;

/// Every Rust block in the documents is compiled.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../docs/runtime.md")]
    struct RuntimeGuide;
    #[doc = include_str!("../../docs/operations.md")]
    struct Operations;
    #[doc = include_str!("../../docs/language.md")]
    struct Language;
    #[doc = include_str!("../../docs/language/expressions.md")]
    struct Expressions;
    #[doc = include_str!("../../docs/language/external.md")]
    struct External;
    #[doc = include_str!("../../docs/language/match.md")]
    struct Match;
    #[doc = include_str!("../../docs/language/raw.md")]
    struct Raw;
    #[doc = include_str!("../../docs/language/sagas.md")]
    struct Sagas;
    #[doc = include_str!("../../docs/language/loops.md")]
    struct Loops;
    #[doc = include_str!("../../docs/language/variables.md")]
    struct Variables;
    #[doc = include_str!("../../docs/language/nested.md")]
    struct Nested;
    #[doc = include_str!("../../docs/language/express.md")]
    struct Express;
    #[doc = include_str!("../../docs/language/maps.md")]
    struct Maps;
}

/// And every one in the tutorial and the guides.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../docs/tutorial.md")]
    struct Tutorial;
    #[doc = include_str!("../../docs/guides/human-approval.md")]
    struct HumanApproval;
    #[doc = include_str!("../../docs/guides/saga.md")]
    struct Saga;
    #[doc = include_str!("../../docs/guides/large-payloads.md")]
    struct LargePayloads;
    #[doc = include_str!("../../docs/guides/sensitive-data.md")]
    struct SensitiveData;
    #[doc = include_str!("../../docs/guides/from-asl.md")]
    struct FromAsl;
    #[doc = include_str!("../../docs/guides/changing-workflows.md")]
    struct ChangingWorkflows;
    #[doc = include_str!("../../docs/guides/cost.md")]
    struct Cost;
    #[doc = include_str!("../../docs/guides/from-temporal.md")]
    struct FromTemporal;
    #[cfg(feature = "testing")]
    #[doc = include_str!("../../docs/guides/testing.md")]
    struct Testing;
}
