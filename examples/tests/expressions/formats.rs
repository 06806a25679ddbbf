//! `format!` of integers, booleans and texts.

use workflow_runtime::prelude::*;

use crate::harness::table;

table! {
    over_integers(x: i64) {
        wide: String = format!("[{x:5}|{x:<5}|{x:>5}|{x:^5}|{x:05}|{x:+}|{x:+05}|{x:*^7}|{x:1}|{x:02}]");
        mixed: String = format!("{0} {x:>3} {0:03} {n}", x, n = x + 1);
    } over vec![0, 5, -5, 42, -42, 123_456, -123_456, 9_007_199_254_740_991]
}

table! {
    over_flags(x: bool) {
        shown: String = format!("[{x}|{x:>6}|{x:<6}|{x:^7}]");
        text: String = x.to_string();
        not: bool = !x;
    } over vec![true, false]
}
