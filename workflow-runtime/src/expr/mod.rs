//! JSONata expressions and payload templates.
//!
//! The subset that the compiler emits is compiled once and evaluated on borrowed [`serde_json`] values; whatever else
//! valid ASL holds goes to `jsonata-core`. Pure: no I/O, no clock, no randomness: [`Scope`] brings them.
//!
//! Read [`Expression`] first. Text becomes tokens (`lexer`), a syntax tree (`parser`), what is known of it without
//! evaluating (`analysis`), and either a tree for `eval` (`compile`) or a program of `jsonata-core`'s (`fallback`).

mod analysis;
mod ast;
mod compile;
mod eval;
mod fallback;
mod fuel;
mod functions;
mod guard;
mod lexer;
mod node;
mod num;
mod operators;
mod parser;
mod path;
mod template;
mod thrown;
mod value;

#[cfg(test)]
mod tests;

pub(crate) use functions::{
    BLANKS, BLANKS_AT_END, BLANKS_AT_ENDS, BLANKS_AT_START, IDLE_FRACTION, base64_decode, base64_encode,
    entropy_fraction, hash_hex, is_built_in, url_decode, uuid_text,
};
pub use template::Template;

use std::borrow::Cow;
use std::cell::OnceCell;

use serde_json::Value;

use crate::time::Timestamp;
use compile::Reads;
use eval::Machine;
use fallback::Fallback;
use node::Node;
use thrown::{Run, Thrown};
use value::{Num, Val};

/// The text is no JSONata.
const INVALID: &str = "INVALID_JSONATA_EXPRESSION";
/// It is JSONata that Step Functions does not take.
const UNSUPPORTED: &str = "UNSUPPORTED_JSONATA_EXPRESSION";

/// A compiled JSONata expression (the text between `{%` and `%}`).
#[derive(Debug)]
pub struct Expression {
    source: String,
    plan: Plan,
    free: Vec<String>,
    states: StatesFields,
}

/// How an expression is evaluated.
#[derive(Debug)]
enum Plan {
    Native {
        node: Node,
        /// It binds names.
        binds: bool,
        reads: Reads,
    },
    Fallback(Fallback),
}

/// Which parts of `$states` an expression reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one for each field of $states")]
pub struct StatesFields {
    /// `$states.input`
    pub input: bool,
    /// `$states.result`
    pub result: bool,
    /// `$states.errorOutput`
    pub error_output: bool,
    /// `$states.context`
    pub context: bool,
    /// `$states` as a whole, so that any part may be read.
    pub whole: bool,
    /// Names that `$states` never has.
    pub unknown: Vec<String>,
}

/// What an expression may read.
pub trait Scope {
    /// The variable `$name`, or `None` where nothing of that name is visible. `$states` is not asked for here.
    fn variable(&self, name: &str) -> Option<&Value>;
    /// `$states.input`.
    fn input(&self) -> &Value;
    /// `$states.result`, where there is one.
    fn result(&self) -> Option<&Value>;
    /// `$states.errorOutput`, where there is one.
    fn error_output(&self) -> Option<&Value>;
    /// `$states.context`; built when first asked for.
    fn context(&self) -> Cow<'_, Value>;
    /// `$states.context.Execution.Input`, where it can be had without building the context. `None` sends the reader to
    /// [`Scope::context`].
    fn execution_input(&self) -> Option<&Value> {
        None
    }
    /// `$states.context.Map.Item.Value`, where it can be had without building the context.
    fn item_value(&self) -> Option<&Value> {
        None
    }
    /// `$states.context.Map.Item.Index`, wherever there is an [`item_value`](Scope::item_value).
    fn item_index(&self) -> Option<&Value> {
        None
    }
    /// What `$now()` and `$millis()` answer.
    fn now(&self) -> Timestamp;
    /// Seeds `$uuid()` and unseeded `$random()`; another number at each call.
    fn entropy(&self) -> u64;
}

/// Why an expression is refused when a machine is loaded.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// AWS's diagnostic code: `INVALID_JSONATA_EXPRESSION` or `UNSUPPORTED_JSONATA_EXPRESSION`.
    pub code: &'static str,
    /// AWS's text.
    pub message: String,
}

/// Why an evaluation failed: `States.QueryEvaluationError` on the wire.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{cause}")]
pub struct EvaluationError {
    /// AWS's text, naming the expression and the field.
    pub cause: String,
    /// The field that failed, as AWS writes it: `Output/a/b[0]`, `Choices[1]/Condition`.
    pub location: String,
}

/// What may go wrong with an expression, before it is known in which field.
#[derive(Debug)]
enum Fault {
    Undefined,
    Thrown(Thrown),
    /// Another type or value was wanted: which, what it is, its JSON.
    Unexpected(&'static str, &'static str, String),
}

impl Expression {
    /// Compiles the text between `{%` and `%}`.
    ///
    /// # Errors
    /// The text is no JSONata, or uses what Step Functions refuses (`$eval`, `$$`, bare names at the top level).
    pub fn compile(source: &str) -> Result<Self, ExpressionError> {
        Self::compile_all(source).map_err(|mut refusals| refusals.swap_remove(0))
    }

    /// Compiles for `jsonata-core` whatever it is, so that tests can compare.
    ///
    /// # Errors
    /// As [`Expression::compile`].
    #[doc(hidden)]
    pub fn compile_foreign(source: &str) -> Result<Self, ExpressionError> {
        let mut compiled = Self::compile(source)?;
        let ast = parser::parse(&compiled.source).map_err(|message| ExpressionError { code: INVALID, message })?;
        let analysis = analysis::analyse(&ast);
        let names = analysis.free.into_iter().chain(analysis.functions).collect();
        let foreign = Fallback::compile(&compiled.source, names, analysis.states)
            .map_err(|message| ExpressionError { code: INVALID, message })?;
        compiled.plan = Plan::Fallback(foreign);
        Ok(compiled)
    }

    /// Everything that Step Functions refuses in the text; one for each distinct bare name.
    pub fn diagnose(source: &str) -> Vec<ExpressionError> {
        Self::compile_all(source).err().unwrap_or_default()
    }

    /// The error is never empty.
    fn compile_all(source: &str) -> Result<Self, Vec<ExpressionError>> {
        let source = source.trim();
        let invalid = |message| vec![ExpressionError { code: INVALID, message }];
        let ast = parser::parse(source).map_err(invalid)?;
        let analysis = analysis::analyse(&ast);
        if !analysis.refusals.is_empty() {
            return Err(analysis.refusals);
        }
        let plan = if let Ok(compiled) = compile::compile(&ast, &analysis.bound) {
            Plan::Native { node: compiled.node, binds: !analysis.bound.is_empty(), reads: compiled.reads }
        } else {
            let mut names = analysis.free.clone();
            names.extend(analysis.functions);
            Plan::Fallback(Fallback::compile(source, names, analysis.states.clone()).map_err(invalid)?)
        };
        Ok(Self { source: source.to_owned(), plan, free: analysis.free, states: analysis.states })
    }

    /// The text that was compiled, without the blanks around it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The variables it reads and does not bind itself, sorted, without `states` and built-in functions.
    pub fn free_variables(&self) -> &[String] {
        &self.free
    }

    /// Which parts of `$states` it reads.
    pub fn uses_states_fields(&self) -> &StatesFields {
        &self.states
    }

    /// Whether it is evaluated natively; `jsonata-core` evaluates it otherwise.
    pub fn is_native(&self) -> bool {
        matches!(self.plan, Plan::Native { .. })
    }

    /// Evaluates; `Ok(None)` is JSONata's undefined. `field` is named in errors. A path yields the value it leads to
    /// without a copy.
    ///
    /// # Errors
    /// The expression threw.
    pub fn evaluate<'a>(
        &'a self,
        scope: &'a dyn Scope,
        field: &str,
    ) -> Result<Option<Cow<'a, Value>>, EvaluationError> {
        self.value(scope).map_err(|thrown| self.error(Fault::Thrown(thrown), field.to_owned()))
    }

    /// Evaluates to a boolean, as a Choice's `Condition` must.
    ///
    /// # Errors
    /// It threw, or yields undefined or something else.
    pub fn evaluate_boolean(&self, scope: &dyn Scope, field: &str) -> Result<bool, EvaluationError> {
        self.boolean(scope).map_err(|fault| self.error(fault, field.to_owned()))
    }

    fn boolean(&self, scope: &dyn Scope) -> Result<bool, Fault> {
        self.with_value(scope, |value| match value {
            Val::Bool(bool) => Ok(bool),
            other => Err(Fault::unexpected("boolean", &other)),
        })
    }

    fn whole_number(&self, scope: &dyn Scope) -> Result<u64, Fault> {
        self.with_value(scope, |value| match value {
            Val::Num(number) => match number.normal() {
                Num::Int(int) => u64::try_from(int).map_err(|_| Fault::unexpected("non-negative integer", &value)),
                Num::Float(_) => Err(Fault::unexpected("integer", &value)),
            },
            other => Err(Fault::unexpected("integer", &other)),
        })
    }

    fn text(&self, scope: &dyn Scope) -> Result<String, Fault> {
        self.with_value(scope, |value| match value {
            Val::Text(text) => Ok((*text).to_owned()),
            other => Err(Fault::unexpected("string", &other)),
        })
    }

    fn value<'a>(&'a self, scope: &'a dyn Scope) -> Run<Option<Cow<'a, Value>>> {
        let Plan::Native { node, binds, .. } = &self.plan else {
            return self.with_value(scope, |value| Ok(value.into_json()?.map(|value| Cow::Owned(value.into_owned()))));
        };
        if self.needs_context(scope) {
            if let Node::Path(path) = node
                && let Cow::Borrowed(_) = scope.context()
                && let Some(lent) = Machine::new(scope).lend(path)
            {
                return Ok(Some(Cow::Borrowed(lent)));
            }
            return self.with_value(scope, |value| Ok(value.into_json()?.map(|value| Cow::Owned(value.into_owned()))));
        }
        let mut machine = Machine::new(scope);
        if let Node::Path(path) = node
            && let Some(lent) = machine.lend(path)
        {
            return Ok(Some(Cow::Borrowed(lent)));
        }
        machine.run(node, *binds)?.into_json()
    }

    /// Whether it may ask for the context as a whole.
    fn needs_context(&self, scope: &dyn Scope) -> bool {
        match &self.plan {
            Plan::Native { reads, .. } => {
                reads.context
                    || (reads.execution_input && scope.execution_input().is_none())
                    || (reads.map_item && scope.item_value().is_none())
            }
            Plan::Fallback(_) => true,
        }
    }

    /// Evaluates and looks at the value without making JSON of it.
    fn with_value<T, E: From<Thrown>>(
        &self,
        scope: &dyn Scope,
        then: impl FnOnce(Val<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.plan {
            Plan::Fallback(fallback) => then(fallback.evaluate(scope)?.map_or(Val::Undefined, Val::from_owned)),
            Plan::Native { node, binds, .. } if self.needs_context(scope) => {
                let cached = Cached::new(scope);
                let mut machine = Machine::new(&cached);
                then(machine.run(node, *binds)?)
            }
            Plan::Native { node, binds, .. } => {
                let mut machine = Machine::new(scope);
                then(machine.run(node, *binds)?)
            }
        }
    }

    /// AWS's text of what went wrong.
    fn error(&self, fault: Fault, location: String) -> EvaluationError {
        let start = format!("The JSONata expression '{}' specified for the field '{location}'", self.source);
        let cause = match fault {
            Fault::Undefined => format!("{start} returned nothing (undefined)."),
            Fault::Unexpected(expected, actual, value) => format!(
                "{start} returned an unexpected result type. Expected '{expected}', but was '{actual}' for value: {value}"
            ),
            Fault::Thrown(thrown) if thrown.unsupported => format!("{start} returned an unsupported result type."),
            Fault::Thrown(thrown) => {
                let message = &thrown.message;
                match &thrown.code {
                    Some(code) => format!("{start} threw an error during evaluation. {code}: {message}"),
                    None => format!("{start} threw an error during evaluation: {message}"),
                }
            }
        };
        EvaluationError { cause, location }
    }
}

impl Fault {
    fn unexpected(expected: &'static str, value: &Val<'_>) -> Self {
        match value {
            Val::Undefined => Self::Undefined,
            Val::Function(_) => Self::Thrown(Thrown::function_value()),
            other => Self::Unexpected(expected, other.type_name(), other.shown()),
        }
    }
}

impl From<Thrown> for Fault {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

/// A scope whose context is built at most once.
struct Cached<'s> {
    inner: &'s dyn Scope,
    context: OnceCell<Cow<'s, Value>>,
}

impl<'s> Cached<'s> {
    fn new(inner: &'s dyn Scope) -> Self {
        Self { inner, context: OnceCell::new() }
    }
}

impl Scope for Cached<'_> {
    fn variable(&self, name: &str) -> Option<&Value> {
        self.inner.variable(name)
    }
    fn input(&self) -> &Value {
        self.inner.input()
    }
    fn result(&self) -> Option<&Value> {
        self.inner.result()
    }
    fn error_output(&self) -> Option<&Value> {
        self.inner.error_output()
    }
    fn context(&self) -> Cow<'_, Value> {
        Cow::Borrowed(self.context.get_or_init(|| self.inner.context()))
    }
    fn execution_input(&self) -> Option<&Value> {
        self.inner.execution_input()
    }
    fn item_value(&self) -> Option<&Value> {
        self.inner.item_value()
    }
    fn item_index(&self) -> Option<&Value> {
        self.inner.item_index()
    }
    fn now(&self) -> Timestamp {
        self.inner.now()
    }
    fn entropy(&self) -> u64 {
        self.inner.entropy()
    }
}
