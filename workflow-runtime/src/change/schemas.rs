//! What a workflow takes, yields and calls, as JSON: the committed `<Workflow>.schema.json`, and what the store keeps beside a
//! definition.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::schema::Schema;
use crate::nested::ChildWorkflow;
use crate::payload::{Content, SchemaSet, Shape, Type};
use crate::step::{ErrorShape, StepHandler, StepSpec};

/// The payloads of a workflow. As JSON a JSON Schema of its input; all else stands under `x-workflow`.
#[derive(Clone, Debug, PartialEq)]
pub struct Schemas {
    /// The workflow's name.
    pub workflow: String,
    /// What it is started with.
    pub input: Value,
    /// The rest.
    pub parts: Parts,
    /// What `$ref`s name.
    pub defs: Map<String, Value>,
}

/// What a workflow yields and calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// `STANDARD` or `EXPRESS`.
    pub kind: String,
    /// What it yields.
    pub output: Value,
    /// Its errors by name, and what each carries; absent where it does not declare them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<BTreeMap<String, Value>>,
    /// Its steps, by the function that a `Resource` names.
    #[serde(default)]
    pub steps: BTreeMap<String, StepTypes>,
    /// The workflows that it calls, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub workflows: BTreeMap<String, CallTypes>,
}

/// The signature of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepTypes {
    /// What a Task sends.
    pub input: Value,
    /// What it yields.
    pub output: Value,
    /// Its errors by name, and what each carries.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, Value>,
    /// Somebody else answers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub callback: bool,
    /// What AWS calls in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

/// The signature of a workflow that is called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallTypes {
    /// What it is started with.
    pub input: Value,
    /// What it yields.
    pub output: Value,
}

impl Schemas {
    /// Of a workflow of this program.
    pub(crate) fn of(workflow: &ChildWorkflow) -> Self {
        Self::with(workflow, &(workflow.steps)(), &(workflow.children)())
    }

    /// As if these steps and workflows were what it calls.
    pub(crate) fn with(workflow: &ChildWorkflow, called: &[StepHandler], children: &[ChildWorkflow]) -> Self {
        let mut set = SchemaSet::new();
        let input = set.schema(&(workflow.input)());
        let output = set.schema(&(workflow.output)());
        let shape = (workflow.errors)();
        let errors = (!shape.variants.is_empty()).then(|| errors(&mut set, &shape));
        let mut steps = BTreeMap::new();
        for step in called {
            let name = crate::asl::resource::function_key(step.name).into_owned();
            steps.entry(name).or_insert_with(|| types_of(&mut set, &(step.spec)()));
        }
        let signature = |child: &ChildWorkflow| {
            let types = CallTypes { input: set.schema(&(child.input)()), output: set.schema(&(child.output)()) };
            (child.name.to_owned(), types)
        };
        let workflows = children.iter().map(signature).collect();
        let kind = workflow.kind.as_str().to_owned();
        let parts = Parts { kind, output, errors, steps, workflows };
        Self { workflow: workflow.name.to_owned(), input, parts, defs: set.finish() }
    }

    /// As the file has it, two blanks a level.
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.to_json()).unwrap_or_default();
        text.push('\n');
        text
    }

    /// As the store has it.
    pub(crate) fn to_line(&self) -> String {
        self.to_json().to_string()
    }

    fn to_json(&self) -> Value {
        let mut root = Map::new();
        root.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        root.insert("title".to_owned(), self.workflow.as_str().into());
        if let Value::Object(input) = &self.input {
            root.extend(input.clone());
        }
        root.insert("x-workflow".to_owned(), serde_json::to_value(&self.parts).unwrap_or_default());
        root.insert("$defs".to_owned(), Value::Object(self.defs.clone()));
        Value::Object(root)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut root: Map<String, Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let parts = root.remove("x-workflow").ok_or("it has no `x-workflow`")?;
        let parts: Parts = serde_json::from_value(parts).map_err(|error| format!("`x-workflow`: {error}"))?;
        let defs = match root.remove("$defs") {
            Some(Value::Object(defs)) => defs,
            None => Map::new(),
            Some(_) => return Err("`$defs` is no object".to_owned()),
        };
        let Some(Value::String(workflow)) = root.remove("title") else { return Err("it has no `title`".to_owned()) };
        root.remove("$schema");
        Ok(Self { workflow, input: Value::Object(root), parts, defs })
    }

    /// One of its schemas, with what that refers to.
    pub(crate) fn schema<'a>(&'a self, value: &'a Value) -> Schema<'a> {
        Schema { value, defs: &self.defs }
    }
}

/// Of one step, with what its schemas refer to.
pub(crate) fn step_types(spec: &StepSpec) -> (StepTypes, Map<String, Value>) {
    let mut set = SchemaSet::new();
    let types = types_of(&mut set, spec);
    (types, set.finish())
}

fn types_of(set: &mut SchemaSet, spec: &StepSpec) -> StepTypes {
    StepTypes {
        input: step_input(set, spec),
        output: set.schema(&spec.output),
        errors: errors(set, &spec.error),
        callback: spec.token.is_some(),
        resource: spec.resource.map(str::to_owned),
    }
}

/// One parameter is sent as that value, several, or one beside a token, as an object by parameter name.
fn step_input(set: &mut SchemaSet, spec: &StepSpec) -> Value {
    match (spec.params.as_slice(), spec.token) {
        ([], None) => json!({}),
        ([only], None) => set.schema(&only.ty),
        (params, token) => {
            let mut properties: Map<String, Value> =
                params.iter().map(|param| (param.name.to_owned(), set.schema(&param.ty))).collect();
            // serde reads an absent `Option` as none.
            let required = params.iter().filter(|param| !matches!(param.ty, Type::Option(_) | Type::Unit | Type::Json));
            let mut required: Vec<Value> = required.map(|param| param.name.into()).collect();
            if let Some(token) = token {
                properties.insert(token.to_owned(), json!({"type": "string"}));
                required.push(token.into());
            }
            json!({"type": "object", "properties": properties, "required": required})
        }
    }
}

fn errors(set: &mut SchemaSet, shape: &ErrorShape) -> BTreeMap<String, Value> {
    let inside = match &shape.ty {
        Type::Named(named) => (named.shape)(),
        _ => Shape::Unit,
    };
    let content = |ident: &str| match &inside {
        Shape::Enum { variants, .. } => variants.iter().find(|it| it.ident == ident).map(|it| it.content.clone()),
        _ => None,
    };
    let variants = shape.variants.iter().map(|variant| {
        let carried = content(variant.ident).unwrap_or(Content::Unit);
        (variant.name.to_owned(), set.content(&carried))
    });
    variants.collect()
}
