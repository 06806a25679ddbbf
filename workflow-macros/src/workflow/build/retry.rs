//! `#[retry(on(..), interval = "..", max_attempts = 3, backoff_rate = 2.0, max_delay = "..", jitter)]` on a call.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, Lit, LitStr, Meta, Path};

use super::super::codes;
use super::super::model::{Retry, RetryOn};
use super::refuse::shown;
use super::{Builder, start};
use crate::duration;
use crate::options::{self, Opt, OptValue, Supported};

const OPTIONS: Supported = Supported {
    attribute: "#[retry]",
    names: &["on", "interval", "max_attempts", "backoff_rate", "max_delay", "jitter"],
    code: codes::ATTRIBUTE,
};

impl Builder {
    pub(super) fn retry(&self, attribute: &Attribute) -> Option<Retry> {
        let Meta::List(list) = &attribute.meta else {
            self.fault(&attribute.meta, codes::ATTRIBUTE, "`#[retry]` has another form")
                .help("write `#[retry(on(TimedOut), interval = \"2s\", max_attempts = 3)]`");
            return None;
        };
        let mut retry = Retry { span: start(attribute.path()), on: Vec::new(), fields: Vec::new() };
        let mut seen: Vec<String> = Vec::new();
        for option in options::split(list.tokens.clone(), OPTIONS, &self.sink) {
            let key = option.key.to_string();
            if seen.contains(&key) {
                option.repeated(OPTIONS, &self.sink);
                continue;
            }
            self.retry_option(&key, &option, &mut retry);
            seen.push(key);
        }
        if !seen.iter().any(|key| key == "on") {
            self.fault(attribute.path(), codes::ATTRIBUTE, "`#[retry]` does not say on which errors")
                .help("write `#[retry(on(OrderError::Unavailable, TimedOut), ..)]`, or `on(All)`");
        }
        Some(retry)
    }

    fn retry_option(&self, key: &str, option: &Opt, retry: &mut Retry) {
        match key {
            "on" => match &option.value {
                OptValue::List(tokens) => {
                    for chunk in options::split_commas(tokens.clone()) {
                        retry.on.extend(self.retry_on(chunk));
                    }
                }
                OptValue::Flag | OptValue::Value(_) => {
                    option.misshapen(OPTIONS, "on(OrderError::Unavailable, TimedOut)", &self.sink);
                }
            },
            "interval" | "max_delay" => {
                let form = format!("{key} = \"2s\"");
                let text: Option<LitStr> = option.string(OPTIONS, &form, &self.sink);
                if let Some(seconds) = text.and_then(|text| duration::seconds(&text, codes::DURATION, &self.sink)) {
                    let field = if key == "interval" { quote!(interval_seconds) } else { quote!(max_delay_seconds) };
                    retry.fields.push((field, quote!(::core::option::Option::Some(#seconds))));
                }
            }
            "max_attempts" => {
                if let Some(count) = option.parse::<syn::LitInt>(OPTIONS, "max_attempts = 3", &self.sink) {
                    match count.base10_parse::<u64>() {
                        Ok(count) => {
                            retry.fields.push((quote!(max_attempts), quote!(::core::option::Option::Some(#count))));
                        }
                        Err(_) => option.misshapen(OPTIONS, "max_attempts = 3", &self.sink),
                    }
                }
            }
            "backoff_rate" => match option.parse::<Lit>(OPTIONS, "backoff_rate = 2.0", &self.sink) {
                Some(rate) => match rate_of(&rate) {
                    Some(rate) => {
                        retry.fields.push((quote!(backoff_rate), quote!(::core::option::Option::Some(#rate))));
                    }
                    None => option.misshapen(OPTIONS, "backoff_rate = 2.0", &self.sink),
                },
                None => {}
            },
            "jitter" => {
                if option.flag(OPTIONS, &self.sink) {
                    retry.fields.push((quote!(jitter), quote!(true)));
                }
            }
            _ => option.unknown(OPTIONS, &self.sink),
        }
    }

    fn retry_on(&self, tokens: TokenStream) -> Option<RetryOn> {
        if let Ok(text) = syn::parse2::<LitStr>(tokens.clone()) {
            return Some(RetryOn::Name(text));
        }
        let Ok(path) = syn::parse2::<Path>(tokens.clone()) else {
            self.fault(&tokens, codes::ATTRIBUTE, format!("`{}` names no error", shown(&tokens)))
                .help("write a variant (`OrderError::Unavailable`), `Failed`, `TimedOut`, `HeartbeatTimedOut`, `All` or a name in quotes");
            return None;
        };
        let last = path.segments.last()?.ident.to_string();
        Some(match (last.as_str(), path.segments.len()) {
            ("Failed" | "TimedOut" | "HeartbeatTimedOut" | "All", 1) => RetryOn::Kind(path.segments.last()?.ident.clone()),
            _ => RetryOn::Variant(path),
        })
    }
}

/// A backoff rate of at least 1.
fn rate_of(literal: &Lit) -> Option<f64> {
    let rate = match literal {
        Lit::Float(rate) => rate.base10_parse::<f64>().ok()?,
        Lit::Int(rate) => rate.base10_parse::<f64>().ok()?,
        _ => return None,
    };
    (rate >= 1.0 && rate.is_finite()).then_some(rate)
}

impl Retry {
    /// `RetrySpec { .. }`, where `error` turns a variant's path into its enum's shape.
    pub(in super::super) fn tokens(&self, error: impl Fn(&Path) -> TokenStream) -> TokenStream {
        let on = self.on.iter().map(|on| match on {
            RetryOn::Kind(kind) => {
                let kind = proc_macro2::Ident::new(&kind.to_string(), Span::mixed_site());
                quote!(__wf::RetryOn::#kind)
            }
            RetryOn::Name(name) => quote!(__wf::RetryOn::Name(#name)),
            RetryOn::Variant(path) => {
                let shape = error(path);
                let variant = path.segments.last().map(|last| crate::hygiene::plain(&last.ident)).unwrap_or_default();
                quote_spanned!(self.span=> __wf::RetryOn::Variant(#shape, #variant))
            }
        });
        let names = ["interval_seconds", "max_attempts", "backoff_rate", "max_delay_seconds"];
        let fields = names.iter().map(|name| {
            let value = self.fields.iter().find(|(field, _)| field.to_string() == **name).map(|(_, value)| value.clone());
            let value = value.unwrap_or_else(|| quote!(::core::option::Option::None));
            let name = proc_macro2::Ident::new(name, Span::mixed_site());
            quote!(#name: #value)
        });
        let jitter = self.fields.iter().any(|(field, _)| field.to_string() == "jitter");
        quote!(__wf::RetrySpec { on: &[#(#on),*], #(#fields,)* jitter: #jitter })
    }
}
