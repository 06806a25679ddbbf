//! Straight lines, `if`s and arms: the chain.

use workflow_runtime::prelude::*;

use super::Node::Step;
use super::fail_everywhere;
use crate::harness::Bench;
use crate::world::*;

workflow!(
    pub(crate) async fn line(n: i64) -> Result<i64> {
        #[state = "S1"]
        #[compensate(unbook(a))]
        let a = book(1).await?;
        #[state = "S2"]
        #[compensate(unbook(b))]
        let b = book(2).await?;
        #[state = "S3"]
        #[compensate(unbook(c))]
        let c = book(3).await?;
        #[state = "S4"]
        #[compensate(unbook(d))]
        let d = book(4).await?;
        #[state = "S5"]
        #[compensate(unbook(e))]
        let e = book(5).await?;
        #[state = "S6"]
        #[compensate(unbook(f))]
        let f = book(6).await?;
        Ok(n + f)
    }
);

workflow!(
    /// Bound or not, in an `if` or in an arm; a group that nobody catches.
    pub(crate) async fn conditional(n: i64) -> Result<i64> {
        #[state = "S1"]
        #[compensate(unbook(1))]
        let _ = book(1).await?;
        if n > 5 {
            #[state = "S2"]
            #[compensate(unbook(b))]
            let b = book(2).await?;
            if b > 100 {
                #[state = "S100"]
                #[compensate(unbook(100))]
                let _ = book(100).await?;
            }
        } else {
            #[state = "S200"]
            #[compensate(unbook(200))]
            let _ = book(200).await?;
        }
        match locate("x".to_string()).await {
            Ok(_) => {
                #[state = "S3"]
                #[compensate(unbook(c))]
                let c = book(3).await?;
                if c == 3 {
                    #[state = "S4"]
                    #[compensate(unbook(4))]
                    let _ = book(4).await?;
                }
            }
            Err(_) => {
                #[state = "S300"]
                #[compensate(unbook(300))]
                let _ = book(300).await?;
            }
        }
        let e = async {
            #[state = "S5"]
            #[compensate(unbook(e))]
            let e = book(5).await?;
            Ok(e)
        }
        .await?;
        #[state = "S6"]
        #[compensate(unbook(n))]
        let _ = book(6).await?;
        Ok(e)
    }
);

#[tokio::test(start_paused = true)]
async fn a_line_is_undone_from_its_end() {
    let mut bench = Bench::default();
    let six = [Step(1), Step(2), Step(3), Step(4), Step(5), Step(6)];
    fail_everywhere::<Line>(&mut bench, &six).await;
    fail_everywhere::<Conditional>(&mut bench, &six).await;
    bench.compare();
}
