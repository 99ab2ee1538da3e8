//! From a line's bytes to text, without the dirt that never means anything.

use super::rule::{Repair, RepairSet};
use crate::encoding::{UTF8_MARK, decode_cp1252};
use crate::format::TextEncoding;

/// A line's bytes made text, without the dirt that never means anything.
pub(crate) struct Cleaned {
    pub text: String,
    pub repairs: RepairSet,
}

/// The text of a line, and what had to be taken out of it.
pub(crate) fn clean(line: &[u8], encoding: TextEncoding) -> Cleaned {
    let mut repairs = RepairSet::NONE;
    let mut rest = line;
    if let Some(without_mark) = rest.strip_prefix(UTF8_MARK) {
        rest = without_mark;
        repairs = repairs.with(Repair::ByteOrderMarkStripped);
    }
    while let [head @ .., end @ (0 | 0x1A)] = rest {
        rest = head;
        repairs = repairs.with(if *end == 0 { Repair::NulStripped } else { Repair::EndOfFileStripped });
    }
    // Files of old systems put end to end: the mark of one stands before the first row of the next.
    while let [0x1A, tail @ ..] = rest {
        rest = tail;
        repairs = repairs.with(Repair::EndOfFileStripped);
    }
    let mut bytes = rest.to_vec();
    if memchr::memchr(0, &bytes).is_some() {
        bytes.retain(|byte| *byte != 0);
        repairs = repairs.with(Repair::NulStripped);
    }
    if memchr::memchr(b'\r', &bytes).is_some() {
        bytes.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b' ');
        repairs = repairs.with(Repair::CarriageReturnBlanked);
    }
    let text = match (String::from_utf8(bytes), encoding) {
        (Ok(text), TextEncoding::Utf8) => text,
        (Ok(text), TextEncoding::Cp1252) if text.is_ascii() => text,
        (result, _) => {
            if encoding == TextEncoding::Utf8 {
                repairs = repairs.with(Repair::MixedEncoding);
            }
            let bytes = result.map_or_else(std::string::FromUtf8Error::into_bytes, String::into_bytes);
            let mut text = String::new();
            decode_cp1252(&bytes, &mut text);
            text
        }
    };
    Cleaned { text, repairs }
}
