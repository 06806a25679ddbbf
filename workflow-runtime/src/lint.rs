//! What is right and may still go wrong one day: lists and texts without a bound that travel between states.
//!
//! Only types tell, so that it is asked for at run time: by a test, `assert!(lint::unbounded::<OrderFlow>().is_empty())`, or on the
//! command line, `order check --lint unbounded`.

use std::collections::BTreeSet;

use crate::nested::ChildWorkflow;
use crate::payload::{Bounds, Content, Shape, Type};
use crate::workflow::Workflow;

/// Something that may grow past 256 KiB.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// "the input of workflow `OrderFlow`", "parameter `order` of step `ValidateOrder`", "the result of step `ReadLines`".
    pub place: String,
    /// The field, step by step: `order.lines[].note`; empty for the value itself.
    pub path: String,
    /// What grows.
    pub kind: Growth,
}

/// What grows without a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Growth {
    /// A list: a `Vec`, a set.
    List,
    /// A map.
    Map,
    /// Any JSON.
    Json,
    /// A text.
    Text,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { place, path, kind } = self;
        let what = match kind {
            Growth::List => "a list",
            Growth::Map => "a map",
            Growth::Json => "any JSON",
            Growth::Text => "a text",
        };
        let at = if path.is_empty() { String::new() } else { format!(", field `{path}`") };
        write!(f, "{place}{at}: {what} without a bound, and 256 KiB is all that may travel; ")?;
        if path.is_empty() {
            return f
                .write_str("make it a `Blob` or a `Spill`, or wrap it in a struct with `#[payload(max_len = ..)]`");
        }
        match kind {
            Growth::Json => f.write_str("bound it with `#[payload(max_bytes = ..)]`, or make it a `Blob` or a `Spill`"),
            _ => f.write_str("bound it with `#[payload(max_len = ..)]`, or make it a `Blob` or a `Spill`"),
        }
    }
}

/// Every list, map, text and JSON value without a bound that the workflow takes, yields, or hands to and from its steps, each
/// once: by where it stands first.
pub fn unbounded<W: Workflow>() -> Vec<Finding> {
    unbounded_of(&ChildWorkflow::of::<W>())
}

/// As [`unbounded`], of a workflow without its type.
pub(crate) fn unbounded_of(workflow: &ChildWorkflow) -> Vec<Finding> {
    let mut walk = Walk::default();
    let name = workflow.name;
    walk.place(format!("the input of workflow `{name}`"), &(workflow.input)());
    for step in (workflow.steps)() {
        let spec = (step.spec)();
        for param in &spec.params {
            walk.place(format!("parameter `{}` of step `{}`", param.name, spec.name), &param.ty);
        }
        walk.place(format!("the result of step `{}`", spec.name), &spec.output);
    }
    walk.place(format!("the output of workflow `{name}`"), &(workflow.output)());
    walk.found
}

#[derive(Default)]
struct Walk {
    found: Vec<Finding>,
    place: String,
    /// Types whose fields have been told of.
    told: BTreeSet<(&'static str, usize)>,
}

impl Walk {
    fn place(&mut self, place: String, ty: &Type) {
        self.place = place;
        self.ty(ty, "", Bounds::default());
    }

    fn grows(&mut self, path: &str, kind: Growth) {
        self.found.push(Finding { place: self.place.clone(), path: path.to_owned(), kind });
    }

    fn ty(&mut self, ty: &Type, path: &str, bounds: Bounds) {
        // Bounded as a whole: nothing inside can grow past it.
        if bounds.max_bytes.is_some() {
            return;
        }
        let bounded = bounds.max_len.is_some();
        match ty {
            Type::List(item) => {
                if !bounded {
                    self.grows(path, Growth::List);
                }
                self.ty(item, &format!("{path}[]"), Bounds::default());
            }
            Type::Map(item) => {
                if !bounded {
                    self.grows(path, Growth::Map);
                }
                self.ty(item, &format!("{path}{{}}"), Bounds::default());
            }
            Type::String if !bounded => self.grows(path, Growth::Text),
            Type::Json => self.grows(path, Growth::Json),
            Type::Option(inner) => self.ty(inner, path, bounds),
            Type::Result(inner) => self.ty(inner, path, Bounds::default()),
            Type::Tuple(types) => {
                for (index, ty) in types.iter().enumerate() {
                    self.ty(ty, &join(path, &index.to_string()), Bounds::default());
                }
            }
            // A reference, and a value that is measured before it travels.
            Type::Named(named) if ["Blob", "Spill"].contains(&named.name) => {}
            Type::Named(named) => match (named.shape)() {
                Shape::Newtype(inner) => self.ty(&inner, path, bounds),
                shape => {
                    if self.told.insert((named.name, named.shape as usize)) {
                        self.shape(&shape, path);
                    }
                }
            },
            Type::String
            | Type::Unit
            | Type::Bool
            | Type::Integer { .. }
            | Type::Float
            | Type::Timestamp
            | Type::Failure => {}
        }
    }

    fn shape(&mut self, shape: &Shape, path: &str) {
        match shape {
            Shape::Struct(fields) => self.fields(fields, path),
            Shape::Tuple(types) => self.ty(&Type::Tuple(types.clone()), path, Bounds::default()),
            Shape::Newtype(inner) => self.ty(inner, path, Bounds::default()),
            Shape::Unit => {}
            Shape::Enum { variants, .. } => {
                for variant in variants {
                    let path = join(path, variant.ident);
                    match &variant.content {
                        Content::Unit => {}
                        Content::Newtype(ty) => self.ty(ty, &path, Bounds::default()),
                        Content::Tuple(types) => self.ty(&Type::Tuple(types.clone()), &path, Bounds::default()),
                        Content::Struct(fields) => self.fields(fields, &path),
                    }
                }
            }
        }
    }

    fn fields(&mut self, fields: &[crate::payload::Field], path: &str) {
        for field in fields.iter().filter(|field| !field.skipped) {
            self.ty(&field.ty, &join(path, field.ident), field.bounds);
        }
    }
}

fn join(path: &str, step: &str) -> String {
    if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") }
}
