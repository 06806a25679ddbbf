//! An owner that ends before it has answered.

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixListener;

use expect_test::expect;

use crate::shown;
use crate::support::{Shop, input};

/// Runs a command against an owner that reads the question, and goes.
fn asked_of_a_dying_owner(shop: &Shop, arguments: &[&str]) -> String {
    std::fs::create_dir_all(shop.store()).expect("a folder");
    let socket = shop.store().join("owner.sock");
    let listener = UnixListener::bind(&socket).expect("a socket");
    let command = shop.command(arguments).spawn().expect("it starts");
    let (stream, _) = listener.accept().expect("it connects");
    std::fs::remove_file(&socket).expect("the socket is there");
    drop(listener);
    let mut question = String::new();
    BufReader::new(&stream).read_line(&mut question).expect("UTF-8");
    drop(stream);
    shown(shop, &command.wait_with_output().expect("it ends").into())
}

#[test]
fn a_start_with_a_name_is_asked_for_again() {
    let shop = Shop::open();
    let told = asked_of_a_dying_owner(&shop, &["start", "--name", "A", "--input", &input("ok")]);
    expect![[r#"
        A
        --- stderr
        recorded; no process runs this store now. To run it: order resume --store STORE
        --- exit 0
    "#]]
    .assert_eq(&told);
    let resumed = shop.order(&["resume"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
}

#[test]
fn what_may_have_been_taken_is_not_asked_for_again() {
    let shop = Shop::open();
    let told = asked_of_a_dying_owner(&shop, &["stop", "A", "--error", "Stopped"]);
    expect![[r#"
        --- stderr
        error: the process that owned the store ended before it answered (it closed the connection): whether it took this command is not known [WF5005]
        help: run the command again
        --- exit 1
    "#]].assert_eq(&told);
}
