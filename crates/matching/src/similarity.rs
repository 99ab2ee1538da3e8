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
    let mut before = [0_usize; LENGTH_MAX + 1];
    let mut last = [0_usize; LENGTH_MAX + 1];
    let mut row = [0_usize; LENGTH_MAX + 1];
    for (at, cell) in last[..=right.len()].iter_mut().enumerate() {
        *cell = at;
    }
    for (i, a) in left.iter().enumerate() {
        row[0] = i + 1;
        let mut least = row[0];
        for (j, b) in right.iter().enumerate() {
            let mut cost = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                cost = cost.min(before[j - 1] + 1);
            }
            row[j + 1] = cost;
            least = least.min(cost);
        }
        if least > limit {
            return limit + 1;
        }
        (before, last, row) = (last, row, before);
    }
    last[right.len()].min(limit + 1)
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
