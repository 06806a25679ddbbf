//! Which payloads have bounds to enforce, found out once for each type.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use serde_json::Value;

use crate::payload::{self, Payload};

/// By type, whether some field of it is bounded. As many as the program has payload types.
static BOUNDED: RwLock<BTreeMap<TypeId, bool>> = RwLock::new(BTreeMap::new());

/// The fields that are larger than they may be.
pub(super) fn excess<T: Payload>(value: &Value) -> Vec<payload::Mismatch> {
    if is_bounded::<T>() { payload::check(&T::ty(), value).err().unwrap_or_default() } else { Vec::new() }
}

fn is_bounded<T: Payload>() -> bool {
    let id = TypeId::of::<T>();
    let known = BOUNDED.read().unwrap_or_else(PoisonError::into_inner).get(&id).copied();
    known.unwrap_or_else(|| {
        let bounded = payload::is_bounded(&T::ty());
        BOUNDED.write().unwrap_or_else(PoisonError::into_inner).insert(id, bounded);
        bounded
    })
}
