//! The process that is killed: a runtime on the store, told what to do by lines on its standard input.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use workflow_runtime::control::{Request, Response};
use workflow_runtime::runtime::Runtime;
use workflow_runtime::step::TaskToken;
use workflow_runtime::store::SledStore;

use crate::flows::{Job, QuickFlow, SoakFlow};

/// A line to the parent; whole lines only.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Runs until it is killed or its input ends.
pub(crate) fn main(store: PathBuf, retention: Duration) -> ExitCode {
    let tokio = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(tokio) => tokio,
        Err(error) => return failed(&error.to_string()),
    };
    tokio.block_on(async {
        let store = match tokio::task::spawn_blocking(move || SledStore::open(store)).await {
            Ok(Ok(store)) => store,
            Ok(Err(error)) => return failed(&error.to_string()),
            Err(error) => return failed(&error.to_string()),
        };
        let builder = Runtime::builder().store(store).retention(retention);
        match builder.register::<SoakFlow>().register::<QuickFlow>().start().await {
            Ok(runtime) => serve(runtime).await,
            Err(error) => failed(&error.to_string()),
        }
    })
}

fn failed(why: &str) -> ExitCode {
    say(&format!("broken {why}"));
    ExitCode::FAILURE
}

async fn serve(runtime: Runtime) -> ExitCode {
    say("ready");
    let (lines, mut asked) = tokio::sync::mpsc::unbounded_channel::<String>();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if lines.send(line).is_err() {
                return;
            }
        }
    });
    while let Some(line) = asked.recv().await {
        let runtime = runtime.clone();
        tokio::spawn(async move { say(&obey(&runtime, &line).await) });
    }
    runtime.shutdown().await;
    ExitCode::SUCCESS
}

async fn obey(runtime: &Runtime, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["start", name, kind, amount] => {
            let job = Job { kind: kind.to_owned(), amount: amount.parse().unwrap_or(0) };
            match runtime.start::<SoakFlow>(name, job).await {
                Ok(_) => format!("started {name}"),
                Err(error) if error.name == "ExecutionAlreadyExists" => format!("started {name}"),
                Err(error) => format!("refused {name} {}", error.message),
            }
        }
        ["result", name] => result(runtime, name).await,
        ["find", name] => match runtime.execution::<SoakFlow>(name).await {
            Ok(_) => format!("found {name}"),
            Err(error) => format!("lost {name} {}", error.message),
        },
        ["quick", name, amount] => {
            let amount: u32 = amount.parse().unwrap_or(0);
            match runtime.start_sync::<QuickFlow>(amount).await {
                Ok(doubled) if doubled == amount * 2 => format!("quick {name}"),
                other => format!("wrong {name} {other:?}"),
            }
        }
        ["answer", name, token, amount] => {
            let answer: u32 = amount.parse().unwrap_or(0);
            match runtime.send_task_success(&TaskToken::new(token), &answer).await {
                Ok(()) => format!("answered {name}"),
                Err(error) => format!("unanswered {name} {}", error.name),
            }
        }
        ["list"] => match runtime.handle(Request::List { workflow: None, status: None, limit: 100_000 }).await {
            Response::Executions(list) => format!("listed {}", list.len()),
            other => format!("broken {other:?}"),
        },
        _ => format!("broken what is `{line}`?"),
    }
}

async fn result(runtime: &Runtime, name: &str) -> String {
    let execution = match runtime.execution::<SoakFlow>(name).await {
        Ok(execution) => execution,
        Err(error) => return format!("lost {name} {}", error.message),
    };
    match execution.result().await {
        Ok(output) => format!("ended {name} {output}"),
        Err(error) if error.status().is_some() => format!("ended {name} failed"),
        Err(error) => format!("later {name} {error}"),
    }
}
