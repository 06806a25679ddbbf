//! Each construct of the language, as small as it says something.
#![allow(clippy::unused_async, reason = "steps that only answer")]

use workflow_runtime::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
    pub kind: String,
    pub n: i64,
    pub limit: Option<i64>,
    pub ship_at: Timestamp,
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Item {
    pub sku: String,
    pub n: i64,
}

#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum Fault {
    #[error("declined")]
    #[step_error(name = "Declined")]
    Declined,
    #[error("busy")]
    #[step_error(name = "Busy")]
    Busy,
}

#[step]
pub async fn one(n: i64) -> Result<i64, Fault> {
    Ok(n)
}

#[step]
pub async fn two(n: i64) -> Result<i64, Fault> {
    Ok(n)
}

#[step]
pub async fn three(n: i64) -> Result<i64, Fault> {
    Ok(n)
}

#[step]
pub async fn tell(text: String) {
    drop(text);
}

#[step]
pub async fn undo(n: i64) {
    let _ = n;
}

#[step(callback, timeout = "1d")]
pub async fn ask(token: TaskToken, n: i64) -> Callback<i64> {
    drop((token, n));
    Callback::pending()
}

workflow!(
    pub async fn straight(order: Order) -> Result<String> {
        let a = one(order.n).await?;
        let b = two(a + 1).await?;
        let sum = a + b;
        Ok(format!("{}: {sum}", order.id))
    }
);

workflow!(
    pub async fn choice(order: Order) -> Result<i64> {
        let found = if order.n > 10 {
            one(order.n).await?
        } else if order.n > 5 {
            two(order.n).await?
        } else {
            0
        };
        three(found).await
    }
);

workflow!(
    pub async fn chosen_value(order: Order) -> Result<i64> {
        let factor = if order.n > 10 { 2 } else { 1 };
        one(order.n + factor).await
    }
);

workflow!(
    pub async fn kinds(order: Order) -> Result<i64> {
        match order.kind.as_str() {
            "small" => one(order.n).await,
            "large" => two(order.n).await,
            _ => {
                tell(order.kind).await?;
                Ok(0)
            }
        }
    }
);

workflow!(
    pub async fn caught(order: Order) -> Result<i64> {
        match one(order.n).await {
            Ok(n) => Ok(n),
            Err(Failed(Fault::Declined)) => {
                tell("declined".to_string()).await?;
                Ok(0)
            }
            Err(Failed(Fault::Busy)) => two(order.n).await,
            Err(failure) => Err(failure.into()),
        }
    }
);

workflow!(
    pub async fn fails(order: Order) -> Result<i64> {
        if order.n < 0 {
            return Err(Fault::Declined.into());
        }
        one(order.n).await
    }
);

workflow!(
    pub async fn whiles(order: Order) -> Result<i64> {
        let mut rounds = 0_i64;
        let mut found = order.n;
        while found < 100 && rounds < 5 {
            rounds += 1;
            found = one(found).await?;
        }
        Ok(found)
    }
);

workflow!(
    pub async fn loops(order: Order) -> Result<i64> {
        let found = loop {
            let next = one(order.n).await?;
            if next > 10 {
                break next;
            }
            sleep(secs(60)).await;
        };
        two(found).await
    }
);

workflow!(
    pub async fn each(order: Order) -> Result<()> {
        for item in order.items {
            one(item.n).await?;
            tell(item.sku).await?;
        }
        Ok(())
    }
);

workflow!(
    pub async fn sums(order: Order) -> Result<i64> {
        let mut sum = 0_i64;
        for item in order.items {
            if item.n == 0 {
                continue;
            }
            if item.n < 0 {
                break;
            }
            sum += one(item.n).await?;
        }
        Ok(sum)
    }
);

workflow!(
    pub async fn ranges(order: Order) -> Result<()> {
        'outer: for i in 0..3_i64 {
            for j in 0..4_i64 {
                let found = one(i + j).await?;
                if found > order.n {
                    break 'outer;
                }
            }
        }
        Ok(())
    }
);

workflow!(
    pub async fn branches(order: Order) -> Result<i64> {
        let (a, b) = try_join!(one(order.n), async {
            let b = two(order.n).await?;
            three(b).await
        })?;
        Ok(a + b)
    }
);

workflow!(
    pub async fn maps(order: Order) -> Result<i64> {
        let found = try_map(order.items, async |item| {
            let a = one(item.n).await?;
            two(a + item.n).await
        })
        .await?;
        Ok(found.iter().sum::<i64>())
    }
);

workflow!(
    pub async fn children(order: Order) -> Result<Vec<i64>> {
        try_map_distributed(order.items, async |item| one(item.n).await).await
    }
);

workflow!(
    pub async fn group(order: Order) -> Result<i64> {
        match async {
            let a = one(order.n).await?;
            let b = two(a).await?;
            three(b).await
        }
        .await
        {
            Ok(n) => Ok(n),
            Err(failure) => {
                tell(order.id).await?;
                Err(failure.into())
            }
        }
    }
);

workflow!(
    pub async fn saga(order: Order) -> Result<i64> {
        #[compensate(undo(a))]
        let a = one(order.n).await?;
        #[compensate(undo(b))]
        let b = two(a).await?;
        three(b).await
    }
);

workflow!(
    pub async fn nested(order: Order) -> Result<i64> {
        let n = straight_number(order).await?;
        #[state = "StartOnly"]
        spawn(straight_number(order)).await?;
        Ok(n + 1)
    }
);

workflow!(
    pub async fn straight_number(order: Order) -> Result<i64> {
        one(order.n).await
    }
);

workflow!(
    pub async fn waits(order: Order) -> Result<i64> {
        sleep(mins(5)).await;
        sleep_until(order.ship_at).await;
        one(order.n).await
    }
);

workflow!(
    pub async fn asked(order: Order) -> Result<i64> {
        let answer = ask(order.n).await?;
        Ok(answer + 1)
    }
);

workflow!(
    pub async fn options(order: Order) -> Result<i64> {
        let Some(limit) = order.limit else { return Ok(0) };
        if limit > 3 {
            return one(limit).await;
        }
        two(limit).await
    }
);

workflow!(
    pub async fn stepless(order: Order) -> Result<Vec<String>> {
        let items = order.items.iter().filter(|item| item.n > 0);
        let shown = items.map(|item| format!("{}: {}", item.sku.trim(), item.n)).collect::<Vec<_>>();
        Ok(shown)
    }
);

workflow!(
    pub async fn sorted_out(order: Order) -> Result<i64> {
        if order.n > 10 {
            if order.kind == "small" {
                return one(order.n).await;
            }
            if order.kind == "large" {
                return two(order.n).await;
            }
        } else if let Some(limit) = order.limit {
            if limit > order.n {
                #[state = "OneOfLimit"]
                return one(limit).await;
            }
        }
        three(order.n).await
    }
);

workflow!(
    pub async fn flagged(order: Order) -> Result<i64> {
        let mut done = false;
        let mut found = order.n;
        while !done {
            found = one(found).await?;
            if found > 10 {
                done = true;
            }
        }
        Ok(found)
    }
);

workflow!(
    pub async fn skips(order: Order) -> Result<i64> {
        if order.n < 0 {
            return Err(Fault::Declined.into());
        }
        let mut n = order.n;
        while n > 0 {
            let found = one(n).await?;
            n -= 1;
            if found > 10 {
                continue;
            }
            if found < 0 {
                break;
            }
            n = two(found).await?;
        }
        Ok(n)
    }
);

workflow!(
    pub async fn grid(order: Order) -> Result<i64> {
        let mut sum = 0_i64;
        for i in 0..3_i64 {
            for j in 0..3_i64 {
                if i == j {
                    continue;
                }
                sum += one(i + j + order.n).await?;
            }
        }
        Ok(sum)
    }
);

workflow!(
    pub async fn staged(order: Order) -> Result<i64> {
        let mut rate = 1_i64;
        if order.kind == "small" {
            rate = 2;
            tell(order.kind).await?;
        } else if order.n > 3 {
            rate = 3;
        }
        if rate > 2 {
            return one(order.n).await;
        }
        two(rate).await
    }
);
