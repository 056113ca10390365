"""Who of a team has how much to do, who drowns in it, who is away and who stands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.calendars import Absence, away
from crm.standing import is_late
from crm.tasks import Task
from crm.web.people import Person, persons
from crm.web.queues import loads
from crm.web.task_filters import Filters
from crm.web.task_rows import Offer
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _
from hub.users import User, Viewer, active_users, names_of
from hub.web import moments

TEAM = 40
MANY = 5  # tasks, from which on somebody can drown
TWICE = 2


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """One person's work beside the others'. `share` is the length of the bar, of 100."""

    id: int
    name: str
    initials: str
    presence: str
    tasks: int
    late: int
    share: float
    drowns: bool
    href: str
    late_href: str


class Away(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is away: until when, why, who stands in, and what of his is still open."""

    name: str
    initials: str
    until: str
    why: str
    stands_in: str
    tasks: int
    href: str


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """The people of a team, those with most to do first."""

    here: Sequence[Load] = ()
    away: Sequence[Away] = ()
    offers: Mapping[int, Sequence[Offer]] = {}


def team_loads(session: Session, viewer: Viewer) -> Team:
    """Give the people whose work this viewer looks after."""
    same = () if viewer.sees_all else (User.department_id == viewer.department_id,)
    users = active_users(session, *same)[:TEAM]
    ids = [user.id for user in users]
    tasks, is_late = loads(session, ids), _late(session, ids)
    people = persons(session, users, zone_of(session))
    gone = away(session, ids, now())
    here = [each for each in people if each.id not in gone]
    most = max((tasks.get(each.id, 0) for each in here), default=0)
    shown = [_load(each, here, tasks, is_late, most) for each in here]
    shown.sort(key=lambda each: (-each.tasks, each.name))
    return Team(here=shown, away=_away(session, people, tasks, gone), offers=_offers(users, here, tasks))


def _late(session: Session, user_ids: Sequence[int]) -> dict[int | None, int]:
    rows = session.execute(
        select(Task.assignee_id, func.count())
        .where(Task.assignee_id.in_(user_ids), is_late())
        .group_by(Task.assignee_id)
    )
    return {user_id: count for user_id, count in rows}  # noqa: C416 - rows are no pairs to mypy


def _load(
    person: Person, here: Sequence[Person], tasks: Mapping[int | None, int],
    is_late: Mapping[int | None, int], most: int,
) -> Load:  # fmt: skip
    own = tasks.get(person.id, 0)
    others = [tasks.get(each.id, 0) for each in here if each.id != person.id]
    usual = median(others) if others else own
    whose = Filters(whose=str(person.id))
    return Load(
        id=person.id, name=person.name, initials=person.initials, presence=person.presence, tasks=own,
        late=is_late.get(person.id, 0), share=round(100 * own / most, 2) if most else 0,
        drowns=own >= MANY and own > TWICE * usual, href=whose.address(), late_href=whose.address(due="late"),
    )  # fmt: skip


def _away(
    session: Session, people: Sequence[Person], tasks: Mapping[int | None, int], gone: Mapping[int, Absence]
) -> list[Away]:  # fmt: skip
    substitutes = [absence.substitute_id for absence in gone.values() if absence.substitute_id]
    names = names_of(session, substitutes)
    zone = zone_of(session)
    return [
        Away(name=each.name, initials=each.initials, why=gone[each.id].why, tasks=tasks.get(each.id, 0),
             until=_("until %(at)s", at=moments.when(gone[each.id].until, zone)),
             stands_in=names.get(gone[each.id].substitute_id or 0, ""), href=Filters(whose=str(each.id)).address())
        for each in people if each.id in gone
    ]  # fmt: skip


def _offers(
    users: Sequence[User], here: Sequence[Person], tasks: Mapping[int | None, int]
) -> dict[int, list[Offer]]:
    """Give by department the two who are here and have least to do: one of them may have the task already."""
    present = {each.id for each in here if each.presence != "off"}
    ordered = sorted((user for user in users if user.id in present), key=lambda each: tasks.get(each.id, 0))
    found: dict[int, list[Offer]] = {}
    for user in ordered:
        offers = found.setdefault(user.department_id or 0, [])
        if len(offers) <= TWICE:
            offers.append(Offer(f"user:{user.id}", user.name))
    return found
