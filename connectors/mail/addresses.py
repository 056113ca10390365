"""Addresses of headers (RFC 5322), as they are written and not only as they should be. Linear in their length."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from connectors.mail.bounds import ADDRESSED, ADDRESSES, NAME
from connectors.mail.letter import Address
from connectors.mail.words import words_of

# Each opening takes what follows it, closed or not: nothing is looked at twice.
_TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.?)*+)"?'
    r"|\((?P<remark>(?:[^()\\]|\\.?)*+)\)?"
    r"|<(?P<address>[^<>]*)>?"
    r"|(?P<mark>[,;:])"
    r'|(?P<word>[^",;:()<>]+)|.',
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BLANKS = re.compile(r"\s+")
_LENGTH = 320  # characters: 64 before the @ and 255 after it (RFC 5321)


def read_addresses(values: Iterable[str]) -> tuple[tuple[Address, ...], bool]:
    """Give the addresses of headers, each once and in order, and whether there were more than are kept."""
    found: dict[str, Address] = {}
    written = ",".join(values)
    for address in _addresses(written[:ADDRESSED]):
        if len(found) == ADDRESSES:
            return tuple(found.values()), True
        found.setdefault(address.address.lower(), address)
    return tuple(found.values()), len(written) > ADDRESSED


def detail_of(address: str) -> tuple[str, str]:
    """Take `news+c42.u7@example.org` apart into `news` and `c42.u7`, "" where it has no such detail (RFC 5233)."""
    local = address.rpartition("@")[0]
    name, _plus, detail = local.partition("+")
    return name.lower(), detail


def looks_like_another(sender: Address) -> bool:
    """Tell whether the name beside an address is a different address, as of one who pretends to be another."""
    named = re.search(r"[^\s<>@\"'()]{1,64}@[^\s<>@\"'()]{1,255}", sender.name)
    return named is not None and named[0].strip(".,;:").lower() != sender.address.lower()


def _addresses(value: str) -> Iterator[Address]:
    entry = _Entry()
    for token in _TOKEN.finditer(value):
        if token["mark"] in {",", ";"}:
            yield from entry.address()
            entry = _Entry()
        elif token["mark"]:
            entry = _Entry()  # what stood before the colon was the name of a group
        else:
            entry.take(token)
    yield from entry.address()


class _Entry:
    """What stands between two commas."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._quoted: list[str] = []
        self._remark = ""
        self._address = ""

    def take(self, token: re.Match[str]) -> None:
        """Add what was found."""
        if token["quoted"] is not None:
            self._words.append(_ESCAPED.sub(r"\1", token["quoted"]))
            self._quoted.append(token[0])
        elif token["address"] is not None:
            self._address = self._address or token["address"].rpartition(":")[2]
        elif token["remark"] is not None:
            self._remark = self._remark or _ESCAPED.sub(r"\1", token["remark"])
        elif word := (token["word"] or "").strip():
            self._words.append(word)
            self._quoted.append(word)

    def address(self) -> Iterator[Address]:
        """Give the address, if there is one."""
        name, written = " ".join(self._words), self._address
        if not written:  # a bare address; what else there is, is its name
            written, name = "".join(self._quoted), self._remark
            if "@" in written and '"' not in written:
                written = next(part for part in written.split() if "@" in part)
        address = words_of(written if '"' in written else _BLANKS.sub("", written))[:_LENGTH]
        if address:
            yield Address(words_of(name[: 4 * NAME])[:NAME], address)
