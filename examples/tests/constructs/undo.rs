//! `#[compensate]`: the chain of undos.

use workflow_runtime::prelude::*;

use crate::harness::{Act, Bench, err, ok};
use crate::world::*;

workflow!(
    pub(crate) async fn saga(n: i64) -> Result<i64> {
        #[compensate(undo_a(a))]
        #[state = "A"]
        let a = watch(n).await?;
        if n > 3 {
            #[compensate(undo_b(b, format!("b{n}")))]
            #[state = "B"]
            let b = watch(a).await?;
            #[state = "Small"]
            tell(format!("{b}")).await?;
        }
        #[compensate(undo_c())]
        #[state = "C"]
        let _ = watch(a).await?;
        if n == 9 {
            return Err(Trouble::Refused.into());
        }
        #[state = "Last"]
        let last = price("x".to_string(), a).await?;
        Ok(last)
    }
);

workflow!(
    /// Failures that are handled do not undo.
    pub(crate) async fn handled_then_undone(n: i64) -> Result<i64> {
        #[compensate(undo_a(a))]
        let a = watch(n).await?;
        match price("x".to_string(), a).await {
            Ok(_) => {}
            Err(Failed(Fault::Bad(_))) => tell("never mind".to_string()).await?,
            Err(failure) => return Err(failure.into()),
        }
        let _ = locate("x".to_string()).await;
        let (b, _) = try_join!(
            async {
                #[state = "Left"]
                let left = watch(a).await?;
                Ok(left)
            },
            pay(3)
        )?;
        Ok(b)
    }
);

#[tokio::test(start_paused = true)]
async fn undos_run_in_reverse_order() {
    let mut bench = Bench::default();
    let bad = || Act::Fault(Fault::Bad("b".to_owned()));
    let name = "Fault.Bad";
    bench.run::<Saga>(1, &[], ok(21), "A B? C Last? Last").await;
    bench.run::<Saga>(4, &[], ok(51), "A B? B Small C Last? Last").await;
    bench.run::<Saga>(1, &[("A", bad())], err(name), "A").await;
    bench.run::<Saga>(4, &[("B", bad())], err(name), "A B? B UndoA Failed").await;
    bench.run::<Saga>(4, &[("Small", Act::Panic)], err("States.TaskFailed"), "A B? B Small UndoB UndoA Failed").await;
    bench.run::<Saga>(1, &[("C", bad())], err(name), "A B? C UndoB? UndoA Failed").await;
    bench.run::<Saga>(4, &[("C", bad())], err(name), "A B? B Small C UndoB? UndoB UndoA Failed").await;
    let undone = "A B? B Small C Last? Last UndoC UndoB? UndoB UndoA Failed";
    bench.run::<Saga>(4, &[("Last", bad())], err(name), undone).await;
    let first_wins = [("Last", bad()), ("UndoC", Act::Panic), ("UndoB", Act::Fault(Fault::Empty))];
    bench.run::<Saga>(4, &first_wins, err(name), undone).await;
    let refused = "A B? B Small C Last? UndoC UndoB? UndoB UndoA Failed";
    bench.run::<Saga>(9, &[], err("Trouble.Refused"), refused).await;
    let join = "LeftAndPay";
    let usual = format!("Watch Price Locate {join} Left Pay");
    bench.run::<HandledThenUndone>(1, &[], ok(3), &usual).await;
    let minded = format!("Watch Price Tell Locate {join} Left Pay");
    bench.run::<HandledThenUndone>(1, &[("Price", bad()), ("Locate", Act::Panic)], ok(3), &minded).await;
    let pair = || Act::Fault(Fault::Pair("p".to_owned(), 1));
    bench.run::<HandledThenUndone>(1, &[("Price", pair())], err("PairOfFaults"), "Watch Price UndoA Failed").await;
    bench.compare();
}
