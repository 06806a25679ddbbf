//! Whether a Task's `Resource` names something that can be called, and in a way that it has.

use super::services::{SERVICES, Service};
use crate::asl::read::similar;
use crate::asl::violation::{Location, Violation};

/// Services that have these actions and no other; others gain one now and then, so that an unknown one may be a new one.
const CLOSED: &[&str] = &["apigateway", "dynamodb", "events", "http", "lambda", "sns", "sqs", "states"];
const TOKEN: &str = "waitForTaskToken";

pub(super) fn check(resource: &str, at: &Location, faults: &mut Vec<Violation>) {
    if !is_arn(resource) {
        faults.push(
            Violation::schema(at, "Value is not a valid resource ARN")
                .with_help("write an ARN, or a substitution such as `${ShipOrderFunctionArn}`"),
        );
        return;
    }
    let Some((start, called)) = resource.split_once(":states:::") else { return };
    if called.contains("${") {
        return;
    }
    let name = |called: &str| format!("{start}:states:::{called}");
    if let Some((may_be, help)) = fault(called, name) {
        faults.push(match may_be {
            // What AWS has gained since is no mistake.
            MayBe::New => {
                Violation::warning(at, format!("The integration '{called}' is not known here")).with_help(help)
            }
            MayBe::Nothing => Violation::schema(at, unrecognized(resource)).with_help(help),
        });
    }
}

fn unrecognized(resource: &str) -> String {
    format!(
        "The resource provided {resource} is not recognized. The value is not a valid resource ARN, or the resource is not \
         available in this region."
    )
}

#[derive(Clone, Copy)]
enum MayBe {
    New,
    Nothing,
}

/// What is wrong with `service:action.pattern`, and what to write instead.
fn fault(called: &str, name: impl Fn(&str) -> String) -> Option<(MayBe, String)> {
    let (called, pattern) = called.split_once('.').map_or((called, None), |(called, pattern)| (called, Some(pattern)));
    if let Some(sdk) = called.strip_prefix("aws-sdk:") {
        return sdk_fault(sdk, pattern).map(|help| (MayBe::Nothing, help));
    }
    let Some((service, action)) = called.split_once(':') else {
        return Some((MayBe::Nothing, format!("write service and action: `{}`", name("sqs:sendMessage"))));
    };
    let Some(known) = SERVICES.iter().find(|known| known.name == service) else {
        return Some(match similar(service, SERVICES.iter().map(|known| known.name)) {
            Some(meant) => (MayBe::Nothing, format!("there is the service `{meant}`")),
            None => (MayBe::New, format!("through the SDK it is `{}`", name(&format!("aws-sdk:{called}")))),
        });
    };
    let Some(found) = known.actions.iter().find(|known| known.name == action) else {
        if let Some(meant) = similar(action, known.actions.iter().map(|known| known.name)) {
            return Some((MayBe::Nothing, format!("there is `{}`", name(&format!("{service}:{meant}")))));
        }
        let is_closed = CLOSED.contains(&service) || !starts_small(action);
        let help = format!("through the SDK it is `{}`", name(&format!("aws-sdk:{called}")));
        return Some((if is_closed { MayBe::Nothing } else { MayBe::New }, help));
    };
    pattern_fault(known, action, found.sync, pattern?).map(|help| (MayBe::Nothing, help))
}

fn pattern_fault(service: &Service, action: &str, is_job: bool, pattern: &str) -> Option<String> {
    let called = format!("{}:{action}", service.name);
    let mut known = Vec::new();
    if is_job {
        known.push("sync");
    }
    if is_job && service.name == "states" {
        known.push("sync:2");
    }
    if service.token {
        known.push(TOKEN);
    }
    if known.contains(&pattern) {
        return None;
    }
    Some(match &known[..] {
        [] => format!("`{called}` waits for nothing: leave out `.{pattern}`"),
        known => {
            let ways: Vec<String> = known.iter().map(|known| format!("`.{known}`")).collect();
            format!("`{called}` has {}", ways.join(", "))
        }
    })
}

fn sdk_fault(called: &str, pattern: Option<&str>) -> Option<String> {
    let parts: Vec<&str> = called.split(':').collect();
    let [service, action] = parts[..] else {
        return Some("an SDK call names service and action: `aws-sdk:dynamodb:getItem`".to_owned());
    };
    if service.is_empty() || action.is_empty() || !starts_small(action) {
        let mut letters = action.chars();
        let small: String = letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
        return Some(format!("the actions of the SDK begin in lower case: `aws-sdk:{service}:{small}`"));
    }
    match pattern {
        None | Some(TOKEN) => None,
        Some(pattern) => Some(format!("SDK calls have no `.{pattern}`, only `.{TOKEN}`")),
    }
}

fn starts_small(action: &str) -> bool {
    action.starts_with(|first: char| first.is_ascii_lowercase())
}

/// `arn:PARTITION:SERVICE:..`, in which substitutions may stand, or one substitution for the whole.
fn is_arn(text: &str) -> bool {
    if text.contains("{%") || text.contains(char::is_whitespace) {
        return false;
    }
    let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    if let Some(name) = whole.filter(|name| !name.contains(['$', '{', '}'])) {
        // `${Ship.Arn}` and `${module.ship.arn}` are filled in by CloudFormation and Terraform.
        return !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.:-".contains(c));
    }
    text.starts_with("arn:") && text.split(':').count() >= 6
}
