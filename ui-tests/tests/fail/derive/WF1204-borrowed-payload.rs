// A payload owns its data; an error has no type parameters.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Serialize, Payload)]
struct Order<'a> {
    id: std::borrow::Cow<'a, str>,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
enum Wrapped<T> {
    #[error("inner")]
    Inner(T),
}

fn main() {}
