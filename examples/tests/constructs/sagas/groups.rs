//! Handled groups and `compensate()`.

use serde_json::json;
use workflow_runtime::prelude::*;

use super::Node::{Compensate, Group, Plain, Rethrown, Step};
use super::fail_everywhere;
use crate::harness::{Act, Bench, Script, err, ok};
use crate::world::*;

workflow!(
    pub(crate) async fn handled(n: i64) -> Result<i64> {
        #[state = "S1"]
        #[compensate(unbook(a))]
        let a = book(1).await?;
        let inner = match async {
            #[state = "S2"]
            #[compensate(unbook(b))]
            let b = book(2).await?;
            #[state = "S3"]
            #[compensate(unbook(c))]
            let c = book(3).await?;
            Ok(b + c)
        }
        .await
        {
            Ok(sum) => sum,
            Err(_) => {
                #[state = "S4"]
                #[compensate(unbook(d))]
                let d = book(4).await?;
                d
            }
        };
        #[state = "S5"]
        #[compensate(unbook(e))]
        let e = book(5).await?;
        #[state = "S6"]
        book(6).await?;
        Ok(inner + e + n)
    }
);

workflow!(
    /// The whole saga in one group, whose handler tells and fails; groups in groups.
    pub(crate) async fn nested_groups(n: i64) -> Result<i64> {
        match async {
            #[state = "S1"]
            #[compensate(unbook(a))]
            let a = book(1).await?;
            match async {
                #[state = "S2"]
                #[compensate(unbook(b))]
                let b = book(2).await?;
                let _ = async {
                    #[state = "S3"]
                    #[compensate(unbook(c))]
                    let c = book(3).await?;
                    #[state = "S4"]
                    book(4).await
                }
                .await;
                #[state = "S5"]
                #[compensate(unbook(5))]
                let _ = book(5).await?;
                Ok(b)
            }
            .await
            {
                Ok(_) => {}
                Err(failure) => {
                    #[state = "S6"]
                    #[compensate(unbook(6))]
                    let _ = book(6).await?;
                    return Err(failure.into());
                }
            }
            #[state = "S7"]
            #[compensate(unbook(7))]
            let _ = book(7).await?;
            Ok(a)
        }
        .await
        {
            Ok(a) => {
                #[state = "S8"]
                book(8).await?;
                Ok(a + n)
            }
            Err(failure) => {
                tell(failure.error()).await?;
                Err(failure.into())
            }
        }
    }
);

workflow!(
    /// What is due is undone on the way, in the middle and in a group.
    pub(crate) async fn compensates(n: i64) -> Result<i64> {
        #[state = "S1"]
        #[compensate(unbook(1))]
        let _ = book(1).await?;
        #[state = "S2"]
        #[compensate(unbook(2))]
        let _ = book(2).await?;
        if n > 3 {
            compensate().await;
        }
        #[state = "S3"]
        #[compensate(unbook(3))]
        let _ = book(3).await?;
        match async {
            #[state = "S4"]
            #[compensate(unbook(4))]
            let _ = book(4).await?;
            compensate().await;
            #[state = "S5"]
            #[compensate(unbook(5))]
            let _ = book(5).await?;
            #[state = "S6"]
            book(6).await
        }
        .await
        {
            Ok(_) => {}
            Err(_) => {
                compensate().await;
                #[state = "S7"]
                #[compensate(unbook(7))]
                let _ = book(7).await?;
            }
        }
        #[state = "S8"]
        book(8).await?;
        Ok(n)
    }
);

workflow!(
    /// Says which undos failed.
    pub(crate) async fn reports(_n: i64) -> Result<Vec<String>> {
        match async {
            #[state = "S1"]
            #[compensate(unbook(1))]
            let _ = book(1).await?;
            #[state = "S2"]
            #[compensate(unbook(2))]
            let _ = book(2).await?;
            #[state = "S3"]
            book(3).await
        }
        .await
        {
            Ok(_) => {}
            Err(_) => {
                let report = compensate().await;
                return Ok(report.failed.iter().map(|undo| format!("{}: {}", undo.step, undo.error)).collect());
            }
        }
        let before = compensate().await;
        Ok(vec![format!("{}", before.failed.len())])
    }
);

workflow!(
    /// A branch undoes what it did; another has its undos run outside.
    pub(crate) async fn branch_reports(_n: i64) -> Result<usize> {
        let _ = try_join!(
            async {
                #[state = "S1"]
                #[compensate(unbook(1))]
                let one = book(1).await?;
                compensate().await;
                Ok(one)
            },
            async {
                #[state = "S2"]
                #[compensate(unbook(2))]
                let two = book(2).await?;
                #[state = "S3"]
                book(3).await?;
                Ok(two)
            }
        );
        let report = compensate().await;
        Ok(report.failed.len())
    }
);

workflow!(
    /// What undoes a step may wait for somebody.
    pub(crate) async fn undone_by_hand(n: i64) -> Result<i64> {
        match async {
            #[state = "S1"]
            #[compensate(ask(format!("undo {a} of {n}?")))]
            let a = watch(n).await?;
            #[state = "S2"]
            watch(a).await?;
            Ok(a)
        }
        .await
        {
            Ok(a) => Ok(a),
            Err(failure) => {
                tell("undone".to_string()).await?;
                Err(failure.into())
            }
        }
    }
);

#[tokio::test(start_paused = true)]
async fn a_group_is_undone_before_its_handler_runs() {
    let mut bench = Bench::default();
    let nodes = [Step(1), Group(&[Step(2), Step(3)], &[Step(4)]), Step(5), Plain(6)];
    fail_everywhere::<Handled>(&mut bench, &nodes).await;
    // The inner handler's failure is the one that counts, and what it registered belongs to the outer group.
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn groups_in_groups_are_undone_from_inside() {
    let mut bench = Bench::default();
    const INNER: &[super::Node] = &[Step(2), Group(&[Step(3), Plain(4)], &[]), Step(5)];
    let nodes = [Rethrown(&[Step(1), super::Node::RethrownAfter(INNER, &[Step(6)]), Step(7)]), Plain(8)];
    fail_everywhere::<NestedGroups>(&mut bench, &nodes).await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn compensate_undoes_what_a_failure_would() {
    let mut bench = Bench::default();
    let group = Group(&[Step(4), Compensate, Step(5), Plain(6)], &[Compensate, Step(7)]);
    let nodes = [Step(1), Step(2), Compensate, Step(3), group, Plain(8)];
    fail_everywhere::<Compensates>(&mut bench, &nodes).await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn undos_that_failed_are_reported() {
    let mut bench = Bench::default();
    let failed = |count: usize| json!(vec!["unbook: Fault.Bad"; count]);
    for (failing, output) in [
        (&[3][..], failed(0)),
        (&[3, -1], failed(1)),
        (&[3, -1, -2], failed(2)),
        (&[2, -1], failed(1)),
        (&[1], failed(0)),
        (&[], json!(["0"])),
        (&[-2], json!(["1"])),
    ] {
        let about = format!("reports with {failing:?}");
        let Some(ran) = bench.execute::<Reports>(&json!(1), &Script::saga(failing), &about).await else { continue };
        if ran.described["output"] != output {
            bench.fault(format!("{about}: {} instead of {output}\n{}", ran.described, ran.exported));
        }
    }
    for (failing, output) in [(&[][..], 0), (&[-2], 1), (&[-1, -2], 2), (&[3, -2], 1), (&[3, -2, -1], 2), (&[3], 0)] {
        let about = format!("reports of branches with {failing:?}");
        let script = Script::saga(failing);
        let Some(ran) = bench.execute::<BranchReports>(&json!(1), &script, &about).await else { continue };
        if ran.described["output"] != json!(output) {
            bench.fault(format!("{about}: {} instead of {output}\n{}", ran.described, ran.exported));
        }
    }
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn an_undo_may_wait_for_somebody() {
    let mut bench = Bench::default();
    let fails = |state: &'static str| (state, Act::Fault(Fault::Empty));
    bench.run::<UndoneByHand>(5, &[], ok(6), "S1 S2").await;
    let answered = [fails("S2"), ("Ask", Act::Answer(json!({ "approved": true })))];
    bench.run::<UndoneByHand>(5, &answered, err("Fault.Empty"), "S1 S2 Undo Ask Undo Tell Failed").await;
    let refused = [fails("S2"), ("Ask", Act::Refuse)];
    bench.run::<UndoneByHand>(5, &refused, err("Fault.Empty"), "S1 S2 Undo Ask Undo Tell Failed").await;
    bench.run::<UndoneByHand>(5, &[fails("S1")], err("Fault.Empty"), "S1 Tell Failed").await;
    bench.compare();
}
