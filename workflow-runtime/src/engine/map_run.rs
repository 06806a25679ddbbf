//! Distributed Maps: what one is to do, how far it is, and how an item becomes a child's input.
//!
//! The engine decides that a map run begins and what its end means; whoever drives it reads the items, runs the children
//! and tells how far it is. What is recorded of ten million items is a handful of numbers.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::machine::mix;
use super::{ContainerIndex, Machine, StateIndex, TaskId};
use crate::expr::Scope;
use crate::json::Json;
use crate::step::ErrorOutput;
use crate::time::Timestamp;

/// What a distributed Map is to do: its fields as they were evaluated when it was entered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapRunPlan {
    /// Where the items come from.
    pub source: ItemSource,
    /// How they are grouped, where they are.
    pub batch: Option<ItemBatch>,
    /// At most so many children at once; 0 for as many as there may be.
    pub max_concurrency: u64,
    /// Failed items allowed, in percent; 0 is not set.
    pub tolerated_percentage: f64,
    /// Failed items allowed; 0 is not set.
    pub tolerated_count: u64,
    /// Where results go; they are the state's result where absent.
    pub writer: Option<ResultPlace>,
}

/// Where the items of a map run come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ItemSource {
    /// These, an array or an object; `None` where they are the state's input.
    Items(Option<Json>),
    /// The content of an object in a bucket.
    Object {
        /// The bucket.
        bucket: String,
        /// The object.
        key: String,
        /// How it is read.
        format: ItemFormat,
        /// At most so many; 0 for all.
        max_items: u64,
    },
    /// The objects of a bucket.
    Listing {
        /// The bucket.
        bucket: String,
        /// Only those whose keys begin so.
        prefix: String,
        /// At most so many; 0 for all.
        max_items: u64,
    },
}

/// How the content of an object is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ItemFormat {
    /// One array or object, at this JSON pointer.
    Json {
        /// Empty for the whole document.
        pointer: String,
    },
    /// A value a line.
    JsonLines,
    /// Rows of text.
    Csv {
        /// Between the fields.
        delimiter: char,
        /// The columns' names, where they are not the first row.
        headers: Option<Vec<String>>,
    },
}

/// How items are grouped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemBatch {
    /// At most so many items.
    pub max_items: Option<u64>,
    /// At most so many bytes of a child's input.
    pub max_bytes: Option<u64>,
    /// What every batch is given besides its items.
    pub input: Option<Json>,
}

/// Where the results of a map run go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultPlace {
    /// The bucket and the prefix of the keys; `None` where the results are shaped only.
    pub export: Option<(String, String)>,
    /// What is written of each child.
    pub transformation: Transformation,
    /// A value a line instead of one array.
    pub lines: bool,
}

/// What is kept of each child.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transformation {
    /// Its description, with input and output.
    None,
    /// Its output.
    #[default]
    Compact,
    /// The elements of its output.
    Flatten,
}

/// How far a map run is: everything before `items` has come to its end and is not run again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapRunMark {
    /// Items, from the first.
    pub items: u64,
    /// Children, from the first.
    pub children: u64,
    /// Items whose children have failed.
    pub failed_items: u64,
    /// Children that have failed.
    pub failed_children: u64,
    /// Bytes of JSON text of the results that are kept.
    pub bytes: u64,
    /// There are more results than may be kept: none is kept any more.
    pub overflow: bool,
    /// How much was written of those that succeeded ..
    pub succeeded_file: FileMark,
    /// .. and of those that failed.
    pub failed_file: FileMark,
}

/// How much was written to a series of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMark {
    /// The file that is being written, from 0.
    pub file: u32,
    /// Its bytes.
    pub bytes: u64,
    /// Entries in all files.
    pub entries: u64,
}

/// How a map run ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MapRunEnd {
    /// With this result; `None` where it is the list of the results that were told.
    Succeeded(Option<Arc<Value>>),
    /// With this error.
    Failed(ErrorOutput),
    /// With more results than a state may have.
    TooLarge,
}

/// A map run to begin, or to go on with.
#[derive(Clone, Debug)]
pub struct MapRunRequest {
    /// Which one: the number of its `MapRunStarted` event.
    pub run: TaskId,
    /// The state's name.
    pub state: Arc<str>,
    /// What is to be done.
    pub plan: Arc<MapRunPlan>,
    /// The items, where the plan reads none.
    pub items: Json,
    /// How far it is.
    pub mark: MapRunMark,
    /// In whose files the results stand so far; 0 for whoever began it.
    pub owner: u64,
    /// Everything is written, and all that is left is to fail with this.
    pub failing: Option<ErrorOutput>,
    /// Makes children's inputs of items; `None` where they are the items.
    pub selector: Option<ItemSelector>,
    /// What it is called.
    pub arn: Arc<str>,
}

/// An item as a selector sees it.
#[derive(Clone, Copy, Debug)]
pub struct MapItem<'a> {
    /// From 0.
    pub index: u64,
    /// Its name, where the items are an object's fields.
    pub key: Option<&'a str>,
    /// The item.
    pub value: &'a Value,
    /// `STATE_DATA`, or the URI of what it was read from.
    pub source: &'a str,
}

/// A distributed Map's `ItemSelector` with all that it reads but the item: a snapshot, so that it may be used elsewhere.
#[derive(Clone, Debug)]
pub struct ItemSelector {
    pub(super) container: ContainerIndex,
    pub(super) state: StateIndex,
    pub(super) input: Json,
    pub(super) variables: BTreeMap<Arc<str>, Json>,
    pub(super) execution_input: Json,
    pub(super) context: Json,
    pub(super) seed: u64,
    pub(super) now: Timestamp,
}

impl MapRunRequest {
    /// The end of its ARN, which no other map run has: a UUID's 36 characters.
    pub fn id(&self) -> &str {
        self.arn.rsplit(':').next().unwrap_or_default()
    }
}

impl ItemSelector {
    /// A child's input. The same item gives the same, however often it is asked for.
    ///
    /// # Errors
    /// `States.QueryEvaluationError`, as a failure of the Map.
    pub fn select(&self, machine: &Machine, item: MapItem<'_>) -> Result<Json, ErrorOutput> {
        let Some(field) = machine.item_selector(self.container, self.state) else {
            return Ok(Json::from(item.value.clone()));
        };
        let facts = Selecting {
            of: self,
            item,
            index: item.index.into(),
            entropy: Cell::new(mix(self.seed, item.index)),
            context: OnceCell::new(),
        };
        let selected = field.value(&facts).map_err(|error| ErrorOutput {
            error: Some(super::machine::EVALUATION.to_owned()),
            cause: Some(error.cause),
        })?;
        Ok(selected.into_json())
    }
}

struct Selecting<'a> {
    of: &'a ItemSelector,
    item: MapItem<'a>,
    index: Value,
    entropy: Cell<u64>,
    context: OnceCell<Value>,
}

impl Selecting<'_> {
    fn whole_context(&self) -> Value {
        let mut context = Value::clone(&self.of.context);
        let mut about = Map::new();
        about.insert("Index".into(), self.index.clone());
        if let Some(key) = self.item.key {
            about.insert("Key".into(), key.into());
        }
        about.insert("Value".into(), self.item.value.clone());
        about.insert("Source".into(), self.item.source.into());
        if let Some(fields) = context.as_object_mut() {
            fields.insert("Map".into(), Value::Object(Map::from_iter([("Item".to_owned(), about.into())])));
        }
        context
    }
}

impl Scope for Selecting<'_> {
    fn variable(&self, name: &str) -> Option<&Value> {
        self.of.variables.get(name).map(|value| &**value)
    }
    fn input(&self) -> &Value {
        &self.of.input
    }
    fn result(&self) -> Option<&Value> {
        None
    }
    fn error_output(&self) -> Option<&Value> {
        None
    }
    fn context(&self) -> Cow<'_, Value> {
        Cow::Borrowed(self.context.get_or_init(|| self.whole_context()))
    }
    fn execution_input(&self) -> Option<&Value> {
        Some(&self.of.execution_input)
    }
    fn item_value(&self) -> Option<&Value> {
        Some(self.item.value)
    }
    fn item_index(&self) -> Option<&Value> {
        Some(&self.index)
    }
    fn now(&self) -> Timestamp {
        self.of.now
    }
    fn entropy(&self) -> u64 {
        let entropy = mix(self.entropy.get(), 0);
        self.entropy.set(entropy);
        entropy
    }
}
