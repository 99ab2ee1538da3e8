//! What logs are told of an export.

use super::{ExportReport, ExportRows};
use crate::audit::AuditEvent;
use crate::audit::held::{Laid, Membership};
use crate::audit::shown::by_reader;
use crate::overlay::OverlayTable;
use crate::read::View;
use hustings_access::verb::Export;
use hustings_access::{Act, Lineage, OrganizationId};
use hustings_core::FieldClass;
use std::collections::BTreeSet;

/// Classes that went out, and what decided which voters did: what one record tells.
type Told = (BTreeSet<FieldClass>, Membership);

/// What decides which voters are in an export.
pub(super) fn membership(rows: &ExportRows<'_>, view: &View<'_>) -> Membership {
    let laid = |overlay: &OverlayTable| Laid {
        owner: rows.request.owner.clone().unwrap_or_default(),
        class: rows.request.class,
        append: overlay.append().to_owned(),
        areas: overlay.everywhere(),
    };
    Membership {
        state: rows.request.state,
        snapshot: rows.snapshot.clone(),
        county: rows.census.county.clone(),
        listed: Some(view.areas()),
        laid: rows.overlays.iter().map(laid).collect(),
    }
}

/// The records of an export: the log of whoever took it tells all of it, an owner's what went out of its own data.
pub(super) fn events(
    act: &Act<'_, Export>,
    report: &ExportReport,
    lineage: &Lineage,
    rows: &Membership,
) -> Vec<AuditEvent> {
    let actor = act.organization();
    let to = |reader: &OrganizationId| {
        let own = lineage.origins().filter(|origin| reader == actor || origin.owner == *reader);
        let classes: BTreeSet<FieldClass> = own.map(|origin| origin.class).collect();
        let mut rows = rows.clone();
        if reader != actor {
            rows.listed = rows.listed.filter(|_| classes.contains(&FieldClass::Base));
            rows.laid.retain(|laid| laid.owner == reader.as_str());
        }
        (classes, rows)
    };
    let event = |((classes, rows), owners): (Told, BTreeSet<OrganizationId>)| AuditEvent {
        organization: actor.clone(),
        principal: Some(act.principal().clone()),
        action: "exported",
        about: Some(report.export.clone()),
        classes,
        voters: Some(report.rows),
        details: serde_json::json!({
            "bytes": report.bytes,
            "columns": report.columns.len(),
            "county": report.county,
            "format": report.format,
            "rows": rows,
            "sha256": report.sha256,
            "snapshot": report.snapshot,
            "state": report.state,
        }),
        owners,
    };
    by_reader(actor, lineage.origins().map(|origin| &origin.owner), to).into_iter().map(event).collect()
}
