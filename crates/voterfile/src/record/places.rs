//! Rows with sound quoting whose fields are missing or left over: hypotheses that put every field in its place.

use super::judge::Plan;
use super::repair::Reading;

/// Most surplus fields that are merged away (Iowa's rows are known to have up to ten).
const SURPLUS_MAX: usize = 10;

/// How many hypotheses make a row right.
pub(crate) enum Fits {
    None,
    One(Reading),
    Several,
}

/// In how many ways (2 for more) a state of the merging can be reached, and by which last step.
#[derive(Clone, Copy, Default)]
struct Way {
    count: u8,
    /// Surplus fields merged in the last step.
    merged: usize,
    /// The last step joined the parts without the delimiter.
    is_bare: bool,
}

impl Plan {
    /// Surplus fields, all empty and at the end, cut off, when every check then holds; or all but one, when no merging
    /// of neighbors does better.
    pub fn cut_trailing(&self, reading: &Reading, delimiter: u8) -> Option<Reading> {
        let fields = reading.fields();
        let surplus = fields.len().checked_sub(self.width).filter(|surplus| *surplus > 0)?;
        if !(self.width..fields.len()).all(|index| fields.get(index).trim_ascii().is_empty()) {
            return None;
        }
        // A value split in two further left leaves an empty last field at the end, too. One surplus field is the mark of
        // a line that ends with a delimiter; several must stand behind a last field that is filled.
        if surplus > 1 && fields.get(self.width - 1).trim_ascii().is_empty() {
            return None;
        }
        let cut = Reading::new(fields.iter().take(self.width));
        let verdict = self.checks.weigh(cut.fields());
        let is_right = (verdict.is_clean() && self.weigh_census(cut.fields()).is_ok())
            || (self.weigh(cut.fields()).is_ok()
                && matches!(self.merge_surplus(reading, delimiter), Fits::None));
        is_right.then_some(cut)
    }

    /// Neighbors merged so that every check holds.
    pub fn merge_surplus(&self, reading: &Reading, delimiter: u8) -> Fits {
        let fields = reading.fields();
        let surplus = fields.len() - self.width;
        if surplus > SURPLUS_MAX {
            return Fits::None;
        }
        let mut value = String::new();
        let mut fits = |place: usize, from: usize, merged: usize, between: Option<char>| {
            value.clear();
            for index in from..=from + merged {
                value.extend(between.filter(|_| index > from));
                value.push_str(fields.get(index));
            }
            self.checks.fits(place, &value)
        };
        // ways[place][used]: the fields before `place` are filled, and `used` surplus fields are merged in them.
        let mut ways = vec![vec![Way::default(); surplus + 1]; self.width + 1];
        ways[0][0].count = 1;
        for place in 0..self.width {
            for used in 0..=surplus {
                let count = ways[place][used].count;
                if count == 0 {
                    continue;
                }
                for merged in 0..=surplus - used {
                    let with_delimiter = fits(place, place + used, merged, Some(char::from(delimiter)));
                    // A stray delimiter inside a checked value is a rival, but no repair: which byte is data?
                    let is_bare = !with_delimiter && merged > 0 && fits(place, place + used, merged, None);
                    if with_delimiter || is_bare {
                        let way = &mut ways[place + 1][used + merged];
                        *way = Way { count: way.count.saturating_add(count).min(2), merged, is_bare };
                    }
                }
            }
        }
        match ways[self.width][surplus].count {
            0 => return Fits::None,
            1 => {}
            _ => return Fits::Several,
        }
        let mut sizes = Vec::with_capacity(self.width);
        let mut used = surplus;
        for row in ways[1..].iter().rev() {
            let way = row[used];
            if way.is_bare {
                return Fits::Several;
            }
            sizes.push(way.merged + 1);
            used -= way.merged;
        }
        let mut parts = fields.iter();
        let mut buffer = [0; 4];
        let between: &str = char::from(delimiter).encode_utf8(&mut buffer);
        Fits::One(Reading::new(
            sizes.iter().rev().map(|size| parts.by_ref().take(*size).collect::<Vec<_>>().join(between)),
        ))
    }

    /// One field put back empty, when there is exactly one place for it, when the layout knows by sight what stands there,
    /// and when neither neighbor can hold its value (then a delimiter was lost, and not a field).
    pub fn insert_missing(&self, reading: &Reading) -> Fits {
        let fields = reading.fields();
        if fields.len() + 1 != self.width {
            return Fits::None;
        }
        let fits_from_right =
            |place: usize| (place + 1..self.width).all(|at| self.checks.fits(at, fields.get(at - 1)));
        let mut found: Option<usize> = None;
        for place in 0..self.width {
            if place > 0 && !self.checks.fits(place - 1, fields.get(place - 1)) {
                break;
            }
            if !self.checks.fits(place, "") || !fits_from_right(place) {
                continue;
            }
            // Two places inside one run of empty fields give the same row.
            if found.is_some_and(|other| (other..place).any(|at| !fields.get(at).is_empty())) {
                return Fits::Several;
            }
            found = Some(place);
        }
        let Some(place) = found else { return Fits::None };
        // When only the last field is out of place, it may be what a cut left of the field before it.
        if place + 1 >= fields.len() {
            return Fits::Several;
        }
        let whole = Reading::new((0..self.width).map(|at| match at.cmp(&place) {
            std::cmp::Ordering::Less => fields.get(at),
            std::cmp::Ordering::Equal => "",
            std::cmp::Ordering::Greater => fields.get(at - 1),
        }));
        let left = place.checked_sub(1).map_or("", |left| fields.get(left)).trim_ascii();
        let right = fields.get(place).trim_ascii();
        let hides = |value: &str, from_end: bool| {
            value.char_indices().map(|(at, _)| at).chain([value.len()]).any(|at| {
                let part = if from_end { &value[at..] } else { &value[..at] };
                !part.trim_ascii().is_empty() && self.checks.fits(place, part)
            })
        };
        if !self.checks.is_strict(place) || hides(left, true) || hides(right, false) {
            return Fits::Several;
        }
        Fits::One(whole)
    }
}
