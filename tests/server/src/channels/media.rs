//! May a customer's file be fetched from this address, and does the API token go along?
//!
//! A webhook, and so a customer, can name any address. A file is fetched from the configured base of the
//! provider's API, or over HTTPS from a host on which the provider keeps files; never from an address of
//! a private network, whatever a host's name resolves to. The token goes to the base, and to the hosts
//! where Meta asks for it, and only if the API itself gave the address (Meta, "Media": a media URL is
//! fetched with the token).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The hosts that files are fetched from, beside the base of the provider's API. A name stands for its
/// subdomains too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaHosts {
    /// Files lie open there.
    pub open: Vec<String>,
    /// Files lie behind the API token there.
    pub with_token: Vec<String>,
}

impl Default for MediaHosts {
    /// Meta's: `lookaside.fbsbx.com` for WhatsApp, the content networks of Facebook and Instagram.
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            open: names(&["fbcdn.net", "fbsbx.com", "cdninstagram.com", "whatsapp.net"]),
            with_token: names(&["lookaside.fbsbx.com"]),
        }
    }
}

/// Who named an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamedBy {
    /// The provider's API, in answer to a call with the token.
    Api,
    /// A webhook, or a redirect.
    Stranger,
}

/// How an address may be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Permit {
    /// Whether the API token goes along.
    pub(super) token: bool,
    /// Whether it is the configured base, which may lie in a private network.
    pub(super) base: bool,
}

/// How this address may be fetched; none: not at all.
pub(super) fn permit(hosts: &MediaHosts, base: &str, url: &Url, named_by: NamedBy) -> Option<Permit> {
    let by_api = named_by == NamedBy::Api;
    if Url::parse(base).is_ok_and(|base| base.origin() == url.origin()) {
        return Some(Permit { token: by_api, base: true });
    }
    let plain =
        url.scheme() == "https" && url.port().is_none() && url.username().is_empty() && url.password().is_none();
    let host = url.domain().filter(|_| plain)?;
    let with_token = is_on(&hosts.with_token, host);
    (with_token || is_on(&hosts.open, host)).then_some(Permit { token: with_token && by_api, base: false })
}

fn is_on(names: &[String], host: &str) -> bool {
    let host = host.trim_end_matches('.');
    names.iter().any(|name| host == name || host.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.')))
}

/// Resolves names to public addresses only: a name that leads into a private network leads nowhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct PublicOnly;

/// A host has no public address.
#[derive(Debug, thiserror::Error)]
#[error("the host has no public address")]
struct NoPublicAddress;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NoPublicAddress.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address belongs to the public internet (IANA's special-purpose registries).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => match embedded(ip) {
            Some(ip) => is_public_v4(ip),
            None => is_public_v6(ip),
        },
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = match (a, b, c) {
        // This network, private, loopback, multicast and what is reserved above it.
        (0 | 10 | 127 | 224..=255, _, _) => true,
        // Carrier NAT, link local, private.
        (100, 64..=127, _) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _) => true,
        // Protocol assignments, documentation, relays, benchmarks.
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113) => true,
        _ => false,
    };
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    // Global unicast is 2000::/3; documentation and Teredo lie in it.
    first & 0xe000 == 0x2000 && !(first == 0x2001 && (second == 0x0db8 || second < 0x0200)) && first != 0x3fff
}

/// The version 4 address that a mapped, translated (64:ff9b::/96) or 6to4 address leads to.
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://graph.facebook.com";

    fn asked(url: &str, named_by: NamedBy) -> Option<Permit> {
        permit(&MediaHosts::default(), BASE, &Url::parse(url).unwrap(), named_by)
    }

    #[test]
    fn a_file_is_fetched_over_https_from_the_providers_hosts() {
        let open = Some(Permit { token: false, base: false });
        for url in
            ["https://scontent.xx.fbcdn.net/v/1.jpg", "https://cdn.fbsbx.com/a", "https://scontent.cdninstagram.com/b"]
        {
            assert_eq!(asked(url, NamedBy::Stranger), open, "{url}");
            assert_eq!(asked(url, NamedBy::Api), open, "{url}");
        }
    }

    #[test]
    fn any_other_address_is_not_fetched() {
        for url in [
            "http://scontent.xx.fbcdn.net/v/1.jpg",
            "https://fbcdn.net.example/1.jpg",
            "https://notfbcdn.net/1.jpg",
            "https://scontent.xx.fbcdn.net:8443/1.jpg",
            "https://user:word@scontent.xx.fbcdn.net/1.jpg",
            "https://scontent.xx.fbcdn.net@example.org/1.jpg",
            "https://169.254.169.254/latest/meta-data",
            "http://127.0.0.1:8060/sim/cast",
            "https://[::1]/",
            "https://localhost/",
            "http://graph.facebook.com/1",
            "https://graph.facebook.com:444/1",
            "file:///etc/passwd",
            "ftp://lookaside.fbsbx.com/1",
        ] {
            assert_eq!(asked(url, NamedBy::Api), None, "{url}");
            assert_eq!(asked(url, NamedBy::Stranger), None, "{url}");
        }
    }

    #[test]
    fn the_token_goes_where_the_api_sends_it_and_never_where_a_webhook_does() {
        let token = |url, named_by| asked(url, named_by).map(|permit| permit.token);
        for url in
            ["https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", "https://graph.facebook.com/v26.0/1"]
        {
            assert_eq!(token(url, NamedBy::Api), Some(true), "{url}");
            assert_eq!(token(url, NamedBy::Stranger), Some(false), "{url}");
        }
        assert_eq!(token("https://cdn.fbsbx.com/1", NamedBy::Api), Some(false));
    }

    #[test]
    fn private_local_and_reserved_addresses_are_not_public() {
        for ip in [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "fec0::1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "157.240.1.1", "2a03:2880:f01c::1", "64:ff9b::808:808"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }
}
