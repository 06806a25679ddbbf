// serde's attributes, generics, recursion, sensitive fields and stand-ins; silent under strict lints.
#![forbid(warnings, unused, nonstandard_style, unsafe_code)]
use std::collections::{BTreeMap, HashMap};

use workflow_runtime::payload::{Shape, Type, check, json_schema};
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase", default)]
pub struct Card {
    #[payload(sensitive)]
    pub card_number: String,
    #[serde(with = "text", default)]
    #[payload(as = String)]
    pub pin_code: u32,
    #[serde(skip)]
    pub cache: Option<std::time::Duration>,
    #[serde(flatten)]
    pub rest: HashMap<String, String>,
}

impl Default for Card {
    fn default() -> Self {
        Self { card_number: "0".into(), pin_code: 0, cache: None, rest: HashMap::new() }
    }
}

mod text {
    pub fn serialize<S: serde::Serializer>(value: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }
    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        let text: String = serde::Deserialize::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Tree<T> {
    pub value: T,
    pub children: Vec<Tree<T>>,
}

#[derive(Clone, Serialize, Deserialize, Payload)]
#[serde(from = "String", into = "String")]
pub struct Text(String);

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

#[derive(Clone, Serialize, Deserialize, Payload)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
pub enum Pet {
    BigDog(Tree<Text>),
    Cat { lives: u8 },
    None,
}

#[derive(Clone, Serialize, Deserialize, Payload)]
#[serde(transparent)]
pub struct Pets {
    pub by_name: BTreeMap<String, Pet>,
}

fn main() {
    let card = serde_json::to_value(Card { pin_code: 7, ..Card::default() }).unwrap();
    assert_eq!(card, serde_json::json!({"cardNumber": "0", "pinCode": "7"}));
    assert_eq!(check(&Card::ty(), &card), Ok(()));
    let Type::Named(named) = Card::ty() else { panic!() };
    let Shape::Struct(fields) = (named.shape)() else { panic!() };
    assert!(fields[0].sensitive && fields[2].skipped && fields[3].flatten);
    let tree = Tree { value: Text("a".into()), children: vec![Tree { value: Text("b".into()), children: vec![] }] };
    let pets = Pets { by_name: BTreeMap::from([("rex".into(), Pet::BigDog(tree)), ("tom".into(), Pet::Cat { lives: 9 }), ("".into(), Pet::None)]) };
    assert_eq!(check(&Pets::ty(), &serde_json::to_value(&pets).unwrap()), Ok(()));
    assert_eq!(json_schema(&Pets::ty())["$defs"]["Tree"]["properties"]["value"]["$ref"], "#/$defs/Text");
}
