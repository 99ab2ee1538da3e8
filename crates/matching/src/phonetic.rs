//! How a name sounds, roughly: for finding candidates, never as evidence.

/// A code of up to eight letters that names of like sound share. Our own, in the manner of NYSIIS: first letter kept
/// (as it sounds), vowels dropped, like consonants merged, doubles dropped.
///
/// ```
/// use hustings_matching::phonetic::sound;
/// assert_eq!(sound(b"SMITH"), sound(b"SMYTHE"));
/// assert_eq!(sound(b"PHILIPS"), sound(b"FILLIPPS"));
/// assert_ne!(sound(b"SMITH"), sound(b"JONES"));
/// ```
#[must_use]
pub fn sound(name: &[u8]) -> u64 {
    let mut code = 0_u64;
    let mut letters = 0;
    let mut last = 0_u8;
    let mut at = 0;
    while at < name.len() && letters < 8 {
        let (letter, width) = heard(&name[at..], at == 0);
        at += width;
        if letter != 0 && letter != last {
            code = code << 8 | u64::from(letter);
            letters += 1;
        }
        last = letter;
    }
    code
}

/// The letter that is heard at the beginning of the rest (0 for none), and how many bytes it takes.
fn heard(rest: &[u8], first: bool) -> (u8, usize) {
    let next = rest.get(1).copied().unwrap_or_default();
    match (rest[0], next) {
        (b'P', b'H') => (b'F', 2),
        (b'C', b'K') => (b'K', 2),
        (b'S', b'C') if rest.get(2) == Some(&b'H') => (b'S', 3),
        (b'S' | b'T' | b'C', b'H') => (if rest[0] == b'T' { b'T' } else { b'S' }, 2),
        (b'G' | b'K', b'N') if first => (b'N', 2),
        (b'W', b'R') if first => (b'R', 2),
        (b'G' | b'R' | b'W', b'H') => (if rest[0] == b'W' { 0 } else { rest[0] }, 2),
        (b'C', b'E' | b'I' | b'Y') => (b'S', 1),
        (b'C' | b'Q', _) => (b'K', 1),
        (b'Z', _) => (b'S', 1),
        (b'X', _) => (b'S', 1),
        (b'G', b'E' | b'I' | b'Y') => (b'J', 1),
        (b'D', b'T') => (b'T', 2),
        (b'V', _) => (b'F', 1),
        (b'M', _) => (b'M', 1),
        (b'A' | b'E' | b'I' | b'O' | b'U' | b'Y', _) => (if first { b'A' } else { 0 }, 1),
        (b'H' | b'W', _) if !first => (0, 1),
        (letter, _) => (letter, 1),
    }
}
