//! Expressions: from the program's to terms, with their types.

use serde_json::Value;

use super::build::Builder;
use super::ir::{BinaryOp, Expr, ExprKind, FormatPiece, UnaryOp, VariantFields};
use super::term::{Element, Term};
use super::typed::{
    self, Typed, enum_variants, is_array, may_be_array, read_field, struct_fields, tuple_parts, type_name,
};
use crate::payload::{Content, Field, Representation, Type};

/// A literal's type fits every integer type.
const LITERAL: &str = "integer literal";

pub(super) fn integer_literal() -> Type {
    Type::Integer { name: LITERAL, min: i128::from(i64::MIN), max: i128::from(i64::MAX) }
}

fn is_unsigned(ty: &Type) -> bool {
    matches!(ty, Type::Integer { min: 0, .. })
}

fn is_wide(ty: &Type) -> bool {
    matches!(ty, Type::Integer { name, max, .. } if *name != LITERAL && *max > i128::from(u32::MAX))
}

impl Builder<'_> {
    /// An expression without states.
    pub(super) fn pure(&mut self, expr: &'static Expr) -> Typed {
        match &expr.kind {
            ExprKind::Unit => Typed::unit(),
            ExprKind::Bool(value) => Typed::new(Term::Literal((*value).into()), Type::Bool),
            ExprKind::Integer(value) => self.integer(*value, expr),
            ExprKind::Float(value) => Typed::new(Term::Literal((*value).into()), Type::Float),
            ExprKind::String(text) => Typed::new(Term::string(*text), Type::String),
            ExprKind::Variable(name) => self.variable(name, expr),
            ExprKind::Constant(constant) => {
                let (value, ty) = constant();
                Typed::new(Term::Literal(value), ty)
            }
            ExprKind::Field(base, name) => self.field(base, name, expr),
            ExprKind::TupleField(base, index) => self.tuple_field(base, *index, expr),
            ExprKind::Index(base, index) => self.index(base, index, expr),
            ExprKind::Unary(operator, value) => self.unary(*operator, value),
            ExprKind::Binary(operator, left, right) => self.binary(*operator, left, right, expr),
            ExprKind::Cast(value, ty) => self.cast(value, &ty(), expr),
            ExprKind::If { condition, then, otherwise, .. } => self.pure_if(condition, then, *otherwise, expr),
            ExprKind::Block(block) => self.pure_block(block),
            ExprKind::Struct { ty, fields, base } => self.structure(&ty(), fields, *base, expr),
            ExprKind::Variant { ty, variant, fields } => self.variant(&ty(), variant, fields, expr),
            ExprKind::Tuple(parts) => self.tuple(parts),
            ExprKind::List(parts) => self.list(parts, expr),
            ExprKind::Some(value) => {
                let value = self.eval(value);
                Typed { ty: Type::Option(Box::new(value.ty.clone())), ..value }
            }
            ExprKind::None => Typed::new(Term::null(), Type::Option(Box::new(Type::Json))),
            ExprKind::Format(pieces) => self.format(pieces),
            ExprKind::Method { receiver, method, arguments } => self.method(receiver, method, arguments, expr),
            ExprKind::Context(field) => self.context(field, expr),
            _ => {
                self.fault(
                    "WF1310",
                    expr.at,
                    "this cannot stand inside an expression\nhelp: give it a `let` of its own",
                );
                Typed::poison()
            }
        }
    }

    fn integer(&mut self, value: i64, expr: &Expr) -> Typed {
        if value.unsigned_abs() > (1 << 53) - 1 {
            self.fault(
                "WF1303",
                expr.at,
                format!(
                    "`{value}` is beyond 2^53 - 1: JSONata's numbers would round it\nhelp: move this into a `#[step]`"
                ),
            );
            return Typed::poison();
        }
        Typed::new(Term::Literal(value.into()), integer_literal())
    }

    fn variable(&mut self, name: &'static str, expr: &Expr) -> Typed {
        if let Some(found) = self.lookup(name) {
            return found;
        }
        self.fault("WF1310", expr.at, format!("`{name}` is no variable of this workflow"));
        Typed::poison()
    }

    fn field(&mut self, base: &'static Expr, name: &'static str, expr: &Expr) -> Typed {
        let base = self.eval(base);
        if base.poison {
            return base;
        }
        let Some(field) =
            struct_fields(&base.ty).and_then(|fields| fields.into_iter().find(|field| field.ident == name))
        else {
            self.fault(
                "WF1310",
                expr.at,
                format!("`{}` has no field `{name}` that travels in its JSON", type_name(&base.ty)),
            );
            return Typed::poison();
        };
        if field.skipped {
            self.fault(
                "WF1310",
                expr.at,
                format!("field `{name}` of `{}` is skipped by serde: it never travels", type_name(&base.ty)),
            );
            return Typed::poison();
        }
        read_field(base.term, &field, base.external)
    }

    fn tuple_field(&mut self, base: &'static Expr, index: u32, expr: &Expr) -> Typed {
        let base = self.eval(base);
        if base.poison {
            return base;
        }
        match tuple_parts(&base.ty).and_then(|parts| parts.into_iter().nth(index as usize)) {
            Some(ty) => base.part(base.term.clone().item(index), ty),
            // A newtype is the value that it wraps.
            None if index == 0 && !matches!(base.ty, Type::Tuple(_)) => {
                base.part(base.term.clone(), typed::resolve(&base.ty))
            }
            None => {
                self.fault("WF1310", expr.at, format!("`{}` has no part `{index}`", type_name(&base.ty)));
                Typed::poison()
            }
        }
    }

    fn index(&mut self, base: &'static Expr, index: &'static Expr, expr: &Expr) -> Typed {
        let values = self.eval_many(&[base, index]);
        let [base, index] = values.as_slice() else { return Typed::poison() };
        match &typed::resolve(&base.ty) {
            Type::List(item) => {
                base.part(Term::Index(Box::new(base.term.clone()), Box::new(index.term.clone())), (**item).clone())
            }
            _ if base.poison => Typed::poison(),
            other => {
                self.fault("WF1310", expr.at, format!("`{}` cannot be indexed here", type_name(other)));
                Typed::poison()
            }
        }
    }

    fn unary(&mut self, operator: UnaryOp, value: &'static Expr) -> Typed {
        let value = self.eval(value);
        let term = value.clone().defined();
        let ty = value.ty.clone();
        match operator {
            UnaryOp::Not => value.part(term.not(), ty),
            UnaryOp::Negate => value.part(Term::Negate(Box::new(term)), ty),
        }
    }

    fn binary(&mut self, operator: BinaryOp, left: &'static Expr, right: &'static Expr, expr: &Expr) -> Typed {
        if matches!(operator, BinaryOp::And | BinaryOp::Or) && self.has_states(right) {
            self.fault("WF1313", right.at, "a step's call on the right of `&&` or `||` would run although Rust may skip it\nhelp: write `if` around the call");
            return Typed::poison();
        }
        let values = self.eval_many(&[left, right]);
        let [left, right] = values.as_slice() else { return Typed::poison() };
        if left.poison || right.poison {
            return Typed::poison();
        }
        let ty =
            if matches!(left.ty, Type::Integer { name: LITERAL, .. }) { right.ty.clone() } else { left.ty.clone() };
        let (a, b) = (left.clone().defined(), right.clone().defined());
        let boolean = |name: &'static str, a: Term, b: Term| Typed::new(Term::binary(name, a, b), Type::Bool);
        match operator {
            BinaryOp::Equal => boolean("=", a, b),
            BinaryOp::NotEqual => boolean("!=", a, b),
            BinaryOp::And => boolean("and", a, b),
            BinaryOp::Or => boolean("or", a, b),
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                if !matches!(typed::resolve(&ty), Type::Integer { .. } | Type::Float) {
                    self.fault("WF1307", expr.at, format!("values of type `{}` cannot be ordered here: JSONata orders text by UTF-16 units, Rust by bytes\nhelp: move this into a `#[step]`", type_name(&ty)));
                    return Typed::poison();
                }
                let name = match operator {
                    BinaryOp::Less => "<",
                    BinaryOp::LessEqual => "<=",
                    BinaryOp::Greater => ">",
                    _ => ">=",
                };
                boolean(name, a, b)
            }
            _ => self.arithmetic(operator, a, b, ty, expr),
        }
    }

    fn arithmetic(&mut self, operator: BinaryOp, a: Term, b: Term, ty: Type, expr: &Expr) -> Typed {
        let integer = matches!(typed::resolve(&ty), Type::Integer { .. });
        let literal_divisor = matches!(&b, Term::Literal(Value::Number(n)) if n.as_f64() != Some(0.0));
        let refusal = match operator {
            BinaryOp::Subtract if is_unsigned(&ty) => Some((
                "WF1304",
                format!(
                    "`-` on `{}` panics below zero in Rust and would go negative in JSONata\nhelp: write `a.saturating_sub(b)`, or move this into a `#[step]`",
                    type_name(&ty)
                ),
            )),
            BinaryOp::Multiply if is_wide(&ty) => Some((
                "WF1303",
                format!(
                    "`*` on `{}` may pass 2^53, where JSONata's numbers round\nhelp: use `u32` or `i32`, or move this into a `#[step]`",
                    type_name(&ty)
                ),
            )),
            BinaryOp::Divide | BinaryOp::Remainder if integer && !literal_divisor => Some((
                "WF1302",
                String::from(
                    "integer division by a value that may be zero: Rust would panic, JSONata would not\nhelp: divide by a literal, use `f64`, or move this into a `#[step]`",
                ),
            )),
            _ => None,
        };
        if let Some((code, message)) = refusal {
            self.fault(code, expr.at, message);
            return Typed::poison();
        }
        let term = match operator {
            BinaryOp::Add if matches!(typed::resolve(&ty), Type::String) => Term::binary("&", a, b),
            BinaryOp::Add => Term::binary("+", a, b),
            BinaryOp::Subtract => Term::binary("-", a, b),
            BinaryOp::Multiply => Term::binary("*", a, b),
            BinaryOp::Divide if integer => {
                let rest = Term::binary("%", a.clone(), b.clone());
                Term::binary("/", Term::binary("-", a, rest), b)
            }
            BinaryOp::Divide => Term::binary("/", a, b),
            _ => Term::binary("%", a, b),
        };
        Typed::new(term, ty)
    }

    fn cast(&mut self, value: &'static Expr, to: &Type, expr: &Expr) -> Typed {
        let value = self.eval(value);
        let widens = match (&typed::resolve(&value.ty), to) {
            (Type::Integer { name: LITERAL, .. }, Type::Integer { .. } | Type::Float)
            | (Type::Integer { .. } | Type::Float, Type::Float) => true,
            (Type::Integer { min, max, .. }, Type::Integer { min: to_min, max: to_max, .. }) => {
                to_min <= min && max <= to_max
            }
            _ => value.poison,
        };
        if !widens {
            self.fault("WF1305", expr.at, format!("`as` from `{}` to `{}` may change the value\nhelp: only widening integers and integers to `f64`; move the rest into a `#[step]`", type_name(&value.ty), type_name(to)));
            return Typed::poison();
        }
        Typed { ty: to.clone(), ..value }
    }

    fn pure_if(
        &mut self,
        condition: &'static Expr,
        then: &'static super::ir::Block,
        otherwise: Option<&'static Expr>,
        expr: &Expr,
    ) -> Typed {
        let condition = self.eval(condition).defined();
        let then = self.pure_block(then);
        let Some(otherwise) = otherwise else {
            if !then.poison && !matches!(then.ty, Type::Unit) {
                self.fault("WF1310", expr.at, "an `if` without `else` has no value");
            }
            return Typed::unit();
        };
        let otherwise = self.eval(otherwise);
        let ty = self.common_type(&then.ty, &otherwise.ty);
        let poison = then.poison || otherwise.poison;
        let external = then.external || otherwise.external;
        let term = Term::conditional(condition, then.defined(), otherwise.defined());
        Typed { external, poison, ..Typed::new(term, ty) }
    }

    /// The more telling of two types that Rust holds for the same.
    pub(super) fn common_type(&self, a: &Type, b: &Type) -> Type {
        let vague = match a {
            Type::Json | Type::Integer { name: LITERAL, .. } => true,
            Type::Option(inner) | Type::List(inner) => matches!(**inner, Type::Json),
            _ => false,
        };
        if vague { b.clone() } else { a.clone() }
    }

    fn structure(
        &mut self,
        ty: &Type,
        fields: &'static [(&'static str, Expr)],
        base: Option<&'static Expr>,
        expr: &Expr,
    ) -> Typed {
        let Some(declared) = struct_fields(ty) else {
            self.fault("WF1310", expr.at, format!("`{}` is no struct with named fields", type_name(ty)));
            return Typed::poison();
        };
        let (object, merged) = self.object(&declared, fields);
        let base = base.map(|base| self.eval(base).defined());
        let parts: Vec<Term> = base.into_iter().chain([object]).chain(merged).collect();
        let term = match <[Term; 1]>::try_from(parts) {
            Ok([only]) => only,
            Err(parts) => merge(parts),
        };
        Typed::new(term, ty.clone())
    }

    /// The object of named fields, and what is flattened into it.
    fn object(&mut self, declared: &[Field], fields: &'static [(&'static str, Expr)]) -> (Term, Vec<Term>) {
        let mut object = Vec::new();
        let mut merged = Vec::new();
        let given: Vec<&'static Expr> = fields.iter().map(|(_, value)| value).collect();
        let values = self.eval_many(&given);
        for ((name, _), value) in fields.iter().zip(values) {
            let Some(field) = declared.iter().find(|field| field.ident == *name) else { continue };
            if field.skipped {
                continue;
            }
            if field.flatten {
                merged.push(value.defined());
            } else {
                object.push((field.key.to_owned(), value.defined()));
            }
        }
        (Term::Object(object), merged)
    }

    fn variant(
        &mut self,
        ty: &Type,
        variant: &'static str,
        fields: &'static VariantFields<Expr>,
        expr: &Expr,
    ) -> Typed {
        let Some((representation, variants)) = enum_variants(ty) else {
            return self.constructor(ty, fields, expr);
        };
        let Some(found) = variants.into_iter().find(|found| found.ident == variant) else {
            self.fault("WF1310", expr.at, format!("`{}` has no variant `{variant}`", type_name(ty)));
            return Typed::poison();
        };
        let content = self.content(&found.content, fields);
        let key = found.key.to_owned();
        let term = match (representation, content) {
            (Representation::Untagged, _) => {
                self.fault("WF1311", expr.at, format!("`{}` is untagged: its variants cannot be told apart\nhelp: use another of serde's representations", type_name(ty)));
                return Typed::poison();
            }
            (Representation::External, None) => Term::string(key),
            (Representation::External, Some(content)) => Term::Object(vec![(key, content)]),
            (Representation::Internal { tag }, content) => {
                let tag = (tag.to_owned(), Term::string(key));
                match content {
                    None => Term::Object(vec![tag]),
                    Some(Term::Object(fields)) => Term::Object([tag].into_iter().chain(fields).collect()),
                    Some(other) => merge(vec![Term::Object(vec![tag]), other]),
                }
            }
            (Representation::Adjacent { tag, content: inside }, content) => {
                let content = content.map(|content| (inside.to_owned(), content));
                Term::Object([(tag.to_owned(), Term::string(key))].into_iter().chain(content).collect())
            }
        };
        Typed::new(term, ty.clone())
    }

    /// `Id(value)`: a newtype is what it wraps, a tuple struct an array.
    fn constructor(&mut self, ty: &Type, fields: &'static VariantFields<Expr>, expr: &Expr) -> Typed {
        match fields {
            VariantFields::Tuple([only]) => Typed { ty: ty.clone(), ..self.eval(only) },
            VariantFields::Tuple(parts) => Typed { ty: ty.clone(), ..self.tuple(parts) },
            VariantFields::Unit => Typed { ty: ty.clone(), ..Typed::unit() },
            VariantFields::Struct(fields) => self.structure(ty, fields, None, expr),
        }
    }

    /// What a variant carries.
    pub(super) fn content(&mut self, content: &Content, fields: &'static VariantFields<Expr>) -> Option<Term> {
        match (content, fields) {
            (Content::Newtype(_), VariantFields::Tuple([only])) => Some(self.eval(only).defined()),
            (Content::Tuple(_), VariantFields::Tuple(parts)) => Some(self.tuple(parts).term),
            (Content::Struct(declared), VariantFields::Struct(fields)) => {
                let (object, merged) = self.object(declared, fields);
                if merged.is_empty() { Some(object) } else { Some(merge([object].into_iter().chain(merged).collect())) }
            }
            _ => None,
        }
    }

    fn tuple(&mut self, parts: &'static [Expr]) -> Typed {
        let values = self.eval_many(&parts.iter().collect::<Vec<_>>());
        let ty = Type::Tuple(values.iter().map(|value| value.ty.clone()).collect());
        let external = values.iter().any(|value| value.external);
        Typed { external, ..Typed::new(self.array(values), ty) }
    }

    fn list(&mut self, parts: &'static [Expr], expr: &Expr) -> Typed {
        let values = self.eval_many(&parts.iter().collect::<Vec<_>>());
        let ty = values.iter().fold(Type::Json, |ty, value| self.common_type(&ty, &value.ty));
        if values.iter().any(|value| may_be_array(&value.ty)) {
            self.fault(
                "WF1311",
                expr.at,
                "JSONata cannot tell whether an element is itself an array\nhelp: move this into a `#[step]`",
            );
            return Typed::poison();
        }
        Typed::new(self.array(values), Type::List(Box::new(ty)))
    }

    fn array(&self, values: Vec<Typed>) -> Term {
        Term::Array(
            values.into_iter().map(|value| Element { list: is_array(&value.ty), term: value.defined() }).collect(),
        )
    }

    fn format(&mut self, pieces: &'static [FormatPiece]) -> Typed {
        let mut terms: Vec<Term> = Vec::new();
        for piece in pieces {
            match piece {
                FormatPiece::Literal("") => {}
                FormatPiece::Literal(text) => terms.push(Term::string(*text)),
                FormatPiece::Value { value, precision } => {
                    let typed = self.eval(value);
                    terms.push(self.shown(typed, *precision, value));
                }
            }
        }
        let text = terms.into_iter().reduce(|left, right| Term::binary("&", left, right));
        Typed::new(text.unwrap_or_else(|| Term::string("")), Type::String)
    }

    /// A value as `Display` writes it.
    pub(super) fn shown(&mut self, value: Typed, precision: Option<u32>, expr: &Expr) -> Term {
        let ty = typed::resolve(&value.ty);
        let poison = value.poison;
        let term = value.defined();
        match (&ty, precision) {
            _ if poison => term,
            (Type::String | Type::Timestamp, None) => term,
            (Type::Bool, None) => Term::Call("string", vec![term]),
            (Type::Integer { .. }, None) => Term::Call("formatNumber", vec![term, Term::string("0")]),
            (Type::Float, Some(precision)) => {
                let zeros = "0".repeat(precision as usize);
                let picture = if precision == 0 { "0".to_owned() } else { format!("0.{zeros}") };
                Term::Call("formatNumber", vec![term, Term::string(picture)])
            }
            (Type::Float, None) => {
                self.fault(
                    "WF1306",
                    expr.at,
                    "a float's shortest text differs between Rust and JSONata\nhelp: say how many digits: `{:.2}`",
                );
                Term::string("")
            }
            _ => {
                self.fault("WF1306", expr.at, format!("a `{}` cannot be formatted here\nhelp: format a string, number or bool; `unwrap_or(..)` an `Option` first", type_name(&ty)));
                Term::string("")
            }
        }
    }

    fn context(&mut self, field: &str, expr: &Expr) -> Typed {
        let path = match field {
            "execution_id" => "Execution.Id",
            "execution_name" => "Execution.Name",
            "execution_start_time" | "start_time" => "Execution.StartTime",
            "state_machine_id" => "StateMachine.Id",
            "state_machine_name" => "StateMachine.Name",
            "state_name" => "State.Name",
            _ => {
                self.fault("WF1310", expr.at, format!("the context has no `{field}`\nhelp: it has `execution_id`, `execution_name`, `execution_start_time`, `state_machine_id`, `state_machine_name`"));
                return Typed::poison();
            }
        };
        Typed::new(Term::Context(path), Type::String)
    }
}

fn merge(parts: Vec<Term>) -> Term {
    Term::Call("merge", vec![Term::Array(parts.into_iter().map(|term| Element { term, list: false }).collect())])
}
