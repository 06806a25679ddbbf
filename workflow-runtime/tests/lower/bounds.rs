//! `#[workflow(timeout = "..", max_transitions = n, assume(State = n))]`, where only types and steps tell.
#![allow(unnameable_test_items, clippy::items_after_statements)]

use expect_test::expect;
use workflow_runtime::cost::{Assumptions, Cost};
use workflow_runtime::prelude::*;

/// What `check` says of its bounds.
fn overruns<W: Workflow>() -> String {
    let definition = W::definition();
    definition.overruns().iter().map(|fault| format!("{} {}\n", fault.code, fault.message)).collect()
}

#[derive(Debug, Clone, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum LineError {
    #[error("busy")]
    Busy,
}

#[step(timeout = "10s", retry(on(LineError::Busy), interval = "2s", max_attempts = 2, backoff_rate = 2.0))]
pub async fn dial(number: String) -> Result<bool, LineError> {
    Ok(number.is_empty())
}

#[test]
fn bounds_that_do_not_hold_are_refused() {
    workflow!(
        #[workflow(max_transitions = 5)]
        pub async fn too_many(number: String) -> Result<bool> {
            #[state = "First"]
            let first = dial(number.clone()).await?;
            let second = dial(number).await?;
            Ok(first && second)
        }
    );
    workflow!(
        #[workflow(timeout = "35s")]
        pub async fn too_long(number: String) -> Result<bool> {
            dial(number).await
        }
    );
    workflow!(
        #[workflow(max_transitions = 50)]
        pub async fn unknown(number: String) -> Result<()> {
            while dial(number.clone()).await? {
                sleep(secs(5)).await;
            }
            Ok(())
        }
    );
    workflow!(
        #[workflow(max_transitions = 50, assume(Dail = 9))]
        pub async fn misspelt(number: String) -> Result<()> {
            while dial(number.clone()).await? {
                sleep(secs(5)).await;
            }
            Ok(())
        }
    );
    workflow!(
        #[workflow(max_transitions = 20, assume(Dial = 9))]
        pub async fn with_rounds(number: String) -> Result<()> {
            while dial(number.clone()).await? {
                sleep(secs(5)).await;
            }
            Ok(())
        }
    );
    let said = [
        overruns::<TooMany>(),
        overruns::<TooLong>(),
        overruns::<Unknown>(),
        overruns::<Misspelt>(),
        overruns::<WithRounds>(),
    ];
    expect![[r#"
        WF1420 an execution may take 6 state transitions, and `max_transitions` is 5: raise it, or lower `max_attempts` of retries
        WF1421 timeouts, waits and retries of the longest way sum up to 36 s, and the workflow's timeout is 35 s: it would end in the middle of them; raise it, or shorten what is in it
        WF1422 nothing tells whether an execution keeps to `max_transitions = 50` (it is 5 + 5 × rounds(Dial)): say the most with `#[workflow(assume(Dial = n))]`
        WF1423 `assume(Dail = ..)`: no loop, Map or wait is called `Dail`; there are `Dial`
        WF1422 nothing tells whether an execution keeps to `max_transitions = 50` (it is 5 + 5 × rounds(Dial)): say the most with `#[workflow(assume(Dial = n))]`
        WF1420 an execution may take 50 state transitions, and `max_transitions` is 20: raise it, or lower `max_attempts` of retries (it is 5 + 5 × rounds(Dial))
    "#]].assert_eq(&said.concat());
}

#[test]
fn bounds_that_hold_are_no_hindrance() {
    workflow!(
        #[workflow(max_transitions = 53, timeout = "10m", assume(Dial = 9))]
        pub async fn patient(number: String) -> Result<()> {
            while dial(number.clone()).await? {
                sleep(secs(5)).await;
            }
            Ok(())
        }
    );
    workflow!(
        #[workflow(max_transitions = 11)]
        pub async fn counted(number: String) -> Result<()> {
            for _ in 0..2 {
                dial(number.clone()).await?;
            }
            Ok(())
        }
    );
    assert_eq!(overruns::<Patient>() + &overruns::<Counted>(), "");
    let cost = Cost::of::<Patient>().expect("a definition");
    assert_eq!(cost.worst.seconds.number(), Some(600), "the timeout is the bound");
    assert_eq!(cost.worst.transitions.to_string(), "5 + 5 × rounds(Dial)");
    assert_eq!(cost.worst.transitions.at(&Assumptions::new().with("Dial", 9)), Some(50));
    let counted = Cost::of::<Counted>().expect("a definition");
    assert_eq!((counted.good.least.transitions.number(), counted.good.most.transitions.number()), (Some(7), Some(7)));
}
