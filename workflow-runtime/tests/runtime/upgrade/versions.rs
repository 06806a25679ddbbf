//! One program in several versions. Each differs from the first in what its name says.

use std::sync::{Arc, Mutex};

use workflow_runtime::prelude::*;

/// What steps leave behind, and what they are told to do.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    said: Arc<Mutex<Vec<String>>>,
    tokens: Arc<Mutex<Vec<TaskToken>>>,
    broken: Arc<Mutex<bool>>,
}

impl Desk {
    pub fn say(&self, text: impl Into<String>) {
        self.said.lock().unwrap().push(text.into());
    }

    pub fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    pub fn hand_out(&self, token: TaskToken) {
        self.tokens.lock().unwrap().push(token);
    }

    pub fn token(&self) -> TaskToken {
        self.tokens.lock().unwrap().last().expect("a token was handed out").clone()
    }

    pub fn break_down(&self, broken: bool) {
        *self.broken.lock().unwrap() = broken;
    }

    pub fn is_broken(&self) -> bool {
        *self.broken.lock().unwrap()
    }
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum DeskError {
    #[error("out of order")]
    Broken,
}

/// The parts that versions share unless they say otherwise.
macro_rules! version {
    (
        $version:ident { $($field:tt)* }
        last($last_name:literal, $last_retry:literal, $last_timeout:literal) -> $made:literal;
        $($body:tt)*
    ) => {
        pub mod $version {
            #![allow(dead_code, unused_imports, unused_variables, reason = "a version may leave something out")]
            use super::{Desk, DeskError};
            use workflow_runtime::prelude::*;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
            pub struct Order { pub id: String, $($field)* }

            #[derive(Clone, Debug, Serialize, Deserialize, Payload)]
            pub struct Decision { pub approved: bool }

            #[step]
            pub async fn first(desk: Data<Desk>, order: Order) -> u32 {
                desk.say(concat!(stringify!($version), " first"));
                u32::from(!order.id.is_empty())
            }

            #[step(callback, timeout = "30d")]
            pub async fn ask(desk: Data<Desk>, token: TaskToken, order: Order) -> Callback<Decision> {
                let _ = order;
                desk.hand_out(token);
                Callback::pending()
            }

            #[step(name = $last_name, timeout = $last_timeout, retry(on(DeskError::Broken), interval = "10s", max_attempts = $last_retry, backoff_rate = 1.0))]
            pub async fn last(desk: Data<Desk>, order: Order, number: u32) -> Result<String, DeskError> {
                desk.say(concat!(stringify!($version), " last"));
                if desk.is_broken() { return Err(DeskError::Broken); }
                let _ = order;
                Ok(format!("{} {number}", $made))
            }

            #[step]
            pub async fn stamp(desk: Data<Desk>, order: Order) -> String {
                desk.say(concat!(stringify!($version), " stamp"));
                order.id
            }

            /// Does not end on the first version.
            #[step(timeout = "1h")]
            pub async fn stick(desk: Data<Desk>, order: Order) -> String {
                if stringify!($version) == "v1" { std::future::pending::<()>().await; }
                order.id
            }

            #[step(timeout = "1h")]
            pub async fn pack(desk: Data<Desk>, item: u32) -> u32 {
                if desk.is_broken() {
                    desk.say(format!("{} pack {item} is stuck", stringify!($version)));
                    std::future::pending::<()>().await;
                }
                desk.say(format!("{} pack {item}", stringify!($version)));
                item * 10
            }

            $($body)*
        }
    };
}

macro_rules! flows {
    () => {
        workflow!(
            pub async fn asking(order: Order) -> Result<String> {
                let number = first(order).await?;
                let decision = ask(order).await?;
                if !decision.approved {
                    return Err(DeskError::Broken.into());
                }
                last(order, number).await
            }
        );
        workflow!(
            pub async fn napping(order: Order) -> Result<String> {
                sleep(mins(10)).await;
                last(order, 7).await
            }
        );
        workflow!(
            pub async fn packing(items: Vec<u32>) -> Result<Vec<u32>> {
                #[max_concurrency(1)]
                try_map_distributed(items, async |item| pack(item).await).await
            }
        );
        workflow!(
            pub async fn outer(order: Order) -> Result<String> {
                sleep(mins(1)).await;
                napping(order).await
            }
        );
        workflow!(
            pub async fn stuck(order: Order) -> Result<String> {
                stick(order).await
            }
        );
        workflow!(
            pub async fn stamping(order: Order) -> Result<String> {
                sleep(mins(10)).await;
                stamp(order).await
            }
        );
    };
}

version!(v1 {} last("Last", 3, "60s") -> "v1"; flows!(););
// The function has another name, and says so nowhere.
version!(renamed {} last("Final", 3, "60s") -> "renamed"; flows!(););
version!(required { pub country: String, } last("Last", 3, "60s") -> "required"; flows!(););
version!(defaulted { #[serde(default)] pub country: String, } last("Last", 3, "60s") -> "defaulted"; flows!(););
// Not tried again, and less time for it.
version!(hasty {} last("Last", 0, "1s") -> "hasty"; flows!(););
version!(shorter {} last("Last", 3, "60s") -> "shorter";
    workflow!(
        pub async fn asking(order: Order) -> Result<String> {
            let decision = ask(order).await?;
            Ok(format!("{}", decision.approved))
        }
    );
    workflow!(
        pub async fn napping(order: Order) -> Result<String> {
            sleep(mins(1)).await;
            stamp(order).await
        }
    );
    workflow!(
        pub async fn packing(items: Vec<u32>) -> Result<Vec<u32>> {
            Ok(items)
        }
    );
    workflow!(
        pub async fn outer(order: Order) -> Result<String> {
            napping(order).await
        }
    );
);
