//! Executions that wait for a person, answered and stopped from elsewhere, and runs that are interrupted.

#![expect(clippy::too_many_lines, reason = "what is printed is long")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command};

use expect_test::expect;

use crate::support::{Outcome, Shop, input};
use crate::{says, shown};

/// A command on an order that waits for a person.
pub(crate) struct Waiting {
    child: Child,
    stderr: BufReader<ChildStderr>,
    told: String,
    token: String,
}

impl Waiting {
    pub(crate) fn start(shop: &Shop, name: &str) -> Self {
        Self::of(shop, &["run", "--name", name, "--input", &input("needs-approval")])
    }

    /// Starts it and reads what it says until it has said how to answer.
    pub(crate) fn of(shop: &Shop, arguments: &[&str]) -> Self {
        let mut command = shop.command(arguments);
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

    /// With `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    fn end(mut self) -> Outcome {
        self.stderr.read_to_string(&mut self.told).expect("UTF-8");
        let output = self.child.wait_with_output().expect("the program ends");
        Outcome { stderr: self.told, ..output.into() }
    }
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
