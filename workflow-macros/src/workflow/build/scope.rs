//! What is in scope where an expression stands: variables, loops, and the groups and branches between.

use syn::Lifetime;

use super::{Builder, Place};
use crate::hygiene::plain;

/// What stands around a group's body; only its variables may be changed from inside.
pub(super) const GROUP: &str = "a group";

/// A loop or labelled block around the place being built.
pub(super) struct LoopScope {
    label: Option<String>,
    /// `loop`, `while`, `for`; a plain `break` leaves none but these.
    repeats: bool,
    /// Where what `break` yields stands.
    place: Place,
    /// How many groups and branches are around it.
    depth: usize,
}

/// Names and loops of a block, forgotten at its end.
pub(super) struct Mark(usize, usize);

impl Builder {
    pub(super) fn mark(&self) -> Mark {
        Mark(self.names.len(), self.loops.len())
    }

    pub(super) fn forget(&mut self, mark: &Mark) {
        self.names.truncate(mark.0);
        self.loops.truncate(mark.1);
    }

    /// A variable that a pattern binds here.
    pub(super) fn declare(&mut self, name: &syn::Ident) {
        self.names.push((plain(name), self.inside.len()));
    }

    pub(super) fn enter_loop(&mut self, label: Option<&Lifetime>, repeats: bool, place: Place) {
        let (label, depth) = (label.map(|label| label.ident.to_string()), self.inside.len());
        self.loops.push(LoopScope { label, repeats, place, depth });
    }

    /// What a `break` or `continue` leaves: where its value stands, or the group or branch that is in the way.
    pub(super) fn left_by(&self, label: Option<&Lifetime>) -> Result<Place, &'static str> {
        let found = self.loops.iter().rev().find(|scope| match label {
            Some(label) => scope.label.as_ref().is_some_and(|known| label.ident == known),
            None => scope.repeats,
        });
        match found {
            Some(scope) if scope.depth == self.inside.len() => Ok(scope.place),
            // Without any loop it is rustc's to report, unless its words would speak of the copy's closures.
            None if self.inside.is_empty() => Ok(Place::Value),
            _ => Err(self.inside.last().copied().unwrap_or(GROUP)),
        }
    }

    /// Whether there is no loop at all that could be left: rustc has the words for that.
    pub(super) fn leaves_nothing(&self, label: Option<&Lifetime>) -> bool {
        let known = self.loops.iter().any(|scope| match label {
            Some(label) => scope.label.as_ref().is_some_and(|known| label.ident == known),
            None => scope.repeats,
        });
        !known && self.inside.is_empty()
    }

    /// The branch or closure that stands between a variable and the place that changes it.
    pub(super) fn wall_before(&self, name: &syn::Ident) -> Option<&'static str> {
        let name = plain(name);
        let depth = self.names.iter().rev().find(|(known, _)| *known == name).map_or(0, |(_, depth)| *depth);
        self.inside.iter().skip(depth).copied().find(|what| *what != GROUP)
    }
}
