//! How many voters live where.

use super::county::COUNTIES;
use crate::synth::random::Random;
use std::io;

const NEWCOMERS: u64 = 0x4e45_574e;
/// New voters each week, of ten thousand: 0.25 %.
const NEW_PER_TEN_THOUSAND: u64 = 25;

/// The place of the county of this name, counted from 0.
pub(super) fn county_index(name: &str) -> io::Result<usize> {
    COUNTIES.iter().position(|county| county.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("`{name}` is not a county of North Carolina"))
    })
}

/// Shares of the counties: in proportion, at least one voter each from a hundred voters on, the rest to the largest.
pub(super) fn quotas(voters: u64) -> Vec<u64> {
    let total: u64 = COUNTIES.iter().map(|county| u64::from(county.thousands)).sum();
    let floor = u64::from(voters >= COUNTIES.len() as u64);
    let spread = voters - floor * COUNTIES.len() as u64;
    let mut quotas: Vec<u64> =
        COUNTIES.iter().map(|county| floor + spread * u64::from(county.thousands) / total).collect();
    let given: u64 = quotas.iter().sum();
    let largest = (0..quotas.len()).max_by_key(|index| quotas[*index]).unwrap_or(0);
    quotas[largest] += voters - given;
    quotas
}

/// New voters of a county in one week.
pub(super) fn newcomers(seed: u64, week: u32, county: usize, quota: u64) -> u64 {
    // In ten-thousandths, so that the remainder of a small county is a chance and not always nothing.
    let share = quota * NEW_PER_TEN_THOUSAND;
    let mut random = Random::keyed(seed, &[NEWCOMERS, u64::from(week), county as u64]);
    share / 10_000 + u64::from(u64::from(random.below(10_000)) < share % 10_000)
}

/// The county that somebody moves to: by the number of those who live there, so that small counties stay small.
pub(super) fn destination(random: &mut Random) -> usize {
    let total: u32 = COUNTIES.iter().map(|county| county.thousands.max(1)).sum();
    let mut left = random.below(total);
    for (index, county) in COUNTIES.iter().enumerate() {
        let thousands = county.thousands.max(1);
        if left < thousands {
            return index;
        }
        left -= thousands;
    }
    0
}
