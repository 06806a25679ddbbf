//! serde's attributes in every position.
use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use workflow_runtime::prelude::*;

use crate::harness::{Bench, ok};
use crate::kit::{Snag, note_a, note_b, same, tag_a, tag_b};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", default)]
pub struct Meta {
    pub created_by: String,
    #[serde(rename = "rev")]
    pub revision: u32,
    pub tag_list: Vec<String>,
    #[serde(skip)]
    pub cached: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all(serialize = "kebab-case", deserialize = "kebab-case"))]
pub struct Parcel {
    pub parcel_id: String,
    #[serde(flatten)]
    pub meta: Meta,
    #[serde(flatten)]
    pub route: Route,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_in_grams: Option<u32>,
    #[serde(alias = "old-size", default = "three")]
    pub new_size: u32,
    pub wrap: Wrap,
    pub units: (),
    pub marks: Marks,
    pub routes: Vec<Route>,
    pub by_name: BTreeMap<String, Route>,
}

fn three() -> u32 {
    3
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(transparent)]
pub struct Wrap {
    pub inner: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Marks(pub i64, pub String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Gram(pub u32);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Only(pub Class);

/// Of a transparent struct one field is the JSON, whichever it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[serde(transparent)]
pub struct Marked {
    #[serde(skip)]
    pub mark: u8,
    pub list: Vec<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Thin {
    pub only: Only,
    pub marked: Marked,
    pub maybe: Option<Only>,
    pub nothing: Nothing,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Nothing;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "mode", rename_all = "lowercase")]
pub enum Route {
    Truck {
        #[serde(rename = "plate no")]
        plate: String,
        stops: Option<Vec<String>>,
    },
    Rail(Rail),
    #[serde(rename = "on foot")]
    Walk,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Rail {
    pub train: Gram,
    #[serde(default)]
    pub class: Class,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "UPPERCASE")]
pub enum Class {
    #[default]
    First,
    #[serde(rename = "2nd")]
    Second,
}

impl Parcel {
    fn sample(route: Route) -> Self {
        Self {
            parcel_id: "p1".into(),
            meta: Meta { created_by: "ann".into(), revision: 2, tag_list: vec![], cached: 0 },
            route: route.clone(),
            weight_in_grams: None,
            new_size: 4,
            wrap: Wrap { inner: Some(5) },
            units: (),
            marks: Marks(6, "six".into()),
            routes: vec![route.clone(), Route::Walk],
            by_name: [("main".to_string(), route)].into(),
        }
    }
}

#[step]
pub async fn store(parcel: Parcel) -> Parcel {
    parcel
}

#[step]
pub async fn send_on(route: Route, marks: Marks, grams: Gram) -> Result<Route, Snag> {
    if grams.0 == 13 { Err(Snag::Unlucky(marks.0)) } else { Ok(route) }
}

#[step]
pub async fn adjust(meta: Meta, wrap: Wrap) -> Meta {
    Meta { revision: meta.revision + wrap.inner.map_or(0, |n| n as u32), ..meta }
}

mod by_hand {
    use super::*;
    pub async fn store(parcel: Parcel) -> Result<Parcel> {
        Ok(parcel)
    }
    pub async fn send_on(route: Route, marks: Marks, grams: Gram) -> Result<Route, Failure<Snag>> {
        if grams.0 == 13 { Err(Failure::Failed(Snag::Unlucky(marks.0))) } else { Ok(route) }
    }
    pub async fn adjust(meta: Meta, wrap: Wrap) -> Result<Meta> {
        Ok(Meta { revision: meta.revision + wrap.inner.map_or(0, |n| n as u32), ..meta })
    }
}

macro_rules! twin {
    ($plain:ident: async fn $name:ident($input:ident: $ty:ty) -> Result<$output:ty> { $($body:tt)* }) => {
        workflow!(
            pub async fn $name($input: $ty) -> Result<$output> { $($body)* }
        );
        pub mod $plain {
            use super::*;
            use super::by_hand::{adjust, send_on, store};
            use crate::kit::plain::{note_a, note_b, tag_a, tag_b};
            pub async fn plain($input: $ty) -> workflow_runtime::prelude::Result<$output> { $($body)* }
        }
    };
}

twin!(
    p_parcels: async fn parcels(parcel: Parcel) -> Result<Parcel> {
        let mut parcel = store(parcel.clone()).await?;
        let route = match &parcel.route {
            Route::Truck { stops: Some(stops), plate } if !stops.is_empty() => Route::Truck { plate: format!("{plate}{}", stops[0]), stops: None },
            Route::Truck { .. } => Route::Rail(Rail { train: Gram(7), class: Class::Second }),
            Route::Rail(Rail { train: Gram(n), class: Class::First }) => Route::Rail(Rail { train: Gram(n + 1), class: Class::First }),
            Route::Rail(rail) => Route::Rail(Rail { class: Class::First, ..rail.clone() }),
            Route::Walk => Route::Walk,
        };
        let sent = send_on(route, parcel.marks.clone(), Gram(parcel.new_size)).await?;
        parcel.routes.insert(0, sent.clone());
        parcel.meta.revision += 1;
        parcel.meta.tag_list.push("seen".to_string());
        parcel.marks.0 = parcel.marks.0 * 2;
        parcel.wrap.inner = parcel.wrap.inner.map(|n| n + 1);
        parcel.weight_in_grams = Some(parcel.marks.1.len() as u32);
        if parcel.routes.iter().any(|route| matches!(route, Route::Rail(Rail { class: Class::Second, .. }))) {
            parcel.routes.truncate(1);
        }
        if let Some(Route::Truck { plate, .. }) = parcel.by_name.get("main") {
            note_a(plate.clone()).await?;
        }
        parcel.by_name.insert("new".to_string(), Route::Walk);
        Ok(parcel)
    }
);

twin!(
    p_flat: async fn flat(parcel: Parcel) -> Result<Meta> {
        let Parcel { meta, wrap, route, .. } = parcel.clone();
        let meta = adjust(meta, wrap).await?;
        let more = Meta { created_by: "x".to_string(), ..Default::default() };
        let text = match (meta.created_by.as_str(), meta.tag_list.len()) { ("ann", 0) => "ann without", (_, 0) => "without", _ => "with" };
        tag_a(text.to_string()).await?;
        let kept = Meta { tag_list: vec![text.to_string()], revision: more.revision + meta.revision, ..more };
        Ok(kept)
    }
);

twin!(
    p_same: async fn same_records(parcel: Parcel) -> Result<Vec<bool>> {
        let again = store(parcel.clone()).await?;
        Ok(vec![
            again.meta == parcel.meta,
            matches!(again.routes.get(1), Some(Route::Walk)),
            again.wrap == Wrap { inner: Some(5) },
            again.marks == Marks(6, "six".to_string()),
            again.weight_in_grams == None,
            again.by_name.contains_key("main"),
            matches!(again.route, Route::Rail(Rail { class: Class::First, .. }) | Route::Walk),
        ])
    }
);

twin!(
    p_thin: async fn thin_workflow(thin: Thin) -> Result<(Thin, String, i64)> {
        let Marked { list, mark: _ } = thin.marked.clone();
        let word = match &thin.only { Only(Class::First) => "first", Only(Class::Second) if list.len() > 1 => "second of many", Only(_) => "second" };
        let more = match &thin.maybe { Some(Only(Class::Second)) => 2, Some(_) => 1, None => 0 };
        let mut made = Thin { only: Only(Class::Second), marked: Marked { list: vec![more, 5], ..Default::default() }, maybe: None, nothing: Nothing };
        made.marked.list.push(list.len() as i64);
        made.maybe = Some(Only(if more == 2 { Class::First } else { Class::Second }));
        made.only.0 = Class::First;
        let text = tag_a(format!("{word}{}", made.marked.list.iter().sum::<i64>())).await?;
        Ok((made, text, thin.marked.list.iter().max().copied().unwrap_or(-1)))
    }
);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(untagged)]
pub enum Loose {
    Number(i64),
    Text(String),
    Named { id: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Holder {
    pub loose: Loose,
    pub list: Vec<Loose>,
    pub extra: HashMap<String, Loose>,
    pub any: serde_json::Value,
}

#[step]
pub async fn hold(holder: Holder) -> Holder {
    holder
}

#[step]
pub async fn loosen(loose: Loose) -> Loose {
    loose
}

workflow!(
    // An untagged enum is carried, never looked into.
    pub async fn carried(holder: Holder) -> Result<Holder> {
        let held = hold(holder).await?;
        let loose = loosen(held.loose).await?;
        let mut list = vec![];
        for each in held.list {
            #[state = "Each"]
            let one = loosen(each).await?;
            list.push(one);
        }
        Ok(Holder { loose, list, ..held })
    }
);

#[tokio::test(start_paused = true)]
async fn records() {
    let mut bench = Bench::default();
    let truck = |stops: Option<Vec<String>>| Route::Truck { plate: "B-1".into(), stops };
    for route in [
        truck(None),
        truck(Some(vec![])),
        truck(Some(vec!["x".into()])),
        Route::Rail(Rail { train: Gram(3), class: Class::First }),
        Route::Rail(Rail { train: Gram(3), class: Class::Second }),
        Route::Walk,
    ] {
        same!(bench, p_parcels as Parcels, Parcel::sample(route.clone()));
        same!(
            bench,
            p_flat as Flat,
            Parcel::sample(route.clone()),
            Parcel { meta: Meta::default(), ..Parcel::sample(route.clone()) }
        );
        same!(bench, p_same as SameRecords, Parcel::sample(route.clone()));
    }
    same!(bench, p_parcels as Parcels, Parcel { new_size: 13, ..Parcel::sample(Route::Walk) });
    for (class, list, maybe) in [
        (Class::First, vec![], None),
        (Class::Second, vec![3, 1], Some(Class::Second)),
        (Class::Second, vec![7], Some(Class::First)),
    ] {
        let thin =
            Thin { only: Only(class), marked: Marked { mark: 0, list }, maybe: maybe.map(Only), nothing: Nothing };
        same!(bench, p_thin as ThinWorkflow, thin.clone());
    }
    let holder = Holder {
        loose: Loose::Named { id: "a".into() },
        list: vec![Loose::Number(1), Loose::Text("t".into()), Loose::Named { id: "b".into() }],
        extra: [("k".to_string(), Loose::Number(2))].into(),
        any: json!({ "x": [1, [2], {}], "y": null }),
    };
    bench.run::<Carried>(&holder, &[], ok(&holder), "*").await;
    bench.compare();
}

/// JSON as others write it: keys left out that have a default, an old name.
#[tokio::test(start_paused = true)]
async fn records_of_others() {
    let mut bench = Bench::default();
    let input = json!({ "parcel-id": "p", "mode": "rail", "train": 3, "old-size": 9, "wrap": null, "units": null, "marks": [1, "m"], "routes": [], "by-name": {}, "CREATED_BY": "x", "rev": 1, "TAG_LIST": [] });
    let parcel: Parcel = serde_json::from_value(input.clone()).expect("it is read");
    let end = ok(p_parcels::plain(parcel.clone()).await.expect("it ends"));
    bench.run::<Parcels>(&input, &[], end, "*").await;
    let end = ok(p_flat::plain(parcel.clone()).await.expect("it ends"));
    bench.run::<Flat>(&input, &[], end, "*").await;
    let end = ok(p_same::plain(parcel).await.expect("it ends"));
    bench.run::<SameRecords>(&input, &[], end, "*").await;
    bench.compare();
}
