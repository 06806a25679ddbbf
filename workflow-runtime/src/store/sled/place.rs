//! Where records lie: in a frame of the log, or in a page of the checkpoint.

/// Set in the address of a page.
const PAGE: u64 = 1 << 63;

/// What holds records and is freed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Container {
    /// A segment of the log, by number.
    Segment(u64),
    /// A page in sled, by number.
    Page(u64),
}

/// The address of a frame or of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At(u64);

impl At {
    /// A frame, by its segment's number and its first byte.
    pub(super) fn frame(segment: u64, offset: u32) -> Self {
        Self((segment << 32 | u64::from(offset)) & !PAGE)
    }

    /// A page in sled.
    pub(super) fn page(page: u64) -> Self {
        Self(page | PAGE)
    }

    /// What it lies in.
    pub(super) fn container(self) -> Container {
        if self.0 & PAGE == 0 { Container::Segment(self.0 >> 32) } else { Container::Page(self.0 & !PAGE) }
    }

    /// The frame's first byte in its segment.
    pub(super) fn offset(self) -> u64 {
        self.0 & u64::from(u32::MAX)
    }
}

/// So many of an execution's records, in one frame or page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) at: At,
    pub(super) records: u32,
}

/// What these places lie in, each once.
pub(super) fn containers(places: &[Place]) -> Vec<Container> {
    let mut found = Vec::with_capacity(1);
    for place in places {
        let container = place.at.container();
        // Mostly the last one again.
        if found.last() != Some(&container) && !found.contains(&container) {
            found.push(container);
        }
    }
    found
}

/// The places after those in these containers went to one page: runs of them become one place each.
pub(super) fn moved(places: &[Place], from: &[Container], page: u64) -> Vec<Place> {
    let mut after: Vec<Place> = Vec::with_capacity(places.len());
    let mut in_run = false;
    for place in places {
        let goes = from.contains(&place.at.container());
        match after.last_mut() {
            Some(run) if goes && in_run => run.records += place.records,
            _ if goes => after.push(Place { at: At::page(page), records: place.records }),
            _ => after.push(*place),
        }
        in_run = goes;
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_where() {
        let frame = At::frame(70_000, 4_000_000_000);
        assert_eq!((frame.container(), frame.offset()), (Container::Segment(70_000), 4_000_000_000));
        assert_eq!(At::page(3 << 40 | 5).container(), Container::Page(3 << 40 | 5));
    }

    #[test]
    fn runs_of_places_move_together() {
        let frame = |segment, records| Place { at: At::frame(segment, 64), records };
        let places = [frame(1, 2), frame(1, 1), frame(2, 4), frame(1, 1)];
        let page = |records| Place { at: At::page(9), records };
        assert_eq!(moved(&places, &[Container::Segment(1)], 9), [page(3), frame(2, 4), page(1)]);
        assert_eq!(containers(&places), [Container::Segment(1), Container::Segment(2)]);
    }
}
