//! Where guests may send requests.

use crate::error::{ErrorKind, RuntimeError};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Scheme, host and port that guests may send requests to.
///
/// ```
/// use aingle_wasm_runtime::{HttpAllow, HttpConfig};
///
/// let allow = vec![
///     HttpAllow::new("https://api.example.com")?,
///     HttpAllow::new("https://*.example.org:8443")?,
///     HttpAllow::new("http://127.0.0.1:9000")?.private(),
/// ];
/// let http = HttpConfig { allow, ..Default::default() };
/// # Ok::<(), aingle_wasm_runtime::RuntimeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAllow {
    text: String,
    scheme: &'static str,
    host: Host,
    /// `None` is any.
    port: Option<u16>,
    private: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    Any,
    /// With what is below it, but not itself. Begins with a dot.
    Below(String),
    Name(String),
    Address(IpAddr),
}

impl HttpAllow {
    /// Reads `SCHEME://HOST` or `SCHEME://HOST:PORT`. The scheme is `http` or `https`. The host is a name, an IP address (IPv6
    /// in brackets), `*.NAME` for all names below a name, or `*` for every host. The port is a number or `*`; without one, it
    /// is that of the scheme.
    ///
    /// # Errors
    /// [`ErrorKind::Grant`].
    pub fn new(allow: &str) -> Result<Self, RuntimeError> {
        let refuse = |reason| RuntimeError::from(ErrorKind::Grant { grant: allow.into(), reason });
        let (scheme, rest) = match allow.split_once("://") {
            Some(("http", rest)) => (("http", 80), rest),
            Some(("https", rest)) => (("https", 443), rest),
            _ => return Err(refuse("it begins with `http://` or `https://`")),
        };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let port = match port {
            None => Some(scheme.1),
            Some("*") => None,
            Some(port) => Some(port.parse().map_err(|_| refuse("a port is a number to 65535, or `*`"))?),
        };
        let host = Host::read(host).ok_or_else(|| refuse(HOST))?;
        Ok(Self { text: allow.into(), scheme: scheme.0, host, port, private: false })
    }

    /// Returns it for addresses, too, that are not public: private, loopback, link-local, unique-local, mapped and multicast
    /// ones.
    #[must_use]
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }
}

#[cfg(feature = "http")]
impl HttpAllow {
    /// Whether a request to this host and port is allowed. The host is as in a URL, in lower case.
    pub(super) fn allows(&self, scheme: &str, host: &str, port: u16) -> bool {
        self.scheme == scheme && self.port.is_none_or(|allowed| allowed == port) && self.host.is(host)
    }

    pub(super) fn allows_private(&self) -> bool {
        self.private
    }
}

/// The address that a host of a URL is, if it is one.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(inside) => inside.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

const HOST: &str =
    "a host is a name in ASCII, an IP address, `*.NAME` or `*`; an IPv4 address is four decimal numbers";

impl Host {
    fn read(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        if let Some(address) = literal(text) {
            return Some(Self::Address(address));
        }
        let (below, name) = text.strip_prefix("*.").map_or((false, text), |name| (true, name));
        let name = name.to_ascii_lowercase();
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let parts = name.split('.').all(|part| !part.is_empty()) && name.bytes().all(known);
        (parts && !ends_in_number(&name))
            .then(|| if below { Self::Below(format!(".{name}")) } else { Self::Name(name) })
    }
}

/// Whether a URL takes this for an IPv4 address: no host of a URL is a name like it.
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let hexadecimal =
        last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(feature = "http")]
impl Host {
    fn is(&self, host: &str) -> bool {
        // `example.com.` is the same host.
        let name = host.strip_suffix('.').unwrap_or(host);
        match self {
            Self::Any => true,
            Self::Below(suffix) => name.len() > suffix.len() && name.ends_with(suffix.as_str()),
            Self::Name(allowed) => name == allowed,
            Self::Address(allowed) => literal(host) == Some(*allowed),
        }
    }
}

impl std::fmt::Display for HttpAllow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "http")]
    #[test]
    fn h04_scheme_host_and_port_have_to_fit() {
        for (allow, scheme, host, port, fits) in [
            ("https://a.example", "https", "a.example", 443, true),
            ("https://a.example", "https", "a.example.", 443, true),
            ("https://a.example", "http", "a.example", 443, false),
            ("https://a.example", "https", "a.example", 80, false),
            ("https://a.example", "https", "b.a.example", 443, false),
            ("https://A.example:*", "https", "a.example", 1, true),
            ("http://*.example:81", "http", "b.a.example", 81, true),
            ("http://*.example:81", "http", "example", 81, false),
            ("http://*.example:81", "http", "badexample", 81, false),
            ("http://*", "http", "anything", 80, true),
            ("http://10.0.0.1", "http", "10.0.0.1", 80, true),
            ("http://[::1]:8080", "http", "[::1]", 8080, true),
            ("http://[0::1]", "http", "[::1]", 80, true),
            ("http://[::1]", "http", "[::2]", 80, false),
        ] {
            let found = HttpAllow::new(allow).unwrap().allows(scheme, host, port);
            assert_eq!(found, fits, "{allow}: {scheme}://{host}:{port}");
        }
    }

    #[test]
    fn what_is_no_grant_is_refused() {
        for text in [
            "a.example",
            "ftp://a.example",
            "HTTP://a",
            "http://",
            "http://a b",
            "http://a/path",
            "http://ü.example",
            "http://a:65536",
            "http://a:",
            "http://*.",
            "http://*a.example",
            "http://a..b",
            "http://u@a",
            "http://[::1",
            // A URL has 127.0.0.1 in place of these.
            "http://127.1",
            "http://2130706433",
            "http://0177.0.0.1",
            "http://0x7f.0x1",
            "http://*.0.0.1",
        ] {
            let error = HttpAllow::new(text).expect_err(text);
            assert!(matches!(error.kind(), ErrorKind::Grant { grant, .. } if grant == text), "{error:?}");
        }
    }
}
