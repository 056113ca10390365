"""Where the links of a stranger's letter lead in truth, and whether their words say otherwise."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

LONGEST = 4_000  # characters of an address
LONGEST_HOST, LONGEST_LABEL = 253, 63
KNOWN = 1_000  # hosts that are remembered
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
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    return _plain(host) if len(host) <= LONGEST_HOST else ""


@lru_cache(KNOWN)
def _plain(host: str) -> str:
    known = host.lower() if host.isascii() else ".".join(map(_label, host.lower().split(".")))
    return known.removeprefix("www.")


def _label(label: str) -> str:
    """Write a label in ASCII (RFC 3492), one that is too long with question marks."""
    if label.isascii():
        return label
    if len(label) > LONGEST_LABEL:
        return label.encode("ascii", "replace").decode("ascii")
    return f"xn--{unicodedata.normalize('NFKC', label).encode('punycode').decode('ascii')}"


def _is_within(host: str, other: str) -> bool:
    return host == other or host.endswith(f".{other}")
