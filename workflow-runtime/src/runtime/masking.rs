//! What the outside is shown of an execution whose payloads have sensitive fields.

use std::sync::Arc;

use super::core::Core;
use super::registry::{Program, Registry};
use super::target::{Loaded, Target};
use crate::control::ExecutionDescription;
use crate::engine::Record;
use crate::history::{Masking, mask_error};
use crate::nested::ChildWorkflow;
use crate::payload::{Secrets, Type};
use crate::step::WorkflowError;

/// The keys of sensitive fields in whatever these workflows take, yield and call.
pub(super) fn keys<'a>(workflows: impl Iterator<Item = &'a ChildWorkflow>) -> Secrets {
    let mut keys = Secrets::default();
    for workflow in workflows {
        keys.add_keys(&(workflow.input)());
        keys.add_keys(&(workflow.output)());
        keys.add_keys(&(workflow.errors)().ty);
        for step in (workflow.steps)() {
            Masking::add_keys(&mut keys, &(step.spec)());
        }
    }
    keys
}

impl Program {
    /// What has to be masked of its executions, where something has.
    pub(super) fn masking(&self, registry: &Registry) -> Option<&Masking> {
        let found = self.masking.get_or_init(|| {
            let keys = registry.sensitive_keys().clone();
            let mut masking = match registry.workflow(&self.workflow) {
                Some(workflow) => Masking::new((workflow.input)(), (workflow.output)(), (workflow.errors)(), keys),
                // A distributed Map's children, and workflows of another program.
                None => Masking::new(Type::Json, Type::Json, WorkflowError::shape(), keys),
            };
            for (state, step) in self.steps() {
                masking.step(state, (step.handler.spec)());
            }
            masking.has_work().then(|| Box::new(masking))
        });
        found.as_deref()
    }

    /// The records as they may be shown.
    pub(super) fn shown(&self, registry: &Registry, records: Vec<Record>) -> Vec<Record> {
        match self.masking(registry) {
            Some(masking) => masking.records(&self.source, records),
            None => records,
        }
    }
}

impl Target {
    /// The description as it may be shown.
    pub(super) async fn shown(
        &self,
        core: &Arc<Core>,
        mut description: Box<ExecutionDescription>,
    ) -> Box<ExecutionDescription> {
        let registered = core.registry.get(&self.workflow).map(|registered| Arc::clone(&registered.program));
        let is_plain = |program: &Program| program.masking(&core.registry).is_none();
        if registered.as_deref().is_some_and(is_plain) && !core.registry.has_secrets() {
            return description;
        }
        // What steps have yielded is in the records alone.
        let loaded = if description.kind.is_express() { None } else { self.load(core).await.ok() };
        let records = loaded.as_ref().map(|Loaded { records, .. }| records);
        let program = loaded.as_ref().map(|loaded| &loaded.program).or(registered.as_ref());
        let Some((masking, program)) = program.and_then(|it| Some((it.masking(&core.registry)?, it))) else {
            return description;
        };
        let secrets = if let Some(records) = records {
            masking.secrets(&program.source, records)
        } else {
            let ExecutionDescription { input, output, error, .. } = &*description;
            masking.secrets_of(input, output.as_ref(), error.as_ref())
        };
        masking.mask_ends(&secrets, &mut description.input, description.output.as_mut());
        if let Some(error) = &mut description.error {
            mask_error(&secrets, error);
        }
        description
    }
}
