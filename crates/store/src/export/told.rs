//! What logs are told of an export.

use super::rows::Part;
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

/// What one record tells.
#[derive(PartialEq)]
struct Told {
    classes: BTreeSet<FieldClass>,
    rows: Membership,
    columns: usize,
    voters: u64,
    /// Size and digest of the file: for whoever took it alone, since they change with everybody's data in it.
    file: Option<(u64, String)>,
}

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

/// The records of an export: the log of whoever took it tells all of it, an owner's what went out of its own data, and nothing
/// that depends on another's in the same file.
pub(super) fn events(
    act: &Act<'_, Export>,
    report: &ExportReport,
    lineage: &Lineage,
    (rows, [listed, laid]): (&Membership, [Part; 2]),
) -> Vec<AuditEvent> {
    let actor = act.organization();
    let to = |reader: &OrganizationId| {
        let own = lineage.origins().filter(|origin| reader == actor || origin.owner == *reader);
        let classes: BTreeSet<FieldClass> = own.map(|origin| origin.class).collect();
        let mut rows = rows.clone();
        if reader == actor {
            let file = Some((report.bytes, report.sha256.clone()));
            return Told { classes, rows, columns: report.columns.len(), voters: report.rows, file };
        }
        let of_list = classes.contains(&FieldClass::Base);
        let of_overlay = classes.iter().any(|class| *class != FieldClass::Base);
        rows.listed = rows.listed.filter(|_| of_list);
        rows.laid.retain(|laid| laid.owner == reader.as_str());
        let own = [(of_list, listed), (of_overlay, laid)].into_iter().filter(|(own, _)| *own);
        let columns = own.clone().map(|(_, part)| part.columns).sum();
        let voters = own.map(|(_, part)| part.voters).sum();
        let voters = if of_list && of_overlay { report.rows } else { voters };
        Told { classes, rows, columns, voters, file: None }
    };
    let event = |(told, owners): (Told, BTreeSet<OrganizationId>)| {
        let mut details = serde_json::json!({
            "columns": told.columns,
            "county": report.county,
            "format": report.format,
            "rows": told.rows,
            "snapshot": report.snapshot,
            "state": report.state,
        });
        if let Some((bytes, sha256)) = told.file {
            details["bytes"] = bytes.into();
            details["sha256"] = sha256.into();
        }
        AuditEvent {
            organization: actor.clone(),
            principal: Some(act.principal().clone()),
            action: "exported",
            about: Some(report.export.clone()),
            classes: told.classes,
            voters: Some(told.voters),
            details,
            owners,
        }
    };
    by_reader(actor, lineage.origins().map(|origin| &origin.owner), to).into_iter().map(event).collect()
}
