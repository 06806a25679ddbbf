//! Choices and branches.

use super::{Generator, Order, Place};
use crate::types::{Code, STEPS, Step, Ty};

impl Generator {
    pub(super) fn branch(&mut self, place: Place, depth: usize) -> Code {
        let condition = self.expr(Ty::Bool, 2);
        if self.choices.chance(40) {
            let ty = self.any_type();
            let (then, otherwise) =
                (self.block(place, depth, Some((ty, "@\n"))), self.block(place, depth, Some((ty, "@\n"))));
            let name = self.name();
            self.declare(&name, ty);
            return Code::with(
                &format!("let {name}: {} = if @ @ else @;\n", ty.rust()),
                &[&condition, &then, &otherwise],
            );
        }
        let then = self.block(place, depth, None);
        if self.choices.chance(50) {
            return Code::with("if @ @\n", &[&condition, &then]);
        }
        let otherwise = self.block(place, depth, None);
        Code::with("if @ @ else @\n", &[&condition, &then, &otherwise])
    }

    pub(super) fn match_call(&mut self, place: Place, depth: usize) -> Code {
        let failing: Vec<Step> = STEPS.into_iter().filter(|step| step.fails).collect();
        let step = failing[self.choices.below(failing.len())];
        let (call, state) = (self.invoke(step), Code::new(self.state(), ""));
        let (name, bound, what) = (self.name(), self.name(), self.name());
        let ty = self.any_type();
        let scope = self.scope.len();
        self.declare(&bound, step.gives.unwrap_or(Ty::Int));
        let ok = self.block(place, depth, Some((ty, "@\n")));
        self.scope.truncate(scope);
        self.declare(&what, Ty::Int);
        let odd = self.block(place, depth, Some((ty, "@\n")));
        self.scope.truncate(scope);
        let empty = if self.choices.chance(50) {
            let arm = self.block(place, depth, Some((ty, "@\n")));
            Code::with("Err(Failed(Fault::Empty)) => @\n", &[&arm])
        } else {
            Code::default()
        };
        self.declare(&name, ty);
        let text = format!(
            "@let {name}: {} = match @ {{\nOk({bound}) => @\nErr(Failed(Fault::Odd({what}))) => @\n@Err(failure) => return \
             Err(failure.into()),\n}};\n",
            ty.rust()
        );
        Code::with(&text, &[&state, &call, &ok, &odd, &empty])
    }

    pub(super) fn match_status(&mut self, place: Place, depth: usize) -> Code {
        let value = self.expr(Ty::Status, 0);
        let (number, text) = (self.name(), self.name());
        let pending = self.block(place, depth, None);
        let scope = self.scope.len();
        self.declare(&number, Ty::Int);
        let lost = self.block(place, depth, None);
        self.scope.truncate(scope);
        self.declare(&text, Ty::Str);
        let shipped = self.block(place, depth, None);
        self.scope.truncate(scope);
        let text = format!(
            "match (@) {{\nStatus::Pending => @\nStatus::Lost({number}) => @\nStatus::Shipped {{ code: {text} }} => @\n}}\n"
        );
        Code::with(&text, &[&value, &pending, &lost, &shipped])
    }

    pub(super) fn let_else(&mut self, place: Place) -> Code {
        let (option, name) = (self.expr(Ty::OptInt, 1), self.name());
        let value = self.expr(place.returns, 1);
        self.declare(&name, Ty::Int);
        Code::with(&format!("let Some({name}) = (@) else {{ return Ok(@); }};\n"), &[&option, &value])
    }

    pub(super) fn if_let(&mut self, place: Place, depth: usize) -> Code {
        let (option, name) = (self.expr(Ty::OptInt, 0), self.name());
        let scope = self.scope.len();
        self.declare(&name, Ty::Int);
        let condition = self.expr(Ty::Bool, 1);
        let then = self.block(place, depth, None);
        self.scope.truncate(scope);
        let otherwise = self.block(place, depth, None);
        let chain = if self.choices.chance(50) { Code::with(" && (@)", &[&condition]) } else { Code::default() };
        Code::with(&format!("if let Some({name}) = @@ @ else @\n"), &[&option, &chain, &then, &otherwise])
    }

    pub(super) fn match_text(&mut self, place: Place, depth: usize) -> Code {
        let (value, option, ty, name) = (self.expr(Ty::Str, 0), self.expr(Ty::OptInt, 0), self.any_type(), self.name());
        let arms: Vec<Code> = (0..3).map(|_| self.block(place, depth, Some((ty, "@\n")))).collect();
        let least = self.expr(Ty::Int, 0);
        self.declare(&name, ty);
        let text = format!(
            "let {name}: {} = match (@.as_str(), @) {{\n(\"ada\" | \"\", _) => @\n(_, Some(n)) if n > @ => @\n_ => @\n}};\n",
            ty.rust()
        );
        Code::with(&text, &[&value, &option, &arms[0], &least, &arms[1], &arms[2]])
    }

    pub(super) fn join(&mut self, place: Place, depth: usize) -> Code {
        self.order = Order::Any;
        let state = Code::new(self.state(), "");
        let count = self.choices.below(2) + 2;
        let failing = if place.may_fail { self.choices.below(count + 1) } else { count };
        let (mut names, mut types, mut flows, mut plains) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let undos = self.undos;
        for index in 0..count {
            let ty = self.any_type();
            // With one branch that may fail, which error comes first is no matter of time.
            let inside = Place { returns: ty, may_fail: index == failing, in_loop: false };
            let branch = self.fenced(|it| it.block(inside, depth, Some((ty, "Ok(@)\n"))));
            flows.push(format!("async {}", branch.flow));
            plains.push(format!("(|| -> plain::Done<{}> {})()", ty.rust(), branch.plain));
            types.push(ty.rust());
            names.push((self.name(), ty));
        }
        for (name, ty) in &names {
            self.declare(name, *ty);
        }
        let pattern = names.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        let head = format!("let ({pattern}): ({}) = ", types.join(", "));
        Code::new(
            format!("{}{head}try_join!({})?;\n", state.flow, flows.join(", ")),
            if self.undos == undos {
                format!("{head}({}?);\n", plains.join("?, "))
            } else {
                // Branches that may have to be undone are all waited for.
                let each = names.iter().zip(&plains).map(|((name, _), plain)| format!("let {name} = {plain};\n"));
                let each = each.collect::<Vec<_>>().concat();
                let done = names.iter().map(|(name, _)| format!("{name}?")).collect::<Vec<_>>().join(", ");
                format!("{each}{head}({done});\n")
            },
        )
    }

    /// Where outer variables cannot be assigned.
    pub(super) fn fenced(&mut self, inside: impl FnOnce(&mut Self) -> Code) -> Code {
        let before: Vec<bool> = self.scope.iter().map(|known| known.assignable).collect();
        for known in &mut self.scope {
            known.assignable = false;
        }
        let made = inside(self);
        for (known, assignable) in self.scope.iter_mut().zip(before) {
            known.assignable = assignable;
        }
        made
    }

    pub(super) fn group(&mut self, place: Place, depth: usize) -> Code {
        let ty = self.any_type();
        let inside = Place { returns: ty, may_fail: true, in_loop: false };
        let body = self.fenced(|it| it.block(inside, depth, Some((ty, "Ok(@)\n"))));
        let (name, bound) = (self.name(), self.name());
        let handler = self.block(place, depth, Some((ty, "@\n")));
        self.declare(&name, ty);
        let group = Code::new(
            format!("async {}.await", body.flow),
            format!("plain::group(undos, || -> plain::Done<{}> {})", ty.rust(), body.plain),
        );
        let text = format!(
            "let {name}: {} = match @ {{\nOk({bound}) => {bound},\nErr(failure) if_none => @\n}};\n",
            ty.rust()
        );
        Code::with(&text.replace("(failure) if_none", "(_)"), &[&group, &handler])
    }
}
