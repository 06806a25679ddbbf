//! CSV as RFC 4180 has it: quoted fields may hold delimiters, quotes (doubled) and line breaks. Every field is text.

use std::io::BufRead;

use serde_json::{Map, Value};

use super::{Pages, Stop};

pub(super) fn read(
    from: impl BufRead,
    delimiter: char,
    headers: Option<&[String]>,
    pages: &mut Pages,
) -> Result<(), Stop> {
    let mut rows = Rows { from, delimiter: delimiter as u8, line: 1, first: true };
    let mut row = Vec::new();
    let headers: Vec<String> = match headers {
        Some(headers) => headers.to_vec(),
        None if rows.next(&mut row)? => std::mem::take(&mut row),
        None => return Ok(()),
    };
    loop {
        let line = rows.line;
        if !rows.next(&mut row)? {
            return Ok(());
        }
        if pages.passes()? {
            continue;
        }
        if row.len() > headers.len() {
            let (fields, columns) = (row.len(), headers.len());
            return Err(Some(format!("line {line} has {fields} fields, but there are {columns} columns")));
        }
        let mut item = Map::with_capacity(headers.len());
        let missing = std::iter::repeat_with(String::new);
        for (header, field) in headers.iter().zip(row.drain(..).chain(missing)) {
            item.insert(header.clone(), Value::String(field));
        }
        pages.push(None, Value::Object(item))?;
    }
}

struct Rows<R> {
    from: R,
    delimiter: u8,
    line: u64,
    first: bool,
}

impl<R: BufRead> Rows<R> {
    /// The next row that is not empty; `false` after the last.
    fn next(&mut self, row: &mut Vec<String>) -> Result<bool, Stop> {
        let mut text = Vec::new();
        loop {
            row.clear();
            text.clear();
            if !self.line(&mut text)? {
                return Ok(false);
            }
            if std::mem::take(&mut self.first) && text.starts_with("\u{feff}".as_bytes()) {
                text.drain(..3);
            }
            if !text.is_empty() {
                self.split(&mut text, row)?;
                return Ok(true);
            }
        }
    }

    /// Reads up to a line break and leaves that out.
    fn line(&mut self, text: &mut Vec<u8>) -> Result<bool, Stop> {
        let line = self.line;
        let length = self.from.read_until(b'\n', text).map_err(|error| Some(format!("line {line}: {error}")))?;
        self.line += 1;
        if text.last() == Some(&b'\n') {
            text.pop();
            if text.last() == Some(&b'\r') {
                text.pop();
            }
        }
        Ok(length > 0)
    }

    fn split(&mut self, text: &mut Vec<u8>, row: &mut Vec<String>) -> Result<(), Stop> {
        let start = self.line - 1;
        let mut field = Vec::new();
        let mut at = 0;
        loop {
            if text.get(at) == Some(&b'"') {
                at += 1;
                loop {
                    match text.get(at) {
                        Some(b'"') if text.get(at + 1) == Some(&b'"') => {
                            field.push(b'"');
                            at += 2;
                        }
                        Some(b'"') => {
                            at += 1;
                            break;
                        }
                        Some(byte) => {
                            field.push(*byte);
                            at += 1;
                        }
                        // The field goes on in the next line.
                        None => {
                            text.push(b'\n');
                            if !self.line(text)? {
                                return Err(Some(format!("line {start}: a quoted field has no end")));
                            }
                        }
                    }
                }
            }
            while let Some(byte) = text.get(at).filter(|byte| **byte != self.delimiter) {
                field.push(*byte);
                at += 1;
            }
            let whole = String::from_utf8(std::mem::take(&mut field));
            row.push(whole.map_err(|_| Some(format!("line {start} is no UTF-8")))?);
            if at >= text.len() {
                return Ok(());
            }
            at += 1;
        }
    }
}
