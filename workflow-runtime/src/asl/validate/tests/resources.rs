//! What may stand as a `Resource`.

use super::*;

const MACROS: &str = include_str!("../../../../../workflow-macros/src/step/resource/services.rs");
const OURS: &str = include_str!("../services.rs");

#[test]
fn the_macros_know_the_same_services() {
    let table = |source: &str| source.split_once("pub(super) const SERVICES").map(|(_, table)| table.to_owned());
    assert!(table(OURS).is_some_and(|table| table.len() > 1_000));
    assert_eq!(table(OURS), table(MACROS));
}

fn of(called: &str) -> Vec<String> {
    let resource = format!("arn:aws:states:::{called}");
    let document = task(&json!({ "Resource": resource, "TimeoutSeconds": 9, "Arguments": "{% $states.input %}" }));
    let machine = parse(&document.to_string()).expect("it is read");
    validate(&machine)
        .iter()
        .map(|fault| {
            assert_eq!(fault.location.as_deref(), Some("/States/A/Resource"), "{fault}");
            let refused = fault.message.starts_with(&format!("The resource provided {resource} is not recognized."));
            assert_eq!(refused, fault.severity == Severity::Error, "{fault}");
            let help = fault.help.as_deref().unwrap_or_default();
            if refused { help.to_owned() } else { format!("warning: {help}") }
        })
        .collect()
}

#[test]
fn integrations_are_called_as_they_are_spelled() {
    for called in [
        "lambda:invoke",
        "lambda:invoke.waitForTaskToken",
        "sqs:sendMessage.waitForTaskToken",
        "states:startExecution.sync",
        "states:startExecution.sync:2",
        "ecs:runTask.sync",
        "glue:startJobRun.sync",
        "elasticmapreduce:addStep.sync",
        "http:invoke",
        "aws-sdk:s3:putObject",
        "aws-sdk:sfn:sendTaskSuccess",
        "aws-sdk:ecs:runTask.waitForTaskToken",
        "${Service}:run",
    ] {
        assert_eq!(of(called), [""; 0], "{called}");
    }
}

#[test]
fn what_cannot_be_called_is_refused_and_the_way_out_is_said() {
    let sdk = |called: &str| format!("through the SDK it is `arn:aws:states:::aws-sdk:{called}`");
    for (called, help) in [
        ("sqs:sendMesage", "there is `arn:aws:states:::sqs:sendMessage`".to_owned()),
        ("sqss:sendMessage", "there is the service `sqs`".to_owned()),
        ("sqs", "write service and action: `arn:aws:states:::sqs:sendMessage`".to_owned()),
        ("dynamodb:scan", sdk("dynamodb:scan")),
        ("dynamodb:PutItem", "there is `arn:aws:states:::dynamodb:putItem`".to_owned()),
        (
            "dynamodb:putItem.waitForTaskToken",
            "`dynamodb:putItem` waits for nothing: leave out `.waitForTaskToken`".to_owned(),
        ),
        ("sqs:sendMessage.sync", "`sqs:sendMessage` has `.waitForTaskToken`".to_owned()),
        ("glue:startJobRun.waitForTaskToken", "`glue:startJobRun` has `.sync`".to_owned()),
        ("glue:startJobRun.sync:2", "`glue:startJobRun` has `.sync`".to_owned()),
        (
            "states:startExecution.sync:3",
            "`states:startExecution` has `.sync`, `.sync:2`, `.waitForTaskToken`".to_owned(),
        ),
        ("lambda:invoke.waitForToken", "`lambda:invoke` has `.waitForTaskToken`".to_owned()),
        ("aws-sdk:s3", "an SDK call names service and action: `aws-sdk:dynamodb:getItem`".to_owned()),
        ("aws-sdk:s3:PutObject", "the actions of the SDK begin in lower case: `aws-sdk:s3:putObject`".to_owned()),
        ("aws-sdk:glue:startJobRun.sync", "SDK calls have no `.sync`, only `.waitForTaskToken`".to_owned()),
        // AWS gains services and actions: these may be new.
        ("newservice:act", format!("warning: {}", sdk("newservice:act"))),
        ("glue:startCrawler", format!("warning: {}", sdk("glue:startCrawler"))),
    ] {
        assert_eq!(of(called), [help], "{called}");
    }
}
