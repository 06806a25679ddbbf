//! `match` on a call's `Result`: every pattern, and data out of every representation.

use workflow_runtime::prelude::*;

use crate::calls::an_order;
use crate::harness::{Act, Bench, err, ok};
use crate::world::*;

workflow!(
    pub(crate) async fn by_variant(name: String) -> Result<String> {
        match price(name, 1).await {
            Ok(n) => Ok(format!("{n}")),
            Err(Failed(Fault::Bad(why))) => Ok(why),
            Err(Failed(Fault::SoldOut { sku, left })) => Ok(format!("{sku} {left}")),
            Err(Failed(Fault::Pair(a, b))) => Ok(format!("{a} {b}")),
            Err(Failed(Fault::Empty)) => Ok("empty".to_string()),
            Err(TimedOut) => Ok("late".to_string()),
            Err(HeartbeatTimedOut) => Ok("silent".to_string()),
            Err(Other(_)) => Ok("other".to_string()),
        }
    }
);

workflow!(
    pub(crate) async fn by_alternatives(name: String) -> Result<i64> {
        let n = match price(name, 1).await {
            Ok(n) => n,
            Err(Failed(Fault::Bad(_) | Fault::Empty) | TimedOut) => 1,
            Err(Failed(Fault::SoldOut { left, .. })) => {
                tell(format!("{left} left")).await?;
                2
            }
            Err(Other(_)) | Err(HeartbeatTimedOut) => 3,
            Err(Failed(_)) => 4,
        };
        Ok(n)
    }
);

workflow!(
    /// `Other` before a catch-all: what it does not take goes to the catch-all.
    pub(crate) async fn other_first(n: i64) -> Result<i64> {
        match watch(n).await {
            Ok(n) => Ok(n),
            Err(Other(_)) => Ok(-1),
            Err(TimedOut) => Ok(-2),
            Err(failure) => {
                tell(failure.error()).await?;
                Err(failure.into())
            }
        }
    }
);

workflow!(
    pub(crate) async fn whatever(n: i64) -> Result<i64> {
        match watch(n).await {
            Ok(n) => Ok(n + 5),
            _ => {
                tell("it failed".to_string()).await?;
                Ok(0)
            }
        }
    }
);

workflow!(
    pub(crate) async fn by_tag(sku: String) -> Result<String> {
        match locate(sku).await {
            Ok(place) => Ok(place.unwrap_or("nowhere".to_string())),
            Err(Failed(Tagged::Broken { item_id, since })) => Ok(format!("{item_id} since {since}")),
            Err(Failed(Tagged::Wrapped(detail))) => Ok(detail.item_id),
            Err(Failed(Tagged::NotThere)) => Ok("not there".to_string()),
            Err(failure) => Err(failure.into()),
        }
    }
);

workflow!(
    pub(crate) async fn by_content(cents: u64) -> Result<String> {
        match pay(cents).await {
            Ok(id) => Ok(id),
            Err(Failed(Adjacent::Late(days))) => {
                if days > 3 {
                    return Err(Trouble::Limit(cents, format!("{days} days")).into());
                }
                Ok(format!("{days}"))
            }
            Err(Failed(Adjacent::Both(who, n))) => Ok(format!("{who}{n}")),
            Err(Failed(Adjacent::Named { reason })) => Ok(reason),
            Err(Failed(Adjacent::Lost)) => Ok("lost".to_string()),
            Err(failure) => Err(failure.into()),
        }
    }
);

workflow!(
    /// The failure's name and text are passed on.
    pub(crate) async fn tells_why(order: Order) -> Result<String> {
        let checked = match check(order).await {
            Ok(order) => order.order_id,
            Err(Failed(_)) => {
                #[state = "TellFault"]
                tell("a fault".to_string()).await?;
                "a fault".to_string()
            }
            Err(failure) => {
                tell(format!("{}: {}", failure.error(), failure.cause().is_empty())).await?;
                return Err(failure.into());
            }
        };
        Ok(checked)
    }
);

workflow!(
    pub(crate) async fn raises(n: u32) -> Result<u32> {
        if n == 0 {
            return Err(Trouble::Refused.into());
        } else if n == 1 {
            return Err(Trouble::Limit(17, format!("n{n}")).into());
        } else if n == 2 {
            return Err(WorkflowError::from(Trouble::Quoted { what: "a\\b".to_string(), count: n }));
        } else if n == 3 {
            return Err(Trouble::Refused.into());
        }
        Ok(n)
    }
);

#[tokio::test(start_paused = true)]
async fn every_pattern_takes_what_rust_says() {
    let mut bench = Bench::default();
    let fault = |fault: Fault| Act::Fault(fault);
    let all = [
        (Act::Work, "11"),
        (fault(Fault::Bad("it's \"bad\"\n".to_owned())), "it's \"bad\"\n"),
        (fault(Fault::SoldOut { sku: "x".to_owned(), left: 3 }), "x 3"),
        (fault(Fault::Pair("p".to_owned(), -4)), "p -4"),
        (Act::Hang, "late"),
        (Act::Panic, "other"),
    ];
    for (act, output) in all {
        let states = if output == "11" { "Price".to_owned() } else { "Price Done".to_owned() };
        bench.run::<ByVariant>("x", &[("Price", act)], ok(output), &states).await;
    }
    let empty = || ("Price", fault(Fault::Empty));
    bench.run::<ByVariant>("x", &[empty(), empty(), empty()], ok("empty"), "Price Done").await;
    bench.run::<ByAlternatives>("x", &[], ok(11), "Price").await;
    bench.run::<ByAlternatives>("x", &[empty(), empty(), empty()], ok(1), "Price Done").await;
    bench.run::<ByAlternatives>("x", &[("Price", Act::Hang)], ok(1), "Price Done").await;
    let sold = fault(Fault::SoldOut { sku: "x".to_owned(), left: 3 });
    bench.run::<ByAlternatives>("x", &[("Price", sold)], ok(2), "Price Tell").await;
    bench.run::<ByAlternatives>("x", &[("Price", Act::Panic)], ok(3), "Price Done").await;
    let pair = fault(Fault::Pair("p".to_owned(), -4));
    bench.run::<ByAlternatives>("x", &[("Price", pair.clone())], ok(4), "Price Done").await;
    bench.run::<OtherFirst>(1, &[], ok(2), "Watch").await;
    bench.run::<OtherFirst>(1, &[("Watch", Act::Panic)], ok(-1), "Watch Done").await;
    bench.run::<OtherFirst>(1, &[("Watch", pair.clone())], err("PairOfFaults"), "Watch Tell Failed").await;
    bench.run::<Whatever>(1, &[], ok(7), "Watch").await;
    bench.run::<Whatever>(1, &[("Watch", pair.clone())], ok(0), "Watch Tell").await;
    let order = an_order();
    bench.run::<TellsWhy>(&order, &[], ok("O-1"), "Check").await;
    bench.run::<TellsWhy>(&order, &[("Check", pair)], ok("a fault"), "Check TellFault").await;
    bench.run::<TellsWhy>(&order, &[("Check", Act::Panic)], err("States.TaskFailed"), "Check Tell Failed").await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn data_comes_out_of_every_representation() {
    let mut bench = Bench::default();
    bench.run::<ByTag>("", &[], ok("nowhere"), "Locate").await;
    let broken = Tagged::Broken { item_id: "I".to_owned(), since: -3 };
    let detail = Detail { item_id: "D".to_owned() };
    for (error, output) in [(broken, "I since -3"), (Tagged::Wrapped(detail), "D"), (Tagged::NotThere, "not there")] {
        bench.run::<ByTag>("s", &[("Locate", Act::Tagged(error))], ok(output), "Locate Done").await;
    }
    bench.run::<ByTag>("s", &[("Locate", Act::Panic)], err("States.TaskFailed"), "Locate").await;
    let act = |error| [("Pay", Act::Adjacent(error))];
    bench.run::<ByContent>(5, &[], ok("P5"), "Pay").await;
    bench.run::<ByContent>(5, &act(Adjacent::Late(3)), ok("3"), "Pay TroubleLimit? Done").await;
    bench.run::<ByContent>(5, &act(Adjacent::Late(4)), err("Trouble.Limit"), "Pay TroubleLimit? TroubleLimit").await;
    bench.run::<ByContent>(5, &act(Adjacent::Both("b".to_owned(), 9)), ok("b9"), "Pay Done").await;
    bench.run::<ByContent>(5, &act(Adjacent::Named { reason: "r".to_owned() }), ok("r"), "Pay Done").await;
    bench.run::<ByContent>(5, &act(Adjacent::Lost), ok("lost"), "Pay Done").await;
    bench.run::<Raises>(0, &[], err("Trouble.Refused"), "TroubleLimit? TroubleRefused").await;
    bench.run::<Raises>(1, &[], err("Trouble.Limit"), "TroubleLimit? TroubleLimit").await;
    bench.run::<Raises>(2, &[], err("Trouble.Quoted"), "TroubleLimit? TroubleQuoted").await;
    bench.run::<Raises>(3, &[], err("Trouble.Refused"), "TroubleLimit? TroubleRefused").await;
    bench.run::<Raises>(4, &[], ok(4), "TroubleLimit? Done").await;
    bench.compare();
}
