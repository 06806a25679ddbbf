// Three states where nothing fails, and a promise of two.
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
        let packed = pack(id).await?;
        sleep(secs(60)).await;
        ship(packed).await
    }
);

workflow!(
    #[workflow(max_transitions = 0, assume(Look, Poll = many))]
    pub async fn misshapen(id: String) -> Result<String> {
        ship(id).await
    }
);

fn main() {}
