// `compensate()` undoes all that is due, and yields a report.
use workflow_runtime::prelude::*;

#[step]
pub async fn charge(cents: u64) -> u64 {
    cents
}

#[step]
pub async fn refund(payment: u64) {
    let _ = payment;
}

workflow!(
    pub async fn payment_flow(cents: u64) -> Result<u64> {
        #[compensate(refund(payment))]
        let payment = charge(cents).await?;
        if payment > 300 {
            compensate(payment).await;
        } else if payment > 200 {
            match compensate().await {
                Ok(_) => {}
                Err(_) => {}
            }
        } else if payment > 100 {
            compensate().await?;
        } else {
            compensate();
        }
        Ok(payment)
    }
);

fn main() {
    let _ = PaymentFlow::NAME;
}
