//! Run-time type descriptors.

/// The type of a payload as JSON sees it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Type {
    /// `()`: JSON `null`.
    Unit,
    /// `bool`.
    Bool,
    /// An integer; bounds inclusive. Values beyond 2^53 - 1 are refused: JSONata's numbers are doubles.
    Integer {
        /// Rust's name, `u64`.
        name: &'static str,
        /// The smallest value.
        min: i128,
        /// The largest value.
        max: i128,
    },
    /// `f32`, `f64`.
    Float,
    /// `String`, `char`.
    String,
    /// `jiff::Timestamp`: RFC 3339 text in UTC.
    Timestamp,
    /// `serde_json::Value`: anything.
    Json,
    /// `Option<T>`: `null` (or a missing field) or a value.
    Option(Box<Type>),
    /// `Vec<T>`, `[T; N]`, sets.
    List(Box<Type>),
    /// `(A, B)`: a JSON array of fixed length.
    Tuple(Vec<Type>),
    /// Maps with string keys.
    Map(Box<Type>),
    /// A struct or enum; its shape is asked for when needed, so that types may be recursive.
    Named(NamedType),
    /// `Result<T, ErrorOutput>`: JSON `{"Ok": value}` or `{"Err": {"Error": .., "Cause": ..}}`; an item of a map that tolerates
    /// failures.
    Result(Box<Type>),
    /// What a failed call or group left: JSON `{"Error": .., "Cause": ..}`. `ErrorOutput`.
    Failure,
}

/// A struct or enum of the user's.
#[derive(Clone, Copy)]
pub struct NamedType {
    /// Rust's name of the type, without path.
    pub name: &'static str,
    /// Its fields or variants.
    pub shape: fn() -> Shape,
    /// Masked wherever it is shown: `#[payload(sensitive)]` on the type.
    pub sensitive: bool,
    /// Of a [`Shape::Newtype`] Rust's name of the field that its JSON is: `0`, or a transparent struct's. `None` where serde
    /// converts, `#[serde(from = "..", into = "..")]`.
    pub inner: Option<&'static str>,
}

impl std::fmt::Debug for NamedType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("NamedType").field(&self.name).finish()
    }
}

/// The inside of a [`NamedType`].
#[derive(Clone, Debug)]
pub enum Shape {
    /// `struct S { .. }`.
    Struct(Vec<Field>),
    /// `struct S(T);` or `#[serde(transparent)]`: JSON of `T` itself.
    Newtype(Type),
    /// `struct S(A, B);`: a JSON array.
    Tuple(Vec<Type>),
    /// `struct S;`: `null`.
    Unit,
    /// `enum E { .. }`.
    Enum {
        /// How serde tells the variants apart.
        representation: Representation,
        /// In the order of declaration.
        variants: Vec<Variant>,
    },
}

/// A field of a struct or of a variant.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "serde's own flags")]
pub struct Field {
    /// Rust's name.
    pub ident: &'static str,
    /// JSON's key.
    pub key: &'static str,
    /// Other keys that are read too (`#[serde(alias = ..)]`).
    pub aliases: &'static [&'static str],
    /// Its type.
    pub ty: Type,
    /// `#[serde(flatten)]`: its keys stand in the parent.
    pub flatten: bool,
    /// The key may be missing when read: `#[serde(default)]` or an `Option`.
    pub optional_in: bool,
    /// The JSON of what serde takes where the key is missing: `#[serde(default)]`. `None` inside where it has none.
    pub default: Option<fn() -> Option<serde_json::Value>>,
    /// The key may be missing when written: `skip_serializing_if`.
    pub optional_out: bool,
    /// `#[serde(skip)]` or `skip_serializing`: never in the JSON.
    pub skipped: bool,
    /// Masked wherever it is shown: `#[payload(sensitive)]`.
    pub sensitive: bool,
    /// How large it may be: `#[payload(max_len = .., max_bytes = ..)]`.
    pub bounds: Bounds,
    /// Its doc comment.
    pub doc: &'static str,
}

/// How large a field may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Items of a list or map, characters of a text.
    pub max_len: Option<u64>,
    /// Bytes of its JSON text.
    pub max_bytes: Option<u64>,
}

/// A variant of an enum.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Rust's name.
    pub ident: &'static str,
    /// JSON's name.
    pub key: &'static str,
    /// Other names that are read too (`#[serde(alias = ..)]`).
    pub aliases: &'static [&'static str],
    /// What it carries.
    pub content: Content,
    /// Its doc comment.
    pub doc: &'static str,
}

/// What a variant carries.
#[derive(Clone, Debug)]
pub enum Content {
    /// Nothing.
    Unit,
    /// One unnamed field: JSON of that type itself.
    Newtype(Type),
    /// Several unnamed fields: a JSON array.
    Tuple(Vec<Type>),
    /// Named fields: a JSON object.
    Struct(Vec<Field>),
}

/// How serde writes an enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Representation {
    /// `"Unit"` or `{"Variant": content}`.
    External,
    /// `{"tag": "Variant", ..content}`.
    Internal {
        /// The key that names the variant.
        tag: &'static str,
    },
    /// `{"tag": "Variant", "content": content}`.
    Adjacent {
        /// The key that names the variant.
        tag: &'static str,
        /// The key that holds what it carries.
        content: &'static str,
    },
    /// Only the content.
    Untagged,
}
