//! What is sensitive is shown nowhere: a canary that would be found.
#![allow(clippy::unused_async, reason = "steps that only answer")]

use std::sync::{Arc, Mutex, OnceLock};

use workflow_runtime::control::{ExecutionRef, Request, Response};
use workflow_runtime::prelude::*;
use workflow_runtime::runtime::{ExecutionError, Runtime};
use workflow_runtime::store::{MemoryStore, Store};

const CANARY: &str = "4111-CANARY-\"7\"";
const PIN: u64 = 90_210_417;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub(crate) struct Card {
    holder: String,
    #[payload(sensitive)]
    #[serde(rename = "cardNumber", alias = "pan")]
    number: String,
    #[payload(sensitive)]
    pin: u64,
    #[payload(sensitive)]
    cvv: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[payload(sensitive)]
pub(crate) struct Password(String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(tag = "kind")]
pub(crate) enum Method {
    Card(Card),
    Login { user: String, password: Password },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub(crate) struct Purchase {
    id: String,
    methods: Vec<Method>,
    #[serde(flatten)]
    #[payload(sensitive)]
    address: Address,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub(crate) struct Address {
    street: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub(crate) struct Job {
    purchase: Purchase,
    mode: String,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub(crate) enum PayError {
    #[error("card {} was declined", .0.number)]
    Declined(Card),
    #[error("no such method")]
    Unknown,
}

#[step]
pub(crate) async fn first_card(purchase: Purchase) -> Result<Card, PayError> {
    purchase
        .methods
        .into_iter()
        .find_map(|method| match method {
            Method::Card(card) => Some(card),
            Method::Login { .. } => None,
        })
        .ok_or(PayError::Unknown)
}

#[step]
pub(crate) async fn charge(number: String, pin: u64, mode: String) -> Result<String, PayError> {
    match mode.as_str() {
        "declined" => {
            // Known from nowhere else.
            let number = "55-CANARY-of-the-error".into();
            Err(PayError::Declined(Card { holder: "H".into(), number, pin, cvv: Some("123".into()) }))
        }
        "panic" => panic!("cannot charge {number:?} with {pin}"),
        _ => Ok(format!("charged {number}")),
    }
}

#[step(callback, timeout = "1h")]
pub(crate) async fn ask_password(token: TaskToken) -> Callback<Password> {
    let _ = token;
    Callback::pending()
}

workflow!(
    /// The value moves into variables, structs, lists, texts and failures.
    pub(crate) async fn pay_flow(job: Job) -> Result<(Card, String, Vec<String>)> {
        let card = first_card(job.purchase).await?;
        let number = card.number;
        let text = format!("number {number}");
        let listed = vec![number, text];
        let receipt = match charge(number, card.pin, job.mode).await {
            Ok(receipt) => receipt,
            Err(Failed(PayError::Declined(card))) =>
            {
                #[state = "ChargeAgain"]
                charge(card.number, card.pin, "fine".to_string()).await?
            }
            Err(failure) => return Err(failure.into()),
        };
        let lengths = try_map(listed, async |one| first_of(one).await).await?;
        Ok((card, receipt, lengths))
    }
);

#[step]
pub(crate) async fn first_of(text: String) -> String {
    text.to_uppercase()
}

workflow!(
    pub(crate) async fn login_flow(user: String) -> Result<String> {
        let password = ask_password().await?;
        check_password(user, password).await
    }
);

#[step]
pub(crate) async fn check_password(user: String, password: Password) -> String {
    format!("{user} has {} letters", password.0.len())
}

workflow!(
    pub(crate) async fn parent_flow(purchase: Purchase) -> Result<String> {
        let (card, receipt, _) = pay_flow(Job { purchase, mode: "fine".to_string() }).await?;
        charge(card.number, card.pin, receipt).await
    }
);

fn purchase() -> Purchase {
    let card = Card { holder: "Ada".into(), number: CANARY.into(), pin: PIN, cvv: Some("917".into()) };
    let login = Method::Login { user: "ada".into(), password: Password(CANARY.into()) };
    Purchase {
        id: "P-1".into(),
        methods: vec![login, Method::Card(card)],
        address: Address { street: format!("{CANARY} street") },
    }
}

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl tracing::field::Visit for Log {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        let mut log = self.0.lock().unwrap();
        log.extend([format!("{}={value:?} ", field.name())]);
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        span.record(&mut self.clone());
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[track_caller]
fn clean(what: &str, text: &str) {
    for secret in ["CANARY", "90210417", "90_210_417"] {
        assert!(!text.contains(secret), "{what} shows {secret}: {text}");
    }
}

/// The log of this process. A subscriber of one thread's own would miss what another thread has seen first.
fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        tracing::subscriber::set_global_default(log.clone()).unwrap();
        log
    })
}

async fn runtime() -> (Runtime, Arc<MemoryStore>) {
    log();
    let store = Arc::new(MemoryStore::new());
    let builder = Runtime::builder().shared_store(store.clone());
    let builder = builder.register::<PayFlow>().register::<LoginFlow>().register::<ParentFlow>();
    (builder.start().await.unwrap(), store)
}

/// Whatever may be asked of an execution.
async fn shown(runtime: &Runtime, workflow: &str, name: &str) -> Vec<(&'static str, String)> {
    let execution = ExecutionRef { workflow: Some(workflow.into()), name: name.into() };
    let mut all = Vec::new();
    let requests = [
        ("describe", Request::Describe { execution: execution.clone() }),
        ("wait", Request::Wait { execution: execution.clone(), events_seen: Some(0) }),
        ("history", Request::History { execution: execution.clone() }),
        ("trail", Request::Trail { execution: execution.clone() }),
        ("list", Request::List { workflow: None, status: None, limit: 0 }),
    ];
    for (what, request) in requests {
        let response = runtime.handle(request).await;
        assert!(!matches!(response, Response::Error(_)), "{response:?}");
        all.push((what, serde_json::to_string(&response).unwrap()));
        all.push((what, format!("{response:?}")));
        if let Response::Trail(source) = response {
            let machine = serde_json::from_str(&source.definition).unwrap();
            let trail = workflow_runtime::history::trail(&machine, &source.records, None);
            all.push(("the printed trail", format!("{trail:?}")));
        }
    }
    all
}

#[tokio::test(start_paused = true)]
async fn nothing_that_is_shown_shows_it() {
    let (runtime, store) = runtime().await;
    for mode in ["fine", "declined", "panic"] {
        let job = Job { purchase: purchase(), mode: mode.into() };
        let execution = runtime.start::<PayFlow>(mode, job).await.unwrap();
        // Whoever asked for the result gets it, and so did the steps.
        match execution.result().await {
            Ok((card, receipt, texts)) => {
                assert_eq!((card.number.as_str(), card.pin), (CANARY, PIN));
                let charged = if mode == "declined" { "55-CANARY-of-the-error" } else { CANARY };
                assert_eq!(receipt, format!("charged {charged}"));
                assert_eq!(texts, [CANARY.to_owned(), format!("NUMBER {CANARY}")]);
            }
            Err(ExecutionError::Ended { output, .. }) => {
                assert_eq!(mode, "panic");
                assert!(output.cause.unwrap_or_default().contains("90210417"));
            }
            Err(other) => panic!("{other}"),
        }
        for (what, text) in shown(&runtime, "PayFlow", mode).await {
            clean(what, &text);
            if what == "history" {
                assert!(text.contains("***") && text.contains("Ada") && !text.contains("917"), "{text}");
            }
        }
        clean("describe()", &format!("{:?}", execution.describe().await.unwrap()));
        clean("history()", &format!("{:?}", execution.history().await.unwrap()));
    }
    let execution = runtime.start::<ParentFlow>("parent", purchase()).await.unwrap();
    assert!(execution.result().await.unwrap().contains(CANARY));
    for (what, text) in shown(&runtime, "ParentFlow", "parent").await {
        clean(what, &text);
    }
    let log = log().0.lock().unwrap().clone();
    assert!(log.contains("a step panicked") && log.contains("TaskSucceeded"), "the log was read: {log}");
    clean("the log", &log);
    // What steps and recovery need is in the store as it is.
    let stored = store.load(store.find("PayFlow", "fine").unwrap().unwrap().number).unwrap().unwrap();
    assert!(stored.records.iter().any(|record| String::from_utf8_lossy(record).contains("CANARY")));
}

#[tokio::test(start_paused = true)]
async fn an_answer_and_what_is_under_way_are_masked() {
    let (runtime, _) = runtime().await;
    let execution = runtime.start::<LoginFlow>("one", "ada".into()).await.unwrap();
    let token = loop {
        let Response::Execution(description) =
            runtime.handle(Request::Describe { execution: ExecutionRef { workflow: None, name: "one".into() } }).await
        else {
            panic!("a description");
        };
        if let Some(workflow_runtime::control::WaitingFor::Answer { token, .. }) = description.waiting_for.first() {
            break TaskToken::new(token);
        }
        tokio::task::yield_now().await;
    };
    let wrong = runtime.send_task_success(&token, &vec![CANARY]).await.unwrap_err();
    clean("a wrong answer", &wrong.to_string());
    assert!(wrong.message.contains("a value that is not shown"), "{wrong}");
    runtime.send_task_success(&token, &Password(CANARY.into())).await.unwrap();
    assert_eq!(execution.result().await.unwrap(), format!("ada has {} letters", CANARY.len()));
    for (what, text) in shown(&runtime, "LoginFlow", "one").await {
        clean(what, &text);
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_is_not_quoted() {
    let (runtime, _) = runtime().await;
    let card = json!({ "kind": "Card", "holder": 5, "pan": [CANARY], "pin": CANARY, "cvv": 90_210_417_u64 });
    let input = json!({ "purchase": { "id": 1, "methods": [card], "street": PIN }, "mode": "fine" });
    let request = Request::Start { workflow: "PayFlow".into(), name: None, input };
    let Response::Error(error) = runtime.handle(request).await else { panic!("it is refused") };
    clean("the refusal", &error.to_string());
    for place in ["/purchase/methods/0/pan", "/purchase/methods/0/pin", "/purchase/methods/0/cvv", "/purchase/street"] {
        assert!(error.message.contains(place), "{place}: {error}");
    }
    assert!(error.message.contains("/purchase/methods/0/holder: expected text, found 5"), "{error}");

    // In a step, as Lambda would call it.
    let context = StepContext::detached("CheckPassword");
    let handler = <check_password as workflow_runtime::step::Step>::handler();
    let payload = json!({ "user": "ada", "password": { "secret": CANARY } });
    let failed = (handler.call)(context, Arc::new(payload)).await.unwrap_err();
    clean("a step's refusal", &format!("{failed:?}"));
}
