// The service or action has no integration of that name.
use workflow_runtime::prelude::*;

#[derive(Serialize, Deserialize, Payload)]
#[serde(rename_all = "PascalCase")]
pub struct Parameters {
    pub name: String,
}

#[step(resource = "arn:aws:states:::sqs:sendMesage")]
pub async fn typing_error(parameters: Parameters) {
    drop(parameters);
}

#[step(resource = "arn:aws:states:::dynamodb:scan")]
pub async fn only_in_the_sdk(parameters: Parameters) {
    drop(parameters);
}

#[step(resource = "arn:aws:states:::ssm:putParameter")]
pub async fn no_integration(parameters: Parameters) {
    drop(parameters);
}

#[step(resource = "arn:aws:states:::aws-sdk:ssm:PutParameter")]
pub async fn upper_case(parameters: Parameters) {
    drop(parameters);
}

fn main() {}
