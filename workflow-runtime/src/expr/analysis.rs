//! What an expression reads, and what Step Functions refuses in it.

use super::ast::Ast;
use super::{ExpressionError, StatesFields, functions};

/// What is known of an expression without evaluating it.
#[derive(Debug, Default)]
pub(super) struct Analysis {
    /// Read, not bound by the expression, not built in; sorted.
    pub(super) free: Vec<String>,
    /// Every name that the expression binds somewhere; sorted.
    pub(super) bound: Vec<String>,
    /// Which parts of `$states` are read.
    pub(super) states: StatesFields,
    /// Built-in functions that are named; sorted.
    pub(super) functions: Vec<String>,
    /// One for each distinct fault.
    pub(super) refusals: Vec<ExpressionError>,
}

/// Names bound by a block or by a lambda's parameters.
struct Frame {
    /// So far.
    bound: Vec<String>,
    /// By its end: what a function body may see, which runs later.
    ever: Vec<String>,
    /// The parameters of a lambda: outer frames are seen as they will have been when it runs.
    lambda: bool,
}

struct Walker {
    out: Analysis,
    frames: Vec<Frame>,
    /// Inside a predicate or a later path step, where bare names are legal.
    context: bool,
}

/// Walks the whole tree.
pub(super) fn analyse(ast: &Ast) -> Analysis {
    let mut ever = Vec::new();
    binds_of(ast, &mut ever);
    let frame = Frame { bound: Vec::new(), ever, lambda: false };
    let mut walker = Walker { out: Analysis::default(), frames: vec![frame], context: false };
    walker.walk(ast);
    let mut out = walker.out;
    for names in [&mut out.free, &mut out.bound, &mut out.functions] {
        names.sort_unstable();
        names.dedup();
    }
    out
}

/// The names that this part binds in the frame that surrounds it.
fn binds_of(ast: &Ast, names: &mut Vec<String>) {
    if let Ast::Bind(name, _) = ast {
        names.push(name.clone());
    }
    if !matches!(ast, Ast::Block(_) | Ast::Lambda { .. }) {
        ast.children(&mut |child| binds_of(child, names));
    }
}

fn each<'a>(items: &'a [Ast], visit: &mut dyn FnMut(&'a Ast)) {
    for item in items {
        visit(item);
    }
}

fn each_pair<'a>(pairs: &'a [(Ast, Ast)], visit: &mut dyn FnMut(&'a Ast)) {
    for (key, value) in pairs {
        visit(key);
        visit(value);
    }
}

impl Ast {
    /// Calls `visit` on each direct part.
    fn children<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        match self {
            Self::Text(_)
            | Self::Number(_)
            | Self::Bool(_)
            | Self::Null
            | Self::Name(_)
            | Self::Variable(_)
            | Self::Wild
            | Self::Regex { .. } => {}
            Self::Negate(one) | Self::Keep(one) | Self::Focus(one, _) | Self::Bind(_, one) => visit(one),
            Self::Array(items) | Self::Block(items) => each(items, visit),
            Self::Object(pairs) => each_pair(pairs, visit),
            Self::Binary(_, left, right)
            | Self::Range(left, right)
            | Self::Dot(left, right)
            | Self::Filter(left, right)
            | Self::Chain(left, right) => {
                visit(left);
                visit(right);
            }
            Self::Group(base, pairs) => {
                visit(base);
                each_pair(pairs, visit);
            }
            Self::Sort(base, items) | Self::Call(base, items) | Self::Partial(base, items) => {
                visit(base);
                each(items, visit);
            }
            Self::Condition(condition, then, otherwise) => {
                visit(condition);
                visit(then);
                if let Some(otherwise) = otherwise {
                    visit(otherwise);
                }
            }
            Self::Lambda { body, .. } => visit(body),
            Self::Transform(pattern, update, delete) => {
                visit(pattern);
                visit(update);
                if let Some(delete) = delete {
                    visit(delete);
                }
            }
        }
    }
}

impl Walker {
    fn walk(&mut self, ast: &Ast) {
        match ast {
            Ast::Name(name) => self.name(name),
            Ast::Variable(name) => self.variable(name),
            Ast::Dot(left, right) => self.dot(left, right),
            Ast::Filter(base, predicate) => {
                self.walk(base);
                self.inside(|walker| walker.walk(predicate));
            }
            Ast::Sort(base, terms) => {
                self.walk(base);
                self.inside(|walker| terms.iter().for_each(|term| walker.walk(term)));
            }
            Ast::Group(base, pairs) => {
                self.walk(base);
                self.inside(|walker| {
                    for (key, value) in pairs {
                        walker.walk(key);
                        walker.walk(value);
                    }
                });
            }
            Ast::Transform(..) => self.inside(|walker| ast.children(&mut |child| walker.walk(child))),
            Ast::Focus(base, name) => {
                self.walk(base);
                self.bind(name);
            }
            Ast::Bind(name, value) => {
                self.walk(value);
                self.bind(name);
            }
            Ast::Block(_) => {
                let mut ever = Vec::new();
                ast.children(&mut |child| binds_of(child, &mut ever));
                self.frames.push(Frame { bound: Vec::new(), ever, lambda: false });
                ast.children(&mut |child| self.walk(child));
                self.frames.pop();
            }
            Ast::Lambda { params, body, .. } => {
                self.out.bound.extend(params.iter().cloned());
                let mut ever = params.clone();
                binds_of(body, &mut ever);
                self.frames.push(Frame { bound: params.clone(), ever, lambda: true });
                self.walk(body);
                self.frames.pop();
            }
            other => other.children(&mut |child| self.walk(child)),
        }
    }

    fn inside(&mut self, walk: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.context, true);
        walk(self);
        self.context = outer;
    }

    fn bind(&mut self, name: &str) {
        self.out.bound.push(name.to_owned());
        if let Some(frame) = self.frames.last_mut() {
            frame.bound.push(name.to_owned());
        }
    }

    fn is_bound(&self, name: &str) -> bool {
        let mut later = false;
        for frame in self.frames.iter().rev() {
            let names = if later { &frame.ever } else { &frame.bound };
            if names.iter().any(|bound| bound == name) {
                return true;
            }
            later |= frame.lambda;
        }
        false
    }

    fn name(&mut self, name: &str) {
        if !self.context {
            self.refuse(format!("Reference to '{name}' at the top level is not supported."));
        }
    }

    fn variable(&mut self, name: &str) {
        match name {
            "" if self.context => {}
            "" => self.refuse("Reference to '$' at the top level is not supported.".to_owned()),
            "$" => self.refuse("Reference to '$$' is not supported.".to_owned()),
            _ if self.is_bound(name) => {}
            "states" => self.out.states.whole = true,
            "eval" => self.refuse("Function '$eval' is not supported.".to_owned()),
            _ if functions::is_built_in(name) => self.out.functions.push(name.to_owned()),
            _ => self.out.free.push(name.to_owned()),
        }
    }

    fn dot(&mut self, left: &Ast, right: &Ast) {
        match left {
            // A text as a path's step is a name.
            Ast::Text(name) => self.name(name),
            Ast::Variable(name) if name == "states" && !self.is_bound(name) => {
                let mut field = right;
                while let Ast::Filter(base, _) | Ast::Keep(base) = field {
                    field = base;
                }
                match field {
                    Ast::Name(field) | Ast::Text(field) => self.states_field(field),
                    _ => self.out.states.whole = true,
                }
            }
            other => self.walk(other),
        }
        self.inside(|walker| walker.walk(right));
    }

    fn states_field(&mut self, field: &str) {
        let states = &mut self.out.states;
        match field {
            "input" => states.input = true,
            "result" => states.result = true,
            "errorOutput" => states.error_output = true,
            "context" => states.context = true,
            other => {
                if !states.unknown.iter().any(|known| known == other) {
                    states.unknown.push(other.to_owned());
                }
            }
        }
    }

    fn refuse(&mut self, message: String) {
        if !self.out.refusals.iter().any(|refusal| refusal.message == message) {
            self.out.refusals.push(ExpressionError { code: super::UNSUPPORTED, message });
        }
    }
}
