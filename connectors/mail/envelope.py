"""Addresses as SMTP says them (RFC 5321): checked, their domains in ASCII (RFC 5890)."""

from __future__ import annotations

import re

import idna

from hub.letters import Address
from hub.said import said
from hub.troubles import Refused

_LOCAL = re.compile(
    r'[^\s<>()\[\]:;@\\,"\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,64}|"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e]){1,62}"'
)
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?|\[[0-9A-Fa-f.:IPv]{3,60}\]")


def on_the_wire(address: Address) -> Address:
    """Give an address whose domain is written in ASCII; Refused where no letter can have it."""
    local, _at, domain = address.address.strip().rpartition("@")
    written = domain if domain.isascii() else _in_ascii(domain)
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(written):
        raise Refused(said("“%(address)s” is no mail address.", address=address.address))
    return Address(address.name, f"{local}@{written}")


def _in_ascii(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return ""
