//! Loops, matches, groups.
use workflow_runtime::prelude::*;

use crate::harness::Bench;
use crate::shop::*;

twin!(
    p_find: async fn find(order: Order) -> Result<String> {
        let found = 'outer: loop {
            for item in &order.items {
                if item.quantity == 0 { continue; }
                for tag in &item.tags {
                    if tag == "wood" { break 'outer Some(item.sku.clone()); }
                    note(tag.clone()).await?;
                }
            }
            break None;
        };
        match found { Some(sku) => Ok(sku), None => Ok("none".to_string()) }
    }
);

twin!(
    p_early: async fn early(order: Order) -> Result<String> {
        for (i, item) in order.items.iter().enumerate() {
            match reserve(item.clone()).await {
                Ok(id) if id == "R-lamp" => return Ok(format!("{id} at {i}")),
                Ok(id) => note(id).await?,
                Err(Failed(ShopError::SoldOut(what))) => return Ok(what),
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok("end".to_string())
    }
);

twin!(
    p_whiles: async fn whiles(n: i64) -> Result<Vec<i64>> {
        let mut list = Vec::new();
        let mut next = maybe(n).await?;
        while let Some(v) = next {
            list.push(v);
            if list.len() > 3 { break; }
            next = maybe2(v + 2).await?;
        }
        let mut k = 0u32;
        while k < 3 {
            k += 1;
            if k == 2 { continue; }
            list.push(inc(i64::from(k)).await?);
        }
        let mut stack = vec![1, 2, 3];
        while let Some(top) = stack.pop() {
            list.push(top);
        }
        Ok(list)
    }
);

twin!(
    p_edits: async fn edits(n: i64) -> Result<Vec<i64>> {
        let mut list = vec![n, 5, 3];
        list[0] = 7;
        list[1] += n;
        list.insert(1, inc(n).await?);
        list.insert(0, 100);
        let last = list.pop();
        let gone = list.remove(1);
        list.sort();
        list.reverse();
        list.push(last.unwrap_or(0));
        list.push(gone);
        list.retain(|x| *x != 100);
        if n > 5 { list.truncate(2); }
        let i = list.len().saturating_sub(1);
        list[i] = 9;
        if check(n).await? { list.remove(0); }
        if n == 7 { list[99] = 1; }
        list.sort_by_key(|x| -x);
        Ok(list)
    }
);

twin!(
    p_deep: async fn deep(order: Order) -> Result<Order> {
        let mut order = order;
        order.items[0].quantity += 1;
        order.items[1].tags.push("new".into());
        order.matrix[0][1] = 9;
        order.matrix[2].push(4);
        order.matrix.push(vec![8]);
        order.matrix[1] = vec![];
        order.by_region.insert("west".to_string(), 1);
        if let Delivery::Courier { address, .. } = &order.delivery {
            order.note = Some(format!("to {}", address.city));
        }
        for i in 0..order.items.len() {
            order.items[i].price_cents = price(order.items[i].sku.clone(), order.items[i].quantity).await?;
        }
        order.items[0].tags.clear();
        order.matrix.remove(0);
        let mut moved = order.items.pop().map(|item| item.sku).unwrap_or_default();
        moved.push_str("!");
        order.id = moved;
        Ok(order)
    }
);

twin!(
    p_outcome: async fn outcome(n: i64) -> Result<String> {
        let first = inc(n).await;
        match first {
            Ok(v) => note(format!("{v}")).await?,
            Err(Failed(ShopError::Busy)) => return Ok("busy".into()),
            Err(failure) => return Err(failure.into()),
        }
        let second = inc2(n).await;
        let text: String = if let Ok(v) = second { format!("ok {v}") } else { "bad".into() };
        let third = inc3(n).await;
        let Ok(v) = third else { return Ok(text); };
        let fourth = maybe(v).await;
        let x = fourth?;
        Ok(format!("{text} {v} {}", x.is_some()))
    }
);

twin!(
    p_grids: async fn grids(order: Order) -> Result<Vec<Vec<i64>>> {
        let mut rows: Vec<Vec<i64>> = vec![];
        for row in &order.matrix {
            let mut sum = 0;
            for x in row { sum += x; }
            rows.push(vec![sum, inc(sum).await?]);
        }
        let first = order.matrix.first().cloned().unwrap_or_default();
        let longest = order.matrix.iter().map(|row| row.len()).max().unwrap_or(0);
        let pairs: Vec<(usize, i64)> = order.matrix.iter().enumerate().filter(|(_, row)| !row.is_empty()).map(|(i, row)| (i, row[0])).collect();
        for (i, x) in pairs.iter() { rows.push(vec![*i as i64, *x]); }
        for (a, b) in first.iter().zip(rows.clone().iter()) { rows.push(vec![*a, b[0]]); }
        rows.push(vec![longest as i64]);
        Ok(rows)
    }
);

twin!(
    p_cond: async fn cond(n: i64) -> Result<i64> {
        let mut n = n;
        while !check(n).await? {
            n = inc(n).await?;
        }
        if check2(n + 1).await? && n < 100 {
            n += 10;
        }
        let v = if check3(n).await? { 1 } else { 2 };
        Ok(n + v)
    }
);

twin!(
    p_nested: async fn nested(n: i64) -> Result<Vec<i64>> {
        let a = inc(n).await? + inc2(n + n).await?;
        note(format!("{a} {}", inc3(a).await?)).await?;
        let list = vec![a, inc4(a).await?];
        for x in grid(n).await?.iter().flatten() {
            if n > 3 && check(*x).await? || x == &0 { ping().await?; }
            match maybe(*x).await?.unwrap_or(3) { 0 => ping2().await?, _ => {} }
        }
        if let Some(v) = maybe2(price2("abc".to_string(), 2).await? as i64).await? && v > 1 {
            return Ok(vec![v, sum(list).await?]);
        }
        Ok(list)
    }
);

twin!(
    p_group: async fn group(order: Order) -> Result<String> {
        match async {
            let mut ids = vec![];
            for item in &order.items {
                if item.quantity > 50 { return Ok::<_, WorkflowError>(ids); }
                let id = reserve(item.clone()).await?;
                ids.push(id);
            }
            Ok(ids)
        }.await {
            Ok(ids) => Ok(ids.join(",")),
            Err(error) if error.is::<ShopError>() => {
                note(error.error().to_string()).await?;
                Ok("failed".to_string())
            }
            Err(error) => Err(error),
        }
    }
);

workflow!(
    pub async fn mapped(order: Order) -> Result<Vec<String>> {
        let prefix = order.id.clone();
        #[max_concurrency(2)]
        let ids = try_map(order.items.iter().enumerate(), async |(i, item)| {
            let tags = try_map(&item.tags, async |tag| {
                note(format!("{prefix} {tag}")).await?;
                Ok(tag.to_uppercase())
            })
            .await?;
            let id = reserve(item.clone()).await?;
            Ok(format!("{i} {id} {}", tags.join("+")))
        })
        .await?;
        Ok(ids)
    }
);

workflow!(
    pub async fn joined(order: Order) -> Result<String> {
        let (a, b, (c, _)) = try_join!(
            price(order.id.clone(), 2),
            async {
                if order.items.is_empty() {
                    return Ok(0);
                }
                let p = price2(order.items[0].sku.clone(), 3).await?;
                Ok(p + 1)
            },
            async {
                let x = inc(3).await?;
                Ok((x, "u"))
            }
        )?;
        Ok(format!("{a} {b} {c}"))
    }
);

twin!(
    p_matches: async fn matching(n: i64) -> Result<String> {
        Ok(match n { i64::MIN..=-1 => "neg", 0 => "zero", 1..10 => "small", _ => "big" }.to_string())
    }
);

#[tokio::test(start_paused = true)]
async fn control() {
    let mut bench = Bench::default();
    let order = Order::sample();
    let mut none = order.clone();
    none.items[0].tags = vec!["iron".into()];
    let mut bad = order.clone();
    bad.items[0].sku = "bad".into();
    same!(bench, p_find as Find, order.clone(), none.clone());
    same!(bench, p_early as Early, order.clone(), bad.clone());
    same!(bench, p_whiles as Whiles, 0, 1, 2);
    same!(bench, p_edits as Edits, 0, 2, 6);
    same!(bench, p_deep as Deep, order.clone());
    same!(bench, p_outcome as Outcome, 0, 3);
    bench.run::<Outcome>(13, &[], crate::harness::ok("busy"), "*").await;
    let mut empty = order.clone();
    empty.matrix = vec![];
    let mut one = order.clone();
    one.matrix = vec![vec![7]];
    same!(bench, p_grids as Grids, order.clone(), empty, one);
    same!(bench, p_cond as Cond, 0, 5, 12, 200);
    same!(bench, p_nested as Nested, 0, 1, 5, 12);
    same!(bench, p_group as Group, order.clone());
    bench.run::<Group>(bad.clone(), &[], crate::harness::ok("failed"), "*").await;
    bench.run::<Mapped>(order.clone(), &[], crate::harness::ok(vec!["0 R-desk WOOD", "1 R-lamp "]), "*").await;
    bench.run::<Joined>(order.clone(), &[], crate::harness::ok("6 13 4"), "*").await;
    bench.compare();
}
