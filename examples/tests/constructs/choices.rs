//! `match` on values and its relatives where steps run on their ways, and on what calls yield.

use workflow_runtime::prelude::*;

use crate::harness::{Act, Bench, err, ok};
use crate::matches::{Kind, Part, State, Status};
use crate::world::*;

workflow!(
    pub(crate) async fn by_status(status: Status) -> Result<String> {
        let told = match status {
            Status::Pending | Status::OnHold => {
                tell("open".to_string()).await?;
                "open".to_string()
            }
            Status::Shipped { tracking_number, weight: Some(weight) } if weight > 10 => {
                #[state = "Heavy"]
                tell(tracking_number).await?;
                format!("heavy {weight}")
            }
            Status::Shipped { tracking_number, .. } => return Ok(tracking_number),
            Status::Count(n @ 1..=5) => {
                #[state = "CountUp"]
                let more = watch(n).await?;
                format!("{more}")
            }
            Status::Lost(_) => return Err(Trouble::Refused.into()),
            other => match other {
                Status::Pair(text, n) => format!("{text} {n}"),
                _ => "other".to_string(),
            },
        };
        Ok(told)
    }
);

workflow!(
    pub(crate) async fn positive(state: State) -> Result<i64> {
        let State::On(n) = state else { return Err(Trouble::Refused.into()) };
        let 1..=9 = n else { return Ok(0) };
        let m = watch(n).await?;
        Ok(m)
    }
);

workflow!(
    pub(crate) async fn located(sku: String) -> Result<String> {
        let place = match locate(sku).await {
            Ok(Some(place)) if place == "x" => "crossed".to_string(),
            Ok(Some(place)) => place,
            Ok(None) => {
                tell("nowhere".to_string()).await?;
                "nowhere".to_string()
            }
            Err(Failed(Tagged::Broken { since: 2000.., .. })) => "lately".to_string(),
            Err(Failed(Tagged::Broken { since, item_id })) => format!("{item_id} {since}"),
            Err(Failed(Tagged::Wrapped(Detail { item_id }))) => item_id,
            Err(failure) if failure.error() == "Tagged.NotThere" => "not there".to_string(),
            Err(failure) => return Err(failure.into()),
        };
        Ok(place)
    }
);

workflow!(
    pub(crate) async fn paid(cents: u64) -> Result<String> {
        match pay(cents).await {
            Ok(number) => Ok(number),
            Err(Failed(error)) => match error {
                Adjacent::Lost => Ok("lost".to_string()),
                Adjacent::Late(days @ 1..=3) => Ok(format!("{days}")),
                Adjacent::Late(_) => {
                    tell("late".to_string()).await?;
                    Ok("late".to_string())
                }
                Adjacent::Both(text, n) if n > 0 => Ok(text),
                Adjacent::Both(..) => Err(Trouble::Refused.into()),
                Adjacent::Named { reason } => Ok(reason),
            },
            Err(TimedOut) => Ok("timed out".to_string()),
            Err(_) => Ok("else".to_string()),
        }
    }
);

workflow!(
    pub(crate) async fn guarded(sku: String) -> Result<i64> {
        match price(sku, 1).await {
            Ok(n @ 0..=12) => Ok(n),
            Ok(n) => Ok(-n),
            Err(Failed(Fault::SoldOut { left: 0, .. })) => Ok(100),
            Err(Failed(Fault::Pair(text, 7))) if text == "seven" => Ok(107),
            Err(Failed(fault)) if matches!(fault, Fault::Bad(text) if text == "very") => Ok(200),
            Err(Failed(_)) => Ok(300),
            Err(failure) => Err(failure.into()),
        }
    }
);

workflow!(
    pub(crate) async fn if_lets(sku: String) -> Result<String> {
        if let Ok(Some(place)) = locate(sku).await
            && place != "x"
        {
            tell(place).await?;
        } else {
            #[state = "TellElse"]
            tell("else".to_string()).await?;
        }
        if let Err(failure) = pay(1).await {
            return Ok(failure.error());
        }
        let Ok(n) = price(sku, 1).await else {
            return Ok("no price".to_string());
        };
        Ok(format!("{n}"))
    }
);

workflow!(
    pub(crate) async fn counted(status: Status) -> Result<(i64, String)> {
        let mut sum = 1;
        let mut text = "start".to_string();
        match status {
            Status::Count(0) => {}
            Status::Count(n) if n > 10 => {
                sum += n;
                tell(text).await?;
                text = "told".to_string();
            }
            Status::Count(n) => sum = n,
            Status::Inner(Kind::Wrapped(Part { left: Some(left), item })) => {
                if let 0 = left {
                    return Ok((0, item));
                }
                sum = left;
                text = item;
            }
            _ => text = "other".to_string(),
        }
        Ok((sum, text))
    }
);

fn shipped(weight: Option<u32>) -> Status {
    Status::Shipped { tracking_number: "T".to_owned(), weight }
}

#[tokio::test(start_paused = true)]
async fn arms_are_ways() {
    let mut bench = Bench::default();
    bench.run::<ByStatus>(Status::Pending, &[], ok("open"), "Tell? Tell").await;
    bench.run::<ByStatus>(Status::OnHold, &[], ok("open"), "Tell? Tell").await;
    bench.run::<ByStatus>(shipped(Some(11)), &[], ok("heavy 11"), "Tell? Heavy").await;
    bench.run::<ByStatus>(shipped(Some(10)), &[], ok("T"), "Tell? Done").await;
    bench.run::<ByStatus>(shipped(None), &[], ok("T"), "Tell? Done").await;
    bench.run::<ByStatus>(Status::Count(4), &[], ok("5"), "Tell? CountUp").await;
    bench.run::<ByStatus>(Status::Count(6), &[], ok("other"), "Tell? Done").await;
    bench.run::<ByStatus>(Status::Pair("p".to_owned(), 3), &[], ok("p 3"), "Tell? Done").await;
    bench.run::<ByStatus>(Status::Lost(None), &[], err("Trouble.Refused"), "Tell? TroubleRefused").await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn what_does_not_match_leaves() {
    let mut bench = Bench::default();
    bench.run::<Positive>(State::On(4), &[], ok(5), "TroubleRefused? Watch").await;
    bench.run::<Positive>(State::On(0), &[], ok(0), "TroubleRefused? Done").await;
    bench.run::<Positive>(State::Off, &[], err("Trouble.Refused"), "TroubleRefused? TroubleRefused").await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn results_are_taken_apart() {
    let mut bench = Bench::default();
    let tagged = |error: Tagged| [("Locate", Act::Tagged(error))];
    let broken = |since| tagged(Tagged::Broken { item_id: "b".to_owned(), since });
    bench.run::<Located>("sku", &[], ok("sku"), "Locate Tell? Done").await;
    bench.run::<Located>("x", &[], ok("crossed"), "Locate Tell? Done").await;
    bench.run::<Located>("", &[], ok("nowhere"), "Locate Tell? Tell").await;
    bench.run::<Located>("sku", &broken(1999), ok("b 1999"), "Locate Done4? Done").await;
    bench.run::<Located>("sku", &broken(2000), ok("lately"), "Locate Done4? Done").await;
    let wrapped = tagged(Tagged::Wrapped(Detail { item_id: "w".to_owned() }));
    bench.run::<Located>("sku", &wrapped, ok("w"), "Locate Done").await;
    bench.run::<Located>("sku", &tagged(Tagged::NotThere), ok("not there"), "Locate Failed? Done").await;
    bench.run::<Located>("sku", &[("Locate", Act::Hang)], err("States.Timeout"), "Locate Failed? Failed").await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn declared_errors_are_taken_apart() {
    let mut bench = Bench::default();
    let adjacent = |error: Adjacent| [("Pay", Act::Adjacent(error))];
    let both = |n| adjacent(Adjacent::Both("both".to_owned(), n));
    bench.run::<Paid>(1, &[], ok("P1"), "Pay").await;
    bench.run::<Paid>(1, &adjacent(Adjacent::Lost), ok("lost"), "Pay Tell? Done").await;
    bench.run::<Paid>(1, &adjacent(Adjacent::Late(2)), ok("2"), "Pay Tell? Done").await;
    bench.run::<Paid>(1, &adjacent(Adjacent::Late(4)), ok("late"), "Pay Tell? Tell").await;
    bench.run::<Paid>(1, &both(1), ok("both"), "Pay Tell? Done").await;
    bench.run::<Paid>(1, &both(0), err("Trouble.Refused"), "Pay Tell? TroubleRefused").await;
    let named = adjacent(Adjacent::Named { reason: "r".to_owned() });
    bench.run::<Paid>(1, &named, ok("r"), "Pay Tell? Done").await;
    bench.run::<Paid>(1, &[("Pay", Act::Hang)], ok("timed out"), "Pay Done").await;
    bench.run::<Paid>(1, &[("Pay", Act::Panic)], ok("else"), "Pay Done").await;
    let fault = |fault: Fault| [("Price", Act::Fault(fault))];
    bench.run::<Guarded>("a", &[], ok(11), "Price Done? Done").await;
    bench.run::<Guarded>("abcd", &[], ok(-14), "Price Done? Done").await;
    let sold = |left| fault(Fault::SoldOut { sku: "s".to_owned(), left });
    bench.run::<Guarded>("a", &sold(0), ok(100), "Price Done3? Done").await;
    bench.run::<Guarded>("a", &sold(1), ok(300), "Price Done3? Done").await;
    let pair = |text: &str, n| fault(Fault::Pair(text.to_owned(), n));
    bench.run::<Guarded>("a", &pair("seven", 7), ok(107), "Price Done6? Done").await;
    bench.run::<Guarded>("a", &pair("seven", 8), ok(300), "Price Done6? Done").await;
    bench.run::<Guarded>("a", &pair("eight", 7), ok(300), "Price Done6? Done").await;
    bench.run::<Guarded>("a", &fault(Fault::Bad("very".to_owned())), ok(200), "Price Done4? Done").await;
    bench.run::<Guarded>("a", &fault(Fault::Bad("so so".to_owned())), ok(300), "Price Done4? Done").await;
    bench.run::<Guarded>("a", &[("Price", Act::Hang)], err("States.Timeout"), "Price").await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn if_let_catches() {
    let mut bench = Bench::default();
    bench.run::<IfLets>("sku", &[], ok("13"), "Locate Tell? Tell Pay Price").await;
    bench.run::<IfLets>("x", &[], ok("11"), "Locate Tell? TellElse Pay Price").await;
    bench.run::<IfLets>("", &[], ok("10"), "Locate Tell? TellElse Pay Price").await;
    let missing = [("Locate", Act::Tagged(Tagged::NotThere))];
    bench.run::<IfLets>("sku", &missing, ok("13"), "Locate TellElse Pay Price").await;
    let unpaid = [("Pay", Act::Adjacent(Adjacent::Late(1)))];
    bench.run::<IfLets>("sku", &unpaid, ok("Adjacent.Late"), "Locate Tell? Tell Pay Done").await;
    let bad = [("Price", Act::Fault(Fault::Bad("b".to_owned())))];
    bench.run::<IfLets>("sku", &bad, ok("no price"), "Locate Tell? Tell Pay Price Done").await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn arms_change_variables() {
    let mut bench = Bench::default();
    let wrapped = |left| Status::Inner(Kind::Wrapped(Part { item: "i".to_owned(), left }));
    bench.run::<Counted>(Status::Count(0), &[], ok((1, "start")), "Tell? Done").await;
    bench.run::<Counted>(Status::Count(11), &[], ok((12, "told")), "Tell? Tell").await;
    bench.run::<Counted>(Status::Count(7), &[], ok((7, "start")), "Tell? Done").await;
    bench.run::<Counted>(wrapped(Some(3)), &[], ok((3, "i")), "Tell? Done").await;
    bench.run::<Counted>(wrapped(Some(0)), &[], ok((0, "i")), "Tell? Done").await;
    bench.run::<Counted>(wrapped(None), &[], ok((1, "other")), "Tell? Done").await;
    bench.run::<Counted>(Status::Many(vec![]), &[], ok((1, "other")), "Tell? Done").await;
    bench.compare();
}
