//! Maps in ASL.

use serde_json::{Map as Object, Value, json};

use super::{Emitter, Leaving};
use crate::asl::{Branch, Map};
use crate::lower::graph::{Node, NodeId};
use crate::lower::ir::SourceKind;
use crate::lower::map::{MapNode, MapSource};
use crate::lower::term::Term;

impl Emitter<'_> {
    pub(super) fn map(&self, id: NodeId, map: &MapNode, node: &Node) -> Map {
        let Leaving { assign, output, next, end } = self.leaving(id, &|term| *term == Term::Result);
        let (start_at, states) = self.states(map.processor);
        let distributed = map.distributed.as_deref();
        let processor_config = distributed.map(|distributed| {
            let kind = if distributed.express { "EXPRESS" } else { "STANDARD" };
            json!({ "Mode": "DISTRIBUTED", "ExecutionType": kind })
        });
        let option = |term: Option<&Term>| term.map(|term| self.template(id, term));
        let (items, item_reader) = match &map.source {
            MapSource::List(list) => (Some(self.template(id, list)), None),
            MapSource::Objects { kind, bucket, key, max_items } => {
                (None, Some(self.reader(id, *kind, [bucket, key], max_items.as_ref())))
            }
        };
        Map {
            comment: node.comment.clone(),
            query_language: None,
            items,
            item_reader,
            item_selector: self.selector(id, map),
            item_batcher: self.batcher(id, map),
            item_processor: Branch { comment: None, processor_config, start_at, states },
            max_concurrency: option(map.max_concurrency.as_ref()),
            tolerated_failure_percentage: option(distributed.and_then(|it| it.tolerated_percentage.as_ref())),
            tolerated_failure_count: option(distributed.and_then(|it| it.tolerated_count.as_ref())),
            label: distributed.and_then(|it| it.label).map(str::to_owned),
            result_writer: distributed.and_then(|it| it.writer.as_ref()).map(|(bucket, prefix)| {
                json!({
                    "Resource": "arn:aws:states:::s3:putObject",
                    "Arguments": { "Bucket": self.template(id, bucket), "Prefix": self.template(id, prefix) },
                })
            }),
            retry: map.retry.clone(),
            catch: self.catchers(id),
            assign,
            output,
            next,
            end,
        }
    }

    /// What an iteration is given, where that is more than its item.
    fn selector(&self, id: NodeId, map: &MapNode) -> Option<Value> {
        if !map.selects() {
            return None;
        }
        let given = self.variables.given(map.processor);
        let mut entries = Object::new();
        let value = |path: &str| Value::from(format!("{{% $states.context.Map.Item.{path} %}}"));
        let item = (map.item, value("Value"));
        let index = map.index.map(|index| (index, value("Index")));
        let passed = map.passed.iter().map(|(var, term)| (*var, self.template(id, term)));
        for (var, value) in std::iter::once(item).chain(index).chain(passed) {
            if let Some(key) = given.get(&var).and_then(|keys| keys.last()) {
                entries.insert(key.clone(), value);
            }
        }
        Some(Value::Object(entries))
    }

    /// `ItemBatcher`: what a batch is given besides its items is the same for all of it.
    fn batcher(&self, id: NodeId, map: &MapNode) -> Option<Value> {
        let (items, bytes) = map.distributed.as_ref()?.batch.as_ref()?;
        let mut batcher = Object::new();
        for (field, term) in [("MaxItemsPerBatch", items), ("MaxInputBytesPerBatch", bytes)] {
            if let Some(term) = term {
                batcher.insert(field.to_owned(), self.template(id, term));
            }
        }
        let given = self.variables.given(map.processor);
        let mut input = Object::new();
        for (var, term) in &map.passed {
            if let Some(key) = given.get(var).and_then(|keys| keys.last()) {
                input.insert(key.clone(), self.template(id, term));
            }
        }
        if !input.is_empty() {
            batcher.insert("BatchInput".to_owned(), Value::Object(input));
        }
        Some(Value::Object(batcher))
    }

    fn reader(&self, id: NodeId, kind: SourceKind, place: [&Term; 2], max_items: Option<&Term>) -> Value {
        let (resource, key) = match kind {
            SourceKind::Objects => ("arn:aws:states:::s3:listObjectsV2", "Prefix"),
            _ => ("arn:aws:states:::s3:getObject", "Key"),
        };
        let mut config = Object::new();
        let input_type = match kind {
            SourceKind::Csv => Some("CSV"),
            SourceKind::Json => Some("JSON"),
            SourceKind::JsonLines => Some("JSONL"),
            SourceKind::Objects => None,
        };
        if let Some(input_type) = input_type {
            config.insert("InputType".to_owned(), input_type.into());
        }
        if kind == SourceKind::Csv {
            config.insert("CSVHeaderLocation".to_owned(), "FIRST_ROW".into());
        }
        if let Some(most) = max_items {
            config.insert("MaxItems".to_owned(), self.template(id, most));
        }
        let [bucket, object] = place.map(|term| self.template(id, term));
        let mut reader = Object::new();
        reader.insert("Resource".to_owned(), resource.into());
        if !config.is_empty() {
            reader.insert("ReaderConfig".to_owned(), Value::Object(config));
        }
        reader.insert("Arguments".to_owned(), json!({ "Bucket": bucket, key: object }));
        Value::Object(reader)
    }
}
