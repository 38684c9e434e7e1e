//! Which addresses are everyone's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether requests may be sent to this address, by an entry that allows private ones or not.
pub(super) fn may_reach(address: IpAddr, private: bool) -> bool {
    private || is_public(address)
}

/// Returns whether an address belongs to the public internet. Private, shared, loopback, link-local, unique-local, multicast
/// and reserved ones do not, and neither does an IPv6 address that holds an IPv4 address: it would reach what the IPv4
/// address is refused for.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let refused = matches!(
        (first, second, third),
        // This network, private use, loopback.
        (0 | 10 | 127, ..)
            // Shared by customers of a provider.
            | (100, 64..=127, _)
            // Link-local, where clouds have their metadata.
            | (169, 254, _)
            | (172, 16..=31, _)
            // Protocols, documentation, relays of 6to4, private use.
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            // Benchmarks, documentation.
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            // Multicast, reserved, broadcast.
            | (224..=255, ..)
    );
    !refused
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // All that is public begins so. Loopback, mapped and translated IPv4, unique-local, link-local and multicast do not.
    let unicast = first & 0xe000 == 0x2000;
    let refused = matches!(
        (first, second),
        // Protocols, Teredo among them; documentation; 6to4.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x2002, _) | (0x3fff, 0..=0xfff)
    );
    unicast && !refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h04_only_public_addresses_are_public() {
        for public in ["1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.0.1", "100.128.0.0", "172.15.0.1"]
            .into_iter()
            .chain(["172.32.0.1", "169.253.1.1", "192.167.1.1", "223.255.255.255", "198.17.0.1"])
            .chain(["2606:4700::1111", "2a00::1", "2001:4860:4860::8888", "2001:200::1"])
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for refused in
            ["0.0.0.0", "10.0.0.1", "127.0.0.1", "127.255.255.254", "100.64.0.1", "169.254.169.254"]
                .into_iter()
                .chain([
                    "172.16.0.1",
                    "172.31.255.255",
                    "192.168.0.1",
                    "192.0.0.8",
                    "192.0.2.1",
                    "198.19.0.1",
                ])
                .chain(["224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "203.0.113.9"])
                .chain(["::", "::1", "fc00::1", "fdff::1", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1"])
                // IPv4 inside: mapped, compatible, translated, 6to4, Teredo.
                .chain([
                    "::ffff:1.1.1.1",
                    "::ffff:127.0.0.1",
                    "::127.0.0.1",
                    "64:ff9b::7f00:1",
                    "2002:7f00:1::",
                ])
                .chain(["2001::1", "3fff::1"])
        {
            assert!(!is_public(refused.parse().unwrap()), "{refused}");
        }
    }
}
