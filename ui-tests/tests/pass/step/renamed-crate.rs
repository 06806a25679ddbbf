// Behind another path, beside the user's own `Result`, `Option`, `Box` and `Vec`.
mod rt {
    pub use ::workflow_runtime::*;
}

use rt::{Payload, StepError, step};
use serde::{Deserialize, Serialize};

#[allow(dead_code)]
mod decoys {
    pub struct Option;
    pub struct Box;
    pub struct Vec;
    pub struct Ok;
    pub struct Some;
}
#[allow(unused_imports)]
use decoys::*;

type Result<T> = ::std::result::Result<T, PayError>;

#[derive(Serialize, Deserialize, Payload)]
#[payload(crate = crate::rt)]
pub struct Order {
    id: u8,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
#[step_error(crate = crate::rt)]
pub enum PayError {
    #[error("busy")]
    Busy,
}

#[step(crate = crate::rt, retry(on(PayError::Busy)))]
pub async fn charge(order: Order) -> ::std::result::Result<Order, PayError> {
    helper(order)
}

fn helper(order: Order) -> Result<Order> {
    if order.id == 0 { Err(PayError::Busy) } else { Result::Ok(order) }
}

fn main() {
    let spec = <charge as rt::step::Step>::spec();
    assert_eq!(spec.error.variants[0].name, "PayError.Busy");
}
