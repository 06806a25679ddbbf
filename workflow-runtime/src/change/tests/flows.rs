//! Two versions of a workflow.

use std::fmt::Write as _;

use crate::asl::{Target, for_target};
use crate::change::{Change, Schemas, Version, compare, removed};
use crate::nested::ChildWorkflow;
use crate::prelude::*;
use crate::step::StepHandler;

/// The first version, and others that differ in one thing each.
macro_rules! version {
    ($version:ident { $($item:tt)* }) => {
        mod $version {
            #![allow(
                dead_code,
                clippy::unused_async,
                clippy::needless_question_mark,
                reason = "a version that is never run, and what `#[step]` expands to"
            )]
            use crate::prelude::*;
            $($item)*
        }
    };
}

version!(one {
    #[derive(Clone, Debug, Serialize, Deserialize, Payload)]
    pub(super) struct Order { pub(super) id: String, pub(super) cents: u64 }
    #[derive(Clone, Debug, Serialize, Deserialize, Payload)]
    pub(super) struct Receipt { pub(super) number: String, pub(super) total: u64, pub(super) memo: String }
    #[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
    pub(super) enum PayError { #[error("declined")] Declined, #[error("busy")] Busy }
    #[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
    pub(super) enum ShopError { #[error("no")] No, #[error("closed")] Closed }
    #[step(retry(on(PayError::Busy), max_attempts = 2))]
    pub(super) async fn charge(order: Order) -> Result<Receipt, PayError> { let _ = order; Err(PayError::Declined) }
    #[step]
    pub(super) async fn ship(order: Order) -> bool { order.cents > 0 }
    #[step]
    pub(super) async fn thank(number: String) -> String { number }
    workflow!(
        #[workflow(error = ShopError)]
        pub(super) async fn shop(order: Order) -> Result<String> {
            let receipt = charge(order).await?;
            if receipt.total > 100 { ship(order).await?; }
            sleep(hours(1)).await;
            thank(receipt.number).await
        }
    );
});

version!(two {
    #[derive(Clone, Debug, Serialize, Deserialize, Payload)]
    pub(super) struct Order { pub(super) id: String, pub(super) cents: u64, pub(super) currency: String }
    #[derive(Clone, Debug, Serialize, Deserialize, Payload)]
    pub(super) struct Receipt { pub(super) number: String }
    #[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
    pub(super) enum PayError { #[error("declined")] Declined, #[error("busy")] Busy, #[error("fraud")] Fraud }
    #[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
    pub(super) enum ShopError { #[error("no")] No, #[error("shut")] Shut }
    #[step(timeout = "5m", retry(on(PayError::Busy), max_attempts = 5))]
    pub(super) async fn charge(order: Order) -> Result<Receipt, PayError> { let _ = order; Err(PayError::Declined) }
    #[step]
    pub(super) async fn congratulate(number: String) -> String { number }
    workflow!(
        #[workflow(error = ShopError)]
        pub(super) async fn shop(order: Order) -> Result<u32> {
            let receipt = charge(order).await?;
            sleep(hours(2)).await;
            congratulate(receipt.number).await?;
            Ok(7)
        }
    );
});

pub(super) fn versions<A: Workflow, B: Workflow>(kept: &[StepHandler], others: &[ChildWorkflow]) -> Vec<Change> {
    let (one, other) = (A::definition(), B::definition());
    let (old, new) = (ChildWorkflow::of::<A>(), ChildWorkflow::of::<B>());
    let kept = Schemas::with(&new, kept, others);
    // As files have them.
    let before = Schemas::parse(&Schemas::of(&old).to_text()).expect("it reads");
    let after = Schemas::of(&new);
    compare(
        Version { machine: one.state_machine(), schemas: &before, kept: None },
        Version { machine: other.state_machine(), schemas: &after, kept: Some(&kept) },
    )
}

/// A line for each change: for whom it is not safe.
fn told(changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        let not: Vec<&str> = change.verdicts().iter().filter(|(_, it)| !it.safe).map(|(whom, _)| *whom).collect();
        let not = if not.is_empty() { "safe".to_owned() } else { format!("NOT {}", not.join(", ")) };
        writeln!(text, "{}: {} -> {not}", change.at, change.what).expect("text");
    }
    text
}

#[test]
fn a_version_is_the_same_as_itself_in_every_spelling() {
    assert_eq!(told(&versions::<one::Shop, one::Shop>(&[], &[])), "");
    let (definition, schemas) = (one::Shop::definition(), Schemas::of(&ChildWorkflow::of::<one::Shop>()));
    let machine = definition.state_machine();
    let activities = for_target(machine, Target::Activity);
    let mut commented = machine.clone();
    commented.comment = Some("other words".to_owned());
    commented.version = Some("1.0".to_owned());
    commented.states.reverse();
    for other in [&*activities, &commented] {
        let old = Version { machine: other, schemas: &schemas, kept: None };
        let new = Version { machine, schemas: &schemas, kept: None };
        assert_eq!(told(&compare(old, new)), "");
    }
}

#[test]
fn every_kind_of_change_is_told_apart() {
    expect_test::expect![[r#"
        input: field `currency` added, required -> NOT callers
        output: the value was text, is an integer up to 2^32 - 1 (`u32`) -> NOT recorded payloads, callers
        error `ShopError.Closed`: removed -> NOT callers
        error `ShopError.Shut`: added -> NOT callers
        step `Charge`: takes: field `currency` added, required -> NOT running executions, recorded payloads
        step `Charge`: yields: field `total` removed -> NOT running executions
        step `Charge`: may fail with `PayError.Fraud` -> NOT running executions
        step `Ship`: removed -> NOT running executions
        step `Thank`: removed -> NOT running executions
        state `Charge`: leads to `Wait2Hours` (led to `Ship?`) -> safe
        state `Charge`: is tried again 5 times after 1 s, ×2, on PayError.Busy (was 2 times after 1 s, ×2, on PayError.Busy) -> safe
        state `Charge`: its timeout is 300 s (was 60 s) -> safe
        state `Ship?`: removed -> safe
        state `Ship`: removed: it calls step `Ship` -> safe
        state `Wait1Hour`: removed -> safe
        state `Thank`: removed: it calls step `Thank` -> safe
        state `Wait2Hours`: added -> safe
        state `Congratulate`: added: it calls step `Congratulate` -> safe
        step `Charge`: yields: field `memo` removed -> safe
        step `Congratulate`: added -> safe
    "#]]
    .assert_eq(&told(&versions::<one::Shop, two::Shop>(&[], &[])));
}

#[test]
fn a_step_that_is_kept_is_safe_for_what_is_running() {
    let changes = versions::<one::Shop, two::Shop>(&[<one::thank as crate::step::Step>::handler()], &[]);
    let thank = changes.iter().find(|change| change.at == "step `Thank`").expect("it is told");
    assert!(thank.is_safe() && thank.running.reason.contains("keeps it"), "{thank:?}");
    let ship = changes.iter().find(|change| change.at == "step `Ship`").expect("it is told");
    assert!(!ship.running.safe && ship.running.reason.contains("`Ship`"), "{ship:?}");
    let remedy = ship.running.remedy.as_deref().expect("a remedy");
    assert!(remedy.contains(".keep_step::<..>()") && remedy.contains("#[step(name = \"Ship\")]"), "{remedy}");
}

#[test]
fn what_a_definition_does_not_read_may_go() {
    let changes = versions::<one::Shop, two::Shop>(&[], &[]);
    let of = |what: &str| changes.iter().find(|change| change.what.contains(what)).unwrap_or_else(|| panic!("{what}"));
    assert!(of("yields: field `memo` removed").running.safe, "no expression reads it");
    assert!(!of("yields: field `total` removed").running.safe, "a condition reads it");
}

version!(caller {
    use super::one::Order;
    #[step]
    pub(super) async fn note(text: String) -> String { text }
    workflow!(
        pub(super) async fn inner(order: Order) -> Result<String> { note(order.id).await }
    );
    workflow!(
        pub(super) async fn outer(order: Order) -> Result<String> { inner(order).await }
    );
});

version!(changed_inner {
    use super::two::Order;
    #[step]
    pub(super) async fn note(text: String) -> String { text }
    workflow!(
        pub(super) async fn inner(order: Order) -> Result<String> { note(order.id).await }
    );
    workflow!(
        pub(super) async fn outer(order: Order) -> Result<String> { inner(order).await }
    );
});

version!(without_inner {
    use super::one::Order;
    #[step]
    pub(super) async fn note(text: String) -> String { text }
    workflow!(
        pub(super) async fn outer(order: Order) -> Result<String> { note(order.id).await }
    );
});

#[test]
fn a_workflow_that_is_called_is_looked_into() {
    expect_test::expect![[r#"
        input: field `currency` added, required -> NOT callers
        workflow `Inner` that it calls: takes: field `currency` added, required -> NOT running executions
    "#]]
    .assert_eq(&told(&versions::<caller::Outer, changed_inner::Outer>(&[], &[])));
    let gone = told(&versions::<caller::Outer, without_inner::Outer>(&[], &[]));
    assert!(gone.contains("workflow `Inner` that it calls: not called any more -> NOT running executions"), "{gone}");
    let kept = told(&versions::<caller::Outer, without_inner::Outer>(&[], &[ChildWorkflow::of::<caller::Inner>()]));
    assert!(kept.contains("workflow `Inner` that it calls: not called any more -> safe"), "{kept}");
}

version!(renamed_state {
    use super::caller::note;
    use super::one::Order;
    workflow!(
        pub(super) async fn outer(order: Order) -> Result<String> {
            let text = #[state = "First"] note(order.id).await?;
            sleep(hours(1)).await;
            #[state = "Second"]
            note(text).await
        }
    );
});

version!(renaming_state {
    use super::caller::note;
    use super::one::Order;
    workflow!(
        pub(super) async fn outer(order: Order) -> Result<String> {
            let text = #[state = "Erst"] note(order.id).await?;
            sleep(hours(1)).await;
            #[state = "Second"]
            note(text).await
        }
    );
});

#[test]
fn a_state_that_only_has_another_name_is_one_change() {
    let told = told(&versions::<renamed_state::Outer, renaming_state::Outer>(&[], &[]));
    assert_eq!(told, "state `First`: has the name `Erst` now -> safe\n");
}

#[test]
fn a_workflow_that_is_gone_leaves_executions_that_the_program_can_finish_or_not() {
    fn without<A: Workflow, B: Workflow>() -> Change {
        let (definition, schemas) = (A::definition(), Schemas::of(&ChildWorkflow::of::<A>()));
        let old = Version { machine: definition.state_machine(), schemas: &schemas, kept: None };
        removed(old, &Schemas::of(&ChildWorkflow::of::<B>()))
    }
    let renamed = without::<renamed_state::Outer, without_inner::Outer>();
    assert!(renamed.running.safe && renamed.recorded.safe && !renamed.callers.safe, "{renamed:?}");
    let gone = without::<one::Shop, without_inner::Outer>();
    assert!(!gone.running.safe && gone.running.reason.contains("step `Charge`: removed"), "{gone:?}");
    assert!(gone.running.remedy.is_some_and(|it| it.contains("#[workflow(name = \"Shop\")]")));
}

#[test]
fn files_that_are_none_are_told_what_is_missing() {
    for (text, reason) in [
        ("", "EOF"),
        ("{}", "`x-workflow`"),
        (r#"{"title":"A","x-workflow":{"kind":"STANDARD"}}"#, "`x-workflow`: missing field `output`"),
        (r#"{"x-workflow":{"kind":"STANDARD","output":{}}}"#, "`title`"),
        (r#"{"title":"A","$defs":1,"x-workflow":{"kind":"STANDARD","output":{}}}"#, "`$defs`"),
    ] {
        let error = Schemas::parse(text).expect_err(text);
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn schemas_that_refer_in_circles_are_compared_and_end() {
    let text = r##"{"title":"A","$ref":"#/$defs/A","x-workflow":{"kind":"STANDARD","output":{"$ref":"#/$defs/B"}},
        "$defs":{"A":{"$ref":"#/$defs/B"},"B":{"$ref":"#/$defs/A"},"C":{"anyOf":[{"$ref":"#/$defs/C"}]}}}"##;
    let schemas = Schemas::parse(text).expect("it reads");
    let machine = one::Shop::definition();
    let version = Version { machine: machine.state_machine(), schemas: &schemas, kept: None };
    assert_eq!(told(&compare(version, version)), "");
}
