//! One row as it is compared: numbers of interned values. 0 is missing, everywhere.

/// A prepared row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
// A row is one look at memory.
#[repr(align(64))]
pub struct Row {
    /// Given name.
    pub first: u32,
    /// Middle name.
    pub middle: u32,
    /// Surname.
    pub last: u32,
    /// `YYYYMMDD` with zeros for what is not known.
    pub birth: u32,
    /// House number.
    pub house: u32,
    /// Street in standard form.
    pub street: u32,
    /// House number and street together.
    pub address: u32,
    /// Unit.
    pub unit: u32,
    /// City.
    pub city: u32,
    /// Postal code.
    pub zip: u32,
    /// State.
    pub state: u32,
    /// Telephone.
    pub phone: u32,
    /// How often each digit occurs in the telephone, see [`digits_of`]; or 0, which says nothing.
    pub phone_digits: u32,
    /// E-mail address.
    pub email: u32,
    /// `F`, `M`, or 0.
    pub sex: u8,
    /// 1 `JR`, 2 `SR`, 3 `I`, … (see `prepare`), or 0.
    pub suffix: u8,
}

/// How often each digit occurs, up to seven times: three bits each.
#[must_use]
pub fn digits_of(number: &[u8]) -> u32 {
    let mut counts = 0;
    for byte in number.iter().filter(|byte| byte.is_ascii_digit()) {
        let place = u32::from(byte - b'0') * 3;
        if counts >> place & 7 < 7 {
            counts += 1 << place;
        }
    }
    counts
}

/// How many digits do not occur equally often; a wrong digit makes two at most. 0 where nothing is known.
#[must_use]
pub fn digits_apart(one: u32, other: u32) -> u32 {
    if one == 0 || other == 0 {
        return 0;
    }
    let apart = one ^ other;
    ((apart | apart >> 1 | apart >> 2) & 0o1_111_111_111).count_ones()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_digit_makes_two_apart() {
        let apart =
            |one: &str, other: &str| digits_apart(digits_of(one.as_bytes()), digits_of(other.as_bytes()));
        assert_eq!(apart("+19195550100", "+19195550100"), 0);
        assert_eq!(apart("+19195550100", "+19195550101"), 2);
        assert_eq!(apart("+19195550100", "+1919555010"), 1);
        assert_eq!(apart("+19195550100", "+19195551000"), 0);
        assert!(apart("+19195550100", "+18285550123") > 2);
        assert_eq!(apart("9999999999", "9999999"), 0, "seven or more");
        assert_eq!(apart("", "9195550100"), 0);
    }
}
