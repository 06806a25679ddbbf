//! Chains of iterators, slices, texts, formats, times.
use std::collections::BTreeMap;

use workflow_runtime::prelude::*;

use crate::harness::Bench;
use crate::kit::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Stock {
    pub rows: Vec<Row>,
    pub words: Vec<String>,
    pub n: i64,
    pub rate: f64,
    pub matrix: Vec<Vec<i64>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Row {
    pub name: String,
    pub amount: i64,
    pub price: f64,
    pub group: Option<String>,
}

impl Stock {
    fn sample(n: i64) -> Self {
        let row = |name: &str, amount, price, group: Option<&str>| Row {
            name: name.into(),
            amount,
            price,
            group: group.map(Into::into),
        };
        Self {
            rows: vec![
                row("bolt", 4, 0.25, Some("a")),
                row("nut", 2, 1.5, None),
                row("anchor", 4, -3.0, Some("b")),
                row("zäh", 0, 2.75, Some("a")),
            ],
            words: ["one", "two ", "", " thrée", "TWO "].map(String::from).into(),
            n,
            rate: 1.5,
            matrix: vec![vec![1, 2, 3], vec![], vec![4]],
        }
    }
    fn empty(n: i64) -> Self {
        Self { rows: vec![], words: vec![], n, rate: 0.0, matrix: vec![] }
    }
}

twin!(
    p_chains: async fn chains(stock: Stock) -> Result<(Vec<String>, i64, Vec<i64>)> {
        let rows = &stock.rows;
        let names: Vec<String> = rows.iter().rev().zip(stock.words.iter().skip(1)).take(3).map(|(row, word)| format!("{}{word}", row.name)).collect();
        let best = rows.iter().filter(|row| row.amount > 0).max_by(|a, b| a.price.total_cmp(&b.price)).map(|row| row.name.clone());
        let amounts: Vec<i64> = rows.iter().map(|r| r.amount).sorted().rev().collect();
        let sum: i64 = amounts.iter().zip(amounts.iter().skip(1)).map(|(a, b)| a * b).sum();
        let least = amounts.iter().min().copied().unwrap_or(-1) + amounts.iter().max().copied().unwrap_or(-1);
        let total = inc_a(sum + least).await?;
        let flat: Vec<i64> = stock.matrix.iter().flatten().copied().filter(|x| x % 2 == 0).chain(vec![total]).collect();
        let wanted = best.unwrap_or_else(|| "none".to_string());
        note_a(format!("{wanted:>10}|{:<5}|{:^7}|{:+}|{:04}", names.len(), total, sum, least)).await?;
        Ok((names, total, flat))
    }
);

twin!(
    p_groups: async fn groups(stock: Stock) -> Result<BTreeMap<String, Vec<i64>>> {
        let mut groups: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for row in &stock.rows {
            let key = row.group.clone().unwrap_or("none".to_string());
            let mut list = groups.get(&key).cloned().unwrap_or_default();
            list.push(inc_a(row.amount).await?);
            groups.insert(key, list);
        }
        let counts = count_a(stock.words.iter().map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty()).collect()).await?;
        for (word, count) in &counts {
            if *count > 1 { groups.insert(word.to_uppercase(), vec![*count, groups.len() as i64]); }
        }
        groups.remove("b");
        Ok(groups)
    }
);

twin!(
    p_slices: async fn slices(stock: Stock) -> Result<Vec<i64>> {
        let list = pile_a(stock.n).await?;
        let half = list.len() / 2;
        let front = &list[..half];
        let back = list[half..].to_vec();
        let mut all = vec![front.len() as i64, back.len() as i64];
        all.extend(front.iter().map(|x| x + 1));
        all.extend(back.clone());
        let middle = list[1..=2].to_vec();
        all.push(middle.iter().sum());
        if let Some(x) = list.get(3) { all.push(*x); }
        let (a, b) = (all[0], all[1]);
        all.insert(0, a * 100 + b);
        all.push(stock.matrix[0][stock.matrix.len() - 1]);
        Ok(all)
    }
);

twin!(
    p_texts: async fn texts(stock: Stock) -> Result<Vec<String>> {
        let mut out = Vec::new();
        for (i, word) in stock.words.iter().enumerate() {
            let parts: Vec<&str> = word.split("o").collect();
            let text = format!("{i:>2}:{:*^9}:{}:{}", word, parts.join("-"), i).replace(' ', "_");
            out.push(tag_a(text).await?);
        }
        let joined = stock.words.join("|");
        let n = joined.split("o").count();
        out.push(format!("{:.3} {:08.2} {:>+9.1}", stock.rate, -1.0 - stock.rate, stock.rate * 3.0));
        out.push(format!("{:#06x} {:b} {:o} {:X}", 255u32, 5u32, 8u32, 48879u32));
        out.push(format!("{0}{1}{0} {name:>30}", joined.len(), n, name = joined));
        Ok(out)
    }
);

twin!(
    p_texts2: async fn texts2(stock: Stock) -> Result<Vec<String>> {
        let mut out = Vec::new();
        for word in &stock.words {
            out.push(word.strip_prefix("t").unwrap_or("no").to_string());
            out.push(word.trim_start().to_string());
            out.push(word.trim_end().to_string());
            let (key, rest) = word.split_once("w").unwrap_or(("?", "!"));
            out.push(format!("{key}{rest}"));
            match word.parse::<i64>().ok() { Some(n) => out.push(format!("{n}")), None => out.push("-".to_string()) }
            out.push(if word.to_lowercase() == "two " { "two".to_string() } else { "".to_string() });
        }
        Ok(out)
    }
);

twin!(
    p_math: async fn math(stock: Stock) -> Result<Vec<f64>> {
        let n = stock.n;
        let a = (n as f64) / 4.0 + stock.rate;
        let b = (n as f64).powi(2).sqrt();
        let c = (a * 100.0).round() / 100.0;
        let whole = inc_a((a * 10.0).floor() as i64 / 3).await?;
        let d = (whole % 7 - n.rem_euclid(5)) as f64;
        let e = stock.rows.iter().map(|row| row.price).fold(f64::MAX, |x, y| x.min(y));
        let f = if a > b { a.max(c) } else { -a.abs() };
        Ok(vec![a, b, c, d, f, e.min(1e9), whole as f64 / 8.0])
    }
);

#[tokio::test(start_paused = true)]
async fn lists() {
    let mut bench = Bench::default();
    same!(bench, p_chains as Chains, Stock::sample(3), Stock::empty(1), Stock { words: vec![], ..Stock::sample(2) });
    same!(bench, p_groups as Groups, Stock::sample(3), Stock::empty(1));
    same!(
        bench,
        p_slices as Slices,
        Stock::sample(0),
        Stock::sample(1),
        Stock::sample(3),
        Stock::sample(9),
        Stock::empty(4)
    );
    same!(bench, p_texts as Texts, Stock::sample(3), Stock::empty(1));
    same!(
        bench,
        p_texts2 as Texts2,
        Stock::sample(3),
        Stock { words: vec!["12".into(), "tw".into(), "-7".into()], ..Stock::sample(1) }
    );
    same!(bench, p_math as Math, Stock::sample(3), Stock::empty(-17), Stock::sample(100));
    bench.compare();
}
