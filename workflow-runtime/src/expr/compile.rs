//! Syntax tree to evaluable tree, for the subset that is evaluated natively.

use serde_json::{Map, Value};

use super::ast::{Ast, Op};
use super::functions::{self, Builtin};
use super::node::{Lambda, Node, Path, Predicate, Root, Step, Symbol};

/// Outside the subset.
#[derive(Debug)]
pub(super) struct Beyond;

type Compiled<T> = Result<T, Beyond>;

/// What the evaluator needs.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) node: Node,
    pub(super) reads: Reads,
}

/// What of the context object an expression reads.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reads {
    /// `$states.context` beyond the following.
    pub(super) context: bool,
    /// `$states.context.Execution.Input`
    pub(super) execution_input: bool,
    /// `$states.context.Map.Item.Value` or `.Index`
    pub(super) map_item: bool,
}

/// Compiles; `bound` are all names that the expression binds.
pub(super) fn compile(ast: &Ast, bound: &[String]) -> Compiled<Program> {
    let mut compiler = Compiler { bound, inside: false, reads: Reads::default() };
    let node = compiler.node(ast)?;
    Ok(Program { node, reads: compiler.reads })
}

struct Compiler<'s> {
    bound: &'s [String],
    /// Inside a predicate: the context value is an item.
    inside: bool,
    reads: Reads,
}

impl Compiler<'_> {
    fn boxed(&mut self, ast: &Ast) -> Compiled<Box<Node>> {
        self.node(ast).map(Box::new)
    }

    fn symbol(&self, name: &str) -> Option<Symbol> {
        self.bound.iter().position(|bound| bound == name).and_then(|at| Symbol::try_from(at).ok())
    }

    fn node(&mut self, ast: &Ast) -> Compiled<Node> {
        Ok(match ast {
            Ast::Text(text) => Node::Const(Value::from(text.as_str())),
            Ast::Number(number) => Node::Const(number.to_json()),
            Ast::Bool(bool) => Node::Const(Value::Bool(*bool)),
            Ast::Null => Node::Const(Value::Null),
            Ast::Name(_) | Ast::Variable(_) | Ast::Dot(..) => Node::Path(self.path(ast)?),
            Ast::Filter(base, _) | Ast::Keep(base) if matches!(base_of(base), Ast::Name(_)) => {
                let mut path = Path { root: Root::Here, steps: Vec::new(), keep: false };
                self.step(ast, &mut path)?;
                Node::Path(path)
            }
            Ast::Filter(base, predicate) => self.filtered(base, predicate)?,
            Ast::Keep(base) => match &**base {
                Ast::Call(callee, arguments) => self.call(callee, arguments, true)?,
                other => self.node(other)?,
            },
            Ast::Negate(value) => Node::Negate(self.boxed(value)?),
            Ast::Binary(op, left, right) => self.binary(*op, left, right)?,
            Ast::Range(left, right) => Node::Range(self.boxed(left)?, self.boxed(right)?),
            Ast::Condition(condition, then, otherwise) => Node::Condition(
                self.boxed(condition)?,
                self.boxed(then)?,
                otherwise.as_ref().map(|otherwise| self.boxed(otherwise)).transpose()?,
            ),
            Ast::Array(items) => self.array(items)?,
            Ast::Object(pairs) => self.object(pairs)?,
            Ast::Block(expressions) => Node::Block {
                frame: expressions.iter().any(|expression| matches!(expression, Ast::Bind(..))),
                nodes: expressions.iter().map(|expression| self.node(expression)).collect::<Compiled<_>>()?,
            },
            Ast::Bind(name, value) => Node::Bind(self.symbol(name).ok_or(Beyond)?, self.boxed(value)?),
            Ast::Lambda { params, signature: false, body } => self.lambda(params, body)?,
            Ast::Call(callee, arguments) => self.call(callee, arguments, false)?,
            Ast::Chain(value, then) => self.chain(value, then)?,
            Ast::Wild
            | Ast::Regex { .. }
            | Ast::Group(..)
            | Ast::Sort(..)
            | Ast::Focus(..)
            | Ast::Lambda { .. }
            | Ast::Partial(..)
            | Ast::Transform(..) => return Err(Beyond),
        })
    }

    fn binary(&mut self, op: Op, left: &Ast, right: &Ast) -> Compiled<Node> {
        let (left, right) = (self.boxed(left)?, self.boxed(right)?);
        Ok(match op {
            Op::Add | Op::Subtract | Op::Multiply | Op::Divide | Op::Remainder => Node::Arithmetic(op, left, right),
            Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => Node::Compare(op, left, right),
            Op::Equal => Node::Equal { negated: false, left, right },
            Op::NotEqual => Node::Equal { negated: true, left, right },
            Op::And => Node::And(left, right),
            Op::Or => Node::Or(left, right),
            Op::In => Node::In(left, right),
            Op::Concat => Node::Concat(left, right),
        })
    }

    fn array(&mut self, items: &[Ast]) -> Compiled<Node> {
        let nodes = items
            .iter()
            .map(|item| Ok((matches!(item, Ast::Array(_)), self.node(item)?)))
            .collect::<Compiled<Vec<_>>>()?;
        if nodes.iter().all(|(whole, node)| matches!(node, Node::Const(value) if *whole || !value.is_array())) {
            let values = nodes.into_iter().filter_map(|(_, node)| match node {
                Node::Const(value) => Some(value),
                _ => None,
            });
            return Ok(Node::Const(values.collect()));
        }
        Ok(Node::Array(nodes))
    }

    fn object(&mut self, pairs: &[(Ast, Ast)]) -> Compiled<Node> {
        // Over an array as context value, an object constructor groups.
        if self.inside {
            return Err(Beyond);
        }
        let mut nodes = Vec::with_capacity(pairs.len());
        let mut constant = Some(Map::new());
        for (key, value) in pairs {
            let (key, value) = (self.node(key)?, self.node(value)?);
            constant = match (constant, &key, &value) {
                (Some(mut map), Node::Const(Value::String(key)), Node::Const(value)) if !map.contains_key(key) => {
                    map.insert(key.clone(), value.clone());
                    Some(map)
                }
                _ => None,
            };
            nodes.push((key, value));
        }
        Ok(constant.map_or(Node::Object(nodes), |map| Node::Const(Value::Object(map))))
    }

    fn lambda(&mut self, params: &[String], body: &Ast) -> Compiled<Node> {
        // Calls in tail position run without end in the reference; the native evaluator recurses.
        if self.calls_in_tail(body) {
            return Err(Beyond);
        }
        let params = params.iter().map(|param| self.symbol(param).ok_or(Beyond)).collect::<Compiled<_>>()?;
        Ok(Node::Lambda(Lambda { params, body: self.boxed(body)? }))
    }

    fn calls_in_tail(&self, ast: &Ast) -> bool {
        match ast {
            Ast::Call(callee, _) => {
                !matches!(&**callee, Ast::Variable(name) if self.symbol(name).is_none() && functions::is_built_in(name))
            }
            Ast::Condition(_, then, otherwise) => {
                self.calls_in_tail(then) || otherwise.as_ref().is_some_and(|otherwise| self.calls_in_tail(otherwise))
            }
            Ast::Block(expressions) => expressions.last().is_some_and(|last| self.calls_in_tail(last)),
            _ => false,
        }
    }

    fn call(&mut self, callee: &Ast, arguments: &[Ast], keep: bool) -> Compiled<Node> {
        let Ast::Variable(name) = callee else {
            let callee = self.boxed(callee)?;
            return Ok(Node::Invoke { callee, arguments: self.nodes(arguments)? });
        };
        if self.symbol(name).is_some() {
            let callee = Box::new(Node::Path(self.path(callee)?));
            return Ok(Node::Invoke { callee, arguments: self.nodes(arguments)? });
        }
        if let Some(strip) = self.strip(name, arguments)? {
            return Ok(strip);
        }
        let Some(function) = Builtin::from_name(name) else {
            if functions::is_built_in(name) || name.is_empty() {
                return Err(Beyond);
            }
            // No function: the machine's variables hold none. Evaluating it says so.
            let callee = Box::new(Node::Path(self.path(callee)?));
            return Ok(Node::Invoke { callee, arguments: self.nodes(arguments)? });
        };
        let count = function.arity_native();
        if !count.contains(&arguments.len()) {
            return Err(Beyond);
        }
        if let (Builtin::FromMillis, Some(picture)) = (function, arguments.get(1)) {
            match picture {
                Ast::Text(picture) if functions::is_plain_time(picture) => {}
                _ => return Err(Beyond),
            }
        }
        if function == Builtin::FormatNumber {
            match arguments.get(1) {
                Some(Ast::Text(picture)) if functions::plain_picture(picture).is_some() => {}
                _ => return Err(Beyond),
            }
        }
        Ok(Node::Call { function, arguments: self.nodes(arguments)?, keep })
    }

    /// `value ~> $f(x)` is `$f(value, x)` for a built-in function; whatever else may be composed is beyond.
    fn chain(&mut self, value: &Ast, then: &Ast) -> Compiled<Node> {
        let mut then = then;
        // A predicate behind the call belongs to the call, and the reference implementation does not look at it.
        while let Ast::Filter(base, _) | Ast::Keep(base) = then {
            then = base;
        }
        let Ast::Call(callee, arguments) = then else { return Err(Beyond) };
        let Ast::Variable(name) = &**callee else { return Err(Beyond) };
        if self.symbol(name).is_some() || Builtin::from_name(name).is_none() {
            return Err(Beyond);
        }
        let arguments: Vec<Ast> = std::iter::once(value.clone()).chain(arguments.iter().cloned()).collect();
        let base = Box::new(self.call(callee, &arguments, false)?);
        // No call to whoever looks at the end of a function's body.
        Ok(Node::Filtered { base, predicates: Vec::new(), keep: false })
    }

    fn strip(&mut self, name: &str, arguments: &[Ast]) -> Compiled<Option<Node>> {
        let ("replace", [text, Ast::Regex { pattern, flags }, Ast::Text(with)]) = (name, arguments) else {
            return Ok(None);
        };
        let Some(known) = functions::Pattern::from_source(pattern) else { return Err(Beyond) };
        if !flags.is_empty() {
            return Err(Beyond);
        }
        Ok(Some(Node::Replace(known, self.boxed(text)?, with.clone())))
    }

    fn nodes(&mut self, asts: &[Ast]) -> Compiled<Vec<Node>> {
        asts.iter().map(|ast| self.node(ast)).collect()
    }

    fn predicate(&mut self, ast: &Ast) -> Compiled<Predicate> {
        if let Ast::Number(number) = ast {
            return Ok(Predicate::Position(number.floored()));
        }
        let outer = std::mem::replace(&mut self.inside, true);
        let node = self.node(ast);
        self.inside = outer;
        Ok(if depends_on_item(ast) { Predicate::Test(node?) } else { Predicate::Once(node?) })
    }

    fn filtered(&mut self, base: &Ast, predicate: &Ast) -> Compiled<Node> {
        let inner = match base {
            Ast::Filter(inner, first) => self.filtered(inner, first)?,
            Ast::Keep(inner) if !matches!(**inner, Ast::Call(..)) => {
                Node::Filtered { base: self.boxed(inner)?, predicates: Vec::new(), keep: true }
            }
            other => Node::Filtered { base: self.boxed(other)?, predicates: Vec::new(), keep: false },
        };
        let Node::Filtered { base, mut predicates, keep } = inner else { return Err(Beyond) };
        predicates.push(self.predicate(predicate)?);
        Ok(Node::Filtered { base, predicates, keep })
    }

    /// A name, a variable or a chain of dots.
    fn path(&mut self, ast: &Ast) -> Compiled<Path> {
        let mut dots = Vec::new();
        let mut first = ast;
        while let Ast::Dot(left, right) = first {
            dots.push(&**right);
            first = left;
        }
        dots.reverse();
        let mut path = self.root(first, &mut dots)?;
        for step in dots {
            self.step(step, &mut path)?;
        }
        Ok(path)
    }

    fn root(&mut self, first: &Ast, dots: &mut Vec<&Ast>) -> Compiled<Path> {
        let root = match first {
            Ast::Name(_) | Ast::Text(_) if !dots.is_empty() || matches!(first, Ast::Name(_)) => {
                let mut path = Path { root: Root::Here, steps: Vec::new(), keep: false };
                self.step(first, &mut path)?;
                return Ok(path);
            }
            Ast::Variable(name) if name.is_empty() => Root::Here,
            Ast::Variable(name) => match self.symbol(name) {
                Some(symbol) => Root::Local(symbol, name.clone()),
                None if name == "states" => self.states(dots)?,
                None if name == "$" => return Err(Beyond),
                None if functions::is_built_in(name) && Builtin::from_name(name).is_none() => return Err(Beyond),
                None => Root::Variable(name.clone()),
            },
            Ast::Keep(inner) if !matches!(**inner, Ast::Call(..)) => {
                let mut path = self.root(inner, dots)?;
                path.keep = true;
                return Ok(path);
            }
            // An array constructor as first step is not flattened into the path.
            Ast::Array(_) | Ast::Number(_) | Ast::Bool(_) | Ast::Null => return Err(Beyond),
            Ast::Filter(base, _) if matches!(base_of(base), Ast::Array(_)) => return Err(Beyond),
            Ast::Filter(base, _) if matches!(base_of(base), Ast::Name(_)) => {
                let mut path = Path { root: Root::Here, steps: Vec::new(), keep: false };
                self.step(first, &mut path)?;
                return Ok(path);
            }
            other => Root::Node(self.boxed(other)?),
        };
        Ok(Path { root, steps: Vec::new(), keep: false })
    }

    fn states(&mut self, dots: &mut Vec<&Ast>) -> Compiled<Root> {
        let Some(field) = dots.first() else { return Err(Beyond) };
        let mut predicates = Vec::new();
        let mut base = *field;
        while let Ast::Filter(inner, predicate) = base {
            predicates.push(&**predicate);
            base = inner;
        }
        let Ast::Name(field) = base else { return Err(Beyond) };
        dots.remove(0);
        let mut root = match field.as_str() {
            "input" => Root::Input,
            "result" => Root::Result,
            "errorOutput" => Root::ErrorOutput,
            "context" => Root::Context,
            _ => return Err(Beyond),
        };
        if !predicates.is_empty() {
            self.reads.context |= matches!(root, Root::Context);
            let base = Box::new(Node::Path(Path { root, steps: Vec::new(), keep: false }));
            let predicates =
                predicates.into_iter().rev().map(|predicate| self.predicate(predicate)).collect::<Compiled<_>>()?;
            return Ok(Root::Node(Box::new(Node::Filtered { base, predicates, keep: false })));
        }
        let named = |dots: &[&Ast], names: &[&str]| {
            let is = |(ast, name): (&&Ast, &&str)| matches!(ast, Ast::Name(at) if at == name);
            dots.len() >= names.len() && dots.iter().zip(names).all(is)
        };
        if matches!(root, Root::Context) && named(dots, &["Execution", "Input"]) {
            dots.drain(..2);
            root = Root::ExecutionInput;
            self.reads.execution_input = true;
        }
        for (part, item) in [("Value", Root::ItemValue), ("Index", Root::ItemIndex)] {
            if matches!(root, Root::Context) && named(dots, &["Map", "Item", part]) {
                dots.drain(..3);
                root = item;
                self.reads.map_item = true;
            }
        }
        self.reads.context |= matches!(root, Root::Context);
        Ok(root)
    }

    fn step(&mut self, ast: &Ast, path: &mut Path) -> Compiled<()> {
        match ast {
            Ast::Name(name) | Ast::Text(name) => {
                path.steps.push(Step { name: name.clone(), predicates: Vec::new() });
                Ok(())
            }
            Ast::Keep(base) => {
                path.keep = true;
                self.step(base, path)
            }
            Ast::Filter(base, predicate) => {
                self.step(base, path)?;
                let predicate = self.predicate(predicate)?;
                path.steps.last_mut().ok_or(Beyond)?.predicates.push(predicate);
                Ok(())
            }
            _ => Err(Beyond),
        }
    }
}

/// What stands below filters and `[]`.
fn base_of(ast: &Ast) -> &Ast {
    match ast {
        Ast::Filter(base, _) | Ast::Keep(base) => base_of(base),
        other => other,
    }
}

/// Whether a predicate must be evaluated for each item: it reads the item, or is more than reading and arithmetic.
fn depends_on_item(ast: &Ast) -> bool {
    match ast {
        Ast::Text(_) | Ast::Number(_) | Ast::Bool(_) | Ast::Null => false,
        Ast::Variable(name) => name.is_empty(),
        Ast::Negate(value) => depends_on_item(value),
        Ast::Binary(_, left, right) => depends_on_item(left) || depends_on_item(right),
        Ast::Dot(left, right) => depends_on_item(left) || !matches!(**right, Ast::Name(_)),
        _ => true,
    }
}
