//! `if` as statement and value, early returns, groups.

use workflow_runtime::prelude::*;

use crate::calls::an_order;
use crate::harness::{Act, Bench, err, ok};
use crate::world::*;

workflow!(
    pub(crate) async fn ifs(n: i64) -> Result<String> {
        if n < 0 {
            tell("negative".to_string()).await?;
        } else if n == 0 {
            return Ok("zero".to_string());
        } else {
            let m = watch(n).await?;
            if m > 10 {
                return Err(Trouble::Limit(10, format!("{m}")).into());
            }
        }
        Ok(format!("done {n}"))
    }
);

workflow!(
    pub(crate) async fn if_values(n: i64) -> Result<i64> {
        let a = if n > 3 { watch(n).await? } else { 0 };
        let b = if n % 2 == 0 {
            let half = n / 2;
            half + 1
        } else if n > 100 {
            #[state = "Big"]
            let big = watch(n).await?;
            big + 0
        } else {
            -n
        };
        Ok(a + b)
    }
);

workflow!(
    pub(crate) async fn early(order: Order) -> Result<i64> {
        let checked = match check(order).await {
            Ok(checked) => checked,
            Err(_) => return Ok(-1),
        };
        if checked.urgent {
            return price(checked.order_id, 1).await;
        }
        if checked.lines.is_empty() {
            return Ok(0);
        }
        #[state = "Full"]
        let n = price(checked.order_id, 2).await?;
        Ok(n)
    }
);

workflow!(
    pub(crate) async fn handled_group(n: i64) -> Result<String> {
        match async {
            #[state = "First"]
            let a = watch(n).await?;
            if a == 8 {
                return Ok(800);
            }
            if a == 9 {
                return Err(Trouble::Limit(9, "nine".to_string()).into());
            }
            #[state = "Second"]
            let b = watch(a).await?;
            Ok(a + b)
        }
        .await
        {
            Ok(sum) => Ok(format!("{sum}")),
            Err(failure) => {
                tell(format!("{} {}", failure.error(), failure.cause())).await?;
                Ok("failed".to_string())
            }
        }
    }
);

workflow!(
    pub(crate) async fn nested_groups(n: i64) -> Result<i64> {
        let got = match async {
            let inner = match async {
                #[state = "Deep"]
                let deep = watch(n).await?;
                Ok(deep)
            }
            .await
            {
                Ok(deep) => deep,
                Err(_) => {
                    #[state = "Rescue"]
                    let rescue = watch(0).await?;
                    rescue
                }
            };
            #[state = "After"]
            let after = watch(inner).await?;
            Ok(after)
        }
        .await
        {
            Ok(after) => after,
            Err(failure) => {
                tell(failure.error()).await?;
                return Err(failure.into());
            }
        };
        Ok(got)
    }
);

workflow!(
    pub(crate) async fn group_value(n: i64) -> Result<i64> {
        let (a, b) = async {
            let a = watch(n).await?;
            if a > 5 {
                return Ok((a, 0));
            }
            #[state = "Again"]
            let b = watch(a).await?;
            Ok((a, b))
        }
        .await?;
        Ok(a + b)
    }
);

workflow!(
    pub(crate) async fn discarded_group(n: i64) -> Result<i64> {
        let _ = async {
            let a = watch(n).await?;
            tell(format!("{a}")).await?;
            Ok(())
        }
        .await;
        Ok(n)
    }
);

#[tokio::test(start_paused = true)]
async fn ifs_take_one_way() {
    let mut bench = Bench::default();
    bench.run::<Ifs>(-1, &[], ok("done -1"), "Tell? Tell").await;
    bench.run::<Ifs>(0, &[], ok("zero"), "Tell? Done").await;
    bench.run::<Ifs>(5, &[], ok("done 5"), "Tell? Watch TroubleLimit? Done2").await;
    bench.run::<Ifs>(10, &[], err("Trouble.Limit"), "Tell? Watch TroubleLimit? TroubleLimit").await;
    bench.run::<IfValues>(1, &[], ok(-1), "Watch? Big? Done").await;
    bench.run::<IfValues>(2, &[], ok(2), "Watch? Big? Done").await;
    bench.run::<IfValues>(-8, &[], ok(-3), "Watch? Big? Done").await;
    bench.run::<IfValues>(7, &[], ok(1), "Watch? Watch Big? Done").await;
    bench.run::<IfValues>(101, &[], ok(204), "Watch? Watch Big? Big").await;
    let mut order = an_order();
    bench.run::<Early>(&order, &[], ok(23), "Check Price? Full").await;
    bench.run::<Early>(&order, &[("Check", Act::Fault(Fault::Empty))], ok(-1), "Check Done").await;
    order.urgent = true;
    bench.run::<Early>(&order, &[], ok(13), "Check Price? Price").await;
    order.urgent = false;
    order.lines.clear();
    bench.run::<Early>(&order, &[], ok(0), "Check Price? Done2").await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn groups_catch_what_any_state_inside_raises() {
    let mut bench = Bench::default();
    let bad = || Act::Fault(Fault::Bad("b".to_owned()));
    bench.run::<HandledGroup>(1, &[], ok("5"), "First Second? Second").await;
    bench.run::<HandledGroup>(7, &[], ok("800"), "First Second? Done").await;
    bench.run::<HandledGroup>(8, &[], ok("failed"), "First Second? Tell").await;
    bench.run::<HandledGroup>(1, &[("First", bad())], ok("failed"), "First Tell").await;
    bench.run::<HandledGroup>(1, &[("Second", Act::Panic)], ok("failed"), "First Second? Second Tell").await;
    bench
        .run::<HandledGroup>(
            1,
            &[("Second", bad()), ("Tell", Act::Panic)],
            err("States.TaskFailed"),
            "First Second? Second Tell",
        )
        .await;
    bench.run::<NestedGroups>(1, &[], ok(3), "Deep After").await;
    bench.run::<NestedGroups>(1, &[("Deep", bad())], ok(2), "Deep Rescue After").await;
    bench
        .run::<NestedGroups>(
            1,
            &[("Deep", bad()), ("Rescue", Act::Panic)],
            err("States.TaskFailed"),
            "Deep Rescue Tell Failed",
        )
        .await;
    bench.run::<NestedGroups>(1, &[("After", bad())], err("Fault.Bad"), "Deep After Tell Failed").await;
    bench.run::<GroupValue>(1, &[], ok(5), "Watch Again? Again").await;
    bench.run::<GroupValue>(5, &[], ok(6), "Watch Again? Done").await;
    bench.run::<GroupValue>(1, &[("Again", bad())], err("Fault.Bad"), "Watch Again? Again").await;
    bench.run::<DiscardedGroup>(1, &[], ok(1), "Watch Tell").await;
    bench.run::<DiscardedGroup>(1, &[("Watch", bad())], ok(1), "Watch Done").await;
    bench.compare();
}
