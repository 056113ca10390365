"""Lines of addresses, as people type them and read them: Karin Nyman <karin@tenant.example>, office@tenant.example."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from crm import addresses
from hub.languages import _
from hub.letters import Address

MOST = 100  # recipients of one letter
_ENTRY = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,;\n])+')  # what stands between two commas
_NAMED = re.compile(r"(.*?)\s*<([^<>]*)>")
_BARE = re.compile(r"[^\s<>]+@[^\s<>@]+")
_PLAIN = re.compile(r"[\w .'-]*")
# Programs write from these, and read nothing.
_DEAF = re.compile(
    r"(no|do[-_.]?not|dont)[-_.]?(reply|answer|respond)|noreply|svara[-_.]?ej|ingen[-_.]?svar|mailer-daemon"
)


def people_in(line: str) -> tuple[Address, ...]:
    """Read a line of addresses, each once; ValueError names what is none, or that there are too many."""
    found: dict[str, Address] = {}
    for entry in _ENTRY.findall(line):
        if not entry.strip():
            continue
        name, address = _apart(entry.strip())
        read = addresses.read(address) if _BARE.fullmatch(address) else None
        if read is None:
            raise ValueError(_("“%(what)s” is no mail address.", what=entry.strip()[:100]))
        found.setdefault(read.handle, Address(name, address))
    if len(found) > MOST:
        raise ValueError(_("A letter goes to at most %(most)s people.", most=MOST))
    return tuple(found.values())


def written(people: Iterable[Address]) -> str:
    """Write addresses in one line."""
    return ", ".join(map(_one, people))


def handles(people: Iterable[Address]) -> list[str]:
    """Give the addresses in the spelling by which they are compared."""
    return [
        found.handle if (found := addresses.read(each.address)) else each.address.lower() for each in people
    ]


def without(people: Iterable[Address], others: Sequence[str]) -> tuple[Address, ...]:
    """Give people, each once, but for those who have one of these handles."""
    found: dict[str, Address] = {}
    everybody = tuple(people)
    for each, handle in zip(everybody, handles(everybody), strict=True):
        if handle not in others:
            found.setdefault(handle, each)
    return tuple(found.values())


def is_deaf(address: str) -> bool:
    """Tell whether an address says itself that nobody reads what comes to it."""
    return _DEAF.search(address.partition("@")[0].lower()) is not None


def _apart(entry: str) -> tuple[str, str]:
    """Take a name and an address apart."""
    named = _NAMED.fullmatch(entry)
    if named is None:
        return "", entry
    name = re.sub(r"\\(.)", r"\1", named[1].strip().strip('"'))
    return " ".join(name.split()), named[2].strip()


def _one(person: Address) -> str:
    if not person.name:
        return person.address
    name = (
        person.name
        if _PLAIN.fullmatch(person.name)
        else '"{}"'.format(re.sub(r'(["\\])', r"\\\1", person.name))
    )
    return f"{name} <{person.address}>"
