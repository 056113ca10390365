"""Looks for pairs: whoever was made or changed is looked at in his turn, and compared with those who share a key.

The place up to which that was done is kept, so that a hub that was killed goes on where it was, and the first look at
an old store is the same as any other. Looking reads alone; what was found is written in one short transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import duplicates, likeness, likeness_keys
from crm.contacts import Contact
from crm.likeness import Key, Reason, Traits
from crm.meetings import Meetings, Two
from crm.traits import traits_of
from hub.clock import now
from hub.db import Base
from hub.rows_unless_there import insert_many_unless_there

LOT = 100  # contacts in one look: more would hold the writer for long
TOGETHER = 40  # contacts that come up together
OVER = timedelta(seconds=10)  # where several write at once, the order of what is younger is not settled yet


class Look(Base):
    """Row 0: up to whom everybody was looked at. Each other row: a contact that is to be looked at again."""

    __tablename__ = "duplicate_looks"

    contact_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    changed_at: Mapped[datetime | None]
    last_id: Mapped[int | None]


class Place(NamedTuple):
    """The contact that was looked at last, in the order of changes."""

    at: datetime
    id: int


class Found(NamedTuple):
    """What a look at some contacts gave: their keys where those are new, whom they may be, and how far it went.

    `namesakes` are so many of one name that it says nothing any more.
    """

    looked: Sequence[int]
    keys: Mapping[int, set[Key]]
    pairs: Mapping[Two, Sequence[Reason]]
    namesakes: Sequence[Sequence[int]]
    again: Sequence[int]
    place: Place | None


def look(session: Session, *, shared: bool = False) -> Found | None:
    """Look at the next contacts that were made or changed; None where there are none. Reads alone."""
    again = session.scalars(select(Look.contact_id).where(Look.contact_id != 0).limit(LOT)).all()
    rows = [(each, None) for each in again] or _changed(session, shared=shared)
    if not rows:
        return None
    looked = [contact_id for contact_id, _ in rows]
    traits, held = traits_of(session, looked), likeness_keys.held(session, looked)
    fresh = {each: likeness.keys_of(traits[each]) if each in traits else set() for each in looked}
    met = _met(session, fresh, held)
    place = None if again else Place(rows[-1][1] or now(), rows[-1][0])
    return Found(
        looked=looked, keys={each: keys for each, keys in fresh.items() if keys != held.get(each, set())},
        pairs=_pairs(session, traits, met), namesakes=list(met.namesakes.values()), again=again, place=place,
    )  # fmt: skip


def keep(session: Session, found: Found) -> None:
    """Write down what a look gave."""
    likeness_keys.renew(session, found.keys)
    duplicates.keep(session, found.looked, found.pairs)
    duplicates.forget_namesakes(session, found.namesakes)
    if found.again:
        session.execute(delete(Look).where(Look.contact_id.in_(found.again)))
    if found.place:
        place = session.get(Look, 0) or Look(contact_id=0)
        place.changed_at, place.last_id = found.place
        session.add(place)


def look_again(session: Session, contact_ids: Iterable[int]) -> None:
    """Have contacts looked at although nothing of their own changed."""
    rows = [{"contact_id": contact_id, "changed_at": None, "last_id": None} for contact_id in contact_ids]
    insert_many_unless_there(session, Look, rows)


def _changed(session: Session, *, shared: bool) -> Sequence[tuple[int, datetime | None]]:
    """Give the next contacts in the order of their changes."""
    wanted = select(Contact.id, Contact.changed_at).order_by(Contact.changed_at, Contact.id).limit(LOT)
    place = session.get(Look, 0)
    if place is not None:
        beyond = and_(
            Contact.changed_at >= place.changed_at,
            or_(Contact.changed_at > place.changed_at, Contact.id > place.last_id),
        )
        wanted = wanted.where(beyond)
    if shared:
        wanted = wanted.where(Contact.changed_at < now() - OVER)
    return [(row.id, row.changed_at) for row in session.execute(wanted)]


def _met(
    session: Session, fresh: Mapping[int, Collection[Key]], held: Mapping[int, Collection[Key]]
) -> Meetings:  # fmt: skip
    """Have everybody come up in his turn."""
    wanted = {key.key for keys in fresh.values() for key in keys}
    met = Meetings(likeness_keys.holders(session, wanted), held, coming=fresh)
    turns = list(fresh)
    for start in range(0, len(turns), TOGETHER):
        met.come_up({each: fresh[each] for each in turns[start : start + TOGETHER]})
    return met


def _pairs(session: Session, traits: Mapping[int, Traits], met: Meetings) -> dict[Two, list[Reason]]:
    """Compare those who met, and give the pairs that are alike enough."""
    strangers = {each for pair in met.rare for each in pair} - traits.keys()
    everybody = {**traits, **traits_of(session, sorted(strangers))}
    found = {}
    for (one, other), rare in met.rare.items():
        if one in everybody and other in everybody:
            reasons = likeness.compare(everybody[one], everybody[other], rare)
            if likeness.score(reasons) >= likeness.ENOUGH:
                found[one, other] = reasons
    return found
