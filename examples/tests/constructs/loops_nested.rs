//! Loops in loops, in branches and in maps.

use workflow_runtime::prelude::*;

use crate::harness::Bench;
use crate::twin::{again, more, same, twin};

twin!(
    plain_labelled: async fn labelled(n: i64) -> Result<Vec<i64>> {
        let mut seen = vec![];
        let mut total = 0;
        'outer: for i in 0..5_i64 {
            let mut inner = 0;
            for j in i..6_i64 {
                if j == n {
                    seen.push(-i);
                    continue 'outer;
                }
                if total > 40 {
                    break 'outer;
                }
                inner += again(j).await?;
                total += 1;
            }
            seen.push(inner);
            total += inner;
        }
        seen.push(total);
        Ok(seen)
    }
);

twin!(
    plain_grid: async fn grid(n: i64) -> Result<Vec<Vec<i64>>> {
        let mut rows = vec![];
        for i in 0..n {
            let mut row = vec![];
            for j in 0..n {
                row.push(more(i + j + 90).await?);
            }
            rows.push(row);
        }
        Ok(rows)
    }
);

twin!(
    plain_sums: async fn sums(rows: Vec<Vec<i64>>) -> Result<Vec<i64>> {
        let mut all = vec![];
        for row in rows.iter() {
            let mut sum = 0;
            for value in row.iter() {
                sum += again(*value).await?;
            }
            all.push(sum);
        }
        Ok(all)
    }
);

twin!(
    plain_blocks: async fn blocks(n: i64) -> Result<Vec<i64>> {
        let mut x = n;
        let y = 'found: {
            if n > 5 {
                x += 1;
                break 'found x;
            }
            let a = more(n).await?;
            if a > 3 {
                break 'found a + 10;
            }
            x += 2;
            a
        };
        Ok(vec![x, y])
    }
);

twin!(
    plain_polled: async fn polled(n: i64) -> Result<(i64, i64, i64)> {
        let mut last = more(n).await?;
        let mut before = 0;
        let mut rounds = 0;
        while last < 30 && rounds < 6 {
            sleep(secs(1)).await;
            before = last;
            let next = again(last).await?;
            last = next;
            rounds += 1;
        }
        Ok((last, before, rounds))
    }
);

workflow!(
    pub(crate) async fn branch_loops(n: i64) -> Result<(i64, Vec<i64>)> {
        let mut base = n;
        base += 1;
        let result = try_join!(
            async {
                let mut sum = base;
                for i in 0..2_i64 {
                    sum += more(i).await?;
                }
                Ok(sum)
            },
            async {
                let mut list = vec![];
                while list.len() < 2 {
                    list.push(again(base).await?);
                }
                Ok(list)
            }
        )?;
        Ok(result)
    }
);

workflow!(
    pub(crate) async fn map_loops(items: Vec<i64>) -> Result<Vec<i64>> {
        let mut offset = 100;
        offset += 1;
        #[max_concurrency(1)]
        let sums = try_map(items, async |item| {
            let mut sum = offset;
            let mut i = 0;
            while i < item {
                sum += again(i).await?;
                i += 1;
            }
            Ok(sum + item)
        })
        .await?;
        Ok(sums)
    }
);

workflow!(
    pub(crate) async fn joins_in_loops(n: i64) -> Result<Vec<i64>> {
        let mut list = vec![];
        let mut x = n;
        for i in 0..2_i64 {
            let (a, b) = try_join!(more(x), async {
                let c = again(x + i).await?;
                Ok(c)
            })?;
            x = a + b;
            list.push(x);
        }
        Ok(list)
    }
);

twin!(
    plain_whiles: async fn whiles(n: i64) -> Result<Vec<i64>> {
        let mut seen = vec![];
        let mut next = Some(n);
        while let Some(at) = next {
            let got = more(at).await?;
            seen.push(got);
            next = if got > 5 { None } else { Some(got + 1) };
        }
        let mut left = vec![1, 2, n];
        while let Some(last) = left.last() && seen.len() < 8 {
            seen.push(*last);
            left = if left.len() > 2 { vec![7] } else { vec![] };
            sleep(secs(1)).await;
        }
        loop {
            let weight = again(seen.iter().sum::<i64>()).await?;
            if weight >= n {
                break;
            }
            seen.push(n);
        }
        Ok(seen)
    }
);

twin!(
    plain_matches: async fn matches(n: i64) -> Result<(i64, i64, String)> {
        let mut low = 0_i64;
        let mut high = 0_i64;
        let mut text = "".to_owned();
        for i in 0..4_i64 {
            let kind = match n + i {
                0 | 1 => "few",
                2..=3 => {
                    low += 1;
                    "some"
                }
                x if x > 100 => {
                    high += again(x).await?;
                    continue;
                }
                x => {
                    high += x;
                    "many"
                }
            };
            text.push_str(kind);
            let weight = match kind {
                "few" => {
                    low += 10;
                    1
                }
                "some" => 2,
                _ => {
                    high -= 1;
                    3
                }
            };
            let Some(w) = (if weight == 2 { None } else { Some(weight) }) else {
                text += "!";
                continue;
            };
            low += w;
        }
        Ok((low, high, text))
    }
);

#[tokio::test(start_paused = true)]
async fn loops_in_loops() {
    let mut bench = Bench::default();
    same!(bench, plain_labelled as Labelled, 0, 1, 3, 9);
    same!(bench, plain_grid as Grid, 0, 1, 3);
    same!(
        bench,
        plain_sums as Sums,
        Vec::<Vec<i64>>::new(),
        vec![Vec::<i64>::new()],
        vec![vec![1, 2], vec![], vec![3]],
        vec![vec![5]]
    );
    same!(bench, plain_blocks as Blocks, 1, 3, 6);
    same!(bench, plain_whiles as Whiles, 1, 5, 9, 101);
    same!(bench, plain_matches as Matches, 0, 2, 5, 99);
    same!(bench, plain_polled as Polled, 1, 7, 40, 101);
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn loops_in_branches_and_maps() {
    let mut bench = Bench::default();
    bench.run::<BranchLoops>(3, &[], crate::harness::ok((4 + 1 + 2, vec![8, 8])), "*").await;
    bench.run::<MapLoops>(vec![0, 1, 3], &[], crate::harness::ok(vec![101, 102, 101 + 6 + 3]), "*").await;
    bench.run::<MapLoops>(Vec::<i64>::new(), &[], crate::harness::ok(Vec::<i64>::new()), "*").await;
    bench.run::<JoinsInLoops>(1, &[], crate::harness::ok(vec![2 + 2, 5 + 10]), "*").await;
    bench.compare();
}
