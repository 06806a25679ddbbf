//! `kill -9` at any moment: nothing acknowledged is lost, nothing is torn, and the next process goes on from there.

use crate::script::{Random, acknowledged, spawn, verify};

const ROUNDS: u64 = 15;

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut random = Random::seeded();
    let mut commits = 0;
    for round in 0..ROUNDS {
        let enough = 1 + random.below(60);
        let mut child = spawn(folder.path(), commits);
        let mut words = child.words();
        let mut known = acknowledged(&mut words, commits, enough);
        // Some way into the next commit, which takes a few hundred microseconds.
        for _ in 0..random.below(200_000) {
            std::hint::spin_loop();
        }
        child.kill();
        known = acknowledged(&mut words, known, u64::MAX);
        assert!(known > commits, "round {round}: the child got nowhere");
        commits = verify(folder.path(), known);
        eprintln!("round {round}: {known} acknowledged, {commits} kept");
    }
}
