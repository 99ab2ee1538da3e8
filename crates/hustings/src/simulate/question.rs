//! What campaign A asks: every route that there is, as its people and its keys, with words that fit, words of B's, and
//! words that nobody knows.

use super::body::body;
use super::client::Answer;
use super::known::{Known, Person};
use super::learned::{Learned, kind_of, variable};
use crate::pages::cookie;
use crate::pages::security::FormKey;
use crate::routes::{self, Route};
use hustings_testkit::synth::random::Random;

/// The mark of A's browsers.
const MARK: &str = "00112233445566778899aabbccddeeff";
/// What is asked as the person whose account may end.
const ENDING: [&str; 2] = ["/sign-out", "/account"];
/// A password's check takes long by design: these are asked seldom.
const SLOW: [&str; 6] = [
    "/sign-in",
    "/account/password",
    "/account/second-factor",
    "/account/recovery-codes",
    "/first/{code}",
    "/invitations/{code}",
];

/// One request.
#[derive(Debug, Clone)]
pub struct Question {
    /// `GET`, `POST`, `DELETE` or something that no route has.
    pub method: &'static str,
    /// Path and query.
    pub target: String,
    /// The media type and what is sent.
    pub body: Option<(String, Vec<u8>)>,
    /// Header lines that say who asks.
    pub identity: String,
    /// Who asks, as a place in [`Known::people`]; nobody: a stranger.
    pub person: Option<usize>,
    /// Who asks, for the dump.
    pub who: &'static str,
    /// The voter asked for, as a place in [`Known::voters`].
    pub voter: Option<usize>,
    /// The route asked for, as a place in the table.
    pub route: Option<usize>,
}

impl Question {
    /// As it goes over the wire.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let Self { method, target, identity, .. } = self;
        let mut bytes = format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\n{identity}").into_bytes();
        if let Some((kind, body)) = &self.body {
            bytes.extend(format!("content-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len()).bytes());
            bytes.extend(body);
        } else {
            bytes.extend(b"\r\n");
        }
        bytes
    }

    /// In one line, for people.
    #[must_use]
    pub fn line(&self) -> String {
        let body =
            self.body.as_ref().map(|(_, body)| format!(" {}", String::from_utf8_lossy(body).escape_debug()));
        format!("{} {}{} ({})", self.method, self.target, body.unwrap_or_default(), self.who)
    }

    /// Whether some text stands in it.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        let body = self.body.as_ref().map_or(&[][..], |(_, body)| body);
        self.target.contains(text) || memchr::memmem::find(body, text.as_bytes()).is_some()
    }
}

/// Draws requests.
#[derive(Debug)]
pub struct Asker<'a> {
    known: &'a Known,
    form_key: FormKey,
    routes: Vec<Route>,
    learned: Learned,
}

impl<'a> Asker<'a> {
    /// Over all routes of the program.
    #[must_use]
    pub fn new(known: &'a Known) -> Self {
        let form_key = FormKey::from_bytes(known.form_key);
        Self { known, form_key, routes: routes::all(), learned: Learned::default() }
    }

    /// The organization that asks.
    #[must_use]
    pub fn own(&self) -> &str {
        &self.known.organizations[1]
    }

    /// The request of a step: it depends on the seed, the step and what was answered before in the same round.
    #[must_use]
    pub fn question(&self, seed: u64, step: u64) -> Question {
        let mut random = Random::keyed(seed, &[0x1501_A7E0, step]);
        if random.below(5) == 0 {
            return self.voter(&mut random);
        }
        loop {
            let place = random.index(self.routes.len());
            let route = &self.routes[place];
            if !SLOW.contains(&route.path) || random.below(12) == 0 {
                return Question { route: Some(place), ..self.ask(route, &mut random) };
            }
        }
    }

    /// Takes in what an answer leads to.
    pub fn learn(&mut self, question: &Question, answer: &Answer) {
        let path = question.target.split('?').next().unwrap_or_default();
        self.learned.see(&self.routes, path, answer);
    }

    /// A voter's page, or the same over the API.
    fn voter(&self, random: &mut Random) -> Question {
        let place = random.index(self.known.voters.len());
        let voter = &self.known.voters[place];
        let (number, person) = self.person(random, |person| !person.expendable);
        let asked = if person.session.is_some() {
            self.sent("GET", format!("/nc/voters/{}", voter.key), None, number, person)
        } else {
            let body = serde_json::json!({"state": "nc", "id": voter.state_voter_id}).to_string();
            let body = Some(("application/json".to_owned(), body.into()));
            self.sent("POST", "/api/v1/voters/find".to_owned(), body, number, person)
        };
        Question { voter: Some(place), ..asked }
    }

    fn ask(&self, route: &Route, random: &mut Random) -> Question {
        let over_api = route.path.starts_with("/api/");
        let ends = ENDING.iter().any(|ending| route.path.starts_with(ending)) && route.method != "GET";
        let (number, person) = self.person(random, |person| {
            person.key.is_some() == over_api && (over_api || person.expendable == ends)
        });
        let mut target = String::new();
        for part in route.path.split('/').skip(1) {
            target.push('/');
            match variable(part) {
                Some("file") => target.push_str(&self.variable(route, "file", random)),
                Some(name) => target.push_str(&encode(&self.variable(route, name, random))),
                None => target.push_str(part),
            }
        }
        let mut separator = '?';
        while random.chance(if route.method == "GET" { 0.5 } else { 0.05 }) {
            let name = match route.takes {
                [] => random.pick(&[
                    "county",
                    "kind",
                    "rule",
                    "q",
                    "query",
                    "page",
                    "sort",
                    "column",
                    "columns",
                    "as_of",
                    "organization",
                    "owner",
                    "about",
                    "table",
                    "state",
                    "limit",
                    "offset",
                    "next",
                    "before",
                ]),
                takes => takes[random.index(takes.len())].0.trim_end_matches('?'),
            };
            target.push_str(&format!("{separator}{name}={}", encode(&self.value(name, random))));
            separator = '&';
        }
        let method = match random.below(80) {
            0 => random.pick(&["PUT", "PATCH", "OPTIONS", "DELETE", "HEAD"]),
            _ => route.method,
        };
        let ends_who_asks = method == "DELETE" && self.known.kept.iter().any(|id| target.contains(id));
        let method = if ends_who_asks { route.method } else { method };
        let token = person.session.as_deref().map(|session| self.form_key.token(session)).unwrap_or_default();
        let body = body(self, route, &token, random);
        if random.below(50) == 0 {
            return self.stranger(method, target, body, over_api, random);
        }
        self.sent(method, target, body, number, person)
    }

    fn person(&self, random: &mut Random, fits: impl Fn(&Person) -> bool) -> (usize, &'a Person) {
        let all: Vec<(usize, &Person)> =
            self.known.people.iter().enumerate().filter(|(_, person)| fits(person)).collect();
        // Directors may most: they ask most.
        let place = if random.chance(0.5) { 0 } else { random.index(all.len()) };
        all[place]
    }

    fn sent(
        &self,
        method: &'static str,
        target: String,
        body: Option<(String, Vec<u8>)>,
        number: usize,
        person: &Person,
    ) -> Question {
        let mut identity = String::new();
        if let Some(session) = &person.session {
            identity = format!("cookie: {}={session}; {}={MARK}\r\n", cookie::SESSION, cookie::MARK);
        }
        if let Some(key) = &person.key {
            identity = format!("authorization: Bearer {key}\r\n");
        }
        Question {
            method,
            target,
            body,
            identity,
            person: Some(number),
            who: person.name,
            voter: None,
            route: None,
        }
    }

    /// Nobody who has signed in: with no key or session, or one that never was.
    fn stranger(
        &self,
        method: &'static str,
        target: String,
        body: Option<(String, Vec<u8>)>,
        over_api: bool,
        random: &mut Random,
    ) -> Question {
        let made_up = format!("{:032x}{:032x}", random.bits(), random.bits());
        let identity = match (over_api, random.chance(0.5)) {
            (true, true) => format!("authorization: Bearer {made_up}\r\n"),
            (false, true) => {
                let (session, device) = (cookie::SESSION, cookie::DEVICE);
                format!("cookie: {session}={made_up}; {device}={made_up}; {}={MARK}\r\n", cookie::MARK)
            }
            (_, false) => format!("cookie: {}={MARK}\r\n", cookie::MARK),
        };
        Question { method, target, body, identity, person: None, who: "stranger", voter: None, route: None }
    }

    /// A value for a variable of a path.
    fn variable(&self, route: &Route, name: &str, random: &mut Random) -> String {
        let value = self.fitting(route, name, random);
        // Who ends the session with which everything is asked, asks nothing more.
        let ends_who_asks = route.method != "GET" && self.known.kept.contains(&value);
        if ends_who_asks { format!("x{:x}", random.bits()) } else { value }
    }

    /// A value for a variable of a path: of its kind nine times in ten.
    fn fitting(&self, route: &Route, name: &str, random: &mut Random) -> String {
        if random.below(12) == 0 && name != "file" {
            return self.word(random);
        }
        match name {
            "state" => return random.pick(&["nc", "nc", "nc", "nc", "nc", "va", "zz", "NC"]).to_owned(),
            "row" | "line" => return random.below(40).to_string(),
            "act" => {
                return random
                    .pick(&["roles", "disable", "enable", "keep", "recovery", "promote"])
                    .to_owned();
            }
            // The log's address is learned from its page; whose name is none.
            "log" if random.chance(0.2) => return self.one(&self.known.organizations, random),
            "owner" | "of" => {
                return if random.chance(0.5) {
                    self.own().to_owned()
                } else {
                    self.one(&self.known.organizations, random)
                };
            }
            "file" => {
                let files = [
                    "checkpoint",
                    "vkey",
                    "tile/0/000",
                    "tile/0/000.p/7",
                    "../../platform.db",
                    "tile/entries/000",
                ];
                return random.pick(&files).to_owned();
            }
            "name" => return random.pick(&["hustings.css", "hustings.js"]).to_owned(),
            "user" if random.chance(0.5) => return self.one(&self.known.emails, random),
            _ => {}
        }
        let kind = kind_of(route.path, name);
        if kind == "voters" && random.chance(0.7) {
            return self.known.voters[random.index(self.known.voters.len())].key.clone();
        }
        match self.learned.of(kind) {
            Some(learned) if random.chance(0.7) => learned[random.index(learned.len())].clone(),
            _ if kind == "organizations" => self.one(&self.known.organizations, random),
            _ => self.one(&self.known.ids, random),
        }
    }

    /// A value for a field of that name: one that fits nine times in ten.
    #[must_use]
    pub fn value(&self, name: &str, random: &mut Random) -> String {
        if random.below(30) == 0 {
            return self.word(random);
        }
        let known = self.known;
        let words: &[&str] = match name {
            "state" => &["nc", "nc", "nc", "nc", "va"],
            "class" | "classes" => &["private", "private", "base", "appended", "proprietary", "restricted"],
            "purpose" | "purposes" => {
                &["voter_contact", "voter_contact", "hygiene", "modeling", "commercial"]
            }
            "role" | "roles" => {
                &["organizer", "canvasser", "data_director", "chair", "precinct_captain", "operator"]
            }
            "kind" => &["moved", "party", "district", "added", "campaign", "vendor", "voters"],
            "format" => &["csv", "csv", "csv", "parquet", "xlsx", "pdf"],
            "taken_0" => &["full_name", "full_name", "last_name", ""],
            "taken_1" => &["phone", "phone", "zip", "shoe"],
            "append" => &["1", "1", "9"],
            "pair" => &["0", "1", "2", "77"],
            "answer" => &["same", "different", "undecided", "undo", "maybe"],
            "settles" => &["yes", ""],
            "look" => &["", "second"],
            "why" => &["a mistake", ""],
            "until" => &["2026-11-03", "2026-10-01", "2026-09-02", "2020-01-01", "soon"],
            "instant" => &["2026-11-03T20:00:00Z", "2026-10-01T00:00:00Z", "2020-01-01T00:00:00Z"],
            "as_of" => &["2026-02-07", "2026-02-14", "2026-03-01", "2020-01-01"],
            "password" | "again" | "old" => {
                &["correct horse battery staple", "correct horse battery staple", "12345"]
            }
            "code" => &["123456", "000000", "abcde-abcde-abcde-abcde"],
            "exportable" | "directory_owner" => &["yes"],
            "next" | "page" => &["/nc", "/nc/find", "//evil.example", "3"],
            "limit" | "offset" => &["0", "5", "50", "1000000"],
            "precinct" => &["01", "12", "ZZ"],
            "precincts" => &["DURHAM: 01", "WAKE: 12\nWAKE: 13", "01"],
            "name" | "what" | "note" | "reason" | "rule" => &["phones", "it shows a neighbor", "other"],
            "delivery" | "file" => &["small.csv", "../platform.db"],
            _ => &[],
        };
        if !words.is_empty() {
            return random.pick(words).to_owned();
        }
        match name {
            "to" | "other" | "about" | "vendor" | "for" | "organization" | "of" | "owner" => {
                match random.below(3) {
                    0 => self.own().to_owned(),
                    1 if name == "other" || name == "about" => String::new(),
                    _ => self.one(&known.organizations, random),
                }
            }
            "email" => match random.below(3) {
                0 => self.one(&known.emails, random),
                _ => format!("new{}@rivera-2026.example", random.below(9)),
            },
            "columns" | "column" => self.one(&known.columns, random),
            "counties" | "county" => match random.below(2) {
                0 => "WAKE".to_owned(),
                _ => self.one(&known.counties, random),
            },
            "grant" => match self.learned.of("grants") {
                Some(grants) if random.chance(0.5) => grants[random.index(grants.len())].clone(),
                _ => String::new(),
            },
            "before" => match self.learned.of("records") {
                Some(records) => records[random.index(records.len())].clone(),
                None => "r-0".to_owned(),
            },
            "query" | "q" => self.one(&known.names, random),
            "id" if random.chance(0.5) => {
                known.voters[random.index(known.voters.len())].state_voter_id.clone()
            }
            "id" => format!("office-{}", random.below(20)),
            _ => self.word(random),
        }
    }

    /// Any word: a voter's, a column of anybody's, an organization, an id, or nobody's.
    #[must_use]
    pub fn word(&self, random: &mut Random) -> String {
        let known = self.known;
        let lists =
            [&known.names, &known.columns, &known.organizations, &known.ids, &known.counties, &known.emails];
        match random.below(8) {
            0 => format!("x{:x}", random.bits()),
            1 => random.below(1000).to_string(),
            2 => random.pick(&["", "'", "%00", "../", "*", "name_last", "base", "private"]).to_owned(),
            _ => self.one(lists[random.index(lists.len())], random),
        }
    }

    /// A file of columns of A's own, of voters whom A sees, and others.
    #[must_use]
    pub fn small_file(&self, random: &mut Random) -> String {
        // Never the column that the answers are held to; B's names among them.
        let column = random.pick(&["contacted", "support_score", "turnout_guess", "note"]);
        let mut text = format!("ncid,{column}\n");
        for _ in 0..random.below(12) {
            let voter = &self.known.voters[random.index(self.known.voters.len())];
            text.push_str(&format!("{},{}\n", voter.state_voter_id, random.below(100)));
        }
        if random.below(4) == 0 {
            text.push_str("ZZ999,1\n\"broken");
        }
        text
    }

    /// A list without ids: names of voters whom A sees or does not, with telephones.
    #[must_use]
    pub fn small_list(&self, random: &mut Random) -> String {
        let mut text = "Last Name,Cell Phone\n".to_owned();
        for _ in 0..=random.below(8) {
            text.push_str(&format!(
                "{},919555{:04}\n",
                self.one(&self.known.names, random),
                random.below(9999)
            ));
        }
        text
    }

    fn one(&self, list: &[String], random: &mut Random) -> String {
        list.get(random.index(list.len())).cloned().unwrap_or_default()
    }
}

/// Percent-encodes what is no letter, digit, hyphen or underscore.
#[must_use]
pub fn encode(text: &str) -> String {
    crate::ask::encoded(text)
}
