//! Texts, numbers, times, hashes: what stands between steps.
use std::collections::{BTreeMap, BTreeSet};

use workflow_runtime::prelude::*;

use crate::harness::Bench;
use crate::kit::*;

const RATE: f64 = 0.19;
const UNITS: [&str; 3] = ["B", "KB", "MB"];

twin!(
    p_invoice: async fn invoice(claim: Claim) -> Result<Vec<String>> {
        let net: f64 = claim.parts.iter().map(|part| part.weight.unwrap_or(1.0) * f64::from(part.count)).sum();
        let tax = net * RATE;
        let width = 10;
        let mut lines: Vec<String> = claim.parts.iter().enumerate().map(|(i, part)| format!("{:>2}|{:<8}|{:^5}|{:>8.2}", i + 1, part.article, part.count, part.weight.unwrap_or(0.0))).collect();
        lines.push(format!("{:-<20}", ""));
        lines.push(format!("{net:>10.3}{tax:>+9.2}"));
        lines.push(format!("{:#06x} {:08b} {:o} {:X}", claim.parts.len(), 5u8, 64, 255));
        lines.push(format!("{0}-{1}-{0}", claim.claim_no, claim.cents));
        lines.push(format!("{{{}}} {}", claim.claim_no, claim.cents > 3));
        note(lines.join("\n")).await?;
        Ok(lines)
    }
);

twin!(
    p_chain: async fn chain(all: Vec<i64>) -> Result<(Vec<i64>, Vec<String>, i64, Option<i64>, bool)> {
        let squares: Vec<i64> = all.iter().filter(|n| *n % 3 != 0).map(|n| n * n).skip(1).step_by(2).take(4).collect();
        let names: Vec<String> = all.iter().copied().enumerate().skip_while(|(_, n)| *n < 2).zip(squares.iter()).map(|((i, a), b)| format!("{i}:{a}/{b}")).collect();
        let folded = all.iter().chain(squares.iter()).take_while(|n| **n < 50).fold(1i64, |acc, n| (acc * 31 + n) % 1009);
        let best = all.iter().zip(all.iter().skip(1)).map(|(a, b)| (a - b).abs()).max();
        let sorted = all.iter().zip(all.iter().skip(1)).all(|(a, b)| a <= b);
        let folded = count(folded).await.unwrap_or(-1);
        Ok((squares, names, folded, best, sorted))
    }
);

twin!(
    p_slug: async fn slug(text: String) -> Result<(String, usize, Vec<String>, Option<(String, String)>)> {
        let cleaned = text.trim().to_lowercase().replace("&", " and ").replace("  ", " ");
        let slug = cleaned.split_whitespace().filter(|w| !["the", "a"].contains(w)).map(|w| w.trim_end()).collect::<Vec<_>>().join("-");
        let parts: Vec<String> = words(cleaned.clone()).await?.iter().map(|w| format!("{w:>4}")).collect();
        let key = cleaned.split_once(":").map(|(k, v)| (k.trim().to_string(), v.trim_start().to_string()));
        let n = slug.chars().count();
        Ok((slug, n, parts, key))
    }
);

twin!(
    p_bytes: async fn bytes(n: u64) -> Result<String> {
        let mut size = n as f64;
        let mut unit = 0;
        while size >= 1024.0 && unit < UNITS.len() - 1 {
            size /= 1024.0;
            unit += 1;
        }
        note_again(UNITS[unit].to_string()).await?;
        if unit == 0 { Ok(format!("{n} {}", UNITS[0])) } else { Ok(format!("{size:.1} {}", UNITS[unit])) }
    }
);

twin!(
    p_codes: async fn codes(text: String) -> Result<(String, String, bool, Option<String>)> {
        let packed = base64_encode(&text);
        let id = hash_sha256(&packed);
        let back = base64_decode(&packed);
        let same = back == text && url_decode(text.clone()).len() <= text.len();
        let prefix = id.strip_prefix("0").map(|rest| rest.to_string());
        let json = to_json(vec![text.clone(), back]);
        mail(text, json.clone()).await?;
        Ok((json, id, same, prefix))
    }
);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Booking {
    pub from: Timestamp,
    pub nights: u32,
    pub late: Option<Timestamp>,
}

twin!(
    p_booking: async fn booking_flow(booking: Booking) -> Result<(String, i64, bool, Timestamp)> {
        let until = booking.from + days(booking.nights as u64);
        let checkout = booking.late.unwrap_or(until - hours(1));
        let gap = checkout.duration_since(booking.from).as_hours();
        let long = checkout > until && booking.nights >= 7;
        note(format!("{} to {}", booking.from, until)).await?;
        let label = format!("{} / {}", booking.from.strftime("%d.%m.%Y"), checkout.strftime("%H:%M"));
        let first = [booking.from, checkout].into_iter().min().unwrap_or(until);
        Ok((label, gap, long, first))
    }
);

twin!(
    p_stats: async fn stats(claim: Claim) -> Result<BTreeMap<String, f64>> {
        let weights: Vec<f64> = claim.parts.iter().filter_map(|part| part.weight).collect();
        let mut out = BTreeMap::new();
        if weights.is_empty() { return Ok(out); }
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let variance = weights.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / weights.len() as f64;
        let most = weights.iter().copied().fold(0.0, |a: f64, b| a.max(b));
        let heavy = claim.parts.iter().max_by(|a, b| a.weight.unwrap_or(0.0).total_cmp(&b.weight.unwrap_or(0.0))).map(|p| p.article.clone()).unwrap_or_default();
        out.insert("mean".to_string(), mean);
        out.insert("deviation".to_string(), variance.sqrt().floor());
        out.insert(heavy, most.round());
        out.insert("kinds".to_string(), claim.parts.iter().map(|p| p.article.len()).collect::<BTreeSet<_>>().len() as f64);
        let n = count(mean as i64).await?;
        out.insert("n".to_string(), n as f64 / 4.0);
        Ok(out)
    }
);

twin!(
    p_ints: async fn ints(pair: (i64, i64)) -> Result<Vec<i64>> {
        let (a, b) = pair;
        let safe = a.checked_div(b).unwrap_or(i64::from(u8::MAX));
        let wrapped = a.rem_euclid(7) + a % 7 - (-a) / 2;
        let clamped = a.clamp(-5, 5) * a.signum() + b.signum() + a.abs_diff(b) as i64;
        let mixed = (a as f64 * 1.5) as i64 + i64::from(b > a) - b.min(a).max(0);
        let n = count(safe).await?;
        Ok(vec![safe, wrapped, clamped, mixed, n, -1, -a])
    }
);

#[tokio::test(start_paused = true)]
async fn formats() {
    let mut bench = Bench::default();
    same!(bench, p_invoice as Invoice, claim(), Claim { cents: -3, ..claim() });
    same!(bench, p_chain as Chain, vec![], vec![1, 2, 3, 4, 5, 7, 8, 10], vec![60, 1], vec![2, 2, 2, 2]);
    let texts = ["", "The Cat & a Dog", " key : some value: x ", "ÄÖ über 😀 a"];
    for text in texts {
        same!(bench, p_slug as Slug, text.to_string());
    }
    same!(bench, p_bytes as Bytes, 0, 1023, 1024, 1_500_000, 5_000_000_000);
    for text in ["x", "", "é 😀%41", "a\"b"] {
        same!(bench, p_codes as Codes, text.to_string());
    }
    let at = |text: &str| text.parse::<Timestamp>().expect("a time");
    same!(
        bench,
        p_booking as BookingFlow,
        Booking { from: at("2024-02-27T12:00:00Z"), nights: 3, late: None },
        Booking { from: at("2024-12-30T23:30:00.5Z"), nights: 7, late: Some(at("2025-01-07T00:00:00Z")) }
    );
    same!(bench, p_stats as Stats, claim(), bare());
    same!(bench, p_ints as Ints, (7, 2), (-7, 2), (0, 0), (13, 1), (100, -3));
    bench.compare();
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Numbers {
    pub big: i64,
    pub size: u64,
    pub word: u32,
    pub half: i16,
}

const ONLY: &[(&str, i64)] = &[("a", 1), ("b", -2)];
static ORDER: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| vec!["x".to_string(), "y".to_string()]);

twin!(
    // Rust's `as` keeps the lowest bits.
    p_casts: async fn casts(all: Numbers) -> Result<(Vec<u32>, Vec<i32>, Vec<u8>, i8, i64)> {
        let a = vec![all.big as u32, all.size as u32, all.half as u32, (all.word as i32) as u32];
        let b = vec![all.big as i32, all.size as i32, all.word as i32, (all.big * 3) as i32];
        let c = vec![all.big as u8, all.word as u8, all.half as u8, (all.half as i8) as u8];
        let listed = ONLY.iter().map(|(name, n)| n * name.len() as i64).sum::<i64>() + ORDER.len() as i64;
        let n = count(listed + i64::from(all.word as u16)).await?;
        Ok((a, b, c, all.big as i8, n + all.size as i64 % 1000 + 6i64 as u8 as i64))
    }
);

#[tokio::test(start_paused = true)]
async fn casts() {
    let mut bench = Bench::default();
    let of = |big: i64, size: u64, word: u32, half: i16| Numbers { big, size, word, half };
    same!(
        bench,
        p_casts as Casts,
        of(0, 0, 0, 0),
        of(-1, 255, 256, -1),
        of(-129, 4_294_967_296, u32::MAX, i16::MIN),
        of(2_147_483_648, 9_007_199_254_740_991, 2_147_483_648, 200),
        of(-2_147_483_649, 2_147_483_647, 65_537, -128),
        of(-3_002_399_751_580_330, 4_294_967_295, 128, 127),
    );
    bench.compare();
}
