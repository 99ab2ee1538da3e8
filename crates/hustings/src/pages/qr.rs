//! The picture that an authenticator app reads, drawn as one path.

use qrcode::{Color, QrCode};
use std::fmt::Write as _;

/// Modules of white around the picture, as the standard asks.
const QUIET: usize = 4;

/// A QR code as the attributes of an SVG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width and height in modules, with the white around.
    pub size: usize,
    /// The dark modules.
    pub path: String,
}

/// The picture of a text; none when it is too long for one.
#[must_use]
pub fn picture(text: &str) -> Option<Picture> {
    let code = QrCode::new(text.as_bytes()).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            // Writing to a string does not fail.
            let _ = write!(path, "M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET);
        }
    }
    Some(Picture { size: width + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finders_stand_in_three_corners() {
        let picture = picture("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ").unwrap();
        let last = picture.size - QUIET - 1;
        for (x, y) in [(QUIET, QUIET), (last, QUIET), (QUIET, last)] {
            assert!(picture.path.contains(&format!("M{x} {y}h1")), "{x} {y}");
        }
        assert!(!picture.path.contains("M0 "), "white around it");
        assert!(super::picture(&"a".repeat(5000)).is_none());
    }
}
