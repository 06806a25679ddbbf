//! A folder as text that version control keeps well: base64 of each file's bytes, long runs of one byte told by their length.

use std::fmt::Write as _;
use std::path::Path;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// A run that is worth telling.
const RUN: usize = 64;
const LINE: usize = 90;

pub(super) fn pack(folder: &Path) -> String {
    let mut names = Vec::new();
    files(folder, folder, &mut names);
    names.sort();
    let mut text = String::new();
    for name in names {
        let bytes = std::fs::read(folder.join(&name)).expect("the file");
        writeln!(text, "file {} {name}", bytes.len()).expect("text");
        let mut rest = &bytes[..];
        while let Some(first) = rest.first() {
            let run = rest.iter().take_while(|byte| *byte == first).count();
            if run >= RUN {
                writeln!(text, "run {run} {first}").expect("text");
                rest = &rest[run..];
                continue;
            }
            let length =
                rest.windows(RUN).position(|window| window.iter().all(|byte| *byte == window[0])).unwrap_or(rest.len());
            for line in rest[..length].chunks(LINE) {
                writeln!(text, "{}", encode(line)).expect("text");
            }
            rest = &rest[length..];
        }
    }
    text
}

pub(super) fn unpack(text: &str, folder: &Path) {
    let mut all: Vec<(String, usize, Vec<u8>)> = Vec::new();
    for line in text.lines() {
        let mut words = line.splitn(3, ' ');
        match (words.next(), words.next(), words.next()) {
            (Some("file"), Some(length), Some(name)) => {
                all.push((name.to_owned(), length.parse().expect("a length"), Vec::new()));
            }
            (Some("run"), Some(length), Some(byte)) => {
                let (_, _, bytes) = all.last_mut().expect("a file before");
                let length: usize = length.parse().expect("a length");
                bytes.resize(bytes.len() + length, byte.parse().expect("a byte"));
            }
            (Some(line), None, None) => all.last_mut().expect("a file before").2.extend(decode(line)),
            _ => panic!("no line of a packed folder: {line}"),
        }
    }
    for (name, length, bytes) in all {
        assert_eq!(bytes.len(), length, "{name}");
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        std::fs::write(path, bytes).expect("the file is written");
    }
}

fn files(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let kind = std::fs::symlink_metadata(&path).expect("its kind").file_type();
        if kind.is_dir() {
            files(root, &path, found);
        } else if kind.is_file() {
            found.push(path.strip_prefix(root).expect("below").to_string_lossy().into_owned());
        }
    }
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut word = [0; 3];
        word[..chunk.len()].copy_from_slice(chunk);
        let number = u32::from(word[0]) << 16 | u32::from(word[1]) << 8 | u32::from(word[2]);
        for place in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(number >> (18 - 6 * place) & 63) as usize]));
        }
    }
    text
}

fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in text.as_bytes().chunks(4) {
        let mut number = 0_u32;
        for place in 0..4 {
            let digit =
                chunk.get(place).map_or(0, |digit| ALPHABET.iter().position(|known| known == digit).expect("base64"));
            number = number << 6 | u32::try_from(digit).expect("six bits");
        }
        bytes.extend_from_slice(&number.to_be_bytes()[1..chunk.len()]);
    }
    bytes
}

#[test]
fn what_is_packed_is_unpacked() {
    let (one, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let mut bytes: Vec<u8> = (0..=255).cycle().take(1_001).collect();
    bytes.extend([0; 5_000]);
    bytes.extend([1, 2]);
    std::fs::create_dir(one.path().join("inner")).expect("a folder");
    std::fs::write(one.path().join("inner/file"), &bytes).expect("a file");
    std::fs::write(one.path().join("empty"), []).expect("a file");
    unpack(&pack(one.path()), other.path());
    assert_eq!(std::fs::read(other.path().join("inner/file")).expect("a file"), bytes);
    assert_eq!(std::fs::read(other.path().join("empty")).expect("a file"), [0_u8; 0]);
}
