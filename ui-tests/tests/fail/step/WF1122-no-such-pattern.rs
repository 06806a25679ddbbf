// Not every integration waits for jobs or tokens.
use workflow_runtime::prelude::*;

#[derive(Serialize, Deserialize, Payload)]
#[serde(rename_all = "PascalCase")]
pub struct Parameters {
    pub name: String,
}

#[step(resource = "arn:aws:states:::sqs:sendMessage.sync")]
pub async fn no_job(parameters: Parameters) {
    drop(parameters);
}

#[step(resource = "arn:aws:states:::glue:startJobRun.waitForTaskToken")]
pub async fn no_token(parameters: Parameters) -> Callback<u64> {
    drop(parameters);
    Callback::pending()
}

#[step(resource = "arn:aws:states:::ecs:runTask.sync:2")]
pub async fn only_of_executions(parameters: Parameters) {
    drop(parameters);
}

#[step(resource = "arn:aws:states:::sns:publish.waitForToken")]
pub async fn typing_error(parameters: Parameters) {
    drop(parameters);
}

#[step(resource = "arn:aws:states:::aws-sdk:glue:startJobRun.sync")]
pub async fn sdk(parameters: Parameters) {
    drop(parameters);
}

fn main() {}
