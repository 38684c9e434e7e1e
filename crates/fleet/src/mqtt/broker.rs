//! Where the broker is, and how to prove who is who.

use rumqttc::{MqttOptions, TlsConfiguration, Transport};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::sync::Arc;
use std::time::Duration;
use std::vec::Vec;
use url::Url;

/// Bytes of the longest message that is written, and that devices and gateways read: a chunk at most, and its topic.
const MAX_PACKET: usize = 128 * 1024;
/// Bytes of the longest message that MQTT has.
const ANY_PACKET: usize = 5 + 268_435_455;
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What is wrong with the address of a broker, or with what is needed to trust it.
#[derive(Debug)]
pub enum UrlError {
    /// It is not `mqtt://[USER[:PASSWORD]@]HOST[:PORT]`, or `mqtts://…`.
    Url(String),
    /// A file of certificates or keys cannot be used.
    File(PathBuf, String),
    /// TLS was configured for an address without it.
    NoTls,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(reason) => {
                write!(
                    f,
                    "broker: {reason}; expected mqtt://[USER[:PASSWORD]@]HOST[:PORT], or mqtts:// for TLS"
                )
            }
            Self::File(path, reason) => write!(f, "{}: {reason}", path.display()),
            Self::NoTls => f.write_str("certificates are of no use with mqtt://; mqtts:// is TLS"),
        }
    }
}

impl std::error::Error for UrlError {}

/// Files that TLS needs, all of them PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificates of who may vouch for the broker. Without it, those of the system.
    pub ca: Option<PathBuf>,
    /// The client's certificate and key, if the broker asks for them.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// A broker, and what all topics of the fleet begin with.
#[derive(Clone)]
pub struct Broker {
    host: String,
    port: u16,
    user: Option<(String, String)>,
    tls: Option<Arc<ClientConfig>>,
    /// What all topics of the fleet begin with.
    pub prefix: String,
}

impl Broker {
    /// Reads the address of a broker. The port is 1883, or 8883 with TLS, unless it is named. The prefix is `aingle`.
    ///
    /// # Errors
    ///
    /// If it is not an address, or a file cannot be used.
    pub fn new(url: &str, tls: &Tls) -> Result<Self, UrlError> {
        let url = Url::parse(url).map_err(|error| UrlError::Url(error.to_string()))?;
        let secure = match url.scheme() {
            "mqtt" => false,
            "mqtts" => true,
            other => return Err(UrlError::Url(std::format!("`{other}` is not a scheme of MQTT"))),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(UrlError::Url("nothing may follow the port".into()));
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| UrlError::Url("it names no host".into()))?;
        if !secure && *tls != Tls::default() {
            return Err(UrlError::NoTls);
        }
        let decoded = |text: &str| percent_decoded(text);
        let user = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some((decoded(user)?, decoded(password.unwrap_or_default())?)),
        };
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_string(),
            port: url.port().unwrap_or(if secure { 8883 } else { 1883 }),
            user,
            tls: if secure { Some(Arc::new(client_config(tls)?)) } else { None },
            prefix: "aingle".into(),
        })
    }

    /// Returns the same with another prefix of topics.
    #[must_use]
    pub fn prefix(self, prefix: &str) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Returns the options of a client. `reads_any` lets it read messages of any length. Without it, a longer one ends the connection.
    pub(super) fn options(&self, client: &str, reads_any: bool) -> MqttOptions {
        let mut options = MqttOptions::new(client, &self.host, self.port);
        options.set_clean_session(true).set_keep_alive(KEEP_ALIVE);
        options.set_max_packet_size(if reads_any { ANY_PACKET } else { MAX_PACKET }, MAX_PACKET);
        if let Some((user, password)) = &self.user {
            options.set_credentials(user, password);
        }
        if let Some(config) = &self.tls {
            options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(Arc::clone(config))));
        }
        options
    }
}

/// The address, without the password.
impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls.is_some() { "mqtts" } else { "mqtt" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Broker({self}, prefix {})", self.prefix)
    }
}

fn percent_decoded(text: &str) -> Result<String, UrlError> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| UrlError::Url("user or password is not UTF-8".into()))
}

fn client_config(tls: &Tls) -> Result<ClientConfig, UrlError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| UrlError::Url(error.to_string()))?;
    let builder = builder.with_root_certificates(roots(tls.ca.as_ref())?);
    let Some((certificate, key)) = &tls.client else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates(certificate)?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| file(key, error))?;
    builder.with_client_auth_cert(chain, secret).map_err(|error| file(key, error))
}

fn roots(ca: Option<&PathBuf>) -> Result<RootCertStore, UrlError> {
    let mut roots = RootCertStore::empty();
    let Some(path) = ca else {
        for certificate in rustls_native_certs::load_native_certs().certs {
            // The system may have certificates that no TLS of today takes.
            let _ = roots.add(certificate);
        }
        return Ok(roots);
    };
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| file(path, error))?;
    }
    if roots.is_empty() {
        Err(UrlError::File(path.clone(), "it has no certificate".into()))
    } else {
        Ok(roots)
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, UrlError> {
    let all = CertificateDer::pem_file_iter(path).map_err(|error| file(path, error))?;
    all.collect::<Result<_, _>>().map_err(|error| file(path, error))
}

fn file(path: &Path, error: impl fmt::Display) -> UrlError {
    UrlError::File(path.into(), error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_strictly() {
        let broker = |url| Broker::new(url, &Tls::default()).map(|broker| broker.to_string());
        assert_eq!(broker("mqtt://localhost").expect("an address"), "mqtt://localhost:1883");
        assert_eq!(broker("mqtts://b.example:9").expect("an address"), "mqtts://b.example:9");
        assert_eq!(broker("mqtt://u:p%40@[::1]:1").expect("an address"), "mqtt://::1:1");
        for wrong in ["localhost", "http://localhost", "mqtt://", "mqtt://h/path", "mqtt://h?x", "mqtt://h:x"]
        {
            assert!(broker(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_password_is_not_printed() {
        let broker = Broker::new("mqtt://user:secret@localhost", &Tls::default()).expect("an address");
        assert!(!std::format!("{broker} {broker:?}").contains("secret"));
        assert_eq!(broker.user, Some(("user".into(), "secret".into())));
    }

    #[test]
    fn certificates_need_tls() {
        let tls = Tls { ca: Some("ca.pem".into()), client: None };
        assert!(matches!(Broker::new("mqtt://localhost", &tls), Err(UrlError::NoTls)));
        assert!(matches!(Broker::new("mqtts://localhost", &tls), Err(UrlError::File(..))));
    }
}
