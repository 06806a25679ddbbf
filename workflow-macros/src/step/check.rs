//! Rules that need the options and the signature together.

use quote::ToTokens;
use syn::Signature;

use super::duration;
use super::options::Options;
use super::retry::{On, Retry, Selector};
use super::signature::{Kind, Step};
use crate::diag::{Diagnostic, Sink};

const HEARTBEAT: &str = "WF1103";
const NO_TOKEN: &str = "WF1104";
const NO_CALLBACK: &str = "WF1105";
const RESULT: &str = "WF1106";
const NEVER: &str = "WF1107";
const ALL: &str = "WF1113";
const TWICE: &str = "WF1114";

/// A step that says nothing of its timeout has this one.
pub(crate) const DEFAULT_TIMEOUT: u64 = 60;

/// Everything that the options and the signature must agree on.
pub(crate) fn check(options: &Options, step: &Step, signature: &Signature, sink: &Sink) {
    heartbeat(options, sink);
    callback(options, step, signature, sink);
    let declares = (!step.broken).then(|| step.returns.error.is_some());
    retries(&options.retries, declares, Some(options.heartbeat.is_some()), sink);
}

fn heartbeat(options: &Options, sink: &Sink) {
    let Some(heartbeat) = &options.heartbeat else { return };
    if options.says_timeout && options.timeout.is_none() {
        return;
    }
    let timeout = options.timeout.as_ref().map_or(DEFAULT_TIMEOUT, |timeout| timeout.seconds);
    if heartbeat.seconds < timeout {
        return;
    }
    let default = if options.timeout.is_none() { ", the default" } else { "" };
    let (beat, limit) = (duration::written(heartbeat.seconds), duration::written(timeout));
    Diagnostic::new(
        &heartbeat.literal,
        HEARTBEAT,
        format!("heartbeat `{beat}` is not shorter than the timeout `{limit}`{default}"),
    )
    .help("make the heartbeat shorter or the timeout longer")
    .note("the timeout would always come first")
    .emit(sink);
}

fn callback(options: &Options, step: &Step, signature: &Signature, sink: &Sink) {
    let name = &signature.ident;
    let mut tokens = step.of(Kind::Token);
    let token = tokens.next();
    if let Some(second) = tokens.next() {
        Diagnostic::new(&second.ty, "WF1111", format!("step `{name}` takes two task tokens"))
            .help("an attempt has one: keep one parameter")
            .emit(sink);
    }
    match (&options.callback, token) {
        (Some(option), None) => {
            Diagnostic::new(option, NO_TOKEN, format!("callback step `{name}` takes no `TaskToken`"))
                .help(format!("add a parameter: `async fn {name}(token: TaskToken, ..)`"))
                .note("without the token nobody could answer, and the execution would wait until its timeout")
                .emit(sink);
        }
        (None, Some(param)) => Diagnostic::new(
            &param.ty,
            NO_CALLBACK,
            format!("step `{name}` takes a `TaskToken` but is no callback step"),
        )
        .help("write `#[step(callback, ..)]`, or leave the parameter out")
        .note("only a step that waits for an answer has a token")
        .emit(sink),
        _ => {}
    }
    match (&options.callback, &step.returns.callback) {
        (None, Some(written)) => {
            Diagnostic::new(written, RESULT, format!("step `{name}` returns `Callback` but is no callback step"))
                .help("write `#[step(callback, ..)]`")
                .emit(sink);
        }
        (Some(_), None) if !step.broken => {
            let at = match &signature.output {
                syn::ReturnType::Default => name.to_token_stream(),
                syn::ReturnType::Type(_, ty) => ty.to_token_stream(),
            };
            Diagnostic::new(&at, RESULT, format!("callback step `{name}` does not return `Callback`"))
                .help("return `Result<Callback<T>, E>`, where `T` is the answer, and end with `Ok(Callback::pending())`")
                .note("the function only hands out the token; the answer comes from somebody else, and has a type of its own")
                .emit(sink);
        }
        _ => {}
    }
}

/// What holds among a step's or a call's retriers. `declares`: whether the step declares errors, where that is known;
/// `heartbeat`: whether it has one.
pub(crate) fn retries(retries: &[Retry], declares: Option<bool>, heartbeat: Option<bool>, sink: &Sink) {
    let mut earlier: Vec<(usize, &On)> = Vec::new();
    for (index, retry) in retries.iter().enumerate() {
        for on in &retry.on {
            all(on, retry, index + 1 == retries.len(), sink);
            if let Some(reason) = never(on, declares, heartbeat) {
                never_matches(on, &reason.0, &reason.1, sink);
            } else if earlier.iter().any(|(_, other)| other.selector.key() == on.selector.key()) {
                Diagnostic::new(&on.tokens, TWICE, format!("`{}` stands in `retry` twice", shown(on)))
                    .help("keep one; the first that matches decides")
                    .emit(sink);
            } else if let Some((_, taker)) =
                earlier.iter().find(|(at, other)| *at < index && takes(&other.selector, &on.selector))
            {
                never_matches(
                    on,
                    &format!("an earlier retry takes it with `{}`", shown(taker)),
                    "move this retry before that one",
                    sink,
                );
            }
            earlier.push((index, on));
        }
    }
}

fn shown(on: &On) -> String {
    crate::hygiene::shown(&on.tokens)
}

fn never_matches(on: &On, why: &str, help: &str, sink: &Sink) {
    Diagnostic::new(&on.tokens, NEVER, format!("a retry on `{}` can never match: {why}", shown(on)))
        .help(help)
        .emit(sink);
}

fn all(on: &On, retry: &Retry, last: bool, sink: &Sink) {
    if !matches!(on.selector, Selector::All) || (retry.on.len() == 1 && last) {
        return;
    }
    let what = if retry.on.len() > 1 { "is not alone in its `on`" } else { "is not in the last `retry`" };
    Diagnostic::new(&on.tokens, ALL, format!("`All` {what}"))
        .help("write `retry(on(All), ..)` after every other retry")
        .note("Step Functions takes `States.ALL` only alone and last")
        .emit(sink);
}

fn never(on: &On, declares: Option<bool>, heartbeat: Option<bool>) -> Option<(String, String)> {
    let reason = |why: &str, help: &str| Some((why.to_owned(), help.to_owned()));
    match &on.selector {
        Selector::Variant(..) | Selector::Failed if declares == Some(false) => {
            reason("the step returns no `Result`", "return `Result<T, E>`, or retry on `TimedOut` or `All`")
        }
        Selector::HeartbeatTimedOut if heartbeat == Some(false) => {
            reason("the step has no heartbeat", "add `heartbeat = \"..\"`, or leave this out")
        }
        Selector::Name(name) => match name.as_str() {
            "" => reason("no error has an empty name", "leave this out"),
            "States.Runtime" | "States.DataLimitExceeded" => {
                reason("Step Functions never retries it", "leave this out")
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whether an error that `taken` matches never gets past `taker`.
fn takes(earlier: &Selector, later: &Selector) -> bool {
    let task_failed = matches!(earlier, Selector::Name(name) if name == "States.TaskFailed");
    match later {
        Selector::Variant(..) => matches!(earlier, Selector::Failed) || task_failed,
        Selector::Failed | Selector::Name(_) => task_failed,
        Selector::HeartbeatTimedOut => matches!(earlier, Selector::TimedOut),
        Selector::TimedOut | Selector::All => false,
    }
}
