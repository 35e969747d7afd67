//! Whose network address is it? Behind a proxy every call comes from the proxy: who called stands in
//! `Forwarded` (RFC 7239) or `X-Forwarded-For`, which any caller can write. They are believed from the
//! configured proxies only, and read from the end: each proxy adds the address that it saw.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;

/// The networks of the proxies that are believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(pub Vec<Network>);

/// An address or a range of them: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// Not a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a network is written 10.0.0.1 or 10.0.0.0/8")]
pub struct NoNetwork;

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| NoNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| NoNetwork)?;
        if bits > most { Err(NoNetwork) } else { Ok(Self { address, bits }) }
    }
}

impl Network {
    fn contains(self, ip: IpAddr) -> bool {
        let (shift_v4, shift_v6) = (32 - u32::from(self.bits.min(32)), 128 - u32::from(self.bits.min(128)));
        match (self.address, ip) {
            (IpAddr::V4(own), IpAddr::V4(ip)) => {
                own.to_bits().checked_shr(shift_v4) == ip.to_bits().checked_shr(shift_v4)
            }
            (IpAddr::V6(own), IpAddr::V6(ip)) => {
                own.to_bits().checked_shr(shift_v6) == ip.to_bits().checked_shr(shift_v6)
            }
            _ => false,
        }
    }
}

impl TrustedProxies {
    fn has(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(ip))
    }

    /// Who called: the last address on the way that is not a trusted proxy's.
    pub(crate) fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.ip().to_canonical();
        if !self.has(client) {
            return client;
        }
        for said in hops(headers).into_iter().rev() {
            // A hop that says no address hides who called: the proxy that added it stands for them.
            let Some(ip) = said else { break };
            client = ip;
            if !self.has(ip) {
                break;
            }
        }
        client
    }
}

/// The addresses of the way, the caller's first. `Forwarded` goes before the older header.
fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let all = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).map(|part| part.trim().to_owned()).collect()
    };
    let forwarded = all("forwarded");
    if !forwarded.is_empty() {
        return forwarded.iter().map(|hop| hop_of(hop)).collect();
    }
    all("x-forwarded-for").iter().map(|hop| ip_of(hop)).collect()
}

fn hop_of(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    ip_of(value.trim().trim_matches('"'))
}

/// An address with or without brackets and port.
fn ip_of(text: &str) -> Option<IpAddr> {
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(with_port).or_else(bare).map(|ip: IpAddr| ip.to_canonical())
}

/// The name under which calls of an address are counted: a customer of a provider has a whole /64 of IPv6.
pub(crate) fn counted_as(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => format!("from {ip}"),
        IpAddr::V6(ip) => format!("from {}/64", Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted() -> TrustedProxies {
        TrustedProxies(vec!["10.0.0.0/8".parse().unwrap(), "127.0.0.1".parse().unwrap(), "fd00::/8".parse().unwrap()])
    }

    fn client(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        trusted().client(SocketAddr::new(peer.parse().unwrap(), 1), &map).to_string()
    }

    #[test]
    fn a_stranger_cannot_say_to_be_somebody_else() {
        assert_eq!(client("203.0.113.9", &[("x-forwarded-for", "198.51.100.1")]), "203.0.113.9");
        assert_eq!(client("203.0.113.9", &[("forwarded", "for=198.51.100.1")]), "203.0.113.9");
        let none = TrustedProxies::default();
        let headers = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), "198.51.100.1".parse().unwrap())]);
        assert_eq!(none.client("127.0.0.1:1".parse().unwrap(), &headers).to_string(), "127.0.0.1");
    }

    #[test]
    fn behind_trusted_proxies_it_is_the_last_address_that_is_not_theirs() {
        assert_eq!(client("127.0.0.1", &[("x-forwarded-for", "203.0.113.9")]), "203.0.113.9");
        // What the caller wrote itself stands before what the proxy saw.
        assert_eq!(client("127.0.0.1", &[("x-forwarded-for", "198.51.100.1, 203.0.113.9")]), "203.0.113.9");
        assert_eq!(client("127.0.0.1", &[("x-forwarded-for", "203.0.113.9, 10.1.2.3")]), "203.0.113.9");
        assert_eq!(
            client("10.0.0.1", &[("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "203.0.113.9")]),
            "203.0.113.9"
        );
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &[("x-forwarded-for", "unknown")]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &[("x-forwarded-for", "198.51.100.1, unknown, 10.1.1.1")]), "10.1.1.1");
    }

    #[test]
    fn forwarded_is_read_as_its_rfc_writes_it() {
        assert_eq!(client("127.0.0.1", &[("forwarded", "for=203.0.113.9;proto=https;by=10.0.0.1")]), "203.0.113.9");
        assert_eq!(client("127.0.0.1", &[("forwarded", "For=\"[2001:db8::17]:4711\"")]), "2001:db8::17");
        assert_eq!(client("127.0.0.1", &[("forwarded", "for=\"[2001:db8::17]\", for=10.0.0.9")]), "2001:db8::17");
        assert_eq!(client("127.0.0.1", &[("forwarded", "for=_hidden")]), "127.0.0.1");
        assert_eq!(client("fd00::1", &[("forwarded", "for=203.0.113.9:1234")]), "203.0.113.9");
    }

    #[test]
    fn networks_are_read_and_what_is_none_is_refused() {
        let has = |network: &str, ip: &str| network.parse::<Network>().unwrap().contains(ip.parse().unwrap());
        assert!(has("0.0.0.0/0", "203.0.113.9") && has("10.0.0.0/9", "10.127.0.1") && !has("10.0.0.0/9", "10.128.0.1"));
        assert!(has("::1", "::1") && !has("::1", "::2") && !has("::/0", "1.2.3.4"));
        for odd in ["", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "proxy.example", "10.0.0.1/"] {
            assert_eq!(odd.parse::<Network>(), Err(NoNetwork), "{odd}");
        }
    }

    #[test]
    fn one_subscriber_of_ipv6_is_counted_as_one() {
        assert_eq!(counted_as("2001:db8:1:2:3::4".parse().unwrap()), counted_as("2001:db8:1:2::9".parse().unwrap()));
        assert_ne!(counted_as("2001:db8:1:2::9".parse().unwrap()), counted_as("2001:db8:1:3::9".parse().unwrap()));
    }
}
