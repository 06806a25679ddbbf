//! Branches that hold undos.

use workflow_runtime::prelude::*;

use super::Node::{Group, Join, Plain, Step};
use super::fail_everywhere;
use crate::harness::Bench;
use crate::world::*;

workflow!(
    pub(crate) async fn joined(n: i64) -> Result<i64> {
        #[state = "S1"]
        #[compensate(unbook(1))]
        let _ = book(1).await?;
        let (a, b, _) = try_join!(
            async {
                #[state = "S2"]
                #[compensate(unbook(x))]
                let x = book(2).await?;
                #[state = "S3"]
                #[compensate(unbook(y))]
                let y = book(3).await?;
                Ok(x + y)
            },
            #[state = "S4"]
            book(4),
            async {
                if n > 100 {
                    return Ok(0);
                }
                #[state = "S5"]
                #[compensate(unbook(5))]
                let _ = book(5).await?;
                Ok(n)
            }
        )?;
        #[state = "S6"]
        book(6).await?;
        Ok(a + b)
    }
);

workflow!(
    /// Joins in joins, a group in a branch, and a join in a group.
    pub(crate) async fn deep(n: i64) -> Result<i64> {
        #[state = "Outer"]
        let sums = try_join!(
            async {
                #[state = "S1"]
                #[compensate(unbook(1))]
                let a = book(1).await?;
                #[state = "Inner"]
                let inner = try_join!(
                    async {
                        #[state = "S2"]
                        #[compensate(unbook(2))]
                        let b = book(2).await?;
                        Ok(b)
                    },
                    #[state = "S3"]
                    book(3)
                )?;
                Ok(a + inner.0 + inner.1)
            },
            async {
                match async {
                    #[state = "S4"]
                    #[compensate(unbook(4))]
                    let d = book(4).await?;
                    #[state = "S5"]
                    book(5).await?;
                    Ok(d)
                }
                .await
                {
                    Ok(d) => Ok(d),
                    Err(_) => Ok(0),
                }
            }
        )?;
        let last = match try_join!(
            #[state = "S6"]
            book(6),
            async {
                #[state = "S7"]
                #[compensate(unbook(7))]
                let seven = book(7).await?;
                Ok(seven)
            }
        ) {
            Ok((a, b)) => a + b,
            Err(_) => n,
        };
        #[state = "S8"]
        book(8).await?;
        Ok(sums.0 + sums.1 + last)
    }
);

#[tokio::test(start_paused = true)]
async fn branches_come_to_their_end_and_are_undone() {
    let mut bench = Bench::default();
    let nodes = [Step(1), Join(&[&[Step(2), Step(3)], &[Plain(4)], &[Step(5)]]), Plain(6)];
    fail_everywhere::<Joined>(&mut bench, &nodes).await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn branches_in_branches_and_groups() {
    let mut bench = Bench::default();
    const FIRST: &[super::Node] = &[Step(1), Join(&[&[Step(2)], &[Plain(3)]])];
    const SECOND: &[super::Node] = &[Group(&[Step(4), Plain(5)], &[])];
    let nodes = [Join(&[FIRST, SECOND]), Group(&[Join(&[&[Plain(6)], &[Step(7)]])], &[]), Plain(8)];
    fail_everywhere::<Deep>(&mut bench, &nodes).await;
    bench.compare();
}
