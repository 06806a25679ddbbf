//! Control flow, modules, sagas, maps, nested workflows.
use workflow_runtime::prelude::*;

use crate::desk::*;
use crate::harness::{Act, Bench, err, ok};
use crate::world::Fault;

/// Steps that live elsewhere.
pub mod warehouse {
    pub mod inner {
        use workflow_runtime::prelude::*;
        #[step]
        pub async fn pick(sku: String) -> Result<String, crate::desk::DeskError> {
            if sku == "bad" { Err(crate::desk::DeskError::Closed) } else { Ok(format!("picked {sku}")) }
        }
        #[step(name = "put-back-item")]
        pub async fn put_back(slot: String) {
            drop(slot);
        }
    }
    pub use inner::{pick, put_back as give_back};
}
use warehouse::{give_back, inner, pick as take_one};

workflow!(
    pub async fn pick_all(skus: Vec<String>) -> Result<String> {
        let mut last = String::new();
        for sku in skus {
            #[compensate(give_back(slot))]
            let slot = take_one(sku).await?;
            last = slot;
        }
        #[state = "PickSpare"]
        let spare = self::warehouse::inner::pick("spare".to_string()).await?;
        Ok(format!("{last}, {spare}"))
    }
);

twin!(
    p_pages: async fn pages(limit: i64) -> Result<Vec<i64>> {
        let mut rows = Vec::new();
        let mut token = None;
        let mut rounds = 0;
        loop {
            let page = page(token).await?;
            rows.extend(page.rows);
            rounds += 1;
            if page.next.is_none() || rounds >= limit { break; }
            token = page.next;
        }
        Ok(rows)
    }
);

twin!(
    p_pages2: async fn pages_while(limit: usize) -> Result<(usize, i64)> {
        let first = page(None).await?;
        let mut sum: i64 = first.rows.iter().sum();
        let mut next = first.next;
        let mut n = 1usize;
        while let Some(token) = next {
            if n == limit { return Ok((n, -1)); }
            let more = load_page(token).await?;
            sum += more.rows.iter().sum::<i64>();
            next = more.next;
            n += 1;
        }
        Ok((n, sum))
    }
);

#[step]
pub async fn load_page(token: String) -> Result<Page, DeskError> {
    Ok(if token == "b" {
        Page { rows: vec![10, 20], next: Some("c".into()) }
    } else {
        Page { rows: vec![-5], next: None }
    })
}

twin!(
    p_labels: async fn labels(grid: Vec<Vec<i64>>) -> Result<(i64, String)> {
        let mut steps = 0;
        let found = 'rows: loop {
            for row in &grid {
                let mut x = 0;
                'cells: while x < row.len() {
                    let cell = row[x];
                    x += 1;
                    if cell == 42 { continue 'cells; }
                    steps += 1;
                    if odd(cell).await? { break 'rows Some(cell); }
                    if cell > 100 { break 'cells; }
                }
            }
            break None;
        };
        Ok((steps, found.map(|f| f.to_string()).unwrap_or("none".to_string())))
    }
);

twin!(
    p_shadow: async fn shadow(n: i64) -> Result<i64> {
        let x = n;
        let x = add(x, 1).await?;
        let y = { let x = x * 2; let n = x + n; n - 1 };
        let list = vec![1, 2, 3];
        let x = list.iter().map(|x| x + y).filter(|n| n % 2 == 0).map(|y| y * x).sum::<i64>();
        let n = if n > 0 { let x = n; x } else { x };
        for n in 0..2 {
            let x = x + n;
            say(format!("{x}")).await?;
        }
        let states = x;
        let input = n;
        Ok(states + input)
    }
);

twin!(
    p_tuple: async fn tuples(input: (i64, String, Option<bool>)) -> Result<(i64, String)> {
        let (a, b, c) = input;
        let (n, text) = many(a, b.clone(), c.unwrap_or(true), c.map(|_| 2.5), vec![1, 2], (a, b)).await?;
        Ok((n + 1, text))
    }
);

twin!(
    p_unit: async fn nothing_back(n: i64) -> Result<()> {
        if n > 3 {
            say("big".to_string()).await?;
        } else if n == 2 {
            return Ok(());
        }
        Ok(())
    }
);

workflow!(
    pub async fn without_input() -> Result<i64> {
        let a = add(1, 2).await?;
        Ok(a * 2)
    }
);

workflow!(
    pub async fn joins(n: i64) -> Result<(i64, String, Vec<i64>)> {
        let base = n * 10;
        let ((a, b), text, list) = try_join!(
            async {
                let (x, y) = try_join!(add(base, 1), async {
                    #[state = "AddSafely"]
                    match add(n, 2).await {
                        Ok(v) => Ok(v),
                        Err(Failed(DeskError::Closed)) => Ok(-1),
                        Err(other) => Err(other.into()),
                    }
                })?;
                Ok((x, y))
            },
            async {
                sleep(secs(1)).await;
                #[state = "AddLater"]
                let z = add(n, 100).await?;
                Ok(format!("z{z}"))
            },
            async {
                let squares = try_map(vec![1, 2, n], async |k| {
                    #[state = "AddMany"]
                    let s = add(k * k, base).await?;
                    Ok(s)
                })
                .await?;
                Ok(squares)
            }
        )?;
        Ok((a + b, text, list))
    }
);

workflow!(
    pub async fn teams(groups: Vec<Vec<String>>) -> Result<Vec<Vec<String>>> {
        let prefix = "t".to_string();
        let out = try_map(groups.iter().enumerate(), async |(i, names)| {
            let size = names.len();
            let inner = try_map(names.iter().enumerate(), async |(j, name)| {
                let n = shout(format!("{prefix}{i}{j}{name}")).await?;
                Ok(format!("{name}:{n}/{size}"))
            })
            .await?;
            Ok(inner)
        })
        .await?;
        Ok(out)
    }
);

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Job {
    pub id: String,
    pub cents: i64,
}

workflow!(
    #[workflow(error = DeskError)]
    pub async fn pay_job(job: Job) -> Result<String> {
        if job.cents < 0 {
            return Err(DeskError::OverLimit { limit: 0, asked: job.cents }.into());
        }
        charge(job.id, job.cents).await
    }
);

workflow!(
    pub async fn run_jobs(jobs: Vec<Job>) -> Result<Vec<String>> {
        let mut done = vec![];
        for job in &jobs {
            let text = match pay_job(job.clone()).await {
                Ok(receipt) => receipt,
                Err(Failed(DeskError::OverLimit { limit, asked })) => format!("{} asked {asked} of {limit}", job.id),
                Err(Failed(DeskError::Unknown(_) | DeskError::Closed)) => "closed".to_string(),
                Err(failure) => return Err(failure.into()),
            };
            done.push(text);
        }
        Ok(done)
    }
);

workflow!(
    pub async fn saga_loop(jobs: Vec<Job>) -> Result<i64> {
        let mut total = 0;
        for (i, job) in jobs.iter().enumerate() {
            #[compensate(refund(receipt))]
            let receipt = charge(job.id.clone(), job.cents).await?;
            total += job.cents;
            if i == 2 {
                let report = compensate().await;
                return Ok(report.failed.len() as i64 - total);
            }
            match add(total, 0).await {
                Ok(sum) => total = sum,
                Err(Failed(DeskError::Closed)) => return Err(DeskError::Unknown(receipt).into()),
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(total)
    }
);

workflow!(
    pub async fn by_hand(account: Account) -> Result<String> {
        let names: Vec<String> = jsonata!("$keys($usage)", usage = account.usage);
        let n = jsonata!(i64: "$sum($c.*) + $k", c = account.credits, k = names.len());
        #[state = "Pass by hand"]
        let m: i64 = raw_state!({ "Type": "Pass", "Output": "{% $n * 2 %}" }, n).await?;
        say(format!("{n} {m}")).await?;
        Ok(names.join("/"))
    }
);

#[tokio::test(start_paused = true)]
async fn flows() {
    let mut bench = Bench::default();
    let texts = |list: &[&str]| list.iter().map(|s| s.to_string()).collect::<Vec<_>>();
    bench.run::<PickAll>(texts(&["a", "b"]), &[], ok("picked b, picked spare"), "*").await;
    bench.run::<PickAll>(texts(&["a", "bad"]), &[], err("DeskError.Closed"), "*").await;
    bench.run::<PickAll>(texts(&[]), &[], ok(", picked spare"), "*").await;
    same!(bench, p_pages as Pages, 1, 2, 3, 9);
    bench.run::<PagesWhile>(9, &[], ok((3, 28)), "*").await;
    bench.run::<PagesWhile>(2, &[], ok((2, -1)), "*").await;
    same!(bench, p_labels as Labels, vec![], vec![vec![]], vec![vec![2, 4], vec![200, 3], vec![6, 7]], vec![vec![1]]);
    same!(bench, p_shadow as Shadow, 0, 3, -2, 13);
    same!(
        bench,
        p_tuple as Tuples,
        (1, "é".to_string(), None),
        (2, "".to_string(), Some(false)),
        (-3, "x".to_string(), Some(true))
    );
    same!(bench, p_unit as NothingBack, 1, 2, 4);
    bench.run::<WithoutInput>((), &[], ok(6), "*").await;
    bench.run::<Joins>(3, &[], ok((36, "z103", vec![31, 34, 39])), "*").await;
    bench
        .run::<Teams>(
            vec![texts(&["a", "bb"]), vec![], texts(&["ü"])],
            &[],
            ok(vec![texts(&["a:4/2", "bb:5/2"]), vec![], texts(&["ü:5/1"])]),
            "*",
        )
        .await;
    bench.run::<Teams>(Vec::<Vec<String>>::new(), &[], ok(Vec::<String>::new()), "*").await;
    let jobs = |cents: &[i64]| {
        cents.iter().enumerate().map(|(i, c)| Job { id: format!("j{i}"), cents: *c }).collect::<Vec<_>>()
    };
    bench.run::<SagaLoop>(jobs(&[5]), &[], ok(5), "*").await;
    bench.run::<SagaLoop>(jobs(&[5, 8]), &[], err("DeskError.Unknown"), "*").await;
    bench.run::<SagaLoop>(jobs(&[5, 200_000]), &[], err("DeskError.OverLimit"), "*").await;
    bench.run::<SagaLoop>(jobs(&[1, 2, 3, 4]), &[], ok(-6), "*").await;
    bench.run::<SagaLoop>(jobs(&[]), &[], ok(0), "*").await;
    bench.run::<ByHand>(Account::sample(), &[], ok("gas/power/wasser über"), "*").await;
    bench.compare();
}
