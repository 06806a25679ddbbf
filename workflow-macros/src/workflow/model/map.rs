//! `try_map` and `try_map_distributed`.

use proc_macro2::Span;
use syn::{Ident, LitStr, Path, Type};

use super::{Attributes, Block, Expr, Pattern};

/// `try_map(items, async |item| { .. }).await`
#[derive(Clone)]
pub(crate) struct MapCall {
    /// `try_map`, as written.
    pub(crate) path: Path,
    pub(crate) distributed: bool,
    pub(crate) items: Items,
    /// `|item|`, and its type where it is annotated.
    pub(crate) parameter: Pattern,
    pub(crate) ty: Option<Type>,
    /// Where the closure begins.
    pub(crate) closure: Span,
    pub(crate) body: Block,
    pub(crate) attributes: Attributes,
}

/// What a map goes over.
#[derive(Clone)]
pub(crate) enum Items {
    /// A list; `enumerate` where it ends in `.enumerate()`.
    List { list: Expr, enumerate: Option<Ident> },
    /// `csv::<Row>(bucket, key)`: the path with its type, and its arguments.
    Source { kind: SourceKind, path: Path, item: Option<Type>, arguments: Vec<Expr> },
}

/// Where a distributed map reads its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SourceKind {
    Csv,
    Json,
    JsonLines,
    Objects,
}

/// One of the attributes that belong to maps.
#[derive(Clone)]
pub(crate) struct MapAttribute {
    pub(crate) option: MapOption,
    /// Where its name stands.
    pub(crate) span: Span,
}

#[derive(Clone)]
pub(crate) enum MapOption {
    MaxConcurrency(Expr),
    ToleratedFailurePercentage(Expr),
    ToleratedFailureCount(Expr),
    Batch { max_items: Option<Expr>, max_bytes: Option<Expr> },
    ResultWriter { bucket: Expr, prefix: Expr },
    Express,
    Label(LitStr),
    MaxItems(Expr),
}

impl MapOption {
    /// The attribute's name.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::MaxConcurrency(_) => "max_concurrency",
            Self::ToleratedFailurePercentage(_) => "tolerated_failure_percentage",
            Self::ToleratedFailureCount(_) => "tolerated_failure_count",
            Self::Batch { .. } => "batch",
            Self::ResultWriter { .. } => "result_writer",
            Self::Express => "express",
            Self::Label(_) => "label",
            Self::MaxItems(_) => "max_items",
        }
    }

    /// Whether only a distributed map knows it.
    pub(crate) const fn is_distributed(&self) -> bool {
        !matches!(self, Self::MaxConcurrency(_) | Self::ToleratedFailurePercentage(_) | Self::ToleratedFailureCount(_))
    }

    /// Its expressions.
    pub(crate) fn exprs(&self) -> Vec<&Expr> {
        match self {
            Self::MaxConcurrency(value)
            | Self::ToleratedFailurePercentage(value)
            | Self::ToleratedFailureCount(value)
            | Self::MaxItems(value) => vec![value],
            Self::Batch { max_items, max_bytes } => max_items.iter().chain(max_bytes).collect(),
            Self::ResultWriter { bucket, prefix } => vec![bucket, prefix],
            Self::Express | Self::Label(_) => Vec::new(),
        }
    }
}

impl MapCall {
    /// The first attribute that a test takes.
    pub(crate) fn option(&self, is: impl Fn(&MapOption) -> bool) -> Option<&MapAttribute> {
        self.attributes.map.iter().find(|attribute| is(&attribute.option))
    }

    /// Whether failed items are tolerated, so that each item's result is a `Result`.
    pub(crate) fn tolerates(&self) -> Option<&MapAttribute> {
        self.option(|option| {
            matches!(option, MapOption::ToleratedFailurePercentage(_) | MapOption::ToleratedFailureCount(_))
        })
    }

    /// Every expression of the call but its body.
    pub(crate) fn exprs(&self) -> Vec<&Expr> {
        let mut all: Vec<&Expr> = match &self.items {
            Items::List { list, .. } => vec![list],
            Items::Source { arguments, .. } => arguments.iter().collect(),
        };
        all.extend(self.attributes.map.iter().flat_map(|attribute| attribute.option.exprs()));
        all
    }
}
