//! Distributed Maps: what their fields come to, and what their end means.

use std::sync::Arc;

use serde_json::Value;

use super::facts::{Facts, Place, equals};
use super::{Here, Turn, Turned};
use crate::engine::execution::{Phase, Scope};
use crate::engine::machine::{DATA_LIMIT, Failure, Field, MapRunNode, Origin, ReaderNode, WriterNode};
use crate::engine::{
    Effect, Event, ItemBatch, ItemSource, MapRunEnd, MapRunMark, MapRunPlan, ResultPlace, ScopeId, TaskId,
};
use crate::expr::EvaluationError;
use crate::json::Json;
use crate::step::ErrorOutput;

type Evaluation<T> = Result<T, EvaluationError>;

impl Turn<'_> {
    /// Evaluates what is to be done, also for a retry: that is another map run.
    pub(super) fn open_map_run(&mut self, here: Here<'_>, map: &MapRunNode) -> Turned {
        let evaluated = {
            let Some(facts) = self.facts(here) else { return Ok(()) };
            plan(&facts.at(Place::Entry), map)
        };
        let plan = match evaluated {
            Ok(plan) => plan,
            Err(error) => return self.evaluation_failed(here, &error, true),
        };
        let length = match &plan.source {
            ItemSource::Items(items) => {
                let input = self.execution.scope_value(here.id);
                items.as_ref().or(input).map_or(0, |items| match &**items {
                    Value::Array(items) => items.len(),
                    Value::Object(fields) => fields.len(),
                    _ => 0,
                })
            }
            ItemSource::Object { .. } | ItemSource::Listing { .. } => 0,
        };
        self.emit(Event::DistributedMapStarted { scope: here.id, length: length as u64 })?;
        if !(0.0..=100.0).contains(&plan.tolerated_percentage) {
            return self.runtime_error(here, "ToleratedFailurePercentage must be between 0 and 100.");
        }
        let arn = self.execution.next_map_run_arn(&map.label);
        self.emit(Event::MapRunStarted { scope: here.id, arn, plan: Box::new(plan) })?;
        let Some((live, visit, node)) = self.visited(here.id) else { return Ok(()) };
        let request = self.execution.map_run_request(here.id, live, visit, node);
        self.decision.effects.extend(request.map(|request| Effect::StartMapRun(Box::new(request))));
        Ok(())
    }

    fn open_map_run_scope(&self, run: TaskId) -> Option<ScopeId> {
        let scope = self.execution.scope_of(run)?;
        self.execution.scope(scope).and_then(Scope::map_run).map(|_| scope)
    }

    pub(super) fn map_run_progressed(&mut self, run: TaskId, mark: MapRunMark, results: &[Arc<Value>]) -> Turned {
        let Some(scope) = self.open_map_run_scope(run) else { return self.stale_task(run) };
        let results = results.iter().map(|result| Json::from(Arc::clone(result))).collect();
        self.emit(Event::MapRunProgressed { scope, mark, results })
    }

    pub(super) fn map_run_writing(
        &mut self,
        run: TaskId,
        owner: u64,
        mark: MapRunMark,
        error: Option<&ErrorOutput>,
    ) -> Turned {
        let Some(scope) = self.open_map_run_scope(run) else { return self.stale_task(run) };
        self.emit(Event::MapRunWriting { scope, owner, mark, error: error.cloned() })
    }

    pub(super) fn map_run_ended(&mut self, run: TaskId, end: &MapRunEnd) -> Turned {
        let Some(scope) = self.open_map_run_scope(run) else { return self.stale_task(run) };
        let Some(here) = self.here(scope) else { return Ok(()) };
        match end {
            MapRunEnd::Succeeded(output) => {
                let output = output.as_ref().map(|output| Json::from(Arc::clone(output)));
                self.emit(Event::MapRunSucceeded { scope, output })?;
                self.emit(Event::MapSucceeded { scope })?;
                self.group_ended(scope)
            }
            MapRunEnd::Failed(error) => {
                self.emit(Event::MapRunFailed { scope, error: error.clone() })?;
                let Some((_, visit, _)) = self.visited(scope) else { return Ok(()) };
                let Phase::Failed(error) = &visit.phase else { return Ok(()) };
                let failure = Failure { error: error.clone(), origin: Origin::Task };
                self.handle(here, failure)
            }
            MapRunEnd::TooLarge => {
                let cause = format!(
                    "The state/task '{}' returned a result with a size exceeding the maximum number of bytes service limit. \
                     The results of its children have more than {} bytes of JSON text together: have them written to a \
                     bucket, or let the children return `Blob`s [WF2220]",
                    here.node.name,
                    self.machine.data_limits().payload()
                );
                let error = ErrorOutput { error: Some(DATA_LIMIT.to_owned()), cause: Some(cause.clone()) };
                self.emit(Event::MapRunFailed { scope, error })?;
                self.over_limit(cause)
            }
        }
    }
}

fn plan(facts: &Facts<'_>, map: &MapRunNode) -> Evaluation<MapRunPlan> {
    let whole = |field: Option<&Field>| field.map(|field| field.whole_number(facts)).transpose();
    let source = match (&map.reader, &map.items) {
        (Some(reader), _) => read_source(facts, reader)?,
        (None, Some(items)) => {
            let items = facts.of_type(items, "array", is_list)?;
            ItemSource::Items(Some(items).filter(|items| !equals(&facts.scope.value, items)))
        }
        (None, None) if is_list(&facts.scope.value) => ItemSource::Items(None),
        (None, None) => return Err(super::map::no_items(&facts.scope.value)),
    };
    let batch = map.batch.as_ref().map(|batch| {
        Ok::<_, EvaluationError>(ItemBatch {
            max_items: whole(batch.max_items.as_ref())?,
            max_bytes: whole(batch.max_bytes.as_ref())?,
            input: batch.input.as_ref().map(|field| facts.value(field)).transpose()?,
        })
    });
    Ok(MapRunPlan {
        source,
        batch: batch.transpose()?,
        max_concurrency: whole(map.max_concurrency.as_ref())?.unwrap_or(0),
        tolerated_percentage: map.tolerated_percentage.as_ref().map_or(Ok(0.0), |field| field.number(facts))?,
        tolerated_count: whole(map.tolerated_count.as_ref())?.unwrap_or(0),
        writer: map.writer.as_ref().map(|writer| result_place(facts, writer)).transpose()?,
    })
}

fn is_list(value: &Value) -> bool {
    value.is_array() || value.is_object()
}

fn read_source(facts: &Facts<'_>, reader: &ReaderNode) -> Evaluation<ItemSource> {
    let arguments = facts.value(&reader.arguments)?;
    let max_items = reader.max_items.as_ref().map(|field| field.whole_number(facts)).transpose()?.unwrap_or(0);
    let bucket = text(&arguments, "ItemReader/Arguments", "Bucket")?;
    if let Some(format) = &reader.format {
        let key = text(&arguments, "ItemReader/Arguments", "Key")?;
        return Ok(ItemSource::Object { bucket, key, format: format.clone(), max_items });
    }
    let prefix = match arguments.get("Prefix") {
        Some(_) => text(&arguments, "ItemReader/Arguments", "Prefix")?,
        None => String::new(),
    };
    Ok(ItemSource::Listing { bucket, prefix, max_items })
}

fn result_place(facts: &Facts<'_>, writer: &WriterNode) -> Evaluation<ResultPlace> {
    let export = match &writer.arguments {
        Some(field) => {
            let arguments = facts.value(field)?;
            let bucket = text(&arguments, "ResultWriter/Arguments", "Bucket")?;
            let prefix = match arguments.get("Prefix") {
                Some(_) => text(&arguments, "ResultWriter/Arguments", "Prefix")?,
                None => String::new(),
            };
            Some((bucket, prefix))
        }
        None => None,
    };
    Ok(ResultPlace { export, transformation: writer.transformation, lines: writer.lines })
}

/// A field of evaluated arguments that must be a text.
fn text(arguments: &Value, field: &str, name: &str) -> Evaluation<String> {
    match arguments.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        other => {
            let value = other.unwrap_or(&Value::Null);
            let cause = format!("The value of the field '{field}/{name}' must be of type 'string', but was: {value}");
            Err(EvaluationError { cause, location: format!("{field}/{name}") })
        }
    }
}
