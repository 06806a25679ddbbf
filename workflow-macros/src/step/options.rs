//! The options of `#[step]`.

use proc_macro2::TokenStream;
use syn::LitStr;

use super::resource::Resource;
use super::retry::{self, Retry};
use super::{BAD_OPTION, duration};
use crate::diag::{Diagnostic, Sink};
use crate::hygiene::Krate;
use crate::options::{self, Opt, OptValue, Supported};

const SUPPORTED: Supported = Supported {
    attribute: "#[step]",
    names: &["name", "timeout", "heartbeat", "retry", "callback", "resource", "crate"],
    code: BAD_OPTION,
};
/// Not a name that Lambda and Step Functions take.
const BAD_NAME: &str = "WF1116";
/// Lambda's limit.
const NAME_MAX: usize = 64;

/// What stands in `#[step(..)]`.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) krate: Krate,
    pub(crate) name: Option<String>,
    pub(crate) timeout: Option<Written>,
    /// It was written, though perhaps with a fault.
    pub(crate) says_timeout: bool,
    pub(crate) heartbeat: Option<Written>,
    pub(crate) retries: Vec<Retry>,
    pub(crate) callback: Option<TokenStream>,
    pub(crate) resource: Option<Resource>,
    /// It was written, though perhaps with a fault.
    pub(crate) says_resource: bool,
    /// `name = ".."`
    pub(crate) name_option: Option<TokenStream>,
}

/// A duration and where it was written.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) seconds: u64,
    pub(crate) literal: LitStr,
}

impl Options {
    /// Reads them; a faulty one is collected and counts as absent.
    pub(crate) fn parse(tokens: TokenStream, sink: &Sink) -> Self {
        let mut this = Self::default();
        let mut seen: Vec<String> = Vec::new();
        for option in options::split(tokens, SUPPORTED, sink) {
            let key = option.key.to_string();
            if seen.contains(&key) && key != "retry" {
                option.repeated(SUPPORTED, sink);
                continue;
            }
            match key.as_str() {
                "crate" => {
                    let path = option.path(SUPPORTED, "crate = path::to::workflow_runtime", sink);
                    this.krate = path.as_ref().map(Krate::new).unwrap_or_default();
                }
                "name" => {
                    this.name_option = Some(option.tokens.clone());
                    this.name =
                        option.string(SUPPORTED, "name = \"ValidateOrder\"", sink).and_then(|it| name(&it, sink));
                }
                "timeout" => {
                    this.says_timeout = true;
                    this.timeout = written(&option, "timeout = \"30s\"", sink);
                }
                "heartbeat" => this.heartbeat = written(&option, "heartbeat = \"10s\"", sink),
                "resource" => {
                    this.says_resource = true;
                    let form = "resource = \"arn:aws:states:::sqs:sendMessage\"";
                    this.resource =
                        option.string(SUPPORTED, form, sink).and_then(|literal| Resource::parse(literal, sink));
                }
                "callback" => this.callback = option.flag(SUPPORTED, sink).then(|| option.tokens.clone()),
                "retry" => match &option.value {
                    OptValue::List(list) => {
                        this.retries.extend(retry::parse(list.clone(), &option.tokens, &sink.child()));
                    }
                    OptValue::Flag | OptValue::Value(_) => {
                        option.misshapen(SUPPORTED, "retry(on(TimedOut), interval = \"2s\", max_attempts = 3)", sink);
                    }
                },
                _ => option.unknown(SUPPORTED, sink),
            }
            seen.push(key);
        }
        this
    }
}

fn written(option: &Opt, form: &str, sink: &Sink) -> Option<Written> {
    let literal = option.string(SUPPORTED, form, sink)?;
    let seconds = duration::whole_seconds(&literal, &option.key.to_string(), sink)?;
    Some(Written { seconds, literal })
}

fn name(literal: &LitStr, sink: &Sink) -> Option<String> {
    let name = literal.value();
    let legal = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if (1..=NAME_MAX).contains(&name.len()) && name.chars().all(legal) {
        return Some(name);
    }
    Diagnostic::new(literal, BAD_NAME, format!("no function can be named `{name}`"))
        .help(format!("use 1 to {NAME_MAX} letters, digits, `-` and `_`"))
        .note("`name` names the function behind the step, on Lambda too; a state's name comes from `#[state = \"..\"]` at the call")
        .emit(sink);
    None
}
