//! Which column is what, by its header.

use serde::{Deserialize, Serialize};

/// A canonical column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Given name.
    FirstName,
    /// Middle name or initial.
    MiddleName,
    /// Surname.
    LastName,
    /// A second surname in a column of its own.
    SecondLastName,
    /// `JR`, `III`, ….
    Suffix,
    /// The whole name in one column.
    FullName,
    /// Birth date.
    BirthDate,
    /// Year of birth, in a column of its own.
    BirthYear,
    /// Month of birth, in a column of its own.
    BirthMonth,
    /// Day of the month of birth, in a column of its own.
    BirthDay,
    /// Age in years.
    Age,
    /// Sex or gender.
    Sex,
    /// House number.
    HouseNumber,
    /// Street, or the whole first line of the address.
    Street,
    /// Apartment, or the second line of the address.
    Unit,
    /// City.
    City,
    /// State.
    State,
    /// Postal code.
    Zip,
    /// Telephone.
    Phone,
    /// E-mail address.
    Email,
}

/// Canonical word, then the other headers, without case, blanks and underscores.
const HEADERS: &[(Field, &str, &[&str])] = &[
    (
        Field::FirstName,
        "first_name",
        &["firstname", "givenname", "fname", "forename", "first", "given", "namefirst", "firstnm"],
    ),
    (
        Field::MiddleName,
        "middle_name",
        &["middlename", "mname", "middle", "middleinitial", "mi", "namemiddle", "midlname", "middlenm"],
    ),
    (
        Field::LastName,
        "last_name",
        &["lastname", "surname", "lname", "familyname", "last", "namelast", "lastnm"],
    ),
    (Field::SecondLastName, "second_last_name", &["secondlastname", "secondsurname"]),
    (
        Field::Suffix,
        "suffix",
        &["suffix", "namesuffix", "namesufx", "suffixname", "namesuffixlbl", "generation"],
    ),
    (Field::FullName, "full_name", &["fullname", "name", "votername", "personname"]),
    (
        Field::BirthDate,
        "dob",
        &["dob", "dateofbirth", "birthdate", "birthdt", "bdate", "birthdatetime", "dtofbirth"],
    ),
    (Field::BirthYear, "birth_year", &["birthyear", "by", "yearofbirth", "yob", "dobyear", "birthyr"]),
    (Field::BirthMonth, "birth_month", &["birthmonth", "bm", "monthofbirth", "mob", "dobmonth"]),
    (Field::BirthDay, "birth_day", &["birthday", "bd", "dayofbirth", "dobday"]),
    (Field::Age, "age", &["age", "voterage", "ageyears", "ageinyears", "currentage", "ageatyearend"]),
    (Field::Sex, "sex", &["sex", "gender", "gendercode", "sexcode"]),
    (
        Field::HouseNumber,
        "house_number",
        &["housenumber", "streetnumber", "housenum", "houseno", "streetno", "streetnum", "addressnumber"],
    ),
    (
        Field::Street,
        "street",
        &[
            "street",
            "address1",
            "address",
            "streetname",
            "streetaddress",
            "addressline1",
            "addressline",
            "resstreetaddress",
            "residentialaddress",
            "residenceaddress",
            "resaddress",
            "address1line",
        ],
    ),
    (
        Field::Unit,
        "unit",
        &[
            "unit",
            "address2",
            "addressline2",
            "apt",
            "apartment",
            "unitnumber",
            "unitno",
            "aptnumber",
            "aptno",
        ],
    ),
    (Field::City, "city", &["city", "suburb", "town", "cityname", "rescity", "rescitydesc", "locality"]),
    (Field::State, "state", &["state", "statecd", "statecode", "stateabbr", "resstate"]),
    (
        Field::Zip,
        "zip",
        &["zip", "postcode", "zipcode", "zip5", "postalcode", "zip4", "reszip", "postalzip", "plz"],
    ),
    (
        Field::Phone,
        "phone",
        &[
            "phone",
            "phonenumber",
            "telephone",
            "phoneno",
            "fullphonenumber",
            "tel",
            "mobile",
            "mobilephone",
            "cell",
            "cellphone",
            "homephone",
        ],
    ),
    (Field::Email, "email", &["email", "emailaddress", "mail", "emailaddr"]),
];

impl Field {
    /// The canonical word, as it is written before `=` in `--columns` and in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        HEADERS.iter().find(|(field, ..)| *field == self).map_or("", |(_, word, _)| word)
    }

    /// The field of a canonical word or of any header that is recognized.
    ///
    /// ```
    /// use hustings_matching::field::Field;
    /// assert_eq!(Field::of_header(" Given_Name"), Some(Field::FirstName));
    /// assert_eq!(Field::of_header("ADDRESS 2"), Some(Field::Unit));
    /// assert_eq!(Field::of_header("fname_c2"), Some(Field::MiddleName));
    /// assert_eq!(Field::of_header("favorite color"), None);
    /// ```
    #[must_use]
    pub fn of_header(header: &str) -> Option<Self> {
        let bare = bare(header);
        Self::of_bare(&bare).or_else(|| Self::of_part(&bare))
    }

    fn of_bare(bare: &str) -> Option<Self> {
        HEADERS
            .iter()
            .find(|(_, word, headers)| headers.contains(&bare) || word.replace('_', "") == bare)
            .map(|(field, ..)| *field)
    }

    /// `fname_c1`, `last_name_2`: the first and the second part of what has no number.
    fn of_part(bare: &str) -> Option<Self> {
        let (stem, part) = bare.split_at_checked(bare.len().checked_sub(1)?)?;
        let field = Self::of_bare(stem).or_else(|| Self::of_bare(stem.strip_suffix('c')?))?;
        match (part, field) {
            ("1", _) => Some(field),
            ("2", Self::FirstName) => Some(Self::MiddleName),
            ("2", Self::LastName) => Some(Self::SecondLastName),
            _ => None,
        }
    }
}

/// A header without case, blanks, underscores and other marks.
#[must_use]
pub fn bare(header: &str) -> String {
    header.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_header_names_two_fields() {
        let mut all: Vec<&str> = HEADERS.iter().flat_map(|(_, _, headers)| headers.iter().copied()).collect();
        all.sort_unstable();
        let before = all.len();
        all.dedup();
        assert_eq!(all.len(), before);
    }

    #[test]
    fn every_word_is_recognized_as_itself() {
        for (field, word, _) in HEADERS {
            assert_eq!(Field::of_header(word), Some(*field), "{word}");
            assert_eq!(field.as_str(), *word);
        }
    }
}
