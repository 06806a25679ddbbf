//! Tuple structs, newtypes and transparent structs that a body makes, changes and takes apart; what serde converts.
#![allow(unnameable_test_items, clippy::items_after_statements)]

use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::support::{refusals, states};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub enum Class {
    First,
    Second,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Cents(pub u32);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Pair(pub i64, pub String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Booked(pub Class);

/// Its JSON is the list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[serde(transparent)]
pub struct Stops {
    #[serde(skip)]
    pub seen: u8,
    pub list: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Ride {
    pub fare: Cents,
    pub pair: Pair,
    pub booked: Booked,
    pub stops: Stops,
    #[serde(rename = "back`tick")]
    pub tick: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(try_from = "String", into = "String")]
pub struct Euros(pub u32);

impl From<Euros> for String {
    fn from(euros: Euros) -> Self {
        euros.0.to_string()
    }
}

impl TryFrom<String> for Euros {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

#[step]
pub async fn charge(fare: Cents, pair: Pair) -> u32 {
    fare.0 + u32::try_from(pair.1.len()).unwrap_or_default()
}

#[step]
pub async fn pay(euros: Euros) -> Euros {
    euros
}

#[test]
fn they_are_made_changed_and_taken_apart() {
    workflow!(
        pub async fn rides(ride: Ride) -> Result<Ride> {
            let mut ride = ride;
            ride.stops.list.push("end".to_string());
            ride.fare.0 += ride.tick;
            let class = match &ride.booked {
                Booked(Class::First) => "first",
                Booked(_) => "second",
            };
            let Stops { list, .. } = ride.stops.clone();
            let paid = charge(Cents(ride.fare.0 + 5), Pair(7, format!("{class} {}", list.len()))).await?;
            ride.pair = Pair(i64::from(paid), ride.pair.1.clone());
            ride.booked = Booked(Class::Second);
            ride.stops = Stops { seen: 1, list: vec![] };
            Ok(ride)
        }
    );
    expect![[r#"
        -> Charge
        Charge: Task
          Arguments {"fare":"{% $states.context.Execution.Input.fare + $lookup($states.context.Execution.Input, 'back`tick') + 5 %}","pair":[7,"{% ($states.context.Execution.Input.booked = 'First' ? 'first' : 'second') & ' ' & $formatNumber($count($append($states.context.Execution.Input.stops, ['end'])), '0') %}"]}
          Output "{% $merge([$states.context.Execution.Input, {'stops': [], 'fare': $states.context.Execution.Input.fare + $lookup($states.context.Execution.Input, 'back`tick'), 'pair': [$states.result, $states.context.Execution.Input.pair[1]], 'booked': 'Second'}]) %}"
          End true
    "#]]
    .assert_eq(&states::<Rides>());
}

#[test]
fn what_serde_converts_is_carried_and_no_more() {
    workflow!(
        pub async fn carried(euros: Euros) -> Result<Euros> {
            pay(euros).await
        }
    );
    expect![[r#"
        -> Pay
        Pay: Task
          Arguments "{% $states.input %}"
          End true
    "#]]
    .assert_eq(&states::<Carried>());
    workflow!(
        pub async fn looked_into(euros: Euros) -> Result<u32> {
            let Euros(whole) = euros.clone();
            pay(Euros(3)).await?;
            Ok(euros.0 + whole)
        }
    );
    expect![[r#"
        WF1319 `Euros` is converted by serde, `from` and `into` another type, which only Rust can do: make it and look into it in a `#[step]`
        WF1319 `Euros` is converted by serde, `from` and `into` another type, which only Rust can do: make it and look into it in a `#[step]`
        WF1318 `0` of `Euros` is not in its JSON: serde converts it; compute with it in a `#[step]`
    "#]]
    .assert_eq(&refusals::<LookedInto>());
}

#[step]
pub async fn next_page(page: u32) -> Option<String> {
    Some(page.to_string())
}

#[test]
fn a_loop_goes_on_while_a_call_succeeds() {
    workflow!(
        pub async fn pages(n: u32) -> Result<Vec<String>> {
            let mut page = n;
            let mut all = Vec::new();
            while let Ok(Some(text)) = next_page(page).await {
                all.push(text);
                page += 1;
            }
            Ok(all)
        }
    );
    expect![[r#"
        -> Prepare
        Prepare: Pass
          Assign {"page":"{% $states.context.Execution.Input %}","all":[]}
          Next -> NextPage
        NextPage: Task
          Arguments "{% $page %}"
          Catch {"ErrorEquals":["States.ALL"],"Next":"Done"}
          Assign {"text":"{% $states.result %}"}
          Next -> NextPage?
        NextPage?: Choice
          Choices {"Condition":"{% $text != null %}","Assign":{"page":"{% $page + 1 %}","all":"{% $append($all, [$text]) %}"},"Next":"NextPage"}
          Default -> Done
        Done: Succeed
          Output "{% $all %}"
    "#]]
    .assert_eq(&states::<Pages>());
}
