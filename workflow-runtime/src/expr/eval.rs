//! Evaluates the compiled tree: sequences, undefined and errors as the reference implementation has them.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::Value;

use super::Scope;
use super::functions::Builtin;
use super::node::{Lambda, Node, Root, Symbol};
use super::operators::{append_text, arithmetic, compare, is_in, negate};
use super::thrown::{Run, Thrown};
use super::value::{Fuel, Num, TEXT_MAX, Val, Yield};

/// Levels of nested evaluation, as measured on AWS.
const DEPTH_MAX: u32 = 100;
/// Items of one range, as measured on AWS.
const RANGE_MAX: i64 = 873_782;
/// Levels of arrays and objects that an evaluation makes: whoever walks or drops a value does so on the native stack. What it
/// borrows has levels of its own, and fewer.
const HEIGHT_MAX: u32 = 100;
/// Bytes of text that are worth a step: each function walks the texts that it is given.
pub(super) const TEXT_STEP: usize = 32;
/// Items that one evaluation may make in all; stands for AWS's memory limit.
const ITEMS_MAX: usize = 3_000_000;
/// Nodes that one evaluation may evaluate; stands for AWS's one second, without a clock.
const STEPS_MAX: usize = 10_000_000;

/// A function value.
#[derive(Debug)]
pub(super) enum Function<'a> {
    Lambda { lambda: &'a Lambda, frame: Env<'a>, here: Val<'a> },
    Builtin(Builtin),
}

impl Function<'_> {
    /// How many arguments a callback of it is given at most.
    pub(super) fn arity(&self) -> usize {
        match self {
            Self::Lambda { lambda, .. } => lambda.params.len(),
            Self::Builtin(builtin) => builtin.arity(),
        }
    }
}

/// Names bound by a block or a call.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    names: RefCell<Vec<(Symbol, Val<'a>)>>,
    outer: Env<'a>,
}

pub(super) type Env<'a> = Option<Rc<Frame<'a>>>;

impl<'a> Frame<'a> {
    fn new(outer: &Env<'a>) -> Rc<Self> {
        Rc::new(Self { names: RefCell::default(), outer: outer.clone() })
    }
}

/// Where a node is evaluated: the context value and the names around it.
#[derive(Clone, Copy)]
pub(super) struct At<'e, 'a> {
    pub(super) here: &'e Val<'a>,
    pub(super) frame: &'e Env<'a>,
}

/// One evaluation.
pub(super) struct Machine<'a> {
    pub(super) scope: &'a dyn Scope,
    depth: u32,
    steps: usize,
    items: usize,
    /// Frames that hold functions, which hold frames: untied at the end.
    knots: Vec<Rc<Frame<'a>>>,
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        for frame in &self.knots {
            frame.names.borrow_mut().clear();
        }
    }
}

impl<'a> Machine<'a> {
    pub(super) fn new(scope: &'a dyn Scope) -> Self {
        Self { scope, depth: 0, steps: 0, items: 0, knots: Vec::new() }
    }

    /// Evaluates a whole expression; `binds` where it binds names.
    pub(super) fn run(&mut self, node: &'a Node, binds: bool) -> Run<Val<'a>> {
        let frame = binds.then(|| Frame::new(&None));
        self.eval(node, At { here: &Val::Undefined, frame: &frame })
    }

    pub(super) fn eval(&mut self, node: &'a Node, at: At<'_, 'a>) -> Run<Val<'a>> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Thrown::depth());
        }
        self.spend(1)?;
        let value = self.eval_node(node, at);
        self.depth -= 1;
        Self::check_height(value?)
    }

    fn check_height(value: Val<'a>) -> Run<Val<'a>> {
        if value.height() > HEIGHT_MAX { Err(Thrown::height()) } else { Ok(value) }
    }

    /// As a condition reads it: undefined is false.
    pub(super) fn is_true(&mut self, value: &Val<'a>) -> Run<bool> {
        Ok(self.truth(value)?.unwrap_or(false))
    }

    /// The effective boolean value.
    pub(super) fn truth(&mut self, value: &Val<'a>) -> Run<Option<bool>> {
        let mut fuel = self.fuel();
        let truth = value.truth(&mut fuel);
        self.burnt(&fuel);
        truth
    }

    /// Equal in depth.
    pub(super) fn equal(&mut self, left: &Val<'a>, right: &Val<'a>) -> Run<bool> {
        let mut fuel = self.fuel();
        let equal = left.equals(right, &mut fuel);
        self.burnt(&fuel);
        equal.ok_or_else(Thrown::time)
    }

    /// The steps that are left.
    fn fuel(&self) -> Fuel {
        Fuel::new(STEPS_MAX.saturating_sub(self.steps))
    }

    fn burnt(&mut self, fuel: &Fuel) {
        self.steps = STEPS_MAX.saturating_sub(fuel.left());
    }

    fn eval_node(&mut self, node: &'a Node, at: At<'_, 'a>) -> Run<Val<'a>> {
        Ok(match node {
            Node::Const(value) => Val::from_json(value),
            Node::Path(path) => return self.path(path, at),
            Node::Filtered { base, predicates, keep } => return self.filtered(base, predicates, *keep, at),
            Node::Negate(value) => negate(&self.eval(value, at)?)?,
            Node::Arithmetic(op, left, right) => {
                let (left, right) = (self.eval(left, at)?, self.eval(right, at)?);
                arithmetic(*op, &left, &right)?
            }
            Node::Compare(op, left, right) => {
                let (left, right) = (self.eval(left, at)?, self.eval(right, at)?);
                if let (Val::Text(left), Val::Text(right)) = (&left, &right) {
                    self.spend(left.len().min(right.len()) / TEXT_STEP)?;
                }
                compare(*op, &left, &right)?
            }
            Node::Equal { negated, left, right } => {
                let (left, right) = (self.eval(left, at)?, self.eval(right, at)?);
                let defined = !left.is_undefined() && !right.is_undefined();
                Val::Bool(defined && self.equal(&left, &right)? != *negated)
            }
            Node::And(left, right) => Val::Bool(self.condition(left, at)? && self.condition(right, at)?),
            Node::Or(left, right) => Val::Bool(self.condition(left, at)? || self.condition(right, at)?),
            Node::In(left, right) => {
                let (left, right) = (self.eval(left, at)?, self.eval(right, at)?);
                let mut fuel = self.fuel();
                let found = is_in(&left, &right, &mut fuel);
                self.burnt(&fuel);
                Val::Bool(found.ok_or_else(Thrown::time)?)
            }
            Node::Concat(left, right) => return self.concat(left, right, at),
            Node::Condition(condition, then, otherwise) => {
                if self.condition(condition, at)? {
                    return self.eval(then, at);
                }
                match otherwise {
                    Some(otherwise) => return self.eval(otherwise, at),
                    None => Val::Undefined,
                }
            }
            Node::Block { nodes, frame } => return self.block(nodes, *frame, at, false),
            Node::Bind(symbol, value) => {
                let value = self.eval(value, at)?;
                self.bind(at.frame, *symbol, value.clone());
                value
            }
            Node::Array(items) => return self.array(items, at),
            Node::Range(left, right) => return self.range(left, right, at),
            Node::Object(pairs) => return self.object(pairs, at),
            Node::Lambda(lambda) => {
                Val::Function(Rc::new(Function::Lambda { lambda, frame: at.frame.clone(), here: at.here.clone() }))
            }
            Node::Call { function, arguments, keep } => {
                let end = if *keep { Yield::List } else { Yield::Item };
                let value = self.call(*function, arguments, end, at)?;
                return Ok(if function.makes_sequence() { value } else { value.closed(*keep) });
            }
            Node::Invoke { callee, arguments } => return Ok(self.invoke(callee, arguments, at)?.closed(false)),
            Node::Replace(pattern, text, with) => {
                let text = self.eval(text, at)?;
                pattern.replace(text, with)?
            }
        })
    }

    /// A function's body: what a call yields that comes last in it goes to the caller as it is.
    fn body(&mut self, node: &'a Node, at: At<'_, 'a>) -> Run<Val<'a>> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Thrown::depth());
        }
        self.spend(1)?;
        let value = match node {
            Node::Call { function, arguments, .. } => self.call(*function, arguments, Yield::Whole, at),
            Node::Invoke { callee, arguments } => self.invoke(callee, arguments, at),
            Node::Condition(condition, then, otherwise) => {
                let branch = if self.condition(condition, at)? { Some(then) } else { otherwise.as_ref() };
                branch.map_or(Ok(Val::Undefined), |branch| self.body(branch, at))
            }
            Node::Block { nodes, frame } => self.block(nodes, *frame, at, true),
            other => self.eval_node(other, at),
        };
        self.depth -= 1;
        Self::check_height(value?)
    }

    fn call(&mut self, function: Builtin, arguments: &'a [Node], end: Yield, at: At<'_, 'a>) -> Run<Val<'a>> {
        if self.scope.variable(function.name()).is_some() {
            return Err(Thrown::no_function());
        }
        let arguments = self.arguments(arguments, at)?;
        self.call_builtin(function, arguments, at.here, end)
    }

    fn concat(&mut self, left: &'a Node, right: &'a Node, at: At<'_, 'a>) -> Run<Val<'a>> {
        let (left, right) = (self.eval(left, at)?, self.eval(right, at)?);
        let mut text = String::new();
        append_text(&left, &mut text)?;
        append_text(&right, &mut text)?;
        self.spend(text.len() / TEXT_STEP)?;
        self.make_text(text)
    }

    fn condition(&mut self, node: &'a Node, at: At<'_, 'a>) -> Run<bool> {
        let value = self.eval(node, at)?;
        self.is_true(&value)
    }

    /// `body` where it is the end of a function's body.
    fn block(&mut self, nodes: &'a [Node], frame: bool, at: At<'_, 'a>, body: bool) -> Run<Val<'a>> {
        let own = frame.then(|| Frame::new(at.frame));
        let at = if frame { At { here: at.here, frame: &own } } else { at };
        let Some((last, before)) = nodes.split_last() else { return Ok(Val::Undefined) };
        for node in before {
            self.eval(node, at)?;
        }
        if body { self.body(last, at) } else { self.eval(last, at) }
    }

    fn bind(&mut self, frame: &Env<'a>, symbol: Symbol, value: Val<'a>) {
        let Some(frame) = frame else { return };
        if value.holds_function() {
            self.knots.push(Rc::clone(frame));
        }
        let mut names = frame.names.borrow_mut();
        match names.iter_mut().find(|(bound, _)| *bound == symbol) {
            Some((_, bound)) => *bound = value,
            None => names.push((symbol, value)),
        }
    }

    fn array(&mut self, nodes: &'a [(bool, Node)], at: At<'_, 'a>) -> Run<Val<'a>> {
        let mut items = Vec::with_capacity(nodes.len());
        for (whole, node) in nodes {
            let value = self.eval(node, at)?;
            match value.items() {
                _ if value.is_undefined() => {}
                Some(inner) if !whole => {
                    self.allocate(inner.len())?;
                    items.extend(inner.iter());
                }
                _ => {
                    self.allocate(1)?;
                    items.push(value);
                }
            }
        }
        Ok(Val::array(items))
    }

    fn range(&mut self, left: &'a Node, right: &'a Node, at: At<'_, 'a>) -> Run<Val<'a>> {
        let bound = |value: &Val<'_>, code, side| match value {
            Val::Undefined => Ok(None),
            Val::Num(number) => match number.normal() {
                Num::Int(int) => Ok(Some(int)),
                Num::Float(_) => Err(Thrown::coded(
                    code,
                    format!("The {side} side of the range operator (..) must evaluate to an integer"),
                )),
            },
            _ => Err(Thrown::coded(
                code,
                format!("The {side} side of the range operator (..) must evaluate to an integer"),
            )),
        };
        let (left, right) = (self.eval(left, at)?, self.eval(right, at)?);
        let (from, to) = (bound(&left, "T2003", "left")?, bound(&right, "T2004", "right")?);
        let (Some(from), Some(to)) = (from, to) else { return Ok(Val::Undefined) };
        if to.saturating_sub(from) >= RANGE_MAX {
            return Err(Thrown::memory());
        }
        let items: Vec<_> = (from..=to).map(|int| Val::Num(Num::Int(int))).collect();
        self.allocate(items.len())?;
        Ok(Val::sequence(items, false))
    }

    fn object(&mut self, pairs: &'a [(Node, Node)], at: At<'_, 'a>) -> Run<Val<'a>> {
        let mut fields = IndexMap::with_capacity(pairs.len());
        self.allocate(pairs.len())?;
        let mut values = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            match self.eval(key, at)? {
                Val::Undefined => {}
                Val::Text(key) => {
                    if fields.insert((*key).to_owned(), Val::Undefined).is_some() {
                        let key = Val::Text(key).shown();
                        return Err(Thrown::coded(
                            "D1009",
                            format!("Multiple key definitions evaluate to same key: {key}"),
                        ));
                    }
                    values.push(value);
                }
                other => {
                    let other = other.shown();
                    return Err(Thrown::coded(
                        "T1003",
                        format!("Key in object structure must evaluate to a string; got: {other}"),
                    ));
                }
            }
        }
        for (slot, value) in fields.values_mut().zip(values) {
            *slot = self.eval(value, at)?;
        }
        fields.retain(|_, value| !value.is_undefined());
        Ok(Val::object(fields))
    }

    fn arguments(&mut self, nodes: &'a [Node], at: At<'_, 'a>) -> Run<Vec<Val<'a>>> {
        let mut arguments = Vec::with_capacity(nodes.len());
        for node in nodes {
            arguments.push(self.eval(node, at)?);
        }
        Ok(arguments)
    }

    fn invoke(&mut self, callee: &'a Node, nodes: &'a [Node], at: At<'_, 'a>) -> Run<Val<'a>> {
        let callee = self.eval(callee, at)?;
        let arguments = self.arguments(nodes, at)?;
        let Val::Function(function) = callee else { return Err(Thrown::no_function()) };
        self.apply(&function, arguments, at.here)
    }

    /// Calls a function value. Whoever reads the result closes it (see [`Yield::Whole`]).
    pub(super) fn apply(&mut self, function: &Function<'a>, arguments: Vec<Val<'a>>, here: &Val<'a>) -> Run<Val<'a>> {
        match function {
            Function::Builtin(builtin) => {
                self.call_builtin(*builtin, arguments, here, Yield::Whole).and_then(Self::check_height)
            }
            Function::Lambda { lambda, frame, here } => {
                let own = Frame::new(frame);
                let mut arguments = arguments.into_iter();
                let own = Some(own);
                for param in &lambda.params {
                    let argument = arguments.next().unwrap_or(Val::Undefined);
                    self.bind(&own, *param, argument);
                }
                self.body(&lambda.body, At { here, frame: &own })
            }
        }
    }

    /// The value at a path's root.
    pub(super) fn root(&mut self, root: &'a Root, at: At<'_, 'a>) -> Run<Val<'a>> {
        Ok(match root {
            Root::Node(node) => return self.eval(node, at),
            Root::Here => at.here.clone(),
            Root::Local(symbol, name) => {
                let mut frame = at.frame;
                while let Some(bound) = frame {
                    if let Some((_, value)) = bound.names.borrow().iter().find(|(bound, _)| bound == symbol) {
                        return Ok(value.clone().closed(false));
                    }
                    frame = &bound.outer;
                }
                self.variable(name)
            }
            Root::Variable(name) => self.variable(name),
            other => self.lent(other).map_or(Val::Undefined, Val::from_json),
        })
    }

    fn variable(&self, name: &str) -> Val<'a> {
        match self.scope.variable(name) {
            Some(value) => Val::from_json(value),
            None => Builtin::from_name(name)
                .map_or(Val::Undefined, |builtin| Val::Function(Rc::new(Function::Builtin(builtin)))),
        }
    }

    /// The JSON value at a path's root, where the scope lends it.
    pub(super) fn lent(&self, root: &Root) -> Option<&'a Value> {
        match root {
            Root::Variable(name) => self.scope.variable(name),
            Root::Input => Some(self.scope.input()),
            Root::Result => self.scope.result(),
            Root::ErrorOutput => self.scope.error_output(),
            Root::Context => self.context(),
            Root::ExecutionInput => {
                self.scope.execution_input().or_else(|| self.context()?.get("Execution")?.get("Input"))
            }
            Root::ItemValue => self.scope.item_value().or_else(|| self.item()?.get("Value")),
            Root::ItemIndex => self.scope.item_index().or_else(|| self.item()?.get("Index")),
            Root::Local(..) | Root::Here | Root::Node(_) => None,
        }
    }

    /// Whoever evaluates what reads the context sees to it that the scope lends it.
    fn context(&self) -> Option<&'a Value> {
        match self.scope.context() {
            Cow::Borrowed(context) => Some(context),
            Cow::Owned(_) => None,
        }
    }

    fn item(&self) -> Option<&'a Value> {
        self.context()?.get("Map")?.get("Item")
    }

    /// Counts work.
    pub(super) fn spend(&mut self, steps: usize) -> Run<()> {
        self.steps += steps;
        if self.steps > STEPS_MAX { Err(Thrown::time()) } else { Ok(()) }
    }

    /// Counts items that are made.
    pub(super) fn allocate(&mut self, items: usize) -> Run<()> {
        self.items += items;
        if self.items > ITEMS_MAX { Err(Thrown::memory()) } else { Ok(()) }
    }

    /// A text, if it is not too long.
    pub(super) fn make_text(&mut self, text: String) -> Run<Val<'a>> {
        // A text weighs as many items as its bytes would.
        self.allocate(text.len() / 16)?;
        if text.len() >= TEXT_MAX { Err(Thrown::memory()) } else { Ok(Val::text(text)) }
    }
}
