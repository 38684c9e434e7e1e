//! The granted addresses as a check of each socket.

use crate::net::Address;
use std::net::SocketAddr;
use std::sync::Arc;
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::sockets::SocketAddrUse;

/// Lets a program use these addresses, and no other.
pub fn add(builder: &mut WasiCtxBuilder, net: &[Address]) {
    if net.is_empty() {
        return;
    }
    let net: Arc<[Address]> = net.into();
    builder.allow_tcp(true).allow_udp(true).allow_ip_name_lookup(true);
    builder.socket_addr_check(move |address, use_| {
        let net = net.clone();
        Box::pin(async move { is_allowed(&net, address, use_).await })
    });
}

async fn is_allowed(net: &[Address], address: SocketAddr, use_: SocketAddrUse) -> bool {
    let listens = || net.iter().any(|granted| granted.allows_listen(&address));
    match use_ {
        SocketAddrUse::TcpBind | SocketAddrUse::UdpBind => is_own_port(net, &address) || listens(),
        SocketAddrUse::TcpListen => listens(),
        // The address is the other side's, and the socket's own was checked.
        SocketAddrUse::TcpAccept => true,
        SocketAddrUse::TcpConnect | SocketAddrUse::UdpSend => connects(net, &address).await,
        SocketAddrUse::UdpReceive => {
            net.iter().any(|granted| !granted.connects()) || connects(net, &address).await
        }
    }
}

/// Returns whether a socket only gets a port from the system, which it needs before it connects or sends.
fn is_own_port(net: &[Address], address: &SocketAddr) -> bool {
    address.port() == 0 && address.ip().is_unspecified() && net.iter().any(Address::connects)
}

async fn connects(net: &[Address], address: &SocketAddr) -> bool {
    net.iter().any(|granted| granted.allows_connect(address)) || is_named(net, address).await
}

/// Returns whether a granted name has this address now.
async fn is_named(net: &[Address], address: &SocketAddr) -> bool {
    for name in
        net.iter().filter(|granted| granted.connects()).filter_map(|granted| granted.name(address.port()))
    {
        let Ok(mut found) = tokio::net::lookup_host((name, address.port())).await else { continue };
        if found.any(|found| found.ip().to_canonical() == address.ip().to_canonical()) {
            return true;
        }
    }
    false
}
