//! `prune`.

use super::app::Session;
use super::connection::{Connection, Role, unexpected};
use super::error::CliError;
use super::output::Tone;
use crate::control::{Request, Response};

/// Forgets what ended long ago.
pub(crate) async fn prune(session: &Session<'_>, older_than: &str, dry_run: bool) -> Result<u8, CliError> {
    let older_than_seconds = seconds(older_than).ok_or_else(|| {
        CliError::usage(
            "WF5020",
            format!("`--older-than {older_than}` is no time\nhelp: a whole number and a unit: 90d, 12h, 30m or 45s"),
        )
    })?;
    let mut connection = Connection::open(session.program, &session.store, Role::Visit).await?;
    let response = connection.call(Request::Prune { older_than_seconds, dry_run }).await;
    connection.close().await;
    let response = response?;
    let Response::Pruned { executions } = response else { return Err(unexpected(&response)) };
    if session.output.json {
        session.output.json(&serde_json::json!({ "executions": executions, "dryRun": dry_run }))?;
        return Ok(0);
    }
    let what = if executions == 1 { "1 execution".to_owned() } else { format!("{executions} executions") };
    let done = if dry_run { "would be forgotten" } else { "forgotten" };
    session.output.line(Tone::Plain, &format!("{what} {done}"))?;
    Ok(0)
}

/// `90d`, `12h`, `30m`, `45s`.
fn seconds(text: &str) -> Option<u64> {
    let unit = match text.chars().last()? {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        's' => 1,
        _ => return None,
    };
    let count = &text[..text.len() - 1];
    if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    count.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_have_a_unit() {
        for (text, expected) in [("90d", Some(7_776_000)), ("12h", Some(43_200)), ("30m", Some(1_800)), ("0s", Some(0))]
        {
            assert_eq!(seconds(text), expected, "{text}");
        }
        for text in ["", "d", "90", "-1d", "+1d", "1.5d", "90 d", "9é", "99999999999999999999d", "999999999999999999d"]
        {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
