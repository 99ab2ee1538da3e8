//! A row of a base as it lies in the base's file: its values with how many rows have each, so that whoever compares it needs
//! nothing else of the base.

use crate::prepare::{Dictionaries, Prepared};
use crate::row::{Row, digits_of};

/// Fields whose values are texts; an address is house number and street.
const TEXTS: usize = 11;

/// A row's values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    /// First, middle, last name, house number, street, unit, city, postal code, state, telephone, e-mail; and how many rows
    /// have the value.
    texts: [(&'a [u8], u32); TEXTS],
    /// Rows with this house number and street.
    address: u32,
    birth: u32,
    /// Rows with this birth date.
    births: u32,
    sex: u8,
    suffix: u8,
}

impl<'a> Record<'a> {
    pub(crate) fn of(prepared: &'a Prepared, row: &Row) -> Self {
        let values = &prepared.values;
        let texts = [
            (&values.first, row.first),
            (&values.middle, row.middle),
            (&values.last, row.last),
            (&values.house, row.house),
            (&values.street, row.street),
            (&values.unit, row.unit),
            (&values.city, row.city),
            (&values.zip, row.zip),
            (&values.state, row.state),
            (&values.phone, row.phone),
            (&values.email, row.email),
        ];
        Self {
            texts: texts.map(|(dictionary, number)| (dictionary.bytes(number), dictionary.count(number))),
            address: values.address.count(row.address),
            birth: row.birth,
            births: prepared.births.get(&row.birth).copied().unwrap_or_default(),
            sex: row.sex,
            suffix: row.suffix,
        }
    }

    /// Appends the record's bytes.
    pub(crate) fn write(&self, into: &mut Vec<u8>) {
        for (text, count) in &self.texts {
            write_number(u32::try_from(text.len()).expect("a cell is far shorter"), into);
            if !text.is_empty() {
                into.extend_from_slice(text);
                write_number(*count, into);
            }
        }
        write_number(self.address, into);
        into.extend(self.birth.to_le_bytes());
        write_number(self.births, into);
        into.extend([self.sex, self.suffix]);
    }

    /// Reads what [`Record::write`] wrote; none for anything else.
    pub(crate) fn read(mut bytes: &'a [u8]) -> Option<Self> {
        let rest = &mut bytes;
        let mut record = Self::default();
        for (text, count) in &mut record.texts {
            let length = usize::try_from(read_number(rest)?).ok()?;
            *text = take(rest, length)?;
            if length > 0 {
                *count = read_number(rest)?;
            }
        }
        record.address = read_number(rest)?;
        record.birth = u32::from_le_bytes(*take(rest, 4)?.first_chunk()?);
        record.births = read_number(rest)?;
        [record.sex, record.suffix] = *take(rest, 2)?.first_chunk()?;
        rest.is_empty().then_some(record)
    }

    /// The row with numbers of its own; values that are known already keep their counts.
    pub(crate) fn intern(&self, into: &mut Dictionaries) -> Row {
        let dictionaries = [
            &mut into.first,
            &mut into.middle,
            &mut into.last,
            &mut into.house,
            &mut into.street,
            &mut into.unit,
            &mut into.city,
            &mut into.zip,
            &mut into.state,
            &mut into.phone,
            &mut into.email,
        ];
        let mut numbers = [0; TEXTS];
        for ((number, dictionary), (text, count)) in numbers.iter_mut().zip(dictionaries).zip(&self.texts) {
            *number = dictionary.intern_as(text, *count);
        }
        let [first, middle, last, house, street, unit, city, zip, state, phone, email] = numbers;
        let address = if house != 0 && street != 0 {
            // An address is the numbers of its house and its street.
            let key = (u64::from(house) << 32 | u64::from(street)).to_le_bytes();
            into.address.intern_as(&key, self.address)
        } else {
            0
        };
        let (birth, sex, suffix) = (self.birth, self.sex, self.suffix);
        Row {
            first,
            middle,
            last,
            birth,
            house,
            street,
            address,
            unit,
            city,
            zip,
            state,
            phone,
            email,
            phone_digits: digits_of(self.texts[9].0),
            sex,
            suffix,
        }
    }

    /// The birth date and how many rows of the base have it; none where no row has.
    pub(crate) fn births(&self) -> Option<(u32, u32)> {
        (self.birth != 0 && self.births != 0).then_some((self.birth, self.births))
    }

    /// The same values, of which it is not known how many rows have them.
    pub(crate) fn uncounted(mut self) -> Self {
        self.texts.iter_mut().for_each(|(_, count)| *count = 0);
        (self.address, self.births) = (0, 0);
        self
    }
}

/// Seven bits a byte, the low ones first.
fn write_number(mut number: u32, into: &mut Vec<u8>) {
    while number > 0x7f {
        into.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    into.push(number.to_le_bytes()[0]);
}

fn read_number(rest: &mut &[u8]) -> Option<u32> {
    let mut number = 0_u32;
    for shift in (0..32).step_by(7) {
        let [byte] = *take(rest, 1)?.first_chunk()?;
        number |= u32::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written_and_a_broken_one_not_at_all() {
        let long = vec![b'X'; 300];
        let mut record =
            Record { address: 3, birth: 19_610_506, births: 128, sex: b'F', ..Record::default() };
        record.texts[0] = (b"ANNA", 70_000);
        record.texts[2] = (&long, u32::MAX);
        let mut bytes = Vec::new();
        record.write(&mut bytes);
        assert_eq!(Record::read(&bytes), Some(record));
        for length in 0..bytes.len() {
            assert_eq!(Record::read(&bytes[..length]), None, "{length}");
        }
        bytes.push(0);
        assert_eq!(Record::read(&bytes), None);
    }
}
