//! `Option`, and keys that may be missing.

use workflow_runtime::prelude::*;

use crate::harness::table;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Profile {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nick: Option<String>,
    pub age: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Box<Profile>>,
}

fn profiles() -> Vec<Profile> {
    let plain = Profile { name: "ann".to_owned(), nick: None, age: None, tags: None, parent: None };
    let full = Profile {
        nick: Some(String::new()),
        age: Some(0),
        tags: Some(vec![]),
        parent: Some(Box::new(plain.clone())),
        ..plain.clone()
    };
    let more = Profile {
        nick: Some("annie".to_owned()),
        age: Some(7),
        tags: Some(vec!["a".to_owned()]),
        parent: Some(Box::new(full.clone())),
        ..plain.clone()
    };
    vec![plain, full, more]
}

table! {
    over_options(x: Profile) {
        some: bool = x.nick.is_some();
        none: bool = x.age.is_none();
        mapped: Option<String> = x.nick.map(|nick| format!("<{nick}>"));
        mapped_len: Option<usize> = x.tags.map(|tags| tags.len());
        chosen: Option<String> = x.tags.and_then(|tags| tags.first().cloned());
        kept: Option<u32> = x.age.filter(|age| *age > 3);
        or: Option<String> = x.nick.or(Some("none".to_string()));
        or_else: Option<u32> = x.age.or_else(|| Some(x.name.len() as u32));
        unwrapped: String = x.nick.unwrap_or("nobody".to_string());
        unwrapped_default: u32 = x.age.unwrap_or_default();
        unwrapped_tags: Vec<String> = x.tags.unwrap_or_default();
        unwrapped_else: String = x.nick.unwrap_or_else(|| x.name.to_uppercase());
        is_some_and: bool = x.age.is_some_and(|age| age > 3);
        is_none_or: bool = x.age.is_none_or(|age| age > 3);
        map_or: usize = x.nick.as_ref().map_or(0, |nick| nick.len() + 1);
        map_or_else: String = x.age.map_or_else(|| "none".to_string(), |age| age.to_string());
        xor: Option<u32> = x.age.xor(Some(3));
        equal: bool = x.age == Some(7);
        equal_nick: bool = x.nick == Some("annie".to_string());
        not_equal: bool = x.nick != None;
        deref: bool = x.nick.as_deref() == Some("annie");
        nested: Option<u32> = x.parent.and_then(|parent| parent.age);
        nested_nick: String = x.parent.map(|parent| parent.nick.unwrap_or("-".to_string())).unwrap_or("--".to_string());
        boxed: Option<Box<u32>> = x.age.map(|age| Box::new(age));
        tuple: (Option<Vec<String>>, Option<String>) = (x.tags, x.nick);
        list: Vec<Option<Vec<String>>> = vec![x.tags.clone(), None, x.tags];
        lists: Vec<Vec<String>> = vec![x.tags.clone(), x.parent.and_then(|parent| parent.tags)].into_iter().flatten().collect();
        twice: Option<u32> = x.age.map(|age| { let more = age + 1; more * more });
    } over profiles()
}

table! {
    over_lists_of_options(x: Vec<Option<i64>>) {
        somes: Vec<i64> = x.iter().flatten().copied().collect();
        nones: usize = x.iter().filter(|item| item.is_none()).count();
        kept: Vec<Option<i64>> = x.iter().copied().filter(|item| item.is_none()).collect();
        plus: Vec<Option<i64>> = x.iter().map(|item| item.map(|n| n + 1)).collect();
        sum: i64 = x.iter().map(|item| item.unwrap_or(10)).sum::<i64>();
        holds: bool = x.contains(&None);
        holds_one: bool = x.contains(&Some(1));
        any: bool = x.iter().any(|item| *item == Some(1));
        reversed: Vec<Option<i64>> = x.iter().copied().rev().collect();
        numbered: Vec<(usize, Option<i64>)> = x.iter().copied().enumerate().collect();
        zipped: Vec<(Option<i64>, Option<i64>)> = x.iter().copied().zip(x.iter().copied().rev()).collect();
        skipped: Vec<Option<i64>> = x.iter().copied().skip(1).collect();
        filter_mapped: Vec<i64> = x.iter().filter_map(|item| *item).collect();
    } over vec![vec![], vec![None], vec![Some(1)], vec![None, None], vec![Some(1), None, Some(0)], vec![None, Some(5)]]
}
