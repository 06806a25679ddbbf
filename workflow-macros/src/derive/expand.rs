//! A [`Model`] as the expression that builds its descriptor.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Type;

use super::model::{DefaultValue, Field, Model, Representation, Shape, Variant};

/// `Type::Named(..)`
pub(crate) fn descriptor(model: &Model) -> TokenStream {
    let p = model.krate.private();
    let name = &model.name;
    let shape = shape(&p, &model.shape);
    let sensitive = model.sensitive;
    let inner = if let Some(inner) = &model.inner {
        quote!(::core::option::Option::Some(#inner))
    } else {
        quote!(::core::option::Option::None)
    };
    quote!(#p::Type::Named(#p::NamedType { name: #name, shape: || #shape, sensitive: #sensitive, inner: #inner }))
}

fn type_of(p: &TokenStream, ty: &Type) -> TokenStream {
    quote!(<#ty as #p::Payload>::ty())
}

fn types(p: &TokenStream, types: &[Type]) -> TokenStream {
    let types = types.iter().map(|ty| type_of(p, ty));
    quote!(::std::vec![#(#types),*])
}

fn shape(p: &TokenStream, shape: &Shape) -> TokenStream {
    match shape {
        Shape::Unit => quote!(#p::Shape::Unit),
        Shape::Newtype(ty) => {
            let ty = type_of(p, ty);
            quote!(#p::Shape::Newtype(#ty))
        }
        Shape::Tuple(list) => {
            let list = types(p, list);
            quote!(#p::Shape::Tuple(#list))
        }
        Shape::Struct(list) => {
            let list = fields(p, list);
            quote!(#p::Shape::Struct(#list))
        }
        Shape::Enum(representation, variants) => {
            let representation = self::representation(p, representation);
            let variants = variants.iter().filter(|it| it.skipped.is_none()).map(|it| variant(p, it));
            quote!(#p::Shape::Enum { representation: #representation, variants: ::std::vec![#(#variants),*] })
        }
    }
}

fn representation(p: &TokenStream, representation: &Representation) -> TokenStream {
    match representation {
        Representation::External => quote!(#p::Representation::External),
        Representation::Internal(tag) => quote!(#p::Representation::Internal { tag: #tag }),
        Representation::Adjacent(tag, content) => quote!(#p::Representation::Adjacent { tag: #tag, content: #content }),
        Representation::Untagged => quote!(#p::Representation::Untagged),
    }
}

fn fields(p: &TokenStream, fields: &[Field]) -> TokenStream {
    let fields = fields.iter().map(|it| field(p, it));
    quote!(::std::vec![#(#fields),*])
}

fn field(p: &TokenStream, field: &Field) -> TokenStream {
    let Field { ident, key, aliases, ty, flatten, default, default_value, optional_out, sensitive, bounds, doc } =
        field;
    let bounds = bounds.expand(p);
    let skipped = ty.is_none();
    let value = if let (Some(value), Some(ty)) = (default_value, ty) {
        self::default_value(p, value, ty)
    } else {
        quote!(::core::option::Option::None)
    };
    let ty = ty.as_ref().map_or_else(|| quote!(#p::Type::Unit), |ty| type_of(p, ty));
    let optional_in = if *default { true.to_token_stream() } else { quote!(::core::matches!(ty, #p::Type::Option(_))) };
    quote!({
        let ty = #ty;
        #p::Field {
            ident: #ident, key: #key, aliases: &[#(#aliases),*], flatten: #flatten, optional_in: #optional_in, default: #value,
            optional_out: #optional_out, skipped: #skipped, sensitive: #sensitive, bounds: #bounds, doc: #doc,
            ty,
        }
    })
}

/// The JSON of what serde takes where the key is missing. That there is a default is serde's to check: nothing is said here.
fn default_value(p: &TokenStream, value: &DefaultValue, ty: &Type) -> TokenStream {
    let value = match value {
        DefaultValue::OfType => quote! {{
            use #p::WithoutDefault as _;
            #p::Probe::<#ty>::new().by_default().and_then(|value| #p::default_json(&value))
        }},
        DefaultValue::Path(path) => quote! {{
            let value: #ty = #path();
            #p::default_json(&value)
        }},
        DefaultValue::OfStruct(Some(path), field) => quote! {{
            let value: Self = #path();
            #p::default_json(&value.#field)
        }},
        DefaultValue::OfStruct(None, field) => quote! {{
            use #p::WithoutDefault as _;
            #p::Probe::<Self>::new().by_default().and_then(|value| #p::default_json(&value.#field))
        }},
    };
    quote!(#p::default_by(|| #value))
}

fn variant(p: &TokenStream, variant: &Variant) -> TokenStream {
    let Variant { ident, key, aliases, content, doc, .. } = variant;
    let ident = crate::hygiene::plain(ident);
    let content = match content {
        Shape::Newtype(ty) => {
            let ty = type_of(p, ty);
            quote!(#p::Content::Newtype(#ty))
        }
        Shape::Tuple(list) => {
            let list = types(p, list);
            quote!(#p::Content::Tuple(#list))
        }
        Shape::Struct(list) => {
            let list = fields(p, list);
            quote!(#p::Content::Struct(#list))
        }
        Shape::Unit | Shape::Enum(..) => quote!(#p::Content::Unit),
    };
    quote!(#p::Variant { ident: #ident, key: #key, aliases: &[#(#aliases),*], doc: #doc, content: #content })
}
