//! Strings.

use workflow_runtime::prelude::*;

use crate::harness::table;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Words {
    pub text: String,
    pub part: String,
}

fn words() -> Vec<Words> {
    [
        ("", ""),
        ("abc", ""),
        ("", "abc"),
        ("abc", "a"),
        ("abc", "c"),
        ("abc", "abc"),
        ("abcabc", "bc"),
        ("aaa", "aa"),
        ("  a  b \t\n", " "),
        ("\u{a0}x\u{3000}", "x"),
        ("\u{feff}x\u{85}", "x"),
        ("Straße Ä 𝒳 😀", "𝒳"),
        ("a,b,,c", ","),
        (",a,", ","),
        ("it's \"so\" {% $x %}", "{% 1 %}"),
        ("a\\b$&$1$$", "\\"),
        ("a$b", "$"),
        ("null", "true"),
        ("a.b.c", "."),
        ("x=1=2", "="),
        ("ABC", "b"),
        ("ΑΣ", "Σ"),
        ("12", "2"),
        ("line\r\nnext\n", "\n"),
    ]
    .map(|(text, part)| Words { text: text.to_owned(), part: part.to_owned() })
    .to_vec()
}

table! {
    over_texts(x: Words) {
        empty: bool = x.text.is_empty();
        bytes: usize = x.text.len();
        letters: usize = x.text.chars().count();
        contains: bool = x.text.contains(&x.part);
        contains_literal: bool = x.text.contains("b");
        contains_char: bool = x.text.contains('b');
        starts: bool = x.text.starts_with(x.part.as_str());
        ends: bool = x.text.ends_with(&x.part);
        upper: String = x.text.to_uppercase();
        lower: String = x.part.to_lowercase();
        trimmed: String = x.text.trim().to_string();
        trimmed_start: String = x.text.trim_start().to_string();
        trimmed_end: String = x.text.trim_end().to_owned();
        trimmed_len: usize = x.text.trim().len();
        repeated: String = x.part.repeat(3);
        repeated_often: String = x.part.repeat(x.text.len() / 2);
        replaced: String = x.text.replace("b", "<$1>");
        replaced_once: String = x.text.replacen("b", "", 1);
        prefixed: Option<String> = x.text.strip_prefix("a").map(|rest| rest.to_string());
        prefixed_by: Option<String> = x.text.strip_prefix(x.part.as_str()).map(|rest| rest.to_string());
        suffixed: Option<String> = x.text.strip_suffix(x.part.as_str()).map(|rest| rest.to_string());
        suffixed_or: String = x.text.strip_suffix("c").unwrap_or("nothing").to_string();
        split: Vec<String> = x.text.split(",").map(|part| part.to_string()).collect();
        split_char: Vec<String> = x.text.split('=').map(|part| part.trim().to_string()).collect();
        split_count: usize = x.text.split(", ").count();
        split_first: Option<String> = x.text.split(".").nth(0).map(|part| part.to_string());
        split_words: Vec<String> = x.text.split_whitespace().map(|word| word.to_uppercase()).collect();
        split_joined: String = x.text.split("b").collect::<Vec<_>>().join("-");
        split_once: Option<(String, String)> = x.text.split_once("=").map(|(key, value)| (key.to_string(), value.to_string()));
        split_once_by: Option<(String, String)> = x.text.split_once(x.part.as_str()).map(|(key, value)| (key.to_string(), value.to_string()));
        joined: String = format!("<{}|{}>", x.text, x.part);
        added: String = x.text + "!";
        same: bool = x.text == x.part;
        other: bool = x.text != "abc";
        number: i64 = x.text.parse::<i64>().unwrap_or(-1);
        number_or: Option<u8> = x.text.parse::<u8>().ok();
        owned: String = String::from("x") + &x.part;
        nothing: String = String::new();
        one_of: bool = ["abc", "null"].contains(&x.text.as_str());
    } over words()
}

table! {
    over_numbers_in_texts(x: String) {
        number: i64 = x.parse::<i64>().unwrap_or(-99);
        small: Option<i8> = x.parse::<i8>().ok();
        unsigned: u32 = x.parse::<u32>().unwrap_or_default();
        padded: String = format!("[{x:>4}|{x:<4}|{x:^5}|{x:*^6}|{x:-<3}]");
        shown: String = format!("{{{x}}}");
    } over ["", "0", "7", "-7", "+7", "007", "-0", "12 ", " 12", "1.5", "1e3", "0x10", "128", "-128", "-129", "4294967295", "4294967296",
        "-", "+", "--1", "12\n", "١", "9", "12345", "😀", "é😀"].into_iter().map(str::to_owned).collect()
}
