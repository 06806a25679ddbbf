// A workflow's timeout that is shorter than what is in it.
use workflow_runtime::prelude::*;

#[step]
pub async fn ship(id: String) -> String {
    id
}

workflow!(
    #[workflow(timeout = "1m")]
    pub async fn sleeps_too_long(id: String) -> Result<String> {
        sleep(secs(40)).await;
        let id = ship(id).await?;
        #[state = "WaitAgain"]
        sleep(secs(40)).await;
        Ok(id)
    }
);

workflow!(
    #[workflow(timeout = "1m")]
    pub async fn never_times_out(id: String) -> Result<String> {
        #[timeout = "2m"]
        let id = ship(id).await?;
        Ok(id)
    }
);

fn main() {}
