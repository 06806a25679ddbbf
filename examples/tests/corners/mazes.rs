//! Loops, matches and branches within each other.
use workflow_runtime::prelude::*;

use crate::harness::Bench;
use crate::kit::*;

twin!(
    // A labelled break through two loops inside of a branch, with a match of a match.
    p_deep_break: async fn deep_break(n: i64) -> Result<(String, i64)> {
        let (word, sum) = try_join!(
            async {
                let mut text = "".to_string();
                let found = 'rows: loop {
                    for i in 0..4 {
                        let mut k = i;
                        while k < n {
                            match shape_a(k).await? {
                                Shape::Circle(_) | Shape::Point => {}
                                Shape::Box { left_side, right_side: Some(r) } if left_side < 0 => match r {
                                    0 => continue,
                                    5..=7 => break 'rows Some(r),
                                    other => { text.push_str(&format!("{other};")); }
                                },
                                Shape::Pair(a, _) if a == 12 => break 'rows None,
                                _ => { text.push('x'); }
                            }
                            k += 3;
                        }
                    }
                    break Some(-1);
                };
                match found { Some(r) => Ok(format!("{text}{r}")), None => Ok(text) }
            },
            async {
                let mut sum = 0;
                'outer: for a in 1..=3 {
                    for b in (0..a).rev() {
                        if a * b == 2 && n % 2 == 0 { continue 'outer; }
                        sum += inc_a(a * 10 + b).await?;
                        if sum > 60 { break 'outer; }
                    }
                }
                Ok(sum)
            }
        )?;
        Ok((word, sum))
    }
);

twin!(
    // `while let` over a stack that grows while it is taken down.
    p_walk: async fn walk(n: i64) -> Result<Vec<i64>> {
        let mut stack = vec![n];
        let mut seen: Vec<i64> = Vec::new();
        while let Some(top) = stack.pop() {
            if seen.contains(&top) || seen.len() >= 12 { continue; }
            seen.push(top);
            for next in pile_a(top).await? {
                if next > 0 && next < 20 { stack.push(next); }
            }
        }
        Ok(seen)
    }
);

twin!(
    // The value of a loop within the value of a loop.
    p_values: async fn values(n: i64) -> Result<i64> {
        let mut rounds = 0;
        let total = loop {
            rounds += 1;
            let inner = loop {
                let x = inc_a(rounds).await?;
                if x > 2 { break x * 2; }
                rounds += 1;
            };
            let kept = if inner % 4 == 0 { inner } else { match look_a(inner).await? { Some(y) if y > n => break y, Some(y) => y, None => break -1 } };
            if kept > 6 { break kept + rounds; }
        };
        Ok(total)
    }
);

twin!(
    p_lets: async fn lets(n: i64) -> Result<String> {
        let Some(first) = look_a(n).await? else { return Err(Snag::Nothing.into()); };
        let Shape::Box { left_side, right_side } = shape_a(first).await? else {
            let Ok(other) = inc_a(first).await else { return Ok(format!("no {first}")); };
            return Ok(format!("other {other}"));
        };
        let (Some(right), true) = (right_side, yes_a(left_side).await?) else {
            return Ok(format!("{left_side} alone"));
        };
        let (a, b) = (right, left_side);
        Ok(format!("{a}{b}"))
    }
);

twin!(
    // A match in a match in an argument, and conditions with steps in them.
    p_nests: async fn nests(n: i64) -> Result<String> {
        let text = tag_a(match shape_a(n).await? {
            Shape::Point => "point".to_string(),
            Shape::Circle(r) => format!("circle {r}"),
            Shape::Box { left_side: l @ (..=-1 | 5..), .. } => format!("far {l}"),
            Shape::Box { right_side: Some(r), .. } => if r > 2 { "r".to_string() } else { "s".repeat(2) },
            Shape::Box { .. } => "box".into(),
            Shape::Pair(a, b) => match (a, b.as_str()) { (4, "four") => "exactly".to_string(), (_, t) => t.to_uppercase() },
            Shape::Many(list) => match list.len() { 0 => "none".to_string(), 1 => format!("one {}", list[0]), k => format!("{k}") },
            Shape::Maybe(m) => m.map_or("nothing".to_string(), |m| format!("m{m}")),
        }).await?;
        if yes_a(n).await? && (n > 10 || yes_b(n / 2).await?) && !yes_c(n + 1).await? {
            note_a(text.clone()).await?;
            return Ok(format!("{text}!"));
        } else if let Some(k) = look_a(n).await? && k > 3 {
            return Ok(format!("{text}{k}"));
        }
        Ok(text)
    }
);

twin!(
    p_tuples: async fn tuples(n: i64) -> Result<String> {
        let pair = both_a(n, "b".to_string()).await?;
        let found = match (n % 3, pair.0.as_str(), look_a(n).await?) {
            (0, _, None) => "zero none".to_string(),
            (0, "b0" | "b3" | "b6", Some(k @ 0..=5)) => format!("zero some {k}"),
            (-2..=-1, text, _) => format!("below {text}"),
            (1 | 2, text, Some(k)) if k % 2 == 0 => format!("even {text} {k}"),
            (_, text, option) => format!("{text} {}", option.is_some()),
        };
        let ((a, b), c) = ((n, pair.1), found.len());
        Ok(format!("{found} {a} {b} {c}"))
    }
);

twin!(
    // What is shadowed comes back after the block.
    p_shadows: async fn shadows(n: i64) -> Result<Vec<String>> {
        let mut out: Vec<String> = vec![];
        let x = n;
        let x = x + 1;
        {
            let x = format!("inner {x}");
            out.push(x.clone());
            let x = x.len();
            out.push(x.to_string());
        }
        for x in 0..2 {
            let x = inc_a(x * 2).await?;
            out.push(format!("{x}"));
        }
        if let Some(x) = look_a(x).await? {
            let x = x * 100;
            out.push(x.to_string());
        }
        let x = match x { x if x > 3 => { let x = inc_b(x).await?; x + 1 } x => x - 1 };
        let n = out.len();
        out.push(format!("{x} {n}"));
        Ok(out)
    }
);

twin!(
    p_maps: async fn maps(n: i64) -> Result<Vec<Vec<String>>> {
        let factor = n * 2;
        let rows = try_map(pile_a(n).await?.into_iter().enumerate(), async |(at, item)| {
            let mut k = 0;
            let label = 'found: loop {
                if k > 3 { break 'found "none".to_string(); }
                for tag in ["a", "b"] {
                    if item + k == factor { break 'found format!("{tag}{k}"); }
                }
                k += 1;
                note_a(format!("{at}/{k}")).await?;
            };
            let more = try_map(0..at as i64, async |j| {
                let text = if j == item { "same".to_string() } else { tag_a(format!("{j}{label}")).await? };
                Ok(text)
            }).await?;
            if more.is_empty() { return Ok(vec![label]); }
            Ok(more)
        }).await?;
        Ok(rows)
    }
);

twin!(
    p_branches: async fn branches(n: i64) -> Result<i64> {
        let mut total = 0;
        for round in 0..3 {
            let (a, (b, c), d) = try_join!(
                inc_a(n + round),
                async {
                    let (b, c) = try_join!(look_a(round), async { let v = inc_b(total).await?; Ok(v * 2) })?;
                    Ok((b.unwrap_or(-5), c))
                },
                async {
                    if round == 1 { return Ok(0); }
                    let found = try_map(0..round, async |k| { let v = inc_c(k + n).await?; Ok(v) }).await?;
                    Ok(found.iter().sum::<i64>())
                }
            )?;
            if c > 40 { break; }
            total += a + b + c + d;
        }
        Ok(total)
    }
);

twin!(
    p_matched_results: async fn matched_results(n: i64) -> Result<String> {
        let mut log = String::new();
        for k in [n, 13, 7, 20_000] {
            let word = match inc_a(k).await {
                Ok(13 | 14) => "lucky".to_string(),
                Ok(v) if v % 2 == 1 => format!("odd {v}"),
                Ok(v) => v.to_string(),
                Err(Failed(Snag::Unlucky(at))) if at < 0 => return Ok("below".to_string()),
                Err(Failed(Snag::Unlucky(at @ (13 | 113)))) => format!("unlucky {at}"),
                Err(Failed(Snag::TooFar { why, at: 15_000.. })) => format!("{why}!"),
                Err(Failed(Snag::Unlucky(_) | Snag::Nothing)) => continue,
                Err(failure) => return Err(failure.into()),
            };
            log += &word;
            log.push(',');
            if log.len() > 60 { break; }
        }
        Ok(log)
    }
);

twin!(
    // A condition of its own in every rule.
    p_counts: async fn counts(n: i64) -> Result<(i64, i64, i64)> {
        let (mut a, mut b, mut c) = (0, n, 10);
        while a < b || (c > 5 && b != 3) {
            if a % 2 == 0 { a += 1; } else { b -= 1; a = a + 2; }
            c -= 1;
            if c == 7 { c = inc_a(c).await? - 3; }
            if c < -3 { break; }
        }
        Ok((a, b, c))
    }
);

twin!(
    p_late: async fn late(n: i64) -> Result<String> {
        let text;
        let number: i64;
        if n > 3 {
            number = inc_a(n).await?;
            text = format!("big {number}");
        } else {
            number = 0;
            text = tag_a("small".to_string()).await?;
        }
        let unit = if number > 5 { note_a(text.clone()).await? } else { () };
        let _ = unit;
        Ok(format!("{text}{number}"))
    }
);

#[tokio::test(start_paused = true)]
async fn mazes() {
    let mut bench = Bench::default();
    same!(bench, p_deep_break as DeepBreak, 0_i64, 2_i64, 4_i64, 7_i64, 14_i64);
    same!(bench, p_walk as Walk, 0_i64, 3_i64, 4_i64, 9_i64);
    same!(bench, p_values as Values, 0_i64, 3_i64, 50_i64);
    same!(bench, p_lets as Lets, -1_i64, 2_i64, 3_i64, 4_i64, 5_i64, 11_i64, 14_i64, 99_i64);
    same!(
        bench,
        p_nests as Nests,
        0_i64,
        1_i64,
        2_i64,
        3_i64,
        4_i64,
        5_i64,
        6_i64,
        7_i64,
        10_i64,
        12_i64,
        13_i64,
        -5_i64,
        77_i64
    );
    same!(bench, p_tuples as Tuples, 0_i64, 3_i64, 6_i64, 9_i64, -1_i64, -4_i64, 1_i64, 4_i64, 5_i64);
    same!(bench, p_shadows as Shadows, 0_i64, 2_i64, 3_i64, 98_i64);
    bench.compare();
}

twin!(
    p_while_ok: async fn while_ok(n: i64) -> Result<(i64, Vec<String>)> {
        let mut k = n;
        let mut log = vec![];
        'outer: while let Ok(next) = inc_a(k).await {
            k = next * 2;
            while let Ok(Some(found)) = look_a(k).await && found < 60 {
                k += 7;
                if k % 5 == 0 { continue 'outer; }
                log.push(format!("{found}"));
                if log.len() > 8 { break 'outer; }
            }
        }
        while let Err(Failed(Snag::Unlucky(at))) = inc_b(k).await { k = at + 1; }
        Ok((k, log))
    }
);

#[tokio::test(start_paused = true)]
async fn branches_of_mazes() {
    let mut bench = Bench::default();
    same!(bench, p_maps as Maps, 0_i64, 1_i64, 3_i64, 4_i64, 8_i64);
    same!(bench, p_branches as Branches, 0_i64, 3_i64, 20_i64, 100_i64);
    same!(bench, p_matched_results as MatchedResults, 0_i64, 1_i64, 113_i64, -87_i64, 11_000_i64);
    same!(bench, p_while_ok as WhileOk, 0_i64, 3_i64, 6_i64, 13_i64, 9_000_i64);
    same!(bench, p_counts as Counts, 0_i64, 3_i64, 8_i64);
    same!(bench, p_late as Late, 0_i64, 4_i64, 13_i64);
    bench.compare();
}
