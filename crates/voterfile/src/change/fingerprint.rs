//! One 64-bit number a voter over all compared columns: equal numbers mean that nothing changed.
//!
//! The number is stored with the voter, so that the next load need not read those columns again. It is a function of the
//! stored values alone: a program that cleans differently stores other values and thereby another number. Should this
//! function itself or the choice of columns ever change, all numbers differ, every voter is compared column by column
//! once, and the changes found are the same.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// The fingerprint of every row: the sum of a hash per value, seeded by the column's name, so that neither the order
/// of columns nor an absent or empty column matters.
#[must_use]
pub fn fingerprints(batch: &RecordBatch) -> Vec<i64> {
    let mut prints = vec![0_u64; batch.num_rows()];
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        if super::is_compared(field.name()) {
            add_column(&mut prints, field.name(), array);
        }
    }
    // The same 64 bits: Parquet's plain integers are signed.
    prints.into_iter().map(u64::cast_signed).collect()
}

fn add_column(prints: &mut [u64], name: &str, array: &dyn Array) {
    let seed = xxh3_64(name.as_bytes());
    let add = |print: &mut u64, bytes: &[u8]| *print = print.wrapping_add(xxh3_64_with_seed(bytes, seed));
    match array.data_type() {
        DataType::Utf8 => {
            for (print, value) in prints.iter_mut().zip(array.as_string::<i32>().iter()) {
                if let Some(value) = value {
                    add(print, value.as_bytes());
                }
            }
        }
        DataType::Date32 => {
            for (row, value) in array.as_primitive::<Date32Type>().iter().enumerate() {
                if let Some(value) = value {
                    add(&mut prints[row], &value.to_le_bytes());
                }
            }
        }
        DataType::Int32 => {
            for (row, value) in array.as_primitive::<Int32Type>().iter().enumerate() {
                if let Some(value) = value {
                    add(&mut prints[row], &value.to_le_bytes());
                }
            }
        }
        DataType::Boolean => {
            // False and absent are the same to whoever compares: a flag that is not set.
            for (row, value) in array.as_boolean().iter().enumerate() {
                if value == Some(true) {
                    add(&mut prints[row], b"1");
                }
            }
        }
        other => debug_assert!(false, "column {name} of type {other} takes part in the comparison"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{ArrayRef, StringArray};
    use std::sync::Arc;

    fn batch(columns: &[(&str, &[Option<&str>])]) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(
            columns.iter().map(|(name, values)| {
                (*name, Arc::new(StringArray::from(values.to_vec())) as ArrayRef, true)
            }),
        )
        .unwrap()
    }

    #[test]
    fn equal_rows_are_equal_whatever_the_order_of_columns_and_uncompared_columns() {
        let a = batch(&[
            ("party", &[Some("DEM"), None]),
            ("status", &[Some("active"), None]),
            ("age", &[None, None]),
        ]);
        let b = batch(&[
            ("status", &[Some("active"), Some("active")]),
            ("age", &[Some("9"), None]),
            ("party", &[Some("DEM"), Some("active")]),
        ]);
        let (a, b) = (fingerprints(&a), fingerprints(&b));
        assert_eq!(a[0], b[0]);
        assert_eq!(a[1], 0);
        assert_ne!(b[0], b[1]);
    }

    #[test]
    fn a_value_that_moves_to_another_column_is_a_change() {
        let a = batch(&[("name_first", &[Some("LEE")]), ("name_last", &[None])]);
        let b = batch(&[("name_first", &[None]), ("name_last", &[Some("LEE")])]);
        assert_ne!(fingerprints(&a), fingerprints(&b));
    }
}
