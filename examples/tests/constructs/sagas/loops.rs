//! Rounds of loops that hold undos.

use workflow_runtime::prelude::*;

use super::Node::{Compensate, Group, Plain, Step};
use super::fail_everywhere;
use crate::harness::Bench;
use crate::world::*;

workflow!(
    /// Counted, over a list, and with a variable; a loop in a loop.
    pub(crate) async fn rounds(n: i64) -> Result<i64> {
        let mut sum = n;
        for i in 1..=2 {
            #[state = "Counted"]
            #[compensate(unbook(x))]
            let x = book(i).await?;
            sum += x;
        }
        for item in vec![3, 4] {
            if item == 4 {
                #[state = "Special"]
                #[compensate(unbook(4))]
                let _ = book(item).await?;
                continue;
            }
            #[state = "Listed"]
            #[compensate(unbook(item))]
            let _ = book(item).await?;
        }
        let mut next = 5;
        while next < 8 {
            #[state = "While"]
            #[compensate(unbook(y))]
            let y = book(next).await?;
            next = y + 1;
        }
        #[state = "Last"]
        book(8).await?;
        Ok(sum)
    }
);

workflow!(
    /// A group in each round, and rounds in a group.
    pub(crate) async fn groups_in_rounds(n: i64) -> Result<i64> {
        #[state = "S1"]
        #[compensate(unbook(1))]
        let _ = book(1).await?;
        let mut failures = 0;
        for i in 1..=2 {
            match async {
                #[state = "First"]
                #[compensate(unbook(i * 10))]
                let _ = book(i * 10).await?;
                #[state = "Second"]
                book(i * 10 + 1).await
            }
            .await
            {
                Ok(_) => {}
                Err(_) => failures += 1,
            }
        }
        match async {
            for i in 1..=2 {
                #[state = "Inside"]
                #[compensate(unbook(i + 100))]
                let _ = book(i + 100).await?;
            }
            #[state = "S2"]
            book(2).await
        }
        .await
        {
            Ok(_) => {}
            Err(failure) => {
                tell(failure.error()).await?;
            }
        }
        #[state = "S3"]
        book(3).await?;
        Ok(n + failures)
    }
);

workflow!(
    /// Undone in the middle, and left early.
    pub(crate) async fn compensated_rounds(n: i64) -> Result<i64> {
        let mut i = 0;
        loop {
            i += 1;
            #[state = "Round"]
            #[compensate(unbook(x))]
            let x = book(i).await?;
            if x == 2 {
                compensate().await;
            }
            if i == 4 {
                break;
            }
        }
        #[state = "Last"]
        book(9).await?;
        Ok(n)
    }
);

#[tokio::test(start_paused = true)]
async fn rounds_are_undone_from_the_last() {
    let mut bench = Bench::default();
    let nodes = [Step(1), Step(2), Step(3), Step(4), Step(5), Step(6), Step(7), Plain(8)];
    fail_everywhere::<Rounds>(&mut bench, &nodes).await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn groups_in_rounds_and_rounds_in_groups() {
    let mut bench = Bench::default();
    let rounds = Group(&[Step(101), Step(102), Plain(2)], &[]);
    let nodes = [Step(1), Group(&[Step(10), Plain(11)], &[]), Group(&[Step(20), Plain(21)], &[]), rounds, Plain(3)];
    fail_everywhere::<GroupsInRounds>(&mut bench, &nodes).await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn rounds_may_undo_on_the_way() {
    let mut bench = Bench::default();
    let nodes = [Step(1), Step(2), Compensate, Step(3), Step(4), Plain(9)];
    fail_everywhere::<CompensatedRounds>(&mut bench, &nodes).await;
    bench.compare();
}
