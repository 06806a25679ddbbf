//! Under another name, beside the user's own `Result`, and inside a module and a function.
extern crate workflow_runtime as durable;

type Result<T> = std::result::Result<T, MailError>;

#[derive(Clone, durable::prelude::Serialize, durable::prelude::Deserialize, durable::Payload)]
#[payload(crate = durable)]
pub struct Probe {
    pub id: u64,
}

#[derive(
    Debug, thiserror::Error, durable::prelude::Serialize, durable::prelude::Deserialize, durable::StepError,
)]
#[step_error(crate = durable)]
pub enum MailError {
    #[error("mail is down")]
    Down,
}

#[durable::step(crate = durable)]
pub async fn post(probe: Probe) -> std::result::Result<Probe, MailError> {
    sent(probe)
}

fn sent(probe: Probe) -> Result<Probe> {
    if probe.id == 0 { Err(MailError::Down) } else { Ok(probe) }
}

durable::workflow! {
    /// In braces.
    pub async fn post_flow(probe: Probe) -> Result<Probe> {
        match post(probe).await {
            Ok(probe) => Ok(Probe { id: probe.id + 1 }),
            Err(_) => Err(MailError::Down.into()),
        }
    }
}

pub mod inner {
    use super::{Probe, post};
    use durable::attr::workflow;

    #[workflow(crate = durable, timeout = "1h")]
    pub async fn module_flow(probe: Probe) -> durable::Result<Probe> {
        post(probe).await
    }
}

fn main() {
    durable::workflow!(
        async fn local_flow() -> durable::Result<u64> {
            let probe = post(Probe { id: 1 }).await?;
            Ok(probe.id)
        }
    );
    use durable::Workflow;
    for definition in [PostFlow::definition(), inner::ModuleFlow::definition(), LocalFlow::definition()] {
        assert!(definition.to_asl_json().contains("PostFunctionArn"), "{definition:?}");
    }
    assert!(inner::ModuleFlow::definition().to_asl_json().contains("\"TimeoutSeconds\": 3600"));
}
