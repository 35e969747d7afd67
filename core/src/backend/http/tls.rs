//! Whom we trust to be the server.
//!
//! The platform decides, except on Android, where its verifier needs Java code that is not on
//! Maven Central: there the bundled roots of Mozilla serve. Who runs an inbox behind a
//! certificate authority of their own adds its root on every platform.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::config_error::ConfigError;

/// A configuration with a provider named outright: reqwest panics when it has to guess one.
/// It also leaves ALPN to us. HTTP/1.1 alone is offered: HTTP/2 adds 250 KB to an app, and the few
/// calls of a screen do not get faster by it.
///
/// A `plain` server is spoken to without TLS. Then nobody is trusted, and the platform's roots, which
/// take longer to read than everything else at opening, stay unread.
pub(super) fn client_config(extra_roots_pem: Option<&str>, plain: bool) -> Result<ClientConfig, ConfigError> {
    let provider = Arc::new(ring::default_provider());
    let extra_roots = extra_roots(extra_roots_pem)?;
    let mut config = if plain { trusting_nobody(provider)? } else { verified(provider, extra_roots)? };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn trusting_nobody(provider: Arc<CryptoProvider>) -> Result<ClientConfig, ConfigError> {
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| ConfigError::Tls)?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(config)
}

#[cfg(not(target_os = "android"))]
fn verified(
    provider: Arc<CryptoProvider>,
    extra_roots: Vec<CertificateDer<'static>>,
) -> Result<ClientConfig, ConfigError> {
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(extra_roots, provider.clone())
        .map_err(|_| ConfigError::Tls)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| ConfigError::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

#[cfg(target_os = "android")]
fn verified(
    provider: Arc<CryptoProvider>,
    extra_roots: Vec<CertificateDer<'static>>,
) -> Result<ClientConfig, ConfigError> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for root in extra_roots {
        roots.add(root).map_err(|_| ConfigError::Roots)?;
    }
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| ConfigError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

/// The operator's own roots. A file without one certificate is a mistake to be told, not to
/// be found out by a handshake that fails.
fn extra_roots(pem: Option<&str>) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let Some(pem) = pem else { return Ok(Vec::new()) };
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    roots.ok().filter(|roots| !roots.is_empty()).ok_or(ConfigError::Roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_offers_http_1_1() {
        let config = client_config(None, false).unwrap();
        assert_eq!(config.alpn_protocols, [b"http/1.1".to_vec()]);
    }

    #[test]
    fn roots_that_hold_no_certificate_are_refused() {
        for plain in [false, true] {
            assert!(matches!(client_config(Some("not a certificate"), plain), Err(ConfigError::Roots)));
        }
    }
}
