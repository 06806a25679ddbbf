//! What the fuzz targets do with their bytes. The workspace's own test replays the corpus through the same functions.

mod asl;
mod control;
mod expression;
mod record;
mod store;

pub use asl::asl;
pub use control::control;
pub use expression::expression;
pub use record::record;
pub use store::store;
