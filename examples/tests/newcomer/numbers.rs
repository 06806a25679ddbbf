//! Integers, floats, dates.
use workflow_runtime::prelude::*;

use crate::desk::*;
use crate::harness::Bench;

twin!(
    p_signs: async fn signs(n: i64) -> Result<Vec<i64>> {
        let k = add(n, 0).await?;
        Ok(vec![
            k / 2, k % 2, k / -3, k % -3, k.rem_euclid(3), k.abs() % 10, -k / 7, -(k / 7), (k + 1) / 2 - 1,
            k.signum(), k.min(0).max(-5), k.clamp(-1, 1), k.abs_diff(3) as i64,
            if k > 0 && k % 2 == 1 || k == -4 { 1 } else { 0 },
            i64::from(k > 2), (k as f64 / 4.0) as i64, (k as f64 * 0.5).round() as i64, (k as f64 * 0.5).floor() as i64,
        ])
    }
);

twin!(
    p_div: async fn divide(pair: (i64, i64)) -> Result<i64> {
        let (a, b) = pair;
        let q = a.checked_div(b);
        say(format!("{q}", q = q.unwrap_or(0))).await?;
        match q {
            Some(q) if q != 0 => Ok(q),
            Some(_) => Ok(-1),
            None => Err(DeskError::OverLimit { limit: a, asked: b }.into()),
        }
    }
);

twin!(
    p_u8: async fn bytes(n: u8) -> Result<(u8, u32, Option<u8>, u8)> {
        say(format!("{n:03} {n:#04x} {n:08b}")).await?;
        let wide = u32::from(n) * 3 + 1;
        Ok((n / 3, wide, n.checked_sub(100), n.saturating_sub(200)))
    }
);

twin!(
    p_floats: async fn floats(x: f64) -> Result<Vec<String>> {
        let half = x / 2.0;
        shout(format!("{half:.3}")).await?;
        Ok(vec![
            format!("{x:.2}"), format!("{x:8.1}|"), format!("{:>+9.2}|", x), format!("{:<10.0}|", half), format!("{:^12.3}|", -x), format!("{:09.2}", x),
            (x.max(1.5) >= 1.5).to_string(), (x.abs().sqrt() as i64).to_string(), (x.round().clamp(-9.0, 9.0) as i64).to_string(),
        ])
    }
);

twin!(
    p_interest: async fn interest(years: u32) -> Result<String> {
        let mut balance = 1000.0;
        let mut log = String::new();
        for year in 1..=years {
            balance *= 1.05;
            balance -= 10.0;
            if year % 2 == 0 {
                log.push_str(&format!("{year}:{balance:.2} "));
            }
        }
        say(log.clone()).await?;
        Ok(log.trim_end().to_string())
    }
);

twin!(
    p_decimal: async fn decimal(amount: String) -> Result<String> {
        let (whole, cents) = amount.split_once('.').unwrap_or((&amount, "0"));
        let whole: i64 = whole.parse().unwrap_or(-1);
        let cents = cents.parse::<i64>().unwrap_or(0);
        let total = whole * 100 + cents;
        say(total.to_string()).await?;
        Ok(format!("{}.{:02}", total / 100, total % 100))
    }
);

twin!(
    p_stats: async fn stats(list: Vec<i64>) -> Result<Vec<i64>> {
        let max = list.iter().max();
        let min = list.iter().copied().min().unwrap_or_default();
        let sum: i64 = list.iter().sum();
        let mean = if list.is_empty() { 0 } else { sum / 4 };
        let spread = max.map(|m| m - min).unwrap_or(-1);
        let rev: Vec<i64> = list.iter().rev().zip(list.iter().skip(1)).map(|(a, b)| a - b).collect();
        let top: Vec<i64> = list.iter().copied().sorted_by(|a, b| b.cmp(a)).take(2).collect();
        let odd = list.iter().filter(|n| *n % 2 != 0).count() as i64;
        let pos = list.iter().position(|n| *n < 0).map_or(-1, |p| p as i64);
        let runs = list.iter().fold(0, |acc, n| if *n > acc { *n } else { acc });
        let t = add(rev.len() as i64, top.iter().sum()).await?;
        Ok(vec![min, sum, mean, spread, t, odd, pos, runs, rev.first().copied().unwrap_or(99), top.last().copied().unwrap_or(98)])
    }
);

twin!(
    p_chunks: async fn batches(list: Vec<i64>) -> Result<Vec<i64>> {
        let mut sums = vec![];
        let mut start = 0;
        while start < list.len() {
            let end = (start + 2).min(list.len());
            let chunk = list[start..end].to_vec();
            let sum = add(chunk.iter().sum(), chunk.len() as i64).await?;
            sums.push(sum);
            start = end;
        }
        Ok(sums)
    }
);

twin!(
    p_exact: async fn exact(pair: (u64, u64)) -> Result<Vec<u64>> {
        let (a, b) = pair;
        let mut left = a - b;
        left -= 1;
        let area = a * b + 7;
        say(format!("{area}")).await?;
        Ok(vec![left, area, a / b, a % b, [a, b, 2].iter().product(), a.checked_mul(2).unwrap_or(0), a.checked_rem(b).unwrap_or(9)])
    }
);

twin!(
    p_checked: async fn checked(pair: (i32, i32)) -> Result<Vec<Option<i32>>> {
        let (a, b) = pair;
        say("x".to_string()).await?;
        Ok(vec![a.checked_add(b), a.checked_sub(b), a.checked_mul(b), a.checked_div(b), a.checked_rem(b)])
    }
);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Lease {
    pub from: Timestamp,
    pub until: Option<Timestamp>,
    pub zone: String,
}

workflow!(
    pub async fn lease_days(lease: Lease) -> Result<(i64, String, bool)> {
        let until = lease.until.unwrap_or(lease.from + days(30));
        let length = until.duration_since(lease.from).as_hours();
        say(lease.from.strftime("%d.%m.%Y %H:%M").to_string()).await?;
        let late = until < lease.from + hours(2);
        Ok((length / 24, until.to_string(), late))
    }
);

#[tokio::test(start_paused = true)]
async fn numbers() {
    let mut bench = Bench::default();
    same!(bench, p_signs as Signs, 0, 1, -1, 7, -7, -4, 13, -8, 1_000_000_007);
    same!(bench, p_div as Divide, (7, 2), (-7, 2), (7, -2), (0, 5), (5, 0));
    same!(bench, p_u8 as Bytes, 0, 99, 100, 255);
    same!(bench, p_floats as Floats, 0.5, -1.5, 2.675, 1e6, 0.005, -0.05, 123456.789);
    same!(bench, p_interest as Interest, 0, 1, 5, 10);
    same!(
        bench,
        p_decimal as Decimal,
        "12.34".to_string(),
        "7".to_string(),
        String::new(),
        "-3.05".to_string(),
        "a.b".to_string(),
        "1.2.3".to_string(),
        "+5.1".to_string(),
        "007.009".to_string()
    );
    same!(bench, p_stats as Stats, Vec::<i64>::new(), vec![5], vec![3, -1, 4, -1, 5], vec![2, 2]);
    same!(bench, p_chunks as Batches, Vec::<i64>::new(), vec![1], vec![1, 2, 3], vec![13, 0], vec![13, 1, 2, 3]);
    same!(bench, p_exact as Exact, (7, 2), (2, 7), (3, 3), (5, 0), (67_108_864, 67_108_863));
    same!(bench, p_checked as Checked, (7, 2), (-7, 2), (i32::MAX, 1), (i32::MIN, 1), (5, 0), (65536, 65536));
    let at = |text: &str| text.parse::<Timestamp>().expect("a time");
    let lease = Lease { from: at("2026-02-28T22:30:00Z"), until: None, zone: "UTC".into() };
    bench.run::<LeaseDays>(lease.clone(), &[], crate::harness::ok((30, "2026-03-30T22:30:00Z", false)), "*").await;
    let short = Lease { until: Some(at("2026-02-28T23:00:00.250Z")), ..lease };
    bench.run::<LeaseDays>(short, &[], crate::harness::ok((0, "2026-02-28T23:00:00.25Z", true)), "*").await;
    bench.compare();
}
