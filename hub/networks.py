"""Which network an address belongs to: who sends much has many addresses, mostly of one network."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

OLD, NEW = 24, 64  # bits of an IPv4 and of an IPv6 address that are the network's


@lru_cache(maxsize=2_000)
def network_of(address: str) -> str | None:
    """Give the network of an address, such as 203.0.113.0/24 or 2001:db8:1:2::/64.

    None where there is none, and for addresses within a house: behind them stands a proxy that speaks for everybody.
    """
    found = read_address(address)
    if found is None or found.is_loopback or found.is_link_local or _is_inside(found):
        return None
    return str(ip_network(f"{found}/{OLD if isinstance(found, IPv4Address) else NEW}", strict=False))


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an IP address; None where it is none."""
    try:
        found = ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _is_inside(found: IPv4Address | IPv6Address) -> bool:
    return any(found.version == each.version and found in each for each in _INSIDE)


_INSIDE = [ip_network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
