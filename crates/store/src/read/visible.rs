//! Which columns exist for which classes: computed from `columns.toml` and lineage.

use hustings_core::FieldClass;
use hustings_voterfile::schema::{Column, Schema, Table};

/// The field class of a Parquet column; none for internal and for unclassed ones.
pub(crate) fn class_of(table: Table, parquet: &str) -> Option<FieldClass> {
    Schema::embedded().class_of(table, parquet)?.field_class()
}

/// Whether a column may go where only these classes may: its own class is among them, and so is that of every column it is
/// computed from, however far back. Internal and unclassed columns may nowhere.
pub(crate) fn is_within(table: Table, parquet: &str, allowed: &dyn Fn(FieldClass) -> bool) -> bool {
    let Some(class) = class_of(table, parquet) else { return false };
    allowed(class)
        && Schema::embedded()
            .by_parquet(table, parquet)
            .is_none_or(|column| sources_within(column, table, allowed, 0))
}

fn sources_within(column: &Column, table: Table, allowed: &dyn Fn(FieldClass) -> bool, depth: usize) -> bool {
    // Deeper than any lineage: a circle, which proves nothing.
    if depth > 16 {
        return false;
    }
    column.derived_from.iter().all(|source| {
        Schema::embedded().by_canonical(table, source).is_some_and(|source| {
            source.class.field_class().is_some_and(allowed)
                && sources_within(source, table, allowed, depth + 1)
        })
    })
}
