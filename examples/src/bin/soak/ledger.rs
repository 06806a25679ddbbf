//! What was acknowledged, as the parent knows it.

use std::collections::{BTreeMap, VecDeque};

use crate::flows::expected;

/// An execution that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) kind: &'static str,
    pub(crate) amount: u32,
    /// Its start was acknowledged.
    pub(crate) started: bool,
    /// The token of its question, as it was last told.
    pub(crate) token: Option<String>,
    /// Its token was answered, and that acknowledged.
    pub(crate) answered: bool,
}

impl Entry {
    /// What answers its question, once it has asked.
    pub(crate) fn answer(&self, name: &str) -> Option<String> {
        let token = self.token.as_ref().filter(|_| !self.answered)?;
        Some(format!("answer {name} {token} {}", self.amount + 1))
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) open: BTreeMap<String, Entry>,
    pub(crate) started: u64,
    pub(crate) ended: u64,
    pub(crate) failed: u64,
    pub(crate) quick: u64,
    /// Ended a moment ago: they must still be there after the next death.
    pub(crate) recent: VecDeque<String>,
}

impl Ledger {
    /// Takes a line of the child's; what must not be is an error.
    pub(crate) fn hear(&mut self, line: &str) -> Result<Option<String>, String> {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        match words[..] {
            ["started", name] => {
                if let Some(entry) = self.open.get_mut(name) {
                    self.started += u64::from(!entry.started);
                    entry.started = true;
                }
                Ok(Some(format!("result {name}")))
            }
            ["ended", name, output] => self.end(name, output).map(|()| None),
            ["lost", name, why] => match self.open.get(name) {
                Some(entry) if !entry.started => Ok(Some(format!("start {name} {} {}", entry.kind, entry.amount))),
                Some(entry) => Err(format!("`{name}` was acknowledged and is lost ({entry:?}): {why}")),
                None if self.recent.iter().any(|recent| recent == name) => {
                    Err(format!("`{name}` had ended a moment ago and is lost: {why}"))
                }
                None => Ok(None),
            },
            ["token", name, token] => {
                let Some(entry) = self.open.get_mut(name) else { return Ok(None) };
                entry.token = Some(token.to_owned());
                Ok(entry.answer(name))
            }
            ["answered", name] => {
                if let Some(entry) = self.open.get_mut(name) {
                    entry.answered = true;
                }
                Ok(None)
            }
            // The answer was durable before the death that cut its acknowledgement off; or the attempt was not, and asks again.
            ["unanswered", _, "TaskTimedOut" | "InvalidToken"] | ["found" | "listed" | "later", ..] => Ok(None),
            ["quick", _] => {
                self.quick += 1;
                Ok(None)
            }
            _ => Err(format!("the child said: {line}")),
        }
    }

    fn end(&mut self, name: &str, output: &str) -> Result<(), String> {
        let Some(entry) = self.open.remove(name) else { return Ok(()) };
        let wanted =
            expected(entry.kind, entry.amount).map_or_else(|| "failed".to_owned(), |output| output.to_string());
        if output != wanted {
            return Err(format!("`{name}` ended with {output}, not with {wanted} ({entry:?})"));
        }
        self.ended += 1;
        self.failed += u64::from(wanted == "failed");
        self.recent.push_back(name.to_owned());
        if self.recent.len() > 50 {
            self.recent.pop_front();
        }
        Ok(())
    }
}
