//! From where a request comes that a proxy of the operator's has passed on.

use axum::http::HeaderMap;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

/// Who appends to it the address that asked them.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The addresses of the operator's own proxies: what they say of who asked is believed, and nobody else's word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(BTreeSet<IpAddr>);

impl Proxies {
    /// These, and no others; none: every connection speaks for itself.
    #[must_use]
    pub fn new(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        Self(addresses.into_iter().map(|address| address.to_canonical()).collect())
    }

    /// Who asks over a connection from `peer`: over a proxy's the newest entry of `X-Forwarded-For` that is no proxy itself.
    /// What stands before it anybody may have written. Where there is none, or it is no address, the connection's own.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.0.contains(&peer.to_canonical()) {
            return peer;
        }
        let lines: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
        for line in lines.into_iter().rev() {
            let Ok(line) = line.to_str() else { return peer };
            for entry in line.rsplit(',') {
                match address(entry.trim()) {
                    Some(address) if self.0.contains(&address) => {}
                    Some(address) => return address,
                    None => return peer,
                }
            }
        }
        peer
    }
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let alone = bare.parse::<IpAddr>().ok();
    let address = alone.or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn told(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_proxys_word_is_believed_as_far_as_it_goes_and_nobody_elses() {
        let proxies = Proxies::new([ip("127.0.0.1"), ip("10.0.0.2"), ip("2001:db8::1")]);
        let asks = |peer: &str, lines: &[&str]| proxies.client(ip(peer), &told(lines)).to_string();
        assert_eq!(asks("127.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(asks("::ffff:127.0.0.1", &["192.0.2.7"]), "192.0.2.7", "the same address");
        // Who asks writes the left of it themselves; two proxies one behind the other write two entries.
        assert_eq!(asks("127.0.0.1", &["203.0.113.9, 192.0.2.7"]), "192.0.2.7");
        assert_eq!(asks("127.0.0.1", &["203.0.113.9", "192.0.2.7, 10.0.0.2"]), "192.0.2.7");
        assert_eq!(asks("2001:db8::1", &["[2001:db8::7]:443"]), "2001:db8::7");
        assert_eq!(asks("10.0.0.2", &["192.0.2.7:5123"]), "192.0.2.7");
        // Who is no proxy says what they like.
        assert_eq!(asks("192.0.2.8", &["192.0.2.7"]), "192.0.2.8");
        for nothing in [&[][..], &[""], &["unknown"], &["192.0.2.7, _hidden"], &["10.0.0.2"]] {
            assert_eq!(asks("127.0.0.1", nothing), "127.0.0.1", "{nothing:?}");
        }
        assert_eq!(Proxies::default().client(ip("127.0.0.1"), &told(&["192.0.2.7"])), ip("127.0.0.1"));
    }
}
