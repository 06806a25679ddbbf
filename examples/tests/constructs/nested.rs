//! Workflows that call and start workflows; their own executions run here, and answer the other interpreter.

use workflow_runtime::prelude::*;
use workflow_runtime::runtime::Runtime;
use workflow_runtime::store::MemoryStore;

use crate::calls::an_order;
use crate::harness::{Act, Bench, Script, err, ok};
use crate::world::*;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Bill {
    cents: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Count {
    n: i64,
}

workflow!(
    /// Prices an order.
    pub(crate) async fn price_flow(order: Order) -> Result<i64> {
        let price = price(order.order_id, 2).await?;
        Ok(price + 1)
    }
);

workflow!(
    #[workflow(error = Adjacent)]
    pub(crate) async fn pay_flow(bill: Bill) -> Result<String> {
        pay(bill.cents).await
    }
);

workflow!(
    pub(crate) async fn undo_flow(count: Count) -> Result<()> {
        undo_a(count.n).await
    }
);

workflow!(
    /// Its failure is what the inner one failed with.
    pub(crate) async fn hands_on(order: Order) -> Result<i64> {
        let price = price_flow(order).await?;
        tell("priced".to_string()).await?;
        Ok(price)
    }
);

workflow!(
    /// Two levels deep.
    pub(crate) async fn deep(order: Order) -> Result<i64> {
        match hands_on(order).await {
            Ok(price) => Ok(price),
            Err(failure) => {
                if failure.is::<Fault>() {
                    #[state = "TellFault"]
                    tell(failure.error()).await?;
                    return Ok(0);
                }
                Err(failure.into())
            }
        }
    }
);

workflow!(
    pub(crate) async fn sorted_out(cents: u64) -> Result<String> {
        match pay_flow(Bill { cents }).await {
            Ok(id) => Ok(id),
            Err(Failed(Adjacent::Late(days))) => Ok(format!("{days} days late")),
            Err(Failed(Adjacent::Lost | Adjacent::Named { .. })) => Ok("gone".to_string()),
            Err(Failed(error)) => {
                tell("another".to_string()).await?;
                Err(error.into())
            }
            Err(TimedOut) => Ok("timed out".to_string()),
            Err(HeartbeatTimedOut | Other(_)) => Ok("odd".to_string()),
        }
    }
);

workflow!(
    pub(crate) async fn bounded(cents: u64) -> Result<String> {
        #[timeout = "5s"]
        #[retry(on(TimedOut), interval = "1s", max_attempts = 1)]
        let paid = pay_flow(Bill { cents }).await?;
        Ok(paid)
    }
);

workflow!(
    pub(crate) async fn everywhere(order: Order) -> Result<String> {
        #[compensate(undo_flow(Count { n: a }))]
        let a = price_flow(order).await?;
        let (b, c) = try_join!(
            async {
                #[state = "PriceToo"]
                let b = price_flow(order).await?;
                Ok(b + 1)
            },
            pay_flow(Bill { cents: order.total_cents })
        )?;
        let d = match async {
            #[state = "PriceAgain"]
            let d = price_flow(order).await?;
            check(order).await?;
            Ok(d)
        }
        .await
        {
            Ok(d) => d,
            Err(failure) => {
                tell(failure.error()).await?;
                return Err(Trouble::Refused.into());
            }
        };
        Ok(format!("{a} {b} {c} {d}"))
    }
);

workflow!(
    pub(crate) async fn starter(n: i64) -> Result<i64> {
        let _ = spawn(undo_flow(Count { n })).await;
        #[state = "StartPay"]
        let execution = spawn(pay_flow(Bill { cents: 7 })).await?;
        if execution.is_empty() {
            return Ok(0);
        }
        Ok(n)
    }
);

#[tokio::test(start_paused = true)]
async fn a_workflow_calls_another() {
    let mut bench = Bench::default();
    let order = an_order();
    let bad = [("Price", Act::Fault(Fault::Bad("no".to_owned())))];
    bench.run::<HandsOn>(&order, &[], ok(24), "PriceFlow Tell").await;
    bench.run::<HandsOn>(&order, &bad, err("Fault.Bad"), "PriceFlow Failed").await;
    bench.run::<HandsOn>(&order, &[("Price", Act::Panic)], err("States.TaskFailed"), "PriceFlow Failed").await;
    bench.run::<Deep>(&order, &[], ok(24), "HandsOn").await;
    bench.run::<Deep>(&order, &bad, ok(0), "HandsOn TellFault? TellFault").await;
    bench.run::<Deep>(&order, &[("Price", Act::Panic)], err("States.TaskFailed"), "HandsOn TellFault? Failed").await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn declared_errors_of_a_workflow_are_told_apart() {
    let mut bench = Bench::default();
    let failing = |error| [("Pay", Act::Adjacent(error))];
    let late = "PayFlow Tell? Done";
    bench.run::<SortedOut>(7, &[], ok("P7"), "PayFlow").await;
    bench.run::<SortedOut>(7, &failing(Adjacent::Late(3)), ok("3 days late"), late).await;
    bench.run::<SortedOut>(7, &failing(Adjacent::Lost), ok("gone"), late).await;
    let named = Adjacent::Named { reason: "r".to_owned() };
    bench.run::<SortedOut>(7, &failing(named), ok("gone"), late).await;
    let both = Adjacent::Both("b".to_owned(), 1);
    bench.run::<SortedOut>(7, &failing(both), err("Adjacent.Both"), "PayFlow Tell? Tell Failed").await;
    bench.run::<SortedOut>(7, &[("Pay", Act::Panic)], ok("odd"), late).await;
    bench.run::<Bounded>(7, &[("Pay", Act::Hang)], ok("P7"), "PayFlow").await;
    let twice = [("Pay", Act::Hang), ("Pay", Act::Hang)];
    bench.run::<Bounded>(7, &twice, err("States.Timeout"), "PayFlow Failed").await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn branches_groups_and_undos_call_workflows() {
    let mut bench = Bench::default();
    let order = an_order();
    let usual = "PriceFlow PriceTooAndPayFlow PriceToo PayFlow PriceAgain Check";
    bench.run::<Everywhere>(&order, &[], ok("24 25 P1200 24"), usual).await;
    let fault = [("Check", Act::Fault(Fault::Empty))];
    bench
        .run::<Everywhere>(
            &order,
            &fault,
            err("Trouble.Refused"),
            &format!("{usual} Tell UndoFlow FailedAfterUndoFlow"),
        )
        .await;
    bench.run::<Starter>(5, &[], ok(5), "UndoFlow StartPay Done? Done").await;
    bench.compare();
}

workflow!(
    #[workflow(express)]
    pub(crate) async fn quick(order: Order) -> Result<String> {
        let (n, id) = try_join!(price(order.order_id, 2), pay(order.total_cents))?;
        match check(order).await {
            Ok(_) => Ok(format!("{n} {id}")),
            Err(Failed(Fault::Bad(why))) => Ok(why),
            Err(failure) => Err(failure.into()),
        }
    }
);

#[tokio::test(start_paused = true)]
async fn the_same_steps_serve_an_express_workflow() {
    for (acts, expected) in [
        (vec![], Ok("23 P1200")),
        (vec![("Check", Act::Fault(Fault::Bad("so".to_owned())))], Ok("so")),
        (vec![("Pay", Act::Adjacent(Adjacent::Lost))], Err("Adjacent.Lost")),
    ] {
        let builder = Runtime::builder().store(MemoryStore::new()).data(Script::new(&acts)).register::<Quick>();
        let runtime = builder.start().await.expect("it starts");
        let ended = runtime.start_sync::<Quick>(an_order()).await;
        let ended = ended.map_err(|failure| failure.error().unwrap_or_default().to_owned());
        assert_eq!(ended, expected.map(str::to_owned).map_err(str::to_owned));
    }
    assert!(Quick::definition().kind().is_express());
}
