//! What the command line says, word for word: answers, mistakes and exit codes.
//!
//! Times, tokens, keys and paths are replaced by words; `UPDATE_EXPECT=1` blesses.

#![expect(clippy::too_many_lines, reason = "what is printed is long")]

mod support;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command};

use expect_test::{Expect, expect};
use support::{Outcome, Shop, input};

/// Runs a command and compares what it printed and how it ended.
#[expect(clippy::needless_pass_by_value, reason = "`expect![[..]]` reads best as it is written")]
fn says(shop: &Shop, arguments: &[&str], expected: Expect) {
    expected.assert_eq(&shown(shop, &shop.order(arguments)));
}

fn shown(shop: &Shop, outcome: &Outcome) -> String {
    let mut text = normalised(shop, &outcome.stdout);
    if !outcome.stderr.is_empty() {
        text.push_str("--- stderr\n");
        text.push_str(&normalised(shop, &outcome.stderr));
    }
    let code = outcome.code.map_or_else(|| String::from("a signal"), |code| code.to_string());
    text + &format!("--- exit {code}\n")
}

fn normalised(shop: &Shop, text: &str) -> String {
    let inputs = input("ok").replace("/ok.json", "");
    let text = text
        .replace(&*shop.store().to_string_lossy(), "STORE")
        .replace(env!("CARGO_BIN_EXE_order"), "order")
        .replace(&inputs, "inputs");
    let mut rest = text.as_str();
    let mut normal = String::new();
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-:._".contains(c))).unwrap_or(rest.len());
        if end == 0 {
            normal.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (word, after) = rest.split_at(end);
        let unit = [" ms", " s"].into_iter().find(|unit| after.starts_with(unit));
        match unit {
            Some(unit) if word.parse::<f64>().is_ok() => {
                normal.push_str("N ms");
                rest = &after[unit.len()..];
            }
            _ => {
                let shown = known(word).unwrap_or(word);
                normal.push_str(shown);
                if shown != word && word.ends_with(':') {
                    normal.push(':');
                }
                // The column behind it moves with its length.
                let spaces = after.len() - after.trim_start_matches(' ').len();
                rest = if shown == "TIMESTAMP" && spaces > 2 { &after[spaces - 2..] } else { after };
            }
        }
    }
    normal
}

/// What stands for a word that differs from run to run.
fn known(word: &str) -> Option<&'static str> {
    let shape: String = word
        .trim_end_matches(['.', ':'])
        .chars()
        .map(|c| match c {
            '0'..='9' => '0',
            c => c,
        })
        .collect();
    let hex = |part: &str, length: usize| part.len() == length && part.chars().all(|c| c.is_ascii_hexdigit());
    let parts: Vec<&str> = word.trim_end_matches('.').split('-').collect();
    match (shape.as_str(), parts.as_slice()) {
        ("00:00:00", _) => Some("hh:mm:ss"),
        ("0000-00-00", _) => Some("yyyy-mm-dd"),
        (shape, _) if shape.starts_with("0000-00-00T00:00:00") => Some("TIMESTAMP"),
        (_, [_, _, secret]) if hex(secret, 32) => Some("TOKEN"),
        (_, [.., run, _]) if hex(run, 16) => Some("KEY"),
        (_, [hash]) if hex(hash, 64) => Some("SHA256"),
        _ => None,
    }
}

/// `run` on an order that waits for a person.
struct Waiting {
    child: Child,
    stderr: BufReader<ChildStderr>,
    told: String,
    token: String,
}

impl Waiting {
    /// Starts it and reads what it says until it has said how to answer.
    fn start(shop: &Shop, name: &str) -> Self {
        let mut command = shop.command(&["run", "--name", name, "--input", &input("needs-approval")]);
        let mut child = command.spawn().expect("the program starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut told = String::new();
        while !told.contains("send-task-failure") {
            let read = stderr.read_line(&mut told).expect("UTF-8");
            assert!(read > 0, "`run` ended before it was answered:\n{told}");
        }
        let after = told.split_once("--token ").expect("a token").1;
        let token = after.split(' ').next().unwrap_or_default().to_owned();
        Self { child, stderr, told, token }
    }

    fn end(mut self) -> Outcome {
        self.stderr.read_to_string(&mut self.told).expect("UTF-8");
        let output = self.child.wait_with_output().expect("the program ends");
        Outcome { stderr: self.told, ..output.into() }
    }
}

#[test]
fn mistakes_in_the_input_are_named() {
    let shop = Shop::open();
    says(
        &shop,
        &["run"],
        expect![[r#"
        --- stderr
        error: workflow `OrderFlow` needs an input: `--input FILE|-|JSON` [InvalidExecutionInput]
        help: of this shape: --input '{"orderId":"text","customerEmail":"text","lines":[],"totalCents":1,"card":"text","cards":{},"simulate":{"orderServiceDown":1,"mailDown":true}}'
        --- exit 2
    "#]],
    );
    says(
        &shop,
        &["run", "--input", "inputs/missing.json"],
        expect![[r#"
        --- stderr
        error: `--input inputs/missing.json`: there is no such file, and it is no JSON [WF5002]
        help: give a file, `-` for standard input, or JSON such as '{"id": 1}'
        --- exit 2
    "#]],
    );
    says(
        &shop,
        &["run", "--input", r#"{"orderId": "#],
        expect![[r#"
        --- stderr
        error: `--input` is not valid JSON: EOF while parsing a value at line 1, column 12 [WF5003]
          {"orderId": 
                     ^
        --- exit 2
    "#]],
    );
    says(
        &shop,
        &[
            "run",
            "--input",
            r#"{"orderId": 5, "lines": [{"sku": "desk"}], "totalCents": -1, "crd": "visa", "cards": {}}"#,
        ],
        expect![[r#"
            --- stderr
            error: the input does not fit workflow `OrderFlow` [InvalidExecutionInput]
              /orderId: expected text, found 5
              missing field `customerEmail`, text
              /lines/0: missing field `quantity`, an integer from 0 to 4294967295
              /totalCents: expected an integer from 0 to 9007199254740991, found -1
              missing field `card`, text; is `crd` meant to be it?
            --- exit 2
        "#]],
    );
    says(
        &shop,
        &["run", "--workflow", "Orders", "--input", "{}"],
        expect![[r#"
        --- stderr
        error: this program has no workflow `Orders` [WF5007]
        help: it has `OrderFlow`
        --- exit 2
    "#]],
    );
    says(
        &shop,
        &["run", "--name", "a b", "--input", &input("ok")],
        expect![[r#"
        --- stderr
        error: Invalid Name: 'a b': ' ' cannot stand in a name [InvalidName]
        --- exit 2
    "#]],
    );
    says(
        &shop,
        &["run", "--nmae", "A"],
        expect![[r#"
        --- stderr
        error: unexpected argument '--nmae' found

          tip: a similar argument exists: '--name'

        Usage: order run --name <NAME>

        For more information, try '--help'.
        --- exit 2
    "#]],
    );
    says(
        &shop,
        &["list", "--status", "done"],
        expect![[r#"
        --- stderr
        error: invalid value 'done' for '--status <STATUS>'
          [possible values: running, succeeded, failed, timed-out, aborted]

        For more information, try '--help'.
        --- exit 2
    "#]],
    );
}

#[test]
fn a_store_that_is_none_is_left_alone() {
    let shop = Shop::open();
    says(
        &shop,
        &["list"],
        expect![[r#"
        --- stderr
        error: there is no store at `STORE` [WF5006]
        help: `run` or `start` makes one; `--store PATH` names another
        --- exit 2
    "#]],
    );
    says(
        &shop,
        &["resume"],
        expect![[r#"
        --- stderr
        error: there is no store at `STORE`, so nothing is unfinished [WF5006]
        --- exit 2
    "#]],
    );
    std::fs::write(shop.store(), "a file").expect("a file");
    says(
        &shop,
        &["list"],
        expect![[r#"
        --- stderr
        error: the store `STORE` is a file [WF5006]
        help: `--store` names a folder; one that does not exist yet is made
        --- exit 2
    "#]],
    );
    std::fs::remove_file(shop.store()).expect("no file");
    std::fs::create_dir(shop.store()).expect("a folder");
    std::fs::write(shop.store().join("photo.jpg"), "a photo").expect("a file");
    says(
        &shop,
        &["run", "--input", &input("ok")],
        expect![[r#"
        --- stderr
        error: STORE is not a workflow store: it holds `photo.jpg`, which no store writes; name a folder that is empty or does not exist yet [WF3004]
        --- exit 1
    "#]],
    );
    let kept = std::fs::read_dir(shop.store()).expect("a folder").count();
    assert_eq!(kept, 1, "something was written into a folder that is no store");
}

#[test]
fn an_execution_that_has_ended_is_shown() {
    let shop = Shop::open();
    says(
        &shop,
        &["run", "--name", "A", "--input", &input("ok")],
        expect![[r#"
        {
          "orderId": "ORD-1001",
          "paymentId": "KEY",
          "totalCents": 189900
        }
        --- stderr
        started yyyy-mm-dd hh:mm:ss UTC
        [✓] ValidateOrder                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] CheckInventoryAndFraudCheck  started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] CheckInventory           started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] FraudCheck               started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] RequestApproval?             at hh:mm:ss  → ChargePayment
        [✓] ChargePayment                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] WaitForGoods?                at hh:mm:ss  → UpdateInventory
        [✓] UpdateInventory              started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] SendConfirmation             started hh:mm:ss  ended hh:mm:ss  (N ms)
        SUCCEEDED after N ms
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["run", "--name", "A", "--input", &input("ok")],
        expect![[r#"
        {
          "orderId": "ORD-1001",
          "paymentId": "KEY",
          "totalCents": 189900
        }
        --- stderr
        `A` exists with this input: showing that execution
        started yyyy-mm-dd hh:mm:ss UTC
        [✓] ValidateOrder                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] CheckInventoryAndFraudCheck  started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] CheckInventory           started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] FraudCheck               started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] RequestApproval?             at hh:mm:ss  → ChargePayment
        [✓] ChargePayment                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] WaitForGoods?                at hh:mm:ss  → UpdateInventory
        [✓] UpdateInventory              started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] SendConfirmation             started hh:mm:ss  ended hh:mm:ss  (N ms)
        SUCCEEDED after N ms
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["run", "--name", "A", "--input", &input("flaky")],
        expect![[r#"
        --- stderr
        error: Execution Already Exists: 'A', with another input; names are unique within a workflow: choose another one [ExecutionAlreadyExists]
        --- exit 1
    "#]],
    );
    says(
        &shop,
        &["list"],
        expect![[r#"
        NAME  WORKFLOW   STATUS     STARTED                   ENDED
        A     OrderFlow  succeeded  TIMESTAMP  TIMESTAMP
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["list", "--json"],
        expect![[r#"
        [
          {
            "workflow": "OrderFlow",
            "name": "A",
            "status": "SUCCEEDED",
            "startDate": "TIMESTAMP",
            "stopDate": "TIMESTAMP"
          }
        ]
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["describe", "A"],
        expect![[r#"
        OrderFlow A
        status      succeeded
        started     TIMESTAMP
        ended       TIMESTAMP
        events      40
        definition  SHA256
        input       {"orderId":"ORD-1001","customerEmail":"ada@example.com","lines":[{"sku":"laptop","quantity":1},{"sku":"monitor","quantity":2}],"totalCents":189900,"card":"visa-4242","cards":{"visa-4242":500000,"visa-0001":100}}
        output      {"orderId":"ORD-1001","paymentId":"KEY","totalCents":189900}
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["history", "A"],
        expect![[r#"
        started yyyy-mm-dd hh:mm:ss UTC
        [✓] ValidateOrder                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] CheckInventoryAndFraudCheck  started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] CheckInventory           started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] FraudCheck               started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] RequestApproval?             at hh:mm:ss  → ChargePayment
        [✓] ChargePayment                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] WaitForGoods?                at hh:mm:ss  → UpdateInventory
        [✓] UpdateInventory              started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] SendConfirmation             started hh:mm:ss  ended hh:mm:ss  (N ms)
        SUCCEEDED after N ms
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["stop", "A"],
        expect![[r#"
        --- stderr
        A had ended before (succeeded); nothing was stopped
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["redrive", "A"],
        expect![[r#"
        --- stderr
        error: Execution is SUCCEEDED and cannot be redriven: 'A' [ExecutionNotRedrivable]
        --- exit 1
    "#]],
    );
    says(
        &shop,
        &["history", "B"],
        expect![[r#"
        --- stderr
        error: Execution Does Not Exist: 'B' [ExecutionDoesNotExist]
        help: `list` shows the executions of this store
        --- exit 2
    "#]],
    );
    says(
        &shop,
        &["send-task-success", "--token", "abc", "--output", "{}"],
        expect![[r#"
        --- stderr
        error: Invalid Token: 'Invalid token' [InvalidToken]
        help: `describe NAME` shows the token that an execution waits with
        --- exit 2
    "#]],
    );
}

#[test]
fn a_failure_is_explained() {
    let shop = Shop::open();
    says(
        &shop,
        &["run", "--name", "A", "--input", &input("declined")],
        expect![[r#"
        --- stderr
        started yyyy-mm-dd hh:mm:ss UTC
        [✓] ValidateOrder                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] CheckInventoryAndFraudCheck  started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] CheckInventory           started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] FraudCheck               started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] RequestApproval?             at hh:mm:ss  → ChargePayment
        [!] ChargePayment                started hh:mm:ss  failed hh:mm:ss  (N ms)
              PaymentError.Declined: card declined: insufficient funds
              not tried again; caught: goes on with RefundAndNotify
        [✓] RefundAndNotify              started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✗] OrderFailurePaymentDeclined  at hh:mm:ss
              OrderFailure.PaymentDeclined: the payment was declined
        FAILED after N ms: OrderFailure.PaymentDeclined: the payment was declined
        --- exit 1
    "#]],
    );
    says(
        &shop,
        &["describe", "A"],
        expect![[r#"
        OrderFlow A
        status      failed
        started     TIMESTAMP
        ended       TIMESTAMP
        events      34
        definition  SHA256
        input       {"orderId":"ORD-1004","customerEmail":"ada@example.com","lines":[{"sku":"laptop","quantity":1},{"sku":"monitor","quantity":2}],"totalCents":189900,"card":"visa-0001","cards":{"visa-4242":500000,"visa-0001":100}}
        error       OrderFailure.PaymentDeclined
        cause       {"errorType":"OrderFailure.PaymentDeclined","errorMessage":"{\"message\":\"the payment was declined\",\"error\":\"PaymentDeclined\"}"}
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["list", "--status", "failed"],
        expect![[r#"
        NAME  WORKFLOW   STATUS     STARTED                   ENDED
        A     OrderFlow  failed     TIMESTAMP  TIMESTAMP
        --- exit 0
    "#]],
    );
}

#[test]
fn an_order_that_waits_is_answered_from_another_terminal() {
    let shop = Shop::open();
    let waiting = Waiting::start(&shop, "A");
    let token = waiting.token.clone();
    says(
        &shop,
        &["describe", "A"],
        expect![[r#"
        OrderFlow A
        status      running
        started     TIMESTAMP
        events      26
        definition  SHA256
        input       {"orderId":"ORD-1005","customerEmail":"ada@example.com","lines":[{"sku":"laptop","quantity":1},{"sku":"monitor","quantity":2}],"totalCents":1250000,"card":"visa-4242","cards":{"visa-4242":2000000}}
        […] RequestApproval  waits for an answer until TIMESTAMP From another terminal:
              order send-task-success --store STORE --token TOKEN --output '{"approved":true}'
              order send-task-failure --store STORE --token TOKEN --error NAME --cause TEXT
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["describe", "A", "--json"],
        expect![[r#"
            {
              "workflow": "OrderFlow",
              "name": "A",
              "status": "RUNNING",
              "startDate": "TIMESTAMP",
              "kind": "STANDARD",
              "input": {
                "orderId": "ORD-1005",
                "customerEmail": "ada@example.com",
                "lines": [
                  {
                    "sku": "laptop",
                    "quantity": 1
                  },
                  {
                    "sku": "monitor",
                    "quantity": 2
                  }
                ],
                "totalCents": 1250000,
                "card": "visa-4242",
                "cards": {
                  "visa-4242": 2000000
                }
              },
              "redriveCount": 0,
              "definition": "SHA256",
              "events": 26,
              "waitingFor": [
                {
                  "kind": "answer",
                  "state": "RequestApproval",
                  "token": "TOKEN",
                  "until": "TIMESTAMP"
                }
              ]
            }
            --- exit 0
        "#]],
    );
    says(
        &shop,
        &["send-task-success", "--token", &waiting.token, "--output", r#"{"aproved": true}"#],
        expect![[r#"
        --- stderr
        error: the answer is no output of step `RequestApproval`: missing field `approved`, true or false; is `aproved` meant to be it? [InvalidOutput]
        --- exit 2
    "#]],
    );
    says(
        &shop,
        &["send-task-heartbeat", "--token", &token],
        expect![[r#"
        --- stderr
        heartbeat recorded
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["send-task-success", "--token", &waiting.token, "--output", r#"{"approved": false}"#],
        expect![[r#"
        --- stderr
        answered
        --- exit 0
    "#]],
    );
    expect![[r#"
        --- stderr
        started yyyy-mm-dd hh:mm:ss UTC
        [✓] ValidateOrder                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] CheckInventoryAndFraudCheck  started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] CheckInventory           started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] FraudCheck               started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] RequestApproval?             at hh:mm:ss  → RequestApproval
        […] RequestApproval  waits for an answer until TIMESTAMP From another terminal:
              order send-task-success --store STORE --token TOKEN --output '{"approved":true}'
              order send-task-failure --store STORE --token TOKEN --error NAME --cause TEXT
        [✓] RequestApproval              started hh:mm:ss  ended hh:mm:ss  (N ms)
              answered after N ms
        [✓] OrderFailureNotApproved?     at hh:mm:ss  → OrderFailureNotApproved
        [✗] OrderFailureNotApproved      at hh:mm:ss
              OrderFailure.NotApproved: the order was not approved
        FAILED after N ms: OrderFailure.NotApproved: the order was not approved
        --- exit 1
    "#]]
    .assert_eq(&shown(&shop, &waiting.end()));
    says(
        &shop,
        &["send-task-success", "--token", &token, "--output", r#"{"approved": true}"#],
        expect![[r#"
        --- stderr
        error: Task Timed Out: 'Provided task does not exist anymore' [TaskTimedOut]
        --- exit 1
    "#]],
    );
}

#[test]
fn an_order_that_waits_is_stopped_from_another_terminal() {
    let shop = Shop::open();
    let waiting = Waiting::start(&shop, "A");
    says(
        &shop,
        &["stop", "A", "--error", "Changed", "--cause", "the customer called"],
        expect![[r#"
        --- stderr
        A stopped
        --- exit 0
    "#]],
    );
    let ended = waiting.end();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    says(
        &shop,
        &["history", "A"],
        expect![[r#"
        started yyyy-mm-dd hh:mm:ss UTC
        [✓] ValidateOrder                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] CheckInventoryAndFraudCheck  started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] CheckInventory           started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] FraudCheck               started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] RequestApproval?             at hh:mm:ss  → RequestApproval
        [-] RequestApproval              started hh:mm:ss  cut off hh:mm:ss  (N ms)
        STOPPED after N ms by somebody's hand: Changed: the customer called
        --- exit 0
    "#]],
    );
}

#[test]
fn an_answer_is_kept_for_the_next_owner() {
    let shop = Shop::open();
    let mut waiting = Waiting::start(&shop, "A");
    waiting.child.kill().expect("it is killed");
    waiting.child.wait().expect("it is dead");
    says(
        &shop,
        &["history", "A"],
        expect![[r#"
        started yyyy-mm-dd hh:mm:ss UTC
        [✓] ValidateOrder                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] CheckInventoryAndFraudCheck  started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] CheckInventory           started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] FraudCheck               started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] RequestApproval?             at hh:mm:ss  → RequestApproval
        [~] RequestApproval              started hh:mm:ss  waiting for N ms
              waits for an answer since hh:mm:ss; times out yyyy-mm-dd hh:mm:ss, in 2 d 23 h
        RUNNING for N ms: waits in RequestApproval
        […] RequestApproval  waits for an answer until TIMESTAMP From another terminal:
              order send-task-success --store STORE --token TOKEN --output '{"approved":true}'
              order send-task-failure --store STORE --token TOKEN --error NAME --cause TEXT
        --- stderr
        no process runs this store now. To go on: order resume --store STORE
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["send-task-success", "--token", &waiting.token, "--output", r#"{"approved": true}"#],
        expect![[r#"
        --- stderr
        answered
        recorded; no process runs this store now. To go on: order resume --store STORE
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["resume"],
        expect![[r#"
            {
              "orderId": "ORD-1005",
              "paymentId": "KEY",
              "totalCents": 1250000
            }
            --- stderr
            OrderFlow A
            started yyyy-mm-dd hh:mm:ss UTC
            [✓] ValidateOrder                started hh:mm:ss  ended hh:mm:ss  (N ms)
            [✓] CheckInventoryAndFraudCheck  started hh:mm:ss  ended hh:mm:ss  (N ms)
              ├ [✓] CheckInventory           started hh:mm:ss  ended hh:mm:ss  (N ms)
              ├ [✓] FraudCheck               started hh:mm:ss  ended hh:mm:ss  (N ms)
            [✓] RequestApproval?             at hh:mm:ss  → RequestApproval
            [✓] RequestApproval              started hh:mm:ss  ended hh:mm:ss  (N ms)
                  answered after N ms
            [✓] OrderFailureNotApproved?     at hh:mm:ss  → ChargePayment
            [✓] ChargePayment                started hh:mm:ss  ended hh:mm:ss  (N ms)
                  taken over hh:mm:ss by another process, which runs it from its beginning
            [✓] WaitForGoods?                at hh:mm:ss  → UpdateInventory
            [✓] UpdateInventory              started hh:mm:ss  ended hh:mm:ss  (N ms)
            [✓] SendConfirmation             started hh:mm:ss  ended hh:mm:ss  (N ms)
            SUCCEEDED after N ms
            --- exit 0
        "#]],
    );
    says(
        &shop,
        &["resume"],
        expect![[r#"
        --- stderr
        nothing is unfinished
        --- exit 0
    "#]],
    );
}

#[test]
fn an_interrupted_run_says_how_to_go_on() {
    let shop = Shop::open();
    let waiting = Waiting::start(&shop, "A");
    let told = Command::new("kill").args(["-INT", &waiting.child.id().to_string()]).status().expect("`kill` runs");
    assert!(told.success());
    expect![[r#"
        --- stderr
        started yyyy-mm-dd hh:mm:ss UTC
        [✓] ValidateOrder                started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] CheckInventoryAndFraudCheck  started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] CheckInventory           started hh:mm:ss  ended hh:mm:ss  (N ms)
          ├ [✓] FraudCheck               started hh:mm:ss  ended hh:mm:ss  (N ms)
        [✓] RequestApproval?             at hh:mm:ss  → RequestApproval
        […] RequestApproval  waits for an answer until TIMESTAMP From another terminal:
              order send-task-success --store STORE --token TOKEN --output '{"approved":true}'
              order send-task-failure --store STORE --token TOKEN --error NAME --cause TEXT
        interrupted; nothing durable is lost. To go on: order resume --store STORE
        --- exit 130
    "#]]
    .assert_eq(&shown(&shop, &waiting.end()));
}

#[test]
fn the_machine_is_exported() {
    let shop = Shop::open();
    says(
        &shop,
        &["check"],
        expect![[r#"
        [✓] OrderFlow
        --- exit 0
    "#]],
    );
    let asl = shop.order(&["export"]).json();
    assert_eq!(asl["States"]["ValidateOrder"]["Resource"], "${ValidateOrderFunctionArn}");
    let activity = shop.order(&["export", "--target", "activity"]).json();
    assert_eq!(activity["States"]["ValidateOrder"]["Resource"], "${ValidateOrderActivityArn}");
    for (format, start) in [("mermaid", "flowchart"), ("dot", "digraph"), ("svg", "<svg")] {
        let file = shop.store().with_extension(format);
        let file = file.to_str().expect("UTF-8");
        let exported = shop.order(&["export", "--format", format, "-o", file]);
        assert_eq!((exported.code, exported.stdout.as_str()), (Some(0), ""), "{}", exported.stderr);
        let text = std::fs::read_to_string(file).expect("a file");
        assert!(text.trim_start().starts_with(start), "{format}: {text}");
    }
    says(
        &shop,
        &["export", "-o", "/nowhere/order.json"],
        expect![[r#"
        --- stderr
        error: cannot write `/nowhere/order.json`: No such file or directory (os error 2) [WF5001]
        --- exit 1
    "#]],
    );
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let shop = Shop::open();
    let mut child = shop.command(&["export"]).spawn().expect("the program starts");
    drop(child.stdout.take());
    let ended = Outcome::from(child.wait_with_output().expect("the program ends"));
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}
