//! Loops and variables: what they yield here, elsewhere, and as plain Rust.

use workflow_runtime::prelude::*;

use crate::calls::an_order;
use crate::harness::{Act, Bench, err, ok};
use crate::twin::{again, more, same, tick, twin};
use crate::world::*;

twin!(
    plain_counting: async fn counting(n: i64) -> Result<Vec<i64>> {
        let mut i = 0;
        let mut sum = 0_i64;
        while i < n {
            i += 1;
            if i == 3 {
                continue;
            }
            sum += more(i).await?;
            if sum > 40 {
                break;
            }
        }
        Ok(vec![sum, i])
    }
);

twin!(
    plain_swapping: async fn swapping(n: i64) -> Result<Vec<i64>> {
        let mut a = n;
        let mut b = more(n).await?;
        let mut seen = vec![];
        for i in 0..4 {
            let old = a;
            a = b;
            b = old + i;
            seen.push(a);
            seen.push(b);
            let ticked = tick(a).await?;
            if ticked > 100 {
                return Ok(seen);
            }
            b += ticked;
        }
        seen.extend(vec![a, b]);
        Ok(seen)
    }
);

twin!(
    plain_with_value: async fn with_value(n: i64) -> Result<String> {
        let mut tries = 0;
        let found = loop {
            tries += 1;
            let got = again(n + tries).await?;
            if got > 20 {
                break got;
            }
            if tries == 5 {
                break -1;
            }
            sleep(secs(3)).await;
        };
        Ok(format!("{found} after {tries}"))
    }
);

twin!(
    plain_ranges: async fn ranges(n: i64) -> Result<Vec<i64>> {
        let mut list = vec![];
        for i in 0..=n {
            list.push(again(i).await?);
        }
        for i in n..3 {
            list.push(i + 1000);
            tick(i).await?;
        }
        let end = n + 2;
        for i in (n + 1)..end {
            list.push(-i);
        }
        Ok(list)
    }
);

twin!(
    plain_caught: async fn caught(n: i64) -> Result<String> {
        let mut log = "start".to_owned();
        let mut at = n;
        let mut failures = 0_i64;
        loop {
            match more(at).await {
                Ok(next) => at = next + 1,
                Err(Failure::Failed(Fault::SoldOut { left, .. })) => {
                    failures += 1;
                    log.push_str(" sold out");
                    at += left as i64;
                }
                Err(_) => break,
            }
            if at > 110 || failures == 2 {
                break;
            }
            log += ".";
        }
        Ok(format!("{log} {at} {failures}"))
    }
);

workflow!(
    pub(crate) async fn in_groups(n: i64) -> Result<Vec<i64>> {
        let mut stage = 0;
        let mut list = vec![n];
        for i in 0..3_i64 {
            stage = i + 10;
            let outcome = match async {
                stage += 1;
                let a = more(n + i).await?;
                stage += 1;
                list.push(a);
                #[state = "Second"]
                let b = more(a + a + a).await?;
                stage += 1;
                Ok(b)
            }
            .await
            {
                Ok(b) => b,
                Err(_) => -stage,
            };
            list.push(outcome);
        }
        list.push(stage);
        Ok(list)
    }
);

/// As [`in_groups`], each group a function of its own.
mod plain_in_groups {
    use super::*;
    use crate::twin::plain::more;

    pub(crate) async fn plain(n: i64) -> Result<Vec<i64>> {
        let mut stage = 0;
        let mut list = vec![n];
        for i in 0..3 {
            stage = i + 11;
            let outcome = match more(n + i).await {
                Err(_) => -stage,
                Ok(a) => {
                    stage += 1;
                    list.push(a);
                    match more(a + a + a).await {
                        Err(_) => -stage,
                        Ok(b) => {
                            stage += 1;
                            b
                        }
                    }
                }
            };
            list.push(outcome);
        }
        list.push(stage);
        Ok(list)
    }
}

twin!(
    plain_later: async fn later(n: i64) -> Result<i64> {
        let a;
        let b: i64;
        if n > 3 {
            a = more(n).await?;
            b = 1;
        } else {
            a = -n;
            b = 2;
        }
        let c;
        loop {
            c = a + b;
            break;
        }
        Ok(c)
    }
);

twin!(
    #[allow(unused_assignments)]
    plain_without_states: async fn without_states(n: i64) -> Result<Vec<i64>> {
        let mut x = n;
        let mut y = 1_i64;
        if x > 2 {
            x += 10;
        }
        if x > 12 && y == 1 {
            y = x - 1;
            x = y + y;
        } else if x == 2 {
            y = 7;
        }
        let z = x;
        x = 0;
        y += z;
        let w = { x += 5; x + y };
        Ok(vec![x, y, z, w])
    }
);

#[tokio::test(start_paused = true)]
async fn loops_yield_what_rust_yields() {
    let mut bench = Bench::default();
    same!(bench, plain_counting as Counting, 0, 1, 3, 5, 20);
    same!(bench, plain_swapping as Swapping, 1, 5, 60, 100);
    same!(bench, plain_with_value as WithValue, 1, 9, 50);
    same!(bench, plain_ranges as Ranges, -1, 0, 2, 5);
    same!(bench, plain_caught as Caught, 97, 98, 101, 103, 200);
    same!(bench, plain_in_groups as InGroups, 1, 33, 35, 101);
    same!(bench, plain_later as Later, 1, 4, 101);
    same!(bench, plain_without_states as WithoutStates, 1, 2, 3, 4);
    bench.compare();
}

workflow!(
    pub(crate) async fn shopping(order: Order) -> Result<Order> {
        let mut order = order;
        let mut missing = vec![];
        for (index, line) in order.lines.iter().enumerate() {
            let count = price(line.sku.clone(), line.quantity as i64).await?;
            if count > 20 {
                missing.push(format!("{index}:{}", line.sku));
                continue;
            }
            order.total_cents += 5;
        }
        order.coupon = Some("done".to_string());
        order.order_id.push_str("-b");
        order.lines.push(Line { sku: "chair".to_string(), quantity: 3, price: 1.5 });
        order.urgent = missing.len() > 0;
        Ok(order)
    }
);

#[tokio::test(start_paused = true)]
async fn fields_are_assigned() {
    let mut bench = Bench::default();
    let order = an_order();
    let line = Line { sku: "chair".to_owned(), quantity: 3, price: 1.5 };
    let mut expected = order.clone();
    expected.lines.push(line);
    expected.coupon = Some("done".to_owned());
    expected.order_id.push_str("-b");
    expected.total_cents += 5;
    expected.urgent = true;
    bench
        .run::<Shopping>(
            &order,
            &[],
            ok(&expected),
            "Prepare NextLine? Price Choice NextLine? Price Choice NextLine? Done",
        )
        .await;
    let bad = Act::Fault(Fault::Bad("x".to_owned()));
    bench.run::<Shopping>(&order, &[("Price", bad)], err("Fault.Bad"), "Prepare NextLine? Price").await;
    bench.compare();
}
