// Undos in groups, branches and arms; `compensate()` and its report; under `deny` of unused things and odd names.
#![deny(unused, nonstandard_style)]
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Trip {
    pub id: String,
    pub nights: u32,
}

#[step]
pub async fn book_flight(trip: Trip) -> String {
    trip.id
}

#[step]
pub async fn book_hotel(trip: Trip) -> u32 {
    trip.nights
}

#[step(retry(on(All), max_attempts = 5))]
pub async fn cancel_flight(flight: String) {
    drop(flight);
}

#[step]
pub async fn cancel_hotel(nights: u32) {
    let _ = nights;
}

#[step]
pub async fn alert(text: String) {
    drop(text);
}

workflow!(
    pub async fn trip_flow(trip: Trip) -> Result<String> {
        let booked = match async {
            let (flight, _) = try_join!(
                async {
                    #[compensate(cancel_flight(flight))]
                    let flight = book_flight(trip).await?;
                    Ok(flight)
                },
                async {
                    #[compensate(cancel_hotel(nights))]
                    let nights = book_hotel(trip).await?;
                    Ok(nights)
                }
            )?;
            Ok(flight)
        }
        .await
        {
            Ok(flight) => flight,
            Err(failure) => {
                let report = compensate().await;
                if !report.failed.is_empty() {
                    alert(report.failed[0].step).await?;
                }
                return Err(failure.into());
            }
        };
        for night in 0..2 {
            #[compensate(cancel_hotel(more))]
            #[state = "BookMore"]
            let more = book_hotel(trip).await?;
            if more == night {
                compensate().await;
                break;
            }
        }
        let flights = try_map(vec![booked], async |id| {
            #[compensate(cancel_flight(flight))]
            #[state = "BookBack"]
            let flight = book_flight(Trip { id, nights: 0 }).await?;
            Ok(flight)
        })
        .await?;
        #[retry(on(All), max_attempts = 2)]
        async {
            #[state = "AlertLast"]
            alert(flights[0]).await
        }
        .await?;
        Ok(flights[0])
    }
);

fn main() {
    let states = TripFlow::definition().to_asl_json();
    assert!(states.contains("\"Undo\""), "{states}");
}
