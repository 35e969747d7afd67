//! Whom the phone takes for the server: certificates of the platform's authorities, and of the
//! operator's own.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{clock, config};
use crate::backend::http::{HttpBackend, HttpConfig};
use crate::backend::{About, Backend, BackendError};

/// An authority of the operator's own.
pub(super) fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, key()).unwrap()
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

/// A server at `localhost` whose certificate is of this authority. Gives its address.
pub(super) async fn server_of(authority: &CertifiedIssuer<'static, KeyPair>) -> String {
    server_with(authority, CertificateParams::new(["localhost".to_owned()]).unwrap()).await
}

/// The same with another certificate.
pub(super) async fn server_with(authority: &CertifiedIssuer<'static, KeyPair>, params: CertificateParams) -> String {
    let key = key();
    let certificate = params.signed_by(&key, authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            // A phone that does not trust us hangs up here.
            let Ok(mut socket) = acceptor.accept(socket).await else { continue };
            let mut request = [0; 4096];
            if socket.read(&mut request).await.is_err() {
                continue;
            }
            socket.write_all(ABOUT.as_bytes()).await.ok();
            socket.shutdown().await.ok();
        }
    });
    format!("https://localhost:{port}")
}

const ABOUT: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n\
    {\"protocol\":1,\"server_id\":\"srv\",\"name\":\"Atelier\",\"upload_most_bytes\":1,\"now\":1790000000123}";

async fn about(base_url: String, extra_roots_pem: Option<String>) -> Result<About, BackendError> {
    let config = HttpConfig { extra_roots_pem, ..config(&base_url, Arc::new(clock())) };
    HttpBackend::new(config).unwrap().about().await
}

#[tokio::test]
async fn the_operators_own_authority_is_trusted_when_its_root_is_given() {
    let authority = authority();
    let url = server_of(&authority).await;
    assert_eq!(about(url, Some(authority.pem())).await.unwrap().server_id, "srv");
}

#[tokio::test]
async fn an_untrusted_certificate_is_not_the_servers() {
    let url = server_of(&authority()).await;
    let refused = Err(BackendError::NotOurs("its certificate is not trusted"));
    assert_eq!(about(url.clone(), None).await, refused);
    assert_eq!(about(url, Some(authority().pem())).await, refused);
}
