// What a page of the language shows beside its Rust: states as JSON, the diagram as Mermaid and as a picture.
//
// Included by the pages' doctests. `UPDATE_PAGES=1 cargo test -p workflow-runtime --doc` writes what the program yields.

use std::path::PathBuf;

use serde_json::Value;
use workflow_runtime::Definition;

/// Compares `docs/language/NAME.md` with a program of its own: `json` blocks with its states, the `mermaid` block and the picture with its diagram.
pub fn shows(name: &str, definition: &Definition) {
    states(name, definition);
    diagram(name, definition);
}

/// Each state that stands in a `json` block is one of the program's.
pub fn states(name: &str, definition: &Definition) {
    let path = page(name);
    let mut text = read(&path);
    let machine: Value = serde_json::from_str(&definition.to_asl_json()).expect("JSON");
    let mut found = 0;
    for block in blocks(&text, "json") {
        let Some(shown) = object(&block) else { panic!("{name}: no JSON: {block}") };
        let shown = shown.get("States").cloned().unwrap_or(shown);
        let states = shown.as_object().expect("states by name");
        // A page may show several programs; one that shares no name is another's.
        if !states.keys().any(|state| machine["States"].get(state).is_some()) {
            continue;
        }
        found += 1;
        let of_machine = |state: &String| (state.clone(), plain(machine["States"][state].clone()));
        let made: serde_json::Map<String, Value> = states.keys().map(of_machine).collect();
        if plain(shown.clone()) != Value::Object(made.clone()) {
            assert!(updates(), "{name}: the page shows {shown:#}\nthe program is {:#}", Value::Object(made));
            let mut fresh = String::new();
            print(&Value::Object(made), 0, &mut fresh);
            text = text.replacen(&block, &(fresh + "\n"), 1);
            std::fs::write(&path, &text).expect("written");
        }
    }
    assert!(found > 0, "{name} shows no state of this program");
}

/// The `mermaid` block and the picture `NAME.svg`, beside the page: `../language` is the page above.
pub fn diagram(name: &str, definition: &Definition) {
    let path = page(name);
    let text = read(&path);
    let drawn = definition.to_mermaid();
    let shown = blocks(&text, "mermaid").into_iter().next().unwrap_or_else(|| panic!("{name} shows no diagram"));
    if shown.trim() != drawn.trim() {
        assert!(updates(), "{name}: the page shows\n{shown}\nthe program is\n{drawn}");
        let old = format!("```mermaid\n{shown}```");
        let text = text.replacen(&old, &format!("```mermaid\n{}\n```", drawn.trim()), 1);
        std::fs::write(&path, text).expect("written");
    }
    let picture = path.with_extension("svg");
    let svg = definition.to_svg();
    if std::fs::read_to_string(&picture).ok().as_deref() != Some(&*svg) {
        assert!(updates(), "{} is not what the program looks like", picture.display());
        std::fs::write(&picture, svg).expect("written");
    }
    let shown = name.rsplit('/').next().unwrap_or(name);
    assert!(text.contains(&format!("({shown}.svg)")), "{name} does not show its picture");
}

fn page(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/language").join(format!("{name}.md"))
}

fn read(path: &PathBuf) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn updates() -> bool {
    std::env::var_os("UPDATE_PAGES").is_some()
}

fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let parts = text.split(&fence).skip(1);
    parts.filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

/// A JSON object, also without its braces.
fn object(text: &str) -> Option<Value> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&format!("{{{text}}}"))).ok()
}

/// Without what stands on every Task: the retrier for Lambda's own errors, and the default timeout.
fn plain(mut value: Value) -> Value {
    tidy(&mut value);
    value
}

fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Array(retry)) = fields.get_mut("Retry") {
                retry.retain(|retrier| !retrier["ErrorEquals"].to_string().contains("Lambda."));
                if retry.is_empty() {
                    fields.shift_remove("Retry");
                }
            }
            if fields.get("TimeoutSeconds").and_then(Value::as_u64) == Some(60) {
                fields.shift_remove("TimeoutSeconds");
            }
            fields.values_mut().for_each(tidy);
        }
        Value::Array(values) => values.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// JSON as a person sets it: on one line what fits there.
fn print(value: &Value, depth: usize, text: &mut String) {
    let line = on_one_line(value);
    let entries = match value {
        Value::Object(fields) if line.len() + depth > 110 || (depth < 4 && fields.len() > 1) => {
            fields.iter().map(|(key, value)| (format!("{}: ", Value::from(key.as_str())), value)).collect::<Vec<_>>()
        }
        Value::Array(values) if line.len() + depth > 110 => {
            values.iter().map(|value| (String::new(), value)).collect()
        }
        _ => return text.push_str(&line),
    };
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    text.push(open);
    for (index, (key, value)) in entries.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&" ".repeat(depth + 2));
        text.push_str(key);
        print(value, depth + 2, text);
    }
    text.push('\n');
    text.push_str(&" ".repeat(depth));
    text.push(close);
}

fn on_one_line(value: &Value) -> String {
    match value {
        Value::Object(fields) if fields.is_empty() => String::from("{}"),
        Value::Object(fields) => {
            let parts: Vec<String> =
                fields.iter().map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), on_one_line(value))).collect();
            format!("{{ {} }}", parts.join(", "))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(on_one_line).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}
