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
#[cfg(feature = "cli")]
pub mod cli;
pub mod control;
pub mod engine;
pub mod expr;
pub mod history;
pub mod json;
#[cfg(feature = "cli")]
pub mod local;
pub mod lower;
pub mod payload;
pub mod prelude;
pub mod runtime;
pub mod step;
pub mod store;
pub mod time;
pub mod workflow;

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
/// | `#[payload(sensitive)]` | a field | masked in trails |
/// | `#[payload(as = Type)]` | a field with serde's `with` | the type whose JSON it has |
///
/// *What it generates*: `impl Payload`, a descriptor built on demand; a type may contain itself.
///
/// *Rules*: the JSON must be known (WF1201), written and read under one name (WF1202), and nothing may get lost on the way
/// from one step to the next (WF1203); a payload owns its data (WF1204); unknown options are refused (WF1205).
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

/// Every Rust block in the documents is compiled.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../docs/runtime.md")]
    struct RuntimeGuide;
    #[doc = include_str!("../../docs/language.md")]
    struct Language;
}
