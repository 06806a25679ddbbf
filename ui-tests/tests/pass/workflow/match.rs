//! Decisions on values, under every lint that people deny.
#![deny(warnings, missing_docs, clippy::pedantic)]

use workflow_runtime::prelude::*;

/// Where a parcel is.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub enum Status {
    /// Not yet sent.
    Pending,
    /// On its way.
    Shipped {
        /// A number.
        tracking: String,
        /// In grams.
        weight: Option<u32>,
    },
    /// Nobody knows.
    Lost(Option<String>),
}

pub use Status::Pending;

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Order {
    /// Its number.
    pub id: String,
    /// In cents.
    pub total: u32,
    /// Of the customer.
    pub note: Option<String>,
    /// Of the parcel.
    pub status: Status,
    /// How it goes.
    pub speed: Speed,
}

/// A newtype.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Days(pub u8);

/// Told by a tag.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(tag = "kind", content = "data")]
pub enum Speed {
    /// At once.
    Express,
    /// So many days, at a price.
    Slow(Days, u32),
}

/// The limit.
pub const LIMIT: u32 = 10_000;

/// Of the order service.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum OrderError {
    /// Too much.
    #[error("over {limit}")]
    Limit {
        /// Of what.
        limit: u32,
    },
    /// Down.
    #[error("down")]
    Down,
}

/// Looks for a parcel.
///
/// # Errors
/// When it is down.
#[step]
#[allow(clippy::unused_async)]
pub async fn find(id: String) -> Result<Option<Order>, OrderError> {
    if id.is_empty() { Err(OrderError::Down) } else { Ok(None) }
}

workflow!(
    /// All forms.
    pub async fn decide(order: Order) -> Result<String> {
        let days = match order.speed {
            Speed::Express => 0,
            Speed::Slow(Days(days @ 1..=3), _) => days,
            Speed::Slow(Days(days), price) if price > 100 && days < 9 => 3,
            Speed::Slow(..) => 9,
        };
        let status = match (order.status, order.note.is_some()) {
            (Pending, _) => "pending".to_string(),
            (Status::Shipped { tracking, weight: Some(1..) | None }, true) => tracking,
            (Status::Shipped { .. }, _) => "shipped".to_string(),
            (Status::Lost(Some(place)), _) => place,
            (Status::Lost(None), _) => format!("{days}"),
        };
        let size = match order.total {
            0 => "free".to_string(),
            LIMIT => "limit".to_string(),
            total if total > LIMIT => format!("{total}"),
            1.. => "fine".to_string(),
        };
        let Some(note) = order.note else {
            return Ok(status);
        };
        if let "urgent" | "now" = note.as_str()
            && let Status::Shipped { tracking, .. } = order.status
            && !tracking.is_empty()
        {
            return Ok(tracking);
        }
        if matches!(order.speed, Speed::Slow(_, price) if price > 5) {
            return Ok(size);
        }
        #[state = "Find"]
        let found = match find(order.id).await {
            Ok(Some(Order { status: Status::Lost(_), .. })) => "lost".to_string(),
            Ok(Some(found)) if found.total > order.total => "dearer".to_string(),
            Ok(_) => "none".to_string(),
            Err(Failed(OrderError::Limit { limit: 0..=9 })) => "small".to_string(),
            Err(Failed(OrderError::Limit { limit })) => format!("{limit}"),
            Err(failure) => return Err(failure.into()),
        };
        #[state = "FindAgain"]
        let Ok(again) = find(found).await else {
            return Ok("gone".to_string());
        };
        #[state = "FindThird"]
        if let Ok(Some(Order { total, .. })) = find(status).await {
            return Ok(format!("{total}"));
        }
        #[state = "Which"]
        match again {
            Some(Order { id, .. }) => {
                #[state = "FindLast"]
                find(id).await?;
                Ok("last".to_string())
            }
            None => Ok(note),
        }
    }
);

fn main() {
    let _ = Decide::definition().to_asl_json();
}
