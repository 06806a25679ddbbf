// A type that is not there, told once.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Serialize, Deserialize, Payload)]
struct Payment;

#[step]
async fn refund(payment: Paymnt) -> u8 {
    1
}

fn main() {}
