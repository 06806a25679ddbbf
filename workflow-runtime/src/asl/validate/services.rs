//! What Step Functions calls directly: its optimized integrations, their actions and the patterns that each has.
//!
//! The same table as the macros have for steps: a test sees to it.

/// A service that is called as `arn:aws:states:::service:action`.
pub(super) struct Service {
    pub(super) name: &'static str,
    /// `.waitForTaskToken`
    pub(super) token: bool,
    pub(super) actions: &'static [Action],
}

/// An action, and whether `.sync` waits for what it has begun.
pub(super) struct Action {
    pub(super) name: &'static str,
    pub(super) sync: bool,
}

const fn once(name: &'static str) -> Action {
    Action { name, sync: false }
}

const fn job(name: &'static str) -> Action {
    Action { name, sync: true }
}

const fn service(name: &'static str, token: bool, actions: &'static [Action]) -> Service {
    Service { name, token, actions }
}

/// All of them; whatever is not here is called through `aws-sdk:`.
pub(super) const SERVICES: [Service; 21] = [
    service("apigateway", true, &[once("invoke")]),
    service(
        "athena",
        false,
        &[job("startQueryExecution"), once("stopQueryExecution"), once("getQueryExecution"), once("getQueryResults")],
    ),
    service("batch", false, &[job("submitJob")]),
    service("bedrock", true, &[once("invokeModel"), job("createModelCustomizationJob")]),
    service(
        "codebuild",
        false,
        &[
            job("startBuild"),
            once("stopBuild"),
            once("batchDeleteBuilds"),
            once("batchGetReports"),
            job("startBuildBatch"),
            once("stopBuildBatch"),
            job("retryBuildBatch"),
            once("deleteBuildBatch"),
        ],
    ),
    service("databrew", false, &[job("startJobRun")]),
    service("dynamodb", false, &[once("getItem"), once("putItem"), once("updateItem"), once("deleteItem")]),
    service("ecs", true, &[job("runTask")]),
    service(
        "eks",
        true,
        &[
            job("createCluster"),
            job("deleteCluster"),
            job("createNodegroup"),
            job("deleteNodegroup"),
            job("createFargateProfile"),
            job("deleteFargateProfile"),
            job("runJob"),
            once("call"),
        ],
    ),
    service(
        "elasticmapreduce",
        false,
        &[
            job("createCluster"),
            once("setClusterTerminationProtection"),
            job("terminateCluster"),
            job("addStep"),
            once("cancelStep"),
            once("modifyInstanceFleetByName"),
            once("modifyInstanceGroupByName"),
        ],
    ),
    service("emr-containers", false, &[once("createVirtualCluster"), job("deleteVirtualCluster"), job("startJobRun")]),
    service(
        "emr-serverless",
        false,
        &[
            job("createApplication"),
            job("startApplication"),
            job("stopApplication"),
            job("deleteApplication"),
            job("startJobRun"),
            job("cancelJobRun"),
        ],
    ),
    service("events", true, &[once("putEvents")]),
    service("glue", false, &[job("startJobRun")]),
    service("http", false, &[once("invoke")]),
    service("lambda", true, &[once("invoke")]),
    service("mediaconvert", false, &[job("createJob")]),
    service(
        "sagemaker",
        false,
        &[
            once("createEndpoint"),
            once("createEndpointConfig"),
            job("createHyperParameterTuningJob"),
            job("createLabelingJob"),
            once("createModel"),
            job("createProcessingJob"),
            job("createTrainingJob"),
            job("createTransformJob"),
            once("updateEndpoint"),
        ],
    ),
    service("sns", true, &[once("publish")]),
    service("sqs", true, &[once("sendMessage")]),
    service("states", true, &[job("startExecution")]),
];
