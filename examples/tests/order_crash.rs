//! `kill -9` at any moment, then `resume`: the same end, and nothing that was acknowledged runs twice.

mod support;

use std::time::Duration;

use support::{Shop, acknowledged, input};

/// A small generator of our own, so that a failing round can be repeated by its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn round(file: &str, code: i32, seed: u64) {
    let shop = Shop::open();
    let mut dice = Dice(seed);
    let mut ended = None;
    for kill in 0..40 {
        // Killed before the start was acknowledged: there is nothing to resume, and nothing may have run.
        let exists = shop.store().exists() && shop.order(&["describe", "ORD"]).code == Some(0);
        assert!(exists || shop.book().is_empty(), "seed {seed}: a step ran before the start was durable");
        let file = input(file);
        let arguments: &[&str] = if exists { &["resume"] } else { &["run", "--name", "ORD", "--input", &file] };
        let events = if exists { shop.events("ORD") } else { Vec::new() };
        let before: Vec<(String, usize)> =
            acknowledged(&events).into_iter().map(|step| (step.clone(), shop.runs_of(&step))).collect();
        let mut child = shop.command(arguments).spawn().expect("the program starts");
        let patience = Duration::from_millis(if kill < 12 { dice.below(60) } else { 60_000 });
        let deadline = std::time::Instant::now() + patience;
        while std::time::Instant::now() < deadline && child.try_wait().expect("a status").is_none() {
            std::thread::yield_now();
        }
        let finished = child.try_wait().expect("a status");
        child.kill().expect("kill -9");
        child.wait().expect("it is gone");
        for (step, runs) in before {
            assert_eq!(shop.runs_of(&step), runs, "seed {seed}: {step} was acknowledged and ran again");
        }
        if finished.is_some() {
            let described = shop.order(&["describe", "ORD", "--json"]);
            if described.code == Some(0) && described.json()["status"] != "RUNNING" {
                ended = Some(described.json());
                break;
            }
        }
    }
    let ended = ended.unwrap_or_else(|| panic!("seed {seed}: it never ended"));
    let status = if code == 0 { "SUCCEEDED" } else { "FAILED" };
    assert_eq!(ended["status"], status, "seed {seed}: {ended}");
}

#[test]
fn an_order_killed_at_random_ends_the_same() {
    for seed in 1..=4 {
        eprintln!("seed {seed}");
        round("ok", 0, seed);
    }
}

#[test]
fn a_compensation_killed_at_random_ends_the_same() {
    for seed in 101..=103 {
        eprintln!("seed {seed}");
        round("mail-down", 1, seed);
    }
}
