//! Texts, among them such that are not ASCII.
use workflow_runtime::prelude::*;

use crate::desk::*;
use crate::harness::Bench;

twin!(
    p_slug: async fn slug(title: String) -> Result<String> {
        let words: Vec<String> = title.split_whitespace().map(|w| w.replace(',', "").to_lowercase()).filter(|w| !w.is_empty()).collect();
        let slug = words.join("-");
        say(slug.clone()).await?;
        Ok(slug)
    }
);

twin!(
    p_name: async fn parse_name(text: String) -> Result<(String, Option<String>, usize)> {
        let Some((last, first)) = text.split_once(", ") else {
            return Ok((text.trim().to_string(), None, text.len()));
        };
        let first = first.trim();
        let initial = first.strip_prefix("Dr. ").unwrap_or(first).to_string();
        let n = shout(initial.clone()).await?;
        Ok((last.to_uppercase(), Some(initial), n + last.chars().count()))
    }
);

twin!(
    p_mask: async fn mask(card: String) -> Result<String> {
        let digits = card.replace("-", "").replace(' ', "");
        if digits.len() < 4 || digits.parse::<i64>().ok().is_none() {
            return Err(DeskError::Unknown(card).into());
        }
        say("ok".into()).await?;
        Ok(format!("{}{}", "*".repeat(digits.len() - 4), digits.chars().count() % 10))
    }
);

twin!(
    p_csv: async fn csv_line(line: String) -> Result<Vec<(String, i64)>> {
        let mut out = vec![];
        for cell in line.split(';') {
            let key = cell.split('=').next().unwrap_or("").trim();
            let value = cell.split('=').nth(1).and_then(|v| v.trim().parse::<i64>().ok()).unwrap_or(-1);
            if key.starts_with('#') { continue; }
            say(key.to_string()).await?;
            out.push((key.to_string(), value));
        }
        Ok(out)
    }
);

twin!(
    p_pad: async fn table(rows: Vec<(String, i64)>) -> Result<String> {
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let body = rows.iter().enumerate().map(|(i, (name, n))| format!("{:>2}. {:<8}|{:>6}|{:^5}|{n:+}", i + 1, name, n, n)).collect::<Vec<String>>().join("\n");
        say(format!("{width}")).await?;
        Ok(format!("{{{width}}}\n{body}"))
    }
);

twin!(
    p_lines: async fn lines(text: String) -> Result<Vec<String>> {
        let all: Vec<String> = text.split('\n').map(|l| l.trim_start().to_string()).collect();
        say(all.len().to_string()).await?;
        Ok(all)
    }
);

twin!(
    p_match: async fn command(text: String) -> Result<String> {
        Ok(match text.as_str() {
            "start" | "go" => format!("started {}", add(1, 2).await?),
            "" => "nothing".to_string(),
            other if other.starts_with("ü") => other.replace("ü", "ue"),
            other if other.ends_with('!') && other.len() > 3 => {
                let n = shout(other.to_string()).await?;
                format!("{n}{other}")
            }
            other => format!("unknown command '{}'", other),
        })
    }
);

#[tokio::test(start_paused = true)]
async fn texts() {
    let mut bench = Bench::default();
    let texts = |list: &[&str]| list.iter().map(|s| s.to_string()).collect::<Vec<_>>();
    for text in texts(&["", "Hello World", "  Ärger,  im\tBüro , 😀 ", ",,"]) {
        same!(bench, p_slug as Slug, text);
    }
    for text in texts(&["", "Curie, Dr. Marie", "Ñandú, Łukasz", "x", ", ", "a, b, c", " y 😀"]) {
        same!(bench, p_name as ParseName, text);
    }
    for text in texts(&["", "123", "1234", "4111-1111 1111-1234", "12a4"]) {
        same!(bench, p_mask as Mask, text);
    }
    for text in texts(&["", "a=1;b= 2 ;#c=3;d", "=;x=y=z;é=-5"]) {
        same!(bench, p_csv as CsvLine, text);
    }
    same!(
        bench,
        p_pad as Table,
        Vec::<(String, i64)>::new(),
        vec![("ünï".to_string(), -5), ("a long name".to_string(), 1234567), ("😀".to_string(), 0)]
    );
    for text in texts(&["", "a\nb", "a\r\n  b\n\nc\n"]) {
        same!(bench, p_lines as Lines, text);
    }
    for text in texts(&["", "start", "go", "über", "go!", "stop!", "wait", "'quoted' \"x\" \\ {% $x %}"]) {
        same!(bench, p_match as Command, text);
    }
    bench.compare();
}
