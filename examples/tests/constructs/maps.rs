//! `try_map`: iterations side by side.

use workflow_runtime::ErrorOutput;
use workflow_runtime::prelude::*;

use crate::calls::an_order;
use crate::harness::{Act, Bench, err, ok};
use crate::world::*;

workflow!(
    pub(crate) async fn priced(order: Order) -> Result<Vec<i64>> {
        #[max_concurrency(2)]
        try_map(order.lines, async |line| price(line.sku, 3).await).await
    }
);

workflow!(
    /// Reads the item late, and what stands outside.
    pub(crate) async fn carried(order: Order) -> Result<Vec<Option<String>>> {
        let checked = check(order).await?;
        let places = try_map(checked.lines, async |line| {
            let n = price(line.sku, 2).await?;
            if n > 25 {
                return Ok(None);
            }
            tell(format!("{} of {}: {n}", line.sku, checked.order_id)).await?;
            let place = locate(line.sku).await?;
            Ok(place)
        })
        .await?;
        Ok(places)
    }
);

workflow!(
    pub(crate) async fn numbered(names: Vec<String>) -> Result<Vec<(usize, i64)>> {
        let most = names.len() + 1;
        #[max_concurrency(most)]
        try_map(names.iter().enumerate(), async |(index, name)| {
            if index == 1 {
                #[state = "TellSecond"]
                tell(name).await?;
            }
            let n = price(name, 1).await?;
            Ok((index + 1, n))
        })
        .await
    }
);

workflow!(
    pub(crate) async fn nested_maps(rows: Vec<(i64, Vec<i64>)>) -> Result<Vec<Vec<i64>>> {
        #[state = "Rows"]
        let raised = try_map(rows, async |(base, row)| {
            #[state = "Cells"]
            try_map(row, async |cell| {
                let more = watch(cell + base).await?;
                Ok(more + base)
            })
            .await
        })
        .await?;
        #[state = "RowsAgain"]
        let doubled = try_map(raised, async |row| {
            tell(format!("{} cells", row.len())).await?;
            #[state = "CellsAgain"]
            let cells = try_map(row, async |cell| {
                #[state = "WatchAgain"]
                let first = watch(cell).await?;
                #[state = "TellRow"]
                tell(format!("{cell} in {}", row.len())).await?;
                Ok(first + cell)
            })
            .await?;
            Ok(cells)
        })
        .await?;
        Ok(doubled)
    }
);

workflow!(
    /// A failure of an iteration is the map's, and is handled like a group's.
    pub(crate) async fn matched_map(names: Vec<String>) -> Result<i64> {
        #[max_concurrency(1)]
        match try_map(names, async |name| match price(name, 1).await {
            Ok(n) => Ok(n),
            Err(Failed(Fault::SoldOut { sku, left })) => {
                tell(format!("{name}: {left} of {sku}")).await?;
                Ok(left as i64)
            }
            Err(Failed(Fault::Bad(_))) => Err(Trouble::Limit(3, name).into()),
            Err(failure) => Err(failure.into()),
        })
        .await
        {
            Ok(prices) => Ok(prices.iter().sum()),
            Err(failure) => {
                #[state = "TellFailure"]
                tell(failure.error()).await?;
                Ok(-1)
            }
        }
    }
);

workflow!(
    pub(crate) async fn failing_map(names: Vec<String>) -> Result<Vec<i64>> {
        #[max_concurrency(1)]
        try_map(names, async |name| {
            if name == "bad" {
                return Err(Trouble::Quoted { what: name, count: 3 }.into());
            }
            price(name, 1).await
        })
        .await
    }
);

workflow!(
    pub(crate) async fn tolerant(names: Vec<String>) -> Result<Vec<Result<i64, ErrorOutput>>> {
        #[tolerated_failure_count(1)]
        let results = try_map(names, async |name| {
            if name == "bad" {
                return Err(Trouble::Refused.into());
            }
            let n = price(name, 1).await?;
            Ok(n)
        })
        .await?;
        Ok(results)
    }
);

workflow!(
    pub(crate) async fn half_tolerant(names: Vec<String>) -> Result<usize> {
        #[tolerated_failure_percentage(50)]
        let results = match try_map(names, async |name| price(name, 1).await).await {
            Ok(results) => results,
            Err(failure) => {
                tell(failure.error()).await?;
                return Ok(0);
            }
        };
        Ok(results.len())
    }
);

workflow!(
    /// Groups, joins and maps in one another.
    pub(crate) async fn intertwined(names: Vec<String>) -> Result<Vec<i64>> {
        let (sums, _) = try_join!(
            async {
                let sums = try_map(names, async |name| {
                    let (n, place) = try_join!(price(name, 1), async {
                        sleep(secs(1)).await;
                        match async {
                            let place = locate(name).await?;
                            tell(name).await?;
                            Ok(place)
                        }
                        .await
                        {
                            Ok(place) => Ok(place),
                            Err(_) => Ok(Some(name)),
                        }
                    })?;
                    #[state = "TellPlace"]
                    tell(format!("{name} {}", place.unwrap_or("nowhere".to_string()))).await?;
                    Ok(n)
                })
                .await?;
                Ok(sums)
            },
            async {
                #[state = "Others"]
                try_map(names, async |name| {
                    #[state = "TellOther"]
                    tell(name).await
                })
                .await?;
                Ok(())
            }
        )?;
        Ok(sums)
    }
);

workflow!(
    pub(crate) async fn without_steps(pairs: Vec<(String, i64)>) -> Result<Vec<String>> {
        #[state = "Texts"]
        let texts = try_map(pairs, async |(name, n)| Ok(format!("{name}{n}"))).await?;
        #[state = "Tails"]
        try_map(texts.iter().enumerate(), async |pair| {
            #[state = "TellTail"]
            tell(pair.1).await?;
            Ok(format!("{} {}", pair.1, pair.0))
        })
        .await
    }
);

workflow!(
    /// The first state of an iteration waits, chooses, or repeats.
    pub(crate) async fn beginnings(numbers: Vec<i64>) -> Result<Vec<i64>> {
        try_map(numbers, async |n| {
            let mut left = n;
            while left > 0 {
                left = left - 2;
                tell(format!("{n}: {left}")).await?;
            }
            sleep(secs(1)).await;
            let m = watch(n).await?;
            Ok(m + left)
        })
        .await
    }
);

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn maps_yield_lists_in_order() {
    let mut bench = Bench::default();
    let mut order = an_order();
    bench.run::<Priced>(&order, &[], ok([34, 34]), "ForEachLine Price Price").await;
    order.lines[1].sku = "footstool".to_owned();
    let states = "Check ForEachLine Price Tell? Tell Locate Price Tell? Done";
    bench.run::<Carried>(&order, &[], ok([Some("desk"), None]), states).await;
    order.lines.clear();
    bench.run::<Priced>(&order, &[], ok(Vec::<i64>::new()), "ForEachLine").await;
    let each = "TellSecond? Price";
    let (one, three) = (format!("ForEachName {each}"), format!("ForEachName TellSecond {each} {each} {each}"));
    bench.run::<Numbered>(names(&["a", "bb", "ccc"]), &[], ok([(1, 11), (2, 12), (3, 13)]), &three).await;
    bench.run::<Numbered>(names(&["a"]), &[], ok([(1, 11)]), &one).await;
    bench.run::<Numbered>(names(&[]), &[], ok(Vec::<i64>::new()), "ForEachName").await;
    let rows = [(10, vec![1, 2]), (0, vec![3]), (5, vec![])];
    let rest = "Tell Tell Tell WatchAgain TellRow WatchAgain TellRow WatchAgain TellRow";
    let states = format!("Rows Cells Cells Cells Watch Watch Watch RowsAgain CellsAgain CellsAgain CellsAgain {rest}");
    bench.run::<NestedMaps>(rows, &[], ok([vec![45, 47], vec![9], vec![]]), &states).await;
    bench
        .run::<NestedMaps>(
            [(1, vec![1])],
            &[],
            ok([vec![9]]),
            "Rows Cells Watch RowsAgain CellsAgain Tell WatchAgain TellRow",
        )
        .await;
    bench
        .run::<WithoutSteps>([("a", 1), ("b", 2)], &[], ok(["a1 0", "b2 1"]), "Texts Done Done Tails TellTail TellTail")
        .await;
    let states = "ForEachN Prepare Tell? Tell Tell? Tell Tell? Wait1Second Watch Prepare Tell? Wait1Second Watch";
    bench.run::<Beginnings>([3, 0], &[], ok([3, 1]), states).await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn failures_of_iterations() {
    let mut bench = Bench::default();
    let ab = || names(&["a", "bb"]);
    bench.run::<MatchedMap>(ab(), &[], ok(23), "ForEachName Price Price").await;
    let sold_out = [("Price", Act::Fault(Fault::SoldOut { sku: "x".into(), left: 7 }))];
    bench.run::<MatchedMap>(ab(), &sold_out, ok(19), "ForEachName Price Tell Price").await;
    let bad = [("Price", Act::Fault(Fault::Bad("it".into())))];
    bench.run::<MatchedMap>(ab(), &bad, ok(-1), "ForEachName Price TroubleLimit TellFailure").await;
    bench.run::<MatchedMap>(ab(), &[("Price", Act::Panic)], ok(-1), "ForEachName Price TellFailure").await;
    bench.run::<FailingMap>(ab(), &[], ok([11, 12]), "ForEachName TroubleQuoted? Price TroubleQuoted? Price").await;
    let states = "ForEachName TroubleQuoted? Price TroubleQuoted? TroubleQuoted";
    bench.run::<FailingMap>(names(&["a", "bad", "c"]), &[], err("Trouble.Quoted"), states).await;
    bench
        .run::<FailingMap>(
            names(&["a"]),
            &[("Price", Act::Panic)],
            err("States.TaskFailed"),
            "ForEachName TroubleQuoted? Price",
        )
        .await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn tolerated_failures_are_results() {
    let mut bench = Bench::default();
    let refused = || WorkflowError::from(Trouble::Refused).output().clone();
    let price = |n: i64| Ok::<i64, ErrorOutput>(n);
    let one = "Price? Price";
    let all = format!("ForEachName {one} {one} ExceedToleratedFailureThreshold? Done");
    bench.run::<Tolerant>(names(&["a", "bb"]), &[], ok([price(11), price(12)]), &all).await;
    let some = format!("ForEachName {one} Price? Done ExceedToleratedFailureThreshold? Done");
    bench.run::<Tolerant>(names(&["a", "bad"]), &[], ok([price(11), Err(refused())]), &some).await;
    let many = "ForEachName Price? Done Price? Done ExceedToleratedFailureThreshold? ExceedToleratedFailureThreshold";
    bench.run::<Tolerant>(names(&["bad", "bad"]), &[], err("States.ExceedToleratedFailureThreshold"), many).await;
    bench
        .run::<Tolerant>(names(&[]), &[], ok(Vec::<i64>::new()), "ForEachName ExceedToleratedFailureThreshold? Done")
        .await;
    bench
        .run::<HalfTolerant>(names(&["a"]), &[("Price", Act::Panic)], ok(0), "ForEachName Price Done Tell? Tell")
        .await;
    bench
        .run::<HalfTolerant>(
            names(&["a", "b"]),
            &[("Price", Act::Panic)],
            ok(2),
            "ForEachName Price Price Done Tell? Done",
        )
        .await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn maps_joins_and_groups_in_one_another() {
    let mut bench = Bench::default();
    let name = "PriceAndWait1Second Price Wait1Second Locate Tell TellPlace TellOther";
    let states = format!("ForEachNameAndOthers ForEachName Others {name} {name}");
    bench.run::<Intertwined>(names(&["a", ""]), &[], ok([11, 10]), &states).await;
    let failed = "PriceAndWait1Second Price Wait1Second Locate Done TellPlace TellOther";
    let states = format!("ForEachNameAndOthers ForEachName Others {failed}");
    bench.run::<Intertwined>(names(&["a"]), &[("Locate", Act::Panic)], ok([11]), &states).await;
    bench.compare();
}
