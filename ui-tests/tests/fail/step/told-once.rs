//! Steps with one mistake each, and workflows that call them: what they yield is known all the same.

use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum ShopError {
    #[error("closed")]
    Closed,
}

#[step]
pub fn not_async(n: u64) -> u64 {
    n
}

#[step]
pub async fn borrowed(text: &str) -> Result<u64, ShopError> {
    Ok(text.len() as u64)
}

#[step]
pub async fn nameless_error(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[step]
pub async fn generic<T: Payload>(list: T) -> Vec<u64> {
    drop(list);
    vec![]
}

workflow!(
    pub async fn calls(name: String) -> Result<u64> {
        let a = not_async(1).await?;
        let b = match borrowed(name).await {
            Ok(b) => b,
            Err(Failed(ShopError::Closed)) => 0,
            Err(failure) => return Err(failure.into()),
        };
        let c = nameless_error(a).await?;
        let list = generic(name).await?;
        Ok(a + b + c + list[0])
    }
);

fn main() {}
