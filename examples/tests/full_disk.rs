//! A disk that is full: the program says so and stops; what was acknowledged is there when there is room again.

mod support;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Outcome, Shop, input};

/// A small disk of its own, in memory.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where this user may not mount one.
    fn mount(at: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(at).expect("a folder");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "none"]).arg(at).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_owned()));
        }
        eprintln!("LEFT OUT: a full disk needs the right to mount one");
        None
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Leaves so many bytes.
    fn fill(&self, left: u64) {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(self.ballast()).expect("a file");
        let block = [0_u8; 4096];
        while file.write_all(&block).is_ok() {}
        let length = file.metadata().expect("its length").len();
        file.set_len(length.saturating_sub(left)).expect("it is made shorter");
    }

    fn make_room(&self) {
        std::fs::remove_file(self.ballast()).expect("the ballast is there");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Nothing of it is in use; if it is, the temporary folder stays behind.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn start(shop: &Shop, name: &str) -> Outcome {
    let text = std::fs::read_to_string(input("ok")).expect("the input can be read");
    let mut order: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    order["orderId"] = name.into();
    order["customerEmail"] = "x".repeat(60_000).into();
    shop.order(&["start", "--name", name, "--input", &order.to_string()])
}

#[test]
fn a_full_disk_stops_the_program_and_loses_nothing() {
    let shop = Shop::open();
    let Some(disk) = SmallDisk::mount(shop.store().parent().expect("a folder"), "64m") else { return };
    let mut owner =
        shop.command(&["run", "--name", "ORD", "--input", &input("needs-approval")]).spawn().expect("it starts");
    let token = loop {
        assert!(owner.try_wait().expect("a status").is_none(), "it ended before it was answered");
        let described = shop.order(&["describe", "ORD", "--json"]);
        if described.code == Some(0)
            && let Some(token) = described.json()["waitingFor"][0]["token"].as_str()
        {
            break token.to_owned();
        }
        std::thread::yield_now();
    };
    disk.fill(2 << 20);
    let mut accepted = Vec::new();
    let refused = loop {
        let name = format!("ORD-{}", accepted.len());
        let outcome = start(&shop, &name);
        if outcome.code != Some(0) {
            break outcome;
        }
        accepted.push(name);
        assert!(accepted.len() < 1_000, "there is no end of the disk");
    };
    assert!(!accepted.is_empty(), "{}", refused.stderr);
    let gone: Outcome = owner.wait_with_output().expect("it ends").into();
    assert_eq!(gone.code, Some(1), "{}", gone.stderr);
    let told = [&refused.stderr, &gone.stderr];
    for text in ["No space left", "make room"] {
        assert!(told.iter().any(|said| said.contains(text)), "{told:#?}");
    }
    let still = shop.order(&["resume"]);
    assert_eq!(still.code, Some(1), "{}", still.stderr);
    assert!(still.stderr.contains("No space left") && still.stderr.contains("make room"), "{}", still.stderr);
    disk.make_room();
    let answered = shop.order(&["send-task-success", "--token", &token, "--output", r#"{"approved": true}"#]);
    assert_eq!(answered.code, Some(0), "{}", answered.stderr);
    let resumed = shop.order(&["resume"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    for name in accepted.iter().map(String::as_str).chain(["ORD"]) {
        let described = shop.order(&["describe", name, "--json"]);
        assert_eq!(described.json()["status"], "SUCCEEDED", "{name}");
    }
}
