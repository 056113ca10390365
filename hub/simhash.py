"""By what a text is found again that somebody changed a little: spammers change a name and a link, and send it again.

A text is kept as a simhash of its words and pairs of words: 64 bits, of which texts that share most of them share most.
Numbers count as one word and addresses by their site, since those are what is changed. Only its beginning is looked at,
so that no text takes long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice, pairwise

BITS = 64
FEWEST = 6  # words; shorter texts are alike by chance
LETTERS, WORDS = 2_000, 300  # at most

LANE = 16  # bits of a count, of no more parts than a text has

_LANES = [
    b"".join((byte >> bit & 1).to_bytes(LANE // 8, "little") for bit in range(8)) for byte in range(256)
]
_WORD = re.compile(r"https?://(?P<site>[^\s/]+)\S*|\w+")


def simhash(text: str) -> int | None:
    """Give it as a signed number of 64 bits; None for a text that is too short."""
    words = list(islice(_words(text[:LETTERS]), WORDS))
    if len(words) < FEWEST:
        return None
    parts = {*words, *map(" ".join, pairwise(words))}
    lanes = sum(_spread(blake2b(part.encode(), digest_size=8).digest()) for part in parts)
    counts = [lanes >> (LANE * place) & ((1 << LANE) - 1) for place in range(BITS)]
    found = sum(1 << place for place, count in enumerate(counts) if 2 * count > len(parts))
    return found - (1 << BITS) if found >> (BITS - 1) else found  # as a column holds it


def apart(one: int, other: int) -> int:
    """Give in how many bits two differ."""
    return ((one ^ other) & ((1 << BITS) - 1)).bit_count()


def _spread(digest: bytes) -> int:
    """Give each bit of a digest a lane of its own, so that they are counted by adding."""
    return int.from_bytes(b"".join([_LANES[byte] for byte in digest]), "little")


def _words(text: str) -> Iterator[str]:
    for found in _WORD.finditer(text.casefold()):
        word = found["site"] or found[0]
        yield "0" if word.isdigit() else word
