"""Which network addresses are anybody's: no request that a stranger asks for may reach our own network.

Refused are this machine, private and link-local networks, those of providers (RFC 6598), multicast, what is reserved,
and every address that carries another one within it (IPv4 in IPv6, RFC 4291; NAT64, RFC 6052; 6to4, RFC 3056).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# Not all versions of Python know them: protocol assignments (RFC 6890), 6to4 relays (RFC 7526).
_ASSIGNED = [IPv4Network(each) for each in ("192.0.0.0/24", "192.88.99.0/24")]
_CARRYING = [
    IPv6Network(each)
    for each in (
        "::/96",
        "::ffff:0:0/96",
        "::ffff:0:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/32",
    )
]


def is_public(address: str) -> bool:
    """Tell whether a numeric address belongs to the public network; False for what is none."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return known.is_global and not _is_special(known)


def _is_special(known: IPv4Address | IPv6Address) -> bool:
    special = known.is_multicast or known.is_reserved or known.is_private or known.is_unspecified
    if isinstance(known, IPv4Address):
        return special or any(known in network for network in _ASSIGNED)
    carries = any(known in network for network in _CARRYING)
    return special or carries or known.is_site_local or known.scope_id is not None
