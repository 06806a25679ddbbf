//! A `break` without a loop, and one to a label that is not there: rustc's own words, and nothing of what comes after.

use workflow_runtime::prelude::*;

#[step]
pub async fn tell(text: String) {
    drop(text);
}

workflow!(
    pub async fn stray_flow(text: String) -> Result<()> {
        tell(text).await?;
        break;
        Ok(())
    }
);

workflow!(
    pub async fn label_flow(text: String) -> Result<()> {
        loop {
            tell(text).await?;
            break 'outer;
        }
        Ok(())
    }
);

fn main() {}
