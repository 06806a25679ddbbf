// A group has many steps, each with errors of its own.
use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum ChargeError {
    #[error("the bank is down")]
    Down,
}

#[step]
pub async fn charge(cents: u64) -> Result<u64, ChargeError> {
    Ok(cents)
}

workflow!(
    pub async fn payment_flow(cents: u64) -> Result<u64> {
        #[retry(on(Failed), max_attempts = 2)]
        let payment = async {
            let payment = charge(cents).await?;
            Ok(payment)
        }
        .await?;
        #[retry(on(ChargeError::Down), max_attempts = 2)]
        #[timeout = "1m"]
        match async {
            #[state = "ChargeAgain"]
            charge(payment).await
        }
        .await
        {
            Ok(payment) => Ok(payment),
            Err(_) => Ok(0),
        }
    }
);

fn main() {
    let _ = PaymentFlow::NAME;
}
