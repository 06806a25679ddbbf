//! `FILE|-|JSON` arguments.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::error::CliError;

/// Reads `--input` or `--output`: JSON where it looks like JSON, standard input for `-`, else a file.
pub(crate) fn read_json(option: &str, argument: impl AsRef<OsStr>) -> Result<Value, CliError> {
    read_json_of(option, argument.as_ref(), false)
}

/// As [`read_json`]; of what is `secret` nothing is quoted.
pub(crate) fn read_json_of(option: &str, argument: &OsStr, secret: bool) -> Result<Value, CliError> {
    let path = Path::new(argument);
    let shown = if secret { "***".into() } else { argument.to_string_lossy() };
    // A pipe is a file as well: `--input <(jq .. order.json)`.
    let is_file = path.metadata().is_ok_and(|found| !found.is_dir());
    let (text, place) = if argument == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|error| {
            CliError::usage("WF5002", format!("cannot read `{option}` from standard input: {error}"))
        })?;
        (text, String::from("standard input"))
    } else if is_file {
        let text = std::fs::read_to_string(path).map_err(|error| {
            CliError::usage("WF5002", format!("cannot read `{option}` from the file `{}`: {error}", path.display()))
        })?;
        (text, format!("the file `{}`", path.display()))
    } else if let Some(text) = argument.to_str().filter(|text| looks_like_json(text)) {
        (text.to_owned(), format!("`{option}`"))
    } else {
        let why = if path.is_dir() { "this is a folder" } else { "there is no such file, and it is no JSON" };
        return Err(CliError::usage(
            "WF5002",
            format!(
                "`{option} {shown}`: {why}\nhelp: give a file, `-` for standard input, or JSON such as '{{\"id\": 1}}'"
            ),
        ));
    };
    // What Windows puts before a text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if text.trim().is_empty() {
        return Err(CliError::usage("WF5003", format!("{place} is empty, and no JSON")));
    }
    parse(&place, text, secret)
}

/// Parses a text that came from `place`; a fault is shown in its line.
pub(super) fn parse_json(place: &str, text: &str) -> Result<Value, CliError> {
    parse(place, text, false)
}

fn parse(place: &str, text: &str, secret: bool) -> Result<Value, CliError> {
    crate::asl::strict(text).map_err(|error| {
        let line = error.line();
        let what = error.to_string();
        let what = match what.split(" at line ").next().unwrap_or_default() {
            "expected ident" => "only `true`, `false` and `null` are words",
            what => what,
        };
        let row = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        // Counted in bytes there, in characters here.
        let before = row.as_bytes().get(..error.column()).map(String::from_utf8_lossy);
        let column = before.map_or(error.column(), |before| before.chars().count());
        if secret {
            let message = format!("{place} is not valid JSON: {what} at line {line}, column {column}");
            return CliError::usage("WF5003", message);
        }
        let shown: String = row.chars().take(100).collect();
        let mark = if column <= 100 { format!("\n  {}^", " ".repeat(column.saturating_sub(1))) } else { String::new() };
        CliError::usage(
            "WF5003",
            format!("{place} is not valid JSON: {what} at line {line}, column {column}\n  {shown}{mark}"),
        )
    })
}

/// Whether a person meant JSON, not a path.
fn looks_like_json(argument: &str) -> bool {
    let trimmed = argument.trim_start();
    trimmed.starts_with(['{', '[', '"', '-'])
        || trimmed.starts_with(|first: char| first.is_ascii_digit())
        || matches!(trimmed.trim_end(), "true" | "false" | "null")
}

#[cfg(test)]
mod tests {
    use super::read_json;

    #[test]
    fn json_is_read_from_the_argument_itself() {
        assert_eq!(read_json("--input", r#" {"a": 1}"#).unwrap()["a"], 1);
        assert_eq!(read_json("--input", "-5").unwrap(), -5);
        assert!(read_json("--input", "null").unwrap().is_null());
    }

    #[test]
    fn a_typo_is_shown_where_it_stands() {
        let error = read_json("--input", r#"{"a": tru}"#).unwrap_err();
        assert_eq!(
            error.message,
            "`--input` is not valid JSON: only `true`, `false` and `null` are words at line 1, column 10\n  {\"a\": tru}\n           ^"
        );
        assert_eq!(error.exit, 2);
    }

    #[test]
    fn columns_are_characters() {
        let error = read_json("--input", r#"{"ü": "äöü", x}"#).unwrap_err();
        assert_eq!(
            error.message,
            "`--input` is not valid JSON: key must be a string at line 1, column 14\n  {\"ü\": \"äöü\", x}\n               ^"
        );
    }

    #[test]
    fn a_folder_an_empty_file_and_a_mark_of_its_encoding() {
        let folder = tempfile::tempdir().unwrap();
        let error = read_json("--input", folder.path()).unwrap_err();
        assert!(error.message.contains("this is a folder"), "{}", error.message);
        let file = folder.path().join("a.json");
        std::fs::write(&file, "\u{feff}{\"id\": 1}").unwrap();
        assert_eq!(read_json("--input", &file).unwrap()["id"], 1);
        std::fs::write(&file, " \n").unwrap();
        assert!(read_json("--input", &file).unwrap_err().message.ends_with("is empty, and no JSON"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_path_need_not_be_text() {
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(std::ffi::OsStr::from_bytes(b"\xff.json"));
        std::fs::write(&file, "[1]").unwrap();
        assert_eq!(read_json("--input", &file).unwrap()[0], 1);
    }

    #[test]
    fn a_key_stands_once() {
        let error = read_json("--input", r#"{"id": 1, "id": 2}"#).unwrap_err();
        assert!(
            error.message.starts_with("`--input` is not valid JSON: Duplicate field 'id' at line 1"),
            "{}",
            error.message
        );
    }

    #[test]
    fn hostile_texts_are_refused_in_few_words() {
        for text in
            ["[".repeat(1_000_000), format!("\"{}", "x".repeat(1_000_000)), "1e999".to_owned(), "{\u{0}".to_owned()]
        {
            let error = super::parse_json("`--input`", &text).unwrap_err();
            assert!(error.message.len() < 400, "{}", error.message.len());
        }
    }

    #[test]
    fn a_missing_file_is_not_mistaken_for_json() {
        let error = read_json("--input", "inputs/okk.json").unwrap_err();
        assert!(error.message.starts_with("`--input inputs/okk.json`: there is no such file"), "{}", error.message);
    }
}
