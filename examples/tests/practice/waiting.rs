//! Programs that wait: polling, dates, people, retries, timeouts, and what a failure leaves behind.
use workflow_runtime::prelude::*;

use crate::harness::{Act, Bench, Script, err, ok};
use crate::kit::*;
use crate::world::Fault;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Progress {
    Queued { position: u32 },
    Running { percent: f64, eta_secs: Option<u64> },
    Done { url: String },
    Failed { code: i64, retryable: bool },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Plan {
    pub job: i64,
    pub most: u32,
    pub start: Option<Timestamp>,
    pub people: Vec<String>,
}

#[step(timeout = "10s", retry(on(Fault::Empty, TimedOut), interval = "1s", max_attempts = 2, backoff_rate = 3.0))]
pub(crate) async fn progress(
    script: Data<Script>,
    context: StepContext,
    job: i64,
    round: u32,
) -> Result<Progress, Fault> {
    script.fault(&context).await?;
    Ok(match (job, round) {
        (_, 0) => Progress::Queued { position: 3 },
        (1, 1) => Progress::Running { percent: 12.5, eta_secs: Some(90) },
        (1, 2) => Progress::Running { percent: 99.0, eta_secs: None },
        (2, 1..=3) => Progress::Failed { code: 503, retryable: true },
        (2, _) => Progress::Failed { code: 418, retryable: false },
        (3, n) => Progress::Queued { position: 3u32.saturating_sub(n) },
        (job, _) => Progress::Done { url: format!("https://x/{job}") },
    })
}

#[step(callback, timeout = "2d", heartbeat = "1d")]
pub(crate) async fn vote(
    script: Data<Script>,
    context: StepContext,
    token: TaskToken,
    who: String,
    about: String,
) -> Callback<bool> {
    drop((who, about));
    script.park(&context, token);
    Callback::pending()
}

workflow!(
    /// Asks until there is an end, and waits as long as it is told.
    pub(crate) async fn follow(plan: Plan) -> Result<(String, u32)> {
        let mut round: u32 = 0;
        let mut last = String::new();
        let url = loop {
            if round >= plan.most {
                return Err(FlowFailure::Refused(format!("gave up after {last}")).into());
            }
            match progress(plan.job, round).await? {
                Progress::Done { url } => break url,
                Progress::Running { eta_secs: Some(wait @ 1..=600), .. } => {
                    last = format!("{wait} s");
                    sleep(secs(wait)).await;
                }
                Progress::Running { percent, .. } if percent > 90.0 => sleep(secs(5)).await,
                Progress::Running { .. } => sleep(mins(5)).await,
                Progress::Queued { position: 0 } => break "front".to_string(),
                Progress::Queued { position } => {
                    last = format!("queue {position}");
                    #[state = "WaitInQueue"]
                    sleep(secs(u64::from(position) * 10)).await;
                }
                Progress::Failed { code, retryable: false } => {
                    return Err(FlowFailure::TooMany { count: code as usize }.into());
                }
                Progress::Failed { code, .. } => {
                    last = code.to_string();
                }
            }
            round += 1;
        };
        Ok((url, round))
    }
);

workflow!(
    /// A majority; who does not answer in time abstains.
    pub(crate) async fn ballot(plan: Plan) -> Result<(usize, usize, Vec<String>)> {
        let about = match plan.start {
            Some(at) => format!("{}", at.strftime("%Y-%m-%d")),
            None => "soon".to_string(),
        };
        let (mut yes, mut no) = (0, 0);
        let mut silent: Vec<String> = Vec::new();
        for who in &plan.people {
            let answer = match vote(who.clone(), about.clone()).await {
                Ok(answer) => answer,
                Err(TimedOut | HeartbeatTimedOut) => {
                    silent.push(who.clone());
                    continue;
                }
                Err(Other(output)) if output.cause.is_none() => false,
                Err(failure) => return Err(failure.into()),
            };
            if answer {
                yes += 1;
            } else {
                no += 1;
            }
            if yes * 2 > plan.people.len() || no * 2 > plan.people.len() {
                break;
            }
        }
        Ok((yes, no, silent))
    }
);

workflow!(
    /// Waits for a moment, then for whichever is sooner.
    pub(crate) async fn at_the_time(plan: Plan) -> Result<String> {
        let begin = context().execution_start_time;
        let Some(start) = plan.start else { return Ok("never".to_string()) };
        if start > begin {
            sleep_until(start).await;
        }
        let pause = secs(u64::from(plan.most)).min(mins(2));
        #[state = "Rest"]
        sleep(pause).await;
        let half = start + pause;
        Ok(half.strftime("%H:%M:%S").to_string())
    }
);

workflow!(
    /// Per-call options, names and comments of states.
    pub(crate) async fn options(plan: Plan) -> Result<i64> {
        /// The first look.
        #[state = "First look"]
        #[timeout = "2s"]
        #[retry(on(TimedOut), max_attempts = 1)]
        let first = progress(plan.job, 9).await;
        let first = match first {
            Ok(Progress::Done { .. }) => 1,
            Ok(_) => 2,
            Err(TimedOut) => 3,
            Err(Failed(Fault::Bad(text))) => text.len() as i64,
            Err(failure) => return Err(failure.into()),
        };
        #[state = "Second look"]
        let second = progress(plan.job, 9).await.map(|p| matches!(p, Progress::Done { .. })).unwrap_or_default();
        #[state = "Third look"]
        let third = progress(plan.job, first as u32).await.is_ok_and(|p| p != Progress::Queued { position: 3 });
        Ok(first * 100 + i64::from(second) * 10 + i64::from(third))
    }
);

fn plan(job: i64, most: u32, start: Option<&str>, people: &[&str]) -> Plan {
    Plan {
        job,
        most,
        start: start.map(|at| at.parse().expect("a time")),
        people: people.iter().map(|s| s.to_string()).collect(),
    }
}

#[tokio::test(start_paused = true)]
async fn waiting() {
    let mut bench = Bench::default();
    bench.run::<Follow>(plan(1, 9, None, &[]), &[], ok(("https://x/1", 3)), "*").await;
    bench.run::<Follow>(plan(2, 9, None, &[]), &[], err("FlowFailure.TooMany"), "*").await;
    bench.run::<Follow>(plan(2, 2, None, &[]), &[], err("FlowFailure.Refused"), "*").await;
    bench.run::<Follow>(plan(3, 9, None, &[]), &[], ok(("front", 3)), "*").await;
    bench
        .run::<Follow>(
            plan(7, 9, None, &[]),
            &[("Progress", Act::Fault(Fault::Empty)), ("Progress", Act::Hang)],
            ok(("https://x/7", 1)),
            "*",
        )
        .await;
    let empty = || ("Progress", Act::Fault(Fault::Empty));
    bench.run::<Follow>(plan(7, 9, None, &[]), &[empty(), empty(), empty()], err("Fault.Empty"), "*").await;
    let answer = |yes: bool| ("Vote", Act::Answer(yes.into()));
    bench
        .run::<Ballot>(
            plan(0, 0, Some("2024-05-06T00:00:00Z"), &["a", "b", "c"]),
            &[answer(true), answer(false), answer(true)],
            ok((2, 1, Vec::<String>::new())),
            "*",
        )
        .await;
    bench
        .run::<Ballot>(
            plan(0, 0, None, &["a", "b", "c", "d"]),
            &[answer(true), answer(true), answer(true)],
            ok((3, 0, Vec::<String>::new())),
            "*",
        )
        .await;
    bench
        .run::<Ballot>(
            plan(0, 0, None, &["a", "b"]),
            &[answer(false), answer(false)],
            ok((0, 2, Vec::<String>::new())),
            "*",
        )
        .await;
    bench.run::<AtTheTime>(plan(0, 30, Some("2024-05-06T10:00:00Z"), &[]), &[], ok("10:00:30"), "*").await;
    bench.run::<AtTheTime>(plan(0, 3_600, Some("2024-05-06T10:00:00Z"), &[]), &[], ok("10:02:00"), "*").await;
    bench.run::<AtTheTime>(plan(0, 3, None, &[]), &[], ok("never"), "*").await;
    bench.run::<Options>(plan(1, 0, None, &[]), &[], ok(111), "*").await;
    bench
        .run::<Options>(plan(3, 0, None, &[]), &[("First look", Act::Hang), ("First look", Act::Hang)], ok(301), "*")
        .await;
    let bad = Act::Fault(Fault::Bad("abcde".into()));
    bench
        .run::<Options>(
            plan(1, 0, None, &[]),
            &[("First look", bad.clone()), ("Second look", bad.clone()), ("Third look", bad)],
            ok(500),
            "*",
        )
        .await;
    bench.compare();
}
