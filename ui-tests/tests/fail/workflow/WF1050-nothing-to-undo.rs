// `compensate()` without a step that could be undone.
use workflow_runtime::prelude::*;

#[step]
pub async fn charge(cents: u64) -> u64 {
    cents
}

workflow!(
    pub async fn payment_flow(cents: u64) -> Result<u64> {
        let payment = charge(cents).await?;
        if payment > 100 {
            compensate().await;
        }
        Ok(payment)
    }
);

fn main() {
    let _ = PaymentFlow::NAME;
}
