//! `retry(on(..), interval, max_attempts, backoff_rate, max_delay, jitter)`: of `#[step]` and of a call in a workflow.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::Parser;
use syn::{Lit, LitFloat, LitInt, LitStr, Path};

use super::duration;
use crate::diag::{Diagnostic, Sink, listed, similar};
use crate::hygiene;
use crate::options::{self, Opt, OptValue, Supported};

/// A number out of ASL's range.
const OUT_OF_RANGE: &str = "WF1108";
const SELECTORS: [&str; 4] = ["Failed", "TimedOut", "HeartbeatTimedOut", "All"];
const SUPPORTED: Supported = Supported {
    attribute: "retry",
    names: &["on", "interval", "max_attempts", "backoff_rate", "max_delay", "jitter"],
    code: super::BAD_OPTION,
};
/// ASL's limit of `MaxAttempts`.
const ATTEMPTS_MAX: u64 = 99_999_999;
/// ASL's limit of `MaxDelaySeconds`, one year and a day in seconds.
const DELAY_MAX: u64 = 31_622_400;

/// One retrier.
#[derive(Clone, Debug)]
pub(crate) struct Retry {
    pub(crate) on: Vec<On>,
    pub(crate) interval: Option<u64>,
    pub(crate) max_attempts: Option<u64>,
    pub(crate) backoff_rate: Option<f64>,
    pub(crate) max_delay: Option<u64>,
    pub(crate) jitter: bool,
}

/// What a retrier matches, as it was written.
#[derive(Clone, Debug)]
pub(crate) struct On {
    pub(crate) selector: Selector,
    pub(crate) tokens: TokenStream,
}

/// What a retrier matches.
#[derive(Clone, Debug)]
pub(crate) enum Selector {
    /// `OrderError::Unavailable`
    Variant(Path, Ident),
    /// `Failed`
    Failed,
    /// `TimedOut`
    TimedOut,
    /// `HeartbeatTimedOut`
    HeartbeatTimedOut,
    /// `All`
    All,
    /// `"Lambda.Unknown"`
    Name(String),
}

impl Selector {
    /// Equal for selectors that match the same.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Variant(_, ident) => format!("::{ident}"),
            Self::Failed => String::from("Failed"),
            Self::TimedOut => String::from("TimedOut"),
            Self::HeartbeatTimedOut => String::from("HeartbeatTimedOut"),
            Self::All => String::from("All"),
            Self::Name(name) => format!("{name:?}"),
        }
    }
}

/// Reads the inside of `retry(..)`; `tokens` is all of it, for faults.
pub(crate) fn parse(inside: TokenStream, tokens: &TokenStream, sink: &Sink) -> Option<Retry> {
    let mut retry = Retry {
        on: Vec::new(),
        interval: None,
        max_attempts: None,
        backoff_rate: None,
        max_delay: None,
        jitter: false,
    };
    let (mut seen, mut faulty) = (Vec::<String>::new(), sink.has_errors());
    for option in options::split(inside, SUPPORTED, sink) {
        let key = option.key.to_string();
        if seen.contains(&key) {
            option.repeated(SUPPORTED, sink);
            continue;
        }
        match key.as_str() {
            "on" => match &option.value {
                OptValue::List(list) => retry.on = selectors(list.clone(), sink),
                OptValue::Flag | OptValue::Value(_) => {
                    option.misshapen(SUPPORTED, "on(OrderError::Unavailable, TimedOut)", sink);
                }
            },
            "interval" => retry.interval = seconds(&option, "interval = \"2s\"", sink),
            "max_attempts" => retry.max_attempts = attempts(&option, sink),
            "backoff_rate" => retry.backoff_rate = rate(&option, sink),
            "max_delay" => {
                retry.max_delay = seconds(&option, "max_delay = \"1m\"", sink).and_then(|it| delay(it, &option, sink));
            }
            "jitter" => retry.jitter = option.flag(SUPPORTED, sink),
            _ => option.unknown(SUPPORTED, sink),
        }
        seen.push(key);
    }
    if !seen.iter().any(|key| key == "on") || (retry.on.is_empty() && !sink.has_errors()) {
        Diagnostic::new(tokens, super::BAD_OPTION, "`retry` does not say on which errors")
            .help("write `retry(on(TimedOut), ..)` with variants of the step's error, `Failed`, `TimedOut`, `HeartbeatTimedOut` or `All`")
            .emit(sink);
        faulty = true;
    }
    (!faulty && !retry.on.is_empty()).then_some(retry)
}

fn seconds(option: &Opt, form: &str, sink: &Sink) -> Option<u64> {
    let literal: LitStr = option.string(SUPPORTED, form, sink)?;
    duration::whole_seconds(&literal, &option.key.to_string(), sink)
}

fn delay(seconds: u64, option: &Opt, sink: &Sink) -> Option<u64> {
    let legal = seconds <= DELAY_MAX;
    if !legal {
        Diagnostic::new(&option.tokens, OUT_OF_RANGE, format!("max_delay is over {DELAY_MAX} seconds"))
            .help("Step Functions takes a year at most: `max_delay = \"366d\"`")
            .emit(sink);
    }
    legal.then_some(seconds)
}

fn attempts(option: &Opt, sink: &Sink) -> Option<u64> {
    let literal: LitInt = option.parse(SUPPORTED, "max_attempts = 3", sink)?;
    let attempts = literal.base10_parse::<u64>().ok().filter(|attempts| *attempts <= ATTEMPTS_MAX);
    if attempts.is_none() {
        Diagnostic::new(&literal, OUT_OF_RANGE, format!("max_attempts `{literal}` is out of range"))
            .help(format!("write 0 (never retry) to {ATTEMPTS_MAX}"))
            .emit(sink);
    }
    attempts
}

fn rate(option: &Opt, sink: &Sink) -> Option<f64> {
    let literal: Lit = option.parse(SUPPORTED, "backoff_rate = 2.0", sink)?;
    let rate = match &literal {
        Lit::Float(number) => LitFloat::base10_parse::<f64>(number).ok(),
        Lit::Int(number) => number.base10_parse::<u32>().ok().map(f64::from),
        _ => None,
    };
    let legal = rate.filter(|rate| rate.is_finite() && *rate >= 1.0);
    if legal.is_none() {
        Diagnostic::new(&literal, OUT_OF_RANGE, format!("backoff_rate `{}` is below 1", literal.to_token_stream()))
            .help("write `1.0` for equal delays, `2.0` to double them")
            .emit(sink);
    }
    legal
}

fn selectors(list: TokenStream, sink: &Sink) -> Vec<On> {
    options::split_commas(list).into_iter().filter_map(|tokens| selector(tokens, sink)).collect()
}

fn selector(tokens: TokenStream, sink: &Sink) -> Option<On> {
    if let Ok(name) = syn::parse2::<LitStr>(tokens.clone()) {
        return Some(On { selector: named(name.value()), tokens });
    }
    let Ok(path) = Path::parse_mod_style.parse2(tokens.clone()) else {
        Diagnostic::new(&tokens, super::BAD_OPTION, format!("`{}` does not name an error", hygiene::shown(&tokens)))
            .help("write the variant's path alone, as in `on(OrderError::Unavailable)`")
            .note(format!("others are {} and a foreign error's name as a string", listed(SELECTORS)))
            .emit(sink);
        return None;
    };
    let last = path.segments.last()?.ident.clone();
    let alone = path.segments.len() == 1;
    let selector = match last.to_string().as_str() {
        "Failed" => Selector::Failed,
        "TimedOut" => Selector::TimedOut,
        "HeartbeatTimedOut" => Selector::HeartbeatTimedOut,
        "All" if alone => Selector::All,
        name if alone && (similar(name, SELECTORS).is_some() || name.starts_with(char::is_lowercase)) => {
            let fault = Diagnostic::new(&path, super::BAD_OPTION, format!("`{name}` does not name an error"));
            match similar(name, SELECTORS) {
                Some(near) => fault.help(format!("a selector with a similar name exists: `{near}`")),
                None => fault
                    .help(format!("write a variant, as in `OrderError::Unavailable`, or one of {}", listed(SELECTORS))),
            }
            .emit(sink);
            return None;
        }
        _ => Selector::Variant(path, last),
    };
    Some(On { selector, tokens })
}

/// AWS's own names mean what our selectors mean.
fn named(name: String) -> Selector {
    match name.as_str() {
        "States.ALL" => Selector::All,
        "States.Timeout" => Selector::TimedOut,
        "States.HeartbeatTimeout" => Selector::HeartbeatTimedOut,
        _ => Selector::Name(name),
    }
}

/// `&'static [RetrySpec]`; `step` is the step's type.
pub(crate) fn expand(retries: &[Retry], p: &TokenStream, step: &TokenStream) -> TokenStream {
    expand_of(retries, p, &|_| quote!(#p::error_shape::<#step>))
}

/// The same, where `shape` knows the `fn() -> ErrorShape` of a variant's enum.
pub(crate) fn expand_of(retries: &[Retry], p: &TokenStream, shape: &dyn Fn(&Path) -> TokenStream) -> TokenStream {
    let retries = retries.iter().map(|retry| {
        let on = retry.on.iter().map(|on| match &on.selector {
            Selector::Variant(path, ident) => {
                let (shape, ident) = (shape(path), hygiene::plain(ident));
                quote!(#p::RetryOn::Variant(#shape, #ident))
            }
            Selector::Failed => quote!(#p::RetryOn::Failed),
            Selector::TimedOut => quote!(#p::RetryOn::TimedOut),
            Selector::HeartbeatTimedOut => quote!(#p::RetryOn::HeartbeatTimedOut),
            Selector::All => quote!(#p::RetryOn::All),
            Selector::Name(name) => quote!(#p::RetryOn::Name(#name)),
        });
        let interval = option(retry.interval);
        let max_attempts = option(retry.max_attempts);
        let backoff_rate = option(retry.backoff_rate);
        let max_delay = option(retry.max_delay);
        let jitter = retry.jitter;
        quote!(#p::RetrySpec {
            on: &[#(#on),*], interval_seconds: #interval, max_attempts: #max_attempts, backoff_rate: #backoff_rate,
            max_delay_seconds: #max_delay, jitter: #jitter,
        })
    });
    quote!(&[#(#retries),*])
}

pub(crate) fn option(value: Option<impl ToTokens>) -> TokenStream {
    if let Some(value) = value {
        quote!(::core::option::Option::Some(#value))
    } else {
        quote!(::core::option::Option::None)
    }
}

/// Items for a `const _` block that let rustc judge each variant: unknown ones and those of another enum are reported on the
/// user's tokens.
pub(crate) fn variant_checks(retries: &[Retry], p: &TokenStream, step: &TokenStream) -> TokenStream {
    let variants = retries.iter().flat_map(|retry| &retry.on).filter_map(|on| match &on.selector {
        Selector::Variant(path, last) => Some((path, last)),
        _ => None,
    });
    let checks = variants.map(|(path, last)| {
        let rest = quote_spanned!(last.span()=> { .. });
        // Of another enum's variant nothing else is underlined.
        let error = quote_spanned!(last.span()=> error);
        quote! {
            const _: fn(&<#step as #p::Callee>::Error) = |#error| match #error {
                #path #rest => {}
                _ => {}
            };
        }
    });
    quote!(#(#checks)*)
}
