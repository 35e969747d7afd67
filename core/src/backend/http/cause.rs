//! Why did a call fail, in one word that an operator can act on?
//!
//! The phone treats most of these alike (no answer: try again later). A person who looks for the
//! cause does not: a name that does not resolve, an expired certificate and a captive portal are
//! three different repairs.

use std::error::Error;
use std::io::ErrorKind;

use rustls::{AlertDescription, CertificateError};

use crate::log::Cause;

/// Why a request brought no answer.
pub(super) fn cause(error: &reqwest::Error) -> Cause {
    let mut causes = chain(error);
    let certain = causes.find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return Some(of_tls(error));
        }
        if let Some(error) = cause.downcast_ref::<std::io::Error>() {
            return of_io(error);
        }
        // hyper-util keeps the type of this error to itself.
        let words = cause.to_string();
        if words.starts_with("dns error") {
            return Some(Cause::NameNotResolved);
        }
        (words.contains("tunnel") || words.contains("proxy")).then_some(Cause::Proxy)
    });
    match certain {
        Some(cause) => cause,
        None if error.is_timeout() && error.is_connect() => Cause::ConnectTimeout,
        None if error.is_timeout() => Cause::Timeout,
        None if error.is_connect() => Cause::Connect,
        None if error.is_body() || error.is_decode() => Cause::Cut,
        None => Cause::Broken,
    }
}

/// Whether the other side could not show that it is the server: a captive portal, or an operator
/// whose own root certificate was not given. Nothing was sent to it.
pub(super) fn is_untrusted(error: &reqwest::Error) -> bool {
    chain(error).any(|cause| matches!(cause.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))))
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |&cause| {
        // What an I/O error wraps is not its source.
        let wrapped = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| cause.source())
    })
}

fn of_tls(error: &rustls::Error) -> Cause {
    match error {
        rustls::Error::InvalidCertificate(error) => match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Cause::CertificateExpired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Cause::CertificateNotYetValid
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Cause::CertificateOfAnotherHost
            }
            CertificateError::UnknownIssuer => Cause::CertificateOfUnknownIssuer,
            CertificateError::Revoked => Cause::CertificateRevoked,
            _ => Cause::CertificateNotValid,
        },
        rustls::Error::PeerIncompatible(_) | rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            Cause::TlsVersion
        }
        // Whoever answers speaks no TLS: most often plain HTTP on this port, or a portal.
        rustls::Error::InvalidMessage(_) => Cause::NotTls,
        _ => Cause::TlsHandshake,
    }
}

fn of_io(error: &std::io::Error) -> Option<Cause> {
    match error.kind() {
        ErrorKind::ConnectionRefused => Some(Cause::ConnectionRefused),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            Some(Cause::ConnectionReset)
        }
        ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => Some(Cause::NoNetwork),
        ErrorKind::HostUnreachable => Some(Cause::HostUnreachable),
        ErrorKind::UnexpectedEof => Some(Cause::Cut),
        ErrorKind::TimedOut => Some(Cause::Timeout),
        // What it wraps says more.
        _ => None,
    }
}
