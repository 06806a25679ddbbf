//! Maps, enums in enums, and data that may be missing.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use workflow_runtime::prelude::*;

use crate::desk::*;
use crate::harness::Bench;

twin!(
    p_meter: async fn meter_to_cash(account: Account) -> Result<BTreeMap<String, i64>> {
        let mut totals: BTreeMap<String, i64> = BTreeMap::new();
        for (meter, readings) in &account.usage {
            let units: u32 = readings.iter().filter(|r| !r.estimated).map(|r| r.units).sum();
            let cents: f64 = readings.iter().map(|r| r.price * f64::from(r.units) * 100.0).sum();
            totals.insert(meter.clone(), cents as i64 + i64::from(units));
        }
        let credit = account.credits.get("promo").copied().unwrap_or(0);
        if let Some(first) = totals.values().next() {
            totals.insert("first".to_string(), *first);
        }
        if totals.is_empty() {
            return Ok(totals);
        }
        let total: i64 = totals.values().sum();
        let receipt = charge(account.customer_id.clone(), total - credit).await?;
        totals.insert(receipt, credit);
        totals.remove("gas");
        Ok(totals)
    }
);

twin!(
    p_plans: async fn plans(account: Account) -> Result<String> {
        let text = match &account.plan {
            None | Some(Plan::Free) => "free".to_string(),
            Some(Plan::Flat(cents @ (0 | 100..=200))) => format!("cheap {cents}"),
            Some(Plan::Flat(cents)) if *cents > 5000 => {
                say(format!("{cents} is a lot")).await?;
                "dear".to_string()
            }
            Some(Plan::Flat(_)) => "flat".to_string(),
            Some(Plan::Tiered { base, steps }) if steps.is_empty() => format!("base {base}"),
            Some(Plan::Tiered { steps, .. }) => steps.iter().map(|(from, cents)| format!("{from}-{cents}")).collect::<Vec<_>>().join(";"),
            Some(Plan::Custom(Terms::Yearly { discount: 10..=20, renewal: Renewal::Ask(who, Some(days)) })) => format!("{who} in {days}"),
            Some(Plan::Custom(Terms::Yearly { renewal: Renewal::Never { reason }, .. })) => {
                return Ok(format!("ends: {reason}"));
            }
            Some(Plan::Custom(Terms::Yearly { discount, renewal })) => {
                let auto = matches!(renewal, Renewal::Auto);
                format!("{discount} {auto}")
            }
            Some(Plan::Custom(Terms::Monthly)) => return Err(DeskError::Closed.into()),
        };
        let id = charge(text.clone(), 3).await?;
        Ok(format!("{text} / {id}"))
    }
);

twin!(
    p_contacts: async fn contacts(account: Account) -> Result<String> {
        let email = account.contact.as_ref().and_then(|c| c.email.clone());
        let phone = account.contact.as_ref().and_then(|c| c.phone.as_ref()).map(|p| p.replace(" ", "")).filter(|p| p.starts_with("+"));
        let limit = account.contact.as_ref().and_then(|c| c.manager.as_ref()).and_then(|m| m.limit).map_or(0, |l| l * 2);
        let way = email.or(phone.clone()).unwrap_or_else(|| "post".to_string());
        let boss = match account.contact {
            Some(Contact { manager: Some(boss), email: None, .. }) => boss.name.clone(),
            Some(_) => "?".to_string(),
            None => "-".to_string(),
        };
        let both = phone.is_some() && limit > 0;
        let third = find_manager(way.clone()).await?;
        let third = third.and_then(|m| m.limit).unwrap_or_default();
        Ok(format!("{way} {boss} {limit} {both} {third}"))
    }
);

twin!(
    p_tally: async fn tally(words: Vec<String>) -> Result<BTreeMap<String, usize>> {
        let mut counts = BTreeMap::new();
        for word in &words {
            let key = word.trim().to_lowercase();
            if key.is_empty() {
                continue;
            }
            let n = counts.get(&key).copied().unwrap_or(0);
            counts.insert(key, n + 1);
        }
        say(format!("{} words", counts.len())).await?;
        Ok(counts)
    }
);

twin!(
    p_rank: async fn rank(account: Account) -> Result<Vec<(String, i64)>> {
        let best = account.usage.iter()
            .map(|(name, readings)| (name.clone(), readings.iter().map(|r| i64::from(r.units)).max().unwrap_or(-1)))
            .collect::<Vec<_>>();
        let top = best.iter().max_by_key(|(_, n)| *n).map(|(name, _)| name.clone()).unwrap_or_default();
        say(top).await?;
        let names: BTreeSet<usize> = best.iter().map(|(name, _)| name.chars().count()).collect();
        let mut ranked: Vec<(String, i64)> = best;
        ranked.sort_by(|a, b| b.1.cmp(&a.1));
        ranked.push(("names".to_string(), names.len() as i64));
        Ok(ranked)
    }
);

twin!(
    p_grades: async fn grades(n: i64) -> Result<(String, Option<u32>)> {
        let mut seen = Vec::new();
        for i in n..n + 3 {
            match grade(i).await? {
                Renewal::Ask(text, Some(days)) if days % 2 == 0 => return Ok((text, Some(days))),
                Renewal::Ask(text, days) => seen.push((text, days)),
                Renewal::Auto => continue,
                Renewal::Never { reason } => {
                    if seen.len() > 5 { break; }
                    seen.push((reason.to_uppercase(), None));
                }
            }
        }
        let last = seen.last().cloned();
        Ok(last.unwrap_or(("none".to_string(), Some(0))))
    }
);

twin!(
    p_same: async fn compare_things(account: Account) -> Result<Vec<bool>> {
        let renewal = grade(3).await?;
        let other = Account { plan: None, ..account.clone() };
        Ok(vec![
            renewal == Renewal::Auto,
            account == other,
            account.plan.is_none() == (account.plan == None),
            account.contact == other.contact,
            account.usage.contains_key("gas") && account.usage["gas"].is_empty(),
            account.credits.values().any(|c| *c > 10),
            account.plan == Some(Plan::Flat(3)),
            (1, "a") == (1, "a"),
        ])
    }
);

workflow!(
    pub async fn each_region(account: Account) -> Result<Vec<String>> {
        let mut out = vec![];
        for (name, cents) in &account.credits {
            if *cents == 0 {
                continue;
            }
            out.push(charge(name.clone(), *cents).await?);
        }
        for (meter, readings) in account.usage.iter() {
            say(format!("{meter}: {}", readings.len())).await?;
        }
        let all = try_map(&account.usage, async |(meter, readings)| {
            #[state = "SayEach"]
            say(meter.clone()).await?;
            Ok(format!("{meter} {}", readings.len()))
        })
        .await?;
        out.extend(all);
        Ok(out)
    }
);

twin!(
    p_group_by: async fn group_by(orders: Vec<(String, i64)>) -> Result<BTreeMap<String, Vec<i64>>> {
        let mut groups: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for (customer, cents) in &orders {
            let mut list = groups.get(customer).cloned().unwrap_or_default();
            list.push(cents * 2);
            groups.insert(customer.clone(), list);
        }
        let first: HashMap<String, i64> = orders.iter().map(|(c, n)| (c.to_uppercase(), *n)).collect();
        if let Some(gone) = groups.remove("x") {
            say(format!("x had {}", gone.len())).await?;
        }
        groups.remove(&"y".to_string());
        groups.insert("upper".to_string(), vec![first.len() as i64]);
        Ok(groups)
    }
);

#[tokio::test(start_paused = true)]
async fn billing() {
    let mut bench = Bench::default();
    same!(
        bench,
        p_meter as MeterToCash,
        Account::sample(),
        Account::bare(),
        Account { credits: [("promo".to_string(), -200_000)].into(), ..Account::sample() }
    );
    let yearly = |discount, renewal| Account::with_plan(Plan::Custom(Terms::Yearly { discount, renewal }));
    same!(
        bench,
        p_plans as Plans,
        Account::bare(),
        Account::sample(),
        Account::with_plan(Plan::Free),
        Account::with_plan(Plan::Flat(0)),
        Account::with_plan(Plan::Flat(150)),
        Account::with_plan(Plan::Flat(50)),
        Account::with_plan(Plan::Flat(6000)),
        Account::with_plan(Plan::Tiered { base: 1, steps: vec![] }),
        yearly(15, Renewal::Ask("me".into(), Some(3))),
        yearly(15, Renewal::Ask("me".into(), None)),
        yearly(1, Renewal::Auto),
        yearly(11, Renewal::Never { reason: "x".into() }),
        Account::with_plan(Plan::Custom(Terms::Monthly))
    );
    same!(
        bench,
        p_contacts as Contacts,
        Account::sample(),
        Account::bare(),
        Account { contact: Some(Contact { email: Some("a".into()), phone: None, manager: None }), ..Account::sample() },
        Account {
            contact: Some(Contact { email: None, phone: Some("12".into()), manager: None }),
            ..Account::sample()
        }
    );
    same!(
        bench,
        p_tally as Tally,
        Vec::<String>::new(),
        vec![
            " a".to_string(),
            "A ".into(),
            "".into(),
            "ö".into(),
            "Ö".into(),
            "__proto__".into(),
            "constructor".into()
        ]
    );
    same!(bench, p_rank as Rank, Account::sample(), Account::bare());
    same!(bench, p_grades as Grades, 0, 1, 5, 6, 8);
    same!(bench, p_same as CompareThings, Account::sample(), Account::bare());
    bench
        .run::<EachRegion>(
            Account::sample(),
            &[],
            crate::harness::ok(vec!["promo:40", "gas 0", "power 2", "wasser über 1"]),
            "*",
        )
        .await;
    bench.run::<EachRegion>(Account::bare(), &[], crate::harness::ok(Vec::<String>::new()), "*").await;
    let orders = |list: &[(&str, i64)]| list.iter().map(|(c, n)| (c.to_string(), *n)).collect::<Vec<_>>();
    same!(
        bench,
        p_group_by as GroupBy,
        orders(&[]),
        orders(&[("x", 1), ("y", 2), ("x", 3), ("z", -4)]),
        orders(&[("x", 1)])
    );
    bench.compare();
}
