//! The details of AWS's history events.

use serde_json::{Map, Value, json};

use crate::asl::{State, resource};
use crate::json::Json;
use crate::step::ErrorOutput;

/// Where local executions run.
const REGION: &str = "local";

/// Details under construction; `None` values are left out.
#[derive(Debug, Default)]
pub(super) struct Details(Map<String, Value>);

impl Details {
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn maybe(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// A document: JSON as text, and that it is whole.
    pub(super) fn document(self, name: &str, value: &Value) -> Self {
        self.with(name, value.to_string()).with(&format!("{name}Details"), json!({ "truncated": false }))
    }

    pub(super) fn error(self, error: &ErrorOutput) -> Self {
        self.maybe("error", error.error.as_deref()).maybe("cause", error.cause.as_deref())
    }

    pub(super) fn assigned(self, variables: &[(String, Json)]) -> Self {
        if variables.is_empty() {
            return self;
        }
        let texts: Map<String, Value> =
            variables.iter().map(|(name, value)| (name.clone(), Value::String((**value).to_string()))).collect();
        self.with("assignedVariables", texts).with("assignedVariablesDetails", json!({ "truncated": false }))
    }

    /// Under the key that AWS derives from the type of the event: `taskFailedEventDetails`.
    pub(super) fn of(self, kind: &str) -> Map<String, Value> {
        let mut key = kind.to_owned();
        if let Some(first) = key.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        self.under(&format!("{key}EventDetails"))
    }

    pub(super) fn under(self, key: &str) -> Map<String, Value> {
        Map::from_iter([(key.to_owned(), Value::Object(self.0))])
    }
}

/// Which of AWS's three families of task events a Task has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Family<'a> {
    /// A function's ARN is the resource.
    Function(&'a str),
    /// An activity's ARN is the resource.
    Activity(&'a str),
    /// A service's action: `lambda` and `invoke.waitForTaskToken`.
    Service(&'a str, &'a str),
}

impl<'a> Family<'a> {
    pub(super) fn of(state: &'a State) -> Self {
        let State::Task(task) = state else { return Self::Function("") };
        if let Some((service, action)) = resource::service_action(&task.resource) {
            return Self::Service(service, action);
        }
        if resource::waits_for_token(&task.resource) {
            return Self::Activity(&task.resource);
        }
        Self::Function(&task.resource)
    }

    /// `TaskFailed`, `LambdaFunctionFailed`, `ActivityFailed`.
    pub(super) fn kind(self, what: &str) -> String {
        match self {
            Self::Function(_) => format!("LambdaFunction{what}"),
            Self::Activity(_) => format!("Activity{what}"),
            Self::Service(..) => format!("Task{what}"),
        }
    }

    /// What every event of a service task says.
    fn base(self) -> Details {
        match self {
            Self::Service(service, action) => Details::default().with("resourceType", service).with("resource", action),
            Self::Function(_) | Self::Activity(_) => Details::default(),
        }
    }

    pub(super) fn scheduled(self, input: &Value, timeout: Option<u64>, heartbeat: Option<u64>) -> Map<String, Value> {
        let details = match self {
            Self::Function(resource) | Self::Activity(resource) => {
                Details::default().with("resource", resource).document("input", input)
            }
            Self::Service(..) => self.base().with("region", REGION).with("parameters", input.to_string()),
        };
        let details = details.maybe("timeoutInSeconds", timeout);
        let heartbeat = heartbeat.filter(|_| !matches!(self, Self::Function(_)));
        details.maybe("heartbeatInSeconds", heartbeat).of(&self.kind("Scheduled"))
    }

    pub(super) fn started(self) -> Map<String, Value> {
        match self {
            Self::Function(_) => Map::new(),
            _ => self.base().of(&self.kind("Started")),
        }
    }

    pub(super) fn submitted(self, output: Option<&Value>) -> Map<String, Value> {
        let details = match output {
            Some(output) => self.base().document("output", output),
            None => self.base(),
        };
        details.of(&self.kind("Submitted"))
    }

    pub(super) fn succeeded(self, output: &Value) -> Map<String, Value> {
        self.base().document("output", output).of(&self.kind("Succeeded"))
    }

    pub(super) fn failed(self, error: &ErrorOutput) -> Map<String, Value> {
        self.base().error(error).of(&self.kind("Failed"))
    }

    pub(super) fn timed_out(self) -> Map<String, Value> {
        self.base().with("error", super::fold::TIMEOUT).of(&self.kind("TimedOut"))
    }
}
