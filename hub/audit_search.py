"""The audit searched: newest first, page by page, never longer than a bounded look.

Who, which record and which days are found by indexes. A kind, a verb, a field or words are looked for among the LOOK
newest of those that are left; where that is not enough, the page says so and goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, cast, or_, select, type_coerce
from sqlalchemy.orm import Session

from hub.audit import Entry

LOOK = 5_000  # entries in which words are looked for at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for; whatever is empty does not matter. `before` is the id at which the page begins."""

    user_id: int | None = None
    kind: str = ""
    record_id: int | None = None
    verb: str = ""
    field: str = ""
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One page. `next` is where the following one begins; `looked` says that the look ended before the audit did."""

    entries: Sequence[Entry]
    next: int | None
    looked: bool = False


def search(session: Session, wanted: Search, limit: int) -> Found:
    """Give the newest entries that match."""
    quick, slow = _quick(session, wanted), _slow(wanted)
    if not slow:
        rows = session.scalars(select(Entry).where(*quick).order_by(Entry.id.desc()).limit(limit + 1)).all()
        return _page(rows, limit)
    window = select(Entry.id).where(*quick).order_by(Entry.id.desc())
    end = session.scalar(window.offset(LOOK - 1).limit(1))
    looked = select(Entry).where(*quick, *slow, Entry.id >= (end or 0))
    rows = session.scalars(looked.order_by(Entry.id.desc()).limit(limit + 1)).all()
    return _page(rows, limit) if len(rows) > limit else Found(rows, end, looked=end is not None)


def _page(rows: Sequence[Entry], limit: int) -> Found:
    return Found(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def _quick(session: Session, wanted: Search) -> list[ColumnElement[bool]]:
    """Give the conditions that an index answers. Ids grow with time, so days are told by them."""
    found: list[ColumnElement[bool]] = []
    if wanted.user_id is not None:
        found.append(Entry.user_id == wanted.user_id)
    if wanted.kind and wanted.record_id is not None:
        found += [Entry.kind == wanted.kind, Entry.record_id == wanted.record_id]
    if wanted.since is not None:
        first = session.scalar(_ids_from(wanted.since))
        found.append(Entry.id >= (first if first is not None else 2**62))
    if wanted.until is not None and (end := session.scalar(_ids_from(wanted.until))) is not None:
        found.append(Entry.id < end)
    if wanted.before is not None:
        found.append(Entry.id < wanted.before)
    return found


def _ids_from(moment: datetime) -> Select[int]:
    return select(Entry.id).where(Entry.at >= moment).order_by(Entry.at, Entry.id).limit(1)


def _slow(wanted: Search) -> list[ColumnElement[bool]]:
    """Give the conditions for which each entry is looked at."""
    changes = cast(Entry.changes, String)
    found: list[ColumnElement[bool]] = []
    if wanted.kind and wanted.record_id is None:
        # Not by its index, in which the newest of a kind do not stand together.
        found.append(Entry.kind + "" == wanted.kind)
    if wanted.verb:
        found.append(Entry.verb == wanted.verb)
    if wanted.field:
        found.append(changes.contains(f'"{wanted.field}":', autoescape=True))
    if wanted.words:
        texts = (Entry.who, type_coerce(Entry.words, String), changes)
        found.append(or_(*[text.icontains(wanted.words, autoescape=True) for text in texts]))
    return found
