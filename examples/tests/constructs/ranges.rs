//! `try_map` over ranges: the numbers are the items.

use workflow_runtime::prelude::*;

use crate::harness::{Bench, ok};
use crate::twin::more;

workflow!(
    pub(crate) async fn fans_out(n: i64) -> Result<Vec<i64>> {
        let upwards = try_map(0..n, async |i| more(i).await).await?;
        let downwards = try_map((1..=3_i64).rev(), async |i| {
            #[state = "MoreDown"]
            more(i * n).await
        })
        .await?;
        let numbered = try_map((n..n + 2).enumerate(), async |(at, i)| {
            #[state = "MoreAt"]
            let found = more(i).await?;
            Ok(found + at as i64)
        })
        .await?;
        let mut all = upwards;
        all.extend(downwards);
        all.extend(numbered);
        Ok(all)
    }
);

#[tokio::test(start_paused = true)]
async fn numbers_are_items() {
    let mut bench = Bench::default();
    bench.run::<FansOut>(0, &[], ok([1, 1, 1, 1, 3]), "*").await;
    bench.run::<FansOut>(1, &[], ok([1, 4, 3, 2, 2, 4]), "*").await;
    bench.run::<FansOut>(3, &[], ok([1, 2, 3, 10, 7, 4, 4, 6]), "*").await;
    bench.compare();
}
