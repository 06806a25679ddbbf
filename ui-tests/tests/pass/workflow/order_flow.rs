//! The whole language in one workflow, under every lint that people deny.
#![deny(warnings, missing_docs, clippy::pedantic)]

use workflow_runtime::prelude::*;

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Its number.
    pub order_id: String,
    /// In cents.
    pub total_cents: u64,
    /// Of a discount.
    pub coupon: Option<String>,
    /// Names of goods.
    pub items: Vec<String>,
    /// When it leaves.
    pub ship_at: workflow_runtime::language::Timestamp,
}

/// What a fraud check says.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Fraud {
    /// From 0 to 1.
    pub score: f64,
}

/// A yes or no.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Approval {
    /// Yes.
    pub approved: bool,
}

/// A receipt.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Receipt {
    /// For people.
    pub text: String,
    /// Of which order.
    pub order_id: String,
    /// How sure.
    pub kind: Kind,
}

/// A kind of receipt.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub enum Kind {
    /// On its own.
    Plain,
    /// With a remark.
    Remarked(String),
    /// With a number.
    Numbered {
        /// The number.
        number: u64,
    },
}

/// Of the order service.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum OrderError {
    /// Refused.
    #[error("order rejected: {0}")]
    Invalid(String),
    /// Down.
    #[error("order service is unavailable")]
    Unavailable,
    /// Too much.
    #[error("over {limit}")]
    Limit {
        /// Of what.
        limit: u64,
    },
}

/// Of the flow.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum OrderFailure {
    /// By rule.
    #[error("rejected")]
    Rejected,
    /// By a person.
    #[error("not approved")]
    NotApproved,
    /// By its total.
    #[error("too expensive: {0}")]
    TooExpensive(u64),
}

/// Of the mail.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum MailError {
    /// Down.
    #[error("mail is down")]
    Down,
}

/// The steps.
pub mod steps {
    use super::{Approval, Fraud, Kind, MailError, Order, OrderError, Receipt};
    use workflow_runtime::prelude::*;

    /// Validates.
    #[step(timeout = "30s", retry(on(OrderError::Unavailable, TimedOut), interval = "2s", max_attempts = 3))]
    pub async fn validate_order(order: Order) -> Result<Order, OrderError> {
        Ok(order)
    }

    /// Counts.
    #[step]
    pub async fn check_inventory(order: Order) -> Result<u64, OrderError> {
        Ok(order.total_cents)
    }

    /// Suspects.
    #[step]
    pub async fn fraud_check(order: Order) -> Fraud {
        Fraud { score: f64::from(u32::from(order.order_id.is_empty())) }
    }

    /// Asks.
    #[step(callback, timeout = "3d")]
    pub async fn request_approval(token: TaskToken, order: Order) -> Result<Callback<Approval>, MailError> {
        drop((token, order));
        Ok(Callback::pending())
    }

    /// Takes money.
    #[step]
    pub async fn charge_payment(order: Order) -> Result<String, OrderError> {
        Ok(order.order_id)
    }

    /// Gives it back.
    #[step]
    pub async fn refund(payment: String) -> Result<(), OrderError> {
        drop(payment);
        Ok(())
    }

    /// Ships.
    #[step]
    pub async fn update_inventory(stock: u64, payment: String) -> Result<(), OrderError> {
        drop((stock, payment));
        Ok(())
    }

    /// Tells.
    #[step]
    pub async fn notify(order_id: String, why: String) -> Result<(), MailError> {
        drop((order_id, why));
        Ok(())
    }

    /// Confirms.
    #[step]
    pub async fn confirm(order: Order, text: String) -> Result<Receipt, MailError> {
        Ok(Receipt { text, order_id: order.order_id, kind: Kind::Plain })
    }
}

use steps::{
    charge_payment, check_inventory, confirm, fraud_check, notify, refund, request_approval, update_inventory,
    validate_order,
};

/// Above it a person decides.
pub const LIMIT: u64 = 1_000_000;
/// A greeting.
pub const GREETING: &str = "Hello";

workflow!(
    /// E-commerce order processing.
    #[workflow(timeout = "7d", name = "Orders")]
    pub async fn order_flow(order: Order) -> Result<Receipt> {
        let order = match validate_order(order).await {
            Ok(order) => order,
            Err(Failed(OrderError::Invalid(reason))) => {
                notify(order.order_id, reason).await?;
                return Err(OrderFailure::Rejected.into());
            }
            Err(Failed(OrderError::Limit { limit })) => return Err(OrderFailure::TooExpensive(limit).into()),
            Err(Failed(OrderError::Unavailable) | TimedOut | HeartbeatTimedOut) => {
                return Err(WorkflowError::from(OrderFailure::Rejected));
            }
            Err(failure) => return Err(failure.into()),
        };
        let (stock, fraud) = try_join!(
            check_inventory(order),
            async {
                // A branch of several steps.
                let fraud = fraud_check(order).await?;
                Ok(Fraud { score: fraud.score * 2.0 })
            }
        )?;
        if fraud.score > 0.8 || order.total_cents > LIMIT && !order.items.is_empty() {
            /// Waits for a person.
            #[timeout = "1d"]
            let approval = request_approval(order).await?;
            if !approval.approved {
                #[state = "Refused"]
                return Err(OrderFailure::NotApproved.into());
            }
        } else if order.coupon.is_some() {
            #[state = "Remind"]
            let _ = notify(order.order_id, order.coupon.unwrap_or("none".to_string())).await;
        } else {
            sleep(mins(5)).await;
            sleep(secs(order.total_cents)).await;
        }
        #[compensate(refund(payment))]
        #[retry(on(OrderError::Unavailable, TimedOut), interval = "2s", max_attempts = 2, backoff_rate = 1.5, jitter)]
        #[heartbeat = "5s"]
        let payment = charge_payment(order).await?;
        let count = match async {
            update_inventory(stock, payment).await?;
            sleep_until(order.ship_at).await;
            Ok(stock + 1)
        }
        .await {
            Ok(count) => count,
            Err(_) => 0,
        };
        let names: Vec<String> = order.items.iter().filter(|item| !item.is_empty()).map(|item| item.to_uppercase()).collect();
        let any = order.items.iter().any(|item| item.contains("gift")) && names.contains(&order.order_id);
        #[state = "NotifyAgain"]
        notify(order.order_id, format!("{GREETING}, {} of {count} for {:.2}: {any}", order.items[0], fraud.score))
            .await
            .ok();
        let kinds = vec![Kind::Plain, Kind::Remarked("x".to_string()), Kind::Numbered { number: count }];
        let pair = (kinds.len(), [1, 2], order.total_cents as f64 / 2.0, -1, context().execution_name);
        let text = if pair.0 > 2 { pair.4 } else { format!("{}", order.order_id) };
        confirm(Order { coupon: Some(text), ..order }, "done".to_string()).await
    }
);

fn main() {
    assert_eq!(OrderFlow::NAME, "Orders");
    let text = OrderFlow::definition().to_asl_json();
    for state in ["ValidateOrder", "Remind", "Refused", "NotifyAgain", "Refund", "Confirm"] {
        assert!(text.contains(&format!("\"{state}\": {{")), "{state}");
    }
    assert_eq!(OrderFlow::steps().len(), 9);
}
