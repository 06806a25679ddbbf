//! Books a whole trip or nothing: flights for all travelers, then rooms, then a car; what was booked is given back in reverse.
//!
//! `cargo run -q -p examples --bin travel -- run --input '{"travelers": ["ada", "bob"], "city": "Oslo"}'`

#![allow(clippy::unused_async, reason = "what waits in earnest is left out")]
#![allow(clippy::missing_errors_doc, clippy::missing_panics_doc, reason = "the error enums say it")]

use workflow_runtime::cli::App;
use workflow_runtime::prelude::*;

/// Who goes where.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Trip {
    /// All of them or none.
    pub travelers: Vec<String>,
    /// Where to.
    pub city: String,
}

/// What may go wrong.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum BookingError {
    /// Nothing left.
    #[error("nothing is left in {0}")]
    SoldOut(String),
    /// Try again.
    #[error("the booking system is down")]
    Down,
}

/// Books a seat.
#[step(retry(on(BookingError::Down), interval = "1s", max_attempts = 3))]
pub async fn book_flight(traveler: String, city: String) -> Result<String, BookingError> {
    eprintln!("flight to {city} for {traveler}");
    Ok(format!("{traveler}-{city}"))
}

/// Gives the seat back.
#[step(retry(on(BookingError::Down, TimedOut), interval = "1s", max_attempts = 10, backoff_rate = 2.0))]
pub async fn cancel_flight(ticket: String) -> Result<(), BookingError> {
    eprintln!("cancelled {ticket}");
    Ok(())
}

/// Books the rooms.
#[step]
pub async fn book_rooms(count: usize, city: String) -> Result<String, BookingError> {
    eprintln!("{count} rooms in {city}");
    Ok(format!("{count} rooms in {city}"))
}

/// Gives the rooms back.
#[step(retry(on(BookingError::Down, TimedOut), interval = "1s", max_attempts = 10, backoff_rate = 2.0))]
pub async fn cancel_rooms(rooms: String) -> Result<(), BookingError> {
    eprintln!("cancelled {rooms}");
    Ok(())
}

/// Rents a car; there is none in Bergen.
#[step]
pub async fn rent_car(city: String) -> Result<String, BookingError> {
    if city == "Bergen" { Err(BookingError::SoldOut(city)) } else { Ok(format!("a car in {city}")) }
}

workflow!(
    /// Books a whole trip or nothing.
    pub async fn travel(trip: Trip) -> Result<String> {
        let tickets: Vec<String> = try_map(trip.travelers, async |traveler| {
            #[compensate(cancel_flight(ticket))]
            let ticket = book_flight(traveler, trip.city).await?;
            Ok(ticket)
        })
        .await?;
        #[compensate(cancel_rooms(rooms))]
        let rooms = book_rooms(tickets.len(), trip.city).await?;
        let car = rent_car(trip.city).await?;
        Ok(format!("{}, {rooms}, {car}", tickets.join(" and ")))
    }
);

fn main() -> std::process::ExitCode {
    App::new().register::<Travel>().main()
}
