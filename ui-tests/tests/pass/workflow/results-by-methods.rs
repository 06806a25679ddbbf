//! Methods on `Result`s, `parse` in a `match`, fields with a default, constants of texts.
#![deny(warnings)]
#![allow(dead_code, reason = "they are compiled, not run")]

use workflow_runtime::prelude::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Job {
    pub key: String,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default = "one")]
    pub copies: u32,
}

fn one() -> u32 {
    1
}

/// What a type parameter stands for need not have a default.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Page<T> {
    #[serde(default = "Vec::new")]
    pub items: Vec<T>,
    pub next: Option<T>,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum Trouble {
    #[error("no number: {0}")]
    NoNumber(String),
    #[error("late")]
    Late,
}

const KINDS: &[&str] = &["a", "b"];
const PRICES: [(&str, u32); 2] = [("a", 3), ("b", 4)];
static GREETING: &str = "hello";

#[step]
pub async fn look_up(key: String) -> Result<u32, Trouble> {
    if key.is_empty() { Err(Trouble::Late) } else { Ok(3) }
}

workflow!(
    pub async fn count_up(job: Job) -> Result<u32> {
        let number = job.key.parse::<u32>().map_err(|_| Trouble::NoNumber(job.key.clone()))?;
        let found = look_up(job.key.clone()).await.unwrap_or(0);
        #[state = "LookAgain"]
        let again = look_up(GREETING.to_string()).await.map(|n| n + 1).map_err(|_| Trouble::Late)?;
        let tag = job.tags.first().ok_or(Trouble::Late)?.clone();
        let size = match tag.parse::<u8>() {
            Ok(0) => 1,
            Ok(n) => u32::from(n),
            Err(_) => 2,
        };
        if !KINDS.contains(&tag.as_str()) && let Ok(n) = tag.parse::<i32>() {
            return Ok(n as u32 + PRICES[0].1);
        }
        Ok(number + found + again + size + job.copies)
    }
);

#[test]
fn it_has_a_machine() {
    CountUp::definition();
}

fn main() {
    CountUp::definition();
}
