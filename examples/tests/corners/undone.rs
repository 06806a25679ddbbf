//! Undos in places where nobody looks for them.
use workflow_runtime::prelude::*;

use crate::harness::Script;
use crate::harness::{Act, Bench, err, ok};
use crate::kit::*;
use crate::world::{Fault, book, unbook, undo_a, undo_c};

workflow!(
    // A compensate in a map in a group in a loop.
    pub async fn tour(n: i64) -> Result<i64> {
        let mut missed = 0;
        for day in 0..3 {
            let got = match async {
                #[compensate(unbook(start))]
                let start = book(n + day * 10).await?;
                let all = try_map(vec![1, 2], async |k| {
                    #[state = "Room"]
                    #[compensate(unbook(room))]
                    let room = book(start + k).await?;
                    #[state = "Breakfast"]
                    let eaten = book(room + 5).await?;
                    Ok(eaten)
                })
                .await?;
                if day == 2 && all.len() == 2 {
                    return Err(Snag::TooFar { at: day, why: "tired".to_string() }.into());
                }
                Ok(all[0])
            }
            .await
            {
                Ok(x) => x,
                Err(failure) if failure.is::<Snag>() => {
                    missed += 100;
                    continue;
                }
                Err(_) => {
                    missed += 1;
                    0
                }
            };
            missed += got * 1000;
        }
        #[state = "Last"]
        book(missed).await
    }
);

workflow!(
    // Undos on two ways that meet, one within an arm, and a branch.
    pub async fn ways(n: i64) -> Result<i64> {
        let first = if n > 5 {
            #[state = "Big"]
            #[compensate(unbook(big))]
            let big = book(n).await?;
            big + 1
        } else {
            match n {
                0 => 0,
                k => {
                    #[state = "Small"]
                    #[compensate(undo_a(small))]
                    let small = book(k).await?;
                    small
                }
            }
        };
        let (a, b) = try_join!(
            async {
                #[state = "Left"]
                #[compensate(undo_a(left + first))]
                let left = book(first + 20).await?;
                Ok(left)
            },
            async {
                #[state = "Right"]
                let right = book(first + 30).await?;
                Ok(right)
            }
        )?;
        #[state = "Then"]
        let then = book(a + b).await?;
        let report = if then % 2 == 0 {
            let report = compensate().await;
            report.failed.len() as i64
        } else {
            -1
        };
        #[state = "Finally"]
        let end = book(then + 1).await?;
        Ok(end + report)
    }
);

#[tokio::test(start_paused = true)]
async fn undone() {
    let mut bench = Bench::default();
    for failing in [&[][..], &[1], &[2], &[6], &[7, -1], &[11], &[17, -12, -10], &[21], &[26], &[27, -21]] {
        let script = Script::saga(failing);
        let about = format!("tour but {failing:?}");
        let Some(ran) = bench.execute::<Tour>(&serde_json::json!(0), &script, &about).await else { continue };
        // Whatever was booked and not kept was given back at most once.
        let log = script.log();
        let twice: Vec<_> =
            log.iter().filter(|n| **n < 0).filter(|n| log.iter().filter(|m| m == n).count() > 1).collect();
        if !twice.is_empty() {
            bench.fault(format!("{about}: {log:?} {}", ran.exported));
        }
        eprintln!("{about}: {log:?} {}", ran.described);
    }
    for n in [0, 3, 4, 7, 8] {
        for failing in [&[][..], &[20], &[30], &[57], &[58], &[67], &[50], &[51]] {
            let failing: Vec<i64> = failing.iter().map(|f| if *f < 50 { f + n } else { *f }).collect();
            let script = Script::saga(&failing);
            let about = format!("ways {n} but {failing:?}");
            let Some(ran) = bench.execute::<Ways>(&serde_json::json!(n), &script, &about).await else { continue };
            eprintln!("{about}: {:?} {}", script.log(), ran.described);
        }
    }
    bench.compare();
}
