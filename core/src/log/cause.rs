//! Why something did not work: one word for programs, one sentence for people.

/// Why a call, a file or a command did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The server's name has no address.
    NameNotResolved,
    /// The device has no network.
    NoNetwork,
    /// No way leads to the server's machine.
    HostUnreachable,
    /// Nothing listens at the server's port.
    ConnectionRefused,
    /// The connection was ended by the other side or on the way.
    ConnectionReset,
    /// No connection came about in time.
    ConnectTimeout,
    /// No connection came about, for another reason.
    Connect,
    /// The server did not answer in time.
    Timeout,
    /// The answer stopped in the middle.
    Cut,
    /// The answer is longer than any answer of the protocol.
    AnswerTooLong,
    /// The way to the server broke in a manner that has no word of its own.
    Broken,
    /// The proxy did not connect.
    Proxy,
    /// The certificate has expired.
    CertificateExpired,
    /// The certificate is not valid yet.
    CertificateNotYetValid,
    /// The certificate is of another host.
    CertificateOfAnotherHost,
    /// No authority that this device trusts has signed the certificate.
    CertificateOfUnknownIssuer,
    /// The certificate was revoked.
    CertificateRevoked,
    /// The certificate is wrong in another way.
    CertificateNotValid,
    /// The other side offers only versions of TLS that are too old.
    TlsVersion,
    /// The other side speaks no TLS.
    NotTls,
    /// The TLS handshake failed in another way.
    TlsHandshake,
    /// A network's sign-in page answered in the server's place.
    CaptivePortal,
    /// Something that is not the inbox server answered.
    NotTheServer,
    /// The server, or the proxy before it, reports a fault of its own.
    ServerDown,
    /// Too many requests.
    RateLimit,
    /// The disk is full.
    DiskFull,
    /// The disk failed.
    DiskFault,
    /// A database is damaged.
    Damaged,
    /// A database was written by a newer version.
    NewerFiles,
    /// The account was paused meanwhile.
    Paused,
    /// A page of the server does not continue what is held.
    PageRefused,
    /// Too much waits in the outbox.
    OutboxFull,
    /// A mistake of this library.
    Bug,
}

impl Cause {
    /// One word, for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.both().0
    }

    /// One sentence, for the person who looks for the cause: what is wrong and what to do.
    #[must_use]
    pub fn words(self) -> &'static str {
        self.both().1
    }

    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::NameNotResolved => (
                "name_not_resolved",
                "The server's name has no address: the device is offline, the name is misspelled, or DNS is down.",
            ),
            Self::NoNetwork => ("no_network", "The device has no network."),
            Self::HostUnreachable => {
                ("host_unreachable", "No way leads to the server's machine: check network and VPN.")
            }
            Self::ConnectionRefused => {
                ("connection_refused", "Nothing listens at that address and port: is the server running?")
            }
            Self::ConnectionReset => ("connection_reset", "The connection was cut by the server or on the way."),
            Self::ConnectTimeout => ("connect_timeout", "No connection within 10 seconds: a firewall, or no network."),
            Self::Connect => ("connect", "No connection to the server."),
            Self::Timeout => ("timeout", "The server did not answer in time."),
            Self::Cut => ("cut", "The answer stopped in the middle: the network is bad."),
            Self::AnswerTooLong => ("answer_too_long", "The answer is longer than the protocol allows."),
            Self::Broken => ("broken", "The way to the server broke."),
            Self::Proxy => ("proxy", "The proxy did not connect to the server: check its address and its password."),
            Self::CertificateExpired => {
                ("certificate_expired", "The server's certificate has expired, or this device's clock is wrong.")
            }
            Self::CertificateNotYetValid => (
                "certificate_not_yet_valid",
                "The server's certificate is not valid yet, or this device's clock is wrong.",
            ),
            Self::CertificateOfAnotherHost => (
                "certificate_of_another_host",
                "The certificate is of another host: a wrong address, or something that poses as the server.",
            ),
            Self::CertificateOfUnknownIssuer => (
                "certificate_of_unknown_issuer",
                "No authority that this device trusts signed the certificate: give the operator's root certificate.",
            ),
            Self::CertificateRevoked => ("certificate_revoked", "The server's certificate was revoked."),
            Self::CertificateNotValid => ("certificate_not_valid", "The server's certificate is not valid."),
            Self::TlsVersion => ("tls_version", "The server offers no TLS 1.2 or newer."),
            Self::NotTls => ("not_tls", "What answers there speaks no TLS: a wrong port, or a network's sign-in page."),
            Self::TlsHandshake => ("tls_handshake", "The TLS handshake failed."),
            Self::CaptivePortal => (
                "captive_portal",
                "A web page answered in the server's place: sign in to this network, or check the server's address.",
            ),
            Self::NotTheServer => {
                ("not_the_server", "Something that is not an inbox server answered: check the address.")
            }
            Self::ServerDown => ("server_down", "The server reports a fault of its own, or is down behind its proxy."),
            Self::RateLimit => ("rate_limit", "Too many requests: the server asks to wait."),
            Self::DiskFull => ("disk_full", "This device's storage is full: make room."),
            Self::DiskFault => ("disk_fault", "This device's storage reports a fault."),
            Self::Damaged => ("damaged", "A database was damaged; what can be fetched again is fetched again."),
            Self::NewerFiles => ("newer_files", "The files were written by a newer version of the app: update it."),
            Self::Paused => ("paused", "The account was paused meanwhile."),
            Self::PageRefused => {
                ("page_refused", "A page of the server does not continue what is held; it is asked for again.")
            }
            Self::OutboxFull => ("outbox_full", "500 commands or 250 MB of attachments wait already: go online."),
            Self::Bug => ("bug", "A mistake of this library: please report it."),
        }
    }
}
