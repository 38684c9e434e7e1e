//! Addresses that a program may use.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// Address that a program may connect to, or listen at.
///
/// ```
/// use aingle_wasm_wasi::Address;
///
/// let address: Address = "127.0.0.1:8080".parse()?;
/// assert!(address.allows_connect(&"127.0.0.1:8080".parse()?));
/// assert!(!address.allows_connect(&"127.0.0.1:8081".parse()?));
/// assert!(!address.allows_listen(&"127.0.0.1:8080".parse()?));
///
/// let listen: Address = "listen:[::1]:*".parse()?;
/// assert!(listen.allows_listen(&"[::1]:9".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    listen: bool,
    host: Host,
    /// `None`: any.
    port: Option<u16>,
}

/// The host of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    Any,
    Ip(IpAddr),
    Name(String),
}

impl Address {
    /// Returns whether a program may connect to this address, or send to it. Only for addresses without a name.
    #[must_use]
    pub fn allows_connect(&self, to: &SocketAddr) -> bool {
        !self.listen && self.matches(to)
    }

    /// Returns whether a program may listen at this address. Only for addresses without a name.
    #[must_use]
    pub fn allows_listen(&self, at: &SocketAddr) -> bool {
        self.listen && self.matches(at)
    }

    /// Returns whether this is an address to connect to, and not one to listen at.
    pub(crate) fn connects(&self) -> bool {
        !self.listen
    }

    /// Returns whether a program may look this name up.
    pub(crate) fn allows_lookup(&self, name: &str) -> bool {
        match &self.host {
            _ if self.listen => false,
            Host::Any => true,
            Host::Ip(ip) => name.parse() == Ok(*ip),
            Host::Name(host) => host.eq_ignore_ascii_case(name),
        }
    }

    /// Returns whether a program may send HTTP requests to a host, as a URL has it, and a port.
    pub(crate) fn allows_host(&self, host: &str, port: u16) -> bool {
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        self.port.is_none_or(|allowed| allowed == port) && self.allows_lookup(host)
    }

    /// Returns the name that has to be looked up before this address can be compared with one of this port.
    pub(crate) fn name(&self, port: u16) -> Option<&str> {
        match &self.host {
            Host::Name(name) if self.port.is_none_or(|allowed| allowed == port) => Some(name),
            _ => None,
        }
    }

    fn matches(&self, address: &SocketAddr) -> bool {
        let host = match &self.host {
            Host::Any => true,
            Host::Ip(ip) => *ip == address.ip().to_canonical(),
            Host::Name(_) => false,
        };
        host && self.port.is_none_or(|port| port == address.port())
    }
}

impl FromStr for Address {
    type Err = String;

    /// Reads `HOST:PORT` or `listen:HOST:PORT`. The host is a name, an IPv4 address, an IPv6 address in brackets, or `*`;
    /// the port is a number or `*`.
    ///
    /// # Errors
    /// What is wrong with it.
    fn from_str(text: &str) -> Result<Self, String> {
        let (listen, rest) = text.strip_prefix("listen:").map_or((false, text), |rest| (true, rest));
        let (host, port) = rest.rsplit_once(':').ok_or("expected HOST:PORT")?;
        let host = read_host(host)?;
        if listen && matches!(host, Host::Name(_)) {
            return Err("expected an IP address to listen at, or `*`".into());
        }
        let port = match port {
            "*" => None,
            number => Some(
                number.parse().map_err(|_| format!("`{number}` is no port: expected 0 to 65535, or `*`"))?,
            ),
        };
        Ok(Self { listen, host, port })
    }
}

fn read_host(text: &str) -> Result<Host, String> {
    if text == "*" {
        return Ok(Host::Any);
    }
    if let Some(inner) = text.strip_prefix('[') {
        let ip = inner.strip_suffix(']').and_then(|ip| ip.parse::<std::net::Ipv6Addr>().ok());
        return ip
            .map(|ip| Host::Ip(ip.into()))
            .ok_or_else(|| format!("`{text}` is no IPv6 address in brackets"));
    }
    if let Ok(ip) = text.parse::<std::net::Ipv4Addr>() {
        return Ok(Host::Ip(ip.into()));
    }
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
    if text.is_empty() || !text.chars().all(is_name) {
        return Err(format!("`{text}` is no host: expected a name, an IP address (IPv6 in brackets) or `*`"));
    }
    Ok(Host::Name(text.into()))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.listen {
            f.write_str("listen:")?;
        }
        match &self.host {
            Host::Any => f.write_str("*")?,
            Host::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]")?,
            Host::Ip(ip) => ip.fmt(f)?,
            Host::Name(name) => f.write_str(name)?,
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => f.write_str(":*"),
        }
    }
}
