//! What is committed is what the programs are.

use crate::{asl, examples, ran};

macro_rules! programs {
    ($($name:literal),* $(,)?) => {
        [$(($name, env!(concat!("CARGO_BIN_EXE_", $name)))),*]
    };
}

#[test]
fn the_committed_machines_are_those_of_the_programs() {
    let programs = programs![
        "agent",
        "approval",
        "fanout",
        "fulfilment",
        "order",
        "parcel_v1",
        "parcel_v2",
        "parcel_v3",
        "pipeline",
        "polling",
        "travel",
    ];
    let mut faults = Vec::new();
    for (name, program) in programs {
        let folder = asl(name);
        let outcome = ran(program, &["check", "--exact", "--against", &folder], &examples());
        if outcome.code != Some(0) {
            let bless = format!("cargo run -p examples --bin {name} -- check --update --against examples/{folder}");
            faults.push(format!("{name}: {}\n{}\nrun: {bless}", outcome.stdout, outcome.stderr));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
