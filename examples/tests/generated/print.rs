//! A batch of programs as the source of a crate.

use std::fmt::Write as _;

use super::program::{Order, Program};

/// Types, steps and what runs a program.
const FRAME: &str = include_str!("batch.rs.txt");

pub(crate) fn source(programs: &[Program]) -> String {
    let mut text = FRAME.to_owned();
    let (mut register, mut runs) = (String::new(), String::new());
    for Program { number, output, body, order, elsewhere } in programs {
        let output = output.rust();
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\nmod p{number} {{\nuse super::*;\nworkflow!(\npub async fn p{number}(input: Input) -> Result<{output}> {{\n{}}}\n);\n\n\
             pub fn reference(undos: &plain::Undos, input: Input) -> Value {{\nlet result = (|| -> plain::Done<{output}> \
             {{\n{}}})();\nended(plain::finished(undos, result))\n}}\n}}\n",
            body.flow, body.plain
        );
        let _ = writeln!(register, "        .register::<p{number}::P{number}>()");
        let order = if *order == Order::Exact { "exact" } else { "any" };
        let _ = writeln!(
            runs,
            "    bench.program::<p{number}::P{number}>(\"{order}\", {elsewhere}, p{number}::reference).await;"
        );
    }
    let _ = write!(
        text,
        "\n#[tokio::main(flavor = \"current_thread\", start_paused = true)]\nasync fn main() {{\n    let log = Log::default();\n    \
         let runtime = Runtime::builder()\n        .store(MemoryStore::new())\n        .data(log.clone())\n        \
         .register::<Twice>()\n        .register::<Labelled>()\n        .register::<Quiet>()\n        .register::<Swift>()\n{register}        \
         .start()\n        .await\n        .expect(\"it starts\");\n    let bench = Bench {{ runtime, log }};\n{runs}}}\n"
    );
    text
}
