//! Calls, `let`, discarded results, callbacks, waits.

use serde_json::json;
use workflow_runtime::prelude::*;

use crate::harness::{Act, Bench, err, ok};
use crate::world::*;

workflow!(
    /// Calls in a row; the second `order` hides the first.
    pub(crate) async fn straight(order: Order) -> Result<i64> {
        let order = check(order).await?;
        let n = price(order.order_id, 2).await?;
        let order = Order { total_cents: 7, ..order };
        #[state = "PriceAgain"]
        let m = price(order.order_id, n).await?;
        Ok(m)
    }
);

workflow!(
    pub(crate) async fn shadowed(n: i64) -> Result<i64> {
        let n = n + 1;
        let m = {
            let n = n + 0;
            #[state = "Inner"]
            let n = watch(n).await?;
            n + 100
        };
        #[state = "Outer"]
        let k = watch(n).await?;
        Ok(k + m)
    }
);

workflow!(
    pub(crate) async fn discards(name: String) -> Result<()> {
        let _ = price(name, 1).await;
        #[state = "Second"]
        let _ = locate(name).await;
        tell(format!("{name} is done")).await?;
        Ok(())
    }
);

workflow!(
    pub(crate) async fn without_input() -> Result<String> {
        #[state = "Say"]
        tell("hello".to_string()).await?;
        Ok(format!("{} said it", context().execution_name))
    }
);

workflow!(
    pub(crate) async fn tail_call(name: String) -> Result<i64> {
        price(name, 3).await
    }
);

workflow!(
    pub(crate) async fn only_computes(order: Order) -> Result<String> {
        Ok(order.order_id)
    }
);

workflow!(
    pub(crate) async fn asks(name: String) -> Result<String> {
        let answer = match ask(format!("may {name}?")).await {
            Ok(answer) => answer,
            Err(Failed(Fault::Bad(why))) => return Ok(why),
            Err(failure) => {
                tell(failure.error()).await?;
                return Err(failure.into());
            }
        };
        if answer.approved { Ok(answer.by.unwrap_or("somebody".to_string())) } else { Err(Trouble::Refused.into()) }
    }
);

workflow!(
    pub(crate) async fn waits(minutes: u64) -> Result<u64> {
        sleep(secs(5)).await;
        sleep(mins(minutes)).await;
        tell("awake".to_string()).await?;
        #[state = "Rest"]
        sleep(secs(minutes)).await;
        Ok(minutes)
    }
);

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Appointment {
    at: Timestamp,
    who: String,
}

use workflow_runtime::language::Timestamp;

workflow!(
    pub(crate) async fn waits_until(appointment: Appointment) -> Result<String> {
        sleep_until(appointment.at).await;
        Ok(appointment.who)
    }
);

const GREETING: &str = "good day";
const LIMIT: u64 = 40;

workflow!(
    pub(crate) async fn constants(n: u64) -> Result<String> {
        if n > LIMIT {
            tell(GREETING.to_string()).await?;
        }
        Ok(format!("{GREETING} {}", n + LIMIT))
    }
);

pub(crate) fn an_order() -> Order {
    Order {
        order_id: "O-1".to_owned(),
        total_cents: 1200,
        lines: vec![
            Line { sku: "desk".to_owned(), quantity: 1, price: 10.5 },
            Line { sku: "lamp".to_owned(), quantity: 2, price: 0.75 },
        ],
        coupon: None,
        urgent: false,
    }
}

#[tokio::test(start_paused = true)]
async fn calls_yield_what_their_steps_yield() {
    let mut bench = Bench::default();
    let order = an_order();
    bench.run::<Straight>(&order, &[], ok(233), "Check Price PriceAgain").await;
    let bad = Act::Fault(Fault::Bad("it's \"x\"".to_owned()));
    bench.run::<Straight>(&order, &[("PriceAgain", bad.clone())], err("Fault.Bad"), "Check Price PriceAgain").await;
    bench.run::<Straight>(&order, &[("Price", Act::Fault(Fault::Empty))], ok(233), "Check Price PriceAgain").await;
    bench.run::<Straight>(&order, &[("Check", Act::Panic)], err("States.TaskFailed"), "Check").await;
    bench.run::<Straight>(&order, &[("Price", Act::Hang)], err("States.Timeout"), "Check Price").await;
    bench.run::<Shadowed>(4, &[], ok(6 + 106), "Inner Outer").await;
    bench.run::<Discards>("x", &[], ok(()), "Price Second Tell").await;
    bench.run::<Discards>("", &[("Price", bad), ("Second", Act::Panic)], ok(()), "Price Second Tell").await;
    bench.run::<WithoutInput>((), &[], ok("execution said it"), "Say").await;
    bench.run::<TailCall>("ab", &[], ok(32), "Price").await;
    bench.run::<OnlyComputes>(&order, &[], ok("O-1"), "Done").await;
    bench.run::<Constants>(40, &[], ok("good day 80"), "Tell? Done").await;
    bench.run::<Constants>(41, &[], ok("good day 81"), "Tell? Tell").await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn callbacks_and_waits_go_on_when_it_is_time() {
    let mut bench = Bench::default();
    let yes = Act::Answer(json!({ "approved": true, "by": "Ada" }));
    let yes_unsigned = Act::Answer(json!({ "approved": true }));
    let no = Act::Answer(json!({ "approved": false, "by": null }));
    bench.run::<Asks>("Bob", &[("Ask", yes)], ok("Ada"), "Ask TroubleRefused? Done").await;
    bench.run::<Asks>("Bob", &[("Ask", yes_unsigned)], ok("somebody"), "Ask TroubleRefused? Done").await;
    bench.run::<Asks>("Bob", &[("Ask", no)], err("Trouble.Refused"), "Ask TroubleRefused? TroubleRefused").await;
    let bad = Act::Fault(Fault::Bad("never".to_owned()));
    bench.run::<Asks>("Bob", &[("Ask", bad)], ok("never"), "Ask Done").await;
    bench.run::<Asks>("Bob", &[("Ask", Act::Fault(Fault::Empty))], err("Fault.Empty"), "Ask Tell Failed").await;
    bench.run::<Asks>("Bob", &[("Ask", Act::Refuse)], err("States.TaskFailed"), "Ask Tell Failed").await;
    bench.run::<Waits>(2, &[], ok(2), "Wait5Seconds Wait Tell Rest").await;
    let appointment = json!({ "at": "2001-01-01T00:00:00Z", "who": "Eve" });
    bench.run::<WaitsUntil>(appointment, &[], ok("Eve"), "WaitUntilAt").await;
    bench.compare();
}
