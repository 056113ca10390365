"""Which calls a list wants, the newest first, and which of them wait to be called back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from crm import numbers
from crm.call_parts import CallPart, talked_in
from crm.call_rights import calls_of, sees_call
from crm.calls import Call
from crm.conditions import spans
from crm.contact_search import MOST_WORDS, has_word
from crm.legs import Leg, Place, walk
from crm.listing import ME, MOST, STARTED, Asked, number
from crm.rights import sees_task
from crm.search import people_matching
from crm.setup import setup
from crm.tasks import Task
from hub.unindexed import Unindexed
from hub.users import User, Viewer

WAITS, LIVE = "waits", "live"
AS_WRITTEN = {"direction": Call.direction, "queue": Call.queue}
TALKED = ("by", "extension")
MANY = 10_000  # calls: of whoever sees more, a page is found by walking along the time
MOST_COUNTED = 100_000  # whoever has more need not know how many: each is looked at for it


class Row(NamedTuple):
    """A call of the list, and where it stands in it."""

    place: Place
    call: Call


def rows(session: Session, viewer: Viewer, asked: Asked, after: str, most: int) -> list[Row]:
    """Give so many calls behind a place, in the order that was asked for."""
    by, few = _talked(session, viewer, asked), _few(asked)
    if "" in by:
        return []
    his = not few and _sees_few(session, viewer)
    wanted = select(Call.id).where(_seen(viewer, his=his), *_conditions(session, viewer, asked))
    leg = Leg(wanted, Call.id, Unindexed(Call.started_at) if few or his else Call.started_at, asked.order[1])
    if by and not (few or his):
        whose = wanted.join(CallPart, CallPart.call_id == Call.id).where(
            CallPart.extension == by[0], CallPart.talked
        )
        leg = Leg(whose, CallPart.call_id, CallPart.started_at, asked.order[1])
    walked = walk(session, [leg], after, most)
    ids = [place.id for place, _row in walked]
    found = {call.id: call for call in session.scalars(select(Call).where(Call.id.in_(ids)))}
    return [Row(place, found[place.id]) for place, _row in walked]


def count(session: Session, viewer: Viewer, asked: Asked, most: int = MOST) -> int:
    """Count them, up to so many, and to one more than are counted."""
    most = min(most, MOST_COUNTED + 1)
    some = select(Call.id).where(which(session, viewer, asked)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def which(session: Session, viewer: Viewer, asked: Asked) -> ColumnElement[bool]:
    """Tell which calls are wanted, of those that this viewer sees."""
    his = not _few(asked) and _sees_few(session, viewer)
    return and_(_seen(viewer, his=his), *_conditions(session, viewer, asked))


def seen(session: Session, viewer: Viewer) -> ColumnElement[bool]:
    """Tell which calls a viewer sees, whatever is asked of them."""
    return _seen(viewer, his=_sees_few(session, viewer))


def waiting(session: Session, viewer: Viewer, asked: Asked, among: Sequence[int] = ()) -> list[int]:
    """Give the call-backs that those calls wait for, or those `among` them, as far as the viewer sees the tasks."""
    wanted = select(Call.task_id).where(which(session, viewer, asked))
    asking = wanted.where(Call.id.in_(among)) if among else wanted
    open_ones = select(Task.id).where(Task.id.in_(asking), Task.done_at.is_(None), sees_task(viewer))
    return list(session.scalars(open_ones.order_by(Task.id)))


def _few(asked: Asked) -> bool:
    """Tell whether those are wanted that are few and found first: of a contact, of a number, that wait or go on."""
    picks = {("callback", WAITS), ("outcome", LIVE)} & {*asked.picks.items()}
    return bool(asked.q or asked.contact or picks)


def _sees_few(session: Session, viewer: Viewer) -> bool:
    """Tell whether a viewer sees so few calls that they are found first."""
    if viewer.sees_all:
        return False
    some = union_all(*calls_of(viewer)).limit(MANY + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) <= MANY


def _seen(viewer: Viewer, *, his: bool) -> ColumnElement[bool]:
    """Tell which calls a viewer sees: those that are `his`, found first, or each asked whether he sees it."""
    return Call.id.in_(union(*calls_of(viewer))) if his else sees_call(viewer)


def _conditions(session: Session, viewer: Viewer, asked: Asked) -> Iterator[ColumnElement[bool]]:
    yield from spans(session, asked, {STARTED: Call.started_at})
    if asked.q:
        yield _meant(session, viewer, asked.q)
    if asked.department is not None:
        yield Call.department_id == asked.department
    if asked.contact is not None:
        yield Call.contact_id == asked.contact
    if asked.has:
        yield and_(Call.recorded)
    for name, value in asked.picks.items():
        if name not in TALKED:
            yield _pick(name, value)
    for extension in _talked(session, viewer, asked):
        yield talked_in(Call.id, literal(extension)).correlate(Call) if extension else false()


def _talked(session: Session, viewer: Viewer, asked: Asked) -> list[str]:
    """Give the extensions that are to have talked; "" is of somebody without a telephone."""
    picks = asked.picks
    found = [picks["extension"]] if "extension" in picks else []
    return [*found, _extension_of(session, viewer, picks["by"])] if "by" in picks else found


def _pick(name: str, value: str) -> ColumnElement[bool]:
    match name:
        case "direction" | "queue":
            return AS_WRITTEN[name] == value
        case "outcome":
            return _ended(value)
        case "pbx":
            return Call.channel_id == (number(value) or 0)
        case _:
            return _called_back(waits=value == WAITS)


def _ended(outcome: str) -> ColumnElement[bool]:
    if outcome == LIVE:
        return Call.ended_at.is_(None)
    return and_(Call.missed) if outcome == "missed" else Call.outcome == outcome


def _called_back(*, waits: bool) -> ColumnElement[bool]:
    """Tell which calls wait to be called back: few do. Those that were called back are met by walking on."""
    if waits:
        return Call.task_id.in_(select(Task.id).where(Task.kind == "call", Task.done_at.is_(None)))
    return exists().where(Task.id == Call.task_id, Task.done_at.is_not(None)).correlate(Call)


def _extension_of(session: Session, viewer: Viewer, whose: str) -> str:
    """Give somebody's telephone; "" for who has none, or is none of us."""
    user_id = viewer.user_id if whose == ME else number(whose)
    user = session.get(User, user_id) if user_id else None
    return user.extension if user else ""


def _meant(session: Session, viewer: Viewer, text: str) -> ColumnElement[bool]:
    """Tell which calls a text means: a number typed any way, whoever has that name or number, a caller's own name."""
    country = setup(session).company.country
    read = numbers.read_all(text, country)
    spelled = [each for number in read for each in (number.e164, *numbers.candidates(number, country))]
    likely: Select[int] = people_matching(session, viewer, text)
    return or_(
        Call.contact_id.in_(likely),
        Call.customer.in_(spelled) if spelled else false(),
        and_(Call.contact_id.is_(None), *[has_word(Call.name, word) for word in text.split()[:MOST_WORDS]]),
    )
