//! `try_map(items, async |item| { .. }).await`, over a list or a source of items.

use syn::{GenericArgument, Path, PathArguments, Type};

use super::super::codes;
use super::super::model::{Attributes, Block, Expr, ExprKind, Items, MapCall, Pattern, SourceKind};
use super::call::peel;
use super::refuse::shown;
use super::{Builder, Place, brace, start};
use crate::hygiene::plain;

/// What encloses the body, for people.
const ITERATION: &str = "an iteration of `try_map`";

/// A closure that was understood.
struct Each {
    parameter: Pattern,
    ty: Option<Type>,
    body: Block,
    span: proc_macro2::Span,
}

impl Builder {
    /// `try_map(..)`, after its name was seen.
    pub(super) fn map_call(&mut self, call: &syn::ExprCall, path: &Path, place: Place) -> Expr {
        let span = path.segments.last().map_or_else(|| start(path), |last| last.ident.span());
        let name = shown(path);
        if place == Place::Value {
            self.fault(path, codes::RESULT_KEPT, format!("the `Result` of `{name}(..)` is kept as a value"))
                .help(format!("write `{name}(..).await?`, or `match` on it here"));
            return Expr::poison(span);
        }
        let (Some(items), Some(each), 2) = (call.args.first(), call.args.last(), call.args.len()) else {
            self.fault(path, codes::MAP_CLOSURE, format!("`{name}` takes a list and a closure"))
                .help(format!("write `{name}(order.items, async |item| {{ .. }}).await?`"));
            return Expr::poison(span);
        };
        let distributed = is_distributed(path);
        let items = self.items(items, distributed);
        let Some(each) = self.each(each, &name) else { return Expr::poison(span) };
        let made = MapCall {
            path: path.clone(),
            distributed,
            items,
            parameter: each.parameter,
            ty: each.ty,
            closure: each.span,
            body: each.body,
            attributes: Attributes::default(),
        };
        Expr::new(ExprKind::Map(Box::new(made)), span)
    }

    fn items(&mut self, items: &syn::Expr, distributed: bool) -> Items {
        match peel(items) {
            syn::Expr::Call(call) if let Some((path, kind)) = source_of(call) => {
                if !distributed {
                    let name = shown(&without_arguments(path));
                    let message = format!("`try_map` goes over a list, and `{name}(..)` is a source");
                    self.fault(path, codes::MAP_SOURCE, message)
                        .help("write `try_map_distributed(..)`, which reads its items from where they are");
                }
                self.source(call, path, kind, distributed)
            }
            syn::Expr::MethodCall(call) if call.method == "enumerate" && call.args.is_empty() => {
                let list = self.pure(over(&call.receiver));
                Items::List { list, enumerate: Some(call.method.clone()) }
            }
            other => Items::List { list: self.pure(over(other)), enumerate: None },
        }
    }

    /// `csv::<Row>(bucket, key)`
    fn source(&mut self, call: &syn::ExprCall, path: &Path, kind: SourceKind, may_stand: bool) -> Items {
        let name = shown(&without_arguments(path));
        let arguments = self.all(&call.args);
        let item = path.segments.last().and_then(|last| match &last.arguments {
            PathArguments::AngleBracketed(arguments) => arguments.args.first(),
            _ => None,
        });
        let item = match item {
            Some(GenericArgument::Type(ty)) => Some(ty.clone()),
            _ => None,
        };
        if !may_stand {
            // Said already.
        } else if item.is_none() && kind != SourceKind::Objects {
            let help = format!("write `{name}::<Row>(..)`, where `Row` derives `Payload`");
            self.fault(path, codes::MAP_SOURCE, format!("`{name}(..)` does not say what its items are")).help(help);
        } else if arguments.len() != 2 {
            let what = if kind == SourceKind::Objects { "a bucket and a prefix" } else { "a bucket and a key" };
            self.fault(path, codes::MAP_SOURCE, format!("`{name}(..)` takes {what}"))
                .help(format!("write `{name}(\"orders\", \"2026/rows\")`"));
        }
        Items::Source { kind, path: path.clone(), item, arguments }
    }

    /// `async |item| { .. }`
    fn each(&mut self, each: &syn::Expr, name: &str) -> Option<Each> {
        let syn::Expr::Closure(closure) = peel(each) else {
            let help = match peel(each) {
                syn::Expr::Path(step) => format!("write `async |item| {}(item).await`", shown(step)),
                _ => String::from("write `async |item| { .. }`"),
            };
            self.fault(each, codes::MAP_CLOSURE, format!("`{name}` takes an `async` closure")).help(help);
            return None;
        };
        if closure.asyncness.is_none() {
            let help = match peel(&closure.body) {
                syn::Expr::Async(_) => "write `async |item| { .. }` in place of `|item| async { .. }`",
                _ => "write `async |item| { .. }`",
            };
            self.fault(&closure.inputs_begin, codes::MAP_CLOSURE, format!("the closure of `{name}` is not `async`"))
                .help(help);
            return None;
        }
        if let syn::ReturnType::Type(_, returned) = &closure.output {
            self.fault(&**returned, codes::MAP_CLOSURE, format!("the closure of `{name}` names its result"))
                .help("leave it out: an iteration ends in `Ok(..)`, `Err(..)` or a step's call");
        }
        let (Some(input), 1) = (closure.inputs.first(), closure.inputs.len()) else {
            let help = match closure.inputs.len() {
                0 => String::from("write `async |item| { .. }`, or `async |_| { .. }` where the item is not read"),
                _ => {
                    format!("for the position write `{name}(items.iter().enumerate(), async |(index, item)| {{ .. }})`")
                }
            };
            let message = format!("the closure of `{name}` takes one parameter");
            self.fault(&closure.inputs_begin, codes::MAP_CLOSURE, message).help(help);
            return None;
        };
        let (pattern, ty) = match input {
            syn::Pat::Type(typed) => (&*typed.pat, Some((*typed.ty).clone())),
            pattern => (pattern, None),
        };
        self.inside.push(ITERATION);
        let mark = self.mark();
        let parameter = self.pattern(pattern);
        let body = match &*closure.body {
            syn::Expr::Block(block) if block.label.is_none() && block.attrs.is_empty() => {
                self.block(&block.block.stmts, Place::Result, brace(&block.block))
            }
            body => {
                let tail = self.expr(body, Place::Result);
                Block { statements: Vec::new(), tail: Some(Box::new(tail)), span: start(body) }
            }
        };
        self.forget(&mark);
        self.forget(&mark);
        self.inside.pop();
        Some(Each { parameter, ty, body, span: closure.inputs_begin.span })
    }
}

/// `items.iter()` says no more than `items`: values are copied from state to state.
fn over(items: &syn::Expr) -> &syn::Expr {
    match items {
        syn::Expr::MethodCall(call)
            if (call.method == "iter" || call.method == "into_iter")
                && call.args.is_empty()
                && call.attrs.is_empty() =>
        {
            over(&call.receiver)
        }
        other => other,
    }
}

/// `try_map`, `try_map_distributed`.
pub(super) fn is_map(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| matches!(plain(&last.ident).as_str(), "try_map" | "try_map_distributed"))
}

fn is_distributed(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| last.ident == "try_map_distributed")
}

/// Whether the call names a source of items.
fn source_of(call: &syn::ExprCall) -> Option<(&Path, SourceKind)> {
    let syn::Expr::Path(path) = &*call.func else { return None };
    let kind = match plain(&path.path.segments.last()?.ident).as_str() {
        "csv" => SourceKind::Csv,
        "json" => SourceKind::Json,
        "json_lines" => SourceKind::JsonLines,
        "objects" => SourceKind::Objects,
        _ => return None,
    };
    Some((&path.path, kind))
}

/// `json_lines` of `json_lines::<Row>`.
fn without_arguments(path: &Path) -> Path {
    let mut path = path.clone();
    if let Some(last) = path.segments.last_mut() {
        last.arguments = PathArguments::None;
    }
    path
}

/// Whether the statement's state is a map, and whether it is distributed.
pub(super) fn makes_map(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Map(made) => Some(made.distributed),
        ExprKind::Try(inner, _)
        | ExprKind::Paren(inner, _)
        | ExprKind::Ok(_, inner, _)
        | ExprKind::Return(_, Some(inner)) => makes_map(inner),
        ExprKind::Match(made) => makes_map(&made.scrutinee),
        _ => None,
    }
}
