//! `FILE|-|JSON` arguments.

use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::error::CliError;

/// Reads `--input` or `--output`: JSON where it looks like JSON, standard input for `-`, else a file.
pub(crate) fn read_json(option: &str, argument: &str) -> Result<Value, CliError> {
    read_json_of(option, argument, false)
}

/// As [`read_json`]; of what is `secret` nothing is quoted.
pub(crate) fn read_json_of(option: &str, argument: &str, secret: bool) -> Result<Value, CliError> {
    let (text, place) = if argument == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|error| {
            CliError::usage("WF5002", format!("cannot read `{option}` from standard input: {error}"))
        })?;
        (text, String::from("standard input"))
    } else if Path::new(argument).is_file() {
        let text = std::fs::read_to_string(argument).map_err(|error| {
            CliError::usage("WF5002", format!("cannot read `{option}` from the file `{argument}`: {error}"))
        })?;
        (text, format!("the file `{argument}`"))
    } else if looks_like_json(argument) {
        (argument.to_owned(), format!("`{option}`"))
    } else {
        return Err(CliError::usage(
            "WF5002",
            format!(
                "`{option} {}`: there is no such file, and it is no JSON\nhelp: give a file, `-` for standard input, or JSON such as '{{\"id\": 1}}'",
                if secret { "***" } else { argument }
            ),
        ));
    };
    parse(&place, &text, secret)
}

/// Parses a text that came from `place`; a fault is shown in its line.
pub(super) fn parse_json(place: &str, text: &str) -> Result<Value, CliError> {
    parse(place, text, false)
}

fn parse(place: &str, text: &str, secret: bool) -> Result<Value, CliError> {
    crate::asl::strict(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let what = error.to_string();
        let what = match what.split(" at line ").next().unwrap_or_default() {
            "expected ident" => "only `true`, `false` and `null` are words",
            what => what,
        };
        let row = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
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
