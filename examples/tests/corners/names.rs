//! Names that mean something to Rust, JSONata or Step Functions, and names in other scripts.
use workflow_runtime::prelude::*;

use crate::harness::Bench;
use crate::kit::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Odd {
    pub r#type: String,
    #[serde(rename = "a b")]
    pub spaced: i64,
    #[serde(rename = "it's")]
    pub quoted: i64,
    #[serde(rename = "say \"hi\"\\")]
    pub slashed: Option<i64>,
    #[serde(rename = "$dollar")]
    pub dollar: i64,
    #[serde(rename = "")]
    pub empty: i64,
    #[serde(rename = "0")]
    pub zero: i64,
    #[serde(rename = "and")]
    pub conjunction: bool,
    #[serde(rename = "größe.cm")]
    pub größe: i64,
    #[serde(rename = "日本")]
    pub japan: String,
    #[serde(rename = "`tick`")]
    pub tick: i64,
    pub r#in: Vec<i64>,
    #[serde(rename = "%")]
    pub percent: i64,
}

impl Odd {
    fn sample() -> Self {
        Self {
            r#type: "t".into(),
            spaced: 1,
            quoted: 2,
            slashed: Some(3),
            dollar: 4,
            empty: 5,
            zero: 6,
            conjunction: true,
            größe: 7,
            japan: "ja".into(),
            tick: 8,
            r#in: vec![9, 10],
            percent: 11,
        }
    }
}

twin!(
    p_odd_fields: async fn odd_fields(odd: Odd) -> Result<(i64, String)> {
        let mut odd = odd;
        let sum = odd.spaced + odd.quoted + odd.slashed.unwrap_or(0) + odd.dollar + odd.empty + odd.zero + odd.größe + odd.tick + odd.percent;
        odd.slashed = None;
        odd.tick += 1;
        odd.r#in.push(sum);
        odd.r#type.push('!');
        let Odd { r#type, japan, r#in, conjunction, empty: e, .. } = odd.clone();
        let text = tag_a(format!("{type}{japan}{e}{}", r#in.len())).await?;
        let other = Odd { spaced: 9, größe: -1, japan: "nihon".to_string(), ..odd };
        let more = inc_a(other.spaced + other.größe + other.r#in.iter().sum::<i64>()).await?;
        if conjunction { note_a(other.japan).await?; }
        Ok((sum + more, text))
    }
);

twin!(
    // Variables named like functions, keywords and context of JSONata.
    p_words: async fn words(input: i64) -> Result<String> {
        let states = inc_a(input).await?;
        let count = inc_b(states).await?;
        let sum = inc_c(count).await?;
        let string = tag_a(format!("{sum}")).await?;
        let map = pile_a(sum).await?;
        let filter = map.iter().filter(|each| **each > 2).map(|reduce| reduce + count).collect::<Vec<i64>>();
        let and = filter.len();
        let or = map.len();
        let append = vec![and, or];
        let exists = append.iter().map(|merge| merge + 1).sum::<usize>();
        let r#match = exists * 2;
        let r#loop = r#match + 1;
        let not = r#loop % 2 == 0;
        let null = 3;
        let length = string.len();
        let number = inc_d(null).await?;
        let context = number + 1;
        let max = filter.iter().max().copied().unwrap_or(context);
        let now = max + length as i64;
        let found = now;
        let error = match inc_e(13).await { Ok(item) => item, Err(failure) => 0 };
        let failure = error;
        let failed = inc_f(failure).await?;
        note_a(string.to_uppercase()).await?;
        Ok(format!("{states} {count} {sum} {string} {} {and} {or} {exists} {loop} {fn} {not} {null} {context} {max} {now} {found} {failed}", filter.len(), fn = r#loop + 1))
    }
);

twin!(
    p_scripts: async fn scripts(début: i64) -> Result<String> {
        let größe = inc_a(début).await?;
        let 数 = inc_b(größe).await?;
        let _unused = 数;
        let _x = inc_c(数).await?;
        let __ = _x + 1;
        let ß = tag_a(format!("ü{größe}€{数}𝒳")).await?;
        let eE = 1;
        let e = 2;
        let x1 = eE;
        let x = 7;
        let x2 = x;
        let x = 8;
        note_a(format!("{x}{x1}{x2}{__}{e}")).await?;
        let len = ß.chars().count();
        Ok(format!("{ß}{len}{x}{x1}{x2}{__}{e}{eE}"))
    }
);

twin!(
    p_texts: async fn texts(text: String) -> Result<Vec<String>> {
        let quote = "it's \"quoted\" \\ back\nline\ttab {% not %} ${Not} $states.input `tick` \u{1F600} \u{0}end";
        let raw = r#"raw "x" \n {% $x %}"#;
        let bytes = 97_i64;
        let wrapped = tag_a(quote.to_string()).await?;
        let percent = tag_b("{% 1 + 1 %}".to_string()).await?;
        let dollar = tag_c(format!("{{%{text}%}} {raw}")).await?;
        let all = match text.as_str() {
            "{% 1 %}" => "expression",
            "it's" => "quote",
            "\n" => "line",
            "" => "empty",
            "\u{e9}" => "e acute",
            _ => "other",
        };
        if text == "it's" || text.contains('"') || text.starts_with("{%") { note_a("'\"".to_string()).await?; }
        Ok(vec![wrapped, percent, dollar, all.to_string(), format!("{bytes}")])
    }
);

workflow!(
    /// Länder & "Städte" <b>
    ///
    /// `{% code %}`
    #[workflow(name = "Names-of_all.kinds")]
    pub async fn named_states(n: i64) -> Result<i64> {
        #[state = "Größe (Maß) ändern"]
        let a = inc_a(n).await?;
        /// Zweiter "Schritt" \ mit {% %}.
        #[state = "日本 (2)"]
        let b = inc_a(a).await?;
        #[state = "Done"]
        let c = inc_a(b).await?;
        #[state = "Failed"]
        let d = inc_a(c).await?;
        if d > 7 {
            #[state = "End"]
            return Err(Snag::TooFar { at: d, why: "it's \"far\" {% 1 %}".to_string() }.into());
        }
        #[state = "Start"]
        sleep(secs(1)).await;
        Ok(d)
    }
);

#[tokio::test(start_paused = true)]
async fn names() {
    let mut bench = Bench::default();
    same!(bench, p_odd_fields as OddFields, Odd::sample(), Odd { slashed: None, r#in: vec![], ..Odd::sample() });
    same!(bench, p_words as Words, 0_i64, 3_i64, 9_i64);
    same!(bench, p_scripts as Scripts, 0_i64, 11_i64);
    same!(
        bench,
        p_texts as Texts,
        "{% 1 %}".to_string(),
        "it's".to_string(),
        "\n".to_string(),
        "".to_string(),
        "é".to_string(),
        "a\"b".to_string()
    );
    bench.run::<NamedStates>(2, &[], crate::harness::ok(6), "*").await;
    bench.run::<NamedStates>(5, &[], crate::harness::err("Snag.TooFar"), "*").await;
    bench.compare();
}
