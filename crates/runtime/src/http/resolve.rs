//! Look-up of names, with a look at what was found.

use super::address::may_reach;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error;
use std::fmt;
use std::net::IpAddr;

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
            let all: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let refused = all.iter().map(|found| found.ip()).find(|found| !may_reach(*found, private));
            let reached: Vec<_> = all.into_iter().filter(|found| may_reach(found.ip(), private)).collect();
            match refused {
                Some(address) if reached.is_empty() => Err(RefusedAddress(address).into()),
                _ => Ok(Box::new(reached.into_iter()) as Addrs),
            }
        })
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
