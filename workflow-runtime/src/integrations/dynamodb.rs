//! `arn:aws:states:::dynamodb:getItem`, `putItem`, `updateItem`, `deleteItem`.
//!
//! In a workflow an item is written with its attributes' types: `BTreeMap::from([("id".to_string(),
//! AttributeValue::S(order.id))])`. What is read may be declared field by field: see [`GetItemResult`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SdkHttpMetadata;
use crate::Payload;

/// Attributes by name.
pub type Item = BTreeMap<String, AttributeValue>;

/// A value with its type, as DynamoDB spells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
pub enum AttributeValue {
    /// Text.
    S(String),
    /// A number, as text.
    N(String),
    /// Bytes in base64.
    B(String),
    /// True or false.
    #[serde(rename = "BOOL")]
    Bool(bool),
    /// Nothing; the bool is `true`.
    #[serde(rename = "NULL")]
    Null(bool),
    /// Values in order.
    L(Vec<AttributeValue>),
    /// Values by name.
    M(BTreeMap<String, AttributeValue>),
    /// A set of texts.
    #[serde(rename = "SS")]
    TextSet(Vec<String>),
    /// A set of numbers, as texts.
    #[serde(rename = "NS")]
    NumberSet(Vec<String>),
    /// A set of byte strings in base64.
    #[serde(rename = "BS")]
    BinarySet(Vec<String>),
}

/// A text attribute in a struct that declares an item's fields: `{"S": ".."}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
pub struct Text {
    /// The text.
    #[serde(rename = "S")]
    pub value: String,
}

/// A number attribute in a struct that declares an item's fields: `{"N": ".."}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
pub struct Number {
    /// The number's digits.
    #[serde(rename = "N")]
    pub value: String,
}

/// A truth value in a struct that declares an item's fields: `{"BOOL": true}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
pub struct Flag {
    /// The value.
    #[serde(rename = "BOOL")]
    pub value: bool,
}

/// `GetItem`'s parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct GetItem {
    /// The table.
    pub table_name: String,
    /// Its key.
    pub key: Item,
    /// Whether earlier writes must be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistent_read: Option<bool>,
    /// Which attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projection_expression: Option<String>,
    /// Names for `#name` in expressions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression_attribute_names: Option<BTreeMap<String, String>>,
}

/// What `GetItem` answers. `T` may be a struct of the item's attributes, each a [`Text`], [`Number`], [`Flag`] or
/// [`AttributeValue`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct GetItemResult<T = Item> {
    /// The item; none where there is none of that key.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub item: Option<T>,
    /// How the call went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk_http_metadata: Option<SdkHttpMetadata>,
}

/// Without a bound on `T`.
const fn none<T>() -> Option<T> {
    None
}

/// `PutItem`'s parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct PutItem {
    /// The table.
    pub table_name: String,
    /// What is written.
    pub item: Item,
    /// Only if: `attribute_not_exists(id)`; else `DynamoDB.ConditionalCheckFailedException`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition_expression: Option<String>,
    /// Names for `#name` in expressions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression_attribute_names: Option<BTreeMap<String, String>>,
    /// Values for `:name` in expressions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression_attribute_values: Option<Item>,
    /// `ALL_OLD` for what was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_values: Option<String>,
}

/// `UpdateItem`'s parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateItem {
    /// The table.
    pub table_name: String,
    /// The item's key.
    pub key: Item,
    /// What is changed: `SET stock = stock - :one`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_expression: Option<String>,
    /// Only if; else `DynamoDB.ConditionalCheckFailedException`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition_expression: Option<String>,
    /// Names for `#name` in expressions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression_attribute_names: Option<BTreeMap<String, String>>,
    /// Values for `:name` in expressions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression_attribute_values: Option<Item>,
    /// `ALL_NEW`, `UPDATED_NEW`, `ALL_OLD`, `UPDATED_OLD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_values: Option<String>,
}

/// `DeleteItem`'s parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteItem {
    /// The table.
    pub table_name: String,
    /// The item's key.
    pub key: Item,
    /// Only if; else `DynamoDB.ConditionalCheckFailedException`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition_expression: Option<String>,
    /// Names for `#name` in expressions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression_attribute_names: Option<BTreeMap<String, String>>,
    /// Values for `:name` in expressions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression_attribute_values: Option<Item>,
    /// `ALL_OLD` for what was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_values: Option<String>,
}

/// What `PutItem`, `UpdateItem` and `DeleteItem` answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct WriteResult<T = Item> {
    /// What `return_values` asked for.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub attributes: Option<T>,
    /// How the call went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk_http_metadata: Option<SdkHttpMetadata>,
}
