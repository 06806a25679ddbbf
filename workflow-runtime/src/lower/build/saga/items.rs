//! Maps whose iterations hold undos.

use super::super::Builder;
use super::super::map::Each;
use super::scan;
use super::settle::Settled;
use crate::lower::codes;
use crate::lower::graph::{ContainerId, NodeId};
use crate::lower::ir::At;
use crate::lower::term::Term;
use crate::lower::typed::{self, Typed};
use crate::payload::Type;

const RETRIED: &str = "a map that is retried as a whole cannot hold `#[compensate]` or `compensate()`: its undos would be due for each \
    attempt. Put `#[retry]` on the steps, or write a `loop` around a `match` on the map";

impl Builder<'_> {
    /// Whether the iterations must settle; refused where nobody sees how each of them ended.
    pub(in crate::lower::build) fn map_settles(&mut self, map: &Each<'_>, at: At) -> bool {
        let reports = scan::unwinds_in(map.body) && scan::asks_for_report(self.program);
        let settles = self.form == scan::Form::Stack && (scan::holds_undo_in(map.body) || reports);
        if !settles {
            return false;
        }
        let options = map.options;
        if !options.retry.is_empty() {
            self.fault(codes::UNDO_RETRIED, at, RETRIED);
        }
        if options.result_writer.is_some() {
            self.fault(
                codes::UNDO_RESULTS,
                at,
                "what this map's items would undo stands in their results, and `#[result_writer]` puts those into a bucket: \
                 leave it out, or undo inside of each item, with `match async { .. }.await`",
            );
        }
        if options.tolerated_failure_percentage.is_some() || options.tolerated_failure_count.is_some() {
            self.fault(
                codes::UNDO_TOLERATED,
                at,
                "an item that fails beside others that are undone is not tolerated: handle its failure inside of the map with \
                 `match async { .. }.await`, and leave `#[tolerated_failure_..]` out",
            );
        }
        true
    }

    pub(in crate::lower::build) fn settle_items(
        &mut self,
        processor: ContainerId,
        map: &Each<'_>,
        body: impl FnOnce(&mut Self) -> Option<Typed>,
    ) -> Settled {
        let reports = scan::unwinds_in(map.body) && scan::asks_for_report(self.program);
        self.settle(processor, reports, body)
    }

    /// What the Map yields; control goes on where no iteration failed.
    pub(in crate::lower::build) fn settled_results(
        &mut self,
        id: NodeId,
        processor: ContainerId,
        settled: Settled,
        at: At,
    ) -> Typed {
        let (results, fails) = self.gather(id, &[processor], std::slice::from_ref(&settled));
        if fails {
            let each = self.graph.var(None, "result");
            let failed = Term::Call("exists", vec![Term::Var(each).field("err")]);
            let failed = Term::Call("filter", vec![results.clone(), Term::Function(vec![each], Box::new(failed))]);
            let any = Term::Call("exists", vec![results.clone().field("err")]);
            self.fails_if(any, &failed.item(0).field("err"), at);
        }
        let value = match settled.value {
            Some(value) if value.poison => return Typed::poison(),
            Some(value) => value,
            None => Typed::new(Term::null(), Type::Json),
        };
        let whole = if typed::is_array(&value.ty) || typed::may_be_array(&value.ty) {
            let each = self.graph.var(None, "result");
            let ok = Term::Function(vec![each], Box::new(Term::Var(each).field("ok")));
            Term::KeepArray(Box::new(Term::Call("map", vec![results, ok])))
        } else {
            results.field("ok")
        };
        let whole = Term::Call("append", vec![Term::Array(Vec::new()), whole]);
        Typed { external: value.external, ..Typed::new(whole, Type::List(Box::new(value.ty))) }
    }
}
