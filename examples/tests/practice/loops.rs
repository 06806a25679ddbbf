//! Loops in matches in loops, with values, labels and failures.
use std::collections::BTreeMap;

use workflow_runtime::prelude::*;

use crate::harness::Bench;
use crate::kit::*;

const LIMIT: i64 = 6;
static GREETING: &str = "hello";

twin!(
    p_poll: async fn poll(n: i64) -> Result<(String, u32)> {
        let mut tries: u32 = 0;
        let mut at = n;
        let verdict = 'wait: loop {
            tries += 1;
            if tries > 12 { break "lost".to_string(); }
            match status(at).await? {
                Outcome::Open if tries > 3 => break "timed out".to_string(),
                Outcome::Open => { sleep(secs(30)).await; at += 5; }
                Outcome::Settled(cents) => {
                    for k in 0..cents {
                        if k == 3 { break 'wait format!("three of {cents}"); }
                        if is_odd(k + at).await? { at += 3; continue 'wait; }
                    }
                    at += 1;
                }
                Outcome::Disputed { by, amount } => {
                    let Some(amount) = amount else { break by };
                    if amount > 100 { return Ok((format!("{by} {amount}"), tries)); }
                    at += 4;
                }
                Outcome::Both(_, Channel::Mail { to_address, .. }) => { if tries > 5 { break 'wait to_address; } at += 2 }
                Outcome::Both(..) => continue,
            }
            if tries >= 8 { break GREETING.to_string(); }
        };
        Ok((verdict, tries))
    }
);

twin!(
    p_pages: async fn pages(limit: i64) -> Result<(Vec<i64>, usize)> {
        let mut rows: Vec<i64> = vec![];
        let mut at: Option<String> = None;
        let mut rounds = 0;
        loop {
            rounds += 1;
            let (more, next) = page(at.clone()).await?;
            rows.extend(more.into_iter().filter(|row| *row < limit));
            at = match next { Some(next) if rounds < LIMIT as usize => Some(next), _ => break };
        }
        rows.sort();
        rows.reverse();
        Ok((rows, rounds))
    }
);

twin!(
    p_matrix: async fn matrix(rows: Vec<Vec<i64>>) -> Result<(Vec<Vec<i64>>, Option<(usize, usize)>)> {
        let mut out: Vec<Vec<i64>> = Vec::new();
        let mut seen = None;
        'rows: for (y, row) in rows.iter().enumerate() {
            let mut line = vec![];
            for (x, cell) in row.iter().enumerate() {
                let value = match *cell {
                    0 => continue,
                    n if n < 0 => { seen = Some((x, y)); break 'rows; }
                    n @ 1..=9 => count(n).await?,
                    n => n * 2,
                };
                line.push(value);
                if line.len() == 3 { break; }
            }
            out.push(line);
        }
        Ok((out, seen))
    }
);

twin!(
    p_letters: async fn letters(texts: Vec<String>) -> Result<BTreeMap<String, Vec<usize>>> {
        let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, text) in texts.iter().enumerate() {
            for word in text.split(" ") {
                if word.is_empty() { continue; }
                let mut places = index.get(word).cloned().unwrap_or_default();
                places.push(at);
                index.insert(word.to_lowercase(), places);
            }
        }
        note(index.keys().cloned().collect::<Vec<_>>().join(",")).await?;
        Ok(index)
    }
);

twin!(
    p_retry: async fn by_hand(n: i64) -> Result<String> {
        let mut left = 3;
        let mut cents = n;
        let receipt = loop {
            match pay("r".to_string(), cents).await {
                Ok(receipt) => break Some(receipt),
                Err(Failed(ClaimError::Short { left: most, wanted })) if wanted - most < 1000 => cents = most,
                Err(Failed(ClaimError::Closed)) if left > 0 => { left -= 1; sleep(mins(1)).await; cents += left; }
                Err(Failed(ClaimError::Void(_))) => break None,
                Err(failure) => return Err(failure.into()),
            }
        };
        match receipt { Some(text) if text.ends_with("0") => Ok(text), Some(text) => Ok(format!("<{text}>")), None => Err(FlowFailure::Nothing.into()) }
    }
);

twin!(
    p_chunks: async fn chunks(all: Vec<i64>) -> Result<Vec<i64>> {
        let mut sums = vec![];
        let mut from = 0;
        while from < all.len() {
            let to = (from + 2).min(all.len());
            let part = all[from..to].to_vec();
            let sum: i64 = part.iter().sum();
            if sum == 0 { from += 1; continue; }
            sums.push(count(sum).await?);
            from = to;
        }
        for i in (0..sums.len()).rev().step_by(2) {
            sums[i] *= 2;
        }
        Ok(sums)
    }
);

twin!(
    p_until: async fn until(claim: Claim) -> Result<Claim> {
        let mut claim = claim;
        while let Some(part) = claim.parts.pop() {
            let Ok(n) = count(i64::from(part.count) + claim.cents).await else { break };
            claim.cents = n;
            claim.labels.insert(part.article.clone(), format!("{n:06}"));
            if let Some(weight) = part.weight && weight > 10.0 {
                claim.rate += weight;
                continue;
            }
            if part.count == 0 { claim.outcome = Outcome::Both(n, Channel::Phone); }
        }
        claim.channel = claim.channel.filter(|c| !matches!(c, Channel::Phone));
        claim.parts.push(Part { article: "end".to_string(), count: claim.labels.len() as u32, weight: None });
        Ok(claim)
    }
);

twin!(
    p_fixpoint: async fn fixpoint(n: i64) -> Result<Vec<i64>> {
        let mut x = n;
        let mut trail = vec![x];
        while x != 1 && trail.len() < 12 {
            x = if x % 2 == 0 { x / 2 } else { 3 * x + 1 };
            if trail.contains(&x) { break; }
            trail.push(x);
        }
        let last = count_again(*trail.last().unwrap_or(&0)).await?;
        trail.insert(0, last);
        trail.truncate(5);
        Ok(trail)
    }
);

#[tokio::test(start_paused = true)]
async fn loops() {
    let mut bench = Bench::default();
    same!(bench, p_poll as Poll, 0, 1, 2, 3, 4, 6, 9, 16, 23);
    same!(bench, p_pages as Pages, 0, 2, 100);
    same!(
        bench,
        p_matrix as Matrix,
        vec![],
        vec![vec![]],
        vec![vec![1, 0, 20, 3, 4], vec![5], vec![6, -1, 7], vec![8]],
        vec![vec![0, 0]]
    );
    let texts = |all: &[&str]| all.iter().map(|s| s.to_string()).collect::<Vec<_>>();
    same!(bench, p_letters as Letters, texts(&[]), texts(&["b a  b", "", "A c"]), texts(&["é", "é"]));
    same!(bench, p_retry as ByHand, 10, 11, 13, 50_500, 60_000, -4);
    same!(bench, p_chunks as Chunks, vec![], vec![1], vec![1, 2, 3, 4, 5], vec![1, -1, 5, 5], vec![13, 0]);
    same!(
        bench,
        p_until as Until,
        claim(),
        bare(),
        Claim { cents: 12, ..claim() },
        Claim { channel: Some(Channel::Phone), ..claim() }
    );
    same!(bench, p_fixpoint as Fixpoint, 1, 6, 13, 0, -5);
    bench.compare();
}
