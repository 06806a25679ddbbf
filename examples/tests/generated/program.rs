//! Whole programs: what a body is made of.

use super::choices::Choices;
use super::types::{Code, STEPS, Step, Ty};

/// Which parts of the language are drawn from.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of its own")]
pub(crate) struct Features {
    pub(crate) matches: bool,
    pub(crate) loops: bool,
    pub(crate) maps: bool,
    pub(crate) undos: bool,
}

impl Features {
    pub(crate) const ALL: Self = Self { matches: true, loops: true, maps: true, undos: true };
}

/// A variable in scope.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) ty: Ty,
    /// Declared `mut`, where an assignment may stand.
    assignable: bool,
}

/// What `return` and failures mean where the generator stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Of `Ok(..)`.
    returns: Ty,
    /// Steps that may fail may be called.
    may_fail: bool,
    /// Inside a loop that `break` and `continue` belong to.
    in_loop: bool,
}

/// How far the order of steps can be told from the plain function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Exact,
    /// Branches run at once.
    Any,
}

/// A program in both tongues.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) number: u64,
    pub(crate) output: Ty,
    pub(crate) body: Code,
    pub(crate) order: Order,
    /// Children of distributed maps have histories of their own, of which the other interpreter is not told.
    pub(crate) elsewhere: bool,
}

pub(crate) struct Generator {
    pub(crate) choices: Choices,
    pub(crate) features: Features,
    pub(crate) scope: Vec<Known>,
    names: u32,
    states: u32,
    undos: u32,
    budget: u32,
    order: Order,
    elsewhere: bool,
}

pub(crate) fn program(number: u64, features: Features) -> Program {
    let inputs = [
        ("n", Ty::Int),
        ("flag", Ty::Bool),
        ("name", Ty::Str),
        ("limit", Ty::OptInt),
        ("counts", Ty::Ints),
        ("items", Ty::Items),
        ("status", Ty::Status),
    ];
    let mut generator = Generator {
        choices: Choices::of(number),
        features,
        scope: inputs.map(|(name, ty)| Known { name: format!("input.{name}"), ty, assignable: false }).to_vec(),
        names: 0,
        states: 0,
        undos: 0,
        budget: 14,
        order: Order::Exact,
        elsewhere: true,
    };
    let output = [Ty::Int, Ty::Str, Ty::Item, Ty::Ints, Ty::OptInt][generator.choices.below(5)];
    let place = Place { returns: output, may_fail: true, in_loop: false };
    let mut body = Code::default();
    let statements = generator.choices.below(7) + 2;
    for _ in 0..statements {
        generator.statement(place, 3, &mut body);
    }
    let value = generator.expr(output, 2);
    body.push(&Code::with("Ok(@)\n", &[&value]));
    Program { number, output, body, order: generator.order, elsewhere: generator.elsewhere }
}

impl Generator {
    pub(crate) fn name(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    fn state(&mut self) -> String {
        self.states += 1;
        format!("#[state = \"S{}\"] ", self.states)
    }

    fn declare(&mut self, name: &str, ty: Ty) {
        self.scope.push(Known { name: name.to_owned(), ty, assignable: false });
    }

    fn any_type(&mut self) -> Ty {
        Ty::ALL[self.choices.below(Ty::ALL.len())]
    }

    /// Statements in a scope of their own, in braces, with a value where one is wanted.
    fn block(&mut self, place: Place, depth: usize, value: Option<(Ty, &str)>) -> Code {
        let scope = self.scope.len();
        let mut body = Code::default();
        for _ in 0..=self.choices.below(2) {
            self.statement(place, depth, &mut body);
        }
        if let Some((ty, text)) = value {
            let value = self.expr(ty, 2);
            body.push(&Code::with(text, &[&value]));
        }
        self.scope.truncate(scope);
        Code::with("{\n@}", &[&body])
    }

    fn statement(&mut self, place: Place, depth: usize, body: &mut Code) {
        if self.budget == 0 {
            return;
        }
        self.budget -= 1;
        let made = match self.choices.below(if depth == 0 { 5 } else { 34 }) {
            0 => self.pure_let(),
            4 | 5 => self.leave(place),
            6 | 7 => self.branch(place, depth - 1),
            8..=10 if place.may_fail => self.match_call(place, depth - 1),
            11 => self.join(place, depth - 1),
            12 if place.may_fail => self.group(place, depth - 1),
            13 => {
                let (state, seconds) = (self.state(), self.choices.below(100) + 1);
                Code::new(format!("{state}sleep(secs({seconds})).await;\n"), "")
            }
            14 | 28 | 29 if self.features.undos && place.may_fail => self.undoable(),
            15 if self.features.matches => self.match_status(place, depth - 1),
            16 if self.features.matches => self.let_else(place),
            17 if self.features.loops => self.counted(place, depth - 1),
            18 if self.features.loops => self.each(place, depth - 1),
            19 if self.features.maps => self.map(place, depth - 1),
            20 if self.features.matches => self.if_let(place, depth - 1),
            21 if self.features.matches => self.match_text(place, depth - 1),
            22 if self.features.loops => self.while_let(place, depth - 1),
            23 if self.features.loops => self.break_with(place, depth - 1),
            24 if self.features.loops => self.over_range(place, depth - 1),
            30 => self.raw(),
            31 => self.spawned(),
            32 if self.features.maps => self.distributed(depth - 1),
            25 | 26 if self.features.loops => self.mutable(),
            _ => self.call(place),
        };
        body.push(&made);
    }

    fn pure_let(&mut self) -> Code {
        let ty = self.any_type();
        let (value, name) = (self.expr(ty, 3), self.name());
        self.declare(&name, ty);
        Code::with(&format!("let {name}: {} = @;\n", ty.rust()), &[&value])
    }

    fn mutable(&mut self) -> Code {
        let ty = self.any_type();
        let (value, name) = (self.expr(ty, 2), self.name());
        self.scope.push(Known { name: name.clone(), ty, assignable: true });
        Code::with(&format!("let mut {name}: {} = @;\n", ty.rust()), &[&value])
    }

    fn pick_step(&mut self, may_fail: bool) -> Step {
        let fit: Vec<Step> = STEPS.into_iter().filter(|step| may_fail || !step.fails).collect();
        fit[self.choices.below(fit.len())]
    }

    fn invoke(&mut self, step: Step) -> Code {
        let arguments: Vec<Code> = step.takes.iter().map(|ty| self.expr(*ty, 2)).collect();
        let holes = if arguments.len() == 1 { step.given.to_owned() } else { vec!["@"; arguments.len()].join(", ") };
        let parts: Vec<&Code> = arguments.iter().collect();
        let both = Code::with(&format!("{}({holes})", step.name), &parts);
        let flow = if step.call.is_empty() { both.flow } else { Code::with(step.call, &parts).flow };
        Code::new(format!("{flow}.await"), format!("plain::{}", both.plain))
    }

    fn call(&mut self, place: Place) -> Code {
        let step = self.pick_step(place.may_fail);
        let (call, state) = (self.invoke(step), Code::new(self.state(), ""));
        match step.gives {
            None => Code::with("@@?;\n", &[&state, &call]),
            Some(ty) => {
                let name = self.name();
                self.declare(&name, ty);
                Code::with(&format!("@let {name}: {} = @?;\n", ty.rust()), &[&state, &call])
            }
        }
    }

    /// `if .. { return .. }`, `break`, `continue`, an assignment.
    fn leave(&mut self, place: Place) -> Code {
        let targets: Vec<Known> = self.scope.iter().filter(|known| known.assignable).cloned().collect();
        if !targets.is_empty() && self.choices.chance(60) {
            let target = targets[self.choices.below(targets.len())].clone();
            let value = self.expr(target.ty, 2);
            let operator = if target.ty == Ty::Int && self.choices.chance(50) { "+=" } else { "=" };
            return Code::with(&format!("{} {operator} @;\n", target.name), &[&value]);
        }
        let condition = self.expr(Ty::Bool, 2);
        let what = self.choices.below(4);
        if place.in_loop && what < 2 {
            let word = if what == 0 { "break" } else { "continue" };
            return Code::with(&format!("if @ {{ {word}; }}\n"), &[&condition]);
        }
        if what == 3 && place.may_fail {
            let (state, value) = (Code::new(self.state(), ""), self.expr(Ty::Int, 1));
            return Code::with("if @ { @return Err(Flaw::Limit(@).into()); }\n", &[&condition, &state, &value]);
        }
        let value = self.expr(place.returns, 2);
        Code::with("if @ { return Ok(@); }\n", &[&condition, &value])
    }

    fn branch(&mut self, place: Place, depth: usize) -> Code {
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

    fn match_call(&mut self, place: Place, depth: usize) -> Code {
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

    fn join(&mut self, place: Place, depth: usize) -> Code {
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
    fn fenced(&mut self, inside: impl FnOnce(&mut Self) -> Code) -> Code {
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

    fn group(&mut self, place: Place, depth: usize) -> Code {
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

    fn undoable(&mut self) -> Code {
        if self.undos == 6 {
            return Code::default();
        }
        self.undos += 1;
        let (name, state, number) = (self.name(), self.state(), self.undos);
        let (call, label) = (self.expr(Ty::Int, 2), self.leaf_string());
        self.declare(&name, Ty::Int);
        Code::new(
            format!(
                "#[compensate(undo_{number}({}, {name}))] {state}let {name}: i64 = double({}).await?;\n",
                label.flow, call.flow
            ),
            format!(
                "let {name}: i64 = plain::double({})?;\nplain::due(undos, {number}, {}, {name}.clone());\n",
                call.plain, label.plain
            ),
        )
    }

    fn leaf_string(&mut self) -> Code {
        self.expr(Ty::Str, 0)
    }

    fn match_status(&mut self, place: Place, depth: usize) -> Code {
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

    fn let_else(&mut self, place: Place) -> Code {
        let (option, name) = (self.expr(Ty::OptInt, 1), self.name());
        let value = self.expr(place.returns, 1);
        self.declare(&name, Ty::Int);
        Code::with(&format!("let Some({name}) = (@) else {{ return Ok(@); }};\n"), &[&option, &value])
    }

    /// A loop that ends after a few rounds, whatever its body does.
    fn counted(&mut self, place: Place, depth: usize) -> Code {
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

    fn each(&mut self, place: Place, depth: usize) -> Code {
        let (items, name) = (self.expr(Ty::Items, 0), self.name());
        let scope = self.scope.len();
        self.declare(&name, Ty::Item);
        let inside = Place { in_loop: true, ..place };
        let body = self.block(inside, depth, None);
        self.scope.truncate(scope);
        Code::with(&format!("for {name} in @ @\n"), &[&items, &body])
    }

    fn if_let(&mut self, place: Place, depth: usize) -> Code {
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

    fn match_text(&mut self, place: Place, depth: usize) -> Code {
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

    fn while_let(&mut self, place: Place, depth: usize) -> Code {
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

    fn break_with(&mut self, place: Place, depth: usize) -> Code {
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
    fn over_range(&mut self, place: Place, depth: usize) -> Code {
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

    fn map(&mut self, place: Place, depth: usize) -> Code {
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

    fn raw(&mut self) -> Code {
        let (state, name) = (self.state(), self.name());
        let (a, b) = (self.expr(Ty::Int, 2), self.expr(Ty::Str, 1));
        self.declare(&name, Ty::Int);
        Code::new(
            format!(
                "{state}let {name}: i64 = raw_state!({{ \"Type\": \"Pass\", \"Output\": \"{{% $b = 'a' ? $a - 1 : $a + 1 %}}\" }}, a = \
                 {}, b = {}).await?;\n",
                a.flow, b.flow
            ),
            format!(
                "let {name}: i64 = {{ let (a, b) = ({}, {}); if b == \"a\" {{ a - 1 }} else {{ a + 1 }} }};\n",
                a.plain, b.plain
            ),
        )
    }

    /// An execution that nobody waits for, Standard or Express.
    fn spawned(&mut self) -> Code {
        let (state, value) = (self.state(), self.expr(Ty::Int, 2));
        let flow = ["quiet", "swift"][self.choices.below(2)];
        Code::new(
            format!("{state}let _ = spawn({flow}(Pack {{ n: {} }})).await?;\n", value.flow),
            format!("let _ = {};\n", value.plain),
        )
    }

    /// Items whose executions are of their own: what fails there is no error of a step's here.
    fn distributed(&mut self, depth: usize) -> Code {
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
