//! Five steps that each read an order and write it again, as a flow and as plain code.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use workflow_runtime::lower::ir;
use workflow_runtime::payload::{Payload, Type};
use workflow_runtime::step::{ErrorOutput, ErrorShape, StepContext, StepHandler, StepReply, StepSpec};
use workflow_runtime::{Definition, DefinitionError, Workflow, asl};

/// About 100 bytes of JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    id: String,
    user: String,
    total_cents: u64,
    items: Vec<String>,
}

impl Order {
    pub(crate) fn sample() -> Self {
        Self {
            id: "ORD-000999".to_owned(),
            user: "user-4711".to_owned(),
            total_cents: 12_999,
            items: vec!["keyboard".to_owned(), "mouse".to_owned()],
        }
    }
}

impl Payload for Order {
    fn ty() -> Type {
        Type::Json
    }
}

fn work(payload: &Value) -> Result<Value, serde_json::Error> {
    let mut order = Order::deserialize(payload)?;
    order.total_cents += 1;
    serde_json::to_value(order)
}

fn call(_: StepContext, payload: Arc<Value>) -> BoxFuture<'static, Result<StepReply, ErrorOutput>> {
    Box::pin(async move {
        let output = work(&payload);
        output.map(StepReply::Output).map_err(|error| ErrorOutput { error: None, cause: Some(error.to_string()) })
    })
}

fn spec() -> StepSpec {
    StepSpec {
        name: "S",
        ident: "s",
        doc: "",
        params: Vec::new(),
        output: Type::Json,
        error: ErrorShape { name: "NoError", variants: Vec::new(), ty: Type::Unit },
        token: None,
        timeout_seconds: 60,
        heartbeat_seconds: None,
        retry: &[],
        resource: None,
        child: None,
    }
}

/// What the five steps cost without anything around them.
pub(crate) async fn bare() {
    let run = tokio::spawn(async {
        let mut payload = Arc::new(serde_json::to_value(Order::sample()).unwrap_or_default());
        for _ in 0..5 {
            let future: BoxFuture<'static, _> = Box::pin(async move { work(&payload) });
            let text = future.await.and_then(|output| serde_json::to_string(&output));
            payload = Arc::new(text.and_then(|text| serde_json::from_str(&text)).unwrap_or_default());
        }
        payload
    });
    drop(run.await);
}

fn machine(name: &'static str, text: &str) -> Definition {
    match asl::parse(text) {
        Ok(machine) => Definition::new(name, machine),
        Err(faults) => panic!("{faults:?}"),
    }
}

/// The flow.
pub(crate) struct Five;

impl Workflow for Five {
    type Input = Order;
    type Output = Order;
    const NAME: &'static str = "Five";
    fn program() -> &'static ir::Program {
        unreachable!("the definition is given as ASL")
    }
    fn steps() -> Vec<StepHandler> {
        vec![StepHandler { name: "S", spec, call, data: Vec::new }]
    }
    fn try_definition() -> Result<Definition, DefinitionError> {
        let state = |number: u32| {
            let next = if number == 5 { r#""End":true"#.to_owned() } else { format!(r#""Next":"S{}""#, number + 1) };
            format!(r#""S{number}":{{"Type":"Task","Resource":"${{SFunctionArn}}","TimeoutSeconds":60,{next}}}"#)
        };
        let states: Vec<_> = (1..=5).map(state).collect();
        let text = format!(r#"{{"QueryLanguage":"JSONata","StartAt":"S1","States":{{{}}}}}"#, states.join(","));
        Ok(machine(Self::NAME, &text))
    }
}

/// A flow that waits for a day.
pub(crate) struct Nap;

impl Workflow for Nap {
    type Input = Order;
    type Output = Order;
    const NAME: &'static str = "Nap";
    fn program() -> &'static ir::Program {
        unreachable!("the definition is given as ASL")
    }
    fn steps() -> Vec<StepHandler> {
        Vec::new()
    }
    fn try_definition() -> Result<Definition, DefinitionError> {
        let text =
            r#"{"QueryLanguage":"JSONata","StartAt":"W","States":{"W":{"Type":"Wait","Seconds":86400,"End":true}}}"#;
        Ok(machine(Self::NAME, text))
    }
}
