//! Expressions of a wanted type.

use super::program::Generator;
use super::types::{Code, Ty};

impl Generator {
    /// An expression that cannot fail.
    pub(crate) fn expr(&mut self, ty: Ty, depth: usize) -> Code {
        if depth == 0 || self.choices.chance(45) {
            return self.leaf(ty);
        }
        match ty {
            Ty::Int => self.int(depth - 1),
            Ty::Bool => self.bool(depth - 1),
            Ty::Str => self.string(depth - 1),
            Ty::OptInt => {
                if self.choices.chance(50) {
                    let inner = self.expr(Ty::Int, depth - 1);
                    Code::with("Some(@)", &[&inner])
                } else {
                    self.conditional(ty, depth - 1)
                }
            }
            Ty::Ints => match self.choices.below(3) {
                0 => {
                    let (a, b) = (self.expr(Ty::Int, depth - 1), self.expr(Ty::Int, depth - 1));
                    Code::with("vec![@, @]", &[&a, &b])
                }
                1 => {
                    let items = self.expr(Ty::Items, depth - 1);
                    Code::with("@.iter().map(|it| it.count).collect::<Vec<i64>>()", &[&operand(items)])
                }
                _ => self.conditional(ty, depth - 1),
            },
            Ty::Item => {
                let (id, count, note) =
                    (self.expr(Ty::Str, depth - 1), self.expr(Ty::Int, depth - 1), self.expr(Ty::OptInt, depth - 1));
                Code::with("Item { id: @, count: @, note: @ }", &[&id, &count, &note])
            }
            Ty::Items => match self.choices.below(5) {
                3 => {
                    let items = self.expr(Ty::Items, depth - 1);
                    Code::with("@.iter().rev().cloned().collect::<Vec<Item>>()", &[&operand(items)])
                }
                4 => {
                    let (items, count) = (self.expr(Ty::Items, depth - 1), self.choices.below(3));
                    let method = if self.choices.chance(50) { "take" } else { "skip" };
                    Code::with(
                        &format!("@.iter().{method}({count}).cloned().collect::<Vec<Item>>()"),
                        &[&operand(items)],
                    )
                }
                0 => {
                    let (items, least) = (self.expr(Ty::Items, depth - 1), self.leaf(Ty::Int));
                    Code::with(
                        "@.iter().filter(|it| it.count > @).cloned().collect::<Vec<Item>>()",
                        &[&operand(items), &least],
                    )
                }
                1 => {
                    let item = self.expr(Ty::Item, depth - 1);
                    Code::with("vec![@]", &[&item])
                }
                _ => self.conditional(ty, depth - 1),
            },
            Ty::Status => self.conditional(ty, depth - 1),
        }
    }

    fn conditional(&mut self, ty: Ty, depth: usize) -> Code {
        let condition = self.expr(Ty::Bool, depth);
        let (then, otherwise) = (self.expr(ty, depth), self.expr(ty, depth));
        Code::with("if @ { @ } else { @ }", &[&condition, &then, &otherwise])
    }

    fn int(&mut self, depth: usize) -> Code {
        match self.choices.below(if self.features.matches { 12 } else { 6 }) {
            8 => {
                let value = self.expr(Ty::Int, depth);
                Code::with("(@).abs()", &[&value])
            }
            9 => {
                let (a, b) = (self.expr(Ty::Int, depth), self.expr(Ty::Int, depth));
                let method = if self.choices.chance(50) { "min" } else { "max" };
                Code::with(&format!("(@).{method}(@)"), &[&a, &b])
            }
            10 => {
                let (items, otherwise) = (self.leaf(Ty::Items), self.leaf(Ty::Int));
                Code::with("@.iter().map(|it| it.count).max().unwrap_or(@)", &[&items, &otherwise])
            }
            11 => {
                let (option, bound) = (self.leaf(Ty::OptInt), self.leaf(Ty::Int));
                let name = self.name();
                Code::with(&format!("@.map(|{name}| {name} + @).unwrap_or(0)"), &[&option, &bound])
            }
            0 | 1 => {
                let (a, b) = (self.expr(Ty::Int, depth), self.expr(Ty::Int, depth));
                let sign = if self.choices.chance(50) { "(@ + @)" } else { "(@ - @)" };
                Code::with(sign, &[&a, &b])
            }
            2 => {
                let (option, otherwise) = (self.leaf(Ty::OptInt), self.expr(Ty::Int, depth));
                Code::with("@.unwrap_or(@)", &[&option, &otherwise])
            }
            3 => {
                let list = self.leaf(Ty::Ints);
                Code::with("@.iter().sum::<i64>()", &[&list])
            }
            4 => {
                let item = self.leaf(Ty::Items);
                Code::with("@.iter().map(|it| it.count).sum::<i64>()", &[&item])
            }
            5 => {
                let (a, divisor) = (self.expr(Ty::Int, depth), self.choices.below(5) + 2);
                Code::with(&format!("(@ % {divisor})"), &[&a])
            }
            6 => {
                let (value, a, b, c) =
                    (self.leaf(Ty::Status), self.leaf(Ty::Int), self.expr(Ty::Int, depth), self.leaf(Ty::Int));
                let bound = self.name();
                let text = format!(
                    "match (@) {{ Status::Pending => @, Status::Lost({bound}) if {bound} > @ => {bound}, Status::Lost({bound}) => \
                     {bound} - 1, Status::Shipped {{ .. }} => @ }}"
                );
                Code::with(&text, &[&value, &b, &a, &c])
            }
            _ => {
                let (value, a, b) = (self.expr(Ty::Int, depth), self.leaf(Ty::Int), self.expr(Ty::Int, depth));
                Code::with("match (@) { 0 => @, 1..=5 | 20 => @, other => other + 1 }", &[&value, &a, &b])
            }
        }
    }

    fn bool(&mut self, depth: usize) -> Code {
        match self.choices.below(if self.features.matches { 9 } else { 7 }) {
            0 => {
                let (a, b) = (self.expr(Ty::Int, depth), self.expr(Ty::Int, depth));
                let operator = ["<", "<=", ">", ">=", "==", "!="][self.choices.below(6)];
                Code::with(&format!("@ {operator} @"), &[&operand(a), &operand(b)])
            }
            1 => {
                let (a, b) = (self.expr(Ty::Str, depth), self.expr(Ty::Str, depth));
                Code::with("@ == @", &[&operand(a), &operand(b)])
            }
            2 => {
                let (a, b) = (self.expr(Ty::Bool, depth), self.expr(Ty::Bool, depth));
                let operator = if self.choices.chance(50) { "(@ && @)" } else { "(@ || @)" };
                Code::with(operator, &[&operand(a), &operand(b)])
            }
            3 => {
                let inner = self.expr(Ty::Bool, depth);
                Code::with("!@", &[&operand(inner)])
            }
            4 => {
                let option = self.leaf(Ty::OptInt);
                Code::with("@.is_some()", &[&option])
            }
            5 => {
                let list = self.leaf(Ty::Items);
                Code::with("@.is_empty()", &[&list])
            }
            6 => {
                let (list, bound) = (self.leaf(Ty::Items), self.leaf(Ty::Int));
                let text = if self.choices.chance(50) { "any" } else { "all" };
                Code::with(&format!("@.iter().{text}(|it| it.count > @)"), &[&list, &bound])
            }
            7 => {
                let value = self.leaf(Ty::Status);
                Code::with("matches!(@, Status::Lost(_) | Status::Pending)", &[&value])
            }
            _ => {
                let (value, bound) = (self.leaf(Ty::OptInt), self.leaf(Ty::Int));
                let name = self.name();
                Code::with(&format!("matches!(@, Some({name}) if {name} < @)"), &[&value, &bound])
            }
        }
    }

    fn string(&mut self, depth: usize) -> Code {
        match self.choices.below(3) {
            0 => {
                let (a, b) = (self.expr(Ty::Str, depth), self.expr(Ty::Int, depth));
                Code::with("format!(\"{}/{}\", @, @)", &[&a, &b])
            }
            1 => {
                let item = self.leaf(Ty::Item);
                Code::with("@.id.to_uppercase()", &[&item])
            }
            _ => self.conditional(Ty::Str, depth),
        }
    }

    /// A variable, a field of one, or a literal.
    fn leaf(&mut self, ty: Ty) -> Code {
        let mut known: Vec<Code> =
            self.scope.iter().filter(|known| known.ty == ty).map(|known| Self::read(&known.name)).collect();
        for item in self.scope.iter().filter(|known| known.ty == Ty::Item) {
            let field = match ty {
                Ty::Int => "count",
                Ty::Str => "id",
                Ty::OptInt => "note",
                _ => continue,
            };
            known.push(Self::read(&format!("{}.{field}", item.name)));
        }
        if !known.is_empty() && self.choices.chance(75) {
            return known.swap_remove(self.choices.below(known.len()));
        }
        self.literal(ty)
    }

    fn read(place: &str) -> Code {
        Code::new(place, format!("{place}.clone()"))
    }

    fn literal(&mut self, ty: Ty) -> Code {
        let number = i64::try_from(self.choices.below(24)).unwrap_or_default() - 4;
        match ty {
            Ty::Int if number < 0 => Code::same(format!("({number}_i64)")),
            Ty::Int => Code::same(format!("{number}_i64")),
            Ty::Bool => Code::same((number > 8).to_string()),
            Ty::Str => Code::same(format!(
                "\"{}\".to_string()",
                ["", "a", "zoé", "it's", "b\\\"c", "10"][self.choices.below(6)]
            )),
            // Its own number: what is known at compile time may be folded otherwise.
            Ty::OptInt => Code::new("input.limit", "input.limit.clone()"),
            Ty::Ints => Code::same(format!("vec![{number}]")),
            Ty::Item => {
                Code::same(format!("Item {{ id: \"i{}\".to_string(), count: {number}, note: Some(7) }}", number + 9))
            }
            Ty::Items => Code::new("input.items", "input.items.clone()"),
            Ty::Status => match self.choices.below(3) {
                0 => Code::same("Status::Pending"),
                1 => Code::same(format!("Status::Lost({number})")),
                _ => Code::same("Status::Shipped { code: \"x\".to_string() }"),
            },
        }
    }
}

/// In parentheses where it is more than a name or a call.
fn operand(code: Code) -> Code {
    if code.flow.starts_with("if ") || code.flow.starts_with("match ") || code.flow.contains(' ') {
        Code::with("(@)", &[&code])
    } else {
        code
    }
}
