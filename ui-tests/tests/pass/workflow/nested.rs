//! Workflows that call and start workflows, under every lint that people deny.
#![deny(warnings, missing_docs, clippy::pedantic)]

use workflow_runtime::prelude::*;

use self::shipping::{ShipError, ship_flow};

/// Another module's workflow: its function's name is all that is imported.
pub mod shipping {
    use workflow_runtime::prelude::*;

    use crate::Order;

    /// How shipping fails.
    #[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
    pub enum ShipError {
        /// Where to.
        #[error("{0} is not served")]
        Unserved(String),
        /// Later.
        #[error("no truck is free")]
        NoTruck,
    }

    /// Packs.
    ///
    /// # Errors
    /// Where nobody drives.
    #[step]
    pub async fn pack(order: Order) -> Result<Order, ShipError> {
        Ok(order)
    }

    workflow!(
        /// Ships.
        #[workflow(error = ShipError, timeout = "2d")]
        pub async fn ship_flow(order: Order) -> Result<Order> {
            pack(order).await
        }
    );
}

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Order {
    /// Its number.
    pub id: String,
}

/// Tells.
#[step]
pub async fn tell(text: String) {
    drop(text);
}

workflow!(
    /// Takes a struct apart.
    pub async fn undo_flow(Order { id }: Order) -> Result<()> {
        tell(id).await
    }
);

workflow!(
    /// Takes nothing.
    pub async fn tick_flow() -> Result<u32> {
        Ok(1)
    }
);

workflow!(
    /// Calls all of them.
    pub async fn order_flow(order: Order) -> Result<String> {
        let shipped = match ship_flow(order).await {
            Ok(shipped) => shipped,
            Err(Failed(ShipError::Unserved(place))) => return Ok(place),
            Err(Failed(ShipError::NoTruck) | TimedOut) => return Ok("later".to_string()),
            Err(failure) => return Err(failure.into()),
        };
        #[timeout = "1h"]
        #[retry(on(Failed, TimedOut), max_attempts = 2)]
        let ticks = match tick_flow().await {
            Ok(ticks) => ticks,
            Err(Failed(failure)) => {
                if failure.is::<ShipError>() {
                    return Err(failure);
                }
                0
            }
            Err(TimedOut | HeartbeatTimedOut | Other(_)) => 0,
        };
        let (more, _) = try_join!(
            #[state = "TickBeside"]
            tick_flow(), async {
            #[state = "UndoInABranch"]
            undo_flow(shipped).await
        })?;
        #[compensate(undo_flow(order))]
        #[state = "ShipAgain"]
        let again = ship_flow(order).await?;
        tell(again.id).await?;
        let execution = spawn(order_flow(order)).await?;
        #[state = "StartTick"]
        let _ = spawn(tick_flow()).await;
        #[state = "StartUndo"]
        match spawn(undo_flow(order)).await {
            Ok(execution) => {
                #[state = "TellExecution"]
                tell(execution).await?;
            }
            Err(failure) => {
                #[state = "TellFailure"]
                tell(failure.error()).await?;
            }
        }
        Ok(format!("{execution}: {} of {ticks} and {more}", shipped.id))
    }
);

fn main() {
    let resources: Vec<String> = ["startExecution.sync:2", "startExecution\""].map(String::from).to_vec();
    let text = OrderFlow::definition().to_asl_json();
    assert!(resources.iter().all(|resource| text.contains(resource.as_str())), "{text}");
    assert_eq!(OrderFlow::children().len(), 6, "three that are waited for, three that are started");
}
