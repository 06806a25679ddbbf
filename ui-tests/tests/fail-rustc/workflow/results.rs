use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum ShopError {
    #[error("busy")]
    Busy,
}

pub enum Plain {
    Bad,
}

pub struct Opaque;
pub const OPAQUE: Opaque = Opaque;

#[step]
pub async fn charge(id: String) -> Result<String, ShopError> {
    Ok(id)
}

workflow!(
    pub async fn half(text: String) -> Result<u8> {
        let n = match text.parse::<u8>() {
            Ok(n) => n,
        };
        Ok(n)
    }
);

workflow!(
    pub async fn otherwise(text: String) -> Result<String> {
        let first = charge(text.clone()).await.unwrap_or("none");
        #[state = "Second"]
        let second = charge(text.clone()).await.map_err(|_| Plain::Bad)?;
        #[state = "Third"]
        let third: u32 = charge(text.clone()).await.map(|receipt| receipt.len()).unwrap_or_default();
        let number: u8 = text.parse::<u64>().map_err(|_| ShopError::Busy)?;
        let sure = Some(text).ok_or(ShopError::Missing)?;
        Ok(sure)
    }
);

workflow!(
    pub async fn constants(text: String) -> Result<String> {
        let opaque = OPAQUE;
        Ok(text)
    }
);

fn main() {}
