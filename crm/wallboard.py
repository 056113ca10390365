"""The queues and colleagues that somebody sees, as they are now; what is not heard is not shown as if it were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import calls, queue_figures
from crm.calls import Call
from crm.exchanges import UNSURE
from crm.queue_figures import Figures, Place
from crm.setup import setup
from hub import boards
from hub.board import Member, Queue, Telephone, Waiting
from hub.boards import Seen
from hub.clock import now
from hub.users import Department, User, Viewer

HEARD = timedelta(minutes=2, seconds=30)
"""A channel that is up is said to be heard every minute; one of a hub that was killed is not."""
USUAL = 20
"""Seconds within which a call is to be answered, where no department says otherwise."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who waits; `call` is his call as far as we have it."""

    waiting: Waiting
    call: Call | None


class QueueNow(msgspec.Struct, frozen=True, kw_only=True):
    """A queue; while its PBX is not heard (`up`) nobody knows who waits there, or answers.

    `pbx` names that, where there are several.
    """

    place: Place
    pbx: str
    department: Department | None
    up: bool
    waiting: Sequence[Caller]
    members: Sequence[Member]
    figures: Figures
    within: int


class Paused(msgspec.Struct, frozen=True):
    """Somebody takes no calls of his queues, why and since when."""

    reason: str
    since: datetime | None


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """A colleague at his telephone, or a telephone in a queue that is nobody's (`user` is None, `name` the PBX's).

    `state` is free, ringing, talking, off (the telephone is not connected) or unknown. He is in `queues`; `paused`
    where he takes calls of none of them. `call` is the one in which he talks.
    """

    extension: str
    name: str
    user: User | None
    state: str
    since: datetime | None
    queues: Sequence[Place] = ()
    paused: Paused | None = None
    call: Call | None = None


class Silent(msgspec.Struct, frozen=True):
    """A PBX that is not heard, and until when it was."""

    title: str
    heard_at: datetime | None


class Wall(msgspec.Struct, frozen=True, kw_only=True):
    """All that somebody sees; `known` says that there is a PBX at all."""

    known: bool
    silent: Sequence[Silent]
    queues: Sequence[QueueNow]
    agents: Sequence[Agent]


def wall(session: Session, viewer: Viewer, midnight: datetime) -> Wall:
    """Give the wallboard of a viewer, with figures since the company's midnight."""
    found = boards.seen(session)
    sights = [(each, queue) for each in found for queue in each.board.queues
              if sees_queue(session, viewer, queue)]  # fmt: skip
    living = calls.live(session)
    return Wall(
        known=bool(found), silent=[Silent(each.title, each.heard_at) for each in found if not is_heard(each)],
        queues=_queues(session, sights, living, midnight), agents=_agents(session, viewer, found, sights, living),
    )  # fmt: skip


def is_heard(seen: Seen) -> bool:
    """Tell whether a board is of now."""
    return seen.up and seen.heard_at is not None and now() - seen.heard_at < HEARD


def department_of(session: Session, queue: Queue) -> Department | None:
    """Give whose a queue is by the channel's settings."""
    return next((each for each in setup(session).departments.values() if each.name == queue.department), None)


def sees_queue(session: Session, viewer: Viewer, queue: Queue) -> bool:
    """Tell whether a viewer sees a queue: his department's, those that he answers, and nobody's that his answer."""
    if viewer.sees_all:
        return True
    department = department_of(session, queue)
    if department is not None and department.id == viewer.department_id:
        return True
    people = calls.people_at(session, [member.extension for member in queue.members])
    if department is None and any(user.department_id == viewer.department_id is not None for user in people):
        return True
    return any(user.id == viewer.user_id for user in people)


def sees_agent(viewer: Viewer, user: User) -> bool:
    """Tell whether a viewer sees how somebody is: colleagues of his department; all of them, who sees all."""
    return (
        viewer.sees_all or user.id == viewer.user_id or user.department_id == viewer.department_id is not None
    )


def agent(session: Session, user: User) -> Agent:
    """Give one colleague at his telephone."""
    found = boards.seen(session)
    everywhere = [(each, queue) for each in found for queue in each.board.queues]
    return _agent(user.extension, user.name, user, _telephones(found), everywhere, calls.live(session))


def _queues(
    session: Session, sights: Sequence[tuple[Seen, Queue]], living: Sequence[Call], midnight: datetime
) -> list[QueueNow]:
    known = {(call.channel_id, call.key): call for call in living}
    several = len({seen.channel_id for seen, _queue in sights}) > 1
    departments = [department_of(session, queue) for _seen, queue in sights]
    within = {Place(seen.channel_id, queue.name): place.answered_within if place else USUAL
              for (seen, queue), place in zip(sights, departments, strict=True)}  # fmt: skip
    figures = queue_figures.of_day(session, midnight, within)
    return [
        QueueNow(
            place=place, pbx=seen.title if several else "", department=department, up=is_heard(seen),
            waiting=[Caller(waiting=each, call=known.get((seen.channel_id, each.call))) for each in queue.waiting]
            if is_heard(seen) else (),
            members=queue.members if is_heard(seen) else (),
            figures=figures.get(place, Figures()), within=within[place],
        )
        for (seen, queue), department, place in zip(sights, departments, within, strict=True)
    ]  # fmt: skip


def _agents(
    session: Session,
    viewer: Viewer,
    found: Sequence[Seen],
    sights: Sequence[tuple[Seen, Queue]],
    living: Sequence[Call],
) -> list[Agent]:
    present = select(User).where(User.extension != "", User.disabled_at.is_(None)).order_by(User.name)
    people = {user.extension: user for user in session.scalars(present)}
    names = {
        member.extension: member.name for seen, queue in sights if is_heard(seen) for member in queue.members
    }
    shown = [each for each, user in people.items() if sees_agent(viewer, user) or each in names]
    everywhere = [(each, queue) for each in found for queue in each.board.queues]
    telephones = _telephones(found)
    return [
        _agent(each, people[each].name if each in people else names[each] or each, people.get(each), telephones,
               everywhere, living)
        for each in [*shown, *sorted(names.keys() - people.keys())]
    ]  # fmt: skip


def _telephones(found: Iterable[Seen]) -> Mapping[str, Telephone]:
    """Give each telephone as it is; of one that is at several PBXs, as it is where it is connected."""
    heard = [each for seen in found if is_heard(seen) for each in seen.board.telephones]
    return {each.extension: each for each in sorted(heard, key=lambda each: each.state not in UNSURE)}


def _agent(
    extension: str, name: str, user: User | None, telephones: Mapping[str, Telephone],
    everywhere: Sequence[tuple[Seen, Queue]], living: Sequence[Call],
) -> Agent:  # fmt: skip
    telephone = telephones.get(extension)
    mine = [(Place(seen.channel_id, queue.name), member) for seen, queue in everywhere if is_heard(seen)
            for member in queue.members if extension and member.extension == extension]  # fmt: skip
    resting = [member for _place, member in mine if member.paused]
    is_paused = bool(mine) and len(resting) == len(mine)
    return Agent(
        extension=extension, name=name, user=user, state=telephone.state if telephone else "unknown",
        since=telephone.since if telephone else None, queues=[place for place, _member in mine],
        paused=Paused(resting[0].reason, resting[0].paused_at) if is_paused else None,
        call=next((call for call in living if extension in call.talking), None),
    )  # fmt: skip


def acts_for(viewer: Viewer, user: User) -> bool:
    """Tell whether a viewer may log somebody in and out of queues and pause him: himself, or whom he leads."""
    if viewer.sees_all or user.id == viewer.user_id:
        return True
    return viewer.role == "head" and user.department_id == viewer.department_id is not None
