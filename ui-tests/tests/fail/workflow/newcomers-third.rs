//! What a newcomer writes on the third day: other crates' clocks and chance, entries of maps, methods of a call's `Result`.

use std::collections::{BTreeMap, HashMap};

use workflow_runtime::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Parcel {
    pub id: String,
    pub grams: i64,
    pub note: Option<String>,
    pub scans: Vec<String>,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum DepotError {
    #[error("closed")]
    Closed,
}

#[step]
pub async fn weigh(parcel: Parcel) -> Result<i64, DepotError> {
    Ok(parcel.grams)
}

#[step]
pub async fn scan(id: String) -> Result<String, DepotError> {
    Ok(id)
}

workflow!(
    pub async fn clocks_and_chance(parcel: Parcel) -> Result<String> {
        let id = Uuid::new_v4().to_string();
        let now = chrono::Utc::now();
        let shown = now.to_rfc3339();
        let drawn = rand::random::<u32>();
        let heaviest = std::cmp::max(parcel.grams, 3);
        let lightest = i64::min(parcel.grams, 3);
        let text = serde_json::to_string(&parcel);
        let all = futures::future::join_all(parcel.scans).await;
        let weight = tokio::time::timeout(secs(5), weigh(parcel)).await?;
        Ok(format!("{id} {shown} {drawn} {heaviest} {lightest}"))
    }
);

workflow!(
    pub async fn results(parcel: Parcel) -> Result<i64> {
        let kept = weigh(parcel).await;
        if kept.is_ok() {
            return Ok(1);
        }
        let mapped = scan(parcel.id).await.map_err(|_| DepotError::Closed)?;
        let note = parcel.note.ok_or(DepotError::Closed)?;
        let length = parcel.note?.len();
        match scan(parcel.id).await.map_err(|failure| failure.to_string()) {
            Ok(_) => Ok(2),
            Err(_) => Ok(3),
        }
    }
);

workflow!(
    pub async fn collections(parcel: Parcel) -> Result<i64> {
        let mut counts: HashMap<String, i64> = HashMap::new();
        *counts.entry(parcel.id).or_insert(0) += 1;
        let list: Vec<String> = Vec::with_capacity(4);
        let set = std::collections::BTreeSet::<String>::new();
        parcel.scans.iter().for_each(|scan| counts.insert(scan, 1));
        let scanned: Vec<String> = parcel.scans.iter().map(async |id| scan(id).await?).collect();
        let double = |n: i64| n * 2;
        let digits = parcel.id.chars().all(|c| c.is_ascii_digit());
        Ok(double(parcel.grams))
    }
);

static SEEN: std::sync::Mutex<i64> = std::sync::Mutex::new(0);

workflow!(
    pub async fn shared(parcel: Parcel) -> Result<i64> {
        let seen = SEEN.lock().unwrap();
        Ok(parcel.grams)
    }
);

fn main() {}
