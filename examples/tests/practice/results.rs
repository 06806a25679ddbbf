//! `Result`s and `Option`s taken apart by methods, texts that are read, fields that may be missing.
use workflow_runtime::prelude::*;

use crate::harness::{Bench, err, ok};
use crate::kit::*;

twin!(
    p_or: async fn or_else_what(n: i64) -> Result<(i64, i64, Option<i64>, bool, String)> {
        let a = count(n).await.unwrap_or(-1);
        let b = count_again(a * 2).await.unwrap_or_else(|_| a - n);
        let c = count_more(n + 5).await.ok();
        let even = !is_odd(n).await.is_ok_and(|odd| odd) && pay("x".to_string(), n).await.is_ok();
        let text = pay_again("y".to_string(), n).await.map(|receipt| receipt.to_uppercase()).unwrap_or_default();
        Ok((a, b, c, even, text))
    }
);

twin!(
    p_map_err: async fn other_errors(n: i64) -> Result<String> {
        let cents = count(n).await.map_err(|_| FlowFailure::Nothing)?;
        let receipt = pay("r".to_string(), cents * 10).await.map(|text| text + "!").map_err(|failure| FlowFailure::Refused(format!("pay: {}", cents)))?;
        let (first, second) = try_join!(count_again(n), is_odd(n))?;
        if second { note(receipt.clone()).await.map_err(|_| { FlowFailure::TooMany { count: 3 } })?; }
        Ok(format!("{receipt}{first}"))
    }
);

twin!(
    p_options: async fn options(claim: Claim) -> Result<i64> {
        let first = claim.parts.first().ok_or(FlowFailure::Nothing)?.clone();
        let weight = first.weight.ok_or_else(|| FlowFailure::Refused(first.article.clone()))?;
        let heavy = claim.parts.iter().find(|part| part.weight.is_none_or(|w| w > 10.0)).cloned().ok_or(ClaimError::Closed)?;
        let region = claim.labels.get("region").cloned().ok_or(FlowFailure::TooMany { count: claim.labels.len() })?;
        let n = count(i64::from(heavy.count) + claim.labels.get("tier").ok_or(FlowFailure::Nothing)?.len() as i64).await?;
        Ok(n + weight as i64 + region.len() as i64)
    }
);

twin!(
    p_numbers: async fn read_numbers(texts: Vec<String>) -> Result<(i64, Vec<u8>, usize)> {
        let mut sum = 0;
        let mut small = vec![];
        let mut bad = 0;
        for text in &texts {
            match text.trim().parse::<i64>() {
                Ok(0) => break,
                Ok(n @ 1..=99) if n % 2 == 0 => sum += n,
                Ok(n) => sum += count(n).await?,
                Err(_) => bad += 1,
            }
            if let Ok(n) = text.parse::<u8>() { small.push(n); }
            let Ok(half) = text.parse::<i32>() else { continue };
            sum -= i64::from(half / 2);
        }
        let valid = texts.iter().filter(|text| text.parse::<u32>().is_ok()).count();
        Ok((sum, small, bad + valid))
    }
);

twin!(
    p_ports: async fn ports(text: String) -> Result<(u16, String)> {
        let (host, port) = text.split_once(":").ok_or(FlowFailure::Refused("no colon".to_string()))?;
        let port = port.parse::<u16>().map_err(|_| FlowFailure::Refused(port.to_string()))?;
        let spare: u16 = match host.parse() { Ok(number) => number, Err(_) => 80 };
        let kind = match port.to_string().parse::<u32>() { Ok(0..=1023) => "system", Ok(_) => "user", Err(_) => "none" };
        let doubled = host.parse::<i64>().map(|n| n * 2).unwrap_or(7);
        let both = matches!(host.parse::<u8>(), Ok(1..=9));
        mail(host.to_string(), format!("{kind} {doubled} {both}")).await.map_err(|_| FlowFailure::Nothing)?;
        Ok((port.max(spare), format!("{host}/{port} {kind} {doubled} {both}")))
    }
);

fn eur() -> String {
    "EUR".to_string()
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    pub name: String,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default = "eur")]
    pub currency: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u32,
    #[serde(default, alias = "hot")]
    pub urgent: bool,
    #[serde(default = "five")]
    pub limit: Option<i64>,
    #[serde(default)]
    pub inner: Inner,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

fn five() -> Option<i64> {
    Some(5)
}
fn is_zero(n: &u32) -> bool {
    *n == 0
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(default)]
pub struct Inner {
    pub depth: i64,
    pub way: Way,
    pub ratio: f64,
}

impl Default for Inner {
    fn default() -> Self {
        Self { depth: 3, way: Way::Slow { by: 2 }, ratio: 0.5 }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub enum Way {
    Fast,
    Slow { by: i64 },
}

twin!(
    p_settings: async fn settings_flow(settings: Settings) -> Result<(String, Vec<String>, i64, bool, Settings)> {
        let mut tags = settings.tags.clone();
        tags.push(settings.currency.to_lowercase());
        let by = match settings.inner.way { Way::Slow { by } => by, Way::Fast => 0 };
        let limit = settings.limit.unwrap_or(0) + settings.inner.depth;
        let mut total = 0;
        for tag in &settings.tags { total += tag.len() as i64; }
        if settings.retries > 1 || settings.urgent { total += 100; }
        let n = count(total + by + limit).await?;
        let plain = settings.inner == Inner::default();
        let changed = Settings { name: format!("{}2", settings.name), retries: settings.retries + 1, ..settings.clone() };
        let Settings { currency, urgent, .. } = changed.clone();
        Ok((format!("{currency} {urgent} {}", settings.inner.ratio > 0.4), tags, n, plain, changed))
    }
);

#[step]
pub async fn keep(settings: Settings, inner: Inner) -> i64 {
    settings.inner.depth * 100 + inner.depth * 10 + settings.tags.len() as i64
}

workflow!(
    /// What is missing stays missing on its way into a step, which fills it in itself.
    pub async fn hand_on(settings: Settings) -> Result<i64> {
        let settings = Settings { tags: vec!["one".to_string()], ..settings };
        keep(settings, settings.inner).await
    }
);

fn inputs() -> Vec<serde_json::Value> {
    vec![
        serde_json::json!({ "name": "a" }),
        serde_json::json!({ "name": "b", "tags": ["x", "yy"], "currency": "USD", "retries": 2, "hot": true, "limit": null, "note": "n" }),
        serde_json::json!({ "name": "c", "urgent": true, "inner": {} }),
        serde_json::json!({ "name": "d", "inner": { "way": "Fast", "ratio": 0.1 }, "limit": 9 }),
        serde_json::json!({ "name": "e", "inner": { "depth": 3 } }),
    ]
}

#[tokio::test(start_paused = true)]
async fn results() {
    let mut bench = Bench::default();
    same!(bench, p_or as OrElseWhat, 1, 2, 13, 449, 899, -3);
    same!(bench, p_map_err as OtherErrors, 1, 2, 13, 6000, 12);
    same!(
        bench,
        p_options as Options,
        claim(),
        bare(),
        Claim { parts: vec![], ..claim() },
        Claim { labels: Default::default(), ..claim() },
        Claim { parts: claim().parts[1..].to_vec(), ..claim() }
    );
    let texts = |all: &[&str]| all.iter().map(|s| s.to_string()).collect::<Vec<_>>();
    same!(
        bench,
        p_numbers as ReadNumbers,
        texts(&[]),
        texts(&["4", " 5", "x", "+7", "", "300", "0", "9"]),
        texts(&["-8", "1.5", "1e3", "99999999999"]),
        texts(&["13"])
    );
    for text in ["a:80", "7:65535", "7:65536", "x", "9:1", "!:80", ":443"] {
        same!(bench, p_ports as Ports, text.to_string());
    }
    for input in inputs() {
        let given: Settings = serde_json::from_value(input.clone()).expect("settings");
        let Ok(Ok((text, tags, n, plain, changed))) = plainly(|| p_settings::plain(given.clone())) else {
            panic!("plain")
        };
        // The output is what the machine has: the other keys as they came.
        let mut out = serde_json::to_value(&changed).expect("JSON");
        let _ = &mut out;
        let Some(ran) = bench.execute::<SettingsFlow>(&input, &Default::default(), &format!("settings {input}")).await
        else {
            continue;
        };
        let output: (String, Vec<String>, i64, bool, Settings) =
            serde_json::from_value(ran.described["output"].clone())
                .unwrap_or_else(|error| panic!("{error}: {}", ran.described));
        assert_eq!(output, (text, tags, n, plain, changed), "{input}\n{}", ran.exported);
        bench.run::<HandOn>(&input, &[], ok(given.inner.depth * 110 + 1), "*").await;
    }
    bench.compare();
}
