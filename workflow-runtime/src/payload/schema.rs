//! JSON Schema (draft 2020-12) of a [`Type`].

use serde_json::{Map, Value, json};

use super::check::EXACT_MAX;
use super::{Content, Field, NamedType, Representation, Shape, Type, Variant};

/// The schema of a payload; structs and enums stand under `$defs` by their Rust name.
pub fn json_schema(ty: &Type) -> Value {
    let mut definitions = Definitions::default();
    let Value::Object(root) = definitions.schema(ty) else { return Value::Bool(true) };
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.extend(root);
    if !definitions.done.is_empty() {
        let defs = definitions.done.into_iter().map(|it| (it.name, it.schema)).collect();
        schema.insert("$defs".to_owned(), Value::Object(defs));
    }
    Value::Object(schema)
}

/// Several schemas that share their `$defs`, as two versions of a program are compared by: without texts for people, and with
/// the keys under `x-written` that may be missing when read but that serde always writes.
pub(crate) struct SchemaSet(Definitions);

impl SchemaSet {
    pub(crate) fn new() -> Self {
        Self(Definitions { done: Vec::new(), compared: true })
    }

    pub(crate) fn schema(&mut self, ty: &Type) -> Value {
        self.0.schema(ty)
    }

    /// What a variant carries.
    pub(crate) fn content(&mut self, content: &Content) -> Value {
        self.0.content(content)
    }

    /// The `$defs`.
    pub(crate) fn finish(self) -> Map<String, Value> {
        self.0.done.into_iter().map(|it| (it.name, it.schema)).collect()
    }
}

#[derive(Default)]
struct Definitions {
    done: Vec<Definition>,
    /// For a comparison: see [`SchemaSet`].
    compared: bool,
}

struct Definition {
    name: String,
    rust_name: &'static str,
    /// The shape as text: two types of one name are told apart by it.
    shape: String,
    schema: Value,
}

impl Definitions {
    fn schema(&mut self, ty: &Type) -> Value {
        match ty {
            Type::Unit => json!({"type": "null"}),
            Type::Bool => json!({"type": "boolean"}),
            Type::Integer { min, max, .. } => {
                json!({"type": "integer", "minimum": number((*min).max(-EXACT_MAX)), "maximum": number((*max).min(EXACT_MAX))})
            }
            Type::Float => json!({"type": "number"}),
            Type::String => json!({"type": "string"}),
            Type::Timestamp => json!({"type": "string", "format": "date-time"}),
            Type::Json => json!({}),
            Type::Option(inner) => json!({"anyOf": [self.schema(inner), {"type": "null"}]}),
            Type::List(item) => json!({"type": "array", "items": self.schema(item)}),
            Type::Tuple(types) => self.tuple(types),
            Type::Map(item) => json!({"type": "object", "additionalProperties": self.schema(item)}),
            Type::Named(named) => json!({"$ref": format!("#/$defs/{}", self.define(*named))}),
            Type::Result(ok) => {
                let variant = |key: &str, schema: Value| json!({"type": "object", "properties": {key: schema}, "required": [key]});
                json!({"anyOf": [variant("Ok", self.schema(ok)), variant("Err", self.schema(&Type::Failure))]})
            }
            Type::Failure => json!({
                "type": "object",
                "properties": {"Error": {"type": ["string", "null"]}, "Cause": {"type": ["string", "null"]}},
                "required": ["Error", "Cause"],
            }),
        }
    }

    fn define(&mut self, named: NamedType) -> String {
        let shape = (named.shape)();
        let text = format!("{shape:?}");
        if let Some(known) = self.done.iter().find(|it| it.rust_name == named.name && it.shape == text) {
            return known.name.clone();
        }
        let name = match self.done.iter().filter(|it| it.rust_name == named.name).count() {
            0 => named.name.to_owned(),
            others => format!("{}{}", named.name, others + 1),
        };
        let index = self.done.len();
        self.done.push(Definition { name: name.clone(), rust_name: named.name, shape: text, schema: Value::Null });
        let schema = self.shape(&shape);
        self.done[index].schema = schema;
        name
    }

    fn shape(&mut self, shape: &Shape) -> Value {
        match shape {
            Shape::Unit => json!({"type": "null"}),
            Shape::Newtype(ty) => self.schema(ty),
            Shape::Tuple(types) => self.tuple(types),
            Shape::Struct(fields) => self.object(fields, None),
            Shape::Enum { representation, variants } => self.variants(*representation, variants),
        }
    }

    fn tuple(&mut self, types: &[Type]) -> Value {
        let items: Vec<Value> = types.iter().map(|ty| self.schema(ty)).collect();
        json!({"type": "array", "prefixItems": items, "items": false, "minItems": types.len(), "maxItems": types.len()})
    }

    /// An object; with a tag, that field first.
    fn object(&mut self, fields: &[Field], tag: Option<(&str, &str)>) -> Value {
        let mut properties = Map::new();
        let mut required: Vec<Value> = Vec::new();
        let mut all_of: Vec<Value> = Vec::new();
        if let Some((tag, key)) = tag {
            properties.insert(tag.to_owned(), json!({"const": key}));
            required.push(tag.into());
        }
        for field in fields.iter().filter(|field| !field.skipped) {
            let mut schema = self.schema(&field.ty);
            if let Value::Object(schema) = &mut schema {
                field.bounds.describe(&field.ty, schema);
            }
            if field.flatten {
                all_of.push(schema);
                continue;
            }
            for alias in field.aliases {
                properties.insert((*alias).to_owned(), schema.clone());
            }
            properties.insert(field.key.to_owned(), self.described(schema, field.doc));
            match (field.optional_in, field.aliases) {
                (true, _) => {}
                (false, []) => required.push(field.key.into()),
                (false, aliases) => {
                    let keys = std::iter::once(&field.key).chain(aliases);
                    let any: Vec<Value> = keys.map(|key| json!({"required": [key]})).collect();
                    all_of.push(json!({"anyOf": any}));
                }
            }
        }
        let mut object = json!({"type": "object", "properties": properties, "required": required});
        if !all_of.is_empty() {
            object["allOf"] = all_of.into();
        }
        let written = |field: &&Field| field.optional_in && !field.optional_out && !field.skipped && !field.flatten;
        let written: Vec<Value> = fields.iter().filter(written).map(|field| field.key.into()).collect();
        if self.compared && !written.is_empty() {
            object["x-written"] = written.into();
        }
        object
    }

    fn variants(&mut self, representation: Representation, variants: &[Variant]) -> Value {
        let compared = self.compared;
        let plain =
            |variant: &Variant| matches!(variant.content, Content::Unit) && (compared || variant.doc.is_empty());
        if representation == Representation::External && variants.iter().all(plain) {
            let names: Vec<&str> = variants.iter().flat_map(names).collect();
            return json!({"type": "string", "enum": names});
        }
        let mut forms: Vec<Value> = Vec::new();
        for variant in variants {
            for key in names(variant) {
                let form = self.variant(representation, key, &variant.content);
                forms.push(self.described(form, variant.doc));
            }
        }
        let combine = if representation == Representation::Untagged { "anyOf" } else { "oneOf" };
        json!({ combine: forms })
    }

    fn variant(&mut self, representation: Representation, key: &str, content: &Content) -> Value {
        match (representation, content) {
            (Representation::External, Content::Unit) => json!({"const": key}),
            (Representation::External, content) => json!({
                "type": "object", "properties": {key: self.content(content)}, "required": [key], "additionalProperties": false
            }),
            (Representation::Internal { tag }, Content::Struct(fields)) => self.object(fields, Some((tag, key))),
            (Representation::Internal { tag } | Representation::Adjacent { tag, .. }, Content::Unit) => {
                self.object(&[], Some((tag, key)))
            }
            (Representation::Internal { tag }, content) => {
                json!({"allOf": [self.object(&[], Some((tag, key))), self.content(content)]})
            }
            (Representation::Adjacent { tag, content: held }, content) => json!({
                "type": "object",
                "properties": {tag: {"const": key}, held: self.content(content)},
                "required": [tag, held],
            }),
            (Representation::Untagged, content) => self.content(content),
        }
    }

    fn described(&self, schema: Value, doc: &str) -> Value {
        if self.compared { schema } else { described(schema, doc) }
    }

    fn content(&mut self, content: &Content) -> Value {
        match content {
            Content::Unit => json!({"type": "null"}),
            Content::Newtype(ty) => self.schema(ty),
            Content::Tuple(types) => self.tuple(types),
            Content::Struct(fields) => self.object(fields, None),
        }
    }
}

fn names(variant: &Variant) -> impl Iterator<Item = &'static str> {
    std::iter::once(variant.key).chain(variant.aliases.iter().copied())
}

fn described(mut schema: Value, doc: &str) -> Value {
    if let (false, Value::Object(fields)) = (doc.is_empty(), &mut schema) {
        fields.insert("description".to_owned(), doc.into());
    }
    schema
}

/// Bounds have been cut to 2^53 - 1 before.
fn number(bound: i128) -> i64 {
    i64::try_from(bound).unwrap_or(i64::MAX)
}
