//! Whole programs: what a body is made of.

mod branches;
mod loops;

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
}
