//! A damaged store: what every command says of it, what `repair` says, and what becomes of its executions.

#![expect(clippy::too_many_lines, reason = "what is printed is long")]

use std::path::PathBuf;

use expect_test::{Expect, expect};

use crate::shown;
use crate::support::{Shop, input};
use crate::waiting::Waiting;

/// As `says`, and places and commits differ from run to run too.
#[expect(clippy::needless_pass_by_value, reason = "`expect![[..]]` reads best as it is written")]
fn says(shop: &Shop, arguments: &[&str], expected: Expect) {
    let text = shown(shop, &shop.order(arguments));
    let mut normal = String::new();
    let mut is_number = false;
    for word in text.split_inclusive(' ') {
        let end = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
        normal.push_str(if is_number && end > 0 { "N" } else { &word[..end] });
        normal.push_str(&word[end..]);
        is_number = ["byte ", "commit ", "commits ", "segment "].iter().any(|what| word.ends_with(what));
    }
    expected.assert_eq(&normal);
}

/// One that has ended and one that waits for a person.
fn shop() -> Shop {
    let shop = Shop::open();
    let ended = shop.order(&["run", "--name", "ORD-1", "--input", &input("ok")]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    Waiting::start(&shop, "ORD-2").kill();
    // Opened and closed once more: what is on the disk is said to be.
    assert_eq!(shop.order(&["list"]).code, Some(0));
    shop
}

fn part(shop: &Shop, name: &str) -> PathBuf {
    shop.store().join(name)
}

/// Damages the commit so many before the last one.
fn damage_commit(shop: &Shop, before_last: usize) {
    let log = part(shop, "log/commits-0001");
    let mut bytes = std::fs::read(&log).expect("the log");
    let is_page = |at: &usize| bytes[*at..].starts_with(b"WFcm") && bytes[at + 12] == 1;
    let pages: Vec<usize> = (64..bytes.len() - 32).step_by(8).filter(is_page).collect();
    let at = pages[pages.len() - 1 - before_last] + 40;
    bytes[at] ^= 1;
    std::fs::write(log, bytes).expect("write");
}

#[test]
fn where_nothing_is_lost_repair_says_so() {
    let shop = shop();
    says(
        &shop,
        &["repair"],
        expect![[r#"
        nothing is wrong with the store `STORE`: 2 executions, all whole
        --- exit 0
    "#]],
    );
    std::fs::remove_file(part(&shop, "synced")).expect("remove");
    for command in [&["list"][..], &["history", "ORD-1"], &["resume"], &["run", "--input", &input("ok")]] {
        let refused = shop.order(command);
        assert_eq!(refused.code, Some(1), "{command:?}: {}", refused.stderr);
        assert!(refused.stderr.contains("WF3025") && refused.stderr.contains("repair --store"), "{}", refused.stderr);
    }
    says(
        &shop,
        &["list"],
        expect![[r#"
        --- stderr
        error: the store in STORE is damaged: `synced` is missing: it says how far the store had come; restore the last good copy of the folder, which has everything; without one, `repair` writes a new store from what can still be read [WF3025]
        help: `order repair --store STORE` says what is lost, and changes nothing
        --- exit 1
    "#]],
    );
    says(
        &shop,
        &["repair"],
        expect![[r#"
            the store `STORE` is damaged
              `synced`: it is missing: it says how far the store had come
            whole: 2 executions, 1 of them running
            lost: nothing
            nothing was written
            a new store: order repair --store STORE --into NEW_FOLDER
            --- exit 3
        "#]],
    );
    let into = shop.store().with_extension("repaired");
    says(
        &shop,
        &["repair", "--into", &into.to_string_lossy()],
        expect![[r#"
            the store `STORE` is damaged
              `synced`: it is missing: it says how far the store had come
            whole: 2 executions, 1 of them running
            lost: nothing
            written: `STORE.repaired`; `STORE` is as it was
            to go on with it: mv STORE STORE.damaged && mv STORE.repaired STORE
            --- exit 3
        "#]],
    );
    says(
        &shop,
        &["repair", "--into", &into.to_string_lossy()],
        expect![[r#"
        --- stderr
        error: STORE.repaired cannot be written to, it is not empty: a repaired store is written to a folder that does not exist yet; name another one [WF3027]
        --- exit 2
    "#]],
    );
    std::fs::rename(shop.store(), shop.store().with_extension("damaged")).expect("rename");
    std::fs::rename(into, shop.store()).expect("rename");
    says(
        &shop,
        &["list"],
        expect![[r#"
        NAME   WORKFLOW   STATUS     STARTED                   ENDED
        ORD-2  OrderFlow  running    TIMESTAMP  -
        ORD-1  OrderFlow  succeeded  TIMESTAMP  TIMESTAMP
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["repair"],
        expect![[r#"
        nothing is wrong with the store `STORE`: 2 executions, all whole
        --- exit 0
    "#]],
    );
}

#[test]
fn what_is_lost_is_said_and_not_continued() {
    let shop = shop();
    damage_commit(&shop, 1);
    says(
        &shop,
        &["resume"],
        expect![[r#"
            --- stderr
            error: the commit log is damaged in `log/commits-0001` at byte N: commit N was acknowledged and cannot be read: commit N behind it says so; restore the last good copy of the folder, which has everything; without one, `repair` writes a new store from what can still be read [WF3020]
            help: `order repair --store STORE` says what is lost, and changes nothing
            --- exit 1
        "#]],
    );
    says(
        &shop,
        &["repair"],
        expect![[r#"
            the store `STORE` is damaged
              `log/commits-0001` at byte N: commit N was acknowledged and cannot be read
            whole: 1 execution, 0 of them running
            lost, or in doubt:
              OrderFlow `ORD-2` (number 2): 3 records are there, those behind are lost
              executions that were started, or redriven after their end, may be lost without a trace
            nothing was written; the last good copy of the folder has more than can be repaired
            a new store: order repair --store STORE --into NEW_FOLDER
            --- exit 4
        "#]],
    );
    let json = shop.order(&["repair", "--json"]);
    assert_eq!(json.code, Some(4));
    let json = json.json();
    assert_eq!(json["whole"], 1, "{json}");
    assert_eq!(json["affected"][0]["name"], "ORD-2", "{json}");
    assert_eq!(json["affected"][0]["loss"], "tail", "{json}");
    let into = shop.store().with_extension("repaired");
    says(
        &shop,
        &["repair", "--into", &into.to_string_lossy()],
        expect![[r#"
            the store `STORE` is damaged
              `log/commits-0001` at byte N: commit N was acknowledged and cannot be read
            whole: 1 execution, 0 of them running
            lost, or in doubt:
              OrderFlow `ORD-2` (number 2): 3 records are there, those behind are lost
              executions that were started, or redriven after their end, may be lost without a trace
            written: `STORE.repaired`; `STORE` is as it was
            to go on with it: mv STORE STORE.damaged && mv STORE.repaired STORE
            executions that are lost or in doubt are ABORTED in it, with the error Store.RecordsLost: find out what each has done,
            then let it go on from its last record: order redrive --store STORE NAME
            --- exit 4
        "#]],
    );
    std::fs::rename(shop.store(), shop.store().with_extension("damaged")).expect("rename");
    std::fs::rename(into, shop.store()).expect("rename");
    says(
        &shop,
        &["list"],
        expect![[r#"
        NAME   WORKFLOW   STATUS     STARTED                   ENDED
        ORD-2  OrderFlow  aborted    TIMESTAMP  TIMESTAMP
        ORD-1  OrderFlow  succeeded  TIMESTAMP  TIMESTAMP
        --- exit 0
    "#]],
    );
    says(
        &shop,
        &["describe", "ORD-2"],
        expect![[r#"
        OrderFlow ORD-2
        status      aborted
        started     TIMESTAMP
        ended       TIMESTAMP
        events      17
        definition  SHA256
        input       {"orderId":"ORD-1005","customerEmail":"ada@example.com","lines":[{"sku":"laptop","quantity":1},{"sku":"monitor","quantity":2}],"totalCents":1250000,"card":"visa-4242","cards":{"visa-4242":2000000}}
        error       Store.RecordsLost
        cause       its store was damaged: 3 records are left of it, those behind are lost; find out what was done before it is redriven
        --- exit 0
    "#]],
    );
    // It is taken up where it stood, and waits again.
    Waiting::of(&shop, &["redrive", "ORD-2"]).kill();
    says(
        &shop,
        &["repair"],
        expect![[r#"
        nothing is wrong with the store `STORE`: 2 executions, all whole
        --- exit 0
    "#]],
    );
}

#[test]
fn there_must_be_a_store_and_nobody_in_it() {
    let shop = Shop::open();
    says(
        &shop,
        &["repair"],
        expect![[r#"
        --- stderr
        error: there is no store in STORE: name the folder of one [WF3028]
        --- exit 2
    "#]],
    );
    let inside = shop.store().join("new");
    assert_eq!(shop.order(&["run", "--input", &input("ok")]).code, Some(0));
    says(
        &shop,
        &["repair", "--into", &inside.to_string_lossy()],
        expect![[r#"
        --- stderr
        error: STORE/new cannot be written to, it lies in the damaged store: a repaired store is written to a folder that does not exist yet; name another one [WF3027]
        --- exit 2
    "#]],
    );
}
