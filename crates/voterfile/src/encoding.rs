//! Text encodings of state lists: byte-order marks and Windows code page 1252.

use encoding_rs::{CoderResult, WINDOWS_1252};

/// The UTF-8 byte-order mark.
pub const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Why a file cannot be read as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// The file starts with a UTF-16 byte-order mark.
    #[error("expected UTF-8 or Windows-1252 text, got a UTF-16 byte-order mark: save the file as UTF-8")]
    Utf16Mark,
    /// More than a quarter of the bytes are NUL: UTF-16 without a mark, or no text at all.
    #[error(
        "expected UTF-8 or Windows-1252 text, got {nul_bytes} NUL bytes among {bytes}: UTF-16 or not a text file"
    )]
    MostlyNul {
        /// NUL bytes in the file.
        nul_bytes: u64,
        /// Bytes in the file.
        bytes: u64,
    },
}

/// Puts the text of cp1252 `bytes` into `text`, replacing what was there. Never fails: the five bytes that the code page
/// leaves undefined become control characters.
pub fn decode_cp1252(bytes: &[u8], text: &mut String) {
    text.clear();
    let mut decoder = WINDOWS_1252.new_decoder_without_bom_handling();
    text.reserve(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len().saturating_mul(3)));
    let mut rest = bytes;
    loop {
        let (result, read, _) = decoder.decode_to_string(rest, text, true);
        if result == CoderResult::InputEmpty {
            return;
        }
        rest = rest.get(read..).unwrap_or_default();
        text.reserve(rest.len().saturating_mul(3).max(16));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> String {
        let mut text = String::from("left over");
        decode_cp1252(bytes, &mut text);
        text
    }

    #[test]
    fn cp1252_bytes_become_their_letters() {
        assert_eq!(decoded(b"NU\xD1EZ"), "NUÑEZ");
        assert_eq!(decoded(b"O\x92BRIEN \x80"), "O\u{2019}BRIEN €");
        assert_eq!(decoded(b""), "");
    }

    #[test]
    fn undefined_bytes_become_controls_and_every_byte_has_a_character() {
        assert_eq!(decoded(b"\x81\x8D\x8F\x90\x9D"), "\u{81}\u{8D}\u{8F}\u{90}\u{9D}");
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decoded(&all).chars().count(), 256);
        assert_eq!(decoded(&[0xFF; 10_000]).chars().count(), 10_000);
    }
}
