//! Strings, lists and `Option`s of them.

pub(super) const TEXTS: &str = r##"
    format!("{}-{}", #I, #S)
    format!("{}{}", #Z, #B)
    format!("{:>6}|{:<5}|{:^7}", #S, #I, #S)
    format!("{:*^9}", #S)
    format!("{:05}", #I)
    format!("{:+}", #I)
    format!("{:+07}", #N)
    format!("{:<4}{:>12}", #U, #I)
    format!("{:x}/{:X}/{:#x}", #U, #U, #U)
    format!("{:b}/{:#o}/{:#010b}", #U, #U, #U)
    format!("{:08x}", #U)
    format!("{:.2}", #F) => format!("{:.2}", shown(#F))
    format!("{:.0}", #F) => format!("{:.0}", shown(#F))
    format!("{:.1}/{:.3}", #F, #F) => format!("{:.1}/{:.3}", shown(#F), shown(#F))
    format!("{:+.1}", #F) => format!("{:+.1}", shown(#F))
    format!("{:9.4}|{:<9.1}|{:09.2}", #F, #F, #F) => format!("{:9.4}|{:<9.1}|{:09.2}", shown(#F), shown(#F), shown(#F))
    format!("{{{}}}", #T)
    #I.to_string()
    #N.to_string()
    #Z.to_string()
    #B.to_string()
    #S.to_uppercase()
    #S.to_lowercase()
    #S.trim().to_string()
    #S.trim_start().to_string()
    #S.trim_end().to_string()
    #S.repeat(2)
    #S.repeat(#Z.min(3))
    #S.replace("a", "bb")
    #S.replace("b", "<$1>")
    !p #S.replace(&#S, "x") => replaced(&#S, &#S, "x")
    #S.replacen("a", "", 1)
    #W.join("-")
    #W.join(&#S)
    #W.concat()
    #W.iter().map(|$&S| #S~).collect::<Vec<_>>().join(", ")
    #W.iter().map(|$&S| #S~).collect::<String>()
    #L.iter().map(|$&I| #S~).collect::<Vec<String>>().join("/")
    #X.iter().map(|$&R| #S~).collect::<Vec<_>>().join(";")
    #W.iter().fold(#S, |$S, $&S| #S~)
    #D.iter().map(|($&S, $&I)| #S~).collect::<Vec<_>>().join("&")
    (#S + "x")
    (#S + &#S)
    (String::from("é") + &#S)
    #P.unwrap_or(#?S)
    #P.unwrap_or_default()
    #P.map(|$S| #S~).unwrap_or_default()
    #O.map_or(#?S, |$I| #S~)
    #S.strip_prefix("a").unwrap_or("none").to_string()
    #S.strip_suffix("b").map(|rest| rest.to_string()).unwrap_or(#?S)
    !p #W[#Z].clone()
    !p #W[0].clone()
    #?R.sku
    #?K.1
    #S.split(",").map(|part| part.to_string()).nth(1).unwrap_or_default()
    #S.split_once(',').map(|(left, right)| format!("{right}{left}")).unwrap_or_default()
    #S.split(',').map(|part| part.trim().to_string()).collect::<Vec<_>>().join("+")
    to_json(&#I)
    to_json(&#S)
    to_json(&#L)
    to_json(&#V)
    to_json(&#W)
    hash_md5(&#S)
    hash_sha256(&#S)
    base64_encode(&#S)
    base64_decode(base64_encode(&#S))
    #T.to_string()
    #T.strftime("%Y-%m-%d").to_string()
    #T.strftime("%H:%M:%S").to_string()
    if #B { #S } else { #S }
    if let Some($!S) = #P {¦ #S~ } else { #S }
    match #S.as_str() { "" => #S, "abc" | "a" => #S, _ => #S }
    match #?E { Status::Shipped { code: $S } => #S~, Status::Lost($I) => #S~, _ => #S }
    match #I { -1 => #S, 0..=9 => #S, $I => #S~ }
    match #P { Some($S) if #B => #S~, _ => #S }
    { let $!S = #?S;¦ #S~ }
    { let ($!I, $!S) = #?K;¦ #S~ }
"##;

pub(super) const OPTIONS: &str = r#"
    #W.first().cloned()
    #W.last().cloned()
    #W.get(#Z).cloned()
    #W.iter().find(|$*S| #?B~).cloned()
    #W.iter().map(|$&S| #S~).last()
    #S.strip_prefix("a").map(|rest| rest.to_string())
    #S.strip_suffix(#S.as_str()).map(|rest| rest.to_string())
    #S.split_once("a").map(|(left, _)| left.to_string())
    #?R.note
    Some(#S)
    #P.or(#?P)
    #P.or_else(|| #P)
    #P.xor(#?P)
    #P.map(|$S| #S~)
    #P.and_then(|$S| #P~)
    #P.filter(|$&S| #B~)
    #O.map(|$I| #S~)
    #B.then_some(#?S)
    #B.then(|| #S)
    !e #X.iter().max_by_key(|$*R| #?I~).map(|$&R| #S~)
    !e #X.iter().min_by_key(|$*R| #?I~).map(|$&R| #S~)
    !e #X.iter().max_by(|a, b| a.price.total_cmp(&b.price)).map(|$&R| #S~)
    !e #W.iter().max_by_key(|$*S| #?Z~).cloned()
    #X.first().map(|$&R| #S~)
    #X.last().and_then(|$&R| #P~)
    if #B { Some(#S) } else { None }
    match #?E { Status::Shipped { code } => Some(code), _ => None }
"#;

pub(super) const LISTS: &str = r#"
    vec![#S, #S]
    vec![#?S; #Z.min(3)]
    #W.iter().map(|$&S| #S~).collect::<Vec<String>>()
    #W.iter().filter(|$*S| #B~).cloned().collect::<Vec<String>>()
    #W.into_iter().filter(|$&S| #B~).collect::<Vec<String>>()
    #W.iter().rev().cloned().collect::<Vec<String>>()
    #W.iter().skip(#?Z).cloned().collect::<Vec<String>>()
    #W.iter().take(#?Z).cloned().collect::<Vec<String>>()
    #W.iter().cloned().chain(#W).collect::<Vec<String>>()
    #W.iter().filter_map(|$&S| #P~).collect::<Vec<String>>()
    #W.iter().flat_map(|$&S| #W~).collect::<Vec<String>>()
    #W.iter().enumerate().map(|($Z, $&S)| #S~).collect::<Vec<String>>()
    #L.iter().map(|$&I| #S~).collect::<Vec<String>>()
    #X.iter().map(|$&R| #S~).collect::<Vec<String>>()
    #X.iter().filter_map(|$&R| #P~).collect::<Vec<String>>()
    #X.iter().flat_map(|$&R| #W~).collect::<Vec<String>>()
    #D.keys().cloned().collect::<Vec<String>>()
    #D.iter().map(|($&S, $&I)| #S~).collect::<Vec<String>>()
    #S.split(",").map(|part| part.to_string()).collect::<Vec<_>>()
    #S.split('a').map(|part| part.trim().to_string()).collect::<Vec<_>>()
    !p #S.split(#S.as_str()).map(|part| part.to_string()).collect::<Vec<_>>() => parts(&#S, &#S)
    #S.split_whitespace().map(|word| word.to_uppercase()).collect::<Vec<_>>()
    #?R.tags
    !p #W[1..].to_vec()
    !p #W[..#Z].to_vec()
    (0..#I.clamp(-2, 4)).map(|$I| #S~).collect::<Vec<String>>()
    !e #W.iter().sorted_by_key(|$*S| #?Z~).cloned().collect::<Vec<String>>()
    if #B { #W } else { #W }
    match #P { Some($S) => vec![#S~], None => #W }
    { let $!W = #?W;¦ #W~ }
"#;
