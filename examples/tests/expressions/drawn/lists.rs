//! Lists, maps, records, and what is found in them.

pub(super) const OPTIONS: &str = "
    #L.first().copied()
    #L.last().copied()
    #L.get(#Z).copied()
    #L.iter().copied().nth(#Z)
    #L.iter().min().copied()
    #L.iter().copied().max()
    #L.iter().map(|$&I| #I~).max()
    #L.iter().copied().find(|$&I| #?B~)
    #L.iter().find(|$*I| #?B~).copied()
    #L.iter().filter(|$*I| #B~).copied().last()
    #L.iter().position(|$&I| #?B~).map(|$Z| #I~)
    !e #L.iter().copied().max_by_key(|$&I| #?I~)
    !e #L.iter().copied().min_by_key(|$&I| #?I~)
    !e #L.iter().copied().min_by(|a, b| a.abs().cmp(&b.abs()))
    #O.map(|$I| #I~)
    #O.and_then(|$I| #O~)
    #O.filter(|$&I| #B~)
    #O.or(#?O)
    #O.or_else(|| #O)
    #O.xor(#?O)
    #?O.zip(#?O).map(|($I, $I)| #I~)
    #P.map(|$S| #I~)
    !p #V[#Z]
    #V.iter().copied().flatten().last()
    Some(#I)
    #B.then_some(#?I)
    #B.then(|| #I)
    #D.get(&#S).copied()
    #S.parse::<i64>().ok()
    #X.iter().map(|$&R| #I~).min()
    #X.first().map(|$&R| #I~)
    #X.iter().find(|$*R| #?B~).map(|$&R| #I~)
    if #B { Some(#I) } else { None }
    match #O { Some(0) => None, Some($I) => Some(#I~), None => #O }
    match #?E { Status::Lost(n) => Some(n), _ => None }
    { let $!O = #?O;¦ #O~ }
";

pub(super) const INTEGERS: &str = "
    vec![#I, #I]
    vec![#I]
    vec![#?I; #Z.min(3)]
    #L.iter().map(|$&I| #I~).collect::<Vec<i64>>()
    #L.iter().copied().filter(|$&I| #B~).collect::<Vec<i64>>()
    #L.iter().filter(|$*I| #B~).copied().collect::<Vec<i64>>()
    #L.into_iter().map(|$I| #I~).collect::<Vec<_>>()
    #L.iter().filter_map(|$&I| #O~).collect::<Vec<i64>>()
    #L.iter().flat_map(|$&I| #L~).collect::<Vec<i64>>()
    #L.iter().flat_map(|$&I| #O~).collect::<Vec<i64>>()
    #L.iter().enumerate().map(|($Z, $&I)| #I~).collect::<Vec<i64>>()
    #L.iter().copied().enumerate().filter(|($&Z, $&I)| #B~).map(|($Z, $I)| #I~).collect::<Vec<i64>>()
    #L.iter().zip(#W.iter()).map(|($&I, $&S)| #I~).collect::<Vec<i64>>()
    #L.iter().zip(#L.iter().skip(1)).map(|($&I, $&I)| #I~).collect::<Vec<i64>>()
    #M.iter().flatten().copied().collect::<Vec<i64>>()
    #M.concat()
    #M.iter().map(|$&L| #I~).collect::<Vec<i64>>()
    !p #M[#Z].clone()
    #M.first().cloned().unwrap_or_default()
    #M.iter().find(|$*L| #?B~).cloned().unwrap_or_default()
    #L.iter().copied().sorted().collect::<Vec<i64>>()
    #L.iter().copied().sorted_by(|a, b| b.cmp(a)).collect::<Vec<i64>>()
    !e #L.iter().copied().sorted_by_key(|$&I| #?I~).collect::<Vec<i64>>()
    !e #L.iter().copied().sorted_by_key(|$&I| (#?B, #?I~)).collect::<Vec<i64>>()
    #L.iter().rev().copied().collect::<Vec<i64>>()
    #L.iter().skip(#?Z).copied().collect::<Vec<i64>>()
    #L.iter().take(#?Z).copied().collect::<Vec<i64>>()
    #L.iter().step_by(2).copied().collect::<Vec<i64>>()
    #L.iter().take_while(|$*I| #?B~).copied().collect::<Vec<i64>>()
    #L.iter().skip_while(|$*I| #?B~).copied().collect::<Vec<i64>>()
    #L.iter().chain(#L.iter()).copied().collect::<Vec<i64>>()
    #L.iter().rev().skip(1).map(|$&I| #I~).take(2).collect::<Vec<i64>>()
    !p #L[1..].to_vec()
    !p #L[..#Z].to_vec()
    !p #L[#Z..#Z].to_vec()
    !p #L[#Z..=2].to_vec()
    (0..#I.clamp(-3, 6)).collect::<Vec<i64>>()
    (#I.clamp(-3, 3)..=4).map(|$I| #I~).collect::<Vec<i64>>()
    (0..4_i64).rev().collect::<Vec<i64>>()
    #L.iter().copied().collect::<BTreeSet<i64>>().into_iter().collect::<Vec<i64>>()
    #X.iter().map(|$&R| #I~).collect::<Vec<i64>>()
    #W.iter().map(|$&S| #I~).collect::<Vec<i64>>()
    #W.iter().filter_map(|$&S| #O~).collect::<Vec<i64>>()
    #D.values().copied().collect::<Vec<i64>>()
    #D.into_values().collect::<Vec<i64>>()
    #V.iter().flatten().copied().collect::<Vec<i64>>()
    #V.iter().filter_map(|$&O| #O~).collect::<Vec<i64>>()
    #V.iter().map(|$&O| #I~).collect::<Vec<i64>>()
    #L.iter().fold(vec![], |all, n| vec![all.len() as i64, *n])
    if #B { #L } else { #L }
    if let Some($!I) = #O {¦ vec![#I~] } else { #L }
    match #I { 0 => #L, _ => vec![#I] }
    { let $!L = #?L;¦ #L~ }
    { let $!L: Vec<i64> = #?L.iter().copied().collect();¦ #L~ }
";

pub(super) const FLOATS: &str = "
    vec![#F, #F]
    #G.iter().map(|$&F| #F~).collect::<Vec<f64>>()
    #G.iter().copied().filter(|$&F| #B~).collect::<Vec<f64>>()
    #G.iter().copied().sorted_by(|a, b| a.total_cmp(b)).collect::<Vec<f64>>()
    #G.iter().copied().rev().collect::<Vec<f64>>()
    #X.iter().map(|$&R| #F~).collect::<Vec<f64>>()
    #L.iter().map(|$&I| #F~).collect::<Vec<f64>>()
    #G.iter().zip(#L.iter()).map(|($&F, $&I)| #F~).collect::<Vec<f64>>()
    if #B { #G } else { #G }
";

pub(super) const LISTS: &str = "
    vec![#L, #L]
    vec![#L]
    vec![#L; 2]
    #L.iter().map(|$&I| #L~).collect::<Vec<Vec<i64>>>()
    #M.iter().map(|$&L| #L~).collect::<Vec<Vec<i64>>>()
    #M.iter().filter(|$*L| #B~).cloned().collect::<Vec<Vec<i64>>>()
    #M.iter().rev().cloned().collect::<Vec<Vec<i64>>>()
    #M.iter().skip(#?Z).cloned().collect::<Vec<Vec<i64>>>()
    #M.iter().take(#?Z).cloned().collect::<Vec<Vec<i64>>>()
    #M.iter().chain(#M.iter()).cloned().collect::<Vec<Vec<i64>>>()
    #M.iter().cloned().enumerate().map(|($Z, $L)| #L~).collect::<Vec<Vec<i64>>>()
    #M.iter().zip(#M.iter()).map(|($&L, $&L)| #L~).collect::<Vec<Vec<i64>>>()
    #X.iter().map(|$&R| #L~).collect::<Vec<Vec<i64>>>()
    #M.iter().take_while(|$*L| #?B~).cloned().collect::<Vec<Vec<i64>>>()
    !p #M[1..].to_vec()
    !e #M.iter().sorted_by_key(|$*L| #?I~).cloned().collect::<Vec<Vec<i64>>>()
    if #B { #M } else { #M }
";

pub(super) const MAYBES: &str = "
    vec![#O, None, #O]
    #L.iter().map(|$&I| #O~).collect::<Vec<Option<i64>>>()
    #V.iter().map(|$&O| #O~).collect::<Vec<Option<i64>>>()
    #V.iter().copied().filter(|$&O| #B~).collect::<Vec<Option<i64>>>()
    #V.iter().copied().rev().collect::<Vec<Option<i64>>>()
    #V.iter().copied().skip(#?Z).collect::<Vec<Option<i64>>>()
    #V.iter().chain(#V.iter()).copied().collect::<Vec<Option<i64>>>()
    #W.iter().map(|text| text.parse::<i64>().ok()).collect::<Vec<Option<i64>>>()
    if #B { #V } else { #V }
";

pub(super) const RECORD: &str = "
    Line { sku: #S, price: #F, count: #I, note: #P, tags: #W }
    Line { count: #I, ..#?R }
    Line { note: #P, sku: #S, ..#?R }
    !p #X[#Z].clone()
    #X.first().cloned().unwrap_or(#?R)
    #X.iter().find(|$*R| #?B~).cloned().unwrap_or(#?R)
    !e #X.iter().min_by_key(|$*R| #?I~).cloned().unwrap_or(#?R)
    if #B { #R } else { #R }
    { let $!R = #?R;¦ Line { count: #I, tags: #W~, ..#?R } }
";

pub(super) const RECORDS: &str = "
    vec![#R]
    vec![#R, #R]
    #X.iter().filter(|$*R| #B~).cloned().collect::<Vec<Line>>()
    #X.iter().map(|$&R| #R~).collect::<Vec<Line>>()
    #X.iter().rev().cloned().collect::<Vec<Line>>()
    #X.iter().skip(#?Z).cloned().collect::<Vec<Line>>()
    #X.iter().take_while(|$*R| #?B~).cloned().collect::<Vec<Line>>()
    #X.iter().chain(#X.iter()).cloned().collect::<Vec<Line>>()
    !p #X[1..].to_vec()
    !e #X.iter().sorted_by_key(|$*R| #?I~).cloned().collect::<Vec<Line>>()
    !e #X.iter().sorted_by(|a, b| b.price.total_cmp(&a.price).then(a.count.cmp(&b.count))).cloned().collect::<Vec<Line>>()
    #L.iter().map(|$&I| #R~).collect::<Vec<Line>>()
    if #B { #X } else { #X }
";

pub(super) const PAIR: &str = "
    (#I, #S)
    #?O.zip(#?P).unwrap_or(#?K)
    if #B { #K } else { #K }
    #L.iter().copied().zip(#W.iter().cloned()).nth(#Z).unwrap_or(#?K)
    #L.iter().copied().zip(#W.iter().cloned()).collect::<Vec<(i64, String)>>().last().cloned().unwrap_or(#?K)
";

pub(super) const MAP: &str = "
    #W.iter().map(|$&S| (#S, #I~)).collect::<BTreeMap<String, i64>>()
    #X.iter().map(|$&R| (#S, #I~)).collect::<BTreeMap<_, _>>()
    #D.iter().filter(|(_, $*I)| #B~).map(|($&S, $&I)| (#S, #I~)).collect::<BTreeMap<_, _>>()
    #W.iter().cloned().zip(#L.iter().copied()).collect::<BTreeMap<_, _>>()
    #L.iter().copied().enumerate().map(|($Z, $I)| (#S, #I~)).collect::<BTreeMap<String, i64>>()
    if #B { #D } else { #D }
";

pub(super) const STATUS: &str = "
    Status::Pending
    Status::Lost(#I)
    Status::Shipped { code: #S }
    if #B { #E } else { #E }
    match #?E { Status::Lost($I) => Status::Shipped { code: #S~ }, other => other }
";

pub(super) const TIMES: &str = "
    (#T + mins(5))
    (#T - hours(30))
    (#T + days(1) + millis(1))
    (#T + secs(#U as u64))
    (#T + secs(#Z as u64))
    time_from_millis(#I.clamp(-100_000, 1_700_000_000_123))
    if #B { #T } else { #T }
";
