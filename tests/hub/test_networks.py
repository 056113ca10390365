"""Which network an address belongs to."""

from __future__ import annotations

import pytest

from hub.networks import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
    ],
)
def test_addresses_of_one_network_are_one(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "fd00::1", "fe80::1%eth0", "no"]
)
def test_whoever_speaks_for_everybody_has_none(address: str) -> None:
    assert network_of(address) is None
