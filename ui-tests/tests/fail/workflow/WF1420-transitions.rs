// Three states where nothing fails, and a promise of two.
use std::time::Duration;

use workflow_runtime::prelude::*;

#[step]
pub async fn pack(id: String) -> String {
    id
}

#[step]
pub async fn ship(id: String) -> String {
    id
}

workflow!(
    #[workflow(max_transitions = 2)]
    pub async fn deliver(id: String) -> Result<String> {
        let packed = pack(id).await;
        sleep(Duration::from_secs(60)).await;
        Ok(ship(packed).await)
    }
);

workflow!(
    #[workflow(max_transitions = 0, assume(Look, Poll = many))]
    pub async fn misshapen(id: String) -> Result<String> {
        Ok(ship(id).await)
    }
);

fn main() {}
