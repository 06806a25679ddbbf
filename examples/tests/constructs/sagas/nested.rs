//! Steps and undos that are workflows of their own.

use workflow_runtime::prelude::*;

use super::Node::{Join, Plain, Rethrown, Step};
use super::fail_everywhere;
use crate::harness::Bench;
use crate::world::*;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Booking {
    n: i64,
}

workflow!(
    pub(crate) async fn book_flow(booking: Booking) -> Result<i64> {
        book(booking.n).await
    }
);

workflow!(
    pub(crate) async fn unbook_flow(booking: Booking) -> Result<()> {
        unbook(booking.n).await
    }
);

workflow!(
    pub(crate) async fn of_workflows(n: i64) -> Result<i64> {
        match async {
            #[state = "S1"]
            #[compensate(unbook_flow(Booking { n: a }))]
            let a = book_flow(Booking { n: 1 }).await?;
            #[state = "Both"]
            let (b, c) = try_join!(
                async {
                    #[state = "S2"]
                    #[compensate(unbook(b))]
                    let b = book_flow(Booking { n: 2 }).await?;
                    Ok(b)
                },
                async {
                    #[state = "S3"]
                    #[compensate(unbook_flow(Booking { n: 3 }))]
                    let c = book(3).await?;
                    Ok(c)
                }
            )?;
            #[state = "S4"]
            book_flow(Booking { n: 4 }).await?;
            Ok(a + b + c)
        }
        .await
        {
            Ok(sum) => Ok(sum + n),
            Err(failure) => {
                tell(failure.error()).await?;
                Err(failure.into())
            }
        }
    }
);

#[tokio::test(start_paused = true)]
async fn workflows_are_undone_by_workflows() {
    let mut bench = Bench::default();
    let nodes = [Rethrown(&[Step(1), Join(&[&[Step(2)], &[Step(3)]]), Plain(4)])];
    fail_everywhere::<OfWorkflows>(&mut bench, &nodes).await;
    bench.compare();
}
