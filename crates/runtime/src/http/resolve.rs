//! Look-up of names, with a look at what was found.

use super::address::may_reach;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// Looks up names, and gives the connection those addresses that may be reached and no others. Names are looked up once for a
/// connection: what was compared is what is connected to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolver {
    pub(super) private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(reached(found, private)?.into_iter()) as Addrs)
        })
    }
}

/// Returns those addresses of a name that may be reached.
///
/// # Errors
/// An address that may not be, if none may.
fn reached(
    found: impl Iterator<Item = SocketAddr>,
    private: bool,
) -> Result<Vec<SocketAddr>, RefusedAddress> {
    let (reached, refused): (Vec<_>, Vec<_>) = found.partition(|found| may_reach(found.ip(), private));
    match refused.first() {
        Some(address) if reached.is_empty() => Err(RefusedAddress(address.ip())),
        _ => Ok(reached),
    }
}

/// A name has only addresses that may not be reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct RefusedAddress(pub(super) IpAddr);

impl fmt::Display for RefusedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the address {} is not public", self.0)
    }
}

impl Error for RefusedAddress {}

/// The address for which a request was refused, if that is why it failed.
pub(super) fn refused(error: &(dyn Error + 'static)) -> Option<IpAddr> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(RefusedAddress(address)) = error.downcast_ref() {
            return Some(*address);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h04_of_several_addresses_of_a_name_only_public_ones_are_reached() {
        let reached = |addresses: &[&str], private| {
            let all = addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0));
            reached(all, private)
                .map(|reached| reached.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>())
                .map_err(|RefusedAddress(address)| address.to_string())
        };
        let mixed = ["127.0.0.1", "1.1.1.1", "fd00::1", "2606:4700::1111"];
        assert_eq!(reached(&mixed, false), Ok(vec!["1.1.1.1".into(), "2606:4700::1111".into()]));
        assert_eq!(reached(&mixed, true), Ok(mixed.map(Into::into).to_vec()));
        assert_eq!(reached(&["10.0.0.1", "::1"], false), Err("10.0.0.1".into()));
        assert_eq!(reached(&[], false), Ok(vec![]));
    }
}
