//! Integers and floats.

use workflow_runtime::prelude::*;

use crate::harness::table;

table! {
    over_integers(x: i64) {
        sum: i64 = x + 1 - (3 - x);
        half: i64 = x / 2;
        rest: i64 = x % 7;
        absolute: i64 = x.abs();
        distance: u64 = x.abs_diff(5);
        signum: i64 = x.signum();
        least: i64 = x.min(3);
        greatest: i64 = x.max(-3);
        clamped: i64 = x.clamp(-5, 5);
        euclid: i64 = x.rem_euclid(7);
        quotient: i64 = x.div_euclid(7);
        positive: bool = x.is_positive();
        negative: bool = x.is_negative();
        float: f64 = x as f64;
        shown: String = x.to_string();
        shown_again: String = format!("{x}/{}", -x);
        ordered: bool = x > 3 && x <= 100 || x == -2;
        bounds: bool = (-3..=3).contains(&x);
    } over vec![0, 1, -1, 2, -2, 3, 5, 7, -7, 8, -8, 100, -13, 9_007_199_254_740_991 / 4, -1_000_000_007]
}

table! {
    over_small_integers(x: i32) {
        square: i32 = x.pow(2);
        cube: i32 = x.pow(3);
        saturated: i32 = x.saturating_add(2_000_000_000);
        unsaturated: i32 = x.saturating_sub(2_000_000_000);
        widened: i64 = i64::from(x) + 1;
        widened_float: f64 = f64::from(x) * 0.5;
        wide: i64 = x as i64;
        distance: u32 = x.abs_diff(-5);
        times: i32 = x * 3;
    } over vec![0, 1, -1, 2, 3, -3, 46_340, -46_341 + 1, 1290, -1290].into_iter().filter(|x: &i32| x.abs() < 1291).collect()
}

table! {
    over_unsigned(x: u32) {
        saturated: u32 = x.saturating_sub(7);
        saturated_up: u32 = x.saturating_add(4_294_967_290);
        hex: String = format!("{x:x}/{x:X}/{x:#x}/{x:08x}/{x:#010x}");
        binary: String = format!("{x:b}/{x:o}/{x:#b}");
        index: usize = x as usize;
        signed: i64 = x as i64;
        flag: u32 = (x > 3) as u32;
        when: Option<u32> = (x > 3).then_some(x);
        when_later: Option<u32> = (x > 3).then(|| x / 2);
    } over vec![0, 1, 5, 7, 8, 255, 65_535, 4_000_000_000, u32::MAX]
}

table! {
    over_floats(x: f64) {
        sum: f64 = x + 0.1 - 1.5;
        product: f64 = x * 2.5 / 3.0;
        floor: f64 = x.floor();
        ceil: f64 = x.ceil();
        round: f64 = x.round();
        trunc: f64 = x.trunc();
        fract: f64 = x.fract();
        absolute: f64 = x.abs();
        root: f64 = x.abs().sqrt();
        square: f64 = x.powi(2);
        least: f64 = x.min(0.5);
        greatest: f64 = x.max(0.5);
        clamped: f64 = x.clamp(-1.5, 2.5);
        whole: i64 = x as i64;
        byte: u8 = x as u8;
        ordered: bool = x < 0.5 || x >= 2.5;
        negated: f64 = -x;
    } over floats()
}

pub(crate) fn floats() -> Vec<f64> {
    let mut all = vec![
        0.0,
        0.5,
        1.5,
        2.5,
        -0.5,
        -1.5,
        -2.5,
        0.1,
        0.3,
        -0.3,
        0.005,
        0.015,
        0.025,
        0.125,
        0.375,
        2.675,
        1.005,
        1.015,
        8.345,
        -2.675,
        -1.005,
        0.045,
        0.055,
        1234.5678,
        1e-7,
        0.499_999_999_999_999_94,
        1_000_000.005,
        123_456_789.125,
        123_456_789.675,
        4_503_599_627_370_496.5,
        99.995,
        9.995,
        0.995,
        0.0005,
        0.00005,
        0.000_05,
        1e15,
        254.9,
        255.5,
        300.0,
    ];
    // A sequence without a pattern, and halves of hundredths of which most have no exact binary.
    let mut seed = 42_u64;
    for at in 0..60_u32 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let places = [100.0, 1000.0, 10_000.0][(at % 3) as usize];
        let tie = f64::from((seed >> 40) as u32 % 1_000_000) / places + 0.5 / places;
        all.push(if at % 5 == 0 { -tie } else { tie });
        all.push((seed >> 11) as f64 / 9_007_199_254_740_992.0 * 1000.0);
    }
    all
}

table! {
    over_formatted_floats(x: f64) {
        one: String = format!("{x:.1}");
        two: String = format!("{x:.2}");
        three: String = format!("{:.3}", x);
        four: String = format!("{:.4}", x);
        none: String = format!("{:.0}", x);
        wide: String = format!("[{x:10.2}|{x:<10.2}|{x:^10.2}|{x:010.2}|{x:+.2}|{x:*>10.1}]");
    } over floats()
}
