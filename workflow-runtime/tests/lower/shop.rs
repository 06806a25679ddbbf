//! The steps and payloads that the tests' workflows use.

use workflow_runtime::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    pub order_id: String,
    pub user_id: String,
    pub total_cents: u64,
    pub parcels: u16,
    pub weight: f64,
    pub express: bool,
    pub note: Option<String>,
    #[serde(default)]
    pub tags: Vec<String>,
    pub items: Vec<Item>,
    #[serde(flatten)]
    pub address: Address,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Item {
    pub sku: String,
    pub quantity: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Address {
    #[serde(rename = "street-name")]
    pub street: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<u8>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub enum Status {
    Pending,
    Shipped(Item),
    Lost { since: String },
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Stock {
    pub reserved: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Fraud {
    pub score: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Approval {
    pub approved: bool,
    #[serde(default)]
    pub limit: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    pub payment_id: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Receipt {
    pub number: String,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum OrderError {
    #[error("order rejected: {0}")]
    #[step_error(name = "InvalidOrderError")]
    Invalid(String),
    #[error("order service is unavailable")]
    Unavailable,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum PaymentError {
    #[error("card declined: {reason}")]
    Declined { reason: String, code: u32 },
    #[error("gateway down")]
    Gateway,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum OrderFailure {
    #[error("the order was rejected")]
    Rejected,
    #[error("nobody approved the order")]
    NotApproved,
    #[error("{0} cents are too much")]
    Limit(u64),
}

/// Checks an order.
#[step(
    timeout = "30s",
    retry(on(OrderError::Unavailable, TimedOut), interval = "2s", max_attempts = 3, backoff_rate = 2.0)
)]
pub async fn validate_order(order: Order) -> Result<Order, OrderError> {
    Ok(order)
}

#[step]
pub async fn check_inventory(order: Order) -> Result<Stock, OrderError> {
    let _ = order;
    Ok(Stock { reserved: 1 })
}

#[step]
pub async fn fraud_check(order: Order) -> Fraud {
    let _ = order;
    Fraud { score: 0.1 }
}

#[step(callback, timeout = "3d", heartbeat = "1h")]
pub async fn request_approval(token: TaskToken, order: Order) -> Result<Callback<Approval>, OrderError> {
    let _ = (token, order);
    Ok(Callback::pending())
}

#[step(timeout = "30s", retry(on(TimedOut), max_attempts = 2))]
pub async fn charge_payment(order: Order) -> Result<Payment, PaymentError> {
    let _ = order;
    Err(PaymentError::Gateway)
}

#[step]
pub async fn refund(payment: Payment) -> Result<(), PaymentError> {
    let _ = payment;
    Ok(())
}

#[step]
pub async fn release_stock(stock: Stock) {
    let _ = stock;
}

#[step]
pub async fn update_inventory(stock: Stock) -> Result<(), OrderError> {
    let _ = stock;
    Ok(())
}

#[step]
pub async fn send_confirmation(order: Order, payment: Payment) -> Result<Receipt, OrderError> {
    let _ = (order, payment);
    Ok(Receipt { number: String::new() })
}

#[step]
pub async fn notify(user: String, text: String) {
    let _ = (user, text);
}

#[step(retry(on(All), max_attempts = 1))]
pub async fn alert(text: String) {
    let _ = text;
}

#[step]
pub async fn track(status: Status) -> Status {
    status
}

#[step]
pub async fn ping() {}
