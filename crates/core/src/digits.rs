//! Bytes as digits that people and programs copy: hexadecimal, and base 32 in two alphabets.

/// Digits and lower-case letters without `i`, `l`, `o` and `u`, which are taken for others.
pub const DIGITS_AND_LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// The alphabet of RFC 4648, as apps for second factors read it.
pub const LETTERS_FIRST: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Bytes in lower-case hexadecimal digits, two each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(HEX[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Bytes from their one spelling in hexadecimal digits; none for any other text.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes.filter(|_| rest.is_empty())
}

/// Whole blocks of five bytes in base 32, eight characters each. What is left over, of which no block is made, is not written.
#[must_use]
pub fn base32(bytes: &[u8], alphabet: &[u8; 32]) -> String {
    let (blocks, _) = bytes.as_chunks::<5>();
    let mut text = String::with_capacity(blocks.len() * 8);
    for chunk in blocks {
        let block = chunk.iter().fold(0_u64, |block, byte| (block << 8) | u64::from(*byte));
        for place in (0..8).rev() {
            let digit = usize::try_from((block >> (5 * place)) & 31).unwrap_or(0);
            text.push(char::from(alphabet[digit]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hexadecimal_digit_is_read_as_its_value_and_written_in_one_way() {
        let all = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
        assert_eq!(hex(&all), "0123456789abcdef");
        assert_eq!(from_hex("0123456789abcdef").unwrap(), all);
        assert_eq!((hex(&[]), from_hex("")), (String::new(), Some(Vec::new())));
        for wrong in ["0", "0g", "/0", ":0", "`0", "0A", "0x", " 00", "00 ", "\u{e9}"] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn base_32_is_that_of_the_rfc() {
        assert_eq!(base32(b"12345678901234567890", LETTERS_FIRST), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(base32(&[255, 255, 255, 255, 254], DIGITS_AND_LETTERS), "zzzzzzzy");
        assert_eq!(base32(&[0; 5], DIGITS_AND_LETTERS), "00000000");
    }
}
