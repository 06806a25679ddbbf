//! Sagas of six steps and more, with a failure at every step and at every undo.
//!
//! A [`Node`] says what a workflow is to do; [`Model`] runs it by hand. Each workflow runs with every step failing in turn,
//! and with every undo failing beside it: what was done and undone, in which order, and which error came out must be the
//! model's; the exported machine then does the same elsewhere.

mod branches;
mod groups;
mod loops;
mod maps;
mod nested;
mod straight;

use serde_json::json;
use workflow_runtime::prelude::*;

use crate::harness::{Bench, Script};
use crate::world::Fault;

/// What a workflow is to do.
pub(super) enum Node {
    /// A step that is undone.
    Step(i64),
    /// A step that is not.
    Plain(i64),
    Join(&'static [&'static [Node]]),
    /// A group and its handler.
    Group(&'static [Node], &'static [Node]),
    /// A group whose handler fails with what it caught.
    Rethrown(&'static [Node]),
    /// The same, after it did something.
    RethrownAfter(&'static [Node], &'static [Node]),
    Compensate,
}

/// Runs nodes by hand.
#[derive(Default)]
struct Model {
    failing: Vec<i64>,
    done: Vec<i64>,
    undone: Vec<i64>,
    stack: Vec<i64>,
    mark: usize,
}

impl Model {
    /// The step that failed, where one did.
    fn run(&mut self, nodes: &[Node]) -> Result<(), i64> {
        for node in nodes {
            match node {
                Node::Step(n) | Node::Plain(n) => {
                    if self.failing.contains(n) {
                        return Err(*n);
                    }
                    self.done.push(*n);
                    if matches!(node, Node::Step(_)) {
                        self.stack.push(*n);
                    }
                }
                Node::Join(branches) => self.join(branches)?,
                Node::Group(inside, handler) => {
                    if self.caught(inside).is_err() {
                        self.run(handler)?;
                    }
                }
                Node::Rethrown(inside) => self.caught(inside)?,
                Node::RethrownAfter(inside, handler) => {
                    if let Err(failed) = self.caught(inside) {
                        self.run(handler)?;
                        return Err(failed);
                    }
                }
                Node::Compensate => self.unwind(self.mark),
            }
        }
        Ok(())
    }

    fn caught(&mut self, inside: &[Node]) -> Result<(), i64> {
        let outer = std::mem::replace(&mut self.mark, self.stack.len());
        let ended = self.run(inside);
        if ended.is_err() {
            self.unwind(self.mark);
        }
        self.mark = outer;
        ended
    }

    /// All branches come to their end; the first of them that failed is heard.
    fn join(&mut self, branches: &[&[Node]]) -> Result<(), i64> {
        let mut first = Ok(());
        for branch in branches {
            let outer = (std::mem::take(&mut self.stack), std::mem::take(&mut self.mark));
            let ended = self.run(branch);
            let mut inner = std::mem::replace(&mut self.stack, outer.0);
            self.stack.append(&mut inner);
            self.mark = outer.1;
            first = first.and(ended);
        }
        first
    }

    fn unwind(&mut self, mark: usize) {
        while self.stack.len() > mark {
            let undo = -self.stack.pop().unwrap_or_default();
            if !self.failing.contains(&undo) {
                self.undone.push(undo);
            }
        }
    }

    /// A whole workflow, and the step whose failure it ends with.
    fn ended(nodes: &[Node], failing: &[i64]) -> (Self, Result<(), i64>) {
        let mut model = Self { failing: failing.to_vec(), ..Self::default() };
        let ended = model.run(nodes);
        if ended.is_err() {
            model.unwind(0);
        }
        (model, ended)
    }

    /// Every step.
    fn numbers(nodes: &[Node], steps: &mut Vec<i64>) {
        for node in nodes {
            match node {
                Node::Step(n) | Node::Plain(n) => steps.push(*n),
                Node::Join(branches) => branches.iter().for_each(|branch| Self::numbers(branch, steps)),
                Node::Group(inside, handler) | Node::RethrownAfter(inside, handler) => {
                    Self::numbers(inside, steps);
                    Self::numbers(handler, steps);
                }
                Node::Rethrown(inside) => Self::numbers(inside, steps),
                Node::Compensate => {}
            }
        }
    }
}

/// Every way to fail that makes a difference: no step, each step, each pair of which both are tried; with no undo failing,
/// each of those that are due, and all of them.
fn every_failure(nodes: &[Node]) -> Vec<Vec<i64>> {
    let mut steps = Vec::new();
    Model::numbers(nodes, &mut steps);
    let mut all = vec![Vec::new()];
    for step in &steps {
        let alone = Model::ended(nodes, &[*step]).0;
        all.push(vec![*step]);
        all.extend(alone.undone.iter().map(|undo| vec![*step, *undo]));
        if alone.undone.len() > 1 {
            all.push(std::iter::once(*step).chain(alone.undone.iter().copied()).collect());
        }
        let later = steps.iter().skip_while(|other| *other != step).skip(1);
        all.extend(later.filter(|other| alone.done.contains(other)).map(|other| vec![*step, *other]));
    }
    all
}

/// Runs a workflow with every failure.
pub(super) async fn fail_everywhere<W: Workflow>(bench: &mut Bench, nodes: &[Node]) {
    let failures = every_failure(nodes);
    for failing in &failures {
        let (mut model, ended) = Model::ended(nodes, failing);
        let script = Script::saga(failing);
        let about = format!("{} with {failing:?} failing", W::NAME);
        let Some(ran) = bench.execute::<W>(&json!(7), &script, &about).await else { return };
        let (mut done, mut undone): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
        for number in script.log() {
            if number > 0 { done.push(number) } else { undone.push(number) }
        }
        done.sort_unstable();
        model.done.sort_unstable();
        let error = ran.described["Error"].as_str().map(str::to_owned);
        let cause = ran.described["Cause"].as_str().map(str::to_owned);
        let raised = WorkflowError::from(workflow_runtime::ErrorOutput { error, cause }).downcast::<Fault>();
        let failed = match raised {
            Some(Fault::SoldOut { sku, .. }) => Err(sku.parse().unwrap_or_default()),
            _ if ran.described["status"] == "SUCCEEDED" => Ok(()),
            _ => Err(0),
        };
        if (&done, &undone, &failed) != (&model.done, &model.undone, &ended) {
            bench.fault(format!(
                "{about}\n  expected {:?} {:?} {ended:?}\n  there was {done:?} {undone:?} {failed:?} {} by {}\n{}",
                model.done,
                model.undone,
                ran.described["Error"],
                ran.entered.join(" "),
                ran.exported
            ));
        }
    }
}
