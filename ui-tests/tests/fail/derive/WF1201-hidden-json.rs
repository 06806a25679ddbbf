// Which JSON is written cannot be told.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

mod hex {
    pub fn serialize<S: serde::Serializer>(_: &[u8], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str("00")
    }
    pub fn deserialize<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        serde::Deserialize::deserialize(d).map(String::into_bytes)
    }
}

#[derive(Serialize, Deserialize, Payload)]
struct Key {
    #[serde(with = "hex")]
    bytes: Vec<u8>,
}

fn main() {}
