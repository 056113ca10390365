"""Search: people, companies, tasks and the words of whatever was written, each by what of it is known.

    find(session, viewer, Question(text="ekdal 070-174"))

gives for each kind the ids that this viewer may see, the best first, and how many there are, up to a bound. Words
begin what they find; a number finds its owner however it is typed, and by any digits of it in a row; a slip of the
pen in a name is forgiven where nothing else was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import Session

from crm.contact_search import matching
from crm.contacts import Contact, Organisation
from crm.conversations import Interaction
from crm.folding import words
from crm.rights import sees_contact, sees_interaction, sees_organisation, sees_task
from crm.search_feed import SOURCES, unknown
from crm.search_index import (
    CONTACT,
    INTERACTION,
    KINDS,
    ORGANISATION,
    TASK,
    Wanted,
    count,
    hits,
    is_sqlite,
    newest,
)
from crm.search_words import MOST_WORDS, legible, readings_of, slips_of, terms_of, whole
from crm.setup import setup
from crm.tasks import Task
from hub.users import Viewer

COUNTED = 100  # more than this is not counted
LOOKED_AT = 3_000  # of the newest with these words, where not all may be seen or fit
EXACT = 30  # of those who are called so, ahead of those whose names only begin so
FEW = 3  # people, below which names that are near are offered too
NEAR = 8
NAMED = (CONTACT, ORGANISATION)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is searched for, and in what: a department, a span of time, tasks that are open or done."""

    text: str
    department_id: int | None = None
    since: datetime | None = None
    done: bool | None = None


class Found(msgspec.Struct, frozen=True):
    """What there is of a kind. `more`: there may be further ones, not counted. `near` are people of like names."""

    ids: Sequence[int] = ()
    more: bool = False
    near: Sequence[int] = ()


def find(
    session: Session, viewer: Viewer, question: Question, kinds: Sequence[str] = KINDS
) -> dict[str, Found]:
    """Find what this viewer may see, kind by kind."""
    readings = list(readings_of(session, question.text))
    found = {kind: _find(session, viewer, kind, question, readings) for kind in kinds}
    if CONTACT in found and len(found[CONTACT].ids) < FEW:
        found[CONTACT] = _with_near(session, viewer, question, found[CONTACT])
    return found


def people_matching(session: Session, viewer: Viewer, text: str) -> Select[int]:
    """Give the ids of all contacts that a searched text means and this viewer may see, unordered.

    Use it as a condition and put your own order and bounds around it:

        select(Contact).where(Contact.id.in_(people_matching(session, viewer, q))).order_by(…).limit(51)

    It is one look into the index, a few milliseconds among 100,000 contacts. A text without letters or digits means
    nobody. Contacts that are not indexed yet are looked through one by one, so what was just written is there.
    """
    visible = select(Contact.id).where(Contact.merged_into_id.is_(None), sees_contact(viewer))
    reading = next(iter(readings_of(session, text, loosely=True)), None)
    if reading is None:
        return visible.where(false())
    written = select(Contact.id).where(matching(legible(text), setup(session).company.country))
    fresh = unknown(session, CONTACT)
    if fresh is not None:
        written = written.where(Contact.id.in_(fresh))
    return visible.where(Contact.id.in_(select(hits(session, CONTACT, reading).c.id).union_all(written)))


def people_beginning(session: Session, viewer: Viewer, beginnings: Sequence[str], most: int) -> list[int]:
    """Give the ids of the newest contacts with a word that begins as one of these, which this viewer may see.

    Those that are not indexed yet are looked through one by one, as above.
    """
    typed = list(dict.fromkeys(word for each in beginnings for word in words(each)))[:MOST_WORDS]
    if not typed:
        return []
    wanted = [[term for word in typed for term in terms_of(word)]]
    ids, _cut = _ids(session, viewer, CONTACT, Question(text=""), wanted, most)
    country, fresh = setup(session).company.country, unknown(session, CONTACT)
    written = select(Contact.id).where(
        Contact.merged_into_id.is_(None),
        sees_contact(viewer),
        or_(*(matching(each, country) for each in typed)),
    )
    if fresh is not None:
        written = written.where(Contact.id.in_(fresh))
    latest = session.scalars(written.order_by(Contact.id.desc()).limit(most))
    return sorted({*ids, *latest}, reverse=True)[:most]


def _find(
    session: Session, viewer: Viewer, kind: str, question: Question, readings: Sequence[Wanted]
) -> Found:
    """Give what the strictest reading finds that finds anything."""
    if question.done is not None and kind != TASK:
        return Found()
    for reading in readings:
        ids, cut = _ids(session, viewer, kind, question, reading)
        if ids:
            best = (
                _ids(session, viewer, kind, question, whole(reading), EXACT)[0]
                if kind in NAMED and len(ids) > 1
                else []
            )
            ids = list(dict.fromkeys([*best, *ids]))[:COUNTED]
            return Found(_by_name(session, ids, reading) if kind == CONTACT else ids, cut)
    return Found()


def _by_name(session: Session, ids: Sequence[int], wanted: Wanted) -> list[int]:
    """Order people: first those with most of the words in their names, of these whoever was heard of last."""
    rows = session.execute(select(Contact.id, Contact.name, Contact.changed_at).where(Contact.id.in_(ids)))
    known = {number: (_named(words(name), wanted), changed_at) for number, name, changed_at in rows}
    return sorted(known, key=lambda number: known[number], reverse=True)


def _named(name: Sequence[str], wanted: Wanted) -> tuple[int, int]:
    """Count the words of a name that are wanted as they are, and those that begin so."""
    terms = [term.word for several in wanted for term in several]
    return (
        sum(word in terms for word in name),
        sum(any(word.startswith(term) for term in terms) for word in name),
    )


def _with_near(session: Session, viewer: Viewer, question: Question, found: Found) -> Found:
    """Add people whose names this may be a slip of."""
    near = slips_of(session, question.text)
    if near is None or question.done is not None:
        return found
    ids, _cut = _ids(session, viewer, CONTACT, question, near, NEAR)
    return Found(found.ids, found.more, [each for each in ids if each not in found.ids])


def _ids(
    session: Session, viewer: Viewer, kind: str, question: Question, wanted: Wanted, most: int = COUNTED
) -> tuple[list[int], bool]:
    """Give the newest that may be seen and fit, and whether there may be more.

    Whoever sees all and asks for all needs no second look; for others the newest LOOKED_AT are looked through.
    """
    if viewer.sees_all and question == Question(text=question.text):
        ids = newest(session, kind, wanted, most + 1)
        return ids[:most], len(ids) > most
    there = count(session, kind, wanted, LOOKED_AT)
    if not there:
        return [], False
    likely, record = hits(session, kind, wanted, LOOKED_AT), SOURCES[kind]
    fitting = (
        select(likely.c.id).join(record, record.id == likely.c.id).where(*_CONDITIONS[kind](viewer, question))
    )
    if not is_sqlite(session):  # SQLite walks on from the newest, and stops when there are enough
        fitting = fitting.order_by(likely.c.id.desc())
    seen = list(session.scalars(fitting.limit(most + 1)))
    return seen[:most], len(seen) > most or there == LOOKED_AT


def _contacts(viewer: Viewer, question: Question) -> Iterator[ColumnElement[bool]]:
    yield Contact.merged_into_id.is_(None)
    yield sees_contact(viewer)
    if question.department_id is not None:
        yield Contact.department_id == question.department_id
    if question.since is not None:
        yield Contact.changed_at >= question.since


def _organisations(viewer: Viewer, question: Question) -> Iterator[ColumnElement[bool]]:
    yield sees_organisation(viewer)
    if question.department_id is not None:
        people = Contact.organisation_id == Organisation.id, Contact.department_id == question.department_id
        yield select(Contact.id).where(*people).correlate(Organisation).exists()
    if question.since is not None:
        yield Organisation.made_at >= question.since


def _tasks(viewer: Viewer, question: Question) -> Iterator[ColumnElement[bool]]:
    yield sees_task(viewer)
    if question.department_id is not None:
        yield Task.department_id == question.department_id
    if question.since is not None:
        yield Task.created_at >= question.since
    if question.done is not None:
        yield Task.done_at.is_not(None) if question.done else Task.done_at.is_(None)


def _interactions(viewer: Viewer, question: Question) -> Iterator[ColumnElement[bool]]:
    yield sees_interaction(viewer)
    if question.department_id is not None:
        people = Contact.id == Interaction.contact_id, Contact.department_id == question.department_id
        yield select(Contact.id).where(*people).correlate(Interaction).exists()
    if question.since is not None:
        yield Interaction.at >= question.since


_CONDITIONS: Mapping[str, Callable[[Viewer, Question], Iterator[ColumnElement[bool]]]] = {
    CONTACT: _contacts,
    ORGANISATION: _organisations,
    TASK: _tasks,
    INTERACTION: _interactions,
}
