//! Archives of small files in the form that every `tar` reads (POSIX ustar).

const BLOCK: usize = 512;

/// A file in a folder of the archive. Names are short and plain: they come from us.
#[must_use]
pub fn file(folder: &str, path: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    // The folder stands in a field of its own.
    put(0, &path[..path.len().min(100)]);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{:011o}\0", bytes.len()));
    put(136, "00000000000\0");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\0");
    put(263, "00");
    put(345, &folder[..folder.len().min(155)]);
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut entry = Vec::with_capacity(BLOCK + bytes.len().next_multiple_of(BLOCK));
    entry.extend_from_slice(&header);
    entry.extend_from_slice(bytes);
    entry.resize(BLOCK + bytes.len().next_multiple_of(BLOCK), 0);
    entry
}

/// What every archive ends with.
#[must_use]
pub fn end() -> Vec<u8> {
    vec![0; 2 * BLOCK]
}
