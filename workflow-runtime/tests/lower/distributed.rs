//! `try_map_distributed`.

use expect_test::expect;
use workflow_runtime::prelude::*;
use workflow_runtime::source::{self, MapRunResult, csv, json_lines};

use crate::maps::*;
use crate::support::states;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Row {
    pub sku: String,
    pub amount: String,
}

#[step]
pub async fn book(row: Row, region: String) -> u64 {
    let _ = region;
    row.amount.parse().unwrap_or(0)
}

#[step]
pub async fn book_all(rows: Vec<Row>, region: String) -> u64 {
    let _ = (rows, region);
    0
}

workflow!(
    pub async fn books(region: String) -> Result<Vec<u64>> {
        let bucket = format!("orders-{region}");
        #[max_concurrency(100)]
        #[label = "rows"]
        try_map_distributed(csv::<Row>(bucket, "2026/rows.csv"), async |row| {
            let booked = book(row, region).await?;
            note(row.sku).await?;
            Ok(booked)
        })
        .await
    }
);

workflow!(
    pub async fn batches(region: String) -> Result<MapRunResult> {
        #[batch(max_items = 100)]
        #[max_items(1_000_000)]
        #[express]
        #[tolerated_failure_percentage(5)]
        #[result_writer(bucket = "results", prefix = format!("{region}/booked"))]
        try_map_distributed(json_lines::<Row>("orders", "rows.jsonl"), async |rows| book_all(rows, region).await).await
    }
);

workflow!(
    pub async fn in_memory(cart: Cart) -> Result<u64> {
        let results = try_map_distributed(cart.items.into_iter().enumerate(), async |(index, item)| {
            #[state = "Inner"]
            let labels = try_map(cart.tags, async |tag| {
                let first = label(item.sku, tag, index).await?;
                #[state = "Second"]
                label(first.number, tag, index).await
            })
            .await?;
            Ok(labels.len() as u64)
        })
        .await?;
        Ok(results.iter().sum())
    }
);

workflow!(
    pub async fn lists(prefix: String) -> Result<()> {
        #[batch(max_bytes = 1024)]
        try_map_distributed(source::objects("orders", prefix), async |objects| {
            note(format!("{} objects", objects.len())).await?;
            #[state = "Again"]
            note(objects[0].key).await
        })
        .await?;
        Ok(())
    }
);

#[test]
fn rows_of_a_file_are_executions_of_their_own() {
    expect![[r#"
        -> ForEachRow
        ForEachRow: Map
          ItemReader {"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"FIRST_ROW"},"Arguments":{"Bucket":"{% 'orders-' & $states.context.Execution.Input %}","Key":"2026/rows.csv"}}
          ItemSelector {"row":"{% $states.context.Map.Item.Value %}","region":"{% $states.context.Execution.Input %}"}
          ProcessorConfig {"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"}
            -> Book
            Book: Task
              Arguments {"row":"{% $states.input.row %}","region":"{% $states.input.region %}"}
              Assign {"booked":"{% $states.result %}"}
              Next -> Note
            Note: Task
              Arguments "{% $states.context.Execution.Input.row.sku %}"
              Output "{% $booked %}"
              End true
          MaxConcurrency 100
          Label "rows"
          End true
    "#]].assert_eq(&states::<Books>());
}

#[test]
fn batches_of_lines() {
    expect![[r#"
        -> ForEachRows
        ForEachRows: Map
          ItemReader {"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"JSONL","MaxItems":1000000},"Arguments":{"Bucket":"orders","Key":"rows.jsonl"}}
          ItemBatcher {"MaxItemsPerBatch":100,"BatchInput":{"region":"{% $states.context.Execution.Input %}"}}
          ProcessorConfig {"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"}
            -> BookAll
            BookAll: Task
              Arguments {"rows":"{% $states.input.Items %}","region":"{% $states.input.BatchInput.region %}"}
              End true
          ToleratedFailurePercentage 5
          ResultWriter {"Resource":"arn:aws:states:::s3:putObject","Arguments":{"Bucket":"results","Prefix":"{% $states.context.Execution.Input & '/booked' %}"}}
          End true
    "#]].assert_eq(&states::<Batches>());
}

#[test]
fn children_are_given_what_they_read() {
    expect![[r#"
        -> ForEachItem
        ForEachItem: Map
          Items "{% $states.context.Execution.Input.items %}"
          ItemSelector {"item":"{% $states.context.Map.Item.Value %}","index":"{% $states.context.Map.Item.Index %}","cart":"{% $states.context.Execution.Input %}"}
          ProcessorConfig {"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"}
            -> Inner
            Inner: Map
              Items "{% $states.input.cart.tags %}"
                -> Label
                Label: Task
                  Arguments {"order_id":"{% $states.context.Execution.Input.item.sku %}","number":"{% $states.input %}","position":"{% $states.context.Execution.Input.index %}"}
                  Assign {"first":"{% $states.result %}","tag":"{% $states.input %}"}
                  Next -> Second
                Second: Task Label
                  Arguments {"order_id":"{% $first.number %}","number":"{% $tag %}","position":"{% $states.context.Execution.Input.index %}"}
                  End true
              Output "{% $count($states.result) %}"
              End true
          Output "{% $sum($states.result) %}"
          End true
    "#]].assert_eq(&states::<InMemory>());
}

#[test]
fn objects_of_a_bucket() {
    expect![[r#"
        -> ForEachObjects
        ForEachObjects: Map
          ItemReader {"Resource":"arn:aws:states:::s3:listObjectsV2","Arguments":{"Bucket":"orders","Prefix":"{% $states.context.Execution.Input %}"}}
          ItemBatcher {"MaxInputBytesPerBatch":1024}
          ProcessorConfig {"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"}
            -> Note
            Note: Task
              Arguments "{% $formatNumber($count($states.input.Items), '0') & ' objects' %}"
              Next -> Again
            Again: Task Note
              Arguments "{% $states.context.Execution.Input.Items[0].Key %}"
              End true
          Output "{% null %}"
          End true
    "#]].assert_eq(&states::<Lists>());
}

workflow!(
    pub async fn tolerates(limit: u32) -> Result<u64> {
        #[tolerated_failure_count(limit)]
        let booked = try_map_distributed(source::json::<Row>("orders", "rows.json"), async |row| {
            book(row, "eu".to_string()).await
        })
        .await?;
        Ok(booked.len() as u64)
    }
);

#[test]
fn a_map_run_tolerates_by_itself() {
    expect![[r#"
        -> ForEachRow
        ForEachRow: Map
          ItemReader {"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"JSON"},"Arguments":{"Bucket":"orders","Key":"rows.json"}}
          ProcessorConfig {"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"}
            -> Book
            Book: Task
              Arguments {"row":"{% $states.input %}","region":"eu"}
              Output {"Ok":"{% $states.result %}"}
              End true
          ToleratedFailureCount "{% $states.context.Execution.Input %}"
          Output "{% $count($append([], $map($states.result, function($result) { $exists($result.Ok) ? $result : {'Err': {'Error': $result.Error, 'Cause': $result.Cause}} })[])) %}"
          End true
    "#]].assert_eq(&states::<Tolerates>());
}
