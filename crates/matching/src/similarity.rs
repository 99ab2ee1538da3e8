//! How alike two texts are. On bytes: texts are folded to ASCII where an ASCII spelling exists.

/// Longer texts are compared by their beginnings.
const LENGTH_MAX: usize = 64;

fn cut(text: &[u8]) -> &[u8] {
    &text[..text.len().min(LENGTH_MAX)]
}

/// Typing errors between two texts: insertions, deletions, replacements, and swaps of neighbors (optimal string
/// alignment), or `limit + 1` when there are more than `limit`.
#[must_use]
pub fn typing_errors(left: &[u8], right: &[u8], limit: usize) -> usize {
    let (mut left, mut right) = (cut(left), cut(right));
    let prefix = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    (left, right) = (&left[prefix..], &right[prefix..]);
    let suffix = left.iter().rev().zip(right.iter().rev()).take_while(|(a, b)| a == b).count();
    (left, right) = (&left[..left.len() - suffix], &right[..right.len() - suffix]);
    if left.is_empty() || right.is_empty() {
        return left.len().max(right.len()).min(limit + 1);
    }
    if left.len().abs_diff(right.len()) > limit {
        return limit + 1;
    }
    if limit == 1 {
        // What is left differs at both ends: one replacement or one swap, or more.
        return match (left, right) {
            ([_], [_]) => 1,
            ([a, b], [c, d]) if a == d && b == c => 1,
            _ => 2,
        };
    }
    if right.len() > SHORT {
        in_rows::<{ LENGTH_MAX + 1 }>(left, right, limit)
    } else {
        in_rows::<{ SHORT + 1 }>(left, right, limit)
    }
}

/// Most names are no longer: less memory to be cleared.
const SHORT: usize = 15;

fn in_rows<const WIDTH: usize>(left: &[u8], right: &[u8], limit: usize) -> usize {
    let far = u8::MAX / 2;
    let limit_byte = u8::try_from(limit).unwrap_or(far).min(far - 1);
    let mut before = [far; WIDTH];
    let mut last = [far; WIDTH];
    let mut row = [far; WIDTH];
    for (cell, count) in last[..=right.len()].iter_mut().zip(0_u8..) {
        *cell = count;
    }
    for (i, (a, count)) in left.iter().zip(1_u8..).enumerate() {
        row[0] = count;
        // Cells further from the diagonal are beyond the limit.
        let from = i.saturating_sub(limit);
        let to = (i + limit + 1).min(right.len());
        if from > 0 {
            row[from] = far;
        }
        let mut least = if from == 0 { count } else { far };
        for j in from..to {
            let b = right[j];
            let mut cost = (last[j] + u8::from(*a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == b {
                cost = cost.min(before[j - 1] + 1);
            }
            row[j + 1] = cost;
            least = least.min(cost);
        }
        if to < right.len() {
            row[to + 1] = far;
        }
        if least > limit_byte {
            return limit + 1;
        }
        (before, last, row) = (last, row, before);
    }
    usize::from(last[right.len()]).min(limit + 1)
}

/// Jaro-Winkler similarity, 0 to 1.
#[must_use]
pub fn jaro_winkler(left: &[u8], right: &[u8]) -> f64 {
    let (left, right) = (cut(left), cut(right));
    if left.is_empty() || right.is_empty() {
        return 0.0;
    }
    let window = (left.len().max(right.len()) / 2).saturating_sub(1);
    let mut taken = 0_u64;
    let mut found = [0_u8; LENGTH_MAX];
    let mut matches = 0;
    for (i, a) in left.iter().enumerate() {
        let from = i.saturating_sub(window);
        let to = (i + window + 1).min(right.len());
        for (j, b) in right.iter().enumerate().take(to).skip(from) {
            if taken & (1 << j) == 0 && a == b {
                taken |= 1 << j;
                found[matches] = *a;
                matches += 1;
                break;
            }
        }
    }
    if matches == 0 {
        return 0.0;
    }
    let in_right = right.iter().enumerate().filter(|(j, _)| taken & (1 << j) != 0).map(|(_, b)| b);
    let moved = found[..matches].iter().zip(in_right).filter(|(a, b)| a != b).count() / 2;
    let matched = matches as f64;
    let jaro =
        (matched / left.len() as f64 + matched / right.len() as f64 + (matched - moved as f64) / matched)
            / 3.0;
    let prefix = left.iter().zip(right).take(4).take_while(|(a, b)| a == b).count();
    jaro + prefix as f64 * 0.1 * (1.0 - jaro)
}

/// Equal but for blanks.
pub(crate) fn same_letters([a, b]: [&[u8]; 2]) -> bool {
    let letters = |name: &'_ [u8]| name.iter().copied().filter(|byte| *byte != b' ').collect::<Vec<u8>>();
    a == b || (a.contains(&b' ') || b.contains(&b' ')) && letters(a) == letters(b)
}

/// Whether a whole word of one of two names, of which one has several, is the other, or a word of the other.
pub(crate) fn part_equal([x, y]: [&[u8]; 2]) -> bool {
    let word = |name: &[u8], other: &[u8]| {
        other.split(|byte| *byte == b' ').any(|word| word == name && word.len() > 1)
    };
    let several = |name: &[u8]| name.contains(&b' ');
    several(x) && (word(y, x) || several(y) && x.split(|byte| *byte == b' ').any(|part| word(part, y)))
        || several(y) && word(x, y)
}

/// 2 for a typing error, 1 for names somewhat alike, 0 for different ones.
pub(crate) fn names_alike([x, y]: [&[u8]; 2]) -> u8 {
    let shorter = x.len().min(y.len());
    if x[0] != y[0] && x.last() != y.last() && x.get(1) != y.get(1) {
        return 0;
    }
    let errors = typing_errors(x, y, 2);
    if errors <= 1 && shorter > 2 || errors == 2 && shorter > 6 {
        return 2;
    }
    let winkler = jaro_winkler(x, y);
    if winkler >= 0.92 && shorter > 3 {
        return 2;
    }
    u8::from(winkler >= 0.85 && shorter > 2 || errors <= 2 && shorter > 4)
}

/// The most typing errors between alike streets.
pub(crate) const STREET_ERRORS_MAX: u32 = 3;

/// Whether two longer texts differ by typing errors only: one for up to seven letters, two up to fifteen, then three.
pub(crate) fn streets_alike(x: &[u8], y: &[u8]) -> u8 {
    let shorter = x.len().min(y.len());
    let limit = match shorter {
        0..=3 => return 0,
        4..=7 => 1,
        8..=15 => 2,
        _ => 3,
    };
    u8::from(typing_errors(x, y, limit) <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_counted() {
        let check = |left: &str, right: &str, expect| {
            assert_eq!(typing_errors(left.as_bytes(), right.as_bytes(), 3), expect, "{left} {right}");
            assert_eq!(typing_errors(right.as_bytes(), left.as_bytes(), 3), expect, "{right} {left}");
        };
        check("MARTHA", "MARTHA", 0);
        check("MARTHA", "MARHTA", 1);
        check("SMITH", "SMYTHE", 2);
        check("", "ABC", 3);
        check("KITTEN", "SITTING", 3);
        check("ABCDEF", "UVWXYZ", 4);
        check("CA", "ABC", 3);
    }

    /// The whole table, without limits.
    fn plain(left: &[u8], right: &[u8]) -> usize {
        let mut cost = vec![vec![0; right.len() + 1]; left.len() + 1];
        for i in 0..=left.len() {
            for j in 0..=right.len() {
                cost[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let replaced = cost[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
                    let swapped =
                        i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
                    let swapped = if swapped { cost[i - 2][j - 2] + 1 } else { usize::MAX };
                    replaced.min(cost[i - 1][j] + 1).min(cost[i][j - 1] + 1).min(swapped)
                };
            }
        }
        cost[left.len()][right.len()]
    }

    #[test]
    fn short_cuts_give_what_the_whole_table_gives() {
        let mut random = crate::random::Random::new(1);
        for round in 0..20_000 {
            let mut text = |letters: usize| -> Vec<u8> {
                let length = random.below(if round % 4 == 0 { 24 } else { 9 });
                (0..length).map(|_| b"ABCDEF"[random.below(letters)]).collect()
            };
            let letters = 2 + round % 3;
            let (left, right) = (text(letters), text(letters));
            let all = plain(&left, &right);
            for limit in 1..=4 {
                assert_eq!(
                    typing_errors(&left, &right, limit),
                    all.min(limit + 1),
                    "{left:?} {right:?} {limit}"
                );
            }
        }
    }

    #[test]
    fn jaro_winkler_gives_the_published_values() {
        let check = |left: &str, right: &str, expect: f64| {
            let got = jaro_winkler(left.as_bytes(), right.as_bytes());
            assert!((got - expect).abs() < 0.0005, "{left} {right} {got}");
        };
        check("MARTHA", "MARHTA", 0.961);
        check("DWAYNE", "DUANE", 0.840);
        check("DIXON", "DICKSONX", 0.813);
        check("ABC", "XYZ", 0.0);
    }
}
