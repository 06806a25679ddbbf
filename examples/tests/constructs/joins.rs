//! `try_join!` with calls and async blocks.

use workflow_runtime::prelude::*;

use crate::calls::an_order;
use crate::harness::{Act, Bench, ok};
use crate::world::*;

workflow!(
    pub(crate) async fn joins(order: Order) -> Result<(i64, Option<String>, String)> {
        let (n, place, id) = try_join!(price(order.order_id, 2), locate(order.order_id), async {
            let paid = match pay(order.total_cents).await {
                Ok(id) => id,
                Err(Failed(Adjacent::Late(days))) => {
                    #[state = "TellLate"]
                    tell(format!("{days} late")).await?;
                    return Ok("later".to_string());
                }
                Err(failure) => return Err(failure.into()),
            };
            if order.urgent {
                #[state = "TellUrgent"]
                tell(paid).await?;
            }
            Ok(format!("{paid}!"))
        })?;
        Ok((n, place, id))
    }
);

workflow!(
    pub(crate) async fn nested_joins(n: i64) -> Result<Vec<i64>> {
        let (a, (b, c)) = try_join!(
            async {
                let one = watch(n).await?;
                Ok(one)
            },
            async {
                let m = n + 1;
                #[state = "Both"]
                let both = try_join!(
                    async {
                        #[state = "Left"]
                        let left = watch(m).await?;
                        Ok(left)
                    },
                    async {
                        #[state = "Right"]
                        let right = watch(m + m).await?;
                        Ok(right)
                    }
                )?;
                Ok(both)
            }
        )?;
        Ok(vec![a, b, c])
    }
);

workflow!(
    pub(crate) async fn matched_join(n: i64) -> Result<i64> {
        let sum = match try_join!(
            async {
                #[state = "One"]
                let one = watch(n).await?;
                Ok(one)
            },
            async {
                if n > 5 {
                    return Err(Trouble::Refused.into());
                }
                tell("small".to_string()).await?;
                Ok(())
            }
        ) {
            Ok((one, _)) => one,
            Err(failure) => {
                #[state = "TellFailure"]
                tell(failure.error()).await?;
                0
            }
        };
        Ok(sum)
    }
);

workflow!(
    /// A group inside of a branch, and a join inside of a group.
    pub(crate) async fn mixed(n: i64) -> Result<i64> {
        match async {
            let (a, b) = try_join!(
                async {
                    match async {
                        #[state = "Try"]
                        let x = watch(n).await?;
                        Ok(x)
                    }
                    .await
                    {
                        Ok(x) => Ok(x),
                        Err(_) => Ok(50),
                    }
                },
                watch(n + 1)
            )?;
            Ok(a + b)
        }
        .await
        {
            Ok(sum) => Ok(sum),
            Err(failure) => {
                tell(failure.error()).await?;
                Ok(-1)
            }
        }
    }
);

workflow!(
    pub(crate) async fn unit_join(name: String) -> Result<()> {
        let _ = try_join!(tell(name), async {
            #[state = "TellToo"]
            tell(format!("{name} too")).await?;
            Ok(())
        });
        try_join!(
            async {
                #[state = "TellMore"]
                tell(name).await?;
                Ok(())
            },
            async {
                #[state = "TellMost"]
                tell(name).await
            }
        )?;
        Ok(())
    }
);

#[tokio::test(start_paused = true)]
async fn branches_run_side_by_side() {
    let mut bench = Bench::default();
    let mut order = an_order();
    let join = "PriceAndLocateAndPay";
    let usual = format!("{join} Price Locate Pay TellUrgent? Done");
    bench.run::<Joins>(&order, &[], ok((23, "O-1", "P1200!")), &usual).await;
    let late = [("Pay", Act::Adjacent(Adjacent::Late(2)))];
    let states = format!("{join} Price Locate Pay TellLate");
    bench.run::<Joins>(&order, &late, ok((23, "O-1", "later")), &states).await;
    order.urgent = true;
    let states = format!("{join} Price Locate Pay TellUrgent? TellUrgent");
    bench.run::<Joins>(&order, &[], ok((23, "O-1", "P1200!")), &states).await;
    order.order_id = String::new();
    bench.run::<Joins>(&order, &[], ok((20, None::<String>, "P1200!")), &states).await;
    bench.run::<NestedJoins>(1, &[], ok([2, 3, 5]), "WatchAndBoth Watch Both Left Right").await;
    bench.run::<MatchedJoin>(1, &[], ok(2), "OneAnd1More One TroubleRefused? Tell").await;
    bench.run::<Mixed>(1, &[], ok(5), "TryAndWatch Try Watch").await;
    bench.run::<Mixed>(1, &[("Try", Act::Panic)], ok(53), "TryAndWatch Try Watch Done").await;
    bench.run::<UnitJoin>("x", &[], ok(()), "TellAndTellToo Tell TellToo TellMoreAndTellMost TellMore TellMost").await;
    bench.compare();
}
