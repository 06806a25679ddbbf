//! A number that JSONata reads otherwise.
use workflow_runtime::prelude::*;

workflow!(
    pub async fn read(text: String) -> Result<f64> {
        Ok(text.parse::<f64>().unwrap_or(0.0))
    }
);

fn main() {}
