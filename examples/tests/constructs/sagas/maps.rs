//! Items of maps that hold undos.

use serde_json::json;
use workflow_runtime::prelude::*;

use super::Node::{Group, Join, Plain, Step};
use super::{Node, fail_everywhere};
use crate::harness::{Bench, Script};
use crate::world::*;

workflow!(
    pub(crate) async fn mapped(n: i64) -> Result<i64> {
        #[state = "S1"]
        #[compensate(unbook(1))]
        let _ = book(1).await?;
        let sums = try_map(vec![10, 20, 30], async |item| {
            #[state = "First"]
            #[compensate(unbook(x))]
            let x = book(item).await?;
            #[state = "Second"]
            #[compensate(unbook(item + 1))]
            let y = book(item + 1).await?;
            Ok(x + y)
        })
        .await?;
        #[state = "S2"]
        #[compensate(unbook(2))]
        let _ = book(2).await?;
        #[state = "S3"]
        book(3).await?;
        Ok(sums[0] + sums[2] + n)
    }
);

workflow!(
    /// Lists out of items; a map in a map; a group in an item; a join beside it.
    pub(crate) async fn deep_maps(n: i64) -> Result<Vec<Vec<i64>>> {
        let lists = match async {
            let lists = try_map(vec![10, 20], async |outer| {
                #[state = "Outer"]
                #[compensate(unbook(outer))]
                let _ = book(outer).await?;
                let inner = try_map(vec![1, 2], async |inner| {
                    #[state = "Inner"]
                    #[compensate(unbook(x))]
                    let x = book(outer + inner).await?;
                    Ok(x)
                })
                .await?;
                match async {
                    #[state = "Grouped"]
                    #[compensate(unbook(outer + 3))]
                    let _ = book(outer + 3).await?;
                    #[state = "Fails"]
                    book(outer + 4).await
                }
                .await
                {
                    Ok(_) => Ok(inner),
                    Err(_) => Ok(vec![outer]),
                }
            })
            .await?;
            #[state = "S1"]
            book(1).await?;
            Ok(lists)
        }
        .await
        {
            Ok(lists) => lists,
            Err(failure) => {
                tell(failure.error()).await?;
                return Err(failure.into());
            }
        };
        #[state = "S2"]
        book(2).await?;
        drop_nothing(n).await?;
        Ok(lists)
    }
);

#[step]
pub(crate) async fn drop_nothing(n: i64) {
    let _ = n;
}

#[tokio::test(start_paused = true)]
async fn items_come_to_their_end_and_are_undone() {
    let mut bench = Bench::default();
    const ITEMS: &[&[Node]] = &[&[Step(10), Step(11)], &[Step(20), Step(21)], &[Step(30), Step(31)]];
    let nodes = [Step(1), Join(ITEMS), Step(2), Plain(3)];
    fail_everywhere::<Mapped>(&mut bench, &nodes).await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn maps_in_maps_and_groups() {
    let mut bench = Bench::default();
    const FIRST: &[Node] = &[Step(10), Join(&[&[Step(11)], &[Step(12)]]), Group(&[Step(13), Plain(14)], &[])];
    const SECOND: &[Node] = &[Step(20), Join(&[&[Step(21)], &[Step(22)]]), Group(&[Step(23), Plain(24)], &[])];
    let nodes = [Node::Rethrown(&[Join(&[FIRST, SECOND]), Plain(1)]), Plain(2)];
    fail_everywhere::<DeepMaps>(&mut bench, &nodes).await;
    let usual = bench.execute::<DeepMaps>(&json!(0), &Script::saga(&[]), "no failure").await;
    assert_eq!(usual.map(|ran| ran.described["output"].clone()), Some(json!([[11, 12], [21, 22]])));
    let one = bench.execute::<DeepMaps>(&json!(0), &Script::saga(&[14]), "an item that handles its failure").await;
    assert_eq!(one.map(|ran| ran.described["output"].clone()), Some(json!([[10], [21, 22]])));
    bench.compare();
}
