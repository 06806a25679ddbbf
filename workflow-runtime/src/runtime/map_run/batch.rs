//! From items to children: what each is given, and how many items that stands for.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::engine::ItemBatch;

/// A child to run.
#[derive(Clone, Debug)]
pub(super) struct Child {
    /// From 0.
    pub(super) index: u64,
    /// How many items it takes.
    pub(super) items: u64,
    pub(super) input: Arc<Value>,
}

/// Groups items, or gives each a child of its own.
#[derive(Debug)]
pub(super) struct Batcher {
    batch: Option<ItemBatch>,
    next: u64,
    open: Vec<Value>,
    /// Of the open batch's input as JSON text.
    bytes: u64,
    empty_bytes: u64,
}

impl Batcher {
    pub(super) fn new(batch: Option<ItemBatch>, next: u64) -> Self {
        let empty = batch.as_ref().map_or(0, |batch| bytes(&input(batch, Vec::new())));
        Self { batch, next, open: Vec::new(), bytes: empty, empty_bytes: empty }
    }

    /// Takes an item; what is full now follows.
    pub(super) fn push(&mut self, item: Value, full: &mut Vec<Child>) {
        let Some(batch) = &self.batch else {
            full.push(Child { index: self.next, items: 1, input: Arc::new(item) });
            self.next += 1;
            return;
        };
        // With the comma before it.
        let added = bytes(&item) + 1;
        let too_long = batch.max_bytes.is_some_and(|max| self.bytes + added > max);
        if too_long && !self.open.is_empty() {
            self.end(full);
        }
        self.open.push(item);
        self.bytes += added;
        let max_items = self.batch.as_ref().and_then(|batch| batch.max_items);
        if max_items.is_some_and(|max| self.open.len() as u64 >= max.max(1)) {
            self.end(full);
        }
    }

    /// Ends the batch that is open.
    pub(super) fn end(&mut self, full: &mut Vec<Child>) {
        let Some(batch) = self.batch.as_ref().filter(|_| !self.open.is_empty()) else { return };
        let items = std::mem::take(&mut self.open);
        full.push(Child { index: self.next, items: items.len() as u64, input: Arc::new(input(batch, items)) });
        self.next += 1;
        self.bytes = self.empty_bytes;
    }
}

fn input(batch: &ItemBatch, items: Vec<Value>) -> Value {
    let mut input = Map::new();
    if let Some(given) = &batch.input {
        input.insert("BatchInput".to_owned(), Value::clone(given));
    }
    input.insert("Items".to_owned(), Value::Array(items));
    Value::Object(input)
}

/// How long a value's JSON text is.
pub(super) fn bytes(value: &Value) -> u64 {
    struct Count(u64);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Counting does not fail.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn inputs(batch: Option<ItemBatch>, items: &[Value]) -> Vec<(u64, u64, Value)> {
        let mut batcher = Batcher::new(batch, 5);
        let mut full = Vec::new();
        for item in items {
            batcher.push(item.clone(), &mut full);
        }
        batcher.end(&mut full);
        full.into_iter().map(|child| (child.index, child.items, Value::clone(&child.input))).collect()
    }

    #[test]
    fn without_a_batcher_each_item_has_a_child() {
        assert_eq!(inputs(None, &[json!(1), json!([2])]), [(5, 1, json!(1)), (6, 1, json!([2]))]);
    }

    #[test]
    fn batches_have_so_many_items_and_what_is_given_to_all() {
        let batch = ItemBatch { max_items: Some(2), max_bytes: None, input: Some(json!({ "c": "x" }).into()) };
        let expected = [
            (5, 2, json!({ "BatchInput": { "c": "x" }, "Items": [1, 2] })),
            (6, 1, json!({ "BatchInput": { "c": "x" }, "Items": [3] })),
        ];
        assert_eq!(inputs(Some(batch), &[json!(1), json!(2), json!(3)]), expected);
    }

    #[test]
    fn batches_have_so_many_bytes_and_at_least_one_item() {
        let batch = ItemBatch { max_items: None, max_bytes: Some(20), input: None };
        // `{"Items":[]}` are 12 bytes.
        let items = [json!("aa"), json!("bbbbbbbbbbbbbbbbbbbb"), json!(1), json!(2), json!(3), json!(4), json!(5)];
        let batches: Vec<Value> =
            inputs(Some(batch), &items).into_iter().map(|(_, _, input)| input["Items"].clone()).collect();
        assert_eq!(batches, [json!(["aa"]), json!(["bbbbbbbbbbbbbbbbbbbb"]), json!([1, 2, 3, 4]), json!([5])]);
    }
}
