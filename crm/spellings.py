"""Slips of the pen in names: Ekdal is Ekdahl, Carin is Karin.

Every word of a name is kept with each spelling that one letter less gives. Two words with such a spelling in common
are a letter apart, or two letters changed places: found by a plain index, on both engines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz.distance import OSA
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.search_index import Spelling
from hub.rows_unless_there import insert_many_unless_there

SHORTEST = 3
MOST = 4  # words that one may have been meant to be
LONG = 7  # letters, from where on two slips are forgiven


def learn(session: Session, names: Iterable[str]) -> None:
    """Keep words of names with their spellings."""
    unknown = sorted(set(names) - _known(session, set(names)))
    rows = [{"spelling": each, "word": word} for word in unknown for each in _spellings(word)]
    if rows:
        insert_many_unless_there(session, Spelling, rows)


def near(session: Session, word: str) -> Sequence[str]:
    """Give the words of names that this one may be a slip of, the nearest first; the word itself is none."""
    if len(word) < SHORTEST or word.isdigit():
        return ()
    query = select(Spelling.word).where(Spelling.spelling.in_(_spellings(word)), Spelling.word != word)
    slips = 2 if len(word) >= LONG else 1
    apart = {other: OSA.distance(word, other) for other in session.scalars(query.distinct().limit(200))}
    close = [other for other, distance in apart.items() if distance <= slips]
    return sorted(close, key=lambda other: (apart[other], other))[:MOST]


def _known(session: Session, names: set[str]) -> set[str]:
    same = select(Spelling.word).where(Spelling.spelling.in_(names), Spelling.spelling == Spelling.word)
    return set(session.scalars(same))


def _spellings(word: str) -> list[str]:
    return list(dict.fromkeys([word, *(word[:at] + word[at + 1 :] for at in range(len(word)))]))
