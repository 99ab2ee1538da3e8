//! Rows whose values stand in the wrong columns: which way they seem to have moved, and from where on.

use super::file_layout::column_of;
use super::format::visible;
use super::raw_row::Field;
use hustings_voterfile::layout::{FileLayout, Layout};

/// What a shifted row looks like, in a sentence; `detail` is the rule's own.
#[must_use]
pub fn sentence(detail: &str, fields: &[Field], layout: Option<(&Layout, &FileLayout)>) -> Option<String> {
    let (place, rest) = detail.split_once(": ")?;
    if !place.starts_with("field ") {
        return None;
    }
    let place = visible(place);
    for side in ["left", "right"] {
        if rest.ends_with(&format!("moved one place to the {side}")) {
            return Some(format!("From {place} the values seem to have moved one place to the {side}."));
        }
    }
    let moved = layout.and_then(|(layout, file)| id_moved(fields, layout, file));
    Some(match moved {
        Some(places) if places != 0 => {
            let side = if places < 0 { "left" } else { "right" };
            let far = match places.unsigned_abs() {
                1 => "one place".to_owned(),
                far => format!("{far} places"),
            };
            format!("From {place} on, the values seem to have moved {far} to the {side}.")
        }
        // The id is in its place, or nowhere: what moved moved behind it, or both ways.
        _ => format!("The values around {place} seem to have moved to other columns."),
    })
}

/// How many places the voter's id stands to the right of its column; to the left below nought.
fn id_moved(fields: &[Field], layout: &Layout, file: &FileLayout) -> Option<isize> {
    const FARTHEST: isize = 9;
    let name = column_of(file, "state_voter_id")?;
    let home = fields.iter().position(|field| field.name.eq_ignore_ascii_case(name))?;
    let found = fields.iter().filter(|field| layout.is_id(field.value.trim())).map(|field| field.place);
    let places = found.map(|at| isize::try_from(at).unwrap_or(0) - isize::try_from(home).unwrap_or(0));
    places.min_by_key(|places| places.unsigned_abs()).filter(|places| places.abs() <= FARTHEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hustings_voterfile::layout::Layouts;

    fn said(values: &[&str], detail: &str) -> Option<String> {
        let layout = Layouts::embedded().get("nc".parse().unwrap()).unwrap();
        let file =
            layout.files.iter().find(|file| column_of(file, "state_voter_id") == Some("ncid")).unwrap();
        let names = ["county_id", "county_desc", "voter_reg_num", "ncid", "last_name"];
        let fields: Vec<Field> = names
            .into_iter()
            .zip(values)
            .enumerate()
            .map(|(place, (name, value))| Field {
                place,
                name: name.to_owned(),
                value: (*value).to_owned(),
                bad: false,
                extra: false,
            })
            .collect();
        sentence(detail, &fields, Some((&**layout, file)))
    }

    #[test]
    fn a_shift_is_told_by_where_the_id_stands() {
        let detail = "field 1 (COUNTY_ID): expected a county code, got 6 characters";
        let left = "From field 1 (COUNTY_ID) on, the values seem to have moved one place to the left.";
        assert_eq!(said(&["GASTON", "000000106724", "BJ106724", "WHITE", ""], detail).unwrap(), left);
        let right = "From field 1 (COUNTY_ID) on, the values seem to have moved one place to the right.";
        assert_eq!(said(&["", "60", "GASTON", "000000111842", "CH111842"], detail).unwrap(), right);
        let unknown = "The values around field 1 (COUNTY_ID) seem to have moved to other columns.";
        assert_eq!(said(&["X", "GASTON", "000000111842", "CH111842", "REED"], detail).unwrap(), unknown);
        assert_eq!(said(&["X", "Y", "Z", "", "REED"], detail).unwrap(), unknown);
    }

    #[test]
    fn what_the_rule_found_itself_is_told_in_its_words() {
        let detail = "field 40 (A) to field 44 (B): expected values that stand together in other rows of the file, got values moved one place to the right";
        let told = "From field 40 (A) to field 44 (B) the values seem to have moved one place to the right.";
        assert_eq!(said(&[], detail).unwrap(), told);
        assert_eq!(said(&[], "expected 70 fields, got 27"), None);
    }
}
