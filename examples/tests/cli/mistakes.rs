//! Mistakes on the command line, and stores that are none.

#![expect(clippy::too_many_lines, reason = "what is printed is long")]

use expect_test::expect;

use crate::says;
use crate::support::{Shop, input};

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
