//! Where the header of a list stands: vendors write titles above it.

use hustings_matching::field::Field;

/// It stands among so many first rows that are not blank.
pub(super) const HEADER_WITHIN: usize = 20;

/// The place of the header among the first rows: the one that names most of what is known, where it names two at least and
/// each row above it has fewer cells or names nothing; else the first with several cells, or the first.
pub(super) fn header_place(rows: &[Vec<String>]) -> usize {
    let filled = |row: &Vec<String>| row.iter().filter(|cell| !cell.is_empty()).count();
    let known = |row: &Vec<String>| row.iter().filter(|cell| Field::of_header(cell).is_some()).count();
    // The first of equals.
    let best = rows.iter().enumerate().rev().max_by_key(|(_, row)| known(row));
    let says_less = |above: &Vec<String>, row| filled(above) < filled(row) || known(above) == 0;
    let best =
        best.filter(|(at, row)| known(row) > 1 && rows[..*at].iter().all(|above| says_less(above, row)));
    let first_is_known = rows.first().is_some_and(|row| known(row) > 0);
    let several = || rows.iter().position(|row| filled(row) > 1).filter(|_| !first_is_known);
    best.map(|(at, _)| at).or_else(several).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::header_place;

    #[test]
    fn it_is_found_below_what_stands_above() {
        let check = |rows: &[&str], expected: usize| {
            let rows: Vec<Vec<String>> =
                rows.iter().map(|row| row.split(',').map(str::to_owned).collect()).collect();
            assert_eq!(header_place(&rows), expected, "{rows:?}");
        };
        check(&["Acme Data,", "as of 11/01,confidential", "FNAME,Last Name,Phone #,", "Ann,Lee,919"], 2);
        check(&["id,first_name,last_name", "1,ANN,LEE"], 0);
        check(&["color,shoe", "RED,41"], 0);
        check(&["Volunteers", "color,shoe"], 1);
        check(&["name", "ANN"], 0);
        check(&["name", "LEE,ANN"], 0);
        check(&["Our list, of May", "name,phone"], 1);
        check(&["name,kind,value", "ANN,first_name,last_name"], 0);
        check(&[], 0);
    }
}
