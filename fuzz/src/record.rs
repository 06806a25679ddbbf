//! A stored record: read, written again, replayed.

use workflow_runtime::engine::{Execution, ExecutionIdentity, Machine, Record};
use workflow_runtime::history;

const MACHINE: &str = r#"{"QueryLanguage":"JSONata","StartAt":"A","States":{
    "A":{"Type":"Task","Resource":"r.waitForTaskToken","Next":"B","Retry":[{"ErrorEquals":["States.ALL"]}]},
    "B":{"Type":"Parallel","Branches":[{"StartAt":"C","States":{"C":{"Type":"Wait","Seconds":1,"End":true}}}],"Next":"D"},
    "D":{"Type":"Map","Items":[1,2],"ItemProcessor":{"StartAt":"E","States":{"E":{"Type":"Pass","End":true}}},"End":true}}}"#;

/// Records, each behind its length as two bytes, as they might come out of a damaged store.
pub fn record(data: &[u8]) {
    let definition = workflow_runtime::asl::parse(MACHINE).expect("a machine");
    let machine = Machine::compile(&definition).expect("it compiles");
    let (mut rest, mut records) = (data, Vec::new());
    while let [low, high, body @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(body.len());
        let (bytes, after) = body.split_at(length);
        rest = after;
        let Ok(record) = Record::decode(bytes) else { continue };
        let again = Record::decode(&record.encode()).expect("what we write we read");
        assert_eq!(again.events.len(), record.events.len());
        records.push(record);
    }
    let identity = ExecutionIdentity::new("fuzz", "run", 1);
    if let Ok(execution) = Execution::replay(identity, &machine, &records) {
        let _ = (execution.status(), execution.event_count(), execution.pending_effects(&machine));
    }
    let _ = (history::aws_events(&definition, &records), history::trail(&definition, &records, None).render());
}
