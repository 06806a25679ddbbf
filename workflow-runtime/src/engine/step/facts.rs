//! What expressions see: input, result, variables, context object.

use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

use crate::engine::execution::{Scope as LiveScope, Visit};
use crate::engine::machine::{Evaluated, Exit, Field, Node, NodeKind, mix};
use crate::engine::{Execution, ScopeId, TaskId};
use crate::expr::{EvaluationError, Scope};
use crate::json::Json;
use crate::time::Timestamp;

/// Where a state's fields are evaluated; each place draws other random numbers.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Entry,
    Exit,
    Catch,
}

/// A snapshot for the fields of one state.
pub(super) struct Facts<'a> {
    pub(super) execution: &'a Execution,
    pub(super) id: ScopeId,
    pub(super) scope: &'a LiveScope,
    pub(super) visit: &'a Visit,
    pub(super) node: &'a Node,
    pub(super) now: Timestamp,
    pub(super) task: Option<TaskId>,
    pub(super) result: Option<&'a Json>,
    pub(super) error_output: Option<&'a Json>,
    pub(super) item: Option<Item<'a>>,
    pub(super) entropy: Cell<u64>,
    pub(super) context: OnceCell<Value>,
}

/// The item that an `ItemSelector` is evaluated for.
pub(super) struct Item<'a> {
    pub(super) index: Value,
    pub(super) value: &'a Value,
}

/// What leaving a state sets.
pub(super) struct Leaving {
    pub(super) assigned: Vec<(String, Json)>,
    pub(super) output: Option<Json>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(
        execution: &'a Execution,
        id: ScopeId,
        scope: &'a LiveScope,
        visit: &'a Visit,
        node: &'a Node,
        now: Timestamp,
    ) -> Self {
        Self {
            execution,
            id,
            scope,
            visit,
            node,
            now,
            task: None,
            result: None,
            error_output: None,
            item: None,
            entropy: Cell::new(0),
            context: OnceCell::new(),
        }
    }

    pub(super) fn at(self, place: Place) -> Self {
        let position = self.execution.event_count().wrapping_mul(4).wrapping_add(place as u64);
        self.entropy.set(mix(self.execution.seed(), position));
        self
    }

    /// A field's value. What the expression handed on as it is stays shared.
    pub(super) fn value(&self, field: &Field) -> Result<Json, EvaluationError> {
        field.value(self).map(|value| self.owned(value))
    }

    fn owned(&self, value: Evaluated<'_>) -> Json {
        match value {
            Evaluated::Owned(value) => value,
            Evaluated::Borrowed(value) => self.shared(value).cloned().unwrap_or_else(|| Json::from(value.clone())),
        }
    }

    /// A value of this type.
    pub(super) fn of_type(
        &self,
        field: &Field,
        expected: &str,
        is_expected: impl FnOnce(&Value) -> bool,
    ) -> Result<Json, EvaluationError> {
        field.of_type(self, expected, is_expected).map(|value| self.owned(value))
    }

    /// What an `ItemSelector` makes of the item; `None` where it hands the item on as it is.
    pub(super) fn selected(&self, field: &Field) -> Result<Option<Json>, EvaluationError> {
        let evaluated = field.value(self)?;
        let value = evaluated.as_value();
        let is_item = self.item.as_ref().is_some_and(|item| std::ptr::eq(value, item.value) || value == item.value);
        Ok((!is_item).then(|| self.owned(evaluated)))
    }

    /// Assign and Output, side by side on this snapshot.
    pub(super) fn leaving(&self, exit: &Exit) -> Result<Leaving, EvaluationError> {
        let mut assigned = Vec::with_capacity(exit.assign.len());
        for (name, field) in &exit.assign {
            assigned.push((name.as_ref().to_owned(), self.value(field)?));
        }
        let output = exit.output.as_ref().map(|field| self.value(field)).transpose()?;
        Ok(Leaving { assigned, output })
    }

    /// The value that is a whole shared one, by identity.
    fn shared(&self, value: &Value) -> Option<&Json> {
        let is_it = |json: &&Json| is_same(json, value);
        let known = [Some(&self.scope.value), self.result, self.error_output, Some(self.execution.input())];
        known.into_iter().flatten().find(is_it).or_else(|| {
            let mut scope = Some(self.scope);
            while let Some(at) = scope {
                if let Some(found) = at.variables.values().find(is_it) {
                    return Some(found);
                }
                scope = at.parent.and_then(|parent| self.execution.scope(parent));
            }
            None
        })
    }

    fn context_object(&self) -> Value {
        let mut context = self.execution.context_of(self.visit, self.node);
        let Some(fields) = context.as_object_mut() else { return context };
        if let (Some(task), NodeKind::Task(node)) = (self.task, &self.node.kind)
            && node.shows_token
        {
            let mut token = Map::new();
            token.insert("Token".into(), self.execution.token_of(task).as_str().into());
            fields.insert("Task".into(), token.into());
        }
        if let Some(item) = &self.item {
            let mut about = Map::new();
            about.insert("Index".into(), item.index.clone());
            about.insert("Value".into(), item.value.clone());
            let map = Map::from_iter([("Item".to_owned(), Value::from(about))]);
            fields.insert("Map".into(), map.into());
        }
        context
    }
}

/// Whether it is that very value, not only an equal one.
pub(super) fn is_same(json: &Json, value: &Value) -> bool {
    let own: &Value = json;
    std::ptr::eq(own, value)
}

/// Whether it is that value or an equal one: identity saves the look, and is not the same after a restart.
pub(super) fn equals(json: &Json, value: &Value) -> bool {
    is_same(json, value) || **json == *value
}

impl Scope for Facts<'_> {
    fn variable(&self, name: &str) -> Option<&Value> {
        self.execution.variable(self.id, name).map(|value| &**value)
    }
    fn input(&self) -> &Value {
        &self.scope.value
    }
    fn result(&self) -> Option<&Value> {
        self.result.map(|value| &**value)
    }
    fn error_output(&self) -> Option<&Value> {
        self.error_output.map(|value| &**value)
    }
    fn context(&self) -> Cow<'_, Value> {
        Cow::Borrowed(self.context.get_or_init(|| self.context_object()))
    }
    fn execution_input(&self) -> Option<&Value> {
        Some(self.execution.input())
    }
    fn item_value(&self) -> Option<&Value> {
        self.item.as_ref().map(|item| item.value)
    }
    fn item_index(&self) -> Option<&Value> {
        self.item.as_ref().map(|item| &item.index)
    }
    fn now(&self) -> Timestamp {
        self.now
    }
    fn entropy(&self) -> u64 {
        let entropy = mix(self.entropy.get(), 0);
        self.entropy.set(entropy);
        entropy
    }
}
