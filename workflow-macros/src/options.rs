//! The options of an attribute, `key`, `key = value` or `key(..)`, split by commas and recovering at each.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{LitStr, Path, Token};

use crate::diag::{Diagnostic, Sink, listed, similar};

/// One option.
#[derive(Clone, Debug)]
pub(crate) struct Opt {
    /// Before `=` or `(`.
    pub(crate) key: Ident,
    /// What follows.
    pub(crate) value: OptValue,
    /// All of it.
    pub(crate) tokens: TokenStream,
}

/// What follows an option's key.
#[derive(Clone, Debug)]
pub(crate) enum OptValue {
    /// Nothing.
    Flag,
    /// `= tokens`
    Value(TokenStream),
    /// `(tokens)`
    List(TokenStream),
}

/// What an attribute's option may be, for [`Opt::unknown`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Supported {
    /// The attribute: `#[step]`.
    pub(crate) attribute: &'static str,
    /// The options' names.
    pub(crate) names: &'static [&'static str],
    /// The code of an unknown or misshapen option.
    pub(crate) code: &'static str,
}

/// Splits an attribute's tokens into its options; a misshapen one is collected and left out.
pub(crate) fn split(tokens: TokenStream, supported: Supported, sink: &Sink) -> Vec<Opt> {
    let mut options = Vec::new();
    for chunk in split_commas(tokens) {
        match parse_one.parse2(chunk.clone()) {
            Ok((key, value)) => options.push(Opt { key, value, tokens: chunk }),
            Err(_) => Diagnostic::new(
                &chunk,
                supported.code,
                format!("`{chunk}` is not an option of `{}`", supported.attribute),
            )
            .help(format!("the options are {}", listed(supported.names.iter().copied())))
            .emit(sink),
        }
    }
    options
}

/// Splits another crate's attribute; what is misshapen is that crate's to report.
pub(crate) fn split_leniently(tokens: TokenStream) -> Vec<Opt> {
    let parse = |tokens: TokenStream| {
        let (key, value) = parse_one.parse2(tokens.clone()).ok()?;
        Some(Opt { key, value, tokens })
    };
    split_commas(tokens).into_iter().filter_map(parse).collect()
}

/// The chunks between commas, empty ones left out.
pub(crate) fn split_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut chunks = vec![TokenStream::new()];
    for token in tokens {
        match (&token, chunks.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => chunks.push(TokenStream::new()),
            (_, Some(chunk)) => chunk.extend([token]),
            (_, None) => {}
        }
    }
    chunks.retain(|chunk| !chunk.is_empty());
    chunks
}

fn parse_one(input: ParseStream<'_>) -> syn::Result<(Ident, OptValue)> {
    let key = input.call(Ident::parse_any)?;
    if input.is_empty() {
        return Ok((key, OptValue::Flag));
    }
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        let value: TokenStream = input.parse()?;
        return if value.is_empty() { Err(input.error("expected a value")) } else { Ok((key, OptValue::Value(value))) };
    }
    match input.parse::<TokenTree>()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis && input.is_empty() => {
            Ok((key, OptValue::List(group.stream())))
        }
        _ => Err(input.error("expected `=` or `(`")),
    }
}

impl Opt {
    /// Its value as `T`, or a fault that shows the form.
    pub(crate) fn parse<T: Parse>(&self, supported: Supported, form: &str, sink: &Sink) -> Option<T> {
        let parsed = match &self.value {
            OptValue::Value(tokens) => syn::parse2::<T>(tokens.clone()).ok(),
            OptValue::Flag | OptValue::List(_) => None,
        };
        if parsed.is_none() {
            self.misshapen(supported, form, sink);
        }
        parsed
    }

    /// Its value as a string literal.
    pub(crate) fn string(&self, supported: Supported, form: &str, sink: &Sink) -> Option<LitStr> {
        self.parse(supported, form, sink)
    }

    /// `crate = path`
    pub(crate) fn path(&self, supported: Supported, form: &str, sink: &Sink) -> Option<Path> {
        let OptValue::Value(tokens) = &self.value else {
            self.misshapen(supported, form, sink);
            return None;
        };
        let parsed = Path::parse_mod_style.parse2(tokens.clone()).ok();
        if parsed.is_none() {
            self.misshapen(supported, form, sink);
        }
        parsed
    }

    /// Whether it is a bare flag; a fault otherwise.
    pub(crate) fn flag(&self, supported: Supported, sink: &Sink) -> bool {
        let bare = matches!(self.value, OptValue::Flag);
        if !bare {
            self.misshapen(supported, &self.key.to_string(), sink);
        }
        bare
    }

    /// It does not have its form.
    pub(crate) fn misshapen(&self, supported: Supported, form: &str, sink: &Sink) {
        Diagnostic::new(
            &self.tokens,
            supported.code,
            format!("option `{}` of `{}` has another form", self.key, supported.attribute),
        )
        .help(format!("write `{form}`"))
        .emit(sink);
    }

    /// There is no such option.
    pub(crate) fn unknown(&self, supported: Supported, sink: &Sink) {
        let key = self.key.to_string();
        let known = listed(supported.names.iter().copied());
        let fault =
            Diagnostic::new(&self.key, supported.code, format!("unknown option `{key}` of `{}`", supported.attribute));
        match similar(&key, supported.names.iter().copied()) {
            Some(name) => fault.help(format!("an option with a similar name exists: `{name}`")),
            None => fault.help(format!("the options are {known}")),
        }
        .emit(sink);
    }

    /// It stands there a second time.
    pub(crate) fn repeated(&self, supported: Supported, sink: &Sink) {
        Diagnostic::new(
            &self.tokens,
            supported.code,
            format!("option `{}` of `{}` stands there twice", self.key, supported.attribute),
        )
        .help("keep one of them")
        .emit(sink);
    }
}
