"""Which contacts a list wants, and in which order: what `crm.listing` was asked for, as questions to the store.

An order is walked in legs, each along one index: those who have a last contact, by it; then those who have none.
A place in the list names its leg, so that every page costs the same, however far down it is.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from crm.conditions import conditions, promised
from crm.contacts import Contact, Organisation
from crm.listing import CHANGED, DUE, FIRM, LAST, MADE, NAME, Asked
from crm.rights import sees_contact
from crm.tasks import Task
from hub.languages import LANGUAGES, SOURCE, listener
from hub.unindexed import Unindexed
from hub.users import Viewer

MOST = 10**18

Key = str | datetime | None


Lines = Select[Contact, str | None, Any]


class Leg(NamedTuple):
    """One part of an order: who belongs to it, what its rows are sorted by (None: by their number), what it joins."""

    members: ColumnElement[bool]
    key: Any
    down: bool
    joined: Callable[[Lines], Lines]


class Place(NamedTuple):
    """Behind this row: its leg, its key there and its id."""

    leg: int
    key: Key
    id: int

    def __str__(self) -> str:
        """Write it into an address."""
        kept = self.key.isoformat() if isinstance(self.key, datetime) else self.key
        return base64.urlsafe_b64encode(msgspec.json.encode([self.leg, kept, self.id])).decode().rstrip("=")


class Unreadable(Exception):
    """A place that is none of ours."""


class Row(NamedTuple):
    """A contact of the list: where it stands in it, and who it is."""

    place: Place
    contact: Contact
    organisation: str


def rows(session: Session, viewer: Viewer, asked: Asked, after: str, most: int) -> list[Row]:
    """Give so many contacts behind a place, in the order that was asked for."""
    legs = _legs(asked)
    place = _read_place(after, legs) if after else None
    wanted = which(session, viewer, asked)
    found: list[Row] = []
    for number in range(place.leg if place else 0, len(legs)):
        behind = place if place and place.leg == number else None
        walked = _walk(wanted, legs[number], behind).limit(most - len(found))
        found += [Row(Place(number, key, contact.id), contact, firm or "")
                  for contact, firm, key in session.execute(walked)]  # fmt: skip
        if len(found) >= most:
            break
    return found


def which(session: Session, viewer: Viewer, asked: Asked) -> ColumnElement[bool]:
    """Tell which contacts are wanted, of those that this viewer sees."""
    return and_(Contact.merged_into_id.is_(None), sees_contact(viewer), *conditions(session, viewer, asked))


def count(session: Session, viewer: Viewer, asked: Asked, most: int = MOST) -> int:
    """Count them, up to so many."""
    some = select(Contact.id).where(which(session, viewer, asked)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def ids(session: Session, viewer: Viewer, asked: Asked, among: Sequence[int] = ()) -> list[int]:
    """Give the numbers of all that are wanted, or of those `among` these."""
    wanted = select(Contact.id).where(which(session, viewer, asked)).order_by(Contact.id)
    return list(session.scalars(wanted.where(Contact.id.in_(among)) if among else wanted))


def _walk(wanted: ColumnElement[bool], leg: Leg, behind: Place | None) -> Lines:
    key = leg.key if leg.key is not None else Contact.id
    found = leg.joined(select(Contact, Organisation.name, key).select_from(Contact)).where(
        wanted, leg.members
    )
    if behind is not None:
        found = found.where(_beyond(leg, behind))
    turned = [key.desc() if leg.down else key.asc()] if leg.key is not None else []
    return found.order_by(*turned, Contact.id.desc() if leg.down else Contact.id.asc())


def _beyond(leg: Leg, place: Place) -> ColumnElement[bool]:
    """Tell what comes behind; the first condition is the one that an index knows."""
    later = Contact.id < place.id if leg.down else Contact.id > place.id
    if leg.key is None:
        return later
    if leg.down:
        return and_(leg.key <= place.key, or_(leg.key < place.key, later))
    return and_(leg.key >= place.key, or_(leg.key > place.key, later))


def _legs(asked: Asked) -> list[Leg]:
    name, down = asked.order
    language = listener().language if listener().language in LANGUAGES else SOURCE
    if name == NAME:
        return [Leg(true(), getattr(Contact, f"sort_{language}"), down, _with_firm)]
    if name == FIRM:
        key = getattr(Organisation, f"sort_{language}")
        return [
            Leg(true(), key, down, _by_firm),
            Leg(Contact.organisation_id.is_(None), None, down, _with_firm),
        ]
    if name == DUE:
        return [
            Leg(_is_first(), Task.due_at, down, _by_deadline),
            Leg(~promised(), None, down, _with_firm),
        ]
    column = {LAST: Contact.last_at, CHANGED: Contact.changed_at, MADE: Contact.made_at}[name]
    if name == LAST:
        return [
            Leg(column.is_not(None), column, down, _with_firm),
            Leg(column.is_(None), None, down, _with_firm),
        ]
    return [Leg(true(), column, down, _with_firm)]


def _with_firm(found: Lines) -> Lines:
    return found.outerjoin(Organisation, Contact.organisation_id == Organisation.id)


def _by_firm(found: Lines) -> Lines:
    return found.join(Organisation, Contact.organisation_id == Unindexed(Organisation.id))


def _by_deadline(found: Lines) -> Lines:
    """Walk along the open tasks as they are due, and on to the contacts."""
    return _with_firm(found.join(Task, Contact.id == Unindexed(Task.contact_id)))


def _is_first() -> ColumnElement[bool]:
    """Tell which promised task is its contact's most pressing one."""
    other = aliased(Task)
    earlier = or_(other.due_at < Task.due_at, and_(other.due_at == Task.due_at, other.id < Task.id))
    before = exists().where(other.contact_id == Contact.id, other.done_at.is_(None), earlier)
    return and_(Task.done_at.is_(None), Task.due_at.is_not(None), ~before.correlate(Contact, Task))


def _read_place(text: str, legs: Sequence[Leg]) -> Place:
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        leg, key, row_id = msgspec.json.decode(
            base64.urlsafe_b64decode(padded), type=tuple[int, str | int | None, int]
        )
        own = legs[leg].key if 0 <= leg < len(legs) else None
        moment = own is not None and not isinstance(key, int) and _is_moment(own)
        return Place(
            leg, datetime.fromisoformat(str(key)) if moment else _bare(key, own), _id(row_id, leg, legs)
        )
    except (ValueError, binascii.Error, msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise Unreadable from error


def _is_moment(key: ColumnElement[Any]) -> bool:
    return isinstance(key.type, type(Contact.made_at.type))


def _bare(key: str | int | None, own: object) -> Any:  # noqa: ANN401 - what a row was sorted by
    if own is not None and not isinstance(key, str):
        raise ValueError("no key of this list")
    return key


def _id(row_id: int, leg: int, legs: Sequence[Leg]) -> int:
    if not 0 < row_id < MOST or not 0 <= leg < len(legs):
        raise ValueError("no row of this list")
    return row_id
