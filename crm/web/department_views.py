"""Departments as their pages show them: the list, one in its form, and what retiring it would move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import departments, recordings
from crm.departments import RULE_NAMES, RULE_WORDS, Wanted, Work
from crm.tasks import Task
from crm.web.people import Person, persons
from hub.languages import _, listener, sort_key
from hub.users import Department, User, active_users

ID_DIGITS = 18


class Rule(msgspec.Struct, frozen=True):
    """How new tasks find somebody, and what that means."""

    value: str
    name: str
    words: str


class Option(msgspec.Struct, frozen=True):
    """Something to choose."""

    value: str
    name: str


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the form."""

    name: str = ""
    distribution: str = "take"
    head: str = ""
    deputy: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One department in the list."""

    id: int
    name: str
    head: str
    deputy: str
    rule: str
    people: int
    waiting: int
    open: int
    retired: bool


class Heard(msgspec.Struct, frozen=True):
    """Who hears its recordings, of which choices, and for how many days they are kept."""

    rules: Sequence[tuple[str, str]]
    by: str
    days: int


class DepartmentPage(msgspec.Struct, frozen=True, kw_only=True):
    """The values of department.html."""

    id: int
    name: str
    form: Filled
    rules: Sequence[Rule]
    people: Sequence[Option]
    members: Sequence[Person]
    head_id: int | None
    deputy_id: int | None
    work: Work
    others: Sequence[Option]
    retired_at: datetime | None
    heard: Heard


def typed(fields: Mapping[str, str]) -> Filled:
    """Give what somebody typed."""
    return Filled(
        name=" ".join(fields.get("name", "").split()), distribution=fields.get("distribution", ""),
        head=fields.get("head", ""), deputy=fields.get("deputy", ""),
    )  # fmt: skip


def wanted(form: Filled) -> Wanted:
    """Give what a form asks for."""
    head, deputy = number(form.head), number(form.deputy)
    return Wanted(name=form.name, distribution=form.distribution, head_id=head, deputy_id=deputy)


def number(text: str) -> int | None:
    """Read an id out of a form; "" is none."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else -1


def rules() -> list[Rule]:
    """Give the ways of distribution."""
    return [Rule(key, _(name), _(RULE_WORDS[key])) for key, name in RULE_NAMES.items()]


def people_options(session: Session) -> list[Option]:
    """Give everybody who could lead."""
    return [Option(str(user.id), user.name) for user in active_users(session)]


def rows_of(session: Session) -> list[Row]:
    """Show every department, those in force first."""
    places = session.scalars(select(Department)).all()
    names = {user_id: name for user_id, name in session.execute(select(User.id, User.name))}  # noqa: C416 - no pairs to mypy
    people = _counts(session, User.department_id, User.disabled_at.is_(None))
    tasks = _counts(session, Task.department_id, Task.done_at.is_(None))
    waiting = _counts(session, Task.department_id, Task.done_at.is_(None), Task.assignee_id.is_(None))
    rows = [
        Row(id=each.id, name=each.name, head=names.get(each.head_id or 0, ""),
            deputy=names.get(each.deputy_id or 0, ""), rule=_(RULE_NAMES[each.distribution]),
            people=people.get(each.id, 0),
            waiting=waiting.get(each.id, 0), open=tasks.get(each.id, 0), retired=each.retired_at is not None)
        for each in places
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.retired, sort_key(row.name, listener().language)))


def page_of(session: Session, place: Department, zone: ZoneInfo, form: Filled | None) -> DepartmentPage:
    """Show one department, with the form as it is or was filled."""
    members = active_users(session, User.department_id == place.id)
    others = select(Department).where(Department.id != place.id, Department.retired_at.is_(None))
    return DepartmentPage(
        id=place.id, name=place.name, form=form or _filled(place), rules=rules(), people=people_options(session),
        members=persons(session, members, zone), head_id=place.head_id, deputy_id=place.deputy_id,
        work=departments.work_of(session, place.id), retired_at=place.retired_at,
        others=[Option(str(each.id), each.name) for each in session.scalars(others.order_by(Department.name))],
        heard=Heard([(rule, _(words)) for rule, words in recordings.RULE_WORDS.items()],
                    place.recordings_heard_by, place.recordings_days),
    )  # fmt: skip


def _filled(place: Department) -> Filled:
    return Filled(
        name=place.name, distribution=place.distribution, head=str(place.head_id or ""),
        deputy=str(place.deputy_id or ""),
    )  # fmt: skip


def _counts(session: Session, column: object, *which: object) -> Mapping[int, int]:
    rows = session.execute(select(column, func.count()).where(*which).group_by(column))  # type: ignore[call-overload]
    return {key: count for key, count in rows if key is not None}
