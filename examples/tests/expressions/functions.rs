//! The language's own functions, and times.

use std::collections::BTreeMap;

use workflow_runtime::prelude::*;

use crate::harness::table;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Doc {
    pub id: u32,
    pub name: String,
    pub list: Vec<Option<i64>>,
}

table! {
    over_texts(x: String) {
        md5: String = hash_md5(&x);
        sha1: String = hash_sha1(&x);
        sha256: String = hash_sha256(x.as_str());
        sha384: String = hash_sha384(&x);
        sha512: String = hash_sha512(x);
        encoded: String = base64_encode(&x);
        decoded: String = base64_decode(base64_encode(&x));
        unescaped: String = url_decode(x.replace("%", "%25"));
        json: String = to_json(&x);
    } over ["", "a", "ab", "abc", "abcd", "Straße 😀", "a+b%20c", "100%", "\"quoted\" }\\", "line\nbreak"].into_iter().map(str::to_owned).collect()
}

table! {
    over_documents(x: String) {
        read: Doc = parse_json::<Doc>(&x);
        name: String = parse_json::<Doc>(&x).name;
        again: String = to_json(parse_json::<Doc>(x));
    } over [r#"{"id":1,"name":"é","list":[1,null]}"#, r#"{"id":0,"name":"","list":[]}"#, "{", "", "nul"].into_iter().map(str::to_owned).collect()
}

table! {
    over_values(x: Doc) {
        json: String = to_json(&x);
        list: String = to_json(&x.list);
        number: String = to_json(x.id);
        map: String = to_json(vec![("k".to_string(), x.id)].into_iter().collect::<BTreeMap<_, _>>());
    } over vec![
        Doc { id: 1, name: "a\"b".to_owned(), list: vec![None, Some(-3)] },
        Doc { id: 0, name: String::new(), list: vec![] },
        Doc { id: 7, name: "{}".to_owned(), list: vec![Some(9_007_199_254_740_991)] },
    ]
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Times {
    pub a: Timestamp,
    pub b: Timestamp,
    pub n: u32,
    pub maybe: Option<Timestamp>,
}

fn times() -> Vec<Times> {
    let at = |text: &str| text.parse::<Timestamp>().expect("a time");
    let all = [
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5Z", 0),
        ("2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z", 90),
        ("1969-12-31T23:59:58.25Z", "1970-01-01T00:00:10Z", 1),
        ("2024-12-31T10:20:30.120Z", "2030-07-04T05:06:07.001Z", 100_000),
    ];
    all.map(|(a, b, n)| Times { a: at(a), b: at(b), n, maybe: (n > 1).then(|| at(b)) }).to_vec()
}

table! {
    over_times(x: Times) {
        earlier: bool = x.a < x.b;
        same: bool = x.a == x.b;
        other: bool = x.a != x.b;
        later: Timestamp = x.a + mins(5);
        later_by: Timestamp = x.a + secs(x.n as u64);
        sooner: Timestamp = x.b - hours(36) - millis(1);
        days_later: Timestamp = x.a + days(2) + hours(1);
        shown: String = format!("{} {}", x.a, x.b);
        shown_later: String = (x.a + millis(500)).to_string();
        seconds: i64 = x.a.as_second();
        milliseconds: i64 = x.b.as_millisecond();
        gap: i64 = x.b.duration_since(x.a).as_secs();
        gap_hours: i64 = x.b.duration_since(x.a).as_hours();
        gap_long: bool = x.b.duration_since(x.a).as_secs() > 3600;
        gap_back: i64 = x.a.duration_since(x.b).as_mins();
        date: String = x.a.strftime("%Y-%m-%d").to_string();
        clock: String = x.b.strftime("at %H:%M:%S [%j] 100%%").to_string();
        read: Timestamp = parse_time("2024-01-01T00:00:00+02:00");
        read_again: Timestamp = parse_time(x.a.to_string());
        from_millis: Timestamp = time_from_millis(x.b.as_millisecond() + 1);
        maybe: Option<Timestamp> = x.maybe.map(|at| at + mins(1));
        maybe_same: bool = x.maybe == Some(x.b);
        latest: Timestamp = x.a.max(x.b);
        all: Vec<Timestamp> = vec![x.a, x.b].into_iter().sorted().collect();
        newest: Option<Timestamp> = [x.b, x.a].iter().max().copied();
        holds: bool = vec![x.a].contains(&x.b);
        long: bool = mins(90) > hours(1);
        in_seconds: u64 = (mins(90) + secs(1)).as_secs();
    } over times()
}
