"""Who wrote a letter, and to whom."""

from __future__ import annotations

import msgspec

from connectors.mail.addresses import detail_of, looks_like_another, read_addresses
from connectors.mail.headers import Headers
from connectors.mail.letter import Address, Flag

# Whom it came to in truth stands in what our own server added; To may name anybody.
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Those whom the headers name. `details` are the name and detail of each address that has one after a +."""

    sender: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    details: tuple[tuple[str, str], ...]
    flags: frozenset[Flag]

    @property
    def detail(self) -> str:
        """Give the first of the details, "" for none."""
        return self.details[0][1] if self.details else ""


def read_people(headers: Headers) -> People:
    """Read who is named. Of several senders the first counts; without a From it is Sender's."""
    flags: set[Flag] = set()
    authors = _named(headers, "from", flags)
    if not authors:
        flags.add(Flag.NO_SENDER)
    if len(authors) > 1 or len(headers.all("from")) > 1:
        flags.add(Flag.SENDERS)
    sender = next(iter(authors or _named(headers, "sender", flags)), None)
    if sender and looks_like_another(sender):
        flags.add(Flag.SPOOFED)
    named = {name: _named(headers, name, flags) for name in (*_DELIVERED, "reply-to")}
    delivered = [address for name in _DELIVERED for address in named[name]]
    return People(
        sender=sender,
        to=named["to"],
        cc=named["cc"],
        reply_to=named["reply-to"],
        details=tuple(pair for pair in (detail_of(each.address) for each in delivered) if pair[1]),
        flags=frozenset(flags),
    )


def _named(headers: Headers, name: str, flags: set[Flag]) -> tuple[Address, ...]:
    found, more = read_addresses(headers.all(name))
    if more:
        flags.add(Flag.ADDRESSES_CUT)
    return found
