//! `#[retry(..)]` on a group: a Parallel of one branch, which Step Functions can run again as a whole.

use super::super::{Builder, Fails, Frame, Returns};
use super::{Undos, scan};
use crate::lower::build::call::declared_retriers;
use crate::lower::build::map::retried_in_group;
use crate::lower::codes;
use crate::lower::graph::{EdgeRef, Kind};
use crate::lower::ir::{Attributes, Block, Expr};
use crate::lower::term::Term;
use crate::lower::typed::Typed;
use crate::payload::Type;

impl Builder<'_> {
    /// A group that is run again where it fails; control leaves it by its success.
    pub(in crate::lower::build) fn group_retried(
        &mut self,
        body: &Block,
        attributes: &Attributes,
        group: &Expr,
    ) -> Typed {
        self.refuse_retried_undos(group, true);
        let container = self.graph.container();
        let node = self.graph.node(self.container, Kind::Parallel(vec![container]), attributes, group.at);
        self.graph.nodes[node.0].retry = declared_retriers(attributes.retry.unwrap_or(&[]), &retried_in_group);
        self.enter(node);
        let outer = (self.container, self.frame, std::mem::take(&mut self.open));
        self.container = container;
        self.frame = Frame { returns: Returns::End, fails: Fails::Leave, undo: Undos::NONE };
        self.open = vec![EdgeRef::Start(container)];
        let value = self.group(body);
        if let Some(value) = value.clone() {
            self.deliver(value);
        }
        (self.container, self.frame, self.open) = outer;
        let results = self.graph.var(None, "results");
        self.graph.edge_mut(EdgeRef::Next(node)).assigns.push((results, Term::Result));
        self.failure_leaves(node);
        let value = value.unwrap_or_else(|| Typed::new(Term::null(), Type::Json));
        value.part(Term::Var(results).item(0), value.ty.clone())
    }

    /// What is run again as a whole must not leave undos behind, nor run those of its outside.
    pub(in crate::lower::build) fn refuse_retried_undos(&mut self, inside: &Expr, retried: bool) {
        if retried && (scan::holds_undo(inside) || scan::unwinds(inside)) {
            self.fault(
                codes::UNDO_RETRIED,
                inside.at,
                "what is retried as a whole cannot hold `#[compensate]` or `compensate()`: its undos would be due for each \
                 attempt. Put `#[retry]` on the steps, or write a `loop` around a `match` on the group",
            );
        }
    }
}
