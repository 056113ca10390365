"""Looks for pairs: whoever was made or changed is looked at in his turn, and compared with those who share a key.

The place up to which that was done is kept, so that a hub that was killed goes on where it was, and the first look at
an old store is the same as any other. Looking reads alone; what was found is written in one short transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

import msgspec
from sqlalchemy import TextClause, and_, delete, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import likeness, merging
from crm.contacts import Contact, handles_of
from crm.duplicates import Pair
from crm.likeness import Key, Reason, Traits
from crm.merging import Merge
from crm.moves import family
from hub.clock import now
from hub.db import Base
from hub.rows import insert_many, insert_many_unless_there
from hub.users import Viewer

AT_ONCE = 40  # contacts in one look
NAMESAKES = 3  # of one name: where more bear it, it says nothing alone
CROWD = 40  # contacts that share a key: more say nothing about each other
ASKED_AT_ONCE = 100  # keys in one question
OVER = timedelta(seconds=10)  # where several write at once, the order of what is younger is not settled yet

Sharing = Mapping[str, Sequence[tuple[int, Key]]]


class LikenessKey(Base):
    """What a contact is found by. No foreign key: it is looked up and made anew, never belonging."""

    __tablename__ = "likeness_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(index=True)
    key: Mapped[str] = mapped_column(index=True)
    said: Mapped[str]


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
    gone: Sequence[int]
    keys: Mapping[int, set[Key]]
    pairs: Mapping[tuple[int, int], list[Reason]]
    namesakes: Sequence[Sequence[int]]
    again: Sequence[int]
    place: Place | None


def look(session: Session, *, shared: bool = False) -> Found | None:
    """Look at the next contacts that were made or changed; None where there are none. Reads alone."""
    again = session.scalars(select(Look.contact_id).where(Look.contact_id != 0).limit(AT_ONCE)).all()
    rows = [(each, None) for each in again] or _changed(session, shared=shared)
    if not rows:
        return None
    traits = traits_of(session, [row[0] for row in rows])
    looked = [contact_id for contact_id, _ in rows]
    fresh = {each.id: likeness.keys_of(each) for each in traits.values()}
    held, sharing = _held(session, looked), _sharing(session, fresh)
    place = None if again else Place(rows[-1][1] or now(), rows[-1][0])
    return Found(
        looked=looked, gone=[each for each in looked if each not in traits],
        keys={each: keys for each, keys in fresh.items() if keys != held[each]},
        pairs=_pairs(session, traits, fresh, sharing), again=again, place=place,
        namesakes=[[each[0] for each in holders] for key, holders in sharing.items()
                   if key[0] == "n" and len(holders) > NAMESAKES],
    )  # fmt: skip


def keep(session: Session, found: Found) -> None:
    """Write down what a look gave."""
    stale = [*found.keys, *found.gone]
    if stale:
        session.execute(delete(LikenessKey).where(LikenessKey.contact_id.in_(stale)))
    insert_many(session, LikenessKey, [
        {"contact_id": contact_id, "key": key.key, "said": key.said}
        for contact_id, keys in found.keys.items() for key in sorted(keys)
    ])  # fmt: skip
    _keep_pairs(session, found)
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


def part(session: Session, viewer: Viewer, merge_id: int) -> Merge:
    """Take a merge back, and see whom the two may be now."""
    done = merging.undo(session, viewer, merge_id)
    look_again(session, {done.card_id, done.survivor_id})
    return done


def traits_of(session: Session, ids: Sequence[int]) -> dict[int, Traits]:
    """Give what is known of those contacts that stand for themselves."""
    rows = session.execute(
        select(Contact.id, Contact.name, Contact.organisation_id, Contact.maybe)
        .where(Contact.id.in_(ids), Contact.merged_into_id.is_(None))
    ).all()  # fmt: skip
    handles = handles_of(session, [row.id for row in rows])
    return {
        row.id: Traits(row.id, row.name, row.organisation_id,
                       tuple((each.kind, each.value) for each in handles[row.id]), tuple(row.maybe or ()))
        for row in rows
    }  # fmt: skip


def _changed(session: Session, *, shared: bool) -> Sequence[tuple[int, datetime | None]]:
    """Give the next contacts in the order of their changes."""
    wanted = select(Contact.id, Contact.changed_at).order_by(Contact.changed_at, Contact.id).limit(AT_ONCE)
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


def _held(session: Session, ids: Sequence[int]) -> Mapping[int, set[Key]]:
    rows = session.execute(
        select(LikenessKey.contact_id, LikenessKey.key, LikenessKey.said).where(
            LikenessKey.contact_id.in_(ids)
        )
    )
    held: defaultdict[int, set[Key]] = defaultdict(set)
    for contact_id, key, by in rows:
        held[contact_id].add(Key(key, by))
    return held


def _pairs(
    session: Session, traits: Mapping[int, Traits], fresh: Mapping[int, set[Key]], sharing: Sharing
) -> dict[tuple[int, int], list[Reason]]:
    """Compare those who share a rare key, and give the pairs that are alike enough."""
    met: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    for contact_id, keys in fresh.items():
        for key in keys:
            for other_id, theirs in sharing.get(key.key, ()):
                if other_id != contact_id and likeness.passes(key, theirs):
                    rare = met[min(contact_id, other_id), max(contact_id, other_id)]
                    if key.key[0] != "n" or len(sharing[key.key]) <= NAMESAKES:
                        rare.add(key.key)
    strangers = {each for pair in met for each in pair} - traits.keys()
    everybody = {**traits, **traits_of(session, sorted(strangers))}
    found = {}
    for (one, other), rare in met.items():
        if one in everybody and other in everybody:
            reasons = likeness.compare(everybody[one], everybody[other], rare)
            if likeness.score(reasons) >= likeness.ENOUGH:
                found[one, other] = reasons
    return found


def _sharing(session: Session, fresh: Mapping[int, set[Key]]) -> Sharing:
    """Give by key who has it, those of this look as they are now; what a crowd has is left out."""
    wanted = sorted({key.key for keys in fresh.values() for key in keys})
    sharing: defaultdict[str, list[tuple[int, Key]]] = defaultdict(list)
    for contact_id, keys in fresh.items():
        for key in keys:
            sharing[key.key].append((contact_id, key))
    for start in range(0, len(wanted), ASKED_AT_ONCE):
        some = wanted[start : start + ASKED_AT_ONCE]
        for key, contact_id, by in session.execute(
            _holders(len(some)), {f"k{n}": k for n, k in enumerate(some)}
        ):
            if contact_id not in fresh:
                sharing[key].append((contact_id, Key(key, by)))
    return {key: holders for key, holders in sharing.items() if len(holders) <= CROWD}


@cache
def _holders(count: int) -> TextClause:
    """Ask for the first holders of several keys, so that a crowd costs no more than a few."""
    one = "SELECT * FROM (SELECT key, contact_id, said FROM likeness_keys WHERE key = :k{n} LIMIT {most}) AS t{n}"
    return text(" UNION ALL ".join(one.format(n=n, most=CROWD + 1) for n in range(count)))


def _keep_pairs(session: Session, found: Found) -> None:
    concerned = or_(Pair.a_id.in_(found.looked), Pair.b_id.in_(found.looked))
    known = {(pair.a_id, pair.b_id): pair for pair in session.scalars(select(Pair).where(concerned))}
    for ids, pair in known.items():
        if ids not in found.pairs and pair.dismissed_at is None:
            session.delete(pair)
        elif ids in found.pairs and pair.reasons != msgspec.to_builtins(found.pairs[ids]):
            _renew(pair, found.pairs[ids])
    session.flush()
    for several in found.namesakes:
        alone = Pair.score == likeness.score([Reason("name")])
        among = (Pair.a_id.in_(several), Pair.b_id.in_(several), Pair.dismissed_at.is_(None))
        session.execute(delete(Pair).where(alone, *among))
    new = {ids: reasons for ids, reasons in found.pairs.items() if ids not in known}
    parted = _parted(session, {each for ids in new for each in ids})
    rows = [_row(session, ids, reasons, made_of_several=parted) for ids, reasons in new.items()]
    if rows:
        insert_many_unless_there(session, Pair, rows)


def _parted(session: Session, ids: Collection[int]) -> set[int | None]:
    """Tell which of these cards others became a part of."""
    return set(session.scalars(select(Contact.merged_into_id).where(Contact.merged_into_id.in_(ids))))


def _row(
    session: Session, ids: tuple[int, int], reasons: Sequence[Reason], *, made_of_several: Collection[int | None]
) -> dict[str, object]:  # fmt: skip
    """Make a new pair. What was ruled out between cards that these are made of is ruled out here as well."""
    before = _ruled_out(session, ids) if any(each in made_of_several for each in ids) else []
    out = sorted({key for pair in before for key in pair.ruled_out})
    last = before[-1] if before and all(reason.key in out for reason in reasons) else None
    return {
        "a_id": ids[0], "b_id": ids[1], "score": likeness.score(reasons),
        "reasons": msgspec.to_builtins(reasons), "found_at": now(), "ruled_out": out,
        "dismissed_at": last and last.dismissed_at, "dismissed_by": last and last.dismissed_by,
    }  # fmt: skip


def _ruled_out(session: Session, ids: tuple[int, int]) -> Sequence[Pair]:
    one, other = (family(session, each) for each in ids)
    sides = or_(
        and_(Pair.a_id.in_(one), Pair.b_id.in_(other)), and_(Pair.a_id.in_(other), Pair.b_id.in_(one))
    )
    return session.scalars(select(Pair).where(sides, Pair.dismissed_at.is_not(None)).order_by(Pair.id)).all()


def _renew(pair: Pair, reasons: Sequence[Reason]) -> None:
    """Keep what speaks for it now; something new brings it back though it was ruled out."""
    pair.score, pair.reasons = likeness.score(reasons), msgspec.to_builtins(reasons)
    if pair.dismissed_at and any(reason.key not in pair.ruled_out for reason in reasons):
        pair.dismissed_at = pair.dismissed_by = None
        pair.found_at = now()
