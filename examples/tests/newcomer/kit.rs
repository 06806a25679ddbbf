//! The test kit on two programs: a rental with deposits and a person's word, and an import.
use workflow_runtime::prelude::*;
use workflow_runtime::testing::{
    Answer, CallEnd, Reply, Test, crash_everywhere, fail_everywhere, interleave_everywhere, replay,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub struct Rental {
    pub tenant: String,
    pub rooms: Vec<String>,
    pub cents: u64,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum RentalError {
    #[error("{room} is taken until {until}")]
    Taken { room: String, until: String },
    #[error("the bank is closed")]
    BankClosed,
    #[error("not wanted")]
    NotWanted,
}

#[step(retry(on(RentalError::BankClosed, TimedOut), interval = "10m", max_attempts = 2))]
pub async fn deposit(room: String, cents: u64) -> Result<String, RentalError> {
    Ok(format!("{room}/{cents}"))
}

#[step]
pub async fn pay_back(receipt: String) {
    drop(receipt);
}

#[step(callback, timeout = "2d", heartbeat = "12h")]
pub async fn ask_landlord(token: TaskToken, rental: Rental) -> Callback<bool> {
    drop((token, rental));
    Callback::pending()
}

#[step]
pub async fn hand_over(tenant: String, receipts: Vec<String>) -> Result<usize, RentalError> {
    drop(tenant);
    Ok(receipts.len())
}

workflow!(
    /// Rents rooms out.
    pub async fn rent(rental: Rental) -> Result<usize> {
        let mut receipts = Vec::new();
        let each = rental.cents / (rental.rooms.len() as u64);
        for room in &rental.rooms {
            #[compensate(pay_back(receipt))]
            let receipt = deposit(room.clone(), each).await?;
            receipts.push(receipt);
        }
        if rental.cents > 100_000 {
            let agreed = ask_landlord(rental.clone()).await?;
            if !agreed {
                return Err(RentalError::NotWanted.into());
            }
        }
        sleep(days(30)).await;
        hand_over(rental.tenant, receipts).await
    }
);

#[step]
pub async fn fetch(url: String) -> Result<Vec<i64>, RentalError> {
    Ok(url.split('/').filter_map(|part| part.parse().ok()).collect())
}

#[step]
pub async fn store_rows(url: String, rows: Vec<i64>) -> Result<i64, RentalError> {
    Ok(rows.iter().sum::<i64>() + url.len() as i64)
}

#[step]
pub async fn audit(url: String) -> Result<bool, RentalError> {
    Ok(url.starts_with("a"))
}

workflow!(
    /// Reads what stands behind addresses.
    pub async fn import(urls: Vec<String>) -> Result<Vec<i64>> {
        let sums = try_map(urls, async |url| {
            let (sum, good) = try_join!(
                async {
                    let rows = fetch(url.clone()).await?;
                    store_rows(url.clone(), rows).await
                },
                audit(url.clone())
            )?;
            Ok(if good { sum } else { -sum })
        })
        .await?;
        Ok(sums)
    }
);

fn rooms(cents: u64) -> Rental {
    Rental { tenant: "Ada".into(), rooms: vec!["attic".into(), "cellar".into()], cents }
}

#[test]
fn a_month_takes_no_time() {
    let run = Test::<Rent>::new().run(rooms(50_001));
    assert_eq!(run.output(), 2);
    run.assert_path(["Deposit", "Deposit", "Wait30Days", "HandOver"]).assert_elapsed(days(30));
    assert_eq!(run.calls::<deposit>().len(), 2);
    let same = replay::<Rent>(&run.history_json());
    assert!(same.path.contains(&"HandOver".to_string()));
}

#[test]
fn attempts_and_people_are_scripted() {
    let run = Test::<Rent>::new()
        .script::<deposit>([
            Reply::from(Err(RentalError::BankClosed)),
            Reply::hangs(),
            Ok("late".to_string()).into(),
            Reply::runs(),
        ])
        .answer::<ask_landlord>(Answer::ok(true).after(days(1)))
        .run(rooms(200_000));
    // Whoever asks sends no sign of life: the heartbeat runs out before the answer comes, which Step Functions calls a timeout.
    run.assert_error("States.Timeout").assert_elapsed(hours(12) + mins(31));
    let run = Test::<Rent>::new().answer::<ask_landlord>(Ok(false)).run(rooms(200_000));
    run.assert_failed_with(RentalError::NotWanted);
    assert_eq!(run.calls::<pay_back>().len(), 2);
    run.assert_never_called::<hand_over>();
}

#[test]
fn it_survives_and_pays_back() {
    let report = Test::<Rent>::new().answer::<ask_landlord>(Ok(true)).crash_everywhere(rooms(200_000));
    assert!(!report.ran_twice().is_empty());
    crash_everywhere::<Import>(vec!["a/1/2".to_string(), "b/3".to_string()]);
    let report = fail_everywhere::<Rent>(rooms(50_000));
    report.assert_all_end(|case| {
        case.run.result().is_ok()
            || case.run.calls::<deposit>().iter().filter(|call| matches!(call.end, CallEnd::Output(_))).count()
                == case.run.calls::<pay_back>().len()
    });
    assert!(report.to_string().contains("RentalError.Taken*"), "{report}");
    let report = interleave_everywhere::<Import>(vec!["a/1".to_string(), "b/3".to_string()]);
    assert!(report.tried > 10, "{}", report.tried);
}
