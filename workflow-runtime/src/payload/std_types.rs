//! [`Payload`] for the types that everybody has.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};

use super::{Payload, Type};
use crate::step::ErrorOutput;

macro_rules! plain {
    ($($rust:ty => $ty:expr;)+) => {
        $(impl Payload for $rust {
            fn ty() -> Type {
                $ty
            }
        })+
    };
}

plain! {
    () => Type::Unit;
    bool => Type::Bool;
    f32 => Type::Named(super::NamedType {
        name: "f32",
        shape: || super::Shape::Newtype(Type::Float),
        sensitive: false,
        inner: None,
    });
    f64 => Type::Float;
    char => Type::String;
    String => Type::String;
    Box<str> => Type::String;
    Arc<str> => Type::String;
    serde_json::Value => Type::Json;
    ErrorOutput => Type::Failure;
    serde_json::Map<String, serde_json::Value> => Type::Map(Box::new(Type::Json));
    jiff::Timestamp => Type::Timestamp;
    crate::step::TaskToken => Type::String;
}

macro_rules! integers {
    ($($rust:ident)+) => {
        $(impl Payload for $rust {
            #[allow(clippy::cast_lossless, reason = "usize and isize have no From")]
            fn ty() -> Type {
                Type::Integer { name: stringify!($rust), min: $rust::MIN as i128, max: $rust::MAX as i128 }
            }
        })+
    };
}

integers!(i8 i16 i32 i64 isize u8 u16 u32 u64 usize);

macro_rules! wrappers {
    ($([$($bounds:tt)*] $rust:ty => $ty:expr;)+) => {
        $(impl<$($bounds)*> Payload for $rust {
            fn ty() -> Type {
                $ty
            }
        })+
    };
}

wrappers! {
    [T: Payload] Result<T, ErrorOutput> => Type::Result(Box::new(T::ty()));
    [T: Payload] Option<T> => Type::Option(Box::new(T::ty()));
    [T: Payload] Box<T> => T::ty();
    [T: Payload + Sync] Arc<T> => T::ty();
    [T: Payload] Vec<T> => Type::List(Box::new(T::ty()));
    [T: Payload + Ord] BTreeSet<T> => Type::List(Box::new(T::ty()));
    [T: Payload] BTreeMap<String, T> => Type::Map(Box::new(T::ty()));
}

impl<T, S> Payload for HashSet<T, S>
where
    T: Payload + Eq + Hash,
    S: BuildHasher + Default + Send + 'static,
{
    fn ty() -> Type {
        Type::List(Box::new(T::ty()))
    }
}

impl<T: Payload, S: BuildHasher + Default + Send + 'static> Payload for HashMap<String, T, S> {
    fn ty() -> Type {
        Type::Map(Box::new(T::ty()))
    }
}

impl<T: Payload, const N: usize> Payload for [T; N]
where
    [T; N]: Serialize + DeserializeOwned,
{
    fn ty() -> Type {
        Type::List(Box::new(T::ty()))
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))+) => {
        $(impl<$($name: Payload),+> Payload for ($($name,)+) {
            fn ty() -> Type {
                Type::Tuple(vec![$($name::ty()),+])
            }
        })+
    };
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) }
