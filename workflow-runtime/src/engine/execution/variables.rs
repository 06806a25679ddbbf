//! How much all variables of an execution have together.

use crate::engine::ScopeId;
use crate::engine::size::{bytes, bytes_about};
use crate::json::Json;

use super::{Execution, Scope};

impl Execution {
    /// How many bytes of JSON text all variables would have after this assignment, where that is more than `limit`.
    ///
    /// Each scope keeps an upper bound of its own, so that nothing is counted while little is held.
    pub(in crate::engine) fn variables_beyond(
        &self,
        at: ScopeId,
        assigned: &[(String, Json)],
        limit: usize,
    ) -> Option<usize> {
        let held: usize = self.scopes.values().map(|scope| scope.variables_at_most).sum();
        let added: usize = assigned.iter().map(|(_, value)| bytes_about(value)).sum();
        if held.saturating_add(added) <= limit {
            return None;
        }
        let replaced = |id: ScopeId, name: &str| id == at && assigned.iter().any(|(new, _)| new == name);
        let kept = self.scopes.iter().flat_map(|(id, scope)| scope.variables.iter().map(|it| (*id, it)));
        let kept: usize = kept.filter(|(id, (name, _))| !replaced(*id, name)).map(|(_, (_, value))| bytes(value)).sum();
        let total = kept + assigned.iter().map(|(_, value)| bytes(value)).sum::<usize>();
        (total > limit).then_some(total)
    }
}

impl Scope {
    /// Sets a variable of this scope.
    pub(super) fn assign(&mut self, name: &str, value: &Json) {
        let most = bytes_about(value);
        let before = if let Some(variable) = self.variables.get_mut(name) {
            let old = std::mem::replace(variable, value.clone());
            bytes_about(&old)
        } else {
            self.variables.insert(name.into(), value.clone());
            0
        };
        self.variables_at_most = self.variables_at_most.saturating_add(most).saturating_sub(before);
    }
}
