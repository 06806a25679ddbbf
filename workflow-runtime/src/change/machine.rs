//! Changes of the machine: its states by name, and each state field by field.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::Value;

use super::states::called;
use super::{Change, Version};
use crate::asl::resource::{self, CallKind};
use crate::asl::{State, StateMachine};

/// All of them.
pub(super) fn changes(old: Version<'_>, new: Version<'_>) -> Vec<Change> {
    let mut found = Vec::new();
    let (before, after) = (old.machine, new.machine);
    let names = Names::of(before, after);
    if names.old(&before.start_at) != after.start_at {
        let what = format!("begins at `{}`, began at `{}`", after.start_at, before.start_at);
        found.push(Change::new("workflow", what));
    }
    if before.timeout_seconds != after.timeout_seconds {
        let (was, is) = (seconds(before.timeout_seconds), seconds(after.timeout_seconds));
        found.push(Change::new("workflow", format!("its timeout was {was}, is {is}")));
    }
    states(&before.states, &after.states, &names, &mut found);
    found
}

fn seconds(timeout: Option<u64>) -> String {
    timeout.map_or_else(|| "none".to_owned(), |seconds| format!("{seconds} s"))
}

/// States that have another name now and are the same otherwise: old name to new name, anywhere in the machine.
struct Names {
    renamed: BTreeMap<String, String>,
}

impl Names {
    fn of(before: &StateMachine, after: &StateMachine) -> Self {
        let mut names = Self { renamed: BTreeMap::new() };
        // A state may lead to others that were renamed too: as long as more are found.
        loop {
            let known = names.renamed.len();
            names.find(&before.states, &after.states);
            if names.renamed.len() == known {
                return names;
            }
        }
    }

    fn find(&mut self, before: &IndexMap<String, State>, after: &IndexMap<String, State>) {
        for (name, state) in before {
            if let Some(other) = after.get(name) {
                for (one, other) in state.branches().iter().zip(other.branches()) {
                    self.find(&one.states, &other.states);
                }
                continue;
            }
            if self.renamed.contains_key(name) {
                continue;
            }
            let wanted = self.fields(state);
            let same = |(other, candidate): &(&String, &State)| {
                !before.contains_key(*other)
                    && !self.renamed.values().any(|taken| taken == *other)
                    && (fields(candidate) == wanted || self.is_same_but_ways(state, candidate))
            };
            let found: Vec<_> = after.iter().filter(same).collect();
            if let [(other, _)] = found.as_slice() {
                self.renamed.insert(name.clone(), (*other).clone());
            }
        }
    }

    /// The same call or pause, whatever comes next: where the next state has been renamed as well.
    fn is_same_but_ways(&self, old: &State, new: &State) -> bool {
        let strip = |mut fields: BTreeMap<String, Value>| {
            fields.remove("Next");
            fields.remove("End");
            fields.remove("Catch");
            fields
        };
        matches!(old, State::Task(_) | State::Wait(_))
            && !matches!((old.is_terminal(), new.is_terminal()), (true, false) | (false, true))
            && strip(self.fields(old)) == strip(fields(new))
    }

    fn old<'a>(&'a self, name: &'a str) -> &'a str {
        self.renamed.get(name).map_or(name, String::as_str)
    }

    /// The fields of an old state, with the names that states have now.
    fn fields(&self, state: &State) -> BTreeMap<String, Value> {
        let mut all = fields(state);
        for value in all.values_mut() {
            self.rename(value);
        }
        all
    }

    fn rename(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (key, field) in fields.iter_mut() {
                    match field {
                        Value::String(name) if key == "Next" || key == "Default" => *field = self.old(name).into(),
                        field => self.rename(field),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.rename(item)),
            _ => {}
        }
    }
}

/// A state's fields, without texts for people, and with what it calls instead of how that is spelled.
fn fields(state: &State) -> BTreeMap<String, Value> {
    let Ok(Value::Object(mut all)) = serde_json::to_value(state) else { return BTreeMap::new() };
    strip_comments(&mut all);
    // A machine's default is that of its states.
    all.shift_remove("QueryLanguage");
    if let (State::Task(task), Some(call)) = (state, called(state)) {
        all.insert("Resource".to_owned(), call.into());
        if let Some(call) = resource::parse(&task.resource, task.arguments.as_ref())
            && call.kind == CallKind::Callback
        {
            all.insert("Arguments".to_owned(), call.payload.cloned().unwrap_or_default());
        }
    }
    if let Some(next) = all.shift_remove("Default") {
        all.insert("Default".to_owned(), serde_json::json!({ "Default": next }));
    }
    if let Some(next) = all.shift_remove("Next") {
        all.insert("Next".to_owned(), serde_json::json!({ "Next": next }));
    }
    for inner in ["Branches", "ItemProcessor"] {
        all.shift_remove(inner);
    }
    all.into_iter().collect()
}

fn strip_comments(fields: &mut serde_json::Map<String, Value>) {
    fields.shift_remove("Comment");
    for key in ["Retry", "Catch", "Choices"] {
        for rule in fields.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(rule) = rule.as_object_mut() {
                rule.shift_remove("Comment");
            }
        }
    }
}

fn states(before: &IndexMap<String, State>, after: &IndexMap<String, State>, names: &Names, found: &mut Vec<Change>) {
    for (name, state) in before {
        let now = names.old(name);
        let Some(other) = after.get(now) else {
            found.push(Change::new(format!("state `{name}`"), format!("removed{}", calling(state))));
            continue;
        };
        if now != name {
            found.push(Change::new(format!("state `{name}`"), format!("has the name `{now}` now")));
        }
        one(now, state, other, names, found);
    }
    let known: Vec<&str> = before.keys().map(|name| names.old(name)).collect();
    for (name, state) in after.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        found.push(Change::new(format!("state `{name}`"), format!("added{}", calling(state))));
    }
}

fn calling(state: &State) -> String {
    called(state).map_or_else(String::new, |called| format!(": it calls {called}"))
}

fn one(name: &str, old: &State, new: &State, names: &Names, found: &mut Vec<Change>) {
    let at = format!("state `{name}`");
    if old.type_name() != new.type_name() {
        found.push(Change::new(at, format!("was a {}, is a {}", old.type_name(), new.type_name())));
        return;
    }
    let (before, after) = (names.fields(old), fields(new));
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let (was, is) = (before.get(key), after.get(key));
        if was == is || (key == "End" && before.contains_key("Next") != after.contains_key("Next")) {
            continue;
        }
        found.push(Change::new(at.as_str(), field(key, was, is)));
    }
    let (branches, others) = (old.branches(), new.branches());
    if branches.len() != others.len() {
        found.push(Change::new(at, format!("had {} branches, has {}", branches.len(), others.len())));
    }
    for (one, other) in branches.iter().zip(others) {
        if names.old(&one.start_at) != other.start_at {
            let what = format!("a branch begins at `{}`, began at `{}`", other.start_at, one.start_at);
            found.push(Change::new(format!("state `{name}`"), what));
        }
        if one.processor_config != other.processor_config {
            found.push(Change::new(format!("state `{name}`"), "its items run another way (`ProcessorConfig`)"));
        }
        states(&one.states, &other.states, names, found);
    }
}

/// What became of a field, in a few words.
fn field(key: &str, was: Option<&Value>, is: Option<&Value>) -> String {
    match key {
        "Retry" => {
            let (was, is) = differing(was, is);
            format!("is tried again {} (was {})", retry(&is), retry(&was))
        }
        "Catch" => {
            let (was, is) = differing(was, is);
            format!("catches {} (caught {})", catch(&is), catch(&was))
        }
        "TimeoutSeconds" => format!("its timeout is {} (was {})", time(is), time(was)),
        "HeartbeatSeconds" => format!("its heartbeat is {} (was {})", time(is), time(was)),
        "Seconds" | "Timestamp" => format!("waits for {} (was {})", time(is), time(was)),
        "Resource" => format!("calls {} (called {})", plain(is), plain(was)),
        "Next" => format!("leads to {} (led to {})", way(key, is), way(key, was)),
        "Default" => format!("leads otherwise to {} (led to {})", way(key, is), way(key, was)),
        "End" => {
            if is.is_some() {
                "ends here now".to_owned()
            } else {
                "does not end here any more".to_owned()
            }
        }
        "Choices" => choices(was, is),
        "Arguments" => "what it sends changed (`Arguments`)".to_owned(),
        "Assign" => "the variables that it sets changed (`Assign`)".to_owned(),
        "Output" => "what it hands on changed (`Output`)".to_owned(),
        "Items" | "ItemReader" | "ItemSelector" | "ItemBatcher" => format!("its items changed (`{key}`)"),
        "MaxConcurrency" => format!("runs {} items at once (was {})", plain(is), plain(was)),
        "Error" => format!("fails with {} (was {})", plain(is), plain(was)),
        other => format!("`{other}` is {} (was {})", plain(is), plain(was)),
    }
}

fn plain(value: Option<&Value>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(Value::String(text)) if text.contains('`') => text.clone(),
        Some(Value::String(text)) => format!("`{text}`"),
        Some(value) => value.to_string(),
    }
}

fn time(value: Option<&Value>) -> String {
    match value {
        Some(Value::Number(seconds)) => format!("{seconds} s"),
        other => plain(other),
    }
}

fn way(key: &str, value: Option<&Value>) -> String {
    value.map_or_else(|| "the end".to_owned(), |value| plain(value.get(key)))
}

/// The rules that are not on both sides; all where only their order changed.
fn differing(was: Option<&Value>, is: Option<&Value>) -> (Vec<Value>, Vec<Value>) {
    let rules = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let (before, after) = (rules(was), rules(is));
    let gone: Vec<Value> = before.iter().filter(|rule| !after.contains(rule)).cloned().collect();
    let come: Vec<Value> = after.iter().filter(|rule| !before.contains(rule)).cloned().collect();
    if gone.is_empty() && come.is_empty() { (before, after) } else { (gone, come) }
}

fn retry(rules: &[Value]) -> String {
    let all: Vec<String> = rules
        .iter()
        .map(|rule| {
            let times = rule.get("MaxAttempts").and_then(Value::as_u64).unwrap_or(3);
            let interval = rule.get("IntervalSeconds").and_then(Value::as_u64).unwrap_or(1);
            let rate = rule.get("BackoffRate").and_then(Value::as_f64).unwrap_or(2.0);
            format!("{times} times after {interval} s, ×{rate}, on {}", errors(rule))
        })
        .collect();
    if all.is_empty() { "never".to_owned() } else { all.join("; ") }
}

fn catch(rules: &[Value]) -> String {
    let all: Vec<String> =
        rules.iter().map(|rule| format!("{} to {}", errors(rule), plain(rule.get("Next")))).collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join("; ") }
}

fn errors(rule: &Value) -> String {
    let names = rule.get("ErrorEquals").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

fn choices(was: Option<&Value>, is: Option<&Value>) -> String {
    let rules = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let (before, after) = (rules(was), rules(is));
    if before.len() != after.len() {
        return format!("has {} rules (had {})", after.len(), before.len());
    }
    let changed = before.iter().zip(&after).find(|(one, other)| one != other);
    match changed {
        Some((one, other)) if one.get("Condition") != other.get("Condition") => {
            format!("asks {} (asked {})", plain(other.get("Condition")), plain(one.get("Condition")))
        }
        Some((one, other)) if one.get("Next") != other.get("Next") => {
            format!("leads to {} (led to {})", plain(other.get("Next")), plain(one.get("Next")))
        }
        _ => "a rule's variables or output changed".to_owned(),
    }
}
