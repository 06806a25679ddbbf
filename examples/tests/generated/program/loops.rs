//! Loops and maps.

use super::{Generator, Known, Place};
use crate::types::{Code, Ty};

impl Generator {
    /// A loop that ends after a few rounds, whatever its body does.
    pub(super) fn counted(&mut self, place: Place, depth: usize) -> Code {
        let (rounds, counter, sum) = (self.choices.below(3) + 1, self.name(), self.name());
        let start = self.expr(Ty::Int, 1);
        self.scope.push(Known { name: sum.clone(), ty: Ty::Int, assignable: true });
        let scope = self.scope.len();
        self.declare(&counter, Ty::Int);
        let inside = Place { in_loop: true, ..place };
        let body = self.block(inside, depth, None);
        self.scope.truncate(scope);
        let text = format!(
            "let mut {sum}: i64 = @;\nlet mut {counter}: i64 = 0;\nwhile {counter} < {rounds} {{\n{counter} += 1;\n{sum} += \
             {counter};\n@\n}}\n"
        );
        Code::with(&text, &[&start, &body])
    }

    pub(super) fn each(&mut self, place: Place, depth: usize) -> Code {
        let (items, name) = (self.expr(Ty::Items, 0), self.name());
        let scope = self.scope.len();
        self.declare(&name, Ty::Item);
        let inside = Place { in_loop: true, ..place };
        let body = self.block(inside, depth, None);
        self.scope.truncate(scope);
        Code::with(&format!("for {name} in @ @\n"), &[&items, &body])
    }

    pub(super) fn while_let(&mut self, place: Place, depth: usize) -> Code {
        let (rounds, left, now) = (self.choices.below(3) + 1, self.name(), self.name());
        let scope = self.scope.len();
        self.declare(&now, Ty::Int);
        let body = self.block(Place { in_loop: true, ..place }, depth, None);
        self.scope.truncate(scope);
        let text = format!(
            "let mut {left}: Option<i64> = Some({rounds});\nwhile let Some({now}) = {left} {{\n{left} = if {now} > 1 {{ Some({now} - \
             1) }} else {{ None }};\n@\n}}\n"
        );
        Code::with(&text, &[&body])
    }

    pub(super) fn break_with(&mut self, place: Place, depth: usize) -> Code {
        let (rounds, counter, name) = (self.choices.below(3) + 1, self.name(), self.name());
        let scope = self.scope.len();
        self.declare(&counter, Ty::Int);
        let value = self.expr(Ty::Int, 2);
        let inside = Place { in_loop: false, ..place };
        let body = self.block(inside, depth, None);
        self.scope.truncate(scope);
        self.declare(&name, Ty::Int);
        let text = format!(
            "let mut {counter}: i64 = 0;\nlet {name}: i64 = loop {{\n{counter} += 1;\nif {counter} > {rounds} {{ break @; \
             }}\n@\n}};\n"
        );
        Code::with(&text, &[&value, &body])
    }

    /// A labelled loop in a loop.
    pub(super) fn over_range(&mut self, place: Place, depth: usize) -> Code {
        let (outer, inner, label) = (self.name(), self.name(), self.name());
        let (a, b) = (self.choices.below(3) + 1, self.choices.below(3));
        let scope = self.scope.len();
        self.declare(&outer, Ty::Int);
        let first = self.block(Place { in_loop: true, ..place }, depth, None);
        self.declare(&inner, Ty::Int);
        let condition = self.expr(Ty::Bool, 1);
        let word = if self.choices.chance(50) { "break" } else { "continue" };
        let second = self.block(Place { in_loop: true, ..place }, depth, None);
        self.scope.truncate(scope);
        let text = format!(
            "'{label}: for {outer} in 0..{a}_i64 {{\n@\nfor {inner} in 0..={b}_i64 {{\nif @ {{ {word} '{label}; }}\n@\n}}\n}}\n"
        );
        Code::with(&text, &[&first, &condition, &second])
    }

    pub(super) fn map(&mut self, place: Place, depth: usize) -> Code {
        let (state, items, item, name) = (self.state(), self.expr(Ty::Items, 0), self.name(), self.name());
        let ty = [Ty::Int, Ty::Item][self.choices.below(2)];
        let inside = Place { returns: ty, may_fail: place.may_fail, in_loop: false };
        let scope = self.scope.len();
        self.declare(&item, Ty::Item);
        let undos = self.undos;
        let body = self.fenced(|it| it.block(inside, depth, Some((ty, "Ok(@)\n"))));
        // Iterations that may have to be undone are all waited for.
        let all = if self.undos == undos { "" } else { ".collect::<Vec<_>>().into_iter()" };
        self.scope.truncate(scope);
        let list = if ty == Ty::Int { Ty::Ints } else { Ty::Items };
        self.declare(&name, list);
        let head = format!("let {name}: {} = ", list.rust());
        // One at a time: which of two items fails first is a matter of order then.
        Code::new(
            format!(
                "{state}#[max_concurrency(1)] {head}try_map({}, async |{item}| {}).await?;\n",
                items.flow, body.flow
            ),
            format!(
                "{head}{}.into_iter().map(|{item}: Item| -> plain::Done<{}> {}){all}.collect::<plain::Done<Vec<_>>>()?;\n",
                items.plain,
                ty.rust(),
                body.plain
            ),
        )
    }

    /// Items whose executions are of their own: what fails there is no error of a step's here.
    pub(super) fn distributed(&mut self, depth: usize) -> Code {
        self.elsewhere = false;
        let (state, items, item, name) = (self.state(), self.expr(Ty::Items, 0), self.name(), self.name());
        let inside = Place { returns: Ty::Int, may_fail: false, in_loop: false };
        let scope = self.scope.len();
        self.declare(&item, Ty::Item);
        let body = self.fenced(|it| it.block(inside, depth, Some((Ty::Int, "Ok(@)\n"))));
        self.scope.truncate(scope);
        self.declare(&name, Ty::Ints);
        Code::new(
            format!(
                "{state}#[max_concurrency(1)] let {name}: Vec<i64> = try_map_distributed({}, async |{item}| {}).await?;\n",
                items.flow, body.flow
            ),
            format!(
                "let {name}: Vec<i64> = {}.into_iter().map(|{item}: Item| -> plain::Done<i64> {}).collect::<plain::Done<Vec<_>>>()?;\n",
                items.plain, body.plain
            ),
        )
    }
}
