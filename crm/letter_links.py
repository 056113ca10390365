"""Where the links of a stranger's letter lead in truth, and whether their words say otherwise."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LONGEST = 4_000  # characters of an address
READ = 300  # characters of a link's words
_OPENED = re.compile(r"(?:https?://|mailto:|tel:)\S", re.IGNORECASE)
# Browsers leave these out of an address, and so "java\nscript:" is one to them.
_LEFT_OUT = re.compile(r"[\t\r\n\0]")
_BEFORE = "".join(map(chr, range(33)))
_NAMES_A_HOST = re.compile(
    r"(?:https?://)?(?:[^\s/@]{1,100}@)?((?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24})(?=[\s/:?#]|$)", re.IGNORECASE
)


def opened(address: str) -> str:
    """Give an address that may be opened, as a browser reads it; "" for any other."""
    clean = _LEFT_OUT.sub("", address).strip(_BEFORE)
    return clean if _OPENED.match(clean) and len(clean) <= LONGEST else ""


def misleads(words: str, address: str) -> str:
    """Give the host to which a link leads whose words name another one; "" for an honest one."""
    named = _NAMES_A_HOST.match(words.strip())
    host = host_of(address)
    if named is None or not host:
        return ""
    said = _plain(named[1])
    return "" if _is_within(host, said) or _is_within(said, host) else host


def host_of(address: str) -> str:
    """Give the host of a web address as the network knows it: another alphabet shows as xn--."""
    if not address.lower().startswith("http"):
        return ""
    try:
        return _plain(urlsplit(address).hostname or "")
    except ValueError:
        return ""


def _plain(host: str) -> str:
    try:
        known = host.lower().encode("idna").decode("ascii")
    except UnicodeError:
        known = host.lower().encode("ascii", "replace").decode("ascii")
    return known.removeprefix("www.")


def _is_within(host: str, other: str) -> bool:
    return host == other or host.endswith(f".{other}")
