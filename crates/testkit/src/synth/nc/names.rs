//! Short lists of common names. A synthetic voter is any first name with any last name: whoever bears one is nobody.

use std::sync::LazyLock;

/// Given names of women now over fifty.
#[rustfmt::skip]
pub const WOMEN_OLDER: &[&str] = &[
    "MARY", "PATRICIA", "LINDA", "BARBARA", "ELIZABETH", "SUSAN", "MARGARET", "DOROTHY", "BETTY", "NANCY", "CAROL",
    "SANDRA", "DONNA", "SHARON", "DEBORAH", "BRENDA", "DIANE", "PAMELA", "KAREN", "CYNTHIA", "JUDY", "JOYCE",
    "GLORIA", "TERESA", "PHYLLIS", "WANDA", "SHIRLEY", "ANNIE", "FRANCES", "EVELYN", "CATHERINE", "REBECCA",
    "PEGGY", "RHONDA", "SYLVIA", "VERONICA", "YVONNE", "GERALDINE", "MARJORIE", "LORETTA", "ANNE-MARIE", "RENÉE",
    "ZOË",
];
/// Given names of women now under fifty.
#[rustfmt::skip]
pub const WOMEN_YOUNGER: &[&str] = &[
    "JENNIFER", "JESSICA", "ASHLEY", "AMANDA", "SARAH", "STEPHANIE", "NICOLE", "HEATHER", "EMILY", "MEGAN",
    "RACHEL", "LAUREN", "KAYLA", "BRITTANY", "DANIELLE", "SAMANTHA", "COURTNEY", "VICTORIA", "HANNAH", "ALEXIS",
    "MADISON", "OLIVIA", "TAYLOR", "JASMINE", "ABIGAIL", "MORGAN", "SYDNEY", "DESTINY", "ALYSSA", "NATALIE",
    "CHLOE", "AVERY", "BRIANNA", "KEISHA", "LATOYA", "TIFFANY", "AALIYAH", "IMANI", "GRACE", "MARY GRACE",
    "ANNA KATE",
];
/// Given names of men now over fifty.
pub const MEN_OLDER: &[&str] = &[
    "JAMES", "ROBERT", "JOHN", "WILLIAM", "MICHAEL", "DAVID", "CHARLES", "THOMAS", "RICHARD", "GEORGE",
    "LARRY", "RONALD", "DONALD", "KENNETH", "GARY", "STEPHEN", "JERRY", "ROGER", "RAYMOND", "WILLIE",
    "HAROLD", "WALTER", "ROY", "CARL", "HENRY", "EDWARD", "FRANK", "BILLY", "BOBBY", "JIMMY", "JOHNNY",
    "ERNEST", "CLARENCE", "EUGENE", "LEROY", "FRED", "RANDY", "STEVE", "DANNY", "TERRY", "J D", "O'NEAL",
];
/// Given names of men now under fifty.
#[rustfmt::skip]
pub const MEN_YOUNGER: &[&str] = &[
    "CHRISTOPHER", "MATTHEW", "JOSHUA", "ANDREW", "JUSTIN", "BRANDON", "TYLER", "JACOB", "NICHOLAS", "ZACHARY",
    "AUSTIN", "JORDAN", "ETHAN", "LOGAN", "CALEB", "NOAH", "DYLAN", "CAMERON", "HUNTER", "EVAN", "ISAIAH", "ELIJAH",
    "MASON", "CHASE", "COLE", "GAVIN", "JALEN", "MALIK", "DEVIN", "TREVOR", "SETH", "BRADLEY", "TRAVIS", "DUSTIN",
    "SHAWN", "DE'ANDRE", "JEAN-LUC", "XAVIER", "DOMINIC", "AARON",
];
/// Given names more frequent among Hispanic voters.
#[rustfmt::skip]
pub const HISPANIC_WOMEN: &[&str] = &[
    "MARÍA", "MARIA", "ANA", "LUZ", "CARMEN", "ROSA", "GUADALUPE", "ALEJANDRA", "DANIELA", "SOFÍA", "VALERIA",
    "YOLANDA",
];
/// Given names more frequent among Hispanic voters.
#[rustfmt::skip]
pub const HISPANIC_MEN: &[&str] = &[
    "JOSÉ", "JOSE", "JUAN", "LUIS", "CARLOS", "JESÚS", "MIGUEL", "ÁNGEL", "PEDRO", "ALEJANDRO", "DIEGO", "RAÚL",
];
/// Given names more frequent among Asian voters.
pub const ASIAN_WOMEN: &[&str] =
    &["MAI", "LAN", "PRIYA", "ANJALI", "MEI", "YUKI", "HANA", "THUY", "GRACE", "LEILA"];
/// Given names more frequent among Asian voters.
pub const ASIAN_MEN: &[&str] =
    &["WEI", "MINH", "RAJ", "ARJUN", "KENJI", "HAO", "DANIEL", "VIKRAM", "TUAN", "JUN"];

/// Family names of the majority of voters.
#[rustfmt::skip]
pub const LAST: &[&str] = &[
    "SMITH", "JOHNSON", "WILLIAMS", "BROWN", "JONES", "DAVIS", "MILLER", "WILSON", "MOORE", "TAYLOR", "ANDERSON",
    "THOMAS", "JACKSON", "WHITE", "HARRIS", "MARTIN", "THOMPSON", "ROBINSON", "CLARK", "LEWIS", "LEE", "WALKER",
    "HALL", "ALLEN", "YOUNG", "KING", "WRIGHT", "HILL", "SCOTT", "GREEN", "ADAMS", "BAKER", "NELSON", "CARTER",
    "MITCHELL", "ROBERTS", "TURNER", "PHILLIPS", "CAMPBELL", "PARKER", "EVANS", "EDWARDS", "COLLINS", "STEWART",
    "MORRIS", "ROGERS", "REED", "COOK", "MORGAN", "BELL", "MURPHY", "BAILEY", "COOPER", "RICHARDSON", "COX",
    "HOWARD", "WARD", "PETERSON", "GRAY", "JAMES", "WATSON", "BROOKS", "KELLY", "SANDERS", "PRICE", "BENNETT",
    "WOOD", "BARNES", "ROSS", "HENDERSON", "COLEMAN", "JENKINS", "PERRY", "POWELL", "LONG", "PATTERSON", "HUGHES",
    "WASHINGTON", "BUTLER", "SIMMONS", "FOSTER", "BRYANT", "ALEXANDER", "RUSSELL", "GRIFFIN", "HAYES", "MYERS",
    "FORD", "HAMILTON", "GRAHAM", "SULLIVAN", "WALLACE", "WOODS", "COLE", "WEST", "JORDAN", "OWENS", "REYNOLDS",
    "FISHER", "ELLIS", "HARRISON", "GIBSON", "MCDONALD", "CRUZ", "MARSHALL", "FREEMAN", "WELLS", "WEBB", "SIMPSON",
    "STEVENS", "TUCKER", "PORTER", "HUNTER", "HICKS", "CRAWFORD", "HENRY", "BOYD", "MASON", "KENNEDY", "WARREN",
    "DIXON", "BURNS", "GORDON", "SHAW", "HOLMES", "RICE", "ROBERTSON", "HUNT", "BLACK", "DANIELS", "PALMER",
    "MILLS", "NICHOLS", "GRANT", "KNIGHT", "FERGUSON", "STONE", "HAWKINS", "DUNN", "PERKINS", "HUDSON", "SPENCER",
    "GARDNER", "PAYNE", "PIERCE", "BERRY", "MATTHEWS", "ARNOLD", "WAGNER", "WILLIS", "RAY", "WATKINS", "OLSON",
    "CARROLL", "DUNCAN", "SNYDER", "HART", "CUNNINGHAM", "BRADLEY", "LANE", "ANDREWS", "RUIZ", "HARPER", "FOX",
    "RILEY", "ARMSTRONG", "CARPENTER", "WEAVER", "GREENE", "LAWRENCE", "ELLIOTT", "CHAVIS", "LOCKLEAR", "OXENDINE",
    "HINSON", "PHIPPS", "BYRD", "TEAGUE", "SHEPHERD", "BLACKWELL", "HONEYCUTT", "O'BRIEN", "O'NEAL", "D'ANGELO",
    "MCLEAN", "MCKOY", "MACDONALD", "ST CLAIR", "VAN DYKE", "DE LA TOUR", "LE BLANC", "VON HOLT",
];
/// Family names more frequent among Hispanic voters.
#[rustfmt::skip]
pub const HISPANIC_LAST: &[&str] = &[
    "GARCIA", "RODRIGUEZ", "MARTINEZ", "HERNANDEZ", "LOPEZ", "GONZALEZ", "PEREZ", "SANCHEZ", "RAMIREZ", "TORRES",
    "FLORES", "RIVERA", "GOMEZ", "DIAZ", "REYES", "MORALES", "NUÑEZ", "PEÑA", "MUÑOZ", "CASTAÑEDA", "DE LA CRUZ",
    "DEL VALLE",
];
/// Family names more frequent among Asian voters.
pub const ASIAN_LAST: &[&str] = &[
    "NGUYEN", "TRAN", "PATEL", "SHAH", "KIM", "PARK", "CHEN", "WANG", "LI", "VANG", "XIONG", "SINGH", "KHAN",
    "YU", "NG",
];
/// Suffixes as the state prints them in a field of their own.
pub const SUFFIXES: &[&str] = &["JR", "SR", "II", "III", "IV"];
/// Nicknames that clerks type between quotation marks.
pub const NICKNAMES: &[&str] = &["BUD", "SONNY", "SISSY", "RED", "TREY", "BUNNY"];

/// Beginnings and endings of the rarer family names: two thousand of them, so that names compress no better than in life.
#[rustfmt::skip]
const BEGINNINGS: &[&str] = &[
    "ASH", "BAR", "BEL", "BLACK", "BRAD", "BRANT", "BROOK", "BUCK", "CALD", "CAR", "CHAT", "CLAY", "COL", "CRAW", "DAL",
    "DAN", "DRAY", "EAST", "EDGE", "ELD", "FAIR", "FARN", "FEL", "GAL", "GLAD", "GRAN", "HAL", "HAR", "HASTING", "HOL",
    "KEN", "KIRK", "LANG", "LED", "LOCK", "MAR", "MED", "MERRI", "MID", "NOR", "OAK", "PEN", "RAD", "RED", "ROCK", "SHEL",
    "STAN", "SUTTER", "THORN", "WAL", "WARD", "WHIT", "WIN", "WOOD",
];
const ENDINGS: &[&str] = &[
    "BANKS", "BERRY", "BOROUGH", "BRIDGE", "BURN", "BURY", "BY", "COTT", "CROFT", "DALE", "DEN", "FIELD",
    "FORD", "GATE", "GROVE", "HAM", "HILL", "HURST", "LAND", "LEY", "LOCK", "LOW", "MAN", "MERE", "MORE",
    "RIDGE", "SHAW", "SON", "STEAD", "STOCK", "STONE", "TON", "WATER", "WAY", "WELL", "WICK", "WIN", "WOOD",
    "WORTH", "YARD",
];

/// Names put together of a beginning and an ending.
#[must_use]
pub fn rarer_last_names() -> &'static [&'static str] {
    static TEXT: LazyLock<Vec<String>> = LazyLock::new(|| {
        let beginnings = BEGINNINGS.iter();
        beginnings
            .flat_map(|beginning| ENDINGS.iter().map(move |ending| format!("{beginning}{ending}")))
            .collect()
    });
    static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| TEXT.iter().map(String::as_str).collect());
    &NAMES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_typed_twice_is_an_ascii_letter() {
        // So a mistyped name can be cut after two bytes.
        for name in [LAST, HISPANIC_LAST, ASIAN_LAST, rarer_last_names()].concat() {
            assert!(name.len() >= 2 && name.as_bytes()[..2].is_ascii(), "{name}");
        }
    }
}
