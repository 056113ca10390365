"""Whether a text is nearly one that people called spam: spammers change a name and a link, and send it again.

A text is kept as a simhash of its words and pairs of words: 64 bits, of which texts that share most of them share most.
Numbers count as one word and addresses by their site, since those are what is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.events import FormSubmitted
from hub.journal import Inbound

BITS = 64
NEAR = 12  # bits that may differ: texts that have nothing in common differ in 32 or so
FEWEST = 6  # words; shorter texts are alike by chance
LONGEST = 10_000
REMEMBERED = 1000  # of the last spam; a mass of one text is compared once

LANE = 16  # bits of a count, of no more parts than a text has

_LANES = [sum((byte >> bit & 1) << (LANE * bit) for bit in range(8)) for byte in range(256)]
_WORD = re.compile(r"https?://(?P<site>[^\s/]+)\S*|\w+")


def likeness(event: FormSubmitted) -> int | None:
    """Give by what the text of a request is found again; None for one that is too short."""
    text = event.message or " ".join(field.value for field in event.fields)
    words = list(_words(text[:LONGEST]))
    if len(words) < FEWEST:
        return None
    parts = {*words, *map(" ".join, pairwise(words))}
    lanes = sum(_spread(blake2b(part.encode(), digest_size=8).digest()) for part in parts)
    counts = [lanes >> (LANE * place) & ((1 << LANE) - 1) for place in range(BITS)]
    found = sum(1 << place for place, count in enumerate(counts) if 2 * count > len(parts))
    return found - (1 << BITS) if found >> (BITS - 1) else found  # as a column holds it


def like_spam(session: Session, sought: int) -> int | None:
    """Give the id of the item, called spam by a person, whose text is nearest to this; None where none is near."""
    near = [(_apart(sought, mark), item_id) for mark, item_id in session.connection().execute(_KNOWN)]
    apart, nearest = min(near, default=(BITS, None))
    return nearest if apart <= NEAR else None


def _spread(digest: bytes) -> int:
    """Give each bit of a digest a lane of its own, so that they are counted by adding."""
    return sum(_LANES[byte] << (8 * LANE * place) for place, byte in enumerate(digest))


def _apart(one: int, other: int) -> int:
    return ((one ^ other) & ((1 << BITS) - 1)).bit_count()


def _words(text: str) -> Iterator[str]:
    for found in _WORD.finditer(text.casefold()):
        word = found["site"] or found[0]
        yield "0" if word.isdigit() else word


_last = (
    select(Inbound.id, Inbound.likeness)
    .where(Inbound.spam_at.is_not(None), Inbound.likeness.is_not(None))
    .order_by(Inbound.spam_at.desc())
    .limit(REMEMBERED)
    .subquery()
)
_KNOWN = select(_last.c.likeness, func.max(_last.c.id)).group_by(_last.c.likeness)
