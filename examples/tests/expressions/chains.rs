//! Iterators, lists, ranges, slices, maps.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use workflow_runtime::prelude::*;

use crate::harness::table;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Line {
    pub sku: String,
    pub price: f64,
    pub count: i64,
    pub note: Option<String>,
    pub tags: Vec<String>,
}

fn line(sku: &str, price: f64, count: i64, note: Option<&str>, tags: &[&str]) -> Line {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    Line { sku: sku.to_owned(), price, count, note: note.map(str::to_owned), tags }
}

fn lines() -> Vec<Vec<Line>> {
    let a = line("lamp", 12.5, 2, None, &["home", "light"]);
    let b = line("désk 𝒳", 99.25, -1, Some("heavy"), &[]);
    let c = line("", 0.1, 9_007_199_254_740_991 / 4, Some(""), &["x"]);
    vec![
        vec![],
        vec![a.clone()],
        vec![b.clone()],
        vec![c.clone()],
        vec![a.clone(), b.clone()],
        vec![a.clone(), b, c, a],
    ]
}

table! {
    over_records(x: Vec<Line>) {
        mapped: Vec<String> = x.iter().map(|line| line.sku.clone()).collect();
        mapped_lists: Vec<Vec<String>> = x.iter().map(|line| line.tags.clone()).collect();
        mapped_options: Vec<Option<String>> = x.iter().map(|line| line.note.clone()).collect();
        mapped_tuples: Vec<(String, i64)> = x.iter().map(|line| (line.sku.clone(), line.count)).collect();
        filtered: Vec<Line> = x.iter().filter(|line| line.price > 1.0).cloned().collect();
        filtered_mapped: Vec<i64> = x.iter().filter(|line| line.count > 0).map(|line| line.count + 1).collect();
        filter_mapped: Vec<String> = x.iter().filter_map(|line| line.note.clone()).collect();
        flat: Vec<String> = x.iter().flat_map(|line| line.tags.clone()).collect();
        flat_options: Vec<String> = x.iter().flat_map(|line| line.note.clone()).collect();
        flattened: Vec<String> = x.iter().map(|line| line.tags.clone()).flatten().collect();
        flat_filtered: Vec<String> = x.iter().filter(|line| line.count > 0).flat_map(|line| line.tags.clone()).collect();
        concatenated: Vec<String> = x.iter().map(|line| line.tags.clone()).collect::<Vec<_>>().concat();
        enumerated: Vec<(usize, String)> = x.iter().enumerate().map(|(i, line)| (i, line.sku.clone())).collect();
        enumerated_kept: Vec<(usize, Line)> = x.iter().cloned().enumerate().filter(|(i, line)| *i > 0 && line.count > 0).collect();
        enumerated_any: bool = x.iter().enumerate().any(|(i, line)| i as i64 == line.count);
        numbered: Vec<String> = x.iter().enumerate().map(|(i, line)| format!("{}. {}", i + 1, line.sku)).collect();
        any: bool = x.iter().any(|line| line.tags.is_empty());
        all: bool = x.iter().all(|line| line.price > 0.5);
        count: usize = x.iter().filter(|line| line.note.is_some()).count();
        sum: f64 = x.iter().map(|line| line.price * line.count as f64).sum();
        total: i64 = x.iter().map(|line| line.count).sum::<i64>();
        found: Option<Line> = x.iter().find(|line| line.count < 0).cloned();
        position: Option<usize> = x.iter().position(|line| line.sku == "");
        first: Option<Line> = x.first().cloned();
        last: Option<String> = x.last().map(|line| line.sku.clone());
        second: Option<Line> = x.get(1).cloned();
        nth: Option<String> = x.iter().map(|line| line.sku.clone()).nth(1);
        least: Option<Line> = x.iter().min_by_key(|line| line.count).cloned();
        greatest_not_elsewhere: Option<Line> = x.iter().max_by_key(|line| line.count).cloned();
        greatest_by: Option<String> = x.iter().max_by(|a, b| a.price.total_cmp(&b.price)).map(|line| line.sku.clone());
        least_by: Option<f64> = x.iter().min_by(|a, b| a.price.partial_cmp(&b.price).unwrap()).map(|line| line.price);
        sorted_not_elsewhere: Vec<Line> = x.iter().sorted_by_key(|line| line.count).cloned().collect();
        sorted_back: Vec<i64> = x.iter().sorted_by(|a, b| b.count.cmp(&a.count)).map(|line| line.count).collect();
        sorted_twice_not_elsewhere: Vec<Line> = x.iter().sorted_by(|a, b| a.tags.len().cmp(&b.tags.len()).then(b.count.cmp(&a.count))).cloned().collect();
        sorted_pairs_not_elsewhere: Vec<Line> = x.iter().sorted_by_key(|line| (line.tags.len(), line.count)).cloned().collect();
        folded: i64 = x.iter().fold(0, |all, line| all + line.count);
        folded_text: String = x.iter().fold("".to_string(), |all, line| format!("{all}{};", line.sku));
        reversed: Vec<Line> = x.iter().rev().cloned().collect();
        skipped: Vec<Line> = x.iter().skip(1).cloned().collect();
        taken: Vec<Line> = x.iter().take(2).cloned().collect();
        stepped: Vec<String> = x.iter().step_by(2).map(|line| line.sku.clone()).collect();
        taken_while: Vec<Line> = x.iter().take_while(|line| line.count > 0).cloned().collect();
        skipped_while: Vec<Line> = x.iter().skip_while(|line| line.count > 0).cloned().collect();
        zipped: Vec<(String, i64)> = x.iter().map(|line| line.sku.clone()).zip(x.iter().skip(1).map(|line| line.count)).collect();
        zipped_lists: Vec<(Vec<String>, i64)> = x.iter().zip(x.iter()).map(|(a, b)| (a.tags.clone(), b.count)).collect();
        chained: Vec<Line> = x.iter().chain(x.iter().filter(|line| line.count > 5)).cloned().collect();
        joined: String = x.iter().map(|line| line.sku.clone()).collect::<Vec<_>>().join(", ");
        collected_text: String = x.iter().map(|line| line.sku.clone()).collect::<String>();
        by_sku: BTreeMap<String, i64> = x.iter().map(|line| (line.sku.clone(), line.count)).collect::<BTreeMap<_, _>>();
        by_sku_lists: HashMap<String, Vec<String>> = x.iter().map(|line| (line.sku.clone(), line.tags.clone())).collect::<HashMap<_, _>>();
        distinct: BTreeSet<i64> = x.iter().map(|line| line.count).collect::<BTreeSet<_>>();
        holds: bool = x.contains(&Line { sku: "lamp".to_string(), price: 12.5, count: 2, note: None, tags: vec!["home".to_string(), "light".to_string()] });
        equal: bool = x.first() == x.last();
        nested: Vec<Vec<i64>> = x.iter().map(|a| x.iter().map(|b| a.count + b.count).filter(|sum| *sum > 0).collect()).collect();
        nested_names: Vec<String> = x.iter().flat_map(|line| line.tags.iter().map(|tag| format!("{}/{tag}", line.sku)).collect::<Vec<_>>()).collect();
        shadowed: i64 = { let twice = x.len() as i64 + 2; x.iter().map(|line| { let twice = line.count + twice; twice - 1 }).sum::<i64>() + twice };
        at_one: String = x[1].sku.clone();
        at_one_equal: bool = x[1].sku == "lamp";
        at_one_joined: String = format!("<{}>", x[1].sku);
        at_one_in_list: Vec<i64> = vec![1, 2].iter().map(|n| n + x[1].count).collect();
        sliced: Vec<Line> = x[1..].to_vec();
        sliced_end: Vec<Line> = x[..2].to_vec();
        sliced_both: Vec<String> = x[1..3].iter().map(|line| line.sku.clone()).collect();
        sliced_inclusive: usize = (&x[0..=0]).len();
        sliced_by_value: Vec<Line> = x[x.len() / 2..].to_vec();
        tuple_of_options: (Option<Vec<String>>, Vec<Option<Vec<String>>>) = {
            let first = x.first().map(|line| line.tags.clone());
            let all = x.iter().map(|line| if line.count > 0 { Some(line.tags.clone()) } else { None }).collect::<Vec<_>>();
            (first, all)
        };
        lists_of_options: Vec<Option<Vec<String>>> = if x.len() > 1 { vec![x.first().map(|line| line.tags.clone()), None] } else { vec![] };
    } over lines()
}

table! {
    over_numbers(x: Vec<i64>) {
        least: Option<i64> = x.iter().copied().min();
        greatest: Option<i64> = x.iter().max().copied();
        sum: i64 = x.iter().sum::<i64>();
        product: i32 = x.iter().map(|n| 2).product::<i32>();
        sorted: Vec<i64> = x.iter().copied().sorted().collect();
        sorted_first: Option<i64> = x.iter().copied().sorted().collect::<Vec<_>>().first().copied();
        holds: bool = x.contains(&3);
        evens: Vec<i64> = x.iter().copied().filter(|n| n % 2 == 0).collect();
        by_reference: Vec<i64> = x.iter().filter(|&&n| n > 1).map(|&n| n - 1).map(|n| n + 1).collect();
        kept: Vec<i64> = x.into_iter().filter(|n| *n != 3).collect();
        indices: Vec<usize> = (0..x.len()).collect();
        range: Vec<i64> = (1..=x.len() as i64).map(|n| n + 10).collect();
        countdown: Vec<i64> = (0..3).rev().collect();
        in_range: bool = (0..5).contains(&(x.len() as i64));
        pairs: Vec<(i64, i64)> = x.iter().copied().zip(x.iter().copied().skip(1)).collect();
        differences: Vec<i64> = x.iter().zip(x.iter().skip(1)).map(|(a, b)| b - a).collect();
        repeated: Vec<i64> = vec![7; x.len()];
        repeated_lists: Vec<Vec<i64>> = vec![x.clone(); 2];
        empty: Vec<i64> = Vec::new();
        empty_sum: i64 = x.iter().filter(|n| **n > 1_000_000).sum::<i64>();
        chunk: Vec<Vec<i64>> = x.iter().map(|n| vec![*n]).collect();
        doubled: Vec<Vec<Vec<i64>>> = x.iter().map(|n| vec![vec![*n, *n]]).collect();
        doubled_first: Option<Vec<Vec<i64>>> = x.iter().map(|n| vec![vec![*n]]).collect::<Vec<_>>().first().cloned();
        doubled_filtered: Vec<Vec<i64>> = x.iter().map(|n| vec![*n, 1]).filter(|pair| pair[0] > 2).collect();
        doubled_found: Option<Vec<i64>> = x.iter().map(|n| vec![*n, 1]).find(|pair| pair[0] > 2);
        doubled_holds: bool = x.iter().map(|n| vec![*n, 1]).collect::<Vec<_>>().contains(&vec![3, 1]);
        doubled_count: usize = x.iter().map(|n| vec![*n, 1]).filter(|pair| pair.len() == 2).count();
        doubled_last: Option<Vec<i64>> = x.iter().map(|n| vec![*n]).last();
        mean: f64 = if x.is_empty() { 0.0 } else { x.iter().sum::<i64>() as f64 / x.len() as f64 };
        options_count: usize = x.iter().map(|n| if *n > 2 { Some(*n) } else { None }).filter(|n| n.is_none()).count();
        units: usize = x.iter().map(|n| ()).count();
        as_text: String = x.iter().map(|n| n.to_string()).collect::<Vec<_>>().join("-");
    } over vec![vec![], vec![3], vec![5, 3], vec![-2, 0, 7, 3, 3], (0..20).collect(), vec![9_007_199_254_740_991]]
}

table! {
    over_lists_of_lists(x: Vec<Vec<i64>>) {
        same: Vec<Vec<i64>> = x.iter().cloned().collect();
        lengths: Vec<usize> = x.iter().map(|list| list.len()).collect();
        longer: Vec<Vec<i64>> = x.iter().filter(|list| list.len() > 1).cloned().collect();
        longer_lengths: Vec<usize> = x.iter().filter(|list| list.len() > 1).map(|list| list.len()).collect();
        flat: Vec<i64> = x.iter().flatten().copied().collect();
        flat_plus: Vec<i64> = x.iter().flat_map(|list| list.iter().map(|n| n + 1).collect::<Vec<_>>()).collect();
        first: Option<Vec<i64>> = x.first().cloned();
        last: Option<Vec<i64>> = x.last().cloned();
        second: Option<Vec<i64>> = x.get(1).cloned();
        reversed: Vec<Vec<i64>> = x.iter().rev().cloned().collect();
        taken: Vec<Vec<i64>> = x.iter().take(1).cloned().collect();
        chained: Vec<Vec<i64>> = x.iter().chain(x.iter()).cloned().collect();
        zipped: Vec<(Vec<i64>, Vec<i64>)> = x.iter().cloned().zip(x.iter().cloned()).collect();
        enumerated: Vec<(usize, Vec<i64>)> = x.iter().cloned().enumerate().collect();
        holds: bool = x.contains(&vec![1, 2]);
        holds_empty: bool = x.contains(&vec![]);
        any_empty: bool = x.iter().any(|list| list.is_empty());
        found: Option<Vec<i64>> = x.iter().find(|list| list.len() == 2).cloned();
        wrapped: Vec<Vec<Vec<i64>>> = vec![x.clone(), vec![], vec![vec![1]]];
        sums: Vec<i64> = x.iter().map(|list| list.iter().sum::<i64>()).collect();
        firsts: Vec<Option<i64>> = x.iter().map(|list| list.first().copied()).collect();
        firsts_flat: Vec<i64> = x.iter().filter_map(|list| list.first().copied()).collect();
        longest_not_elsewhere: Option<Vec<i64>> = x.iter().max_by_key(|list| list.len()).cloned();
        folded: Vec<i64> = x.iter().fold(vec![], |all, list| vec![all.len() as i64, list.len() as i64]);
        sliced: Vec<Vec<i64>> = x[1..].to_vec();
        at: Vec<i64> = x[0].clone();
        at_at: i64 = x[0][1];
    } over vec![
        vec![], vec![vec![]], vec![vec![1]], vec![vec![1, 2]], vec![vec![], vec![]], vec![vec![1, 2], vec![3]],
        vec![vec![], vec![4, 5], vec![6, 7, 8]],
    ]
}

table! {
    over_maps(x: BTreeMap<String, i64>) {
        len: usize = x.len();
        empty: bool = x.is_empty();
        got: Option<i64> = x.get("a").copied();
        has: bool = x.contains_key("b");
        keys: Vec<String> = x.keys().cloned().collect();
        values: Vec<i64> = x.values().copied().collect();
        sum: i64 = x.values().sum::<i64>();
        pairs: Vec<(String, i64)> = x.iter().map(|(key, value)| (key.clone(), *value)).collect();
        pairs_moved: Vec<(String, i64)> = x.into_iter().collect();
        shown: Vec<String> = x.iter().map(|(key, value)| format!("{key}={value}")).collect();
        filtered: BTreeMap<String, i64> = x.iter().filter(|(_, value)| **value > 1).map(|(key, value)| (key.clone(), value + 1)).collect::<BTreeMap<_, _>>();
        at: i64 = x["a"];
        numbered: Vec<(usize, String)> = x.keys().cloned().enumerate().collect();
    } over [vec![], vec![("a", 1)], vec![("b", 2), ("a", 1)], vec![("ä", 5), ("b", 1), ("Z", 0), ("a b", 3)]]
        .into_iter()
        .map(|pairs| pairs.into_iter().map(|(key, value): (&str, i64)| (key.to_owned(), value)).collect())
        .collect()
}

table! {
    over_maps_of_lists(x: BTreeMap<String, Vec<i64>>) {
        got: Option<Vec<i64>> = x.get("a").cloned();
        values: Vec<Vec<i64>> = x.values().cloned().collect();
        flat: Vec<i64> = x.values().flatten().copied().collect();
        flat_mapped: Vec<i64> = x.iter().flat_map(|(_, list)| list.clone()).collect();
        pairs: Vec<(String, Vec<i64>)> = x.iter().map(|(key, list)| (key.clone(), list.clone())).collect();
        sums: BTreeMap<String, i64> = x.iter().map(|(key, list)| (key.clone(), list.iter().sum::<i64>())).collect::<BTreeMap<_, _>>();
    } over [vec![], vec![("a", vec![])], vec![("a", vec![1])], vec![("b", vec![1, 2]), ("a", vec![3])]]
        .into_iter()
        .map(|pairs: Vec<(&str, Vec<i64>)>| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
        .collect()
}
