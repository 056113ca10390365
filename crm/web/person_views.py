"""One person as his page shows him: who he is, his way in, where he is signed in, what he has, when he is away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import softphones
from crm.holdings import belongings
from crm.setup import setup
from crm.web.absence_views import AbsenceRow, absences_of
from crm.web.people import Person, people_of
from hub import signin, staff
from hub.languages import _
from hub.users import ROLE_NAMES, ROLE_WORDS, ROLES, Department, User, Viewer
from hub.web.frame import has_role
from hub.web.sign_in_views import SignInRow, sign_in_rows


class RoleChoice(msgspec.Struct, frozen=True):
    """A role to choose, and what it means."""

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
    email: str = ""
    role: str = "agent"
    department: str = ""
    extension: str = ""


class PersonPage(msgspec.Struct, frozen=True, kw_only=True):
    """The values of person.html."""

    person: Person
    form: Filled
    role: str
    role_words: str
    leads: Sequence[str]
    department: str
    roles: Sequence[RoleChoice]
    departments: Sequence[Option]
    link_until: datetime | None
    has_password: bool
    left_at: datetime | None
    task_count: int
    contact_count: int
    deal_count: int
    visit_count: int
    thread_count: int
    sign_ins: Sequence[SignInRow]
    absences: Sequence[AbsenceRow]
    sip_user: str
    may_change: bool
    is_me: bool


def filled(user: User) -> Filled:
    """Give a person as he stands in the form."""
    return Filled(
        name=user.name, email=user.email, role=user.role, department=str(user.department_id or ""),
        extension=user.extension,
    )  # fmt: skip


def typed(fields: Mapping[str, str]) -> Filled:
    """Give what somebody typed."""
    return Filled(
        name=" ".join(fields.get("name", "").split()), email=fields.get("email", "").strip().lower(),
        role=fields.get("role", ""), department=fields.get("department", ""),
        extension=" ".join(fields.get("extension", "").split()),
    )  # fmt: skip


def wanted(form: Filled) -> staff.Person:
    """Give what a form asks for; what is no department is none that there is."""
    known = form.department.isascii() and form.department.isdigit() and len(form.department) < 19  # noqa: PLR2004
    department = int(form.department) if known else -1 if form.department else None
    return staff.Person(
        name=form.name, email=form.email, role=form.role, department_id=department, extension=form.extension
    )


def role_choices() -> list[RoleChoice]:
    """Give the roles."""
    return [RoleChoice(role, _(ROLE_NAMES[role]), _(ROLE_WORDS[role])) for role in ROLES]


def department_options(session: Session) -> list[Option]:
    """Give the departments in which somebody can work."""
    return [Option(str(each.id), each.name) for each in setup(session).departments.values()]


def page_of(
    session: Session, viewer: Viewer, user: User, zone: ZoneInfo, here: int | None, form: Filled | None
) -> PersonPage:
    """Show a person, with the form as it is or was filled."""
    link, has = signin.open_link(session, user.id), belongings(session, user.id, 0)
    place = session.get(Department, user.department_id) if user.department_id else None
    led = select(Department.name).where(Department.head_id == user.id, Department.retired_at.is_(None))
    admin = has_role(viewer, "admin")
    return PersonPage(
        person=people_of(session, [user.id], zone)[user.id], form=form or filled(user),
        role=_(ROLE_NAMES[user.role]), role_words=_(ROLE_WORDS[user.role]), leads=session.scalars(led).all(),
        department=place.name if place else "", roles=role_choices(), departments=department_options(session),
        link_until=link.expires_at if link else None, has_password=user.password_hash is not None,
        left_at=user.disabled_at, task_count=has.task_count, contact_count=has.contact_count,
        deal_count=has.deal_count, visit_count=has.visit_count, thread_count=len(has.conversations),
        sign_ins=sign_in_rows(session, user.id, here) if admin else (),
        absences=absences_of(session, viewer, user.id, zone), sip_user=softphones.sip_user_of(session, user.id),
        may_change=admin, is_me=viewer.user_id == user.id,
    )  # fmt: skip
