//! What keeps the classes what they are: estimation may learn how noisy a file is, but not that one person has two given names.
//!
//! Where a file has few matches, or none, expectation maximization would make a class of matches of whatever pairs the other
//! two explain worst: married couples, namesakes, neighbors of one precinct.

use crate::level::{Kind, address, birth, first, last, middle, sex, suffix};
use crate::model::Shares;

/// Of one person's rows at most this share differ in a name or a birth date. The noisiest files have nearly as many.
const DIFFERENT_MAX: f64 = 0.2;
/// The same, of years of birth that are close.
const NEAR_YEAR_MAX: f64 = 0.3;
/// Rows of one person that say another sex.
const OTHER_SEX_MAX: f64 = 0.03;
/// The same, where the names differ, too.
const OTHER_SEX_AND_NAME_MAX: f64 = 0.1;
/// Different suffixes are met so many times as often between two people.
const CONFLICT_RATIO_MIN: f64 = 16.0;

/// Household mates mostly share their surname and, where it is compared, the address: else they are neighbors.
const MATES_SHARE_MIN: f64 = 0.5;

/// Keeps the class of matches one person and that of mates one household, and gives what a household shares no say about which of its people is meant.
pub fn hold(kind: Kind, kinds: &[Kind], shares: &mut Shares) {
    for group in 0..=2 {
        disagreement_is_no_evidence(kind, group, shares);
    }
    match kind {
        Kind::First => cap(kind, &mut shares.matches, &[first::ALIKE, first::DIFFERENT], DIFFERENT_MAX),
        Kind::Middle => cap(kind, &mut shares.matches, &[middle::DIFFERENT], DIFFERENT_MAX),
        Kind::Last => {
            cap(kind, &mut shares.matches, &last::DIFFERENT, DIFFERENT_MAX);
            cap(kind, &mut shares.mates, &last::NOT_EXACT, 1.0 - MATES_SHARE_MIN);
        }
        Kind::Address => cap(kind, &mut shares.mates, &address::NOT_EXACT, 1.0 - MATES_SHARE_MIN),
        Kind::Birth => {
            cap(kind, &mut shares.matches, &[birth::DIFFERENT], DIFFERENT_MAX);
            cap(kind, &mut shares.matches, &[birth::NEAR_YEAR], NEAR_YEAR_MAX);
            cap(kind, &mut shares.matches, &[birth::UNLIKE_AS_KNOWN], DIFFERENT_MAX);
            cap(kind, &mut shares.matches, &[birth::NEAR_YEAR_AS_KNOWN], NEAR_YEAR_MAX);
        }
        Kind::Sex => {
            cap(kind, &mut shares.matches, &[sex::CONFLICT], OTHER_SEX_MAX);
            cap(kind, &mut shares.matches, &[sex::CONFLICT_OTHER_NAME], OTHER_SEX_AND_NAME_MAX);
        }
        Kind::Suffix => {
            let most = shares.strangers[usize::from(suffix::CONFLICT) - 1] / CONFLICT_RATIO_MIN;
            cap(kind, &mut shares.matches, &[suffix::CONFLICT], most);
        }
        // A precinct that follows from the street is the whole household's.
        Kind::Dependent { on, .. } if kinds[on].is_shared() => {
            for (at, _) in kind.levels().iter().enumerate().filter(|(_, level)| level.group == 1) {
                shares.mates[at] = shares.matches[at];
            }
        }
        _ => {}
    }
}

/// The worst level of a group never speaks for one person: not even where nearly all strangers agree, as on the one city of a list.
fn disagreement_is_no_evidence(kind: Kind, group: u8, shares: &mut Shares) {
    let levels = kind.levels();
    let of_group = (0..levels.len()).filter(|at| levels[*at].group == group && levels[*at].rank > 1);
    let Some(worst) = of_group.max_by_key(|at| levels[*at].rank) else { return };
    let level = u8::try_from(worst + 1).expect("fewer than 16 levels");
    cap(kind, &mut shares.matches, &[level], shares.strangers[worst]);
}

/// Lowers levels, which are of one group, to at most this share together; the others of the group get the rest.
fn cap(kind: Kind, shares: &mut [f64], levels: &[u8], most: f64) {
    let all = kind.levels();
    let group = all[usize::from(levels[0]) - 1].group;
    let is_capped = |at: usize| levels.iter().any(|level| usize::from(*level) == at + 1);
    let (mut capped, mut others) = (0.0, 0.0);
    for at in (0..all.len()).filter(|at| all[*at].group == group) {
        *if is_capped(at) { &mut capped } else { &mut others } += shares[at];
    }
    if capped <= most || others <= 0.0 {
        return;
    }
    for at in (0..all.len()).filter(|at| all[*at].group == group) {
        shares[at] *= if is_capped(at) { most / capped } else { (1.0 - most) / others };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;

    #[test]
    fn a_class_of_couples_is_no_class_of_matches() {
        let mut shares = Model::prior(&[Kind::First], 0.1, 0.1).shares.remove(0);
        let different = usize::from(first::DIFFERENT) - 1;
        shares.matches = vec![0.01; shares.matches.len()];
        shares.matches[different] = 0.91;
        hold(Kind::First, &[Kind::First], &mut shares);
        assert!(shares.matches[different] <= 0.2, "{shares:?}");
        assert!((shares.matches.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{shares:?}");
    }

    #[test]
    fn another_city_never_speaks_for_one_person() {
        let mut shares = Model::prior(&[Kind::City], 0.1, 0.1).shares.remove(0);
        shares.strangers[5] = 0.01;
        hold(Kind::City, &[Kind::City], &mut shares);
        assert!(shares.matches[5] <= 0.01, "{shares:?}");
    }

    #[test]
    fn what_follows_from_the_address_is_the_households() {
        let kinds = [Kind::Address, Kind::Dependent { plain: 0, on: 0 }];
        let mut shares = Model::prior(&kinds, 0.1, 0.1).shares.remove(1);
        hold(kinds[1], &kinds, &mut shares);
        assert_eq!(shares.matches[3..6], shares.mates[3..6]);
        assert_ne!(shares.matches[..3], shares.mates[..3], "where nothing is known of the address it tells");
    }
}
