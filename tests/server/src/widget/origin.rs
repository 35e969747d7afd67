//! Which web sites may call a widget from a browser? Each site key has its origins (RFC 6454); a page of
//! the server's own host may call too. A call without `Origin` comes from no browser's page.

use std::str::FromStr;

use axum::http::{HeaderMap, HeaderValue, header};

/// `https://shop.example`, with a port if it is not the usual one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// Not an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an origin is written https://shop.example, without a path")]
pub struct NotAnOrigin;

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let url = reqwest::Url::parse(text).map_err(|_| NotAnOrigin)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && !text.ends_with('/');
        let plain = url.username().is_empty() && url.password().is_none() && url.has_host();
        if !(bare && plain && matches!(url.scheme(), "https" | "http")) {
            return Err(NotAnOrigin);
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

impl Origin {
    /// As a browser writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a call's `Origin` means for a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// No browser's page, or a page of this host: nothing is to be said to a browser.
    Own,
    /// A page of one of the site's origins: the browser lets it read an answer that names it.
    Listed(HeaderValue),
    /// A page of another site.
    Stranger,
}

/// Who calls, by the origins of a site (with spaces between).
pub(super) fn caller(headers: &HeaderMap, origins: &str) -> Caller {
    let Some(origin) = headers.get(header::ORIGIN) else { return Caller::Own };
    let Ok(text) = origin.to_str() else { return Caller::Stranger };
    if origins.split_whitespace().any(|listed| listed == text) {
        return Caller::Listed(origin.clone());
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let own = text.split_once("://").is_some_and(|(_, authority)| Some(authority) == host);
    if own { Caller::Own } else { Caller::Stranger }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOPS: &str = "https://shop.example https://shop.example:8443";

    fn called(origin: Option<&str>) -> Caller {
        let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("inbox.example"))]);
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        caller(&headers, SHOPS)
    }

    #[test]
    fn the_sites_of_the_list_and_the_servers_own_pages_may_call() {
        assert_eq!(
            called(Some("https://shop.example")),
            Caller::Listed(HeaderValue::from_static("https://shop.example"))
        );
        assert!(matches!(called(Some("https://shop.example:8443")), Caller::Listed(_)));
        assert_eq!(called(Some("https://inbox.example")), Caller::Own);
        assert_eq!(called(None), Caller::Own);
    }

    #[test]
    fn every_other_site_is_a_stranger() {
        for origin in [
            "http://shop.example",
            "https://shop.example.evil.example",
            "https://evil.example",
            "null",
            "",
            "https://shop.example:444",
            "https://sub.shop.example",
        ] {
            assert_eq!(called(Some(origin)), Caller::Stranger, "{origin}");
        }
    }

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        assert_eq!("https://Shop.example:443".parse::<Origin>().unwrap().as_str(), "https://shop.example");
        assert_eq!("http://localhost:3000".parse::<Origin>().unwrap().as_str(), "http://localhost:3000");
        for odd in
            ["shop.example", "https://shop.example/", "https://shop.example/a", "*", "null", "ftp://a", "https://u@a"]
        {
            assert_eq!(odd.parse::<Origin>(), Err(NotAnOrigin), "{odd}");
        }
    }
}
