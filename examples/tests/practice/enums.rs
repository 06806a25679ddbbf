//! Enums in every notation, in each other, in options, tuples and lists.
use workflow_runtime::prelude::*;

use crate::harness::Bench;
use crate::kit::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub enum Tree {
    Leaf(i64),
    Node { left: Box<Tree>, right: Box<Tree> },
    Empty,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Payload)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Low,
    Mid,
    High,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Ticket {
    pub level: Level,
    pub tree: Tree,
    pub pair: (Level, Option<Payment>),
    pub history: Vec<Outcome>,
}

twin!(
    p_settle: async fn settle(claim: Claim) -> Result<String> {
        let way = match (&claim.payment, &claim.outcome) {
            (Payment::Cash, Outcome::Open) => "cash, open".to_string(),
            (Payment::Card { number, valid: (month, year) }, _) if *year >= 2030 && number.starts_with("4") => format!("visa till {month:02}/{year}"),
            (Payment::Card { .. }, Outcome::Settled(cents) | Outcome::Both(cents, Channel::Phone)) => format!("card {cents}"),
            (Payment::Split(all), _) if all.iter().any(|one| matches!(one, Payment::Cash)) => format!("{} ways", all.len()),
            (Payment::Split(all), Outcome::Disputed { by, amount: Some(a) }) => format!("{by} {a} {}", all.len()),
            (Payment::Voucher(None), _) | (Payment::Voucher(Some(_)), Outcome::Open) => "voucher".to_string(),
            (Payment::Transfer(iban), Outcome::Both(_, Channel::Push(device))) => format!("{iban} {}", device.device_id),
            (_, Outcome::Disputed { by, .. }) => { mail_boss(by.clone(), "dispute".to_string()).await?; by.to_uppercase() }
            _ => return Err(ClaimError::Void(claim.claim_no).into()),
        };
        Ok(pay(way, claim.cents).await?)
    }
);

twin!(
    p_tell: async fn tell_all(claim: Claim) -> Result<Vec<String>> {
        let mut out = Vec::new();
        if let Some(Channel::Mail { to_address, copies: Some(copies) }) = &claim.channel && !copies.is_empty() {
            for copy in copies.iter().filter(|copy| copy.len() == 1) {
                let sent = mail(copy.clone(), to_address.clone()).await?;
                out.push(format!("{copy}:{sent}"));
            }
        } else if let Some(Channel::Push(Device { silent: Some(true), device_id })) = &claim.channel {
            out.push(device_id.to_owned());
        } else if claim.channel.is_none() {
            return Ok(vec!["nobody".to_string(); 2]);
        }
        let silent = matches!(claim.channel, Some(Channel::Push(Device { silent: Some(true) | None, .. })));
        out.push(silent.to_string());
        Ok(out)
    }
);

twin!(
    p_tree: async fn tree_flow(ticket: Ticket) -> Result<i64> {
        let sum = match ticket.tree {
            Tree::Empty => 0,
            Tree::Leaf(n @ (0..=9 | 100..)) => n,
            Tree::Leaf(n) => -n,
            Tree::Node { left, right } => match (*left, *right) {
                (Tree::Leaf(a), Tree::Leaf(b)) => a * b,
                (Tree::Leaf(a), Tree::Empty) | (Tree::Empty, Tree::Leaf(a)) => count(a).await?,
                (Tree::Node { left, .. }, _) if *left == Tree::Empty => 1000,
                _ => -1,
            },
        };
        let level = match ticket.level { Level::High => 3, Level::Mid => 2, Level::Low => 1 };
        let same = ticket.level == ticket.pair.0;
        let paid = ticket.pair.1.is_some_and(|paid| paid != Payment::Cash);
        Ok(if same && paid { sum * level } else if same { sum + level } else { sum })
    }
);

twin!(
    p_history: async fn history(ticket: Ticket) -> Result<(i64, Vec<String>, Option<i64>)> {
        let settled: i64 = ticket.history.iter().filter_map(|o| match o { Outcome::Settled(n) => Some(*n), Outcome::Both(n, _) => Some(n * 2), _ => None }).sum();
        let names: Vec<String> = ticket.history.iter().enumerate().filter(|(i, _)| i % 2 == 0).map(|(i, o)| match o {
            Outcome::Open => format!("{i} open"),
            Outcome::Disputed { by, amount: None } => format!("{i} {by}"),
            Outcome::Disputed { by, amount: Some(a) } if *a > 10 => format!("{i} {by} {a:>4}"),
            _ => "other".to_string(),
        }).collect();
        let last = ticket.history.last().and_then(|o| if let Outcome::Settled(n) = o { Some(*n) } else { None });
        note(names.join("|")).await?;
        Ok((settled, names, last))
    }
);

twin!(
    // What is made is matched again.
    p_make: async fn make(n: i64) -> Result<Ticket> {
        let outcome = status(n).await?;
        let channel = match &outcome {
            Outcome::Both(_, channel) => Some(channel.clone()),
            Outcome::Disputed { amount: Some(a), .. } => Some(Channel::Push(Device { device_id: a.to_string(), silent: None })),
            _ => None,
        };
        let level = if n > 10 { Level::High } else if n > 5 { Level::Mid } else { Level::Low };
        let payment = channel.map(|c| match c { Channel::Mail { to_address, .. } => Payment::Transfer(to_address), Channel::Phone => Payment::Cash, Channel::Push(d) => Payment::Voucher(Some(d.device_id)) });
        let tree = Tree::Node { left: Box::new(Tree::Leaf(n)), right: Box::new(if n % 2 == 0 { Tree::Empty } else { Tree::Leaf(-n) }) };
        let history = vec![outcome, Outcome::Open, Outcome::Disputed { by: "x".into(), amount: Some(n) }];
        Ok(Ticket { level, tree, pair: (Level::Low, payment), history })
    }
);

twin!(
    p_levels: async fn levels(levels: Vec<(Level, i64)>) -> Result<(i64, usize, Option<Level>, bool)> {
        let mut total = 0;
        for (level, n) in &levels {
            total += match level { Level::Low => *n, Level::Mid if *n > 3 => n * 10, Level::Mid | Level::High => 1 };
        }
        let high = levels.iter().filter(|(level, _)| *level == Level::High).count();
        let first = levels.iter().find(|(_, n)| *n < 0).map(|(level, _)| *level);
        let any = levels.iter().any(|(level, n)| matches!((level, n), (Level::Low, 0) | (Level::High, 5..)));
        let total = count(total).await?;
        Ok((total, high, first, any))
    }
);

fn ticket(level: Level, tree: Tree, paid: Option<Payment>, history: Vec<Outcome>) -> Ticket {
    Ticket { level, tree, pair: (Level::Mid, paid), history }
}

#[tokio::test(start_paused = true)]
async fn enums() {
    let mut bench = Bench::default();
    let with = |payment: Payment, outcome: Outcome| Claim { payment, outcome, ..claim() };
    same!(
        bench,
        p_settle as Settle,
        claim(),
        with(Payment::Cash, Outcome::Open),
        with(Payment::Cash, Outcome::Settled(1)),
        with(Payment::Cash, Outcome::Disputed { by: "a!".into(), amount: None }),
        with(Payment::Cash, Outcome::Disputed { by: "abc".into(), amount: None }),
        with(Payment::Card { number: "5".into(), valid: (1, 2031) }, Outcome::Both(7, Channel::Phone)),
        with(Payment::Card { number: "4".into(), valid: (1, 2029) }, Outcome::Settled(8)),
        with(Payment::Split(vec![Payment::Transfer("x".into()), Payment::Cash]), Outcome::Open),
        with(Payment::Split(vec![]), Outcome::Disputed { by: "b".into(), amount: Some(3) }),
        with(Payment::Voucher(None), Outcome::Settled(3)),
        with(Payment::Voucher(Some("v".into())), Outcome::Open),
        with(Payment::Voucher(Some("v".into())), Outcome::Settled(3)),
        with(
            Payment::Transfer("DE".into()),
            Outcome::Both(1, Channel::Push(Device { device_id: "d".into(), silent: None }))
        ),
    );
    let via = |channel: Option<Channel>| Claim { channel, ..claim() };
    same!(
        bench,
        p_tell as TellAll,
        claim(),
        bare(),
        via(Some(Channel::Phone)),
        via(Some(Channel::Mail { to_address: "x".into(), copies: Some(vec!["!".into()]) })),
        via(Some(Channel::Mail { to_address: "x".into(), copies: None })),
        via(Some(Channel::Push(Device { device_id: "d".into(), silent: Some(true) }))),
        via(Some(Channel::Push(Device { device_id: "d".into(), silent: None }))),
    );
    let node = |a: Tree, b: Tree| Tree::Node { left: Box::new(a), right: Box::new(b) };
    same!(
        bench,
        p_tree as TreeFlow,
        ticket(Level::Mid, Tree::Empty, None, vec![]),
        ticket(Level::Mid, Tree::Leaf(5), Some(Payment::Cash), vec![]),
        ticket(Level::Mid, Tree::Leaf(50), Some(Payment::Voucher(None)), vec![]),
        ticket(Level::High, node(Tree::Leaf(3), Tree::Leaf(4)), None, vec![]),
        ticket(Level::Mid, node(Tree::Leaf(3), Tree::Empty), None, vec![]),
        ticket(Level::Mid, node(Tree::Empty, Tree::Leaf(13)), None, vec![]),
        ticket(Level::Low, node(node(Tree::Empty, Tree::Empty), Tree::Empty), None, vec![]),
        ticket(Level::Low, node(node(Tree::Leaf(1), Tree::Empty), Tree::Empty), None, vec![]),
    );
    let many = vec![
        Outcome::Settled(4),
        Outcome::Open,
        Outcome::Both(3, Channel::Phone),
        Outcome::Disputed { by: "z".into(), amount: Some(11) },
        Outcome::Disputed { by: "y".into(), amount: Some(12) },
        Outcome::Open,
        Outcome::Disputed { by: "y".into(), amount: None },
        Outcome::Settled(9),
    ];
    same!(
        bench,
        p_history as History,
        ticket(Level::Low, Tree::Empty, None, many),
        ticket(Level::Low, Tree::Empty, None, vec![]),
        ticket(Level::Low, Tree::Empty, None, vec![Outcome::Open])
    );
    same!(bench, p_make as Make, 0, 6, 7, 12, 13, 14);
    same!(
        bench,
        p_levels as Levels,
        vec![],
        vec![(Level::Low, 0)],
        vec![(Level::Mid, 3), (Level::Mid, 4), (Level::High, -2)],
        vec![(Level::Low, 12)]
    );
    bench.compare();
}
