//! What comes out of an archive, up to a bound: a few kilobytes that swell to the size of a disk are refused in time.

use std::io::{self, Read};

/// How many bytes may come of each packed one. Deflate reaches 1,032; lists with blanks to a fixed width reach 40.
const RATIO_MAX: u64 = 250;
/// From how many unpacked bytes of a file or archive on that is asked: what is small does no harm.
const FREE: u64 = 4 << 20;

/// A reader that ends in an error once more than a list can hold has come of so few packed bytes.
#[derive(Debug)]
pub struct Unpacked<R> {
    reader: R,
    packed: u64,
    left: u64,
}

impl<R: Read> Unpacked<R> {
    /// Bounds `reader`, which unpacks one of `members` of an archive, of `packed` bytes. All together come to no more than
    /// one alone might.
    pub fn new(reader: R, packed: u64, members: usize) -> Self {
        let free = FREE / u64::try_from(members.max(1)).unwrap_or(u64::MAX);
        Self { reader, packed, left: packed.saturating_mul(RATIO_MAX).max(free) }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        match self.left.checked_sub(u64::try_from(count).unwrap_or(u64::MAX)) {
            Some(left) => self.left = left,
            None => {
                let Self { packed, .. } = self;
                return Err(io::Error::other(format!(
                    "more than {RATIO_MAX} times its {packed} packed bytes come out of it, which no list does: ask for it unpacked"
                )));
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_swells_ends_in_an_error_and_what_is_small_or_honest_does_not() {
        let read_of = |bytes: u64, packed, members| {
            io::copy(&mut Unpacked::new(io::repeat(b'0').take(bytes), packed, members), &mut io::sink())
        };
        let read = |bytes, packed| read_of(bytes, packed, 1);
        // Many small members swell no further together.
        assert!(read_of(FREE / 100, 10, 100).is_ok() && read_of(FREE / 100 + 1, 10, 100).is_err());
        assert_eq!(read(FREE, 100).unwrap(), FREE);
        assert!(
            read(FREE + 1, 100)
                .unwrap_err()
                .to_string()
                .starts_with("more than 250 times its 100 packed bytes")
        );
        assert_eq!(read(2 * FREE, (2 * FREE).div_ceil(RATIO_MAX)).unwrap(), 2 * FREE);
    }
}
