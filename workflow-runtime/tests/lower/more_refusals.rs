//! Refusals that only types tell, one program for each code that no other test asks for.
#![allow(unnameable_test_items, clippy::items_after_statements)]

use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::refusals;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Shipment {
    pub weight: f32,
    pub length: f64,
    pub at: Timestamp,
    pub due: Timestamp,
    pub stops: Vec<Stop>,
    pub others: Vec<Stop>,
    pub name: String,
    pub step: usize,
    pub left: Moment,
    pub arrived: Moment,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(untagged)]
pub enum Moment {
    At(Timestamp),
    Minutes(u32),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Stop {
    pub at: Timestamp,
}

#[step(heartbeat = "10s")]
pub async fn follow(name: String) -> bool {
    name.is_empty()
}

/// Its text is known to running code only.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum Odd {
    #[error("{}", Self::describe())]
    Strange,
}

impl Odd {
    fn describe() -> &'static str {
        "strange"
    }
}

#[test]
fn states_of_one_name() {
    workflow!(
        pub async fn twice(order: Order) -> Result<u64> {
            raw_state!((): {
                "Type": "Parallel",
                "Branches": [{ "StartAt": "Look", "States": { "Look": { "Type": "Pass", "End": true } } }]
            })
            .await?;
            #[state = "Look"]
            notify(order.user_id, order.order_id).await?;
            Ok(order.total_cents)
        }
    );
    expect![[r#"
        WF1301 two states are called `Look`: names are unique in the whole machine, branches included
    "#]]
    .assert_eq(&refusals::<Twice>());
}

#[test]
fn operations_without_a_form() {
    workflow!(
        pub async fn steps_by(shipment: Shipment) -> Result<Vec<Stop>> {
            Ok(shipment.stops.iter().step_by(shipment.step).cloned().collect())
        }
    );
    expect![[r#"
        WF1310 `step_by` of what may be zero has no exact form in a state machine: move it into a `#[step]`
    "#]]
    .assert_eq(&refusals::<StepsBy>());
}

#[test]
fn errors_whose_text_only_code_knows() {
    workflow!(
        pub async fn odd_flow(order: Order) -> Result<u64> {
            if order.express {
                return Err(Odd::Strange.into());
            }
            Ok(order.total_cents)
        }
    );
    expect![[r#"
        WF1312 the text of `Odd::Strange` is not known here: give the variant `#[error("..")]` with plain `{field}` places, or raise it from a `#[step]`
    "#]].assert_eq(&refusals::<OddFlow>());
}

#[test]
fn heartbeats_and_waits_out_of_range() {
    workflow!(
        pub async fn waits(shipment: Shipment) -> Result<bool> {
            sleep(days(2_000)).await;
            #[timeout = "10s"]
            let seen = follow(shipment.name).await?;
            Ok(seen)
        }
    );
    expect![[r#"
        WF1317 a wait of 172800000 seconds is out of range: Step Functions waits 1 to 99,999,999 seconds
        WF1316 `follow` has a heartbeat of 10 s and a timeout of 10 s: the heartbeat must be shorter, or it never tells anything
    "#]].assert_eq(&refusals::<Waits>());
}

#[test]
fn states_by_hand_that_express_workflows_do_not_have() {
    workflow!(
        #[workflow(express)]
        pub async fn quick(order: Order) -> Result<u64> {
            raw_state!((): { "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Arguments": {} })
                .await?;
            Ok(order.total_cents)
        }
    );
    expect![[r#"
        WF1374 state `RunTask` cannot stand in an Express workflow: it waits for the end of a job; leave `express` out
    "#]]
    .assert_eq(&refusals::<Quick>());
}

#[test]
fn small_floats_characters_times_and_their_text() {
    workflow!(
        pub async fn measures(shipment: Shipment) -> Result<(bool, String, bool, bool, String)> {
            let heavy = shipment.weight * 2.0 > 10.0;
            let backwards = shipment.name.chars().rev().collect::<String>();
            let same = shipment.stops == shipment.others && shipment.left == shipment.arrived;
            let late = shipment.due.duration_since(shipment.at).as_secs() > 0
                && shipment.at.strftime("%A").to_string() == shipment.name;
            let shown = to_json(&shipment.length);
            Ok((heavy, backwards, same, late, shown))
        }
    );
    expect![[r#"
        WF1390 JSONata counts with `f64`: a value of `f32` would be another number here; use `f64`, or compute in a `#[step]`
        WF1391 `chars().rev(..)`: JSONata takes characters beyond U+FFFF apart; `chars().count()` counts them, anything else is a `#[step]`'s
        WF1392 values of `Moment` cannot be compared by their JSON: a key inside may be missing where Rust has a value, or a time be written in two ways; compare the fields that matter, or in a `#[step]`
        WF1393 `%A` has no exact form: `%Y %m %d %H %M %S %j %F %T` and `%%` have
        WF1394 JSONata writes floats otherwise than Rust, and a `f64` may hold one: write its JSON in a `#[step]`
    "#]].assert_eq(&refusals::<Measures>());
}
