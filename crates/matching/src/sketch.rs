//! What little of a text says that it is unlike another: most texts that are compared are, and need not be looked up.

use crate::dictionary::Dictionary;

/// The letters that occur, whether there is a blank, and the length up to [`LENGTH_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sketch(u32);

const LETTERS: u32 = (1 << 26) - 1;
const BLANK: u32 = 1 << 26;
const LENGTH_MAX: u32 = 31;

impl Sketch {
    /// Of a text.
    #[must_use]
    pub fn new(text: &[u8]) -> Self {
        let mut bits = 0;
        for byte in text {
            match byte {
                b'A'..=b'Z' => bits |= 1 << (byte - b'A'),
                b' ' => bits |= BLANK,
                _ => {}
            }
        }
        Self(bits | u32::try_from(text.len()).unwrap_or(LENGTH_MAX).min(LENGTH_MAX) << 27)
    }

    /// Of each of a dictionary's values.
    #[must_use]
    pub fn all(values: &Dictionary) -> Vec<Self> {
        let numbers = 0..u32::try_from(values.len()).expect("numbers are 32 bits");
        numbers.map(|number| Self::new(values.bytes(number))).collect()
    }

    /// Whether there is a blank.
    #[must_use]
    pub fn has_blank(self) -> bool {
        self.0 & BLANK != 0
    }

    /// Whether the text is one byte.
    #[must_use]
    pub fn is_initial(self) -> bool {
        self.0 >> 27 == 1
    }

    /// Whether two texts may be equal but for blanks.
    #[must_use]
    pub fn may_have_the_same_letters(self, other: Self) -> bool {
        let blanks = self.has_blank() || other.has_blank();
        if blanks { (self.0 ^ other.0) & LETTERS == 0 } else { self == other }
    }

    /// Lengths, where both are known.
    fn lengths(self, other: Self) -> Option<[u32; 2]> {
        let lengths = [self.0 >> 27, other.0 >> 27];
        (lengths[0] < LENGTH_MAX && lengths[1] < LENGTH_MAX).then_some(lengths)
    }

    /// How many letters only one of the two has: a typing error makes two at most.
    fn letters_apart(self, other: Self) -> u32 {
        ((self.0 ^ other.0) & LETTERS).count_ones()
    }

    /// Whether there may be no more typing errors than so many between two texts.
    #[must_use]
    pub fn may_be_within(self, other: Self, errors: u32) -> bool {
        let near = self.lengths(other).is_none_or(|[a, b]| a.abs_diff(b) <= errors);
        near && self.letters_apart(other) <= 2 * errors
    }

    /// Whether two names may have a Jaro-Winkler similarity of 0.85, or no more than two typing errors.
    #[must_use]
    pub fn may_be_alike(self, other: Self) -> bool {
        let apart = self.letters_apart(other);
        let Some([a, b]) = self.lengths(other) else { return true };
        // With the most that a common beginning adds, 0.85 asks for a Jaro similarity of 0.75, that is for
        // m / a + m / b >= 1.25 where m letters match; and what does not match may be apart.
        let (sum, product) = (a + b, a * b);
        apart <= 4 || 2 * sum * apart <= 2 * sum * sum - 5 * product
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::similarity::{jaro_winkler, typing_errors};

    #[test]
    fn nothing_alike_is_passed_over() {
        let mut random = Random::new(3);
        for round in 0..200_000 {
            let letters = 3 + round % 12;
            let mut text = || -> Vec<u8> {
                (0..1 + random.below(12)).map(|_| b"ABCDEFGHIJKLMNO"[random.below(letters)]).collect()
            };
            let (left, right) = (text(), text());
            let (a, b) = (Sketch::new(&left), Sketch::new(&right));
            let alike = jaro_winkler(&left, &right) >= 0.85 || typing_errors(&left, &right, 2) <= 2;
            assert!(!alike || a.may_be_alike(b), "{left:?} {right:?}");
            for errors in 1..=3 {
                let within = typing_errors(&left, &right, errors as usize) <= errors as usize;
                assert!(!within || a.may_be_within(b, errors), "{left:?} {right:?} {errors}");
            }
        }
    }

    #[test]
    fn letters_and_blanks() {
        let sketch = |text: &str| Sketch::new(text.as_bytes());
        assert!(sketch("VAN DYKE").may_have_the_same_letters(sketch("VANDYKE")));
        assert!(!sketch("VANDYKE").may_have_the_same_letters(sketch("VANDYKES")));
        assert!(sketch("J").is_initial() && !sketch("JO").is_initial() && !sketch("").is_initial());
    }
}
