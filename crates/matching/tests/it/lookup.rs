//! Goal: one row finds its person in a prepared base, misspelled or not, and the base read in pieces answers as the one in
//! memory. Method: a small town, and questions about people in it.

use arrow_array::StringArray;
use hustings_matching::lookup::{COLUMNS, Found, Image, Lookup, Source, preparation};
use hustings_matching::plan::Side;
use std::cell::Cell;
use std::io;

/// first|middle|last|suffix|dob|sex|street|city|zip|phone|email
fn town() -> Image {
    let mut people: Vec<String> = (0..3000)
        .map(|at| {
            let (first, last) = (["ANNA", "CARL", "DORA", "EMIL", "FRED"][at % 5], at * 7 % 400);
            format!(
                "{first}||FAMILY{last}||{}|{}|{} OAK ST|RALEIGH|276{:02}||",
                1930 + at % 70,
                ["F", "M"][at % 2],
                at % 150 + 1,
                at % 30
            )
        })
        .collect();
    people.push("JONATHAN|PAUL|SMITH||1961|M|12 ELM ST|RALEIGH|27601|9195550123|".to_owned());
    people.push("LINDA||SMITH||1963|F|12 ELM ST|RALEIGH|27601|9195550123|".to_owned());
    people.push("ROBERT||O'NEIL|JR|1950|M|9 FIR RD|CARY|27511||".to_owned());
    // A row that is left out keeps its place.
    people.push("||||||||||".to_owned());
    let mut preparation = preparation();
    let columns: Vec<StringArray> = (0..COLUMNS.len())
        .map(|column| {
            let cell =
                |row: &String| row.split('|').nth(column).filter(|cell| !cell.is_empty()).map(str::to_owned);
            people.iter().map(cell).collect()
        })
        .collect();
    preparation.push(Side::Left, &columns.iter().collect::<Vec<_>>());
    Image::new(preparation.finish()).unwrap()
}

fn ask<S: Source>(base: &Lookup<S>, row: &str) -> Found {
    let cells: Vec<&str> = row.split('|').collect();
    base.find(&cells.try_into().unwrap(), 10).unwrap()
}

fn opened(image: Image) -> Lookup<Image> {
    let head = image.head().clone();
    Lookup::open(image, head).unwrap()
}

#[test]
fn a_person_is_found_however_the_name_is_written() {
    let base = opened(town());
    for (row, person) in [
        ("Jon||Smyth||1961|||Raleigh|||", 3000),
        ("JONATHAN||SMITH||||||||", 3000),
        ("SMITH||JONATHAN||1961||||||", 3000),
        ("Jonathon||Smith||1961|||||(919) 555-0123|", 3000),
        ("Linda||Jones||1963||12 Elm Street|Raleigh|27601||", 3001),
        ("Bob||Oneil||1950|||Cary|||", 3002),
    ] {
        let found = ask(&base, row);
        let best = found.candidates.first().unwrap_or_else(|| panic!("{row}: {found:?}"));
        assert_eq!(best.row, person, "{row}: {found:?}");
        assert!(best.chance > 0.5, "{row}: {best:?}");
        assert!(!best.found.is_empty());
    }
}

#[test]
fn nobody_is_found_for_a_stranger_or_for_nothing() {
    let base = opened(town());
    assert_eq!(ask(&base, "||||||||||"), Found::default());
    let stranger = ask(&base, "WILHELMINA||VANDERBILT||1901|F|77 PARK AVE|ASHEVILLE|28801||");
    assert!(stranger.candidates.is_empty(), "{stranger:?}");
}

#[test]
fn an_empty_base_and_a_damaged_one() {
    let empty = Image::new(preparation().finish()).unwrap();
    let head = empty.head().clone();
    assert_eq!(ask(&Lookup::open(empty, head).unwrap(), "JON||SMITH||||||||"), Found::default());
    // A head that belongs to another base is not believed.
    let other = Image::new(preparation().finish()).unwrap();
    let mixed = Lookup::open(other, town().head().clone()).unwrap();
    assert!(mixed.find(&["JON", "", "SMITH", "", "", "", "", "", "", "", ""], 10).is_err());
}

/// Gives the bytes one by one, and counts them.
struct Pieces(Image, Cell<u64>);

impl Source for Pieces {
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        for (place, byte) in (at..).zip(into.iter_mut()) {
            self.1.update(|read| read + 1);
            self.0.read(place, std::slice::from_mut(byte))?;
        }
        Ok(())
    }
}

#[test]
fn a_base_in_pieces_answers_as_the_one_in_memory_and_is_read_in_part() {
    let whole = opened(town());
    let image = town();
    let head = image.head().clone();
    let all = head.bytes();
    let pieces = Pieces(image, Cell::new(0));
    let pieces = Lookup::open(pieces, head).unwrap();
    for row in ["Jon||Smyth||1961|||Raleigh|||", "ANNA||FAMILY7||1940||||||"] {
        assert_eq!(ask(&pieces, row), ask(&whole, row));
    }
    let read = pieces.source().1.get();
    assert!(read > 1000 && read < all / 4, "{read} of {all}");
}
