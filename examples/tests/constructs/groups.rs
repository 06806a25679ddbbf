//! Groups at any depth, and groups that are run again.

use workflow_runtime::prelude::*;

use crate::harness::{Act, Bench, err, ok};
use crate::world::*;

workflow!(
    /// A group in a group in a branch in a round, and one in an item.
    pub(crate) async fn deep_groups(n: i64) -> Result<Vec<i64>> {
        let mut sum = 0;
        for i in 1..=2 {
            let (a, b) = try_join!(
                async {
                    match async {
                        let inner = async {
                            #[state = "Innermost"]
                            let x = watch(i).await?;
                            if x == 100 {
                                return Err(Trouble::Refused.into());
                            }
                            Ok(x)
                        }
                        .await?;
                        #[state = "Inner"]
                        let y = watch(inner).await?;
                        Ok(y)
                    }
                    .await
                    {
                        Ok(y) => Ok(y),
                        Err(failure) => {
                            if failure.is::<Fault>() {
                                return Ok(-1);
                            }
                            Err(failure.into())
                        }
                    }
                },
                #[state = "Beside"]
                watch(n)
            )?;
            sum += a + b;
        }
        let items = try_map(vec![1, 2], async |item| {
            match async {
                #[state = "Item"]
                let x = watch(item).await?;
                async {
                    #[state = "ItemAgain"]
                    let y = watch(x).await?;
                    Ok(y)
                }
                .await
            }
            .await
            {
                Ok(y) => Ok(y),
                Err(_) => Ok(0),
            }
        })
        .await?;
        Ok(vec![sum, items[0], items[1]])
    }
);

workflow!(
    pub(crate) async fn tried_again(n: i64) -> Result<i64> {
        #[retry(on(Fault::Empty, TimedOut), interval = "3s", max_attempts = 2)]
        let first = async {
            #[state = "First"]
            let a = watch(n).await?;
            if a > 5 {
                return Ok(a);
            }
            #[state = "Second"]
            let b = watch(a).await?;
            Ok(b)
        }
        .await?;
        #[retry(on(All), max_attempts = 1)]
        match async {
            #[state = "Third"]
            let c = watch(first).await?;
            if c == 3 {
                return Err(Trouble::Refused.into());
            }
            Ok(c)
        }
        .await
        {
            Ok(c) => Ok(c),
            Err(failure) => {
                tell(failure.error()).await?;
                Ok(0)
            }
        }
    }
);

#[tokio::test(start_paused = true)]
async fn groups_stand_at_any_depth() {
    let mut bench = Bench::default();
    let bad = || Act::Fault(Fault::Bad("b".to_owned()));
    let round = "NextI? InnermostAndBeside Innermost Beside Inner? Inner";
    let items = "NextI? ForEachItem Item Item ItemAgain ItemAgain";
    bench.run::<DeepGroups>(1, &[], ok([11, 3, 4]), &format!("Prepare {round} {round} {items}")).await;
    let caught = format!("Prepare {round} Failed? Done {round} {items}");
    bench.run::<DeepGroups>(1, &[("Inner", bad())], ok([7, 3, 4]), &caught).await;
    let both = [("ItemAgain", bad()), ("ItemAgain", bad())];
    bench.run::<DeepGroups>(1, &both, ok([11, 0, 0]), &format!("Prepare {round} {round} {items} Done Done")).await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn groups_are_run_again() {
    let mut bench = Bench::default();
    let empty = |state: &'static str| (state, Act::Fault(Fault::Empty));
    let (first, third) = ("First Second? Second", "TryThird Third TroubleRefused?");
    bench.run::<TriedAgain>(2, &[], ok(5), &format!("TryFirst {first} {third} Done")).await;
    bench.run::<TriedAgain>(6, &[], ok(8), &format!("TryFirst First Second? Done {third} Done")).await;
    let second = [empty("Second")];
    bench.run::<TriedAgain>(2, &second, ok(5), &format!("TryFirst {first} {first} {third} Done")).await;
    let twice = [empty("First"), empty("Second")];
    bench.run::<TriedAgain>(2, &twice, ok(5), &format!("TryFirst First {first} {first} {third} Done")).await;
    let thrice = [empty("First"), empty("First"), empty("First")];
    bench.run::<TriedAgain>(2, &thrice, err("Fault.Empty"), "TryFirst First First First").await;
    let panic = [("Second", Act::Panic)];
    bench.run::<TriedAgain>(2, &panic, err("States.TaskFailed"), &format!("TryFirst {first}")).await;
    let refused = format!("TryFirst {first} {third} TroubleRefused Third TroubleRefused? TroubleRefused Tell");
    bench.run::<TriedAgain>(0, &[], ok(0), &refused).await;
    bench.compare();
}
