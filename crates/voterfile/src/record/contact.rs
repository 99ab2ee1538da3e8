//! Parts of an address that stand in their neighbor's place: what no list of values tells, but sight does.
//!
//! Only what changes a value's meaning counts: lines of a mailing address that slid among themselves say the same.

use super::census::{Census, INSEPARABLE, joined_hash, value_hash};
use super::split::Fields;
use crate::format::ContactFields;

impl ContactFields {
    /// The first field that holds its neighbor's value, and what was expected there.
    pub(super) fn misplaced(
        &self,
        fields: Fields<'_>,
        census: Option<&Census>,
    ) -> Option<(usize, &'static str)> {
        let is_empty = |at: usize| fields.get(at).trim_ascii().is_empty();
        if let (Some(zip), Some(line)) = (self.res_zip, self.mail_first)
            && is_empty(zip)
            && is_bare_zip(fields.get(line))
        {
            return Some((zip, "a ZIP code, which stands in the field behind it"));
        }
        if let Some(phone) = self.phone
            && matches!(fields.get(phone).trim_ascii(), "Y" | "N" | "y" | "n")
        {
            return Some((phone, "a phone number, got the flag of the field behind it"));
        }
        let last = self.mail_last?;
        let (city, state, zip) = (last + 1, last + 2, last + 3);
        if is_empty(state) && is_state(fields.get(zip)) {
            return Some((state, "a state, which stands in the field behind it"));
        }
        if is_empty(last) {
            return None;
        }
        if is_empty(state) && is_state(fields.get(city)) {
            return Some((city, "a city, got the state of the field behind it"));
        }
        // Lines are filled from the first one: a last line behind empty ones is a city, or a piece of one.
        let is_jump = self.mail_first.is_some_and(|first| (first + 1..last).all(is_empty));
        if is_jump && is_empty(city) && is_state(fields.get(state)) {
            return Some((city, "a city, which stands in the field before it"));
        }
        let census = census.filter(|_| is_jump)?;
        let whole = census.alone(city, joined_hash(fields.get(last), fields.get(city)));
        let piece = census.alone(city, value_hash(fields.get(city)));
        (whole >= INSEPARABLE && piece * INSEPARABLE < whole).then_some((city, "a city, got a piece of one"))
    }
}

fn is_bare_zip(value: &str) -> bool {
    let value = value.trim_ascii();
    matches!(value.len(), 5 | 9) && value.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_state(value: &str) -> bool {
    let value = value.trim_ascii();
    value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic())
}
