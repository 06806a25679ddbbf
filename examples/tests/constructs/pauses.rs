//! `sleep` of a length of time that is a value: whole seconds, or the Wait fails.

use workflow_runtime::language::Timestamp;
use workflow_runtime::prelude::*;

use crate::harness::{Bench, err, ok};
use crate::world::tell;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Patience {
    rounds: u64,
    longest: u64,
    rest_millis: u64,
    due: Option<Timestamp>,
}

workflow!(
    pub(crate) async fn backs_off(patience: Patience) -> Result<u64> {
        let longest = mins(patience.longest);
        let mut pause = secs(15);
        let mut rounds = 0_u64;
        while rounds < patience.rounds {
            sleep(pause).await;
            pause = (2 * pause).min(longest);
            rounds += 1;
        }
        tell("awake".to_string()).await?;
        let rest = millis(patience.rest_millis);
        #[state = "Rest"]
        sleep(rest).await;
        if let Some(due) = patience.due {
            let early = due - hours(1);
            #[state = "UntilDue"]
            sleep(due.duration_since(early).unsigned_abs()).await;
        }
        Ok(pause.as_secs())
    }
);

#[tokio::test(start_paused = true)]
async fn lengths_of_time_are_waited() {
    let mut bench = Bench::default();
    let patience = |rounds, rest_millis, due| Patience { rounds, longest: 1, rest_millis, due };
    let due = "2027-01-01T00:00:00Z".parse().ok();
    bench.run::<BacksOff>(patience(0, 0, None), &[], ok(15), "Prepare Wait? Tell Rest UntilDue? Done").await;
    bench
        .run::<BacksOff>(
            patience(3, 2_000, due),
            &[],
            ok(60),
            "Prepare Wait? Wait Wait? Wait Wait? Wait Wait? Tell Rest UntilDue? UntilDue",
        )
        .await;
    let broken = "Prepare Wait? Tell Rest";
    bench.run::<BacksOff>(patience(0, 1_500, None), &[], err("States.QueryEvaluationError"), broken).await;
    bench.compare();
}
