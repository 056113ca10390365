"""What a letter is called, and which earlier ones it names (RFC 5322, 3.6.4)."""

from __future__ import annotations

import re

import msgspec

from connectors.mail.bounds import IDENTITY, REFERENCES
from connectors.mail.charset import clean
from connectors.mail.headers import Headers

IN_BRACKETS = re.compile(rf"<([^<>\s]{{1,{IDENTITY}}})>")
_BARE = re.compile(r"(?<![^\s,;])([^\s<>,;@]{1,250}@[^\s<>,;]{1,250})(?![^\s,;])")


class Thread(msgspec.Struct, frozen=True):
    """Message-IDs without their brackets; "" and () for none. `cut`: there were more than the first and last."""

    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    cut: bool


def read_thread(headers: Headers) -> Thread:
    """Read them; of too many references the first and the last ones are kept, which are those that count."""
    references = list(dict.fromkeys(_identities(headers, "references")))
    kept = references if len(references) <= REFERENCES else [references[0], *references[1 - REFERENCES :]]
    return Thread(
        message_id=next(iter(_identities(headers, "message-id")), ""),
        in_reply_to=next(iter(_identities(headers, "in-reply-to")), ""),
        references=tuple(kept),
        cut=kept is not references,
    )


def _identities(headers: Headers, name: str) -> list[str]:
    """Give what a header names; without brackets only what looks like an address."""
    written = " ".join(headers.all(name))
    return [clean(found) for found in IN_BRACKETS.findall(written) or _BARE.findall(written)]
