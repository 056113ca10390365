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

_WORD = re.compile(r"https?://(?P<site>[^\s/]+)\S*|\w+")


def likeness(event: FormSubmitted) -> int | None:
    """Give by what the text of a request is found again; None for one that is too short."""
    text = event.message or " ".join(field.value for field in event.fields)
    words = list(_words(text[:LONGEST]))
    if len(words) < FEWEST:
        return None
    counts = [0] * BITS
    for part in {*words, *map(" ".join, pairwise(words))}:
        bits = int.from_bytes(blake2b(part.encode(), digest_size=8).digest())
        for place in range(BITS):
            counts[place] += 1 if bits >> place & 1 else -1
    found = sum(1 << place for place, count in enumerate(counts) if count > 0)
    return found - (1 << BITS) if found >> (BITS - 1) else found  # as a column holds it


def like_spam(session: Session, sought: int) -> int | None:
    """Give the id of the item, called spam by a person, whose text is nearest to this; None where none is near."""
    last = (
        select(Inbound.id, Inbound.likeness)
        .where(Inbound.spam_at.is_not(None), Inbound.likeness.is_not(None))
        .order_by(Inbound.spam_at.desc())
        .limit(REMEMBERED)
        .subquery()
    )
    known = select(last.c.likeness, func.max(last.c.id)).group_by(last.c.likeness)
    near = [(_apart(sought, mark), item_id) for mark, item_id in session.execute(known)]
    apart, nearest = min(near, default=(BITS, None))
    return nearest if apart <= NEAR else None


def _apart(one: int, other: int) -> int:
    return ((one ^ other) & ((1 << BITS) - 1)).bit_count()


def _words(text: str) -> Iterator[str]:
    for found in _WORD.finditer(text.casefold()):
        word = found["site"] or found[0]
        yield "0" if word.isdigit() else word
