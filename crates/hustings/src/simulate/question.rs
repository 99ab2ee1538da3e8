//! What campaign A asks: every route that there is, with words that fit, words of B's, and words that nobody knows.

use super::world::Known;
use crate::routes::{self, Guard};
use hustings_testkit::synth::random::Random;

/// Answers that hold times or random ids of A's own acts: logs and lists of them, when a key was last used, forms that draw
/// a code. They are looked through for canary tokens, and not compared.
const NOT_COMPARED: [&str; 7] =
    ["/logs/", "/log", "/account", "/api/v1/audit", "/incidents", "/keys", "/api/v1/keys"];

/// One request.
#[derive(Debug, Clone)]
pub struct Question {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path and query.
    pub target: String,
    /// A form, for `POST`.
    pub form: String,
    /// Header lines that say who asks.
    pub identity: String,
    /// Whether the answers of both worlds must be the same bytes.
    pub compared: bool,
    /// The voter asked for, as a place in [`Known::voters`].
    pub voter: Option<usize>,
}

impl Question {
    /// As it goes over the wire.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let Self { method, target, form, identity, .. } = self;
        let body = if *method == "POST" {
            format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n", form.len())
        } else {
            String::new()
        };
        format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\n{identity}{body}\r\n{form}").into_bytes()
    }

    /// In one line, for people.
    #[must_use]
    pub fn line(&self) -> String {
        let who = if self.identity.starts_with("authorization") { "key" } else { "session" };
        let form = if self.form.is_empty() { String::new() } else { format!(" {}", self.form) };
        let compared = if self.compared { "" } else { ", not compared" };
        format!("{} {}{form} ({who}{compared})", self.method, self.target)
    }
}

/// Draws requests.
#[derive(Debug)]
pub struct Asker<'a> {
    known: &'a Known,
    /// Paths of routes for looking, with their variables in braces.
    paths: Vec<&'static str>,
}

impl<'a> Asker<'a> {
    /// Over all routes of the program but those that change something or end the session.
    #[must_use]
    pub fn new(known: &'a Known) -> Self {
        let paths = routes::all()
            .into_iter()
            .filter(|route| {
                route.method == "GET" && (route.guard != Guard::Public || route.path.starts_with("/logs"))
            })
            .map(|route| route.path)
            .collect();
        Self { known, paths }
    }

    /// The request of a step: it depends on nothing but seed and step.
    #[must_use]
    pub fn question(&self, seed: u64, step: u64) -> Question {
        let mut random = Random::keyed(seed, &[0x1501_A7E0, step]);
        match random.below(10) {
            0..=2 => self.voter(&mut random),
            3..=4 => self.find(&mut random),
            _ => self.any(&mut random),
        }
    }

    fn voter(&self, random: &mut Random) -> Question {
        let place = random.index(self.known.voters.len());
        let target = format!("/nc/voters/{}", self.known.voters[place].key);
        Question { voter: Some(place), ..self.get(target, random) }
    }

    fn find(&self, random: &mut Random) -> Question {
        let query = self.word(random);
        Question {
            method: "POST",
            form: format!("form_token={}&query={}", self.known.form_token, encode(&query)),
            // A form belongs to a session.
            identity: self.session(),
            ..self.get("/nc/find".to_owned(), random)
        }
    }

    fn any(&self, random: &mut Random) -> Question {
        let path = self.paths[random.index(self.paths.len())];
        let mut target = String::new();
        for part in path.split('/').skip(1) {
            target.push('/');
            match part.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => target.push_str(&encode(&self.variable(name, random))),
                None => target.push_str(part),
            }
        }
        let mut separator = '?';
        while random.chance(0.5) {
            let names = [
                "county",
                "kind",
                "rule",
                "q",
                "query",
                "page",
                "sort",
                "order",
                "column",
                "columns",
                "as_of",
                "organization",
                "owner",
                "about",
                "table",
                "filter",
                "state",
                "limit",
                "offset",
            ];
            let name = names[random.index(names.len())];
            target.push_str(&format!("{separator}{name}={}", encode(&self.word(random))));
            separator = '&';
        }
        self.get(target, random)
    }

    fn get(&self, target: String, random: &mut Random) -> Question {
        let identity = if target.starts_with("/api/") {
            let keys = &self.known.api_keys;
            format!("authorization: Bearer {}\r\n", keys[random.index(keys.len())])
        } else {
            self.session()
        };
        let compared = !NOT_COMPARED.iter().any(|prefix| target.starts_with(prefix));
        Question { method: "GET", target, form: String::new(), identity, compared, voter: None }
    }

    fn session(&self) -> String {
        format!(
            "cookie: __Host-hustings={}; __Host-hustings-form={}\r\n",
            self.known.session, self.known.mark
        )
    }

    /// A value for a variable of a path: of its kind nine times in ten.
    fn variable(&self, name: &str, random: &mut Random) -> String {
        let of = |words: &[String], random: &mut Random| words[random.index(words.len())].clone();
        if random.below(10) == 0 {
            return self.word(random);
        }
        match name.trim_start_matches('*') {
            "state" => ["nc", "nc", "nc", "va", "zz", "NC"][random.index(6)].to_owned(),
            "key" => self.known.voters[random.index(self.known.voters.len())].key.clone(),
            "row" | "page" => random.below(40).to_string(),
            "owner" => of(&self.known.organizations, random),
            "file" => ["checkpoint", "vkey", "tile/0/000", "../../platform.db", "tile/entries/000"]
                [random.index(5)]
            .to_owned(),
            _ => of(&self.known.ids, random),
        }
    }

    /// Any word: a voter's, a column of anybody's, an organization, an id, or nobody's.
    fn word(&self, random: &mut Random) -> String {
        let lists = [
            &self.known.names,
            &self.known.columns,
            &self.known.organizations,
            &self.known.ids,
            &self.known.counties,
        ];
        match random.below(8) {
            0 => format!("x{:x}", random.bits()),
            1 => random.below(1000).to_string(),
            2 => ["", "'", "%00", "../", "*", "name_last", "base", "private"][random.index(8)].to_owned(),
            _ => {
                let list = lists[random.index(lists.len())];
                list[random.index(list.len())].clone()
            }
        }
    }
}

/// Percent-encodes what is no letter, digit, hyphen or underscore.
fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
