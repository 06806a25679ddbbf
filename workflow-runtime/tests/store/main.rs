//! The durable store against what happens to processes and machines.
#![cfg(feature = "sled")]

#[cfg(feature = "store-conformance")]
mod conformance;
#[cfg(unix)]
mod forgetting;
mod forgotten_blobs;
#[cfg(unix)]
mod kill;
#[cfg(target_os = "linux")]
mod power_loss;
mod script;
