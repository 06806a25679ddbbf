//! Escape hatches, integrations, other workflows: within other constructs.
use std::collections::BTreeMap;

use serde_json::json;
use workflow_runtime::integrations::{dynamodb, events, lambda, sns, sqs};
use workflow_runtime::prelude::*;

use crate::harness::{Act, Bench, Script, err, ok};
use crate::kit::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub total_sum: i64,
    pub names: Vec<String>,
    pub best: Option<Part>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Part {
    pub name: String,
    #[serde(rename = "qty")]
    pub quantity: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Job {
    pub id: String,
    pub parts: Vec<Part>,
    pub depth: i64,
}

impl Job {
    fn sample(depth: i64) -> Self {
        let part = |name: &str, quantity| Part { name: name.into(), quantity };
        Self { id: "j-1".into(), parts: vec![part("a", 3), part("b", 7), part("c", 1)], depth }
    }
}

workflow!(
    // JSONata with results of all kinds, in all places.
    pub async fn texts_by_hand(job: Job) -> Result<Summary> {
        let summary: Summary = jsonata!(
            "{'totalSum': $sum($parts.qty), 'names': $parts.name[], 'best': $parts[qty > $least][0]}",
            parts = job.parts,
            least = job.depth
        );
        let names = jsonata!(Vec<String>: "$parts[qty > $n].name", parts = job.parts, n = job.depth);
        let maybe: Option<String> = jsonata!("$parts[qty > $n][0].name", parts = job.parts, n = job.depth);
        let mut rounds = jsonata!(i64: "$n * 2 - $n", n = job.depth);
        while jsonata!(bool: "$rounds < 3 and $not($name = 'z')", rounds, name = job.id) {
            rounds = inc_a(rounds).await?;
        }
        let grouped = try_map(job.parts, async |part| {
            let text = tag_a(jsonata!(String: "$uppercase($p.name) & $string($r)", p = part, r = rounds)).await?;
            Ok(text)
        })
        .await?;
        match maybe {
            Some(name) if names.len() > 1 => Ok(Summary { names: grouped, ..summary }),
            Some(name) => Ok(Summary { total_sum: rounds, names: vec![name], best: None }),
            None => Ok(summary),
        }
    }
);

workflow!(
    pub async fn states_by_hand(job: Job) -> Result<i64> {
        let mut sum = 0;
        for part in job.parts {
            let doubled: i64 = raw_state!({
                "Type": "Pass",
                "Comment": "by hand",
                "Output": "{% $p.qty * 2 + $base %}"
            }, p = part, base = sum)
            .await?;
            sum += doubled;
            if sum > 15 {
                raw_state!({ "Type": "Wait", "Seconds": "{% $n %}" }, n = sum - 15).await?;
                break;
            }
        }
        let both = raw_state!(Vec<i64>: {
            "Type": "Parallel",
            "Branches": [
                { "StartAt": "One", "States": { "One": { "Type": "Pass", "Output": "{% $n + 1 %}", "End": true } } },
                { "StartAt": "Two", "States": {
                    "Two": { "Type": "Choice", "Choices": [{ "Condition": "{% $n > 10 %}", "Next": "Big" }], "Default": "Small" },
                    "Big": { "Type": "Succeed", "Output": "{% $n * 10 %}" },
                    "Small": { "Type": "Fail", "Error": "Too.Small", "Cause": "{% 'only ' & $n %}" }
                } }
            ]
        }, n = sum).await;
        match both {
            Ok(list) => Ok(list[0] + list[1]),
            Err(Other(output)) => {
                note_a(output.error.unwrap_or("?".to_string())).await?;
                Ok(-sum)
            }
            Err(failure) => Err(failure.into()),
        }
    }
);

#[step(resource = "arn:aws:states:::sns:publish")]
pub async fn publish(message: sns::Publish) -> sns::PublishResult {
    sns::PublishResult { message_id: format!("m{}", message.message.to_string().len()), ..Default::default() }
}

#[step(resource = "arn:aws:states:::aws-sdk:ssm:getParameter")]
pub async fn parameter(request: GetParameter) -> Result<ParameterResult, SsmError> {
    if request.name == "none" {
        return Err(SsmError::Missing);
    }
    Ok(ParameterResult { parameter: ParameterValue { value: format!("v-{}", request.name), version: 3 } })
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "PascalCase")]
pub struct GetParameter {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with_decryption: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "PascalCase")]
pub struct ParameterResult {
    pub parameter: ParameterValue,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "PascalCase")]
pub struct ParameterValue {
    pub value: String,
    pub version: i64,
}

#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum SsmError {
    #[error("no such parameter")]
    #[step_error(name = "Ssm.ParameterNotFoundException")]
    Missing,
}

#[step(resource = "arn:aws:states:::ecs:runTask.sync", timeout = "1h")]
pub async fn run_task(request: RunTask) -> TaskEnd {
    TaskEnd { stopped_reason: format!("{} done", request.task_definition) }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "PascalCase")]
pub struct RunTask {
    pub cluster: String,
    pub task_definition: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "PascalCase")]
pub struct TaskEnd {
    pub stopped_reason: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Verdict {
    pub fine: bool,
    pub notes: Vec<String>,
}

#[step(resource = "arn:aws:states:::lambda:invoke.waitForTaskToken", timeout = "2h", heartbeat = "10m")]
pub(crate) async fn judge(
    script: Data<Script>,
    context: StepContext,
    token: TaskToken,
    request: lambda::Invoke,
) -> Result<Callback<Verdict>, crate::world::Fault> {
    drop(request);
    script.park(&context, token);
    Ok(Callback::pending())
}

#[step(resource = "arn:aws:lambda:eu-west-1:123456789012:function:legacy-price:PROD")]
pub async fn legacy_price(part: Part) -> Result<i64, Snag> {
    if part.quantity == 13 { Err(Snag::Unlucky(13)) } else { Ok(part.quantity * 5) }
}

workflow!(
    pub async fn outside(job: Job) -> Result<String> {
        let mut ids = Vec::new();
        let value =
            match parameter(GetParameter { name: job.id.clone(), with_decryption: (job.depth > 1).then_some(true) })
                .await
            {
                Ok(result) => result.parameter.value,
                Err(Failed(SsmError::Missing)) => "default".to_string(),
                Err(failure) => return Err(failure.into()),
            };
        let prices = try_map(job.parts.clone(), async |part| legacy_price(part).await).await?;
        for (part, cents) in job.parts.iter().zip(prices.iter()) {
            if *cents < 10 {
                continue;
            }
            let sent = publish(sns::Publish {
                topic_arn: Some("arn:aws:sns:eu-west-1:123456789012:parts".to_string()),
                message: json!({ "part": part.name, "cents": cents, "tags": ["x", value], "deep": { "n": job.depth + 1, "none": null } }),
                ..Default::default()
            }).await?;
            ids.push(sent.message_id);
        }
        let (end, verdict) = try_join!(
            run_task(RunTask { cluster: "c".to_string(), task_definition: format!("t-{}", job.depth) }),
            async {
                let verdict = judge(lambda::Invoke {
                    function_name: "judge".to_string(),
                    payload: json!({ "token": task_token(), "ids": ids, "value": value }),
                    ..Default::default()
                })
                .await?;
                if !verdict.fine {
                    return Err(Snag::Nothing.into());
                }
                Ok(verdict.notes)
            }
        )?;
        Ok(format!("{} {} {}", end.stopped_reason, verdict.join("+"), ids.join(",")))
    }
);

workflow!(
    #[workflow(error = Snag)]
    pub async fn inner_most(job: Job) -> Result<i64> {
        if job.depth == 3 {
            return Err(Snag::TooFar { at: job.depth, why: job.id }.into());
        }
        let n = inc_a(job.depth).await?;
        Ok(n)
    }
);

workflow!(
    pub async fn middle(job: Job) -> Result<Summary> {
        #[state = "Inner"]
        let n = inner_most(Job { depth: job.depth + 1, ..job.clone() }).await?;
        Ok(Summary {
            total_sum: n,
            names: job.parts.iter().map(|part| part.name.clone()).collect(),
            best: job.parts.last().cloned(),
        })
    }
);

workflow!(
    pub async fn outer_flow(job: Job) -> Result<String> {
        let mut text = String::new();
        for depth in 0..4 {
            let found = match inner_most(Job { depth, ..job.clone() }).await {
                Ok(n) if n > 2 => format!("big {n}"),
                Ok(n) => n.to_string(),
                Err(Failed(Snag::TooFar { at, .. })) if at > 90 => "never".to_string(),
                Err(Failed(Snag::TooFar { at, why })) => format!("{why}@{at}"),
                Err(Failed(Snag::Unlucky(_) | Snag::Nothing)) | Err(TimedOut) => break,
                Err(failure) => return Err(failure.into()),
            };
            text.push_str(&found);
        }
        let (a, b) = try_join!(middle(Job { depth: 0, ..job.clone() }), async {
            #[state = "Again"]
            let again = match middle(Job { depth: job.depth, ..job.clone() }).await {
                Ok(summary) => summary.names.join(""),
                Err(Failed(failure)) => failure.error(),
                Err(failure) => return Err(failure.into()),
            };
            Ok(again)
        })?;
        let arns = try_map(vec![1, 2], async |k| {
            #[state = "Spawned"]
            let arn = spawn(middle(Job { depth: k, ..job.clone() })).await?;
            Ok(arn.len() > 10)
        })
        .await?;
        Ok(format!("{text} {} {b} {}", a.total_sum, arns.iter().all(|ok| *ok)))
    }
);

#[tokio::test(start_paused = true)]
async fn cuts() {
    let mut bench = Bench::default();
    for depth in [0, 2, 5, 9] {
        let best = [Some(("a", 3)), Some(("a", 3)), Some(("b", 7)), None]
            [[0, 2, 5, 9].iter().position(|d| *d == depth).unwrap()];
        let best = best.map(|(name, quantity)| Part { name: name.into(), quantity });
        let all = Summary { total_sum: 11, names: vec!["a".into(), "b".into(), "c".into()], best };
        let end = match depth {
            0 => Summary { names: vec!["<A3>".into(), "<B3>".into(), "<C3>".into()], ..all },
            2 => Summary { names: vec!["<A3>".into(), "<B3>".into(), "<C3>".into()], ..all },
            5 => Summary { total_sum: 5, names: vec!["b".into()], best: None },
            _ => all,
        };
        let mut end = serde_json::to_value(end).expect("JSON");
        // JSONata of one's own leaves out what it does not find; as a `Summary` it reads the same.
        if depth == 9 {
            end.as_object_mut().expect("an object").remove("best");
        }
        bench.run::<TextsByHand>(Job::sample(depth), &[], ok(end), "*").await;
    }
    bench.run::<StatesByHand>(Job::sample(0), &[], ok(287), "*").await;
    bench
        .run::<StatesByHand>(
            Job { parts: vec![Part { name: "x".into(), quantity: 2 }], ..Job::sample(0) },
            &[],
            ok(-4),
            "*",
        )
        .await;
    bench.run::<StatesByHand>(Job { parts: vec![], ..Job::sample(0) }, &[], ok(0), "*").await;
    let verdict = |fine: bool| Act::Answer(json!({ "fine": fine, "notes": ["n1", "n2"] }));
    for job in [Job::sample(1), Job { id: "none".into(), ..Job::sample(2) }] {
        bench
            .run::<Outside>(
                &job,
                &[("Judge", verdict(true))],
                ok(format!("t-{} done n1+n2 {}", job.depth, if job.id == "none" { "m73,m73" } else { "m71,m71" })),
                "*",
            )
            .await;
        bench.run::<Outside>(&job, &[("Judge", verdict(false))], err("Snag.Nothing"), "*").await;
        bench.run::<Outside>(&job, &[("Judge", Act::Fault(crate::world::Fault::Empty))], err("Fault.Empty"), "*").await;
    }
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn workflows_within_workflows() {
    let mut bench = Bench::default();
    bench.run::<OuterFlow>(Job::sample(1), &[], ok("12big 3j-1@3 2 abc true"), "*").await;
    bench.run::<OuterFlow>(Job::sample(2), &[], ok("12big 3j-1@3 2 Snag.TooFar true"), "*").await;
    bench.compare();
}
