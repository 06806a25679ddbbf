//! E-commerce order processing: the whole main path in one file.
//!
//! Every path has an input file in `examples/inputs`; the steps are honest local simulations. Try
//!
//! ```text
//! cargo run -p examples --bin order -- run --name ORD-1 --input examples/inputs/ok.json
//! ```

#![allow(
    clippy::missing_errors_doc,
    clippy::struct_field_names,
    reason = "each error variant says when it comes; `order_id` is what the world calls it"
)]

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use workflow_runtime::cli::App;
use workflow_runtime::prelude::*;

/// What a customer ordered.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Unique for each order.
    pub order_id: String,
    /// Who is told how it went.
    pub customer_email: String,
    /// What was ordered.
    pub lines: Vec<Line>,
    /// What the card is charged, in cents.
    pub total_cents: u64,
    /// Which card pays.
    pub card: String,
    /// The simulation's cards, and what is left on each, in cents.
    pub cards: BTreeMap<String, u64>,
    /// What goes wrong in the simulated world.
    #[serde(default)]
    pub simulate: Simulation,
}

/// A line of an order.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The article.
    pub sku: String,
    /// How many.
    pub quantity: u32,
}

/// What goes wrong in the simulated world.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase", default)]
pub struct Simulation {
    /// The order service is unavailable for so many attempts.
    pub order_service_down: u32,
    /// The mail server is down.
    pub mail_down: bool,
}

/// What the warehouse says.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub struct Stock {
    /// The shelf that the goods are reserved on.
    pub shelf: String,
    /// They have to be fetched first.
    pub ships_late: bool,
}

/// How likely the order is a fraud.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Fraud {
    /// From 0 to 1.
    pub score: f64,
}

/// What a person decided.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Approval {
    /// Whether the order may go on.
    pub approved: bool,
}

/// A charge on a card.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// Names the charge at the bank.
    pub payment_id: String,
    /// What was charged.
    pub amount_cents: u64,
}

/// What the customer gets in the end.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The order.
    pub order_id: String,
    /// Its payment.
    pub payment_id: String,
    /// What was paid.
    pub total_cents: u64,
}

/// Why an order is not valid, or cannot be looked at now.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum OrderError {
    /// It will never be valid.
    #[error("order rejected: {0}")]
    #[step_error(name = "InvalidOrderError")]
    Invalid(String),
    /// Try again.
    #[error("the order service is unavailable")]
    Unavailable,
}

/// Why goods cannot be had.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum StockError {
    /// The warehouse does not have them.
    #[error("{sku} is sold out: {wanted} wanted, {left} left")]
    SoldOut {
        /// The article.
        sku: String,
        /// How many were ordered.
        wanted: u32,
        /// How many there are.
        left: u32,
    },
}

/// Why a card was not charged.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum PaymentError {
    /// The bank said no.
    #[error("card declined: {0}")]
    Declined(String),
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum MailError {
    /// No connection.
    #[error("the mail server does not answer")]
    Down,
}

/// How an order flow ends when it does not end well.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum OrderFailure {
    /// The order was not valid.
    #[error("the order was rejected")]
    Rejected,
    /// A person said no.
    #[error("the order was not approved")]
    NotApproved,
    /// The bank said no.
    #[error("the payment was declined")]
    PaymentDeclined,
}

/// Checks that an order can be fulfilled at all.
#[step(timeout = "10s", retry(on(OrderError::Unavailable), interval = "2s", max_attempts = 3, backoff_rate = 2.0))]
pub async fn validate_order(shop: Data<Shop>, context: StepContext, order: Order) -> Result<Order, OrderError> {
    shop.work("ValidateOrder", &order.order_id).await;
    if context.attempt() <= order.simulate.order_service_down {
        return Err(OrderError::Unavailable);
    }
    if order.lines.is_empty() {
        return Err(OrderError::Invalid("it has no lines".to_owned()));
    }
    if let Some(line) = order.lines.iter().find(|line| line.quantity == 0) {
        return Err(OrderError::Invalid(format!("{} is ordered 0 times", line.sku)));
    }
    Ok(order)
}

/// Tells the customer that the order cannot be accepted.
#[step]
pub async fn order_failed(shop: Data<Shop>, order_id: String, reason: String) {
    shop.work("OrderFailed", &format!("{order_id} {reason}")).await;
}

/// Reserves the goods.
#[step]
pub async fn check_inventory(shop: Data<Shop>, order: Order) -> Result<Stock, StockError> {
    shop.work("CheckInventory", &order.order_id).await;
    let mut ships_late = false;
    for line in &order.lines {
        let article = shop.article(&line.sku);
        if article.left < line.quantity {
            return Err(StockError::SoldOut { sku: line.sku.clone(), wanted: line.quantity, left: article.left });
        }
        ships_late |= article.ships_late;
    }
    Ok(Stock { shelf: format!("shelf-{}", order.lines.len()), ships_late })
}

/// Scores the order: many of one article are suspicious.
#[step]
pub async fn fraud_check(shop: Data<Shop>, order: Order) -> Fraud {
    shop.work("FraudCheck", &order.order_id).await;
    let most = order.lines.iter().map(|line| line.quantity).max().unwrap_or_default();
    Fraud { score: f64::from(most.min(100)) / 100.0 }
}

/// Asks a person.
#[step(callback, timeout = "3d")]
pub async fn request_approval(
    shop: Data<Shop>,
    token: TaskToken,
    order: Order,
) -> Result<Callback<Approval>, MailError> {
    shop.work("RequestApproval", &format!("{} {}", order.order_id, token.as_str().len())).await;
    Ok(Callback::pending())
}

/// Charges the card.
#[step(timeout = "30s", retry(on(TimedOut), interval = "1s", max_attempts = 2))]
pub async fn charge_payment(shop: Data<Shop>, context: StepContext, order: Order) -> Result<Payment, PaymentError> {
    shop.work("ChargePayment", &order.order_id).await;
    match order.cards.get(&order.card) {
        None => Err(PaymentError::Declined(format!("no card {}", order.card))),
        Some(left) if *left < order.total_cents => Err(PaymentError::Declined("insufficient funds".to_owned())),
        // The bank knows a repeated charge by its key.
        Some(_) => Ok(Payment { payment_id: context.idempotency_key().to_owned(), amount_cents: order.total_cents }),
    }
}

/// Gives back what may have been reserved on a declined card, and tells the customer.
#[step]
pub async fn refund_and_notify(shop: Data<Shop>, order_id: String, reason: String) {
    shop.work("RefundAndNotify", &format!("{order_id} {reason}")).await;
}

/// Takes the goods off the shelf.
#[step]
pub async fn update_inventory(shop: Data<Shop>, order: Order, stock: Stock) -> Result<(), StockError> {
    shop.work("UpdateInventory", &format!("{} {}", order.order_id, stock.shelf)).await;
    for line in &order.lines {
        shop.take(line)?;
    }
    Ok(())
}

/// Sends the receipt.
#[step(retry(on(MailError::Down), interval = "1s", max_attempts = 1))]
pub async fn send_confirmation(shop: Data<Shop>, order: Order, payment: Payment) -> Result<Receipt, MailError> {
    shop.work("SendConfirmation", &order.order_id).await;
    if order.simulate.mail_down {
        return Err(MailError::Down);
    }
    Ok(Receipt { order_id: order.order_id, payment_id: payment.payment_id, total_cents: order.total_cents })
}

/// Gives the money back.
#[step]
pub async fn refund(shop: Data<Shop>, payment: Payment) {
    shop.work("Refund", &payment.payment_id).await;
}

/// Tells the customer what happened.
#[step]
pub async fn notify_customer(shop: Data<Shop>, email: String, text: String) {
    shop.work("NotifyCustomer", &format!("{email} {text}")).await;
}

/// Wakes somebody up.
#[step]
pub async fn alert_operations(shop: Data<Shop>, order_id: String, error: String, cause: String) {
    shop.work("AlertOperations", &format!("{order_id} {error} {cause}")).await;
}

workflow!(
    /// E-commerce order processing: validate, check, approve, charge, ship.
    pub async fn order_flow(order: Order) -> Result<Receipt> {
        let order = match validate_order(order).await {
            Ok(order) => order,
            Err(Failed(OrderError::Invalid(reason))) => {
                order_failed(order.order_id, reason).await?;
                return Err(OrderFailure::Rejected.into());
            }
            Err(failure) => return Err(failure.into()),
        };
        let (stock, fraud) = try_join!(check_inventory(order), fraud_check(order))?;
        if fraud.score > 0.8 || order.total_cents > 1_000_000 {
            let approval = request_approval(order).await?;
            if !approval.approved {
                return Err(OrderFailure::NotApproved.into());
            }
        }
        let payment = match charge_payment(order).await {
            Ok(payment) => payment,
            Err(Failed(PaymentError::Declined(reason))) => {
                refund_and_notify(order.order_id, reason).await?;
                return Err(OrderFailure::PaymentDeclined.into());
            }
            Err(failure) => return Err(failure.into()),
        };
        match async {
            if stock.ships_late {
                #[state = "WaitForGoods"]
                sleep(secs(3)).await;
            }
            update_inventory(order, stock).await?;
            send_confirmation(order, payment).await
        }
        .await
        {
            Ok(receipt) => Ok(receipt),
            Err(failure) => {
                refund(payment).await?;
                notify_customer(order.customer_email, format!("order {} was refunded", order.order_id)).await?;
                alert_operations(order.order_id, failure.error(), failure.cause()).await?;
                Err(failure.into())
            }
        }
    }
);

/// The simulated world: a stock table, and a book of what was done.
#[derive(Debug)]
pub struct Shop {
    stock: Mutex<BTreeMap<String, Article>>,
    book: Option<Mutex<File>>,
}

/// An article in the warehouse.
#[derive(Clone, Copy, Debug, Default)]
pub struct Article {
    left: u32,
    ships_late: bool,
}

impl Shop {
    /// A filled warehouse. `ORDER_BOOK` names a file that gets a line for each run of a step.
    pub fn open() -> std::io::Result<Self> {
        let book = match std::env::var_os("ORDER_BOOK") {
            Some(path) => Some(Mutex::new(OpenOptions::new().create(true).append(true).open(path)?)),
            None => None,
        };
        let stock = [
            ("laptop", Article { left: 100, ships_late: false }),
            ("monitor", Article { left: 500, ships_late: false }),
            ("desk", Article { left: 20, ships_late: true }),
        ];
        let stock = stock.into_iter().map(|(sku, article)| (sku.to_owned(), article)).collect();
        Ok(Self { stock: Mutex::new(stock), book })
    }

    async fn work(&self, step: &str, about: &str) {
        if let Some(book) = &self.book {
            let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = writeln!(book, "{step} {about}") {
                eprintln!("the book cannot be written: {error}");
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    fn article(&self, sku: &str) -> Article {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner).get(sku).copied().unwrap_or_default()
    }

    fn take(&self, line: &Line) -> Result<(), StockError> {
        let mut stock = self.stock.lock().unwrap_or_else(PoisonError::into_inner);
        let article = stock.entry(line.sku.clone()).or_default();
        match article.left.checked_sub(line.quantity) {
            Some(left) => article.left = left,
            None => {
                return Err(StockError::SoldOut { sku: line.sku.clone(), wanted: line.quantity, left: article.left });
            }
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    match Shop::open() {
        Ok(shop) => App::new().register::<OrderFlow>().data(shop).main(),
        Err(error) => {
            eprintln!("error: the file that ORDER_BOOK names cannot be opened: {error}");
            ExitCode::from(2)
        }
    }
}
