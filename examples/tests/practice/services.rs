//! External tasks, callbacks, nested and Express workflows, states by hand, sagas in maps: programs of more than one file's kind.
use std::collections::BTreeMap;

use workflow_runtime::integrations::sqs;
use workflow_runtime::prelude::*;

use crate::harness::{Act, Bench, Script, err, ok};
use crate::kit::*;
use crate::world::Fault;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Batch {
    pub id: String,
    pub jobs: Vec<Job>,
    pub window: Option<Window>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Job {
    pub key: String,
    pub units: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Window {
    pub minutes: u32,
    pub strict: bool,
}

#[step(callback, timeout = "1h")]
pub async fn ask_person(
    script: Data<Script>,
    context: StepContext,
    token: TaskToken,
    question: String,
) -> Callback<Option<u32>> {
    drop(question);
    script.park(&context, token);
    Callback::pending()
}

workflow!(
    /// A job on its own; it fails by names of its own.
    #[workflow(error = FlowFailure, timeout = "2h")]
    pub async fn do_job(job: Job) -> Result<BTreeMap<String, u32>> {
        let Some(found) = find(job.key.clone()).await.map_err(|_| FlowFailure::Refused(job.key.clone()))? else {
            return Err(FlowFailure::Nothing.into());
        };
        let units = job.units.checked_sub(found.count).ok_or(FlowFailure::TooMany { count: found.count as usize })?;
        let mut out = BTreeMap::new();
        out.insert(found.article, units);
        Ok(out)
    }
);

workflow!(
    /// Asks, then runs every job as a workflow of its own.
    pub async fn run_batch(batch: Batch) -> Result<Vec<String>> {
        let mut lines: Vec<String> = Vec::new();
        let most = match batch.window {
            Some(Window { strict: true, minutes }) => minutes,
            Some(window) => {
                sleep(mins(u64::from(window.minutes))).await;
                ask_person(format!("{}: {} jobs?", batch.id, batch.jobs.len())).await?.unwrap_or(window.minutes)
            }
            None => u32::MAX,
        };
        for (i, job) in batch.jobs.iter().enumerate().take(most as usize) {
            let line = match do_job(job.clone()).await {
                Ok(units) if units.is_empty() => continue,
                Ok(units) => units.iter().map(|(key, n)| format!("{key}={n}")).collect::<Vec<_>>().join(","),
                Err(Failed(FlowFailure::TooMany { count: n @ (4..=9) })) => format!("{n} too many"),
                Err(Failed(FlowFailure::Nothing | FlowFailure::TooMany { .. })) => "-".to_string(),
                Err(TimedOut) => break,
                Err(failure) => return Err(failure.into()),
            };
            lines.push(format!("{i}:{line}"));
        }
        Ok(lines)
    }
);

#[step(resource = "arn:aws:states:::sqs:sendMessage")]
pub async fn post(message: sqs::SendMessage) -> sqs::SendMessageResult {
    sqs::SendMessageResult { message_id: message.queue_url, ..Default::default() }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Trail {
    pub label: String,
    pub steps: usize,
}

workflow!(
    /// Starts others and does not wait; hands the rest to a queue.
    pub async fn fan_out(batch: Batch) -> Result<usize> {
        let started =
            try_map(batch.jobs.iter().filter(|job| job.units > 0).cloned().collect::<Vec<_>>(), async |job| {
                spawn(do_job(job)).await?;
                Ok(())
            })
            .await?
            .len();
        let rest: Vec<String> = batch.jobs.iter().filter(|job| job.units == 0).map(|job| job.key.clone()).collect();
        if !rest.is_empty() {
            post(sqs::SendMessage {
                queue_url: "https://sqs.eu-west-1.amazonaws.com/123456789012/rest".to_string(),
                message_body: json!({ "batch": batch.id, "keys": rest, "n": rest.len() }),
                delay_seconds: batch.window.map(|window| window.minutes * 60),
                ..Default::default()
            })
            .await
            .map_err(|_| FlowFailure::Nothing)?;
        }
        Ok(started)
    }
);

#[step]
pub(crate) async fn reserve(
    script: Data<Script>,
    context: StepContext,
    key: String,
    units: u32,
) -> Result<String, Fault> {
    script.fault(&context).await?;
    if units > 100 {
        return Err(Fault::SoldOut { sku: key, left: units - 100 });
    }
    Ok(format!("{key}/{units}"))
}
#[step]
pub async fn release(hold: String) {
    drop(hold);
}
#[step]
pub async fn refund_all(batch: String, lines: Vec<String>) {
    drop((batch, lines));
}
#[step]
pub(crate) async fn confirm(holds: Vec<String>) -> Result<usize, Fault> {
    if holds.len() > 3 { Err(Fault::Empty) } else { Ok(holds.len()) }
}

workflow!(
    /// Holds in a map, in a loop, in a branch: undone from the last to the first.
    pub(crate) async fn hold_all(batch: Batch) -> Result<(usize, Vec<String>)> {
        let outcome = match async {
            let (first, rest) = try_join!(
                async {
                    let mut holds: Vec<String> = vec![];
                    for job in batch.jobs.iter().take(2) {
                        #[compensate(release(hold))]
                        let hold = reserve(job.key.clone(), job.units).await?;
                        holds.push(hold);
                    }
                    Ok(holds)
                },
                async {
                    let holds = try_map(batch.jobs.iter().skip(2).cloned().collect::<Vec<_>>(), async |job| {
                        #[state = "ReserveMore"]
                        #[compensate(release(hold))]
                        let hold = reserve(job.key, job.units).await?;
                        Ok(hold)
                    })
                    .await?;
                    Ok(holds)
                }
            )?;
            let all: Vec<String> = first.iter().chain(rest.iter()).cloned().collect();
            confirm(all.clone()).await.map(|n| (n, all.clone()))
        }
        .await
        {
            Ok(done) => done,
            Err(failure) if failure.is::<Fault>() => {
                let report = compensate().await;
                (report.failed.len(), vec![failure.error().to_string()])
            }
            Err(failure) => return Err(failure.into()),
        };
        Ok(outcome)
    }
);

workflow!(
    /// Scores an event.
    #[workflow(express, timeout = "30s")]
    pub async fn score(trail: Trail) -> Result<(String, f64)> {
        let words = words(trail.label).await?;
        let best = words.iter().max_by_key(|word| word.chars().count()).cloned().ok_or(FlowFailure::Nothing)?;
        let n = count(trail.steps as i64).await.unwrap_or_default();
        Ok((best, n as f64 / 2.0))
    }
);

workflow!(
    /// Two states and a text by hand among others.
    pub async fn by_hand(batch: Batch) -> Result<(String, u32, Vec<u32>)> {
        let upper: String = jsonata!("$uppercase($substring($id, 0, 2))", id = batch.id);
        let list: Vec<u32> = raw_state!({
            "Type": "Pass",
            "Output": "{% $map($jobs, function($j) { $j.units * 2 })[] %}"
        }, jobs = batch.jobs)
        .await?;
        let total: u32 = list.iter().sum();
        if total > 10 && jsonata!(bool: "$exists($w)", w = batch.window) {
            note(upper.clone()).await.ok();
        }
        Ok((upper, total, list))
    }
);

fn batch(jobs: &[(&str, u32)], window: Option<Window>) -> Batch {
    Batch {
        id: "b7".into(),
        jobs: jobs.iter().map(|(key, units)| Job { key: key.to_string(), units: *units }).collect(),
        window,
    }
}

#[tokio::test(start_paused = true)]
async fn services() {
    let mut bench = Bench::default();
    bench.run::<DoJob>(Job { key: "ab".into(), units: 5 }, &[], ok(serde_json::json!({ "AB": 3 })), "*").await;
    bench.run::<DoJob>(Job { key: "abc".into(), units: 1 }, &[], err("FlowFailure.TooMany"), "*").await;
    bench.run::<DoJob>(Job { key: "".into(), units: 1 }, &[], err("FlowFailure.Refused"), "*").await;
    bench.run::<DoJob>(Job { key: "none".into(), units: 1 }, &[], err("FlowFailure.Nothing"), "*").await;
    bench.run::<HoldAll>(batch(&[("a", 1), ("b", 2), ("c", 3)], None), &[], ok((3, ["a/1", "b/2", "c/3"])), "*").await;
    bench
        .run::<HoldAll>(batch(&[("a", 1), ("b", 2), ("c", 3), ("d", 4)], None), &[], ok((0, ["Fault.Empty"])), "*")
        .await;
    bench.run::<HoldAll>(batch(&[("a", 1), ("b", 200)], None), &[], ok((0, ["Fault.SoldOut"])), "*").await;
    bench
        .run::<HoldAll>(batch(&[("a", 1), ("b", 2), ("c", 1), ("d", 400)], None), &[], ok((0, ["Fault.SoldOut"])), "*")
        .await;
    bench.run::<HoldAll>(batch(&[("a", 1)], None), &[("Reserve", Act::Hang)], err("States.Timeout"), "*").await;
    let soft = Some(Window { minutes: 2, strict: false });
    let jobs = [("ab", 5), ("abc", 1), ("none", 1), ("abcd", 2), ("x", 9)];
    bench.run::<RunBatch>(batch(&jobs, None), &[], ok(["0:AB=3", "1:-", "2:-", "3:4 too many", "4:X=8"]), "*").await;
    let answer = [("AskPerson", Act::Answer(serde_json::json!(1)))];
    bench.run::<RunBatch>(batch(&jobs, soft), &answer, ok(["0:AB=3"]), "*").await;
    let answer = [("AskPerson", Act::Answer(serde_json::Value::Null))];
    bench.run::<RunBatch>(batch(&jobs, soft), &answer, ok(["0:AB=3", "1:-"]), "*").await;
    bench.run::<RunBatch>(batch(&[("", 1)], soft), &answer, err("FlowFailure.Refused"), "*").await;
    bench.run::<FanOut>(batch(&[("a", 1), ("b", 0), ("c", 2)], soft), &[], ok(2), "*").await;
    bench.run::<FanOut>(batch(&[("b", 0)], None), &[], ok(0), "*").await;
    bench.run::<FanOut>(batch(&[], None), &[], ok(0), "*").await;
    bench
        .run::<ByHand>(
            batch(&[("a", 1), ("b", 7)], Some(Window { minutes: 1, strict: true })),
            &[],
            ok(("B7", 16, [2, 14])),
            "*",
        )
        .await;
    bench.run::<ByHand>(batch(&[("a", 1)], None), &[], ok(("B7", 2, [2])), "*").await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn an_express_workflow_scores() {
    use workflow_runtime::{runtime::Runtime, store::MemoryStore};
    for (label, steps, expected) in
        [("a bcd ef", 3, Ok(("bcd", 2.0))), ("a", 12, Ok(("a", 0.0))), ("", 1, Err("FlowFailure.Nothing"))]
    {
        let runtime =
            Runtime::builder().store(MemoryStore::new()).register::<Score>().start().await.expect("it starts");
        let steps = if steps == 12 { 13 } else { steps };
        let ended = runtime.start_sync::<Score>(Trail { label: label.to_string(), steps }).await;
        let ended = ended.map_err(|failure| failure.error().unwrap_or_default().to_owned());
        assert_eq!(ended, expected.map(|(best, n)| (best.to_owned(), n)).map_err(str::to_owned));
    }
}
