//! What the command line prints, where, and in which colours.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::args::Color;
use super::error::CliError;

/// Standard output and error, with colours or without.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    color_out: bool,
    color_err: bool,
}

/// What a piece of text is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Good,
    Bad,
    Warn,
    Faint,
    Strong,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Warn => AnsiColor::Yellow.on_default(),
            Self::Faint => Style::new().dimmed(),
            Self::Strong => Style::new().bold(),
        }
    }
}

impl Output {
    pub(crate) fn new(color: Color, json: bool) -> Self {
        let wanted = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        Self { json, color_out: wanted(io::stdout().is_terminal()), color_err: wanted(io::stderr().is_terminal()) }
    }

    /// A line for the person, on standard error.
    pub(crate) fn note(self, tone: Tone, text: &str) {
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(io::stderr().lock(), "{}", paint(self.color_err, tone, text));
    }

    /// A line of the answer, on standard output.
    pub(crate) fn line(self, tone: Tone, text: &str) -> Result<(), CliError> {
        write_out(format!("{}\n", paint(self.color_out, tone, text)).as_bytes())
    }

    /// The answer as JSON, on standard output.
    #[expect(clippy::unused_self, reason = "all output goes through here")]
    pub(crate) fn json<T: Serialize>(self, value: &T) -> Result<(), CliError> {
        let mut text = serde_json::to_vec_pretty(value).map_err(io::Error::from)?;
        text.push(b'\n');
        write_out(&text)
    }
}

/// Writes; a reader that has seen enough (`| head`) is no error.
pub(crate) fn write_out(bytes: &[u8]) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => Ok(other?),
    }
}

fn paint(color: bool, tone: Tone, text: &str) -> String {
    if !color || tone == Tone::Plain {
        return text.to_owned();
    }
    let style = tone.style();
    format!("{style}{text}{style:#}")
}

/// A word for a shell: quoted where a shell would take it apart.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_word("ORD-1"), "ORD-1");
        assert_eq!(shell_word(r#"{"a":"it's"}"#), r#"'{"a":"it'\''s"}'"#);
        assert_eq!(shell_word(""), "''");
    }
}
