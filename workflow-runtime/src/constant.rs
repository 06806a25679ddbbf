//! Constants that a workflow reads: their JSON is part of its definition.

use std::sync::LazyLock;

use serde_json::Value;

use crate::payload::{Payload, Type};

/// A `const` or `static` that a workflow may read: a payload, texts that are borrowed, and lists and pairs of these.
#[diagnostic::on_unimplemented(
    message = "a constant of type `{Self}` cannot stand in a workflow: its JSON is not known",
    label = "no `Payload`",
    note = "a constant may be a `Payload`, a `&'static str`, or a list or pair of these; anything else is a `#[step]`'s"
)]
pub trait Constant {
    /// Its JSON and type.
    fn json(&self) -> (Value, Type);
}

/// The JSON and type of a constant.
pub fn constant<T: Constant + ?Sized>(value: &T) -> (Value, Type) {
    value.json()
}

impl<T: Payload> Constant for T {
    fn json(&self) -> (Value, Type) {
        (serde_json::to_value(self).unwrap_or_default(), T::ty())
    }
}

impl Constant for &'static str {
    fn json(&self) -> (Value, Type) {
        (Value::from(*self), Type::String)
    }
}

impl<T: Constant> Constant for &'static [T] {
    fn json(&self) -> (Value, Type) {
        list(self)
    }
}

impl<const N: usize> Constant for [&'static str; N] {
    fn json(&self) -> (Value, Type) {
        list(self)
    }
}

impl<const N: usize> Constant for &'static [&'static str; N] {
    fn json(&self) -> (Value, Type) {
        list(*self)
    }
}

impl<const N: usize, B: Constant> Constant for [(&'static str, B); N] {
    fn json(&self) -> (Value, Type) {
        list(self)
    }
}

impl<B: Constant> Constant for (&'static str, B) {
    fn json(&self) -> (Value, Type) {
        let (first, second) = (self.0.json(), self.1.json());
        (Value::Array(vec![first.0, second.0]), Type::Tuple(vec![first.1, second.1]))
    }
}

impl<A: Payload> Constant for (A, &'static str) {
    fn json(&self) -> (Value, Type) {
        let (first, second) = (self.0.json(), self.1.json());
        (Value::Array(vec![first.0, second.0]), Type::Tuple(vec![first.1, second.1]))
    }
}

impl Constant for Option<&'static str> {
    fn json(&self) -> (Value, Type) {
        (self.map_or(Value::Null, Value::from), Type::Option(Box::new(Type::String)))
    }
}

impl<T: Constant> Constant for LazyLock<T> {
    fn json(&self) -> (Value, Type) {
        (**self).json()
    }
}

/// A list's JSON; of an empty one only the type of an item tells, which no value has.
fn list<T: Constant>(items: &[T]) -> (Value, Type) {
    let (values, types): (Vec<Value>, Vec<Type>) = items.iter().map(Constant::json).unzip();
    let item = types.into_iter().next().unwrap_or(Type::Json);
    (Value::Array(values), Type::List(Box::new(item)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borrowed_texts_and_lists_of_them_have_json() {
        static LAZY: LazyLock<Vec<String>> = LazyLock::new(|| vec!["a".to_owned()]);
        const NAMES: &[&str] = &["a", "b"];
        const PAIRS: [(&str, u32); 1] = [("k", 3)];
        let json = |made: (Value, Type)| (made.0.to_string(), format!("{:?}", made.1));
        assert_eq!(json(constant(&NAMES)), (r#"["a","b"]"#.into(), "List(String)".into()));
        assert_eq!(constant(&PAIRS).0, serde_json::json!([["k", 3]]));
        assert_eq!(constant(&LAZY).0, serde_json::json!(["a"]));
        assert_eq!(constant(&Some("x")).0, serde_json::json!("x"));
        assert_eq!(constant(&(5_u8, "x")).0, serde_json::json!([5, "x"]));
    }
}
