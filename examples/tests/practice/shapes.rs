//! Generic payloads, tuple structs, sets and maps, options of many kinds, and what is made of them.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use workflow_runtime::prelude::*;

use crate::harness::Bench;
use crate::kit::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Paged<T> {
    pub items: Vec<T>,
    #[serde(default)]
    pub next: Option<u32>,
    #[serde(default)]
    pub seen: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Cents(pub i64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Span(pub i64, pub Option<i64>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct Shelf {
    pub by_name: BTreeMap<String, Span>,
    pub price: Cents,
    pub grid: [[u8; 2]; 2],
    pub choice: Result_,
    #[serde(flatten)]
    pub common: Common,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Common {
    pub owner: Option<(String, u32)>,
    #[serde(default)]
    pub marks: HashMap<String, bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename = "Result")]
pub enum Result_ {
    Ok(i64),
    Err(String),
}

twin!(
    p_paged: async fn paged_flow(page: Paged<Part>) -> Result<Paged<(String, u32)>> {
        let mut seen = page.seen.clone();
        let items: Vec<(String, u32)> = page.items.iter().filter(|part| !page.seen.contains(&part.article)).map(|part| (part.article.to_lowercase(), part.count * 2)).collect();
        let next = match page.next {
            Some(n) if n > 3 => None,
            Some(n) => Some(n + items.len() as u32),
            None if items.is_empty() => Some(0),
            None => None,
        };
        let total = count(items.iter().map(|(_, n)| i64::from(*n)).sum()).await?;
        Ok(Paged::<(String, u32)> { items, next: next.filter(|_| total < 20), seen })
    }
);

twin!(
    p_shelf: async fn shelf_flow(shelf: Shelf) -> Result<(Cents, Vec<String>, i64)> {
        let Cents(price) = shelf.price;
        let mut widest = None;
        for (name, Span(from, to)) in &shelf.by_name {
            let width = to.unwrap_or(*from) - from;
            match widest {
                None => widest = Some((name.clone(), width)),
                Some((_, most)) if width > most => { widest = Some((name.clone(), count(width).await? - 1)); }
                Some(_) => {}
            }
        }
        let picked = match (&shelf.choice, shelf.common.owner) {
            (Result_::Ok(n), Some((who, age))) if age >= 18 => format!("{who} {n}"),
            (Result_::Ok(n), _) => format!("nobody {n}"),
            (Result_::Err(why), Some((who, _))) => format!("{who}: {why}"),
            (Result_::Err(why), None) => why.clone(),
        };
        let marked = shelf.common.marks.get("x").copied().unwrap_or(false) || shelf.common.marks.values().any(|mark| *mark);
        let corner = i64::from(shelf.grid[1][0]) + i64::from(shelf.grid[0][1]);
        let lines = vec![picked, widest.map(|(name, n)| format!("{name}:{n}")).unwrap_or_default(), marked.to_string()];
        Ok((Cents(price * 2 - corner), lines, corner))
    }
);

twin!(
    p_groups: async fn by_region(parts: Vec<Part>) -> Result<BTreeMap<String, Vec<u32>>> {
        let mut groups: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for part in &parts {
            let key = if part.count > 2 { "many" } else if part.weight.is_some() { "heavy" } else { "few" };
            let mut group = groups.get(key).cloned().unwrap_or_default();
            group.push(part.count);
            groups.insert(key.to_string(), group);
        }
        note(to_json(groups.keys().cloned().collect::<Vec<_>>())).await?;
        groups.remove("few");
        for (name, counts) in groups.clone() {
            if counts.len() > 1 { groups.insert(format!("{name}!"), counts.iter().copied().sorted().rev().collect()); }
        }
        Ok(groups)
    }
);

twin!(
    p_stack: async fn calculator(words: Vec<String>) -> Result<i64> {
        let mut stack: Vec<i64> = Vec::new();
        for word in &words {
            let made = match word.as_str() {
                "+" | "-" | "*" => {
                    let right = stack.pop().ok_or(FlowFailure::Nothing)?;
                    let left = stack.pop().ok_or(FlowFailure::TooMany { count: words.len() })?;
                    match word.as_str() { "+" => left + right, "-" => left - right, _ => left * right }
                }
                "inc" => match stack.pop() { Some(n) => count(n).await?, None => return Err(FlowFailure::Refused(word.clone()).into()) },
                number => number.parse::<i64>().map_err(|_| FlowFailure::Refused(format!("not a number: {number}")))?,
            };
            stack.push(made);
        }
        match (stack.len(), stack.last()) {
            (1, Some(only)) => Ok(*only),
            (n, _) => Err(FlowFailure::TooMany { count: n }.into()),
        }
    }
);

twin!(
    // A state machine in a state machine.
    p_lexer: async fn lexer(text: String) -> Result<Vec<String>> {
        let mut out: Vec<String> = vec![];
        let mut open: usize = 0;
        let mut current = String::new();
        for piece in text.split(" ") {
            if piece == "(" { open += 1; if open > 1 { current.push_str("("); } continue; }
            if piece == ")" {
                if open == 0 { return Err(FlowFailure::Refused("unopened".into()).into()); }
                open -= 1;
                if open == 0 { out.push(current.trim().to_string()); current = String::new(); } else { current.push(')'); }
                continue;
            }
            if open > 0 { current += piece; current += " "; } else if !piece.is_empty() { out.push(piece.to_uppercase()); }
        }
        if open != 0 { note(current.clone()).await?; return Err(FlowFailure::TooMany { count: open }.into()); }
        Ok(out)
    }
);

twin!(
    p_swap: async fn bubble(list: Vec<i64>) -> Result<(Vec<i64>, u32)> {
        let mut list = list;
        let mut swaps = 0u32;
        let mut changed = true;
        while changed {
            changed = false;
            for i in 1..list.len() {
                if list[i - 1] > list[i] {
                    let held = list[i];
                    list[i] = list[i - 1];
                    list[i - 1] = held;
                    swaps += 1;
                    changed = true;
                }
            }
        }
        if swaps > 3 { note(format!("{swaps} swaps")).await?; }
        Ok((list, swaps))
    }
);

twin!(
    // Names of the machine's own, and shadowed ones.
    p_names: async fn names(input: i64) -> Result<Vec<i64>> {
        let states = count(input).await?;
        let result = states * 2;
        let item = { let states = result + 1; states * 10 };
        let mut error = vec![states, result, item];
        for error_ in error.clone() { let result = error_ - input; error.push(result); }
        let map = error.iter().map(|map| map + result).collect::<Vec<_>>();
        let undo = if error.is_empty() { 1 } else { 2 };
        let sum = map.iter().sum::<i64>() + undo;
        Ok(vec![sum, map.len() as i64])
    }
);

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub enum Discount {
    None,
    Some(u8),
    Ok,
    Err { code: i64 },
}

twin!(
    // Variants that are called like Rust's own.
    p_discounts: async fn discounts(all: Vec<Discount>) -> Result<(i64, Vec<Discount>)> {
        let mut total = 0;
        let mut out = vec![Discount::None];
        for one in &all {
            total += match *one {
                Discount::None => 0,
                Discount::Some(percent) if percent > 50 => { out.push(Discount::Err { code: i64::from(percent) }); count(1).await? }
                Discount::Some(percent) => i64::from(percent),
                Discount::Ok => { out.push(Discount::Ok); 1000 }
                Discount::Err { code } => code,
            };
            if *one == Discount::None { out.push(Discount::Some(7)); }
        }
        let cheap = all.iter().filter(|one| matches!(one, Discount::None | Discount::Some(0..=9))).count();
        Ok((total + cheap as i64, out))
    }
);

twin!(
    p_tuples: async fn tuple_structs(spans: Vec<(Cents, Span)>) -> Result<(i64, Vec<i64>)> {
        let mut sum = 0;
        for (i, (Cents(price), Span(from, to))) in spans.iter().enumerate() {
            sum += price * (to.unwrap_or(*from) - from) + i as i64;
        }
        let all: Vec<i64> = spans.iter().map(|(Cents(price), Span(from, _))| price + from).collect();
        let sum = count(sum).await?;
        Ok((all.iter().zip(spans.iter()).fold(sum, |sum, (n, (Cents(c), _))| sum + n - c), all))
    }
);

#[tokio::test(start_paused = true)]
async fn shapes() {
    let mut bench = Bench::default();
    let paged = |next: Option<u32>, seen: &[&str]| Paged {
        items: claim().parts,
        next,
        seen: seen.iter().map(|s| s.to_string()).collect(),
    };
    same!(
        bench,
        p_paged as PagedFlow,
        paged(None, &[]),
        paged(Some(9), &["bolt"]),
        paged(Some(1), &["bolt", "axle"]),
        paged(None, &["axle", "bolt", "nut"])
    );
    let shelf = |owner: Option<(&str, u32)>, choice: Result_, spans: &[(&str, i64, Option<i64>)]| Shelf {
        by_name: spans.iter().map(|(name, from, to)| (name.to_string(), Span(*from, *to))).collect(),
        price: Cents(70),
        grid: [[1, 2], [3, 4]],
        choice,
        common: Common {
            owner: owner.map(|(who, age)| (who.to_string(), age)),
            marks: [("y".to_string(), age_is(owner))].into(),
        },
    };
    same!(
        bench,
        p_shelf as ShelfFlow,
        shelf(Some(("ann", 20)), Result_::Ok(3), &[("a", 1, None), ("b", 2, Some(9)), ("c", 0, Some(3))]),
        shelf(Some(("bob", 3)), Result_::Ok(4), &[]),
        shelf(Some(("cyd", 3)), Result_::Err("no".into()), &[("z", 5, Some(5))]),
        shelf(None, Result_::Err("none".into()), &[("z", 5, Some(4)), ("zz", 0, Some(13))]),
    );
    same!(bench, p_groups as ByRegion, vec![], claim().parts, [claim().parts, claim().parts].concat());
    let words = |text: &str| text.split_whitespace().map(str::to_string).collect::<Vec<_>>();
    for text in ["1 2 +", "3 4 - inc 2 *", "1 +", "+", "inc", "1 2", "", "x", "13 inc", "9999999999999999999 1 +"] {
        // Beyond 2^53 - 1 Rust goes on, and the machine fails.
        if text.starts_with("9999") {
            continue;
        }
        same!(bench, p_stack as Calculator, words(text));
    }
    for text in ["a b", "( a b ) c", "( a ( b ) )", ")", "( a", ""] {
        same!(bench, p_lexer as Lexer, text.to_string());
    }
    same!(bench, p_swap as Bubble, vec![], vec![1], vec![3, 1, 2], vec![5, 4, 3, 2]);
    same!(bench, p_names as Names, 0, 5);
    use Discount::{Err as Fails, Ok as Fine};
    same!(
        bench,
        p_discounts as Discounts,
        vec![],
        vec![Discount::None, Discount::Some(3), Discount::Some(60)],
        vec![Fine, Fails { code: -4 }, Discount::None]
    );
    same!(bench, p_tuples as TupleStructs, vec![], vec![(Cents(2), Span(1, Some(5))), (Cents(3), Span(0, None))]);
    bench.compare();
}

fn age_is(owner: Option<(&str, u32)>) -> bool {
    owner.is_some_and(|(_, age)| age == 20)
}
