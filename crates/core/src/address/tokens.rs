//! A line as upper-case ASCII words: case, marks, punctuation and blanks settled before anything is understood.

use super::tables::{Tables, Word, flag};
use crate::fold::{fold_char, is_apostrophe, is_hyphen};

/// One word of the line, as a range of the folded text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    pub word: &'static Word,
    pub has_digit: bool,
    pub has_letter: bool,
    /// Something else than letters and digits is in it: a hyphen, a slash, a point, another alphabet.
    pub has_other: bool,
    /// `5TH`, `22ND`.
    pub ordinal: bool,
}

impl Token {
    pub fn text<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start..self.end]
    }

    pub fn has(&self, bits: u32) -> bool {
        self.word.flags & bits != 0
    }

    pub fn is_number(&self) -> bool {
        self.has_digit && !self.has_letter && !self.has_other
    }

    pub fn is_suffix(&self) -> bool {
        !self.word.suffix.is_empty()
    }

    pub fn is_directional(&self) -> bool {
        !self.word.directional.is_empty()
    }

    pub fn is_unit(&self) -> bool {
        !self.word.unit.is_empty()
    }
}

/// The words of one line and what all of them together hold.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    pub text: String,
    pub list: Vec<Token>,
    /// The flags of all words.
    pub flags: u32,
    /// A letter of another alphabet occurs.
    pub foreign_letters: bool,
    start: usize,
    folded: String,
    /// The open word was joined over points (`U.S`).
    dotted: bool,
    /// The open word follows a number and a lone hyphen.
    range: bool,
}

const HASH: char = '#';

impl Tokens {
    /// Empties the buffers and keeps their memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.list.clear();
        self.flags = 0;
        self.foreign_letters = false;
        self.start = 0;
        self.dotted = false;
        self.range = false;
    }

    /// Reads `input` and appends its words.
    pub fn read(&mut self, input: &str, tables: &'static Tables) {
        self.read_open(input, tables);
        self.close(tables);
    }

    /// Like [`Self::read`], but what follows may continue the last word.
    pub fn read_open(&mut self, input: &str, tables: &'static Tables) {
        if input.bytes().all(|byte| byte.is_ascii() && byte != b'\'' && byte != b'`') {
            self.read_folded(input, tables);
            return;
        }
        // Marks and apostrophes go first, so that the rules for points and hyphens see the letters as they will stand.
        let mut folded = std::mem::take(&mut self.folded);
        folded.clear();
        for character in input.chars() {
            match character {
                _ if is_apostrophe(character) => {}
                _ if is_hyphen(character) => folded.push('-'),
                '½' => folded.push_str(" 1/2 "),
                '¼' => folded.push_str(" 1/4 "),
                '¾' => folded.push_str(" 3/4 "),
                _ => match fold_char(character) {
                    Some(text) => folded.push_str(text),
                    None => folded.push(character),
                },
            }
        }
        self.read_folded(&folded, tables);
        self.folded = folded;
    }

    fn read_folded(&mut self, input: &str, tables: &'static Tables) {
        let bytes = input.as_bytes();
        let mut index = 0;
        while index < bytes.len() {
            let byte = bytes[index];
            match byte {
                b'A'..=b'Z' | b'0'..=b'9' => self.text.push(char::from(byte)),
                b'a'..=b'z' => self.text.push(char::from(byte.to_ascii_uppercase())),
                b' ' | b'\t' => self.close(tables),
                _ => {
                    let Some(character) = input[index..].chars().next() else { break };
                    let next = index + character.len_utf8();
                    self.read_mark(character, &input[next..], tables);
                    index = next;
                    continue;
                }
            }
            index += 1;
        }
    }

    /// Marks a boundary that no word crosses, as between two columns.
    pub fn close(&mut self, tables: &'static Tables) {
        self.dotted = false;
        if self.text.len() == self.start {
            return;
        }
        let (start, end) = (self.start, self.text.len());
        self.start = end;
        self.push(start, end, tables);
    }

    fn open_text(&self) -> &str {
        &self.text[self.start..]
    }

    fn mark(&mut self, mark: char, tables: &'static Tables) {
        self.close(tables);
        self.text.push(mark);
        self.close(tables);
    }

    /// Everything that is not an ASCII letter, digit or blank.
    fn read_mark(&mut self, character: char, rest: &str, tables: &'static Tables) {
        let next = rest.chars().next().unwrap_or(' ');
        let last = self.open_text().chars().next_back().unwrap_or(' ');
        match character {
            '.' => {
                if last.is_ascii_digit() && next.is_ascii_digit() {
                    self.text.push('.');
                } else if self.single_letter_open() && next.is_ascii_alphabetic() && !letter_run(rest) {
                    self.dotted = true;
                } else {
                    self.close(tables);
                }
            }
            HASH => self.mark(HASH, tables),
            '&' | '+' | '@' => self.mark('&', tables),
            '/' => self.slash(last, rest, tables),
            '-' => self.hyphen(rest, tables),
            _ if character.is_alphanumeric() => {
                self.foreign_letters |= character.is_alphabetic();
                self.text.extend(character.to_uppercase().filter(|upper| upper.is_alphanumeric()));
            }
            _ => self.close(tables),
        }
    }

    /// Whether the open word is one letter, alone or after other dotted letters (`N.W.`).
    fn single_letter_open(&self) -> bool {
        let open = self.open_text().as_bytes();
        (open.len() == 1 || self.dotted) && open.iter().all(u8::is_ascii_alphabetic)
    }

    fn slash(&mut self, last: char, rest: &str, tables: &'static Tables) {
        let next = rest.chars().next().unwrap_or(' ');
        if !last.is_ascii_alphanumeric() || !next.is_ascii_alphanumeric() {
            self.close(tables);
        } else if last.is_ascii_digit()
            || next.is_ascii_digit()
            || self.open_text().len() < 2
            || !letter_run(rest)
        {
            self.text.push('/');
        } else {
            self.mark('&', tables);
        }
    }

    /// A hyphen is significant beside a digit (`123-45`, `18-D`, `B-12`); elsewhere it is a blank.
    fn hyphen(&mut self, rest: &str, tables: &'static Tables) {
        let next = rest.bytes().next().unwrap_or(b' ');
        let open = self.open_text();
        let last = open.bytes().next_back().unwrap_or(b' ');
        let letters_behind = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let letters_before = open.bytes().rev().take_while(u8::is_ascii_alphabetic).count();
        let keep = match (last.is_ascii_digit(), next.is_ascii_digit()) {
            (true, true) => true,
            (true, false) => (1..=2).contains(&letters_behind),
            (false, true) => (1..=2).contains(&letters_before),
            (false, false) => false,
        };
        if keep {
            self.text.push('-');
            return;
        }
        self.close(tables);
        // `12 - 14 MAIN ST`: kept until the next word shows whether it is the end of a range.
        if let [token] = self.list.as_slice()
            && token.is_number()
            && token.end == self.text.len()
        {
            self.text.push('-');
            self.start = self.text.len();
            self.range = true;
        }
    }

    fn push(&mut self, start: usize, end: usize, tables: &'static Tables) {
        let bytes = &self.text.as_bytes()[start..end];
        let (mut has_digit, mut has_letter, mut has_other) = (false, false, false);
        for byte in bytes {
            match byte {
                b'0'..=b'9' => has_digit = true,
                b'A'..=b'Z' => has_letter = true,
                _ => has_other = true,
            }
        }
        if std::mem::take(&mut self.range) && has_digit && !has_letter && !has_other {
            self.list[0].end = end;
            self.list[0].has_other = true;
            return;
        }
        // `123-1/2` is a number and a fraction; `APT4`, `NC-55` are a word and its number.
        if has_digit && (has_letter || has_other) && self.split(start, end, tables) {
            return;
        }
        let word = if has_digit && has_letter { tables.get("") } else { tables.get(&self.text[start..end]) };
        self.flags |= word.flags;
        let ordinal = has_digit && has_letter && !has_other && is_ordinal(&self.text[start..end]);
        self.list.push(Token { start, end, word, has_digit, has_letter, has_other, ordinal });
    }

    /// Pushes the two halves of a word that is two, and says whether it did.
    fn split(&mut self, start: usize, end: usize, tables: &'static Tables) -> bool {
        let text = &self.text[start..end];
        let first_digit = text.bytes().position(|byte| byte.is_ascii_digit()).unwrap_or(0);
        if first_digit == 0 {
            let Some(hyphen) = text.find('-') else { return false };
            if !is_fraction(&text[hyphen + 1..]) {
                return false;
            }
            self.push(start, start + hyphen, tables);
            self.push(start + hyphen + 1, end, tables);
            return true;
        }
        let head = text[..first_digit].trim_end_matches('-');
        if !head.bytes().all(|byte| byte.is_ascii_alphabetic()) || !self.splits(head, tables.get(head)) {
            return false;
        }
        let (head_end, tail_start) = (start + head.len(), start + first_digit);
        self.push(start, head_end, tables);
        self.push(tail_start, end, tables);
        true
    }

    /// Whether letters before a digit are a word of their own. An id behind a designator (`APT NC5`) is left whole.
    fn splits(&self, head: &str, word: &Word) -> bool {
        let before = self.list.last();
        if before.is_some_and(Token::is_unit) {
            return false;
        }
        if word.flags & flag::STRONG_UNIT != 0 && head.len() > 1 {
            return true;
        }
        let route = word.flags & flag::ROUTE_HEAD != 0 || word.flags & flag::STATE != 0;
        let street_position = self.list.len() <= 2 && before.is_none_or(|token| !token.is_suffix());
        route && street_position && (head.len() > 1 || head == "I")
    }
}

/// Whether the text begins with two or more letters.
fn letter_run(text: &str) -> bool {
    text.chars().take(2).filter(|character| character.is_alphabetic()).count() == 2
}

/// `1ST`, `12TH`; not `2ST`, which is a house number with letters.
fn is_ordinal(text: &str) -> bool {
    let Some((digits, ending)) = text.split_at_checked(text.len().saturating_sub(2)) else { return false };
    let bytes = digits.as_bytes();
    let teen = bytes.len() > 1 && bytes[bytes.len() - 2] == b'1';
    let right = match bytes.last() {
        Some(b'1') if !teen => "ST",
        Some(b'2') if !teen => "ND",
        Some(b'3') if !teen => "RD",
        _ => "TH",
    };
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit) && ending == right
}

/// Digits, a slash, digits.
pub(super) fn is_fraction(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('/').is_some_and(|(over, under)| digits(over) && digits(under))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::tables::tables;

    fn words(input: &str) -> Vec<String> {
        let mut tokens = Tokens::default();
        tokens.read(input, tables());
        tokens.list.iter().map(|token| token.text(&tokens.text).to_owned()).collect()
    }

    #[test]
    fn punctuation_case_and_marks_are_settled() {
        assert_eq!(words("123  n. Main St., Apt. #4"), ["123", "N", "MAIN", "ST", "APT", "#", "4"]);
        assert_eq!(words("P.O.BOX 12"), ["PO", "BOX", "12"]);
        assert_eq!(words("N.W. 5th"), ["NW", "5TH"]);
        assert_eq!(words("Calle Peñón O'Brien"), ["CALLE", "PENON", "OBRIEN"]);
        assert_eq!(words("39.2 RD"), ["39.2", "RD"]);
        assert_eq!(words("\u{a0}\t "), Vec::<String>::new());
    }

    #[test]
    fn hyphens_and_slashes_stay_beside_digits() {
        assert_eq!(words("123-45 84-A B-12 WINSTON-SALEM"), ["123-45", "84-A", "B-12", "WINSTON", "SALEM"]);
        assert_eq!(words("123-1/2 7½"), ["123", "1/2", "7", "1/2"]);
        assert_eq!(words("MAIN ST/ELM ST"), ["MAIN", "ST", "&", "ELM", "ST"]);
    }

    #[test]
    fn words_glued_to_their_number_come_apart() {
        assert_eq!(words("12 NC-55 APT4B"), ["12", "NC", "55", "APT", "4B"]);
        assert_eq!(words("I-95 US1"), ["I", "95", "US", "1"]);
        assert_eq!(words("12 MAIN ST APT NC5"), ["12", "MAIN", "ST", "APT", "NC5"]);
        assert_eq!(words("N6W23001 A12 4TH"), ["N6W23001", "A12", "4TH"]);
    }
}
