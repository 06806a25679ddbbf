// Every option, every kind of parameter and result; silent under strict lints.
#![forbid(warnings, unused, nonstandard_style, missing_docs, unsafe_code)]
//! Steps.
use workflow_runtime::prelude::*;

/// A payload.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Order {
    /// Its id.
    pub id: String,
}

/// An error.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum PayError {
    /// Later, perhaps.
    #[error("busy")]
    Busy,
    /// No.
    #[error("card {0} declined")]
    Declined(String),
}

/// An error of one variant.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum MailError {
    /// Down.
    #[error("down")]
    Down,
}

/// Every option.
#[step(
    name = "charge-card",
    timeout = "1h30m",
    heartbeat = "5m",
    retry(on(PayError::Busy, "Lambda.Unknown"), interval = "2s", max_attempts = 3, backoff_rate = 2, max_delay = "1m", jitter),
    retry(on(Failed, HeartbeatTimedOut)),
    retry(on(TimedOut)),
    retry(on(All), max_attempts = 0),
    crate = workflow_runtime
)]
pub async fn charge(
    db: Data<u8>,
    mut order: Order,
    r#type: Option<u8>,
    context: StepContext,
    again: &StepContext,
) -> Result<Order, PayError> {
    order.id = format!("{} {:?} {} {} {}", order.id, r#type, *db, context.attempt(), again.attempt());
    Ok(order)
}

/// An enum of one variant.
#[step(retry(on(MailError::Down)))]
pub async fn send(to: String) -> std::result::Result<(), MailError> {
    if to.is_empty() { Err(MailError::Down) } else { Ok(()) }
}

/// A callback.
#[step(callback, timeout = "3d")]
pub async fn ask(token: TaskToken, question: String) -> Result<Callback<bool>, PayError> {
    if token.as_str() == question { Err(PayError::Busy) } else { Ok(Callback::pending()) }
}

/// A callback that cannot fail.
#[step(callback)]
pub async fn wait(token: &TaskToken) -> Callback<Vec<Order>> {
    let _ = token;
    Callback::pending()
}

/// Plain values.
#[step]
pub async fn count(orders: Vec<Order>) -> usize {
    orders.len()
}

#[step]
async fn private() {}

mod inner {
    use workflow_runtime::prelude::*;

    /// Seen by the parent only.
    #[step]
    pub(super) async fn nothing(_: StepContext) {}
}

fn main() {
    use workflow_runtime::step::Step;
    let names = [charge::NAME, send::NAME, ask::NAME, wait::NAME, count::NAME, private::NAME, inner::nothing::NAME];
    assert_eq!(names, ["charge-card", "Send", "Ask", "Wait", "Count", "Private", "Nothing"]);
    assert_eq!(charge::spec().params.len(), 2);
}
