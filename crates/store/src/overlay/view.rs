//! What of an overlay exists for a scope: columns that are granted, of voters where they are granted.

use super::AppendReport;
use crate::read::is_everywhere;
use crate::read::row_filter::Area;
use crate::store::Store;
use hustings_access::{Place, Right, Scope, Span};

/// The rights of a scope to one owner's data of one class in one state.
pub(crate) struct OverlayView<'a>(Vec<&'a Right>);

impl OverlayView<'_> {
    /// Whether the owner has such data at all, as far as the scope may know.
    pub(crate) fn exists(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether all of them exist.
    pub(crate) fn is_whole(&self) -> bool {
        self.0.iter().any(|right| is_everywhere(right) && right.columns == Span::All)
    }

    /// Whether a column exists somewhere.
    pub(crate) fn column(&self, name: &str) -> bool {
        self.0.iter().any(|right| names(right, name))
    }

    /// Whether a column of a voter there exists.
    pub(crate) fn cell(&self, place: Place<'_>, name: &str) -> bool {
        self.0.iter().any(|right| names(right, name) && right.covers_row(place))
    }

    /// Where a column exists.
    pub(crate) fn areas_of(&self, name: &str) -> Vec<Area> {
        self.0.iter().filter(|right| names(right, name)).map(|right| Area::of(right)).collect()
    }
}

/// Whether a right names a column: as it is stored, or as its owner calls it, without the owner before it.
fn names(right: &Right, name: &str) -> bool {
    let own = name.strip_prefix(right.owner.as_str()).and_then(|rest| rest.strip_prefix("__"));
    right.columns.covers(name) || own.is_some_and(|own| right.columns.covers(own))
}

impl Store {
    /// What of an overlay exists for a scope at this moment.
    pub(crate) fn overlay_view<'a>(&self, scope: &'a Scope<'_>, overlay: &AppendReport) -> OverlayView<'a> {
        if !self.is_live(scope) {
            return OverlayView(Vec::new());
        }
        let of = |right: &&Right| {
            right.owner.as_str() == overlay.owner
                && right.class == overlay.class
                && right.state == overlay.state
        };
        OverlayView(scope.rights().iter().filter(of).collect())
    }
}
