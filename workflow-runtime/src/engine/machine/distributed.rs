//! Distributed Maps: what their fields say before anything is evaluated.

use serde_json::Value;

use super::Field;
use super::compile::{At, Compiler, WRONG};
use crate::asl::Map;
use crate::engine::{ItemFormat, Transformation};

/// A reader, a batcher or a writer that is not run here.
const NOT_HERE: &str = "WF2200";

/// What a distributed Map runs its children for.
#[derive(Debug)]
pub(in crate::engine) struct MapRunNode {
    /// Its part of ARNs.
    pub(in crate::engine) label: String,
    /// The state's input where absent, unless there is a reader.
    pub(in crate::engine) items: Option<Field>,
    pub(in crate::engine) reader: Option<ReaderNode>,
    /// Gives an item what a child gets of it; the item where absent.
    pub(in crate::engine) selector: Option<Field>,
    pub(in crate::engine) batch: Option<BatchNode>,
    pub(in crate::engine) max_concurrency: Option<Field>,
    pub(in crate::engine) tolerated_percentage: Option<Field>,
    pub(in crate::engine) tolerated_count: Option<Field>,
    pub(in crate::engine) writer: Option<WriterNode>,
}

/// `ItemReader`
#[derive(Debug)]
pub(in crate::engine) struct ReaderNode {
    /// `None` for a listing of a bucket.
    pub(in crate::engine) format: Option<ItemFormat>,
    pub(in crate::engine) arguments: Field,
    pub(in crate::engine) max_items: Option<Field>,
}

/// `ItemBatcher`
#[derive(Debug)]
pub(in crate::engine) struct BatchNode {
    pub(in crate::engine) max_items: Option<Field>,
    pub(in crate::engine) max_bytes: Option<Field>,
    pub(in crate::engine) input: Option<Field>,
}

/// `ResultWriter`
#[derive(Debug)]
pub(in crate::engine) struct WriterNode {
    pub(in crate::engine) arguments: Option<Field>,
    pub(in crate::engine) transformation: Transformation,
    pub(in crate::engine) lines: bool,
}

impl Compiler {
    pub(super) fn map_run(&mut self, at: &At<'_>, name: &str, map: &Map) -> MapRunNode {
        let is_list = |value: &Value| value.is_array() || value.is_object();
        MapRunNode {
            label: map.run_label(name),
            items: self.typed(at, map.items.as_ref(), "Items", "an array or an object", is_list),
            reader: map.item_reader.as_ref().and_then(|reader| self.reader(at, reader)),
            selector: self.field(at, map.item_selector.as_ref(), "ItemSelector"),
            batch: map.item_batcher.as_ref().map(|batcher| BatchNode {
                max_items: self.whole(at, batcher.get("MaxItemsPerBatch"), "ItemBatcher/MaxItemsPerBatch"),
                max_bytes: self.whole(at, batcher.get("MaxInputBytesPerBatch"), "ItemBatcher/MaxInputBytesPerBatch"),
                input: self.field(at, batcher.get("BatchInput"), "ItemBatcher/BatchInput"),
            }),
            max_concurrency: self.whole(at, map.max_concurrency.as_ref(), "MaxConcurrency"),
            tolerated_percentage: self.typed(
                at,
                map.tolerated_failure_percentage.as_ref(),
                "ToleratedFailurePercentage",
                "a number",
                Value::is_number,
            ),
            tolerated_count: self.whole(at, map.tolerated_failure_count.as_ref(), "ToleratedFailureCount"),
            writer: map.result_writer.as_ref().map(|writer| self.writer(at, writer)),
        }
    }

    fn not_here(&mut self, at: &At<'_>, field: &str, what: &str) {
        self.fault(NOT_HERE, format!("{}/{field}", at.pointer), format!("{what} is not run here"));
    }

    fn reader(&mut self, at: &At<'_>, reader: &Value) -> Option<ReaderNode> {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let config = reader.get("ReaderConfig").unwrap_or(&Value::Null);
        let resource = text(reader.get("Resource"));
        let format = match resource.rsplit_once(":::").map(|(_, action)| action) {
            Some("s3:getObject") => Some(self.format(at, config)?),
            Some("s3:listObjectsV2") => {
                let transformation = text(config.get("Transformation"));
                if !matches!(transformation.as_str(), "" | "NONE") {
                    self.not_here(at, "ItemReader/ReaderConfig/Transformation", &format!("`{transformation}`"));
                }
                None
            }
            _ => {
                self.not_here(at, "ItemReader/Resource", &format!("`{resource}`"));
                return None;
            }
        };
        let Some(arguments) = self.field(at, reader.get("Arguments"), "ItemReader/Arguments") else {
            self.fault(WRONG, format!("{}/ItemReader", at.pointer), "an ItemReader has `Arguments` with a `Bucket`");
            return None;
        };
        let max_items = self.whole(at, config.get("MaxItems"), "ItemReader/ReaderConfig/MaxItems");
        Some(ReaderNode { format, arguments, max_items })
    }

    fn format(&mut self, at: &At<'_>, config: &Value) -> Option<ItemFormat> {
        let text = |name: &str| config.get(name).and_then(Value::as_str);
        Some(match text("InputType") {
            Some("JSON") => ItemFormat::Json { pointer: text("ItemsPointer").unwrap_or_default().to_owned() },
            Some("JSONL") => ItemFormat::JsonLines,
            Some("CSV") => {
                let delimiter = match text("CSVDelimiter") {
                    Some("PIPE") => '|',
                    Some("SEMICOLON") => ';',
                    Some("SPACE") => ' ',
                    Some("TAB") => '\t',
                    _ => ',',
                };
                let given = text("CSVHeaderLocation") == Some("GIVEN");
                let headers = config.get("CSVHeaders").and_then(Value::as_array).filter(|_| given);
                let name = |name: &Value| name.as_str().unwrap_or_default().to_owned();
                let headers: Option<Vec<String>> = headers.map(|names| names.iter().map(name).collect());
                if given && headers.as_ref().is_none_or(Vec::is_empty) {
                    let place = format!("{}/ItemReader/ReaderConfig/CSVHeaders", at.pointer);
                    self.fault(WRONG, place, "`CSVHeaders` names the columns where `CSVHeaderLocation` is `GIVEN`");
                }
                ItemFormat::Csv { delimiter, headers }
            }
            other => {
                let what = other.map_or_else(|| "an object without `InputType`".to_owned(), |it| format!("`{it}`"));
                self.not_here(at, "ItemReader/ReaderConfig/InputType", &what);
                return None;
            }
        })
    }

    fn writer(&mut self, at: &At<'_>, writer: &Value) -> WriterNode {
        let config = writer.get("WriterConfig").unwrap_or(&Value::Null);
        let text = |name: &str| config.get(name).and_then(Value::as_str);
        let exports = writer.get("Resource").is_some();
        let transformation = match text("Transformation") {
            Some("COMPACT") => Transformation::Compact,
            Some("FLATTEN") => Transformation::Flatten,
            Some("NONE") => Transformation::None,
            // What is exported is whole unless said otherwise.
            _ if exports => Transformation::None,
            _ => Transformation::Compact,
        };
        let arguments = self.field(at, writer.get("Arguments"), "ResultWriter/Arguments");
        if exports && arguments.is_none() {
            let place = format!("{}/ResultWriter", at.pointer);
            self.fault(WRONG, place, "a ResultWriter with a `Resource` has `Arguments` with `Bucket` and `Prefix`");
        }
        WriterNode { arguments, transformation, lines: text("OutputType") == Some("JSONL") }
    }
}
