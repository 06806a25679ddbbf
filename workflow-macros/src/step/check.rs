//! Rules that need the options and the signature together.

use quote::ToTokens;
use syn::Signature;

use super::duration;
use super::options::Options;
use super::resource::Kind as Called;
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
/// `resource` and the signature disagree on who answers.
const ANSWER: &str = "WF1123";
/// A service's action takes its parameters as one struct.
const ARGUMENTS: &str = "WF1124";
/// `name` beside `resource`.
const NAMELESS: &str = "WF1125";
/// An HTTP task that would wait longer than Step Functions does.
const HTTP_TIMEOUT: &str = "WF1126";
/// The longest that Step Functions waits for an HTTP endpoint, in seconds.
const HTTP_SECONDS: u64 = 60;

/// A step that says nothing of its timeout has this one.
pub(crate) const DEFAULT_TIMEOUT: u64 = 60;

/// Everything that the options and the signature must agree on.
pub(crate) fn check(options: &Options, step: &Step, signature: &Signature, sink: &Sink) {
    heartbeat(options, sink);
    if options.says_resource {
        external(options, step, signature, sink);
    } else {
        callback(options, step, signature, sink);
    }
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

/// A step that AWS calls as an integration.
fn external(options: &Options, step: &Step, signature: &Signature, sink: &Sink) {
    if let Some(name) = &options.name_option {
        Diagnostic::new(name, NAMELESS, "`name` means nothing beside `resource`")
            .help("leave it out; a state is named by `#[state = \"..\"]` at the call")
            .note("`name` names the function behind a step, and here AWS calls the resource")
            .emit(sink);
    }
    two_tokens(step, signature, sink);
    let Some(resource) = &options.resource else { return };
    if resource.waits_for_token() {
        no_callback(step, signature, ANSWER, sink);
    } else {
        immediate(options, step, signature, sink);
    }
    let mut payload = step.of(Kind::Payload).skip(1);
    if let Some(second) = payload.next().filter(|_| !resource.is_function()) {
        Diagnostic::new(&second.ident, ARGUMENTS, format!("step `{}` has more than one parameter", signature.ident))
            .help("take the integration's parameters as one struct: `message: sqs::SendMessage`")
            .note("its fields become the `Arguments` that the service is called with")
            .emit(sink);
    }
    if let (Called::Http, Some(timeout)) = (resource.kind, &options.timeout)
        && timeout.seconds > HTTP_SECONDS
    {
        Diagnostic::new(&timeout.literal, HTTP_TIMEOUT, "an HTTP task ends after 60 seconds")
            .help("write at most `timeout = \"60s\"`")
            .note("Step Functions gives up on the endpoint by itself; for longer work call a function or wait for a token")
            .emit(sink);
    }
}

/// What only a task that waits for its token has.
fn immediate(options: &Options, step: &Step, signature: &Signature, sink: &Sink) {
    let name = &signature.ident;
    let Some(resource) = &options.resource else { return };
    let text = resource.literal.value();
    let token = step.of(Kind::Token).next().map(|param| param.ty.to_token_stream());
    let callback = step.returns.callback.as_ref().map(ToTokens::to_token_stream);
    let Some(waits) = options.callback.clone().or(token).or(callback) else { return };
    let called = text.split_once('.').map_or(text.as_str(), |(called, _)| called);
    let fault =
        Diagnostic::new(&waits, ANSWER, format!("step `{name}` waits for an answer, but its resource does not"));
    if resource.is_function() {
        fault.help("call the function with `resource = \"arn:aws:states:::lambda:invoke.waitForTaskToken\"`")
    } else {
        fault.help(format!(
            "write `resource = \"{called}.waitForTaskToken\"`, or leave `{}` out",
            crate::hygiene::shown(&waits)
        ))
    }
    .emit(sink);
}

fn two_tokens(step: &Step, signature: &Signature, sink: &Sink) {
    if let Some(second) = step.of(Kind::Token).nth(1) {
        Diagnostic::new(&second.ty, "WF1111", format!("step `{}` takes two task tokens", signature.ident))
            .help("an attempt has one: keep one parameter")
            .emit(sink);
    }
}

fn no_callback(step: &Step, signature: &Signature, code: &'static str, sink: &Sink) {
    if step.broken || step.returns.callback.is_some() {
        return;
    }
    let name = &signature.ident;
    let at = match &signature.output {
        syn::ReturnType::Default => name.to_token_stream(),
        syn::ReturnType::Type(_, ty) => ty.to_token_stream(),
    };
    Diagnostic::new(&at, code, format!("callback step `{name}` does not return `Callback`"))
        .help("return `Result<Callback<T>, E>`, where `T` is the answer, and end with `Ok(Callback::pending())`")
        .note("the function only hands out the token; the answer comes from somebody else, and has a type of its own")
        .emit(sink);
}

fn callback(options: &Options, step: &Step, signature: &Signature, sink: &Sink) {
    let name = &signature.ident;
    let token = step.of(Kind::Token).next();
    two_tokens(step, signature, sink);
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
        (Some(_), None) => no_callback(step, signature, RESULT, sink),
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
