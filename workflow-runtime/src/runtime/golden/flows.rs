//! The workflows whose executions lie in the golden databases. They are never changed: what was started on them is kept.
#![allow(
    clippy::unused_async,
    clippy::needless_question_mark,
    clippy::cast_lossless,
    reason = "steps as people write them"
)]

use std::sync::Mutex;

use crate::prelude::*;
use crate::step::TaskToken;

/// Whether work ends, and the tokens that were given out.
#[derive(Debug, Default)]
pub(super) struct Scene {
    /// Work that is held ends; what failed succeeds.
    pub(super) finishing: bool,
    pub(super) tokens: Mutex<Vec<TaskToken>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parcel {
    pub(super) id: String,
    pub(super) weight_grams: u32,
    #[serde(default)]
    pub(super) fragile: bool,
    pub(super) notes: Vec<String>,
}

impl Parcel {
    pub(super) fn new(id: &str) -> Self {
        let notes = vec!["grüße".to_owned(), "\"quoted\"".to_owned()];
        Self { id: id.to_owned(), weight_grams: 1_250, fragile: true, notes }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub(super) struct Decision {
    pub(super) approved: bool,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub(super) enum PostError {
    #[error("parcel refused: {0}")]
    Refused(String),
    #[error("the van is away")]
    Away,
}

/// Ends at once.
#[step]
pub(super) async fn weigh(parcel: Parcel) -> u32 {
    parcel.weight_grams
}

/// Does not end before the database is finished.
#[step(timeout = "30d")]
pub(super) async fn hold(scene: Data<Scene>, number: u32) -> u32 {
    if !scene.finishing {
        std::future::pending::<()>().await;
    }
    number * 2
}

/// Fails for good before the database is finished.
#[step]
pub(super) async fn refuse(scene: Data<Scene>, parcel: Parcel) -> Result<Parcel, PostError> {
    if scene.finishing { Ok(parcel) } else { Err(PostError::Refused("too heavy".to_owned())) }
}

/// Is tried again for a long time.
#[step(retry(on(PostError::Away), interval = "1h", max_attempts = 9, backoff_rate = 1.0))]
pub(super) async fn drive(scene: Data<Scene>, parcel: Parcel) -> Result<String, PostError> {
    if scene.finishing { Ok(format!("drove {}", parcel.id)) } else { Err(PostError::Away) }
}

/// Waits for a person.
#[step(callback, timeout = "300d")]
pub(super) async fn approve(scene: Data<Scene>, token: TaskToken, parcel: Parcel) -> Callback<Decision> {
    let _ = parcel;
    if let Ok(mut tokens) = scene.tokens.lock() {
        tokens.push(token);
    }
    Callback::pending()
}

workflow!(
    pub(super) async fn straight(parcel: Parcel) -> Result<u32> {
        weigh(parcel).await
    }
);

workflow!(
    pub(super) async fn napping(parcel: Parcel) -> Result<u32> {
        sleep(days(1)).await;
        weigh(parcel).await
    }
);

workflow!(
    #[workflow(timeout = "2m")]
    pub(super) async fn hurried(parcel: Parcel) -> Result<u32> {
        sleep(secs(parcel.weight_grams as u64)).await;
        weigh(parcel).await
    }
);

workflow!(
    pub(super) async fn asking(parcel: Parcel) -> Result<bool> {
        let decision = approve(parcel).await?;
        Ok(decision.approved)
    }
);

workflow!(
    pub(super) async fn refused(parcel: Parcel) -> Result<Parcel> {
        refuse(parcel).await
    }
);

workflow!(
    pub(super) async fn driving(parcel: Parcel) -> Result<String> {
        drive(parcel).await
    }
);

workflow!(
    pub(super) async fn side_by_side(parcel: Parcel) -> Result<u32> {
        let (weight, held, waited) = try_join!(weigh(parcel), hold(7), async {
            sleep(hours(2)).await;
            Ok(1)
        })?;
        Ok(weight + held + waited)
    }
);

workflow!(
    pub(super) async fn each(numbers: Vec<u32>) -> Result<Vec<u32>> {
        #[max_concurrency(2)]
        try_map(numbers, async |number| hold(number).await).await
    }
);

workflow!(
    pub(super) async fn many(numbers: Vec<u32>) -> Result<Vec<u32>> {
        try_map_distributed(numbers, async |number| hold(number).await).await
    }
);

workflow!(
    pub(super) async fn outer(parcel: Parcel) -> Result<u32> {
        let weight = napping(parcel).await?;
        Ok(weight)
    }
);
