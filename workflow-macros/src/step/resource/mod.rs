//! `resource = "arn:.."`: what AWS calls in the step's place.

mod services;

use syn::LitStr;

use crate::diag::{Diagnostic, Sink, listed, similar};
use services::{Action, SERVICES, Service};

/// A text that names nothing which Step Functions can call.
const NO_RESOURCE: &str = "WF1120";
/// A service or action that is not called this way.
const UNKNOWN: &str = "WF1121";
/// A pattern that the action does not have.
const PATTERN: &str = "WF1122";

const PREFIX: &str = "arn:aws:states:::";

/// What the option says.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) literal: LitStr,
    pub(crate) kind: Kind,
}

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A Lambda function by its ARN: the payload is what it is given.
    Function,
    /// A service's action, whose parameters are the `Arguments`.
    Service(Pattern),
    /// `arn:aws:states:::http:invoke`
    Http,
}

/// How long Step Functions waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// For the service's answer.
    Request,
    /// For the end of the job.
    Job,
    /// For somebody with the token.
    Token,
}

impl Resource {
    /// Reads the text; a fault is collected at the literal.
    pub(crate) fn parse(literal: LitStr, sink: &Sink) -> Option<Self> {
        let text = literal.value();
        let kind = match text.split_once(":states:::") {
            Some((partition, rest)) if is_partition(partition) => integration(&literal, rest, sink)?,
            _ if is_function(&text) => Kind::Function,
            _ => {
                malformed(&literal, &text, sink);
                return None;
            }
        };
        Some(Self { literal, kind })
    }

    /// `.waitForTaskToken`
    pub(crate) fn waits_for_token(&self) -> bool {
        self.kind == Kind::Service(Pattern::Token)
    }

    /// A direct call of a Lambda function, whose payload has the shape that any step's has.
    pub(crate) fn is_function(&self) -> bool {
        self.kind == Kind::Function
    }
}

fn is_partition(text: &str) -> bool {
    text.strip_prefix("arn:aws").is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:ALIAS]`; parts may be substitutions: `${Region}`.
fn is_function(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let ["arn", partition, "lambda", region, account, "function", name, alias @ ..] = parts.as_slice() else {
        return false;
    };
    let plain = |part: &str| {
        let part = part.strip_prefix("${").and_then(|inner| inner.strip_suffix('}')).unwrap_or(part);
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_$".contains(c))
    };
    partition.starts_with("aws")
        && [region, account, name].into_iter().all(|part| plain(part))
        && (account.starts_with("${") || (account.len() == 12 && account.chars().all(|c| c.is_ascii_digit())))
        && alias.len() <= 1
        && alias.iter().all(|part| plain(part))
}

fn malformed(literal: &LitStr, text: &str, sink: &Sink) {
    let fault = Diagnostic::new(literal, NO_RESOURCE, format!("`{text}` is nothing that Step Functions can call"));
    if text.contains(":activity:") {
        return fault
            .help("leave `resource` out: `export --target activity` names an activity for every step")
            .emit(sink);
    }
    if text.contains(":lambda:") {
        return fault
            .help("write `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, with an account of 12 digits, and perhaps `:ALIAS`")
            .emit(sink);
    }
    fault
        .help(format!(
            "write `{PREFIX}SERVICE:ACTION`, such as `{PREFIX}sqs:sendMessage`, or a function's ARN, `arn:aws:lambda:REGION:ACCOUNT:function:NAME`"
        ))
        .emit(sink);
}

/// What follows `arn:aws:states:::`.
fn integration(literal: &LitStr, rest: &str, sink: &Sink) -> Option<Kind> {
    let (called, pattern) = match rest.split_once('.') {
        None => (rest, Pattern::Request),
        Some((called, "sync" | "sync:2")) => (called, Pattern::Job),
        Some((called, "waitForTaskToken")) => (called, Pattern::Token),
        Some((called, other)) => {
            let fault = Diagnostic::new(literal, PATTERN, format!("`.{other}` is no way of waiting"));
            match similar(other, ["sync", "sync:2", "waitForTaskToken"]) {
                Some(near) => fault.help(format!("write `{PREFIX}{called}.{near}`")),
                None => fault.help(
                    "the ways are `.sync`, `.waitForTaskToken`, and none: to go on once the service has answered",
                ),
            }
            .emit(sink);
            return None;
        }
    };
    if let Some(called) = called.strip_prefix("aws-sdk:") {
        return sdk(literal, called, pattern, sink);
    }
    let Some((service, action)) = called.split_once(':').filter(|(_, action)| !action.contains(':')) else {
        malformed(literal, &literal.value(), sink);
        return None;
    };
    let Some(service) = SERVICES.iter().find(|known| known.name == service) else {
        unknown_service(literal, service, action, sink);
        return None;
    };
    let Some(action) = service.actions.iter().find(|known| known.name == action) else {
        unknown_action(literal, service, action, sink);
        return None;
    };
    if !has(service, action, pattern, rest.ends_with(".sync:2")) {
        no_such_pattern(literal, service, action, sink);
        return None;
    }
    Some(if service.name == "http" { Kind::Http } else { Kind::Service(pattern) })
}

fn has(service: &Service, action: &Action, pattern: Pattern, second: bool) -> bool {
    match pattern {
        Pattern::Request => true,
        Pattern::Job => action.sync && (!second || service.name == "states"),
        Pattern::Token => service.token,
    }
}

/// `aws-sdk:SERVICE:ACTION`: any of the SDK's, known by its form only.
fn sdk(literal: &LitStr, called: &str, pattern: Pattern, sink: &Sink) -> Option<Kind> {
    let named = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
    let parts = called.split_once(':').filter(|(service, action)| named(service) && named(action));
    let Some((service, action)) = parts else {
        malformed(literal, &literal.value(), sink);
        return None;
    };
    if action.starts_with(|c: char| c.is_ascii_uppercase()) {
        let (first, more) = action.split_at(1);
        Diagnostic::new(literal, UNKNOWN, format!("`{service}` has no action `{action}`"))
            .help(format!("actions begin in lower case: `{PREFIX}aws-sdk:{service}:{}{more}`", first.to_lowercase()))
            .emit(sink);
        return None;
    }
    if pattern == Pattern::Job {
        Diagnostic::new(literal, PATTERN, "an `aws-sdk` integration does not wait for jobs")
            .help("leave `.sync` out, and ask for the job's status in a loop with `sleep(..)`")
            .note("only the optimized integrations of batch, ecs, glue, states and some others have `.sync`")
            .emit(sink);
        return None;
    }
    Some(Kind::Service(pattern))
}

fn unknown_service(literal: &LitStr, service: &str, action: &str, sink: &Sink) {
    let fault = Diagnostic::new(literal, UNKNOWN, format!("Step Functions has no integration `{service}` of its own"));
    match similar(service, SERVICES.iter().map(|known| known.name)) {
        Some(near) => fault.help(format!("a service with a similar name exists: `{PREFIX}{near}:..`")),
        None => fault.help(format!("every service is called through the SDK: `{PREFIX}aws-sdk:{service}:{action}`")),
    }
    .emit(sink);
}

fn unknown_action(literal: &LitStr, service: &Service, action: &str, sink: &Sink) {
    let name = service.name;
    let known = || service.actions.iter().map(|known| known.name);
    let fault = Diagnostic::new(literal, UNKNOWN, format!("the integration `{name}` has no action `{action}`"));
    match similar(action, known()) {
        Some(near) => fault.help(format!("an action with a similar name exists: `{PREFIX}{name}:{near}`")),
        None => fault.help(format!(
            "it has {}; any other is called through the SDK: `{PREFIX}aws-sdk:{name}:{action}`",
            listed(known())
        )),
    }
    .emit(sink);
}

fn no_such_pattern(literal: &LitStr, service: &Service, action: &Action, sink: &Sink) {
    let (name, called) = (service.name, action.name);
    let mut ways = vec![format!("{name}:{called}")];
    if action.sync {
        ways.push(format!("{name}:{called}.{}", if name == "states" { "sync:2" } else { "sync" }));
    }
    if service.token {
        ways.push(format!("{name}:{called}.waitForTaskToken"));
    }
    let text = literal.value();
    let suffix = text.split_once('.').map_or("", |(_, suffix)| suffix);
    Diagnostic::new(literal, PATTERN, format!("`{name}:{called}` has no `.{suffix}`"))
        .help(format!("after `{PREFIX}` it takes {}", listed(ways.iter().map(String::as_str))))
        .emit(sink);
}
