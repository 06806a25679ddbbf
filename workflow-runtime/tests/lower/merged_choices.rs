//! Choices that follow each other are one, and tests that are decided are left out.

use expect_test::expect;
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::states;

#[step]
pub async fn visit(i: i64, j: i64) -> Result<i64, OrderError> {
    Ok(i + j)
}

workflow!(
    pub async fn nested_ifs(order: Order) -> Result<()> {
        if order.express {
            if order.total_cents > 100 {
                if order.items.is_empty() {
                    return Err(OrderFailure::NotApproved.into());
                }
                visit(1, 0).await?;
            }
        } else if order.total_cents > 5 {
            #[state = "Cheap"]
            if order.total_cents < 50 {
                #[state = "VisitCheaply"]
                visit(2, 0).await?;
            }
        }
        Ok(())
    }
);

#[test]
fn an_if_in_an_if_is_one_choice() {
    expect![[r#"
        -> OrderFailureNotApproved?
        OrderFailureNotApproved?: Choice
          Choices {"Condition":"{% $states.context.Execution.Input.express and $states.context.Execution.Input.totalCents > 100 and $count($states.context.Execution.Input.items) = 0 %}","Next":"OrderFailureNotApproved"}
          Choices {"Condition":"{% $states.context.Execution.Input.express and $states.context.Execution.Input.totalCents > 100 %}","Next":"Visit"}
          Choices {"Condition":"{% $states.context.Execution.Input.express %}","Next":"Done"}
          Choices {"Condition":"{% $states.context.Execution.Input.totalCents > 5 %}","Next":"Cheap"}
          Default -> Done
        OrderFailureNotApproved: Fail
          Error "OrderFailure.NotApproved"
          Cause "{\"errorType\":\"OrderFailure.NotApproved\",\"errorMessage\":\"{\\\"message\\\":\\\"nobody approved the order\\\",\\\"error\\\":\\\"NotApproved\\\"}\"}"
        Visit: Task
          Arguments {"i":1,"j":0}
          Output "{% null %}"
          End true
        Cheap: Choice
          Choices {"Condition":"{% $states.context.Execution.Input.totalCents < 50 %}","Next":"VisitCheaply"}
          Default -> Done
        VisitCheaply: Task Visit
          Arguments {"i":2,"j":0}
          Output "{% null %}"
          End true
        Done: Succeed
          Output "{% null %}"
    "#]].assert_eq(&states::<NestedIfs>());
}

workflow!(
    pub async fn grid(order: Order) -> Result<i64> {
        let mut sum = 0;
        'rows: for i in 0..3_i64 {
            for j in 0..=3_i64 {
                let found = visit(i, j).await?;
                if found > 4 {
                    break 'rows;
                }
                sum += found;
            }
        }
        Ok(sum + i64::from(order.express))
    }
);

workflow!(
    pub async fn flags(order: Order) -> Result<i64> {
        let mut done = false;
        let mut rounds = 0_i64;
        while !done {
            let found = visit(rounds, 1).await?;
            if found > 3 || order.express {
                done = true;
            } else {
                rounds += 1;
            }
        }
        Ok(rounds)
    }
);

#[test]
fn a_first_test_that_is_decided_is_left_out() {
    expect![[r#"
        -> Prepare
        Prepare: Pass
          Assign {"sum_":0,"i":0,"j":0}
          Next -> Visit
        Visit: Task
          Arguments {"i":"{% $i %}","j":"{% $j %}"}
          Assign {"found":"{% $states.result %}"}
          Next -> Visit?
        Visit?: Choice
          Choices {"Condition":"{% $found > 4 %}","Next":"Done"}
          Choices {"Condition":"{% $j + 1 <= 3 %}","Assign":{"sum_":"{% $sum_ + $found %}","j":"{% $j + 1 %}"},"Next":"Visit"}
          Choices {"Condition":"{% $i + 1 < 3 %}","Assign":{"sum_":"{% $sum_ + $found %}","j":0,"i":"{% $i + 1 %}"},"Next":"Visit"}
          Default -> Done
          Assign {"sum_":"{% $sum_ + $found %}"}
        Done: Succeed
          Output "{% $sum_ + $number($states.context.Execution.Input.express) %}"
    "#]].assert_eq(&states::<Grid>());
    expect![[r#"
        -> Prepare
        Prepare: Pass
          Assign {"done":false,"rounds":0}
          Next -> Visit?
        Visit?: Choice
          Choices {"Condition":"{% $not($done) %}","Next":"Visit"}
          Default -> Done
        Visit: Task
          Arguments {"i":"{% $rounds %}","j":1}
          Assign {"done":"{% $states.result > 3 or $states.context.Execution.Input.express ? true : $done %}","rounds":"{% $states.result > 3 or $states.context.Execution.Input.express ? $rounds : $rounds + 1 %}"}
          Next -> Visit?
        Done: Succeed
          Output "{% $rounds %}"
    "#]].assert_eq(&states::<Flags>());
}

#[step]
pub async fn dice(i: i64) -> f64 {
    let _ = i;
    0.5
}

workflow!(
    pub async fn by_chance(order: Order) -> Result<String> {
        if order.express {
            return Ok(String::new());
        }
        let id = new_uuid();
        if id.starts_with('0') {
            return Ok(format!("low {id}"));
        }
        dice(1).await?;
        Ok(id)
    }
);

workflow!(
    pub async fn by_hand(order: Order) -> Result<f64> {
        if order.express {
            if jsonata!(bool: "$o.total_cents in [1, 2]", o = order) {
                return dice(1).await;
            }
        }
        #[state = "DiceAgain"]
        dice(2).await
    }
);

#[test]
fn what_is_made_by_chance_or_written_by_hand_stays_what_it_is() {
    expect![[r#"
        -> Done?
        Done?: Choice
          Choices {"Condition":"{% $states.context.Execution.Input.express %}","Next":"Done"}
          Default -> Dice?
          Assign {"id":"{% $uuid() %}"}
        Dice?: Choice
          Choices {"Condition":"{% $contains($id, '0') and $substringBefore($id, '0') = '' %}","Next":"Done2"}
          Default -> Dice
        Dice: Task
          Arguments "{% 1 %}"
          Output "{% $id %}"
          End true
        Done: Succeed
          Output "{% '' %}"
        Done2: Succeed
          Output "{% 'low ' & $id %}"
    "#]]
    .assert_eq(&states::<ByChance>());
    expect![[r#"
        -> Dice?
        Dice?: Choice
          Choices {"Condition":"{% $states.context.Execution.Input.express ? ($states.context.Execution.Input.total_cents in [1, 2]) : false %}","Next":"Dice"}
          Default -> DiceAgain
        Dice: Task
          Arguments "{% 1 %}"
          End true
        DiceAgain: Task Dice
          Arguments "{% 2 %}"
          End true
    "#]].assert_eq(&states::<ByHand>());
}
