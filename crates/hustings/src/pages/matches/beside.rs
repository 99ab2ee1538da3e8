//! What a reviewer is told beside a pair: whom else the row fits, what the program thinks of it, and what of its name and
//! city there is among the voters that they see.

use super::reviewed::Reviewed;
use super::side;
use crate::pages::format::visible;
use crate::pages::words;
use hustings_matching::review::Standing;
use hustings_store::match_run::{
    MatchAnswer, MatchColumn, MatchLook, MatchRow, MatchSurroundings, NAMED_MAX,
};

/// So many of a row's voters are shown beside the first.
const RIVALS: usize = 2;
/// What is kept with the answers about a row's other voters, which come of the answer about one of them.
pub const LINKED: &str = "answered with the row's other voter";

impl Reviewed {
    /// Whom else the row of a pair fits, but those whom reviewers have excluded.
    #[must_use]
    pub fn rivals(&self, number: u32) -> Vec<u32> {
        let Some(row) = self.pair(number).map(|pair| pair.row) else { return Vec::new() };
        self.of_row(row)
            .filter(|other| *other != number && self.standing(*other) != Standing::Different)
            .take(RIVALS)
            .collect()
    }

    /// The pairs of a row.
    pub fn of_row(&self, row: u32) -> impl Iterator<Item = u32> {
        self.numbered().filter(move |(_, pair)| pair.row == row).map(|(number, _)| number)
    }

    /// An answer with those that were given with it about the row's other voters.
    #[must_use]
    pub fn with_linked<'a>(&'a self, answer: &'a MatchAnswer) -> Vec<&'a MatchAnswer> {
        let row = |one: &MatchAnswer| self.pair(one.answer.pair).map(|pair| pair.row);
        let mut mine: Vec<&MatchAnswer> = self
            .answered()
            .filter_map(|pair| self.answer_of(&answer.reviewer, pair))
            .filter(|one| one.sequence < answer.sequence)
            .collect();
        mine.sort_by_key(|one| std::cmp::Reverse(one.sequence));
        let linked = mine.into_iter().take_while(|one| one.answer.why == LINKED && row(one) == row(answer));
        std::iter::once(answer).chain(linked).collect()
    }
}

/// A chance in words.
#[must_use]
pub fn odds(chance: f64) -> String {
    let of_hundred = chance * 100.0;
    match of_hundred {
        share if share >= 99.0 => "more than 99 of 100".to_owned(),
        share if share < 1.0 => "less than 1 of 100".to_owned(),
        share => format!("{share:.0} of 100"),
    }
}

/// What the program thinks of a doubtful pair, and which other voters of its row it weighs against it.
#[must_use]
pub fn thinks(pair: &MatchLook, rivals: &[MatchLook]) -> String {
    let chance = pair.pair.chance;
    if !rivals.is_empty() {
        let others: Vec<String> = rivals.iter().map(|rival| odds(rival.pair.chance)).collect();
        return format!("The program: {} for the first, {} for the other.", odds(chance), others.join(", "));
    }
    let ratio = |of: f64| match of {
        of if of >= 9.5 => format!("{of:.0}"),
        of if of >= 2.5 => format!("{of:.0}"),
        of => format!("{of:.1}").trim_end_matches(".0").to_owned(),
    };
    let side = match chance {
        chance if (0.45..=0.55).contains(&chance) => "even odds".to_owned(),
        chance if chance > 0.5 => {
            format!("about {} to 1 for one person", ratio(chance / (1.0 - chance).max(1e-6)))
        }
        chance => format!("about {} to 1 against one person", ratio((1.0 - chance) / chance.max(1e-6))),
    };
    format!("The program: {}, {side}.", odds(chance))
}

/// What of the pair's name and city there is.
#[must_use]
pub fn hints(look: &MatchLook, columns: &[MatchColumn], around: &MatchSurroundings) -> Vec<String> {
    let mut hints = Vec::new();
    if around.is_city_there == Some(false) {
        hints.push(format!(
            "No voter whom you see lives in {}. Whoever lives there is not among them: name and year alone are not enough.",
            visible(&side::of_list(&look.row, columns, "city"))
        ));
    }
    if around.named > 1 {
        let count = match around.named {
            NAMED_MAX.. => format!("{NAMED_MAX} voters or more"),
            named => words::plural_of(named, "voter", "voters"),
        };
        let part = |word| look.voter.values.get(word).map(|value| visible(value)).unwrap_or_default();
        hints.push(format!("{count} here are called {} {}.", part("first_name"), part("last_name")));
    }
    hints
}

/// What is to be asked about around a pair: the voter's name, and the list's city where it is another than the voter's.
#[must_use]
pub fn asked_around(look: &MatchLook, columns: &[MatchColumn]) -> ((String, String), String) {
    let part = |word| look.voter.values.get(word).cloned().unwrap_or_default();
    let city = side::of_list(&look.row, columns, "city");
    let is_other = !city.is_empty() && side::bare(&city) != side::bare(&part("city"));
    ((part("first_name"), part("last_name")), if is_other { city } else { String::new() })
}

/// A row's name as the list has it; of a list without names its line.
#[must_use]
pub fn name(row: &MatchRow, columns: &[MatchColumn]) -> String {
    let part = |word| Some(side::of_list(row, columns, word)).filter(|text| !text.is_empty());
    let parts: Vec<String> = match part("full_name") {
        Some(whole) => vec![whole],
        None => ["first_name", "last_name"].into_iter().filter_map(part).collect(),
    };
    if parts.is_empty() { format!("line {}", row.line) } else { visible(&parts.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_are_said_as_people_say_them() {
        assert_eq!(odds(0.364), "36 of 100");
        assert_eq!(odds(0.9951), "more than 99 of 100");
        assert_eq!(odds(0.004), "less than 1 of 100");
    }
}
