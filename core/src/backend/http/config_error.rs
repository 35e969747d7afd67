//! Why can a server not be reached with a configuration?

/// Why no server can be reached with a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The address cannot be read as one, or is not of the web.
    #[error("the server's address is not one of the web")]
    Address,
    /// The host has letters outside ASCII. This library carries no tables to convert them.
    #[error("write the server's address in ASCII: a name with other letters has a form that begins with xn--")]
    AddressLetters,
    /// The proxy's address is not `host:port`.
    #[error("a proxy is written as host:port")]
    Proxy,
    /// Plain HTTP to another machine: names and texts would travel in clear.
    #[error("plain HTTP is only for a server on this machine; use https")]
    PlainHttp,
    /// The extra roots hold no certificate that can be read.
    #[error("the extra root certificates cannot be read")]
    Roots,
    /// The platform gives no way to check a certificate.
    #[error("this platform offers no way to check certificates")]
    Tls,
}
